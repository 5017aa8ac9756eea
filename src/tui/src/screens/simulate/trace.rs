//! What a step tells while it runs: the rules that were tested and why each fired or not.

use std::sync::Arc;

use connect_rules_engine::host::{Detail, Seen, WeightSeen};
use connect_rules_engine::offline::Observer;
use connect_rules_engine::value::Text;
use connect_rules_engine::workspace::Workspace;

/// A rule that was tested in a step.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Name of its rule set.
    pub rule_set: Text,
    /// Its name.
    pub rule: Text,
    /// Sum of the weights that counted.
    pub total: f64,
    /// What the sum has to reach.
    pub activation: f64,
    /// Whether it fired.
    pub activated: bool,
    /// Its weights with what they were compared with.
    pub weights: Vec<WeightSeen>,
}

/// The tests of a step in one rule set, and the rules behind the one that fired.
#[derive(Clone, Debug)]
pub struct Round {
    /// Name of the rule set.
    pub rule_set: Text,
    /// Rules that were tested, in order.
    pub tested: Vec<Tested>,
    /// Names of the rules after them, which were not tested.
    pub unreached: Vec<Text>,
}

/// Notes what a step does.
#[derive(Debug)]
pub struct Trace {
    workspace: Arc<Workspace>,
    /// What was tested.
    pub rounds: Vec<Round>,
    /// Branches that were taken, such as `key:2`.
    pub took: Vec<String>,
}

impl Trace {
    /// For one step.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        Trace { workspace, rounds: Vec::new(), took: Vec::new() }
    }
}

impl Observer for Trace {
    fn detail(&self) -> Detail {
        Detail::Trace
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Tested { rule: at, total, activated, weights, .. } => {
                let active = self.workspace.active(at.rule_set);
                let rule = &active.rules[at.rule as usize];
                let tested = Tested {
                    rule_set: Text::clone(&active.name),
                    rule: Text::clone(&rule.name),
                    total: *total,
                    activation: rule.activation,
                    activated: *activated,
                    weights: weights.to_vec(),
                };
                let after = active.rules.iter().skip(at.rule as usize + 1);
                let unreached = after.map(|rule| Text::clone(&rule.name)).collect();
                match self.rounds.last_mut().filter(|round| round.rule_set == active.name) {
                    Some(round) => {
                        round.tested.push(tested);
                        round.unreached = unreached;
                    }
                    None => self.rounds.push(Round {
                        rule_set: Text::clone(&active.name),
                        tested: vec![tested],
                        unreached,
                    }),
                }
            }
            Seen::Took { branch, .. } => self.took.push(branch.to_string()),
            _ => {}
        }
    }
}
