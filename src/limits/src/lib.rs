//! Outbound rate limits (`spec/rate-limiting.md`): how often agents may dial one customer number, and how often one
//! number of the instance may be used for it.
//!
//! | module | what |
//! | --- | --- |
//! | [`config`], [`number`] | the row `RateLimit`, and numbers of telephones |
//! | [`counting`], [`view`] | the counting rule as pure functions, and what a screen derives from a counter |
//! | [`mod@callers`] | which queues call with a number of the instance |
//! | [`decision`], [`store`] | what is kept about an attempt, and where |
//! | [`memory`], [`sqlite`], [`legacy`] | stores: for trying out, in the file of the embedded store, as the original counted |
//! | [`stop`], [`world`] | who ends a call, and clock and chance |
//! | [`limiter`], [`task`], [`report`] | what the function does, and what it tells |
//! | [`dial`] | a dialler on a virtual clock |
//!
//! Nothing here asks AWS; the store on DynamoDB is `connect_rules_dynamo::limits`.

pub mod callers;
pub mod config;
pub mod contract;
pub mod counting;
pub mod decision;
pub mod dial;
pub mod legacy;
pub mod limiter;
pub mod memory;
pub mod number;
pub mod report;
pub mod sqlite;
pub mod stop;
pub mod store;
pub mod task;
pub mod view;
pub mod world;

pub use callers::{Callers, callers};
pub use config::{Config, FailMode, Mode};
pub use counting::{Counter, Party, Touch};
pub use decision::{Decision, Reason, Status, StopStatus, TaskStatus};
pub use limiter::{Call, Checked, Limiter};
pub use memory::Memory;
pub use sqlite::Sqlite;
pub use stop::{Recorder, Stopper};
pub use store::{Store, StoreError};
pub use view::{State, View};
pub use world::World;
