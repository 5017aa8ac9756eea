//! The terminal itself: entering and leaving it so that it is always given back, and frames sent whole.

mod clipboard;
mod guard;
mod lean;
mod output;

pub use clipboard::osc52;
pub use guard::Guard;
pub use lean::Lean;
pub use output::{Counter, Output};
