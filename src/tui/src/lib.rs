//! The full-screen terminal program of connect-rules.
//!
//! [`App`] is the whole program as a value: [`App::update`] takes a [`Message`] and answers [`Effect`]s;
//! [`draw::draw`] shows it. [`run::run`] joins it to a real terminal, [`harness::Harness`] to a test.
//! [`keys`] is the one table of keys, [`screens`] holds the nine screens, [`overlay`] the dialogs and
//! [`widgets`] what both are made of.

pub mod app;
pub mod backend;
pub mod clean;
pub mod cloud;
pub mod data;
pub mod draw;
pub mod effects;
pub mod harness;
pub mod help;
pub mod keys;
pub mod limits;
pub mod message;
pub mod overlay;
pub mod run;
pub mod screen;
pub mod screens;
pub mod session;
pub mod term;
pub mod theme;
pub mod times;
pub mod widgets;

pub use app::App;
pub use message::{Effect, Message};
pub use session::Session;
