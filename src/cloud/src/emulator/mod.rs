//! A cloud on this machine: an Amazon Connect instance, functions, bots and stacks that exist in a file beside the
//! store, or in memory. Whatever asks a [`Cloud`] works on it as on AWS, without a network: names, contents and quotas
//! are checked as AWS checks them, and calls beyond the budget are refused.
//!
//! [`Emulator::practise`] makes things go wrong on purpose.

mod bots;
mod connect;
mod content;
mod faults;
mod file;
mod functions;
mod practice;
mod rest;
mod seed;
mod stacks;
pub mod state;
mod template;

pub use faults::{Fault, FaultKind};
pub use file::beside;
pub use practice::{PRACTICE, Practice};

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::{Asked, Budgets, CallError, Cause, Cloud, Failed, Family, Place};
use crate::instance::Instance;
use faults::strike;
use state::State;

/// First wait before a call is tried again.
const PACE: Duration = Duration::from_millis(250);
/// How often a call is tried that was one too many, or met an error of the service.
const TRIES: u32 = 8;

/// A cloud on this machine. Copies are the same cloud.
#[derive(Clone)]
pub struct Emulator {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    /// What the store said of the instance.
    stored: Instance,
    budgets: Arc<Budgets>,
    file: Option<PathBuf>,
    kept: Mutex<Kept>,
    /// What the service itself allows to Amazon Connect: tokens, and when they were counted.
    allowed: Mutex<(f64, Instant)>,
    limit: (f64, f64),
    calls: AtomicU64,
}

#[derive(Default)]
struct Kept {
    state: State,
    seen: Option<file::Seen>,
}

impl Emulator {
    /// The cloud in a file, made with the things of a store where there is none yet. What the store says of hours,
    /// queues, prompts, numbers, profiles and bots counts: it is as if it was edited in the console. `limit` is how
    /// many calls a second, and at once, the service allows to Amazon Connect, and what the budget is made of.
    ///
    /// # Errors
    /// The file cannot be read or written, or is none of this program.
    pub fn open(file: &Path, place: Place, stored: &Instance, limit: (f64, f64)) -> io::Result<Self> {
        let out = Emulator::new(Some(file.to_owned()), place, stored, limit);
        out.reach(|state| {
            let before = state.clone();
            seed::follow(state, stored, &out.shared.place);
            *state != before
        })?;
        Ok(out)
    }

    /// As [`Emulator::open`], kept in memory only.
    pub fn in_memory(place: Place, stored: &Instance, limit: (f64, f64)) -> Self {
        let out = Emulator::new(None, place, stored, limit);
        seed::follow(&mut out.lock().state, stored, &out.shared.place);
        out
    }

    fn new(file: Option<PathBuf>, place: Place, stored: &Instance, limit: (f64, f64)) -> Self {
        // In memory nobody has to be kept waiting; a file behaves as AWS does.
        let budgets =
            if file.is_some() { Budgets::new(limit.0, limit.1) } else { Budgets::at_least(limit.0, limit.1) };
        let budgets = Arc::new(budgets);
        let allowed = Mutex::new((limit.1, Instant::now()));
        let shared = Shared {
            place,
            stored: stored.clone(),
            budgets,
            file,
            kept: Mutex::default(),
            allowed,
            limit,
            calls: AtomicU64::new(0),
        };
        Emulator { shared: Arc::new(shared) }
    }

    /// This cloud behind the traits.
    pub fn cloud(&self) -> Cloud {
        let own = Arc::new(self.clone());
        Cloud {
            place: self.shared.place.clone(),
            connect: own.clone(),
            functions: own.clone(),
            bots: own.clone(),
            stacks: own.clone(),
            watch: own.clone(),
            buckets: own.clone(),
            quotas: own.clone(),
            schedules: own.clone(),
            tables: own.clone(),
            identity: own,
            budgets: Arc::clone(&self.shared.budgets),
        }
    }

    /// How many calls reached the services, those that failed too.
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// What it holds now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn state(&self) -> io::Result<State> {
        let mut out = State::default();
        self.reach(|state| {
            out = state.clone();
            false
        })?;
        Ok(out)
    }

    /// Changes what it holds, as somebody who does so behind everybody's back.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn edit<T>(&self, work: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut out = None;
        self.reach(|state| {
            out = Some(work(state));
            true
        })?;
        out.ok_or_else(|| io::Error::other("nothing was done"))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the newest state; what the work changed, as it says, is kept.
    fn reach(&self, work: impl FnOnce(&mut State) -> bool) -> io::Result<()> {
        let mut kept = self.lock();
        let Some(file) = &self.shared.file else {
            work(&mut kept.state);
            return Ok(());
        };
        let _lock = file::lock(file)?;
        if let Some((state, seen)) = file::read(file, kept.seen)? {
            *kept = Kept { state, seen: Some(seen) };
        }
        if work(&mut kept.state) {
            kept.seen = file::write(file, &kept.state)?;
        }
        Ok(())
    }

    /// One call to a service: within the budget, met by faults, tried again where that may help.
    async fn call<T>(
        &self,
        family: Family,
        call: &str,
        about: &str,
        work: impl FnOnce(&mut State) -> Asked<T>,
    ) -> Asked<T> {
        let mut work = Some(work);
        let once = || {
            self.shared.calls.fetch_add(1, Ordering::Relaxed);
            let met = match self.meet(family, call, about, &mut work) {
                Ok(Err(kind)) => {
                    let again = matches!(kind, FaultKind::Throttle | FaultKind::Error);
                    Err(Failed { error: kind.failure(call, about), again })
                }
                Ok(Ok(done)) => done.map_err(|error| Failed { error, again: false }),
                Err(error) => Err(Failed { error, again: false }),
            };
            std::future::ready(met)
        };
        self.shared.budgets.of(family).spend(TRIES, PACE, once).await
    }

    /// One try: what the work answered, or what befell it.
    fn meet<T>(
        &self,
        family: Family,
        call: &str,
        about: &str,
        work: &mut Option<impl FnOnce(&mut State) -> Asked<T>>,
    ) -> Asked<Result<Asked<T>, FaultKind>> {
        let is_too_many = family == Family::Connect && !self.is_allowed();
        let mut out = Err(FaultKind::Throttle);
        let reached = self.reach(|state| {
            if is_too_many {
                return false;
            }
            let fault = strike(&mut state.faults, call, about);
            out = match (fault, work.take()) {
                (Some(FaultKind::CutAfter), Some(work)) => {
                    // Nobody hears what it answered.
                    drop(work(state));
                    Err(FaultKind::CutAfter)
                }
                (Some(kind), unused) => {
                    *work = unused;
                    Err(kind)
                }
                (None, Some(_)) if family == Family::Connect && state.hidden => {
                    Ok(missing(call, &self.shared.place.instance))
                }
                (None, Some(work)) => Ok(work(state)),
                (None, None) => Err(FaultKind::Error),
            };
            fault.is_some() || !is_reading(call)
        });
        match reached {
            Ok(()) => Ok(out),
            Err(error) => {
                let file = self.shared.file.as_deref().unwrap_or(Path::new(""));
                let message = format!("{}: {error}", file.display());
                Err(CallError::new(call, about, Cause::Other, message))
            }
        }
    }

    /// Whether the service lets another call to Amazon Connect in.
    fn is_allowed(&self) -> bool {
        let (rate, burst) = self.shared.limit;
        let mut allowed = self.shared.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = (allowed.0 + allowed.1.elapsed().as_secs_f64() * rate).min(burst);
        // As long as a clock may be off, nobody is refused.
        let is_let_in = tokens > 0.9;
        *allowed = (if is_let_in { tokens - 1.0 } else { tokens }, Instant::now());
        is_let_in
    }
}

/// Whether a call of that name changes nothing.
fn is_reading(call: &str) -> bool {
    let verb = call.split(':').next_back().unwrap_or_default();
    ["List", "Describe", "Get", "Head", "Batch", "Recognize", "Filter"].iter().any(|it| verb.starts_with(it))
        && verb != "DescribeStacks"
        && verb != "DescribeStackEvents"
}

/// Now, in milliseconds since 1970.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What is not there.
fn missing<T>(call: &str, about: &str) -> Asked<T> {
    Err(CallError::new(call, about, Cause::NotFound, "the resource does not exist"))
}
