//! The nine screens.

pub mod admin;
pub mod functions;
pub mod graph;
pub mod health;
pub mod home;
pub mod limits;
pub mod rules;
pub mod simulate;
pub mod tests;
