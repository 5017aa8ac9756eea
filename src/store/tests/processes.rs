//! Several programs on one store file: killed at any point, or writing at the same time.
//!
//! The test program runs itself again as a child. `CONNECT_RULES_KILLS` sets the number of kills (20),
//! `CONNECT_RULES_WRITERS` the number of writers (3) and `CONNECT_RULES_SECONDS` how long they write (2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::wait;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::snapshot::head;
use connect_rules_store::{Change, Entity, Error, Key, Kind, Snapshot, SqliteStore, Store as _};

const ROLE: &str = "CONNECT_RULES_CHILD";
const FILE: &str = "CONNECT_RULES_CHILD_FILE";
const SETS: usize = 4;
const RULES: usize = 15;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn spawn(role: &str, file: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the child ended early");
    }
    (child, out)
}

/// What the child does; nothing when the tests run by themselves.
#[test]
fn child() {
    let (Ok(role), Ok(file)) = (std::env::var(ROLE), std::env::var(FILE)) else { return };
    let store = SqliteStore::open(Path::new(&file)).unwrap();
    println!("\nready");
    match &*role {
        "editor" => edit_for_ever(&store),
        "writer" => count(&store),
        _ => panic!("unknown role"),
    }
}

/// Imports, edits and undoes; every change set leaves each rule set with all its rules saying the same.
fn edit_for_ever(store: &SqliteStore) {
    let by = format!("child {}", std::process::id());
    for round in 0_u64.. {
        let now = wait(store.snapshot()).unwrap();
        let set = now.rule_sets.get(round as usize % SETS);
        let list = match (round % 5, set) {
            (0..=2, Some(set)) => said(&now, set, &format!("{by} round {round}")),
            (3, Some(set)) => {
                let key = Key::new(Kind::RuleSet, set.id.clone().unwrap());
                let expected = now.rev(Kind::RuleSet, &key.id);
                vec![Change::Delete { key, expected }]
            }
            _ if now.rule_sets.len() < SETS => imported(&format!("Set {}", std::process::id()), round),
            _ => {
                let _ = wait(store.undo(&by, None));
                continue;
            }
        };
        wait(store.apply(changes(&by, list))).unwrap();
        if round % 3 == 0 {
            wait(store.undo(&by, None)).unwrap();
        }
        if round % 6 == 0 {
            wait(store.redo(&by)).unwrap();
        }
    }
}

fn imported(name: &str, round: u64) -> Vec<Change> {
    let set = rule_set(&format!("{name} {round}"));
    let id = set.id.clone().unwrap();
    let rules = (0..RULES).map(|n| Entity::Rule(Text::clone(&id), rule(&format!("rule {n}"), "imported")));
    let rules: Vec<Change> = rules.map(Change::create).collect();
    std::iter::once(Change::create(Entity::RuleSet(set))).chain(rules).collect()
}

fn said(now: &Snapshot, set: &RuleSet, what: &str) -> Vec<Change> {
    let id = set.id.clone().unwrap();
    set.rules
        .iter()
        .map(|rule| {
            let mut rule = rule.clone();
            rule.params.insert("message", Value::from(what));
            let expected = now.rev(Kind::Rule, rule.id.as_deref().unwrap());
            Change::Put { entity: Entity::Rule(Text::clone(&id), rule), expected }
        })
        .collect()
}

#[test]
fn a_killed_program_leaves_no_half_change() {
    if std::env::var_os(ROLE).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    for n in 0..SETS as u64 {
        wait(store.apply(changes("parent", imported("Start", n)))).unwrap();
    }
    drop(store);
    let mut journal = 0;
    for n in 0..setting("CONNECT_RULES_KILLS", 20) {
        let (mut child, _out) = spawn("editor", &file);
        // Anywhere between the first moment and some changes.
        std::thread::sleep(Duration::from_micros(n.wrapping_mul(7_919_003) % 60_000));
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        let store = SqliteStore::open(&file).unwrap();
        store.check().unwrap();
        let now = wait(store.snapshot()).unwrap();
        for set in &now.rule_sets {
            let first = set.rules[0].params.text("message");
            assert_eq!(set.rules.len(), RULES, "{} lost rules", set.name);
            assert!(
                set.rules.iter().all(|rule| rule.params.text("message") == first),
                "{} is half written",
                set.name
            );
        }
        let entries = wait(store.journal(1)).unwrap();
        assert!(entries[0].at <= now.mark, "the journal is ahead of the mark");
        assert!(entries[0].seq >= journal);
        journal = entries[0].seq;
    }
    assert!(journal > SETS as u64, "the children changed something");
}

/// Counts up in a description for some seconds; says how often it did and how often it was stale.
fn count(store: &SqliteStore) {
    let until = Instant::now() + Duration::from_secs(setting("CONNECT_RULES_SECONDS", 2));
    let by = format!("writer {}", std::process::id());
    let (mut done, mut stale) = (0_u64, 0_u64);
    while Instant::now() < until {
        let now = wait(store.snapshot()).unwrap();
        let mut set = head(&now.rule_sets[0]);
        let number: u64 = set.description.parse().unwrap();
        set.description = Text::from((number + 1).to_string());
        let expected = now.rev(Kind::RuleSet, set.id.as_deref().unwrap());
        let put = Change::Put { entity: Entity::RuleSet(set), expected };
        match wait(store.apply(changes(&by, vec![put]))) {
            Ok(_) => done += 1,
            Err(Error::Stale(_)) => stale += 1,
            Err(other) => panic!("{other}"),
        }
    }
    println!("\ncounted {done} {stale}");
}

#[test]
fn programs_that_write_at_once_lose_nothing() {
    if std::env::var_os(ROLE).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let set = RuleSet { description: Text::from("0"), ..rule_set("Counter") };
    wait(store.apply(changes("parent", vec![Change::create(Entity::RuleSet(set))]))).unwrap();
    let writers: Vec<_> = (0..setting("CONNECT_RULES_WRITERS", 3)).map(|_| spawn("writer", &file)).collect();
    let mut total = 0;
    for (mut child, mut out) in writers {
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "{text}");
        let line =
            text.lines().find_map(|line| line.strip_prefix("counted ")).unwrap_or_else(|| panic!("{text}"));
        let done: u64 = line.split(' ').next().unwrap().parse().unwrap();
        total += done;
    }
    // How turns fall among the writers is up to the machine; that none is lost is not.
    assert!(total > 0, "nobody wrote anything");
    let now = wait(store.snapshot()).unwrap();
    assert_eq!(&*now.rule_sets[0].description, total.to_string(), "updates were lost");
    store.check().unwrap();
}
