//! The program with counters of outbound limits, for whole-program tests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::sync::Arc;

use connect_rules_limits::Memory;
use connect_rules_limits::dial::{Dial, Line, Rules, Simulator};
use connect_rules_store::{Service, SqliteStore};
use connect_rules_tui::harness::{Harness, NOW};
use connect_rules_tui::limits::Gate;
use connect_rules_tui::session::Session;

use crate::support;

/// A call of an agent so many seconds before the time of the tests.
pub fn call(before: i64, agent: &str, customer: &str, system: &str) -> Dial {
    Dial {
        t_ms: (3_600 - before) * 1000,
        agent: agent.into(),
        customer: customer.into(),
        system: system.into(),
        ..Dial::default()
    }
}

/// Makes calls on counters, the latest at the time of the tests.
pub fn make(store: &Arc<Memory>, calls: &[Dial]) -> Vec<Line> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rules = Rules::New(Box::default());
    let mut simulator = Simulator::new(Arc::clone(store), rules, NOW - 3_600_000, store.writes());
    calls.iter().map(|call| runtime.block_on(simulator.dial(call))).collect()
}

/// Counters after some calls: one customer is blocked, one has a call left, one is free again.
pub fn rows() -> Arc<Memory> {
    let store = Arc::new(Memory::default());
    let (first, second) = ("+18005550001", "+18005550002");
    let mut calls = vec![call(600, "bea", "+12065550300", second)];
    calls.extend((0..6).map(|at| call(30 - at, "ada", "+12065550100", first)));
    calls.extend((0..4).map(|at| call(20 - at, "bea", "+12065550200", second)));
    make(&store, &calls);
    store
}

/// A session with those counters.
pub fn session(store: &Arc<Memory>) -> Session {
    let mut session = Harness::session();
    session.limits = Gate::to(Arc::clone(store));
    session
}

/// The program of that size on the demo, with these counters.
pub fn program(store: &Arc<Memory>, size: (u16, u16)) -> Harness {
    Harness::new(support::demo_store(), session(store), size)
}

/// As [`program`], on that model.
pub fn on(model: Arc<Service<SqliteStore>>, store: &Arc<Memory>, size: (u16, u16)) -> Harness {
    Harness::new(model, session(store), size)
}
