//! The clients of AWS: what the live library, the cache refresh and the commands ask of other services than
//! DynamoDB. No other crate depends on these SDKs, which take long to build.

pub mod clients;
pub mod contacts;
pub mod directory;
pub mod messages;
pub mod services;

pub use connect_rules_cloud::gateway::Budget;
