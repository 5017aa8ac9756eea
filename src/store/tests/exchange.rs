//! Files into a store and out of it: imports, exports, backups, restores, the seed.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use common::{archive, wait};
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::Options;
use connect_rules_store::contract::{changes, end_point, rule_set, test, user};
use connect_rules_store::exchange::export::{self, About, FileKind, Selection};
use connect_rules_store::exchange::{
    Backups, ImportRuleSets, ImportTests, Mode, Outcome, Reset, Restore, Seed, SourceFile, settings, tree,
};
use connect_rules_store::service::Action;
use connect_rules_store::service::settings::{BACKUP_DAYS, SetConfig};
use connect_rules_store::{
    Actor, Applied, Change, ConfigRow, Entity, Error, Holiday, Role, Service, Snapshot, SqliteStore,
    Store as _,
};
use jiff::Timestamp;

/// Sample documents of the original by their name.
static EXAMPLES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let named = |(path, text): (String, String)| (path.rsplit('/').next().unwrap().to_owned(), text);
    archive("examples.tar.zst").into_iter().map(named).collect()
});

fn example(name: &str) -> &'static str {
    &EXAMPLES[name]
}

struct Model {
    service: Service<SqliteStore>,
    actor: Actor,
}

impl Model {
    fn new() -> Self {
        let service = Service::new(SqliteStore::in_memory().unwrap());
        Model { service, actor: Actor::local("ann") }
    }

    fn with(entities: Vec<Entity>) -> Self {
        let model = Model::new();
        let set = changes("ann", entities.into_iter().map(Change::create).collect());
        wait(model.service.store().apply(set)).unwrap();
        model
    }

    fn sample() -> Self {
        let model = Model::new();
        model.run(&ImportRuleSets::file("export", example("ruleset-export.json"), Mode::Full)).unwrap();
        model
    }

    fn run(&self, action: &impl Action) -> Result<Applied, Error> {
        wait(self.service.run(&self.actor, action))
    }

    fn now(&self) -> Snapshot {
        wait(self.service.store().snapshot()).unwrap()
    }

    /// What is stored, without stamps.
    fn state(&self) -> Snapshot {
        Snapshot { stamps: connect_rules_store::Stamps::default(), mark: Text::default(), ..self.now() }
    }

    fn import(&self, text: &str, mode: Mode) -> Result<Applied, Error> {
        self.run(&ImportRuleSets::file("file", text, mode))
    }
}

fn bare(now: &Snapshot) -> String {
    export::rule_sets(now, &Selection::All, Compat::Original)
}

fn about() -> About {
    About {
        version: "3.1.0".to_owned(),
        environment: "Development".to_owned(),
        exported_by: "ann".to_owned(),
        exported_at: "2026-01-02T03:04:05Z".to_owned(),
    }
}

#[test]
fn the_sample_export_comes_back_byte_for_byte() {
    let model = Model::sample();
    assert!(bare(&model.now()) == example("ruleset-export.json"), "the export differs");
    let options = CsvOptions { compat: Compat::Original, wide: false };
    assert!(export::rule_sets_csv(&model.now(), &Selection::All, options) == example("ruleset-export.csv"));
}

#[test]
fn importing_the_same_again_writes_nothing() {
    let model = Model::sample();
    let before = model.now();
    let again = model.import(example("ruleset-export.json"), Mode::Full).unwrap();
    assert_eq!((again.entry, again.rows.len()), (None, 0));
    let envelope = export::rule_sets_envelope(&before, &Selection::All, &about(), Compat::Corrected);
    assert_eq!(model.import(&envelope, Mode::Full).unwrap().entry, None);
    assert_eq!(model.now(), before);
}

#[test]
fn the_worked_import_of_the_original_leads_to_the_same_store() {
    let case = json::parse(example("import-rulesets.json")).unwrap();
    let file = case.member("importFile");
    let model = Model::sample();
    model.import(&json::print(&file).unwrap(), Mode::Full).unwrap();
    let names = |value: &Value| -> Vec<Text> {
        value.as_array().unwrap().iter().map(|set| set.member("name").text()).collect()
    };
    let mut want = names(&case.member("afterPostImport").member("ruleSets"));
    let mut got: Vec<Text> = model.now().rule_sets.iter().map(|set| Text::clone(&set.name)).collect();
    want.sort();
    got.sort();
    assert_eq!(got, want);
}

#[test]
fn identifiers_survive_and_only_differences_are_written() {
    let model = Model::new();
    let text = |message: &str, more: &str| {
        format!(
            r#"[{{"name":"Alpha","enabled":true,"rules":[
                {{"name":"one","type":"Message","enabled":true,"params":{{"message":"{message}"}},
                 "weights":[{{"field":"a","operation":"equals","value":"1","weight":"1"}},{more}
                            {{"field":"b","operation":"equals","value":"2","weight":"1"}}]}},
                {{"name":"two","type":"Terminate","enabled":true,"weights":[]}}]}},
               {{"name":"Beta","enabled":true,"rules":[]}}]"#
        )
    };
    model.import(&text("hi", ""), Mode::Full).unwrap();
    let before = model.now();
    let added = r#"{"field":"c","operation":"equals","value":"3","weight":"1"},"#;
    let second = text("ho", added);
    let plan = ImportRuleSets::file("f", &*second, Mode::Full).preview(&before).unwrap();
    assert_eq!((plan.count(Outcome::Replace), plan.count(Outcome::Unchanged)), (1, 1));
    assert_eq!((plan.rule_sets[0].changed.len(), plan.rule_sets[0].head_changed), (1, false));
    let done = model.import(&second, Mode::Full).unwrap();
    assert_eq!(done.rows.len(), 1);
    let after = model.now();
    let (old, new) = (before.rule_set_named("Alpha").unwrap(), after.rule_set_named("Alpha").unwrap());
    assert_eq!(old.id, new.id);
    let one = |set: &connect_rules_engine::model::RuleSet| {
        set.rules.iter().find(|rule| &*rule.name == "one").unwrap().clone()
    };
    let (old, new) = (one(old), one(new));
    assert_eq!(old.id, new.id);
    assert_eq!(old.weights[0].id, new.weights[0].id);
    assert_eq!(old.weights[1].id, new.weights[2].id);
    assert!(new.weights[1].id.is_some() && new.weights[1].id != new.weights[0].id);
}

#[test]
fn a_file_with_errors_writes_nothing_and_lists_them_all() {
    let model = Model::sample();
    let before = model.now();
    let text = r#"[{"name":"A1","rules":[{"name":"r"},{"type":"Message"}]},7,{"name":"A1"}]"#;
    let Err(Error::Invalid { problems, .. }) = model.import(text, Mode::Full) else { panic!("accepted") };
    let places: Vec<&str> = problems.iter().map(|it| it.place.as_str()).collect();
    for place in ["rules[0]", "rules[1]", "ruleSets[1]", "ruleSets[2]"] {
        assert!(places.iter().any(|it| it.contains(place)), "{place} in {places:?}");
    }
    assert!(problems.iter().all(|it| it.file.as_deref() == Some("file")));
    for text in [
        "",
        "[",
        "[]",
        "{}",
        "7",
        r#"{"type":"RulesEngineTests","ruleSets":[{"name":"A1"}]}"#,
        r#"{"ruleSetCount":2,"ruleSets":[{"name":"A1"}]}"#,
    ] {
        assert!(matches!(model.import(text, Mode::Full), Err(Error::Invalid { .. })), "{text}");
    }
    assert_eq!(model.now(), before);
}

#[test]
fn undo_takes_a_whole_import_back() {
    let model = Model::sample();
    let before = model.state();
    let text = r#"[{"name":"Only one","enabled":true,"endPoints":["New line"],"rules":[]}]"#;
    model.import(text, Mode::Full).unwrap();
    assert_eq!(model.now().rule_sets.len(), 1);
    wait(model.service.undo(&model.actor)).unwrap();
    assert_eq!(model.state(), before);
    wait(model.service.redo(&model.actor)).unwrap();
    assert_eq!(model.now().rule_sets.len(), 1);
}

#[test]
fn modes_differ_in_what_becomes_of_stored_rule_sets() {
    let text = r#"[{"name":"Alpha","description":"new","rules":[]},{"name":"Gamma","rules":[]}]"#;
    let names = |mode| {
        let model = Model::with(vec![Entity::RuleSet(rule_set("Alpha")), Entity::RuleSet(rule_set("Beta"))]);
        model.import(text, mode).unwrap();
        let mut sets = model.now().rule_sets;
        sets.sort_by(|a, b| a.name.cmp(&b.name));
        sets.iter().map(|set| format!("{}{}", set.name, set.description)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(Mode::Full), "Alphanew Gamma");
    assert_eq!(names(Mode::Merge), "Alphanew Beta Gamma");
    assert_eq!(names(Mode::Add), "Alpha Beta Gamma");
}

#[test]
fn a_part_is_never_a_full_import() {
    let model = Model::sample();
    let now = model.now();
    let folder = Selection::Folder { folder: Text::from("/Service"), recursive: true };
    let part = export::rule_sets_envelope(&now, &folder, &about(), Compat::Corrected);
    assert!(part.contains("\"partial\": true"));
    assert!(matches!(model.import(&part, Mode::Full), Err(Error::Invalid { .. })));
    assert_eq!(model.import(&part, Mode::Merge).unwrap().entry, None);
}

#[test]
fn end_points_are_created_spelled_and_have_one_rule_set() {
    let mut holder = rule_set("Holder");
    holder.end_points = vec![Text::from("Main"), Text::from("Other")];
    let model = || {
        Model::with(vec![
            Entity::EndPoint(end_point("Main", &["+61390000000"])),
            Entity::EndPoint(end_point("Other", &[])),
            Entity::RuleSet(holder.clone()),
        ])
    };
    let text = r#"[{"name":"Winner","enabled":true,"endPoints":["main","Fresh","FRESH"],"rules":[]},
                   {"name":"Zulu","enabled":false,"endPoints":["Fresh"],"rules":[]}]"#;
    let merged = model();
    let plan = ImportRuleSets::file("f", text, Mode::Merge).preview(&merged.now()).unwrap();
    assert_eq!(plan.end_points, [Text::from("Fresh")]);
    assert!(
        plan.lines().iter().any(|line| line.contains("Holder") && line.contains("loses end point \"Main\""))
    );
    assert!(
        plan.lines().iter().any(|line| line.contains("Zulu") && line.contains("loses end point \"Fresh\""))
    );
    assert!(json::parse(&plan.json()).unwrap().member("endPoints").as_array().is_some());
    merged.import(text, Mode::Merge).unwrap();
    let now = merged.now();
    let of = |now: &Snapshot, name: &str| now.rule_set_named(name).unwrap().end_points.join(",");
    assert_eq!(of(&now, "Winner"), "Main,Fresh");
    assert_eq!((of(&now, "Holder"), of(&now, "Zulu")), ("Other".to_owned(), String::new()));
    let fresh = now.end_points.iter().find(|it| &*it.name == "Fresh").unwrap();
    assert!(fresh.enabled && fresh.inbound_numbers.is_empty());
    assert_eq!(now.end_points.len(), 3);
    let added = model();
    added.import(text, Mode::Add).unwrap();
    assert_eq!(of(&added.now(), "Holder"), "Main,Other");
    assert_eq!(of(&added.now(), "Winner"), "Fresh");
}

#[test]
fn later_rules_of_one_name_get_numbers() {
    let model = Model::new();
    let rule = |name: &str| format!(r#"{{"name":"{name}","type":"Terminate","weights":[]}}"#);
    let rules = [rule("r"), rule("r"), rule("r 2"), rule("r"), rule("r 2")].join(",");
    let text = format!(r#"[{{"name":"Alpha","rules":[{rules}]}}]"#);
    let plan = ImportRuleSets::file("f", &*text, Mode::Full).preview(&model.now()).unwrap();
    let created: Vec<&str> = plan.rule_sets[0].created.iter().map(|name| &**name).collect();
    assert_eq!(created, ["r", "r 3", "r 2", "r 4", "r 2 2"]);
    assert!(plan.warnings.iter().any(|it| it.what.contains("becomes \"r 3\"")));
    model.import(&text, Mode::Full).unwrap();
}

#[test]
fn what_will_not_be_there_is_told() {
    let queues =
        ConfigRow { key: Text::from("Queues"), value: json::parse(r#"[{"Name":"Known"}]"#).unwrap() };
    let model = Model::with(vec![Entity::Config(queues), Entity::RuleSet(rule_set("Stored"))]);
    let text = r#"[{"name":"Alpha","rules":[
        {"name":"a","type":"RuleSet","params":{"ruleSetName":"Stored","message":"prompt:beep.wav"},"weights":[]},
        {"name":"b","type":"RuleSet","params":{"ruleSetName":"Nowhere"},"weights":[]},
        {"name":"c","type":"Queue","params":{"queueName":"Known"},"weights":[]},
        {"name":"d","type":"Queue","params":{"queueName":"Lacking"},"weights":[]},
        {"name":"e","type":"Queue","params":{"queueName":"{{State.q}}"},"weights":[]}]}]"#;
    let told = |mode| {
        let plan = ImportRuleSets::file("f", text, mode).preview(&model.now()).unwrap();
        plan.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let merge = told(Mode::Merge);
    for name in ["\"Nowhere\"", "queue \"Lacking\"", "prompt \"beep.wav\""] {
        assert!(merge.contains(name), "{name} in {merge}");
    }
    assert!(!merge.contains("Known") && !merge.contains("Stored") && !merge.contains("State.q"), "{merge}");
    assert!(told(Mode::Full).contains("\"Stored\""));
}

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
            let id = |it: &std::sync::Arc<connect_rules_engine::script::TestDocument>| {
                (format!("{} {}", it.folder, it.name), it.test_id.clone())
            };
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
            let given: Vec<_> =
                now.rule_sets.iter().map(|set| connect_rules_engine::model::RuleSet::clone(set)).collect();
            let found = connect_rules_engine::references::referring(&given, target, Compat::Original);
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

#[test]
fn tests_are_matched_by_folder_and_name() {
    let (mut ready, mut gone) = (test("/a", "Ready", "Main"), test("/a", "Gone", "Main"));
    (ready.production_ready, gone.production_ready) = (true, true);
    let model = Model::with(vec![Entity::Test(ready.clone()), Entity::Test(gone)]);
    let changed =
        connect_rules_engine::script::TestDocument { description: Text::from("new"), ..ready.clone() };
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
fn only_administrators_import() {
    let model = Model::new();
    let power = Actor { role: Role::PowerUser, ..model.actor.clone() };
    let import = ImportRuleSets::file("f", r#"[{"name":"Alpha"}]"#, Mode::Full);
    assert!(matches!(wait(model.service.run(&power, &import)), Err(Error::Forbidden { .. })));
}

#[test]
fn a_folder_tree_leads_back_to_the_same_rule_sets() {
    let model = Model::sample();
    let root = tempfile::tempdir().unwrap();
    let (written, _) = tree::write(&model.now(), root.path(), Compat::Original).unwrap();
    assert_eq!(written.len(), model.now().rule_sets.len());
    assert!(root.path().join("Service/Lost Property.json").is_file());
    let files = tree::read(root.path()).unwrap();
    assert_eq!(model.run(&ImportRuleSets::tree(files.clone(), Mode::Full)).unwrap().entry, None);
    let other = Model::new();
    other.run(&ImportRuleSets::tree(files, Mode::Full)).unwrap();
    assert!(bare(&other.now()) == example("ruleset-export.json"));
    std::fs::write(root.path().join("package.json"), "{\"name\":\"x\"}").unwrap();
    other.import(r#"[{"name":"Only one","folder":"/x:y","rules":[]}]"#, Mode::Full).unwrap();
    let (written, deleted) = tree::write(&other.now(), root.path(), Compat::Original).unwrap();
    assert_eq!(
        (written, deleted.len()),
        (vec!["x%3Ay/Only one.json".to_owned()], model.now().rule_sets.len())
    );
    let (written, deleted) = tree::write(&other.now(), root.path(), Compat::Original).unwrap();
    assert!(written.is_empty() && deleted.is_empty());
    assert!(root.path().join("package.json").is_file());
    let broken = vec![SourceFile { name: "a/b.json".to_owned(), text: "{\n\"name\": }".to_owned() }];
    let Err(Error::Invalid { problems, .. }) = other.run(&ImportRuleSets::tree(broken, Mode::Full)) else {
        panic!("accepted")
    };
    assert_eq!(problems[0].file.as_deref(), Some("a/b.json"));
    assert!(problems[0].place.starts_with("line 2 "), "{}", problems[0]);
}

#[test]
fn backups_bring_everything_back_but_keys() {
    let model = Model::sample();
    let mut ann = user("ann@example.test", Role::Administrator);
    ann.key_hash = Some(Text::from("hash"));
    let holiday = Holiday {
        id: Text::from("h"),
        when: Text::from("20261225"),
        name: Text::from("Christmas"),
        description: Text::default(),
        closed: true,
    };
    let zone = ConfigRow { key: Text::from("CallCentreTimeZone"), value: Value::from("Australia/Perth") };
    let more = vec![
        Entity::User(ann),
        Entity::Holiday(holiday),
        Entity::Config(zone),
        Entity::EndPoint(end_point("Spare", &["+61390000009"])),
        Entity::Test(test("/a", "Draft", "Spare")),
    ];
    wait(model.service.store().apply(changes("ann", more.into_iter().map(Change::create).collect())))
        .unwrap();
    let before = model.state();
    let folder = tempfile::tempdir().unwrap();
    let backups = Backups::beside(&folder.path().join("store.db"));
    assert_eq!(backups.list().unwrap(), []);
    let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let backup = backups.write(&model.now(), &about(), at).unwrap();
    assert_eq!(backup.stem, "20260102T030405Z");
    assert_eq!(backups.write(&model.now(), &about(), at).unwrap().stem, "20260102T030406Z");
    let listed = backups.list().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1], backup);
    #[cfg(unix)]
    for entry in std::fs::read_dir(&backups.folder).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let bits = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(bits & 0o777, 0o600);
    }
    let settings = std::fs::read_to_string(backup.settings.as_ref().unwrap()).unwrap();
    assert!(settings.contains("ann@example.test") && !settings.contains("hash"));
    assert_eq!(model.run(&backup.restore().unwrap()).unwrap().entry, None, "nothing changed yet");

    let surplus = vec![
        Entity::EndPoint(end_point("Surplus", &[])),
        Entity::User(user("later@example.test", Role::Tester)),
    ];
    wait(model.service.store().apply(changes("ann", surplus.into_iter().map(Change::create).collect())))
        .unwrap();
    let later = model.state();
    model.run(&Reset::default()).unwrap();
    assert!(model.now().rule_sets.is_empty() && model.now().end_points.is_empty());
    assert_eq!(model.now().users.len(), 2);
    wait(model.service.undo(&model.actor)).unwrap();
    assert_eq!(model.state(), later);

    model.import(r#"[{"name":"Only one","endPoints":["Surplus"],"rules":[]}]"#, Mode::Full).unwrap();
    let restore = backup.restore().unwrap();
    let plan = restore.preview(&model.now()).unwrap();
    assert!(plan.lines().iter().any(|line| line.contains("later@example.test")), "{:?}", plan.lines());
    model.run(&restore).unwrap();
    let after = model.state();
    assert_eq!(bare(&after), bare(&before));
    assert_eq!(
        (&after.tests, &after.holidays, &after.config),
        (&before.tests, &before.holidays, &before.config)
    );
    assert_eq!(after.end_points, before.end_points);
    assert_eq!(after.users.len(), 2);
    assert_eq!(after.user(&before.users[0].id).unwrap(), &before.users[0]);
}

#[test]
fn backups_of_the_original_are_listed_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("2023/6/16");
    std::fs::create_dir_all(&place).unwrap();
    let stem = "2023-06-16-T01-02-03+00:00";
    std::fs::write(place.join(format!("{stem}-ruleset-backup.json")), example("ruleset-export.json"))
        .unwrap();
    std::fs::write(place.join(format!("{stem}-test-backup.json")), example("backup-tests.json")).unwrap();
    std::fs::write(place.join("notes.json"), "{}").unwrap();
    let backups = Backups { folder: folder.path().to_owned() };
    let listed = backups.list().unwrap();
    assert_eq!((listed.len(), listed[0].stem.as_str()), (1, stem));
    assert_eq!(listed[0].at, "2023-06-16T01:02:03Z".parse::<Timestamp>().unwrap());
    let model = Model::new();
    model.run(&listed[0].restore().unwrap()).unwrap();
    assert!(bare(&model.now()) == example("ruleset-export.json"));
    let now: Timestamp = "2023-07-16T01:02:04Z".parse().unwrap();
    assert_eq!(backups.prune(30, now).unwrap(), Vec::<String>::new(), "the latest stays");
    let newer = backups.write(&model.now(), &about(), now).unwrap();
    assert_eq!(backups.prune(31, now).unwrap(), Vec::<String>::new());
    assert_eq!(backups.prune(30, now).unwrap(), [stem]);
    assert_eq!(backups.list().unwrap(), [newer]);
}

#[test]
fn backups_are_due_once_a_day_after_a_change_and_kept_as_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let backups = Backups { folder: folder.path().to_owned() };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let model = Model::sample();
    let first = at("2026-01-01T23:00:00Z");
    assert!(!backups.is_due("", first).unwrap(), "nothing was ever written");
    assert!(backups.is_due("2026-01-01T22:00:00.000Z", first).unwrap());
    backups.save(&model.now(), &about(), first).unwrap();
    let changed = "2026-01-01T23:30:00.000Z";
    assert!(!backups.is_due(changed, at("2026-01-01T23:59:59Z")).unwrap(), "one of today is there");
    assert!(backups.is_due(changed, at("2026-01-02T00:00:00Z")).unwrap());
    assert!(!backups.is_due("2026-01-01T22:00:00.000Z", at("2026-01-02T00:00:00Z")).unwrap(), "no change");

    // One that was cut short: settings and tests, but no rule sets yet.
    for end in ["settings", "test"] {
        std::fs::write(folder.path().join(format!("20260101T233000Z-{end}-backup.json")), "{}").unwrap();
    }
    assert_eq!(backups.list().unwrap().len(), 1);
    let days = |text: &str| SetConfig { key: Text::from(BACKUP_DAYS), value: Value::from(text) };
    for odd in ["0", "-1", "many"] {
        assert!(matches!(model.run(&days(odd)), Err(Error::Invalid { .. })), "{odd}");
    }
    model.run(&days("2")).unwrap();
    let saved = backups.save(&model.now(), &about(), at("2026-01-03T22:00:00Z")).unwrap();
    assert_eq!(backups.list().unwrap().len(), 2, "neither is older than two days");
    let again = backups.save(&model.now(), &about(), at("2026-01-04T00:00:00Z")).unwrap();
    assert_eq!(backups.list().unwrap(), [again, saved]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "what was cut short is gone, too");
    let catalogue = connect_rules_store::service::catalogue(&model.now());
    assert!(catalogue.config.get(BACKUP_DAYS).is_none(), "contacts do not see settings of the program");
}

#[test]
fn a_restore_of_a_broken_backup_writes_nothing() {
    let model = Model::sample();
    let before = model.now();
    let file = |text: &str| Some(SourceFile { name: "f".to_owned(), text: text.to_owned() });
    let good = settings::export(&before, &about());
    for (sets, tests, settings) in [
        (Some(example("ruleset-export.json")), Some("{"), Some(&*good)),
        (Some("[{}]"), None, Some(&*good)),
        (Some("[]"), None, Some("{}")),
    ] {
        let restore = Restore {
            rule_sets: sets.and_then(file),
            tests: tests.and_then(file),
            settings: settings.and_then(file),
        };
        assert!(matches!(model.run(&restore), Err(Error::Invalid { .. })));
    }
    assert_eq!(model.now(), before);
}

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

/// A catalogue with holidays as the store tells them: day and name.
fn instance(catalogue: &Catalogue) -> Catalogue {
    let mut out = catalogue.clone();
    let days = out.holidays.iter().map(|it| {
        let members = [("when", &it.when), ("name", &it.name)];
        let members: Map =
            members.into_iter().map(|(key, text)| (key, Value::from(Text::clone(text)))).collect();
        Value::from(members)
    });
    let days = Value::from(days.collect::<Vec<_>>());
    out.config.insert("Holidays", days);
    out
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
    assert!(instance(got.catalogue()) == instance(want.catalogue()), "the instance differs");
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
    assert!(instance(again.catalogue()) == instance(want.catalogue()), "the instance differs");
    assert!(printed(&again) == printed(&want));
}

#[test]
fn export_files_are_named_by_the_local_minute() {
    let local = jiff::civil::date(2026, 3, 4).at(5, 6, 7, 0);
    assert_eq!(export::file_name(FileKind::RuleSets, local), "RuleSets-2026-03-04T0506.json");
    assert_eq!(export::file_name(FileKind::TestsFolder, local), "Tests-Folder-2026-03-04T0506.json");
}

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
