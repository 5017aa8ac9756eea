//! Long work on a store: what is being done shown on a terminal, and Ctrl-C that leaves nothing half done.
//!
//! Every change of a store is one transaction, so what is stopped left nothing, and doing it again is how it
//! is gone on with.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::say::shown;

/// What is quicker than this is not shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two looks at what is being done.
const BEAT: Duration = Duration::from_millis(200);

/// Time between two tries to stop a statement.
const STOP: Duration = Duration::from_millis(1);

#[derive(Default)]
struct State {
    /// What is being done and since when; nothing while a person is asked.
    doing: Option<(String, Instant)>,
    /// Whether something is being written, which has to end in order.
    writes: bool,
    cancelled: bool,
    over: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that is shown and can be cancelled until this value is dropped.
pub struct Work {
    shared: Arc<Shared>,
    teller: Option<JoinHandle<()>>,
}

/// The failure of work that was cancelled.
fn cancelled() -> Failure {
    let what = "cancelled, and nothing was changed";
    Failure { exit: Exit::Cancelled, ..Failure::refused("", what, "run it again to do it") }
}

impl Work {
    /// Starts to watch over work. `interrupt` stops a write that is under way, and may be called often.
    pub fn start(global: &Global, interrupt: impl Fn() + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let watched = Arc::clone(&shared);
        // Without this thread Ctrl-C ends the program, which leaves nothing half done either.
        let _ = std::thread::Builder::new().spawn(move || watch(&watched, interrupt));
        let is_shown = !global.quiet && !global.json && io::stderr().is_terminal();
        let told = Arc::clone(&shared);
        let teller = is_shown.then(|| std::thread::Builder::new().spawn(move || tell(&told)).ok()).flatten();
        Work { shared, teller }
    }

    /// Says what is being done now. Ctrl-C ends the program at once.
    pub fn doing(&self, what: &str) {
        let mut state = self.shared.lock();
        (state.doing, state.writes) = (Some((what.to_owned(), Instant::now())), false);
    }

    /// A person is asked.
    pub fn pause(&self) {
        self.shared.lock().doing = None;
        self.shared.changed.notify_all();
        if self.teller.is_some() {
            clear();
        }
    }

    /// Says what is being written now. Ctrl-C stops it in order.
    ///
    /// # Errors
    /// It was cancelled before.
    pub fn writing(&self, what: &str) -> Result<(), Failure> {
        self.doing(what);
        let mut state = self.shared.lock();
        state.writes = true;
        if state.cancelled { Err(cancelled()) } else { Ok(()) }
    }

    /// What became of a write: one that failed because it was cancelled says so.
    ///
    /// # Errors
    /// That of the write.
    pub fn ended<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        let mut state = self.shared.lock();
        // What was written is written: from here on there is nothing to cancel.
        state.over = true;
        if result.is_err() && state.cancelled { Err(cancelled()) } else { result }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_all();
        if let Some(teller) = self.teller.take() {
            // What it could not tell is no harm.
            let _ = teller.join();
            clear();
        }
    }
}

/// Waits for Ctrl-C: stops what is being written, or ends the program. A second one ends it in any case.
fn watch(shared: &Shared, interrupt: impl Fn()) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
        let mut state = shared.lock();
        let again = std::mem::replace(&mut state.cancelled, true);
        if again || !state.writes && !state.over {
            let failure = cancelled();
            if !state.over {
                clear();
                crate::say::failure(&failure, false);
            }
            std::process::exit(i32::from(failure.exit as u8));
        }
        while state.writes && !state.over {
            interrupt();
            state = shared.changed.wait_timeout(state, STOP).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn tell(shared: &Shared) {
    let mut state = shared.lock();
    while !state.over {
        if let Some((what, since)) = state.doing.as_ref().filter(|(_, since)| since.elapsed() > PATIENCE) {
            let mut err = io::stderr().lock();
            // Nobody can be told that standard error is gone.
            let _ = write!(err, "\r{} … {} s\x1b[K", shown(what, false), since.elapsed().as_secs());
            let _ = err.flush();
        }
        state = shared.changed.wait_timeout(state, BEAT).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn clear() {
    let mut err = io::stderr().lock();
    if !err.is_terminal() {
        return;
    }
    let _ = write!(err, "\r\x1b[K");
    let _ = err.flush();
}
