//! Identifiers survive an import: rules are matched by name, weights by field, operation and value
//! (`spec/model.md` 14.3, 5).

use connect_rules_engine::json;
use connect_rules_engine::model::{Rule, RuleSet, Weight};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{remove, rising_ids, write};
use crate::change::Change;
use crate::entity::{Entity, Kind, new_id};
use crate::exchange::plan::{Outcome, RuleSetChange};
use crate::snapshot::{Snapshot, head};

/// Gives later rules of one name the next free number.
pub(super) fn number_rules(set: &mut RuleSet, warnings: &mut Vec<Problem>) {
    let mut taken: FxHashSet<Text> = set.rules.iter().map(|rule| Text::clone(&rule.name)).collect();
    if taken.len() == set.rules.len() {
        return;
    }
    let mut seen: FxHashSet<Text> = FxHashSet::default();
    let mut last: FxHashMap<Text, u32> = FxHashMap::default();
    for rule in &mut set.rules {
        if seen.insert(Text::clone(&rule.name)) {
            continue;
        }
        let number = last.entry(Text::clone(&rule.name)).or_insert(1);
        let name = loop {
            *number += 1;
            let name = Text::from(format!("{} {number}", rule.name));
            if taken.insert(Text::clone(&name)) {
                break name;
            }
        };
        warnings.push(Problem::warning(
            format!("{} / {}", set.name, rule.name),
            format!("a rule of this rule set has the same name; this one becomes \"{name}\""),
            "choose names that say what each rule does",
        ));
        seen.insert(Text::clone(&name));
        rule.name = name;
    }
}

type WeightKey = (Option<Text>, Text, Option<String>);

fn weight_key(weight: &Weight) -> WeightKey {
    (weight.field.clone(), Text::clone(&weight.operation), json::print(&weight.value))
}

/// Gives weights the identifiers of the equal stored ones, the others new ones.
fn keep_weights(weights: &mut [Weight], stored: &[Weight]) {
    let mut known: FxHashMap<WeightKey, Vec<&Weight>> = FxHashMap::default();
    for weight in stored.iter().rev() {
        known.entry(weight_key(weight)).or_default().push(weight);
    }
    for weight in weights {
        let same = known.get_mut(&weight_key(weight)).and_then(Vec::pop);
        weight.id = same.and_then(|same| same.id.clone()).or_else(|| Some(new_id()));
    }
}

/// A rule set of a file that is new: everything gets an identifier.
pub(super) fn create(mut set: RuleSet, id: &Text, changes: &mut Vec<Change>) -> RuleSetChange {
    let mut told = RuleSetChange::of(&set.name, Outcome::Create);
    set.id = Some(Text::clone(id));
    let rules = std::mem::take(&mut set.rules);
    changes.push(Change::create(Entity::RuleSet(set)));
    let ids = rising_ids(rules.len());
    for (mut rule, rule_id) in rules.into_iter().zip(ids) {
        rule.id = Some(rule_id);
        keep_weights(&mut rule.weights, &[]);
        told.created.push(Text::clone(&rule.name));
        changes.push(Change::create(Entity::Rule(Text::clone(id), rule)));
    }
    told
}

/// A rule set of a file that takes the place of a stored one: only what differs is written.
pub(super) fn replace(
    now: &Snapshot,
    mut set: RuleSet,
    stored: &RuleSet,
    changes: &mut Vec<Change>,
) -> RuleSetChange {
    let id = stored.id.clone().unwrap_or_default();
    let mut told = RuleSetChange::of(&set.name, Outcome::Replace);
    set.id.clone_from(&stored.id);
    let rules = std::mem::take(&mut set.rules);
    if set != head(stored) {
        told.head_changed = true;
        changes.push(write(now, Entity::RuleSet(set)));
    }
    let mut known: FxHashMap<&str, &Rule> = stored.rules.iter().map(|rule| (&*rule.name, rule)).collect();
    let fresh = rules.iter().filter(|rule| !known.contains_key(&*rule.name)).count();
    let mut ids = rising_ids(fresh);
    for mut rule in rules {
        let Some(old) = known.remove(&*rule.name) else {
            rule.id = Some(ids.next().unwrap_or_else(new_id));
            keep_weights(&mut rule.weights, &[]);
            told.created.push(Text::clone(&rule.name));
            changes.push(Change::create(Entity::Rule(Text::clone(&id), rule)));
            continue;
        };
        rule.id.clone_from(&old.id);
        keep_weights(&mut rule.weights, &old.weights);
        if rule != *old {
            told.changed.push(Text::clone(&rule.name));
            changes.push(write(now, Entity::Rule(Text::clone(&id), rule)));
        }
    }
    for old in stored.rules.iter().filter(|rule| known.contains_key(&*rule.name)) {
        told.deleted.push(Text::clone(&old.name));
        changes.push(remove(now, Kind::Rule, &old.id.clone().unwrap_or_default()));
    }
    if !told.head_changed && told.created.is_empty() && told.changed.is_empty() && told.deleted.is_empty() {
        told.outcome = Outcome::Unchanged;
    }
    told
}
