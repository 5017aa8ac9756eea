//! Logging in when the program starts: a masked key, refusals that say why, and nothing shown before.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;

use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_store::service::Action;
use connect_rules_store::service::users::CreateUser;
use connect_rules_store::{Actor, Role, Service, SqliteStore, User, keys};
use connect_rules_tui::harness::Harness;

const WHY: &str = "This store is open to people with a key only.";

fn run(store: &Service<SqliteStore>, action: &impl Action) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.run(&Actor::local("root"), action)).unwrap();
}

/// A program that asks, its store, and the key of a power user.
fn asked(size: (u16, u16)) -> (Harness, Arc<Service<SqliteStore>>, String) {
    let store = support::demo_store();
    let key = keys::new_key();
    let text = Text::from;
    let user = User {
        id: Text::default(),
        first_name: text("Cy"),
        last_name: text("Doe"),
        email: text("cy@example.com"),
        role: Role::PowerUser,
        enabled: true,
        key_hash: None,
        key_start: Text::default(),
        key_expires: None,
    };
    let secret = String::clone(&key);
    run(&store, &CreateUser { user, key });
    let mut session = Harness::session();
    session.actor = Actor { user: text("nobody"), user_id: None, role: Role::Other(Text::default()) };
    let program = Harness::asking(Arc::clone(&store) as _, session, size, Some(WHY.to_owned()));
    (program, store, secret)
}

#[test]
fn nothing_is_read_before_somebody_logs_in_and_changes_are_theirs() {
    let (mut program, store, key) = asked((120, 34));
    program.expect("Log in").expect(WHY).reject("Rule sets");
    assert!(!program.done.iter().any(|it| it == "Load"), "{:?}", program.done);
    // Time passes, keys of screens do nothing: still nothing is read.
    program.wait(20_000).keys("f9 ctrl-r tab");
    assert!(program.app.data.is_none());
    program.keys("shift-tab").text("CY@example.com").keys("enter").text(&key).reject(&key).expect("•");
    program.keys("enter").expect("logged in as cy@example.com, POWER_USER").expect("Rule sets");
    assert!(program.done.iter().any(|it| it == "LoggedIn(cy@example.com)"));
    // The change is made in their name.
    program.keys("2 tab space").expect("u undoes it");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let latest = runtime.block_on(connect_rules_store::Store::journal(store.store(), 1)).unwrap();
    assert_eq!(&*latest[0].by, "cy@example.com");
    // A power user is no administrator.
    program.keys("9").expect("POWER_USER may not");
}

#[test]
fn wrong_keys_are_refused_with_the_reason_and_then_made_to_wait() {
    let (mut program, _, key) = asked((80, 24));
    program.keys("enter").text("cy@example.com").keys("enter").expect("Log in");
    let wrong = format!("{}{}", &key[..key.len() - 4], "zzzz");
    program
        .text(&wrong)
        .keys("enter")
        .expect("not logged in")
        .expect("the key is missing, unknown or disabled");
    program.reject(&wrong);
    let mut tries = 1;
    while !program.shows("Wait until then") {
        program.text(&wrong).keys("enter");
        tries += 1;
        assert!(tries < 50, "never throttled\n{}", program.screen());
    }
    assert!(tries > 2, "{tries}");
    // Not even the right key helps before the time is over.
    program.text(&key).keys("enter").expect("Wait until then");
    assert!(program.app.data.is_none());
    program.keys("esc");
    assert!(program.ended);
}

#[test]
fn the_key_of_another_user_is_refused() {
    let (mut program, _, key) = asked((80, 24));
    program.text("root@example.com").keys("tab").text(&key).keys("enter");
    program.expect("not logged in: the key is not that of this user");
    assert!(program.app.data.is_none());
}
