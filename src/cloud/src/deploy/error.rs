//! Why something is not deployed, and the next step.

use crate::gateway::{CallError, Cause};

/// Why something is not deployed or taken away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// A call failed.
    #[error("{doing}: {error}")]
    Call {
        /// What was being done.
        doing: String,
        /// The call.
        error: CallError,
    },
    /// The credentials belong to another account.
    #[error("these credentials ({arn}) belong to account {account}, not to {wanted}: nothing was changed")]
    Account {
        /// Whose they are.
        arn: String,
        /// Their account.
        account: String,
        /// That of the environment.
        wanted: String,
    },
    /// The environment is read only.
    #[error("environment `{0}` says read_only = true: nothing was changed")]
    ReadOnly(String),
    /// A stack of that name was made by something else.
    #[error("the stack {0} was not made by connect-rules: nothing was changed")]
    Foreign(String),
    /// The stack cannot be changed as it is.
    #[error("the stack {stack} is {status}{}", because(.reason))]
    Stuck {
        /// The stack.
        stack: String,
        /// Its state.
        status: String,
        /// Why, if it is told.
        reason: String,
    },
    /// The change was begun and failed.
    #[error("the stack {stack} is {status}{}", because(&.reasons.join("; ")))]
    Failed {
        /// The stack.
        stack: String,
        /// Its state.
        status: String,
        /// What failed first.
        reasons: Vec<String>,
    },
    /// It took too long.
    #[error("the stack {0} is still busy")]
    Waiting(String),
    /// Something has to be given.
    #[error("{what}")]
    Wrong {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
    /// It was cancelled.
    #[error("stopped as asked, {0}")]
    Cancelled(String),
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl DeployError {
    /// What is wrong with what was asked for, and what to do.
    pub fn wrong(what: impl Into<String>, fix: impl Into<String>) -> Self {
        DeployError::Wrong { what: what.into(), fix: fix.into() }
    }

    /// The next step.
    pub fn fix(&self) -> String {
        match self {
            DeployError::Call { error, .. } if error.is_passing() => {
                format!("{}; running it again goes on where it ended", error.fix())
            }
            DeployError::Call { error, .. } => error.fix(),
            DeployError::Account { .. } => "choose another profile, or another environment".to_owned(),
            DeployError::ReadOnly(_) => {
                "set read_only = false in its file if it may be written to".to_owned()
            }
            DeployError::Foreign(_) => "choose another stage or service for the environment".to_owned(),
            DeployError::Stuck { stack, status, .. } => next(stack, status),
            DeployError::Failed { stack, status, .. } => match status.as_str() {
                "UPDATE_ROLLBACK_COMPLETE" => {
                    "everything is as it was before; mend what failed and deploy again".to_owned()
                }
                _ => next(stack, status),
            },
            DeployError::Waiting(_) => "run it again: it goes on waiting".to_owned(),
            DeployError::Wrong { fix, .. } => fix.clone(),
            DeployError::Cancelled(_) => "run it again: it goes on where it ended".to_owned(),
        }
    }

    /// Whether something asked for is not allowed.
    pub fn is_denied(&self) -> bool {
        matches!(self, DeployError::Call { error, .. } if error.cause == Cause::Denied)
    }
}

/// What to do about a stack that cannot be changed.
fn next(stack: &str, status: &str) -> String {
    match status {
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" => {
            "it was never made as a whole: `connect-rules destroy` takes away what is left, then deploy again"
                .to_owned()
        }
        "DELETE_FAILED" => {
            "mend what is named, for example empty a bucket, and run `connect-rules destroy` again".to_owned()
        }
        "UPDATE_ROLLBACK_FAILED" => format!(
            "mend what is named, run `aws cloudformation continue-update-rollback --stack-name {stack}`, then deploy again"
        ),
        _ => format!("look at the events of {stack} in the CloudFormation console"),
    }
}

/// Says what was being done when a call failed.
pub(crate) trait Doing<T> {
    /// The same result, told.
    fn doing(self, what: impl Into<String>) -> Result<T, DeployError>;
}

impl<T> Doing<T> for Result<T, CallError> {
    fn doing(self, what: impl Into<String>) -> Result<T, DeployError> {
        self.map_err(|error| DeployError::Call { doing: what.into(), error })
    }
}
