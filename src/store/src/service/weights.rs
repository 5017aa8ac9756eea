//! Weights of rules: create, edit, delete (`spec/model.md` 10). They are written with their rule, under the
//! rule's version.

use connect_rules_engine::kinds::weights::weight_problems;
use connect_rules_engine::model::{Rule, Weight};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::template;
use connect_rules_engine::value::Text;

use super::check::Members;
use super::edit::put;
use super::{Action, Plan};
use crate::entity::{Entity, Key, Kind, new_id};
use crate::errors::{Error, Stale};
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;

/// Adds a weight to a rule; its identifier is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateWeight {
    /// The rule.
    pub rule_id: Text,
    /// What is added.
    pub weight: Weight,
}

/// Changes a weight of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateWeight {
    /// The rule.
    pub rule_id: Text,
    /// The weight as it was read, if somebody else's change must not be lost.
    pub base: Option<Weight>,
    /// The weight as it is to be.
    pub mine: Weight,
}

/// Removes a weight from a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteWeight {
    /// The rule.
    pub rule_id: Text,
    /// The weight.
    pub weight_id: Text,
}

impl Action for CreateWeight {
    fn operation(&self) -> Operation {
        Operation::CreateWeight
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let weight = Weight { id: Some(new_id()), ..self.weight.clone() };
        check(&weight)?;
        edited(now, &self.rule_id, "add a weight to", |rule| {
            rule.weights.push(weight);
            Ok(())
        })
    }
}

impl Action for UpdateWeight {
    fn operation(&self) -> Operation {
        Operation::UpdateWeight
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        check(&self.mine)?;
        let id = self.mine.id.clone().unwrap_or_default();
        edited(now, &self.rule_id, "change a weight of", |rule| {
            let theirs = rule.clone();
            let weight = find(rule, &id)?;
            if self.base.as_ref().is_some_and(|base| base != weight && self.mine != *weight) {
                let key = Key::new(Kind::Rule, Text::clone(&self.rule_id));
                let stamp = now.stamps.get(&key).cloned();
                let set = now.rule(&self.rule_id)?.0.id.clone().unwrap_or_default();
                let entity = |rule: Rule| Some(Entity::Rule(Text::clone(&set), rule));
                *weight = self.mine.clone();
                let (mine, theirs) = (entity(rule.clone()), entity(theirs));
                return Err(Error::Stale(vec![Stale {
                    key,
                    base: None,
                    mine,
                    theirs,
                    stamp,
                    clashes: vec![],
                }]));
            }
            *weight = self.mine.clone();
            Ok(())
        })
    }
}

impl Action for DeleteWeight {
    fn operation(&self) -> Operation {
        Operation::DeleteWeight
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        edited(now, &self.rule_id, "delete a weight of", |rule| {
            find(rule, &self.weight_id)?;
            rule.weights.retain(|weight| weight.id.as_ref() != Some(&self.weight_id));
            Ok(())
        })
    }
}

fn find<'a>(rule: &'a mut Rule, id: &Text) -> Result<&'a mut Weight, Error> {
    let missing = || Error::NotFound { kind: Kind::Rule, id: Text::from(format!("weight {id}")) };
    rule.weights.iter_mut().find(|weight| weight.id.as_ref() == Some(id)).ok_or_else(missing)
}

fn edited(
    now: &Snapshot,
    rule_id: &Text,
    what: &str,
    change: impl FnOnce(&mut Rule) -> Result<(), Error>,
) -> Result<Plan, Error> {
    let (set, rule) = now.rule(rule_id)?;
    let mut rule = rule.clone();
    change(&mut rule)?;
    let title = format!("{what} rule {} / {}", set.name, rule.name);
    Ok(Plan::new(title, vec![put(now, Entity::Rule(set.id.clone().unwrap_or_default(), rule))]))
}

fn check(weight: &Weight) -> Result<(), Error> {
    let name = weight.field.clone().unwrap_or_default();
    let mut members = Members::new(Kind::Rule, &name);
    members.take(weight_problems(weight, false).into_iter().map(|p| Problem::error(p.member, p.what, p.fix)));
    let value = weight.value_text();
    if template::is_template(value)
        && let Err(message) = template::check(value)
    {
        members.refuse("value", format!("the template fails: {message}"), "mend the template");
    }
    members.finish()
}
