//! Other services that functions call, as a trait.

use connect_rules_engine::catalogue::Bot;
use connect_rules_engine::value::{Map, Value};
use std::future::Future;

/// Functions, bots, text messages and metrics of one environment. An error is the cause, for people.
pub trait Services: Send + Sync + 'static {
    /// Calls a function without waiting for it (2 s to hand it over).
    fn invoke(&self, function_arn: &str, event: &Value) -> impl Future<Output = Result<(), String>> + Send;

    /// Asks a Lex bot for the meaning of a text (3 s); the answer is a `RecognizeText` reply.
    fn recognize(
        &self,
        bot: &Bot,
        session_id: &str,
        text: &str,
    ) -> impl Future<Output = Result<Value, String>> + Send;

    /// Sends a text message to a number (E.164).
    fn send_sms(&self, number: &str, message: &str) -> impl Future<Output = Result<(), String>> + Send;

    /// Counts a metric.
    fn count_metric(&self, name: &str, value: f64) -> impl Future<Output = Result<(), String>> + Send;
}

/// Attributes of contacts in Amazon Connect.
pub trait Attributes: Send + Sync + 'static {
    /// The attributes that Connect holds for a contact.
    fn attributes(&self, contact_id: &str) -> impl Future<Output = Result<Map, String>> + Send;

    /// Changes attributes of a contact; an empty text removes one.
    fn update_attributes(
        &self,
        contact_id: &str,
        changes: &Map,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// Functions that are kept warm.
pub trait Fleet: Send + Sync + 'static {
    /// Calls a function and waits for its answer.
    fn call(&self, function_arn: &str, event: &Value) -> impl Future<Output = Result<Value, String>> + Send;
}

/// Where backups are kept.
pub trait Shelf: Send + Sync + 'static {
    /// Keeps a text under a key.
    fn keep(&self, key: &str, text: String) -> impl Future<Output = Result<(), String>> + Send;

    /// The last text under a key, if there is one.
    fn find(&self, key: &str) -> impl Future<Output = Result<Option<String>, String>> + Send;
}
