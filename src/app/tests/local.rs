//! `connect-data`: the instance of a store, kept with the program itself.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use std::path::PathBuf;

use serde_json::{Value, json};
use tool::{Outcome, run, scratch};

/// A store in a folder of its own.
struct Shop {
    folder: PathBuf,
}

impl Shop {
    fn new(name: &str) -> Self {
        Shop { folder: scratch(&format!("local-{name}")) }
    }

    fn demo(name: &str) -> Self {
        let shop = Shop::new(name);
        let done = shop.on(&["import", &demo(), "--yes"]);
        assert_eq!(done.status, 0, "{}", done.err);
        shop
    }

    fn with(&self, args: &[&str], input: &str) -> Outcome {
        let file = self.folder.join("rules.sqlite").display().to_string();
        let head = if args[0].starts_with('!') { vec![&args[0][1..]] } else { vec!["connect-data", args[0]] };
        run(&[&head[..], &args[1..], &["--store", &file, "--empty"]].concat(), input)
    }

    /// Runs an action of `connect-data`, or the command behind a `!`.
    fn on(&self, args: &[&str]) -> Outcome {
        self.with(args, "")
    }

    fn ok(&self, args: &[&str]) -> String {
        let outcome = self.on(args);
        assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.err);
        outcome.out
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
    }

    fn refused(&self, args: &[&str], status: i32) -> String {
        let outcome = self.on(args);
        assert_eq!((outcome.status, outcome.out.as_str()), (status, ""), "{args:?}: {}", outcome.err);
        outcome.err
    }
}

fn demo() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/connect.json").to_owned()
}

#[test]
fn an_instance_made_from_the_shell_is_what_pickers_and_rules_see() {
    let shop = Shop::new("shell");
    shop.ok(&["set", "CallCentreTimeZone", "Europe/Paris"]);
    let week = "Config=MON-FRI 09:00-12:00 13:00-17:30, SAT 22:00-02:00";
    shop.ok(&["add", "hours", "Office", "--set", "Timezone=Europe/Paris", "--set", week]);
    shop.ok(&["add", "queue", "Sales", "--set", "HoursOfOperationId=Office", "--set", "MaxContacts=20"]);
    shop.ok(&["add", "profile", "Agents", "--set", "Queues=Sales:VOICE:1:0, Sales:CHAT:2:30"]);
    shop.ok(&["add", "number", "+33100000000", "--set", "CountryCode=FR"]);
    shop.ok(&["add", "prompt", "hello.wav"]);
    shop.ok(&["add", "flow", "Main"]);
    shop.ok(&["add", "function", "echo"]);
    shop.ok(&["add", "bot", "yesno", "--set", "LocaleId=fr_FR"]);
    assert!(shop.ok(&["fields", "number"]).contains("TOLL_FREE"));
    let counts = shop.json(&["list"]);
    for list in ["queues", "prompts", "contactFlows", "lambdaFunctions", "lexBots", "operatingHours"] {
        assert_eq!(counts[list], 1, "{counts}");
    }
    let queue = shop.json(&["show", "queue", "Sales"]);
    assert_eq!(queue["MaxContacts"], 20);
    assert_eq!(queue["usedBy"], json!(["setting \"RoutingProfiles / Agents\" (Queues)"]));
    let table = shop.ok(&["list", "queue"]);
    assert!(table.contains("HOURSOFOPERATIONID") && table.contains("Office"), "{table}");
    assert!(shop.ok(&["list", "hours"]).contains("MON-FRI 09:00-12:00 13:00-17:30, SAT 22:00-02:00"));
    assert_eq!(shop.json(&["list", "function"])[0]["Name"], "dev-rules-engine-echo");

    // 2025-01-04 was a Saturday; Paris is an hour ahead.
    let open = shop.json(&["hours", "Office", "--at", "2025-01-04T22:30:00Z"]);
    assert_eq!((&open["open"], &open["changes"]), (&json!(true), &json!("2025-01-05T01:01:00Z")), "{open}");
    assert_eq!(open["week"]["SUNDAY"], json!(["00:00-02:00"]));
    let text = shop.ok(&["hours", "Office", "--at", "2025-01-05T12:00:00Z"]);
    assert!(text.contains("closed at Sun 2025-01-05 13:00, until Mon 2025-01-06 09:00"), "{text}");

    shop.ok(&["!ruleset", "create", "Start"]);
    let rule = ["!rule", "create", "Start", "Play", "--type", "Message", "--set", "message=prompt:hello.wav"];
    shop.ok(&rule);
    assert!(!shop.ok(&["!lint", "--format", "text", "--fail-on", "never"]).contains("hello.wav"));
    assert!(shop.refused(&["remove", "prompt", "hello.wav", "--yes"], 1).contains("Start / Play"));
    assert!(shop.refused(&["remove", "hours", "Office", "--yes"], 1).contains("Queues / Sales"));
    let rename = ["edit", "prompt", "hello.wav", "--set", "Name=hallo.wav"];
    assert!(shop.refused(&rename, 1).contains("Start / Play"), "rules that name it are told first");
    let renamed = shop.on(&[&rename[..], &["--yes"]].concat());
    assert!(renamed.status == 0 && renamed.err.contains("Start / Play"), "{}", renamed.err);
    shop.ok(&["!undo"]);
    assert_eq!(shop.json(&["show", "prompt", "hello.wav"])["Name"], "hello.wav");
}

#[test]
fn a_plan_changes_nothing_and_what_goes_needs_an_agreement() {
    let shop = Shop::new("plan");
    let plan = shop.ok(&["import", &demo(), "--plan"]);
    assert!(plan.contains("add queue \"Sales\"") && plan.contains("0 removed"), "{plan}");
    assert!(!shop.folder.join("rules.sqlite").exists());
    shop.ok(&["import", &demo()]);
    let before = shop.ok(&["export"]);
    shop.ok(&["edit", "queue", "Sales", "--set", "MaxContacts=1", "--plan"]);
    shop.ok(&["remove", "flow", "RulesEngineCustomerHold", "--plan"]);
    assert_eq!(shop.ok(&["export"]), before);
    assert!(shop.refused(&["remove", "flow", "RulesEngineCustomerHold"], 1).contains("--yes"));
    let outcome = shop.with(&["import", "-"], r#"{"queues":[]}"#);
    assert!(outcome.status == 1 && outcome.err.contains("--yes"), "{}", outcome.err);
    let outcome = shop.with(&["import", "-", "--plan"], r#"{"queues":[]}"#);
    assert!(outcome.out.contains("remove queue \"Sales\""), "{}", outcome.out);
    shop.ok(&["remove", "flow", "RulesEngineCustomerHold", "--yes"]);
    let plan = shop.json(&["import", &demo(), "--plan"]);
    assert_eq!(plan["plan"][0], "add contact flow \"RulesEngineCustomerHold\"", "{plan}");
}

#[test]
fn an_export_imports_as_it_was() {
    let shop = Shop::demo("export");
    let file = shop.folder.join("instance.json").display().to_string();
    shop.ok(&["export", &file]);
    let exported: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let demo: Value = serde_json::from_str(&std::fs::read_to_string(demo()).unwrap()).unwrap();
    for list in ["queues", "prompts", "lexBots", "operatingHours", "routingProfiles", "region", "timeZone"] {
        assert_eq!(exported[list], demo[list], "{list}");
    }
    let other = Shop::new("import");
    other.ok(&["import", &file]);
    assert_eq!(other.ok(&["export"]), shop.ok(&["export"]));
    assert!(other.ok(&["import", &file]).contains("nothing to change"));
    let days = |shop: &Shop| shop.json(&["!holiday", "list"]).as_array().unwrap().len();
    assert_eq!(days(&other), days(&shop));
    // What is shown is what an edit reads.
    let shown = shop.ok(&["show", "hours", "Care hours", "--json"]);
    let outcome = other.with(&["edit", "hours", "Care hours", "--from", "-"], &shown);
    assert!(outcome.out.contains("nothing to change"), "{} {}", outcome.out, outcome.err);
}

#[test]
fn bad_input_ends_with_its_status_and_its_place() {
    let shop = Shop::demo("bad");
    let before = shop.ok(&["export"]);
    assert!(shop.refused(&["show", "queue", "Nobody"], 1).contains("no such queue"));
    assert!(shop.refused(&["add", "queue", "X"], 1).contains("HoursOfOperationId"));
    assert!(shop.refused(&["add", "queue", "X", "--set", "Colour=red"], 1).contains("MaxContacts"));
    assert!(shop.refused(&["add", "number", "0390", "--set", "CountryCode=AU"], 1).contains("+61390000000"));
    assert!(
        shop.refused(&["edit", "hours", "Care hours", "--set", "Config=FUNDAY 9:00-17:00"], 1)
            .contains("Config")
    );
    assert!(shop.refused(&["edit", "hours", "Care hours", "--set", "Timezone=Mars"], 1).contains("IANA"));
    shop.refused(&["add", "colour", "X"], 64);
    shop.refused(&["hours", "Care hours", "--at", "soon"], 64);
    shop.refused(&["import", "/nowhere.json"], 65);
    for document in ["{", "3", "{}", r#"{"queues":[{"Name":5}]}"#, r#"{"prompts":"x"}"#] {
        let outcome = shop.with(&["import", "-"], document);
        assert_eq!((outcome.status, outcome.out.as_str()), (65, ""), "{document}: {}", outcome.err);
    }
    for document in ["[]", r#"{"Nmae":"x"}"#] {
        let outcome = shop.with(&["add", "prompt", "--from", "-"], document);
        assert_eq!(outcome.status, 65, "{document}: {}", outcome.err);
    }
    assert_eq!(shop.ok(&["export"]), before);
}
