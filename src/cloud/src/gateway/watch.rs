//! CloudWatch: figures and logs of functions.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Asked;

/// Figures of a function over a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionMetrics {
    /// Full name.
    pub function: String,
    /// Calls.
    pub invocations: f64,
    /// Calls that failed.
    pub errors: f64,
    /// Calls that were refused as too many.
    pub throttles: f64,
    /// Median of the duration in milliseconds, if there were calls.
    pub p50_ms: Option<f64>,
    /// 99th percentile of it.
    pub p99_ms: Option<f64>,
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Identifier, the same whenever it is read.
    pub id: String,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// The line.
    pub message: String,
}

/// CloudWatch metrics and logs.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Figures of functions between two times in milliseconds since 1970 (`GetMetricData`).
    async fn metrics(&self, functions: &[String], from_ms: i64, to_ms: i64) -> Asked<Vec<FunctionMetrics>>;

    /// Lines of a function's log from a time on, at most `most`, the oldest first (`FilterLogEvents`); none if it has
    /// never run.
    async fn logs(&self, function: &str, from_ms: i64, most: usize) -> Asked<Vec<LogLine>>;
}
