//! Integration (7.7): calls a function and waits for it on the contact clock.

use super::param;
use crate::compat::Compat;
use crate::dates;
use crate::host::{Branch, Host, Invocation};
use crate::step::{Reply, Run, StepError};
use crate::value::{Text, Value};

/// Calls the function; never redirects, later rules weigh on `IntegrationStatus`.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let name = run.get(param!("functionName"));
    let arn = run.get(param!("functionArn"));
    let payload = run.get(param!("functionPayload"));
    let output_key = run.get(param!("functionOutputKey"));
    let timeout = run.get(param!("functionTimeout"));
    let original = run.workspace.options().compat == Compat::Original;
    if [&name, &arn, &output_key, &timeout].iter().any(|v| v.is_empty_string())
        || (original && payload.is_empty_string())
    {
        return Err(StepError::rule("Integration.execute() missing required config"));
    }
    let payload = if payload.is_nil() { Value::from("") } else { payload };
    run.used("functionName", &name);
    run.update("IntegrationStatus", "START");
    run.stamp(&Text::from("IntegrationStart"));
    run.remove("IntegrationEnd");
    if !original {
        run.remove("IntegrationErrorCause");
    }
    run.contact.state.checkpoint();

    let seconds = timeout.num();
    let started = run.contact.clock;
    let id = Text::clone(&run.contact.id);
    let invoked = {
        let contact = &mut *run.contact;
        run.host.invoke(&mut Invocation {
            function: &name.text(),
            arn: &arn.text(),
            contact_id: &id,
            payload: &payload,
            state: &contact.state,
            timeout_seconds: seconds,
            uses: &mut contact.uses,
        })
    };
    let ended = |delay: f64| started.saturating_add((delay.max(0.0) * 1000.0) as i64);
    let status = if invoked.delay_seconds < seconds {
        run.contact.clock = ended(invoked.delay_seconds);
        match invoked.result {
            Ok(output) => {
                run.update(&output_key.text(), output);
                for (key, value) in invoked.state {
                    run.update(&key, value);
                }
                run.remove("IntegrationErrorCause");
                run.took(Branch::Done);
                "DONE"
            }
            Err(cause) => {
                run.update("IntegrationErrorCause", cause);
                run.update(&output_key.text(), Value::Undefined);
                run.took(Branch::Failed);
                "ERROR"
            }
        }
    } else {
        if seconds.is_finite() {
            run.contact.clock = ended(seconds);
        }
        run.took(Branch::TimedOut);
        "TIMEOUT"
    };
    if status != "TIMEOUT" {
        let end = Text::from(dates::iso_utc_ms(run.contact.clock));
        run.update("IntegrationEnd", Value::String(end));
    }
    run.update("IntegrationStatus", status);
    let cause = Some(run.get("IntegrationErrorCause")).filter(|c| !c.is_nil());
    let mut message = format!("Function: {name} IntegrationStatus: {status}");
    if let Some(cause) = &cause {
        message += "\nCause: ";
        message += &cause.text();
    }
    Ok(Reply {
        integration_status: Some(Value::from(status)),
        integration_error_cause: cause,
        ..run.say(Value::from(message), false)
    })
}
