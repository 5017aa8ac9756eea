//! Every command that changes a store can be planned, agreed to beforehand and read by programs. Which ones do is
//! found by running all of them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod shop;
mod tool;

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use connect_rules_store::{SqliteStore, Store as _};
use serde_json::Value;
use shop::Shop;

/// What each command is tried with, after its own words; `@backup` is a backup that there is, `@rules` and
/// `@connect` are files. Commands that need something first have it before a `;`.
const SAMPLES: &[(&str, &str)] = &[
    ("simulate", ""),
    ("record", "--name 'Balance heard twice'"),
    ("explore", "--add"),
    ("lint", ""),
    ("graph", ""),
    ("export", ""),
    ("rule-types", ""),
    ("docs", ""),
    ("completions", "bash"),
    ("man", ""),
    ("audit", ""),
    ("import", "@rules --mode merge"),
    ("restore", "holiday delete 20271224 --yes ; @backup"),
    ("undo", ""),
    ("redo", "undo ;"),
    ("where-used", "Goodbye"),
    ("login", ""),
    ("logout", ""),
    ("whoami", ""),
    ("test run", "--name 'Balance heard twice'"),
    ("test list", ""),
    ("test show", "'Balance heard twice'"),
    ("test create", "Fresh --end-point 'Wattlebird Main' --phone anonymous --payload @script"),
    ("test edit", "'Balance heard twice' --description other"),
    ("test rename", "'Balance heard twice' 'Balance heard again'"),
    ("test clone", "'Balance heard twice' 'Balance heard again'"),
    ("test move", "'Balance heard twice' --to /Other"),
    ("test copy", "'Balance heard twice' --to /Other"),
    ("test export", "'Balance heard twice'"),
    ("test delete", "'Balance heard twice'"),
    ("coverage merge", "@none -o -"),
    ("coverage show", "@none"),
    ("demo reset", "holiday delete 20271224 --yes ;"),
    ("ruleset list", ""),
    ("ruleset show", "Goodbye"),
    ("ruleset create", "Fresh"),
    ("ruleset edit", "Goodbye --description other"),
    ("ruleset rename", "Goodbye 'The end'"),
    ("ruleset clone", "Goodbye 'The end'"),
    ("ruleset move", "Goodbye --to /Other"),
    ("ruleset enable", "ruleset disable Goodbye --yes ; Goodbye"),
    ("ruleset disable", "Goodbye"),
    ("ruleset delete", "ruleset create Fresh ; Fresh"),
    ("rule list", "Goodbye"),
    ("rule show", "Goodbye 'Hang up'"),
    ("rule create", "Goodbye Fresh --type Terminate"),
    ("rule edit", "Goodbye 'Hang up' --description other"),
    ("rule rename", "Goodbye 'Hang up' 'The end'"),
    ("rule clone", "Goodbye 'Hang up' 'The end'"),
    ("rule move", "Goodbye 'Count the finished call' --to 'Bill Copy'"),
    ("rule enable", "rule disable Goodbye 'Say goodbye' --yes ; Goodbye 'Say goodbye'"),
    ("rule disable", "Goodbye 'Say goodbye'"),
    ("rule reorder", "Goodbye 'Hang up' 'Say goodbye' 'Count the finished call'"),
    ("rule delete", "Goodbye 'Say goodbye'"),
    ("weight list", "'Bill Copy' 'Link was sent'"),
    ("weight add", "'Bill Copy' 'Link was sent' 'System.DateTimeLocal isnotnull 10'"),
    ("weight edit", "'Bill Copy' 'Link was sent' 1 'System.DateTimeLocal isnotnull 100'"),
    ("weight delete", "'Bill Copy' 'Link was sent' 1"),
    ("endpoint list", ""),
    ("endpoint show", "'Wattlebird Main'"),
    ("endpoint create", "Fresh"),
    ("endpoint edit", "'Wattlebird Main' --description other"),
    ("endpoint rename", "'Wattlebird Main' Main"),
    ("endpoint assign", "endpoint create Fresh ; Fresh Goodbye"),
    ("endpoint delete", "endpoint create Fresh ; Fresh"),
    ("holiday list", ""),
    ("holiday add", "--when 20281224 --name 'Another eve'"),
    ("holiday edit", "20271224 --name 'The eve'"),
    ("holiday delete", "20271224"),
    ("folder rename", "/Billing /Money"),
    ("users list", ""),
    ("users add", "di@example.com --first Di --last Dee --role TESTER"),
    ("users edit", "bo@example.com --last Bee"),
    ("users enable", "users disable bo@example.com --yes ; bo@example.com"),
    ("users disable", "bo@example.com"),
    ("users remove", "bo@example.com"),
    ("users reset-key", "bo@example.com"),
    ("users require-login", "true"),
    ("backup list", ""),
    ("backup prune", "--days 1"),
    ("backup keep", "7"),
    ("connect-data list", "queue"),
    ("connect-data fields", "queue"),
    ("connect-data show", "queue 'Customer Care'"),
    ("connect-data add", "prompt fresh.wav"),
    ("connect-data edit", "queue 'Customer Care' --set Description=other"),
    ("connect-data remove", "connect-data add prompt fresh.wav ; prompt fresh.wav"),
    ("connect-data hours", "@hours"),
    ("connect-data import", "@connect"),
    ("connect-data export", ""),
    ("connect-data set", "Colour blue"),
    ("connect-data unset", "connect-data set Colour blue ; Colour"),
    ("flows check", ""),
    ("flows render", "--instance @none"),
    ("env new", "fresh"),
    ("env list", ""),
    ("env use", ""),
    ("env check", ""),
    ("env fields", ""),
];

/// Commands without commands below them, with their words.
fn leaves() -> Vec<(String, clap::Command)> {
    // What copies to tables and back needs a server, which `tables.rs` has; what works on the cloud and on the limits
    // is in `operate.rs` and `limits.rs`.
    let elsewhere = [
        "store",
        "deploy",
        "destroy",
        "bootstrap",
        "doctor",
        "functions",
        "bots",
        "health",
        "repair",
        "cache",
        "warm",
        "practice",
        "limits",
        "flows diff",
        "flows extract",
    ];
    let is_here = |path: &str| !elsewhere.iter().any(|it| path == *it || path.starts_with(&format!("{it} ")));
    let mut out = Vec::new();
    let mut todo: Vec<(String, clap::Command)> =
        vec![(String::new(), connect_rules_cli::args::Cli::command())];
    while let Some((path, command)) = todo.pop() {
        let below: Vec<_> = command.get_subcommands().filter(|it| it.get_name() != "help").cloned().collect();
        if below.is_empty() {
            if is_here(&path) {
                out.push((path, command));
            }
            continue;
        }
        todo.extend(below.into_iter().map(|it| (format!("{path} {}", it.get_name()).trim().to_owned(), it)));
    }
    out
}

/// Words; single quotes hold several together.
fn words(line: &str, files: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut all = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            1 => all.push(part.to_owned()),
            _ => all.extend(part.split_whitespace().map(files)),
        }
    }
    all
}

/// What a command may change: the mark of the store and the names of the backups.
fn state(shop: &Shop) -> (String, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mark = runtime.block_on(SqliteStore::open(&shop.file()).unwrap().mark()).unwrap();
    let backups = fs::read_dir(shop.folder.join("backups")).into_iter().flatten();
    let mut names: Vec<String> =
        backups.map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    (mark.to_string(), names)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &there);
        } else {
            assert!(fs::copy(entry.path(), there).unwrap() > 0);
        }
    }
}

/// A store with the demo and a little more, or a small one for searches.
fn filled(name: &str, small: bool) -> Shop {
    let shop = Shop::new(name);
    if small {
        shop.journey();
        return shop;
    }
    shop.ok(&["demo", "reset", "--yes"]);
    for who in ["ada", "bo"] {
        let email = format!("{who}@example.com");
        shop.ok(&["users", "add", &email, "--first", who, "--last", "Lee", "--role", "ADMINISTRATOR"]);
    }
    shop.ok(&["holiday", "add", "--when", "20271224", "--name", "Long eve"]);
    shop.ok(&["backup"]);
    fs::write(
        shop.folder.join("rules.json"),
        r#"[{"name":"Fresh set","description":"","enabled":true,"folder":"/","endPoints":[],"rules":[]}]"#,
    )
    .unwrap();
    fs::write(shop.folder.join("connect.json"), r#"{"timeZone":"Europe/Berlin"}"#).unwrap();
    fs::write(shop.folder.join("script.txt"), "message: \"^Hello$\"\n").unwrap();
    // A backup of an early day, so that there is one to prune.
    let backups = shop.folder.join("backups");
    let latest: Vec<_> = fs::read_dir(&backups).unwrap().map(|it| it.unwrap().path()).collect();
    for file in latest {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let year = name.find("20").expect("a backup is named by its time");
        let early = format!("{}2001{}", &name[..year], &name[year + 4..]);
        fs::copy(&file, backups.join(early)).unwrap();
    }
    shop
}

#[test]
fn what_changes_a_store_can_be_planned_and_agreed_to_and_read_by_programs() {
    let (demo, small) = (filled("writes-demo", false), filled("writes-small", true));
    let backup = demo.json(&["backup", "list"])[0].as_str().unwrap_or_default().to_owned();
    let hours =
        demo.json(&["connect-data", "list", "hours"])[0]["Name"].as_str().unwrap_or_default().to_owned();
    let (mut writers, mut wrong) = (Vec::new(), Vec::new());
    for (path, command) in leaves() {
        let (_, sample) =
            SAMPLES.iter().find(|(name, _)| *name == path).unwrap_or_else(|| panic!("no sample of {path}"));
        let has = |flag: &str| command.get_arguments().any(|it| it.get_long() == Some(flag));
        let base = if path == "explore" { &small } else { &demo };
        let shop = Shop::new("writes-one");
        copy(&base.folder, &shop.folder);
        let files = |word: &str| match word.strip_prefix('@') {
            Some("backup") => backup.clone(),
            Some("hours") => hours.clone(),
            Some("rules") => shop.folder.join("rules.json").display().to_string(),
            Some("connect") => shop.folder.join("connect.json").display().to_string(),
            Some(_) => shop.folder.join("script.txt").display().to_string(),
            None => word.to_owned(),
        };
        let sample = match sample.split_once(';') {
            Some((first, sample)) => {
                let first = words(first, &files);
                shop.ok(&first.iter().map(String::as_str).collect::<Vec<_>>());
                sample
            }
            None => sample,
        };
        let line: Vec<String> = path.split(' ').map(str::to_owned).chain(words(sample, &files)).collect();
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let before = state(&shop);
        // First as a plan, where there is one: nothing changes.
        let planned = has("plan").then(|| shop.on(&[&line[..], &["--plan", "--json"]].concat(), ""));
        if state(&shop) != before {
            wrong.push(format!("--plan of {path} changes something"));
        }
        let agreed: &[&str] = if has("yes") { &["--yes"] } else { &[] };
        let outcome = shop.on(&[&line[..], agreed].concat(), "");
        if state(&shop) == before {
            if has("plan") {
                wrong.push(format!("{path} is to change something: {} {}", outcome.out, outcome.err));
            }
            continue;
        }
        if outcome.status != 0 {
            wrong.push(format!("{path}: {}", outcome.err));
        }
        let Some(planned) = planned.filter(|_| has("yes")) else {
            wrong.push(format!("{path} changes a store and has no --plan or no --yes"));
            continue;
        };
        let document = serde_json::from_str::<Value>(&planned.out);
        if planned.status != 0 || document.map_or(true, |it| it.is_null()) {
            wrong.push(format!("{path} --plan --json: {} {}", planned.out, planned.err));
        }
        writers.push(path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(writers.len() > 45, "only {writers:?} change something");
    let samples: Vec<_> = SAMPLES.iter().map(|(name, _)| *name).collect();
    let known: Vec<String> = leaves().into_iter().map(|(path, _)| path).collect();
    assert!(samples.iter().all(|name| known.iter().any(|it| it == name)), "a sample of no command");
}
