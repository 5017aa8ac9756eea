//! The state after a step as a tree, with what the step changed.

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::value::{Map, Text, Value};

use super::call::Step;
use super::pane::Piece;
use super::why::shown;
use crate::theme::Role;

/// How deep objects are opened.
const DEEPEST: usize = 32;

/// A row of the tree.
#[derive(Clone, Debug)]
pub struct Row {
    /// Path in the state, with dots.
    pub path: Text,
    /// Its value.
    pub value: Value,
    /// Whether it can be opened and is.
    pub open: Option<bool>,
}

/// The tree: its rows, their lines, how many top-level keys the step changed.
#[derive(Debug, Default)]
pub struct Tree {
    /// Rows, as the `item` of the lines numbers them.
    pub rows: Vec<Row>,
    /// Lines.
    pub pieces: Vec<Piece>,
    /// Top-level keys that the step changed.
    pub changed: usize,
}

/// The tree of a step.
pub fn tree(steps: &[Arc<Step>], at: usize, open: &HashSet<Text>, filter: &str) -> Tree {
    let mut tree = Tree::default();
    let Some(step) = steps.get(at) else { return tree };
    let now = step.contact.state.to_map();
    let before = at.checked_sub(1).map(|at| steps[at].contact.state.to_map()).unwrap_or_default();
    let filter = filter.to_lowercase();
    // What the step changed comes first.
    let all = now.iter().map(|(key, value)| (key, Some(value), before.get(key)));
    let gone =
        before.iter().filter(|(key, _)| !now.contains_key(key)).map(|(key, old)| (key, None, Some(old)));
    let (changed, same): (Vec<_>, Vec<_>) = all.chain(gone).partition(|(_, value, old)| value != old);
    tree.changed = changed.len();
    let mut walk = Walk { tree: &mut tree, open, filter: &filter };
    for (key, value, old) in changed.into_iter().chain(same) {
        walk.value(key, value, old, "", 0);
    }
    tree
}

struct Walk<'a> {
    tree: &'a mut Tree,
    open: &'a HashSet<Text>,
    filter: &'a str,
}

impl Walk<'_> {
    fn members(&mut self, now: &Map, before: &Map, path: &str, depth: usize) {
        for (key, value) in now.iter() {
            self.value(key, Some(value), before.get(key), path, depth);
        }
        for (key, value) in before.iter().filter(|(key, _)| !now.contains_key(key)) {
            self.value(key, None, Some(value), path, depth);
        }
    }

    fn value(&mut self, key: &str, value: Option<&Value>, before: Option<&Value>, path: &str, depth: usize) {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if !self.filter.is_empty() && depth == 0 && !contains(key, value.or(before), self.filter, 0) {
            return;
        }
        let members = value.and_then(as_map).filter(|map| !map.is_empty() && depth < DEEPEST);
        let is_open = members.is_some() && (!self.filter.is_empty() || self.open.contains(path.as_str()));
        let changed = value != before;
        let mark = if changed { "●" } else { " " };
        let sign = match (&members, is_open) {
            (None, _) => "",
            (Some(_), true) => " ▾",
            (Some(_), false) => " ▸",
        };
        let mut text = format!("{}{mark} {key}{sign}", "  ".repeat(depth));
        if !is_open {
            match (value, &members) {
                (Some(_), Some(map)) => {
                    let names: Vec<&str> = map.iter().take(8).map(|(key, _)| &**key).collect();
                    let more = if map.len() > 8 { ", …" } else { "" };
                    text.push_str(&format!(" {{{}{more}}}", names.join(", ")));
                }
                (Some(value), None) => text.push_str(&format!("  {}", shown(value))),
                (None, _) => text.push_str("  gone"),
            }
        }
        if changed && members.is_none() {
            let was = before.map_or_else(|| "was unset".to_owned(), |value| format!("was {}", shown(value)));
            text.push_str(&format!("   {was}"));
        }
        let role = if changed { Role::Changed } else { Role::Text };
        self.tree.pieces.push(Piece::new(self.tree.rows.len(), role, text, depth * 2 + 4));
        self.tree.rows.push(Row {
            path: Text::from(path.as_str()),
            value: value.cloned().unwrap_or_default(),
            open: members.is_some().then_some(is_open),
        });
        if let Some(map) = members.filter(|_| is_open) {
            let empty = Map::new();
            let old = before.and_then(as_map);
            self.members(&map, old.as_ref().unwrap_or(&empty), &path, depth + 1);
        }
    }
}

/// Members of an object, or items of a list by their numbers.
fn as_map(value: &Value) -> Option<Map> {
    match value {
        Value::Object(map) => Some(Map::clone(map)),
        Value::Array(items) => Some(
            items.iter().enumerate().map(|(at, item)| (Text::from(at.to_string()), item.clone())).collect(),
        ),
        _ => None,
    }
}

fn contains(key: &str, value: Option<&Value>, filter: &str, depth: usize) -> bool {
    if key.to_lowercase().contains(filter) {
        return true;
    }
    match value {
        Some(Value::Object(map)) if depth < DEEPEST => {
            map.iter().any(|(key, value)| contains(key, Some(value), filter, depth + 1))
        }
        Some(Value::Array(items)) if depth < DEEPEST => {
            items.iter().any(|item| contains("", Some(item), filter, depth + 1))
        }
        Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => {
            value.text().to_lowercase().contains(filter)
        }
        _ => false,
    }
}
