//! Kinds of items and how far each is covered (`spec/testing.md` 4.2).

use serde::{Deserialize, Serialize};

/// A kind of item, in the order of listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the kinds are those of spec/testing.md 4.2")]
pub enum Kind {
    RuleSet,
    Rule,
    Activation,
    Weight,
    Branch,
    Reference,
}

/// The kinds and their names.
pub const KINDS: [(Kind, &str); 6] = [
    (Kind::RuleSet, "ruleSet"),
    (Kind::Rule, "rule"),
    (Kind::Activation, "activation"),
    (Kind::Weight, "weight"),
    (Kind::Branch, "branch"),
    (Kind::Reference, "reference"),
];

impl Kind {
    /// Name in documents and options.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// How many items of a kind are covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Items with a hit.
    pub covered: u64,
    /// Items of the population.
    pub total: u64,
    /// Whole percent; nothing without a population.
    pub percent: Option<u64>,
}

impl Measure {
    pub(super) fn count(&mut self, hits: u64) {
        self.total += 1;
        self.covered += u64::from(hits > 0);
        self.percent = (self.covered * 100).checked_div(self.total);
    }

    /// Whether the percentage is reached; without a population it always is.
    pub fn reaches(&self, percent: u64) -> bool {
        self.percent.is_none_or(|reached| reached >= percent)
    }
}

/// The measures of all kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the kinds are those of spec/testing.md 4.2")]
pub struct Summary {
    pub rule_set: Measure,
    pub rule: Measure,
    pub activation: Measure,
    pub weight: Measure,
    pub branch: Measure,
    pub reference: Measure,
}

impl Summary {
    /// The measure of a kind.
    pub fn of(&self, kind: Kind) -> &Measure {
        match kind {
            Kind::RuleSet => &self.rule_set,
            Kind::Rule => &self.rule,
            Kind::Activation => &self.activation,
            Kind::Weight => &self.weight,
            Kind::Branch => &self.branch,
            Kind::Reference => &self.reference,
        }
    }

    pub(super) fn of_mut(&mut self, kind: Kind) -> &mut Measure {
        match kind {
            Kind::RuleSet => &mut self.rule_set,
            Kind::Rule => &mut self.rule,
            Kind::Activation => &mut self.activation,
            Kind::Weight => &mut self.weight,
            Kind::Branch => &mut self.branch,
            Kind::Reference => &mut self.reference,
        }
    }

    /// Kinds below a percentage: all of them, or the one given.
    pub fn below(&self, kind: Option<Kind>, percent: u64) -> Vec<Kind> {
        KINDS
            .iter()
            .map(|(known, _)| *known)
            .filter(|known| kind.is_none_or(|kind| kind == *known) && !self.of(*known).reaches(percent))
            .collect()
    }
}
