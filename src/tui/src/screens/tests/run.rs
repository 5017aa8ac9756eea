//! Running tests as a job on several threads, and playing one again to tell what happened at each line.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc;

use connect_rules_engine::coverage::{CoverageDetail, Kind, Population, Recorder, ReplyCoverage};
use connect_rules_engine::dates;
use connect_rules_engine::host::{Detail, RuleAt, Seen};
use connect_rules_engine::offline::{Observer, Stubs};
use connect_rules_engine::replay::batch::{self, BatchDocument};
use connect_rules_engine::replay::{self, Recording, Settings, TestResult, Verdict};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::step::Reply;
use connect_rules_engine::value::{Map, Text, Value};
use rustc_hash::FxHashMap;

use crate::data::Data;
use crate::message::JobContext;
use crate::session::Clock;

/// The most threads a run takes.
const THREADS: usize = 8;
/// Tests between two reports of progress, at least.
const REPORT: usize = 16;

/// What a person wants to run.
#[derive(Clone)]
pub struct Wanted {
    /// In words: `all tests`, `folder /Cards`.
    pub what: String,
    /// Folder of the batch.
    pub folder: Text,
    /// Identifiers, in the order of the tree.
    pub ids: Vec<Text>,
}

/// A run under way, as far as it is seen while it runs.
pub struct Live {
    /// What runs.
    pub wanted: Wanted,
    /// Set to stop it.
    pub stop: AtomicBool,
    /// Tests that are done.
    pub done: AtomicUsize,
    /// Tests that failed.
    pub failed: AtomicUsize,
    /// By position in the snapshot: 0 not done, else the verdict and one.
    marks: Vec<AtomicU8>,
}

impl Live {
    /// Before the first test is done.
    pub fn new(wanted: Wanted, tests: usize) -> Self {
        Live {
            wanted,
            stop: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            marks: (0..tests).map(|_| AtomicU8::new(0)).collect(),
        }
    }

    /// The verdict of the test at that position, if it is done.
    pub fn verdict(&self, at: usize) -> Option<Verdict> {
        match self.marks.get(at)?.load(Ordering::Relaxed) {
            1 => Some(Verdict::Success),
            2 => Some(Verdict::Warning),
            3 => Some(Verdict::Error),
            _ => None,
        }
    }

    fn finished(&self, at: usize, verdict: Verdict) {
        if let Some(mark) = self.marks.get(at) {
            mark.store(verdict as u8 + 1, Ordering::Relaxed);
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        if verdict == Verdict::Error {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What became of one test.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Position in the snapshot of the run.
    pub test: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// Line of the script that failed first.
    pub failed_line: Option<usize>,
}

/// Tests of a folder and below by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed without a remark.
    pub passed: usize,
    /// Passed with a warning.
    pub warned: usize,
    /// Failed.
    pub failed: usize,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Success => self.passed += 1,
            Verdict::Warning => self.warned += 1,
            Verdict::Error => self.failed += 1,
        }
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.passed + self.warned + self.failed
    }

    /// The verdict of all together.
    pub fn verdict(self) -> Verdict {
        Verdict::of(self.failed == 0, self.warned > 0)
    }
}

/// A run that ended.
pub struct Run {
    /// What was run.
    pub wanted: Wanted,
    /// Who ran it.
    pub user: Text,
    /// When, in milliseconds since the epoch.
    pub started: i64,
    /// When it ended.
    pub ended: i64,
    /// Whether it was stopped before its last test.
    pub cancelled: bool,
    /// What it ran on.
    pub data: Arc<Data>,
    /// One for each test that was run, in the order they were asked for.
    pub outcomes: Vec<Outcome>,
    /// Position in `outcomes` by identifier.
    pub by_id: FxHashMap<Text, usize>,
    /// Counts by folder, those of folders below it included.
    pub folders: FxHashMap<Text, Counts>,
    /// What was covered.
    pub coverage: Arc<CoverageDetail>,
    /// The original's measure.
    pub replies: ReplyCoverage,
}

impl Run {
    /// Counts of the whole run.
    pub fn counts(&self) -> Counts {
        self.folders.get("/").copied().unwrap_or_default()
    }

    /// What became of a test.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.by_id.get(id).map(|at| &self.outcomes[*at])
    }

    /// The test of an outcome as it was.
    pub fn test(&self, outcome: &Outcome) -> &TestDocument {
        &self.data.snapshot.tests[outcome.test]
    }

    /// The verdict in a word and a number.
    pub fn status(&self) -> String {
        let counts = self.counts();
        let stopped = if self.cancelled {
            format!(", stopped after {} of {}", counts.total(), self.wanted.ids.len())
        } else {
            String::new()
        };
        format!(
            "{} {}/{} passed{stopped}",
            mark(counts.verdict()),
            counts.total() - counts.failed,
            counts.total()
        )
    }

    /// What was covered, in words.
    pub fn covered(&self) -> String {
        covered(&self.coverage)
    }
}

/// What is covered, in words.
pub fn covered(coverage: &CoverageDetail) -> String {
    [(Kind::Rule, "rules"), (Kind::Branch, "branches"), (Kind::Weight, "weights")]
        .iter()
        .filter_map(|(kind, name)| Some(format!("{name} {} %", coverage.summary.of(*kind).percent?)))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The mark of a verdict.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Success => "✓",
        Verdict::Warning => "⚠",
        Verdict::Error => "✗",
    }
}

fn real_time() -> i64 {
    Clock::System.now()
}

fn settings(recording: Recording) -> Settings<'static> {
    Settings { recording, time: Some(&real_time), ..Settings::default() }
}

/// Runs the tests; answers what became of those that were run before it was stopped.
pub fn run(job: &JobContext, live: &Live, data: &Arc<Data>, stubs: &Stubs, user: Text, now: i64) -> Run {
    let started = real_time();
    let index: FxHashMap<&str, usize> = data
        .snapshot
        .tests
        .iter()
        .enumerate()
        .filter_map(|(at, test)| Some((test.test_id.as_deref()?, at)))
        .collect();
    let places: Vec<usize> = live.wanted.ids.iter().filter_map(|id| index.get(&**id).copied()).collect();
    let population = Population::new(&data.workspace);
    let mut recorder = Recorder::new(&population);
    let next = AtomicUsize::new(0);
    let mut outcomes: Vec<(usize, Outcome)> = Vec::with_capacity(places.len());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    job.progress(0, places.len());
    std::thread::scope(|scope| {
        let (finished, progress) = mpsc::channel();
        let workers: Vec<_> = (0..threads.clamp(1, places.len().max(1)))
            .map(|_| {
                let (places, next, finished, population) = (&places, &next, finished.clone(), &population);
                scope.spawn(move || work(live, data, stubs, population, places, next, &finished))
            })
            .collect();
        drop(finished);
        let step = (places.len() / 100).max(REPORT);
        let mut done = 0;
        if job.is_cancelled() {
            live.stop.store(true, Ordering::Relaxed);
        }
        while progress.recv().is_ok() {
            done += 1;
            if done % step == 0 {
                job.progress(done, places.len());
            }
            if job.is_cancelled() {
                live.stop.store(true, Ordering::Relaxed);
            }
        }
        for worker in workers {
            if let Ok((part, hits)) = worker.join() {
                outcomes.extend(part);
                recorder.absorb(hits);
            }
        }
    });
    outcomes.sort_by_key(|(at, _)| *at);
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let replies = ReplyCoverage::of(&recorder);
    let coverage = CoverageDetail::of(&mut recorder, &dates::iso_utc(now));
    let (by_id, folders) = tables(data, &outcomes);
    Run {
        wanted: live.wanted.clone(),
        user,
        started: now,
        ended: now + (real_time() - started).max(0),
        cancelled: outcomes.len() < places.len(),
        data: Arc::clone(data),
        outcomes,
        by_id,
        folders,
        coverage: Arc::new(coverage),
        replies,
    }
}

fn work<'p, 'w>(
    live: &Live,
    data: &Data,
    stubs: &Stubs,
    population: &'p Population<'w>,
    places: &[usize],
    next: &AtomicUsize,
    finished: &mpsc::Sender<()>,
) -> (Vec<(usize, Outcome)>, Recorder<'p, 'w>) {
    let mut recorder = Recorder::new(population);
    let mut outcomes = Vec::new();
    let settings = settings(Recording::Verdict);
    while !live.stop.load(Ordering::Relaxed) {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(place) = places.get(at) else { break };
        let test = &data.snapshot.tests[*place];
        recorder.begin(&test.folder, &test.name);
        let result =
            replay::run(population.workspace(), stubs, test, &test.script(), &settings, &mut recorder);
        let verdict = result.verdict();
        let failed_line = result.lines.iter().find(|line| line.success != Some(true)).map(|line| line.line);
        live.finished(*place, verdict);
        outcomes.push((at, Outcome { test: *place, verdict, failed_line }));
        // The receiver lives as long as this thread does.
        let _ = finished.send(());
    }
    recorder.end();
    (outcomes, recorder)
}

fn tables(data: &Data, outcomes: &[Outcome]) -> (FxHashMap<Text, usize>, FxHashMap<Text, Counts>) {
    let mut by_id = FxHashMap::default();
    let mut folders: FxHashMap<Text, Counts> = FxHashMap::default();
    for (at, outcome) in outcomes.iter().enumerate() {
        let test = &data.snapshot.tests[outcome.test];
        by_id.insert(test.test_id.clone().unwrap_or_default(), at);
        folders.entry(Text::from("/")).or_default().add(outcome.verdict);
        let mut path = String::new();
        for part in test.folder.split('/').filter(|part| !part.is_empty()) {
            path.push('/');
            path.push_str(part);
            match folders.get_mut(path.as_str()) {
                Some(counts) => counts.add(outcome.verdict),
                None => folders.entry(Text::from(path.as_str())).or_default().add(outcome.verdict),
            }
        }
    }
    (by_id, folders)
}

/// Everything that was sent and answered in a run, by playing the same tests on the same rules again. `None`
/// if the job was cancelled.
pub fn results(job: &JobContext, run: &Run, stubs: &Stubs) -> Option<Vec<TestResult>> {
    let settings = settings(Recording::Full);
    let mut results = Vec::with_capacity(run.outcomes.len());
    for (done, outcome) in run.outcomes.iter().enumerate() {
        if job.is_cancelled() {
            return None;
        }
        if done % REPORT == 0 {
            job.progress(done, run.outcomes.len());
        }
        let test = run.test(outcome);
        results.push(replay::run(&run.data.workspace, stubs, test, &test.script(), &settings, ()));
    }
    batch::sort(&mut results);
    Some(results)
}

/// Writes the batch document of a run.
///
/// # Errors
/// Those of the output.
pub fn write_document(out: &mut dyn io::Write, run: &Run, results: &[TestResult]) -> io::Result<()> {
    let settings = settings(Recording::Full);
    let mut options = Map::new();
    options.insert("compat", Value::from(run.data.workspace.options().compat.name()));
    options.insert("seed", Value::from(settings.seed.to_string()));
    let batch_id = batch::batch_id(run.started.unsigned_abs());
    let options = Value::from(options);
    let document = BatchDocument {
        batch_id: &batch_id,
        folder: &run.wanted.folder,
        owner: None,
        results,
        coverage: &run.replies,
        coverage_detail: Some(&run.coverage),
        skipped: &[],
        options: &options,
        started: run.started,
        ended: run.ended,
        stable: false,
    };
    serde_json::to_writer_pretty(out, &document).map_err(io::Error::from)
}

/// Why a rule answered.
#[derive(Clone, Debug)]
pub struct Fired {
    /// The weights that counted, as `field operation value`.
    pub weights: Vec<String>,
    /// The first rule that was tested before it and did not fire, and the weights it lacked.
    pub missed: Option<(Text, Vec<String>)>,
}

/// One test played again with everything recorded.
pub struct Played {
    /// What became of it.
    pub result: TestResult,
    /// For each answer, why its rule fired; nothing where the rule of the answer before goes on.
    pub fired: Vec<Option<Fired>>,
}

/// Plays a test with everything recorded.
pub fn play(data: &Data, stubs: &Stubs, test: &TestDocument) -> Played {
    let mut watcher = Watcher { data, seen: None, missed: None, fired: Vec::new() };
    let settings = Settings { recording: Recording::Full, ..Settings::default() };
    let result = replay::run(&data.workspace, stubs, test, &test.script(), &settings, &mut watcher);
    Played { result, fired: watcher.fired }
}

struct Watcher<'a> {
    data: &'a Data,
    seen: Option<Fired>,
    missed: Option<(RuleAt, Vec<String>)>,
    fired: Vec<Option<Fired>>,
}

impl Observer for &mut Watcher<'_> {
    fn detail(&self) -> Detail {
        Detail::Trace
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let Seen::Tested { rule, activated, weights, .. } = seen else { return };
        let wanted = weights.iter().filter(|weight| weight.met == *activated);
        let told = wanted
            .map(|weight| {
                format!("{} {} {}", weight.field, weight.operation, weight.value.text()).trim().to_owned()
            })
            .collect();
        if *activated {
            let missed = self
                .missed
                .take()
                .map(|(at, weights)| (Text::clone(&self.data.workspace.rule(at).name), weights));
            self.seen = Some(Fired { weights: told, missed });
        } else {
            self.missed = Some((*rule, told));
        }
    }

    fn replied(&mut self, _: &Reply) {
        self.missed = None;
        self.fired.push(self.seen.take());
    }
}
