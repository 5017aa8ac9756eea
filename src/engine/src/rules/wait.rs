//! Wait (7.17): waits for the customer of a chat to come back.

use super::param;
use crate::host::{Branch, Host};
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Text, Value};

fn check<H: Host>(run: &Run<'_, H>) -> Result<(), StepError> {
    if run.text(param!("ruleSetName")).is_none() || run.text(param!("waitTimeSeconds")).is_none() {
        return Err(StepError::rule("Wait has invalid configuration"));
    }
    Ok(())
}

/// Starts waiting.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    check(run)?;
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    Ok(run.say(Value::from("Wait: Waiting for customer input or NOINPUT"), true))
}

/// `NOINPUT`: the wait is over; anything else: the customer is back.
pub(crate) fn input<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    check(run)?;
    let text = text.ok_or_else(|| StepError::rule("Wait.input() missing input"))?;
    if &**text == "NOINPUT" {
        run.took(Branch::Timeout);
    } else {
        let target = run.get(param!("ruleSetName"));
        run.go_to("ruleSetName", &target);
        run.took(Branch::Input);
    }
    Ok(run.reply(false))
}
