//! Rule sets: create, edit, rename, clone, move, enable, delete (`spec/model.md` 5-9).

use std::sync::Arc;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::kinds::{rewrite_references, rule_set_references};
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::references::{in_name_order, in_rule_order};
use connect_rules_engine::value::Text;

use super::check::{self, trimmed};
use super::edit::put;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{Entity, Kind, new_id};
use crate::errors::{Error, UsedBy};
use crate::roles::{Actor, Operation, Role};
use crate::snapshot::{Snapshot, head};

/// Creates a rule set, with rules if it has any; identifiers are made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRuleSet(
    /// What is created.
    pub RuleSet,
);

impl Action for CreateRuleSet {
    fn operation(&self) -> Operation {
        Operation::CreateRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut set = self.0.clone();
        set.name = trimmed(&set.name);
        let rules = std::mem::take(&mut set.rules);
        let id = new_id();
        set.id = Some(Text::clone(&id));
        check::rule_set(now, &set, None)?;
        let mut whole = set.clone();
        let mut changes = Vec::with_capacity(rules.len() + 1);
        for rule in rules {
            let rule = copy(&rule);
            check::rule(now, &whole, &rule, None)?;
            whole.rules.push(rule.clone());
            changes.push(Change::create(Entity::Rule(Text::clone(&id), rule)));
        }
        let title = format!("create rule set {}", set.name);
        let notes = near_names(now, &set).chain(unknown_end_points(now, &set)).collect();
        changes.insert(0, Change::create(Entity::RuleSet(set)));
        Ok(Plan { title, changes, notes })
    }
}

/// Names that differ only by case are easily mixed up.
fn near_names<'a>(now: &'a Snapshot, set: &'a RuleSet) -> impl Iterator<Item = Problem> + 'a {
    let near = |other: &&Arc<RuleSet>| {
        other.id != set.id && other.name != set.name && other.name.to_lowercase() == set.name.to_lowercase()
    };
    now.rule_sets.iter().filter(near).map(|other| {
        let what = format!("rule set \"{}\" differs only by case", other.name);
        Problem::warning("name", what, "choose names that people can tell apart")
    })
}

fn unknown_end_points<'a>(now: &'a Snapshot, set: &'a RuleSet) -> impl Iterator<Item = Problem> + 'a {
    let unknown = |name: &&Text| !now.end_points.iter().any(|it| it.name == **name);
    set.end_points.iter().filter(unknown).map(|name| {
        let what = format!("there is no end point \"{name}\"; no number leads here by it");
        Problem::warning("endPoints", what, "create the end point")
    })
}

/// Changes description, folder, end points and the enabled mark of a rule set.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRuleSet(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateRuleSet {
    fn operation(&self) -> Operation {
        Operation::UpdateRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::RuleSet(mut set), Entity::RuleSet(old), expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::RuleSet, id: self.0.mine.id() });
        };
        set.rules.clear();
        if set.name != old.name {
            let fix = "use rename, which makes references follow";
            return Err(Error::invalid(Kind::RuleSet, set.name, "name", "an edit does not rename", fix));
        }
        check::rule_set(now, &set, Some(&old))?;
        let title = format!("change rule set {}", set.name);
        let notes = unknown_end_points(now, &set).collect();
        Ok(Plan { title, changes: vec![Change::Put { entity: Entity::RuleSet(set), expected }], notes })
    }
}

/// Renames a rule set; every reference follows, in disabled rules too.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameRuleSet {
    /// Which.
    pub which: Picked,
    /// The new name.
    pub name: Text,
}

impl Action for RenameRuleSet {
    fn operation(&self) -> Operation {
        Operation::RenameRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        self.which.check(now, Kind::RuleSet)?;
        let old = now.rule_set(&self.which.id)?;
        let mut set = head(old);
        set.name = trimmed(&self.name);
        check::rule_set(now, &set, Some(old))?;
        let mut notes: Vec<Problem> = near_names(now, &set).collect();
        let mut changes = Vec::new();
        for (holder, rule) in every_rule(now) {
            let mut rule = rule.clone();
            let rewritten = rewrite_references(&mut rule, &old.name, &set.name);
            if rewritten.is_empty() {
                continue;
            }
            let place = format!("{} / {}", holder.name, rule.name);
            let what = format!("{} will name \"{}\"", rewritten.join(", "), set.name);
            notes.push(Problem::warning(place, what, ""));
            changes.push(put(now, Entity::Rule(holder.id.clone().unwrap_or_default(), rule)));
        }
        let title = format!("rename rule set {} to {}", old.name, set.name);
        let what = "contacts that are in this rule set now keep the old name and fail at their next step";
        notes.push(Problem::warning("calls in progress", what, "rename while few calls are running"));
        changes.push(put(now, Entity::RuleSet(set)));
        Ok(Plan { title, changes, notes })
    }
}

fn every_rule(now: &Snapshot) -> impl Iterator<Item = (&RuleSet, &Rule)> {
    now.rule_sets.iter().flat_map(|set| set.rules.iter().map(move |rule| (&**set, rule)))
}

/// Clones a rule set with its rules, without its end points.
#[derive(Clone, Debug, PartialEq)]
pub struct CloneRuleSet {
    /// Which.
    pub id: Text,
    /// Name of the clone.
    pub name: Text,
    /// References to itself point at the clone, not at the original.
    pub repoint: bool,
}

/// A rule under new identifiers.
pub(super) fn copy(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    rule.id = Some(new_id());
    for weight in &mut rule.weights {
        weight.id = Some(new_id());
    }
    rule
}

impl Action for CloneRuleSet {
    fn operation(&self) -> Operation {
        Operation::CloneRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let old = now.rule_set(&self.id)?;
        let mut set = head(old);
        let id = new_id();
        set.id = Some(Text::clone(&id));
        set.name = trimmed(&self.name);
        set.end_points.clear();
        check::rule_set(now, &set, None)?;
        let mut changes = vec![Change::create(Entity::RuleSet(set.clone()))];
        for rule in &old.rules {
            let mut rule = copy(rule);
            if self.repoint {
                rewrite_references(&mut rule, &old.name, &set.name);
            }
            changes.push(Change::create(Entity::Rule(Text::clone(&id), rule)));
        }
        let notes = near_names(now, &set).collect();
        Ok(Plan { title: format!("clone rule set {} as {}", old.name, set.name), changes, notes })
    }
}

/// Moves rule sets to a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRuleSets {
    /// Which.
    pub which: Vec<Picked>,
    /// Where to.
    pub folder: Text,
}

impl Action for MoveRuleSets {
    fn operation(&self) -> Operation {
        Operation::MoveRuleSets
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let changes = each(now, &self.which, |set| set.folder = Text::clone(&self.folder))?;
        Ok(Plan::new(format!("move {} rule sets to {}", self.which.len(), self.folder), changes))
    }
}

/// Enables or disables rule sets.
#[derive(Clone, Debug, PartialEq)]
pub struct EnableRuleSets {
    /// Which.
    pub which: Vec<Picked>,
    /// Whether calls see them.
    pub enabled: bool,
}

impl Action for EnableRuleSets {
    fn operation(&self) -> Operation {
        Operation::UpdateRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let changes = each(now, &self.which, |set| set.enabled = self.enabled)?;
        let word = if self.enabled { "enable" } else { "disable" };
        Ok(Plan::new(format!("{word} {} rule sets", self.which.len()), changes))
    }
}

fn each(now: &Snapshot, which: &[Picked], change: impl Fn(&mut RuleSet)) -> Result<Vec<Change>, Error> {
    which
        .iter()
        .map(|picked| {
            picked.check(now, Kind::RuleSet)?;
            let old = now.rule_set(&picked.id)?;
            let mut set = head(old);
            change(&mut set);
            check::rule_set(now, &set, Some(old))?;
            Ok(put(now, Entity::RuleSet(set)))
        })
        .collect()
}

/// Deletes rule sets with their rules, all or none. References among them do not count.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteRuleSets {
    /// Which.
    pub which: Vec<Picked>,
    /// Leave references of others dangling; for administrators.
    pub anyway: bool,
}

impl Action for DeleteRuleSets {
    fn operation(&self) -> Operation {
        Operation::DeleteRuleSet
    }

    fn allowed(&self, actor: &Actor) -> Result<(), Error> {
        actor.check(self.operation())?;
        if self.anyway && actor.role != Role::Administrator {
            return Err(Error::Forbidden { operation: self.operation(), role: actor.role.clone() });
        }
        Ok(())
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        let mut names = Vec::new();
        for picked in &self.which {
            let set = now.rule_set(&picked.id)?;
            names.push(Text::clone(&set.name));
            changes.push(picked.delete(now, Kind::RuleSet)?);
        }
        let mut notes = Vec::new();
        for name in &names {
            let by = referring(now, name, &names);
            if by.is_empty() {
                continue;
            }
            if !self.anyway {
                return Err(Error::InUse { kind: Kind::RuleSet, name: Text::clone(name), by });
            }
            for user in by {
                let what = format!("{} will lead nowhere", user.place);
                notes.push(Problem::warning(user.name.to_string(), what, "choose another rule set there"));
            }
        }
        Ok(Plan { title: format!("delete rule set {}", names.join(", ")), changes, notes })
    }
}

/// Rules outside the rule sets `without` that refer to a rule set, in name and running order.
pub fn referring(now: &Snapshot, name: &str, without: &[Text]) -> Vec<UsedBy> {
    let mut out = Vec::new();
    for set in in_name_order(&now.rule_sets) {
        if without.contains(&set.name) {
            continue;
        }
        for rule in in_rule_order(set, Compat::Corrected) {
            for reference in rule_set_references(rule) {
                if !reference.dynamic && &**reference.target == name {
                    out.push(UsedBy {
                        kind: Kind::Rule,
                        name: Text::from(format!("{} / {}", set.name, rule.name)),
                        place: Text::clone(reference.param),
                    });
                }
            }
        }
    }
    out
}
