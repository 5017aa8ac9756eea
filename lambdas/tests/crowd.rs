//! Many contacts at once over a server like DynamoDB end as each alone does.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

/// Contacts that call at the same time.
const CONTACTS: usize = 1_000;

#[test]
fn many_contacts_at_once_end_as_each_alone() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let (turns, time) =
        runtime.worker_threads(2).enable_all().build().unwrap().block_on(common::crowd::run(CONTACTS));
    println!("{CONTACTS} contacts, {turns} turns: {:.1} s", time.as_secs_f64());
}
