//! The evaluator of Amazon Connect rule sets.
//!
//! Pure: no I/O, no async, no threads of its own, no wall clock, no global randomness. Time, chance,
//! bots and functions come in as arguments.
pub mod dates;
pub mod json;
pub mod template;
pub mod value;
