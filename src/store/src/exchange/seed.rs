//! Filling an empty store from a bundle, such as the demo, and emptying it again (`spec/model.md` 18).

use connect_rules_engine::bundle::Bundle;
use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::json;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::script::{ReadOptions, TestDocument, read_tests};
use connect_rules_engine::value::{Map, Text, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use super::rule_sets::{Mode, plan_sets};
use super::test_documents::plan_tests;
use super::{accept, remove, rising_ids};
use crate::change::Change;
use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Key, Kind};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::service::settings::OWN;
use crate::service::{Action, Plan};
use crate::snapshot::Snapshot;
use crate::sqlite::MARK;

/// Fills an empty store: rule sets, tests, end points, holidays, and what the Connect instance holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    rule_sets: Vec<RuleSet>,
    tests: Vec<TestDocument>,
    holidays: Vec<Holiday>,
    rows: Vec<ConfigRow>,
    warnings: Vec<Problem>,
}

impl Seed {
    /// What a bundle holds. Offline bots and functions are no part of a store; they stay with the bundle.
    /// `now` stands for a missing `testDateTime`; UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of the tests.
    pub fn new(bundle: &Bundle, now: &str) -> Result<Self, Error> {
        let mut warnings = bundle.problems.clone();
        let mut tests = Vec::new();
        if !bundle.tests.is_nil() {
            let text = json::print(&bundle.tests).unwrap_or_default();
            let file = read_tests(&text, &ReadOptions { now, absent_ready: true });
            let problems = file.findings.into_iter().map(Problem::from).collect();
            warnings.extend(accept(Kind::Test, "tests", problems)?);
            tests = file.tests;
        }
        let catalogue = &bundle.catalogue;
        let holidays = holidays(catalogue);
        let mut rows: Map = catalogue.config.clone();
        rows.remove(MARK);
        if !holidays.is_empty() {
            rows.remove("Holidays");
        }
        rows.insert("stage", Value::String(Text::clone(&catalogue.stage)));
        rows.insert("service", Value::String(Text::clone(&catalogue.service)));
        let rows = rows.iter().filter(|(_, value)| !value.is_nil());
        let rows =
            rows.map(|(key, value)| ConfigRow { key: Text::clone(key), value: value.clone() }).collect();
        Ok(Seed { rule_sets: bundle.rule_sets.clone(), tests, holidays, rows, warnings })
    }

    /// The changes in a store without rule sets, tests, end points and holidays; rows are written over.
    fn fill(&self, empty: &Snapshot) -> (Vec<Change>, Vec<Problem>) {
        let rows = self.rows.iter().cloned().map(Entity::Config);
        let mut changes: Vec<Change> = rows.map(|row| super::write(empty, row)).collect();
        for (id, it) in rising_ids(self.holidays.len()).zip(&self.holidays) {
            let id = if it.id.is_empty() { id } else { Text::clone(&it.id) };
            changes.push(super::write(empty, Entity::Holiday(Holiday { id, ..it.clone() })));
        }
        let (told, more) = plan_sets(empty, &[], self.rule_sets.clone(), Mode::Full, self.warnings.clone());
        changes.extend(more);
        let end_points: Vec<EndPoint> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Put { entity: Entity::EndPoint(it), .. } => Some(it.clone()),
                _ => None,
            })
            .collect();
        let (tests, more) = plan_tests(empty, &end_points, &self.tests, (false, true), told.warnings);
        changes.extend(more);
        (changes, tests.warnings)
    }
}

/// Holidays of an instance with all that their row says. An identifier that an earlier one has is left out.
fn holidays(catalogue: &Catalogue) -> Vec<Holiday> {
    let rows = catalogue.config.get("Holidays").and_then(Value::as_array).unwrap_or_default();
    let mut taken = FxHashSet::default();
    let text = |row: &Value, name: &str| match row.member(name) {
        value if value.is_nil() => Text::default(),
        value => value.text(),
    };
    // A day is what makes it a holiday, as for the catalogue.
    let known = rows.iter().filter(|row| !row.member("when").is_nil());
    known
        .map(|row| Holiday {
            id: Some(text(row, "holidayId")).filter(|id| taken.insert(Text::clone(id))).unwrap_or_default(),
            when: text(row, "when"),
            name: text(row, "name"),
            description: text(row, "description"),
            closed: &*row.member("closed").text() != "false",
        })
        .collect()
}

impl Action for Seed {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let full = [
            (Kind::RuleSet, now.rule_sets.len()),
            (Kind::Test, now.tests.len()),
            (Kind::EndPoint, now.end_points.len()),
            (Kind::Holiday, now.holidays.len()),
        ];
        if let Some((kind, count)) = full.into_iter().find(|(_, count)| *count > 0) {
            let what = format!("the store is not empty: {count} of {kind}");
            return Err(Error::invalid(kind, "store", "store", &what, "reset the store, or import instead"));
        }
        let (changes, notes) = self.fill(now);
        let title = format!("fill the store: {} rule sets, {} tests", self.rule_sets.len(), self.tests.len());
        Ok(Plan { title, changes, notes })
    }
}

/// Lets new end points take the rows of stored ones of the same name, which a delete and a create in one
/// change set could not do while others name them.
fn take_over(now: &Snapshot, fresh: &mut [Change]) {
    let stored: FxHashMap<&str, &Text> = now.end_points.iter().map(|it| (&*it.name, &it.id)).collect();
    for change in fresh {
        if let Change::Put { entity: Entity::EndPoint(it), expected } = change
            && let Some(id) = stored.get(&*it.name)
        {
            it.id = Text::clone(id);
            *expected = now.rev(Kind::EndPoint, id);
        }
    }
}

/// Empties the store, users and settings of the program apart, and fills it anew if a seed is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reset {
    /// What it is filled with.
    pub seed: Option<Seed>,
}

impl Action for Reset {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        let id = |id: &Option<Text>| id.clone().unwrap_or_default();
        changes.extend(now.rule_sets.iter().map(|it| remove(now, Kind::RuleSet, &id(&it.id))));
        changes.extend(now.tests.iter().map(|it| remove(now, Kind::Test, &id(&it.test_id))));
        let (mut fresh, mut notes) = (Vec::new(), Vec::new());
        if let Some(seed) = &self.seed {
            let empty =
                Snapshot { config: now.config.clone(), stamps: now.stamps.clone(), ..Snapshot::default() };
            (fresh, notes) = seed.fill(&empty);
            take_over(now, &mut fresh);
        }
        let kept = |row: &&ConfigRow| {
            let written = |change: &Change| change.key().kind == Kind::Config && change.key().id == row.key;
            !OWN.contains(&&*row.key) && !fresh.iter().any(written)
        };
        changes.extend(now.config.iter().filter(kept).map(|row| remove(now, Kind::Config, &row.key)));
        let taken: FxHashSet<Key> = fresh.iter().map(Change::key).collect();
        let gone = |it: &&EndPoint| !taken.contains(&Key::new(Kind::EndPoint, Text::clone(&it.id)));
        let gone = now.end_points.iter().filter(gone);
        changes.extend(gone.map(|it| remove(now, Kind::EndPoint, &it.id)));
        let gone = |it: &&Holiday| !taken.contains(&Key::new(Kind::Holiday, Text::clone(&it.id)));
        let gone = now.holidays.iter().filter(gone);
        changes.extend(gone.map(|it| remove(now, Kind::Holiday, &it.id)));
        changes.extend(fresh);
        let title = if self.seed.is_some() { "reset the store to its seed" } else { "empty the store" };
        Ok(Plan { title: title.to_owned(), changes, notes })
    }
}
