//! Rules: create, edit, rename, clone, move, enable, reorder, delete (`spec/model.md` 4.2, 9).

use connect_rules_engine::compat::Compat;
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::references::in_rule_order;
use connect_rules_engine::value::{Text, text_num};

use super::check::{self, Members, trimmed};
use super::edit::put;
use super::rule_sets::copy;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{Entity, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;

/// Creates a rule; identifiers are made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRule {
    /// The rule set that gets it.
    pub rule_set_id: Text,
    /// What is created.
    pub rule: Rule,
}

impl Action for CreateRule {
    fn operation(&self) -> Operation {
        Operation::CreateRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let set = now.rule_set(&self.rule_set_id)?;
        let mut rule = copy(&self.rule);
        rule.name = trimmed(&rule.name);
        check::rule(now, set, &rule, None)?;
        let title = format!("create rule {} / {}", set.name, rule.name);
        let notes = check::unknown_params(&rule, None);
        let entity = Entity::Rule(Text::clone(&self.rule_set_id), rule);
        Ok(Plan { notes, ..Plan::new(title, vec![Change::create(entity)]) })
    }
}

/// Changes a rule with its parameters and weights. The name may change too.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRule(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateRule {
    fn operation(&self) -> Operation {
        Operation::UpdateRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::Rule(set_id, mut rule), Entity::Rule(_, old), expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::Rule, id: self.0.mine.id() });
        };
        let set = now.rule_set(&set_id)?;
        for weight in &mut rule.weights {
            weight.id.get_or_insert_with(new_id);
        }
        check::rule(now, set, &rule, Some(&old))?;
        let title = format!("change rule {} / {}", set.name, rule.name);
        let notes = check::unknown_params(&rule, Some(&old));
        let changes = vec![Change::Put { entity: Entity::Rule(set_id, rule), expected }];
        Ok(Plan { notes, ..Plan::new(title, changes) })
    }
}

/// Renames a rule. Nothing refers to rules by name but calls in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameRule {
    /// Which.
    pub which: Picked,
    /// The new name.
    pub name: Text,
}

impl Action for RenameRule {
    fn operation(&self) -> Operation {
        Operation::RenameRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        self.which.check(now, Kind::Rule)?;
        let (set, old) = now.rule(&self.which.id)?;
        let rule = Rule { name: trimmed(&self.name), ..old.clone() };
        named(set, &rule, Some(old))?;
        let title = format!("rename rule {} / {} to {}", set.name, old.name, rule.name);
        let what = "contacts that stand on this rule now keep the old name and fail at their next step";
        let notes = vec![Problem::warning("calls in progress", what, "rename while few calls are running")];
        let entity = Entity::Rule(set.id.clone().unwrap_or_default(), rule);
        Ok(Plan { title, changes: vec![put(now, entity)], notes })
    }
}

fn named(set: &RuleSet, rule: &Rule, old: Option<&Rule>) -> Result<(), Error> {
    let mut members = Members::new(Kind::Rule, &rule.name);
    members.name(&rule.name, old.map(|old| &old.name));
    members.finish()?;
    check::rule_name(set, rule)
}

/// Clones a rule, in its rule set or into another one.
#[derive(Clone, Debug, PartialEq)]
pub struct CloneRule {
    /// Which.
    pub id: Text,
    /// Name of the clone.
    pub name: Text,
    /// The rule set that gets it; `None`: the same.
    pub into: Option<Text>,
}

impl Action for CloneRule {
    fn operation(&self) -> Operation {
        Operation::CloneRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (set, old) = now.rule(&self.id)?;
        let target = self.into.as_ref().map_or(Ok(set), |id| now.rule_set(id))?;
        let mut rule = copy(old);
        rule.name = trimmed(&self.name);
        named(target, &rule, None)?;
        let title = format!("clone rule {} / {} as {} / {}", set.name, old.name, target.name, rule.name);
        let entity = Entity::Rule(target.id.clone().unwrap_or_default(), rule);
        Ok(Plan::new(title, vec![Change::create(entity)]))
    }
}

/// Moves rules to another rule set.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRules {
    /// Which.
    pub which: Vec<Picked>,
    /// The rule set that gets them.
    pub to: Text,
}

impl Action for MoveRules {
    fn operation(&self) -> Operation {
        Operation::UpdateRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut target = now.rule_set(&self.to)?.clone();
        let mut changes = Vec::new();
        for picked in &self.which {
            picked.check(now, Kind::Rule)?;
            let (_, rule) = now.rule(&picked.id)?;
            check::rule_name(&target, rule)?;
            target.rules.push(rule.clone());
            changes.push(put(now, Entity::Rule(Text::clone(&self.to), rule.clone())));
        }
        Ok(Plan::new(format!("move {} rules to {}", self.which.len(), target.name), changes))
    }
}

/// Enables or disables rules.
#[derive(Clone, Debug, PartialEq)]
pub struct EnableRules {
    /// Which.
    pub which: Vec<Picked>,
    /// Whether they are tested.
    pub enabled: bool,
}

impl Action for EnableRules {
    fn operation(&self) -> Operation {
        Operation::UpdateRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        for picked in &self.which {
            picked.check(now, Kind::Rule)?;
            let (set, rule) = now.rule(&picked.id)?;
            let rule = Rule { enabled: self.enabled, ..rule.clone() };
            changes.push(put(now, Entity::Rule(set.id.clone().unwrap_or_default(), rule)));
        }
        let word = if self.enabled { "enable" } else { "disable" };
        Ok(Plan::new(format!("{word} {} rules", self.which.len()), changes))
    }
}

/// Puts the rules of a rule set into an order, by their priorities.
///
/// Priorities that are all different are dealt out anew; otherwise the rules get new ones in steps of 10.
#[derive(Clone, Debug, PartialEq)]
pub struct ReorderRules {
    /// The rule set.
    pub rule_set_id: Text,
    /// Identifiers of all its rules, first to run first.
    pub order: Vec<Text>,
}

impl Action for ReorderRules {
    fn operation(&self) -> Operation {
        Operation::UpdateRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let set = now.rule_set(&self.rule_set_id)?;
        let find = |id: &Text| set.rules.iter().find(|rule| rule.id.as_ref() == Some(id));
        let mut wanted: Vec<&Rule> = Vec::new();
        for id in &self.order {
            wanted.push(find(id).ok_or_else(|| Error::NotFound { kind: Kind::Rule, id: Text::clone(id) })?);
        }
        let mut ids: Vec<&Text> = self.order.iter().collect();
        ids.sort();
        ids.dedup();
        if ids.len() != set.rules.len() {
            let what = "does not name every rule once";
            let name = Text::clone(&set.name);
            return Err(Error::invalid(Kind::RuleSet, name, "order", what, "reload and order all rules"));
        }
        let priorities = priorities(set);
        let changes = wanted
            .into_iter()
            .zip(priorities)
            .filter(|(rule, priority)| rule.priority != *priority)
            .map(|(rule, priority)| {
                put(now, Entity::Rule(Text::clone(&self.rule_set_id), Rule { priority, ..rule.clone() }))
            })
            .collect();
        Ok(Plan::new(format!("reorder the rules of {}", set.name), changes))
    }
}

/// Priorities for the rules of a set, first to run first.
fn priorities(set: &RuleSet) -> Vec<Text> {
    let present: Vec<Text> =
        in_rule_order(set, Compat::Corrected).iter().map(|r| Text::clone(&r.priority)).collect();
    if present.windows(2).all(|pair| text_num(&pair[0]) > text_num(&pair[1])) {
        return present;
    }
    let step = if present.len() > 10_000 { 1 } else { 10 };
    (1..=present.len()).rev().map(|place| Text::from((place * step).to_string())).collect()
}

/// Deletes rules with their weights.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteRules(
    /// Which.
    pub Vec<Picked>,
);

impl Action for DeleteRules {
    fn operation(&self) -> Operation {
        Operation::DeleteRule
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        let mut names = Vec::new();
        for picked in &self.0 {
            let (set, rule) = now.rule(&picked.id)?;
            names.push(format!("{} / {}", set.name, rule.name));
            changes.push(picked.delete(now, Kind::Rule)?);
        }
        let what = "a live contact that stands on it starts its rule set again";
        let notes = vec![Problem::warning("calls in progress", what, "delete while few calls are running")];
        Ok(Plan { title: format!("delete rule {}", names.join(", ")), changes, notes })
    }
}
