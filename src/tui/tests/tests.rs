//! The screen Tests, in the whole program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends at the first error")]

mod support;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use connect_rules_engine::json;
use connect_rules_engine::script::{ReadOptions, TestDocument, read_tests};
use connect_rules_engine::value::Text;
use connect_rules_store::service::rules::{EnableRules, UpdateRule};
use connect_rules_store::service::tests::{CreateTest, DeleteTests, UpdateTest};
use connect_rules_store::service::{Action, Edit, Picked};
use connect_rules_store::{Actor, Entity, Kind, Service, Snapshot, SqliteStore};
use connect_rules_tui::effects::{self, Sender};
use connect_rules_tui::harness::Harness;
use connect_rules_tui::message::{Effect, Message};
use connect_rules_tui::screen::ScreenId;
use crossterm::event::{Event, KeyCode, KeyEvent};

type Store = Arc<Service<SqliteStore>>;

fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(call)
}

fn now(store: &Store) -> Arc<Snapshot> {
    wait(store.snapshot()).unwrap()
}

fn by_bob(store: &Store, action: &impl Action) {
    wait(store.run(&Actor::local("bob"), action)).unwrap();
}

fn test_of(store: &Store, name: &str) -> Option<TestDocument> {
    now(store).tests.iter().find(|test| &*test.name == name).map(|test| TestDocument::clone(test))
}

fn at_tests(size: (u16, u16)) -> (Store, Harness) {
    let store = support::demo_store();
    let mut program = support::on(Arc::clone(&store), None, size);
    program.keys("4").frame();
    (store, program)
}

/// Puts the cursor on a test by filtering, then shows all again.
fn go_to(program: &mut Harness, name: &str) {
    program.keys("/").text(name).keys("enter G esc");
}

/// Another text for a message rule.
fn change_message(store: &Store, set: &str, rule: &str, text: &str) {
    let now = now(store);
    let set = now.rule_set_named(set).unwrap();
    let mut mine = set.rules.iter().find(|it| &*it.name == rule).unwrap().clone();
    mine.params.insert("message", text.into());
    let edit = Edit::of(&now, Entity::Rule(set.id.clone().unwrap(), mine)).unwrap();
    by_bob(store, &UpdateRule(edit));
}

#[test]
fn all_tests_of_the_demo_pass_and_every_folder_has_its_total() {
    let (store, mut program) = at_tests((120, 34));
    program.expect("Tests (170)").expect("no run yet");
    program.keys("A").expect("✓ 170 ⚠ 0 ✗ 0").expect("42/42 ✓").expect("170/170 passed");
    program.keys("down down").expect("passed, ");
    program.keys("1").expect("170 of 170 passed");
    assert_eq!(now(&store).tests.len(), 170, "running writes nothing");
}

#[test]
fn one_test_one_folder_the_selected_or_all_are_run() {
    let (_, mut program) = at_tests((120, 34));
    program.keys("down r").expect("Balance heard twice: ✓ 1/1 passed");
    program.keys("R").expect("folder /Billing: ✓ 42/42 passed");
    program.keys("g g down space space").expect("2 selected");
    program.keys("A").expect("2 selected: ✓ 2/2 passed");
    program.keys("esc").reject("2 selected ]").keys("A").expect("170/170 passed");
    program.keys("B").expect("Runs of this session (4 of 4)").expect("folder /Billing · ada");
    program.keys("down down enter").expect("✓ 42 ⚠ 0 ✗ 0");
    program.keys("f5").expect("folder /Billing: ✓ 42/42 passed");
}

#[test]
fn a_broken_message_is_told_at_its_line_with_what_came_and_which_rule_said_it() {
    let (store, mut program) = at_tests((120, 34));
    program.keys("A");
    change_message(&store, "Bill Copy", "No mobile number on file", "We have no number for you.");
    program.keys("f9").expect("rules changed").expect("✓?");
    program.keys("f5").expect("✓ 169 ⚠ 0 ✗ 1").reject("rules changed");
    go_to(&mut program, "Copy of the bill by post");
    program
        .expect("✗ failed at line 16 of 21")
        .expect("expected      We do not have a mobile number for you, so we will post a")
        .expect("got           We have no number for you.")
        .expect("by            Bill Copy / No mobile number on file, fired by")
        .expect("System.LastSMSStatus equals ERROR")
        .expect("not Link was sent: no System.LastSMSStatus equals SENT");
    // The line and what is said about it are in sight at the smallest size too.
    program
        .resize(80, 24)
        .keys("tab")
        .expect(" 16 message")
        .expect("got           We have no number for you.");
    program.keys("enter");
    assert_eq!(program.app.screen, ScreenId::Rules);
    program.keys("ctrl-o");
    assert_eq!(program.app.screen, ScreenId::Tests);
    program.keys("1").expect("169 of 170 passed");
}

#[test]
fn a_call_that_ends_elsewhere_is_told_at_its_outcome_line() {
    let (store, mut program) = at_tests((200, 60));
    let snapshot = now(&store);
    let set = snapshot.rule_set_named("Goodbye").unwrap();
    let rule = set.rules.iter().find(|rule| rule.rule_type.name() == "Terminate").unwrap();
    let which = vec![Picked::any(rule.id.clone().unwrap())];
    by_bob(&store, &EnableRules { which, enabled: false });
    program.keys("f9");
    go_to(&mut program, "Balance heard twice");
    program.keys("r").expect("failed at line 28 of 28").expect("expected      terminate");
    program
        .expect("reached the end of a ruleset")
        .reject("Contact id")
        .expect("Goodbye / Count the finished call");
}

#[test]
fn failures_are_filtered_and_walked() {
    let (store, mut program) = at_tests((120, 34));
    change_message(&store, "Bill Copy", "No mobile number on file", "Nothing.");
    change_message(&store, "Bill Copy", "Link was sent", "Nothing either.");
    program.keys("f9 A").expect("✓ 165 ⚠ 0 ✗ 5");
    program
        .keys("t")
        .expect("Tests (5 of 170)")
        .reject("Balance in credit")
        .expect("Copy of the bill by post");
    program.keys("t").expect("Tests (170)");
    program.keys("g g ]").expect("Copy of the bill by post ── ✗");
    program.keys("]").expect("Copy of the bill by text ── ✗");
    program.keys("[ [").expect("Wrong keys at the end ── ✗");
    program.keys("]").expect("Copy of the bill by post ── ✗");
}

#[test]
fn what_was_matched_is_shown_line_by_line_or_for_all() {
    let (_, mut program) = at_tests((140, 60));
    go_to(&mut program, "Balance heard twice");
    program.keys("r tab").reject("Matched message:");
    program.keys("space").expect("Matched message: prompt:welcome-chime.wav");
    program.keys("space").reject("Matched message:");
    program.keys("o").expect("Matched message: prompt").keys("pgdn pgdn").expect("Prompt message:");
}

#[test]
fn coverage_goes_down_to_branch_and_weight_and_lists_what_no_test_reaches() {
    let (_, mut program) = at_tests((160, 50));
    go_to(&mut program, "Balance heard twice");
    program.keys("r C").expect("Coverage ── rules");
    program.keys("/").text("billing menu").keys("enter").expect("▸ Billing Menu").reject("▸ After Hours");
    program.keys("right down down down down right");
    let screen = program.screen();
    assert!(screen.contains("branch key:") && screen.contains("never ✗"), "{screen}");
    program.keys("/ ctrl-u").text("bill copy").keys("enter g g");
    program.keys("right").expect("Link was sent").expect("never ran");
    program.keys("/ ctrl-u").text("link was sent").keys("enter g g right down right");
    program
        .expect("weight System.LastSMSStatus equals · met")
        .expect("weight System.LastSMSStatus equals · not met");
    program.keys("U").expect("rule set never entered").expect("items no test reaches");
    program
        .keys("U / esc g g c")
        .expect("[ ] c covered")
        .keys("n")
        .expect("[ ] n uncovered")
        .reject("▸ After Hours")
        .reject("▾ Bill Copy");
    program.keys("n c p");
    let partial = program.screen();
    assert!(!partial.contains(" ⚠ ││") && partial.contains("[ ] p partial"), "{partial}");
}

#[test]
fn coverage_opens_rules_and_names_the_tests_that_walk_there() {
    let (_, mut program) = at_tests((120, 34));
    program.keys("A C /").text("bill copy").keys("enter right down w").expect("Tests that walk here");
    program.text("by post").keys("enter").expect("Copy of the bill by post ── ✓ passed");
    program.keys("C enter");
    assert_eq!(program.app.screen, ScreenId::Rules);
}

#[test]
fn results_of_rules_that_changed_are_marked_and_run_again_with_one_key() {
    let (store, mut program) = at_tests((120, 34));
    program.keys("A");
    let mut other = test_of(&store, "Balance in credit").unwrap();
    other.description = "Another word".into();
    by_bob(&store, &UpdateTest(Edit::of(&now(&store), Entity::Test(other)).unwrap()));
    program.keys("f9").reject("rules changed").expect("· edited");
    change_message(&store, "Bill Copy", "Link was sent", "Other words.");
    program.keys("f9").expect("⚠ rules changed: f5");
    program.keys("f5").expect("✗ 1").reject("rules changed").reject("· edited");
}

/// Starts a run without doing it; answers its effect.
fn started(program: &mut Harness, key: char) -> Effect {
    let event = Event::Key(KeyEvent::from(KeyCode::Char(key)));
    let effects = program.app.update(Message::Terminal(event));
    effects.into_iter().find(|effect| matches!(effect, Effect::Job(..))).expect("a job")
}

/// Does an effect, telling each message to `see` first; then the program gets them all.
fn perform(program: &mut Harness, effect: Effect, see: impl Fn(&Message) + Send + Sync + 'static) {
    let inbox = Arc::new(Mutex::new(VecDeque::new()));
    let outbox = Arc::clone(&inbox);
    let send: Sender = Arc::new(move |message| {
        see(&message);
        outbox.lock().unwrap().push_back(message);
    });
    effects::perform(effect, &program.world, &send);
    for message in std::mem::take(&mut *inbox.lock().unwrap()) {
        program.send(message);
    }
}

#[test]
fn a_run_is_stopped_before_it_began_and_nothing_is_lost() {
    let (_, mut program) = at_tests((120, 34));
    program.keys("down r").expect("✓ 1/1 passed");
    program.keys("g g");
    let job = started(&mut program, 'A');
    program.expect("0 of 170 · ✗ 0 · x stops");
    assert!(program.app.update(Message::Terminal(Event::Key(KeyEvent::from(KeyCode::Char('A'))))).is_empty());
    program.expect("tests are running");
    program.keys("x");
    perform(&mut program, job, |_| {});
    program.expect("stopped after 0 of 170").expect("· stopped");
    program.keys("down").expect("Balance heard twice ── ✓ passed");
}

#[test]
fn a_run_that_is_cancelled_in_the_middle_keeps_what_is_done() {
    let (_, mut program) = at_tests((120, 34));
    let job = started(&mut program, 'A');
    let Effect::Job(_, cancelled, _) = &job else { unreachable!() };
    let cancelled = Arc::clone(cancelled);
    perform(&mut program, job, move |message| {
        if matches!(message, Message::Progress { done, .. } if *done > 0) {
            cancelled.store(true, Ordering::Relaxed);
        }
    });
    let screen = program.screen();
    let stopped = screen.split("stopped after ").nth(1).expect("stopped");
    let done: usize = stopped.split(' ').next().unwrap().parse().unwrap();
    assert!((16..170).contains(&done), "{screen}");
    program.keys("A").expect("170/170 passed");
}

#[test]
fn a_test_is_written_with_checking_tried_saved_and_undone() {
    let (store, mut program) = at_tests((120, 40));
    program.keys("down n").expect("New test").expect("Wattlebird Main");
    program.keys("ctrl-s").expect("not saved").expect("Use 2 to 64 of A-Z a-z 0-9 space - _");
    program.text("My new test").keys("shift-tab");
    program.text("message: \"(\"\nmessage hello");
    program.expect("⚠ line 1:").expect("✗ line 2: Found invalid test line");
    program.keys("f6 ctrl-u ctrl-k").text("message: \"Wattlebird\"").keys("end");
    program.keys("down ctrl-u ctrl-k backspace");
    program.keys("f4").expect("Insert a line").text("terminate").keys("enter").expect("terminate: \"\"");
    program.keys("f5").expect("✗ failed").expect("Encountered input with no more input lines");
    program.keys("ctrl-s").expect("create test My new test");
    let made = test_of(&store, "My new test").expect("stored");
    assert_eq!((&*made.folder, &*made.end_point, made.script_version), ("/Billing", "Wattlebird Main", 2));
    assert!(made.payload.ends_with("terminate: \"\""), "{}", made.payload);
    program.expect("[ Tests (171)").expect("My new test");
    program.keys("r").expect("✗ 0/1 passed");
    program.keys("u").expect("Tests (170)");
    assert!(test_of(&store, "My new test").is_none());
}

#[test]
fn fields_are_checked_and_times_are_those_of_the_call_centre() {
    let (store, mut program) = at_tests((120, 40));
    go_to(&mut program, "Balance heard twice");
    let before = test_of(&store, "Balance heard twice").unwrap();
    program.keys("e tab tab tab tab tab").expect("Date and time").keys("ctrl-u").text("tomorrow");
    program.expect("is no date and time");
    program.keys("ctrl-u").text("2024-05-14 09:00").reject("is no date and time");
    program.keys("tab ctrl-u").text("[1]").expect("is no JSON object").keys("ctrl-u").text("{\"a\":\"b\"}");
    program.keys("tab").text("CASE 7").keys("ctrl-s").expect("change test Balance heard twice");
    let after = test_of(&store, "Balance heard twice").unwrap();
    assert_eq!(&*after.test_reference, "CASE 7");
    assert_ne!(after.test_date_time, before.test_date_time);
    assert_eq!(json::print(&after.contact_attributes.clone().into()).unwrap(), "{\"a\":\"b\"}");
    assert_eq!((after.payload, after.test_id), (before.payload, before.test_id));
    program.keys("u");
    assert_eq!(test_of(&store, "Balance heard twice").unwrap().test_date_time, before.test_date_time);
}

#[test]
fn two_writers_of_one_test_lose_nothing() {
    let (store, mut program) = at_tests((120, 40));
    go_to(&mut program, "Balance heard twice");
    program.keys("e").text("# mine\n");
    let mut theirs = test_of(&store, "Balance heard twice").unwrap();
    theirs.description = "Their words".into();
    by_bob(&store, &UpdateTest(Edit::of(&now(&store), Entity::Test(theirs.clone())).unwrap()));
    program.keys("ctrl-s").expect("change test");
    let merged = test_of(&store, "Balance heard twice").unwrap();
    assert!(merged.payload.starts_with("# mine") && &*merged.description == "Their words");

    program.keys("e").text("# again\n");
    theirs = merged;
    theirs.payload = "# theirs\nterminate: \"\"".into();
    by_bob(&store, &UpdateTest(Edit::of(&now(&store), Entity::Test(theirs)).unwrap()));
    program.keys("ctrl-s").expect("bob changed it meanwhile").expect("+ # again").expect("- # theirs");
    program.keys("esc").expect("Edit test").expect("# again");
    program.keys("ctrl-s enter");
    assert!(test_of(&store, "Balance heard twice").unwrap().payload.starts_with("# again"));
}

#[test]
fn a_test_that_was_deleted_meanwhile_can_be_saved_as_a_new_one() {
    let (store, mut program) = at_tests((120, 40));
    go_to(&mut program, "Balance heard twice");
    program.keys("e").text("# mine\n");
    let id = test_of(&store, "Balance heard twice").unwrap().test_id.unwrap();
    by_bob(&store, &DeleteTests(vec![Picked::any(id)]));
    program.keys("ctrl-s").expect("was deleted meanwhile").expect("# mine");
    program.keys("ctrl-s").expect("create test");
    assert!(test_of(&store, "Balance heard twice").unwrap().payload.starts_with("# mine"));
}

#[test]
fn leaving_the_editor_asks_and_a_draft_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::demo_store();
    let state = Some(folder.path().to_owned());
    let mut program = support::on(Arc::clone(&store), state.clone(), (120, 40));
    program.keys("4");
    go_to(&mut program, "Balance heard twice");
    program.keys("e").text("# kept\n").keys("tab").text(" two");
    program.keys("esc").expect("What you typed would be lost").keys("n").expect("# kept");
    program.send(Message::HangUp);
    drop(program);

    let mut program = support::on(Arc::clone(&store), state.clone(), (120, 40));
    program.expect("1 draft was kept").expect("test Balance heard twice two").keys("esc");
    program.keys("4").expect("a draft of Balance heard twice two is kept");
    drop(program);
    let mut program = support::on(Arc::clone(&store), state.clone(), (120, 40));
    program.keys("enter").expect("# kept").expect("● 2 changed").keys("ctrl-s").expect("change test");
    assert!(test_of(&store, "Balance heard twice two").unwrap().payload.starts_with("# kept"));
    drop(program);
    let mut program = support::on(store, state, (120, 40));
    program.keys("4").reject("draft").keys("D").expect("no draft is kept");
}

#[test]
fn tests_are_moved_copied_deleted_and_each_is_undone() {
    let (store, mut program) = at_tests((120, 40));
    program.keys("down space space m").expect("Move 2 tests").keys("ctrl-u").text("/Bad//Folder");
    program.keys("ctrl-s").expect("not saved");
    program.keys("ctrl-u").text("/Moved").keys("ctrl-s").expect("move 2 tests to /Moved");
    assert_eq!(&*test_of(&store, "Balance heard twice").unwrap().folder, "/Moved");
    program.keys("u");
    assert_eq!(&*test_of(&store, "Balance heard twice").unwrap().folder, "/Billing");

    program.keys("c").expect("Copy 2 tests").keys("ctrl-s").expect("copy 2 tests");
    assert!(test_of(&store, "Balance heard twice 2").is_some());
    program.keys("u").expect("Tests (170)");

    program
        .keys("d")
        .expect("Delete 2 tests?")
        .expect("Balance heard twice · /Billing")
        .keys("enter")
        .expect("Tests (170)");
    program.keys("d y enter").expect("delete 2 tests").expect("Tests (168)");
    assert!(test_of(&store, "Balance heard twice").is_none());
    program.keys("u").expect("Tests (170)");
    assert!(test_of(&store, "Balance heard twice").is_some());
}

#[test]
fn an_export_is_imported_again_after_its_plan_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.json");
    let typed = file.display().to_string();
    let (store, mut program) = at_tests((140, 40));
    program.keys("X").expect("folder /Billing and below").keys("tab ctrl-u").text(&typed).keys("ctrl-s");
    program.expect("exported 42 tests");
    let text = std::fs::read_to_string(&file).unwrap();
    let read = read_tests(&text, &ReadOptions { now: "", absent_ready: false });
    assert_eq!(read.tests.len(), 42);
    assert!(text.contains("\"method\": \"folder\"") && !text.contains("testId"), "{}", &text[..300]);
    program.keys("X tab ctrl-u").text(&typed).keys("ctrl-s").expect("is there already").keys("esc");

    let id = test_of(&store, "Balance heard twice").unwrap().test_id.unwrap();
    by_bob(&store, &DeleteTests(vec![Picked::any(id)]));
    program.keys("f9 I").text(&typed).keys("enter").expect("nothing is written yet");
    program.expect("insert /Billing Balance heard twice").expect("1 inserted, 0 replaced, 41 unchanged");
    program.keys("f").expect("128 deleted").keys("f enter").expect("Import tests?").keys("y enter");
    program.expect("import out.json").expect("Tests (170)");
    program.keys("u").expect("Tests (169)");
    program.keys("I").text("/no/such/file").keys("enter").expect("The file cannot be imported");
}

#[test]
fn one_test_is_exported_as_a_script_and_a_run_as_a_batch_document() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("one.rescript");
    let result = folder.path().join("result.json");
    let (_, mut program) = at_tests((140, 40));
    program.keys("down r space X tab ctrl-u").text(&script.display().to_string()).keys("ctrl-s");
    program.expect("exported 1 test");
    assert!(std::fs::read_to_string(&script).unwrap().contains("#! name: \"Balance heard twice\""));
    program.keys("B e ctrl-u").text(&result.display().to_string()).keys("enter").expect("written to");
    // The ending says what is written; the same from the screen for the run that is shown.
    let file = |name: &str| folder.path().join(name).display().to_string();
    program
        .keys("E ctrl-u")
        .text(&file("run.txt"))
        .keys("enter")
        .expect("end the name in .xml, .html or .json");
    program.keys("ctrl-u").text(&file("run.xml")).keys("enter").expect("written to");
    program.keys("E ctrl-u").text(&file("run.html")).keys("enter").expect("written to");
    let junit = std::fs::read_to_string(folder.path().join("run.xml")).unwrap();
    assert!(
        junit.contains("<testsuites name=\"connect-rules\"") && junit.contains("Balance heard twice"),
        "{junit}"
    );
    let page = std::fs::read_to_string(folder.path().join("run.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Balance heard twice"));
    program.keys("E ctrl-u").text(&file("run.html")).keys("enter").expect("Write over the file?").keys("n");
    let document = json::parse(&std::fs::read_to_string(&result).unwrap()).unwrap();
    assert_eq!(document.member("status").as_str(), Some("COMPLETE"));
    let one = document.member("results").as_array().unwrap()[0].clone();
    assert_eq!(one.member("testName").as_str(), Some("Balance heard twice"));
    assert!(!one.member("interactions").as_array().unwrap().is_empty());
    assert!(document.member("coverageDetail").member("ruleSets").as_array().is_some());
}

#[test]
fn a_test_is_stepped_through_in_simulate_and_names_cannot_write_to_the_terminal() {
    let (store, mut program) = at_tests((120, 34));
    program.keys("down enter");
    assert_eq!(program.app.screen, ScreenId::Simulate);
    program.keys("4");
    let mut test = test_of(&store, "Balance heard twice").unwrap();
    test.test_id = None;
    test.name = "Escapes".into();
    test.description = Text::from("\u{1b}[31mred\u{7}");
    test.payload = Text::from("message: \"\u{1b}]0;title\u{7}\"\nterminate: \"\"");
    by_bob(&store, &CreateTest(test));
    program.keys("f9");
    go_to(&mut program, "Escapes");
    program.keys("r e f5");
    let screen = program.screen();
    assert!(!screen.contains(['\u{1b}', '\u{7}']), "{screen:?}");
}

#[test]
fn everything_works_at_the_smallest_size_and_on_an_empty_store() {
    let (_, mut program) = at_tests((80, 24));
    for keys in ["A", "tab", "tab", "tab", "e", "esc", "n", "esc", "B", "esc", "X", "esc", "C", "U", "t", "t"]
    {
        program.keys(keys).frame();
    }
    let empty = Arc::new(Service::new(SqliteStore::in_memory().unwrap()));
    let mut program = support::on(empty, None, (80, 24));
    program.keys("4").expect("no tests yet");
    program.keys("A").expect("there is no test in all tests");
    program.keys("r e d enter ] C enter w tab enter / x esc B enter esc X").frame();
    let stamp = now(&support::demo_store());
    assert!(stamp.rev(Kind::Test, "none") == 0);
}

/// Ten thousand tests: the screen costs what its rows cost, and the run is a job.
#[test]
fn ten_thousand_tests_are_run_and_drawn_by_what_is_seen() {
    let store = support::demo_store();
    let tests = now(&store).tests.clone();
    let mut changes = Vec::new();
    for copy in 1..60 {
        for (at, test) in tests.iter().enumerate() {
            let mut test = TestDocument::clone(test);
            test.folder = Text::from(format!("/Copy {copy}{}", test.folder.trim_end_matches('/')));
            test.test_id = Some(Text::from(format!("00000000-0000-4000-8000-{copy:04}{at:08}")));
            changes.push(connect_rules_store::Change::create(Entity::Test(test)));
        }
    }
    let set = connect_rules_store::ChangeSet {
        by: "bob".into(),
        operation: connect_rules_store::Operation::CreateTest,
        title: "many tests".into(),
        premise: None,
        changes,
    };
    wait(connect_rules_store::Store::apply(store.store(), set)).unwrap();
    let mut program = support::on(store, None, (200, 60));
    program.keys("4").expect("Tests (10200)");
    program.keys("A").expect("/10200 passed");
    let before = std::time::Instant::now();
    for _ in 0..100 {
        program.keys("down").frame();
    }
    let each = before.elapsed() / 100;
    assert!(each < std::time::Duration::from_millis(60), "{each:?} for a key and its frame");
    program.keys("G").expect("Tests (10200)");
}

#[test]
fn missing_tests_are_searched_for_looked_through_and_added_in_one_change() {
    let (store, mut program) = at_tests((140, 40));
    // Without the tests of the demo much is missing.
    let stored = now(&store);
    let all = stored.tests.iter().map(|test| Picked { id: test.test_id.clone().unwrap(), rev: None });
    by_bob(&store, &DeleteTests(all.skip(1).collect()));
    program.keys("f9 M").expect("Missing tests").expect("covered now:").expect("with all of them:");
    program.expect("input: ").expect("[x] ").expect("missing 001");
    assert_eq!(now(&store).tests.len(), 1, "nothing is added before it is agreed to");
    program.keys("space").expect("[ ] ");
    program.keys("enter").expect("that were missing · u undoes it").reject("Missing tests");
    let added = now(&store).tests.len();
    assert!(added > 10, "{added}");
    program.keys("A").expect(&format!("{added}/{added} passed"));
    // What was left out is found again, and only what is still missing.
    program.keys("M").expect("Missing tests").keys("esc").reject("Missing tests");
    program.keys("u");
    assert_eq!(now(&store).tests.len(), 1);
}

#[test]
fn who_may_not_create_tests_may_not_search_for_them_either() {
    let store = support::demo_store();
    let mut session = Harness::session();
    session.environment.read_only = Some("production is read-only".to_owned());
    let mut program = Harness::new(store, session, (120, 34));
    program.keys("4 M").expect("read-only: production is read-only").reject("Missing tests");
}

/// The right half of what is said about a failing line, joined.
fn said(program: &mut Harness) -> String {
    let screen = program.screen();
    let pane = |row: &str| row.rsplit('│').nth(1).unwrap_or_default().trim().to_owned();
    let rows: Vec<String> = screen.lines().map(pane).skip_while(|row| !row.starts_with("expected")).collect();
    assert!(rows.iter().take_while(|row| !row.is_empty()).all(|row| !row.ends_with('…')), "{screen}");
    rows.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_said_about_a_failure_is_whole_in_narrow_panes_and_the_keys_stay() {
    let (store, mut program) = at_tests((80, 24));
    change_message(&store, "Bill Copy", "No mobile number on file", "We have no number for you.");
    // No frame is drawn before the pane is wrapped, nor after the focus moved.
    program.keys("f9");
    go_to(&mut program, "Copy of the bill by post");
    let footer = |program: &mut Harness| program.screen().lines().last().unwrap().to_owned();
    let keys = footer(&mut program);
    assert!(keys.contains("enter step") && keys.contains("A all"), "{keys}");
    program.keys("r").expect("✗ failed at line 16 of 21").expect("0/1 passed");
    assert_eq!(footer(&mut program), keys, "the toast stands elsewhere");
    let whole = "expected We do not have a mobile number for you, so we will post a copy. It should arrive";
    for (size, keys) in [(80, ""), (80, "tab"), (120, ""), (120, "tab tab"), (80, "")] {
        program.resize(size, 24).keys(keys);
        let said = said(&mut program);
        assert!(said.contains(whole), "{said}");
        assert!(
            said.contains("got We have no number for you. by Bill Copy / No mobile number on file"),
            "{said}"
        );
        program.expect("failed at line 16 of 21").expect("▌ 16 message");
    }
}

#[test]
fn who_may_not_change_tests_may_look_at_them() {
    let store = support::demo_store();
    let mut session = Harness::session();
    session.environment.read_only = Some("production is read-only".to_owned());
    let mut program = Harness::new(Arc::clone(&store) as _, session, (120, 34));
    program.keys("4");
    go_to(&mut program, "Copy of the bill by post");
    let before = test_of(&store, "Copy of the bill by post");
    program
        .keys("e")
        .expect("Test ── Copy of the bill by post ── cannot be changed")
        .expect("read-only: production is read-only");
    // Nothing that is typed, pasted or inserted changes it; nothing can be saved.
    program
        .keys("f4")
        .reject("Insert a line")
        .text("xyz")
        .paste("abc")
        .keys("tab")
        .text("xyz")
        .keys("ctrl-s");
    program.reject("xyz").reject("abc").reject("changed 1").expect("production is read-only");
    program.keys("enter").expect("Copy of the bill by post").keys("esc");
    program.keys("tab tab shift-tab shift-tab shift-tab home down enter").expect("Line 2").keys("esc");
    program.keys("f5").expect("of 21, 22 steps");
    assert!(program.app.unsaved().is_empty());
    program.keys("esc").reject("cannot be changed");
    assert_eq!(test_of(&store, "Copy of the bill by post"), before);
}

#[test]
fn leaving_asks_about_a_run_and_not_about_checks() {
    let (_, mut program) = at_tests((120, 34));
    let read = Message::Loaded(Ok(Arc::clone(program.app.data.as_ref().unwrap())));
    let checks = program.app.update(read);
    assert!(program.app.jobs.iter().all(|job| !job.asked), "{:?}", program.app.jobs);
    assert!(checks.iter().any(|effect| matches!(effect, Effect::Job(..))), "{checks:?}");
    let quit = |program: &mut Harness| {
        let effects = program.app.update(Message::Terminal(Event::Key(KeyEvent::from(KeyCode::Char('q')))));
        effects.iter().any(|effect| matches!(effect, Effect::Quit))
    };
    assert!(quit(&mut program), "a check is no reason to stay");
    let _run = started(&mut program, 'A');
    assert!(!quit(&mut program));
    program.expect("Quit?").expect("running all tests is running").reject("checking");
}
