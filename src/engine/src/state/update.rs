//! The update rules of state (`spec/evaluator.md` 4.1, 4.2).
//!
//! An update that cannot be made (through a text or null, two levels below a number, at a guarded place of an
//! array) is ignored and touches nothing. One that vanishes when state is stored (a member of a number, a
//! named member of an array) only touches its key, as in the original.

use std::sync::Arc;

use super::State;
use super::path::Path;
use crate::json;
use crate::value::{Map, Text, Value, array_index, text_number};

/// Arrays do not grow beyond this index.
const MAX_INDEX: u32 = 100_000;
/// Paths with more segments are ignored, as their values could not be read back.
const MAX_SEGMENTS: usize = 100;

/// What an update of a value below its top key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing, and nothing is touched.
    Nothing,
    /// The member is set or removed.
    Write,
    /// The key is touched and its containers are made, but the member vanishes: it is no index of its array.
    Lost,
}

impl State {
    /// Writes a value at a path by the rules of 4.1: empty values delete, wrapped JSON text is parsed,
    /// missing containers are made.
    pub fn update(&mut self, path: &Path, value: Value) {
        if is_guarded(path.source()) {
            return;
        }
        let value = incoming(value);
        if path.rest().is_empty() {
            self.set_incoming(path.top(), value);
            return;
        }
        if path.rest().len() > MAX_SEGMENTS {
            return;
        }
        let mut top = self.get(path.top()).map_or(Value::Undefined, Value::json_clone);
        match effect(&top, path.rest(), matches!(value, Value::Undefined)) {
            Effect::Nothing => {}
            Effect::Write | Effect::Lost => {
                write(&mut top, path.rest(), value);
                self.set_raw(path.top(), top);
            }
        }
    }

    /// As [`State::update`] with a path as text.
    pub fn update_text(&mut self, path: &str, value: Value) {
        self.update(&Path::new(path), value);
    }

    /// As [`State::update`] for a top-level key, which is not split.
    pub fn set(&mut self, key: &Text, value: Value) {
        if !is_guarded(key) {
            self.set_incoming(key, incoming(value));
        }
    }

    fn set_incoming(&mut self, key: &Text, value: Value) {
        if !matches!(value, Value::Undefined) || self.get(key).is_some() {
            self.set_raw(key, value);
        }
    }

    /// Removes a top-level key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Some(at) = self.find(key)
            && !matches!(self.entries[at].value, Value::Undefined)
        {
            self.entries[at].put(Value::Undefined);
        }
    }

    /// Adds one to the number at a path; anything that is no number becomes `1` (4.2).
    pub fn increment(&mut self, path: &Path) {
        let current = self.lookup(path);
        let next =
            if current.is_number() { Value::Number(current.num() + 1.0).text() } else { Text::from("1") };
        self.update(path, Value::String(next));
    }
}

fn is_guarded(key: &str) -> bool {
    matches!(key, "" | "null" | "undefined")
}

/// Step 2 of 4.1: deletes become undefined, wrapped JSON text its value.
fn incoming(value: Value) -> Value {
    match value {
        Value::Null => Value::Undefined,
        Value::String(text) => match &*text {
            "" | "null" | "undefined" => Value::Undefined,
            _ => json::auto_parse(&text).unwrap_or(Value::String(text)),
        },
        other => other,
    }
}

/// What writing (or deleting) at `rest` below `top` would do; `top` is not changed.
fn effect(top: &Value, rest: &[Text], delete: bool) -> Effect {
    let mut node = top;
    for (i, segment) in rest.iter().enumerate() {
        let last = i + 1 == rest.len();
        let below = &rest[i + 1..];
        node = match node {
            Value::Undefined => return create_effect(&rest[i..], delete),
            Value::Object(map) => map.get(segment).unwrap_or(&Value::Undefined),
            Value::Array(items) => match slot(segment, last) {
                Slot::At(index) => items.get(index as usize).unwrap_or(&Value::Undefined),
                Slot::Refused => return Effect::Nothing,
                Slot::Lost if delete => return Effect::Nothing,
                // Below `length` is a number.
                Slot::Lost if &**segment == "length" => return lost_if(below.len() == 1),
                Slot::Lost => return lost_if(create_effect(below, delete) != Effect::Nothing),
            },
            Value::Number(_) | Value::Bool(_) => return lost_if(last && !delete),
            Value::Null | Value::String(_) => return Effect::Nothing,
        };
        if last && delete && matches!(node, Value::Undefined) {
            return Effect::Nothing;
        }
    }
    Effect::Write
}

fn lost_if(touched: bool) -> Effect {
    if touched { Effect::Lost } else { Effect::Nothing }
}

/// The effect where the containers of `rest` have to be made first: an array before every numeric segment.
fn create_effect(rest: &[Text], delete: bool) -> Effect {
    if delete {
        return Effect::Nothing;
    }
    let mut effect = Effect::Write;
    for (i, segment) in rest.iter().enumerate() {
        if text_number(segment).is_some() {
            match slot(segment, i + 1 == rest.len()) {
                Slot::At(_) => {}
                Slot::Lost => effect = Effect::Lost,
                Slot::Refused => return Effect::Nothing,
            }
        }
    }
    effect
}

/// Where a segment leads in an array.
enum Slot {
    /// An element.
    At(u32),
    /// A name that is no index (`1.5`, `01`; on the way also any other text): what is put there vanishes when
    /// state is stored.
    Lost,
    /// The array is left alone.
    Refused,
}

fn slot(segment: &str, last: bool) -> Slot {
    match array_index(segment) {
        Some(index) if index <= MAX_INDEX => Slot::At(index),
        None if !last || text_number(segment).is_some_and(|number| number >= 0.0) => Slot::Lost,
        _ => Slot::Refused,
    }
}

/// Does what [`effect`] allowed.
fn write(top: &mut Value, rest: &[Text], value: Value) {
    let mut node = top;
    for (i, segment) in rest.iter().enumerate() {
        if matches!(node, Value::Undefined) {
            *node = if text_number(segment).is_some() { Vec::new().into() } else { Map::new().into() };
        }
        let last = i + 1 == rest.len();
        node = match node {
            Value::Object(map) => {
                let map = Arc::make_mut(map);
                if last && matches!(value, Value::Undefined) {
                    map.remove(segment);
                    return;
                }
                if !map.contains_key(segment) {
                    map.insert(Text::clone(segment), Value::Undefined);
                }
                match map.get_mut(segment) {
                    Some(member) => member,
                    None => return,
                }
            }
            Value::Array(items) => {
                let Slot::At(index) = slot(segment, last) else { return };
                let items = Arc::make_mut(items);
                let index = index as usize;
                if items.len() <= index {
                    items.resize(index + 1, Value::Undefined);
                }
                &mut items[index]
            }
            _ => return,
        };
    }
    *node = value;
}
