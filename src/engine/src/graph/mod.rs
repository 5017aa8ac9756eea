//! The network of rule sets: the original's document and the full graph.

pub mod cycles;
mod original;

pub use original::original;
