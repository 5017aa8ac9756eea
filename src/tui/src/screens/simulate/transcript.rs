//! The transcript of a call as lines, and what the customer is asked for now.

use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::model::Rule;
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Workspace;

use super::call::{Asked, Call, Phase, Step};
use super::keep::Settings;
use super::pane::Piece;
use crate::theme::Role;

/// The lines of a call up to the shown step; each is about a step, by number.
pub fn pieces(call: &Call, settings: &Settings) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut heading: Option<(Text, Text)> = None;
    let branch = call.branch();
    for (at, step) in call.shown().iter().enumerate() {
        if let Some((_, was)) = branch.differs.as_ref().filter(|(from, _)| *from == at) {
            out.push(Piece::new(at, Role::Warn, format!("⚠ from here it differs: {was}"), 2));
        }
        match &step.asked {
            Asked::Say(said) => out.push(Piece::new(at, Role::Spoken, format!("  » {}", spoken(said)), 4)),
            Asked::HangUp => out.push(Piece::new(at, Role::Spoken, "  » (hangs up)", 4)),
            Asked::Start | Asked::Next => {}
        }
        let (rule_set, rule) = step.rule();
        let is_new = heading.as_ref().is_none_or(|(a, b)| (a, b) != (rule_set, rule));
        if is_new && !rule.is_empty() {
            let mut piece = Piece::new(at, Role::Title, format!("{rule_set} / {rule}"), 2);
            if let Ok(reply) = &step.answer {
                piece.right = reply.rule_type.to_string();
            }
            out.push(piece);
            heading = Some((Text::clone(rule_set), Text::clone(rule)));
        }
        outcome(at, step, settings, &mut out);
        for note in &step.notes {
            out.push(Piece::new(at, Role::Warn, format!("  ⚠ {note}"), 4));
        }
    }
    if let Some((from, was)) = branch.differs.as_ref().filter(|(from, _)| *from >= branch.steps.len()) {
        let last = from.saturating_sub(1);
        out.push(Piece::new(last, Role::Warn, format!("⚠ here it differs: {was}"), 2));
    }
    let later = branch.steps.len() - 1 - branch.at;
    if later > 0 {
        let text = format!("  · {later} later step{}: → goes forward", if later == 1 { "" } else { "s" });
        out.push(Piece::new(branch.at, Role::Dim, text, 4));
    }
    out
}

fn outcome(at: usize, step: &Step, settings: &Settings, out: &mut Vec<Piece>) {
    let mut add = |role, text: String| out.push(Piece::new(at, role, text, 4));
    let reply = match &step.answer {
        Ok(reply) => reply,
        Err(failure) => {
            add(Role::Bad, format!("  ✗ {}: {}", failure.code, failure.cause));
            let next = if step.phase() == Phase::Ended {
                "the call could not start: s starts another"
            } else {
                "← steps back, n goes on with the next rule, e edits this one"
            };
            add(Role::Dim, format!("    {next}"));
            return;
        }
    };
    if let Some(message) = reply.message_text()
        && settings.shows(&reply.rule_type)
    {
        match &*reply.rule_type {
            "Integration" => add(Role::Link, format!("  ƒ {message}")),
            "SMSMessage" | "Metric" | "Wait" => add(Role::Dim, format!("  · {message}")),
            _ => add(Role::Heard, format!("  « {message}")),
        }
    }
    if let Some(queue) = &reply.queue {
        add(Role::Good, format!("  ⇒ Entered queue: {queue}"));
    } else if let Some(transfer) = &reply.transfer {
        let after = if transfer.resume { ", then comes back" } else { "" };
        add(Role::Good, format!("  ☎ Transferred to external number: {}{after}", transfer.number));
    } else if reply.disconnected {
        add(Role::Good, "  ● The customer hung up".to_owned());
    } else if reply.terminate {
        add(Role::Good, "  ● The call ends (terminate)".to_owned());
    }
}

/// What the customer did, in words.
pub fn spoken(said: &Value) -> String {
    match said.as_str() {
        Some("NOINPUT") => "(no input)".to_owned(),
        Some("NOMATCH") => "(no match)".to_owned(),
        _ => said.text().to_string(),
    }
}

/// What the customer is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Whether only keys of a telephone make sense: letters are commands then.
    pub keys: bool,
    /// What is expected, in words.
    pub hint: String,
}

/// What the rule of a step expects.
pub fn expected(step: &Step, workspace: &Workspace) -> Expected {
    let (rule_set, rule) = step.rule();
    let state =
        |key: &str| step.contact.state.get(key).map(|value| value.text().to_string()).unwrap_or_default();
    let confirming = state("CurrentRule_phase") == "confirm";
    let found = workspace.find(rule_set).and_then(|set| {
        let active = workspace.active(set);
        let at = active.find(rule)?;
        let document = workspace.rule(connect_rules_engine::host::RuleAt { rule_set: set, rule: at });
        Some((active.rules[at as usize].rule_type.clone(), document))
    });
    let Some((rule_type, rule)) = found else {
        return Expected {
            keys: false,
            hint: "the rule is not there any more: R runs the call again".to_owned(),
        };
    };
    let text = |name: &str| rule.params.text(name).unwrap_or_default();
    let failed: u32 = state("CurrentRule_errorCount").parse().unwrap_or_default();
    let left = |most: u32| match most.saturating_sub(failed) {
        1 => " · last attempt".to_owned(),
        left => format!(" · {left} attempts left"),
    };
    let count = text("inputCount").parse().unwrap_or(3);
    match (rule_type, confirming) {
        (RuleType::DTMFMenu, _) => {
            Expected { keys: true, hint: format!("one digit: {}{}", goals(rule, "dtmf"), left(count)) }
        }
        (RuleType::DTMFInput, true) => {
            Expected { keys: true, hint: "1 is yes, anything else is no".to_owned() }
        }
        (RuleType::DTMFInput, false) => {
            let (least, most) = (text("minLength"), text("maxLength"));
            let long = if least == most { least.to_owned() } else { format!("{least} to {most}") };
            let hint = format!("digits: {}, {long} long{}", text("dataType"), left(3));
            Expected { keys: true, hint }
        }
        (RuleType::NLUMenu | RuleType::NLUInput, true) => {
            Expected { keys: false, hint: "text: yes or no".to_owned() }
        }
        (RuleType::NLUMenu, false) => {
            let hint =
                format!("text for {}: {}{}", text("lexBotName"), goals(rule, "intentRuleSet_"), left(count));
            Expected { keys: false, hint }
        }
        (RuleType::NLUInput, false) => {
            Expected { keys: false, hint: format!("text: {}{}", text("dataType"), left(count)) }
        }
        (RuleType::Wait, _) => Expected {
            keys: false,
            hint: format!("any text, or f5 when {} s are over", text("waitTimeSeconds")),
        },
        _ => Expected { keys: false, hint: "text".to_owned() },
    }
}

/// Keys or intents with the rule sets they lead to.
fn goals(rule: &Rule, prefix: &str) -> String {
    let found = rule.params.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(prefix)?;
        (!value.is_empty_string()).then(|| format!("{key} → {}", value.text()))
    });
    found.collect::<Vec<_>>().join("  ")
}
