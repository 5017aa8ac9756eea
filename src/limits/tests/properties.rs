//! What holds for all scripts (`spec/rate-limiting.md` 10).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use common::{CUSTOMER, Desk, LONG, SYSTEM, call, now, parity};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_limits::dial::{Chances, Dial, Fault, Rules, run};
use connect_rules_limits::legacy::Limits;
use connect_rules_limits::{Config, Mode, StopStatus};
use proptest::prelude::*;

/// Times in rising order: pauses of 0 to 90 s, many of them at the edge of a window.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![0_i64..3_000, 0_i64..90_000, 59_990_i64..60_010];
    proptest::collection::vec(pause, 1..30).prop_map(|pauses| {
        let mut t = 0;
        pauses
            .into_iter()
            .map(|pause| {
                t += pause;
                t
            })
            .collect()
    })
}

fn config() -> impl Strategy<Value = Config> {
    let mode = prop_oneof![Just(Mode::Idle), Just(Mode::Fixed)];
    let compat = prop_oneof![Just(Compat::Original), Just(Compat::Corrected)];
    (0_u32..8, 0_u32..8, mode, compat, any::<bool>()).prop_map(
        |(customer_limit, system_limit, mode, compat, count)| Config {
            customer_limit,
            system_limit,
            mode,
            compat,
            count_system_when_customer_blocked: count,
            ..Config::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn attempts_of_a_window_are_numbered_without_gaps_and_let_through_what_the_limit_says(
        times in times(), config in config(),
    ) {
        let mut desk = Desk::new(Config { system_limit: 0, ..config.clone() });
        let (mut before, mut allowed) = (0, 0);
        for ms in times {
            let decision = desk.at(ms, CUSTOMER, SYSTEM).decision;
            let attempt = decision.customer_attempt.unwrap();
            prop_assert!(attempt == 1 || attempt == before + 1);
            if attempt == 1 { allowed = 0; }
            allowed += u32::from(decision.allowed);
            before = attempt;
            let most = config.lets_through(config.customer_limit).unwrap_or(u32::MAX);
            prop_assert_eq!(allowed, attempt.min(most));
        }
    }

    #[test]
    fn an_idle_window_is_judged_as_the_original_judges(times in times(), limits in (2_u32..8, 2_u32..8), to in proptest::collection::vec(0_u32..3, 30)) {
        let calls: Vec<Dial> = times.iter().zip(to).map(|(t_ms, to)| Dial {
            t_ms: *t_ms,
            customer: Text::from(format!("+1206555000{to}")),
            system: Text::from(SYSTEM),
            ..Dial::default()
        }).collect();
        let none = Chances::default();
        let new = now(run(&calls, &Rules::New(Box::new(parity(limits.0, limits.1))), &none, 0, 1));
        let rules = Rules::Legacy(Limits::read(&limits.0.to_string(), &limits.1.to_string()));
        let old = now(run(&calls, &rules, &none, 0, 1));
        for (new, old) in new.iter().zip(&old) {
            prop_assert_eq!((new.allowed, new.reason, new.customer_attempt, new.system_attempt),
                (old.allowed, old.reason, old.customer_attempt, old.system_attempt));
        }
    }

    #[test]
    fn a_contact_that_is_repeated_is_counted_once_and_answered_alike(
        times in times(), config in config(), retries in 0_usize..4,
    ) {
        let (mut once, mut again) = (Desk::new(config.clone()), Desk::new(config));
        for (at, ms) in times.into_iter().enumerate() {
            let first = once.at(ms, CUSTOMER, SYSTEM).reply();
            let mut last = again.at(ms, CUSTOMER, SYSTEM).reply();
            for _ in 0..retries {
                let contact = format!("contact-{}", at + 1);
                last = now(again.limiter.check(&call(&contact, CUSTOMER, SYSTEM), LONG)).reply();
            }
            prop_assert_eq!(first, last);
        }
        prop_assert_eq!(once.hand.asked(), again.hand.asked());
    }

    #[test]
    fn after_the_time_to_wait_the_next_call_passes(times in times(), config in config()) {
        let mut desk = Desk::new(config.clone());
        let mut last = None;
        let mut end = 0;
        for ms in times {
            last = Some(desk.at(ms, CUSTOMER, SYSTEM));
            end = ms;
        }
        let wait = last.and_then(|it| it.retry_after()).map_or(config.window() + 1, |it| it * 1000);
        prop_assert!(desk.at(end + wait, CUSTOMER, SYSTEM).decision.allowed);
    }

    #[test]
    fn answers_are_small_flat_texts_and_blocked_calls_are_ended(
        times in times(), config in config(),
    ) {
        let mut desk = Desk::new(config);
        let mut blocked = 0;
        for ms in times {
            let checked = desk.at(ms, CUSTOMER, SYSTEM);
            blocked += usize::from(!checked.decision.allowed);
            let reply = checked.reply();
            prop_assert!(reply.iter().all(|(_, value)| value.as_str().is_some()));
            prop_assert!(json::print(&Value::from(reply)).unwrap().len() < 1024);
            prop_assert_eq!(checked.decision.allowed, checked.decision.stop_status == StopStatus::None);
        }
        prop_assert_eq!(desk.hand.asked().len(), blocked);
    }

    #[test]
    fn a_larger_limit_blocks_no_more(times in times(), config in config(), more in 1_u32..4) {
        prop_assume!(config.customer_limit > 0);
        let blocked = |limit| {
            let mut desk = Desk::new(Config { customer_limit: limit, system_limit: 0, ..config.clone() });
            times.iter().filter(|ms| !desk.at(**ms, CUSTOMER, SYSTEM).decision.allowed).count()
        };
        prop_assert!(blocked(config.customer_limit + more) <= blocked(config.customer_limit));
    }

    #[test]
    fn faults_never_let_more_through_than_the_limit_in_a_closed_mode(
        times in times(), seed in any::<u64>(),
    ) {
        let config = Config {
            customer_limit: 3, system_limit: 0, mode: Mode::Fixed,
            fail_mode: connect_rules_limits::FailMode::Closed, ..Config::default()
        };
        let calls: Vec<Dial> = times.iter().map(|t_ms| Dial {
            t_ms: *t_ms, customer: Text::from(CUSTOMER), system: Text::from(SYSTEM), ..Dial::default()
        }).collect();
        let chances = Chances(vec![
            (Fault::StoreDown, 0.1), (Fault::Conflict, 0.1), (Fault::StoreSlow, 0.1),
            (Fault::CrashAfterCount, 0.2), (Fault::CrashBeforeFinish, 0.2), (Fault::Retry(2), 0.2),
        ]);
        let lines = now(run(&calls, &Rules::New(Box::new(config)), &chances, 0, seed));
        let mut allowed = 0;
        for line in lines {
            if line.customer_attempt == Some(1) { allowed = 0; }
            allowed += u32::from(line.allowed);
            prop_assert!(allowed <= 3, "{line:?}");
        }
    }
}
