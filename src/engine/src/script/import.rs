//! What an import would do (`spec/testing.md` 2.6).

use std::collections::{HashMap, HashSet};

use super::document::TestDocument;

/// The outcome of an import, before anything is touched. Indices are those of the lists given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportPlan {
    /// File tests that are new.
    pub inserted: Vec<usize>,
    /// File tests and the stored tests they replace, whose ids they take.
    pub replaced: Vec<(usize, usize)>,
    /// File tests that are not production ready.
    pub skipped: Vec<usize>,
    /// Stored tests that a full import deletes: folder and name are not in the file.
    pub deleted: Vec<usize>,
}

/// Plans an import of `tests` into a store of (folder, name) pairs. Skipped tests count as present. Of
/// several stored tests with one folder and name the first is replaced.
pub fn plan_import(stored: &[(&str, &str)], tests: &[TestDocument], full: bool) -> ImportPlan {
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, key) in stored.iter().enumerate() {
        known.entry(*key).or_insert(index);
    }
    let mut plan = ImportPlan::default();
    let mut listed = HashSet::new();
    for (index, test) in tests.iter().enumerate() {
        let key = (&*test.folder, &*test.name);
        listed.insert(key);
        if !test.production_ready {
            plan.skipped.push(index);
        } else if let Some(old) = known.get(&key) {
            plan.replaced.push((index, *old));
        } else {
            plan.inserted.push(index);
        }
    }
    if full {
        plan.deleted = (0..stored.len()).filter(|i| !listed.contains(&stored[*i])).collect();
    }
    plan
}
