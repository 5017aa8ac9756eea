//! What a contact flow tells with each call, and the end points of the instance (`spec/lambdas.md` 3.1).

use crate::value::{Map, Text, Value};

/// How the customer is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// A phone call; also any channel that is not known.
    #[default]
    Voice,
    /// A chat.
    Chat,
    /// A task.
    Task,
    /// An e-mail.
    Email,
}

impl Channel {
    /// The channel as an event names it.
    pub fn parse(name: &str) -> Self {
        match name {
            "CHAT" => Channel::Chat,
            "TASK" => Channel::Task,
            "EMAIL" => Channel::Email,
            _ => Channel::Voice,
        }
    }
}

/// An end point of the instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndPoint {
    /// Name, as rule sets list it.
    pub name: Text,
    /// Numbers of a disabled end point lead nowhere; its name still does.
    pub enabled: bool,
    /// Numbers (E.164) whose calls start here.
    pub inbound_numbers: Vec<Text>,
}

/// What a flow's event says about the contact. Absent, null and empty members are the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactData {
    /// The id that state is kept under: that of the initial contact.
    pub contact_id: Option<Text>,
    /// Attributes of the contact in Connect, all texts.
    pub attributes: Map,
    /// How the customer is connected.
    pub channel: Channel,
    /// The customer's number.
    pub customer_number: Option<Text>,
    /// The number that was dialled.
    pub dialled_number: Option<Text>,
}

/// A text that is there.
fn given(value: &Value) -> Option<Text> {
    if value.is_empty_string() { None } else { Some(value.text()) }
}

impl ContactData {
    /// Reads a contact flow event. Every member may be missing; unknown ones are ignored.
    pub fn read(event: &Value) -> Self {
        let data = event.member("Details").member("ContactData");
        ContactData {
            contact_id: given(&data.member("InitialContactId")).or_else(|| given(&data.member("ContactId"))),
            attributes: data.member("Attributes").as_object().cloned().unwrap_or_default(),
            channel: Channel::parse(&data.member("Channel").text()),
            customer_number: given(&data.member("CustomerEndpoint").member("Address")),
            dialled_number: given(&data.member("SystemEndpoint").member("Address")),
        }
    }

    /// An attribute that is there and not empty.
    pub(super) fn attribute(&self, name: &str) -> Option<Text> {
        self.attributes.get(name).and_then(given)
    }
}

/// The parameters of a contact flow event, all as texts; absent, null and empty ones are `None`.
pub fn parameters(event: &Value) -> Vec<(Text, Option<Text>)> {
    let parameters = event.member("Details").member("Parameters");
    let Some(parameters) = parameters.as_object() else { return Vec::new() };
    parameters.iter().map(|(name, value)| (Text::clone(name), given(value))).collect()
}
