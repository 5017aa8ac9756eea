//! Answers to menus: one key (`spec/lambdas.md` 6.3) or an intent (6.5).

use super::inputs::Heard;
use super::keys::{self, Limit, clear, flag, get, number, put, refuse};
use super::{Call, values};
use crate::host::{Branch, Host};
use crate::state::Path;
use crate::step::{Code, Run, StepError};
use crate::value::{Map, Text, Value};

/// Attempts where the rule does not say (Q40).
const ATTEMPTS: f64 = 3.0;
const LAST_DTMF: &str = "System.LastSelectedDTMF";
const LAST_INTENT: &str = "System.LastNLUMenuIntent";

impl<H: Host> Call<'_, H> {
    /// A key of a `DTMFMenu`; none, `Timeout` and `NOINPUT` are silence (only `Timeout` under
    /// `compat = original`).
    ///
    /// # Errors
    /// The answer is too large.
    pub fn dtmf_menu(&mut self, option: Option<&str>) -> Result<Map, StepError> {
        self.on_rule(|run| {
            dtmf_menu(run, option);
            Ok(None)
        })
    }

    /// What the bot of an `NLUMenu` understood; no intent is one that matches nothing.
    ///
    /// # Errors
    /// A message does not render, or there is no bot for the confirmation.
    pub fn nlu_menu(&mut self, heard: &Heard<'_>) -> Result<Map, StepError> {
        self.on_rule(|run| nlu_menu(run, heard).map(|()| None))
    }
}

fn dtmf_menu<H: Host>(run: &mut Run<'_, H>, option: Option<&str>) {
    // The keys have names in parameters (Q41).
    let option = match option {
        Some("*") => Some("Star"),
        Some("#") => Some("Pound"),
        Some("+") => Some("Plus"),
        other => other,
    };
    let silent = match option {
        Some("Timeout") => true,
        None | Some("NOINPUT") => !run.is_original(),
        Some(_) => false,
    };
    let key = option.unwrap_or_default();
    let target = if silent { Value::Undefined } else { get(run, &format!("dtmf{key}")) };
    if !target.is_empty_string() {
        flag(run, "validSelection", true);
        clear(run, "failureReason");
        run.go_to(&format!("dtmf{key}"), &target);
        flag(run, "done", true);
        flag(run, "terminate", false);
        run.update(LAST_DTMF, key);
        run.took(Branch::Key(key));
        return;
    }
    run.update(LAST_DTMF, Value::Undefined);
    put(run, "failureReason", if silent { "NOINPUT" } else { "NOMATCH" });
    flag(run, "validSelection", false);
    let (param, branch) =
        if silent { ("noInputRuleSetName", Branch::NoInput) } else { ("errorRuleSetName", Branch::Error) };
    let last = refuse(run, &Limit { attempts: number(run, "inputCount", ATTEMPTS), param, hang_up: true });
    run.took(if last { branch } else { Branch::Retry });
}

/// The ARN of the bot that understands yes and no.
pub(super) fn yes_no_bot<H: Host>(run: &Run<'_, H>) -> Result<Value, StepError> {
    run.workspace
        .catalogue()
        .bot_by_simple_name("yesno")
        .and_then(|bot| bot.arn.clone())
        .map(Value::String)
        .ok_or_else(|| StepError::new(Code::LookupFailed, "Could not find the yesno bot"))
}

/// Whether a rule confirms by itself at this confidence.
pub(super) fn is_sure<H: Host>(run: &Run<'_, H>, confidence: f64) -> bool {
    run.is("CurrentRule_autoConfirm", "true") && confidence >= number(run, "autoConfirmConfidence", 1.0)
}

/// Where the output goes.
pub(super) fn output<H: Host>(run: &Run<'_, H>) -> Path {
    let key = get(run, "outputStateKey");
    Path::new(&if key.is_nil() { Text::from("") } else { key.text() })
}

fn nlu_menu<H: Host>(run: &mut Run<'_, H>, heard: &Heard<'_>) -> Result<(), StepError> {
    let intent = Text::from(heard.intent.unwrap_or("NOMATCH"));
    let confidence = heard.confidence();
    put(run, "matchedIntent", Value::String(Text::clone(&intent)));
    put(run, "matchedIntentConfidence", Value::Number(confidence).text());
    let param = format!("intentRuleSet_{intent}");
    let target = get(run, &param);
    if target.is_empty_string() {
        refuse_intent(run);
        return Ok(());
    }
    let output = output(run);
    let sure = is_sure(run, confidence);
    flag(run, "validInput", true);
    flag(run, "terminate", false);
    flag(run, "confirmationRequired", !sure);
    flag(run, "autoConfirmNow", sure);
    flag(run, "done", sure);
    keys::no_error(run);
    if sure {
        run.contact.state.update(&output, Value::String(Text::clone(&intent)));
        run.go_to(&param, &target);
        run.update(LAST_INTENT, Value::String(Text::clone(&intent)));
        run.took(Branch::IntentAuto(&intent));
        let message = run.render_text("autoConfirmMessage", &get(run, "autoConfirmMessage"))?;
        keys::ask(run, &message);
        return Ok(());
    }
    values::stay(run);
    run.update(LAST_INTENT, Value::Undefined);
    run.contact.state.update(&output, Value::Undefined);
    put(run, "matchedIntentRuleSet", target);
    let bot = yes_no_bot(run)?;
    put(run, "yesNoBotArn", bot);
    let message = get(run, &format!("intentConfirmationMessage_{intent}"));
    keys::ask(run, &message);
    Ok(())
}

/// The customer agreed to the intent.
pub(super) fn accept_intent<H: Host>(run: &mut Run<'_, H>) -> Result<(), StepError> {
    let (intent, target) = (get(run, "matchedIntent"), get(run, "matchedIntentRuleSet"));
    if intent.is_empty_string() || target.is_empty_string() {
        return Err(StepError::rule("NLUMenu missing required input or matched intent during confirm"));
    }
    let intent = intent.text();
    let output = output(run);
    run.contact.state.update(&output, Value::String(Text::clone(&intent)));
    run.go_to(&format!("intentRuleSet_{intent}"), &target);
    run.update(LAST_INTENT, Value::String(Text::clone(&intent)));
    run.took(Branch::IntentConfirmed(&intent));
    Ok(())
}

/// No intent that leads anywhere, or the customer refused it. The last attempt falls through to the next
/// rule if no rule set takes over.
pub(super) fn refuse_intent<H: Host>(run: &mut Run<'_, H>) {
    values::stay(run);
    let output = output(run);
    run.contact.state.update(&output, Value::Undefined);
    run.update(LAST_INTENT, Value::Undefined);
    clear(run, "matchedIntentRuleSet");
    flag(run, "validInput", false);
    flag(run, "confirmationRequired", false);
    flag(run, "autoConfirmNow", false);
    let attempts = number(run, "inputCount", ATTEMPTS);
    let last = refuse(run, &Limit { attempts, param: "errorRuleSetName", hang_up: false });
    flag(run, "retryInput", !last);
    run.took(match last {
        false => Branch::Retry,
        true if get(run, "errorRuleSetName").is_empty_string() => Branch::FallThrough,
        true => Branch::Error,
    });
}
