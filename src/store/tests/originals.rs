//! Every workspace of the original goes through the store.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use common::archive;
use common::model::{Model, bare};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::json;
use connect_rules_engine::references;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::exchange::export::Selection;
use connect_rules_store::exchange::{ImportRuleSets, Mode, export};

/// Rule sets that the original exports as no store may hold them: workspace and name.
const MENDED: [(&str, &str); 3] = [
    ("features/ordering.json", "Duplicate names"),
    ("features/ordering.json", "Off shared"),
    ("features/ordering.json", "Shared one"),
];

#[test]
fn every_workspace_of_the_original_comes_in_and_out_unchanged_golden() {
    let files = archive("golden.tar.zst");
    let records =
        |name: &str| -> Vec<Value> { files[name].lines().map(|line| json::parse(line).unwrap()).collect() };
    let (exports, tables, referring) =
        (records("units/export.jsonl"), records("units/csv.jsonl"), records("units/referring.jsonl"));
    assert!(exports.len() >= 29 && exports.len() == tables.len() && exports.len() == referring.len());
    let options = CsvOptions { compat: Compat::Original, wide: false };
    for ((export, table), referring) in exports.iter().zip(&tables).zip(&referring) {
        let name = export.member("workspace").text();
        let workspace = json::parse(&files[&format!("workspaces/{name}")]).unwrap();
        let model = Model::new();
        let sets = json::print(&workspace.member("ruleSets")).unwrap();
        let plan = ImportRuleSets::file("file", &*sets, Mode::Full).preview(&model.now()).unwrap();
        model.import(&sets, Mode::Full).unwrap_or_else(|error| panic!("{name}: {error}"));
        let now = model.now();
        // What a store never holds is mended by the import, and told: two rules of one name, two rule sets
        // with one end point.
        let is_mended = |set: &str| {
            let mended = MENDED.contains(&(&*name, set));
            let told = |it: &connect_rules_engine::problem::Problem| it.to_string().contains(set);
            assert!(!mended || plan.warnings.iter().any(told), "{name} {set}: {:?}", plan.warnings);
            mended
        };
        let unmended = |sets: Value| -> Vec<Value> {
            let all = sets.as_array().unwrap().iter();
            all.filter(|set| !is_mended(&set.member("name").text())).cloned().collect()
        };
        let got = unmended(json::parse(&bare(&now)).unwrap());
        assert!(got == unmended(export.member("result").member("ruleSets")), "{name}");
        assert_eq!(table.member("workspace").text(), name);
        let lines = |table: &str| -> Vec<String> {
            let of_mended = |line: &str| is_mended(line.split('"').nth(1).unwrap_or_default());
            table.split("\r\n").filter(|line| !of_mended(line)).map(str::to_owned).collect()
        };
        let got = export::rule_sets_csv(&now, &Selection::All, options);
        assert!(lines(&got) == lines(&table.member("csvData").text()), "{name}");
        for (target, want) in referring.member("referring").as_object().unwrap() {
            let found = references::referring(&now.rule_sets, target, Compat::Original);
            let found: Map = found
                .iter()
                .map(|(set, rules)| {
                    (
                        Text::clone(set),
                        Value::from(rules.iter().cloned().map(Value::from).collect::<Vec<_>>()),
                    )
                })
                .collect();
            assert!(Value::from(found) == *want, "{name} {target}");
        }
        assert_eq!(model.import(&bare(&now), Mode::Full).unwrap().entry, None, "{name}: its own export");
    }
}
