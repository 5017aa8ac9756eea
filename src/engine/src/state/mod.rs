//! The customer state of one contact: top-level keys with JSON-like values, changed in memory and
//! written key by key at the end of a request (`spec/evaluator.md` 1.3, 4 and 6.6).
//!
//! Every entry remembers its own value at the last checkpoint and at the last reply, so a failed request
//! is undone, and the changes of a reply are listed, without copying the map. Removed keys stay as entries
//! without a value until the next reply.

mod path;
mod update;

use std::borrow::Cow;

use crate::json;
use crate::value::{Map, Text, Value, array_index};

pub use path::Path;

/// `before_undo` holds the value at the last checkpoint.
const UNDO: u8 = 1;
/// `before_reply` holds the value at the last reply: the key was touched since.
const TOUCHED: u8 = 2;
/// Touched in this request: the value may differ from its stored form.
const RAW: u8 = 4;
/// The first touch since the last reply came after the last checkpoint.
const FRESH: u8 = 8;

#[derive(Clone, Debug)]
struct Entry {
    key: Text,
    value: Value,
    before_undo: Value,
    before_reply: Value,
    flags: u8,
}

/// The customer state of a contact.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The first `sorted` entries are in order of their keys; the others were added in this request.
    entries: Vec<Entry>,
    sorted: usize,
}

/// What a request changed, by top-level key, against the previous reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Keys that are new or have another value, sorted.
    pub set: Vec<(Text, Value)>,
    /// Keys that are gone, sorted.
    pub removed: Vec<Text>,
}

impl State {
    /// The state of a contact that has none yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// State from its stored texts; a text that is wrapped JSON becomes that value (4.3).
    pub fn load(stored: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let mut entries: Vec<Entry> = stored
            .into_iter()
            .map(|(key, text)| {
                let value = json::read_back(&text).unwrap_or(Value::String(text));
                Entry::stored(key, value)
            })
            .collect();
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        entries.dedup_by(|a, b| a.key == b.key);
        Self { sorted: entries.len(), entries }
    }

    fn find(&self, key: &str) -> Option<usize> {
        if let Ok(at) = self.entries[..self.sorted].binary_search_by(|entry| (*entry.key).cmp(key)) {
            return Some(at);
        }
        self.entries[self.sorted..].iter().position(|entry| &*entry.key == key).map(|at| at + self.sorted)
    }

    /// The value of a top-level key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let value = &self.entries[self.find(key)?].value;
        if matches!(value, Value::Undefined) { None } else { Some(value) }
    }

    /// The value at a path (2.2), without copying it; a missing one is [`Value::Undefined`].
    pub fn lookup(&self, path: &Path) -> Cow<'_, Value> {
        self.get(path.top()).map_or(Cow::Owned(Value::Undefined), |top| path::walk(top, path.rest()))
    }

    /// The value at a path (2.2).
    pub fn path(&self, path: &Path) -> Value {
        self.lookup(path).into_owned()
    }

    /// Keys and values: integer-like keys first in ascending order, then sorted keys, then those that were
    /// added in this request in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        let mut indices: Vec<(u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| Some((array_index(&entry.key)?, at)))
            .collect();
        indices.sort_unstable();
        indices
            .into_iter()
            .map(|(_, at)| &self.entries[at])
            .chain(self.entries.iter().filter(|entry| array_index(&entry.key).is_none()))
            .filter(|entry| !matches!(entry.value, Value::Undefined))
            .map(|entry| (&entry.key, &entry.value))
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| matches!(entry.value, Value::Undefined))
    }

    /// The whole state as one object, keys sorted (integer-like ones first, as in every object).
    pub fn to_map(&self) -> Map {
        let mut pairs: Vec<(&Text, &Value)> = self.iter().collect();
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        pairs.into_iter().map(|(key, value)| (Text::clone(key), value.clone())).collect()
    }

    /// Puts a value in place as it is (no texts deleted or parsed); undefined removes. Touches the key.
    pub fn set_raw(&mut self, key: &Text, value: Value) {
        let at = self.find(key).unwrap_or(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Entry::stored(Text::clone(key), Value::Undefined));
        }
        self.entries[at].put(value);
    }

    /// Removes every key that starts with `prefix`.
    pub fn remove_prefix(&mut self, prefix: &str) {
        let from = self.entries[..self.sorted].partition_point(|entry| &*entry.key < prefix);
        let until =
            self.entries[from..self.sorted].partition_point(|entry| entry.key.starts_with(prefix)) + from;
        let (known, added) = self.entries.split_at_mut(self.sorted);
        let added = added.iter_mut().filter(|entry| entry.key.starts_with(prefix));
        for entry in known[from..until].iter_mut().chain(added) {
            if !matches!(entry.value, Value::Undefined) {
                entry.put(Value::Undefined);
            }
        }
    }

    /// What was done so far in this request stays, whatever fails later. Values in memory keep their form.
    pub fn checkpoint(&mut self) {
        for entry in &mut self.entries {
            if entry.flags & UNDO != 0 {
                entry.before_undo = Value::Undefined;
                entry.flags &= !(UNDO | FRESH);
            }
        }
    }

    /// Ends a request that failed: everything since the last checkpoint is undone; what was saved there takes
    /// its stored form.
    pub fn rollback(&mut self) {
        for entry in &mut self.entries {
            if entry.flags & UNDO != 0 {
                entry.value = std::mem::take(&mut entry.before_undo);
                if entry.flags & FRESH != 0 {
                    entry.before_reply = Value::Undefined;
                    entry.flags &= !TOUCHED;
                }
                entry.flags &= !(UNDO | FRESH);
            }
        }
        self.finish();
    }

    /// Ends a request: touched values take their stored form (4.3), keys are sorted.
    pub fn finish(&mut self) {
        for entry in &mut self.entries {
            if entry.flags & RAW != 0 {
                let value = std::mem::take(&mut entry.value);
                entry.value = canonical(value);
                entry.before_undo = Value::Undefined;
                entry.flags &= !(UNDO | RAW | FRESH);
            }
        }
        self.sort();
    }

    /// Brings touched values into their stored form (4.3) in the middle of a request, as if they had been
    /// saved and read again. A failure can still undo them.
    pub fn refresh(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.flags & RAW != 0) {
            let value = std::mem::take(&mut entry.value);
            entry.value = canonical(value);
        }
    }

    fn sort(&mut self) {
        if self.sorted < self.entries.len() {
            self.entries.sort_by(|a, b| a.key.cmp(&b.key));
            self.sorted = self.entries.len();
        }
    }

    /// Keys touched since the last reply, with their values; undefined means the key is to be deleted.
    pub fn touched(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.entries.iter().filter(|e| e.flags & TOUCHED != 0).map(|e| (&e.key, &e.value))
    }

    /// What changed since the previous reply; the next reply starts from here. Call it after
    /// [`State::finish`].
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        for entry in self.entries.iter().filter(|entry| entry.flags & TOUCHED != 0) {
            let (old, new) = (&entry.before_reply, &entry.value);
            if matches!(new, Value::Undefined) {
                if !matches!(old, Value::Undefined) {
                    changes.removed.push(Text::clone(&entry.key));
                }
            } else if !old.strictly_equals(new) && old != new {
                changes.set.push((Text::clone(&entry.key), new.clone()));
            }
        }
        self.forget_changes();
        changes
    }

    /// Goes back to the previous reply, whatever a failed request had saved in between.
    pub fn revert(&mut self) {
        for entry in &mut self.entries {
            if entry.flags & TOUCHED != 0 {
                entry.value = std::mem::take(&mut entry.before_reply);
            }
        }
        self.forget_changes();
    }

    /// As [`State::take_changes`] where nobody wants to see them.
    pub fn forget_changes(&mut self) {
        for entry in &mut self.entries {
            if entry.flags & TOUCHED != 0 {
                entry.before_reply = Value::Undefined;
                entry.flags &= !(TOUCHED | FRESH);
            }
        }
        self.sort();
        self.entries.retain(|entry| entry.flags != 0 || !matches!(entry.value, Value::Undefined));
        self.sorted = self.entries.len();
    }
}

impl Entry {
    fn stored(key: Text, value: Value) -> Self {
        Self { key, value, before_undo: Value::Undefined, before_reply: Value::Undefined, flags: 0 }
    }

    /// Changes the value, remembering the one at the last checkpoint and at the last reply.
    fn put(&mut self, value: Value) {
        let old = std::mem::replace(&mut self.value, value);
        match (self.flags & UNDO != 0, self.flags & TOUCHED != 0) {
            (false, false) => {
                self.before_reply = old.clone();
                self.before_undo = old;
                self.flags |= FRESH;
            }
            (false, true) => self.before_undo = old,
            (true, false) => self.before_reply = old,
            (true, true) => {}
        }
        self.flags |= UNDO | TOUCHED | RAW;
    }
}

/// The value as a round trip through the store gives it back (4.3): empty is gone, numbers and booleans are
/// text, wrapped JSON text is that value.
pub fn canonical(value: Value) -> Value {
    match value {
        Value::Undefined | Value::Null => Value::Undefined,
        Value::Bool(_) | Value::Number(_) => Value::String(value.text()),
        Value::String(text) if text.is_empty() => Value::Undefined,
        Value::String(text) => json::read_back(&text).unwrap_or(Value::String(text)),
        Value::Array(_) | Value::Object(_) => value.json_clone(),
    }
}

#[cfg(test)]
mod tests;
