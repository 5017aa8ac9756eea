//! Why a call to the cloud failed, and what to do about it.

use std::fmt;

/// What came of a call.
pub type Asked<T> = Result<T, CallError>;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Too many calls, also after all tries.
    Throttled,
    /// The credentials may not do it.
    Denied,
    /// The credentials have expired, or there are none.
    Credentials,
    /// What was asked for is not there.
    NotFound,
    /// Something of that name is there already.
    Duplicate,
    /// The service refuses what was sent; for a contact flow each problem by itself.
    Invalid(Vec<String>),
    /// A quota is used up.
    Limit,
    /// It is being changed by somebody else, or is in a state that does not allow it.
    Conflict,
    /// The service could not be reached, or did not answer in time.
    Unreachable,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// The call as policies write it, such as `connect:CreateContactFlow`.
    pub call: String,
    /// What it was about, such as the name of a flow; empty for the service as a whole.
    pub about: String,
    /// Why it failed.
    pub cause: Cause,
    /// What the service said.
    pub message: String,
}

impl CallError {
    /// A failed call.
    pub fn new(call: &str, about: &str, cause: Cause, message: impl Into<String>) -> Self {
        CallError { call: call.to_owned(), about: about.to_owned(), cause, message: message.into() }
    }

    /// What to do about it.
    pub fn fix(&self) -> String {
        match &self.cause {
            Cause::Throttled => {
                "something else uses up the calls of this account: try again, or lower connect_rate".to_owned()
            }
            Cause::Denied => format!(
                "allow it: {{\"Effect\": \"Allow\", \"Action\": \"{}\", \"Resource\": \"*\"}} (docs/policies has whole policies)",
                self.call
            ),
            Cause::Credentials => {
                "log in again, for example with `aws sso login`, or choose another profile in the environment's file".to_owned()
            }
            Cause::NotFound => {
                "check the environment's region, account and instance, then refresh the cache".to_owned()
            }
            Cause::Duplicate => "choose another name, or refresh the cache".to_owned(),
            Cause::Invalid(_) => "correct what is named and try again".to_owned(),
            Cause::Limit => "ask for a higher quota in the Service Quotas console, or delete what is not used".to_owned(),
            Cause::Conflict => "wait until the other change is done and try again".to_owned(),
            Cause::Unreachable => "check the network and the environment's endpoint_url; nothing else was tried".to_owned(),
            Cause::Other => "the message is the service's own; nothing further was tried".to_owned(),
        }
    }

    /// Whether another try may help without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self.cause, Cause::Throttled | Cause::Unreachable | Cause::Conflict)
    }
}

impl fmt::Display for CallError {
    /// What failed and why; [`CallError::fix`] says what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        if !self.about.is_empty() {
            write!(f, " of {}", self.about)?;
        }
        match &self.cause {
            Cause::Throttled => write!(f, ": too many calls")?,
            Cause::Denied => write!(f, ": not allowed")?,
            Cause::Credentials => write!(f, ": no valid credentials")?,
            Cause::NotFound => write!(f, ": not found")?,
            Cause::Duplicate => write!(f, ": exists already")?,
            Cause::Invalid(problems) if !problems.is_empty() => {
                write!(f, ": refused: {}", problems.join("; "))?;
            }
            Cause::Invalid(_) => write!(f, ": refused")?,
            Cause::Limit => write!(f, ": quota reached")?,
            Cause::Conflict => write!(f, ": not possible now")?,
            Cause::Unreachable => write!(f, ": not reached")?,
            Cause::Other => write!(f, ": failed")?,
        }
        if self.message.is_empty() { Ok(()) } else { write!(f, " ({})", self.message) }
    }
}

impl std::error::Error for CallError {}
