//! Tests into a store and out of it: imports, exports, the names of files.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::model::{Model, about, example};
use common::wait;
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::json;
use connect_rules_engine::replay::{self, Settings, Verdict};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Options;
use connect_rules_store::contract::test;
use connect_rules_store::exchange::export::{About, FileKind, Selection};
use connect_rules_store::exchange::{ImportTests, export};
use connect_rules_store::service::holidays::CreateHoliday;
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::{Entity, Error, Holiday};

#[test]
fn tests_of_the_original_come_in_and_out_unchanged() {
    let model = Model::new();
    for name in ["tests-export-all.json", "backup-tests.json"] {
        let import = ImportTests { include_not_ready: true, ..ImportTests::new(name, example(name)) };
        model.run(&import).unwrap();
        let want = json::parse(example(name)).unwrap().member("tests");
        let text = export::tests(&model.now(), &Selection::All, &about()).unwrap();
        assert_eq!(json::parse(&text).unwrap().member("tests"), want, "{name}");
        assert_eq!(model.run(&import).unwrap().entry, None);
    }
    let file = json::parse(example("tests-export-all.json")).unwrap();
    let header = |key: &str| file.member(key).text().to_string();
    let about = About {
        version: header("version"),
        environment: header("environmentName"),
        exported_by: header("exportedBy"),
        exported_at: header("exportedAt"),
    };
    let text = export::tests(&model.now(), &Selection::All, &about).unwrap();
    assert!(text == example("tests-export-all.json"), "{text}");
}

#[test]
fn the_worked_import_of_tests_leads_to_the_same_store() {
    let case = json::parse(example("import-tests.json")).unwrap();
    let listed = |value: &Value| -> Vec<Vec<Text>> {
        let of = |it: &Value| {
            ["folder", "name", "productionReady", "description"].map(|name| it.member(name).text()).to_vec()
        };
        let mut all: Vec<Vec<Text>> = value.as_array().unwrap().iter().map(of).collect();
        all.sort();
        all
    };
    let stored = |model: &Model| {
        let all = model.now().tests.iter().map(|it| Value::from(it.to_export())).collect::<Vec<_>>();
        listed(&all.into())
    };
    let file = json::print(&case.member("importFile")).unwrap();
    for (full, after) in [(false, "afterImport"), (true, "afterFullImport")] {
        let model = Model::new();
        let first = ImportTests::new("all", example("tests-export-all.json"));
        model.run(&ImportTests { include_not_ready: true, ..first }).unwrap();
        assert_eq!(stored(&model), listed(&case.member("before")));
        let ids = |model: &Model| -> BTreeMap<String, Option<Text>> {
            let id = |it: &Arc<TestDocument>| (format!("{} {}", it.folder, it.name), it.test_id.clone());
            model.now().tests.iter().map(id).collect()
        };
        let before = ids(&model);
        let import = ImportTests { full, ..ImportTests::new("file", &*file) };
        let plan = import.preview(&model.now()).unwrap();
        let answer = case.member("importResponse");
        let counts = [("inserted", &plan.inserted), ("replaced", &plan.replaced), ("skipped", &plan.skipped)];
        for (name, list) in counts {
            assert_eq!(&*answer.member(name).text(), list.len().to_string(), "{name}");
        }
        if full {
            let deleted = case.member("postImportResponse").member("deletedCount");
            assert_eq!(&*deleted.text(), plan.deleted.len().to_string());
        }
        model.run(&import).unwrap();
        assert_eq!(stored(&model), listed(&case.member(after)));
        let name = "/Front door Holiday caller is told we are closed";
        assert_eq!(ids(&model)[name], before[name], "a replaced test keeps its identifier");
    }
}

#[test]
fn exports_of_some_tests_come_back_byte_for_byte() {
    for (name, folder) in [("all", None), ("folder", Some("/Service")), ("selected", None)] {
        let text = example(match name {
            "all" => "tests-export-all.json",
            "folder" => "tests-export-folder.json",
            _ => "tests-export-selected.json",
        });
        let model = Model::new();
        let first = ImportTests::new("all", example("tests-export-all.json"));
        model.run(&ImportTests { include_not_ready: true, ..first }).unwrap();
        let import = ImportTests { include_not_ready: true, ..ImportTests::new(name, text) };
        assert_eq!(model.run(&import).unwrap().entry, None, "{name}: the same tests are stored already");
        let file = json::parse(text).unwrap();
        let header = |key: &str| file.member(key).text().to_string();
        let about = About {
            version: header("version"),
            environment: header("environmentName"),
            exported_by: header("exportedBy"),
            exported_at: header("exportedAt"),
        };
        let wanted: Vec<(Text, Text)> = file
            .member("tests")
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it.member("folder").text(), it.member("name").text()))
            .collect();
        let now = model.now();
        let ids = now.tests.iter().filter(|it| wanted.contains(&(it.folder.clone(), it.name.clone())));
        let which = match (name, folder) {
            ("all", _) => Selection::All,
            (_, Some(folder)) => Selection::Folder { folder: Text::from(folder), recursive: true },
            _ => Selection::Ids(ids.filter_map(|it| it.test_id.clone()).collect()),
        };
        assert!(export::tests(&now, &which, &about).unwrap() == text, "{name} differs");
    }
}

#[test]
fn tests_are_matched_by_folder_and_name() {
    let (mut ready, mut gone) = (test("/a", "Ready", "Main"), test("/a", "Gone", "Main"));
    (ready.production_ready, gone.production_ready) = (true, true);
    let model = Model::with(vec![Entity::Test(ready.clone()), Entity::Test(gone)]);
    let changed = TestDocument { description: Text::from("new"), ..ready.clone() };
    let draft = test("/a", "Draft", "Main");
    let mut fresh = test("/b", "Ready", "Main");
    fresh.production_ready = true;
    let mut draft = draft;
    draft.production_ready = false;
    let list: Vec<Value> = [&changed, &draft, &fresh].iter().map(|it| it.to_export().into()).collect();
    let text = json::print(&list.into()).unwrap();
    let import = ImportTests { full: true, ..ImportTests::new("f", &*text) };
    let plan = import.preview(&model.now()).unwrap();
    assert_eq!(plan.replaced, ["/a Ready"]);
    assert_eq!(
        (plan.inserted, plan.skipped, plan.deleted),
        (vec!["/b Ready".to_owned()], vec!["/a Draft".to_owned()], vec!["/a Gone".to_owned()])
    );
    assert!(plan.warnings.iter().any(|it| it.what.contains("end point \"Main\"")));
    let before = model.state();
    model.run(&import).unwrap();
    let now = model.now();
    assert_eq!(now.tests.len(), 2);
    assert_eq!(&*now.test(&ready.test_id.clone().unwrap()).unwrap().description, "new");
    wait(model.service.undo(&model.actor)).unwrap();
    assert_eq!(model.state(), before);
    let broken = r#"[{"name":"x1","folder":"/"},{"name":"x2"}]"#;
    let Err(Error::Invalid { problems, .. }) = model.run(&ImportTests::new("f", broken)) else { panic!() };
    assert!(problems.iter().any(|it| it.place.starts_with("[1]")), "{problems:?}");
    assert_eq!(model.state(), before);
}

#[test]
fn export_files_are_named_by_the_local_minute() {
    let local = jiff::civil::date(2026, 3, 4).at(5, 6, 7, 0);
    assert_eq!(export::file_name(FileKind::RuleSets, local), "RuleSets-2026-03-04T0506.json");
    assert_eq!(export::file_name(FileKind::TestsFolder, local), "Tests-Folder-2026-03-04T0506.json");
}

/// What the sample instance holds: the stored rows of the original.
fn instance(model: &Model) {
    let rows = json::parse(example("config-items.json")).unwrap();
    for row in rows.as_array().unwrap() {
        let (key, value) = (row.member("ConfigKey").text(), row.member("parsed"));
        match &*key {
            "LastChangeTimestamp" => {}
            "Holidays" => {
                for day in value.as_array().unwrap() {
                    holiday(model, &day.member("when").text(), &day.member("name").text());
                }
            }
            _ => {
                model.run(&SetConfig { key, value }).unwrap();
            }
        }
    }
}

fn holiday(model: &Model, when: &str, name: &str) {
    let day = Holiday {
        id: Text::default(),
        when: Text::from(when),
        name: Text::from(name),
        description: Text::default(),
        closed: true,
    };
    model.run(&CreateHoliday(day)).unwrap();
}

/// Verdict of every stored test and the first thing it complains of, in the order of names.
fn verdicts(model: &Model) -> Vec<(Verdict, String)> {
    let workspace = wait(model.service.load_workspace(Options::default())).unwrap();
    let connect = json::print(&model.now().config_map().into()).unwrap();
    let parts = Parts { connect: Some(("the store", &connect)), ..Parts::default() };
    let stubs = Bundle::from_parts(&parts).unwrap().stubs;
    let mut tests = model.now().tests;
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    let replay = |test: &Arc<TestDocument>| {
        let result = replay::run(&workspace, &stubs, test, &test.script(), &Settings::default(), ());
        let of_lines = result.lines.iter().flat_map(|line| &line.warnings);
        let first = result.warnings.iter().chain(of_lines).next().cloned();
        (result.verdict(), first.unwrap_or_default())
    };
    tests.iter().map(replay).collect()
}

#[test]
fn imported_tests_are_replayed_on_what_is_stored() {
    let file = json::parse(example("import-tests.json")).unwrap().member("importFile");
    let model = Model::sample();
    instance(&model);
    let import = ImportTests::new("file", &*json::print(&file).unwrap());
    model.run(&ImportTests { include_not_ready: true, ..import }).unwrap();
    let passed = (Verdict::Success, String::new());
    let told = |verdict, what: &str| (verdict, what.to_owned());
    // Both callers of the main line are offered the menu, because the sample has no holiday on their days.
    let menu = told(Verdict::Error, "Encountered input with no more input lines");
    let failed = verdicts(&model);
    assert_eq!(failed[0].0, Verdict::Error);
    assert_eq!(failed[1..], [passed.clone(), menu.clone()]);
    holiday(&model, "20251104", "Melbourne Cup");
    // The line says `Closed`, the caller hears `closed`.
    let closed = told(Verdict::Warning, "Case insensitive match found");
    assert_eq!(verdicts(&model), [closed.clone(), passed.clone(), menu]);
    holiday(&model, "20250305", "Day of the unfinished test");
    assert_eq!(verdicts(&model), [closed, passed.clone(), passed]);
}
