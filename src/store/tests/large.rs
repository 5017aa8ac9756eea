//! Imports of many rule sets.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use std::time::{Duration, Instant};

use common::model::Model;
use common::wait;
use connect_rules_engine::workspace::Options;
use connect_rules_store::exchange::Mode;
use connect_rules_store::{Actor, Service, SqliteStore};

fn large(sets: usize, rules: usize) -> String {
    let sets = (0..sets).map(|at| {
        let rules = (0..rules).map(|n| {
            format!(
                r#"{{"name":"Rule {n}","description":"","priority":"{n}","activation":"1","type":"RuleSet","enabled":true,
                "params":{{"ruleSetName":"Set {}","message":"Hello {n}"}},
                "weights":[{{"field":"System.x","operation":"equals","value":"{at}","weight":"1"}}]}}"#,
                at / 2
            )
        });
        let rules = rules.collect::<Vec<_>>().join(",");
        format!(
            r#"{{"name":"Set {at}","description":"","enabled":true,"endPoints":["Line {at}"],"folder":"/f{}","rules":[{rules}]}}"#,
            at % 50
        )
    });
    format!("[{}]", sets.collect::<Vec<_>>().join(","))
}

#[test]
fn large_imports_are_not_quadratic() {
    let model = Model::new();
    let text = large(2_000, 10);
    let start = Instant::now();
    model.import(&text, Mode::Full).unwrap();
    let first = start.elapsed();
    let changed = text.replace("Hello 7", "Goodbye");
    model.import(&changed, Mode::Full).unwrap();
    let both = start.elapsed();
    assert_eq!(model.now().rule_sets.len(), 2_000);
    // Unoptimised, on a busy machine; quadratic work would take many minutes.
    assert!(both < Duration::from_secs(100), "{first:?} of {both:?}");
}

#[test]
#[ignore = "measures; run it optimised"]
fn ten_thousand_rule_sets_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(SqliteStore::open(&folder.path().join("store.db")).unwrap());
    let model = Model { service, actor: Actor::local("ann") };
    let text = large(10_000, 10);
    let start = Instant::now();
    model.import(&text, Mode::Full).unwrap();
    let import = start.elapsed();
    let start = Instant::now();
    let again = model.import(&text, Mode::Full).unwrap();
    let unchanged = start.elapsed();
    assert_eq!(again.entry, None);
    let start = Instant::now();
    let workspace = wait(model.service.load_workspace(Options::default())).unwrap();
    let load = start.elapsed();
    assert_eq!(workspace.active_count(), 10_000);
    eprintln!("import {import:?}, again {unchanged:?}, load {load:?}");
    assert!(import <= Duration::from_secs(10), "import took {import:?}");
    assert!(load <= Duration::from_millis(400), "load took {load:?}");
}
