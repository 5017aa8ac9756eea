//! Whether a contact is offered a callback instead of waiting (`spec/evaluator.md` 7.10.2,
//! `spec/lambdas.md` 6.13).

use super::Call;
use super::keys::{get, put};
use crate::host::Host;
use crate::hours::OperatingHours;
use crate::state::Path;
use crate::step::{NAMES, Run, StepError};
use crate::value::{Map, Value};

/// What the decision needs from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallbackFacts {
    /// Contacts in the queue; Connect tells none when nobody works on it.
    pub contacts_in_queue: Option<f64>,
    /// Age of the oldest contact in the queue, in seconds.
    pub oldest_contact_seconds: Option<f64>,
    /// Whether the number waits for a callback already, in any queue.
    pub has_callback: bool,
    /// Callbacks that wait in this queue.
    pub callbacks_in_queue: u32,
}

impl<H: Host> Call<'_, H> {
    /// Decides on a callback: `CurrentRule_CallbackStatus` is `OFFER`, `EXISTING` or `UNAVAILABLE`,
    /// `CurrentRule_CallbackStatusReason` says why.
    ///
    /// # Errors
    /// The rule lacks its queue or a threshold, or the queue or its hours are not in the catalogue.
    pub fn callback_status(&mut self, facts: &CallbackFacts) -> Result<Map, StepError> {
        self.handle(|run| {
            let (status, reason) = decide(run, facts)?;
            put(run, "CallbackStatus", status);
            put(run, "CallbackStatusReason", reason);
            Ok(None)
        })
    }
}

fn decide<H: Host>(
    run: &Run<'_, H>,
    facts: &CallbackFacts,
) -> Result<(&'static str, &'static str), StepError> {
    const UNAVAILABLE: &str = "UNAVAILABLE";
    if run.text(&NAMES.original_customer_number).is_none() {
        return Ok((UNAVAILABLE, "The customer's number is not known"));
    }
    if !run.is("CurrentRule_callbackEnabled", "true") {
        return Ok((UNAVAILABLE, "Callbacks are not enabled"));
    }
    let threshold = |name: &str| {
        let value = get(run, name);
        if value.is_number() {
            Ok(value.num())
        } else {
            Err(StepError::rule(format!("Queue callbacks are missing required config: {name}")))
        }
    };
    for name in ["queueName", "queueArn"] {
        if get(run, name).is_empty_string() {
            return Err(StepError::rule(format!("Queue callbacks are missing required config: {name}")));
        }
    }
    let closing = threshold("queueClosesInMinsThreshold")?;
    let oldest = threshold("oldestContactInQueueMinsThreshold")?;
    let contacts = threshold("numberOfContactsInQueueThreshold")?;
    let callbacks = threshold("callbackQueueMaxCountThreshold")?;
    let switch = get(run, "queueDisableCallbacksOverride");
    if !switch.is_empty_string() && &*run.view().lookup(&Path::new(&switch.text())).text() == "true" {
        return Ok((UNAVAILABLE, "Callbacks are switched off"));
    }
    let hours = queue_hours(run)?.evaluate(run.contact.clock, !run.is_original());
    if facts.has_callback {
        return Ok(("EXISTING", "The number waits for a callback already"));
    }
    let waiting = f64::from(facts.callbacks_in_queue);
    if waiting > callbacks || (waiting == callbacks && !run.is_original()) {
        return Ok((UNAVAILABLE, "The queue has enough callbacks"));
    }
    if (facts.oldest_contact_seconds.unwrap_or(0.0) / 60.0).ceil() < oldest {
        return Ok((UNAVAILABLE, "The oldest contact has not waited long enough"));
    }
    if facts.contacts_in_queue.unwrap_or(0.0) < contacts {
        return Ok((UNAVAILABLE, "Too few contacts are in the queue"));
    }
    // The original never gets to this (Q7); a queue that does not close has -1.
    match hours.member("ClosingInMins") {
        _ if hours.member("Open").as_str() != Some("true") => Ok((UNAVAILABLE, "The queue is closed")),
        Value::Number(minutes) if minutes >= 0.0 && minutes < closing => {
            Ok((UNAVAILABLE, "The queue closes soon"))
        }
        _ => Ok(("OFFER", "A callback is offered")),
    }
}

/// The operating hours of the rule's queue.
fn queue_hours<'w, H: Host>(run: &Run<'w, H>) -> Result<&'w OperatingHours, StepError> {
    let (name, arn) = (get(run, "queueName"), get(run, "queueArn"));
    let queues = run.workspace.catalogue().config.get("Queues").and_then(Value::as_array);
    let queue = queues.unwrap_or_default().iter().find(|queue| queue.member("Arn") == arn);
    let queue = queue.ok_or_else(|| StepError::rule(format!("Could not find queue: {name}")))?;
    let id = queue.member("HoursOfOperationId");
    run.workspace
        .operating_hours()
        .iter()
        .find(|hours| !id.is_nil() && *hours.id() == id)
        .ok_or_else(|| StepError::rule(format!("Could not find operating hours: {id} of queue: {name}")))
}
