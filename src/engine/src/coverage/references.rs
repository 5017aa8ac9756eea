//! References of rules that a simulation can use (`spec/testing.md` 4.2, kind `reference`).
//!
//! Those that only a live queue follows (out of hours, unstaffed, callback, flows) are no part of it.

use crate::kinds::{self, ParamKind, RuleType};
use crate::model::Rule;
use crate::plan::is_message_key;
use crate::prompt;
use crate::template::is_template;
use crate::value::Text;

/// A parameter that names something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReferenceItem {
    /// Name of the parameter.
    pub param: Text,
    /// What it names: `ruleSet`, `queue`, `externalNumber`, `function`, `bot` or `prompt`.
    pub kind: &'static str,
    /// The name, or the template that gives it.
    pub target: Text,
    /// Whether it is a template.
    pub dynamic: bool,
}

/// The text of a parameter that holds something.
pub(super) fn text(rule: &Rule, name: &str) -> Option<Text> {
    rule.params.get(name).filter(|value| !value.is_empty_string()).map(crate::value::Value::text)
}

/// Whether a parameter is a template.
pub(super) fn is_templated(rule: &Rule, name: &str) -> bool {
    rule.params.text(name).is_some_and(is_template)
}

/// What a parameter of a type names, for those that a simulation follows.
fn kind(rule_type: &RuleType, param: &str) -> Option<&'static str> {
    let (spec, _) = kinds::spec_of(rule_type, param)?;
    match rule_type {
        // The other exits of a queue are not simulated.
        RuleType::Queue if param != "queueName" => return None,
        // Old exports have it; nothing reads it.
        RuleType::NLUMenu if param == "noInputRuleSetName" => return None,
        _ => {}
    }
    match spec.kind {
        ParamKind::RuleSet => Some("ruleSet"),
        ParamKind::Bot => Some("bot"),
        ParamKind::Function => Some("function"),
        ParamKind::Queue => Some("queue"),
        ParamKind::PhoneNumber => Some("externalNumber"),
        _ => None,
    }
}

/// The references of a rule, in parameter order.
pub(super) fn references(rule: &Rule) -> Vec<ReferenceItem> {
    if !rule.rule_type.is_live() {
        return Vec::new();
    }
    rule.params
        .iter()
        .filter(|(_, value)| !value.is_empty_string())
        .filter_map(|(param, value)| {
            let target = value.text();
            let item = |kind, target: Text| ReferenceItem {
                param: Text::clone(param),
                kind,
                dynamic: is_template(&target),
                target,
            };
            if let Some(kind) = kind(&rule.rule_type, param) {
                return Some(item(kind, target));
            }
            match prompt::kind(&target) {
                prompt::Kind::Prompt(name) if is_message_key(param) => Some(item("prompt", Text::from(name))),
                _ => None,
            }
        })
        .collect()
}
