//! The rule types: one declaration of each, from which the form, validation, lint, graph edges, rename
//! rewriting, CSV and documentation are driven (`spec/evaluator.md` section 7).

use std::fmt;

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
