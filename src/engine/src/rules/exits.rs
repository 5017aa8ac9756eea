//! Queue, ExternalNumber, RuleSet and Terminate (7.4, 7.10, 7.11, 7.16).

use std::sync::Arc;

use super::param;
use crate::host::{Branch, Host};
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Map, Value};

/// Sends the contact to a queue. Out-of-hours, staffing and callbacks are not simulated (Q71).
pub(crate) fn queue<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let name = run.get(param!("queueName"));
    if name.is_empty_string() {
        return Err(StepError::rule("Queue.execute() missing required config"));
    }
    run.used("queueName", &name);
    run.took(Branch::Queue);
    let message = Some(run.get(param!("message"))).filter(|m| !m.is_empty_string());
    Ok(Reply { queue: Some(name.text()), message, ..run.reply(false) })
}

/// Sends the contact to an external number.
pub(crate) fn external_number<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let number = run.get(param!("externalNumber"));
    if number.is_empty_string() {
        return Err(StepError::rule("ExternalNumber.execute() missing required config"));
    }
    let resume = run.is(param!("resume"), "true");
    run.used("externalNumber", &number);
    run.took(if resume { Branch::Resume } else { Branch::Leave });
    Ok(run.transfer(number.text(), resume))
}

/// Goes to another rule set, to come back here if the rule says so.
pub(crate) fn rule_set<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let target = run.get(param!("ruleSetName"));
    if target.is_empty_string() {
        return Err(StepError::rule("RuleSet.execute() missing required config"));
    }
    run.go_to("ruleSetName", &target);
    let returns = run.is(param!("returnHere"), "true");
    if returns {
        let mut stack = match run.get(&NAMES.return_stack) {
            Value::Array(stack) => stack,
            _ => Arc::default(),
        };
        let mut frame = Map::new();
        frame.insert("ruleSetName", run.get(&NAMES.current_rule_set));
        frame.insert("ruleName", run.get(&NAMES.current_rule));
        Arc::make_mut(&mut stack).push(frame.into());
        run.contact.state.set_raw(&NAMES.return_stack, Value::Array(stack));
    }
    run.took(if returns { Branch::Call } else { Branch::Goto });
    let message = Some(run.get(param!("message"))).filter(|m| !m.is_empty_string());
    Ok(Reply { message, ..run.reply(false) })
}

/// Ends the contact.
pub(crate) fn terminate<H: Host>(run: &mut Run<'_, H>) -> Reply {
    run.took(Branch::Terminate);
    Reply { terminate: true, ..run.reply(false) }
}
