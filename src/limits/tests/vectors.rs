//! The vectors of `spec/rate-limiting.md` 11: how the original answers, and how this program does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::sync::Arc;

use common::{CUSTOMER, Desk, LONG, SYSTEM, call, now, parity, short};
use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_limits::config::{CORRECTED, Mode};
use connect_rules_limits::dial::{self, Dial, Fault, Rules};
use connect_rules_limits::legacy::{self, Legacy, Limits, Outcome};
use connect_rules_limits::stop::StopError;
use connect_rules_limits::store::Step;
use connect_rules_limits::world::Virtual;
use connect_rules_limits::{
    Config, Counter, Decision, FailMode, Memory, Party, Reason, Recorder, Status, StopStatus, Store as _,
    Touch,
};

/// The original on rows of its own.
struct Original {
    store: Legacy,
    limits: Limits,
    hand: Recorder,
    count: u32,
}

impl Original {
    fn new(customer: &str, system: &str) -> Self {
        let limits = Limits::read(customer, system);
        Original { store: Legacy::default(), limits, hand: Recorder::default(), count: 0 }
    }

    fn ask(&mut self, ms: i64, contact: &str, customer: &str, system: &str) -> Outcome {
        let world = Virtual::new(ms, 0);
        let call = call(contact, customer, system);
        now(legacy::check(&call, &self.limits, &self.store, &self.hand, &world))
    }

    fn at(&mut self, ms: i64, customer: &str, system: &str) -> String {
        self.count += 1;
        let contact = format!("contact-{}", self.count);
        match self.ask(ms, &contact, customer, system) {
            Outcome::Answered { reason: Reason::None, customer, .. } => format!("T{customer}"),
            Outcome::Answered { reason: Reason::Customer, customer, .. } => format!("F{customer}"),
            Outcome::Answered { system, .. } => format!("F{system}s"),
            Outcome::Nothing => "null".to_owned(),
            Outcome::Threw => "threw".to_owned(),
        }
    }

    fn usage(&self, key: &str) -> u32 {
        now(self.store.counter(key)).unwrap().unwrap().usage
    }
}

fn both(limits: (u32, u32), times: &[i64]) -> (Vec<String>, Vec<String>) {
    let mut original = Original::new(&limits.0.to_string(), &limits.1.to_string());
    let mut desk = Desk::new(parity(limits.0, limits.1));
    let orig = times.iter().map(|ms| original.at(*ms, CUSTOMER, SYSTEM)).collect();
    let new = times.iter().map(|ms| short(&desk.at(*ms, CUSTOMER, SYSTEM))).collect();
    (orig, new)
}

#[track_caller]
fn same(limits: (u32, u32), times: &[i64], wanted: &[&str]) {
    let (orig, new) = both(limits, times);
    assert_eq!(orig, wanted, "the original");
    assert_eq!(new, wanted, "this program");
}

#[test]
fn vector_1_and_23_blocked_attempts_restart_the_minute() {
    let times = [0, 10_000, 20_000, 30_000, 40_000, 50_000, 110_000, 170_001];
    same((5, 10), &times, &["T1", "T2", "T3", "T4", "F5", "F6", "F7", "T1"]);
    let mut desk = Desk::new(parity(5, 10));
    let blocked = times[..5].iter().map(|ms| desk.at(*ms, CUSTOMER, SYSTEM)).last().unwrap();
    let reply = blocked.reply();
    let text = |name: &str| reply.get(name).unwrap().text().to_string();
    assert_eq!(text("RetryAfterSeconds"), "61");
    assert_eq!(
        (text("Result"), text("CallAllowed"), text("Reason"), text("NotifyAgent")),
        ("SUCCESS".into(), "false".into(), "customer".into(), "true".into())
    );
    assert_eq!((text("Attempt"), text("Limit"), text("Stopped")), ("5".into(), "5".into(), "true".into()));
    assert_eq!(desk.hand.asked(), [Text::from("contact-5")]);
}

#[test]
fn vector_2_a_fixed_window_ends_although_people_dial() {
    let mut desk = Desk::new(Config { mode: Mode::Fixed, ..parity(5, 10) });
    let times = [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 70_002];
    let got: Vec<String> = times.iter().map(|ms| short(&desk.at(*ms, CUSTOMER, SYSTEM))).collect();
    assert_eq!(got, ["T1", "T2", "T3", "T4", "F5", "F6", "F7", "T1", "T2"]);
}

#[test]
fn vector_3_one_caller_id_for_six_customers() {
    let (mut original, mut desk) = (Original::new("5", "4"), Desk::new(parity(5, 4)));
    let (mut orig, mut new) = (Vec::new(), Vec::new());
    for (at, ms) in [0, 1_000, 2_000, 3_000, 4_000, 5_000, 65_001].into_iter().enumerate() {
        let customer = format!("+1206555010{at}");
        orig.push(original.at(ms, &customer, SYSTEM));
        let checked = desk.at(ms, &customer, SYSTEM);
        assert_eq!(checked.decision.allowed, checked.decision.reason == Reason::None);
        assert!(matches!(checked.decision.reason, Reason::None | Reason::System));
        new.push(short(&checked));
    }
    assert_eq!(orig, ["T1", "T1", "T1", "F4s", "F5s", "F6s", "T1"]);
    assert_eq!(new, ["T1", "T1", "T1", "F4", "F5", "F6", "T1"]);
}

#[test]
fn vectors_4_to_7_small_limits_and_the_edge_of_the_window() {
    same((1, 10), &[0, 1_000, 70_000], &["T1", "F2", "T1"]);
    same((2, 10), &[0, 1_000, 70_000], &["T1", "F2", "T1"]);
    same((3, 10), &[0, 1_000, 2_000], &["T1", "T2", "F3"]);
    same((3, 10), &[0, 1_000, 61_000], &["T1", "T2", "F3"]);
    same((3, 10), &[0, 1_000, 61_001], &["T1", "T2", "T1"]);
}

#[test]
fn vector_8_a_limit_that_is_no_number() {
    let mut original = Original::new("abc", "abc");
    assert!((0..30).all(|ms| original.at(ms, CUSTOMER, SYSTEM).starts_with('T')));
    let store = Memory::default();
    store.set_config(Some(r#"{"customerLimit":"abc"}"#));
    let mut desk = Desk::on(store, parity(5, 10), Recorder::default());
    let checked = desk.at(0, CUSTOMER, SYSTEM);
    assert_eq!(checked.decision.customer_limit, 5);
    assert!(checked.troubles[0].to_string().starts_with("CONFIG_UNREADABLE"), "{:?}", checked.troubles);
    assert!(checked.measures().iter().any(|it| it.dimension == Some(("Kind", "config"))));
}

#[test]
fn vector_9_the_customer_comes_first() {
    let (orig, new) = both((3, 3), &[0, 1, 2]);
    assert_eq!((orig[2].as_str(), new[2].as_str()), ("F3", "F3"));
    let mut desk = Desk::new(parity(3, 3));
    let last = (0..3).map(|ms| desk.at(ms, CUSTOMER, SYSTEM)).last().unwrap();
    assert_eq!((last.decision.reason, last.decision.system_attempt), (Reason::Customer, Some(3)));
}

#[test]
fn vector_10_one_customer_uses_up_the_caller_id() {
    let other = "+12065550111";
    let mut original = Original::new("5", "10");
    let mut spared = Desk::new(Config { count_system_when_customer_blocked: false, ..parity(5, 10) });
    let mut desk = Desk::new(parity(5, 10));
    for second in 0..12 {
        original.at(second * 1000, CUSTOMER, SYSTEM);
        spared.at(second * 1000, CUSTOMER, SYSTEM);
        desk.at(second * 1000, CUSTOMER, SYSTEM);
    }
    assert_eq!(original.at(12_000, other, SYSTEM), "F13s");
    assert_eq!(short(&desk.at(12_000, other, SYSTEM)), "F13");
    let last = spared.at(12_000, other, SYSTEM).decision;
    assert_eq!((last.allowed, last.customer_attempt, last.system_attempt), (true, Some(1), Some(5)));
}

#[test]
fn vector_11_two_at_the_same_moment_after_a_rest() {
    let old = Counter {
        usage: 7,
        ..Touch::new(Party::Customer, CUSTOMER, "before", 0, &parity(5, 10)).first(None)
    };
    // Both of the original update before either of them resets.
    let legacy = Legacy::default();
    legacy.put(old.clone());
    let touch = |contact| Touch::new(Party::Customer, CUSTOMER, contact, 120_000, &parity(5, 10));
    let first = now(legacy.advance(&touch("a"))).unwrap();
    let second = now(legacy.advance(&touch("b"))).unwrap();
    assert!(matches!(&first, Step::Refused(Some(row)) if row.usage == 7), "{first:?}");
    assert!(matches!(&second, Step::Made(row) if row.usage == 9), "the old 8 is judged as fresh: {second:?}");
    now(legacy.restart(&touch("a"))).unwrap();
    assert_eq!(now(legacy.counter(CUSTOMER)).unwrap().unwrap().usage, 1);
    let desk = Desk::new(parity(5, 10));
    desk.limiter.store().put(old);
    desk.world.set(120_000);
    let verdicts: Vec<String> = ["a", "b"]
        .map(|contact| short(&now(desk.limiter.check(&call(contact, CUSTOMER, SYSTEM), LONG))))
        .to_vec();
    assert_eq!(verdicts, ["T1", "T2"]);
    assert_eq!(now(desk.limiter.store().counter(CUSTOMER)).unwrap().unwrap().usage, 2);
}

#[test]
fn vector_12_twenty_at_once() {
    let mut original = Original::new("10", "0");
    original.limits.system = f64::NAN;
    let passed = (0..20).filter(|_| original.at(0, CUSTOMER, SYSTEM).starts_with('T')).count();
    assert_eq!((passed, original.usage(CUSTOMER)), (9, 20));
    let mut desk = Desk::new(parity(10, 0));
    let passed = (0..20).filter(|_| desk.at(0, CUSTOMER, SYSTEM).decision.allowed).count();
    let usage = now(desk.limiter.store().counter(CUSTOMER)).unwrap().unwrap().usage;
    assert_eq!((passed, usage), (9, 20));
}

#[test]
fn vector_13_the_same_contact_four_times() {
    let mut original = Original::new("3", "10");
    let orig: Vec<bool> = (0..4)
        .map(|ms| match original.ask(ms, "same", CUSTOMER, SYSTEM) {
            Outcome::Answered { reason, .. } => reason == Reason::None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(orig, [true, true, false, false]);
    let desk = Desk::new(parity(3, 10));
    let mut replayed = 0;
    let replies: Vec<String> = (0..4)
        .map(|ms| {
            desk.world.set(ms);
            let checked = now(desk.limiter.check(&call("same", CUSTOMER, SYSTEM), LONG));
            replayed += u32::from(checked.replayed);
            json::print(&Value::from(checked.reply())).unwrap()
        })
        .collect();
    assert!(replies.iter().all(|it| *it == replies[0]) && replies[0].contains(r#""Attempt":"1""#));
    assert_eq!(replayed, 3);
    assert_eq!(now(desk.limiter.store().counter(CUSTOMER)).unwrap().unwrap().usage, 1);
}

fn exempt(desk: &Desk, checked: &connect_rules_limits::Checked) -> bool {
    let nothing = desk.limiter.store().writes() == 0;
    nothing && checked.decision.allowed && checked.decision.reason == Reason::Exempt
}

#[test]
fn vectors_14_and_15_prefixes() {
    let far = "+61400000000";
    let dial = Dial { customer: Text::from(far), system: Text::from(SYSTEM), ..Dial::default() };
    let rules = Rules::Legacy(Limits::read("5", "10"));
    let lines = now(dial::run(&[dial], &rules, &dial::Chances::default(), 0, 1));
    assert_eq!((lines[0].reason, lines[0].customer_attempt), (Reason::Exempt, None));
    let mut desk = Desk::new(parity(5, 10));
    let checked = desk.at(0, far, SYSTEM);
    assert!(exempt(&desk, &checked));
    let mut all = Desk::new(Config { prefixes: Vec::new(), ..parity(5, 10) });
    assert_eq!(short(&all.at(0, far, SYSTEM)), "T1");
    assert_eq!(now(all.limiter.store().counter(far)).unwrap().unwrap().usage, 1);
}

#[test]
fn vector_16_the_store_is_down() {
    let fault = Some(Fault::StoreDown);
    let dial = Dial { customer: Text::from(CUSTOMER), system: Text::from(SYSTEM), fault, ..Dial::default() };
    let one = |rules: Rules| {
        now(dial::run(std::slice::from_ref(&dial), &rules, &dial::Chances::default(), 0, 1)).remove(0)
    };
    let orig = one(Rules::Legacy(Limits::read("5", "10")));
    assert_eq!((orig.allowed, orig.task, orig.notes.len()), (true, Some("Rate Limiting Error"), 4));
    let open = one(Rules::New(Box::new(parity(5, 10))));
    assert_eq!((open.allowed, open.reason, open.task), (true, Reason::Error, None));
    let closed = Config { fail_mode: FailMode::Closed, ..parity(5, 10) };
    let closed = one(Rules::New(Box::new(closed)));
    assert_eq!((closed.allowed, closed.reason, closed.stop), (false, Reason::Error, StopStatus::Stopped));
    assert_eq!(closed.task, Some("Call blocked: limiter error"));
}

#[test]
fn vector_17_the_call_cannot_be_ended() {
    let no = || Err(StopError { message: "throttled".to_owned(), again: true });
    let mut original = Original::new("2", "10");
    original.hand = Recorder::answering(vec![no(), no(), no()]);
    let got: Vec<String> = (0..3).map(|ms| original.at(ms, CUSTOMER, SYSTEM)).collect();
    assert_eq!((got.join(" "), original.usage(CUSTOMER)), ("T1 threw threw".to_owned(), 3));
    let mut desk =
        Desk::on(Memory::default(), parity(2, 10), Recorder::answering(vec![no(), no(), no(), no()]));
    desk.at(0, CUSTOMER, SYSTEM);
    let blocked = desk.at(1, CUSTOMER, SYSTEM);
    let reply = json::print(&Value::from(blocked.reply())).unwrap();
    assert!(reply.contains(r#""Reason":"customer""#) && reply.contains(r#""Stopped":"false""#), "{reply}");
    assert_eq!((blocked.decision.stop_status, desk.hand.asked().len()), (StopStatus::Failed, 3));
    assert!(blocked.measures().iter().any(|it| it.dimension == Some(("Kind", "stop"))));
    // Asked again, the call is ended first: the fourth try fails, the fifth does not.
    let again = now(desk.limiter.check(&call("contact-2", CUSTOMER, SYSTEM), LONG));
    assert!(again.replayed && again.decision.stop_status == StopStatus::Stopped);
    assert_eq!(desk.hand.asked().len(), 5);
}

#[test]
fn vector_18_callbacks() {
    let mut original = Original::new("5", "10");
    original.at(0, CUSTOMER, SYSTEM);
    assert_eq!(original.usage(CUSTOMER), 1);
    let callback = connect_rules_limits::Call {
        initiation: Text::from("CALLBACK"),
        ..call("callback", CUSTOMER, SYSTEM)
    };
    let desk = Desk::new(Config { exempt_callbacks: true, ..parity(5, 10) });
    let checked = now(desk.limiter.check(&callback, LONG));
    assert!(exempt(&desk, &checked));
    let desk = Desk::new(parity(5, 10));
    assert_eq!(short(&now(desk.limiter.check(&callback, LONG))), "T1");
}

#[test]
fn vector_19_no_caller_id() {
    assert_eq!(Original::new("5", "10").at(0, CUSTOMER, ""), "null");
    let mut desk = Desk::new(parity(5, 10));
    let decision = desk.at(0, CUSTOMER, "").decision;
    assert_eq!((decision.customer_attempt, decision.system_attempt, decision.allowed), (Some(1), None, true));
}

#[test]
fn vector_20_no_limit() {
    let mut original = Original::new("0", "100");
    let orig: Vec<bool> = (0..20).map(|ms| original.at(ms, CUSTOMER, SYSTEM).starts_with('T')).collect();
    assert!(orig[0] && orig[1..].iter().all(|passed| !passed));
    let mut desk = Desk::new(parity(0, 100));
    assert!((0..20).all(|ms| desk.at(ms, CUSTOMER, SYSTEM).decision.allowed));
    assert_eq!(now(desk.limiter.store().counter(CUSTOMER)).unwrap().unwrap().usage, 20);
}

#[test]
fn vector_21_a_number_that_calls_and_is_called() {
    let other = "+12065550111";
    let mut original = Original::new("5", "10");
    original.at(0, CUSTOMER, other);
    original.at(1, other, CUSTOMER);
    assert_eq!(original.usage(CUSTOMER), 2);
    let mut desk = Desk::new(parity(5, 10));
    desk.at(0, CUSTOMER, other);
    desk.at(1, other, CUSTOMER);
    let usage = |key: &str| now(desk.limiter.store().counter(key)).unwrap().unwrap().usage;
    assert_eq!((usage(CUSTOMER), usage(&Party::System.key(CUSTOMER))), (1, 1));
}

#[test]
fn vector_22_a_crash_between_the_two_numbers() {
    let config = parity(5, 10);
    let desk = Desk::new(config.clone());
    let store = desk.limiter.store();
    let lost = Decision::pending(&call("c", CUSTOMER, SYSTEM), Text::from("lost"), 0);
    now(store.claim(&lost)).unwrap();
    now(store.restart(&Touch::new(Party::Customer, CUSTOMER, "c", 0, &config))).unwrap();
    desk.world.set(5_000);
    let checked = now(desk.limiter.check(&call("c", CUSTOMER, SYSTEM), LONG));
    let decision = &checked.decision;
    assert_eq!((decision.customer_attempt, decision.system_attempt), (Some(1), Some(1)));
    assert_eq!(now(store.decision("c")).unwrap().unwrap().status, Status::Done);
    // The dialler's crash comes to the same.
    let fault = Some(Fault::CrashAfterCount);
    let dial = Dial { customer: Text::from(CUSTOMER), system: Text::from(SYSTEM), fault, ..Dial::default() };
    let rules = Rules::New(Box::new(config));
    let line = now(dial::run(&[dial], &rules, &dial::Chances::default(), 0, 1)).remove(0);
    assert_eq!((line.customer_attempt, line.system_attempt, line.allowed), (Some(1), Some(1), true));
    assert_eq!(line.notes, ["the function crashed"]);
}

#[test]
fn corrected_lets_exactly_the_limit_through() {
    // What differs from parity is one quirk.
    assert_eq!(CORRECTED.map(|(quirk, _)| quirk), ["R-08"]);
    for limit in [1_u32, 2, 3, 5] {
        for mode in [Mode::Idle, Mode::Fixed] {
            let config = Config { customer_limit: limit, system_limit: 0, mode, ..Config::default() };
            let passed = |config: Config| {
                let mut desk = Desk::new(config);
                (0..20).filter(|ms| desk.at(*ms, CUSTOMER, SYSTEM).decision.allowed).count() as u32
            };
            assert_eq!(passed(config), limit, "corrected, {mode:?}");
            let old = Config { mode, ..parity(limit, 0) };
            assert_eq!(passed(old), (limit - 1).max(1), "parity, {mode:?}");
        }
    }
}

#[test]
fn an_event_that_asks_nothing_is_answered_by_the_mode_of_failures() {
    let event = json::parse(r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{"ContactId":"c"}}}"#);
    let event = event.unwrap();
    let open = Desk::new(parity(5, 10));
    let checked = now(open.limiter.check_event(&event, LONG));
    let reply = json::print(&Value::from(checked.reply())).unwrap();
    assert_eq!(reply, r#"{"Result":"ERROR","CallAllowed":"true","Reason":"error","NotifyAgent":"false"}"#);
    let closed = Desk::new(Config { fail_mode: FailMode::Closed, ..parity(5, 10) });
    let reply = json::print(&Value::from(now(closed.limiter.check_event(&event, LONG)).reply())).unwrap();
    assert!(reply.contains(r#""CallAllowed":"false""#) && reply.contains(r#""NotifyAgent":"true""#));
    assert_eq!(closed.hand.asked(), [Text::from("c")]);
    assert_eq!(Arc::strong_count(&closed.hand), 2);
}

#[test]
fn without_time_nothing_is_begun() {
    let desk = Desk::new(parity(5, 10));
    let checked = now(desk.limiter.check(&call("c", CUSTOMER, SYSTEM), 499));
    assert_eq!((checked.decision.allowed, checked.decision.reason), (true, Reason::Error));
    assert!(checked.troubles[0].to_string().starts_with("TIMEOUT"));
    assert_eq!(desk.limiter.store().writes(), 0);
}

#[test]
fn the_log_line_hides_numbers_and_a_task_is_noted() {
    let mut desk = Desk::new(parity(5, 10));
    let checked = desk.at(0, CUSTOMER, SYSTEM);
    let shown = |mask| json::print(&Value::from(checked.line(mask))).unwrap();
    assert!(!shown(true).contains(CUSTOMER) && shown(true).contains("0100"));
    assert!(shown(false).contains(CUSTOMER));
    let event = |source: &str| {
        json::parse(&format!(
            r#"{{"Details":{{"ContactData":{{"ContactId":"task"}},"Parameters":{{"SourceContactId":"{source}","status":"STARTED"}}}}}}"#
        ))
        .unwrap()
    };
    let (reply, trouble) = now(desk.limiter.task(&event("contact-1")));
    assert_eq!((reply.get("Result").unwrap().text().to_string(), trouble), ("SUCCESS".to_owned(), None));
    let row = now(desk.limiter.store().decision("contact-1")).unwrap().unwrap();
    assert_eq!((row.task_status.name(), row.task_contact_id.as_deref()), ("STARTED", Some("task")));
    assert!(now(desk.limiter.task(&event("nobody"))).1.unwrap().contains("nobody"));
}
