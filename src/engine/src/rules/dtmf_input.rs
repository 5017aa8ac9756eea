//! DTMFInput (7.3): several keys, with an optional confirmation.

use super::{count_error, error_and_offer, error_message, param};
use crate::host::{Branch, Host};
use crate::slots;
use crate::state::Path;
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Text, Value};

/// Attempts, shared by input and confirmation errors.
const ATTEMPTS: f64 = 3.0;

fn check<H: Host>(run: &Run<'_, H>) -> Result<(), StepError> {
    let required = [
        param!("offerMessage"),
        param!("outputStateKey"),
        param!("dataType"),
        param!("minLength"),
        param!("maxLength"),
        param!("errorRuleSetName"),
        param!("errorCount"),
    ];
    if required.iter().any(|key| run.text(key).is_none()) {
        return Err(StepError::rule("DTMFInput.validateContext() missing required config"));
    }
    Ok(())
}

/// Asks for the keys.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    check(run)?;
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    Ok(run.say(run.get(param!("offerMessage")), true))
}

/// Keys were pressed.
pub(crate) fn input<H: Host>(run: &mut Run<'_, H>, keys: Option<&Text>) -> Result<Reply, StepError> {
    check(run)?;
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
        return Err(StepError::rule("DTMFInput.input() input is required"));
    };
    let data_type = run.get(param!("dataType")).text();
    let (min, max) = (run.get(param!("minLength")).num(), run.get(param!("maxLength")).num());
    let valid = slots::validate_keys(&data_type, keys, min, max, run.moment())
        .map_err(|error| StepError::rule(error.to_string()))?;
    if !valid {
        let errors = count_error(run);
        run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
        if errors == ATTEMPTS {
            return Ok(give_up(run, errors));
        }
        run.took(Branch::Retry);
        return Ok(run.say(error_and_offer(run, errors), true));
    }
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.yes)));
    run.set(&Text::from(param!("input")), Value::String(Text::clone(keys)));
    let output = Path::new(&run.get(param!("outputStateKey")).text());
    let confirmation = run.get(param!("confirmationMessage"));
    let mut copy = run.contact.state.clone();
    copy.update(&output, Value::String(Text::clone(keys)));
    let message = run.render_against("confirmationMessage", &confirmation, Some(&copy))?;
    if message.is_empty_string() {
        run.contact.state.update(&output, Value::String(Text::clone(keys)));
        run.took(Branch::Accepted);
        return Ok(run.reply(false));
    }
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.confirm)));
    Ok(run.say(message, true))
}

/// `1` confirms; anything else refuses.
pub(crate) fn confirm<H: Host>(run: &mut Run<'_, H>, key: Option<&Text>) -> Result<Reply, StepError> {
    check(run)?;
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Err(StepError::rule("DTMFInput.confirm() input is required"));
    };
    if &**key == "1" {
        let output = Path::new(&run.get(param!("outputStateKey")).text());
        let keys = run.get(param!("input"));
        run.contact.state.update(&output, keys);
        run.took(Branch::Confirmed);
        return Ok(run.reply(false));
    }
    run.took(Branch::Rejected);
    let errors = count_error(run);
    if errors == ATTEMPTS {
        return Ok(give_up(run, errors));
    }
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    run.remove(param!("input"));
    run.remove(param!("validInput"));
    Ok(run.say(run.get(param!("offerMessage")), true))
}

/// The last attempt failed.
fn give_up<H: Host>(run: &mut Run<'_, H>, errors: f64) -> Reply {
    run.took(Branch::Error);
    let target = run.get(param!("errorRuleSetName"));
    run.go_to("errorRuleSetName", &target);
    run.say(error_message(run, errors), false)
}
