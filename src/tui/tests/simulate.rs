//! The screen Simulate in the whole program: calls, what is recorded of them, and that nothing is lost.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;

use std::path::Path;
use std::sync::Arc;

use connect_rules_engine::replay::{self, Settings, TestResult, Verdict};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::service::rules::UpdateRule;
use connect_rules_store::service::{Edit, catalogue};
use connect_rules_store::{Actor, Entity, Service, Snapshot, SqliteStore};
use connect_rules_tui::data::Data;
use connect_rules_tui::harness::Harness;
use connect_rules_tui::screen::ScreenId;

type Store = Arc<Service<SqliteStore>>;

fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

fn now(store: &Store) -> Arc<Snapshot> {
    wait(store.snapshot()).unwrap()
}

/// The program on a store with a state folder, on Simulate.
fn on(store: &Store, state: Option<&Path>, size: (u16, u16)) -> Harness {
    let mut program = support::on(Arc::clone(store), state.map(Path::to_path_buf), size);
    program.keys("3");
    program
}

/// Starts a call through the dialog: fields that are empty keep what they hold.
fn call(program: &mut Harness, end_point: &str, caller: &str, when: &str) {
    program.keys("esc s").expect("New call");
    program.keys("ctrl-u").text(end_point).keys("tab tab");
    if !caller.is_empty() {
        program.keys("ctrl-u").text(caller);
    }
    program.keys("tab");
    if !when.is_empty() {
        program.keys("ctrl-u").text(when);
    }
    program.keys("ctrl-s").reject("New call");
}

/// What is said, one input after the other.
fn say(program: &mut Harness, inputs: &[&str]) {
    for input in inputs {
        match *input {
            "NOINPUT" => program.keys("f5"),
            "NOMATCH" => program.keys("f6"),
            "HANGUP" => program.keys("f8"),
            text => program.text(text).keys("enter"),
        };
    }
}

/// Saves the call as a test of that name.
fn save(program: &mut Harness, name: &str, folder: &str) {
    let typing = program.app.typing();
    if typing {
        program.keys("esc");
    }
    program.keys("w").expect("Save as test");
    program.text(name).keys("tab ctrl-u").text(folder).keys("ctrl-s").reject("Save as test");
}

fn test(store: &Store, name: &str) -> TestDocument {
    now(store).tests.iter().find(|test| &*test.name == name).map(|test| TestDocument::clone(test)).unwrap()
}

/// Runs a test as a headless run does.
fn run(store: &Store, test: &TestDocument) -> TestResult {
    let now = now(store);
    let options = Harness::session().options;
    let data = Data::new(Arc::clone(&now), options);
    assert_eq!(data.workspace.catalogue().prefix(), catalogue(&now).prefix());
    let stubs = support::bundle().stubs;
    replay::run(&data.workspace, &stubs, test, &test.script(), &Settings::default(), ())
}

/// The script that a headless recording of the same inputs gives.
fn prescribed(store: &Store, test: &TestDocument) -> String {
    let data = Data::new(now(store), Harness::session().options);
    replay::record(&data.workspace, &support::bundle().stubs, test, &Settings::default()).unwrap()
}

/// A saved test passes without a warning and holds exactly what is prescribed.
fn assert_as_prescribed(store: &Store, name: &str) -> TestDocument {
    let test = test(store, name);
    let result = run(store, &test);
    assert_eq!(result.verdict(), Verdict::Success, "{name}: {:?}\n{}", result.warnings, test.payload);
    assert_eq!(&*test.payload, prescribed(store, &test), "{name}");
    test
}

/// Somebody changes the offer of a rule.
fn change_offer(store: &Store, set_name: &str, rule_name: &str, offer: &str) {
    let now = now(store);
    let set = now.rule_set_named(set_name).unwrap();
    let mut rule = set.rules.iter().find(|rule| &*rule.name == rule_name).unwrap().clone();
    let param = if rule.params.get("offerMessage").is_some() { "offerMessage" } else { "message" };
    rule.params.insert(param, Value::from(offer));
    let edit = Edit::of(&now, Entity::Rule(set.id.clone().unwrap(), rule)).unwrap();
    wait(store.run(&Actor::local("bea"), &UpdateRule(edit))).unwrap();
}

/// Puts the cursor of Tests on a test and steps through it.
fn step_through(program: &mut Harness, name: &str) {
    program.keys("4 ctrl-p").text(&format!("{name} test")).keys("enter enter");
    assert_eq!(program.app.screen, ScreenId::Simulate, "{name}");
}

#[test]
fn a_call_is_recorded_saved_and_replays_green_byte_for_byte() {
    for size in [(80, 24), (120, 34), (200, 60)] {
        let store = support::demo_store();
        let mut program = on(&store, None, size);
        call(&mut program, "Wattlebird Main", "+61491570006", "2024-05-14 10:30");
        program.expect("Tue 14 May 2024 10:30").expect("» ").expect("0 → ");
        say(&mut program, &["0"]);
        program.expect("Entered queue: Gold Care").expect("the call is over");
        save(&mut program, "Gold care again", "/Recorded/Here");
        program.expect("✓ saved");
        let saved = assert_as_prescribed(&store, "Gold care again");
        assert_eq!(
            (&*saved.folder, &*saved.end_point, &*saved.customer_phone_number, &*saved.test_date_time),
            ("/Recorded/Here", "Wattlebird Main", "+61491570006", "2024-05-14T00:30:00Z")
        );
        assert_eq!(&*saved.description, "Test interaction to Wattlebird Main from +61491570006");
        assert!(saved.production_ready && saved.script_version == 2);
        // The demo holds a test of the same call.
        assert_eq!(saved.payload, test(&store, "Gold customer asks for a person").payload);
    }
}

#[test]
fn no_input_no_match_and_hanging_up_are_recorded_and_replay() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    call(&mut program, "Wattlebird Faults", "anonymous", "");
    say(&mut program, &["NOMATCH"]);
    program.expect("» (no match)").expect("last attempt");
    say(&mut program, &["HANGUP"]);
    program.expect("The customer hung up").expect("the call is over");
    program.keys("f5").expect("not asked for anything");
    save(&mut program, "Hangs up", "/Recorded");
    let saved = assert_as_prescribed(&store, "Hangs up");
    assert!(saved.payload.ends_with("\nhangup: \"\""), "{}", saved.payload);
    assert!(saved.payload.contains("\ninput: \"NOMATCH\"\n"));

    call(&mut program, "Wattlebird Faults", "anonymous", "");
    say(&mut program, &["NOINPUT", "NOINPUT"]);
    save(&mut program, "Says nothing", "/Recorded");
    // The call may wait for more; a run then says that an input is missing, and it can be saved nevertheless.
    let saved = test(&store, "Says nothing");
    assert_eq!(saved.payload.matches("input: \"NOINPUT\"").count(), 2);
}

#[test]
fn a_test_that_would_not_pass_is_saved_only_when_asked_twice() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    program.keys("w").text("Unfinished").keys("ctrl-s").expect("a run would not pass").expect("Save as test");
    program.keys("ctrl-s").reject("Save as test");
    assert_eq!(run(&store, &test(&store, "Unfinished")).verdict(), Verdict::Error);
    // A name that is taken, a bad folder: the form says so and nothing typed is lost.
    program.keys("w").text("Unfinished").keys("ctrl-s").expect("there is a test of that name");
    program.keys("tab ctrl-u").text("no").keys("ctrl-s").expect("not saved").expect("Unfinished");
}

#[test]
fn every_assigned_end_point_can_be_called_and_every_enabled_rule_set_started_in() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    let now = now(&store);
    let mut count = 0;
    for set in &now.rule_sets {
        for end_point in &set.end_points {
            call(&mut program, end_point, "", "");
            program.expect(&format!("→ {end_point}")).expect("Transcript ─ step").reject("UNKNOWN");
            count += 1;
        }
    }
    assert_eq!(count, 4);
    for set in now.rule_sets.iter().filter(|set| set.enabled) {
        program.keys("esc s tab ctrl-u").text(&set.name).keys("ctrl-s");
        program.expect(&format!("→ {}", set.name)).expect("Transcript ─ step").reject("could not start");
        if set.end_points.is_empty() {
            if program.app.typing() {
                program.keys("esc");
            }
            program.keys("w").reject("Save as test");
        }
    }
}

#[test]
fn the_start_dialog_checks_while_typing() {
    let mut program = support::demo((120, 34));
    program.keys("3 s ctrl-u").text("Nowhere").expect("no rule set has this end point");
    program.keys("ctrl-u").text("Wattlebird Main").reject("no rule set has");
    program.keys("tab tab ctrl-u").text("12345678").expect("must be 9 to 15 digits");
    program.text("9").reject("must be 9 to 15");
    program.keys("tab ctrl-u").text("2024-02-30 10:00").expect("is no date and time");
    program.keys("ctrl-u").text("2024-02-29 10:00").reject("is no date and time");
    program.keys("tab").text("x").expect("is no JSON").keys("ctrl-s").expect("New call");
    program.keys("backspace tab").text("x").expect("must be a number").keys("backspace ctrl-s");
    program.reject("New call").expect("123456789 → Wattlebird Main").expect("29 Feb 2024");
}

#[test]
fn demo_tests_step_through_to_their_verdicts() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    for name in [
        "Gold customer asks for a person",
        "Pay another amount",
        "Saver campaign wants more",
        "Drawn for the saver plan",
        "Street light not meant",
        "Comment with a complaint",
        "Asks for a person",
        "Notice service fails",
        "Account system is slow",
        "Holiday and silence",
    ] {
        step_through(&mut program, name);
        assert_eq!(run(&store, &test(&store, name)).verdict(), Verdict::Success, "{name}");
        let mut steps = 0;
        while !program.shows("the call is over") {
            program.keys("esc n");
            steps += 1;
            assert!(steps < 300, "{name} goes on and on");
        }
        program.expect("✓ passes").expect("the test passes");
        program.keys("tab tab tab").expect("[ Script");
        program.keys("y");
        assert_eq!(program.copied.last().map(String::as_str), Some(&*test(&store, name).payload), "{name}");
    }
    // At once, with a broken rule: the verdict of the headless run is told.
    change_offer(&store, "Welcome", "Greet by time of day", "Hello.");
    program.keys("f9");
    step_through(&mut program, "Gold customer asks for a person");
    program.keys("a").expect("does not pass").expect("Entered queue: Gold Care");
    assert_eq!(run(&store, &test(&store, "Gold customer asks for a person")).verdict(), Verdict::Error);
}

#[test]
fn a_replayed_test_can_be_written_over() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    change_offer(&store, "Welcome", "Greet by time of day", "Hello \u{1b}[31m(1+1)? \u{202e}");
    program.keys("f9");
    let before = test(&store, "Gold customer asks for a person");
    step_through(&mut program, "Gold customer asks for a person");
    program.keys("a w").expect("write over it").keys("ctrl-s").reject("Save as test").expect("✓ saved");
    let after = assert_as_prescribed(&store, "Gold customer asks for a person");
    assert_ne!(after.payload, before.payload);
    assert_eq!(TestDocument { payload: Text::clone(&before.payload), ..after }, before);
    program.keys("u");
    assert_eq!(test(&store, "Gold customer asks for a person").payload, before.payload);
}

#[test]
fn escapes_in_messages_are_shown_and_never_sent() {
    let store = support::demo_store();
    change_offer(&store, "Faults Menu", "Faults menu", "Bad \u{1b}]0;x\u{7} \u{202e}news");
    let mut program = on(&store, None, (80, 24));
    call(&mut program, "Wattlebird Faults", "", "");
    program.expect("␛]0;x␇");
    for size in [(80, 24), (200, 60)] {
        for _ in 0..5 {
            program.resize(size.0, size.1);
            let screen = program.screen();
            assert!(!screen.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{screen}");
            program.keys("tab");
        }
    }
}

#[test]
fn stepping_back_branching_and_going_forward_keep_every_way() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    say(&mut program, &["1"]);
    program.expect("postcode of the address");
    // Back over both steps: the input is gone from transcript and script, and comes again.
    program.keys("left left").reject("» 1").expect("later step").expect("1 → Power Outage");
    program.keys("right right").expect("» 1").reject("later step");
    // Another input from there is another way.
    program.keys("left left");
    say(&mut program, &["2"]);
    program.expect("» 2").reject("» 1").expect("way 2 of 2");
    program.keys("B").expect("Ways that the call went").keys("up enter").expect("» 1").expect("way 1 of 2");
    // b on the line of the input begins before it.
    program.keys("esc");
    while !program.app.front().copied(&program.app.view(true)).is_some_and(|text| text.contains("» 1")) {
        program.keys("up");
    }
    program.keys("up up b").expect("way 3 of 3").reject("» 1");
    say(&mut program, &["3"]);
    program.expect("» 3");
    program.keys("esc B").expect("way 2, from step").expect("way 3, from step").keys("esc");
    // By questions: each is a step to go back to.
    program.keys("B up up up enter [").expect("one digit").reject("» 1").keys("]").expect("» 1");
    // At the first step there is nothing before.
    for _ in 0..30 {
        program.keys("left");
    }
    program.expect("step 1 of").keys("left").expect("this is the first step");
}

#[test]
fn breaking_on_every_rule_pauses_and_runs_on() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    program.keys("t").expect("pauses after every rule");
    call(&mut program, "Wattlebird Faults", "", "");
    program.expect("step 1 of 1").expect("paused").expect("breaks on every rule");
    program.keys("n n").expect("step 3 of 3");
    program.keys("a").expect("one digit").expect("7 of 7");
    program.keys("esc t").expect("runs to the next question");
}

#[test]
fn why_and_state_follow_the_cursor() {
    let store = support::demo_store();
    let mut program = on(&store, None, (200, 60));
    call(&mut program, "Wattlebird Faults", "", "");
    program.expect("Why ─ Faults Menu, 2 of 2 tested").expect("System.LastNLUMenuIntent equals Fault");
    program.expect("is (missing)").expect("0 of 100").expect("always");
    say(&mut program, &["1"]);
    program.expect("✓ Customer.Postcode isempty").expect("What next: not reached");
    program.expect("● CurrentRuleSet  \"Power Outage\"   was \"Faults Menu\"");
    say(&mut program, &["12"]);
    program.expect("took » 12").expect("branch retry").expect("● CurrentRule_errorCount  \"1\"   was \"0\"");
    // Up to the line of another rule: panes show that one.
    program.keys("esc");
    program.keys("home").expect("Why ─ Faults Welcome, 1 of 6 tested").reject("took » 12");
    // The state opens, closes and filters.
    program.keys("tab tab /").text("timeofday").expect("▾").expect("TimeOfDay");
    program.reject("CurrentRule_phase").keys("esc").expect("System ▸");
    program.keys("tab shift-tab G").expect("[ State");
    program.keys("?").expect("Open or close the value");
}

#[test]
fn after_a_change_of_the_rules_the_call_runs_again_and_tells_where_it_differs() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    say(&mut program, &["1", "12"]);
    // A change elsewhere: the same call.
    change_offer(&store, "Billing Menu", "Billing menu", "Another offer.");
    program.keys("f9").expect("the rules changed").keys("esc R").expect("the call goes as before");
    program.reject("the rules changed:");
    change_offer(&store, "Power Outage", "Ask for the postcode", "Your postcode?");
    program.keys("f9").expect("R runs it again").keys("esc R");
    program.expect("it differs from step").expect("Your postcode?").expect("⚠ from here it differs");
    program.expect("was: Power Outage").expect("» 12").expect("way 3 of 3");
    // The old way is still there.
    program
        .keys("B up up enter")
        .expect("way 1 of 3")
        .reject("Your postcode?")
        .expect("postcode of the address");
}

#[test]
fn a_call_is_found_again_after_the_program_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::demo_store();
    let file = folder.path().join("calls/current.json");
    let mut program = on(&store, Some(folder.path()), (120, 34));
    call(&mut program, "Wattlebird Faults", "+61491570006", "2024-05-14 10:30");
    assert!(file.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    say(&mut program, &["1", "NOINPUT"]);
    program.keys("[ [").reject("» 1").expect("1 → Power Outage");
    say(&mut program, &["2"]);
    let shown = program.screen();
    let kept = std::fs::read_to_string(&file).unwrap();
    drop(program);

    // It is offered at once; leaving it keeps it.
    let mut program = support::on(Arc::clone(&store), Some(folder.path().to_path_buf()), (120, 34));
    program.expect("Resume the call?").expect("+61491570006 to Wattlebird Faults").keys("esc");
    program.keys("3").expect("r resumes it");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
    drop(program);
    let mut program = support::on(Arc::clone(&store), Some(folder.path().to_path_buf()), (120, 34));
    program.keys("y enter");
    assert_eq!(program.app.screen, ScreenId::Simulate);
    assert_eq!(program.screen(), shown);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
    program.expect("way 2 of 2").keys("esc B up enter").expect("» (no input)").expect("» 1");

    // Saved or closed it is gone; what the dialog was set to is remembered.
    program.keys("x").expect("Close the call?").keys("y enter").expect("No call is under way");
    assert!(!file.exists());
    drop(program);
    let mut program = on(&store, Some(folder.path()), (120, 34));
    program.reject("Resume").keys("s").expect("+61491570006");
    program.keys("ctrl-s");
    say(&mut program, &["9", "HANGUP"]);
    save(&mut program, "Kept", "/Recorded");
    assert!(!file.exists());
    assert_as_prescribed(&store, "Kept");
}

#[test]
fn a_dropped_terminal_and_quitting_keep_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::demo_store();
    let file = folder.path().join("calls/current.json");
    let mut program = on(&store, Some(folder.path()), (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    program.keys("ctrl-c");
    assert!(program.ended && !file.exists(), "a call without inputs is nobody's loss");
    let mut program = on(&store, Some(folder.path()), (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    say(&mut program, &["1"]);
    program.keys("ctrl-c").expect("not saved as a test").keys("esc");
    program.send(connect_rules_tui::Message::HangUp);
    assert!(program.ended && file.exists());
}

#[test]
fn another_call_asks_before_one_is_lost() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    call(&mut program, "Wattlebird Faults", "", "");
    say(&mut program, &["1"]);
    program.keys("esc s ctrl-s").expect("Start another call?").keys("esc").expect("» 1");
    program.keys("s ctrl-s y enter").reject("» 1").expect("step 7 of 7");
}

#[test]
fn switches_hide_messages_and_leave_lines_out_and_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::demo_store();
    let mut program = on(&store, Some(folder.path()), (200, 60));
    call(&mut program, "Wattlebird Main", "+61491570006", "2024-05-14 10:30");
    program.expect("ƒ Function: integrationecho").expect("message: \"^Function: integrationecho");
    program.keys("esc o down down space down down down space ctrl-s");
    program.reject("ƒ Function: integrationecho").expect("message: \"^Function: integrationecho");
    drop(program);
    let mut program = support::on(Arc::clone(&store), Some(folder.path().to_path_buf()), (200, 60));
    program.keys("esc 3 s ctrl-s");
    program.reject("Function: integrationecho").expect("message: \"^Good morning");
}

#[test]
fn the_script_can_be_edited_and_the_edit_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::demo_store();
    let mut program = on(&store, Some(folder.path()), (200, 60));
    call(&mut program, "Wattlebird Faults", "", "");
    program.keys("tab tab tab tab e").expect("Script up to here");
    program.text("\nnonsense").expect("no appropriate colon").keys("ctrl-s").expect("Script up to here");
    program.keys("ctrl-u").text("# asks for the fault").keys("ctrl-s").reject("Script up to here");
    program.keys("i");
    say(&mut program, &["HANGUP"]);
    program.expect("# asks for the fault");
    drop(program);
    let mut program = support::on(Arc::clone(&store), Some(folder.path().to_path_buf()), (200, 60));
    program.keys("y enter").expect("# asks for the fault").expect("hangup: \"\"");
    save(&mut program, "Edited", "/Recorded");
    let saved = test(&store, "Edited");
    assert!(saved.payload.ends_with("# asks for the fault\nhangup: \"\""), "{}", saved.payload);
    assert_eq!(run(&store, &saved).verdict(), Verdict::Success);
}

#[test]
fn a_failing_step_tells_rule_and_reason_and_can_be_stepped_back() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 34));
    // Nobody called this rule set, so there is nothing to return to.
    program
        .keys("s tab ctrl-u")
        .text("Identify Caller")
        .keys("tab ctrl-u")
        .text("+61491570006")
        .keys("ctrl-s");
    program.expect("✗ NO_NEXT_RULE").expect("no return stack").expect("the step failed");
    program.keys("left").reject("the step failed").expect("paused").keys("e");
    assert_eq!(program.app.screen, ScreenId::Rules);
    program.keys("ctrl-o").expect("Transcript");
    assert_eq!(program.app.screen, ScreenId::Simulate);
}

#[test]
fn the_rule_form_previews_with_the_state_of_the_call() {
    let store = support::demo_store();
    let mut program = on(&store, None, (120, 40));
    call(&mut program, "Wattlebird Main", "+61491570006", "2024-05-14 10:30");
    program.keys("esc e e").expect("Edit rule");
    program.keys("ctrl-p").text("last call").keys("enter").expect("last call +6149157");
}

#[test]
fn every_size_is_usable_and_every_pane_can_be_reached() {
    let store = support::demo_store();
    let mut program = on(&store, None, (200, 60));
    call(&mut program, "Wattlebird Faults", "", "");
    for size in [(80, 24), (81, 25), (110, 44), (400, 120), (109, 24)] {
        program.resize(size.0, size.1).expect("Transcript").expect("one digit");
        program.keys("tab tab").expect("[ Why").keys("tab").expect("[ State").keys("tab").expect("[ Script");
        program.keys("tab").expect("[ Transcript");
    }
}
