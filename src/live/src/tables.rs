//! The tables that functions read and write (`spec/lambdas.md` 2.1), as a trait.

use connect_rules_engine::value::Text;
use connect_rules_store::Snapshot;
use std::future::Future;

/// Why a table could not be read or written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TableError {
    /// A row was not what it was when it was read: nothing was written.
    #[error("the contact's state changed meanwhile")]
    Changed,
    /// Anything else, with what to do.
    #[error("{0}")]
    Failed(String),
}

/// One row of a contact's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// Top-level key.
    pub what: Text,
    /// Its value: a text, or an object or array as JSON.
    pub value: Text,
    /// When the row expires, in seconds since 1970; 0 if it does not.
    pub expiry: i64,
    /// Run token of an integration, on the row `IntegrationStatus` only (L-10).
    pub token: Option<Text>,
}

/// What a row is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// Top-level key.
    pub what: Text,
    /// The value to write; `None` deletes the row.
    pub value: Option<Text>,
    /// The value it must still have; `None`: the row must not exist.
    pub expected: Option<Text>,
    /// When the row expires, in seconds since 1970.
    pub expiry: i64,
    /// Run token to write with it, kept as it is when `None`.
    pub token: Option<Text>,
    /// Run token that must still be there, besides `expected`.
    pub expected_token: Option<Text>,
}

/// A callback that a customer waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Number to call (E.164).
    pub number: Text,
    /// ARN of the queue.
    pub queue_arn: Text,
    /// The contact that asked for it, so that a repeated request is known as the same.
    pub contact_id: Text,
    /// Now, in milliseconds since 1970.
    pub now: i64,
    /// When it expires, in seconds since 1970.
    pub expiry: i64,
}

/// The tables of one environment. Reads are strongly consistent.
///
/// Every method fails with [`TableError::Failed`] when the table cannot be reached.
pub trait Tables: Send + Sync + 'static {
    /// The change mark: differs whenever rule sets, end points or configuration may differ.
    fn change_mark(&self) -> impl Future<Output = Result<Option<Text>, TableError>> + Send;

    /// Writes a first change mark, if there is none.
    fn start_change_mark(&self) -> impl Future<Output = Result<(), TableError>> + Send;

    /// Rule sets, end points, holidays and configuration. Rows that do not parse, and rules without a rule
    /// set, are left out and told as warnings (L-05).
    fn model(&self) -> impl Future<Output = Result<(Snapshot, Vec<String>), TableError>> + Send;

    /// The state of a contact, expired rows included (`spec/lambdas.md` 4.1).
    fn state(&self, contact_id: &str) -> impl Future<Output = Result<Vec<StateRow>, TableError>> + Send;

    /// Changes the state of a contact, all or nothing where the store can (at most 100 rows), else in parts.
    ///
    /// # Errors
    /// [`TableError::Changed`] when a row is not as expected; nothing was written then.
    fn save(
        &self,
        contact_id: &str,
        changes: &[StateChange],
    ) -> impl Future<Output = Result<(), TableError>> + Send;

    /// Whether a number waits for a callback in any queue.
    fn has_callback(&self, number: &str, now: i64) -> impl Future<Output = Result<bool, TableError>> + Send;

    /// How many callbacks wait in a queue.
    fn callbacks_in(&self, queue_arn: &str, now: i64)
    -> impl Future<Output = Result<u32, TableError>> + Send;

    /// Adds a callback unless the number waits for one already; answers whether it waits for this one.
    fn create_callback(&self, callback: &Callback) -> impl Future<Output = Result<bool, TableError>> + Send;

    /// Removes a callback; one that is not there is no error.
    fn delete_callback(
        &self,
        number: &str,
        queue_arn: &str,
    ) -> impl Future<Output = Result<(), TableError>> + Send;
}
