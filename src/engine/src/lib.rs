//! The evaluator of Amazon Connect rule sets.
//!
//! Pure: no I/O, no async, no threads of its own, no wall clock, no global randomness. Time, chance,
//! bots and functions come in as arguments.
pub mod json;
pub mod pattern;
pub mod script;
pub mod value;
