//! The Amazon Connect instance that rules refer to.
//!
//! [`instance`] is what a store knows of one, as typed data over the same rows that the original's cache job
//! writes (`spec/admin.md` 7). [`local`] is an instance that exists in the store only: its things are added,
//! edited and removed there, checked as Connect checks them. [`hours`] tells when hours are open.

pub mod bots;
pub mod cache;
pub mod deploy;
pub mod emulator;
pub mod functions;
pub mod gateway;
pub mod health;
pub mod hours;
pub mod instance;
pub mod local;
pub mod warm;

pub use instance::{Identity, Instance, Item, Sort};
