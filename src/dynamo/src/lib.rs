//! The store on the tables that the original and this program share (`spec/model.md` 3, 4, 13).
//!
//! # How a change is made
//!
//! The nine tables of the original hold the model as the original holds it; one more, `…-journal-ddb`, holds
//! what only this program keeps. Its head row is the latch that every write of this program goes through:
//! a write replaces the head under the condition that it is the one it was planned on, so writes are one after
//! the other, and what was checked in memory (names, references, versions) holds when it is written.
//!
//! A change that fits is **one transaction**: head, change mark, log, journal, and its rows, each row under
//! the condition that it is as it was read. The original knows no latch, but whatever it wrote meanwhile fails
//! that condition, and the change is planned anew.
//!
//! A larger change (imports, renames over many rule sets, their undo) is a **job**. No store of two products
//! can hide half of it from the one that only knows rows, so what is promised is this:
//!
//! 1. All rows, before and after, are written down in the journal as images. Nothing refers to them yet.
//! 2. One transaction puts the job into the head, with log and journal. *This decides the change*: from here on
//!    readers of this program put the images over the rows they read, so they see all of it.
//! 3. The rows follow, part by part, rule set by rule set, what goes last. Each part is fenced by the job in
//!    the head, so a program that fell behind can write nothing once the job has ended.
//! 4. One transaction takes the job out of the head and moves the change mark, which is what makes the
//!    original read its rows again.
//!
//! Whoever wants to write and finds a job finishes it first; there are no leases and no clocks. Before 2 nothing
//! has happened, after it nothing can be lost.
//!
//! Readers keep what they read and follow the log from there; a mark that somebody else wrote, a gap in the
//! log or a long absence make them read everything.
//!
//! | module | what |
//! | --- | --- |
//! | [`settings`], [`tables`], [`look`] | which tables, how they are reached and made, how they are |
//! | [`item`], `rows`, `encode` | attributes, rows as entities, entities as rows |
//! | `link`, `faults` | requests, waiting, and what the service says |
//! | `state`, `plan`, `travel`, `migrate` | the model in memory, and what changes come to; nothing is written |
//! | [`limits`] | counters and decisions of outbound rate limits |
//! | `head`, `log`, `images`, `logins` | rows of the journal |
//! | `commit`, `job`, `requests`, `store` | the one way to write, and the trait |

mod commit;
mod encode;
mod faults;
mod head;
mod images;
pub mod item;
mod job;
pub mod limits;
mod link;
mod log;
mod logins;
pub mod look;
mod migrate;
mod plan;
mod requests;
mod rows;
pub mod settings;
mod state;
mod store;
pub mod tables;
mod travel;

pub use limits::DynamoLimits;
pub use migrate::Migration;
pub use settings::Settings;
pub use store::DynamoStore;
pub use tables::{Names, Table};
