//! The evaluator of Amazon Connect rule sets.
//!
//! Pure: no I/O, no async, no threads of its own, no wall clock, no global randomness. Time, chance,
//! bots and functions come in as arguments.
pub mod api;
pub mod bundle;
pub mod catalogue;
pub mod chance;
pub mod collate;
pub mod compat;
pub mod coverage;
pub mod dates;
pub mod document;
pub mod explore;
pub mod export;
pub mod functions;
#[cfg(test)]
mod golden;
pub mod graph;
pub mod help;
pub mod host;
pub mod hours;
pub mod json;
pub mod kinds;
pub mod lex;
pub mod lint;
pub mod live;
pub mod model;
pub mod offline;
pub mod pattern;
pub mod phone;
pub mod plan;
pub mod problem;
pub mod prompt;
pub mod references;
pub mod replay;
pub mod report;
mod rules;
pub mod script;
pub mod slots;
pub mod state;
pub mod step;
pub mod template;
pub mod value;
pub mod weight;
pub mod workspace;
