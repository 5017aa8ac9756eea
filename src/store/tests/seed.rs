//! A store that is filled from a bundle, such as the demo.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use common::model::Model;
use common::wait;
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::compat::{Compat, Profile};
use connect_rules_engine::value::Text;
use connect_rules_engine::workspace::Options;
use connect_rules_store::Error;
use connect_rules_store::exchange::{Mode, Reset, Seed};

fn demo() -> Bundle {
    let read = |name: &str| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/");
        std::fs::read_to_string(format!("{path}{name}")).unwrap()
    };
    let (sets, connect) = (read("rulesets.json"), read("connect.json"));
    let tests = read("tests/welcome.json");
    Bundle::from_parts(&Parts {
        rule_sets: Some(("rulesets.json", &sets)),
        connect: Some(("connect.json", &connect)),
        tests: Some(("tests.json", &tests)),
        ..Parts::default()
    })
    .unwrap()
}

#[test]
fn holidays_keep_what_contacts_see_of_them() {
    let connect = r#"{"stage":"dev","service":"re","holidays":[
        {"holidayId":"b","when":"20251225","name":"Christmas","description":"All desks","closed":false},
        {"when":"20251231"},
        {"holidayId":"a","when":"20250101","name":"New Year"},{"holidayId":"a","when":"20260101","name":"Twin"}]}"#;
    let parts = Parts { connect: Some(("connect.json", connect)), ..Parts::default() };
    let model = Model::new();
    model.run(&Seed::new(&Bundle::from_parts(&parts).unwrap(), "2026-01-02T03:04:05Z").unwrap()).unwrap();
    let options = Options { profile: Profile::Live, ..Options::default() };
    let workspace = wait(model.service.load_workspace(options)).unwrap();
    let seen = workspace.overlay().unwrap().get("Holidays").cloned().unwrap();
    let members = ["when", "name", "description", "closed", "holidayId"];
    let mut seen: Vec<_> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|day| members.map(|name| day.member(name).text().to_string()))
        .collect();
    let want = [
        ["20250101", "New Year", "", "true", "a"],
        ["20251225", "Christmas", "All desks", "false", "b"],
        ["20251231", "", "", "true", ""],
        ["20260101", "Twin", "", "true", ""],
    ];
    for day in &mut seen[2..] {
        assert_eq!(std::mem::take(&mut day[4]).len(), 36, "those without an identifier of their own get one");
    }
    assert_eq!(seen, want);
}

#[test]
fn a_seeded_store_answers_as_its_bundle() {
    let bundle = demo();
    let model = Model::new();
    let seed = Seed::new(&bundle, "2026-01-02T03:04:05Z").unwrap();
    model.run(&seed).unwrap();
    let (got, want) = (
        wait(model.service.load_workspace(Options::default())).unwrap(),
        bundle.workspace(Options::default()),
    );
    assert!(got.catalogue() == want.catalogue(), "the instance differs");
    assert_eq!(got.active_count(), want.active_count());
    let starts = |it: &connect_rules_engine::workspace::Workspace| {
        let mut out: Vec<(Text, Text)> = it
            .end_points()
            .into_iter()
            .map(|(name, at)| (Text::clone(name), Text::clone(&it.active_document(at).name)))
            .collect();
        out.sort();
        out
    };
    assert_eq!(starts(&got), starts(&want));
    let printed = |it: &connect_rules_engine::workspace::Workspace| {
        connect_rules_engine::export::json(it.rule_sets(), Compat::Corrected)
    };
    assert!(printed(&got) == printed(&want), "the rule sets differ");
    assert!(!model.now().tests.is_empty());
    assert_eq!(model.now().holidays.iter().filter(|it| !it.closed).count(), 1);
    assert!(matches!(model.run(&seed), Err(Error::Invalid { .. })), "the store is not empty");
    model.import(r#"[{"name":"Only one","rules":[]}]"#, Mode::Full).unwrap();
    model.run(&Reset { seed: Some(seed) }).unwrap();
    let again = wait(model.service.load_workspace(Options::default())).unwrap();
    assert!(again.catalogue() == want.catalogue(), "the instance differs");
    assert!(printed(&again) == printed(&want));
}
