//! The step machine: one request of a contact in, one answer out (`spec/evaluator.md` section 6).

mod contact;
#[cfg(test)]
mod examples;
mod input;
mod reply;
mod run;
mod select;
mod start;

pub use contact::Contact;
pub use reply::{Reply, Transfer};
pub(crate) use run::{NAMES, Run, Selected};
pub(crate) use select::total;
pub(crate) use start::{enter_first, facts, interaction_time, open};

use crate::host::Host;
use crate::template::TemplateError;
use crate::value::Value;
use crate::workspace::Workspace;

/// A request of a contact (6.1). The contact itself is the argument of [`step`].
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// The contact starts.
    NewInteraction(Opening),
    /// On to the next rule.
    NextRule,
    /// What the customer keyed or said, or `NOINPUT` or `NOMATCH`; undefined if the request has none.
    Input(Value),
    /// As input, but only while a confirmation is awaited.
    Confirm(Value),
    /// The customer hangs up (Q1).
    HangUp,
}

/// What a contact starts with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Name of the end point; undefined is reported as such.
    pub end_point: Value,
    /// The customer's number, `anonymous`, or undefined for none.
    pub customer_phone_number: Value,
    /// Interaction time: undefined for the contact's clock, else an ISO 8601 text.
    pub interaction_date_time: Value,
    /// Contact attributes; undefined for none.
    pub contact_attributes: Value,
}

/// What kind of failure a step ended with (`spec/testing.md` 5.3; the last two before internal ones:
/// `spec/lambdas.md` 3.2 and 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the codes are those of spec/testing.md 5.3")]
pub enum Code {
    BadRequest,
    UnknownEvent,
    UnknownEndPoint,
    UnknownContact,
    BadPhase,
    NoNextRule,
    LookupFailed,
    RuleFailed,
    TemplateFailed,
    Disconnected,
    RuleLoop,
    ResponseTooLarge,
    Internal,
}

impl Code {
    /// The code as replies print it.
    pub fn name(self) -> &'static str {
        match self {
            Code::BadRequest => "BAD_REQUEST",
            Code::UnknownEvent => "UNKNOWN_EVENT",
            Code::UnknownEndPoint => "UNKNOWN_END_POINT",
            Code::UnknownContact => "UNKNOWN_CONTACT",
            Code::BadPhase => "BAD_PHASE",
            Code::NoNextRule => "NO_NEXT_RULE",
            Code::LookupFailed => "LOOKUP_FAILED",
            Code::RuleFailed => "RULE_FAILED",
            Code::Disconnected => "DISCONNECTED",
            Code::RuleLoop => "RULE_LOOP",
            Code::ResponseTooLarge => "RESPONSE_TOO_LARGE",
            Code::TemplateFailed | Code::Internal => "INTERNAL",
        }
    }
}

/// A step that failed. What it leaves behind is that of 6.6.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct StepError {
    /// What kind of failure.
    pub code: Code,
    /// The cause, in the original's words where it has any.
    pub message: String,
}

impl StepError {
    /// A failure with its cause.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        StepError { code, message: message.into() }
    }

    /// A parameter that does not render.
    pub(crate) fn template(param: &str, error: &TemplateError) -> Self {
        StepError::new(Code::TemplateFailed, format!("{param}: {error}"))
    }

    pub(crate) fn rule(message: impl Into<String>) -> Self {
        StepError::new(Code::RuleFailed, message)
    }
}

/// Takes a contact one request further.
///
/// On success the contact's state is in its stored form (4.3). On failure it is what 6.6 says: as
/// before the request, or as at the last checkpoint.
///
/// # Errors
/// The failure with the text the original gives, or a better one where it crashed.
pub fn step<H: Host>(
    workspace: &Workspace,
    contact: &mut Contact,
    request: &Request,
    host: &mut H,
) -> Result<Reply, StepError> {
    if contact.disconnected {
        return Err(StepError::new(Code::Disconnected, format!("Contact is disconnected: {}", contact.id)));
    }
    let mut run = Run::new(workspace, contact, host);
    let result = match request {
        Request::NewInteraction(opening) => start::start(&mut run, opening).and_then(|()| run.next()),
        Request::NextRule => {
            run.enter_next_rule_set();
            run.next()
        }
        Request::Input(given) => input::input(&mut run, given),
        Request::Confirm(given) => input::confirm_only(&mut run, given),
        Request::HangUp => input::hang_up(&mut run),
    };
    contact.settle(result.is_ok());
    result
}
