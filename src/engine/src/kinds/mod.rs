//! The rule types: one declaration of each, from which the form, validation, lint, graph edges, rename
//! rewriting, CSV and documentation are driven (`spec/evaluator.md` section 7).

pub mod doc;
mod items;
pub mod names;
mod reference;
mod spec;
mod table;
mod table_queue;
mod validate;
pub mod weights;

use std::fmt;

pub use reference::{Rewritten, references, rewrite_references, rule_set_references};
pub use spec::{
    Condition, EdgeKind, Flow, ParamKind, ParamName, ParamSpec, Reference, Required, RuleKind, Templating,
};
pub use table::KINDS;
pub use table_queue::RETIRED_KINDS;
pub use validate::{Check, Surroundings, check_rule, is_phone_number, prompt_name, validate};

use crate::value::Text;

/// The type of a rule. `Retired` and `Unknown` keep the text they were read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of spec/evaluator.md section 7")]
pub enum RuleType {
    Distribution,
    DTMFMenu,
    DTMFInput,
    ExternalNumber,
    Integration,
    Message,
    Metric,
    NLUInput,
    NLUMenu,
    Queue,
    RuleSet,
    SetAttributes,
    SMSMessage,
    Terminate,
    TextInference,
    UpdateStates,
    Wait,
    /// A type that old data still holds but nothing runs (7.18).
    Retired(Text),
    /// Any other text.
    Unknown(Text),
}

impl RuleType {
    /// The 17 types in the order that menus list them.
    pub const ALL: [RuleType; 17] = [
        RuleType::Distribution,
        RuleType::DTMFMenu,
        RuleType::DTMFInput,
        RuleType::ExternalNumber,
        RuleType::Integration,
        RuleType::Message,
        RuleType::Metric,
        RuleType::NLUInput,
        RuleType::NLUMenu,
        RuleType::Queue,
        RuleType::RuleSet,
        RuleType::SetAttributes,
        RuleType::SMSMessage,
        RuleType::Terminate,
        RuleType::TextInference,
        RuleType::UpdateStates,
        RuleType::Wait,
    ];

    /// Types that old exports may hold (`spec/evaluator.md` 7.18, `spec/model.md` 4.2).
    pub const RETIRED: [&'static str; 7] = [
        "SecureDTMFInput",
        "DTMFSelector",
        "RuleSetBail",
        "RuleSetPrompt",
        "SetAttribute",
        "UpdateState",
        "Staffing",
    ];

    /// The type that a text names; case sensitive.
    pub fn parse(name: &str) -> RuleType {
        match Self::ALL.iter().find(|t| t.name() == name) {
            Some(known) => known.clone(),
            None if Self::RETIRED.contains(&name) => RuleType::Retired(Text::from(name)),
            None => RuleType::Unknown(Text::from(name)),
        }
    }

    /// The type as written in documents.
    pub fn name(&self) -> &str {
        match self {
            RuleType::Distribution => "Distribution",
            RuleType::DTMFMenu => "DTMFMenu",
            RuleType::DTMFInput => "DTMFInput",
            RuleType::ExternalNumber => "ExternalNumber",
            RuleType::Integration => "Integration",
            RuleType::Message => "Message",
            RuleType::Metric => "Metric",
            RuleType::NLUInput => "NLUInput",
            RuleType::NLUMenu => "NLUMenu",
            RuleType::Queue => "Queue",
            RuleType::RuleSet => "RuleSet",
            RuleType::SetAttributes => "SetAttributes",
            RuleType::SMSMessage => "SMSMessage",
            RuleType::Terminate => "Terminate",
            RuleType::TextInference => "TextInference",
            RuleType::UpdateStates => "UpdateStates",
            RuleType::Wait => "Wait",
            RuleType::Retired(name) | RuleType::Unknown(name) => name,
        }
    }

    /// Whether the evaluator runs this type.
    pub fn is_live(&self) -> bool {
        !matches!(self, RuleType::Retired(_) | RuleType::Unknown(_))
    }
}

impl fmt::Display for RuleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The declaration of a type, retired ones included; unknown types have none.
pub fn kind(rule_type: &RuleType) -> Option<&'static RuleKind> {
    let name = rule_type.name();
    match rule_type {
        RuleType::Unknown(_) => None,
        RuleType::Retired(_) => RETIRED_KINDS.iter().find(|kind| kind.name == name),
        _ => KINDS.iter().find(|kind| kind.name == name),
    }
}

/// The declaration of a parameter of a type, and what follows the declared prefix in its name.
///
/// Retired parameters that any type may carry are found for every type.
pub fn spec_of<'a>(rule_type: &RuleType, param: &'a str) -> Option<(&'static ParamSpec, &'a str)> {
    param_spec(kind(rule_type), param)
}

/// As [`spec_of`] where the declaration of the type is at hand.
pub fn param_spec<'a>(
    kind: Option<&'static RuleKind>,
    param: &'a str,
) -> Option<(&'static ParamSpec, &'a str)> {
    kind.map_or(&[][..], |kind| kind.params)
        .iter()
        .chain(&table_queue::ANY)
        .find_map(|spec| Some((spec, spec.name.suffix_of(param)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_declaration_in_menu_order() {
        for (rule_type, kind) in RuleType::ALL.iter().zip(&KINDS) {
            assert_eq!(rule_type.name(), kind.name);
        }
        for (name, kind) in RuleType::RETIRED.iter().zip(&RETIRED_KINDS) {
            assert_eq!(*name, kind.name);
            assert!(kind.retired);
        }
    }

    #[test]
    fn numbered_names_take_plain_numbers_of_their_range() {
        let covers = |name: &str| spec_of(&RuleType::Distribution, name).map(|(_, suffix)| suffix.to_owned());
        assert_eq!(covers("ruleSetName0").as_deref(), Some("0"));
        for bad in ["ruleSetName", "ruleSetName00", "ruleSetName10", "ruleSetName+1", "ruleSetNameé"] {
            assert_eq!(covers(bad), None, "{bad}");
        }
    }

    #[test]
    fn conditions_name_parameters_of_the_same_type() {
        for kind in KINDS.iter().chain(&RETIRED_KINDS) {
            for spec in kind.params {
                let (Required::When(condition) | Required::EditorWhen(condition)) = spec.required else {
                    continue;
                };
                let (Condition::Is(other, _)
                | Condition::IsNot(other, _)
                | Condition::AtLeast(other, _)
                | Condition::NumberBelow(other)
                | Condition::Beside(other)) = condition;
                assert!(kind.params.iter().any(|p| p.name.stem() == other), "{} {other}", kind.name);
            }
        }
    }
}
