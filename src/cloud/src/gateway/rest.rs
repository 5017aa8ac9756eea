//! The smaller families: buckets, quotas, schedules, tables and whose credentials are used.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Asked;

/// S3.
#[async_trait]
pub trait Buckets: Send + Sync {
    /// Whether a bucket is there and may be used (`HeadBucket`).
    async fn exists(&self, bucket: &str) -> Asked<bool>;
    /// Makes a private, encrypted bucket (`CreateBucket`, `PutPublicAccessBlock`).
    async fn create(&self, bucket: &str) -> Asked<()>;
    /// Whether an object is there (`HeadObject`).
    async fn has(&self, bucket: &str, key: &str) -> Asked<bool>;
    /// Writes an object (`PutObject`).
    async fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> Asked<()>;
    /// Deletes everything in it; answers how many objects there were (`ListObjectVersions`, `DeleteObjects`).
    async fn empty(&self, bucket: &str) -> Asked<usize>;
    /// Deletes an empty bucket (`DeleteBucket`).
    async fn delete(&self, bucket: &str) -> Asked<()>;
}

/// A quota.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Code, such as `L-12AB7C57`.
    pub code: String,
    /// Name.
    pub name: String,
    /// How much is allowed.
    pub value: f64,
    /// Whether more can be asked for.
    pub adjustable: bool,
}

/// Service Quotas.
#[async_trait]
pub trait Quotas: Send + Sync {
    /// Quotas of a service, such as `connect` (`ListServiceQuotas`).
    async fn list(&self, service: &str) -> Asked<Vec<Quota>>;
}

/// A schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleState {
    /// Name.
    pub name: String,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// Such as `rate(1 hour)`; empty for a rule that waits for events.
    pub schedule: String,
}

/// EventBridge rules.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Rules whose names start with `<stage>-<service>-` (`ListRules`).
    async fn list(&self) -> Asked<Vec<ScheduleState>>;
}

/// How a table is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// Full name.
    pub name: String,
    /// `ACTIVE` or what else it is; `MISSING` if it is not there.
    pub status: String,
    /// Attribute by which rows expire, if that is on.
    pub expires_by: Option<String>,
    /// Whether it should expire rows.
    pub should_expire: bool,
    /// Indexes that are missing.
    pub missing_indexes: Vec<String>,
    /// Rows, as far as they are counted.
    pub rows: u64,
}

/// DynamoDB, as far as the state of its tables goes.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The tables of the environment (`DescribeTable`, `DescribeTimeToLive`).
    async fn tables(&self) -> Asked<Vec<Table>>;

    /// Begins to delete a table with everything in it, taking its protection off first (`UpdateTable`, `DeleteTable`).
    async fn delete(&self, name: &str) -> Asked<()>;
}

/// Whose credentials are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// Account, 12 digits.
    pub account: String,
    /// ARN of the user or role.
    pub arn: String,
}

/// STS.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Whose credentials are used (`GetCallerIdentity`).
    async fn who(&self) -> Asked<Who>;
}
