//! From changes to rows: versions, names, references and parents are checked on the state in memory, and
//! what comes out is which rows are written over which. Nothing is written here.

use std::collections::BTreeMap;

use connect_rules_engine::value::Text;
use connect_rules_store::{Change, Entity, Error, Holiday, Key, Kind, RemoteFault, Stale, UsedBy};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::encode::{self, Keys};
use crate::faults::remote;
use crate::item::{Item, Place, size};
use crate::parts;
use crate::rows::{self, HOLIDAYS, Held, MARK};
use crate::state::State;
use crate::tables::{Names, Table};

/// Largest row that is written; the service takes 400 KB, and the journal holds rows with a frame around.
const LARGEST: usize = 380 * 1024;

/// A thing before and after a change.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Which thing.
    pub key: Key,
    /// What is stored.
    pub before: Option<Held>,
    /// What will be.
    pub after: Option<Entity>,
    /// A row that it had before it was deleted, for attributes that nobody knows.
    pub template: Option<(Entity, Item)>,
    /// Whether its row is written even if nothing differs.
    pub always: bool,
}

/// A row before and after a change.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    /// Which row.
    pub place: Place,
    /// What is stored.
    pub before: Option<Item>,
    /// What will be.
    pub after: Option<Item>,
}

/// Versions of changed things; `None` for deleted ones.
pub(crate) type Written = Vec<(Key, Option<u64>)>;

/// What each change does to its thing, rules of deleted rule sets included.
pub(crate) fn steps(now: &State, changes: Vec<Change>) -> Result<Vec<Step>, Error> {
    let mut seen = FxHashSet::default();
    let mut stale = Vec::new();
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        let key = change.key();
        let own = key.kind == Kind::Config && [MARK, HOLIDAYS].contains(&&*key.id);
        if key.id.is_empty() || own {
            let what = "has no identifier of its own";
            return Err(Error::invalid(key.kind, key.id, "id", what, "let the program choose it"));
        }
        if !seen.insert(key.clone()) {
            let what = "is changed twice in one change set";
            return Err(Error::invalid(key.kind, key.id, "id", what, "change it once"));
        }
        let before = now.get(&key).cloned();
        let rev = before.as_ref().map_or(0, |held| held.stamp.rev);
        let (mine, expected) = match change {
            Change::Put { entity, expected } => (Some(entity), expected),
            Change::Delete { expected, .. } => (None, expected),
        };
        if before.is_none() && mine.is_none() {
            return Err(Error::NotFound { kind: key.kind, id: key.id });
        }
        if rev != expected {
            let (theirs, stamp) = before.map(|held| (held.entity, held.stamp)).unzip();
            stale.push(Stale { key, base: None, mine, theirs, stamp, clashes: vec![] });
            continue;
        }
        steps.push(Step { key, before, after: mine, template: None, always: false });
    }
    if !stale.is_empty() {
        return Err(Error::Stale(stale));
    }
    let gone: Vec<Text> = steps
        .iter()
        .filter(|step| step.after.is_none() && step.key.kind == Kind::RuleSet)
        .map(|step| Text::clone(&step.key.id))
        .collect();
    for id in gone {
        for (key, held) in now.rules_of(&id) {
            if seen.insert(key.clone()) {
                steps.push(Step {
                    key,
                    before: Some(held.clone()),
                    after: None,
                    template: None,
                    always: false,
                });
            }
        }
    }
    Ok(steps)
}

/// Refuses to delete end points, or to take their names away, while others name them.
pub(crate) fn released(state: &State, steps: &[Step]) -> Result<(), Error> {
    let rewritten: FxHashSet<&Key> = steps.iter().map(|step| &step.key).collect();
    for step in steps {
        let Some(Entity::EndPoint(old)) = step.before.as_ref().map(|held| &held.entity) else { continue };
        if step.after.as_ref().is_some_and(|new| *new.name() == old.name) {
            continue;
        }
        let stored = [Kind::RuleSet, Kind::Test]
            .into_iter()
            .flat_map(|kind| state.all(kind))
            .filter(|(key, _)| !rewritten.contains(key))
            .map(|(_, held)| &held.entity);
        let mut by = Vec::new();
        let mut taken_over = false;
        for entity in stored.chain(steps.iter().filter_map(|step| step.after.as_ref())) {
            let place = match entity {
                Entity::EndPoint(other) if other.name == old.name => {
                    taken_over = true;
                    break;
                }
                Entity::RuleSet(set) if set.end_points.contains(&old.name) => "endPoints",
                Entity::Test(test) if test.end_point == old.name => "endPoint",
                _ => continue,
            };
            by.push(UsedBy {
                kind: entity.kind(),
                name: Text::clone(entity.name()),
                place: Text::from(place),
            });
        }
        if !taken_over && !by.is_empty() {
            return Err(Error::InUse { kind: Kind::EndPoint, name: Text::clone(&old.name), by });
        }
    }
    Ok(())
}

/// What must be unique: the name in its scope, and telephone numbers.
fn unique(entity: &Entity) -> Vec<(&'static str, String)> {
    match entity {
        Entity::RuleSet(it) => vec![("name", it.name.to_string())],
        Entity::Rule(parent, it) => vec![("name", format!("{parent}\n{}", it.name))],
        Entity::EndPoint(it) => {
            let numbers = it.inbound_numbers.iter().map(|number| ("inboundNumbers", number.to_string()));
            [("name", it.name.to_lowercase())].into_iter().chain(numbers).collect()
        }
        Entity::User(it) => vec![("emailAddress", it.email.to_lowercase())],
        Entity::Test(it) => vec![("name", format!("{}\n{}", it.folder, it.name))],
        Entity::Holiday(_) | Entity::Config(_) => vec![],
    }
}

/// Refuses names and numbers that something else has. Twins that the tables already hold stay editable.
fn names_are_free(state: &State, steps: &[Step]) -> Result<(), Error> {
    let rewritten: FxHashSet<&Key> = steps.iter().map(|step| &step.key).collect();
    let mut wanted: FxHashMap<(Kind, &'static str, String), &Entity> = FxHashMap::default();
    let mut fresh: FxHashSet<(Kind, &'static str, String)> = FxHashSet::default();
    for step in steps {
        let Some(entity) = &step.after else { continue };
        let old = step.before.as_ref().map(|held| unique(&held.entity)).unwrap_or_default();
        for (field, value) in unique(entity) {
            let is_old = old.contains(&(field, value.clone()));
            let slot = (step.key.kind, field, value);
            if let Some(other) = wanted.insert(slot.clone(), entity)
                && (!is_old || fresh.contains(&slot))
                && other.id() != entity.id()
            {
                return Err(taken(entity, field, &slot.2, other));
            }
            if !is_old {
                fresh.insert(slot);
            }
        }
    }
    let kinds: FxHashSet<Kind> = fresh.iter().map(|(kind, ..)| *kind).collect();
    for kind in kinds {
        for (key, held) in state.all(kind) {
            if rewritten.contains(key) {
                continue;
            }
            for (field, value) in unique(&held.entity) {
                let slot = (kind, field, value);
                if fresh.contains(&slot)
                    && let Some(entity) = wanted.get(&slot)
                {
                    return Err(taken(entity, field, &slot.2, &held.entity));
                }
            }
        }
    }
    Ok(())
}

fn taken(entity: &Entity, field: &'static str, value: &str, holder: &Entity) -> Error {
    let value = if field == "inboundNumbers" { Text::from(value) } else { Text::clone(entity.name()) };
    Error::Conflict { kind: entity.kind(), field, value, holder: Text::clone(holder.name()) }
}

/// Refuses rules of rule sets that will not be there.
fn parents_are_there(state: &State, steps: &[Step]) -> Result<(), Error> {
    let sets: FxHashMap<&Text, bool> = steps
        .iter()
        .filter(|step| step.key.kind == Kind::RuleSet)
        .map(|step| (&step.key.id, step.after.is_some()))
        .collect();
    for step in steps {
        let Some(Entity::Rule(parent, _)) = &step.after else { continue };
        let there = sets.get(parent).copied();
        if !there.unwrap_or_else(|| state.get(&Key::new(Kind::RuleSet, Text::clone(parent))).is_some()) {
            return Err(Error::NotFound { kind: Kind::RuleSet, id: Text::clone(parent) });
        }
    }
    Ok(())
}

/// The rows that steps write, and the versions that come of it; steps that change nothing are left out.
///
/// # Errors
/// [`Error::Conflict`], [`Error::NotFound`] for parents, [`RemoteFault::TooLarge`].
pub(crate) fn writes(
    state: &State,
    steps: &[Step],
    stamp: (&str, &str),
    names: &Names,
    keys: &Keys,
) -> Result<(Vec<Write>, Written), Error> {
    let (at, by) = stamp;
    names_are_free(state, steps)?;
    parents_are_there(state, steps)?;
    let seconds = format!("{}Z", at.get(..19).unwrap_or(at));
    let mut rows: BTreeMap<Place, Option<Item>> = BTreeMap::new();
    let mut written = Vec::new();
    let mut holidays: Vec<(Key, Option<&Holiday>)> = Vec::new();
    for step in steps {
        let before = step.before.as_ref();
        if !step.always && before.map(|held| &held.entity) == step.after.as_ref() {
            continue;
        }
        if step.key.kind == Kind::Holiday {
            let holiday = match &step.after {
                Some(Entity::Holiday(it)) => Some(it),
                _ => None,
            };
            holidays.push((step.key.clone(), holiday));
            continue;
        }
        let Some(entity) = &step.after else {
            rows.extend(before.map(|held| (held.place.clone(), None)));
            if let Some(row) = before.and_then(|held| state.row(&held.place)) {
                rows.extend(parts::places(row).map(|part| (part, None)));
            }
            written.push((step.key.clone(), None));
            continue;
        };
        let old = before.and_then(|held| Some((&held.entity, state.row(&held.place)?)));
        let template = old.or(step.template.as_ref().map(|(entity, item)| (entity, item)));
        let mut row = encode::write(entity, template, &seconds, keys);
        if let Entity::Config(it) = entity {
            rows.extend(old.into_iter().flat_map(|(_, row)| parts::places(row)).map(|part| (part, None)));
            let text = encode::config_text(&it.value);
            rows.extend(
                parts::split(&mut row, &text, &seconds).into_iter().map(|(part, row)| (part, Some(row))),
            );
        }
        let rev = encode::put_stamp(&mut row, at, by, old.map(|(_, item)| item));
        let place = rows::place(entity);
        if let Some(held) = before.filter(|held| held.place != place) {
            rows.entry(held.place.clone()).or_insert(None);
        }
        rows.insert(place, Some(row));
        written.push((step.key.clone(), Some(rev)));
    }
    if !holidays.is_empty() {
        let place = Place { table: Table::Config, hash: Text::from(HOLIDAYS), range: Text::default() };
        let (row, versions) = encode::write_holidays(state.row(&place), &holidays, at, by, &seconds);
        rows.insert(place, Some(row));
        written.extend(versions);
    }
    written.sort_by(|a, b| (a.1.is_some(), &a.0).cmp(&(b.1.is_some(), &b.0)));
    let mut out = Vec::with_capacity(rows.len());
    for (place, after) in rows {
        if after.as_ref().is_some_and(|item| size(item) > LARGEST) {
            let row = format!("table {}, row {}", names.of(place.table), place.keys_text());
            return Err(remote(row, RemoteFault::TooLarge, "it would have more than 380 KB"));
        }
        let before = state.row(&place).cloned();
        out.push(Write { place, before, after });
    }
    Ok((out, written))
}
