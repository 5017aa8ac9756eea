//! References of rules to other things: finding them and following a rename (`spec/evaluator.md` 7.19).

use super::spec::{EdgeKind, ParamKind, Reference};
use super::{kind, param_spec};
use crate::model::Rule;
use crate::template::is_template;
use crate::value::{Text, Value};

/// References of a rule to rule sets, queues, functions, bots and contact flows, in parameter order.
///
/// Empty names are none. Names that are templates are marked dynamic. A rule that returns gives its rule
/// set reference the kind [`EdgeKind::Return`].
pub fn references(rule: &Rule) -> impl Iterator<Item = Reference<'_>> {
    let kind = kind(&rule.rule_type);
    rule.params.iter().filter_map(move |(param, value)| {
        let Value::String(target) = value else { return None };
        let (spec, suffix) = param_spec(kind, param)?;
        let refers = matches!(
            spec.kind,
            ParamKind::RuleSet
                | ParamKind::Queue
                | ParamKind::Function
                | ParamKind::Bot
                | ParamKind::ContactFlow
        );
        if !refers || target.is_empty() {
            return None;
        }
        let edge = match spec.edge {
            Some(EdgeKind::Route) if rule.params.text("returnHere") == Some("true") => Some(EdgeKind::Return),
            edge => edge,
        };
        Some(Reference { param, suffix, target, kind: spec.kind, edge, dynamic: is_template(target) })
    })
}

/// References of a rule to rule sets, in parameter order.
pub fn rule_set_references(rule: &Rule) -> impl Iterator<Item = Reference<'_>> {
    references(rule).filter(|reference| reference.kind == ParamKind::RuleSet)
}

/// Parameters that a rename changed.
pub type Rewritten = Vec<Text>;

/// Makes every reference of the rule to the rule set `old` one to `new` and answers the parameters that
/// changed. Templates are never rewritten.
pub fn rewrite_references(rule: &mut Rule, old: &str, new: &Text) -> Rewritten {
    let changed: Rewritten = rule_set_references(rule)
        .filter(|reference| !reference.dynamic && &**reference.target == old)
        .map(|reference| Text::clone(reference.param))
        .collect();
    for param in &changed {
        if let Some(value) = rule.params.get_mut(param) {
            *value = Value::String(Text::clone(new));
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read::rule_sets;

    fn rule(body: &str) -> Rule {
        let read = rule_sets(&format!(r#"[{{"name":"S","rules":[{{"name":"r",{body}}}]}}]"#)).unwrap();
        assert!(!crate::problem::has_errors(&read.problems), "{:?}", read.problems);
        read.rule_sets[0].rules[0].clone()
    }

    fn found(rule: &Rule) -> Vec<(String, Option<EdgeKind>, bool)> {
        rule_set_references(rule).map(|r| (r.param.to_string(), r.edge, r.dynamic)).collect()
    }

    #[test]
    fn every_kind_of_exit_is_a_reference() {
        let menu = rule(
            r#""type":"DTMFMenu","params":{"dtmf1":"A","dtmf*":"A","dtmf2":"","noInputRuleSetName":"{{x}}","errorRuleSetName":"A"}"#,
        );
        assert_eq!(
            found(&menu),
            [
                ("dtmf1".to_owned(), Some(EdgeKind::MenuKey), false),
                ("dtmf*".to_owned(), Some(EdgeKind::MenuKey), false),
                ("noInputRuleSetName".to_owned(), Some(EdgeKind::NoInput), true),
                ("errorRuleSetName".to_owned(), Some(EdgeKind::Error), false),
            ]
        );
        let old = rule(r#""type":"DTMFSelector","params":{"ruleSetName":"A","dtmf1":"a value"}"#);
        assert_eq!(found(&old), [("ruleSetName".to_owned(), Some(EdgeKind::MenuKey), false)]);
        let back = rule(r#""type":"RuleSet","params":{"ruleSetName":"A","returnHere":"true"}"#);
        assert_eq!(found(&back), [("ruleSetName".to_owned(), Some(EdgeKind::Return), false)]);
    }

    #[test]
    fn a_rename_changes_names_and_leaves_templates_and_values_alone() {
        let mut rule = rule(
            r#""type":"NLUMenu","params":{"intentRuleSet_X":"A","errorRuleSetName":"A","noInputRuleSetName":"A{{b}}","outputStateKey":"A"}"#,
        );
        let changed = rewrite_references(&mut rule, "A", &Text::from("Z"));
        assert_eq!(changed.iter().map(|p| &**p).collect::<Vec<_>>(), ["intentRuleSet_X", "errorRuleSetName"]);
        assert_eq!(rule.params.text("errorRuleSetName"), Some("Z"));
        assert_eq!(rule.params.text("outputStateKey"), Some("A"));
    }
}
