//! Walking, summing up and merging coverage documents (`spec/testing.md` 4.4).

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::document::{CoverageDetail, HitsByTest, Item, ReferenceRow, Stale, TestRef, Unreached, item};
use super::rows::{Kind, Summary};
use crate::value::Text;

/// A count of the document.
pub(super) struct Slot<'a> {
    /// The kind; nothing for counts that are no items (`tested`, `replies`).
    pub kind: Option<Kind>,
    pub item: Item,
    pub hits: &'a mut u64,
    /// Why it has no hits, if it has none.
    pub reason: &'static str,
}

impl ReferenceRow {
    pub(super) fn item(&self) -> Item {
        item(&["reference", &self.rule_set, &self.rule, &self.param, &self.kind, &self.target])
    }
}

impl CoverageDetail {
    /// Every count, by rule set, rule in evaluation order, kind and detail.
    pub(super) fn slots(&mut self) -> Vec<Slot<'_>> {
        let mut references: FxHashMap<(Text, Text), Vec<&mut ReferenceRow>> = FxHashMap::default();
        for row in &mut self.references {
            let key = (Text::clone(&row.rule_set), Text::clone(&row.rule));
            references.entry(key).or_default().push(row);
        }
        let mut out = Vec::new();
        for set in &mut self.rule_sets {
            let name = Text::clone(&set.name);
            let mut referring = |rule: &Text, reason| {
                let rows = references.remove(&(Text::clone(&name), Text::clone(rule)));
                rows.into_iter().flatten().map(move |row| Slot {
                    kind: Some(Kind::Reference),
                    item: row.item(),
                    hits: &mut row.hits,
                    reason,
                })
            };
            let entered = set.entered.is_some_and(|n| n > 0);
            if let Some(hits) = &mut set.entered {
                let item = item(&["ruleSet", &name]);
                out.push(Slot { kind: Some(Kind::RuleSet), item, hits, reason: NEVER_ENTERED });
            }
            out.extend(referring(&Text::default(), "end point never called"));
            for rule in &mut set.rules {
                let item = |kind: Kind, detail: &[&str]| {
                    let mut parts = vec![kind.name(), &name, &rule.name];
                    parts.extend(detail);
                    item(&parts)
                };
                // The first thing that stopped contacts on their way to an item of this rule.
                let tested = rule.tested > 0;
                let executed = rule.executions > 0;
                let unless = |reached: bool, reason| match (entered || tested, tested, reached) {
                    (false, ..) => NEVER_ENTERED,
                    (_, false, _) => NEVER_TESTED,
                    (.., false) => NEVER_ACTIVATED,
                    _ => reason,
                };
                let mut push = |kind, item, hits, reason| {
                    out.push(Slot { kind: Some(kind), item, hits, reason });
                };
                let rule_item = item(Kind::Rule, &[]);
                push(Kind::Rule, rule_item, &mut rule.executions, unless(false, ""));
                let outcomes = &mut rule.activation;
                for (hits, word, reason) in [
                    (&mut outcomes.activated, "activated", NEVER_ACTIVATED),
                    (&mut outcomes.skipped, "skipped", "rule never skipped"),
                ] {
                    if let Some(hits) = hits {
                        push(Kind::Activation, item(Kind::Activation, &[word]), hits, unless(true, reason));
                    }
                }
                for (index, weight) in rule.weights.iter_mut().enumerate() {
                    let number = index.to_string();
                    for (hits, word, reason) in [
                        (&mut weight.met, "met", "weight never met"),
                        (&mut weight.unmet, "unmet", "weight never unmet"),
                    ] {
                        if let Some(hits) = hits {
                            let item = item(Kind::Weight, &[&number, word]);
                            push(Kind::Weight, item, hits, unless(true, reason));
                        }
                    }
                }
                for branch in &mut rule.branches {
                    let item = item(Kind::Branch, &[&branch.id]);
                    push(Kind::Branch, item, &mut branch.hits, unless(executed, "branch never taken"));
                }
                out.extend(referring(&rule.name, unless(executed, "reference never used")));
                for (hits, word) in [(&mut rule.tested, "tested"), (&mut rule.replies, "replies")] {
                    let item = super::document::item(&[word, &name, &rule.name]);
                    out.push(Slot { kind: None, item, hits, reason: "" });
                }
            }
        }
        out
    }

    /// Computes what follows from the counts: summary and unreached items.
    pub(super) fn refresh(&mut self) {
        let mut summary = Summary::default();
        let mut unreached = Vec::new();
        for slot in self.slots() {
            let Some(kind) = slot.kind else { continue };
            summary.of_mut(kind).count(*slot.hits);
            if *slot.hits == 0 {
                unreached.push(Unreached { item: slot.item, reason: Text::from(slot.reason) });
            }
        }
        self.summary = summary;
        self.unreached = unreached;
    }

    /// Adds the hits of another document. The population stays; hits on what it lacks go to `stale`.
    pub fn merge(&mut self, mut other: CoverageDetail) {
        let seen: FxHashMap<Item, Vec<Text>> =
            other.references.iter().map(|row| (row.item(), row.seen.clone())).collect();
        for row in &mut self.references {
            if let Some(more) = seen.get(&row.item()) {
                let all: BTreeSet<Text> = row.seen.iter().chain(more).cloned().collect();
                row.seen = all.into_iter().collect();
            }
        }
        let stale = std::mem::take(&mut other.stale);
        let mut theirs: BTreeMap<Item, u64> = stale.into_iter().map(|s| (s.item, s.hits)).collect();
        for slot in other.slots() {
            *theirs.entry(slot.item).or_default() += *slot.hits;
        }
        let mut known = BTreeSet::new();
        for slot in self.slots() {
            *slot.hits += theirs.remove(&slot.item).unwrap_or_default();
            known.insert(slot.item);
        }
        for stale in std::mem::take(&mut self.stale) {
            *theirs.entry(stale.item).or_default() += stale.hits;
        }
        // `tested` and `replies` are no items.
        let item_kind = |item: &Item| item.first().is_some_and(|kind| Kind::parse(kind).is_some());
        self.stale = theirs
            .into_iter()
            .filter(|(item, hits)| *hits > 0 && item_kind(item))
            .map(|(item, hits)| Stale { item, hits })
            .collect();
        self.merge_tests(&other, &known);
        self.refresh();
    }

    /// Puts both lists of tests together; what is said of items that are no more is dropped.
    fn merge_tests(&mut self, other: &CoverageDetail, known: &BTreeSet<Item>) {
        let all: BTreeSet<TestRef> = self.tests.iter().chain(&other.tests).cloned().collect();
        let tests: Vec<TestRef> = all.into_iter().collect();
        let mut rows: BTreeMap<Item, (BTreeSet<usize>, u64)> = BTreeMap::new();
        for detail in [&*self, other] {
            for hits in detail.hits_by_test.iter().filter(|hits| known.contains(&hits.item)) {
                let row = rows.entry(hits.item.clone()).or_default();
                row.1 += hits.hits;
                let numbers = hits.tests.iter().filter_map(|number| detail.tests.get(*number));
                row.0.extend(numbers.filter_map(|test| tests.binary_search(test).ok()));
            }
        }
        let mut merged = Vec::with_capacity(rows.len());
        for slot in self.slots() {
            if let Some((tests, hits)) = rows.remove(&slot.item) {
                merged.push(HitsByTest { item: slot.item, tests: tests.into_iter().collect(), hits });
            }
        }
        self.hits_by_test = merged;
        self.tests = tests;
    }
}

const NEVER_ENTERED: &str = "rule set never entered";
const NEVER_TESTED: &str = "rule never tested";
const NEVER_ACTIVATED: &str = "rule never activated";
