//! Input, confirmation and hang-up (`spec/evaluator.md` 6.7, 6.8).

use super::run::{NAMES, Run};
use super::{Code, Reply, StepError};
use crate::host::{Host, RuleAt};
use crate::kinds::RuleType;
use crate::rules;
use crate::value::{Text, Value};

/// INPUT: to the input or the confirm handler, by the phase in state.
pub(super) fn input<H: Host>(run: &mut Run<'_, H>, given: &Value) -> Result<Reply, StepError> {
    let text = text_of(given);
    let text = text.as_ref();
    let phase = run.get(&NAMES.phase);
    match phase.as_str() {
        Some("input") => {
            let rule_type = locate(run, "handleInput")?;
            match rule_type {
                RuleType::DTMFInput => rules::dtmf_input::input(run, text),
                RuleType::DTMFMenu => rules::dtmf_menu::input(run, given),
                RuleType::NLUInput => rules::nlu_input::input(run, text),
                RuleType::NLUMenu => rules::nlu_menu::input(run, text),
                RuleType::Wait => rules::wait::input(run, text),
                other => Err(missing("handleInput() missing handler for input on rule", &other)),
            }
        }
        Some("confirm") => confirm(run, text),
        _ => Err(StepError::new(Code::BadPhase, format!("Unhandled input phase: {phase}"))),
    }
}

/// CONFIRM: as INPUT, but only in the confirm phase.
pub(super) fn confirm_only<H: Host>(run: &mut Run<'_, H>, given: &Value) -> Result<Reply, StepError> {
    known(run)?;
    let phase = run.get(&NAMES.phase);
    if phase.as_str() == Some("confirm") {
        confirm(run, text_of(given).as_ref())
    } else {
        Err(StepError::new(Code::BadPhase, format!("Unexpected CONFIRM in phase: {phase}")))
    }
}

/// Numbers and booleans are used as their text (Q43).
fn text_of(given: &Value) -> Option<Text> {
    if given.is_nil() { None } else { Some(given.text()) }
}

fn confirm<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    match locate(run, "handleConfirm")? {
        RuleType::DTMFInput => rules::dtmf_input::confirm(run, text),
        RuleType::NLUInput => rules::nlu_input::confirm(run, text),
        RuleType::NLUMenu => rules::nlu_menu::confirm(run, text),
        other => Err(missing("handleConfirm() missing handler for confirm on rule", &other)),
    }
}

/// HANGUP: answers for the current rule; nothing is written (Q1).
pub(super) fn hang_up<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    known(run)?;
    locate(run, "handleHangup")?;
    run.contact.disconnected = true;
    Ok(Reply { terminate: true, disconnected: true, ..run.reply(false) })
}

fn missing(what: &str, rule_type: &RuleType) -> StepError {
    StepError::new(Code::RuleFailed, format!("{what}: {rule_type}"))
}

/// Refuses a contact that has not started.
fn known<H: Host>(run: &Run<'_, H>) -> Result<(), StepError> {
    if matches!(run.get(&NAMES.current_rule_set), Value::Undefined) {
        return Err(StepError::new(Code::UnknownContact, format!("Unknown contact: {}", run.contact.id)));
    }
    Ok(())
}

/// Makes the contact's current rule the one that answers.
fn locate<H: Host>(run: &mut Run<'_, H>, handler: &str) -> Result<RuleType, StepError> {
    let rule_set = run.find_rule_set(&run.get(&NAMES.current_rule_set))?;
    let name = run.get(&NAMES.current_rule);
    let rule = name.as_str().and_then(|name| run.workspace.active(rule_set).find(name)).ok_or_else(|| {
        StepError::new(Code::RuleFailed, format!("{handler}() Failed to find rule: {name}"))
    })?;
    run.at = RuleAt { rule_set, rule };
    Ok(run.rule().rule_type.clone())
}
