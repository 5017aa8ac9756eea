//! Callbacks instead of waiting in a queue (`spec/lambdas.md` 6.13 to 6.15).

use crate::evaluator::{Evaluator, Invocation, Job};
use crate::failure::{Code, Failure};
use crate::host::LiveHost;
use crate::services::Services;
use crate::tables::{Callback, Tables};
use connect_rules_engine::live::{Call, CallbackFacts};
use connect_rules_engine::state::State;
use connect_rules_engine::value::{Map, Text, Value};

const QUEUE: &str = "CurrentRule_queueArn";
const ALTERNATE: &str = "AlternateCallbackPhoneNumber";

/// A text of state that is there.
fn text(state: &State, key: &str) -> Option<Text> {
    state.get(key).filter(|value| !value.is_empty_string() && !value.is_nil()).map(Value::text)
}

/// State to write, in the form of a flow's `set_state`.
fn pairs(values: &[(&str, &str)]) -> Vec<(Text, Option<Text>)> {
    let mut out = Vec::new();
    for (at, (key, value)) in values.iter().enumerate() {
        out.push((Text::from(format!("key{}", at + 1)), Some(Text::from(*key))));
        out.push((Text::from(format!("value{}", at + 1)), Some(Text::from(*value))));
    }
    out
}

impl<T: Tables, S: Services> Evaluator<T, S> {
    /// Whether a callback is offered.
    pub(crate) async fn callback_status(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let (loaded, _) = self.load(call).await?;
        let state = &loaded.contact.state;
        let now = self.now();
        let number = text(state, "OriginalCustomerNumber");
        let waits = async {
            match &number {
                Some(number) => self.tables.has_callback(number, now).await,
                None => Ok(false),
            }
        };
        let waiting = async {
            match text(state, QUEUE) {
                Some(queue) => self.tables.callbacks_in(&queue, now).await,
                None => Ok(0),
            }
        };
        let (has_callback, callbacks_in_queue) = tokio::join!(waits, waiting);
        let metric = |name: &str| call.parameter(name).and_then(|text| text.parse::<f64>().ok());
        let facts = CallbackFacts {
            contacts_in_queue: metric("QueueMetrics_contactsInQueue"),
            oldest_contact_seconds: metric("QueueMetrics_oldestContactInQueue"),
            has_callback: has_callback?,
            callbacks_in_queue: callbacks_in_queue?,
        };
        let decide = move |engine: &mut Call<'_, LiveHost<S>>, _: &Job| {
            engine.callback_status(&facts).map(|map| (map, None))
        };
        self.run_saved(call, None, decide).await.map(|(answer, ..)| answer)
    }

    /// Asks for a callback to the number that the flow gives.
    pub(crate) async fn callback_create(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let Some(number) = call.parameter("phoneNumber") else {
            return Err(Failure::new(Code::BadEvent, "callback_create needs the parameter phoneNumber"));
        };
        let (loaded, _) = self.load(call).await?;
        let Some(queue_arn) = text(&loaded.contact.state, QUEUE) else {
            return Err(Failure::new(
                Code::BadEvent,
                format!("callback_create needs {QUEUE} in the contact's state: only a Queue rule sets it"),
            ));
        };
        let now = self.now();
        let callback = Callback {
            number: Text::from(self.settings.dialled(number)),
            queue_arn,
            contact_id: Text::clone(&call.contact_id),
            now,
            expiry: now.div_euclid(1000) + i64::from(self.settings.callback_hours) * 3600,
        };
        let created = self.tables.create_callback(&callback).await?;
        let mut values =
            vec![("CurrentRule_CreateCallbackStatus", if created { "CREATED" } else { "EXISTING" })];
        if created {
            values.push((ALTERNATE, &callback.number));
        }
        self.write(call, pairs(&values)).await
    }

    /// The customer is being called, or was reached otherwise: nobody waits any more.
    pub(crate) async fn callback_delete(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let (loaded, _) = self.load(call).await?;
        let state = &loaded.contact.state;
        let number = text(state, ALTERNATE).or_else(|| text(state, "OriginalCustomerNumber"));
        if let (Some(number), Some(queue)) = (number, text(state, QUEUE)) {
            self.tables.delete_callback(&number, &queue).await?;
        }
        self.write(call, Vec::new()).await
    }

    /// Writes state and answers with what the flow sees then.
    async fn write(&self, call: &Invocation<'_>, pairs: Vec<(Text, Option<Text>)>) -> Result<Map, Failure> {
        let write = move |engine: &mut Call<'_, LiveHost<S>>, _: &Job| {
            engine.set_state(&pairs).map(|map| (map, None))
        };
        self.run_saved(call, None, write).await.map(|(answer, ..)| answer)
    }
}
