//! Coverage of rule sets by tests: the original's measure of replies, and items counted from the evaluator's
//! own events (`spec/testing.md` section 4).
//!
//! A [`Population`] lists what a workspace has to cover; [`Recorder`]s count hits on it while tests run, one a
//! thread; [`CoverageDetail`] is the document, which merges with those of other runs.

mod branches;
mod document;
mod merge;
mod original;
mod population;
mod recorder;
mod references;
mod rows;
#[cfg(test)]
mod tests;

pub use document::{
    Activation, BranchRow, CoverageDetail, HitsByTest, Item, ReferenceRow, RuleRow, RuleSetRow, Stale,
    TestRef, Unreached, WeightRow,
};
pub use original::{ReplyCoverage, RuleReplies, RuleSetReplies};
pub use population::Population;
pub use recorder::Recorder;
pub use rows::{KINDS, Kind, Measure, Summary};
