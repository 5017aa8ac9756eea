//! How the original counts (`spec/rate-limiting.md` 3): two updates without conditions, one row for a number whoever's
//! it is, and every invocation counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use connect_rules_engine::value::Text;

use crate::counting::{Counter, Party, Touch};
use crate::decision::{Decision, Reason, TaskStatus};
use crate::limiter::Call;
use crate::memory::Memory;
use crate::stop::Stopper;
use crate::store::{Page, Step, Store, StoreError};
use crate::world::World;

/// The window of the original in milliseconds.
const WINDOW: i64 = 60_000;

/// The rows of the original. As a [`Store`] it counts as the original does: A is an update without a condition that
/// answers what was there, B one that starts again at 1, and no contact is known as counted.
#[derive(Debug, Default)]
pub struct Legacy {
    rows: Mutex<BTreeMap<Text, Counter>>,
    decisions: Memory,
}

impl Legacy {
    fn with<R>(&self, work: impl FnOnce(&mut BTreeMap<Text, Counter>) -> R) -> R {
        work(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a counter, whatever was there.
    pub fn put(&self, counter: Counter) {
        self.with(|rows| rows.insert(Text::from(counter.number()), counter));
    }

    fn add(&self, touch: &Touch) -> Option<Counter> {
        self.with(|rows| {
            let key = Text::from(Party::of_key(&touch.key).1);
            let old = rows.get(&key).cloned();
            let usage = old.as_ref().map_or(0, |row| row.usage).saturating_add(1);
            let start = old.as_ref().map_or(touch.now, |row| row.window_start);
            let mut row = Counter { usage, window_start: start, ..touch.first(None) };
            row.phone_number = Text::clone(&key);
            rows.insert(key, row);
            old
        })
    }

    fn reset(&self, touch: &Touch) -> Counter {
        self.with(|rows| {
            let key = Text::from(Party::of_key(&touch.key).1);
            let row = Counter { phone_number: Text::clone(&key), ..touch.first(None) };
            rows.insert(key, row.clone());
            row
        })
    }
}

impl Store for Legacy {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        Ok(None)
    }

    async fn claim(&self, _: &Decision) -> Result<Option<Decision>, StoreError> {
        Ok(None)
    }

    async fn take_over(&self, _: &Decision, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        self.decisions.decision(contact).await
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        let old = self.add(touch);
        Ok(match old {
            Some(old) if touch.now - old.updated_at > touch.window => Step::Refused(Some(old)),
            Some(old) => Step::Made(Counter { usage: old.usage.saturating_add(1), ..touch.first(None) }),
            None => Step::Made(touch.first(None)),
        })
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        Ok(Step::Made(self.reset(touch)))
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        if self.decisions.claim(decision).await?.is_some() {
            return self.decisions.finish(decision).await;
        }
        Ok(true)
    }

    async fn note_blocked(&self, _: &str, _: i64) -> Result<(), StoreError> {
        Ok(())
    }

    async fn note_task(&self, contact: &str, status: TaskStatus, task: &str) -> Result<bool, StoreError> {
        self.decisions.note_task(contact, status, task).await
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        Ok(self.with(|rows| rows.get(Party::of_key(key).1).cloned()))
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        Ok(self.with(|rows| {
            let after = |row: &&Counter| page.is_none_or(|page| &*row.phone_number > page);
            let mut found = rows.values().filter(after).filter(|row| row.updated_at >= since);
            let rows: Vec<Counter> = found.by_ref().take(most).cloned().collect();
            let last = rows.last().map(|row| Text::clone(&row.phone_number));
            Page { next: last.filter(|_| found.next().is_some()), rows }
        }))
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        self.decisions.decisions(day, most, page).await
    }

    async fn release(&self, key: &str, _: i64) -> Result<bool, StoreError> {
        Ok(self.with(|rows| rows.remove(Party::of_key(key).1).is_some()))
    }
}

/// The limits of the original: texts, read as numbers; what is none never blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Of customer numbers.
    pub customer: f64,
    /// Of numbers of the instance.
    pub system: f64,
    /// Beginning of the numbers that the flow asks about.
    pub prefix: Text,
}

impl Limits {
    /// Reads the two texts.
    pub fn read(customer: &str, system: &str) -> Self {
        let number = |text: &str| text.trim().parse().unwrap_or(f64::NAN);
        Limits { customer: number(customer), system: number(system), prefix: Text::from("+1") }
    }
}

/// What one invocation of the original comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An answer: why the call is blocked ([`Reason::None`]: it is not), with the attempts at both numbers.
    Answered {
        /// Why the call is blocked.
        reason: Reason,
        /// Number of the attempt at the customer number.
        customer: u32,
        /// Number of the attempt at the caller ID.
        system: u32,
    },
    /// No answer; the flow invokes it again.
    Nothing,
    /// Its error left the function; the attempts were counted.
    Threw,
}

/// Judges a call as the original does. It reads the clock once for each number.
pub async fn check<S: Store, P: Stopper, W: World>(
    call: &Call,
    limits: &Limits,
    store: &S,
    stopper: &P,
    world: &W,
) -> Outcome {
    if call.system.is_empty() || call.initial_contact.is_empty() {
        return Outcome::Nothing;
    }
    let touch = |party: Party, number: &Text| Touch {
        key: party.key(number),
        party,
        contact: Text::clone(&call.contact),
        now: world.now(),
        mode: crate::Mode::Idle,
        window: WINDOW,
    };
    let (customer, system) = (touch(Party::Customer, &call.customer), touch(Party::System, &call.system));
    let (Ok(by_customer), Ok(by_system)) = (store.advance(&customer).await, store.advance(&system).await)
    else {
        return Outcome::Nothing;
    };
    let mut attempts = [0; 2];
    let mut blocked = [false; 2];
    let judged = [(&customer, by_customer, limits.customer), (&system, by_system, limits.system)];
    for (at, (touch, step, limit)) in judged.into_iter().enumerate() {
        attempts[at] = match step {
            Step::Made(row) => {
                // The first of all attempts is never blocked, whatever the limit.
                blocked[at] = row.usage >= 2 && f64::from(row.usage) >= limit;
                row.usage
            }
            Step::Refused(_) => {
                // A failure of this one is ignored.
                let _ = store.restart(touch).await;
                1
            }
        };
    }
    let reason = match blocked {
        [true, _] => Reason::Customer,
        [false, true] => Reason::System,
        _ => Reason::None,
    };
    if reason != Reason::None && stopper.stop(&call.initial_contact).await.is_err() {
        return Outcome::Threw;
    }
    Outcome::Answered { reason, customer: attempts[0], system: attempts[1] }
}
