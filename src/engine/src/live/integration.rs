//! Integrations of real contacts: state before the function is called, and the watch on its time
//! (`spec/lambdas.md` 6.7, 6.8). Calling the function and reading state again is the caller's part.

use super::Call;
use super::keys::get;
use crate::dates;
use crate::host::{Branch, Host};
use crate::json;
use crate::step::{Run, StepError};
use crate::value::{Map, Text, Value};

/// A function to call, without waiting for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    /// ARN of the function.
    pub function_arn: Text,
    /// `{ContactId, Payload, OriginalRequest}`.
    pub event: Map,
}

impl<H: Host> Call<'_, H> {
    /// Starts the integration of the current rule: `IntegrationStatus` is `START`. The caller saves, calls
    /// the function, and looks for a new status; `event` is the flow's event.
    ///
    /// # Errors
    /// The rule has no function.
    pub fn integration_start(&mut self, event: &Value) -> Result<(Map, Invoke), StepError> {
        let function_arn = match self.contact.state.get("CurrentRule_functionArn") {
            Some(arn) if !arn.is_empty_string() => arn.text(),
            _ => return Err(StepError::rule("Integration.execute() missing required config")),
        };
        let payload = self.contact.state.get("CurrentRule_functionPayload").cloned();
        let mut sent = Map::new();
        sent.insert("ContactId", Value::String(Text::clone(&self.contact.id)));
        sent.insert("Payload", payload.unwrap_or_else(|| Value::from("")));
        sent.insert("OriginalRequest", json::print(event).unwrap_or_default().into());
        let answer = self.handle(|run| {
            run.update("IntegrationStatus", "START");
            run.stamp(&Text::from("IntegrationStart"));
            run.remove("IntegrationEnd");
            if !run.is_original() {
                // Q31.
                run.remove("IntegrationErrorCause");
            }
            Ok(None)
        })?;
        Ok((answer, Invoke { function_arn, event: sent }))
    }

    /// The function could not be called.
    ///
    /// # Errors
    /// The answer is too large.
    pub fn integration_failed(&mut self, cause: &str) -> Result<Map, StepError> {
        self.on_rule(|run| {
            run.took(Branch::Failed);
            end(run, "ERROR", cause);
            Ok(None)
        })
    }

    /// Ends an integration that has taken too long: `IntegrationStatus` is `TIMEOUT` then, else what it was.
    /// One that has ended stays ended, except under `compat = original`.
    ///
    /// # Errors
    /// No integration was started, or the rule has no timeout.
    pub fn integration_check(&mut self) -> Result<Map, StepError> {
        self.on_rule(|run| {
            let start = run.get("IntegrationStart");
            let timeout = get(run, "functionTimeout");
            let since = start.as_str().and_then(dates::parse);
            let (Some(since), true) = (since, timeout.is_number()) else {
                return Err(StepError::rule("Integration.execute() missing required config"));
            };
            let running = run.is("IntegrationStatus", "START") || run.is("IntegrationStatus", "RUN");
            let elapsed = (run.contact.clock - since) as f64;
            if elapsed > timeout.num() * 1000.0 && (running || run.is_original()) {
                run.took(Branch::TimedOut);
                end(run, "TIMEOUT", &format!("The function did not end within {timeout} s"));
            }
            Ok(None)
        })
    }
}

fn end<H: Host>(run: &mut Run<'_, H>, status: &str, cause: &str) {
    run.update("IntegrationStatus", status);
    run.update("IntegrationErrorCause", cause);
    run.stamp(&Text::from("IntegrationEnd"));
}
