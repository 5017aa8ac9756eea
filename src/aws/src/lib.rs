//! The clients of AWS: what the live library, the cache refresh and the commands ask of other services than
//! DynamoDB. No other crate depends on these SDKs, which take long to build.
//!
//! [`cloud`] opens what this program asks of the cloud of an environment (`connect_rules_cloud::gateway`), one module
//! for each family; `call` makes every single request. [`services`], [`messages`] and [`clients`] are for functions
//! that answer a call in progress and know no budgets.

pub mod bots;
pub mod buckets;
pub mod call;
pub mod clients;
pub mod connect;
pub mod contacts;
pub mod directory;
mod fault;
pub mod functions;
pub mod identity;
pub mod messages;
pub mod open;
mod policy;
pub mod quotas;
pub mod schedules;
pub mod services;
pub mod stacks;
pub mod watch;

pub use connect_rules_cloud::gateway::{Budget, Budgets};
pub use open::{cloud, cloud_of};
