//! `explore`: tests of what no test covers, found by calling like a customer would.

use std::collections::HashSet;
use std::fmt::Write as _;

use connect_rules_engine::collate;
use connect_rules_engine::coverage::{CoverageDetail, Population, Summary};
use connect_rules_engine::dates;
use connect_rules_engine::explore::{Limits, Missing, Wanted, explore};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::replay::{Recording, Settings};
use connect_rules_engine::script::{self, ExportHeader, ExportMethod, TestDocument, export_tests};
use connect_rules_engine::value::Text;
use connect_rules_store::service::tests::CreateTests;
use jiff::Timestamp;

use crate::args::Global;
use crate::args::explore::ExploreArgs;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::session;
use crate::test::{pool, select};
use crate::{coverage, load, say};

const DAY: i64 = 86_400_000;

/// Runs the command: replays the tests that there are, searches for what they do not cover, and shows, writes or
/// adds tests of it.
///
/// # Errors
/// The options do not fit, the workspace or a test is not valid, the result cannot be written or added.
pub fn run(args: &ExploreArgs, global: &Global) -> Result<Exit, Failure> {
    check(args)?;
    let mut loaded = load::load(&args.workspace, global)?;
    let tests = select::read(&args.select(), &loaded, global)?;
    let stage = Text::clone(&loaded.bundle.catalogue.stage);
    let workspace = loaded.workspace();
    let population = Population::new(&workspace);
    let settings = Settings { recording: Recording::Verdict, ..Settings::default() };
    let jobs = std::thread::available_parallelism().map_or(1, usize::from).min(10);
    let stubs = &loaded.bundle.stubs;
    let job = pool::Job { tests: &tests, stubs, settings: &settings, jobs, fail_fast: false };
    let (_, mut recorder) = pool::run(&job, &population, global)?;
    let now = Timestamp::now().as_millisecond();
    let at = args.date_time.unwrap_or(now - now.rem_euclid(DAY));
    let when = dates::iso_utc(at);
    let before = CoverageDetail::of(&mut recorder, &when).summary;
    let folder = Text::from(args.folder.as_str());
    let names: HashSet<&str> =
        tests.iter().filter(|test| test.folder == folder).map(|test| &*test.name).collect();
    let limits = Limits { tests: args.most, ..Limits::default() };
    let wanted = Wanted { stubs, folder: &folder, at, limits, is_taken: &|name| names.contains(name) };
    let found = explore(&population, &mut recorder, &wanted, &mut |_, _| true).unwrap_or_default();
    let after = CoverageDetail::of(&mut recorder, &when).summary;
    if args.add {
        tell(&covered(&found, &before, &after)?, global);
        let session = session::open(global, args.write.into())?;
        let tests = found.into_iter().map(|it| it.test).collect();
        return session.change(&CreateTests(tests), args.write, false);
    }
    if global.json || args.output.is_some() {
        let tests: Vec<TestDocument> = found.iter().map(|it| it.test.clone()).collect();
        let header = ExportHeader {
            version: Text::from(env!("CARGO_PKG_VERSION")),
            environment_name: stage,
            method: ExportMethod::Selected,
            exported_by: Text::from("connect-rules explore"),
            exported_at: Text::from(when),
        };
        let text = export_tests(&header, &tests, collate::compare).map_err(|error| {
            Failure::data(vec![Problem::error("tests", error.to_string(), "choose another --folder")])
        })?;
        tell(&covered(&found, &before, &after)?, global);
        return print_exactly(&format!("{text}\n"), args.output.as_deref());
    }
    print_exactly(&listing(&found, &covered(&found, &before, &after)?), None)
}

/// Refuses options that do not fit together.
fn check(args: &ExploreArgs) -> Result<(), Failure> {
    if (args.write.plan || args.write.yes) && !args.add {
        let fix = "give --add, or leave --plan and --yes out: without it nothing is changed";
        return Err(Failure::usage("--plan and --yes are about adding tests", fix));
    }
    if args.add && (args.workspace.is_given() || args.workspace.synthesise || !args.paths.is_empty()) {
        let fix = "write the tests to a file with --output, or leave the other options out";
        return Err(Failure::usage("tests are added to a store and searched for in it", fix));
    }
    match script::check_folder(&args.folder, "--folder") {
        Some(found) => Err(Failure::usage(format!("{}: {}", found.at, found.message), found.fix)),
        None => Ok(()),
    }
}

/// How many tests were found, and what is covered without and with them.
fn covered(found: &[Missing], before: &Summary, after: &Summary) -> Result<Vec<String>, Failure> {
    let line = |summary: &Summary| {
        let mut out = Vec::new();
        coverage::write_summary(&mut out, summary).map_err(|e| Failure::writing("standard output", &e))?;
        Ok::<_, Failure>(String::from_utf8_lossy(&out).trim_end().replacen("Coverage: ", "", 1))
    };
    let tests = match found.len() {
        0 => {
            let none = "No test is missing that a search can find".to_owned();
            return Ok(vec![none, format!("Covered: {}", line(before)?)]);
        }
        1 => "1 test was missing".to_owned(),
        many => format!("{many} tests were missing"),
    };
    Ok(vec![tests, format!("Covered now: {}", line(before)?), format!("With all of them: {}", line(after)?)])
}

/// Says it on standard error, which is JSON with --json.
fn tell(lines: &[String], global: &Global) {
    if !global.json {
        for line in lines {
            say::notice(line, global);
        }
    }
}

/// The tests as a person reads them: what each adds, and its script.
fn listing(found: &[Missing], covered: &[String]) -> String {
    let mut out = String::new();
    for Missing { test, adds } in found {
        // A text takes whatever is written.
        let _ = writeln!(out, "{} {} (covers {adds} more)", test.folder, test.name);
        let _ = writeln!(
            out,
            "  {} from {} at {}",
            test.end_point, test.customer_phone_number, test.test_date_time
        );
        for line in test.payload.lines() {
            let _ = writeln!(out, "    {line}");
        }
        out.push('\n');
    }
    out.push_str(&covered.join("\n"));
    out.push('\n');
    out
}
