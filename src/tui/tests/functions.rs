//! The screen Functions in the whole program, on an emulated cloud.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind};
use connect_rules_store::{Actor, Role};
use connect_rules_tui::cloud::{Door, Trouble};
use connect_rules_tui::harness::{Harness, NOW};

/// The program on Functions with the cursor on the evaluator.
fn evaluator(size: (u16, u16)) -> (Harness, Emulator) {
    let (mut program, cloud) = cloud::program(size);
    cloud::then(&cloud);
    program.keys("7 / e v a l u enter").expect("dev-rules-engine-evaluator");
    (program, cloud)
}

#[test]
fn functions_are_listed_with_state_versions_and_figures() {
    let (mut program, cloud) = cloud::program((200, 60));
    program.keys("7 / e v a l u enter i ctrl-s").expect("✓ answered");
    cloud.practise("break-function", "ratelimiter").unwrap();
    cloud::then(&cloud);
    program.keys("esc / esc r").expect("figures of the last day").expect("provided.al2023");
    let screen = program.screen();
    let row = |name: &str| {
        let line = screen
            .lines()
            .find(|line| line.replace('▌', " ").contains(&format!(" {name} ")))
            .unwrap()
            .to_owned();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert!(row("evaluator").contains("✓ active live 1 1 0 240 240"), "{}", row("evaluator"));
    assert!(row("evaluator").contains("512 7 s provided.al2023 2026-11-02 08:00"), "{}", row("evaluator"));
    assert!(row("ratelimiter").contains("✗ failed"), "{}", row("ratelimiter"));
    program.keys("m").expect("figures of the last week").keys("m").expect("figures of the last hour");
    program.keys("1").expect("12 deployed, 1 not active, 1 calls and 0 errors in the last hour");
    program.ran(&["functions.filterClear", "functions.period"]);
}

#[test]
fn a_function_is_called_and_its_payload_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let (store, cloud) = cloud::both();
    let mut session = cloud::session(&cloud);
    session.state = Some(folder.path().to_owned());
    let mut program = Harness::new(store.clone(), session.clone(), (120, 40));
    program.keys("7 / e v a l u enter i ctrl-a ctrl-k").text("{\"odd\":").keys("ctrl-s").expect("is no JSON");
    program.text("[1,2]}").keys("ctrl-s").expect("✓ answered in 240 ms, version 1").expect("\"odd\": [");
    program.expect("START RequestId");
    program.keys("i").expect("\"odd\":[1,2]}").keys("esc");
    // It is kept for the next start, too.
    let mut program = Harness::new(store, session, (120, 40));
    program.keys("7 / e v a l u enter i").expect("\"odd\":[1,2]}").keys("esc");
    cloud.practise("break-function", "evaluator").unwrap();
    program.keys("i ctrl-s").expect("✗ failed (Unhandled)").expect("Log");
    program.ran(&["functions.invoke"]);
}

#[test]
fn a_log_is_followed_within_two_seconds_paused_and_left_alone_elsewhere() {
    let (mut program, cloud) = evaluator((120, 40));
    let say = |message: &str, at: i64| {
        let line = connect_rules_cloud::gateway::LogLine {
            id: format!("{at} {message}"),
            at_ms: at,
            message: message.to_owned(),
        };
        cloud
            .edit(|state| state.functions.get_mut("dev-rules-engine-evaluator").unwrap().log.push(line))
            .unwrap();
    };
    say("first things first", NOW - 1000);
    program.keys("f").expect("first things first").expect("following");
    let before = cloud.calls();
    say("then another", NOW + 500);
    program.wait(1000).reject("then another");
    assert_eq!(cloud.calls(), before, "nothing is asked within two seconds");
    program.wait(1000).expect("then another");
    assert_eq!(cloud.calls(), before + 1);
    // Nothing is told twice, and lines of the same millisecond are told.
    say("at the same time", NOW + 500);
    program.wait(2000).expect("at the same time");
    assert_eq!(program.screen().matches("then another").count(), 1);

    let before = cloud.calls();
    program.keys("space").expect("paused").wait(10_000);
    assert_eq!(cloud.calls(), before);
    program.keys("space").wait(2000);
    assert_eq!(cloud.calls(), before + 1);
    program.keys("1").wait(10_000);
    assert_eq!(cloud.calls(), before + 1, "nobody looks");
    program.keys("7").wait(1);
    assert_eq!(cloud.calls(), before + 2);
    cloud
        .plant(Fault { call: Some("logs:FilterLogEvents".to_owned()), ..Fault::at(FaultKind::Deny, 0) })
        .unwrap();
    program.wait(2000).expect("✗ logs:FilterLogEvents").expect("paused");
    program.keys("c").reject("first things first");
    program.ran(&["functions.clear", "functions.follow", "functions.pause"]);
}

/// Something that is a program as far as its head tells.
fn write_program(folder: &std::path::Path, name: &str, rest: &[u8]) {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x3e, 0];
    bytes.extend(rest);
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn code_is_deployed_made_live_and_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut program, _cloud) = evaluator((200, 60));
    program.keys("p").expect("live already").keys("b").expect("no version was published before");
    program
        .keys("d ctrl-a ctrl-k")
        .text(&folder.path().display().to_string())
        .keys("ctrl-s")
        .expect("Deploy evaluator?");
    program.keys("y enter").expect("evaluator: No such file").expect("cargo build");
    write_program(folder.path(), "evaluator", b"new");
    program.keys("d").expect(&folder.path().display().to_string()).keys("ctrl-s");
    program.expect("Deploy evaluator?").keys("enter").reject("has version 2");
    program.keys("d ctrl-s y enter").expect("evaluator has version 2; p makes it live");
    program.expect("= local build").expect("live 1").expect("by ada");
    // From the list it is the newest, from the versions that of the cursor.
    program.keys("esc p").expect("Make version 2 of evaluator live?").expect("version 1 (first) is live now");
    program.keys("y enter").expect("version 2 of evaluator is live, it was version 1").expect("live 2");
    write_program(folder.path(), "evaluator", b"newer");
    program.keys("r").expect("≠ local build");
    program.keys("b").expect("Roll evaluator back to version 1?").keys("y enter").expect("live 1");
    program.keys("enter home p").expect("Make version 2 of evaluator live?").keys("esc");
    program.ran(&["functions.deploy", "functions.promote", "functions.rollBack", "functions.versions"]);
}

#[test]
fn what_is_kept_warm_is_set_and_called() {
    let (mut program, cloud) = evaluator((120, 40));
    program.keys("W").expect("nothing is kept warm");
    program.keys("w ctrl-u").text("x").keys("ctrl-s").expect("is no whole number").keys("ctrl-u").text("2");
    program.keys("ctrl-s").expect("set KeepWarm").expect("2 copies");
    cloud::then(&cloud);
    program.keys("W").expect("✓ evaluator: 2 copies, 1 cold, 240 ms at most");
    cloud.practise("break-function", "evaluator").unwrap();
    program.keys("W").expect("✗ evaluator: 2 copies").expect("it fails");
    program.keys("u esc").expect("no; w changes it");
    program.ran(&["functions.back", "functions.warm", "functions.warmNow"]);
}

#[test]
fn who_may_not_is_told_why_and_nothing_is_called() {
    let (store, cloud) = cloud::both();
    let mut session = cloud::session(&cloud);
    session.actor = Actor { role: Role::PowerUser, ..Actor::local("bea") };
    let mut program = Harness::new(store.clone(), session, (120, 40));
    program.keys("7");
    let before = cloud.calls();
    for key in ["i", "d", "p", "b", "W"] {
        program.keys(key).expect("may not call or change a deployed function; it takes ADMINISTRATOR");
    }
    let mut session = cloud::session(&cloud);
    session.environment.read_only = Some("the file says so".to_owned());
    let mut program = Harness::new(store.clone(), session, (120, 40));
    program.keys("7 i").expect("read-only: the file says so").keys("w").expect("read-only");
    assert!(cloud.calls() > before, "looking is allowed");
    assert!(cloud.state().unwrap().functions.values().all(|it| it.called.is_empty()));

    let mut session = cloud::session(&cloud);
    session.environment.production = true;
    let mut program = Harness::new(store, session, (120, 40));
    program.keys("7 i ctrl-s").expect("type test to go on").keys("enter").expect("type test to go on");
    assert!(cloud.state().unwrap().functions.values().all(|it| it.called.is_empty()));
    program.text("test").keys("y enter").expect("✓ answered");
}

#[test]
fn without_a_cloud_it_says_what_is_missing_and_tries_again_on_demand() {
    let mut program = support::demo((80, 24));
    program
        .keys("7")
        .expect("no Amazon Connect instance")
        .expect("connect-rules env new")
        .expect("r tries again");
    program.keys("i").expect("no Amazon Connect instance");

    // What cannot be reached is not asked for before somebody wants to see it, and again only when asked to.
    let (store, cloud) = cloud::both();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    let mut session = cloud::session(&cloud);
    let there = cloud.cloud();
    session.cloud = Door::new(move || {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        let there = there.clone();
        Box::pin(async move {
            if number == 0 {
                Err(Trouble::new("sts:GetCallerIdentity: not reached", "check the network"))
            } else {
                Ok(there)
            }
        })
    });
    let mut program = Harness::new(store, session, (80, 24));
    program.expect("not asked in this session").wait(60_000);
    assert_eq!(tries.load(Ordering::Relaxed), 0);
    program.keys("7").expect("not reached").expect("check the network");
    program.keys("1").expect("⚠ sts:GetCallerIdentity: not reached").keys("7").wait(60_000);
    assert_eq!(tries.load(Ordering::Relaxed), 1);
    program.keys("r").expect("contactevents");
    program.keys("r");
    assert_eq!(tries.load(Ordering::Relaxed), 2, "it stays open");
}

#[test]
fn what_cannot_be_read_is_told_where_it_would_stand() {
    let (mut program, cloud) = cloud::program((120, 40));
    let denied = |call: &str, about: &str| Fault {
        call: Some(call.to_owned()),
        about: Some(about.to_owned()).filter(|about| !about.is_empty()),
        ..Fault::at(FaultKind::Deny, 0)
    };
    cloud.plant(denied("lambda:ListAliases", "dev-rules-engine-evaluator")).unwrap();
    cloud.plant(denied("lambda:ListVersionsByFunction", "dev-rules-engine-evaluator")).unwrap();
    cloud.plant(denied("cloudwatch:GetMetricData", "")).unwrap();
    program.keys("7 / e v a l u enter").expect("✗ unknown").expect("no figures: cloudwatch:GetMetricData");
    program.expect("lambda:ListVersionsByFunction");
    cloud.plant(denied("lambda:ListFunctions", "")).unwrap();
    program.keys("r").expect("✗ not refreshed: lambda:ListFunctions").expect("evaluator");
    program.keys("r").reject("not refreshed").reject("unknown");
    program.ran(&["functions.filterKeep", "functions.refresh"]);
}

#[test]
fn a_line_of_an_answer_is_shown_whole_and_what_takes_long_is_given_up() {
    let (mut program, cloud) = evaluator((80, 24));
    program.keys("i ctrl-s").expect("✓ answered").keys("end").reject("Memory Size");
    program.keys("enter").expect("Memory Size").keys("esc");
    program.keys("esc x").expect("nothing is being asked");
    // A call that is under way is given up, also before it began; nothing is called then.
    let before = cloud.state().unwrap();
    program.hold().keys("i ctrl-s").expect("calling evaluator").keys("x");
    program.release().expect("cancelled");
    assert_eq!(cloud.state().unwrap(), before);
    program.ran(&["functions.line", "functions.cancel"]);
}
