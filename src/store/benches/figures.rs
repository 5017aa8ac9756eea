//! The figures of the embedded store: saving, loading, importing, and reading while others write.
//!
//! Prints one line a figure; `loads`, `saves`, `readers` and `imports` as arguments choose among them. Exits with 1 when a ratio or the memory of an import is over its limit, or when a
//! given-up import leaves something; times are reported only. The program runs itself again as a child.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "benches stop at the first error")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::wait;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::model::{RuleSet, Weight};
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Options;
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::service::Edit;
use connect_rules_store::service::rules::UpdateRule;
use connect_rules_store::snapshot::head;
use connect_rules_store::{Actor, Change, Entity, Error, Kind, Operation, Service, SqliteStore, Store as _};

const SETS: usize = 10_000;
const RULES: usize = 10;
/// Measured saves.
const ROUNDS: f64 = 1000.0;
const ROLE: &str = "CONNECT_RULES_FIGURES_CHILD";

fn made_up() -> Vec<RuleSet> {
    let set = |s: usize| {
        let rule = |r: usize| {
            let text = format!("Welcome to desk {s}, {{{{Customer.Name}}}}");
            let weight = Weight {
                id: Some(Text::from(format!("{s}-{r}"))),
                field: Some(Text::from("Customer.Tier")),
                operation: Text::from("equals"),
                value: Value::from("gold"),
                weight: Value::from("100"),
            };
            let mut rule = rule(&format!("Rule {r}"), &text);
            rule.weights = vec![weight];
            rule
        };
        RuleSet { rules: (0..RULES).map(rule).collect(), ..rule_set(&format!("Rule set {s}")) }
    };
    (0..SETS).map(set).collect()
}

/// What makes a store of it.
fn everything() -> Vec<Change> {
    let mut list = Vec::new();
    for set in made_up() {
        let id = set.id.clone().unwrap();
        list.push(Change::create(Entity::RuleSet(head(&set))));
        list.extend(set.rules.into_iter().map(|rule| Change::create(Entity::Rule(Text::clone(&id), rule))));
    }
    list
}

/// Median and the highest of 19 in 20, in milliseconds.
fn spread(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    (at(0.5), at(0.95))
}

/// Saves one rule through the service as a screen does that keeps showing what it read.
fn save(service: &Service<SqliteStore>, round: usize) -> Duration {
    let actor = Actor::local("ada");
    let now = wait(service.snapshot()).unwrap();
    let set = &now.rule_sets[round * 7919 % SETS];
    let mut mine = set.rules[round % RULES].clone();
    mine.params.insert("message", Value::from(format!("Saved {round}")));
    let edit = Edit::of(&now, Entity::Rule(set.id.clone().unwrap(), mine)).unwrap();
    let start = Instant::now();
    wait(service.run(&actor, &UpdateRule(edit))).unwrap();
    wait(service.snapshot()).unwrap();
    start.elapsed()
}

/// How long this disk takes to keep what one change writes: nothing durable is faster.
struct Disk(std::fs::File);

impl Disk {
    fn time(&mut self) -> Duration {
        use std::io::Write as _;
        let start = Instant::now();
        self.0.write_all(&vec![1; 8 * 4096]).unwrap();
        self.0.sync_data().unwrap();
        start.elapsed()
    }
}

/// A copy of the store with a journal of 100,000 changes more.
fn with_long_journal(file: &Path) -> std::path::PathBuf {
    let long = file.with_file_name("long.db");
    SqliteStore::open(file).unwrap().copy_to(&long).unwrap();
    rusqlite::Connection::open(&long)
        .unwrap()
        .execute_batch(&format!(
            "INSERT INTO journal (at, by, operation, title)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             SELECT j.at, CASE i % 3 WHEN 0 THEN 'ada' ELSE 'bob' END, '{}', 'change rule ' || i
             FROM n, (SELECT max(mark) AS at FROM changes) j;
             INSERT INTO journal_rows (seq, number, kind, id, before_parent, before, after_parent, after)
             SELECT seq, 0, 'rule', 'r' || seq, '', printf('%.*c', 300, 'x'), '', printf('%.*c', 300, 'x')
             FROM journal WHERE title LIKE 'change rule %';
             INSERT INTO audit (at, by, operation, title, details)
             SELECT at, by, operation, title, printf('%.*c', 100, 'x') FROM journal;",
            Operation::UpdateRule.name()
        ))
        .unwrap();
    long
}

/// Kilobytes that this program has written so far, as the system counts them.
fn written() -> f64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let bytes = told.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse::<f64>().ok());
    bytes.unwrap_or_default() / 1000.0
}

/// Milliseconds of processor time that this program has taken so far; the system counts in hundredths of a
/// second.
fn processor() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = told.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after.split(' ').skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn saves(file: &Path, over: &mut Vec<String>) {
    // Two copies, so that their pages are alike.
    let short = file.with_file_name("short.db");
    SqliteStore::open(file).unwrap().copy_to(&short).unwrap();
    let long = with_long_journal(file);
    let services = [&short, &long].map(|file| Service::new(SqliteStore::open(file).unwrap()));
    let mut disk = Disk(std::fs::File::create(file.with_file_name("disk")).unwrap());
    let mut times = [Vec::new(), Vec::new()];
    let mut disk_times = Vec::new();
    let mut sizes = [0.0, 0.0];
    for round in 0..100 + ROUNDS as usize {
        // In turn and in changing order, so that what else the machine does meets all of them.
        for turn in 0..2 {
            let which = (turn + round) % 2;
            let before = written();
            let time = save(&services[which], round);
            // Caches fill with the first ones.
            if round >= 100 {
                times[which].push(time);
                sizes[which] += (written() - before) / ROUNDS;
            }
        }
        disk_times.push(disk.time());
    }
    let in_memory = Service::new(SqliteStore::in_memory().unwrap());
    wait(in_memory.store().apply(changes("ada", everything()))).unwrap();
    let mut own: Vec<Duration> = (0..400).map(|round| save(&in_memory, round)).collect();
    let own = spread(&mut own[50..]);
    let disk = spread(&mut disk_times);
    let [short, long] = times.each_mut().map(|times| spread(times));
    println!("32 kB kept by this disk: p50 {:.2} ms, p95 {:.2} ms", disk.0, disk.1);
    println!("one rule saved without a disk: p50 {:.2} ms, p95 {:.2} ms", own.0, own.1);
    println!(
        "one rule saved in {SETS}x{RULES}, durable: p50 {:.2} ms, p95 {:.2} ms (goal 5)",
        short.0, short.1
    );
    let ratio = long.0 / short.0;
    println!(
        "with a journal of 100,000: p50 {:.2} ms, p95 {:.2} ms, {ratio:.2} of it (limit 1.2)",
        long.0, long.1
    );
    println!("written for it: {:.1} kB, with the long journal {:.1} kB", sizes[0], sizes[1]);
    if ratio > 1.2 {
        over.push(format!("a journal of 100,000 entries makes saving {ratio:.2} times as slow, limit 1.2"));
    }
    let start = Instant::now();
    let entries = wait(services[1].store().journal(usize::MAX)).unwrap().len();
    println!("reading {entries} journal entries: {:?}", start.elapsed());
}

fn loads(file: &Path) {
    let mut own = Vec::new();
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let before = processor();
            let start = Instant::now();
            let service = Service::new(SqliteStore::open(file).unwrap());
            let workspace = wait(service.load_workspace(Options::default())).unwrap();
            assert_eq!(workspace.active_count(), SETS);
            let took = start.elapsed();
            own.push(processor() - before);
            took
        })
        .collect();
    own.sort_by(f64::total_cmp);
    let (p50, most) = (spread(&mut times).0, times[times.len() - 1].as_secs_f64() * 1000.0);
    println!(
        "open and load {SETS}x{RULES}: p50 {p50:.0} ms, most {most:.0} ms (goal 400); processor time {:.0} ms",
        own[4]
    );
    let service = Service::new(SqliteStore::open(file).unwrap());
    let start = Instant::now();
    wait(service.snapshot()).unwrap();
    println!("first snapshot of {SETS}x{RULES}: {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
}

fn child(role: &str, file: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(ROLE, role)
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// Counts up in a description until the program ends.
fn write_for_ever(file: &Path) {
    let store = SqliteStore::open(file).unwrap();
    println!("ready");
    loop {
        let now = wait(store.snapshot()).unwrap();
        let mut set = head(&now.rule_sets[0]);
        set.description = Text::from((set.description.parse::<u64>().unwrap_or(0) + 1).to_string());
        let expected = now.rev(Kind::RuleSet, set.id.as_deref().unwrap());
        match wait(
            store.apply(changes("writer", vec![Change::Put { entity: Entity::RuleSet(set), expected }])),
        ) {
            Ok(_) | Err(Error::Stale(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn readers(folder: &Path) {
    let file = folder.join("shared.db");
    let store = SqliteStore::open(&file).unwrap();
    let list = (0..20).map(|n| Change::create(Entity::RuleSet(rule_set(&format!("S{n}"))))).collect();
    wait(store.apply(changes("ada", list))).unwrap();
    let mut writers: Vec<_> = (0..8).map(|_| child("writer", &file)).collect();
    for (_, out) in &mut writers {
        out.read_line(&mut String::new()).unwrap();
    }
    let first = wait(store.journal(1)).unwrap()[0].seq;
    let (mut times, until) = (Vec::new(), Instant::now() + Duration::from_secs(5));
    while Instant::now() < until {
        let start = Instant::now();
        wait(store.snapshot()).unwrap();
        times.push(start.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    let written = wait(store.journal(1)).unwrap()[0].seq - first;
    for (mut writer, _) in writers {
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    let (p50, p95) = spread(&mut times);
    let most = times[times.len() - 1].as_secs_f64() * 1000.0;
    println!(
        "reading beside 8 writing programs ({} changes/s): p50 {p50:.2} ms, p95 {p95:.2} ms, most {most:.1} ms (goal 50)",
        written / 5
    );
    store.check().unwrap();
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1000
}

/// The import of the export beside the file, as a program of its own.
fn import(file: &Path) {
    let text = std::fs::read_to_string(file.with_extension("json")).unwrap();
    let service = Service::new(SqliteStore::open(file).unwrap());
    let actor = Actor::local("ada");
    let action = ImportRuleSets::file("export.json", text, Mode::Full);
    let start = Instant::now();
    wait(service.plan(&actor, &action)).unwrap();
    let planned = start.elapsed().as_secs_f64();
    wait(service.run(&actor, &action)).unwrap();
    let done = start.elapsed().as_secs_f64();
    println!("{planned} {done} {}", memory());
}

fn imports(folder: &Path, over: &mut Vec<String>) {
    let file = folder.join("import.db");
    std::fs::write(file.with_extension("json"), export::json(&made_up(), Compat::Corrected)).unwrap();
    let (mut program, mut out) = child("import", &file);
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(program.wait().unwrap().success(), "the import failed");
    let said: Vec<f64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let [planned, done, peak] = said[..] else { panic!("{line}") };
    println!(
        "import of {SETS}x{RULES}: plan {planned:.2} s, plan and import {done:.2} s (goal 10), peak {peak} MB (limit 500)"
    );
    if peak > 500.0 {
        over.push(format!("an import takes {peak} MB, limit 500"));
    }
    // Given up at several moments.
    let text = std::fs::read_to_string(file.with_extension("json")).unwrap();
    let action = ImportRuleSets::file("export.json", text, Mode::Full);
    let actor = Actor::local("ada");
    let empty = folder.join("empty.db");
    let service = Service::new(SqliteStore::open(&empty).unwrap());
    let mut given_up = 0;
    for part in [0.2, 0.4, 0.6] {
        let mut run = Box::pin(service.run(&actor, &action));
        let until = Instant::now() + Duration::from_secs_f64((done - planned) * part);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        while Instant::now() < until && run.as_mut().poll(&mut context).is_pending() {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(run);
        let (sets, entries) = wait(async {
            let store = service.store();
            (store.rule_sets().await.unwrap().len(), store.journal(9).await.unwrap().len())
        });
        // It may have been done just before.
        if sets != 0 || entries != 0 {
            over.push(format!(
                "an import that was given up left {sets} rule sets and {entries} journal entries"
            ));
            break;
        }
        given_up += 1;
    }
    println!("imports given up without a trace: {given_up} of 3");
    if given_up == 0 {
        over.push("no import could be given up".to_owned());
    }
}

fn main() {
    let given = std::env::args().nth(1).unwrap_or_default();
    match std::env::var(ROLE).as_deref() {
        Ok("writer") => return write_for_ever(Path::new(&given)),
        Ok("import") => return import(Path::new(&given)),
        _ => {}
    }
    let mut over = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    wait(SqliteStore::open(&file).unwrap().apply(changes("ada", everything()))).unwrap();
    // Only those parts that are named, or all.
    let parts: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|it| it == part);
    if wanted("loads") {
        loads(&file);
    }
    if wanted("saves") {
        saves(&file, &mut over);
    }
    if wanted("readers") {
        readers(folder.path());
    }
    if wanted("imports") {
        imports(folder.path(), &mut over);
    }
    for line in &over {
        println!("OVER: {line}");
    }
    std::process::exit(i32::from(!over.is_empty()));
}
