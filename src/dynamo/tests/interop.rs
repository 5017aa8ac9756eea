//! Rows of the original are read and written over without loss, and rows of this program have its shape.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use common::{Server, client, fill, original, run, store};
use connect_rules_dynamo::item::Item;
use connect_rules_dynamo::{Names, Settings, Table};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::changes;
use connect_rules_store::service::Picked;
use connect_rules_store::service::users::ResetKey;
use connect_rules_store::snapshot::head;
use connect_rules_store::{
    Actor, Change, Entity, Error, Key, Kind, RemoteFault, Service, Snapshot, Store as _, keys,
};

/// Attributes that this program adds.
const OURS: [&str; 4] = ["Rev", "RevOf", "UpdatedAt", "UpdatedBy"];

fn without(item: &Item, names: &[&str]) -> BTreeMap<String, AttributeValue> {
    let kept = item.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The rows of a table by their keys.
async fn rows(settings: &Settings, table: Table) -> BTreeMap<String, Item> {
    let name = Names::new(&settings.stage, &settings.service).of(table);
    let items = client(settings).scan().table_name(name).send().await.unwrap().items.unwrap();
    let (hash, range) = table.keys();
    let key = |item: &Item| {
        let text = |name: &str| item[name].as_s().unwrap().clone();
        format!("{} {}", text(hash), range.map(text).unwrap_or_default())
    };
    items
        .into_iter()
        .map(|mut item| {
            for value in item.values_mut() {
                if let AttributeValue::Ss(set) = value {
                    set.sort_unstable();
                }
            }
            (key(&item), item)
        })
        .collect()
}

const MODEL: [Table; 6] =
    [Table::RuleSets, Table::Rules, Table::EndPoints, Table::Users, Table::Tests, Table::Config];

fn everything(now: &Snapshot) -> Vec<Entity> {
    let keys: Vec<Key> = now
        .rule_sets
        .iter()
        .flat_map(|set| {
            let rules = set.rules.iter().map(|rule| Key::new(Kind::Rule, rule.id.clone().unwrap()));
            [Key::new(Kind::RuleSet, set.id.clone().unwrap())].into_iter().chain(rules)
        })
        .chain(now.end_points.iter().map(|it| Key::new(Kind::EndPoint, Text::clone(&it.id))))
        .chain(now.users.iter().map(|it| Key::new(Kind::User, Text::clone(&it.id))))
        .chain(now.holidays.iter().map(|it| Key::new(Kind::Holiday, Text::clone(&it.id))))
        .chain(now.tests.iter().map(|it| Key::new(Kind::Test, it.test_id.clone().unwrap())))
        .chain(now.config.iter().map(|it| Key::new(Kind::Config, Text::clone(&it.key))))
        .collect();
    keys.iter().map(|key| now.entity(key).unwrap()).collect()
}

#[test]
fn rows_of_the_original_are_read_and_written_over_without_loss() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        fill(&settings).await;
        let mut before = Vec::new();
        for table in MODEL {
            before.push(rows(&settings, table).await);
        }
        let store = store(&settings);
        let now = store.snapshot().await.unwrap();
        let counts = [now.rule_sets.len(), now.end_points.len(), now.users.len(), now.tests.len()];
        assert_eq!(counts, [7, 4, 5, 3]);
        assert_eq!(now.rule_sets.iter().map(|set| set.rules.len()).sum::<usize>(), 19);
        assert!(!now.holidays.is_empty() && &*now.mark == "2025-03-04T09:01:00Z");
        // Every thing is changed and changed back.
        for entity in everything(&now) {
            let key = entity.key();
            let other = match entity.clone() {
                Entity::RuleSet(it) => Entity::RuleSet(RuleSet { folder: Text::from("/Other"), ..it }),
                Entity::Rule(set, mut it) => {
                    it.priority = Text::from("77");
                    Entity::Rule(set, it)
                }
                Entity::EndPoint(mut it) => {
                    it.description = Text::from("Other");
                    Entity::EndPoint(it)
                }
                Entity::User(mut it) => {
                    it.first_name = Text::from("Other");
                    Entity::User(it)
                }
                Entity::Holiday(mut it) => {
                    it.name = Text::from("Other");
                    Entity::Holiday(it)
                }
                Entity::Test(mut it) => {
                    it.payload = Text::from("other");
                    Entity::Test(it)
                }
                Entity::Config(mut it) => {
                    it.value = "other".into();
                    Entity::Config(it)
                }
            };
            let expected = now.rev(key.kind, &key.id);
            let list = vec![Change::Put { entity: other, expected }];
            let applied = store.apply(changes("ada", list)).await.unwrap();
            let expected = applied.rows[0].1.unwrap();
            let list = vec![Change::Put { entity, expected }];
            store.apply(changes("ada", list)).await.unwrap();
        }
        let added = [&OURS[..], &["Stamps", "LastUpdate"]].concat();
        for (table, old) in MODEL.into_iter().zip(&before) {
            let new = rows(&settings, table).await;
            assert_eq!(new.keys().collect::<Vec<_>>(), old.keys().collect::<Vec<_>>());
            for (key, item) in &new {
                if key.starts_with("LastChangeTimestamp") {
                    continue;
                }
                assert_eq!(without(item, &added), without(&old[key], &["LastUpdate"]), "{table:?} {key}");
            }
        }
    });
}

#[test]
fn rows_of_this_program_have_the_shape_of_the_original() {
    run(async {
        let server = Server::start().await;
        let (theirs, ours) = (server.environment().await, server.environment().await);
        fill(&theirs).await;
        let now = store(&theirs).snapshot().await.unwrap();
        let list = everything(&now).into_iter().map(Change::create).collect();
        store(&ours).apply(changes("ada", list)).await.unwrap();
        // Keys are not in the model, only their hashes.
        let added = [&OURS[..], &["Stamps", "LastUpdate", "APIKey", "APIKeyHash", "APIKeyStart"]].concat();
        for table in MODEL {
            let (want, got) = (rows(&theirs, table).await, rows(&ours, table).await);
            assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>());
            for (key, item) in &got {
                if key.starts_with("LastChangeTimestamp") {
                    let mark = item["ConfigData"].as_s().unwrap();
                    assert_eq!((mark.len(), item.len()), (24, 3), "{mark}");
                    continue;
                }
                assert_eq!(without(item, &added), without(&want[key], &added), "{table:?} {key}");
            }
        }
    });
}

#[test]
fn what_nobody_knows_stays_and_edits_of_the_original_are_seen() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        fill(&settings).await;
        let (store, client) = (store(&settings), client(&settings));
        let table = Names::new(&settings.stage, &settings.service).of(Table::RuleSets);
        let now = store.snapshot().await.unwrap();
        let set = now.rule_set_named("Fallback").unwrap().clone();
        let id = set.id.clone().unwrap();
        let edit = async |name: &str, value: &str| {
            let request = client
                .update_item()
                .table_name(&table)
                .key("RuleSetId", AttributeValue::S(id.to_string()))
                .update_expression("SET #a = :v")
                .expression_attribute_names("#a", name)
                .expression_attribute_values(":v", AttributeValue::S(value.to_owned()));
            request.send().await.unwrap();
        };
        edit("Colour", "red").await;
        let key = Key::new(Kind::RuleSet, Text::clone(&id));
        let put = |folder: &str, expected| {
            let set = RuleSet { folder: Text::from(folder), ..head(&set) };
            changes("ada", vec![Change::Put { entity: Entity::RuleSet(set), expected }])
        };
        let applied = store.apply(put("/a", now.rev(Kind::RuleSet, &id))).await.unwrap();
        let mut rev = applied.rows[0].1.unwrap();
        // The original moves no version, and its mark later or in the same second.
        edit("Description", "theirs").await;
        edit("Description", "theirs again").await;
        assert!(matches!(store.apply(put("/b", rev)).await, Err(Error::Stale(_))));
        let now = store.snapshot().await.unwrap();
        assert_eq!(&*now.rule_set(&id).unwrap().description, "theirs again");
        let merged = RuleSet { description: Text::from("theirs again"), ..head(&set) };
        rev = now.rev(Kind::RuleSet, &id);
        let list = vec![Change::Put { entity: Entity::RuleSet(merged), expected: rev }];
        store.apply(changes("ada", list)).await.unwrap();
        let rev = store.snapshot().await.unwrap().rev(Kind::RuleSet, &id);
        store.apply(changes("ada", vec![Change::Delete { key, expected: rev }])).await.unwrap();
        store.undo("ada", None).await.unwrap();
        let row = rows(&settings, Table::RuleSets).await.remove(&format!("{id} ")).unwrap();
        assert_eq!(row["Colour"].as_s().unwrap(), "red", "undo brings back what nobody knows, too");
    });
}

#[test]
fn keys_of_users_serve_both_logins_or_one() {
    run(async {
        let server = Server::start().await;
        let mut settings = server.environment().await;
        fill(&settings).await;
        let user = |now: &Snapshot| {
            now.users.iter().find(|it| &*it.email == "ada@kestrelrail.example").unwrap().clone()
        };
        let clear = original().into_iter().find(|(name, _)| name.ends_with("users-ddb")).unwrap().1;
        let clear = clear.iter().find(|row| row["EmailAddress"].as_s().unwrap() == "ada@kestrelrail.example");
        let clear = clear.unwrap()["APIKey"].as_s().unwrap().clone();
        let shared = store(&settings);
        let now = shared.snapshot().await.unwrap();
        let ada = user(&now);
        assert!(keys::matches(&clear, ada.key_hash.as_deref().unwrap()), "keys of the original work here");
        assert!(!format!("{:?}", now.users).contains(&clear));
        let row = async |id: &Text| rows(&settings, Table::Users).await.remove(&format!("{id} ")).unwrap();
        // A new key replaces the old one in clear.
        let fresh = keys::new_key();
        shared.issue_key(&fresh);
        let mut changed = ada.clone();
        (changed.key_hash, changed.key_start) = (keys::hash(&fresh), keys::start(&fresh));
        let expected = now.rev(Kind::User, &ada.id);
        let put = |it: &connect_rules_store::User, expected| {
            changes("ada", vec![Change::Put { entity: Entity::User(it.clone()), expected }])
        };
        let rev = shared.apply(put(&changed, expected)).await.unwrap().rows[0].1.unwrap();
        assert_eq!(row(&ada.id).await["APIKey"].as_s().unwrap(), &fresh);
        // One that this program did not hear of leaves none.
        changed.key_hash = keys::hash(&keys::new_key());
        let rev = shared.apply(put(&changed, rev)).await.unwrap().rows[0].1.unwrap();
        assert!(!row(&ada.id).await.contains_key("APIKey"));
        let journal = rows_of_journal(&settings).await;
        assert!(!journal.contains(&clear) && !journal.contains(&fresh), "keys stay out of the journal");
        let _ = rev;
        // A key that is made anew here works there, too.
        let fresh = keys::new_key();
        let reset = ResetKey { which: Picked::any(ada.id.clone()), key: fresh.clone(), expires: None };
        Service::new(store(&settings)).run(&Actor::local("ada"), &reset).await.unwrap();
        assert_eq!(row(&ada.id).await["APIKey"].as_s().unwrap(), &fresh);
        // Tables of this program alone hold no keys in clear.
        let bob = now.users.iter().find(|it| it.key_hash.is_some() && it.id != ada.id).unwrap().clone();
        settings.clear_api_keys = false;
        let own = store(&settings);
        let mut renamed = bob.clone();
        renamed.first_name = Text::from("Bob");
        own.apply(put(&renamed, own.snapshot().await.unwrap().rev(Kind::User, &bob.id))).await.unwrap();
        let row = rows(&settings, Table::Users).await.remove(&format!("{} ", bob.id)).unwrap();
        assert!(!row.contains_key("APIKey") && row.contains_key("APIKeyHash"));
        let now = own.snapshot().await.unwrap();
        assert_eq!(now.user(&bob.id).unwrap(), &renamed, "and the key still works");
    });
}

async fn rows_of_journal(settings: &Settings) -> String {
    let name = Names::new(&settings.stage, &settings.service).of(Table::Journal);
    format!("{:?}", client(settings).scan().table_name(name).send().await.unwrap().items)
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_nothing_is_written() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        fill(&settings).await;
        let table = Names::new(&settings.stage, &settings.service).of(Table::Rules);
        let mut row = rows(&settings, Table::Rules).await.into_values().next().unwrap();
        let id = row["RuleId"].as_s().unwrap().clone();
        row.insert("Params".to_owned(), AttributeValue::S("{\"a\":".to_owned()));
        client(&settings).put_item().table_name(&table).set_item(Some(row)).send().await.unwrap();
        let store = store(&settings);
        let list = vec![Change::create(Entity::RuleSet(connect_rules_store::contract::rule_set("New")))];
        let error = store.apply(changes("ada", list)).await.unwrap_err();
        assert!(matches!(error, Error::Remote { fault: RemoteFault::BadRow, .. }), "{error}");
        let text = error.explain().to_string();
        assert!(text.contains(&table) && text.contains(&id) && text.contains("Params"), "{text}");
        assert_eq!(rows(&settings, Table::RuleSets).await.len(), 7);
    });
}

#[test]
fn rules_without_their_rule_set_are_left_out_and_told() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        fill(&settings).await;
        let table = Names::new(&settings.stage, &settings.service).of(Table::Rules);
        let mut row = rows(&settings, Table::Rules).await.into_values().next().unwrap();
        row.insert("RuleSetId".to_owned(), AttributeValue::S("gone".to_owned()));
        row.insert("RuleId".to_owned(), AttributeValue::S("orphan".to_owned()));
        client(&settings).put_item().table_name(&table).set_item(Some(row)).send().await.unwrap();
        let store = store(&settings);
        let now = store.snapshot().await.unwrap();
        assert_eq!(now.rule_sets.iter().map(|set| set.rules.len()).sum::<usize>(), 19);
        assert_eq!(store.orphans().await.unwrap(), [Key::new(Kind::Rule, "orphan")]);
    });
}
