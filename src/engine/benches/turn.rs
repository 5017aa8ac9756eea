//! Turns, replays, lint and graph under criterion, for comparing one change with another.

#![allow(missing_docs)]

mod support;

use std::hint::black_box;

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::coverage::{Population, Recorder};
use connect_rules_engine::graph::Network;
use connect_rules_engine::lint::lint;
use connect_rules_engine::replay::{Settings, run};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::{Driver, export, only_the_last, recorded, workspace};

fn turns(c: &mut Criterion) {
    let mut group = c.benchmark_group("turn");
    for (rule_sets, rules, weights) in [(6, 5, 2), (50, 20, 3), (200, 100, 5)] {
        let (workspace, stubs) = workspace(&export(rule_sets, rules, weights));
        let mut driver = Driver::new(&workspace, &stubs);
        group.bench_function(format!("{rule_sets}x{rules}x{weights}"), |b| {
            b.iter(|| black_box(driver.turn()));
        });
    }
    for rules in [1000, 10_000] {
        let (workspace, stubs) = workspace(&only_the_last(rules));
        let mut driver = Driver::new(&workspace, &stubs);
        group.bench_function(format!("last of {rules}"), |b| b.iter(|| black_box(driver.turn())));
    }
    group.finish();
}

fn replays(c: &mut Criterion) {
    let (workspace, stubs) = workspace(&export(50, 20, 3));
    let test = recorded(&workspace, &stubs);
    let population = Population::new(&workspace);
    let mut recorder = Recorder::new(&population);
    let mut group = c.benchmark_group("replay");
    group.throughput(Throughput::Elements(1));
    group.bench_function("11 turns, every assertion, coverage", |b| {
        b.iter(|| {
            recorder.begin(&test.folder, &test.name);
            let result = run(&workspace, &stubs, &test, &test.script(), &Settings::default(), &mut recorder);
            recorder.end();
            assert!(result.success);
            black_box(result)
        });
    });
    group.finish();
}

fn analysis(c: &mut Criterion) {
    let (workspace, _) = workspace(&export(500, 20, 3));
    let mut group = c.benchmark_group("analysis of 500x20x3");
    group.sample_size(20);
    group.bench_function("lint", |b| b.iter(|| black_box(lint(workspace.rule_sets(), &Catalogue::empty()))));
    group.bench_function("graph", |b| b.iter(|| black_box(Network::build(workspace.rule_sets()))));
    group.finish();
}

criterion_group!(benches, turns, replays, analysis);
criterion_main!(benches);
