//! The tables keep the contract of every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use common::{Server, run, store};
use connect_rules_store::contract;

#[test]
fn the_contract_holds() {
    run(async {
        let server = Server::start().await;
        let (sender, receiver) = std::sync::mpsc::channel();
        for _ in 0..40 {
            sender.send(server.environment().await).unwrap_or_default();
        }
        let count = contract::run(|| store(&receiver.recv().expect("an environment"))).await.unwrap();
        assert!(count >= 14, "{count} cases");
    });
}
