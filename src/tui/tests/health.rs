//! The screen Health in the whole program, on an emulated cloud.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
mod support;

use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind};
use connect_rules_store::{Actor, Role};
use connect_rules_tui::harness::Harness;
use connect_rules_tui::screen::ScreenId;

/// The program of that size with every flow of the product on its instance, and the folder of its files.
fn repaired(size: (u16, u16)) -> (Harness, Emulator, tempfile::TempDir) {
    let (mut program, cloud, folder) = empty(size);
    program.keys("8 s A y enter").expect("0 failed, 0 not begun ── nothing to do").keys("esc");
    (program, cloud, folder)
}

/// As [`repaired`], without a flow.
fn empty(size: (u16, u16)) -> (Harness, Emulator, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (store, cloud) = cloud::both();
    let mut session = cloud::session(&cloud);
    session.state = Some(folder.path().to_owned());
    session.file = Some(folder.path().join("store.db"));
    (Harness::new(store, session, size), cloud, folder)
}

#[test]
fn a_scan_changes_nothing_and_tells_group_by_group() {
    let (mut program, cloud, _folder) = empty((120, 60));
    program.expect("not scanned in this session").keys("8").expect("nothing is changed");
    assert_eq!(cloud.calls(), 0, "nobody asked for it");
    let before = cloud.state().unwrap();
    program.keys("s").expect("22 MISSING").expect("RulesEngineCustomerHold").expect("Schedules");
    assert_eq!(cloud.state().unwrap(), before);
    // Groups close and open; what is healthy is closed.
    program.keys("left").reject("there is no flow of").keys("enter").expect("there is no flow of");
    program.keys("left / r a t e l enter").expect("dev-rules-engine-ratelimit").keys("/ esc");
    program.keys("t").expect("only problems").reject("Schedules").keys("t").expect("Schedules");
    program.keys("1").expect("✗ 24 problems");
    program.ran(&["health.filterClear", "health.filterKeep", "health.open", "health.problems"]);
}

#[test]
fn a_plan_is_seen_agreed_to_and_carried_out_and_nothing_is_left() {
    let (mut program, cloud, _folder) = empty((120, 40));
    program
        .keys("8 A")
        .expect("there is no plan yet")
        .keys("s p")
        .expect("create")
        .expect("nothing is written until");
    let before = cloud.state().unwrap();
    program.keys("A").expect("22 × create, 22 × write").keys("enter").reject("Carry out");
    assert_eq!(cloud.state().unwrap(), before, "Cancel is chosen beforehand");
    program.keys("A y enter").expect("0 failed, 0 not begun ── nothing to do").expect("✓ 22 healthy");
    assert_eq!(cloud.state().unwrap().flows.len(), 22);
    program.keys("A").expect("there is nothing to do");
    program.keys("esc s").expect("Plan ── nothing to do").keys("1").expect("Health").reject("problems");
    program.ran(&["health.back", "health.plan"]);
}

#[test]
fn a_difference_is_shown_at_its_action_and_formatting_is_none() {
    let (mut program, cloud, folder) = repaired((200, 60));
    cloud.practise("reformat", "RulesEngineMessage").unwrap();
    program.keys("s").reject("CHANGED");
    cloud.practise("change-message", "RulesEngineDTMFMenu").unwrap();
    cloud.practise("save-draft", "RulesEngineWait").unwrap();
    program.keys("s").expect("1 CHANGED").reject("DRAFT");
    program.keys("/ D T M F M e n u enter down").expect("offer-text");
    program.keys("enter").expect("Action offer-text").expect("message Parameters.Text");
    program
        .expect("- product:  $.External.CurrentRule_offerMessage")
        .expect("+ instance: Our menu has changed.");
    // Drafts take a call each and are looked for on demand.
    program.keys("enter D / esc").expect("1 CHANGED, 1 DRAFT");
    program.keys("A y enter").expect("nothing to do");
    let saved: Vec<_> = walk(&folder.path().join("backups").join("flows"));
    assert!(saved.iter().any(|text| text.contains("Our menu has changed.")), "{} files", saved.len());
    program.ran(&["health.drafts"]);
}

/// The texts of the files in a folder and below.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(walk(&path));
        } else {
            out.push(std::fs::read_to_string(path).unwrap());
        }
    }
    out
}

#[test]
fn what_fails_is_told_step_by_step_and_goes_on_later() {
    let (mut program, cloud, _folder) = empty((120, 40));
    let fault =
        Fault { call: Some("connect:UpdateContactFlowContent".to_owned()), ..Fault::at(FaultKind::Deny, 3) };
    cloud.plant(fault).unwrap();
    program.keys("8 s A y enter").expect("done, 1 failed").expect("RulesEngineError            ✗ CHANGED");
    // What failed comes first, with its remedy.
    program.keys("home enter").expect("connect:UpdateContactFlowContent").expect("not allowed").keys("enter");
    program.keys("A").expect("Carry out 1 step").keys("y enter").expect("0 failed").expect("✓ 22 healthy");
    assert_eq!(cloud.state().unwrap().flows.len(), 22, "nothing twice");
    program.ran(&["health.apply", "health.scan", "health.step"]);
}

#[test]
fn flows_of_others_are_left_until_they_are_taken_over() {
    let (mut program, cloud, _folder) = repaired((120, 40));
    cloud.practise("foreign-flow", "RulesEngineWait").unwrap();
    program.keys("s").expect("1 FOREIGN").expect("leave").keys("A").expect("1 × refresh. ").keys("esc");
    program.keys("o").expect("adopt").keys("A y enter").expect("nothing to do").expect("✓ 22 healthy");
    program.ran(&["health.adopt"]);
}

#[test]
fn outbound_calls_are_told_and_their_whisper_flow_is_set_after_a_yes() {
    let (mut program, cloud, _folder) = repaired((120, 40));
    cloud.practise("remove-whisper", "Sales").unwrap();
    cloud.practise("other-whisper", "Digital Team").unwrap();
    cloud.practise("refuse-tasks", "Care").unwrap();
    let before = cloud.state().unwrap();
    program.keys("s").expect("Outbound calls").expect("3 warnings: 1 CHANGED");
    program.keys("/ S a l e s enter down enter").expect("its outbound calls run no whisper flow");
    program.expect("A repair would").expect("set whisper: outbound calls run");
    program.keys("enter / esc A").expect("1 × set whisper").keys("esc");
    assert_eq!(cloud.state().unwrap(), before, "nobody agreed");
    program.keys("A y enter").expect("0 failed").expect("2 warnings: 1 CHANGED");
    let sales = |state: &connect_rules_cloud::emulator::state::State| {
        state.lists["queues"].iter().find(|it| it["Name"] == "Sales").unwrap()["OutboundCallerConfig"].clone()
    };
    let (now, number) = (sales(&cloud.state().unwrap()), &sales(&before)["OutboundCallerIdNumberId"]);
    assert!(now["OutboundFlowId"].is_string() && now["OutboundCallerIdNumberId"] == *number, "{now}");
}

#[test]
fn the_report_is_exported_and_there_at_the_next_start() {
    let (mut program, cloud, folder) = empty((120, 40));
    program.keys("8 e").expect("there is no report yet").keys("s e ctrl-a ctrl-k");
    let text = folder.path().join("report.txt");
    program.text(&text.display().to_string()).keys("ctrl-s").expect("report written");
    let told = std::fs::read_to_string(&text).unwrap();
    assert!(told.contains("contact flows: 22 problems: 22 MISSING"), "{told}");
    assert!(told.contains("RulesEngineMain  MISSING"), "{told}");
    let json = folder.path().join("report.json");
    program.keys("e ctrl-a ctrl-k").text(&json.display().to_string()).keys("ctrl-s");
    let value: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(value["overall"], "UNHEALTHY");
    program.ran(&["health.export"]);

    let before = cloud.calls();
    let mut session = cloud::session(&cloud);
    session.state = Some(folder.path().to_owned());
    let mut program = Harness::new(support::demo_store(), session, (120, 40));
    program.expect("✗ 24 problems").keys("8").expect("22 MISSING").wait(60_000);
    assert_eq!(cloud.calls(), before);
}

#[test]
fn who_may_not_repair_may_look() {
    let (store, cloud) = cloud::both();
    let before = cloud.state().unwrap();
    let mut session = cloud::session(&cloud);
    session.actor = Actor { role: Role::PowerUser, ..Actor::local("bea") };
    let mut program = Harness::new(store.clone(), session, (120, 40));
    program.keys("8 s").expect("22 MISSING").keys("A").expect("it takes ADMINISTRATOR");

    let mut session = cloud::session(&cloud);
    session.environment.read_only = Some("the file says so".to_owned());
    let mut program = Harness::new(store.clone(), session, (120, 40));
    program.keys("8 s").expect("22 MISSING").keys("A").expect("read-only: the file says so");

    let mut session = cloud::session(&cloud);
    session.environment.production = true;
    let mut program = Harness::new(store, session, (120, 40));
    program.keys("8 s A").expect("type test to go on").keys("enter").expect("type test to go on").keys("esc");
    assert_eq!(cloud.state().unwrap(), before);
}

#[test]
fn without_a_cloud_it_says_what_is_missing() {
    let mut program = support::demo((80, 24));
    program
        .keys("8 s")
        .expect("no Amazon Connect instance")
        .expect("r tries again")
        .keys("r A")
        .expect("no plan yet");
    assert_eq!(program.app.screen, ScreenId::Health);
    // One call that fails never ends a scan.
    let (mut program, cloud, _folder) = empty((120, 40));
    let fault = Fault { call: Some("lambda:ListFunctions".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    cloud.plant(Fault { times: 100, ..fault }).unwrap();
    program.keys("8 s").expect("unknown").expect("✓ 12 healthy");
    program.keys("/ l a m b d a enter down enter").expect("lambda:ListFunctions").expect("\"Effect\":");
}

#[test]
fn a_scan_and_a_repair_are_stopped_and_say_so() {
    let (mut program, cloud, _folder) = empty((120, 40));
    let before = cloud.state().unwrap();
    program.keys("8 x").expect("nothing is under way");
    program.hold().keys("s").expect("scanning").keys("x").release().expect("cancelled");
    program.keys("s").expect("22 MISSING").reject("cancelled");
    program.hold().keys("A y enter").expect("repairing").keys("x").release();
    program.expect("22 MISSING");
    assert_eq!(cloud.state().unwrap().flows, before.flows, "nothing was begun");
    program.ran(&["health.cancel"]);
}
