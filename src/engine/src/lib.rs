//! The evaluator of Amazon Connect rule sets.
//!
//! Pure: no I/O, no async, no threads of its own, no wall clock, no global randomness. Time, chance,
//! bots and functions come in as arguments.
pub mod catalogue;
pub mod collate;
pub mod compat;
pub mod export;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_workspace;
pub mod graph;
pub mod json;
pub mod kinds;
pub mod lint;
pub mod model;
pub mod problem;
pub mod references;
pub mod value;
