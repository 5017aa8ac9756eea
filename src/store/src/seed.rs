//! A first content for an empty store: a workspace bundle, such as the demo (`spec/testing.md` 5.1).

use connect_rules_engine::bundle::Bundle;
use connect_rules_engine::json;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::script::{ReadOptions, read_tests};
use connect_rules_engine::value::{Text, Value};

use crate::change::Change;
use crate::entity::{ConfigRow, Entity, Holiday, Kind, new_id};
use crate::errors::Error;
use crate::import::{ImportRuleSets, ImportTests, Mode};
use crate::roles::{Actor, Operation};
use crate::service::{Action, Plan};
use crate::snapshot::Snapshot;

/// Fills an empty store with a bundle: rule sets, end points they name, tests, holidays and the lists of the
/// instance. Offline bots and functions stay files.
#[derive(Clone, Debug)]
pub struct Seed {
    rule_sets: ImportRuleSets,
    tests: ImportTests,
    rows: Vec<Change>,
}

impl Seed {
    /// Takes the parts of a bundle. `now` stands for missing times of tests: UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the errors of its tests.
    pub fn of(bundle: &Bundle, now: &str) -> Result<Self, Error> {
        let rule_sets = ImportRuleSets {
            rule_sets: bundle.rule_sets.clone(),
            mode: Mode::Full,
            notes: bundle.problems.clone(),
        };
        let tests = match json::print(&bundle.tests) {
            None => Vec::new(),
            Some(text) => {
                let file = read_tests(&text, &ReadOptions { now, absent_ready: true });
                ImportTests::of(file, false, true)?.tests
            }
        };
        let tests = ImportTests { tests, full: false, not_ready_too: true };
        let catalogue = &bundle.catalogue;
        let mut rows = Vec::new();
        let mut row = |key: &str, value: Value| {
            rows.push(Change::create(Entity::Config(ConfigRow { key: Text::from(key), value })));
        };
        row("stage", Value::String(Text::clone(&catalogue.stage)));
        row("service", Value::String(Text::clone(&catalogue.service)));
        let mut days = Vec::new();
        for (key, value) in &catalogue.config {
            match &**key {
                "Holidays" => days = value.as_array().unwrap_or_default().to_vec(),
                key if key != crate::sqlite::MARK => row(key, value.clone()),
                _ => {}
            }
        }
        rows.extend(days.iter().map(holiday).map(|day| Change::create(Entity::Holiday(day))));
        Ok(Seed { rule_sets, tests, rows })
    }
}

fn holiday(value: &Value) -> Holiday {
    let text = |name: &str| value.member(name).as_str().map(Text::from).unwrap_or_default();
    Holiday {
        id: new_id(),
        when: text("when"),
        name: text("name"),
        description: text("description"),
        closed: !matches!(value.member("closed"), Value::Bool(false)),
    }
}

impl Action for Seed {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        if !now.stamps.is_empty() {
            let what = "the store has content already";
            return Err(Error::invalid(Kind::Config, "store", "store", what, "import the parts instead"));
        }
        let mut plan = self.rule_sets.plan(now, actor)?;
        plan.changes.extend(self.tests.plan(now, actor)?.changes);
        plan.changes.extend(self.rows.iter().cloned());
        plan.title = format!("fill the store: {} rows", plan.changes.len());
        let missing = |it: &&connect_rules_engine::script::TestDocument| {
            let names = |set: &&connect_rules_engine::model::RuleSet| set.end_points.contains(&it.end_point);
            !self.rule_sets.rule_sets.iter().any(|set| names(&set))
        };
        for test in self.tests.tests.iter().filter(missing) {
            let what = format!("no rule set has its end point \"{}\"", test.end_point);
            plan.notes.push(Problem::warning(&*test.name, what, "choose an end point that leads somewhere"));
        }
        Ok(plan)
    }
}
