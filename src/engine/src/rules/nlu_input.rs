//! NLUInput (7.8): a value spoken to a bot, with optional confirmation.

use super::inference::text_or_empty;
use super::{count_error, error_and_offer, error_message, param};
use crate::compat::Profile;
use crate::host::{Branch, Host};
use crate::lex::Recognition;
use crate::phone::expand_phone_number;
use crate::slots;
use crate::state::Path;
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Text, Value};

/// State path of the last confirmed value.
const LAST_SLOT: &str = "System.LastNLUInputSlot";

/// Checked configuration.
struct Config {
    attempts: f64,
    auto_confirm: bool,
    confidence: f64,
    output: Path,
    data_type: Value,
}

fn check<H: Host>(run: &Run<'_, H>) -> Result<Config, StepError> {
    let required = [
        param!("errorCount"),
        param!("inputCount"),
        param!("dataType"),
        param!("lexBotName"),
        param!("outputStateKey"),
        param!("offerMessage"),
        param!("errorMessage1"),
    ];
    if required.iter().any(|key| run.text(key).is_none()) {
        return Err(StepError::rule("NLUInput has invalid configuration"));
    }
    let auto_confirm = run.is(param!("autoConfirm"), "true");
    if auto_confirm && run.text(param!("autoConfirmMessage")).is_none() {
        return Err(StepError::rule(
            "NLUInput auto confirm is enabled but an auto confirm message was not provided",
        ));
    }
    if !run.get(param!("errorCount")).is_number() {
        return Err(StepError::rule("NLUInput error count must be a number"));
    }
    let attempts = run.get(param!("inputCount"));
    if !attempts.is_number() {
        return Err(StepError::rule("NLUInput input count must be a number"));
    }
    let confidence = run.get(param!("autoConfirmConfidence"));
    if !confidence.is_number() || !(0.0..=1.0).contains(&confidence.num()) {
        return Err(StepError::rule("NLUInput auto confirm confidence must be a number between 0.0 and 1.0"));
    }
    let attempts = attempts.num();
    if !(1.0..=3.0).contains(&attempts) {
        return Err(StepError::rule("NLUInput input count must be between 1 and 3"));
    }
    for n in [2.0, 3.0] {
        if attempts >= n && error_message(run, n).is_empty_string() {
            return Err(StepError::rule(format!("NLUInput is missing required error message {n}")));
        }
    }
    Ok(Config {
        attempts,
        auto_confirm,
        confidence: confidence.num(),
        output: Path::new(&run.get(param!("outputStateKey")).text()),
        data_type: run.get(param!("dataType")),
    })
}

/// Asks for the value.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let config = check(run)?;
    forget(run, &config);
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    let offer = run.get(param!("offerMessage"));
    Ok(Reply { data_type: Some(config.data_type), ..run.say(offer, true) })
}

fn forget<H: Host>(run: &mut Run<'_, H>, config: &Config) {
    run.update(LAST_SLOT, Value::Undefined);
    run.contact.state.update(&config.output, Value::Undefined);
}

/// The customer said something.
pub(crate) fn input<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    let config = check(run)?;
    let text = text.ok_or_else(|| StepError::rule("NLUInput.input() missing input"))?;
    forget(run, &config);
    let bot = run.find_bot(&run.get(param!("lexBotName")))?;
    let mut recognition = match &**text {
        "NOINPUT" => Recognition::made("nodata", 1.0),
        "NOMATCH" => Recognition::made("FallbackIntent", f64::NAN),
        said => run.ask(bot, said)?,
    };
    let intent = recognition.intent_name();
    let data_type = Some(config.data_type.clone());
    let no_data = if run.workspace.options().profile == Profile::Live { 0.85 } else { 0.75 };
    let mut value = None;
    if &*intent == "nodata" && recognition.confidence >= no_data {
        let target = run.get(param!("noInputRuleSetName"));
        if !target.is_empty_string() {
            run.took(Branch::NoInput);
            run.go_to("noInputRuleSetName", &target);
            let lex_response = recognition.echo();
            // The original leaves out `inputRequired` here (Q36).
            return Ok(Reply { input_required: None, data_type, lex_response, ..run.reply(false) });
        }
    } else if &*intent == "intentdata" {
        if config.data_type.as_str() == Some("phone") {
            value = expand_phone_number(text).map(Text::from);
            recognition.override_slot("dataslot", value.as_ref());
        } else {
            value = recognition.interpreted("dataslot");
        }
    }
    let value = match value {
        Some(value) if acceptable(run, &config, &value)? => value,
        _ => {
            let lex_response = recognition.echo();
            let reply = not_understood(run, &config);
            return Ok(Reply { data_type, lex_response, ..reply });
        }
    };
    let auto = config.auto_confirm && recognition.confidence >= config.confidence;
    let lex_response = recognition.echo();
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.confirm)));
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.yes)));
    run.set(&Text::from(param!("slotValue")), Value::String(Text::clone(&value)));
    let reply = if auto {
        run.contact.state.update(&config.output, Value::String(Text::clone(&value)));
        run.update(LAST_SLOT, Value::String(value));
        run.took(Branch::Auto);
        let message = run.get(param!("autoConfirmMessage"));
        let message = run.render_text("autoConfirmMessage", &message)?;
        run.say(message, false)
    } else {
        let message = confirmation(run, &config, &value)?;
        run.say(message, true)
    };
    Ok(Reply { data_type, lex_response, ..reply })
}

/// The confirmation message with the value in it; the original puts it under a flat key only (Q33).
fn confirmation<H: Host>(run: &mut Run<'_, H>, config: &Config, value: &Text) -> Result<Value, StepError> {
    let message = run.get(param!("confirmationMessage"));
    let mut copy = run.contact.state.clone();
    if run.is_original() {
        copy.set_raw(config.output.source(), Value::String(Text::clone(value)));
    } else {
        copy.update(&config.output, Value::String(Text::clone(value)));
    }
    let rendered = run.render_against("confirmationMessage", &message, Some(&copy))?;
    Ok(if rendered.is_nil() { Value::from("") } else { rendered })
}

fn acceptable<H: Host>(run: &Run<'_, H>, config: &Config, value: &Text) -> Result<bool, StepError> {
    let min = text_or_empty(&run.get(param!("minValue")));
    let max = text_or_empty(&run.get(param!("maxValue")));
    slots::validate_slot(&config.data_type.text(), value, &min, &max, run.moment())
        .map_err(|error| StepError::rule(error.to_string()))
}

/// No acceptable value.
fn not_understood<H: Host>(run: &mut Run<'_, H>, config: &Config) -> Reply {
    let errors = count_error(run);
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
    run.contact.state.update(&config.output, Value::Undefined);
    if errors < config.attempts {
        run.took(Branch::Retry);
        return run.say(error_and_offer(run, errors), true);
    }
    give_up(run, errors)
}

/// The last attempt failed: to the error rule set, or the contact ends.
fn give_up<H: Host>(run: &mut Run<'_, H>, errors: f64) -> Reply {
    run.took(Branch::Error);
    let target = run.get(param!("errorRuleSetName"));
    let ends = target.is_empty_string();
    if !ends {
        run.go_to("errorRuleSetName", &target);
    }
    Reply { terminate: ends, ..run.say(error_message(run, errors), false) }
}

/// Yes or no.
pub(crate) fn confirm<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    let config = check(run)?;
    let value = run.get(param!("slotValue"));
    let Some(text) = text.filter(|_| !value.is_nil()) else {
        return Err(StepError::rule("NLUInput.confirm() missing required parameters"));
    };
    let data_type = Some(config.data_type.clone());
    let bot = run.find_bot(&Value::from("yesno"))?;
    let recognition = run.ask(bot, text)?;
    let yes = &*recognition.intent_name() == "Yes";
    let lex_response = recognition.echo();
    if yes {
        run.contact.state.update(&config.output, value.clone());
        run.update(LAST_SLOT, value);
        run.took(Branch::Confirmed);
        return Ok(Reply { data_type, lex_response, ..run.reply(false) });
    }
    run.took(Branch::Rejected);
    let errors = count_error(run);
    if errors >= config.attempts {
        return Ok(Reply { data_type, lex_response, ..give_up(run, errors) });
    }
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
    run.remove(param!("slotValue"));
    let offer = run.get(param!("offerMessage"));
    Ok(Reply { data_type, lex_response, ..run.say(offer, true) })
}
