//! An instance that exists in a store only: its things are added, edited and removed there, as actions of the
//! store's service, so that they are checked, journalled, audited, and can be undone.
//!
//! Names that rules use are theirs to change: what rules still name is not removed, and a rename says which rules
//! name the old name.

mod import;
mod uses;

pub use import::{Import, Preview, What};
pub use uses::users;

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::errors::Error;
use connect_rules_store::merge::Clash;
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Change, ConfigRow, Entity, Key, Kind, Operation, Snapshot, Stale};

use crate::instance::{Instance, Item, Sort, check, name_of};

/// The write of a configuration row.
fn put(now: &Snapshot, key: &str, value: Value) -> Change {
    let entity = Entity::Config(ConfigRow { key: Text::from(key), value });
    Change::Put { expected: now.rev(Kind::Config, key), entity }
}

/// What a thing is called in errors.
fn called(sort: Sort, name: &str) -> Text {
    Text::from(format!("{} / {name}", sort.row()))
}

fn not_found(sort: Sort, name: &str) -> Error {
    Error::NotFound { kind: Kind::Config, id: called(sort, name) }
}

/// Refuses a thing that has problems.
fn accept(sort: Sort, name: &str, problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid { kind: Kind::Config, name: called(sort, name), problems })
}

/// Lists are in the order of names, in any case.
fn in_order(sort: Sort, list: &mut [Map]) {
    list.sort_by_cached_key(|document| name_of(sort, document).to_lowercase());
}

/// Makes the identifier and ARN that a document lacks.
fn identify(instance: &Instance, sort: Sort, document: &mut Map) {
    let taken =
        |id: &str| instance.list(sort).iter().any(|it| it.get("Id").and_then(Value::as_str) == Some(id));
    instance.identity().complete(sort, document, &taken);
}

/// Adds what a document lacks: defaults, identifier and ARN; a name that is new gets its prefix.
fn complete(instance: &Instance, sort: Sort, document: &mut Map, old: Option<&Text>) {
    for field in sort.fields().iter().filter(|field| !field.default.is_empty()) {
        if document.get(field.name).is_none_or(Value::is_empty_string) {
            document.insert(field.name, field.default.into());
        }
    }
    let name = name_of(sort, document);
    if sort.is_prefixed() && !name.is_empty() && old != Some(&name) {
        document.insert(sort.key(), instance.identity().full(sort, &name).into());
    }
    identify(instance, sort, document);
}

/// Adds a thing; identifier, ARN and defaults are made where they are missing.
#[derive(Clone, Debug, PartialEq)]
pub struct AddItem {
    /// Sort of thing.
    pub sort: Sort,
    /// Its document.
    pub document: Map,
}

impl Action for AddItem {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (sort, mut document) = (self.sort, self.document.clone());
        let mut instance = Instance::of(now);
        complete(&instance, sort, &mut document, None);
        let name = name_of(sort, &document);
        match Item::read(sort, &document) {
            Err(problems) => accept(sort, &name, problems)?,
            Ok(item) => accept(sort, &name, check(&instance, &item, &document, None))?,
        }
        instance.list_mut(sort).push(document);
        in_order(sort, instance.list_mut(sort));
        let changes = instance.row(sort).map(|row| put(now, sort.row(), row)).into_iter().collect();
        Ok(Plan { title: format!("add {sort} {name}"), changes, notes: Vec::new() })
    }
}

/// Changes a thing. Fields that others changed since it was read are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct EditItem {
    /// Sort of thing.
    pub sort: Sort,
    /// Its document as it was read.
    pub base: Map,
    /// Its document as it is to be.
    pub document: Map,
}

impl EditItem {
    /// What was read, changed here and changed by others, as one.
    fn merged(&self, now: &Snapshot, theirs: &Map) -> Result<Map, Error> {
        let value = |of: &Map, name: &str| of.get(name).cloned().unwrap_or_default();
        let mut out = theirs.clone();
        let mut clashes = Vec::new();
        let names = self.base.iter().chain(&self.document).map(|(name, _)| name);
        for name in names {
            let (base, mine, theirs) =
                (value(&self.base, name), value(&self.document, name), value(theirs, name));
            if base == mine || mine == theirs {
                continue;
            }
            if theirs != base {
                clashes.push(Clash { field: name.to_string(), base, mine, theirs });
            } else if mine.is_nil() {
                out.remove(name);
            } else {
                out.insert(Text::clone(name), mine);
            }
        }
        if clashes.is_empty() {
            return Ok(out);
        }
        let key = Key::new(Kind::Config, self.sort.row());
        let row = |document: &Map| {
            let value = Value::from(document.clone());
            Some(Entity::Config(ConfigRow { key: called(self.sort, &name_of(self.sort, document)), value }))
        };
        let stamp = now.stamps.get(&key).cloned();
        let (base, mine, theirs) = (row(&self.base), row(&self.document), row(theirs));
        Err(Error::Stale(vec![Stale { key, base, mine, theirs, stamp, clashes }]))
    }
}

impl Action for EditItem {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let sort = self.sort;
        let old = name_of(sort, &self.base);
        let mut instance = Instance::of(now);
        let found = self.base.get("Id").and_then(Value::as_str).and_then(|id| instance.find(sort, id));
        let at = found.or_else(|| instance.find(sort, &old)).ok_or_else(|| not_found(sort, &old))?;
        let mut document = self.merged(now, &instance.list(sort)[at])?;
        complete(&instance, sort, &mut document, Some(&old));
        let name = name_of(sort, &document);
        match Item::read(sort, &document) {
            Err(problems) => accept(sort, &old, problems)?,
            Ok(item) => accept(sort, &old, check(&instance, &item, &document, Some(at)))?,
        }
        let mut notes = Vec::new();
        if name != old {
            let used = uses::by_rules(now, &instance, sort, &old);
            notes.extend(used.into_iter().map(|by| {
                let what = format!("names the {sort} \"{old}\", which will not be there");
                Problem::warning(
                    format!("{} ({})", by.name, by.place),
                    what,
                    format!("name \"{name}\" there"),
                )
            }));
        }
        instance.list_mut(sort)[at] = document;
        in_order(sort, instance.list_mut(sort));
        let changes = instance.row(sort).map(|row| put(now, sort.row(), row)).into_iter().collect();
        Ok(Plan { title: format!("change {sort} {old}"), changes, notes })
    }
}

/// Removes things that nothing names.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoveItems {
    /// Sort of things.
    pub sort: Sort,
    /// Their names or identifiers.
    pub which: Vec<Text>,
}

impl Action for RemoveItems {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let sort = self.sort;
        let mut instance = Instance::of(now);
        let mut names = Vec::new();
        for which in &self.which {
            let at = instance.find(sort, which).ok_or_else(|| not_found(sort, which))?;
            let document = &instance.list(sort)[at];
            let name = name_of(sort, document);
            let by = users(now, &instance, sort, document);
            if !by.is_empty() {
                return Err(Error::InUse { kind: Kind::Config, name: called(sort, &name), by });
            }
            instance.list_mut(sort).remove(at);
            names.push(name);
        }
        let changes = instance.row(sort).map(|row| put(now, sort.row(), row)).into_iter().collect();
        Ok(Plan { title: format!("remove {sort} {}", names.join(", ")), changes, notes: Vec::new() })
    }
}
