//! The answer of one step (6.2).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::value::{Text, Value};

/// An external number the contact is sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// The number.
    pub number: Text,
    /// Whether the contact comes back and goes on with the next rule.
    pub resume: bool,
}

/// What a step answers; the state after it is in the contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Contact id.
    pub contact_id: Text,
    /// Rule set of the rule that answered.
    pub rule_set: Text,
    /// Its identifier.
    pub rule_set_id: Text,
    /// Its folder.
    pub folder: Text,
    /// The rule that answered.
    pub rule: Text,
    /// Its identifier.
    pub rule_id: Text,
    /// Its type.
    pub rule_type: Text,
    /// Whether the customer is asked for something; absent only where the original leaves it out (Q36).
    pub input_required: Option<bool>,
    /// What the customer hears, or a technical text; an object only under Q28.
    pub message: Option<Value>,
    /// The contact ends here.
    pub terminate: bool,
    /// Name of the queue the contact enters.
    pub queue: Option<Text>,
    /// External number the contact is sent to.
    pub transfer: Option<Transfer>,
    /// Data type of an `NLUInput`.
    pub data_type: Option<Value>,
    /// The bot's whole answer, where one was asked.
    pub lex_response: Option<Value>,
    /// How an integration ended.
    pub integration_status: Option<Value>,
    /// Its cause of failure.
    pub integration_error_cause: Option<Value>,
    /// The customer hung up.
    pub disconnected: bool,
}

impl Reply {
    /// The message as text, if there is one that is not empty.
    pub fn message_text(&self) -> Option<Text> {
        self.message.as_ref().filter(|m| !m.is_empty_string()).map(Value::text)
    }

    /// Whether the driver has to wait for input.
    pub fn wants_input(&self) -> bool {
        self.input_required == Some(true)
    }

    /// Writes the members of 6.2 into an object under way. Absent members are left out.
    pub fn write_members<M: SerializeMap>(&self, out: &mut M) -> Result<(), M::Error> {
        out.serialize_entry("contactId", &self.contact_id)?;
        if let Some(flag) = self.input_required {
            out.serialize_entry("inputRequired", &flag)?;
        }
        if let Some(message) = &self.message {
            out.serialize_entry("message", message)?;
        }
        if self.terminate {
            out.serialize_entry("terminate", &true)?;
        }
        out.serialize_entry("ruleSet", &self.rule_set)?;
        out.serialize_entry("rule", &self.rule)?;
        out.serialize_entry("ruleType", &self.rule_type)?;
        if let Some(queue) = &self.queue {
            out.serialize_entry("queue", queue)?;
        }
        if let Some(transfer) = &self.transfer {
            out.serialize_entry("externalNumber", &transfer.number)?;
            out.serialize_entry("resume", &transfer.resume)?;
        }
        if let Some(data_type) = &self.data_type {
            out.serialize_entry("dataType", data_type)?;
        }
        if let Some(status) = &self.integration_status {
            out.serialize_entry("integrationStatus", status)?;
        }
        if let Some(cause) = &self.integration_error_cause {
            out.serialize_entry("integrationErrorCause", cause)?;
        }
        if let Some(response) = &self.lex_response {
            out.serialize_entry("lexResponse", response)?;
        }
        if self.disconnected {
            out.serialize_entry("disconnected", &true)?;
        }
        out.serialize_entry("ruleSetId", &self.rule_set_id)?;
        out.serialize_entry("ruleId", &self.rule_id)?;
        out.serialize_entry("folder", &self.folder)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        self.write_members(&mut out)?;
        out.end()
    }
}
