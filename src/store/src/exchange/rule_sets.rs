//! Import of rule sets (`spec/model.md` 14.3): the whole file is checked, the plan can be seen first, and it
//! is done as one change that one undo takes back.

use connect_rules_engine::model::{RuleSet, read};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::end_points::{Known, lost, settle, spell};
use super::plan::{ImportPlan, Outcome, RuleSetChange};
use super::{accept, connect, matching, remove, rising_ids, tree, write};
use crate::change::Change;
use crate::entity::{EndPoint, Entity, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::service::{Action, Plan};
use crate::snapshot::{Snapshot, head};

/// What an import does with rule sets that are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Those of the file are replaced, all others deleted, as the original does.
    Full,
    /// Those of the file are replaced, all others stay.
    Merge,
    /// All stay as they are, end points included; only new ones are created.
    Add,
}

/// A file to import: an export, an envelope, or one rule set of a folder tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Name or path, for messages.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Imports rule sets.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRuleSets {
    /// One export, or the files of a folder tree.
    files: Vec<SourceFile>,
    is_tree: bool,
    /// A restore may lead to a store without rule sets.
    may_be_empty: bool,
    mode: Mode,
}

/// What a file says about itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    r#type: Option<String>,
    #[serde(default)]
    partial: bool,
    rule_set_count: Option<usize>,
}

impl ImportRuleSets {
    /// The import of an export file: a bare array or an envelope.
    pub fn file(name: impl Into<String>, text: impl Into<String>, mode: Mode) -> Self {
        let file = SourceFile { name: name.into(), text: text.into() };
        ImportRuleSets { files: vec![file], is_tree: false, may_be_empty: false, mode }
    }

    /// The import of a folder tree (see [`tree::read`]).
    pub fn tree(files: Vec<SourceFile>, mode: Mode) -> Self {
        ImportRuleSets { files, is_tree: true, may_be_empty: false, mode }
    }

    /// The import of a backup, which may hold nothing.
    pub(super) fn backup(file: SourceFile) -> Self {
        ImportRuleSets { files: vec![file], is_tree: false, may_be_empty: true, mode: Mode::Full }
    }

    fn name(&self) -> &str {
        if self.is_tree { "folder tree" } else { self.files.first().map_or("", |file| &file.name) }
    }

    /// Rule sets of the files and warnings about them.
    fn read(&self) -> Result<(Vec<RuleSet>, Vec<Problem>), Error> {
        let mut problems = Vec::new();
        let mut sets = Vec::new();
        if self.is_tree {
            sets = tree::rule_sets(&self.files, &mut problems);
        } else {
            for file in &self.files {
                let mut found = Vec::new();
                match read::rule_sets(&file.text) {
                    Ok(read) => {
                        self.check_head(&file.text, read.rule_sets.len(), &mut found);
                        sets.extend(read.rule_sets);
                        found.extend(read.problems);
                    }
                    Err(problem) => found.push(problem),
                }
                problems.extend(found.into_iter().map(|problem| problem.in_file(&file.name)));
            }
        }
        if sets.is_empty() && problems.is_empty() && !self.may_be_empty {
            problems.push(Problem::error("", "there is no rule set in it", "choose an export of rule sets"));
        }
        Ok((sets, accept(Kind::RuleSet, self.name(), problems)?))
    }

    /// Refuses files of another sort, cut files, and parts of a store as the whole of it.
    fn check_head(&self, text: &str, count: usize, problems: &mut Vec<Problem>) {
        if !text.trim_start().starts_with('{') {
            return;
        }
        let head: Head = match serde_json::from_str(text) {
            Ok(head) => head,
            Err(error) => return problems.push(read::json_problem(&error)),
        };
        if head.r#type.as_deref().is_some_and(|found| found != "RulesEngineRuleSets") {
            let what = format!("type is {:?}, not \"RulesEngineRuleSets\"", head.r#type.unwrap_or_default());
            problems.push(Problem::error("type", what, "choose an export of rule sets"));
        }
        if let Some(told) = head.rule_set_count.filter(|told| *told != count) {
            let what =
                format!("ruleSetCount is {told}, but {count} rule sets could be read; the file may be cut");
            problems.push(Problem::error("ruleSetCount", what, "export the rule sets again"));
        }
        if head.partial && self.mode == Mode::Full {
            let what = "the file holds only some rule sets; a full import would delete all others";
            problems.push(Problem::error("partial", what, "import it as merge or add"));
        }
    }

    /// What the import would do now.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of the file if one of them is an error.
    pub fn preview(&self, now: &Snapshot) -> Result<ImportPlan, Error> {
        Ok(self.work_out(now, &now.end_points)?.0)
    }

    /// The plan and its changes, with these end points at hand.
    pub(super) fn work_out(
        &self,
        now: &Snapshot,
        end_points: &[EndPoint],
    ) -> Result<(ImportPlan, Vec<Change>), Error> {
        let (sets, warnings) = self.read()?;
        Ok(plan_sets(now, end_points, sets, self.mode, warnings))
    }
}

impl Action for ImportRuleSets {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (plan, changes) = self.work_out(now, &now.end_points)?;
        let title = format!("import {}: {}", self.name(), plan.summary());
        Ok(Plan { title, changes, notes: plan.warnings })
    }
}

/// What it takes to store these rule sets.
pub(super) fn plan_sets(
    now: &Snapshot,
    end_points: &[EndPoint],
    mut sets: Vec<RuleSet>,
    mode: Mode,
    mut warnings: Vec<Problem>,
) -> (ImportPlan, Vec<Change>) {
    let stored: FxHashMap<&str, &RuleSet> = now.rule_sets.iter().map(|set| (&*set.name, &**set)).collect();
    let mut told = Vec::with_capacity(sets.len());
    if mode == Mode::Add {
        sets.retain(|set| {
            let there = stored.contains_key(&*set.name);
            if there {
                told.push(RuleSetChange::of(&set.name, Outcome::Kept));
            }
            !there
        });
    }
    let mut known = Known::new(end_points);
    for set in &mut sets {
        matching::number_rules(set, &mut warnings);
        spell(set, &mut known, &mut warnings);
    }
    settle(&mut sets, &mut warnings);
    let mut changes = Vec::new();
    let mut released = Vec::new();
    let imported: FxHashSet<Text> = sets.iter().map(|set| Text::clone(&set.name)).collect();
    match mode {
        Mode::Full => {}
        Mode::Merge => released = release(now, &sets, &imported, &mut changes, &mut warnings),
        Mode::Add => yield_end_points(now, &mut sets, &mut warnings),
    }
    let mut exists = imported.clone();
    if mode != Mode::Full {
        exists.extend(now.rule_sets.iter().map(|set| Text::clone(&set.name)));
    }
    warnings.extend(connect::missing(now, &sets, &exists));
    let mut ids = rising_ids(sets.iter().filter(|set| !stored.contains_key(&*set.name)).count());
    for set in sets {
        told.push(match stored.get(&*set.name) {
            Some(old) => matching::replace(now, set, old, &mut changes),
            None => matching::create(set, &ids.next().unwrap_or_else(new_id), &mut changes),
        });
    }
    told.extend(released);
    if mode == Mode::Full {
        for set in now.rule_sets.iter().filter(|set| !imported.contains(&set.name)) {
            told.push(RuleSetChange::of(&set.name, Outcome::Delete));
            changes.push(remove(now, Kind::RuleSet, &set.id.clone().unwrap_or_default()));
        }
    }
    let end_points = known.created(&mut changes);
    (ImportPlan { mode, rule_sets: told, end_points, warnings }, changes)
}

/// Stored rule sets that are not in the file give up end points that rule sets of the file have.
fn release(
    now: &Snapshot,
    sets: &[RuleSet],
    imported: &FxHashSet<Text>,
    changes: &mut Vec<Change>,
    warnings: &mut Vec<Problem>,
) -> Vec<RuleSetChange> {
    let holders: FxHashMap<&str, &Text> =
        sets.iter().flat_map(|set| set.end_points.iter().map(move |name| (&**name, &set.name))).collect();
    let mut told = Vec::new();
    for old in now.rule_sets.iter().filter(|old| !imported.contains(&old.name)) {
        let mut left = head(old);
        left.end_points.retain(|name| {
            let winner = holders.get(&**name);
            warnings.extend(winner.map(|winner| lost(&old.name, name, winner)));
            winner.is_none()
        });
        if left.end_points.len() < old.end_points.len() {
            told.push(RuleSetChange::of(&old.name, Outcome::Released));
            changes.push(write(now, Entity::RuleSet(left)));
        }
    }
    told
}

/// New rule sets do without end points that stored ones have.
fn yield_end_points(now: &Snapshot, sets: &mut [RuleSet], warnings: &mut Vec<Problem>) {
    let holders: FxHashMap<&str, &Text> = now
        .rule_sets
        .iter()
        .flat_map(|set| set.end_points.iter().map(move |name| (&**name, &set.name)))
        .collect();
    for set in sets {
        let name_of = Text::clone(&set.name);
        set.end_points.retain(|name| {
            let winner = holders.get(&**name);
            warnings.extend(winner.map(|winner| lost(&name_of, name, winner)));
            winner.is_none()
        });
    }
}
