//! The description of an instance into a store: what it tells replaces what is stored, list by list, as the
//! original's cache job does (`spec/admin.md` 7). Rules that name what vanishes are told.

use std::fmt;

use connect_rules_engine::problem::{Problem, Severity, has_errors};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::entity::new_id;
use connect_rules_store::errors::Error;
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Change, Entity, Holiday, Key, Kind, Operation, Snapshot};

use super::{identify, put, uses};
use crate::instance::{Instance, Item, NAMES, Sort, ZONE, check, name_of};

/// What an import does with one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Add,
    /// These of its fields change.
    Change(Vec<Text>),
    /// It had this name, which is among its fields that change.
    Rename(Text, Vec<Text>),
    /// It is not in the file and goes.
    Remove,
}

/// What an import does, thing by thing; unchanged ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What becomes of which thing: its sort in words, its name, and what is done.
    pub things: Vec<(String, Text, What)>,
    /// What is worth knowing first.
    pub notes: Vec<Problem>,
}

impl Preview {
    /// Whether something goes.
    pub fn loses(&self) -> bool {
        self.things.iter().any(|(.., what)| *what == What::Remove)
    }

    /// The plan as lines of text.
    pub fn lines(&self) -> Vec<String> {
        let things = self.things.iter().map(|(sort, name, what)| match what {
            What::Add => format!("add {sort} \"{name}\""),
            What::Change(fields) => format!("change {sort} \"{name}\": {}", fields.join(", ")),
            What::Rename(old, fields) => {
                format!("rename {sort} \"{old}\" to \"{name}\": {}", fields.join(", "))
            }
            What::Remove => format!("remove {sort} \"{name}\""),
        });
        things.chain(self.notes.iter().map(ToString::to_string)).chain([self.to_string()]).collect()
    }
}

impl fmt::Display for Preview {
    /// The plan in one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |is: fn(&What) -> bool| self.things.iter().filter(|(.., what)| is(what)).count();
        let added = count(|it| *it == What::Add);
        let removed = count(|it| *it == What::Remove);
        write!(f, "{added} added, {} changed, {removed} removed", self.things.len() - added - removed)
    }
}

/// Takes what a file says about the instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    instance: Instance,
    notes: Vec<Problem>,
}

impl Import {
    /// The import of `connect.json` or what else [`Instance::read`] knows.
    ///
    /// # Errors
    /// Everything that cannot be read in it.
    pub fn new(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let instance = Instance::read(document, &mut problems);
        let nothing = instance.document().is_empty();
        if nothing && problems.is_empty() {
            let fix = "give a connect.json, or an export of this command";
            problems.push(Problem::error("connect", "there is nothing about an instance in it", fix));
        }
        if has_errors(&problems) { Err(problems) } else { Ok(Import { instance, notes: problems }) }
    }

    /// What it would do.
    pub fn preview(&self, now: &Snapshot) -> Preview {
        self.work_out(now).0
    }

    fn work_out(&self, now: &Snapshot) -> (Preview, Vec<Change>) {
        let stored = Instance::of(now);
        let mut preview = Preview { things: Vec::new(), notes: self.notes.clone() };
        let mut changes = Vec::new();
        let texts = NAMES.into_iter().filter_map(|name| Some((name, self.instance.names.get(name)?.clone())));
        let zone = self.instance.time_zone.as_ref().map(|zone| (ZONE.0, Value::from(Text::clone(zone))));
        let rows = now.config_map();
        for (key, value) in texts.chain(zone) {
            let what = match rows.get(key) {
                None => What::Add,
                Some(old) if *old == value => continue,
                Some(_) => What::Change(vec![value.text()]),
            };
            preview.things.push(("setting".to_owned(), Text::from(key), what));
            changes.push(put(now, key, value));
        }
        // What the file does not tell stays; what it tells is completed with what the stored things are.
        let mut next = stored.clone();
        for (name, value) in &self.instance.names {
            next.names.insert(Text::clone(name), value.clone());
        }
        for sort in Sort::ALL.into_iter().filter(|sort| self.instance.tells(*sort)) {
            *next.list_mut(sort) = self.instance.list(sort).to_vec();
        }
        for sort in Sort::ALL.into_iter().filter(|sort| self.instance.tells(*sort)) {
            let partners = partners(sort, stored.list(sort), next.list(sort));
            for (at, partner) in partners.into_iter().enumerate() {
                let mut document = next.list(sort)[at].clone();
                // A function or bot may be given without its prefix.
                let prefixed = || stored.find(sort, &name_of(sort, &document)).filter(|_| sort.is_prefixed());
                let old = partner.or_else(prefixed).map(|at| &stored.list(sort)[at]);
                for member in ["Id", "Arn"] {
                    let kept = old.and_then(|old| old.get(member)).filter(|_| !document.contains_key(member));
                    if let Some(kept) = kept {
                        document.insert(member, kept.clone());
                    }
                }
                identify(&next, sort, &mut document);
                next.list_mut(sort)[at] = document;
            }
            compare(sort, stored.list(sort), next.list(sort), &mut preview.things);
            let row = next.row(sort).filter(|row| rows.get(sort.row()) != Some(row));
            changes.extend(row.map(|row| put(now, sort.row(), row)));
        }
        judge(&next, &self.instance, &mut preview.notes);
        vanished(now, &stored, &next, &mut preview.notes);
        if let Some(holidays) = &self.instance.holidays {
            replace_holidays(now, holidays, &mut preview, &mut changes);
        }
        (preview, changes)
    }
}

impl Action for Import {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (preview, changes) = self.work_out(now);
        Ok(Plan { title: format!("import Connect data: {preview}"), changes, notes: preview.notes })
    }
}

/// Which of the old things each new one is: that of the same identifier, else the next of the same name.
fn partners(sort: Sort, old: &[Map], new: &[Map]) -> Vec<Option<usize>> {
    let id = |it: &Map| it.get("Id").and_then(Value::as_str).map(Text::from);
    let mut free: Vec<bool> = vec![true; old.len()];
    let mut take = |is: &dyn Fn(&Map) -> bool| {
        let at = (0..old.len()).find(|at| free[*at] && is(&old[*at]))?;
        free[at] = false;
        Some(at)
    };
    let mut out: Vec<Option<usize>> = new
        .iter()
        .map(|it| {
            id(it).filter(|id| !id.is_empty()).and_then(|given| take(&|it| id(it).as_ref() == Some(&given)))
        })
        .collect();
    for (it, found) in new.iter().zip(&mut out).filter(|(_, found)| found.is_none()) {
        let name = name_of(sort, it);
        *found = take(&|it| name_of(sort, it) == name);
    }
    out
}

/// What becomes of the things of one list.
fn compare(sort: Sort, old: &[Map], new: &[Map], out: &mut Vec<(String, Text, What)>) {
    let partners = partners(sort, old, new);
    for (it, partner) in new.iter().zip(&partners) {
        let what = match partner.map(|at| &old[at]) {
            None => What::Add,
            Some(before) if before == it => continue,
            Some(before) => {
                let all: Map =
                    before.iter().chain(it).map(|(name, value)| (Text::clone(name), value.clone())).collect();
                let differs = |name: &&Text| before.get(name) != it.get(name);
                let fields = all.iter().map(|(name, _)| name).filter(differs).cloned().collect();
                match name_of(sort, before) {
                    name if name != name_of(sort, it) => What::Rename(name, fields),
                    _ => What::Change(fields),
                }
            }
        };
        out.push((sort.to_string(), name_of(sort, it), what));
    }
    let gone = old.iter().enumerate().filter(|(at, _)| !partners.contains(&Some(*at)));
    out.extend(gone.map(|(_, it)| (sort.to_string(), name_of(sort, it), What::Remove)));
}

/// What Connect would refuse about the things of the file is told; an instance may well be so.
fn judge(next: &Instance, file: &Instance, notes: &mut Vec<Problem>) {
    for sort in Sort::ALL.into_iter().filter(|sort| file.tells(*sort)) {
        for (i, document) in next.list(sort).iter().enumerate() {
            let Ok(item) = Item::read(sort, document) else { continue };
            let place = format!("{}[{i}] {:?}", sort.list(), name_of(sort, document));
            notes.extend(check(next, &item, document, Some(i)).into_iter().map(|it| Problem {
                severity: Severity::Warning,
                place: format!("{place} / {}", it.place),
                ..it
            }));
        }
    }
}

/// Rules that name what is there now and will not be.
fn vanished(now: &Snapshot, stored: &Instance, next: &Instance, notes: &mut Vec<Problem>) {
    for sort in Sort::ALL {
        let gone = stored.list(sort).iter().map(|it| name_of(sort, it));
        for name in gone.filter(|name| next.find(sort, name).is_none()) {
            notes.extend(uses::by_rules(now, stored, sort, &name).into_iter().map(|by| {
                let what = format!("names the {sort} \"{name}\", which will not be there");
                Problem::warning(format!("{} ({})", by.name, by.place), what, "choose another there")
            }));
        }
    }
}

/// Holidays are rows of their own: those of the same day and name are kept, others go.
fn replace_holidays(now: &Snapshot, file: &[Holiday], preview: &mut Preview, changes: &mut Vec<Change>) {
    let same = |a: &Holiday, b: &Holiday| a.when == b.when && a.name == b.name;
    let mut said = |it: &Holiday, what| {
        preview.things.push(("holiday".to_owned(), Text::from(format!("{} {}", it.when, it.name)), what));
    };
    let first = |(i, it): &(usize, &Holiday)| !file[..*i].iter().any(|other| same(other, it));
    for (_, it) in file.iter().enumerate().filter(first) {
        let old = now.holidays.iter().find(|old| same(old, it));
        let entity = Holiday { id: old.map_or_else(new_id, |old| Text::clone(&old.id)), ..it.clone() };
        match old {
            Some(old) if *old == entity => continue,
            Some(_) => said(it, What::Change(vec![Text::from("description"), Text::from("closed")])),
            None => said(it, What::Add),
        }
        changes.push(Change::Put {
            expected: now.rev(Kind::Holiday, &entity.id),
            entity: Entity::Holiday(entity),
        });
    }
    for old in now.holidays.iter().filter(|old| !file.iter().any(|it| same(old, it))) {
        said(old, What::Remove);
        let expected = now.rev(Kind::Holiday, &old.id);
        changes.push(Change::Delete { key: Key::new(Kind::Holiday, Text::clone(&old.id)), expected });
    }
}
