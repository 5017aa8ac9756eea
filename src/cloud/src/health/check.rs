//! What a scan finds: one check for each thing that was looked at.

use connect_rules_flows::compare::Difference;
use serde::{Deserialize, Serialize};

use super::Step;

/// What checks are about, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// Contact flows of the product.
    Flows,
    /// Functions.
    Functions,
    /// What the instance may call and use, and the prompts that flows play.
    Permissions,
    /// Bots.
    Bots,
    /// Tables.
    Tables,
    /// Schedules.
    Schedules,
    /// Phone numbers.
    Numbers,
    /// Outbound calls: their limits, the queues that they leave by, and the routing profiles of those who make them.
    Outbound,
    /// Quotas.
    Quotas,
    /// What the store knows of the instance.
    Cache,
    /// Rules that name what is not there, and what is odd about the rules themselves.
    Rules,
}

impl Group {
    /// Every group.
    pub const ALL: [Group; 11] = [
        Group::Flows,
        Group::Functions,
        Group::Permissions,
        Group::Bots,
        Group::Tables,
        Group::Schedules,
        Group::Numbers,
        Group::Outbound,
        Group::Quotas,
        Group::Cache,
        Group::Rules,
    ];

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Group::Flows => "contact flows",
            Group::Functions => "functions",
            Group::Permissions => "permissions",
            Group::Bots => "bots",
            Group::Tables => "tables",
            Group::Schedules => "schedules",
            Group::Numbers => "phone numbers",
            Group::Outbound => "outbound calls",
            Group::Quotas => "quotas",
            Group::Cache => "cache",
            Group::Rules => "rules",
        }
    }

    /// One word for it, as options and JSON have it.
    pub fn key(self) -> &'static str {
        match self {
            Group::Flows => "flows",
            Group::Functions => "functions",
            Group::Permissions => "permissions",
            Group::Bots => "bots",
            Group::Tables => "tables",
            Group::Schedules => "schedules",
            Group::Numbers => "numbers",
            Group::Outbound => "outbound",
            Group::Quotas => "quotas",
            Group::Cache => "cache",
            Group::Rules => "rules",
        }
    }
}

/// How bad it is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grade {
    /// As it should be.
    Healthy,
    /// Works, but hardly as meant.
    Warning,
    /// It could not be found out.
    Unknown,
    /// Contacts are affected.
    Problem,
}

impl Grade {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Healthy => "healthy",
            Grade::Warning => "warning",
            Grade::Unknown => "unknown",
            Grade::Problem => "problem",
        }
    }
}

/// What is the matter, in one word (`spec/contactflows.md` 11.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Nothing.
    Healthy,
    /// It is not as the product has it.
    Changed,
    /// It is not there.
    Missing,
    /// A flow of that name has another type.
    WrongType,
    /// The flow is in the archive.
    Archived,
    /// The flow is not published, or something was saved since.
    Draft,
    /// A flow of that name was not made by this product.
    Foreign,
    /// Something that it names is not on the instance.
    Unresolved,
    /// It works, but not as recommended.
    Warning,
    /// It could not be read.
    Error,
}

impl Status {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Healthy => "HEALTHY",
            Status::Changed => "CHANGED",
            Status::Missing => "MISSING",
            Status::WrongType => "WRONG_TYPE",
            Status::Archived => "ARCHIVED",
            Status::Draft => "DRAFT",
            Status::Foreign => "FOREIGN",
            Status::Unresolved => "UNRESOLVED",
            Status::Warning => "WARNING",
            Status::Error => "ERROR",
        }
    }
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it is about.
    pub group: Group,
    /// Name of the thing; of a flow its full name on the instance.
    pub name: String,
    /// How bad it is.
    pub grade: Grade,
    /// What is the matter.
    pub status: Status,
    /// It in one line; empty where there is nothing to say.
    pub detail: String,
    /// What to do about it; empty where there is nothing to do.
    pub fix: String,
    /// What differs from the product, action by action: `ours` is the product, `theirs` the instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What a repair would do about it, in order; nothing if it cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

impl Check {
    /// A thing that is as it should be.
    pub fn healthy(group: Group, name: impl Into<String>, detail: impl Into<String>) -> Self {
        Check {
            group,
            name: name.into(),
            grade: Grade::Healthy,
            status: Status::Healthy,
            detail: detail.into(),
            fix: String::new(),
            differences: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// A thing with which something is the matter.
    pub fn of(
        group: Group,
        name: impl Into<String>,
        grade: Grade,
        status: Status,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Check { grade, status, fix: fix.into(), ..Check::healthy(group, name, detail) }
    }

    /// A thing that could not be read.
    pub fn unknown(group: Group, name: impl Into<String>, error: &crate::gateway::CallError) -> Self {
        Check::of(group, name, Grade::Unknown, Status::Error, error.to_string(), error.fix())
    }

    /// The same with what a repair would do.
    #[must_use]
    pub fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
