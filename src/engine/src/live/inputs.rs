//! Values that customers key in (`spec/lambdas.md` 6.2) or say to a bot (6.4).

use super::Call;
use super::keys::{self, Limit, clear, flag, get, number, put, refuse};
use super::menus::{is_sure, output, yes_no_bot};
use crate::host::{Branch, Host};
use crate::phone::expand_phone_number;
use crate::slots;
use crate::state::{Path, State};
use crate::step::{Run, StepError};
use crate::template::is_template;
use crate::value::{Map, Text, Value, text_number};

/// Attempts at keying in a value.
const KEY_ATTEMPTS: f64 = 3.0;
/// Attempts at saying one, where the rule does not say.
const ATTEMPTS: f64 = 3.0;
/// From this confidence on "no data" is believed (Q35).
const NO_DATA: f64 = 0.85;
const LAST_SLOT: &str = "System.LastNLUInputSlot";

/// What a bot understood, as the flow's parameters tell it; absent parameters are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard<'a> {
    /// Name of the intent.
    pub intent: Option<&'a str>,
    /// Confidence from 0 to 1, as text.
    pub confidence: Option<&'a str>,
    /// Value of the slot `dataslot`.
    pub slot: Option<&'a str>,
}

impl Heard<'_> {
    /// The confidence; anything that is no number is 0.
    pub(super) fn confidence(&self) -> f64 {
        self.confidence.and_then(text_number).unwrap_or(0.0)
    }
}

impl<H: Host> Call<'_, H> {
    /// Keys of a `DTMFInput`; none and `Timeout` are silence. The answer shows the confirmation message with
    /// the keys in it; the output key is written when they are confirmed, or at once if nothing asks for it.
    ///
    /// Under `compat = original` nothing is written, errors are counted by the flow.
    ///
    /// # Errors
    /// The confirmation message does not render.
    pub fn dtmf_input(&mut self, keys: Option<&str>) -> Result<Map, StepError> {
        self.on_rule(
            |run| {
                if run.is_original() { check_keys(run, keys).map(Some) } else { dtmf_input(run, keys) }
            },
        )
    }

    /// What the bot of an `NLUInput` understood.
    ///
    /// # Errors
    /// The rule's data type is unknown, a message does not render, or there is no bot for the confirmation.
    pub fn nlu_input(&mut self, heard: &Heard<'_>) -> Result<Map, StepError> {
        self.on_rule(|run| nlu_input(run, heard).map(|()| None))
    }
}

/// The keys, if they are acceptable. A data type that is unknown accepts all (6.2).
fn acceptable<'k, H: Host>(run: &Run<'_, H>, keys: Option<&'k str>) -> Option<&'k str> {
    let keys = keys.filter(|keys| !keys.is_empty() && *keys != "Timeout")?;
    let bound = |name: &str| number(run, name, f64::NAN);
    let data_type = get(run, "dataType").text();
    let valid = slots::validate_keys(&data_type, keys, bound("minLength"), bound("maxLength"), run.moment())
        .unwrap_or(true);
    valid.then_some(keys)
}

fn dtmf_input<H: Host>(run: &mut Run<'_, H>, keys: Option<&str>) -> Result<Option<State>, StepError> {
    let Some(keys) = acceptable(run, keys.filter(|keys| *keys != "NOINPUT")) else {
        refuse_keys(run);
        return Ok(None);
    };
    put(run, "input", keys);
    flag(run, "validInput", true);
    flag(run, "terminate", false);
    keys::no_error(run);
    let mut copy = run.contact.state.clone();
    copy.update(&output(run), keys.into());
    let message = run.render_against("confirmationMessage", &get(run, "confirmationMessage"), Some(&copy))?;
    let (kind, arn) = keys::message_type(run, &message.text(), "text");
    if message.is_empty_string() || kind == "none" {
        accept_keys(run)?;
        run.took(Branch::Accepted);
        put(run, "confirmationMessageType", "none");
        return Ok(None);
    }
    flag(run, "done", false);
    // Only the answer has the digits in the message: the next attempt renders it anew.
    let mut shown = run.contact.state.clone();
    shown.set_raw(&Text::from("CurrentRule_confirmationMessage"), message);
    shown.set(&Text::from("CurrentRule_confirmationMessageType"), kind.into());
    let arn = arn.map_or(Value::Undefined, |arn| Value::String(Text::clone(arn)));
    shown.set(&Text::from("CurrentRule_confirmationMessagePromptArn"), arn);
    Ok(Some(shown))
}

/// The original's check: what it would answer, with nothing written.
fn check_keys<H: Host>(run: &mut Run<'_, H>, keys: Option<&str>) -> Result<State, StepError> {
    let valid = acceptable(run, keys);
    let mut copy = run.contact.state.clone();
    let yes_no = |on: bool| Value::from(if on { "true" } else { "false" });
    copy.set(&Text::from("CurrentRule_validInput"), yes_no(valid.is_some()));
    if let Some(keys) = valid {
        copy.update(&output(run), keys.into());
        let message = get(run, "confirmationMessage");
        let kind = match () {
            () if message.is_empty_string() => "none",
            () if crate::prompt::is_ssml(&message.text()) => "ssml",
            () => "text",
        };
        copy.set(&Text::from("CurrentRule_confirmationMessageType"), kind.into());
    }
    let templates: Vec<(Text, Value)> = copy
        .iter()
        .filter(|(_, value)| value.as_str().is_some_and(is_template))
        .map(|(key, value)| (Text::clone(key), value.clone()))
        .collect();
    let mut shown = copy.clone();
    for (key, template) in templates {
        let text = run.render_against(&key, &template, Some(&copy))?;
        shown.set_raw(&key, text);
    }
    Ok(shown)
}

/// The keys become the output.
pub(super) fn accept_keys<H: Host>(run: &mut Run<'_, H>) -> Result<(), StepError> {
    let keys = get(run, "input");
    if keys.is_empty_string() {
        return Err(StepError::rule("DTMFInput.confirm() input is required"));
    }
    let output = output(run);
    run.contact.state.update(&output, keys);
    flag(run, "done", true);
    Ok(())
}

/// Unacceptable keys, or the customer refused them. The last attempt falls through to the next rule if no
/// rule set takes over.
pub(super) fn refuse_keys<H: Host>(run: &mut Run<'_, H>) {
    clear(run, "input");
    flag(run, "validInput", false);
    let last = refuse(run, &Limit { attempts: KEY_ATTEMPTS, param: "errorRuleSetName", hang_up: false });
    run.took(if last { Branch::Error } else { Branch::Retry });
}

fn nlu_input<H: Host>(run: &mut Run<'_, H>, heard: &Heard<'_>) -> Result<(), StepError> {
    let confidence = heard.confidence();
    let data_type = get(run, "dataType").text();
    let spoken = run.view().lookup(&Path::new("LexResponses.phone.inputTranscript")).into_owned();
    let slot = match heard.slot {
        _ if heard.intent == Some("intentdata") && &*data_type == "phone" && !spoken.is_nullish() => {
            expand_phone_number(&spoken.text())
        }
        given => given.map(str::to_owned),
    };
    let output = output(run);
    if heard.intent == Some("nodata") && confidence >= NO_DATA {
        let target = get(run, "noInputRuleSetName");
        if !target.is_empty_string() {
            run.go_to("noInputRuleSetName", &target);
            clear(run, "slotValue");
            run.contact.state.update(&output, Value::Undefined);
            run.update(LAST_SLOT, Value::Undefined);
            flag(run, "validInput", false);
            flag(run, "done", true);
            flag(run, "terminate", false);
            keys::no_error(run);
            run.took(Branch::NoInput);
            return Ok(());
        }
    }
    let slot = slot.filter(|_| heard.intent == Some("intentdata"));
    let Some(value) = valid_slot(run, &data_type, slot)?.map(Value::from) else {
        refuse_slot(run);
        return Ok(());
    };
    flag(run, "validInput", true);
    flag(run, "done", true);
    flag(run, "terminate", false);
    keys::no_error(run);
    run.update(LAST_SLOT, value.clone());
    let sure = is_sure(run, confidence);
    flag(run, "autoConfirmNow", sure);
    let message = if sure {
        run.contact.state.update(&output, value);
        run.took(Branch::Auto);
        run.render_text("autoConfirmMessage", &get(run, "autoConfirmMessage"))?
    } else {
        put(run, "slotValue", value.clone());
        let bot = yes_no_bot(run)?;
        put(run, "yesNoBotArn", bot);
        let mut copy = run.contact.state.clone();
        copy.update(&output, value);
        run.render_against("confirmationMessage", &get(run, "confirmationMessage"), Some(&copy))?
    };
    keys::ask(run, &message);
    Ok(())
}

/// The slot's value, if it is acceptable.
fn valid_slot<H: Host>(
    run: &Run<'_, H>,
    data_type: &str,
    slot: Option<String>,
) -> Result<Option<String>, StepError> {
    let Some(slot) = slot else { return Ok(None) };
    let bound = |name: &str| super::values::text_of(&get(run, name));
    let valid = slots::validate_slot(data_type, &slot, &bound("minValue"), &bound("maxValue"), run.moment())
        .map_err(|error| StepError::rule(error.to_string()))?;
    Ok(valid.then_some(slot))
}

/// The customer agreed to the value.
pub(super) fn accept_slot<H: Host>(run: &mut Run<'_, H>) -> Result<(), StepError> {
    let value = get(run, "slotValue");
    if value.is_nil() {
        return Err(StepError::rule("NLUInput.confirm() missing required parameters"));
    }
    let output = output(run);
    run.contact.state.update(&output, value.clone());
    run.update(LAST_SLOT, value);
    run.took(Branch::Confirmed);
    Ok(())
}

/// No acceptable value, or the customer refused it. The last attempt hangs up if no rule set takes over.
pub(super) fn refuse_slot<H: Host>(run: &mut Run<'_, H>) {
    run.update(LAST_SLOT, Value::Undefined);
    flag(run, "validInput", false);
    let attempts = number(run, "inputCount", ATTEMPTS);
    let last = refuse(run, &Limit { attempts, param: "errorRuleSetName", hang_up: true });
    run.took(if last { Branch::Error } else { Branch::Retry });
}
