//! Shared by the tests of this crate.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "every test file uses some of them; a test ends at the first error"
)]

pub mod canned;
pub mod loopback;
pub mod model;
pub mod recorder;
pub mod wire;

use connect_rules_cloud::gateway::{Asked, Place, Table, Tables};

/// The place of the tests.
pub fn place() -> Place {
    Place {
        environment: "test".to_owned(),
        stage: "dev".to_owned(),
        service: "rules".to_owned(),
        region: "ap-southeast-2".to_owned(),
        account: "123456789012".to_owned(),
        instance: "11111111-2222-3333-4444-555555555555".to_owned(),
        bot_alias: "PROD".to_owned(),
        bot_locale: "en_AU".to_owned(),
        ..Place::default()
    }
}

/// No tables: those are of another crate.
pub struct NoTables;

#[async_trait::async_trait]
impl Tables for NoTables {
    async fn tables(&self) -> Asked<Vec<Table>> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: &str) -> Asked<()> {
        Ok(())
    }
}
