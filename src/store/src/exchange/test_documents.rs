//! Import of tests (`spec/testing.md` 2.6, `spec/model.md` 16): matched by folder and name, which keep their
//! identifiers; planned first, done as one change.

use connect_rules_engine::problem::Problem;
use connect_rules_engine::script::{self, ReadOptions, TestDocument, read_tests};
use rustc_hash::FxHashSet;

use super::{TestImportPlan, accept, remove, rising_ids, write};
use crate::change::Change;
use crate::entity::{EndPoint, Entity, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::service::{Action, Plan};
use crate::snapshot::Snapshot;

/// Imports tests: an export, a backup, a bare list, one document or one script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportTests {
    /// Name of the file, for messages.
    pub file: String,
    /// What it holds.
    pub text: String,
    /// Delete stored tests that are not in the file.
    pub full: bool,
    /// Also take tests that are not production ready.
    pub include_not_ready: bool,
    /// Stands for a missing `testDateTime`; UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub now: String,
}

impl ImportTests {
    /// A partial import of the tests that are production ready, as of the present time.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        ImportTests { file: file.into(), text: text.into(), full: false, include_not_ready: false, now }
    }

    /// What the import would do now.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of the file if one of them is an error.
    pub fn preview(&self, now: &Snapshot) -> Result<TestImportPlan, Error> {
        Ok(self.work_out(now, &now.end_points)?.0)
    }

    /// The plan and its changes, with these end points at hand.
    pub(super) fn work_out(
        &self,
        now: &Snapshot,
        end_points: &[EndPoint],
    ) -> Result<(TestImportPlan, Vec<Change>), Error> {
        let file = read_tests(&self.text, &ReadOptions { now: &self.now, absent_ready: false });
        let problems = file.findings.into_iter().map(|found| Problem::from(found).in_file(&self.file));
        let warnings = accept(Kind::Test, &self.file, problems.collect())?;
        Ok(plan_tests(now, end_points, &file.tests, (self.full, self.include_not_ready), warnings))
    }
}

impl Action for ImportTests {
    fn operation(&self) -> Operation {
        Operation::ImportTests
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (plan, changes) = self.work_out(now, &now.end_points)?;
        let title = format!("import {}: {}", self.file, plan.summary());
        Ok(Plan { title, changes, notes: plan.warnings })
    }
}

fn label(test: &TestDocument) -> String {
    format!("{} {}", test.folder, test.name)
}

/// What it takes to store these tests.
pub(super) fn plan_tests(
    now: &Snapshot,
    end_points: &[EndPoint],
    tests: &[TestDocument],
    (full, include_not_ready): (bool, bool),
    warnings: Vec<Problem>,
) -> (TestImportPlan, Vec<Change>) {
    let stored: Vec<(&str, &str)> = now.tests.iter().map(|test| (&*test.folder, &*test.name)).collect();
    let ready: Vec<TestDocument>;
    let counted = if include_not_ready {
        ready = tests.iter().map(|test| TestDocument { production_ready: true, ..test.clone() }).collect();
        &ready
    } else {
        tests
    };
    let outcome = script::plan_import(&stored, counted, full);
    let mut told = TestImportPlan { warnings, ..TestImportPlan::default() };
    let mut changes = Vec::new();
    let mut ids = rising_ids(outcome.inserted.len());
    for at in &outcome.inserted {
        let mut test = tests[*at].clone();
        test.test_id = Some(ids.next().unwrap_or_else(new_id));
        told.inserted.push(label(&test));
        changes.push(Change::create(Entity::Test(test)));
    }
    for (at, old) in &outcome.replaced {
        let (mut test, old) = (tests[*at].clone(), &now.tests[*old]);
        test.test_id.clone_from(&old.test_id);
        if test == **old {
            told.unchanged.push(label(&test));
        } else {
            told.replaced.push(label(&test));
            changes.push(write(now, Entity::Test(test)));
        }
    }
    told.skipped = outcome.skipped.iter().map(|at| label(&tests[*at])).collect();
    for at in &outcome.deleted {
        told.deleted.push(label(&now.tests[*at]));
        changes.push(remove(now, Kind::Test, &now.tests[*at].test_id.clone().unwrap_or_default()));
    }
    let names: FxHashSet<&str> = end_points.iter().map(|it| &*it.name).collect();
    let mut absent: FxHashSet<&str> = FxHashSet::default();
    for at in outcome.inserted.iter().chain(outcome.replaced.iter().map(|(at, _)| at)) {
        let test = &tests[*at];
        if !names.contains(&*test.end_point) && absent.insert(&test.end_point) {
            let what = format!("calls end point \"{}\", which is not there", test.end_point);
            told.warnings.push(Problem::warning(
                label(test),
                what,
                "create the end point, or choose another",
            ));
        }
    }
    (told, changes)
}
