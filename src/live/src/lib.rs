//! Live calls: what the deployed functions answer to Amazon Connect, Lex and `EventBridge`
//! (`spec/lambdas.md`), as a library without AWS.
//!
//! [`tables`] and [`services`] are what a function needs from outside; `lambdas/` brings those of AWS,
//! [`memory`] those for trying things out. The rules themselves are run by the engine's `live` module.

mod analytics;
mod api;
mod cache;
mod callbacks;
pub mod contact;
pub mod echo;
pub mod evaluator;
pub mod events;
mod failure;
mod host;
pub mod lex;
pub mod log;
pub mod memory;
pub mod scheduler;
pub mod services;
pub mod settings;
pub mod tables;
pub mod warm;

pub use evaluator::{Evaluator, World};
pub use failure::{Code, Failure};
pub use settings::Settings;
