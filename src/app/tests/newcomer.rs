//! The program as somebody new to it uses it: a first start, a journey made from the shell, a mistake taken
//! back, keys, backups, long work that is cancelled.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod shop;
mod tool;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use shop::{Shop, names};

/// What a contact of the journey hears: the replies to a start, two rules and a key.
fn call(shop: &Shop) -> String {
    let start = json!({"eventType": "NEW_INTERACTION", "endPoint": "Main line",
        "customerPhoneNumber": "+61400111222", "interactionDateTime": "2023-06-14T22:15:00Z"});
    let mut requests = start.to_string();
    for request in [json!({"eventType": "NEXT_RULE"}), json!({"eventType": "NEXT_RULE"})] {
        write!(requests, "\n{request}").unwrap();
    }
    write!(requests, "\n{}\n", json!({"eventType": "INPUT", "input": "1"})).unwrap();
    let outcome = shop.on(&["simulate", "--state", "none"], &requests);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    outcome.out
}

#[test]
fn a_journey_is_made_tried_broken_and_mended() {
    let shop = Shop::new("newcomer");
    shop.journey();
    assert!(call(&shop).contains("Press 1 to leave"));
    let file = shop.folder.join("journey.json").display().to_string();
    shop.ok(&["export", "json", "--output", &file]);
    let exported = std::fs::read_to_string(&file).unwrap();

    shop.ok(&["rule", "edit", "Menu", "Ask", "--set", "offerMessage=Prss 1"]);
    shop.ok(&["rule", "delete", "Start", "Greet", "--yes"]);
    assert_ne!(shop.ok(&["export", "json"]), exported);
    assert!(!call(&shop).contains("Welcome"));
    let broken = shop.ok(&["export", "json"]);

    let plan = shop.ok(&["import", &file, "--plan"]);
    for line in ["\"Menu\"; changed rules: Ask", "\"Start\"; new rules: Greet"] {
        assert!(plan.contains(line), "{line} in {plan}");
    }
    assert_eq!(shop.ok(&["export", "json"]), broken, "a plan writes nothing");
    let before = shop.ok(&["backup", "list"]).lines().count();
    let said = shop.refused(&["import", &file]);
    assert!(said.contains("--yes") && said.contains("--plan"), "{said}");
    assert_eq!(shop.ok(&["backup", "list"]).lines().count(), before, "nobody agreed, so nothing was saved");
    shop.ok(&["import", &file, "--yes"]);
    assert_eq!(shop.ok(&["backup", "list"]).lines().count(), before + 1);
    assert_eq!(shop.ok(&["export", "json"]), exported);
    assert!(call(&shop).contains("Press 1 to leave"));

    let plan = shop.ok(&["undo", "--plan"]);
    assert!(
        plan.contains("delete rule \"Start / Greet\"") && plan.contains("change rule \"Menu / Ask\": params"),
        "{plan}"
    );
    assert_eq!(shop.ok(&["export", "json"]), exported, "a plan undoes nothing");
    shop.ok(&["undo"]);
    assert_eq!(shop.ok(&["export", "json"]), broken, "the import is taken back as one");
    let plan = shop.json(&["redo", "--plan"]);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 2, "{plan}");
    for _ in 0..2 {
        shop.ok(&["undo"]);
    }
    assert_eq!(shop.ok(&["export", "json"]), exported, "and so are both mistakes");
}

#[test]
fn a_new_store_has_the_demo_in_it_and_keeps_it_under_undo() {
    let shop = Shop::new("first-start");
    let first = shop.run(&["ruleset", "list"], "");
    assert!(
        first.status == 0 && first.err.contains("demo") && first.err.contains("--empty"),
        "{}",
        first.err
    );
    assert_eq!(first.out.lines().count(), 61, "{}", first.out);
    let again = shop.run(&["ruleset", "list"], "");
    assert_eq!((again.out, again.err.as_str()), (first.out, ""));
    let undo = shop.run(&["undo"], "");
    assert!(undo.status == 1 && undo.err.contains("nothing to undo"), "{}", undo.err);

    // A path that is only looked at is not made; one that is written to is.
    let typed = shop.folder.join("typed.sqlite").display().to_string();
    assert_eq!(shop.run(&["ruleset", "list", "--store", &typed], "").status, 65);
    let plan = shop.run(&["ruleset", "create", "Mine", "--plan", "--store", &typed], "");
    assert_eq!((plan.status, Path::new(&typed).exists()), (0, false));
    assert_eq!(shop.run(&["ruleset", "create", "Mine", "--store", &typed], "").status, 0);
    let listed = shop.run(&["ruleset", "list", "--json", "--store", &typed], "").out;
    assert_eq!(names(&serde_json::from_str(&listed).unwrap()).len(), 61);
    let reset = shop.run(&["demo", "reset", "--yes", "--store", &typed], "");
    assert_eq!(reset.status, 0, "{}", reset.err);
    assert!(!shop.run(&["ruleset", "list", "--store", &typed], "").out.contains("Mine"));

    // What is imported into a new store is all that is in it.
    let file = shop.folder.join("one.json");
    std::fs::write(&file, r#"[{"name":"Only one","rules":[]}]"#).unwrap();
    let into = shop.folder.join("into.sqlite").display().to_string();
    let file = file.display().to_string();
    assert_eq!(shop.run(&["import", &file, "--mode", "add", "--store", &into], "").status, 0);
    assert_eq!(shop.run(&["ruleset", "list", "--store", &into], "").out.lines().count(), 2);
}

#[test]
fn backups_are_written_listed_and_pruned_and_never_in_the_way() {
    let shop = Shop::new("backups");
    for name in ["First", "Second", "Third"] {
        shop.ok(&["ruleset", "create", name]);
    }
    let list = || -> Vec<String> { shop.ok(&["backup", "list"]).lines().map(str::to_owned).collect() };
    assert_eq!(list().len(), 1, "the first of the day");
    shop.ok(&["ruleset", "delete", "Third", "--yes"]);
    assert_eq!(list().len(), 1, "one thing can be undone");
    shop.ok(&["ruleset", "delete", "First", "Second", "--yes"]);
    let stems = list();
    assert_eq!(stems.len(), 2, "many are saved first");
    shop.ok(&["restore", &stems[0], "--yes"]);
    assert_eq!(names(&shop.json(&["ruleset", "list"])), ["First", "Second"]);

    let backups = shop.folder.join("backups");
    for end in ["ruleset", "test", "settings"] {
        let old = |stem: &str| backups.join(format!("{stem}-{end}-backup.json"));
        std::fs::copy(old(&stems[0]), old("20200101T000000Z")).unwrap();
    }
    assert!(shop.ok(&["backup", "prune", "--days", "9999"]).is_empty());
    assert_eq!(shop.ok(&["backup", "prune", "--plan"]), "20200101T000000Z\n");
    assert!(shop.refused(&["backup", "prune"]).contains("--yes"));
    assert_eq!(shop.ok(&["backup", "prune", "--yes"]), "20200101T000000Z\n");
    shop.ok(&["backup", "keep", "7"]);
    assert_eq!(shop.on(&["backup", "keep", "0"], "").status, 64);

    std::fs::remove_dir_all(&backups).unwrap();
    std::fs::write(&backups, "no folder").unwrap();
    let done = shop.on(&["ruleset", "delete", "First", "Second", "--yes"], "");
    assert!(done.status == 0 && done.err.contains("no backup"), "{} {}", done.status, done.err);
    assert_eq!(shop.on(&["backup"], "").status, 70, "asked for, it is a failure");
    assert!(shop.json(&["ruleset", "list"]).as_array().unwrap().is_empty());
}

#[test]
fn lists_are_cleared_and_stored_tests_have_their_actions_under_test() {
    let shop = Shop::new("options");
    shop.journey();
    shop.ok(&["ruleset", "edit", "Start", "--no-end-points"]);
    assert_eq!(shop.json(&["ruleset", "show", "Start"])["endPoints"], json!([]));
    shop.ok(&["endpoint", "edit", "Main line", "--no-numbers"]);
    assert_eq!(shop.json(&["endpoint", "show", "Main line"])["inboundNumbers"], json!([]));
    assert_eq!(shop.on(&["endpoint", "edit", "Main line", "--no-numbers", "--number", "+61"], "").status, 64);
    shop.ok(&["endpoint", "edit", "Main line", "--enabled", "false"]);
    assert_eq!(shop.json(&["endpoint", "show", "Main line"])["enabled"], false);
    shop.ok(&["endpoint", "edit", "Main line", "--enabled", "true"]);
    shop.ok(&["endpoint", "assign", "Main line", "Start"]);
    let create = ["test", "create", "Heard", "--end-point", "Main line", "--payload", "-"];
    assert_eq!(shop.on(&create, "message: Welcome\n").status, 0);
    shop.ok(&["test", "rename", "Heard", "Is heard"]);
    shop.ok(&["test", "clone", "Is heard", "Heard again"]);
    assert_eq!(names(&shop.json(&["test", "list"])), ["Heard again", "Is heard"]);
    for run in [&["test"][..], &["test", "run"], &["test", "run", "--name", "*heard*"]] {
        let out = shop.on(run, "");
        assert!(out.out.contains("Is heard") && !out.out.contains("/Billing"), "{run:?}: {}", out.out);
    }
    shop.ok(&["test", "delete", "Heard again", "Is heard", "--yes"]);
    assert_eq!(shop.on(&["test", "list", "--folder", "/", "--name", "x"], "").status, 64);
}

#[test]
fn keys_expire_tell_their_use_and_cannot_be_guessed_in_a_row() {
    let shop = Shop::new("keys");
    shop.ok(&["ruleset", "create", "Mine"]);
    let people = ["--first", "A", "--last", "B", "--role", "TESTER"];
    let add = |email: &str, expires: &str| {
        let args = [&["users", "add", email, "--expires", expires][..], &people].concat();
        shop.json(&args)["key"].as_str().unwrap().to_owned()
    };
    let (late, good) = (add("late@example.com", "2020-01-31"), add("good@example.com", "never"));
    let said = shop.on(&["login"], &late);
    assert!(said.status == 1 && said.err.contains("expired on 2020-01-31"), "{}", said.err);
    shop.ok(&["users", "edit", "late@example.com", "--expires", "2999-12-31"]);
    assert_eq!(shop.on(&["login"], &late).status, 0);
    shop.ok(&["logout"]);
    let users = shop.json(&["users", "list"]);
    let late = users.as_array().unwrap().iter().find(|it| it["emailAddress"] == "late@example.com").unwrap();
    assert_eq!(late["keyExpires"], "2999-12-31");
    assert!(late["keyLastUsed"].as_str().unwrap().starts_with("20"), "{late}");
    let bad = [&["users", "add", "x@example.com", "--expires", "tomorrow"][..], &people].concat();
    assert_eq!(shop.on(&bad, "").status, 64);

    let guess = format!("{}{}", &good[..4], "0".repeat(32));
    // The wait doubles, so it outlasts the time that the attempts take.
    let said: Vec<String> = (0..16).map(|_| shop.on(&["login"], &guess).err).collect();
    assert!(said[0].contains("unknown") && said[15].contains("too many keys"), "{said:?}");
}

/// A program that imports the file into the store of the shop, not waited for.
fn importing(shop: &Shop, file: &Path) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_connect-rules"))
        .args(["import", "--yes", "--store"])
        .args([&shop.file(), file])
        .env("USER", "olga")
        .env("HOME", &shop.folder)
        .env("XDG_DATA_HOME", shop.folder.join("data"))
        .env("XDG_STATE_HOME", shop.folder.join("state"))
        .env("XDG_CONFIG_HOME", shop.folder.join("config"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_cancelled_import_leaves_nothing_and_running_it_again_does_it() {
    let shop = Shop::new("cancel");
    shop.ok(&["ruleset", "create", "Mine"]);
    shop.ok(&["backup"]);
    let sets: Vec<Value> = (0..800)
        .map(|at| {
            let rule = |n: usize| json!({"name": format!("Rule {n}"), "type": "Message", "params": {"message": "Hi"}, "weights": []});
            json!({"name": format!("Set {at}"), "rules": (0..10).map(rule).collect::<Vec<_>>()})
        })
        .collect();
    let file = shop.folder.join("large.json");
    std::fs::write(&file, serde_json::to_string(&sets).unwrap()).unwrap();
    let before = shop.ok(&["export", "json"]);
    let mut cancelled = 0;
    for wait in [40, 150, 400, 800, 1200, 2000] {
        let child = importing(&shop, &file);
        std::thread::sleep(Duration::from_millis(wait));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().is_ok());
        let outcome = child.wait_with_output().unwrap();
        let (status, said) = (outcome.status, String::from_utf8(outcome.stderr).unwrap());
        if status.success() {
            shop.ok(&["undo"]);
        } else {
            // Before it watches for it, the signal ends the program.
            assert!(status.code().is_none_or(|code| code == 130), "{status:?} {said}");
            cancelled += usize::from(said.contains("cancelled, and nothing was changed"));
        }
        assert!(shop.ok(&["export", "json"]) == before, "after {wait} ms: {status:?} {said}");
    }
    assert!(cancelled > 0, "never cancelled in order");
    let whole = importing(&shop, &file).wait_with_output().unwrap();
    assert!(whole.status.success());
    assert_eq!(shop.json(&["ruleset", "list"]).as_array().unwrap().len(), 800);
}

#[test]
fn a_tree_of_files_and_the_settings_go_out_and_come_back() {
    let shop = Shop::new("tree");
    shop.journey();
    let root = shop.folder.join("rules").display().to_string();
    let first = shop.ok(&["export", "tree", "--output", &root]);
    assert!(first.contains("+ Menus/Menu.json") && first.contains(" written, 0 deleted"), "{first}");
    let again = shop.json(&["export", "tree", "--output", &root]);
    assert_eq!(
        (&again["written"], &again["deleted"]),
        (&json!([]), &json!([])),
        "equal files stay untouched"
    );
    let before = shop.ok(&["export", "json"]);

    shop.ok(&["rule", "edit", "Menu", "Ask", "--set", "offerMessage=Prss 1"]);
    let one = shop.json(&["export", "tree", "--output", &root]);
    assert_eq!(one["written"], json!(["Menus/Menu.json"]));
    shop.ok(&["undo"]);
    shop.ok(&["ruleset", "rename", "Menu", "Main menu"]);
    let said = shop.refused(&["export", "tree", "--output", &root]);
    assert!(said.contains("--yes"), "{said}");
    let moved = shop.json(&["export", "tree", "--output", &root, "--yes"]);
    assert_eq!(moved["deleted"], json!(["Menus/Menu.json"]));
    let renamed = shop.ok(&["export", "json"]);
    shop.ok(&["undo"]);
    assert_eq!(shop.ok(&["export", "json"]), before);
    shop.ok(&["import", &root, "--yes"]);
    assert_eq!(shop.ok(&["export", "json"]), renamed);

    let file = shop.folder.join("settings.json").display().to_string();
    shop.ok(&["holiday", "add", "--when", "20251225", "--name", "Christmas"]);
    shop.ok(&["export", "settings", "--output", &file]);
    let settings: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(settings["holidays"][0]["name"], "Christmas");
    shop.ok(&["holiday", "delete", "20251225", "--yes"]);
    assert!(shop.ok(&["import", &file, "--plan"]).contains("settings: 1 changed"));
    assert!(shop.ok(&["holiday", "list"]).lines().count() < 2);
    let said = shop.on(&["import", &file, "--mode", "merge"], "");
    assert!(said.status != 0 && said.err.contains("--mode"), "{}", said.err);
    shop.ok(&["import", &file, "--yes"]);
    assert!(shop.ok(&["holiday", "list"]).contains("Christmas"));
}

#[test]
fn help_pages_are_listed_searched_and_printed() {
    let shop = Shop::new("docs");
    let docs = |args: &[&str]| {
        let outcome = shop.run(&[&["docs"], args].concat(), "");
        (outcome.status, outcome.out, outcome.err)
    };
    let (status, all, _) = docs(&[]);
    assert!(status == 0 && all.lines().count() > 100, "{all}");
    for id in ["screen/Rules\t", "rule/Queue\t", "weight/equals\t", "helper/ifeq\t", "keys/Everywhere\t"] {
        assert!(all.lines().any(|line| line.starts_with(id)), "{id}");
    }
    let (_, page, _) = docs(&["queue"]);
    assert!(page.starts_with("# Queue\n") && page.contains("## Example"), "{page}");
    let (_, found, _) = docs(&["--search", "isempty blanks"]);
    assert!(found.starts_with("weight/isempty\tisempty\t"), "{found}");
    let (status, _, said) = docs(&["queues of cats"]);
    assert!(status != 0 && said.contains("there is no page"), "{said}");
    let (status, _, said) = docs(&["--search", "zebra"]);
    assert!(status != 0 && said.contains("no page holds"), "{said}");
}
