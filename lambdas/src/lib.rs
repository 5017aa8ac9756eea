//! What the deployed functions share: settings from the environment, the tables, and the loop that answers events
//! (`spec/lambdas.md` 9).
//!
//! Each function is a program in `src/bin` that says which of the live library's functions it is.

pub mod serve;
pub mod start;
pub mod tables;

pub use serve::{Function, serve};
