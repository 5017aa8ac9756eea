//! What commands work on when nothing is named, and tests that are searched for from the shell.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod shop;
mod tool;

use shop::Shop;

#[test]
fn commands_that_run_rules_work_where_test_list_does_and_say_where() {
    let shop = Shop::new("places");
    let run = |args: &[&str]| {
        let outcome = shop.run(args, "");
        assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.err);
        outcome
    };
    let demo = run(&["graph"]);
    assert!(demo.err.contains("on the built-in demo (--workspace, --store or --env"), "{}", demo.err);
    assert!(!shop.folder.join("data").exists(), "looking at the demo makes no store");

    run(&["ruleset", "create", "Only here"]);
    for args in [
        &["graph"][..],
        &["lint", "--fail-on", "never"],
        &["export", "json"],
        &["test", "run", "--name", "Balance heard twice"],
        &["test", "--name", "Balance heard twice"],
        &["simulate"],
    ] {
        let said = run(args).err;
        assert!(said.contains("on the store ") && said.contains("store.sqlite"), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert_eq!(run(&[args, &["--quiet"]].concat()).err, "", "{args:?}");
    }
    assert!(run(&["export", "json"]).out.contains("Only here"));
    run(&["test", "rename", "Balance heard twice", "Balance heard again"]);
    let list = run(&["test", "list"]).out;
    let report = run(&["test", "run", "--name", "Balance heard*"]).out;
    assert!(list.contains("Balance heard again") && report.contains("Balance heard again"), "{report}");

    // What is named is not told again, and standard error of programs stays theirs.
    let named = run(&["graph", "--workspace", &tool::ferry()]);
    assert!(!named.err.contains("on the ") && !named.out.contains("Only here"), "{}", named.err);
    assert_eq!(run(&["graph", "--json"]).err, "");
    let demo = run(&["demo"]);
    assert!(!demo.err.contains("on the ") && demo.out.contains("Balance heard twice"), "{}", demo.out);
}

#[test]
fn missing_tests_are_shown_written_and_added() {
    let shop = Shop::new("explore");
    shop.journey();
    let count = || shop.json(&["test", "list"]).as_array().unwrap().len();
    let early = ["--date-time", "2024-05-14T02:00:00Z", "--folder", "/Found/Here"];
    let explore = |more: &[&str]| shop.ok(&[&["explore"], &early[..], more].concat());
    let listing = explore(&[]);
    assert!(listing.contains("/Found/Here ") && listing.contains("input: \"1\""), "{listing}");
    assert!(
        listing.contains("were missing\nCovered now: ") && listing.contains("With all of them: "),
        "{listing}"
    );

    // The export is what programs get, and import takes it.
    let file = shop.folder.join("found.json");
    let name = file.display().to_string();
    explore(&["--output", &name]);
    assert_eq!(explore(&["--json"]), std::fs::read_to_string(&file).unwrap());
    assert!(shop.ok(&["import", &name, "--mode", "merge", "--plan"]).contains("insert /Found/Here"));

    explore(&["--add", "--plan"]);
    assert_eq!(count(), 0);
    explore(&["--add"]);
    let found = count();
    assert!(found > 0);
    shop.ok(&["test", "run"]);
    assert!(explore(&[]).starts_with("No test is missing"), "what was found is covered");
    shop.ok(&["undo"]);
    assert_eq!(count(), 0, "all were added in one change");

    for wrong in [&["--plan"][..], &["--add", "--workspace", "x"], &["--folder", "x"]] {
        let outcome = shop.run(&[&["explore"][..], wrong].concat(), "");
        assert_eq!(outcome.status, 64, "{wrong:?}: {}", outcome.err);
    }
}
