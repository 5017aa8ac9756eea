//! Who looks on while something long is done, and may stop it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is done.
    pub done: usize,
    /// Of so much, as far as is known.
    pub total: usize,
    /// What is being done now.
    pub doing: String,
}

/// Who is told.
type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Who looks on. Copies share the flag that cancels.
#[derive(Clone, Default)]
pub struct Observer {
    tell: Option<Tell>,
    cancel: Arc<AtomicBool>,
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

impl Observer {
    /// One who is told how far it is.
    pub fn new(tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Observer { tell: Some(Arc::new(tell)), cancel: Arc::default() }
    }

    /// The same with a flag of somebody else: once it is set, nothing more is begun.
    #[must_use]
    pub fn stopped_by(mut self, cancel: Arc<AtomicBool>) -> Self {
        self.cancel = cancel;
        self
    }

    /// The same with the flag of another observer.
    #[must_use]
    pub fn sharing(self, other: &Observer) -> Self {
        let flag = Arc::clone(&other.cancel);
        self.stopped_by(flag)
    }

    /// Tells how far it is.
    pub fn tell(&self, done: usize, total: usize, doing: impl Into<String>) {
        if let Some(tell) = &self.tell {
            tell(&Progress { done, total, doing: doing.into() });
        }
    }

    /// Stops: what is being done is ended, nothing more is begun.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether it is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
