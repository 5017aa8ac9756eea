//! Whole models go from one store to another and back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use common::{Server, fill, run, store};
use connect_rules_engine::compat::Compat;
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::exchange::transfer;
use connect_rules_store::{Actor, Service, Snapshot, SqliteStore};

fn shown(now: &Snapshot) -> (String, String, usize, usize) {
    let about = About::default();
    let sets = export::rule_sets(now, &Selection::All, Compat::Corrected);
    (sets, export::tests(now, &Selection::All, &about).unwrap(), now.holidays.len(), now.end_points.len())
}

#[test]
fn what_is_pulled_and_pushed_is_the_same() {
    run(async {
        let server = Server::start().await;
        let (theirs, ours) = (server.environment().await, server.environment().await);
        fill(&theirs).await;
        let ada = Actor::local("ada");
        let cloud = Service::new(store(&theirs));
        let embedded = Service::new(SqliteStore::in_memory().unwrap());
        let from = cloud.snapshot().await.unwrap();
        let pull = transfer(&from, &About::default()).unwrap();
        let plan = pull.preview(&embedded.snapshot().await.unwrap()).unwrap();
        assert!(plan.summary().contains('7'), "{}", plan.summary());
        embedded.run(&ada, &pull).await.unwrap();
        let here = embedded.snapshot().await.unwrap();
        assert_eq!(shown(&here), shown(&from));
        let other = Service::new(store(&ours));
        other.run(&ada, &transfer(&here, &About::default()).unwrap()).await.unwrap();
        assert_eq!(shown(&other.snapshot().await.unwrap()), shown(&from));
        // Pushed back, nothing changes.
        let again = transfer(&here, &About::default()).unwrap();
        let plan = cloud.plan(&ada, &again).await.unwrap();
        assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    });
}
