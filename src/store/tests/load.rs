//! How long a large store takes to open and load; run with `--release -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::time::{Duration, Instant};

use common::wait;
use connect_rules_engine::model::Weight;
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Options;
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::{Change, Entity, Service, SqliteStore, Store as _};

#[test]
#[ignore = "a figure, not a check: takes seconds"]
fn ten_thousand_rule_sets_of_ten_rules_load_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let mut list = Vec::new();
    for s in 0..10_000 {
        let set = rule_set(&format!("Rule set {s}"));
        let id = set.id.clone().unwrap();
        list.push(Change::create(Entity::RuleSet(set)));
        for r in 0..10 {
            let mut rule = rule(&format!("Rule {r}"), &format!("Welcome to desk {s}, {{{{Customer.Name}}}}"));
            rule.weights = vec![Weight {
                id: Some(Text::from(format!("{s}-{r}"))),
                field: Some(Text::from("Customer.Tier")),
                operation: Text::from("equals"),
                value: Value::from("gold"),
                weight: Value::from("100"),
            }];
            list.push(Change::create(Entity::Rule(Text::clone(&id), rule)));
        }
    }
    let start = Instant::now();
    wait(store.apply(changes("ada", list))).unwrap();
    println!("written in {:?}", start.elapsed());
    drop(store);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let service = Service::new(SqliteStore::open(&file).unwrap());
        let workspace = wait(service.load_workspace(Options::default())).unwrap();
        best = best.min(start.elapsed());
        assert_eq!(workspace.active_count(), 10_000);
    }
    println!("opened and loaded in {best:?}");
    let service = Service::new(SqliteStore::open(&file).unwrap());
    let start = Instant::now();
    wait(service.snapshot()).unwrap();
    println!("snapshot in {:?}", start.elapsed());
    if !cfg!(debug_assertions) {
        assert!(best <= Duration::from_millis(400), "{best:?}");
    }
}
