//! Lambda: what is deployed, how it is called, how new code gets there.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Asked;

/// A function as it is deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Full name.
    pub name: String,
    /// ARN without a version.
    pub arn: String,
    /// Runtime, such as `provided.al2023`.
    pub runtime: String,
    /// Architecture, such as `x86_64`.
    pub architecture: String,
    /// Memory in MB.
    pub memory: u32,
    /// Time limit in seconds.
    pub timeout: u32,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// Why it is in that state, if that is told.
    pub state_reason: String,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// When it was changed last, in milliseconds since 1970.
    pub modified_ms: i64,
    /// Size of the package in bytes.
    pub code_size: u64,
    /// SHA-256 of the package, base64.
    pub code_sha256: String,
    /// Value of the environment variable `VERSION`, if it has one.
    pub deployed_version: String,
}

/// A published version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// `$LATEST` or a number.
    pub version: String,
    /// What it was published as.
    pub description: String,
    /// SHA-256 of its package, base64.
    pub code_sha256: String,
    /// When it was made, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// An alias.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alias {
    /// Name, such as `live`.
    pub name: String,
    /// Version it points to.
    pub version: String,
    /// Description.
    pub description: String,
}

/// A statement of a function's policy that lets a service call it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Name of the statement.
    pub id: String,
    /// Who may, such as `connect.amazonaws.com`.
    pub principal: String,
    /// From where, with `*` as in policies; empty for anywhere.
    pub source_arn: String,
    /// From which account; empty for any.
    pub source_account: String,
}

/// Whether a pattern of a policy, in which `*` stands for anything, fits a text.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What a call of a function gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// Its answer.
    pub payload: String,
    /// `Handled` or `Unhandled` if it failed.
    pub error: Option<String>,
    /// Last lines of its log.
    pub log: String,
    /// Version that ran.
    pub version: String,
    /// How long it took, the way there included, in milliseconds.
    pub took_ms: u64,
}

/// Lambda.
#[async_trait]
pub trait Functions: Send + Sync {
    /// The functions whose names start with `<stage>-<service>-`, by name (`ListFunctions`).
    async fn list(&self) -> Asked<Vec<Function>>;

    /// A function (`GetFunctionConfiguration`).
    async fn get(&self, name: &str) -> Asked<Function>;

    /// Versions, the newest first (`ListVersionsByFunction`).
    async fn versions(&self, name: &str) -> Asked<Vec<Version>>;

    /// Aliases (`ListAliases`).
    async fn aliases(&self, name: &str) -> Asked<Vec<Alias>>;

    /// Which services may call it (`GetPolicy`); none if it has no policy.
    async fn permissions(&self, name: &str) -> Asked<Vec<Permission>>;

    /// Lets a service call it (`AddPermission`).
    async fn permit(&self, name: &str, permission: &Permission) -> Asked<()>;

    /// Sends new code for `$LATEST` and waits until it is in use (`UpdateFunctionCode`).
    async fn update_code(&self, name: &str, package: &[u8]) -> Asked<Function>;

    /// Publishes `$LATEST` if it still has that hash (`PublishVersion`).
    async fn publish(&self, name: &str, code_sha256: &str, description: &str) -> Asked<Version>;

    /// Points an alias to a version; it is made if it is missing (`UpdateAlias`, `CreateAlias`).
    async fn point(&self, name: &str, alias: &str, version: &str) -> Asked<()>;

    /// Calls it and waits for the answer (`Invoke`); `qualifier` is a version or alias, empty for `$LATEST`.
    async fn invoke(&self, name: &str, qualifier: &str, payload: &str) -> Asked<Invocation>;
}
