//! Many programs write at once, and what others did is seen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use common::{Server, run, store};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::snapshot::head;
use connect_rules_store::{Change, Entity, Error, Key, Kind, Store as _};

const WRITERS: usize = 16;
const EDITS: usize = 3;

#[test]
fn sixteen_writers_of_one_rule_set_lose_nothing() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let set = RuleSet { description: Text::from("0"), ..rule_set("Shared") };
        let id = set.id.clone().unwrap();
        store(&settings).apply(changes("eve", vec![Change::create(Entity::RuleSet(set))])).await.unwrap();
        let mut tasks = Vec::new();
        for writer in 0..WRITERS {
            let (settings, id) = (settings.clone(), Text::clone(&id));
            tasks.push(tokio::spawn(async move {
                let store = store(&settings);
                for edit in 0..EDITS {
                    loop {
                        let now = store.snapshot().await.unwrap();
                        let set = now.rule_set(&id).unwrap();
                        let count: usize = set.description.parse().unwrap();
                        let next = RuleSet { description: Text::from((count + 1).to_string()), ..head(set) };
                        let list = vec![
                            Change::Put {
                                entity: Entity::RuleSet(next),
                                expected: now.rev(Kind::RuleSet, &id),
                            },
                            Change::create(Entity::Rule(
                                Text::clone(&id),
                                rule(&format!("{writer} {edit}"), "x"),
                            )),
                        ];
                        match store.apply(changes(&writer.to_string(), list)).await {
                            Ok(_) => break,
                            Err(Error::Stale(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let reader = store(&settings);
        let now = reader.snapshot().await.unwrap();
        let set = now.rule_set(&id).unwrap();
        assert_eq!(&*set.description, (WRITERS * EDITS).to_string());
        assert_eq!(set.rules.len(), WRITERS * EDITS);
        assert_eq!(now.rev(Kind::RuleSet, &id), (WRITERS * EDITS + 1) as u64);
        assert_eq!(reader.journal(1000).await.unwrap().len(), WRITERS * EDITS + 1);
    });
}

#[test]
fn a_reader_among_writers_sees_whole_changes_only() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let writer = store(&settings);
        let pair = [rule_set("A"), rule_set("B")];
        let list = pair.iter().cloned().map(|set| Change::create(Entity::RuleSet(set))).collect();
        writer.apply(changes("ada", list)).await.unwrap();
        let reading = settings.clone();
        let ids = pair.clone().map(|set| set.id.unwrap());
        let reader = tokio::spawn(async move {
            let mut seen = 0;
            loop {
                // A store that knows nothing reads everything, one table after the other.
                let now = store(&reading).snapshot().await.unwrap();
                let [a, b] = [0, 1].map(|at| Text::clone(&now.rule_set(&ids[at]).unwrap().description));
                assert_eq!(a, b);
                seen += 1;
                if &*a == "12" {
                    return seen;
                }
            }
        });
        for number in 1..=12 {
            let list = pair.iter().map(|set| {
                let entity =
                    Entity::RuleSet(RuleSet { description: Text::from(number.to_string()), ..set.clone() });
                Change::Put { entity, expected: number }
            });
            writer.apply(changes("ada", list.collect())).await.unwrap();
        }
        assert!(reader.await.unwrap() > 0);
    });
}

#[test]
fn what_was_told_since_a_mark_holds_across_programs() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let (one, two) = (store(&settings), store(&settings));
        let mut known = two.snapshot().await.unwrap();
        let set = rule_set("A");
        let key = Key::new(Kind::RuleSet, set.id.clone().unwrap());
        one.apply(changes("ada", vec![Change::create(Entity::RuleSet(set))])).await.unwrap();
        for number in 0..40 {
            let list = vec![Change::create(Entity::RuleSet(rule_set(&format!("Set {number}"))))];
            one.apply(changes("ada", list)).await.unwrap();
        }
        one.apply(changes("bob", vec![Change::Delete { key, expected: 1 }])).await.unwrap();
        let since = two.changes_since(&known.mark).await.unwrap().unwrap();
        assert_eq!(since.rows.len(), 41);
        known.update(since);
        assert_eq!(known, one.snapshot().await.unwrap());
        assert_eq!(two.snapshot().await.unwrap(), known);
    });
}
