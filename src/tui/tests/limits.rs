//! The screen Limits in the whole program, on counters in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
#[path = "support/limits.rs"]
mod limits;
mod support;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connect_rules_cloud::gateway::Family;
use connect_rules_engine::value::Text;
use connect_rules_limits::dial::Line;
use connect_rules_limits::store::Page;
use connect_rules_limits::{Counter, Decision, Memory, Sqlite, StoreError};
use connect_rules_store::exchange::{Reset, Seed};
use connect_rules_store::{Actor, Role, Service, SqliteStore, Store as _};
use connect_rules_tui::harness::{Harness, NOW};
use connect_rules_tui::limits::{Answer, Dialling, Gate, Rows};

const WIDE: (u16, u16) = (120, 34);

fn line(program: &mut Harness, with: &str) -> String {
    let screen = program.screen();
    screen
        .lines()
        .find(|line| line.contains(with))
        .unwrap_or_else(|| panic!("no {with}\n{screen}"))
        .to_owned()
}

#[test]
fn numbers_stand_with_their_attempts_the_worst_first() {
    let store = limits::rows();
    let mut program = limits::program(&store, (80, 24));
    program.keys("6").expect("customer 5, lets 5 through · caller ID 10, lets 10 through · idle 60 s");
    program.expect("ON · numbers +1 · errors let calls go on (open) · tasks · defaults");
    program.expect("today: 11 attempts, 10 allowed · blocked 1 customer, 0 caller ID");
    program.expect("0 could not be judged · 0 blocked calls went on");
    let screen = program.screen();
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("*****")).collect();
    for (row, wanted) in rows.iter().zip([
        ["+*******0100", "6/5", "██████", " 0 ", "36 s", "BLOCKED"],
        ["+*******0200", "4/5", "█████░", " 1 ", "44 s", "WARN"],
        ["+*******0300", "0/5", "░░░░░░", " 5 ", "–", "FREE"],
    ]) {
        assert!(wanted.iter().all(|part| row.contains(part)), "{row}");
    }
    program.keys("tab").expect("[Caller IDs 2]").expect("6/10");
    program.resize(200, 60).expect("Customers ── 3").expect("Tasks ── 1 ── 2026-11-01 UTC");
}

#[test]
fn seconds_count_down_while_a_window_is_seen_to_run_out_and_nothing_is_drawn_after_that() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6").expect("36 s");
    program.wait(1_000).expect("35 s").expect("43 s");
    program.wait(36_000).expect("FREE").expect("7 s");
    program.wait(8_000);
    let free = program.screen();
    assert!(!free.contains("WARN"), "{free}");
    // Nothing runs out any more: rows are read, and no frame is drawn.
    program.wait(2_000).frame();
    program.app.dirty = false;
    program.done.clear();
    for _ in 0..10 {
        program.wait(2_000);
    }
    assert!(!program.app.dirty);
    let read = program.done.iter().filter(|effect| effect.starts_with("Job(")).count();
    assert!((8..=10).contains(&read), "{read} {:?}", program.done);
    // Nor on a day on which nobody dialled.
    program.wait(86_400_000).wait(2_000).expect("today: 0 attempts");
    program.wait(2_000).frame();
    program.app.dirty = false;
    program.wait(2_000).wait(2_000);
    assert!(!program.app.dirty);
    // Elsewhere, nothing is read at all.
    program.keys("2");
    program.done.clear();
    for _ in 0..10 {
        program.wait(2_000);
    }
    assert!(!program.done.iter().any(|effect| effect.starts_with("Job(")), "{:?}", program.done);
}

#[test]
fn what_agents_dial_is_seen_within_two_seconds_and_the_cursor_stays_on_its_number() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6 down");
    limits::make(&store, &[limits::call(0, "cleo", "+12065550400", "+18005550001")]);
    program.wait(1_000).reject("0400");
    program.wait(1_000).expect("+*******0400").expect("today: 12 attempts");
    assert!(line(&mut program, "0200").contains("▌"), "{}", program.screen());
    program.keys("p").expect("PAUSED: data of");
    limits::make(&store, &[limits::call(0, "cleo", "+12065550500", "+18005550001")]);
    program.wait(60_000).reject("0500").keys("p").expect("0500");
    program.ran(&["limits.pause"]);
}

/// Writes a row of the configuration.
fn set(program: &Harness, key: &str, text: &str) {
    let value = connect_rules_engine::json::parse(text).unwrap();
    let action = connect_rules_store::service::settings::SetConfig { key: key.into(), value };
    let ada = Actor::local("ada");
    let changed = program.world.backend.run(&ada, &action);
    program.world.runtime.block_on(changed).unwrap();
}

#[test]
fn caller_ids_tell_the_queues_that_call_with_them_as_far_as_that_is_known() {
    let store = limits::rows();
    let mut program = limits::program(&store, (80, 24));
    set(
        &program,
        "PhoneNumbers",
        r#"[{"PhoneNumber":"+18005550001","Id":"n1"},{"PhoneNumber":"+18005550002","Id":"n2"}]"#,
    );
    set(
        &program,
        "Queues",
        r#"[{"Name":"Welcome desk","OutboundCallerConfig":{"OutboundCallerIdNumberId":"n1"}}]"#,
    );
    program.keys("f9 6 tab");
    assert!(line(&mut program, "0001").contains("Welcome desk"), "{}", program.screen());
    assert!(!line(&mut program, "0002").contains("desk"), "{}", program.screen());
    program.keys("enter").expect("Queue          Welcome desk").keys("esc");
    program
        .keys("/")
        .text("welcome")
        .keys("enter")
        .expect("0001")
        .reject("0002")
        .keys("/ esc")
        .expect("0002");
    program.keys("y");
    assert!(program.copied[0].contains("+*******0001,Welcome desk,6/10"), "{}", program.copied[0]);
    // Changed by somebody else, it is seen without a new reading of the counters.
    set(&program, "Queues", "[]");
    program.keys("f9").reject("Welcome desk").expect("0001");
}

#[test]
fn rows_are_read_as_often_as_the_person_chose_and_that_is_kept_beside_the_theme() {
    use connect_rules_tui::session::Preferences;
    let (store, state) = (limits::rows(), tempfile::tempdir().unwrap());
    let mut session = limits::session(&store);
    session.state = Some(state.path().to_owned());
    session.preferences.theme = Some("mono".to_owned());
    let mut program = Harness::new(support::demo_store(), session, WIDE);
    program.keys("6").expect("live, read every 2 s").keys("9");
    program.keys("down down down down down down down down down enter down").expect("Limits refresh");
    program.keys("enter").expect("How often the limits are read").keys("ctrl-u").text("61");
    program.expect("no whole number of seconds from 1 to 60").keys("ctrl-s").expect("not saved");
    program
        .keys("ctrl-u")
        .text("20")
        .keys("ctrl-s")
        .expect("screen Limits is read every 20 s")
        .expect("20 s");
    let (kept, wrong) = Preferences::read(Some(state.path()));
    assert_eq!((kept.limits_refresh(), kept.theme.as_deref(), wrong.len()), (20, Some("mono"), 0));
    program.keys("6").expect("live, read every 20 s");
    limits::make(&store, &[limits::call(0, "cleo", "+12065550400", "+18005550001")]);
    program.wait(19_000).reject("0400");
    program.wait(1_000).expect("0400");
}

#[test]
fn preferences_that_cannot_be_used_are_told_and_passed_over() {
    use connect_rules_tui::session::Preferences;
    let (store, state) = (limits::rows(), tempfile::tempdir().unwrap());
    let (read, wrong) = Preferences::of(r#"{"limitsRefreshSeconds":0}"#);
    let mut session = limits::session(&store);
    (session.state, session.preferences) = (Some(state.path().to_owned()), read);
    let mut program = Harness::new(support::demo_store(), session, WIDE);
    program.app.explain_preferences(&wrong);
    program.expect("limitsRefreshSeconds: `0` is no whole number").expect("Admin, Settings");
    program.keys("esc 6").expect("live, read every 2 s");
}

/// Rows that fail when they are told to.
struct Shaky(Arc<Memory>, Arc<AtomicBool>);

impl Shaky {
    fn or<'a, T: Send + 'a>(&self, otherwise: Answer<'a, T>) -> Answer<'a, T> {
        if self.1.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError::Unavailable("throttled".to_owned())) });
        }
        otherwise
    }
}

impl Rows for Shaky {
    fn config(&self) -> Answer<'_, Option<Text>> {
        self.or(Rows::config(&self.0))
    }
    fn counters(&self, since: i64, most: usize) -> Answer<'_, (Vec<Counter>, bool)> {
        self.or(Rows::counters(&self.0, since, most))
    }
    fn decisions<'a>(
        &'a self,
        day: &'a str,
        most: usize,
        page: Option<&'a str>,
    ) -> Answer<'a, Page<Decision>> {
        self.or(Rows::decisions(&self.0, day, most, page))
    }
    fn release<'a>(&'a self, key: &'a str, updated_at: i64) -> Answer<'a, bool> {
        self.or(Rows::release(&self.0, key, updated_at))
    }
    fn dial<'a>(
        &'a self,
        dialling: &'a Dialling,
        goes_on: &'a (dyn Fn(usize) -> bool + Sync),
    ) -> Pin<Box<dyn Future<Output = Vec<Line>> + Send + 'a>> {
        Rows::dial(&self.0, dialling, goes_on)
    }
}

#[test]
fn rows_that_cannot_be_read_leave_what_is_shown_with_its_age() {
    let (store, fails) = (limits::rows(), Arc::<AtomicBool>::default());
    let mut session = Harness::session();
    let rows: Arc<dyn Rows> = Arc::new(Shaky(store, Arc::clone(&fails)));
    session.limits = Gate::new(move || {
        let rows = Arc::clone(&rows);
        Box::pin(async move { Ok(rows) })
    });
    fails.store(true, Ordering::Relaxed);
    let mut program = Harness::new(support::demo_store(), session, WIDE);
    program.expect("the store of the limits does not answer: throttled");
    program.keys("6").expect("the store of the limits does not answer: throttled").expect("r tries again");
    fails.store(false, Ordering::Relaxed);
    program.keys("r").expect("BLOCKED");
    fails.store(true, Ordering::Relaxed);
    program.wait(2_000).expect("cannot be read now: data of").expect("2 s old").expect("BLOCKED");
    program.wait(2_000).expect("4 s old").expect("throttled");
    fails.store(false, Ordering::Relaxed);
    program.wait(2_000).expect("live, read every 2 s").reject("throttled");
    program.ran(&["limits.refresh"]);
}

#[test]
fn a_place_without_counters_says_so() {
    let mut program = support::demo((80, 24));
    program
        .keys("6")
        .expect("This place has no counters of outbound limits.")
        .keys("f5 ctrl-s")
        .expect("calls under");
}

#[test]
fn numbers_are_filtered_sorted_and_shown_by_their_state() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6 / 0 2 0 0").expect("Customers ── 1").reject("0100").keys("enter").expect("0200");
    program
        .keys("/ esc")
        .expect("Customers ── 3")
        .keys("/")
        .text("bea")
        .keys("enter")
        .expect("Customers ── 2");
    program.keys("/").text("nobody").expect("nothing has these words").keys("esc");
    program.keys("f").expect("Customers ── 2, live only").reject("FREE");
    program.keys("f").expect("Customers ── 1, blocked only").keys("f").expect("Customers ── 3");
    // By number, the other way round.
    program.keys("S O").expect("Number↓");
    let screen = program.screen();
    let at = |number: &str| screen.find(number).unwrap();
    assert!(at("0300") < at("0200") && at("0200") < at("0100"), "{screen}");
    program.keys("tab tab f").expect("only numbers have a state");
    program.ran(&["limits.filterClear", "limits.states"]);
}

#[test]
fn whole_numbers_are_for_those_who_may_see_them() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6 m").expect("+12065550100").keys("m").reject("+12065550100");
    program.ran(&["limits.mask"]);
    let mut session = limits::session(&store);
    session.actor = Actor { role: Role::Tester, ..Actor::local("tess") };
    let mut program = Harness::new(support::demo_store(), session, WIDE);
    program
        .keys("6 m")
        .expect("TESTER may not see whole numbers; it takes POWER_USER")
        .reject("+12065550100");
    program.keys("e").expect("it takes ADMINISTRATOR").keys("x").expect("it takes ADMINISTRATOR");
    assert!(program.app.dialogs().next().is_none());
}

#[test]
fn rows_open_with_everything_about_them() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6 enter").expect("BLOCKED: attempts are blocked").expect("36 s if nobody dials");
    program.expect("5 allowed").expect("6 blocked (customer)").expect("Last agent     ada").keys("esc");
    program.keys("tab tab").expect("Blocked contacts ── 1").expect("ended");
    program
        .keys("enter")
        .expect("attempt 6, limit 5")
        .expect("attempt 6, limit 10")
        .expect("OUTBOUND")
        .keys("esc");
    program.keys("tab enter").expect("Task           requested").keys("esc");
    program.keys("d").expect("2026-10-31: 0 attempts").expect("no call was blocked that day");
    program.keys("d").expect("2026-10-30: 0 attempts").keys("D").expect("today: 11 attempts");
    program.keys("+").expect("all decisions of the day are read");
    program.ran(&["limits.earlier", "limits.today"]);
}

fn stored(store: &Service<SqliteStore>, key: &str) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let now = runtime.block_on(store.snapshot()).unwrap();
    let value = &now.config.iter().find(|row| &*row.key == key)?.value;
    connect_rules_engine::json::print(value)
}

#[test]
fn limits_are_changed_after_their_difference_and_count_for_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let model = Arc::new(Service::new(SqliteStore::open(&file).unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seed = Seed::new(&support::bundle(), "1970-01-01T00:00:00Z").unwrap();
    runtime.block_on(model.run(&Actor::local("seed"), &Reset { seed: Some(seed) })).unwrap();
    let mut session = Harness::session();
    session.limits = Gate::to(Arc::new(Sqlite::open(&file, NOW).unwrap()));
    session.environment.production = true;
    let mut program = Harness::new(Arc::clone(&model) as _, session, WIDE);
    program.keys("6 e tab ctrl-a ctrl-k").text("abc").expect("is no whole number");
    program.keys("ctrl-s").expect("not saved: 1 field is refused");
    program.keys("ctrl-a ctrl-k").text("12").expect("lets 12 through");
    program.expect("lets 10 through; ⚠ a caller ID is blocked before a");
    program
        .keys("ctrl-s")
        .expect("What changes")
        .expect("-   \"customerLimit\": 5")
        .expect("+   \"customerLimit\": 12");
    program
        .keys("enter")
        .expect("Change the limits?")
        .expect("⚠ a caller ID is blocked before a customer number can be;")
        .expect("production environment: type test");
    assert_eq!(stored(&model, "RateLimit"), None);
    program.text("test").keys("tab enter").expect("set the outbound limits · u undoes it");
    assert!(stored(&model, "RateLimit").unwrap().contains("\"customerLimit\":12"));
    program.wait(2_000).expect("customer 12, lets 12 through").expect("set here");
    // Cancelled, the form stays as it was typed.
    program
        .keys("e tab ctrl-a ctrl-k")
        .text("13")
        .keys("ctrl-s esc ctrl-g")
        .expect("Outbound limits ]")
        .expect("13");
    program.keys("ctrl-g y enter u").wait(2_000).expect("customer 5, lets 5 through");
    program.ran(&["limits.edit"]);
}

#[test]
fn a_number_is_released_with_a_reason_unless_somebody_dials_meanwhile() {
    let store = limits::rows();
    let model = support::demo_store();
    let mut program = limits::on(Arc::clone(&model), &store, WIDE);
    program.keys("6 x ctrl-s").expect("is missing").text("she asked for it");
    limits::make(&store, &[limits::call(0, "ada", "+12065550100", "+18005550001")]);
    program.keys("ctrl-s").expect("Release +*******0100?").keys("y enter");
    program.expect("was dialled meanwhile and is not released").expect("7/5");
    program.keys("x").text("again").keys("ctrl-s y enter").expect("+*******0100 is released");
    program.expect("Customers ── 2").reject("BLOCKED");
    assert!(stored(&model, "RateLimitReleased").unwrap().contains("\"reason\":\"again\""));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entries = runtime.block_on(model.store().audit(2)).unwrap();
    let titles: Vec<&str> = entries.iter().map(|it| it.title.as_str()).collect();
    let wanted =
        ["again", "she asked for it"].map(|why| format!("release +12065550100 from its limit: {why}"));
    assert_eq!(titles, wanted);
    program.ran(&["limits.release"]);
}

#[test]
fn made_up_agents_dial_in_memory_or_into_the_rows_of_this_place() {
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program
        .keys("6 f5 ctrl-s")
        .expect("88 calls under idle 5/10")
        .expect("34 allowed")
        .expect("Blocked most");
    program.keys("esc").expect("Customers ── 3");
    // What was typed is there again.
    program.keys("t ctrl-a ctrl-k").text("0").expect("is no whole number from 1 to 1000");
    program
        .keys("ctrl-a ctrl-k")
        .text("3")
        .keys("up ctrl-s")
        .expect("calls under")
        .keys("esc t")
        .expect("Agents                3");
    program.keys("down down down down down down down down down right right").expect("legacy").keys("ctrl-s");
    program.expect("calls under legacy 5/10").keys("esc t");
    program.keys("down down down down down down down down down right").expect("idle");
    program
        .keys("down down down down right")
        .expect("this store")
        .keys("ctrl-s")
        .expect("calls under idle 5/10");
    program.keys("esc").reject("Customers ── 3").expect("+*******0000");
    assert!(line(&mut program, "today: ").contains("attempts"));
    program.ran(&["limits.dial"]);
}

#[test]
fn tables_are_copied_and_written_as_csv() {
    let folder = tempfile::tempdir().unwrap();
    let store = limits::rows();
    let mut program = limits::program(&store, WIDE);
    program.keys("6 y").expect("copied 3 of 3 rows as CSV");
    let text = program.copied.pop().unwrap();
    let first =
        "Number,Used,Left,Reset,State,Last,Agent,Last contact\n+*******0100,6/5,0,36 s,BLOCKED,09:59:35,ada,";
    assert!(text.starts_with(first), "{text}");
    assert_eq!(text.lines().count(), 4);
    let path = folder.path().join("blocked.csv");
    program.keys("tab tab w").expect("limits-blocked-2026-11-01.csv").keys("ctrl-a ctrl-k");
    program.text(path.to_str().unwrap()).keys("ctrl-s").expect("1 rows written to");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.starts_with("Time,Agent,Customer,Caller ID,Reason,Attempt,Call,Retry at,Contact\n09:59:35,ada,"),
        "{text}"
    );
    program.ran(&["limits.copy", "limits.write"]);
}

#[test]
fn budgets_and_quotas_of_aws_stand_beside_each_other() {
    let (store, emulator) = cloud::both();
    let mut session = cloud::session(&emulator);
    session.limits = Gate::to(limits::rows());
    let mut program = Harness::new(store, session, WIDE);
    program
        .keys("6 tab tab tab tab")
        .expect("AWS API budgets")
        .expect("Service Quotas")
        .expect("CloudFormation");
    assert!(line(&mut program, "Service Quotas  ").contains("OK"), "{}", program.screen());
    let short = line(&mut program, "Concurrent active calls");
    assert!(short.contains("10") && short.contains("100") && short.contains("SHORT"), "{short}");
    assert!(line(&mut program, "Contact flows").contains("WARN"), "{}", program.screen());
    program
        .keys("enter")
        .expect("Refused: calls")
        .keys("esc tab enter")
        .expect("Recommended: 100")
        .expect("Service Quotas in");
    program.keys("esc y");
    assert!(
        program.copied.pop().unwrap().starts_with("Quota,Allowed,Wanted,State,More\nConcurrent active calls")
    );
    program.keys("/").text("queues").keys("enter").expect("Queues per").reject("Concurrent active");
    emulator.cloud().budgets.of(Family::Connect).throttled();
    program.wait(2_000).expect("THROTTLED");
    program.ran(&["limits.filterKeep", "limits.open"]);
}

#[test]
fn home_says_how_many_numbers_are_blocked_and_leads_there() {
    let store = limits::rows();
    let mut program = limits::program(&store, (80, 24));
    program.expect("Blocked calls now     ⚠ 1 customer number, 0 caller IDs");
    let calls: Vec<_> =
        (0..11).map(|at| limits::call(0, "ada", &format!("+1206555{at:04}"), "+18005550009")).collect();
    limits::make(&store, &calls);
    program.keys("2 1").expect("✗ 1 customer number, 1 caller ID blocked for all");
    program.keys("down down down enter").expect("Outbound limits");
    program.ran(&["home.open"]);
}

#[test]
fn a_caller_id_that_never_rests_is_warned_about() {
    let store = limits::rows();
    let calls: Vec<_> = (0..40)
        .map(|at| limits::call(400 - at * 10, "ada", &format!("+1206555{at:04}"), "+18005550007"))
        .collect();
    limits::make(&store, &calls);
    let mut program = limits::program(&store, WIDE);
    program
        .keys("6")
        .expect("⚠ caller ID +*******0007 never rests: blocked for 6 windows; fixed windows let it (e)");
}

#[test]
fn a_row_that_is_no_configuration_is_told_and_the_defaults_count() {
    let store = limits::rows();
    store.set_config(Some("{\"customerLimit\":\"abc\"}"));
    let mut program = limits::program(&store, WIDE);
    program.keys("6").expect("the stored limits cannot be used, so the defaults count").expect("customer 5");
    store.set_config(Some("{\"enabled\":false}"));
    program.wait(2_000).expect("OFF: nothing is counted").keys("1").expect("limits are switched off");
}

#[test]
fn of_a_long_day_the_newest_decisions_are_read_and_more_on_demand() {
    let store = Arc::new(Memory::default());
    let calls: Vec<_> =
        (0..10_100).map(|at| limits::call(1_000 - at / 11, "ada", &format!("+1206{at:07}"), "")).collect();
    limits::make(&store, &calls);
    let mut program = limits::program(&store, WIDE);
    program.keys("6").expect("newest 10000 of today: 10000 attempts");
    limits::make(&store, &[limits::call(0, "cleo", "+12065550100", "")]);
    program.wait(60_000).expect("newest 10001 of today: 10001 attempts");
    program.keys("+").expect(" today: 10101 attempts").reject("newest");
    program.ran(&["limits.more"]);
}
