//! The commands on a store (`spec/admin.md` 20), kept with the program itself on stores of their own.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod shop;
mod tool;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use shop::{Shop, names};

#[test]
fn a_journey_made_from_the_shell_is_simulated_over_a_pipe() {
    let shop = Shop::new("journey");
    shop.journey();
    assert_eq!(names(&shop.json(&["ruleset", "list"])), ["Goodbye", "Menu", "Start"]);
    assert_eq!(names(&shop.json(&["ruleset", "list", "--folder", "/Ends"])), ["Goodbye"]);
    assert_eq!(names(&shop.json(&["rule", "list", "Start"])), ["Greet", "Go on"]);
    let start = json!({"eventType": "NEW_INTERACTION", "endPoint": "Main line",
        "customerPhoneNumber": "+61400111222", "interactionDateTime": "2023-06-14T22:15:00Z"});
    let requests = [
        start.to_string(),
        json!({"eventType": "NEXT_RULE"}).to_string(),
        json!({"eventType": "NEXT_RULE"}).to_string(),
        json!({"eventType": "INPUT", "input": "1"}).to_string(),
        json!({"eventType": "NEXT_RULE"}).to_string(),
    ];
    let outcome = shop.on(&["simulate", "--state", "none"], &(requests.join("\n") + "\n"));
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    assert!(outcome.out.contains("Welcome, +61400111222"), "{}", outcome.out);
    assert!(outcome.out.contains("Press 1 to leave"), "{}", outcome.out);
    let last = outcome.lines().pop().unwrap();
    assert_eq!((&last["ruleSet"], &last["ruleType"]), (&json!("Goodbye"), &json!("Terminate")), "{last}");
    for command in [&["lint"][..], &["graph"], &["export", "json"]] {
        let out = shop.on(command, "");
        assert!(out.status == 0 && out.out.contains("Menu"), "{command:?}: {} {}", out.out, out.err);
    }
    let both = shop.on(&["lint", "--workspace", "x"], "");
    assert!(both.status == 64 && both.err.contains("--workspace"), "{}", both.err);
}

#[test]
fn a_rename_rewrites_references_and_a_delete_names_the_referrer() {
    let shop = Shop::new("references");
    shop.journey();
    let users = shop.json(&["where-used", "Goodbye"]);
    let places: Vec<&str> =
        users.as_array().unwrap().iter().map(|it| it["place"].as_str().unwrap()).collect();
    assert_eq!(places.len(), 3, "{users}");
    assert!(places.contains(&"dtmf1") && places.contains(&"noInputRuleSetName"), "{users}");
    assert_eq!(names(&shop.json(&["where-used", "Main line"])), ["Start"]);

    let said = shop.refused(&["ruleset", "delete", "Goodbye", "--yes"]);
    assert!(said.contains("Menu / Ask") && said.contains("dtmf1") && said.contains("why:"), "{said}");

    let before = shop.json(&["ruleset", "list"]);
    let plan = shop.json(&["ruleset", "rename", "Goodbye", "The end", "--plan"]);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 2, "{plan}");
    assert_eq!(shop.json(&["ruleset", "list"]), before);

    shop.ok(&["ruleset", "rename", "Goodbye", "The end"]);
    let ask = shop.json(&["rule", "show", "Menu", "Ask"]);
    for param in ["dtmf1", "errorRuleSetName", "noInputRuleSetName"] {
        assert_eq!(ask["params"][param], "The end", "{ask}");
    }
    shop.ok(&["undo"]);
    assert_eq!(shop.json(&["rule", "show", "Menu", "Ask"])["params"]["dtmf1"], "Goodbye");
    shop.ok(&["redo"]);
    assert_eq!(shop.json(&["rule", "show", "Menu", "Ask"])["params"]["dtmf1"], "The end");
    let audit = shop.json(&["audit"]);
    assert!(audit[0]["operation"].as_str().unwrap().starts_with("redo"), "{audit}");
    assert_eq!(audit[0]["by"], "olga");
}

#[test]
fn what_is_lost_needs_an_agreement_and_can_be_undone() {
    let shop = Shop::new("agreement");
    shop.journey();
    let rules = shop.json(&["rule", "list", "Start"]);
    let said = shop.refused(&["rule", "delete", "Start", "Greet"]);
    assert!(said.contains("--yes"), "{said}");
    shop.ok(&["rule", "delete", "Start", "Greet", "--plan"]);
    assert_eq!(shop.json(&["rule", "list", "Start"]), rules);
    shop.ok(&["rule", "delete", "Start", "Greet", "--yes"]);
    assert_eq!(names(&shop.json(&["rule", "list", "Start"])), ["Go on"]);
    shop.ok(&["undo"]);
    assert_eq!(names(&shop.json(&["rule", "list", "Start"])), ["Greet", "Go on"]);
}

#[test]
fn documents_come_back_as_they_were_shown() {
    let shop = Shop::new("documents");
    shop.journey();
    let shown = shop.ok(&["ruleset", "show", "Menu", "--json"]);
    let outcome = shop.on(&["ruleset", "create", "Copy", "--from", "-"], &shown);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let params = |set: &str| shop.json(&["rule", "show", set, "Ask"])["params"].clone();
    assert_eq!(params("Menu"), params("Copy"));
    let shown = shop.ok(&["rule", "show", "Start", "Go on", "--json"]).replace("\"10\"", "\"15\"");
    assert_eq!(shop.on(&["rule", "edit", "Start", "Go on", "--from", "-"], &shown).status, 0);
    assert_eq!(shop.json(&["rule", "show", "Start", "Go on"])["weights"][0]["weight"], "15");
    shop.ok(&["rule", "edit", "Start", "Go on", "--set", "ruleSetName=Copy", "--priority", "5"]);
    let rule = shop.json(&["rule", "show", "Start", "Go on"]);
    assert_eq!((&rule["params"]["ruleSetName"], &rule["priority"]), (&json!("Copy"), &json!("5")));
    assert_eq!(rule["weights"].as_array().unwrap().len(), 1);
    shop.ok(&["rule", "reorder", "Start", "Go on", "Greet"]);
    assert_eq!(names(&shop.json(&["rule", "list", "Start"])), ["Go on", "Greet"]);

    shop.ok(&["weight", "edit", "Start", "Go on", "1", "a.b equals gold plated 7"]);
    shop.ok(&["weight", "add", "Start", "Go on", "a.c isempty -3"]);
    let weights = shop.json(&["weight", "list", "Start", "Go on"]);
    assert_eq!((&weights[0]["value"], &weights[1]["weight"]), (&json!("gold plated"), &json!("-3")));
    shop.ok(&["weight", "delete", "Start", "Go on", "1", "--yes"]);
    assert_eq!(shop.json(&["weight", "list", "Start", "Go on"]).as_array().unwrap().len(), 1);
}

#[test]
fn end_points_holidays_tests_and_folders_have_their_twins() {
    let shop = Shop::new("others");
    shop.journey();
    shop.ok(&["endpoint", "rename", "Main line", "First line"]);
    assert_eq!(shop.json(&["ruleset", "show", "Start"])["endPoints"], json!(["First line"]));
    shop.ok(&["endpoint", "assign", "first line", "Menu"]);
    assert_eq!(shop.json(&["ruleset", "show", "Menu"])["endPoints"], json!(["First line"]));
    assert!(shop.refused(&["endpoint", "delete", "First line", "--yes"]).contains("Menu"));

    shop.ok(&["holiday", "add", "--when", "20251225", "--name", "Christmas"]);
    shop.ok(&["holiday", "edit", "20251225", "--closed", "false"]);
    let holidays = shop.json(&["holiday", "list"]);
    assert_eq!((&holidays[0]["closed"], &holidays[0]["name"]), (&json!(false), &json!("Christmas")));
    assert!(shop.refused(&["holiday", "add", "--when", "20251399", "--name", "Never"]).contains("when"));

    let script = "message: Press 1 to leave\n";
    let create = ["test", "create", "Menu is heard", "--folder", "/A/B", "--end-point", "First line"];
    let create = [&create[..], &["--phone", "+61400111222", "--payload", "-"]].concat();
    let outcome = shop.on(&create, script);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let played = shop.on(&["test"], "");
    assert!(played.out.contains("/A/B Menu is heard"), "{} {}", played.out, played.err);
    shop.ok(&["folder", "rename", "/A", "/C", "--tests"]);
    shop.ok(&["test", "copy", "/C/B/Menu is heard", "--to", "/D"]);
    let folders =
        |list: &Value| list.as_array().unwrap().iter().map(|it| it["folder"].to_string()).collect::<Vec<_>>();
    assert_eq!(folders(&shop.json(&["test", "list"])), ["\"/C/B\"", "\"/D\""]);
    assert!(shop.refused(&["test", "show", "Menu is heard"]).contains("there are 2"));
    let exported = |list: &[&str]| {
        let outcome = shop.on(&[&["test", "export"], list].concat(), "");
        serde_json::from_str::<Value>(&outcome.out).unwrap_or_default()
    };
    let below = exported(&["--folder", "/C", "--recursive"]);
    assert_eq!((&below["testCount"], &below["folder"]), (&json!(1), &json!("/C")));
    assert_eq!(folders(&exported(&["/D/Menu is heard"])["tests"]), ["\"/D\""]);
    assert_eq!(exported(&[])["method"], "all");
    assert!(shop.refused(&["test", "export", "--folder", "/C"]).contains("no such test"));
    assert!(shop.refused(&["test", "export", "--output", "two.rescript"]).contains("one test"));
    shop.ok(&["test", "delete", "/D/Menu is heard", "--yes"]);
    shop.ok(&["folder", "rename", "/Menus", "/Talk/Menus"]);
    assert_eq!(shop.json(&["ruleset", "show", "Menu"])["folder"], "/Talk/Menus");
}

#[test]
fn roles_hold_for_who_is_logged_in() {
    let shop = Shop::new("roles");
    shop.journey();
    let add = |email: &str, role: &str| {
        let out = shop.json(&["users", "add", email, "--first", "A", "--last", "B", "--role", role]);
        out["key"].as_str().unwrap().to_owned()
    };
    let boss = add("boss@example.com", "ADMINISTRATOR");
    let tester = add("tess@example.com", "TESTER");
    let list = shop.ok(&["users", "list", "--json"]);
    assert!(!list.contains(&tester) && !list.contains("scrypt"), "{list}");

    assert_eq!(shop.on(&["login"], "wrong key").status, 1);
    assert_eq!(shop.on(&["login"], &tester).status, 0);
    assert_eq!(shop.json(&["whoami"])["role"], "TESTER");
    let said = shop.refused(&["ruleset", "create", "Mine"]);
    assert!(said.contains("TESTER") && said.contains("POWER_USER"), "{said}");
    assert!(shop.refused(&["users", "list"]).contains("ADMINISTRATOR"));
    assert!(shop.refused(&["export", "json"]).contains("ADMINISTRATOR"));
    shop.ok(&["ruleset", "list"]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shop.folder.join("state/connect-rules/keys.json")), 0o600);
    assert_eq!(mode(&shop.file()), 0o600);

    shop.ok(&["logout"]);
    shop.ok(&["users", "require-login", "true"]);
    assert!(shop.refused(&["ruleset", "list"]).contains("key"));
    assert_eq!(shop.on(&["login"], &boss).status, 0);
    shop.ok(&["users", "disable", "tess@example.com"]);
    assert_eq!(shop.on(&["login"], &tester).status, 1);
    assert!(shop.refused(&["users", "remove", "boss@example.com", "--yes"]).contains("own user"));
}

#[test]
fn bad_input_ends_with_its_status() {
    let shop = Shop::new("bad");
    let nothing = shop.on(&["ruleset", "list"], "");
    assert!(nothing.status == 65 && nothing.err.contains("no store"), "{}", nothing.err);
    shop.ok(&["ruleset", "create", "Seen", "--plan"]);
    assert!(!shop.file().exists());
    shop.ok(&["ruleset", "create", "A set"]);
    let missing = shop.refused(&["ruleset", "show", "B set"]);
    assert!(missing.contains("B set"), "{missing}");
    assert!(shop.refused(&["ruleset", "create", "A set"]).contains("taken"));
    assert!(shop.refused(&["ruleset", "create", "x"]).contains("2 to 64"));
    assert_eq!(shop.on(&["rule", "create", "A set", "r", "--weight", "a b"], "").status, 64);
    assert_eq!(shop.on(&["ruleset", "create", "C", "--from", "/nowhere.json"], "").status, 65);
    for document in ["{\"name\":", "[]", "{\"nmae\":\"x\"}", "{\"enabled\":\"yes\"}"] {
        let outcome = shop.on(&["ruleset", "create", "C", "--from", "-"], document);
        assert_eq!(outcome.status, 65, "{document}: {}", outcome.err);
    }
    assert_eq!(names(&shop.json(&["ruleset", "list"])), ["A set"]);

    let outcome = shop.on(&["ruleset", "create", "A set", "--json"], "");
    let said: Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(said["status"], 1);
    for member in ["place", "what", "fix"] {
        assert!(!said["problems"][0][member].as_str().unwrap().is_empty(), "{said}");
    }
    assert!(said["why"].as_str().unwrap().contains("unique"), "{said}");

    std::fs::write(shop.file().with_extension("txt"), "this is no store, it is long enough to be looked at")
        .unwrap();
    let file = shop.file().with_extension("txt").display().to_string();
    let outcome = shop.run(&["ruleset", "list", "--store", &file], "");
    assert_eq!(outcome.status, 65, "{}", outcome.err);
}

#[test]
fn without_an_option_the_store_is_in_the_data_folder() {
    let shop = Shop::new("home");
    assert_eq!(shop.run(&["ruleset", "create", "At home"], "").status, 0);
    let file = shop.folder.join("data/connect-rules/store.sqlite");
    assert!(file.exists());
    shop.run(&["ruleset", "create", "Odd", "--description", "\u{1b}[2J"], "");
    let shown = shop.run(&["ruleset", "show", "Odd"], "").out;
    assert!(shown.contains("\\u{1b}[2J"), "{shown}");
}

#[test]
fn files_come_in_as_planned_and_backups_bring_back_what_was() {
    let shop = Shop::new("exchange");
    shop.ok(&["demo", "reset"]);
    let exported = shop.ok(&["export", "json"]);
    let mut sets: Vec<Value> = serde_json::from_str(&exported).unwrap();
    sets.truncate(58);
    let file = shop.folder.join("less.json");
    std::fs::write(&file, serde_json::to_string(&sets).unwrap()).unwrap();
    let file = file.display().to_string();
    let plan = shop.ok(&["import", &file, "--plan"]);
    assert_eq!(plan.lines().filter(|line| line.starts_with("delete rule set")).count(), 2, "{plan}");
    assert_eq!(shop.ok(&["export", "json"]), exported, "a plan writes nothing");
    assert_eq!(shop.on(&["import", &file], "").status, 1, "nobody agreed");
    shop.ok(&["import", &file, "--yes"]);
    assert_ne!(shop.ok(&["export", "json"]), exported);
    let stems = shop.ok(&["backup", "list"]);
    let stem = stems.lines().next().unwrap();
    shop.ok(&["restore", stem, "--yes"]);
    assert_eq!(shop.ok(&["export", "json"]), exported);
    shop.ok(&["undo"]);
    shop.ok(&["undo"]);
    assert_eq!(shop.ok(&["export", "json"]), exported, "before the import");
    let broken = shop.folder.join("broken.json");
    std::fs::write(&broken, "[{\"name\":}]").unwrap();
    let refused = shop.on(&["import", &broken.display().to_string(), "--yes"], "");
    assert!(refused.status != 0 && refused.err.contains("line 1 column"), "{}", refused.err);
}

#[test]
fn every_form_of_an_export_comes_in_again() {
    let shop = Shop::new("forms");
    shop.journey();
    let script = shop.folder.join("hello.rescript").display().to_string();
    std::fs::write(&script, "message: Welcome\n").unwrap();
    let call = ["--end-point", "Main line", "--phone", "+61400111222", "--payload", &script];
    shop.ok(&[&["test", "create", "Hello"][..], &call].concat());
    let path = |name: &str| shop.folder.join(name).display().to_string();
    for (form, name) in [("json", "sets.json"), ("envelope", "whole.json"), ("tests", "tests.json")] {
        shop.ok(&["export", form, "--output", &path(name)]);
        let said = shop.ok(&["import", &path(name), "--include-not-ready", "--plan"]);
        assert!(!said.contains("create ") && !said.contains("delete "), "{form}: {said}");
    }
    let told = shop.json(&["export", "tree", "--output", &path("tree")]);
    assert_eq!(told["written"].as_array().unwrap().len(), 3, "{told}");
    let said = shop.ok(&["import", &path("tree"), "--plan"]);
    assert!(said.contains("3 unchanged"), "{said}");
    let settings: Value = serde_json::from_str(&shop.ok(&["export", "settings"])).unwrap();
    assert_eq!(settings["endPoints"][0]["name"], "Main line");
    assert_eq!(shop.ok(&["export"]), shop.ok(&["export", "json"]));
    for odd in
        [&["export", "tree"][..], &["export", "settings", "--folder", "/a"], &["export", "tests", "--wide"]]
    {
        assert_eq!(shop.on(odd, "").status, 64, "{odd:?}");
    }
    // Nobody is asked where nothing is lost, and mistakes are told with their file.
    let other = Shop::new("forms-other");
    other.ok(&["import", &path("sets.json")]);
    assert_eq!(names(&other.json(&["ruleset", "list"])), ["Goodbye", "Menu", "Start"]);
    let broken = std::fs::read_to_string(path("sets.json")).unwrap().replace("\"type\"", "\"typ\"");
    std::fs::write(path("broken.json"), broken).unwrap();
    let said = other.refused(&["import", &path("broken.json"), "--yes"]);
    assert!(
        said.contains("broken.json: ruleSets[0] \"Goodbye\"") && said.contains("nothing was changed"),
        "{said}"
    );
}

#[test]
fn what_connect_data_loses_is_told_first_and_saved() {
    let shop = Shop::new("connect-care");
    shop.journey();
    let hours = ["--set", "Timezone=Australia/Perth", "--set", "Config=MON-SUN 00:00-00:00"];
    shop.ok(&[&["connect-data", "add", "hours", "Always"][..], &hours].concat());
    for queue in ["Sales", "Care"] {
        shop.ok(&["connect-data", "add", "queue", queue, "--set", "HoursOfOperationId=Always"]);
    }
    let values =
        ["queueName=Sales", "outOfHoursRuleSetName=Goodbye", "unstaffedRuleSetName=Goodbye", "mesage=hi"];
    let sets = values.map(|it| ["--set", it]).concat();
    let told =
        shop.json(&[&["rule", "create", "Start", "Queue them", "--type", "Queue"][..], &sets].concat());
    assert!(told["notes"][0]["what"].as_str().unwrap().contains("`mesage`"), "{told}");
    let rename = ["connect-data", "edit", "queue", "Sales", "--set", "Name=Orders"];
    let said = shop.refused(&rename);
    assert!(said.contains("Start / Queue them") && said.contains("--yes"), "{said}");
    shop.ok(&["connect-data", "edit", "queue", "Care", "--set", "Name=Help"]);
    shop.ok(&[&rename[..], &["--yes"]].concat());
    let file = shop.folder.join("connect.json").display().to_string();
    std::fs::write(&file, r#"{"queues":[]}"#).unwrap();
    let import = ["connect-data", "import", &file];
    let before = shop.json(&["backup", "list"]).as_array().unwrap().len();
    shop.refused(&import);
    assert_eq!(shop.json(&["backup", "list"]).as_array().unwrap().len(), before, "nothing is saved for a no");
    shop.ok(&[&import[..], &["--yes"]].concat());
    let backups = shop.json(&["backup", "list"]);
    assert_eq!(backups.as_array().unwrap().len(), before + 1, "{backups}");
    assert_eq!(shop.json(&["connect-data", "list", "queue"]), json!([]));
    shop.ok(&["restore", backups[0].as_str().unwrap(), "--yes"]);
    assert_eq!(shop.json(&["connect-data", "list", "queue"]).as_array().unwrap().len(), 2);
}
