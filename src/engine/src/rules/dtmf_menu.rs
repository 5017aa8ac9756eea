//! DTMFMenu (7.2): a menu answered with one key.

use super::{count_error, error_and_offer, error_message, param};
use crate::host::{Branch, Host};
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Text, Value};

/// Attempts where the parameter is missing or no number (Q40).
const DEFAULT_ATTEMPTS: f64 = 3.0;

/// Checks the configuration; answers how many attempts there are.
///
/// Under the original a count that is no number never ends the menu.
fn attempts<H: Host>(run: &Run<'_, H>) -> Result<f64, StepError> {
    let count = run.get(param!("inputCount"));
    if run.text(param!("offerMessage")).is_none() || run.text(param!("errorMessage1")).is_none() {
        return Err(StepError::rule("DTMFMenu has invalid configuration"));
    }
    if count.is_empty_string() && run.is_original() {
        return Err(StepError::rule("DTMFMenu has invalid configuration"));
    }
    let attempts = match count.num() {
        n if n.is_nan() && !run.is_original() => DEFAULT_ATTEMPTS,
        n => n,
    };
    for n in [2.0, 3.0] {
        if attempts >= n && error_message(run, n).is_empty_string() {
            return Err(StepError::rule(format!("DTMFMenu is missing required error message {n}")));
        }
    }
    Ok(attempts)
}

/// Offers the menu.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    attempts(run)?;
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    Ok(run.say(run.get(param!("offerMessage")), true))
}

/// A key was pressed, or none.
pub(crate) fn input<H: Host>(run: &mut Run<'_, H>, given: &Value) -> Result<Reply, StepError> {
    let attempts = attempts(run)?;
    if given.is_nil() {
        return Err(StepError::rule("DTMFMenu.input() missing input"));
    }
    let key = &given.text();
    let target = run.get(&format!("CurrentRule_dtmf{key}"));
    if !target.is_empty_string() {
        run.go_to(&format!("dtmf{key}"), &target);
        let last = if run.is_original() { given.clone() } else { Value::String(Text::clone(key)) };
        run.update("System.LastSelectedDTMF", last);
        run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.yes)));
        run.took(Branch::Key(key));
        return Ok(run.reply(false));
    }
    let errors = count_error(run);
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
    // The original only ends at exactly the last attempt (Q39).
    let last = if run.is_original() { errors == attempts } else { errors >= attempts };
    if !last {
        run.took(Branch::Retry);
        return Ok(run.say(error_and_offer(run, errors), true));
    }
    let no_input = &**key == "NOINPUT";
    let (param, branch) =
        if no_input { ("noInputRuleSetName", Branch::NoInput) } else { ("errorRuleSetName", Branch::Error) };
    run.took(branch);
    let target = run.get(&format!("CurrentRule_{param}"));
    let ends = target.is_empty_string();
    if !ends {
        run.go_to(param, &target);
    }
    Ok(Reply { terminate: ends, ..run.say(error_message(run, errors), false) })
}
