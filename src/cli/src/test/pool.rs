//! Running tests on several threads. What comes out does not depend on their number.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use connect_rules_engine::coverage::{Population, Recorder};
use connect_rules_engine::offline::Stubs;
use connect_rules_engine::replay::{self, Settings, TestResult, Verdict};
use connect_rules_engine::script::TestDocument;

use crate::args::Global;
use crate::exit::{Exit, Failure};

/// Between two updates of the progress line.
const UPDATE: Duration = Duration::from_millis(100);

/// What a run needs.
pub struct Job<'a> {
    /// The tests, in order.
    pub tests: &'a [TestDocument],
    /// Offline bots and functions.
    pub stubs: &'a Stubs,
    /// How they are replayed.
    pub settings: &'a Settings<'a>,
    /// Threads.
    pub jobs: usize,
    /// Start no more tests after one that failed; then there must be one thread.
    pub fail_fast: bool,
}

/// Runs tests; answers results in the order of the tests (fewer than there are tests after a failure with
/// `fail_fast`) and what they hit.
///
/// # Errors
/// A thread ended by a mistake of the program.
pub fn run<'p, 'w>(
    job: &Job<'_>,
    population: &'p Population<'w>,
    global: &Global,
) -> Result<(Vec<TestResult>, Recorder<'p, 'w>), Failure> {
    let next = AtomicUsize::new(0);
    let (finished, progress) = mpsc::channel();
    let mut recorder = Recorder::new(population);
    let mut results: Vec<(usize, TestResult)> = Vec::with_capacity(job.tests.len());
    let complete = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..job.jobs.clamp(1, job.tests.len().max(1)))
            .map(|_| {
                let (next, finished) = (&next, finished.clone());
                scope.spawn(move || work(job, population, next, &finished))
            })
            .collect();
        drop(finished);
        show_progress(&progress, job.tests.len(), global);
        let mut complete = true;
        for worker in workers {
            match worker.join() {
                Ok((part, hits)) => {
                    results.extend(part);
                    recorder.absorb(hits);
                }
                Err(_) => complete = false,
            }
        }
        complete
    });
    if !complete {
        let mut failure =
            Failure::usage("a test could not be finished because of a mistake in this program", "report it");
        failure.exit = Exit::Internal;
        return Err(failure);
    }
    results.sort_by_key(|(at, _)| *at);
    Ok((results.into_iter().map(|(_, result)| result).collect(), recorder))
}

/// Takes one test after the other.
fn work<'p, 'w>(
    job: &Job<'_>,
    population: &'p Population<'w>,
    next: &AtomicUsize,
    finished: &mpsc::Sender<Verdict>,
) -> (Vec<(usize, TestResult)>, Recorder<'p, 'w>) {
    let mut recorder = Recorder::new(population);
    let mut results = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(test) = job.tests.get(at) else { break };
        recorder.begin(&test.folder, &test.name);
        let script = test.script();
        let workspace = population.workspace();
        let result = replay::run(workspace, job.stubs, test, &script, job.settings, &mut recorder);
        let verdict = result.verdict();
        results.push((at, result));
        // Nobody listens where there is no terminal.
        let _ = finished.send(verdict);
        if job.fail_fast && verdict == Verdict::Error {
            break;
        }
    }
    recorder.end();
    (results, recorder)
}

/// One line on a terminal, rewritten at most ten times a second; nothing elsewhere.
fn show_progress(progress: &mpsc::Receiver<Verdict>, total: usize, global: &Global) {
    let mut terminal = io::stderr();
    if global.quiet || !terminal.is_terminal() {
        return;
    }
    let (mut done, mut failed) = (0, 0);
    let mut shown = Instant::now();
    while let Ok(verdict) = progress.recv() {
        done += 1;
        failed += usize::from(verdict == Verdict::Error);
        if shown.elapsed() >= UPDATE {
            shown = Instant::now();
            let percent = 100 * done / total.max(1);
            let _ = write!(terminal, "\rCompleted {done} of {total} tests ({percent}%), {failed} failed ");
            let _ = terminal.flush();
        }
    }
    let _ = write!(terminal, "\r\u{1b}[K");
}
