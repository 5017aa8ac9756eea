//! Whether an environment is as it should be, and making it so (`spec/contactflows.md` 11.5, 11.6, `spec/admin.md` 8):
//! [`scan`] gives a [`Report`], that a [`Plan`], and [`apply`] carries out a plan that a person saw. Each of them is a
//! plain value that can be printed, saved and compared.

mod check;
mod observer;
mod plan;
mod report;
mod scope;

pub use check::{Check, Grade, Group, Status};
pub use observer::{Observer, Progress};
pub use plan::{Left, Plan, Step};
pub use report::Report;
pub use scope::{Scope, Wanted};

use std::path::Path;

use connect_rules_store::{Actor, Service, Snapshot, Store};

use crate::gateway::Cloud;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The step.
    pub step: Step,
    /// What came of it.
    pub result: Came,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "came")]
pub enum Came {
    /// It is done.
    Done,
    /// There was nothing to do any more.
    Already,
    /// It was not begun.
    Skipped {
        /// Why.
        why: String,
    },
    /// It failed.
    Failed {
        /// Why.
        what: String,
        /// What to do about it.
        fix: String,
        /// What Amazon Connect refuses in a flow, each with its action.
        problems: Vec<String>,
    },
}
