//! Checks rule sets for what would fail, surprise or never happen, without running them.
//!
//! Each kind of finding is declared once in [`codes`]. The whole check is a few passes over the rules with
//! hash maps; texts are made only for findings.

pub mod codes;
mod flow;
mod instance;
mod output;
mod rules;
mod state_keys;
mod templates;
mod weights;

#[cfg(test)]
mod tests;

use std::borrow::Borrow;

use serde::Serialize;

pub use codes::Code;
pub use output::{json, sarif, text};

use crate::catalogue::Catalogue;
use crate::kinds::Flow;
use crate::model::{Rule, RuleSet};
use crate::problem::Severity;
use crate::references::in_rule_order;
use crate::value::{Text, text_num};

/// One thing that lint found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable code, see [`codes`].
    pub code: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// Name of the rule set; none for findings about the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<Text>,
    /// Name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Text>,
    /// Place inside it, such as `params / queueName` or `weights[0] / field`; may be empty.
    pub part: String,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: String,
}

/// Everything found, in the order of rule sets by document, rules in running order, then by code.
///
/// `catalogue` is used for queues, prompts, functions, bots and flows only when it holds anything at all.
pub fn lint<R: Borrow<RuleSet>>(rule_sets: &[R], catalogue: &Catalogue) -> Vec<Finding> {
    let sets = rule_sets.iter().map(Borrow::borrow).collect();
    let world = World::new(sets, Some(catalogue).filter(|c| is_known(c)));
    let mut out = Report { world: &world, findings: Vec::new(), guesses: GUESSES };
    instance::check(&mut out);
    let written = state_keys::Written::collect(&world.sets, catalogue);
    let mut cache = templates::Cache::new(&written);
    let mut weighed = state_keys::Weighed::default();
    rules::check_sets(&mut out);
    for set in 0..rule_sets.len() {
        for (at, rule) in world.rules[set].iter().enumerate() {
            let place = Place { set, rule: Some(at) };
            rules::check(rule, place, &mut out);
            weights::check(rule, place, &mut out);
            templates::check(rule, place, &mut cache, &mut out);
            weighed.note(rule, place, &written);
        }
    }
    weighed.report(&mut out);
    flow::check(&mut out);
    out.finish()
}

/// Whether a catalogue says anything about an instance.
fn is_known(catalogue: &Catalogue) -> bool {
    !(catalogue.queues.is_empty()
        && catalogue.prompts.is_empty()
        && catalogue.contact_flows.is_empty()
        && catalogue.lambda_functions.is_empty()
        && catalogue.lex_bots.is_empty()
        && catalogue.time_zone.is_none())
}

/// Rule sets by number and name, with their rules in running order.
struct World<'a> {
    sets: Vec<&'a RuleSet>,
    rules: Vec<Vec<&'a Rule>>,
    by_name: rustc_hash::FxHashMap<&'a str, u32>,
    catalogue: Option<&'a Catalogue>,
}

impl<'a> World<'a> {
    fn new(sets: Vec<&'a RuleSet>, catalogue: Option<&'a Catalogue>) -> Self {
        let mut by_name = rustc_hash::FxHashMap::default();
        for (i, set) in sets.iter().enumerate() {
            // An enabled rule set is the one that contacts find.
            let slot = by_name.entry(&*set.name).or_insert(i as u32);
            if set.enabled && !sets[*slot as usize].enabled {
                *slot = i as u32;
            }
        }
        let rules = sets.iter().map(|set| in_rule_order(set, crate::compat::Compat::Corrected)).collect();
        World { sets, rules, by_name, catalogue }
    }
}

/// A rule set, or the rule of this place in its running order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    set: usize,
    rule: Option<usize>,
}

/// Collects findings with their place, for sorting.
struct Report<'a> {
    world: &'a World<'a>,
    findings: Vec<(Option<Place>, Finding)>,
    /// How many more misspelt names are compared with those of all rule sets.
    guesses: u32,
}

/// Misspelt names that are compared with those of all rule sets, in one run.
const GUESSES: u32 = 50;

/// Names at least this alike (0 to 1) are offered.
const ALIKE: f64 = 0.85;

impl Report<'_> {
    /// Names the rule set that was probably meant; empty if none is alike.
    fn guess(&mut self, name: &str) -> String {
        if self.guesses == 0 {
            return String::new();
        }
        self.guesses -= 1;
        let wanted = name.to_lowercase();
        let alike = |known: &str| strsim::jaro_winkler(&wanted, &known.to_lowercase());
        let sets = self.world.sets.iter().map(|set| (alike(&set.name), &set.name));
        match sets.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((likeness, known)) if likeness >= ALIKE => format!("; perhaps `{known}` is meant"),
            _ => String::new(),
        }
    }

    fn add(&mut self, code: &'static Code, place: Place, part: impl Into<String>, what: impl Into<String>) {
        self.add_with(code, place, part, what, code.fix);
    }

    /// As `add`, with a remedy for this case.
    fn add_with(
        &mut self,
        code: &'static Code,
        place: Place,
        part: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let set = &self.world.sets[place.set];
        let rule = place.rule.map(|at| self.world.rules[place.set][at]);
        let enabled = set.enabled && rule.is_none_or(|rule| rule.enabled);
        let about_disabling = code.code == codes::DISABLED_END_POINT.code;
        self.findings.push((
            Some(place),
            Finding {
                code: code.code,
                severity: if enabled || about_disabling { code.severity } else { Severity::Note },
                rule_set: Some(Text::clone(&set.name)),
                rule: rule.map(|rule| Text::clone(&rule.name)),
                part: part.into(),
                what: what.into(),
                why: code.why,
                fix: fix.into(),
            },
        ));
    }

    fn add_instance(&mut self, code: &'static Code, part: &str, what: String) {
        self.findings.push((
            None,
            Finding {
                code: code.code,
                severity: code.severity,
                rule_set: None,
                rule: None,
                part: part.to_owned(),
                what,
                why: code.why,
                fix: code.fix.to_owned(),
            },
        ));
    }

    fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by(|a, b| (a.0, a.1.code).cmp(&(b.0, b.1.code)));
        self.findings.into_iter().map(|(_, finding)| finding).collect()
    }
}

/// How a contact goes on after this very rule, as far as its parameters tell.
fn flow_of(rule: &Rule) -> Flow {
    let filled = |param: &str| rule.params.text(param).is_some_and(|text| !text.is_empty());
    let Some(kind) = crate::kinds::kind(&rule.rule_type) else { return Flow::Ends };
    match kind.name {
        "RuleSet" if rule.params.text("returnHere") == Some("true") => Flow::MayLeave,
        "NLUMenu" if filled("errorRuleSetName") => Flow::Leaves,
        "ExternalNumber" if rule.params.text("resume") == Some("true") => Flow::MayLeave,
        _ => kind.flow,
    }
}

/// Whether the rule waits for the customer.
fn asks(rule: &Rule) -> bool {
    matches!(rule.rule_type.name(), "DTMFMenu" | "DTMFInput" | "NLUInput" | "NLUMenu" | "Wait")
}

/// Whether the rule fires whatever the state is.
fn always_fires(rule: &Rule) -> bool {
    let least: f64 = rule
        .weights
        .iter()
        .map(|weight| weight.weight.num())
        .map(|number| if number > 0.0 { 0.0 } else { number })
        .sum();
    least >= rule.activation.as_deref().map_or(f64::NAN, text_num)
}
