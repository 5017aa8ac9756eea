//! The coverage document (`spec/testing.md` 4.4): one row a rule set, rule, weight, branch and reference.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::population::{Population, RuleItems, SetItems};
use super::recorder::Recorder;
use super::rows::Summary;
use crate::model::{Rule, RuleSet};
use crate::references::in_name_order;
use crate::value::Text;

/// Identity of an item: kind, rule set name, rule name, detail; never an id, so that runs of several
/// environments merge.
pub type Item = Vec<Text>;

/// What was covered, by which tests, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageDetail {
    /// 1.
    pub version: u32,
    /// When it was made, as the caller says.
    pub generated_at: Text,
    /// Percent by kind.
    pub summary: Summary,
    /// Enabled rule sets by name.
    pub rule_sets: Vec<RuleSetRow>,
    /// References, in the order of their rules.
    pub references: Vec<ReferenceRow>,
    /// Items without a hit, with the reason.
    pub unreached: Vec<Unreached>,
    /// Rule sets and rules that are disabled.
    pub disabled: Vec<Item>,
    /// Hits of merged runs on items that are no more.
    #[serde(default)]
    pub stale: Vec<Stale>,
    /// The tests, by folder and name.
    #[serde(default)]
    pub tests: Vec<TestRef>,
    /// Which tests hit an item.
    #[serde(default)]
    pub hits_by_test: Vec<HitsByTest>,
}

/// A rule set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSetRow {
    /// Name.
    pub name: Text,
    /// Folder.
    pub folder: Text,
    /// Always true: others are listed under `disabled`.
    pub enabled: bool,
    /// How often it was entered; nothing if it has no enabled rules.
    pub entered: Option<u64>,
    /// Enabled rules in evaluation order.
    pub rules: Vec<RuleRow>,
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleRow {
    /// Name.
    pub name: Text,
    /// Type.
    #[serde(rename = "type")]
    pub rule_type: Text,
    /// Always true: others are listed under `disabled`.
    pub enabled: bool,
    /// No weights can make it activate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dead: bool,
    /// How often it was tested.
    #[serde(default)]
    pub tested: u64,
    /// How often it was executed.
    pub executions: u64,
    /// How many answers it gave.
    pub replies: u64,
    /// Outcomes of testing it.
    pub activation: Activation,
    /// Weights in stored order.
    pub weights: Vec<WeightRow>,
    /// Branches.
    pub branches: Vec<BranchRow>,
}

/// Outcomes of testing a rule; nothing for one that cannot happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the outcomes are those of spec/testing.md 4.2")]
pub struct Activation {
    pub activated: Option<u64>,
    pub skipped: Option<u64>,
}

/// Outcomes of evaluating a weight; nothing for weights that do not count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the outcomes are those of spec/testing.md 4.2")]
pub struct WeightRow {
    /// Path that is looked up.
    pub field: Text,
    /// Operation.
    pub operation: Text,
    pub met: Option<u64>,
    pub unmet: Option<u64>,
}

/// A branch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BranchRow {
    /// Branch id of 4.3.
    pub id: Text,
    /// Where it leads: a rule set, a queue, a number, `terminate`; nothing for the next rule.
    pub target: Option<Text>,
    /// How often it was taken.
    pub hits: u64,
}

/// A reference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceRow {
    /// Rule set of the rule; the one an end point leads to.
    pub rule_set: Text,
    /// The rule; empty for end points.
    pub rule: Text,
    /// Parameter; `endPoint` for end points.
    pub param: Text,
    /// `ruleSet`, `queue`, `externalNumber`, `function`, `bot`, `prompt` or `endPoint`.
    pub kind: Text,
    /// What it names, or the template that gives the name.
    pub target: Text,
    /// How often it was used.
    pub hits: u64,
    /// What the template gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Text>,
}

/// An item without a hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unreached {
    /// The item.
    pub item: Item,
    /// Why.
    pub reason: Text,
}

/// Hits on an item that the workspace no longer has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stale {
    /// The item.
    pub item: Item,
    /// Its hits.
    pub hits: u64,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TestRef {
    /// Folder.
    pub folder: Text,
    /// Name.
    pub name: Text,
}

/// The tests that hit an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HitsByTest {
    /// The item.
    pub item: Item,
    /// Positions in `tests`, ascending.
    pub tests: Vec<usize>,
    /// Hits of all of them.
    pub hits: u64,
}

/// An item of texts.
pub(super) fn item(parts: &[&str]) -> Item {
    parts.iter().map(|part| Text::from(*part)).collect()
}

impl CoverageDetail {
    /// A document of the population without hits, to merge others into.
    pub fn empty(population: &Population<'_>, generated_at: &str) -> CoverageDetail {
        let mut recorder = Recorder::new(population);
        CoverageDetail::of(&mut recorder, generated_at)
    }

    /// The document of what a recorder counted.
    pub fn of(recorder: &mut Recorder<'_, '_>, generated_at: &str) -> CoverageDetail {
        recorder.end();
        let population = recorder.population;
        let mut detail = CoverageDetail {
            version: 1,
            generated_at: Text::from(generated_at),
            disabled: disabled(population.workspace.rule_sets()),
            ..CoverageDetail::default()
        };
        let mut places = FxHashMap::default();
        for set in &population.sets {
            let row = rule_set(recorder, set, &mut places, &mut detail.references);
            detail.rule_sets.push(row);
        }
        attribute(recorder, &places, &mut detail);
        detail.refresh();
        detail
    }
}

/// Where each item is counted.
type Places = FxHashMap<Item, u32>;

/// Disabled rule sets with their rules, and disabled rules.
fn disabled(rule_sets: &[Arc<RuleSet>]) -> Vec<Item> {
    let mut out = Vec::new();
    for set in in_name_order(rule_sets) {
        if !set.enabled {
            out.push(item(&["ruleSet", &set.name]));
        }
        let rules = set.rules.iter().filter(|rule| !set.enabled || !rule.enabled);
        out.extend(rules.map(|rule| item(&["rule", &set.name, &rule.name])));
    }
    out
}

fn rule_set(
    recorder: &Recorder<'_, '_>,
    set: &SetItems<'_>,
    places: &mut Places,
    references: &mut Vec<ReferenceRow>,
) -> RuleSetRow {
    let name = &set.active.name;
    let hits = |place: u32| recorder.hits[place as usize];
    places.insert(item(&["ruleSet", name]), set.entered);
    for (place, end_point) in (set.entered + 1..).zip(&set.end_points) {
        let row = ReferenceRow {
            rule_set: Text::clone(name),
            param: Text::from("endPoint"),
            kind: Text::from("endPoint"),
            target: Text::clone(end_point),
            hits: hits(place),
            ..ReferenceRow::default()
        };
        places.insert(row.item(), place);
        references.push(row);
    }
    let documents = &recorder.population.workspace.rule_sets()[set.active.document as usize].rules;
    let rules = set
        .rules
        .iter()
        .map(|items| {
            let document = &documents[items.rule.document as usize];
            rule(recorder, name, document, items, places, references)
        })
        .collect();
    RuleSetRow {
        name: Text::clone(name),
        folder: Text::clone(&set.active.folder),
        enabled: true,
        entered: if set.rules.is_empty() { None } else { Some(hits(set.entered)) },
        rules,
    }
}

fn rule(
    recorder: &Recorder<'_, '_>,
    set: &Text,
    document: &Rule,
    items: &RuleItems<'_>,
    places: &mut Places,
    references: &mut Vec<ReferenceRow>,
) -> RuleRow {
    let name = &items.rule.name;
    let hits = |place: u32| recorder.hits[place as usize];
    let mut place = |kind: &str, detail: &[&str], at: u32| {
        let mut parts = vec![kind, set, name];
        parts.extend(detail);
        places.insert(item(&parts), at);
        hits(at)
    };
    let (can_fire, can_miss) = items.possible();
    let (fired, missed) = (items.tested(true), items.tested(false));
    let executions = place("rule", &[], items.executed());
    let activation = Activation {
        activated: can_fire.then(|| place("activation", &["activated"], fired)),
        skipped: can_miss.then(|| place("activation", &["skipped"], missed)),
    };
    let weights = (0..items.rule.weights.len())
        .map(|index| {
            let weight = document.weights.get(index);
            let number = index.to_string();
            let mut outcome = |met: bool| {
                let word = if met { "met" } else { "unmet" };
                items.is_counted(index).then(|| place("weight", &[&number, word], items.weight(index, met)))
            };
            WeightRow {
                met: outcome(true),
                unmet: outcome(false),
                field: weight.and_then(|w| w.field.clone()).unwrap_or_default(),
                operation: weight.map(|w| Text::clone(&w.operation)).unwrap_or_default(),
            }
        })
        .collect();
    let branches = items
        .branches
        .iter()
        .enumerate()
        .map(|(index, (branch, target))| {
            let id = branch.to_string();
            let hits = place("branch", &[&id], items.branch(index));
            BranchRow { id: Text::from(id), target: target.clone(), hits }
        })
        .collect();
    for (index, reference) in items.references.iter().enumerate() {
        let at = items.reference(index);
        let row = ReferenceRow {
            rule_set: Text::clone(set),
            rule: Text::clone(name),
            param: Text::clone(&reference.param),
            kind: Text::from(reference.kind),
            target: Text::clone(&reference.target),
            hits: hits(at),
            seen: recorder.seen.get(&at).into_iter().flatten().cloned().collect(),
        };
        places.insert(row.item(), at);
        references.push(row);
    }
    RuleRow {
        name: Text::clone(name),
        rule_type: Text::clone(&items.rule.type_name),
        enabled: true,
        dead: !can_fire,
        tested: hits(fired) + hits(missed),
        executions,
        replies: hits(items.replies()),
        activation,
        weights,
        branches,
    }
}

/// Tests by folder and name, and the items each hit.
fn attribute(recorder: &Recorder<'_, '_>, places: &Places, detail: &mut CoverageDetail) {
    let as_ref = |(folder, name, _): &(Text, Text, Box<[u32]>)| TestRef {
        folder: Text::clone(folder),
        name: Text::clone(name),
    };
    let mut tests: Vec<TestRef> = recorder.tests.iter().map(as_ref).collect();
    tests.sort();
    tests.dedup();
    let positions: FxHashMap<&TestRef, usize> = tests.iter().enumerate().map(|(i, test)| (test, i)).collect();
    let mut by_place: Vec<Vec<usize>> = vec![Vec::new(); recorder.hits.len()];
    for test in &recorder.tests {
        let number = positions.get(&as_ref(test)).copied().unwrap_or_default();
        for place in &test.2 {
            by_place[*place as usize].push(number);
        }
    }
    let mut rows = Vec::new();
    for slot in detail.slots() {
        if let Some(place) = places.get(&slot.item).filter(|_| *slot.hits > 0) {
            let mut tests = std::mem::take(&mut by_place[*place as usize]);
            tests.sort_unstable();
            tests.dedup();
            rows.push(HitsByTest { item: slot.item, tests, hits: *slot.hits });
        }
    }
    detail.hits_by_test = rows;
    detail.tests = tests;
}
