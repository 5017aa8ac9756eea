//! The undo journal and the audit list.

use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::apply::{Step, mark, write};
use super::faults::storage;
use super::rows;
use crate::change::{Applied, AuditEntry, Change, ChangeSet, JournalEntry, Way};
use crate::codec::Row;
use crate::entity::{Key, Kind};
use crate::errors::{Error, Stale};
use crate::merge;
use crate::roles::Operation;

/// Entries kept for undo.
const KEPT: u64 = 100_000;

/// Entries that are forgotten together, so that not every change has to.
const BATCH: u64 = 1_000;

/// Rows listed one by one in an audit entry; larger changes are counted.
const LISTED: usize = 200;

/// A row before and after, as kept.
struct Image {
    key: Key,
    before: Option<Row>,
    after: Option<Row>,
}

/// Records what was done; what the person had undone can no longer be redone.
pub(super) fn record(
    transaction: &Transaction<'_>,
    set: &ChangeSet,
    steps: &[Step],
    at: &str,
) -> Result<u64, Error> {
    let doing = storage("write the journal");
    forget(transaction, "by = ?1 AND undone = 1", &set.by)?;
    transaction
        .execute(
            "INSERT INTO journal (at, by, operation, title) VALUES (?1, ?2, ?3, ?4)",
            params![at, &*set.by, set.operation.name(), set.title],
        )
        .map_err(&doing)?;
    let seq = transaction.last_insert_rowid() as u64;
    let sql = "INSERT INTO journal_rows (seq, number, kind, id, before_parent, before, after_parent, after)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut statement = transaction.prepare_cached(sql).map_err(&doing)?;
    for (number, step) in steps.iter().enumerate() {
        let Some(key) = step.key() else { continue };
        let (before, after) = (step.before.as_ref().map(|stored| &stored.row), step.after.as_ref());
        let (old_parent, parent) = (before.map(|row| &*row.parent), after.map(|row| &*row.parent));
        let (old, new) = (before.map(|row| &row.doc), after.map(|row| &row.doc));
        statement
            .execute(params![seq as i64, number, key.kind.name(), &*key.id, old_parent, old, parent, new])
            .map_err(&doing)?;
    }
    let oldest: i64 =
        transaction.query_row("SELECT min(seq) FROM journal", [], |row| row.get(0)).map_err(&doing)?;
    if (oldest as u64) + KEPT + BATCH <= seq {
        forget(transaction, "seq <= ?1", (seq - KEPT) as i64)?;
    }
    audit(transaction, at, &set.by, set.operation.name(), &set.title, steps)?;
    Ok(seq)
}

/// Deletes entries of the journal.
fn forget(transaction: &Transaction<'_>, which: &str, value: impl rusqlite::ToSql) -> Result<(), Error> {
    for sql in [
        format!("DELETE FROM journal_rows WHERE seq IN (SELECT seq FROM journal WHERE {which})"),
        format!("DELETE FROM journal WHERE {which}"),
    ] {
        transaction
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.execute([&value]))
            .map_err(storage("write the journal"))?;
    }
    Ok(())
}

/// The rows of an entry.
fn images(connection: &Connection, seq: i64) -> Result<Vec<Image>, Error> {
    let doing = storage("read the journal");
    let sql = "SELECT kind, id, before_parent, before, after_parent, after FROM journal_rows
        WHERE seq = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let mut rows = statement.query([seq]).map_err(&doing)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(&doing)? {
        let kind: String = row.get(0).map_err(&doing)?;
        let Some(kind) = Kind::parse(&kind) else { continue };
        let key = Key { kind, id: row.get(1).map_err(&doing)? };
        let side = |at: usize| -> rusqlite::Result<Option<Row>> {
            let Some(doc) = row.get(at + 1)? else { return Ok(None) };
            let parent = row.get::<_, Option<Text>>(at)?.unwrap_or_default();
            Ok(Some(Row { kind, id: Text::clone(&key.id), parent, doc }))
        };
        let (before, after) = (side(2).map_err(&doing)?, side(4).map_err(&doing)?);
        out.push(Image { key, before, after });
    }
    Ok(out)
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

/// An entry that is undone or made again.
struct Found {
    seq: i64,
    images: Vec<Image>,
    operation: String,
    title: String,
}

/// The given entry, or the latest of that person.
fn find(connection: &Connection, by: &str, seq: Option<u64>, way: Way) -> Result<Found, Error> {
    let seq = match seq {
        Some(seq) => Some(seq),
        None => next(connection, by, way)?.map(|entry| entry.seq),
    };
    let seq = seq.ok_or(Error::NothingTo(way.word()))? as i64;
    let sql = "SELECT operation, title FROM journal WHERE seq = ?1 AND undone = ?2";
    let found: Option<(String, String)> = connection
        .query_row(sql, params![seq, way == Way::Redo], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(storage("read the journal"))?;
    let (operation, title) = found.ok_or(Error::NothingTo(way.word()))?;
    Ok(Found { seq, images: images(connection, seq)?, operation, title })
}

/// Undoes or makes again an entry: the given one, or the latest of that person.
pub(super) fn travel(
    transaction: &Transaction<'_>,
    by: &str,
    seq: Option<u64>,
    way: Way,
) -> Result<Applied, Error> {
    let Found { seq, images, operation, title } = find(transaction, by, seq, way)?;
    let steps = back(transaction, images, way)?;
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
    for step in back(connection, found.images, way)? {
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
fn back(connection: &Connection, images: Vec<Image>, way: Way) -> Result<Vec<Step>, Error> {
    let mut stale = Vec::new();
    let mut steps = Vec::with_capacity(images.len());
    for Image { key, before, after } in images {
        let (from, to) = match way {
            Way::Undo => (after, before),
            Way::Redo => (before, after),
        };
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

const COLUMNS: &str = "seq, at, by, operation, title, undone";

/// An entry; `None` for operations of which this version knows nothing.
fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<JournalEntry>> {
    let Some(operation) = Operation::parse(row.get_ref(3)?.as_str()?) else { return Ok(None) };
    Ok(Some(JournalEntry {
        seq: row.get::<_, i64>(0)? as u64,
        at: row.get(1)?,
        by: row.get(2)?,
        operation,
        title: row.get(4)?,
        undone: row.get(5)?,
    }))
}

/// The entry that the person would undo (the latest that is not undone) or redo (the first that is).
pub(super) fn next(connection: &Connection, by: &str, way: Way) -> Result<Option<JournalEntry>, Error> {
    let doing = storage("read the journal");
    let (undone, order) = match way {
        Way::Undo => (0, "DESC"),
        Way::Redo => (1, "ASC"),
    };
    let sql =
        format!("SELECT {COLUMNS} FROM journal WHERE by = ?1 AND undone = ?2 ORDER BY seq {order} LIMIT 1");
    let mut statement = connection.prepare_cached(&sql).map_err(&doing)?;
    statement.query_row(params![by, undone], entry).optional().map(Option::flatten).map_err(&doing)
}

/// The latest entries, newest first.
pub(super) fn entries(connection: &Connection, most: usize) -> Result<Vec<JournalEntry>, Error> {
    let doing = storage("read the journal");
    let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY seq DESC LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql).map_err(&doing)?;
    let rows = statement.query_map([i64::try_from(most).unwrap_or(i64::MAX)], entry).map_err(&doing)?;
    rows.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(&doing)
}

/// The latest entries of the audit list, newest first.
pub(super) fn audit_entries(connection: &Connection, most: usize) -> Result<Vec<AuditEntry>, Error> {
    let doing = storage("read the audit list");
    let sql = "SELECT seq, at, by, operation, title, details FROM audit ORDER BY seq DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let rows = statement
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
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
