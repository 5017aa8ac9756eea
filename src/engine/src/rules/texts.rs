//! Message, Metric and SMSMessage (7.5, 7.6, 7.13).

use super::param;
use crate::host::{Branch, Host};
use crate::state::Path;
use crate::step::{Reply, Run, StepError};
use crate::value::Value;

/// Says a message.
pub(crate) fn message<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let message = run.get(param!("message"));
    if message.is_empty_string() {
        return Err(StepError::rule("Message.execute() missing required config"));
    }
    if run.is(param!("messageType"), "prompt") {
        run.used("message", &message);
    }
    run.took(Branch::Next);
    Ok(run.say(message, false))
}

/// Tells which metric a live call would count; live it is counted, and never fails (6.10).
pub(crate) fn metric<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let name = run.get(param!("metricName"));
    let mut value = run.get(param!("metricValue"));
    if run.is_live() {
        let number = if value.is_empty_string() { 1.0 } else { value.num() };
        if !name.is_empty_string() && number.is_finite() {
            run.host.count_metric(&name.text(), number);
        }
        run.took(Branch::Next);
        return Ok(run.reply(false));
    }
    if name.is_empty_string() {
        return Err(StepError::rule("Metric.execute() missing required config"));
    }
    if value.is_empty_string() {
        if run.is_original() {
            return Err(StepError::rule("Metric.execute() missing required config"));
        }
        value = Value::from("1");
    }
    run.took(Branch::Next);
    Ok(run.say(Value::from(format!("Metric: {name} Value: {value}")), false))
}

/// Tells which text message a live call would send.
pub(crate) fn sms<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let key = run.get(param!("phoneNumberKey"));
    let message = run.get(param!("message"));
    if key.is_empty_string() || message.is_empty_string() {
        return Err(StepError::rule("SMSMessage.execute() missing required config"));
    }
    let number = run.view().lookup(&Path::new(&key.text())).into_owned();
    let known = !matches!(number, Value::Undefined);
    run.update("System.LastSMSStatus", if known { "SENT" } else { "ERROR" });
    run.took(if known { Branch::Sent } else { Branch::NoNumber });
    Ok(run.say(Value::from(format!("SMS: {number} Message: {message}")), false))
}
