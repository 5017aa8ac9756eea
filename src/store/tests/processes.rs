//! Several programs on one store file: killed at any point, or writing at the same time.
//!
//! The test program runs itself again as a child. `CONNECT_RULES_KILLS` sets the number of kills (20),
//! `CONNECT_RULES_WRITERS` the number of writers (3) and `CONNECT_RULES_SECONDS` how long they write (2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::wait;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::snapshot::head;
use connect_rules_store::{
    Actor, Applied, Change, Entity, Error, Key, Kind, Service, Snapshot, SqliteStore, Store as _,
};

const ROLE: &str = "CONNECT_RULES_CHILD";
const FILE: &str = "CONNECT_RULES_CHILD_FILE";
const GROUPS: usize = 3;
const SETS: usize = 3;
const RULES: usize = 15;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A child; waits until it has opened the file if `opened`.
fn spawn(role: &str, file: &Path, opened: bool) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while opened && !line.contains("ready") {
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
        "editor" => edit_for_ever(store),
        "writer" => count(&store),
        _ => panic!("unknown role"),
    }
}

/// Imports, edits, deletes and undoes; every change leaves each group of rule sets as a whole, with all rules
/// saying the same. Tells the mark of what was kept.
fn edit_for_ever(store: SqliteStore) {
    let service = Service::new(store);
    let actor = Actor::local(format!("child {}", std::process::id()));
    let kept = |applied: Applied| println!("kept {}", applied.mark);
    for round in 0_u64.. {
        let now = wait(service.snapshot()).unwrap();
        let groups = groups(&now);
        let group = groups.values().nth(round as usize % groups.len().max(1));
        let list = match (round % 5, group) {
            (0..=2, Some(group)) => said(&now, group, &format!("{} round {round}", actor.user)),
            (3, Some(group)) => {
                let delete = |set: &&RuleSet| {
                    let key = Key::new(Kind::RuleSet, set.id.clone().unwrap());
                    Change::Delete { expected: now.rev(Kind::RuleSet, &key.id), key }
                };
                group.iter().map(delete).collect()
            }
            _ if groups.len() < GROUPS => {
                let text = export_of(&format!("Group {} {round}", std::process::id()));
                let import = ImportRuleSets::file("export.json", text, Mode::Merge);
                kept(wait(service.run(&actor, &import)).unwrap());
                continue;
            }
            _ => {
                if let Ok(applied) = wait(service.undo(&actor)) {
                    kept(applied);
                }
                continue;
            }
        };
        kept(wait(service.store().apply(changes(&actor.user, list))).unwrap());
        if round % 3 == 0 {
            kept(wait(service.undo(&actor)).unwrap());
        }
        if round % 6 == 0 {
            kept(wait(service.redo(&actor)).unwrap());
        }
    }
}

/// The rule sets of each import, by what their names begin with.
fn groups(now: &Snapshot) -> BTreeMap<&str, Vec<&RuleSet>> {
    let mut out: BTreeMap<&str, Vec<&RuleSet>> = BTreeMap::new();
    for set in &now.rule_sets {
        out.entry(set.name.rsplit_once(' ').unwrap().0).or_default().push(set);
    }
    out
}

/// The export of a new group.
fn export_of(name: &str) -> String {
    let set = |n: usize| RuleSet {
        rules: (0..RULES).map(|n| rule(&format!("rule {n}"), "imported")).collect(),
        ..rule_set(&format!("{name} {n}"))
    };
    export::json(&(0..SETS).map(set).collect::<Vec<_>>(), Compat::Corrected)
}

fn said(now: &Snapshot, group: &[&RuleSet], what: &str) -> Vec<Change> {
    let put = |set: &RuleSet, rule: &Rule| {
        let mut rule = rule.clone();
        rule.params.insert("message", Value::from(what));
        let expected = now.rev(Kind::Rule, rule.id.as_deref().unwrap());
        Change::Put { entity: Entity::Rule(set.id.clone().unwrap(), rule), expected }
    };
    group.iter().flat_map(|set| set.rules.iter().map(|rule| put(set, rule))).collect()
}

/// A new store file with some groups.
fn filled(file: &Path) {
    let service = Service::new(SqliteStore::open(file).unwrap());
    for n in 0..GROUPS {
        let import = ImportRuleSets::file("export.json", export_of(&format!("Start {n}")), Mode::Merge);
        wait(service.run(&Actor::local("parent"), &import)).unwrap();
    }
}

/// What was found after a kill: all groups whole, and nothing older than what the child told to be kept.
fn examined(file: &Path, kept: &str) {
    let store = SqliteStore::open(file).unwrap();
    store.check().unwrap();
    let now = wait(store.snapshot()).unwrap();
    for (name, group) in groups(&now) {
        assert_eq!(group.len(), SETS, "half of {name} was imported or deleted");
        let first = group[0].rules[0].params.text("message");
        for set in group {
            assert_eq!(set.rules.len(), RULES, "{} lost rules", set.name);
            let same = set.rules.iter().all(|rule| rule.params.text("message") == first);
            assert!(same, "{} is half written", set.name);
        }
    }
    assert!(&*now.mark >= kept, "what was told to be kept at {kept} is lost; the store is of {}", now.mark);
    let entries = wait(store.journal(1)).unwrap();
    assert!(entries[0].at <= now.mark, "the journal is ahead of the mark");
}

#[test]
fn a_killed_program_leaves_no_half_change() {
    if std::env::var_os(ROLE).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut file = folder.path().join("store-0.db");
    filled(&file);
    let (mut kept, mut early) = (0, 0);
    let kills = setting("CONNECT_RULES_KILLS", 20);
    for n in 0..kills {
        // The journal grows; looking at all of a large file takes long and shows nothing more.
        if std::fs::metadata(&file).unwrap().len() > 8 << 20 {
            file = folder.path().join(format!("store-{n}.db"));
            filled(&file);
        }
        // Anywhere between the first moment, opening the file included, and many changes.
        let opened = n % 4 != 0;
        let (mut child, mut out) = spawn("editor", &file, opened);
        let most = if opened { 60_000 } else { 15_000 };
        std::thread::sleep(Duration::from_micros(n.wrapping_mul(7_919_003) % most));
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        let mut told = String::new();
        out.read_to_string(&mut told).unwrap();
        // A line that was cut off tells nothing.
        let whole = told.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let marks: Vec<&str> = whole.lines().filter_map(|line| line.strip_prefix("kept ")).collect();
        kept += marks.len();
        early += usize::from(!told.contains("kept "));
        examined(&file, marks.last().unwrap_or(&""));
    }
    println!(
        "{kills} kills, {early} of them before the first change; {kept} changes told to be kept, 0 lost"
    );
    assert!(kept > 0, "the children changed something");
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

/// Reading while others write: how often, the longest time, and the longest of it that was not spent waiting
/// for a processor.
#[derive(Debug, Default)]
struct Reads {
    count: u64,
    longest: Duration,
    blocked: Duration,
}

/// How long the threads of this program have waited for a processor so far; zero where nobody tells.
fn queued() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let waited = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').nth(1)?.parse::<u64>().ok()
    });
    Duration::from_nanos(waited.sum())
}

fn read_along(store: &SqliteStore) -> Reads {
    let until = Instant::now() + Duration::from_secs(setting("CONNECT_RULES_SECONDS", 2));
    let mut out = Reads::default();
    while Instant::now() < until {
        let before = queued();
        let start = Instant::now();
        wait(store.snapshot()).unwrap();
        let took = start.elapsed();
        out.count += 1;
        out.longest = out.longest.max(took);
        out.blocked = out.blocked.max(took.saturating_sub(queued().saturating_sub(before)));
        std::thread::sleep(Duration::from_millis(1));
    }
    out
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
    let writers = setting("CONNECT_RULES_WRITERS", 3);
    let writers: Vec<_> = (0..writers).map(|_| spawn("writer", &file, true)).collect();
    let reads = read_along(&store);
    let (mut total, mut stale) = (0, 0);
    for (mut child, mut out) in writers {
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "{text}");
        let line =
            text.lines().find_map(|line| line.strip_prefix("counted ")).unwrap_or_else(|| panic!("{text}"));
        let counts: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        total += counts[0];
        stale += counts[1];
    }
    println!("{total} updates and {stale} stale ones by programs at once; {reads:?}");
    assert!(reads.blocked < Duration::from_millis(50), "a reader was blocked: {reads:?}");
    // How turns fall among the writers is up to the machine; that none is lost is not.
    assert!(total > 0, "nobody wrote anything");
    let now = wait(store.snapshot()).unwrap();
    assert_eq!(&*now.rule_sets[0].description, total.to_string(), "updates were lost");
    store.check().unwrap();
}
