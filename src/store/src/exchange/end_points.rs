//! End points of imported rule sets: one spelling, one rule set each, created where they are missing
//! (`spec/model.md` 11, 14.3).

use std::cmp::Ordering;

use connect_rules_engine::collate;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::Change;
use crate::entity::{EndPoint, Entity, new_id};

/// The end points that are stored or will be, found without regard to case.
pub(super) struct Known(FxHashMap<String, Text>, Vec<Text>);

impl Known {
    pub(super) fn new(stored: &[EndPoint]) -> Self {
        let names = stored.iter().map(|it| (it.name.to_lowercase(), Text::clone(&it.name)));
        Known(names.collect(), Vec::new())
    }

    /// The name as it is stored; one that is missing is noted for creation.
    pub(super) fn spelling(&mut self, name: &Text) -> Text {
        let Known(known, missing) = self;
        let stored = known.entry(name.to_lowercase()).or_insert_with(|| {
            missing.push(Text::clone(name));
            Text::clone(name)
        });
        Text::clone(stored)
    }

    /// Names that were missing, and the changes that create them: enabled, without numbers.
    pub(super) fn created(self, changes: &mut Vec<Change>) -> Vec<Text> {
        changes.extend(self.1.iter().map(|name| {
            Change::create(Entity::EndPoint(EndPoint {
                id: new_id(),
                name: Text::clone(name),
                description: Text::default(),
                inbound_numbers: Vec::new(),
                enabled: true,
            }))
        }));
        self.1
    }
}

/// Takes the stored spelling of every end point of a rule set, each once.
pub(super) fn spell(set: &mut RuleSet, known: &mut Known, warnings: &mut Vec<Problem>) {
    let mut seen = FxHashSet::default();
    let given = std::mem::take(&mut set.end_points);
    for name in given {
        let stored = known.spelling(&name);
        if stored != name {
            let what =
                format!("end point \"{name}\" differs from \"{stored}\" by case only; that one is taken");
            warnings.push(Problem::warning(set.name.to_string(), what, "write it like the end point"));
        }
        if seen.insert(Text::clone(&stored)) {
            set.end_points.push(stored);
        }
    }
}

/// Leaves each end point with one rule set of the file: the one that calls would start in.
pub(super) fn settle(sets: &mut [RuleSet], warnings: &mut Vec<Problem>) {
    let mut holders: FxHashMap<Text, usize> = FxHashMap::default();
    let mut shared = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        for name in &set.end_points {
            if let Some(other) = holders.get(name).copied() {
                let (winner, loser) = if later(set, &sets[other]) { (at, other) } else { (other, at) };
                holders.insert(Text::clone(name), winner);
                shared.push((loser, winner, Text::clone(name)));
            } else {
                holders.insert(Text::clone(name), at);
            }
        }
    }
    for (loser, winner, name) in shared {
        warnings.push(lost(&sets[loser].name, &name, &sets[winner].name));
        sets[loser].end_points.retain(|it| *it != name);
    }
}

/// Whether calls would find `one` rather than `other`: enabled ones first, then the last by name.
fn later(one: &RuleSet, other: &RuleSet) -> bool {
    one.enabled.cmp(&other.enabled).then_with(|| collate::compare(&one.name, &other.name))
        == Ordering::Greater
}

/// A rule set loses an end point to another.
pub(super) fn lost(loser: &Text, name: &Text, winner: &Text) -> Problem {
    Problem::warning(
        loser.to_string(),
        format!("loses end point \"{name}\" to rule set \"{winner}\"; calls start there"),
        "assign the end point to the rule set that is meant",
    )
}
