//! Replaying recorded tests: a script is driven through the step machine and every line gets a verdict
//! (`spec/testing.md` section 3).
//!
//! [`run`] replays one test; [`batch`] puts many results together as the original's service does. Threads,
//! files and the clock are the caller's.

pub mod batch;
mod compare;
mod record;
mod result;
mod runner;
mod segment;
pub mod select;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod worked_example;

pub use record::{hear, record};
pub use result::{Asked, Document, Interaction, LineResult, TestResult, Verdict};
pub use runner::run;

/// Steps a test may take where nothing else is said (3.2).
pub const MAX_STEPS: u32 = 1000;
/// Milliseconds a step may take where nothing else is said (3.2).
pub const STEP_TIMEOUT_MS: i64 = 60_000;
/// Milliseconds a test may take where nothing else is said (3.2).
pub const TEST_TIMEOUT_MS: i64 = 900_000;

/// Where the virtual clock of a test starts (5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// At the date and time of the test; at the epoch if that cannot be read.
    #[default]
    Interaction,
    /// At a fixed instant, in milliseconds since the epoch.
    Fixed(i64),
    /// At the caller's time when the test starts ([`Settings::time`]).
    System,
}

/// How much of a run is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Verdicts and warnings only: for text output.
    Verdict,
    /// Everything a result document holds.
    #[default]
    Full,
}

/// How tests are replayed. `compat` is that of the workspace.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Seed of the run; each test gets its own from it (5.2).
    pub seed: u64,
    /// Where the virtual clock starts.
    pub clock: Clock,
    /// Requests a test may send.
    pub max_steps: u32,
    /// Refuse bots that are not declared.
    pub strict_mocks: bool,
    /// How much is kept.
    pub recording: Recording,
    /// The caller's time in milliseconds since the epoch, for durations and time limits; without it
    /// durations are 0 and no limit is met.
    pub time: Option<&'a (dyn Fn() -> i64 + Sync)>,
    /// Milliseconds one step may take by [`Settings::time`].
    pub step_timeout_ms: i64,
    /// Milliseconds one test may take by [`Settings::time`].
    pub test_timeout_ms: i64,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings {
            seed: 0,
            clock: Clock::default(),
            max_steps: MAX_STEPS,
            strict_mocks: false,
            recording: Recording::default(),
            time: None,
            step_timeout_ms: STEP_TIMEOUT_MS,
            test_timeout_ms: TEST_TIMEOUT_MS,
        }
    }
}
