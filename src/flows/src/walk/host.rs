//! What the walker asks for: functions, what customers do, queues, time.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Contact, Speech};

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'c> {
    /// Short name of the function, such as `evaluator`.
    pub function: &'c str,
    /// The parameters, `action` among them; those without a value are left out.
    pub parameters: &'c BTreeMap<String, String>,
    /// Seconds after which the flow takes its error branch.
    pub seconds: u32,
    /// The contact.
    pub contact: &'c Contact,
    /// The queue that the contact is in or on its way to: name and ARN.
    pub queue: Option<(&'c str, &'c str)>,
}

impl Call<'_> {
    /// The parameter `action`.
    pub fn action(&self) -> &str {
        self.parameters.get("action").map_or("", String::as_str)
    }

    /// A parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The event that Amazon Connect would send to the function (`spec/lambdas.md` 3.1).
    pub fn event(&self) -> Value {
        let contact = self.contact;
        let end_point = |number: &Option<String>| match number {
            Some(number) => json!({ "Address": number, "Type": "TELEPHONE_NUMBER" }),
            None => Value::Null,
        };
        let queue = self.queue.map_or(Value::Null, |(name, arn)| json!({ "Name": name, "ARN": arn }));
        json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "Attributes": contact.attributes,
                    "Channel": contact.channel,
                    "ContactId": contact.contact_id,
                    "InitialContactId": contact.initial_contact_id,
                    "CustomerEndpoint": end_point(&contact.customer_number),
                    "SystemEndpoint": end_point(&contact.dialled_number),
                    "InitiationMethod": "INBOUND",
                    "Queue": queue,
                },
                "Parameters": self.parameters,
            },
        })
    }
}

/// Keys that are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What was said before.
    pub said: &'a Speech,
    /// Seconds until the first key.
    pub seconds: u32,
    /// The most keys that are taken.
    pub most: usize,
    /// Keys that end the input.
    pub ends_with: Option<&'a str>,
}

/// What came of waiting for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// These were pressed, the one that ends the input included if it was.
    Pressed(String),
    /// None in time.
    Silence,
    /// The customer has left.
    HungUp,
}

/// A turn of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<'a> {
    /// ARN of the alias, as the answer of a function gave it.
    pub bot: &'a str,
    /// Short name of the bot where the environment knows one.
    pub name: Option<&'a str>,
    /// What the bot starts with; none where everything was said before.
    pub said: Option<&'a Speech>,
    /// Attributes of the session.
    pub session: &'a BTreeMap<String, String>,
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Turned {
    /// The bot understood this.
    Heard {
        /// Name of the intent.
        intent: String,
        /// Confidence from 0 to 1.
        confidence: Option<f64>,
        /// Slots that have a value.
        slots: BTreeMap<String, String>,
    },
    /// The bot failed.
    Failed,
    /// The customer of a chat wrote nothing in time.
    Silence,
    /// The customer has left.
    HungUp,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Its time was over.
    Completed,
    /// The customer wrote.
    Returned,
    /// It could not be.
    Failed,
    /// The customer has left.
    HungUp,
}

/// How music ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Music {
    /// It is time for the flow to do something.
    Interrupted,
    /// An agent took the contact.
    Answered,
    /// It could not be played.
    Failed,
    /// The customer has left.
    HungUp,
}

/// Whether a queue took a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It did.
    Waiting,
    /// It is full.
    Full,
    /// It could not be.
    Failed,
}

/// A call to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The number.
    pub number: String,
    /// Keys that are pressed when it is answered.
    pub keys: Option<String>,
    /// Seconds until somebody answers.
    pub seconds: u32,
    /// Whether the flow goes on afterwards.
    pub resumes: bool,
}

/// How a call to somebody else ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// They talked, and the customer is still there.
    Returned,
    /// They talk, or talked, and the customer does not come back.
    Gone,
    /// Nobody answered in time.
    TimedOut,
    /// The call failed.
    Failed,
}

/// Facts about a queue; those that Amazon Connect does not tell are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Name of the queue.
    pub name: Option<String>,
    /// Contacts that wait.
    pub size: Option<u32>,
    /// Seconds that the first of them has waited.
    pub oldest_seconds: Option<u32>,
    /// Agents that are logged in.
    pub online: Option<u32>,
    /// Agents that work.
    pub staffed: Option<u32>,
    /// Agents that could take a contact.
    pub available: Option<u32>,
}

/// What is outside of flows. It keeps the clock: whatever waits lets time pass there.
pub trait Host {
    /// Calls a function; an error leads to the error branch.
    ///
    /// # Errors
    /// The function failed, or took too long.
    fn invoke(&mut self, call: &Call<'_>) -> Result<Map<String, Value>, String>;

    /// Waits for keys.
    fn keys(&mut self, ask: &Ask<'_>) -> Keys;

    /// Has a bot talk with the customer until it understood something.
    fn turn(&mut self, turn: &Turn<'_>) -> Turned;

    /// Waits for the customer of a chat, these seconds at most.
    fn wait(&mut self, seconds: u32) -> Waited;

    /// Plays music, until these seconds are over or something happens.
    fn music(&mut self, interrupt_seconds: Option<u32>) -> Music;

    /// Whether the hours of a queue, or of what has this ARN, say open; none when that cannot be told.
    fn is_open(&mut self, arn: &str) -> Option<bool>;

    /// Facts about a queue; none when they cannot be told.
    fn metrics(&mut self, queue: &str) -> Option<Metrics>;

    /// Puts the contact into a queue.
    fn enqueue(&mut self, queue: &str) -> Enqueued;

    /// Calls somebody else.
    fn dial(&mut self, dial: &Dial) -> Dialled;

    /// Notes a callback; answers whether that worked.
    fn call_back(&mut self, number: &str, queue: Option<&str>) -> bool;

    /// The number that a customer keyed in, as Amazon Connect keeps it; none when it is no number of the
    /// country. As keyed in, unless a host knows better.
    fn phone(&mut self, keys: &str, _country: Option<&str>) -> Option<String> {
        (6..=15).contains(&keys.len()).then(|| keys.to_owned())
    }
}
