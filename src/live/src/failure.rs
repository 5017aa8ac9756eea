//! Why a function failed, as the log and the caller are told.

use crate::tables::TableError;
use connect_rules_engine::step::StepError;

/// What kind of failure it was: the code in the log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The event is not one that the function understands.
    BadEvent,
    /// `Details.Parameters.action` names no action.
    UnknownAction,
    /// Less than the least time was left.
    OutOfTime,
    /// A table could not be read or written.
    Table,
    /// Another service of AWS failed.
    Service,
    /// The engine's code (`spec/testing.md` 5.3).
    Engine(connect_rules_engine::step::Code),
}

impl Code {
    /// The code as written.
    pub fn name(self) -> &'static str {
        match self {
            Code::BadEvent => "BAD_EVENT",
            Code::UnknownAction => "UNKNOWN_ACTION",
            Code::OutOfTime => "OUT_OF_TIME",
            Code::Table => "TABLE_FAILED",
            Code::Service => "SERVICE_FAILED",
            Code::Engine(code) => code.name(),
        }
    }
}

/// A failed invocation. The flow takes its error branch; nothing was saved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {message}", code.name())]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// What, where and why.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Failure { code: Code::Engine(error.code), message: error.message }
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Failure::new(Code::Table, error.to_string())
    }
}
