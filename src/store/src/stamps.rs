//! Stamps of many rows, cheap to copy: copies share what they have in common, so that a snapshot can be kept
//! while the next one is made from it.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use connect_rules_engine::value::Text;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::entity::{Key, Kind, Stamp};

/// Parts of the map; a copy costs as many counters, a change copies one part.
const PARTS: usize = 1024;

type Part = FxHashMap<Key, Held>;

#[derive(Clone, Debug, PartialEq)]
struct Held {
    stamp: Arc<Stamp>,
    parent: Text,
}

/// Stamps by key; rules also with the rule set that holds them.
#[derive(Clone, Debug, Default)]
pub struct Stamps {
    /// Empty or [`PARTS`] of them.
    parts: Vec<Arc<Part>>,
    count: usize,
    /// The stamp that was kept last: rows that were written together share it.
    last: Option<Arc<Stamp>>,
}

/// Which part holds a key.
fn place(key: &Key) -> usize {
    // The highest bits are those that a part does not use to find its places.
    (FxBuildHasher.hash_one(key) >> 24) as usize % PARTS
}

/// By what they hold: empty parts may be there or not yet.
impl PartialEq for Stamps {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && (self.count == 0 || self.parts == other.parts)
    }
}

impl Stamps {
    fn held(&self, key: &Key) -> Option<&Held> {
        self.parts.get(place(key))?.get(key)
    }

    /// The stamp of a row.
    pub fn get(&self, key: &Key) -> Option<&Stamp> {
        self.held(key).map(|held| &*held.stamp)
    }

    /// Identifier of the rule set that holds a rule.
    pub fn rule_set_of(&self, rule: &str) -> Option<&Text> {
        self.held(&Key::new(Kind::Rule, rule)).map(|held| &held.parent)
    }

    /// Keeps the stamp of a row; `parent` is the rule set of a rule and empty otherwise.
    pub fn insert(&mut self, key: Key, stamp: Stamp, parent: Text) {
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Arc::default);
        }
        let stamp = match self.last.take() {
            Some(last) if *last == stamp => last,
            _ => Arc::new(stamp),
        };
        self.last = Some(Arc::clone(&stamp));
        if let Some(part) = self.parts.get_mut(place(&key))
            && Arc::make_mut(part).insert(key, Held { stamp, parent }).is_none()
        {
            self.count += 1;
        }
    }

    /// Forgets a row.
    pub fn remove(&mut self, key: &Key) {
        if let Some(part) = self.parts.get_mut(place(key))
            && part.contains_key(key)
        {
            Arc::make_mut(part).remove(key);
            self.count -= 1;
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_the_original_changes() {
        let stamp = |rev| Stamp { rev, updated_at: Text::from("t"), updated_by: Text::from("ada") };
        let key = |n: usize| Key::new(Kind::Rule, n.to_string());
        let mut stamps = Stamps::default();
        for n in 0..5000 {
            stamps.insert(key(n), stamp(1), Text::from("set"));
        }
        let copy = stamps.clone();
        stamps.insert(key(7), stamp(2), Text::from("other"));
        stamps.remove(&key(8));
        stamps.remove(&key(9999));
        assert_eq!((copy.len(), stamps.len()), (5000, 4999));
        assert_eq!(copy.get(&key(7)), Some(&stamp(1)));
        assert_eq!(stamps.get(&key(7)), Some(&stamp(2)));
        assert_eq!(stamps.rule_set_of("7").map(|id| &**id), Some("other"));
        assert!(copy.get(&key(8)).is_some() && stamps.get(&key(8)).is_none());
        assert!(stamps.parts.iter().filter(|part| part.is_empty()).count() < PARTS / 20, "uneven parts");
        stamps.insert(key(7), stamp(1), Text::from("set"));
        stamps.insert(key(8), stamp(1), Text::from("set"));
        assert_eq!(stamps, copy);
    }
}
