//! The original's measure: replies counted by the names they carry (`spec/testing.md` 4.1).

use serde::Serialize;

use super::recorder::Recorder;
use crate::compat::Compat;
use crate::value::Text;

/// Coverage as the original's batches show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplyCoverage {
    /// Percent of the enabled rules that answered.
    pub covered: u32,
    /// The rest.
    pub uncovered: u32,
    /// Enabled rule sets by name.
    #[serde(rename = "ruleSets")]
    pub rule_sets: Vec<RuleSetReplies>,
}

/// A rule set in [`ReplyCoverage`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSetReplies {
    /// Name.
    pub name: Text,
    /// Identifier.
    pub id: Text,
    /// Percent of its enabled rules that answered.
    pub covered: u32,
    /// The rest.
    pub uncovered: u32,
    /// Replies.
    pub count: u64,
    /// Enabled rules in evaluation order.
    pub rules: Vec<RuleReplies>,
}

/// A rule in [`ReplyCoverage`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReplies {
    /// Name.
    pub name: Text,
    /// Identifier.
    pub id: Text,
    /// Replies.
    pub count: u64,
}

/// Percent of the rules that answered; the original loses one to binary fractions for some ratios (R24).
fn percent(covered: usize, total: usize, compat: Compat) -> u32 {
    match (total, compat) {
        (0, _) => 0,
        (_, Compat::Original) => (covered as f64 / total as f64 * 100.0).floor() as u32,
        (_, Compat::Corrected) => (covered * 100 / total) as u32,
    }
}

impl ReplyCoverage {
    /// The measure over what a recorder counted.
    pub fn of(recorder: &Recorder<'_, '_>) -> ReplyCoverage {
        let compat = recorder.population.workspace.options().compat;
        let (mut covered, mut total) = (0, 0);
        let rule_sets = recorder
            .population
            .sets
            .iter()
            .map(|set| {
                let rules: Vec<RuleReplies> = set
                    .rules
                    .iter()
                    .map(|items| RuleReplies {
                        name: Text::clone(&items.rule.name),
                        id: Text::clone(&items.rule.id),
                        count: recorder.hits[items.replies() as usize],
                    })
                    .collect();
                let answered = rules.iter().filter(|rule| rule.count > 0).count();
                covered += answered;
                total += rules.len();
                let percent = percent(answered, rules.len(), compat);
                RuleSetReplies {
                    name: Text::clone(&set.active.name),
                    id: Text::clone(&set.active.id),
                    covered: percent,
                    uncovered: 100 - percent,
                    count: rules.iter().map(|rule| rule.count).sum(),
                    rules,
                }
            })
            .collect();
        let percent = percent(covered, total, compat);
        ReplyCoverage { covered: percent, uncovered: 100 - percent, rule_sets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_fractions_lose_one_in_the_original_only() {
        for (covered, total) in [(29, 50), (29, 100), (57, 100), (58, 100), (87, 150)] {
            assert_eq!(
                percent(covered, total, Compat::Original) + 1,
                percent(covered, total, Compat::Corrected)
            );
        }
        assert_eq!(percent(1, 3, Compat::Original), 33);
        assert_eq!(percent(0, 0, Compat::Corrected), 0);
    }
}
