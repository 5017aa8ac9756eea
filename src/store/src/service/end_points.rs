//! End points: create, edit, rename, assign, delete (`spec/model.md` 4.4, 7, 11).

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::Text;

use super::check::{Members, taken, trimmed};
use super::edit::put;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{EndPoint, Entity, Kind, new_id};
use crate::errors::{Error, UsedBy};
use crate::roles::{Actor, Operation};
use crate::snapshot::{Snapshot, head};

fn check(now: &Snapshot, it: &EndPoint, old: Option<&EndPoint>) -> Result<(), Error> {
    let mut members = Members::new(Kind::EndPoint, &it.name);
    members.name(&it.name, old.map(|old| &old.name));
    members.length("description", &it.description, 0, 1024);
    for number in &it.inbound_numbers {
        let digits = number.strip_prefix('+').unwrap_or_default();
        let good = (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !good && old.is_none_or(|old| !old.inbound_numbers.contains(number)) {
            let what = format!("`{number}` is not a number with its country code");
            members.refuse("inboundNumbers", what, "write it like +61390000000");
        }
    }
    members.finish()?;
    for (at, number) in it.inbound_numbers.iter().enumerate() {
        if it.inbound_numbers[..at].contains(number) {
            return Err(taken(Kind::EndPoint, "inboundNumbers", number, &it.name));
        }
    }
    for other in now.end_points.iter().filter(|other| other.id != it.id) {
        if other.name.to_lowercase() == it.name.to_lowercase() {
            return Err(taken(Kind::EndPoint, "name", &it.name, &other.name));
        }
        if let Some(number) = it.inbound_numbers.iter().find(|number| other.inbound_numbers.contains(number))
        {
            return Err(taken(Kind::EndPoint, "inboundNumbers", number, &other.name));
        }
    }
    Ok(())
}

/// Creates an end point; its identifier is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateEndPoint(
    /// What is created.
    pub EndPoint,
);

impl Action for CreateEndPoint {
    fn operation(&self) -> Operation {
        Operation::CreateEndPoint
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let it = EndPoint { id: new_id(), name: trimmed(&self.0.name), ..self.0.clone() };
        check(now, &it, None)?;
        let title = format!("create end point {}", it.name);
        Ok(Plan::new(title, vec![Change::create(Entity::EndPoint(it))]))
    }
}

/// Changes description, numbers and the enabled mark of an end point.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateEndPoint(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateEndPoint {
    fn operation(&self) -> Operation {
        Operation::UpdateEndPoint
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::EndPoint(it), Entity::EndPoint(old), expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::EndPoint, id: self.0.mine.id() });
        };
        if it.name != old.name {
            let fix = "use rename, which makes rule sets and tests follow";
            return Err(Error::invalid(Kind::EndPoint, it.name, "name", "an edit does not rename", fix));
        }
        check(now, &it, Some(&old))?;
        let title = format!("change end point {}", it.name);
        Ok(Plan::new(title, vec![Change::Put { entity: Entity::EndPoint(it), expected }]))
    }
}

/// Renames an end point; rule sets and tests that name it follow.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameEndPoint {
    /// Which.
    pub which: Picked,
    /// The new name.
    pub name: Text,
}

impl Action for RenameEndPoint {
    fn operation(&self) -> Operation {
        Operation::UpdateEndPoint
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        self.which.check(now, Kind::EndPoint)?;
        let old = now.end_point(&self.which.id)?;
        let it = EndPoint { name: trimmed(&self.name), ..old.clone() };
        check(now, &it, Some(old))?;
        let title = format!("rename end point {} to {}", old.name, it.name);
        let mut changes = Vec::new();
        for set in now.rule_sets.iter().filter(|set| set.end_points.contains(&old.name)) {
            let mut set = head(set);
            for name in set.end_points.iter_mut().filter(|name| **name == old.name) {
                *name = Text::clone(&it.name);
            }
            changes.push(put(now, Entity::RuleSet(set)));
        }
        for test in now.tests.iter().filter(|test| test.end_point == old.name) {
            let mut test = TestDocument::clone(test);
            test.end_point = Text::clone(&it.name);
            changes.push(put(now, Entity::Test(test)));
        }
        changes.push(put(now, Entity::EndPoint(it)));
        Ok(Plan::new(title, changes))
    }
}

/// Makes an end point lead to a rule set, and to no other one.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignEndPoint {
    /// The end point.
    pub id: Text,
    /// The rule set; `None`: it leads nowhere.
    pub rule_set_id: Option<Text>,
}

impl Action for AssignEndPoint {
    fn operation(&self) -> Operation {
        Operation::UpdateRuleSet
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let name = &now.end_point(&self.id)?.name;
        let target = self.rule_set_id.as_ref().map(|id| now.rule_set(id)).transpose()?;
        let mut changes = Vec::new();
        let mut change = |set: &RuleSet, edit: &dyn Fn(&mut RuleSet)| {
            let mut set = head(set);
            edit(&mut set);
            changes.push(put(now, Entity::RuleSet(set)));
        };
        for set in now.rule_sets.iter().filter(|set| set.end_points.contains(name)) {
            if target.is_none_or(|target| target.id != set.id) {
                change(set, &|set| set.end_points.retain(|other| other != name));
            }
        }
        if let Some(target) = target.filter(|target| !target.end_points.contains(name)) {
            change(target, &|set| set.end_points.push(Text::clone(name)));
        }
        let to = target.map_or("no rule set", |target| &target.name);
        Ok(Plan::new(format!("assign end point {name} to {to}"), changes))
    }
}

/// Deletes end points that no rule set and no test names.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteEndPoints(
    /// Which.
    pub Vec<Picked>,
);

impl Action for DeleteEndPoints {
    fn operation(&self) -> Operation {
        Operation::DeleteEndPoint
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        let mut names = Vec::new();
        for picked in &self.0 {
            let name = &now.end_point(&picked.id)?.name;
            let by = users(now, name);
            if !by.is_empty() {
                return Err(Error::InUse { kind: Kind::EndPoint, name: Text::clone(name), by });
            }
            changes.push(picked.delete(now, Kind::EndPoint)?);
            names.push(Text::clone(name));
        }
        Ok(Plan::new(format!("delete end point {}", names.join(", ")), changes))
    }
}

/// Rule sets and tests that name an end point; disabled ones count.
pub fn users(now: &Snapshot, name: &Text) -> Vec<UsedBy> {
    let used = |kind, by: &Text, place| UsedBy { kind, name: Text::clone(by), place: Text::from(place) };
    let sets = now.rule_sets.iter().filter(|set| set.end_points.contains(name));
    let tests = now.tests.iter().filter(|test| test.end_point == *name);
    sets.map(|set| used(Kind::RuleSet, &set.name, "endPoints"))
        .chain(tests.map(|test| used(Kind::Test, &test.name, "endPoint")))
        .collect()
}
