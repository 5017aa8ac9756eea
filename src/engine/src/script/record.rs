//! The recorder: script lines from replies and inputs (`spec/testing.md` 2.4).

use crate::json;
use crate::pattern::escape;
use crate::value::{Value, trim};

/// What to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// Texts the customer hears.
    pub messages: bool,
    /// Texts of `SMSMessage`, `Metric`, `Integration` and `Wait` rules.
    pub non_customer_messages: bool,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self { messages: true, non_customer_messages: true }
    }
}

/// The parts of a reply that are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedReply<'a> {
    /// Type of the rule that answered.
    pub rule_type: &'a str,
    /// Message, empty or absent for none.
    pub message: Option<&'a str>,
    /// Queue entered.
    pub queue: Option<&'a str>,
    /// Number transferred to.
    pub external_number: Option<&'a str>,
    /// Whether the contact was ended.
    pub terminate: bool,
}

/// Collects a version 2 script while an interaction runs. The text may be edited in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorder {
    /// What is recorded from now on.
    pub options: RecordOptions,
    script: String,
}

impl Recorder {
    /// A recorder that goes on after a script text (empty for a new one).
    pub fn new(options: RecordOptions, script: impl Into<String>) -> Self {
        Self { options, script: script.into() }
    }

    /// The script so far.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// Replaces the script by what a person typed.
    pub fn edit(&mut self, script: impl Into<String>) {
        self.script = script.into();
    }

    /// Records a reply: its message, then its outcome.
    pub fn reply(&mut self, reply: &RecordedReply<'_>) {
        let unheard = matches!(reply.rule_type, "SMSMessage" | "Metric" | "Integration" | "Wait");
        let wanted = if unheard { self.options.non_customer_messages } else { self.options.messages };
        if let Some(message) = reply.message.filter(|m| wanted && !m.is_empty()) {
            self.exactly("message", message);
        }
        if let Some(queue) = reply.queue {
            self.exactly("queue", queue);
        } else if let Some(number) = reply.external_number {
            self.exactly("externalNumber", number);
        } else if reply.terminate {
            self.add("terminate", "");
        }
    }

    /// Records a text that was sent, `NOINPUT` and `NOMATCH` included.
    pub fn input(&mut self, text: &str) {
        self.add("input", text);
    }

    /// Records that the customer hung up. Closing an interaction records nothing.
    pub fn hang_up(&mut self) {
        self.add("hangup", "");
    }

    fn exactly(&mut self, kind: &str, text: &str) {
        self.add(kind, &format!("^{}$", escape(text)));
    }

    fn add(&mut self, kind: &str, text: &str) {
        let value = json::print(&Value::from(text)).unwrap_or_default();
        let before = trim(&self.script);
        let separator = if before.is_empty() { "" } else { "\n" };
        self.script = format!("{before}{separator}{kind}: {value}");
    }
}
