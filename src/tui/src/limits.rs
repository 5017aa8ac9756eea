//! The way from the screen of the limits to their rows: any store behind one object, opened when it is asked for the
//! first time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connect_rules_engine::value::Text;
use connect_rules_limits::dial::{Dial, Line, Rules, Simulator};
use connect_rules_limits::store::{Page, Store, all_counters};
use connect_rules_limits::{Counter, Decision, StoreError};

use crate::cloud::Trouble;
use crate::message::JobContext;

/// What an asynchronous call gives.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Calls that are to be dialled.
#[derive(Clone, Debug)]
pub struct Dialling {
    /// The calls, in order of their times.
    pub calls: Vec<Dial>,
    /// Who judges them.
    pub rules: Rules,
    /// When the first second begins, in milliseconds since 1970.
    pub start: i64,
    /// Contacts follow from it.
    pub seed: u64,
}

/// [`Store`] as far as the screen needs it, without its type.
pub trait Rows: Send + Sync {
    /// See [`Store::config`].
    fn config(&self) -> Answer<'_, Option<Text>>;
    /// See [`all_counters`].
    fn counters(&self, since: i64, most: usize) -> Answer<'_, (Vec<Counter>, bool)>;
    /// See [`Store::decisions`].
    fn decisions<'a>(
        &'a self,
        day: &'a str,
        most: usize,
        page: Option<&'a str>,
    ) -> Answer<'a, Page<Decision>>;
    /// See [`Store::release`].
    fn release<'a>(&'a self, key: &'a str, updated_at: i64) -> Answer<'a, bool>;
    /// Dials on these rows until all calls are made or `goes_on`, asked with the number of calls made, says no.
    fn dial<'a>(
        &'a self,
        dialling: &'a Dialling,
        goes_on: &'a (dyn Fn(usize) -> bool + Sync),
    ) -> Pin<Box<dyn Future<Output = Vec<Line>> + Send + 'a>>;
}

impl<S: Store + 'static> Rows for Arc<S> {
    fn config(&self) -> Answer<'_, Option<Text>> {
        Box::pin(Store::config(self))
    }
    fn counters(&self, since: i64, most: usize) -> Answer<'_, (Vec<Counter>, bool)> {
        Box::pin(all_counters(self, since, most))
    }
    fn decisions<'a>(
        &'a self,
        day: &'a str,
        most: usize,
        page: Option<&'a str>,
    ) -> Answer<'a, Page<Decision>> {
        Box::pin(Store::decisions(self, day, most, page))
    }
    fn release<'a>(&'a self, key: &'a str, updated_at: i64) -> Answer<'a, bool> {
        Box::pin(Store::release(self, key, updated_at))
    }
    fn dial<'a>(
        &'a self,
        dialling: &'a Dialling,
        goes_on: &'a (dyn Fn(usize) -> bool + Sync),
    ) -> Pin<Box<dyn Future<Output = Vec<Line>> + Send + 'a>> {
        Box::pin(dial(Arc::clone(self), dialling, goes_on))
    }
}

/// Dials on a store, see [`Rows::dial`].
pub async fn dial<S: Store>(
    store: S,
    dialling: &Dialling,
    goes_on: &(dyn Fn(usize) -> bool + Sync),
) -> Vec<Line> {
    let mut simulator = Simulator::new(store, dialling.rules.clone(), dialling.start, dialling.seed);
    let mut out = Vec::with_capacity(dialling.calls.len());
    for call in &dialling.calls {
        if !goes_on(out.len()) {
            break;
        }
        out.push(simulator.dial(call).await);
    }
    out
}

/// Rows that are being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn Rows>, Trouble>> + Send>>;

/// The way to the rows of a place; its default leads nowhere. Once open it stays open.
#[derive(Clone, Default)]
pub struct Gate {
    open: Option<Arc<dyn Fn() -> Opening + Send + Sync>>,
    opened: Arc<Mutex<Option<Arc<dyn Rows>>>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.open.is_some() { "Gate(closed)" } else { "Gate(none)" })
    }
}

impl Gate {
    /// A gate that is opened when something is asked for the first time.
    pub fn new(open: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        Gate { open: Some(Arc::new(open)), opened: Arc::default() }
    }

    /// The gate to rows that are there.
    pub fn to<S: Store + 'static>(store: Arc<S>) -> Self {
        let rows: Arc<dyn Rows> = Arc::new(store);
        Self::new(move || {
            let rows = Arc::clone(&rows);
            Box::pin(async move { Ok(rows) })
        })
    }

    /// Whether there are rows at all.
    pub fn leads_somewhere(&self) -> bool {
        self.open.is_some()
    }

    /// The rows, opened if they are not yet.
    ///
    /// # Errors
    /// There are none, they cannot be opened, or the job is cancelled.
    pub fn enter(&self, job: &JobContext) -> Result<Arc<dyn Rows>, Trouble> {
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = opened().clone() {
            return Ok(rows);
        }
        let Some(open) = &self.open else { return Err(Trouble::new(NONE, HOW)) };
        let rows = job.wait_unless_cancelled(Duration::ZERO, open()).ok_or_else(Trouble::cancelled)??;
        *opened() = Some(Arc::clone(&rows));
        Ok(rows)
    }
}

const NONE: &str = "This place has no counters of outbound limits.";
const HOW: &str =
    "Start on a store in a file, or with --env NAME on an environment with the tables of the rate limiter.";

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        let fix = match &error {
            StoreError::Unavailable(_) => {
                "look whether its tables are there (screen Health) and whether you may read them"
            }
            StoreError::Contention => "try again in a moment",
        };
        Trouble::new(error.to_string(), fix)
    }
}

/// Waits for a call of the rows.
///
/// # Errors
/// Those of the call, and that the job is cancelled.
pub fn ask<T>(job: &JobContext, call: Answer<'_, T>) -> Result<T, Trouble> {
    Ok(job.wait_unless_cancelled(Duration::ZERO, call).ok_or_else(Trouble::cancelled)??)
}
