//! Several calls at once, in every order of the steps of their stores.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::pin::Pin;

use common::{CUSTOMER, Desk, LONG, SYSTEM, Stepping, call, every_order, interleave, now, parity};
use connect_rules_limits::world::next;
use connect_rules_limits::{Checked, Config, Counter, Memory, Party, Recorder, Store as _, Touch};

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
        assert!(orders > 50, "{orders}");
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
