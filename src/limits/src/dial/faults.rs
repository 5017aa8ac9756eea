//! What may go wrong: a store and a stopper that fail as they are told.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use connect_rules_engine::value::Text;
use tokio::sync::Notify;

use super::load::share;
use crate::counting::{Counter, Touch};
use crate::decision::{Decision, StopStatus, TaskStatus};
use crate::stop::{StopError, Stopper};
use crate::store::{Page, Step, Store, StoreError};
use crate::world::{Virtual, World as _};

/// How long a slow store takes for a request, in milliseconds.
const SLOW: u64 = 300;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store does not answer.
    StoreDown,
    /// The store takes 300 ms for a request.
    StoreSlow,
    /// Others are at the same counters all the time.
    Conflict,
    /// The function ends after it counted the first number; the contact is judged again.
    CrashAfterCount,
    /// The function ends before it wrote its answer down; the contact is judged again.
    CrashBeforeFinish,
    /// The call cannot be ended.
    StopFails,
    /// The contact is judged so many times more (1 to 3).
    Retry(u8),
    /// The clock of the function is off by so many milliseconds.
    Skew(i32),
}

impl Fault {
    /// Faults without a number, with their names.
    const PLAIN: [(Fault, &str); 6] = [
        (Fault::StoreDown, "store-down"),
        (Fault::StoreSlow, "store-slow"),
        (Fault::Conflict, "conflict"),
        (Fault::CrashAfterCount, "crash-after-count"),
        (Fault::CrashBeforeFinish, "crash-before-finish"),
        (Fault::StopFails, "stop-fails"),
    ];

    /// Reads a name such as `store-down`, `retry:2` or `skew:-20`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(times) = text.strip_prefix("retry:") {
            return times.parse().ok().filter(|times| (1..=3).contains(times)).map(Fault::Retry);
        }
        if let Some(ms) = text.strip_prefix("skew:") {
            return ms.parse().ok().map(Fault::Skew);
        }
        Fault::PLAIN.into_iter().find(|(_, name)| *name == text).map(|(fault, _)| fault)
    }

    /// The names that are understood, for people.
    pub fn forms() -> String {
        let names: Vec<&str> = Fault::PLAIN.into_iter().map(|(_, name)| name).collect();
        format!("give {}, retry:1 to retry:3 or skew:MS", names.join(", "))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Retry(times) => write!(f, "retry:{times}"),
            Fault::Skew(ms) => write!(f, "skew:{ms}"),
            plain => {
                f.write_str(Fault::PLAIN.iter().find(|(it, _)| it == plain).map_or("", |(_, name)| name))
            }
        }
    }
}

/// How likely faults are, each 0 to 1; the first that falls happens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chances(pub Vec<(Fault, f64)>);

impl Chances {
    /// The fault of a call, if one falls.
    pub fn draw(&self, seed: &mut u64) -> Option<Fault> {
        self.0.iter().find(|(_, chance)| share(seed) < *chance).map(|(fault, _)| *fault)
    }
}

/// The fault of the call that is being made.
#[derive(Debug)]
pub(super) struct Present {
    fault: Mutex<Option<Fault>>,
    crashed: Notify,
    world: Arc<Virtual>,
}

impl Present {
    pub(super) fn new(world: Arc<Virtual>) -> Arc<Self> {
        Arc::new(Present { fault: Mutex::new(None), crashed: Notify::new(), world })
    }

    pub(super) fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn is(&self, fault: Fault) -> bool {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) == Some(fault)
    }

    /// Until the function ended in the middle of its work.
    pub(super) async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// Ends the function, once.
    async fn crash(&self, fault: Fault) {
        if self.is(fault) {
            self.set(None);
            self.crashed.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// A store with faults. Its configuration is that of the dialler.
#[derive(Debug)]
pub(super) struct Faulty<S> {
    pub(super) inner: S,
    pub(super) present: Arc<Present>,
}

impl<S> Faulty<S> {
    async fn begin(&self) -> Result<(), StoreError> {
        if self.present.is(Fault::StoreSlow) {
            self.present.world.sleep(SLOW).await;
        }
        if self.present.is(Fault::StoreDown) {
            return Err(StoreError::Unavailable("it is down".to_owned()));
        }
        Ok(())
    }

    async fn counted(&self, step: Step) -> Step {
        if matches!(step, Step::Made(_)) {
            self.present.crash(Fault::CrashAfterCount).await;
        }
        step
    }
}

impl<S: Store> Store for Faulty<S> {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        Ok(None)
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        self.begin().await?;
        self.inner.claim(pending).await
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        self.begin().await?;
        self.inner.take_over(pending, from).await
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        self.begin().await?;
        self.inner.decision(contact).await
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.begin().await?;
        if self.present.is(Fault::Conflict) {
            return Ok(Step::Refused(None));
        }
        let step = self.inner.advance(touch).await?;
        Ok(self.counted(step).await)
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.begin().await?;
        if self.present.is(Fault::Conflict) {
            return Ok(Step::Refused(None));
        }
        let step = self.inner.restart(touch).await?;
        Ok(self.counted(step).await)
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        self.begin().await?;
        self.present.crash(Fault::CrashBeforeFinish).await;
        self.inner.finish(decision).await
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        self.begin().await?;
        self.inner.note_blocked(key, at).await
    }

    async fn note_task(&self, contact: &str, status: TaskStatus, task: &str) -> Result<bool, StoreError> {
        self.inner.note_task(contact, status, task).await
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        self.inner.counter(key).await
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        self.inner.counters(since, most, page).await
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        self.inner.decisions(day, most, page).await
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        self.inner.release(key, updated_at).await
    }
}

/// Ends every call, unless it is told that it cannot.
#[derive(Debug)]
pub(super) struct Hand(pub(super) Arc<Present>);

impl Stopper for Hand {
    async fn stop(&self, _: &str) -> Result<StopStatus, StopError> {
        if self.0.is(Fault::StopFails) {
            return Err(StopError { message: "the service is throttled".to_owned(), again: true });
        }
        Ok(StopStatus::Stopped)
    }
}
