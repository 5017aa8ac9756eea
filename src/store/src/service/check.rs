//! What saving refuses: limits and forms of members, and names that are taken (`spec/model.md` 4-6).

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::kinds::names::{name_problem, rule_set_problems};
use connect_rules_engine::kinds::{self, Surroundings, validate};
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Text, trim, utf16_len};

use crate::entity::Kind;
use crate::errors::Error;
use crate::snapshot::Snapshot;

/// What to do about a refused name.
const NAME_FIX: &str = "use 2 to 64 letters, digits, blanks, - and _";

/// Collects what is wrong with the members of one thing.
pub(super) struct Members {
    kind: Kind,
    name: Text,
    problems: Vec<Problem>,
}

impl Members {
    pub(super) fn new(kind: Kind, name: &Text) -> Self {
        Members { kind, name: Text::clone(name), problems: Vec::new() }
    }

    /// Notes a problem of a field.
    pub(super) fn refuse(&mut self, field: &str, reason: impl Into<String>, fix: &str) {
        self.problems.push(Problem::error(field, reason, fix));
    }

    /// A name; the old name may stay as it is.
    pub(super) fn name(&mut self, name: &Text, old: Option<&Text>) {
        if old == Some(name) {
            return;
        }
        if let Some(reason) = name_problem(name) {
            self.refuse("name", format!("the name {reason}"), NAME_FIX);
        }
    }

    /// A text of so many characters.
    pub(super) fn length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = utf16_len(trim(text));
        if length < least || utf16_len(text) > most {
            let fix = format!("give {least} to {most} characters");
            self.refuse(field, format!("has {length} characters, not {least} to {most}"), &fix);
        }
    }

    /// Takes problems found elsewhere.
    pub(super) fn take(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// # Errors
    /// [`Error::Invalid`] if there is any problem.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::Invalid { kind: self.kind, name: self.name, problems: self.problems })
    }
}

/// A name as it is stored: without blanks at its ends.
pub(super) fn trimmed(name: &str) -> Text {
    Text::from(trim(name))
}

pub(super) fn taken(kind: Kind, field: &'static str, value: &Text, holder: &Text) -> Error {
    Error::Conflict { kind, field, value: Text::clone(value), holder: Text::clone(holder) }
}

/// A rule set itself: its members, and its name and end points among all rule sets.
pub(super) fn rule_set(now: &Snapshot, set: &RuleSet, old: Option<&RuleSet>) -> Result<(), Error> {
    let mut members = Members::new(Kind::RuleSet, &set.name);
    members.take(rule_set_problems(set).into_iter().filter(|problem| {
        let kept = |same: fn(&RuleSet) -> &Text| old.is_some_and(|old| same(old) == same(set));
        !(problem.place == "name" && kept(|it| &it.name)
            || problem.place == "folder" && kept(|it| &it.folder))
    }));
    members.finish()?;
    for other in now.rule_sets.iter().filter(|other| other.id != set.id) {
        if other.name == set.name {
            return Err(taken(Kind::RuleSet, "name", &set.name, &other.name));
        }
        let fresh = |name: &&Text| old.is_none_or(|old| !old.end_points.contains(name));
        let both = set.end_points.iter().filter(fresh).find(|name| other.end_points.contains(name));
        if let Some(name) = both {
            return Err(taken(Kind::RuleSet, "endPoints", name, &other.name));
        }
    }
    Ok(())
}

/// A rule: everything the strictest form refuses, and its name in its rule set.
pub(super) fn rule(now: &Snapshot, set: &RuleSet, rule: &Rule, old: Option<&Rule>) -> Result<(), Error> {
    let catalogue = instance(now);
    let exists = |name: &str| now.rule_set_named(name).is_some();
    let around = Surroundings { catalogue: catalogue.as_ref(), rule_set_exists: &exists, templates: true };
    let mut members = Members::new(Kind::Rule, &rule.name);
    let same_name = old.is_some_and(|old| old.name == rule.name);
    members
        .take(validate(rule, &around).into_iter().filter(|problem| !(same_name && problem.place == "name")));
    members.finish()?;
    rule_name(set, rule)
}

/// What is worth knowing about a rule that is saved: parameters that its type does not have, if they are new.
pub(super) fn unknown_params(rule: &Rule, old: Option<&Rule>) -> Vec<Problem> {
    let Some(kind) = kinds::kind(&rule.rule_type) else { return Vec::new() };
    let fresh =
        |name: &str| old.is_none_or(|old| old.rule_type != rule.rule_type || old.params.get(name).is_none());
    let unknown = rule.params.iter().map(|(name, _)| name);
    unknown
        .filter(|name| fresh(name) && kinds::param_spec(Some(kind), name).is_none())
        .map(|name| {
            let what = format!("{} rules have no parameter `{name}`; templates alone see it", kind.name);
            let fix = format!("check the spelling; `rule-types {}` names the parameters", kind.name);
            Problem::warning(format!("{} / params / {name}", rule.name), what, fix)
        })
        .collect()
}

/// The name of a rule in its rule set.
pub(super) fn rule_name(set: &RuleSet, rule: &Rule) -> Result<(), Error> {
    match set.rules.iter().find(|other| other.id != rule.id && other.name == rule.name) {
        Some(other) => Err(taken(Kind::Rule, "name", &rule.name, &other.name)),
        None => Ok(()),
    }
}

/// The instance, if its lists were ever read.
fn instance(now: &Snapshot) -> Option<Catalogue> {
    let known = now.config.iter().any(|row| &*row.key == "Queues" || &*row.key == "queues");
    known.then(|| super::catalogue(now))
}
