//! Restore of a backup (`spec/model.md` 17): rule sets, tests and settings become what the files hold, in
//! one change that one undo takes back.

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use rustc_hash::FxHashSet;

use super::{ImportPlan, ImportRuleSets, ImportTests, SourceFile, TestImportPlan, remove, settings};
use crate::change::Change;
use crate::entity::{EndPoint, Entity, Kind};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::service::{Action, Plan};
use crate::snapshot::Snapshot;

/// Brings back what a backup holds; what it lacks stays untouched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restore {
    /// Rule sets: ours in an envelope, the original's as a bare array.
    pub rule_sets: Option<SourceFile>,
    /// Tests.
    pub tests: Option<SourceFile>,
    /// Settings.
    pub settings: Option<SourceFile>,
}

/// What a restore would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePlan {
    /// With rule sets, if the backup has any.
    pub rule_sets: Option<ImportPlan>,
    /// With tests, if the backup has any.
    pub tests: Option<TestImportPlan>,
    /// Settings that are written or removed: end points, holidays, users, rows.
    pub settings: usize,
    /// About settings.
    pub warnings: Vec<Problem>,
}

impl RestorePlan {
    /// The plan in one sentence.
    pub fn summary(&self) -> String {
        let parts = [
            self.rule_sets.as_ref().map(ImportPlan::summary),
            self.tests.as_ref().map(TestImportPlan::summary),
            Some(format!("settings: {} changed", self.settings)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The plan as lines of text.
    pub fn lines(&self) -> Vec<String> {
        let mut out = self.rule_sets.as_ref().map(ImportPlan::lines).unwrap_or_default();
        out.extend(self.tests.as_ref().map(TestImportPlan::lines).unwrap_or_default());
        out.extend(self.warnings.iter().map(ToString::to_string));
        out.push(format!("settings: {} changed", self.settings));
        out
    }
}

impl Restore {
    /// What the restore would do now.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of the first file that has an error.
    pub fn preview(&self, now: &Snapshot) -> Result<RestorePlan, Error> {
        Ok(self.work_out(now)?.0)
    }

    fn work_out(&self, now: &Snapshot) -> Result<(RestorePlan, Vec<Change>), Error> {
        let mut plan = RestorePlan { rule_sets: None, tests: None, settings: 0, warnings: Vec::new() };
        let mut changes = Vec::new();
        let mut end_points = now.end_points.clone();
        let mut surplus = Vec::new();
        if let Some(file) = &self.settings {
            let restored = settings::restore(now, file)?;
            (changes, plan.warnings) = (restored.changes, restored.warnings);
            (end_points, surplus) = (restored.end_points, restored.surplus);
        }
        plan.settings = changes.len();
        if let Some(file) = &self.rule_sets {
            let (told, more) = ImportRuleSets::backup(file.clone()).work_out(now, &end_points)?;
            plan.rule_sets = Some(told);
            changes.extend(more);
        }
        if let Some(file) = &self.tests {
            let import = ImportTests {
                full: true,
                include_not_ready: true,
                ..ImportTests::new(&*file.name, &*file.text)
            };
            let (told, more) = import.work_out(now, &end_points)?;
            plan.tests = Some(told);
            changes.extend(more);
        }
        let used = used_after(now, &changes);
        let (stay, go): (Vec<EndPoint>, _) = surplus.into_iter().partition(|it| used.contains(&it.name));
        plan.settings += go.len();
        changes.extend(go.iter().map(|it| remove(now, Kind::EndPoint, &it.id)));
        plan.warnings.extend(stay.iter().map(|it| {
            let what = format!("end point \"{}\" is not in the backup, but in use, and stays", it.name);
            Problem::warning("endPoints", what, "delete it where it is used first")
        }));
        Ok((plan, changes))
    }
}

/// End points that rule sets and tests name once the changes are made.
fn used_after(now: &Snapshot, changes: &[Change]) -> FxHashSet<Text> {
    let mut used = FxHashSet::default();
    let mut written = FxHashSet::default();
    for change in changes {
        written.insert(change.key());
        if let Change::Put { entity, .. } = change {
            match entity {
                Entity::RuleSet(set) => used.extend(set.end_points.iter().cloned()),
                Entity::Test(test) => {
                    used.insert(Text::clone(&test.end_point));
                }
                _ => {}
            }
        }
    }
    let stays = |kind, id: &Option<Text>| {
        !written.contains(&crate::entity::Key::new(kind, id.clone().unwrap_or_default()))
    };
    for set in now.rule_sets.iter().filter(|set| stays(Kind::RuleSet, &set.id)) {
        used.extend(set.end_points.iter().cloned());
    }
    for test in now.tests.iter().filter(|test| stays(Kind::Test, &test.test_id)) {
        used.insert(Text::clone(&test.end_point));
    }
    used
}

impl Action for Restore {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (plan, changes) = self.work_out(now)?;
        let title = format!("restore: {}", plan.summary());
        let mut notes = plan.rule_sets.map(|it| it.warnings).unwrap_or_default();
        notes.extend(plan.tests.map(|it| it.warnings).unwrap_or_default());
        notes.extend(plan.warnings);
        Ok(Plan { title, changes, notes })
    }
}
