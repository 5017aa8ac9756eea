//! The fuzz targets on all their seeds, and on every input that once broke one of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/fuzz_entries.rs"]
mod entries;

use std::collections::BTreeSet;
use std::path::Path;

use connect_rules_engine::kinds::RuleType;

/// Inputs that were findings, by target.
const FOUND: &[(&str, &[u8])] = &[("templates", b"{{paddedRandom 16 4888 108002}}")];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn seeds_pass_through_their_targets() {
    for (target, entry) in entries::TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() >= 12, "{target} has too few seeds");
        for seed in seeds {
            entry(&seed);
        }
    }
}

#[test]
fn findings_stay_fixed() {
    for &(target, input) in FOUND {
        let (_, entry) = entries::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
        entry(input);
    }
}

#[test]
fn request_seeds_reach_every_rule_type() {
    let seeds = seeds("request_lines");
    for way in [0, 1] {
        let replies = seeds.iter().flat_map(|seed| entries::answers(seed, way));
        let reached: BTreeSet<String> = replies.map(|reply| reply.rule_type.to_string()).collect();
        let missing: Vec<&str> =
            RuleType::ALL.iter().map(RuleType::name).filter(|name| !reached.contains(*name)).collect();
        assert!(missing.is_empty(), "not reached: {missing:?}");
    }
}
