//! The network of rule sets: the original's document and the full graph.

mod original;

pub use original::original;
