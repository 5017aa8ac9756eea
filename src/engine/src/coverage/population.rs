//! What a workspace has to cover, laid out as places of one dense array (`spec/testing.md` 4.2).

use super::branches::{BranchItem, branches};
use super::references::{ReferenceItem, references};
use crate::value::Text;
use crate::workspace::{Active, ActiveRule, Workspace};

/// Everything that can be hit in a workspace: enabled rule sets in name order, enabled rules in evaluation
/// order.
///
/// Making one compiles every rule set of the workspace.
#[derive(Debug)]
pub struct Population<'w> {
    pub(super) workspace: &'w Workspace,
    pub(super) sets: Vec<SetItems<'w>>,
    /// Number of places.
    pub(super) size: usize,
}

/// Places of a rule set: one for entering it, one for each end point, then its rules'.
#[derive(Debug)]
pub(super) struct SetItems<'w> {
    pub active: &'w Active,
    pub entered: u32,
    pub end_points: Vec<Text>,
    pub rules: Vec<RuleItems<'w>>,
}

/// Places of a rule, one after the other: executed, replies, activated, skipped, met and unmet of each
/// weight, branches, references.
#[derive(Debug)]
pub(super) struct RuleItems<'w> {
    pub rule: &'w ActiveRule,
    pub first: u32,
    pub branches: Vec<BranchItem<'w>>,
    pub references: Vec<ReferenceItem>,
}

impl<'w> Population<'w> {
    /// The population of a workspace.
    pub fn new(workspace: &'w Workspace) -> Population<'w> {
        let mut size = 0_u32;
        let mut take = |places: usize| {
            let first = size;
            size += places as u32;
            first
        };
        let sets = (0..workspace.active_count() as u32)
            .map(|at| {
                let active = workspace.active(at);
                let document = workspace.active_document(at);
                let mut end_points: Vec<Text> = Vec::new();
                for end_point in &document.end_points {
                    if workspace.find_by_end_point(end_point) == Some(at) && !end_points.contains(end_point) {
                        end_points.push(Text::clone(end_point));
                    }
                }
                let entered = take(1 + end_points.len());
                let rules = active
                    .rules
                    .iter()
                    .map(|rule| {
                        let document = &document.rules[rule.document as usize];
                        let (branches, references) = (branches(document), references(document));
                        let places = 4 + 2 * rule.weights.len() + branches.len() + references.len();
                        RuleItems { rule, first: take(places), branches, references }
                    })
                    .collect();
                SetItems { active, entered, end_points, rules }
            })
            .collect();
        Population { workspace, sets, size: size as usize }
    }

    /// The workspace this is the population of.
    pub fn workspace(&self) -> &'w Workspace {
        self.workspace
    }
}

impl RuleItems<'_> {
    pub fn executed(&self) -> u32 {
        self.first
    }

    pub fn replies(&self) -> u32 {
        self.first + 1
    }

    pub fn tested(&self, activated: bool) -> u32 {
        self.first + if activated { 2 } else { 3 }
    }

    pub fn weight(&self, index: usize, met: bool) -> u32 {
        self.first + 4 + 2 * index as u32 + u32::from(!met)
    }

    pub fn branch(&self, index: usize) -> u32 {
        self.first + 4 + (2 * self.rule.weights.len() + index) as u32
    }

    pub fn reference(&self, index: usize) -> u32 {
        self.branch(self.branches.len()) + index as u32
    }

    /// Whether the rule can be activated, and whether it can be skipped: by the sums of its positive and of
    /// its negative weights.
    pub fn possible(&self) -> (bool, bool) {
        let numbers = || self.rule.weights.iter().map(|weight| weight.number).filter(|n| !n.is_nan());
        let max: f64 = numbers().filter(|n| *n > 0.0).sum();
        let min: f64 = numbers().filter(|n| *n < 0.0).sum();
        let activation = self.rule.activation;
        (max >= activation, min < activation || activation.is_nan())
    }

    /// Whether a weight counts at all.
    pub fn is_counted(&self, index: usize) -> bool {
        let number = self.rule.weights[index].number;
        number != 0.0 && !number.is_nan()
    }
}
