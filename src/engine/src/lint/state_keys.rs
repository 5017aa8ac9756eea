//! State keys that weights test and nothing ever writes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Place, Report, codes};
use crate::catalogue::Catalogue;
use crate::kinds::{self, ParamKind};
use crate::model::{Rule, RuleSet};
use crate::value::{Value, trim};

/// First parts of keys that the engine or the channel writes.
const RUN_TIME: [&str; 17] = [
    "System",
    "ContactAttributes",
    "ContactId",
    "CustomerPhoneNumber",
    "OriginalCustomerNumber",
    "CurrentRuleSet",
    "RuleSetStart",
    "NextRuleSet",
    "CurrentRule",
    "CurrentRuleType",
    "RuleStart",
    "ReturnStack",
    "IntegrationStatus",
    "IntegrationStart",
    "IntegrationEnd",
    "IntegrationErrorCause",
    "LexResponses",
];

/// Keys that something writes.
pub(super) struct Written<'a> {
    /// Keys as written.
    keys: FxHashSet<&'a str>,
    /// Every path above a written key.
    above: FxHashSet<&'a str>,
}

impl<'a> Written<'a> {
    pub(super) fn collect(rule_sets: &[&'a RuleSet], catalogue: &'a Catalogue) -> Self {
        let mut out = Written { keys: RUN_TIME.into_iter().collect(), above: FxHashSet::default() };
        out.keys.extend(["queue", "switch_value", "switch_break"]);
        out.keys.extend(catalogue.config.iter().map(|(key, _)| &**key));
        for rule in rule_sets.iter().flat_map(|set| &set.rules) {
            let kind = kinds::kind(&rule.rule_type);
            for (param, value) in rule.params.iter() {
                match (kinds::param_spec(kind, param).map(|(spec, _)| spec.kind), value) {
                    (Some(ParamKind::StateKey(..)), Value::String(key)) => out.add(key),
                    (Some(ParamKind::States), Value::Array(items)) => out.add_members(items, "key"),
                    (Some(ParamKind::Behaviours), Value::Array(items)) => out.add_members(items, "outputKey"),
                    _ => {}
                }
            }
        }
        out
    }

    fn add_members(&mut self, items: &'a [Value], member: &str) {
        for item in items {
            if let Some(Value::String(key)) = item.as_object().and_then(|item| item.get(member)) {
                self.add(key);
            }
        }
    }

    fn add(&mut self, key: &'a str) {
        if self.keys.insert(key) {
            for (dot, _) in key.match_indices('.') {
                self.above.insert(&key[..dot]);
            }
        }
    }

    /// Whether a path may be there: it, something above it or something below it is written.
    pub(super) fn may_hold(&self, path: &str) -> bool {
        self.keys.contains(path)
            || self.above.contains(path)
            || path.match_indices('.').any(|(dot, _)| self.keys.contains(&path[..dot]))
            || path.starts_with("CurrentRule_")
            || path.starts_with("QueueBehaviour_")
    }
}

/// Fields that weights test and nothing writes: where first, and how often.
#[derive(Default)]
pub(super) struct Weighed<'a> {
    known: FxHashMap<&'a str, Option<(Place, usize, usize)>>,
}

impl<'a> Weighed<'a> {
    pub(super) fn note(&mut self, rule: &'a Rule, place: Place, written: &Written<'_>) {
        for (i, weight) in rule.weights.iter().enumerate() {
            let field = trim(weight.field.as_deref().unwrap_or_default());
            if field.is_empty() {
                continue;
            }
            let entry = self.known.entry(field).or_insert_with(|| {
                let path = field.strip_suffix(".length").unwrap_or(field);
                (!written.may_hold(path)).then_some((place, i, 0))
            });
            if let Some((_, _, count)) = entry {
                *count += 1;
            }
        }
    }

    pub(super) fn report(self, out: &mut Report<'_>) {
        for (field, unset) in self.known {
            if let Some((place, i, count)) = unset {
                let more = if count > 1 { format!(" ({count} weights test it)") } else { String::new() };
                let what = format!("`{field}` is never set by any rule{more}");
                out.add(&codes::NEVER_SET, place, format!("weights[{i}] / field"), what);
            }
        }
    }
}
