//! CloudFormation: one stack for an environment.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Asked, Names};

/// A stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stack {
    /// Name.
    pub name: String,
    /// ARN.
    pub id: String,
    /// State, such as `UPDATE_COMPLETE`.
    pub status: String,
    /// Why, if it is told.
    pub reason: String,
    /// When it was changed last, in milliseconds since 1970.
    pub changed_ms: i64,
    /// Parameters.
    pub parameters: Names,
    /// Outputs.
    pub outputs: Names,
}

impl Stack {
    /// Whether something is being done to it.
    pub fn is_busy(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && !self.is_only_planned()
    }

    /// Whether there is no more of it than a change set that would make it.
    pub fn is_only_planned(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    /// Whether nothing can be done but to delete it or to continue a rollback.
    pub fn is_stuck(&self) -> bool {
        matches!(
            self.status.as_str(),
            "ROLLBACK_COMPLETE"
                | "ROLLBACK_FAILED"
                | "CREATE_FAILED"
                | "DELETE_FAILED"
                | "UPDATE_ROLLBACK_FAILED"
        )
    }
}

/// A thing that a stack made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackResource {
    /// Name in the template.
    pub logical: String,
    /// Name or ARN in the account.
    pub physical: String,
    /// Type, such as `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// State, such as `CREATE_COMPLETE`.
    pub status: String,
}

/// What a change set does to one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    /// Name in the template.
    pub logical: String,
    /// Name or ARN in the account, if it is there already.
    pub physical: String,
    /// Type.
    pub resource_type: String,
    /// `True`, `False` or `Conditional`: whether it is made anew, which loses what is in it.
    pub replacement: String,
    /// What of it changes, such as `Properties.MemorySize`.
    pub details: Vec<String>,
}

/// A change set that is ready to be executed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Stack it belongs to.
    pub stack: String,
    /// What it does; nothing if the stack is as the template wants it.
    pub changes: Vec<Change>,
}

/// Something that happened to a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackEvent {
    /// Identifier.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Name in the template.
    pub logical: String,
    /// Type.
    pub resource_type: String,
    /// State, such as `CREATE_FAILED`.
    pub status: String,
    /// Why.
    pub reason: String,
}

/// CloudFormation.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// A stack; none if there is no stack of that name (`DescribeStacks`).
    async fn stack(&self, name: &str) -> Asked<Option<Stack>>;

    /// What it made (`ListStackResources`).
    async fn resources(&self, name: &str) -> Asked<Vec<StackResource>>;

    /// Works out what a template (its text, up to 51,200 bytes) would change, without changing it; one that changes nothing is deleted
    /// again (`CreateChangeSet`, `DescribeChangeSet`).
    async fn plan(&self, name: &str, template: &str, parameters: &Names, tags: &Names) -> Asked<ChangeSet>;

    /// Begins what a change set says (`ExecuteChangeSet`); [`Stacks::stack`] and [`Stacks::events`] tell how it goes.
    async fn execute(&self, change_set: &ChangeSet) -> Asked<()>;

    /// Gives up a change set (`DeleteChangeSet`).
    async fn forget(&self, change_set: &ChangeSet) -> Asked<()>;

    /// Begins to delete a stack (`DeleteStack`).
    async fn delete(&self, name: &str) -> Asked<()>;

    /// What happened since that time, the oldest first (`DescribeStackEvents`).
    async fn events(&self, name: &str, since_ms: i64) -> Asked<Vec<StackEvent>>;
}
