//! Where rule sets, tests, users and settings live when there is no cloud (`spec/model.md`).
//!
//! [`Store`] is what a backend does: snapshots out, [`ChangeSet`]s in, undo and redo. [`SqliteStore`] is
//! the embedded backend. [`Service`] is the one layer through which people and programs change anything:
//! it checks roles, validates, follows references and merges concurrent edits.

pub mod change;
mod codec;
pub mod contract;
pub mod entity;
pub mod errors;
pub mod exchange;
pub mod keys;
pub mod merge;
pub mod roles;
pub mod service;
pub mod snapshot;
pub mod sqlite;
pub mod stamps;
pub mod store;

pub use change::{Applied, Change, ChangeSet, Changed, Changes, JournalEntry, Way};
pub use entity::{ConfigRow, EndPoint, Entity, Holiday, Key, Kind, Stamp, User};
pub use errors::{Error, Explanation, Fault, RemoteFault, Stale, UsedBy};
pub use roles::{Actor, Operation, Role};
pub use service::Service;
pub use snapshot::Snapshot;
pub use sqlite::{SqliteStore, create_private};
pub use stamps::Stamps;
pub use store::Store;
