//! The undo journal and the audit list.

use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::apply::{Step, mark, write};
use super::{rows, storage};
use crate::change::{Applied, AuditEntry, Change, ChangeSet, JournalEntry};
use crate::codec::Row;
use crate::entity::{Key, Kind};
use crate::errors::{Error, Stale};
use crate::merge;
use crate::roles::Operation;

/// Entries kept for undo.
const KEPT: u64 = 1000;

/// Rows listed one by one in an audit entry; larger changes are counted.
const LISTED: usize = 200;

/// A row before and after, as kept.
#[derive(Serialize, Deserialize)]
struct Image {
    kind: String,
    id: String,
    before: Option<Side>,
    after: Option<Side>,
}

#[derive(Serialize, Deserialize)]
struct Side {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    parent: String,
    doc: String,
}

impl Side {
    fn of(row: &Row) -> Self {
        Side { parent: row.parent.to_string(), doc: row.doc.clone() }
    }

    fn row(&self, key: &Key) -> Row {
        let parent = Text::from(self.parent.as_str());
        Row { kind: key.kind, id: Text::clone(&key.id), parent, doc: self.doc.clone() }
    }
}

/// Records what was done; what the person had undone can no longer be redone.
pub(super) fn record(
    transaction: &Transaction<'_>,
    set: &ChangeSet,
    steps: &[Step],
    at: &str,
) -> Result<u64, Error> {
    let doing = storage("write the journal");
    let images: Vec<Image> = steps
        .iter()
        .filter_map(|step| {
            let key = step.key()?;
            let before = step.before.as_ref().map(|stored| Side::of(&stored.row));
            let after = step.after.as_ref().map(Side::of);
            Some(Image { kind: key.kind.name().to_owned(), id: key.id.to_string(), before, after })
        })
        .collect();
    let images = serde_json::to_string(&images).unwrap_or_default();
    transaction.execute("DELETE FROM journal WHERE by = ?1 AND undone = 1", [&*set.by]).map_err(&doing)?;
    transaction
        .execute(
            "INSERT INTO journal (at, by, operation, title, images) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![at, &*set.by, set.operation.name(), set.title, images],
        )
        .map_err(&doing)?;
    let seq = transaction.last_insert_rowid() as u64;
    let oldest = seq.saturating_sub(KEPT) as i64;
    transaction.execute("DELETE FROM journal WHERE seq <= ?1", [oldest]).map_err(&doing)?;
    audit(transaction, at, &set.by, set.operation.name(), &set.title, steps)?;
    Ok(seq)
}

fn audit(
    transaction: &Transaction<'_>,
    at: &str,
    by: &str,
    operation: &str,
    title: &str,
    steps: &[Step],
) -> Result<(), Error> {
    let mut list: Vec<Value> = Vec::new();
    for step in steps.iter().take(LISTED) {
        let Some(key) = step.key() else { continue };
        let mut entry: Map = [
            ("kind", Value::from(key.kind.name())),
            ("id", Value::String(Text::clone(&key.id))),
            ("created", step.before.is_none().into()),
            ("deleted", step.after.is_none().into()),
        ]
        .into_iter()
        .collect();
        if matches!(key.kind, Kind::User | Kind::EndPoint | Kind::Config | Kind::Holiday) {
            entry.insert("before", image(step.before.as_ref().map(|stored| &stored.row)));
            entry.insert("after", image(step.after.as_ref()));
        }
        list.push(entry.into());
    }
    if steps.len() > LISTED {
        let more = (steps.len() - LISTED) as f64;
        list.push([("more", Value::Number(more))].into_iter().collect::<Map>().into());
    }
    let details = json::print(&list.into()).unwrap_or_default();
    transaction
        .execute(
            "INSERT INTO audit (at, by, operation, title, details) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![at, by, operation, title, details],
        )
        .map_err(storage("write the audit list"))?;
    Ok(())
}

/// A row as the audit list shows it: without the hash of a key.
fn image(row: Option<&Row>) -> Value {
    let Some(Ok(Value::Object(members))) = row.map(|row| json::parse(&row.doc)) else { return Value::Null };
    let mut members = (*members).clone();
    members.remove("keyHash");
    members.into()
}

/// Which way through the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Undo,
    Redo,
}

/// An entry that is undone or made again.
struct Found {
    seq: i64,
    images: Vec<Image>,
    operation: String,
    title: String,
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Way::Undo => "undo",
            Way::Redo => "redo",
        }
    }
}

/// The given entry, or the latest of that person.
fn find(connection: &Connection, by: &str, seq: Option<u64>, way: Way) -> Result<Found, Error> {
    let (undone, order) = match way {
        Way::Undo => (0, "DESC"),
        Way::Redo => (1, "ASC"),
    };
    let wanted = seq.map(|seq| seq as i64);
    let sql = format!(
        "SELECT seq, images, operation, title FROM journal
         WHERE undone = ?1 AND (seq = ?3 OR (?3 IS NULL AND by = ?2)) ORDER BY seq {order} LIMIT 1"
    );
    let found: Option<(i64, String, String, String)> = connection
        .query_row(&sql, params![undone, by, wanted], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()
        .map_err(storage("read the journal"))?;
    let (seq, images, operation, title) = found.ok_or(Error::NothingTo(way.word()))?;
    let images = serde_json::from_str(&images)
        .map_err(|error| Error::Storage { doing: "read the journal", message: error.to_string() })?;
    Ok(Found { seq, images, operation, title })
}

/// Undoes or makes again an entry: the given one, or the latest of that person.
pub(super) fn travel(
    transaction: &Transaction<'_>,
    by: &str,
    seq: Option<u64>,
    way: Way,
) -> Result<Applied, Error> {
    let Found { seq, images, operation, title } = find(transaction, by, seq, way)?;
    let steps = back(transaction, &images, way)?;
    let before = mark(transaction)?;
    let (written, at) = write(transaction, &steps, &Text::from(by), &before)?;
    transaction
        .execute("UPDATE journal SET undone = 1 - undone WHERE seq = ?1", [seq])
        .map_err(storage("write the journal"))?;
    let at = at.unwrap_or(before);
    audit(transaction, &at, by, &format!("{} {operation}", way.word()), &title, &steps)?;
    Ok(Applied { mark: at, entry: Some(seq as u64), rows: written })
}

/// What [`travel`] would change in the latest entry of that person.
pub(super) fn look_ahead(connection: &Connection, by: &str, way: Way) -> Result<Vec<Change>, Error> {
    let found = find(connection, by, None, way)?;
    let mut changes = Vec::new();
    for step in back(connection, &found.images, way)? {
        let expected = step.before.as_ref().map_or(0, |stored| stored.stamp.rev);
        match (&step.before, &step.after) {
            (Some(stored), Some(row)) if stored.row == *row => {}
            (_, Some(row)) => changes.push(Change::Put { entity: rows::entity(row)?, expected }),
            (Some(_), None) => changes.extend(step.key().map(|key| Change::Delete { key, expected })),
            (None, None) => {}
        }
    }
    Ok(changes)
}

/// The steps that lead back over images; later edits of other fields are kept.
fn back(connection: &Connection, images: &[Image], way: Way) -> Result<Vec<Step>, Error> {
    let mut stale = Vec::new();
    let mut steps = Vec::with_capacity(images.len());
    for image in images {
        let Some(kind) = Kind::parse(&image.kind) else { continue };
        let key = Key::new(kind, image.id.as_str());
        let (from, to) = match way {
            Way::Undo => (&image.after, &image.before),
            Way::Redo => (&image.before, &image.after),
        };
        let (from, to) = (from.as_ref().map(|s| s.row(&key)), to.as_ref().map(|s| s.row(&key)));
        let current = rows::get(connection, &key)?;
        let now = current.as_ref().map(|stored| &stored.row);
        let target = if now == from.as_ref() {
            Ok(to.clone())
        } else if now == to.as_ref() {
            Ok(now.cloned())
        } else if let (Some(from), Some(to), Some(now)) = (&from, &to, now) {
            merge::rows(from, to, now).map(Some)
        } else {
            Err(Vec::new())
        };
        match target {
            Ok(after) => steps.push(Step { before: current, after }),
            Err(clashes) => stale.push(Stale {
                key,
                base: from.as_ref().map(rows::entity).transpose()?,
                mine: to.as_ref().map(rows::entity).transpose()?,
                theirs: now.map(rows::entity).transpose()?,
                stamp: current.map(|stored| stored.stamp),
                clashes,
            }),
        }
    }
    strangers(connection, &steps, &mut stale)?;
    if stale.is_empty() { Ok(steps) } else { Err(Error::Stale(stale)) }
}

/// Rules that others added to a rule set that would vanish.
fn strangers(connection: &Connection, steps: &[Step], stale: &mut Vec<Stale>) -> Result<(), Error> {
    let keys: rustc_hash::FxHashSet<Key> = steps.iter().filter_map(Step::key).collect();
    for key in steps.iter().filter(|step| step.after.is_none()).filter_map(Step::key) {
        if key.kind != Kind::RuleSet {
            continue;
        }
        for rule in rows::rules_of(connection, &key.id)? {
            let rule_key = Key::new(Kind::Rule, Text::clone(&rule.row.id));
            if !keys.contains(&rule_key) {
                let theirs = Some(rows::entity(&rule.row)?);
                let stamp = Some(rule.stamp);
                stale.push(Stale { key: rule_key, base: None, mine: None, theirs, stamp, clashes: vec![] });
            }
        }
    }
    Ok(())
}

/// The latest entries, newest first.
pub(super) fn entries(connection: &Connection, most: usize) -> Result<Vec<JournalEntry>, Error> {
    let doing = storage("read the journal");
    let sql = "SELECT seq, at, by, operation, title, undone FROM journal ORDER BY seq DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let rows = statement
        .query_map([most as i64], |row| {
            let operation: String = row.get(3)?;
            Ok(Operation::parse(&operation)
                .map(|operation| (row.get(0), row.get(1), row.get(2), operation, row.get(4), row.get(5))))
        })
        .map_err(&doing)?;
    let mut out = Vec::new();
    for row in rows {
        let Some((seq, at, by, operation, title, undone)) = row.map_err(&doing)? else { continue };
        out.push(JournalEntry {
            seq: seq.map(|seq: i64| seq as u64).map_err(&doing)?,
            at: at.map_err(&doing)?,
            by: by.map_err(&doing)?,
            operation,
            title: title.map_err(&doing)?,
            undone: undone.map_err(&doing)?,
        });
    }
    Ok(out)
}

/// The latest entries of the audit list, newest first.
pub(super) fn audit_entries(connection: &Connection, most: usize) -> Result<Vec<AuditEntry>, Error> {
    let doing = storage("read the audit list");
    let sql = "SELECT seq, at, by, operation, title, details FROM audit ORDER BY seq DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let rows = statement
        .query_map([most as i64], |row| {
            Ok(AuditEntry {
                seq: row.get::<_, i64>(0)? as u64,
                at: row.get(1)?,
                by: row.get(2)?,
                operation: row.get(3)?,
                title: row.get(4)?,
                details: row.get(5)?,
            })
        })
        .map_err(&doing)?;
    rows.collect::<Result<_, _>>().map_err(&doing)
}
