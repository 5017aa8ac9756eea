//! The program on the demo with an emulated cloud, for whole-program tests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::sync::Arc;

use connect_rules_cloud::Instance;
use connect_rules_cloud::emulator::Emulator;
use connect_rules_cloud::gateway::Place;
use connect_rules_store::{Service, SqliteStore};
use connect_rules_tui::cloud::Door;
use connect_rules_tui::harness::{Harness, NOW};
use connect_rules_tui::session::Session;

use crate::support;

/// Where the emulated cloud is.
pub fn place() -> Place {
    Place {
        environment: "test".to_owned(),
        stage: "dev".to_owned(),
        service: "rules-engine".to_owned(),
        region: "ap-southeast-2".to_owned(),
        account: "123456789012".to_owned(),
        instance: "11111111-2222-3333-4444-555555555555".to_owned(),
        bot_alias: "PROD".to_owned(),
        bot_locale: "en_AU".to_owned(),
        production: false,
        read_only: false,
    }
}

/// A store with the demo, and a cloud with its instance that never keeps anybody waiting.
pub fn both() -> (Arc<Service<SqliteStore>>, Emulator) {
    let store = support::demo_store();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let stored = Instance::of(&runtime.block_on(store.snapshot()).unwrap());
    (store, Emulator::in_memory(place(), &stored, (10_000.0, 10_000.0)))
}

/// A session on that cloud.
pub fn session(cloud: &Emulator) -> Session {
    let mut session = Harness::session();
    session.stubs = Arc::new(support::bundle().stubs);
    session.cloud = Door::to(cloud.cloud());
    session
}

/// The program of that size on the demo with an emulated cloud.
pub fn program(size: (u16, u16)) -> (Harness, Emulator) {
    let (store, cloud) = both();
    let program = Harness::new(store, session(&cloud), size);
    (program, cloud)
}

/// Times in the cloud are those of the machine; these make figures and logs fall into the time of the tests.
pub fn then(cloud: &Emulator) {
    cloud
        .edit(|state| {
            for row in state.functions.values_mut() {
                row.function.modified_ms = NOW - 7_200_000;
                row.versions.iter_mut().for_each(|it| it.modified_ms = NOW - 7_200_000);
                row.called.iter_mut().for_each(|it| it.at_ms = NOW - 60_000);
                row.log.iter_mut().for_each(|it| it.at_ms = NOW - 60_000);
            }
        })
        .unwrap();
}
