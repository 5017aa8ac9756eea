//! A fault at every write of an import, a rename and a migration: nothing is lost, nothing is half there,
//! and what was begun comes to the same end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use common::faulty::{Fault, Faulty};
use common::{Server, client, fill, run, store, store_through};
use connect_rules_dynamo::item::Item;
use connect_rules_dynamo::{DynamoStore, Names, Settings, Table};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::snapshot::head;
use connect_rules_store::{Change, ChangeSet, Entity, Snapshot, Store as _};

const SETS: usize = 17;
const RULES: usize = 5;

/// Everything but stamps and mark.
fn content(now: &Snapshot) -> Snapshot {
    let mut out = now.clone();
    out.stamps.clear();
    out.mark = Text::default();
    out
}

/// An import of more rows than a transaction holds.
fn import() -> ChangeSet {
    let mut list = Vec::new();
    for number in 0..SETS {
        let set = rule_set(&format!("Set {number}"));
        let id = set.id.clone().unwrap();
        list.push(Change::create(Entity::RuleSet(set)));
        for number in 0..RULES {
            let rule = Entity::Rule(Text::clone(&id), rule(&format!("Rule {number}"), "Goes to Set 0"));
            list.push(Change::create(rule));
        }
    }
    changes("ada", list)
}

/// A rename that many rules follow, with rows that go.
fn rename(now: &Snapshot) -> ChangeSet {
    let mut list = Vec::new();
    for (number, set) in now.rule_sets.iter().enumerate() {
        let id = set.id.clone().unwrap();
        let key = connect_rules_store::Key::new(connect_rules_store::Kind::RuleSet, Text::clone(&id));
        if number % 10 == 9 {
            list.push(Change::Delete { key, expected: now.rev(connect_rules_store::Kind::RuleSet, &id) });
            continue;
        }
        let expected = now.rev(connect_rules_store::Kind::RuleSet, &id);
        let renamed = RuleSet { name: Text::from(format!("{} renamed", set.name)), ..head(set) };
        list.push(Change::Put { entity: Entity::RuleSet(renamed), expected });
        for rule in &set.rules {
            let mut followed = rule.clone();
            followed.params.insert("message", "Goes to Set 0 renamed".into());
            let expected = now.rev(connect_rules_store::Kind::Rule, rule.id.as_deref().unwrap());
            list.push(Change::Put { entity: Entity::Rule(Text::clone(&id), followed), expected });
        }
    }
    changes("ada", list)
}

/// The rows of the model as the original would see them, stamps and marks apart.
async fn stored(settings: &Settings) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::new();
    for table in [Table::RuleSets, Table::Rules, Table::Users] {
        let name = Names::new(&settings.stage, &settings.service).of(table);
        let items = client(settings).scan().table_name(&name).send().await.unwrap().items.unwrap();
        let shown = |item: &Item| {
            let sorted: BTreeMap<_, _> = item.iter().filter(|(name, _)| *name != "UpdatedAt").collect();
            format!("{sorted:?}")
        };
        let mut rows: Vec<String> = items.iter().map(shown).collect();
        rows.sort_unstable();
        out.insert(table.suffix().to_owned(), rows);
    }
    out
}

/// Does `work` with a fault at each of its writes, and looks at what others see then.
async fn at_every_write(
    prepare: impl AsyncFn(&Settings),
    work: impl AsyncFn(&DynamoStore) -> Result<(), connect_rules_store::Error>,
) {
    // How it goes without faults: a copy of every scenario is prepared in the same way.
    let settings = Server::start().await.model().await;
    prepare(&settings).await;
    let counted = Faulty::new(None, 0);
    let before = content(&store(&settings).snapshot().await.unwrap());
    work(&store_through(&settings, counted.client())).await.unwrap();
    let (after, rows) = (content(&store(&settings).snapshot().await.unwrap()), stored(&settings).await);
    let writes = counted.writes();
    assert!(writes >= 4, "{writes} writes");
    for fault in Fault::ALL {
        for at in 0..writes {
            let settings = Server::start().await.model().await;
            prepare(&settings).await;
            let way = Faulty::new(Some(fault), at);
            let told = work(&store_through(&settings, way.client())).await;
            let place = format!("{fault:?} at write {at} of {writes}: {told:?}");
            // A reader sees all of it or nothing.
            let seen = content(&store(&settings).snapshot().await.unwrap());
            assert!(seen == before || seen == after, "half of it is there, {place}");
            if told.is_ok() {
                assert!(seen == after, "it is lost, {place}");
            }
            // Whoever comes next finishes it, or it is done again.
            let next = store(&settings);
            let resumed = next.resume().await.unwrap();
            // What a migration does cannot be seen in the model, and doing it again does no harm.
            if seen != after || (before == after && !resumed) {
                work(&next).await.unwrap();
            }
            assert!(content(&next.snapshot().await.unwrap()) == after, "another end, {place}");
            assert!(stored(&settings).await == rows, "the rows differ, {place}");
            assert!(!next.resume().await.unwrap(), "something is left, {place}");
            let told = next.audit(10).await.unwrap();
            assert_eq!(told.iter().filter(|it| &*it.by == "ada").count(), 1, "told twice or never, {place}");
        }
    }
}

#[test]
fn an_import_is_made_as_a_whole() {
    run(async {
        let import = import();
        let work = async |store: &DynamoStore| store.apply(import.clone()).await.map(|_| ());
        at_every_write(async |_: &Settings| {}, work).await;
    });
}

#[test]
fn a_rename_is_made_as_a_whole() {
    run(async {
        let import = ChangeSet { by: Text::from("eve"), ..import() };
        let prepare = async |settings: &Settings| {
            store(settings).apply(import.clone()).await.unwrap();
        };
        let work = async |store: &DynamoStore| {
            let set = rename(&store.snapshot().await?);
            store.apply(set).await.map(|_| ())
        };
        at_every_write(prepare, work).await;
    });
}

#[test]
fn a_migration_is_made_as_a_whole() {
    run(async {
        let prepare = async |settings: &Settings| {
            fill(settings).await;
            let name = Names::new(&settings.stage, &settings.service).of(Table::RuleSets);
            let text = aws_sdk_dynamodb::types::AttributeValue::S;
            for part in 0..4 {
                let put = |number: i32| {
                    let (id, named) = (format!("id-{part}-{number:02}"), format!("Old {part} {number}"));
                    let put = PutRequest::builder().item("RuleSetId", text(id)).item("Name", text(named));
                    WriteRequest::builder().put_request(put.build().unwrap()).build()
                };
                let request = client(settings).batch_write_item();
                request.request_items(&name, (0..25).map(put).collect()).send().await.unwrap();
            }
        };
        let work = async |store: &DynamoStore| store.migrate("ada").await.map(|_| ());
        at_every_write(prepare, work).await;
    });
}

#[test]
fn a_large_change_is_undone_and_made_again() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let (ada, bob) = (store(&settings), store(&settings));
        let empty = content(&bob.snapshot().await.unwrap());
        ada.apply(import()).await.unwrap();
        let full = content(&bob.snapshot().await.unwrap());
        assert_eq!(full.rule_sets.len(), SETS);
        ada.undo("ada", None).await.unwrap();
        assert!(content(&bob.snapshot().await.unwrap()) == empty);
        bob.redo("ada").await.unwrap();
        assert!(content(&ada.snapshot().await.unwrap()) == full);
    });
}

#[test]
fn the_change_mark_moves_once_and_last() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let counted = Faulty::new(None, 0);
        store_through(&settings, counted.client()).apply(import()).await.unwrap();
        let last = counted.writes() - 1;
        let settings = server.environment().await;
        let way = Faulty::new(Some(Fault::Crash), last);
        store_through(&settings, way.client()).apply(import()).await.unwrap_err();
        let name = Names::new(&settings.stage, &settings.service).of(Table::Config);
        let rows = client(&settings).scan().table_name(&name).send().await.unwrap();
        assert_eq!(rows.count(), 0, "the original looks at this mark before it reads anything again");
        let reader = store(&settings);
        let mark = reader.mark().await.unwrap();
        assert!(!mark.is_empty() && reader.snapshot().await.unwrap().rule_sets.len() == SETS);
        reader.resume().await.unwrap();
        assert_eq!(reader.mark().await.unwrap(), mark);
    });
}
