//! Branches of actions (V06).

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};
use crate::language;

/// Operators of conditions.
pub(crate) const OPERATORS: [&str; 8] = [
    "Equals",
    "TextStartsWith",
    "TextEndsWith",
    "TextContains",
    "NumberGreaterThan",
    "NumberGreaterOrEqualTo",
    "NumberLessThan",
    "NumberLessOrEqualTo",
];
const NO_MATCH: &str = "NoMatchingCondition";
const FAILED: &str = "NoMatchingError";
/// Keys of a telephone.
const KEYS: &str = "0123456789*#";

/// What `NextAction` must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Needed,
    Allowed,
    Forbidden,
}

/// What conditions must be.
enum Conditions {
    None,
    /// Any, at least one.
    Any,
    /// Equals each of these and nothing else.
    Exactly(Vec<&'static str>),
    /// Equals a key.
    Keys,
    /// Equals a text; may be none.
    Texts,
    /// Above 0.
    Positive,
    /// Numbers, at least one.
    Numbers,
}

struct Rule {
    next: Next,
    conditions: Conditions,
    errors: Vec<&'static str>,
    more_errors: Vec<&'static str>,
}

/// What the branches of an action must be.
fn rule(action: &Action, flow: &Flow) -> Rule {
    let with = |next, conditions, errors: &[&'static str]| Rule {
        next,
        conditions,
        errors: errors.to_vec(),
        more_errors: Vec::new(),
    };
    let has = |name: &str| action.parameters.contains_key(name);
    match action.kind.as_str() {
        "DisconnectParticipant" | "EndFlowExecution" => with(Next::Forbidden, Conditions::None, &[]),
        "UpdateFlowLoggingBehavior" | "UpdateContactRecordingBehavior" | "UpdateContactRoutingBehavior" => {
            with(Next::Needed, Conditions::None, &[])
        }
        "UpdateContactTextToSpeechVoice" => {
            Rule { more_errors: vec![FAILED], ..with(Next::Needed, Conditions::None, &[]) }
        }
        "Compare" => with(Next::Needed, Conditions::Any, &[NO_MATCH]),
        "MessageParticipantIteratively" if flow.flow_type == FlowType::CustomerHold => {
            with(Next::Forbidden, Conditions::None, &[])
        }
        "MessageParticipantIteratively" => {
            let interrupted =
                if has("InterruptFrequencySeconds") { vec!["MessagesInterrupted"] } else { Vec::new() };
            with(Next::Allowed, Conditions::Exactly(interrupted), &[FAILED])
        }
        "GetParticipantInput" if action.text("StoreInput") == Some("True") => {
            let phone =
                action.parameters.get("InputValidation").and_then(|it| it.get("PhoneNumberValidation"));
            let errors: &[&str] = if phone.is_some() { &[FAILED, "InvalidPhoneNumber"] } else { &[FAILED] };
            with(Next::Needed, Conditions::None, errors)
        }
        "GetParticipantInput" => {
            with(Next::Needed, Conditions::Keys, &["InputTimeLimitExceeded", NO_MATCH, FAILED])
        }
        "ConnectParticipantWithLexBot" => Rule {
            more_errors: vec!["InputTimeLimitExceeded"],
            ..with(Next::Needed, Conditions::Texts, &[NO_MATCH, FAILED])
        },
        "TransferParticipantToThirdParty" if action.text("ContinueFlowExecution") == Some("True") => {
            with(Next::Needed, Conditions::None, &[FAILED, "CallFailed", "ConnectionTimeLimitExceeded"])
        }
        "CheckHoursOfOperation" => {
            with(Next::Forbidden, Conditions::Exactly(vec!["True", "False"]), &[FAILED])
        }
        "CheckMetricData" => {
            let agents = action.text("MetricType").is_some_and(|it| it.starts_with("NumberOfAgents"));
            let conditions = if agents { Conditions::Positive } else { Conditions::Numbers };
            with(Next::Allowed, conditions, &[NO_MATCH, FAILED])
        }
        "Wait" => {
            let mut ends = vec!["WaitCompleted"];
            let mut errors = vec![FAILED];
            let events = action.parameters.get("Events").and_then(|it| it.as_array());
            for event in events.into_iter().flatten().filter_map(|it| it.as_str()) {
                match event {
                    "CustomerReturned" => ends.push("CustomerReturned"),
                    "BotParticipantDisconnected" => {
                        ends.push("BotParticipantDisconnected");
                        errors.push("ParticipantNotFound");
                    }
                    _ => {}
                }
            }
            with(Next::Forbidden, Conditions::Exactly(ends), &errors)
        }
        "UpdateContactCallbackNumber" => {
            with(Next::Needed, Conditions::None, &["InvalidCallbackNumber", "CallbackNumberNotDialable"])
        }
        "TransferContactToQueue" => with(Next::Needed, Conditions::None, &["QueueAtCapacity", FAILED]),
        _ => with(Next::Needed, Conditions::None, &[FAILED]),
    }
}

pub(super) fn check(action: &Action, flow: &Flow, out: &mut Vec<Finding>) {
    if language::spec(&action.kind).is_none() {
        return;
    }
    let rule = rule(action, flow);
    let mut fault = |what: String, fix: String| out.push(Finding::new("V06", what, fix));
    let transitions = &action.transitions;
    match (rule.next, &transitions.next) {
        (Next::Needed, None) => fault("NextAction is missing".to_owned(), "say where it leads".to_owned()),
        (Next::Forbidden, Some(_)) => {
            fault("it has a NextAction".to_owned(), format!("leave it out: {} has none", action.kind));
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for error in transitions.errors.iter().map(|it| it.error.as_str()) {
        if !rule.errors.contains(&error) && !rule.more_errors.contains(&error) {
            let known: Vec<&str> = rule.errors.iter().chain(&rule.more_errors).copied().collect();
            let fix = if known.is_empty() {
                "leave it out".to_owned()
            } else {
                format!("use {}", known.join(", "))
            };
            fault(format!("it has a branch for {error:?}"), fix);
        }
        if !seen.insert(error) {
            fault(format!("it has two branches for {error:?}"), "leave one out".to_owned());
        }
    }
    for error in rule.errors.iter().filter(|it| !seen.contains(**it)) {
        fault(format!("it has no branch for {error}"), "say where that leads".to_owned());
    }
    conditions(action, &rule.conditions, &mut fault);
}

fn conditions(action: &Action, wanted: &Conditions, fault: &mut impl FnMut(String, String)) {
    let given = &action.transitions.conditions;
    for condition in given {
        let operator = condition.operator.as_str();
        if !OPERATORS.contains(&operator) {
            fault(format!("there is no operator {operator:?}"), format!("use {}", OPERATORS.join(", ")));
        }
        let [operand] = condition.operands.as_slice() else {
            fault(format!("a condition has {} operands", condition.operands.len()), "give one".to_owned());
            continue;
        };
        if operand.is_empty() || operand.starts_with("$.") {
            fault(format!("an operand is {operand:?}"), "write a fixed text that is not empty".to_owned());
        }
        if operator.starts_with("Number") && operand.parse::<f64>().is_err() {
            fault(format!("{operator} compares with {operand:?}"), "write a number".to_owned());
        }
    }
    let operand = |i: usize| given.get(i).and_then(|it| it.operands.first()).map_or("", String::as_str);
    let equals = |it: &str| it == "Equals";
    let all_equal = given.iter().all(|it| equals(&it.operator));
    let fix = match wanted {
        Conditions::None if !given.is_empty() => "leave conditions out".to_owned(),
        Conditions::Any if given.is_empty() => "give at least one condition".to_owned(),
        Conditions::Exactly(ends) => {
            let mut have: Vec<&str> = (0..given.len()).map(operand).collect();
            let mut want = ends.clone();
            have.sort_unstable();
            want.sort_unstable();
            if all_equal && have == want {
                return;
            }
            format!(
                "give Equals for each of: {}",
                if ends.is_empty() { "nothing".to_owned() } else { ends.join(", ") }
            )
        }
        Conditions::Keys
            if !all_equal
                || !(0..given.len()).all(|i| operand(i).len() == 1 && KEYS.contains(operand(i))) =>
        {
            format!("let each be Equals with one of {KEYS}")
        }
        Conditions::Texts if !all_equal => "let each be Equals".to_owned(),
        Conditions::Positive
            if given.len() != 1 || given[0].operator != "NumberGreaterThan" || operand(0) != "0" =>
        {
            "give the one condition NumberGreaterThan 0".to_owned()
        }
        Conditions::Numbers
            if given.is_empty() || given.iter().any(|it| !it.operator.starts_with("Number")) =>
        {
            "give conditions on numbers".to_owned()
        }
        _ => return,
    };
    fault(format!("its {} conditions are not those of {}", given.len(), action.kind), fix);
}
