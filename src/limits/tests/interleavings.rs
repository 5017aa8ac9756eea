//! Several calls at once, in every order of the steps of their stores.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::pin::Pin;

use common::{CUSTOMER, Desk, LONG, SYSTEM, Stepping, call, every_order, interleave, now, parity, short};
use connect_rules_limits::world::next;
use connect_rules_limits::{Checked, Config, Counter, Memory, Mode, Party, Recorder, Store as _, Touch};

type Future<'a> = Pin<Box<dyn std::future::Future<Output = Checked> + 'a>>;

/// Calls of these contacts at one moment on a counter that is old, in an order; answers what came of them.
fn scene(
    config: &Config,
    contacts: &[&str],
    system: &str,
    old: Option<u32>,
    choose: &mut dyn FnMut(usize) -> usize,
) -> (Vec<Checked>, u32) {
    let desk = Desk::on(Stepping(Memory::default()), config.clone(), Recorder::default());
    if let Some(usage) = old {
        let row = Touch::new(Party::Customer, CUSTOMER, "before", 0, config).first(None);
        desk.limiter.store().0.put(Counter { usage, ..row });
    }
    desk.world.set(120_000);
    let calls: Vec<_> = contacts.iter().map(|contact| call(contact, CUSTOMER, system)).collect();
    let futures = calls.iter().map(|call| Box::pin(desk.limiter.check(call, LONG)) as Future<'_>).collect();
    let out = interleave(futures, choose);
    let usage = now(desk.limiter.store().0.counter(CUSTOMER)).unwrap().unwrap().usage;
    (out, usage)
}

fn attempts(all: &[Checked]) -> Vec<u32> {
    let mut out: Vec<u32> = all.iter().filter_map(|it| it.decision.customer_attempt).collect();
    out.sort_unstable();
    out
}

#[track_caller]
fn right(all: &[Checked], usage: u32, limit: u32) {
    let count = all.len() as u32;
    assert_eq!(attempts(all), (1..=count).collect::<Vec<_>>(), "every attempt has a number of its own");
    assert_eq!(usage, count);
    let allowed = all.iter().filter(|it| it.decision.allowed).count() as u32;
    assert_eq!(allowed, count.min((limit - 1).max(1)));
}

#[test]
fn two_calls_in_every_order_of_all_their_steps() {
    for old in [None, Some(7)] {
        let orders = every_order(|choose| {
            let (all, usage) = scene(&parity(2, 10), &["a", "b"], SYSTEM, old, choose);
            right(&all, usage, 2);
        });
        assert!(orders > 20, "{orders}");
    }
}

#[test]
fn three_calls_in_every_order_of_all_their_steps() {
    let orders = every_order(|choose| {
        let (all, usage) = scene(&parity(3, 0), &["a", "b", "c"], "", Some(7), choose);
        right(&all, usage, 3);
    });
    assert!(orders > 3_000, "{orders}");
}

#[test]
fn four_counts_in_every_order() {
    // Claims and ends of different contacts do not meet; what meets are the updates of one counter.
    let config = parity(3, 0);
    let orders = every_order(|choose| {
        let store = Stepping(Memory::default());
        let touches =
            ["a", "b", "c", "d"].map(|contact| Touch::new(Party::Customer, CUSTOMER, contact, 0, &config));
        let count = |touch| {
            let store = &store;
            Box::pin(async move {
                loop {
                    use connect_rules_limits::store::Step::Made;
                    if let Made(row) = store.advance(touch).await.unwrap() {
                        return row.usage;
                    }
                    if let Made(row) = store.restart(touch).await.unwrap() {
                        return row.usage;
                    }
                }
            }) as Pin<Box<dyn std::future::Future<Output = u32> + '_>>
        };
        let mut got = interleave(touches.iter().map(count).collect(), choose);
        got.sort_unstable();
        assert_eq!(got, [1, 2, 3, 4]);
    });
    assert!(orders > 2_000, "{orders}");
}

#[test]
fn one_contact_invoked_twice_at_once_is_counted_once() {
    let orders = every_order(|choose| {
        let (all, usage) = scene(&parity(3, 0), &["same", "same"], "", None, choose);
        assert_eq!(usage, 1);
        assert_eq!(attempts(&all), [1, 1]);
        assert!(all.iter().all(|it| it.decision.allowed && it.failed.is_none()));
    });
    assert!(orders > 10, "{orders}");
}

#[test]
fn an_attempt_writes_once_for_each_number_unless_others_dialled_it_meanwhile() {
    for mode in [Mode::Idle, Mode::Fixed] {
        let config = Config { mode, ..parity(5, 10) };
        let mut desk = Desk::new(config.clone());
        // Claim and end of a decision, and one write for each number: of a new one, in its window, and after it.
        for (ms, wanted) in [(0, "T1"), (1_000, "T2"), (2_000, "T3"), (62_001, "T1"), (63_000, "T2")] {
            let before = desk.limiter.store().writes();
            assert_eq!(short(&desk.at(ms, CUSTOMER, SYSTEM)), wanted);
            assert_eq!(desk.limiter.store().writes() - before, 4, "{mode:?} at {ms}");
        }
        // Another process counted both numbers in a window that is not over here: one refused write each.
        let other = Touch::new(Party::Customer, CUSTOMER, "other", 130_000, &config);
        now(desk.limiter.store().restart(&other)).unwrap();
        let other = Touch::new(Party::System, SYSTEM, "other", 130_000, &config);
        now(desk.limiter.store().restart(&other)).unwrap();
        let before = desk.limiter.store().writes();
        assert_eq!(short(&desk.at(130_001, CUSTOMER, SYSTEM)), "T2");
        assert_eq!(desk.limiter.store().writes() - before, 6);
        // A number that was released in its window begins anew.
        let row = now(desk.limiter.store().counter(CUSTOMER)).unwrap().unwrap();
        assert!(now(desk.limiter.store().release(CUSTOMER, row.updated_at)).unwrap());
        assert_eq!(short(&desk.at(130_002, CUSTOMER, SYSTEM)), "T1");
    }
}

#[test]
fn what_was_seen_before_may_be_wrong_in_every_order() {
    // The window is as it was seen, over meanwhile by a release, or one that another process began.
    for (released, at, wanted) in [(false, 1_000, [2, 3]), (true, 1_000, [1, 2]), (false, 90_000, [1, 2])] {
        let orders = every_order(|choose| {
            let desk = Desk::on(Stepping(Memory::default()), parity(3, 0), Recorder::default());
            let first = call("first", CUSTOMER, "");
            let before =
                interleave(vec![Box::pin(desk.limiter.check(&first, LONG)) as Future<'_>], &mut |_| 0);
            assert_eq!(attempts(&before), [1]);
            if released {
                let rows = &desk.limiter.store().0;
                let row = now(rows.counter(CUSTOMER)).unwrap().unwrap();
                assert!(now(rows.release(CUSTOMER, row.updated_at)).unwrap());
            }
            desk.world.set(at);
            let calls = ["a", "b"].map(|contact| call(contact, CUSTOMER, ""));
            let futures =
                calls.iter().map(|call| Box::pin(desk.limiter.check(call, LONG)) as Future<'_>).collect();
            assert_eq!(attempts(&interleave(futures, choose)), wanted);
        });
        assert!(orders > 10, "{orders}");
    }
}

#[test]
fn more_numbers_than_are_remembered_are_counted_as_well() {
    let mut desk = Desk::new(parity(3, 0));
    for round in 1..=2 {
        for number in 0..5_000 {
            let checked = desk.at(i64::from(round * number), &format!("+1206{number:07}"), "");
            assert_eq!(checked.decision.customer_attempt, Some(round as u32), "{number}");
        }
    }
}

#[test]
fn many_calls_in_orders_by_chance() {
    for seed in 0..300_u64 {
        let mut chance = seed;
        let names: Vec<String> = (0..12).map(|at| format!("contact-{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut choose = |left: usize| {
            chance = next(chance);
            usize::try_from(chance % left as u64).unwrap()
        };
        let (all, usage) = scene(&parity(5, 0), &names, SYSTEM, Some(3), &mut choose);
        right(&all, usage, 5);
    }
}
