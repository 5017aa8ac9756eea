//! What follows from all rule sets together and takes a while: lint findings and who refers to whom.

use std::sync::Arc;

use connect_rules_engine::kinds::rule_set_references;
use connect_rules_engine::lint::Finding;
use connect_rules_engine::problem::Severity;
use connect_rules_engine::references::{in_name_order, in_rule_order};
use connect_rules_engine::value::Text;
use rustc_hash::FxHashMap;

use crate::data::Data;

/// A parameter of a rule that names a rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    /// Identifier of the rule set that holds the rule.
    pub set: Text,
    /// Identifier of the rule.
    pub rule: Text,
    /// Name of the parameter.
    pub param: Text,
}

/// What a job found in one reading of the store.
pub(super) struct Facts {
    /// Change mark of the reading.
    pub mark: Text,
    findings: Arc<[Finding]>,
    by_set: FxHashMap<Text, Vec<u32>>,
    counts: FxHashMap<Text, (usize, usize)>,
    /// Places of the findings in the order of rule set and rule, to search in.
    by_rule: Vec<u32>,
    users: FxHashMap<Text, Vec<Used>>,
}

impl Facts {
    /// Everything; a second of work for thousands of rule sets.
    pub fn of(data: &Arc<Data>) -> Self {
        let findings = data.findings();
        let mut by_set: FxHashMap<Text, Vec<u32>> = FxHashMap::default();
        let mut counts: FxHashMap<Text, (usize, usize)> = FxHashMap::default();
        for (at, finding) in findings.iter().enumerate() {
            if let Some(name) = &finding.rule_set {
                by_set.entry(Text::clone(name)).or_default().push(at as u32);
                let (errors, warnings) = counts.entry(Text::clone(name)).or_default();
                match finding.severity {
                    Severity::Error => *errors += 1,
                    Severity::Warning => *warnings += 1,
                    Severity::Note => {}
                }
            }
        }
        let mut by_rule: Vec<u32> = (0..findings.len() as u32).collect();
        by_rule.sort_by_key(|at| place(&findings[*at as usize]));
        Facts {
            mark: Text::clone(&data.snapshot.mark),
            findings,
            by_set,
            by_rule,
            counts,
            users: users(data),
        }
    }

    /// Findings of a rule set and its rules.
    pub fn findings(&self, rule_set: &str) -> impl Iterator<Item = &Finding> {
        let places = self.by_set.get(rule_set).map_or(&[][..], Vec::as_slice);
        places.iter().map(|at| &self.findings[*at as usize])
    }

    /// Findings of a rule.
    pub fn of_rule(&self, rule_set: &str, rule: &str) -> impl Iterator<Item = &Finding> {
        let wanted = (Some(rule_set), Some(rule));
        let first = self.by_rule.partition_point(|at| place(&self.findings[*at as usize]) < wanted);
        let rest = self.by_rule[first..].iter().map(|at| &self.findings[*at as usize]);
        rest.take_while(move |finding| place(finding) == wanted)
    }

    /// How many errors and warnings a rule set has.
    pub fn counts(&self, rule_set: &str) -> (usize, usize) {
        self.counts.get(rule_set).copied().unwrap_or_default()
    }

    /// Who refers to the rule set of that name, in name and running order.
    pub fn users(&self, rule_set: &str) -> &[Used] {
        self.users.get(rule_set).map_or(&[], Vec::as_slice)
    }
}

fn place(finding: &Finding) -> (Option<&str>, Option<&str>) {
    (finding.rule_set.as_deref(), finding.rule.as_deref())
}

/// Who refers to each rule set, by its name.
pub(super) fn users(data: &Data) -> FxHashMap<Text, Vec<Used>> {
    let mut out: FxHashMap<Text, Vec<Used>> = FxHashMap::default();
    let options = data.workspace.options();
    for set in in_name_order(data.workspace.rule_sets()) {
        for rule in in_rule_order(set, options.compat) {
            for reference in rule_set_references(rule).filter(|reference| !reference.dynamic) {
                out.entry(Text::clone(reference.target)).or_default().push(Used {
                    set: set.id.clone().unwrap_or_default(),
                    rule: rule.id.clone().unwrap_or_default(),
                    param: Text::clone(reference.param),
                });
            }
        }
    }
    out
}
