//! Imports (`spec/model.md` 14.3, 16): the whole file is read and compared first, every change is listed,
//! identifiers are kept, and everything is written in one change set, which undo takes back.

use std::collections::HashMap;

use connect_rules_engine::kinds::names::name_problem;
use connect_rules_engine::kinds::rule_set_references;
use connect_rules_engine::model::{Rule, RuleSet, read};
use connect_rules_engine::problem::{Problem, Severity, has_errors};
use connect_rules_engine::script::{TestDocument, TestFile, plan_import};
use connect_rules_engine::value::Text;
use rustc_hash::FxHashSet;

use crate::change::Change;
use crate::entity::{EndPoint, Entity, Key, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::service::{Action, Plan};
use crate::snapshot::{Snapshot, head};

/// What becomes of what the file does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is deleted, as the original does.
    Full,
    /// It stays.
    Merge,
    /// It stays, and so does what the file names and the store already has.
    Add,
}

/// What an import does to one rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Create,
    /// Something in it changes.
    Replace,
    /// The file has it as it is stored.
    Unchanged,
    /// Only new ones are taken, and it is there.
    Kept,
    /// The file does not name it.
    Delete,
}

/// What an import does to one rule set, with counts of its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: Text,
    /// What happens to it.
    pub fate: Fate,
    /// Names of rules that are new.
    pub added: Vec<Text>,
    /// Names of rules that change.
    pub changed: Vec<Text>,
    /// Names of rules that are deleted.
    pub removed: Vec<Text>,
}

/// A planned import, to be shown before it is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportPlan {
    /// Each rule set, those of the file first, then deleted ones.
    pub rule_sets: Vec<Listed>,
    /// End points that are created.
    pub end_points: Vec<Text>,
    /// Names that were mended, references that will lead nowhere, end points that change hands.
    pub notes: Vec<Problem>,
    /// The changes of rows.
    pub changes: Vec<Change>,
}

/// Imports rule sets.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRuleSets {
    /// Rule sets of the file.
    pub rule_sets: Vec<RuleSet>,
    /// What becomes of the others.
    pub mode: Mode,
    /// What reading the file noted.
    pub notes: Vec<Problem>,
}

impl ImportRuleSets {
    /// Reads an export file: a bare array or an envelope.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all problems; an envelope that says it is partial is refused in full mode.
    pub fn read(text: &str, mode: Mode) -> Result<Self, Error> {
        #[derive(serde::Deserialize)]
        struct About {
            #[serde(default)]
            partial: bool,
        }
        let refuse = |problems| Error::Invalid { kind: Kind::RuleSet, name: Text::from("import"), problems };
        let read = read::rule_sets(text).map_err(|problem| refuse(vec![problem]))?;
        if has_errors(&read.problems) {
            return Err(refuse(read.problems));
        }
        let partial = text.trim_start().starts_with('{')
            && serde_json::from_str::<About>(text).is_ok_and(|about| about.partial);
        if partial && mode == Mode::Full {
            let what = "the file holds only some rule sets; a full import would delete all others";
            return Err(refuse(vec![Problem::error("partial", what, "import it with merge or add")]));
        }
        Ok(ImportRuleSets { rule_sets: read.rule_sets, mode, notes: read.problems })
    }

    /// Everything the import would do to the store as it is now.
    pub fn preview(&self, now: &Snapshot) -> ImportPlan {
        let mut out = ImportPlan { notes: self.notes.clone(), ..ImportPlan::default() };
        let stored: HashMap<&str, &RuleSet> = now.rule_sets.iter().map(|set| (&*set.name, set)).collect();
        let mut taken: FxHashSet<Text> = FxHashSet::default();
        let mut created: Vec<EndPoint> = Vec::new();
        for set in &self.rule_sets {
            let old = stored.get(&*set.name).copied();
            if old.is_some() && self.mode == Mode::Add {
                out.rule_sets.push(listed(&set.name, Fate::Kept));
                continue;
            }
            let mut set = set.clone();
            name_note(&set.name, &set.name, &mut out.notes);
            for name in &mut set.end_points {
                *name = end_point(now, name, &mut created);
                if !taken.insert(Text::clone(name)) {
                    let what = format!("end point \"{name}\" belongs to another rule set of the file too");
                    out.notes.push(Problem::warning(&*set.name, what, "name it in one rule set only"));
                }
            }
            compare(now, old, set, &mut out);
        }
        let named: FxHashSet<&str> = self.rule_sets.iter().map(|set| &*set.name).collect();
        for set in now.rule_sets.iter().filter(|set| !named.contains(&*set.name)) {
            others(now, set, self.mode, &taken, &mut out);
        }
        out.end_points = created.iter().map(|it| Text::clone(&it.name)).collect();
        let points = created.into_iter().map(|it| Change::create(Entity::EndPoint(it)));
        out.changes = points.chain(std::mem::take(&mut out.changes)).collect();
        self.dangling(now, &mut out.notes);
        out
    }

    /// References of the file that lead nowhere afterwards.
    fn dangling(&self, now: &Snapshot, notes: &mut Vec<Problem>) {
        let mut there: FxHashSet<&str> = self.rule_sets.iter().map(|set| &*set.name).collect();
        if self.mode != Mode::Full {
            there.extend(now.rule_sets.iter().map(|set| &*set.name));
        }
        for set in &self.rule_sets {
            for rule in &set.rules {
                for it in rule_set_references(rule).filter(|it| !it.dynamic && !there.contains(&**it.target))
                {
                    let place = format!("{} / {} / {}", set.name, rule.name, it.param);
                    let what = format!("there is no rule set \"{}\"; contacts that get here fail", it.target);
                    notes.push(Problem::warning(place, what, "import or create that rule set"));
                }
            }
        }
    }
}

fn listed(name: &Text, fate: Fate) -> Listed {
    Listed { name: Text::clone(name), fate, added: Vec::new(), changed: Vec::new(), removed: Vec::new() }
}

fn name_note(name: &str, place: &str, notes: &mut Vec<Problem>) {
    if let Some(reason) = name_problem(name) {
        let fix = "rename it when it is next edited";
        notes.push(Problem::warning(place, format!("the name {reason}; it is kept"), fix));
    }
}

/// The stored spelling of an end point's name; a new end point if there is none.
fn end_point(now: &Snapshot, name: &Text, created: &mut Vec<EndPoint>) -> Text {
    let lower = name.to_lowercase();
    if let Some(it) = now.end_points.iter().chain(&*created).find(|it| it.name.to_lowercase() == lower) {
        return Text::clone(&it.name);
    }
    created.push(EndPoint {
        id: new_id(),
        name: Text::clone(name),
        description: Text::default(),
        inbound_numbers: Vec::new(),
        enabled: true,
    });
    Text::clone(name)
}

/// Rule sets that the file does not name.
fn others(now: &Snapshot, set: &RuleSet, mode: Mode, taken: &FxHashSet<Text>, out: &mut ImportPlan) {
    let id = set.id.clone().unwrap_or_default();
    let expected = now.rev(Kind::RuleSet, &id);
    if mode == Mode::Full {
        out.rule_sets.push(listed(&set.name, Fate::Delete));
        out.changes.push(Change::Delete { key: Key::new(Kind::RuleSet, id), expected });
        return;
    }
    let lost: Vec<&Text> = set.end_points.iter().filter(|name| taken.contains(*name)).collect();
    if lost.is_empty() {
        return;
    }
    for name in lost {
        let what = format!("loses end point \"{name}\" to an imported rule set");
        out.notes.push(Problem::warning(&*set.name, what, "check where its calls should go"));
    }
    let mut set = head(set);
    set.end_points.retain(|name| !taken.contains(name));
    out.changes.push(Change::Put { entity: Entity::RuleSet(set), expected });
}

/// One rule set of the file against the stored one; identifiers are kept.
fn compare(now: &Snapshot, old: Option<&RuleSet>, mut set: RuleSet, out: &mut ImportPlan) {
    let mut entry = listed(&set.name, if old.is_some() { Fate::Replace } else { Fate::Create });
    let id = old.and_then(|old| old.id.clone()).unwrap_or_else(new_id);
    let rules = std::mem::take(&mut set.rules);
    set.id = Some(Text::clone(&id));
    let same_head = old.is_some_and(|old| head(old) == set);
    if !same_head {
        let expected = now.rev(Kind::RuleSet, &id);
        out.changes.push(Change::Put { entity: Entity::RuleSet(set.clone()), expected });
    }
    let stored: HashMap<&str, &Rule> =
        old.map(|old| old.rules.iter().map(|rule| (&*rule.name, rule)).collect()).unwrap_or_default();
    let mut names: FxHashSet<Text> = rules.iter().map(|rule| Text::clone(&rule.name)).collect();
    let mut used: FxHashSet<Text> = FxHashSet::default();
    for mut rule in rules {
        if !used.insert(Text::clone(&rule.name)) {
            let fresh = (2..=u32::MAX).map(|n| Text::from(format!("{} {n}", rule.name)));
            if let Some(name) = fresh.into_iter().find(|name| !names.contains(name)) {
                let place = format!("{} / {}", set.name, rule.name);
                let what = format!("there are two rules of this name; the later becomes \"{name}\"");
                out.notes.push(Problem::warning(place, what, "give it a telling name"));
                names.insert(Text::clone(&name));
                used.insert(Text::clone(&name));
                rule.name = name;
            }
        }
        name_note(&rule.name, &format!("{} / {}", set.name, rule.name), &mut out.notes);
        let old = stored.get(&*rule.name).copied();
        identify(&mut rule, old);
        if old == Some(&rule) {
            continue;
        }
        let list = if old.is_some() { &mut entry.changed } else { &mut entry.added };
        list.push(Text::clone(&rule.name));
        let expected = now.rev(Kind::Rule, rule.id.as_deref().unwrap_or_default());
        out.changes.push(Change::Put { entity: Entity::Rule(Text::clone(&id), rule), expected });
    }
    for rule in old.map(|old| &old.rules[..]).unwrap_or_default() {
        if !names.contains(&rule.name) {
            entry.removed.push(Text::clone(&rule.name));
            let id = rule.id.clone().unwrap_or_default();
            let expected = now.rev(Kind::Rule, &id);
            out.changes.push(Change::Delete { key: Key::new(Kind::Rule, id), expected });
        }
    }
    if same_head && entry.added.is_empty() && entry.changed.is_empty() && entry.removed.is_empty() {
        entry.fate = Fate::Unchanged;
    }
    out.rule_sets.push(entry);
}

/// Gives a rule and its weights the identifiers of the stored ones that they stand for.
fn identify(rule: &mut Rule, old: Option<&Rule>) {
    rule.id = Some(old.and_then(|old| old.id.clone()).unwrap_or_else(new_id));
    let mut free: Vec<_> = old.map(|old| old.weights.iter().collect()).unwrap_or_default();
    for weight in &mut rule.weights {
        let at = free.iter().position(|old| {
            old.field == weight.field && old.operation == weight.operation && old.value == weight.value
        });
        weight.id = Some(at.and_then(|at| free.remove(at).id.clone()).unwrap_or_else(new_id));
    }
}

impl Action for ImportRuleSets {
    fn operation(&self) -> Operation {
        Operation::ImportRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let plan = self.preview(now);
        let title = format!("import {} rule sets", self.rule_sets.len());
        Ok(Plan { title, changes: plan.changes, notes: plan.notes })
    }
}

/// Imports tests; stored ones are found by folder and name and keep their identifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportTests {
    /// Tests of the file.
    pub tests: Vec<TestDocument>,
    /// Delete stored tests that the file does not name.
    pub full: bool,
    /// Take tests that are not production ready too.
    pub not_ready_too: bool,
}

impl ImportTests {
    /// Takes the tests of a file that was read.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all errors found in it.
    pub fn of(file: TestFile, full: bool, not_ready_too: bool) -> Result<Self, Error> {
        let errors =
            file.findings.iter().filter(|it| it.severity == connect_rules_engine::script::Severity::Error);
        let problems: Vec<Problem> = errors.map(|it| Problem::error(&it.at, &it.message, &it.fix)).collect();
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Error::Invalid { kind: Kind::Test, name: Text::from("import"), problems });
        }
        Ok(ImportTests { tests: file.tests, full, not_ready_too })
    }
}

impl Action for ImportTests {
    fn operation(&self) -> Operation {
        Operation::ImportTests
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let stored: Vec<(&str, &str)> = now.tests.iter().map(|test| (&*test.folder, &*test.name)).collect();
        let mut plan = plan_import(&stored, &self.tests, self.full);
        if self.not_ready_too {
            for at in std::mem::take(&mut plan.skipped) {
                let key = (&*self.tests[at].folder, &*self.tests[at].name);
                match stored.iter().position(|known| *known == key) {
                    Some(old) => plan.replaced.push((at, old)),
                    None => plan.inserted.push(at),
                }
            }
        }
        let mut changes = Vec::new();
        for (at, old) in plan
            .inserted
            .iter()
            .map(|at| (*at, None))
            .chain(plan.replaced.iter().map(|(at, old)| (*at, Some(*old))))
        {
            let id = old.and_then(|old| now.tests[old].test_id.clone()).unwrap_or_else(new_id);
            let expected = now.rev(Kind::Test, &id);
            let test = TestDocument { test_id: Some(id), ..self.tests[at].clone() };
            changes.push(Change::Put { entity: Entity::Test(test), expected });
        }
        for at in &plan.deleted {
            let id = now.tests[*at].test_id.clone().unwrap_or_default();
            let expected = now.rev(Kind::Test, &id);
            changes.push(Change::Delete { key: Key::new(Kind::Test, id), expected });
        }
        let title = format!(
            "import tests: {} new, {} replaced, {} skipped, {} deleted",
            plan.inserted.len(),
            plan.replaced.len(),
            plan.skipped.len(),
            plan.deleted.len()
        );
        Ok(Plan { title, changes, notes: Vec::new() })
    }
}
