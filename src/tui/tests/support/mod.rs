//! The program on the demo workspace, for whole-program tests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::sync::Arc;

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::workspace::Options;
use connect_rules_store::exchange::{Reset, Seed};
use connect_rules_store::{Actor, Service, SqliteStore};
use connect_rules_tui::harness::Harness;

macro_rules! demo {
    ($name:literal) => {
        include_str!(concat!("../../../../data/demo/", $name))
    };
}

/// The demo's documents.
pub fn bundle() -> Bundle {
    let tests: Vec<connect_rules_engine::value::Value> = [
        demo!("tests/billing.json"),
        demo!("tests/digital.json"),
        demo!("tests/faults.json"),
        demo!("tests/moving.json"),
        demo!("tests/sales.json"),
        demo!("tests/shared.json"),
        demo!("tests/surveys.json"),
        demo!("tests/welcome.json"),
    ]
    .iter()
    .flat_map(|text| {
        connect_rules_engine::json::parse(text).unwrap().member("tests").as_array().unwrap().to_vec()
    })
    .collect();
    let tests = connect_rules_engine::json::print(&tests.into()).unwrap();
    Bundle::from_parts(&Parts {
        rule_sets: Some(("rulesets.json", demo!("rulesets.json"))),
        connect: Some(("connect.json", demo!("connect.json"))),
        lex: Some(("lex.json", demo!("lex.json"))),
        functions: Some(("functions.json", demo!("functions.json"))),
        tests: Some(("tests", &tests)),
    })
    .unwrap()
}

/// A store that holds the demo.
pub fn demo_store() -> Arc<Service<SqliteStore>> {
    let service = Service::new(SqliteStore::in_memory().unwrap());
    let seed = Seed::new(&bundle(), "1970-01-01T00:00:00Z").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(service.run(&Actor::local("seed"), &Reset { seed: Some(seed) })).unwrap();
    Arc::new(service)
}

/// The program of that size on the demo.
pub fn demo(size: (u16, u16)) -> Harness {
    let mut session = Harness::session();
    session.stubs = Arc::new(bundle().stubs);
    Harness::new(demo_store(), session, size)
}

/// The program of that size on a store, with an own state folder.
pub fn on(store: Arc<Service<SqliteStore>>, state: Option<std::path::PathBuf>, size: (u16, u16)) -> Harness {
    let mut session = Harness::session();
    session.stubs = Arc::new(bundle().stubs);
    session.state = state;
    session.options = Options::default();
    Harness::new(store, session, size)
}
