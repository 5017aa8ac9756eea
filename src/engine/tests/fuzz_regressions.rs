//! The fuzz targets on all their seeds, and on every input that once broke one of them.

#[path = "support/fuzz_entries.rs"]
mod entries;

use std::path::Path;

/// Inputs that were findings, by target.
const FOUND: [(&str, &[u8]); 0] = [];

#[test]
fn seeds_pass_through_their_targets() {
    for (target, entry) in entries::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
        let mut seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
        seeds.sort();
        assert!(seeds.len() >= 12, "{target} has too few seeds");
        for seed in seeds {
            entry(&std::fs::read(seed).unwrap());
        }
    }
}

#[test]
fn findings_stay_fixed() {
    for (target, input) in FOUND {
        let (_, entry) = entries::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
        entry(input);
    }
}
