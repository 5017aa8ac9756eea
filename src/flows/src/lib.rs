//! The contact flows that this product deploys to Amazon Connect (`spec/contactflows.md`): the files of
//! `contactflows/`, checks, rendering for an environment, comparison with what an instance has, and a walker
//! that runs them without Amazon Connect.
//!
//! Nothing here reads files, a clock or the network.

pub mod canonical;
pub mod check;
pub mod compare;
pub mod environment;
pub mod files;
pub mod finding;
pub mod flow;
pub mod functions;
pub mod language;
pub mod reference;
pub mod render;
pub mod settings;
pub mod token;
pub mod walk;
pub mod written;

pub use canonical::hash;
pub use check::{check, check_all};
pub use compare::compare;
pub use environment::Environment;
pub use finding::Finding;
pub use flow::{Flow, FlowType};
pub use render::render;
pub use written::written;
