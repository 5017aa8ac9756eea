//! What is kept about an attempt: one row a contact (`spec/rate-limiting.md` 6.1).

use connect_rules_engine::dates;
use connect_rules_engine::value::Text;
use serde::{Deserialize, Serialize};

use crate::limiter::Call;

/// How long a decision is kept, in seconds: seven days.
const KEPT: i64 = 7 * 86_400;

/// Makes an enumeration with names in documents.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $text)] $variant),*
        }

        impl $name {
            /// Name in rows and answers.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text),*
                }
            }

            /// The value of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($text => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

named! {
    /// Whether an attempt is judged.
    Status {
        /// Somebody is at it.
        Pending = "PENDING",
        /// The answer is written down.
        Done = "DONE",
    }
}

named! {
    /// Why a call was allowed or blocked.
    Reason {
        /// Both numbers are below their limits.
        None = "none",
        /// The customer number was called too often.
        Customer = "customer",
        /// The caller ID was used too often.
        System = "system",
        /// It could not be judged.
        Error = "error",
        /// The number, its country or its kind of call is not limited.
        Exempt = "exempt",
        /// Limits are switched off.
        Disabled = "disabled",
    }
}

named! {
    /// What came of ending a blocked call.
    StopStatus {
        /// Nothing had to be ended.
        None = "NONE",
        /// The call was ended.
        Stopped = "STOPPED",
        /// There was no such call any more.
        Gone = "GONE",
        /// The call goes on.
        Failed = "FAILED",
    }
}

impl StopStatus {
    /// Whether the call is over.
    pub fn is_over(self) -> bool {
        matches!(self, StopStatus::Stopped | StopStatus::Gone)
    }
}

named! {
    /// What came of the task for the agent.
    TaskStatus {
        /// There is none.
        None = "NONE",
        /// The flow was asked to make one.
        Requested = "REQUESTED",
        /// Its flow has started.
        Started = "STARTED",
        /// It could not be put into the agent's queue.
        Rejected = "REJECTED",
    }
}

/// The decision about one contact. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The contact.
    pub contact_id: Text,
    /// Whether it is judged.
    pub status: Status,
    /// The invocation that is at it.
    pub owner: Text,
    /// When it was judged.
    pub at: i64,
    /// The day of `at` in UTC, `YYYY-MM-DD`.
    pub day: Text,
    /// The first contact of the chain.
    pub initial_contact_id: Text,
    /// The number that was called.
    pub customer: Text,
    /// The caller ID; empty if none was told.
    pub system: Text,
    /// How the contact came about, such as `OUTBOUND`.
    pub initiation: Text,
    /// Number of the attempt at the customer number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_attempt: Option<u32>,
    /// Number of the attempt at the caller ID; absent if it was not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_attempt: Option<u32>,
    /// Limit of the customer number at the time.
    pub customer_limit: u32,
    /// Limit of the caller ID at the time.
    pub system_limit: u32,
    /// Whether the call may go on.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// When the numbers that block are free again if nobody dials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<i64>,
    /// What came of ending the call.
    pub stop_status: StopStatus,
    /// The agent.
    pub agent_arn: Text,
    /// The agent's name.
    pub agent_name: Text,
    /// What came of the task.
    pub task_status: TaskStatus,
    /// The contact of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_contact_id: Option<Text>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text>,
    /// When the row goes, in seconds since 1970.
    pub expiry: i64,
}

/// The day of a time in UTC, `YYYY-MM-DD`.
pub fn day(at: i64) -> Text {
    let text = dates::iso_utc(at);
    Text::from(text.split_once('T').map_or(&*text, |(day, _)| day))
}

impl Decision {
    /// The row of an attempt that nobody judged yet.
    pub fn pending(call: &Call, owner: Text, at: i64) -> Self {
        Decision {
            contact_id: Text::clone(&call.contact),
            status: Status::Pending,
            owner,
            at,
            day: day(at),
            initial_contact_id: Text::clone(&call.initial_contact),
            customer: Text::clone(&call.customer),
            system: Text::clone(&call.system),
            initiation: Text::clone(&call.initiation),
            customer_attempt: None,
            system_attempt: None,
            customer_limit: 0,
            system_limit: 0,
            allowed: false,
            reason: Reason::None,
            retry_at: None,
            stop_status: StopStatus::None,
            agent_arn: Text::clone(&call.agent_arn),
            agent_name: Text::clone(&call.agent_name),
            task_status: TaskStatus::None,
            task_contact_id: None,
            error: None,
            expiry: at.div_euclid(1000) + KEPT,
        }
    }

    /// Attempt and limit of the number that decided; when the call is allowed, of the customer number.
    pub fn deciding(&self) -> Option<(u32, u32)> {
        match self.reason {
            Reason::System => self.system_attempt.map(|attempt| (attempt, self.system_limit)),
            Reason::Customer | Reason::None => {
                self.customer_attempt.map(|attempt| (attempt, self.customer_limit))
            }
            Reason::Error | Reason::Exempt | Reason::Disabled => None,
        }
    }

    /// Whether a call was blocked by a limit.
    pub fn is_blocked(&self) -> bool {
        matches!(self.reason, Reason::Customer | Reason::System)
    }
}
