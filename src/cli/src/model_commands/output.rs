//! Results of commands on a store: JSON for programs, tables and lines for people.

use std::io::{self, IsTerminal as _, Write as _};

use connect_rules_engine::json as engine_json;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{Change, Entity, Key, Kind, Snapshot};

use crate::exit::{self, Exit, Failure};
use crate::say::shown;

/// Writes one line of JSON.
///
/// # Errors
/// Standard output cannot be written.
pub fn json(value: &Value) -> Result<Exit, Failure> {
    put(&(engine_json::print(value).unwrap_or_default() + "\n"))
}

/// Writes text in which control characters are shown.
///
/// # Errors
/// Standard output cannot be written.
pub fn text(text: &str) -> Result<Exit, Failure> {
    put(&shown(text, true))
}

fn put(text: &str) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { shown(text, true) } else { text.into() };
    exit::written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    Ok(Exit::Success)
}

/// Writes rows below their headings, columns aligned.
///
/// # Errors
/// Standard output cannot be written.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> Result<Exit, Failure> {
    let rows: Vec<Vec<String>> = std::iter::once(headings.iter().map(|h| (*h).to_owned()).collect())
        .chain(rows.iter().map(|row| row.iter().map(|cell| shown(cell, false).into_owned()).collect()))
        .collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        out += cells.join("  ").trim_end();
        out.push('\n');
    }
    text(&out)
}

/// The document of a stored thing without secrets, with its stamp.
pub fn document(entity: &Entity, now: &Snapshot) -> Map {
    let mut out = entity.document();
    out.remove("keyHash");
    if let Some(stamp) = now.stamps.get(&entity.key()) {
        out.insert("rev", Value::Number(stamp.rev as f64));
        out.insert("updatedAt", Text::clone(&stamp.updated_at).into());
        out.insert("updatedBy", Text::clone(&stamp.updated_by).into());
    }
    out
}

/// Members of a document, one a line; lists and objects as JSON.
pub fn members(document: &Map) -> String {
    let mut out = String::new();
    for (name, value) in document {
        let value = match value {
            Value::Undefined => continue,
            Value::Array(_) | Value::Object(_) => engine_json::print(value).unwrap_or_default(),
            other => other.text().to_string(),
        };
        out.extend([&**name, ": ", &value.replace('\n', "\n    "), "\n"]);
    }
    out
}

/// Shows one stored thing.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(document: Map, as_json: bool) -> Result<Exit, Failure> {
    if as_json { json(&document.into()) } else { text(&members(&document)) }
}

/// Notes as JSON.
pub fn notes(notes: &[Problem]) -> Value {
    let text = serde_json::to_string(notes).unwrap_or_default();
    engine_json::parse(&text).unwrap_or_default()
}

/// Name of what a change is about.
fn name(change: &Change, now: &Snapshot) -> String {
    let name = |entity: &Entity| match entity {
        Entity::Rule(set, rule) => {
            let holder = now.rule_set(set).map_or("", |set| &set.name);
            if holder.is_empty() { rule.name.to_string() } else { format!("{holder} / {}", rule.name) }
        }
        other => other.name().to_string(),
    };
    match change {
        Change::Put { entity, .. } => name(entity),
        Change::Delete { key, .. } => now.entity(key).map_or_else(|_| key.id.to_string(), |it| name(&it)),
    }
}

fn verb(change: &Change) -> &'static str {
    match change {
        Change::Put { expected: 0, .. } => "create",
        Change::Put { .. } => "change",
        Change::Delete { .. } => "delete",
    }
}

/// Members that a change changes.
fn changed(change: &Change, now: &Snapshot) -> Vec<Text> {
    let Change::Put { entity, .. } = change else { return Vec::new() };
    let Ok(old) = now.entity(&entity.key()) else { return Vec::new() };
    let old = old.document();
    let new = entity.document();
    let differs = |name: &&Text| new.get(name) != old.get(name);
    let mut out: Vec<Text> = new.iter().map(|(name, _)| name).filter(differs).cloned().collect();
    if let (Entity::Rule(to, _), Ok(Entity::Rule(from, _))) = (entity, now.entity(&entity.key()))
        && *to != from
    {
        out.push(Text::from("rule set"));
    }
    out
}

/// A planned change in one line.
pub fn change_line(change: &Change, now: &Snapshot) -> String {
    let changed: Vec<String> = changed(change, now).iter().map(ToString::to_string).collect();
    let kind = change.key().kind;
    let line = format!("{} {kind} \"{}\"", verb(change), name(change, now));
    if changed.is_empty() { line } else { format!("{line}: {}", changed.join(", ")) }
}

/// A planned change as JSON.
pub fn change(change: &Change, now: &Snapshot) -> Value {
    let Key { kind, id } = change.key();
    let mut out: Map = [
        ("change", Value::from(verb(change))),
        ("kind", kind.name().into()),
        ("id", id.into()),
        ("name", name(change, now).into()),
        ("members", changed(change, now).into_iter().map(Value::from).collect::<Vec<_>>().into()),
    ]
    .into_iter()
    .collect();
    if let Change::Put { entity, .. } = change {
        let mut document = entity.document();
        if entity.kind() == Kind::User {
            document.remove("keyHash");
            document.remove("keyStart");
        }
        out.insert("document", document.into());
    }
    out.into()
}
