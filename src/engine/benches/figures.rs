//! The figures of the evaluator: turn times by workspace size, allocations per turn, loading.
//!
//! Prints one line a figure. Exits with 1 when a ratio or an allocation count is over its limit; times are
//! reported only.

#![allow(missing_docs)]

mod support;

use std::hint::black_box;
use std::time::Instant;

use connect_rules_engine::coverage::{Population, Recorder};
use connect_rules_engine::graph::Network;
use connect_rules_engine::lint::lint;
use connect_rules_engine::replay::{Settings, run};
use support::{Driver, export, only_the_last, recorded, workspace};

struct Turns {
    p50: f64,
    p99: f64,
}

/// Times single turns, in microseconds.
fn turns(driver: &mut Driver<'_>, count: usize) -> Turns {
    for _ in 0..count / 5 {
        black_box(driver.turn());
    }
    let mut times: Vec<u64> = (0..count)
        .map(|_| {
            let start = Instant::now();
            black_box(driver.turn());
            start.elapsed().as_nanos() as u64
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    Turns { p50: at(0.5), p99: at(0.99) }
}

/// Replays with every assertion and coverage, on one core.
fn replays() {
    const SCRIPTS: u32 = 20_000;
    let (workspace, stubs) = workspace(&export(50, 20, 3));
    let test = recorded(&workspace, &stubs);
    let population = Population::new(&workspace);
    let mut recorder = Recorder::new(&population);
    let mut steps = 0;
    let start = Instant::now();
    for _ in 0..SCRIPTS {
        recorder.begin(&test.folder, &test.name);
        let result = run(&workspace, &stubs, &test, &test.script(), &Settings::default(), &mut recorder);
        recorder.end();
        steps = result.steps;
        black_box(result);
    }
    let rate = f64::from(SCRIPTS) / start.elapsed().as_secs_f64();
    println!(
        "replay 50x20x3, {steps} turns, parsed, full assertions, coverage: {rate:.0} scripts/s (goal 15000)"
    );
}

/// A figure of this process in megabytes, by its name in `/proc/self/status`; 0 where there is none.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1000
}

fn main() {
    let mut over = Vec::new();
    let mut small = 0.0;
    for (rule_sets, rules, weights, goal) in [(6, 5, 2, 3.0), (50, 20, 3, 5.0), (200, 100, 5, 15.0)] {
        let (workspace, stubs) = workspace(&export(rule_sets, rules, weights));
        let mut driver = Driver::new(&workspace, &stubs);
        let t = turns(&mut driver, 100_000);
        let counted = allocation_counter::measure(|| {
            for _ in 0..1000 {
                black_box(driver.turn());
            }
        });
        let allocations = counted.count_total as f64 / 1000.0;
        println!(
            "turn {rule_sets}x{rules}x{weights}: p50 {:.2} us (goal {goal}), p99 {:.2} us, {allocations:.1} allocations",
            t.p50, t.p99
        );
        if allocations > 60.0 {
            over.push(format!("turn {rule_sets}x{rules}x{weights}: {allocations} allocations, limit 60"));
        }
        if rule_sets == 50 {
            small = t.p50;
        }
    }
    let mut thousand = 0.0;
    for (rules, goal) in [(1000, 60.0), (10_000, 600.0)] {
        let (workspace, stubs) = workspace(&only_the_last(rules));
        let mut driver = Driver::new(&workspace, &stubs);
        let t = turns(&mut driver, 200_000_000 / (rules * 100));
        println!("only the last of {rules} rules x 3 weights activates: p50 {:.1} us (goal {goal})", t.p50);
        if rules == 1000 {
            thousand = t.p50;
        } else if t.p50 > thousand * 13.0 {
            over.push(format!("10,000 rules take {:.1} times as long as 1,000, limit 13", t.p50 / thousand));
        }
    }
    replays();
    let text = export(5000, 100, 3);
    let start = Instant::now();
    let (workspace, stubs) = workspace(&text);
    let megabytes = text.len() / 1_000_000;
    println!("load 5000x100x3 ({megabytes} MB): {:.2} s (goal 1.5)", start.elapsed().as_secs_f64());
    drop(text);
    println!(
        "memory after loading it: {} MB, peak {} MB with its text (goal 1000)",
        memory("VmRSS"),
        memory("VmHWM")
    );
    let start = Instant::now();
    let findings = lint(workspace.rule_sets(), workspace.catalogue()).len();
    let linted = start.elapsed().as_secs_f64();
    let edges = Network::build(workspace.rule_sets()).edges.len();
    let both = start.elapsed().as_secs_f64();
    println!(
        "lint 5000x100x3 {linted:.2} s ({findings} findings), with graph {both:.2} s ({edges} edges; goal 2)"
    );
    let mut driver = Driver::new(&workspace, &stubs);
    for _ in 0..60_000 {
        black_box(driver.turn());
    }
    let t = turns(&mut driver, 100_000);
    println!(
        "turn 5000x100x3 once compiled: p50 {:.2} us, {:.2} of 50x20x3 (goal 1.2)",
        t.p50,
        t.p50 / small
    );
    for line in &over {
        println!("OVER: {line}");
    }
    std::process::exit(i32::from(!over.is_empty()));
}
