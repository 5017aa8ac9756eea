//! Imports of rule sets into a store: modes, matching, errors, undo, folder trees.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use common::model::{Model, about, bare, example};
use common::wait;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::contract::{end_point, rule_set};
use connect_rules_store::exchange::export::Selection;
use connect_rules_store::exchange::{ImportRuleSets, Mode, Outcome, SourceFile, export, tree};
use connect_rules_store::{Actor, ConfigRow, Entity, Error, Role, Snapshot};

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
    let (written, _) = tree::write(&model.now().rule_sets, root.path(), Compat::Original).unwrap();
    assert_eq!(written.len(), model.now().rule_sets.len());
    assert!(root.path().join("Service/Lost Property.json").is_file());
    let files = tree::read(root.path()).unwrap();
    assert_eq!(model.run(&ImportRuleSets::tree(files.clone(), Mode::Full)).unwrap().entry, None);
    let other = Model::new();
    other.run(&ImportRuleSets::tree(files, Mode::Full)).unwrap();
    assert!(bare(&other.now()) == example("ruleset-export.json"));
    std::fs::write(root.path().join("package.json"), "{\"name\":\"x\"}").unwrap();
    other.import(r#"[{"name":"Only one","folder":"/x:y","rules":[]}]"#, Mode::Full).unwrap();
    let (written, deleted) = tree::write(&other.now().rule_sets, root.path(), Compat::Original).unwrap();
    assert_eq!(
        (written, deleted.len()),
        (vec!["x%3Ay/Only one.json".to_owned()], model.now().rule_sets.len())
    );
    let (written, deleted) = tree::write(&other.now().rule_sets, root.path(), Compat::Original).unwrap();
    assert!(written.is_empty() && deleted.is_empty());
    assert!(root.path().join("package.json").is_file());
    let broken = vec![SourceFile { name: "a/b.json".to_owned(), text: "{\n\"name\": }".to_owned() }];
    let Err(Error::Invalid { problems, .. }) = other.run(&ImportRuleSets::tree(broken, Mode::Full)) else {
        panic!("accepted")
    };
    assert_eq!(problems[0].file.as_deref(), Some("a/b.json"));
    assert!(problems[0].place.starts_with("line 2 "), "{}", problems[0]);
}
