//! The one write path: conditional, atomic, marked, journalled.

use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use rusqlite::{Connection, Transaction, params};
use rustc_hash::{FxHashMap, FxHashSet};

use super::faults::storage;
use super::rows::{self, Stored};
use super::{journal, log};
use crate::change::{Applied, Change, ChangeSet};
use crate::codec::{self, Row};
use crate::entity::{ConfigRow, Entity, Key, Kind, Stamp};
use crate::errors::{Error, Stale, UsedBy};

/// The configuration row of the change mark.
pub(crate) const MARK: &str = "LastChangeTimestamp";

/// A row before and after a change.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub before: Option<Stored>,
    pub after: Option<Row>,
}

impl Step {
    pub(super) fn key(&self) -> Option<Key> {
        let row = self.after.as_ref().or(self.before.as_ref().map(|stored| &stored.row))?;
        Some(Key { kind: row.kind, id: Text::clone(&row.id) })
    }
}

/// Applies a change set inside a transaction.
pub(super) fn apply(transaction: &Transaction<'_>, mut set: ChangeSet) -> Result<Applied, Error> {
    let mark = mark(transaction)?;
    if set.premise.as_ref().is_some_and(|premise| *premise != mark) {
        return Err(Error::Moved);
    }
    let steps = steps(transaction, std::mem::take(&mut set.changes))?;
    for step in &steps {
        released(step, &steps, transaction)?;
    }
    let (written, at) = write(transaction, &steps, &set.by, &mark)?;
    let Some(at) = at else { return Ok(Applied { mark, entry: None, rows: written }) };
    let entry = journal::record(transaction, &set, &steps, &at)?;
    Ok(Applied { mark: at, entry: Some(entry), rows: written })
}

/// What each change does to its row, rules of deleted rule sets included.
fn steps(transaction: &Transaction<'_>, changes: Vec<Change>) -> Result<Vec<Step>, Error> {
    let mut seen = FxHashSet::default();
    let mut stale = Vec::new();
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        let key = change.key();
        if key.id.is_empty() || (key.kind == Kind::Config && &*key.id == MARK) {
            let what = "has no identifier of its own";
            return Err(Error::invalid(key.kind, key.id, "id", what, "let the program choose it"));
        }
        if !seen.insert(key.clone()) {
            let what = "is changed twice in one change set";
            return Err(Error::invalid(key.kind, key.id, "id", what, "change it once"));
        }
        let before = rows::get(transaction, &key)?;
        let now = before.as_ref().map_or(0, |stored| stored.stamp.rev);
        let (mine, expected) = match change {
            Change::Put { entity, expected } => (Some(entity), expected),
            Change::Delete { expected, .. } => (None, expected),
        };
        if now == 0 && (mine.is_none() || expected > 0) {
            if mine.is_none() {
                return Err(Error::NotFound { kind: key.kind, id: key.id });
            }
            stale.push(Stale { key, base: None, mine, theirs: None, stamp: None, clashes: vec![] });
            continue;
        }
        if now != expected {
            let theirs = before.as_ref().map(|stored| rows::entity(&stored.row)).transpose()?;
            let stamp = before.map(|stored| stored.stamp);
            stale.push(Stale { key, base: None, mine, theirs, stamp, clashes: vec![] });
            continue;
        }
        steps.push(Step { before, after: mine.as_ref().map(codec::row) });
    }
    if !stale.is_empty() {
        return Err(Error::Stale(stale));
    }
    let gone: Vec<Text> = steps
        .iter()
        .filter(|step| step.after.is_none())
        .filter_map(Step::key)
        .filter(|key| key.kind == Kind::RuleSet)
        .map(|key| key.id)
        .collect();
    for id in gone {
        for rule in rows::rules_of(transaction, &id)? {
            if seen.insert(Key { kind: Kind::Rule, id: Text::clone(&rule.row.id) }) {
                steps.push(Step { before: Some(rule), after: None });
            }
        }
    }
    Ok(steps)
}

/// Refuses to delete an end point, or to take its name away, while others name it.
fn released(step: &Step, steps: &[Step], transaction: &Transaction<'_>) -> Result<(), Error> {
    let Some(before) = step.before.as_ref().filter(|stored| stored.row.kind == Kind::EndPoint) else {
        return Ok(());
    };
    let old = rows::entity(&before.row)?;
    if step.after.as_ref().map(rows::entity).transpose()?.is_some_and(|new| new.name() == old.name()) {
        return Ok(());
    }
    let mut users = rows::end_point_users(transaction, old.name())?;
    // Those that the same change set rewrites count by what they will be.
    let rewritten: FxHashSet<Key> = steps.iter().filter_map(Step::key).collect();
    users.retain(|(key, _)| !rewritten.contains(key));
    for row in steps.iter().filter_map(|other| other.after.as_ref()) {
        let kinds = [Kind::RuleSet, Kind::Test, Kind::EndPoint];
        if !kinds.contains(&row.kind) {
            continue;
        }
        let entity = rows::entity(row)?;
        let place = match &entity {
            // Another one takes the name over.
            Entity::EndPoint(other) if other.name == *old.name() => return Ok(()),
            Entity::RuleSet(set) if set.end_points.contains(old.name()) => "endPoints",
            Entity::Test(test) if test.end_point == *old.name() => "endPoint",
            _ => continue,
        };
        let used = UsedBy { kind: row.kind, name: Text::clone(entity.name()), place: Text::from(place) };
        users.push((entity.key(), used));
    }
    if users.is_empty() {
        return Ok(());
    }
    let by = users.into_iter().map(|(_, used)| used).collect();
    Err(Error::InUse { kind: Kind::EndPoint, name: Text::clone(old.name()), by })
}

type Written = (Vec<(Key, Option<u64>)>, Option<Text>);

/// Writes the rows that differ and moves the mark; answers the new mark if any did.
pub(super) fn write(
    transaction: &Transaction<'_>,
    steps: &[Step],
    by: &Text,
    mark: &str,
) -> Result<Written, Error> {
    let differs = |step: &&Step| step.after.as_ref() != step.before.as_ref().map(|stored| &stored.row);
    let mut steps: Vec<&Step> = steps.iter().filter(differs).collect();
    if steps.is_empty() {
        return Ok((Vec::new(), None));
    }
    steps.sort_by_key(|step| step.key().map(|key| key.kind));
    let at = next_mark(mark);
    let mut written = Vec::with_capacity(steps.len());
    for step in steps.iter().rev().filter(|step| step.after.is_none()) {
        let Some(key) = step.key() else { continue };
        rows::delete(transaction, &key)?;
        written.push((key, None));
    }
    // Rows are turned into entities one by one: an import is large.
    for step in &steps {
        let (Some(row), Some(before)) = (&step.after, &step.before) else { continue };
        let (entity, old) = (rows::entity(row)?, rows::entity(&before.row)?);
        let moved = before.row.parent != row.parent;
        if moved || row.kind == Kind::EndPoint || rows::name_key(&old) != rows::name_key(&entity) {
            rows::park(transaction, &entity.key())?;
        }
    }
    let mut parents: FxHashMap<Text, bool> = FxHashMap::default();
    for step in steps {
        let Some(row) = &step.after else { continue };
        if row.kind == Kind::Rule && !there(transaction, &row.parent, &mut parents)? {
            return Err(Error::NotFound { kind: Kind::RuleSet, id: Text::clone(&row.parent) });
        }
        let entity = rows::entity(row)?;
        let rev = step.before.as_ref().map_or(0, |stored| stored.stamp.rev) + 1;
        let stamp = Stamp { rev, updated_at: Text::clone(&at), updated_by: Text::clone(by) };
        rows::put(transaction, row, &entity, &stamp, step.before.is_none())?;
        written.push((entity.key(), Some(rev)));
    }
    write_mark(transaction, &at, by)?;
    log::record(transaction, &at, by, &written)?;
    Ok((written, Some(at)))
}

/// Whether a rule set is there; asked once for each.
fn there(connection: &Connection, id: &Text, known: &mut FxHashMap<Text, bool>) -> Result<bool, Error> {
    if let Some(there) = known.get(id) {
        return Ok(*there);
    }
    let there = rows::get(connection, &Key::new(Kind::RuleSet, Text::clone(id)))?.is_some();
    known.insert(Text::clone(id), there);
    Ok(there)
}

/// The change mark; empty before the first change.
pub(super) fn mark(connection: &Connection) -> Result<Text, Error> {
    let row = rows::get(connection, &Key::new(Kind::Config, MARK))?;
    match row.map(|stored| rows::entity(&stored.row)).transpose()? {
        Some(Entity::Config(row)) => Ok(row.value.text()),
        _ => Ok(Text::default()),
    }
}

/// Now, or a millisecond after the last mark if that is later (ruling 5).
fn next_mark(last: &str) -> Text {
    let now = jiff::Timestamp::now().as_millisecond();
    let last = last.parse::<jiff::Timestamp>().map_or(i64::MIN, jiff::Timestamp::as_millisecond);
    time_text(now.max(last.saturating_add(1)))
}

/// UTC with milliseconds.
pub(super) fn time_text(millis: i64) -> Text {
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    Text::from(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn write_mark(transaction: &Transaction<'_>, mark: &Text, by: &str) -> Result<(), Error> {
    let row = Entity::Config(ConfigRow { key: Text::from(MARK), value: Value::String(Text::clone(mark)) });
    let doc = json::print(&codec::document(&row).into()).unwrap_or_default();
    transaction
        .execute(
            "INSERT INTO config (id, doc, rev, updated_at, updated_by) VALUES (?1, ?2, 1, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET doc = ?2, rev = rev + 1, updated_at = ?3, updated_by = ?4",
            params![MARK, doc, &**mark, by],
        )
        .map_err(storage("move the change mark"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_rises_by_a_millisecond_on_a_tie() {
        assert_eq!(&*next_mark("2999-12-31T23:59:59.999Z"), "3000-01-01T00:00:00.000Z");
        let now = next_mark("");
        assert!(now.len() == 24 && &*now > "2020", "{now}");
    }
}
