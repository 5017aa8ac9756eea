//! Reports of a run of tests for other programs and for people (`spec/testing.md` 3.11, 5.8): `JUnit` and HTML.

pub mod html;
pub mod junit;

use crate::coverage::{CoverageDetail, Kind, ReplyCoverage, Summary};
use crate::json;
use crate::replay::batch::Skipped;
use crate::replay::{LineResult, TestResult};

/// A least percentage of a kind of coverage item, or of all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The kind; none for all.
    pub kind: Option<Kind>,
    /// Whole percent.
    pub percent: u64,
}

/// What is below its threshold, in words.
pub fn missed(summary: &Summary, thresholds: &[Threshold]) -> Vec<String> {
    thresholds
        .iter()
        .flat_map(|threshold| {
            summary.below(threshold.kind, threshold.percent).into_iter().map(|kind| {
                let reached = summary.of(kind).percent.unwrap_or_default();
                format!("{} is {reached}%, at least {}% is wanted", kind.name(), threshold.percent)
            })
        })
        .collect()
}

/// Everything that reports tell about a run.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    /// Results in the order of the batch document.
    pub results: &'a [TestResult],
    /// Tests that were left out.
    pub skipped: &'a [Skipped],
    /// What was covered, earlier runs included.
    pub detail: &'a CoverageDetail,
    /// The original's measure of this run.
    pub replies: &'a ReplyCoverage,
    /// Thresholds to keep.
    pub thresholds: &'a [Threshold],
    /// Leave out real times.
    pub stable: bool,
}

impl Outcome<'_> {
    /// Milliseconds that a test took; 0 where real times are left out.
    pub fn millis(&self, result: &TestResult) -> i64 {
        if self.stable { 0 } else { (result.ended - result.started).max(0) }
    }
}

/// A line of a script, `type: payload`.
pub fn as_written(line: &LineResult) -> String {
    format!("{}: {}", line.kind, json::print(&line.payload).unwrap_or_default())
}
