//! The way from a screen to the cloud. Opening it and every call take time and may fail: all of it is done in jobs,
//! of which only the newest of a kind counts, and what failed is told with its remedy until somebody tries again.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connect_rules_cloud::deploy::DeployError;
use connect_rules_cloud::gateway::{Asked, CallError, Cloud};
use connect_rules_cloud::health::{Observer, Progress};
use connect_rules_store::Error;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::message::{JobContext, Parcel};
use crate::screen::{Cx, View};
use crate::widgets::panel;

/// Why something could not be had from the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is missing or failed.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Trouble {
    /// What is missing or failed, and what to do about it.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Trouble { what: what.into(), fix: fix.into() }
    }

    /// It was cancelled.
    pub fn cancelled() -> Self {
        Trouble::new("cancelled", "nothing further was asked")
    }

    /// As one line.
    pub fn line(&self) -> String {
        format!("{}; {}", self.what, self.fix)
    }

    /// Says it where something else would be shown.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        panel::notice(frame, area, &format!("{}\n\n{}\n\nr tries again", self.what, self.fix), view);
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Trouble::new(error.to_string(), error.fix())
    }
}

impl From<DeployError> for Trouble {
    fn from(error: DeployError) -> Self {
        Trouble::new(error.to_string(), error.fix())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let it = error.explain();
        Trouble::new(it.what, it.fix)
    }
}

/// A cloud that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Cloud, Trouble>> + Send>>;

/// The way to the cloud of a place; its default leads nowhere. Once open it stays open.
#[derive(Clone, Default)]
pub struct Door {
    open: Option<Arc<dyn Fn() -> Opening + Send + Sync>>,
    opened: Arc<Mutex<Option<Cloud>>>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.open.is_some() { "Door(closed)" } else { "Door(none)" })
    }
}

impl Door {
    /// A door that is opened when something is asked for the first time.
    pub fn new(open: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        Door { open: Some(Arc::new(open)), opened: Arc::default() }
    }

    /// The door to a cloud that is there.
    pub fn to(cloud: Cloud) -> Self {
        Self::new(move || {
            let cloud = cloud.clone();
            Box::pin(async move { Ok(cloud) })
        })
    }

    /// The cloud, opened if it is not yet.
    ///
    /// # Errors
    /// There is none, it cannot be opened, or the job is cancelled.
    pub fn enter(&self, job: &JobContext) -> Result<Cloud, Trouble> {
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cloud) = opened().clone() {
            return Ok(cloud);
        }
        let Some(open) = &self.open else { return Err(Trouble::new(NONE, HOW)) };
        let cloud = job.wait_unless_cancelled(Duration::ZERO, open()).ok_or_else(Trouble::cancelled)??;
        *opened() = Some(cloud.clone());
        Ok(cloud)
    }
}

const NONE: &str =
    "This place has no Amazon Connect instance: functions, flows and limits of one are shown here.";
const HOW: &str = "Make an environment with `connect-rules env new` and start with --env NAME, \
    or start on a store in a file, which has an instance of its own to practise on.";

/// Waits for a call of a cloud.
///
/// # Errors
/// Those of the call, and that the job is cancelled.
pub fn ask<T>(job: &JobContext, call: impl Future<Output = Asked<T>>) -> Result<T, Trouble> {
    Ok(job.wait_unless_cancelled(Duration::ZERO, call).ok_or_else(Trouble::cancelled)??)
}

/// How far a job is, in words too; the screen that asked for it gets it while it is done.
pub struct Doing(pub Progress);

impl Doing {
    /// As a text, such as `scanning 3 of 20: queues`.
    pub fn told(&self, what: &str) -> String {
        let Progress { done, total, doing } = &self.0;
        match (total, doing.is_empty()) {
            (0, _) => format!("{what}…"),
            (_, true) => format!("{what} {done} of {total}"),
            _ => format!("{what} {done} of {total}: {doing}"),
        }
    }
}

/// One who looks on for a job: tells the footer and the screen how far it is, and stops when the job is cancelled.
pub fn observer(job: &JobContext) -> Observer {
    let (report, tell) = (Arc::clone(&job.report), Arc::clone(&job.tell));
    let watch = move |progress: &Progress| {
        report(progress.done, progress.total);
        tell(Box::new(Doing(progress.clone())));
    };
    Observer::new(watch).stopped_by(Arc::clone(&job.cancelled))
}

/// Jobs of one kind, of which only the newest counts: a new one cancels the one before, and what that makes is
/// dropped.
#[derive(Debug, Default)]
pub struct Newest {
    /// Tells its jobs from those of others.
    own: Arc<()>,
    running: Option<Arc<AtomicBool>>,
}

/// What such a job made.
struct Made<T> {
    of: Arc<()>,
    cancelled: Arc<AtomicBool>,
    result: T,
}

impl Newest {
    /// Starts a job that only works out what is shown. Without a title it is not told in the footer.
    pub fn look<T: Send + 'static>(
        &mut self,
        cx: &mut Cx<'_>,
        title: impl Into<String>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.start(cx, title.into(), false, work);
    }

    /// Starts a job that a person asked for: leaving the program before it is done is asked about.
    pub fn job<T: Send + 'static>(
        &mut self,
        cx: &mut Cx<'_>,
        title: impl Into<String>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.start(cx, title.into(), true, work);
    }

    /// Starts a job that looks whether anything changed, see `Cx::poll`.
    pub fn poll<T: Send + 'static>(
        &mut self,
        cx: &mut Cx<'_>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.cancel();
        let cancelled = Arc::<AtomicBool>::default();
        self.running = Some(Arc::clone(&cancelled));
        let (of, mine) = (Arc::clone(&self.own), Arc::clone(&cancelled));
        cx.poll(cancelled, move |job| Made { of, cancelled: mine, result: work(job) });
    }

    fn start<T: Send + 'static>(
        &mut self,
        cx: &mut Cx<'_>,
        title: String,
        asked: bool,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.cancel();
        let cancelled = Arc::<AtomicBool>::default();
        self.running = Some(Arc::clone(&cancelled));
        let (of, mine) = (Arc::clone(&self.own), Arc::clone(&cancelled));
        cx.start(title, asked, cancelled, move |job| Made { of, cancelled: mine, result: work(job) });
    }

    /// Whether a job runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Gives up the job that runs; its result is dropped.
    pub fn cancel(&mut self) {
        if let Some(running) = self.running.take() {
            running.store(true, Ordering::Relaxed);
        }
    }

    /// Asks the job that runs to end; what it made until then comes.
    pub fn stop(&self) {
        if let Some(running) = &self.running {
            running.store(true, Ordering::Relaxed);
        }
    }

    /// What the newest job made; nothing if it is outdated.
    ///
    /// # Errors
    /// It is no result of these jobs: it is given back.
    pub fn take<T: Send + 'static>(&mut self, parcel: Parcel) -> Result<Option<T>, Parcel> {
        let made = parcel.downcast::<Made<T>>()?;
        if !Arc::ptr_eq(&made.of, &self.own) {
            return Err(made);
        }
        if !self.running.as_ref().is_some_and(|running| Arc::ptr_eq(running, &made.cancelled)) {
            return Ok(None);
        }
        self.running = None;
        Ok(Some(made.result))
    }
}
