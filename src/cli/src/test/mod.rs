//! `test`: recorded tests replayed, with reports and thresholds (`spec/testing.md` 5.8).

pub mod pool;
pub mod select;
mod text;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use connect_rules_engine::coverage::{CoverageDetail, Population, ReplyCoverage};
use connect_rules_engine::dates;
use connect_rules_engine::replay::batch::{self, BatchDocument, Totals};
use connect_rules_engine::replay::{Clock, Recording, Settings, TestResult};
use connect_rules_engine::report::{self, Outcome, html, junit};
use connect_rules_engine::value::{Map, Value};

use crate::args::{Global, Now, ReportKind, RunArgs, TestArgs};
use crate::clock::real_time;
use crate::exit::{self, Exit, Failure};
use crate::load::{self, Loaded};
use crate::{coverage, say};

/// Runs the command.
///
/// # Errors
/// The workspace, a test or a report of coverage is not valid, or a report cannot be written.
pub fn run(args: &TestArgs, global: &Global) -> Result<Exit, Failure> {
    reports(args, global)?;
    run_on(load::load(&args.workspace, global)?, args, global)
}

/// Runs the command on a workspace that was read.
///
/// # Errors
/// Those of [`run`].
pub fn run_on(mut loaded: Loaded, args: &TestArgs, global: &Global) -> Result<Exit, Failure> {
    let reports = reports(args, global)?;
    let tests = select::read(&args.select, &loaded, global)?;
    let earlier: Vec<CoverageDetail> =
        args.coverage_in.iter().map(|file| coverage::read(file)).collect::<Result<_, _>>()?;
    let (tests, mut skipped) = select::select(tests, &args.select, args.shard);
    let compat = loaded.compat;
    let workspace = loaded.workspace();
    let population = Population::new(&workspace);
    let wants_all = reports.iter().any(|(kind, _)| matches!(kind, ReportKind::Json | ReportKind::Html));
    let recording = if wants_all { Recording::Full } else { Recording::Verdict };
    let settings = settings(&args.run, recording);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = if args.fail_fast { 1 } else { args.jobs.map_or(processors.min(10), usize::from) };
    let job = pool::Job {
        tests: &tests,
        stubs: &loaded.bundle.stubs,
        settings: &settings,
        jobs,
        fail_fast: args.fail_fast,
    };
    let started = real_time();
    let (mut results, mut recorder) = pool::run(&job, &population, global)?;
    let ended = real_time();
    let not_started = &tests[results.len()..];
    skipped.extend(not_started.iter().map(|test| select::skip(test, "not started: a test before it failed")));
    tell_undeclared(&results, global);
    batch::sort(&mut results);

    let first = results.iter().map(|result| result.virtual_start).min().unwrap_or_default();
    let replies = ReplyCoverage::of(&recorder);
    let mut detail = CoverageDetail::of(&mut recorder, &dates::iso_utc(first));
    for run in earlier {
        detail.merge(run);
    }
    let outcome = Outcome {
        results: &results,
        skipped: &skipped,
        detail: &detail,
        replies: &replies,
        thresholds: &args.min_coverage,
        stable: args.stable,
    };
    let batch_id = batch::batch_id(args.run.seed);
    let options = options(args, compat.name());
    let document = BatchDocument {
        batch_id: &batch_id,
        folder: args.select.folder.as_deref().unwrap_or("/"),
        owner: None,
        results: &results,
        coverage: &replies,
        coverage_detail: Some(&detail),
        skipped: &skipped,
        options: &options,
        started,
        ended,
        stable: args.stable,
    };
    for (kind, target) in &reports {
        write_report(*kind, target, &outcome, &document)?;
    }
    Ok(status(args, &outcome))
}

/// How tests are replayed, by the options of running.
pub fn settings(run: &RunArgs, recording: Recording) -> Settings<'static> {
    Settings {
        seed: run.seed,
        clock: match run.now {
            Now::Interaction => Clock::Interaction,
            Now::System => Clock::System,
            Now::At(at) => Clock::Fixed(at),
        },
        max_steps: run.max_steps,
        strict_mocks: run.strict_mocks,
        recording,
        time: Some(&real_time),
        step_timeout_ms: (run.step_timeout * 1000.0) as i64,
        test_timeout_ms: (run.test_timeout * 1000.0) as i64,
    }
}

/// The reports to write: those asked for, and text on standard output unless something else goes there.
fn reports(args: &TestArgs, global: &Global) -> Result<Vec<(ReportKind, String)>, Failure> {
    let mut reports = args.report.clone();
    match reports.iter().filter(|(_, target)| target == "-").count() {
        0 if global.json => reports.push((ReportKind::Json, "-".to_owned())),
        0 => reports.push((ReportKind::Text, "-".to_owned())),
        1 => {}
        _ => {
            return Err(Failure::usage(
                "two reports go to standard output",
                "write all but one of them to files",
            ));
        }
    }
    Ok(reports)
}

fn write_report(
    kind: ReportKind,
    target: &str,
    outcome: &Outcome<'_>,
    document: &BatchDocument<'_>,
) -> Result<(), Failure> {
    let write = |out: &mut dyn Write| -> io::Result<()> {
        match kind {
            ReportKind::Text => text::write(out, outcome)?,
            ReportKind::Junit => junit::write(out, outcome)?,
            ReportKind::Html => html::write(out, outcome)?,
            ReportKind::Json => {
                serde_json::to_writer_pretty(&mut *out, document)?;
                out.write_all(b"\n")?;
            }
            ReportKind::Coverage => {
                serde_json::to_writer_pretty(&mut *out, outcome.detail)?;
                out.write_all(b"\n")?;
            }
        }
        out.flush()
    };
    if target == "-" {
        let out = io::stdout().lock();
        if out.is_terminal() && kind != ReportKind::Text {
            // Strings of these formats may hold what steers a terminal.
            let mut bytes = Vec::new();
            exit::written(write(&mut bytes))?;
            let mut out = out;
            let shown = say::shown(&String::from_utf8_lossy(&bytes), true).into_owned();
            return exit::written(out.write_all(shown.as_bytes()).and_then(|()| out.flush()));
        }
        return exit::written(write(&mut BufWriter::new(out)));
    }
    let file = File::create(target).map_err(|e| Failure::writing(target, &e))?;
    write(&mut BufWriter::new(file)).map_err(|e| Failure::writing(target, &e))
}

/// The status, by the first row of the table of 5.8 that applies.
fn status(args: &TestArgs, outcome: &Outcome<'_>) -> Exit {
    let totals = Totals::of(outcome.results);
    if totals.errors > 0 {
        Exit::Failed
    } else if totals.warnings > 0 && args.fail_on_warning {
        Exit::Warned
    } else if totals.tests == 0 && !args.allow_empty {
        Exit::Empty
    } else if !report::missed(&outcome.detail.summary, outcome.thresholds).is_empty() {
        Exit::Coverage
    } else {
        Exit::Success
    }
}

/// What was asked for, as far as results depend on it.
fn options(args: &TestArgs, compat: &str) -> Value {
    let now = match args.run.now {
        Now::Interaction => "interaction".to_owned(),
        Now::System => "system".to_owned(),
        Now::At(at) => dates::iso_utc_ms(at),
    };
    let mut out = Map::new();
    out.insert("compat", Value::from(compat));
    out.insert("seed", Value::from(args.run.seed.to_string()));
    out.insert("now", Value::from(now));
    out.insert("shard", Value::from(format!("{}/{}", args.shard.index, args.shard.count)));
    out.insert("maxSteps", Value::Number(f64::from(args.run.max_steps)));
    out.insert("strictMocks", Value::from(args.run.strict_mocks));
    out.insert("productionOnly", Value::from(args.select.production_only));
    for (name, given) in
        [("folder", &args.select.folder), ("name", &args.select.name), ("reference", &args.select.reference)]
    {
        if let Some(given) = given {
            out.insert(name, Value::from(given.as_str()));
        }
    }
    if args.select.folder.is_some() {
        out.insert("recursive", Value::from(args.select.recursive));
    }
    out.into()
}

fn tell_undeclared(results: &[TestResult], global: &Global) {
    let mut names: Vec<&str> = results.iter().flat_map(|r| &r.undeclared_bots).map(|name| &**name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let text = format!("note: bot {name} is not declared in lex.json, it answers FallbackIntent");
        say::notice(&text, global);
    }
}
