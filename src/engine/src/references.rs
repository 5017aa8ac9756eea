//! Where rule sets, queues, prompts, functions and bots are used (`spec/model.md` 7).

use std::borrow::Borrow;

use rustc_hash::FxHashMap;

use crate::collate;
use crate::compat::Compat;
use crate::kinds::{self, EdgeKind, ParamKind, RuleType};
use crate::model::{Rule, RuleSet};
use crate::value::{Text, Value, text_num};

/// One use of a thing by a parameter of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// Name of the rule set that holds the rule.
    pub rule_set: Text,
    /// Name of the rule.
    pub rule: Text,
    /// Type of the rule.
    pub rule_type: RuleType,
    /// Name of the parameter.
    pub param: Text,
    /// What following it means, for references to rule sets and exits.
    pub edge: Option<EdgeKind>,
    /// Whether the rule and its rule set are both enabled; disabled ones count as users all the same.
    pub enabled: bool,
}

/// Rule sets in name order, as every listing shows them.
pub fn in_name_order<R: Borrow<RuleSet>>(rule_sets: &[R]) -> Vec<&RuleSet> {
    let mut out: Vec<&RuleSet> = rule_sets.iter().map(Borrow::borrow).collect();
    out.sort_by(|a, b| collate::compare(&a.name, &b.name));
    out
}

/// Rules of a rule set in the order they run.
pub fn in_rule_order(rule_set: &RuleSet, compat: Compat) -> Vec<&Rule> {
    let mut out: Vec<&Rule> = rule_set.rules.iter().collect();
    collate::order_rules(&mut out, |rule| &rule.name, |rule| text_num(&rule.priority), compat.is_original());
    out
}

/// Every use of the thing of that kind and name, rule sets in name order, rules in running order.
pub fn uses<R: Borrow<RuleSet>>(rule_sets: &[R], kind: ParamKind, name: &str) -> Vec<Use> {
    let mut out = Vec::new();
    for rule_set in in_name_order(rule_sets) {
        for rule in in_rule_order(rule_set, Compat::Corrected) {
            for reference in kinds::references(rule) {
                if reference.kind == kind && !reference.dynamic && &**reference.target == name {
                    out.push(Use {
                        rule_set: Text::clone(&rule_set.name),
                        rule: Text::clone(&rule.name),
                        rule_type: rule.rule_type.clone(),
                        param: Text::clone(reference.param),
                        edge: reference.edge,
                        enabled: rule_set.enabled && rule.enabled,
                    });
                }
            }
        }
    }
    out
}

/// Names of the rules that refer to a rule set, grouped by their rule set in name order.
pub type Referring = Vec<(Text, Vec<Text>)>;

/// Who refers to the rule set `name`; one rule name per reference.
///
/// `Compat::Original` sees what the original's delete guard sees: not all parameters, and one menu rule at
/// most twice. `Compat::Corrected` sees every reference of the declarations.
pub fn referring<R: Borrow<RuleSet>>(rule_sets: &[R], name: &str, compat: Compat) -> Referring {
    let mut out = Referring::new();
    for rule_set in in_name_order(rule_sets) {
        let mut rules = Vec::new();
        for rule in in_rule_order(rule_set, compat) {
            let count = match compat {
                Compat::Original => seen_by_original(rule, name),
                Compat::Corrected => kinds::rule_set_references(rule)
                    .filter(|reference| !reference.dynamic && &**reference.target == name)
                    .count(),
            };
            rules.extend(std::iter::repeat_n(Text::clone(&rule.name), count));
        }
        if !rules.is_empty() {
            out.push((Text::clone(&rule_set.name), rules));
        }
    }
    out
}

/// How often the original's delete guard counts a rule as referring.
fn seen_by_original(rule: &Rule, name: &str) -> usize {
    let is = |param: &str| rule.params.text(param) == Some(name);
    let any = |prefix: &str| {
        rule.params.iter().any(|(param, value)| param.starts_with(prefix) && value.as_str() == Some(name))
    };
    match rule.rule_type {
        RuleType::RuleSet => usize::from(is("ruleSetName")),
        RuleType::DTMFInput => usize::from(is("errorRuleSetName")),
        RuleType::NLUMenu => usize::from(any("intentRuleSet_")),
        RuleType::Queue => usize::from(is("outOfHoursRuleSetName") || is("unstaffedRuleSetName")),
        RuleType::DTMFMenu => {
            let ends = usize::from(is("errorRuleSetName")) + usize::from(is("noInputRuleSetName"));
            if ends == 0 { usize::from(any("dtmf")) } else { ends }
        }
        _ => 0,
    }
}

/// What a rename of a rule set changed: rule set and rule, and the parameters rewritten there.
pub type Renamed = Vec<(Text, Text, Vec<Text>)>;

/// Renames a rule set and makes every reference follow; answers the rules that changed.
///
/// Whether the new name is free and allowed is for the caller. Templates are never rewritten.
pub fn rename(rule_sets: &mut [RuleSet], old: &str, new: &Text) -> Renamed {
    let mut out = Renamed::new();
    for rule_set in rule_sets.iter_mut() {
        for rule in &mut rule_set.rules {
            let params = kinds::rewrite_references(rule, old, new);
            if !params.is_empty() {
                out.push((Text::clone(&rule_set.name), Text::clone(&rule.name), params));
            }
        }
        if &*rule_set.name == old {
            rule_set.name = Text::clone(new);
        }
    }
    out
}

/// How often each prompt is named by a message of a rule, by prompt name.
pub fn prompt_uses(rule_sets: &[RuleSet]) -> FxHashMap<&str, usize> {
    let mut out = FxHashMap::default();
    for rule in rule_sets.iter().flat_map(|rule_set| &rule_set.rules) {
        for (param, value) in rule.params.iter() {
            let Value::String(text) = value else { continue };
            if is_message_param(param)
                && let Some(prompt) = kinds::prompt_name(text)
            {
                *out.entry(prompt).or_default() += 1;
            }
        }
    }
    out
}

/// Whether the engine takes a parameter for a message: its name holds `message` in any case and does not end
/// in `Type` or `Arn` (`spec/evaluator.md` section 5).
pub fn is_message_param(param: &str) -> bool {
    let has = param.as_bytes().windows(7).any(|part| part.eq_ignore_ascii_case(b"message"));
    has && !param.ends_with("Type") && !param.ends_with("Arn")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::value::Map;

    fn as_value(referring: &Referring) -> Value {
        let object: Map = referring
            .iter()
            .map(|(name, rules)| {
                let rules: Vec<Value> = rules.iter().map(|rule| Value::String(Text::clone(rule))).collect();
                (Text::clone(name), Value::from(rules))
            })
            .collect();
        object.into()
    }

    #[test]
    fn the_original_sees_what_its_delete_guard_sees() {
        golden::each("referring", |record| {
            let sets = golden::rule_sets(&golden::text(record, "workspace"));
            for (name, want) in record.member("referring").as_object().unwrap() {
                golden::same(&as_value(&referring(&sets, name, Compat::Original)), want)?;
            }
            Ok(())
        });
    }

    #[test]
    fn the_reference_matrix_holds_for_both_settings() {
        let text = golden::example("reference-matrix.json");
        let rows = crate::json::parse(&text).unwrap();
        for row in rows.as_array().unwrap() {
            let (rule_type, param) = (row.member("ruleType").text(), row.member("param").text());
            let text = format!(
                r#"[{{"name":"A","rules":[{{"name":"r","type":"{rule_type}","params":{{"{param}":"T"}}}}]}}]"#
            );
            let sets = golden::parse(&text);
            let seen = !referring(&sets, "T", Compat::Original).is_empty();
            assert_eq!(Value::Bool(seen), row.member("deleteBlocked"), "{rule_type} {param}");
            assert_eq!(referring(&sets, "T", Compat::Corrected).len(), 1, "{rule_type} {param}");
            let mut sets = sets;
            let renamed = rename(&mut sets, "T", &Text::from("U"));
            assert_eq!(renamed.len(), 1, "{rule_type} {param}");
            assert_eq!(sets[0].rules[0].params.text(&param), Some("U"));
        }
    }

    #[test]
    fn uses_name_rule_and_parameter_and_count_disabled_rules() {
        let sets = golden::parse(
            r#"[{"name":"A","enabled":true,"rules":[{"name":"q","type":"Queue","enabled":false,
                "params":{"queueName":"Sales","unstaffedQueueName":"Sales"}}]}]"#,
        );
        let found = uses(&sets, ParamKind::Queue, "Sales");
        assert_eq!(found.iter().map(|u| &*u.param).collect::<Vec<_>>(), ["queueName", "unstaffedQueueName"]);
        assert!(!found[0].enabled);
    }
}
