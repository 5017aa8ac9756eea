//! Reading the instance anew, in the whole program on an emulated cloud.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
mod support;

use connect_rules_cloud::emulator::{Fault, FaultKind};
use connect_rules_tui::harness::Harness;

fn connect_data(program: &mut Harness) {
    program.keys("9 down down down down enter").expect("Connect: queue");
}

#[test]
fn the_instance_is_read_anew_what_changed_is_told_and_undone() {
    let (mut program, cloud) = cloud::program((120, 40));
    connect_data(&mut program);
    let before = program.screen();
    cloud.practise("remove-queue", "Sales").unwrap();
    program.keys("r").expect("Cache refreshed").expect("queues: 7, +0 −1 ~0 renamed").expect("prompts:");
    program.expect("Sales");
    program.keys("enter").expect("0 s old");
    assert!(before.contains("│ Sales ") || before.contains("▌Sales "), "{before}");
    program.reject("│ Sales ").keys("u").expect("undo").expect("│ Sales ");
}

#[test]
fn one_section_is_read_alone_and_one_that_fails_stays_as_it_is() {
    let (mut program, cloud) = cloud::program((120, 40));
    connect_data(&mut program);
    program.keys("R").expect("✓ queues:").reject("prompts").keys("enter");
    cloud
        .plant(Fault { call: Some("connect:ListPrompts".to_owned()), ..Fault::at(FaultKind::Deny, 0) })
        .unwrap();
    program.keys("r").expect("✗ prompts: connect:ListPrompts").expect("it stays as it was").keys("enter");
    program.keys("esc up enter r").expect("✓ operating hours:").reject("queues");
    program.ran(&["admin.connect.section", "admin.hours.section"]);
}

#[test]
fn nothing_is_changed_when_nothing_can_be_read() {
    let mut program = support::demo((100, 30));
    connect_data(&mut program);
    program
        .keys("r")
        .expect("Not refreshed")
        .expect("no Amazon Connect instance")
        .keys("enter u")
        .expect("nothing to undo");

    let (store, cloud) = cloud::both();
    let mut session = cloud::session(&cloud);
    session.environment.read_only = Some("the file says so".to_owned());
    let mut program = Harness::new(store, session, (100, 30));
    connect_data(&mut program);
    program.keys("r").expect("read-only");
    assert_eq!(cloud.calls(), 0);
}

#[test]
fn home_tells_how_old_the_cache_is_and_leads_there() {
    let (mut program, _cloud) = cloud::program((100, 30));
    program
        .expect("Connect cache")
        .keys("down enter")
        .expect("Connect: queue")
        .keys("r enter 1")
        .expect("✓ 0 s old");
    program.ran(&["admin.connect.refresh"]);
}

#[test]
fn keep_warm_is_a_form_in_settings_too() {
    let (mut program, _cloud) = cloud::program((100, 30));
    program.keys("ctrl-p").text("Setting KeepWarm");
    program.keys("esc 9 end up enter / K e e p W enter e").expect("Keep warm: copies of each function");
}

#[test]
fn reading_the_instance_is_given_up_and_nothing_changes() {
    let (mut program, _cloud) = cloud::program((120, 40));
    connect_data(&mut program);
    program.keys("X").expect("nothing is being read");
    program.hold().keys("r").expect("reading").keys("r").expect("being read already").keys("X");
    program.release().expect("cancelled").keys("enter u").expect("nothing to undo");
    program.ran(&["admin.connect.cancel"]);
}

#[test]
fn a_finding_of_lint_is_explained_where_it_is_told() {
    let (mut program, _cloud) = cloud::program((100, 30));
    program.keys("e").expect("the line is no lint finding").keys("end").expect("W068");
    program.keys("e").expect("Why:").expect("What to do:").keys("enter");
    program.ran(&["home.explain"]);
}
