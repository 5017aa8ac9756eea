//! `coverage`: reports of several runs added up, shown and measured (`spec/testing.md` 4.4, 5.9).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use connect_rules_engine::coverage::{CoverageDetail, KINDS, Population, Summary};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::report::{Threshold, missed};

use crate::args::{CoverageAction, Global, WorkspaceArgs};
use crate::exit::{self, Exit, Failure};
use crate::load;
use crate::say::shown;

/// Runs the command.
///
/// # Errors
/// A report or the workspace is not valid, or the result cannot be written.
pub fn run(action: &CoverageAction, global: &Global) -> Result<Exit, Failure> {
    match action {
        CoverageAction::Merge { files, output, workspace } => {
            let reports = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
            let merged = merge(reports, workspace, global)?;
            write(&merged, output)?;
            Ok(Exit::Success)
        }
        CoverageAction::Show { file, unreached, min_coverage } => {
            let report = read(file)?;
            if global.json {
                write(&report, "-")?;
            } else {
                let mut out = BufWriter::new(io::stdout().lock());
                exit::written(show(&mut out, &report, *unreached, min_coverage).and_then(|()| out.flush()))?;
            }
            let kept = missed(&report.summary, min_coverage).is_empty();
            Ok(if kept { Exit::Success } else { Exit::Coverage })
        }
    }
}

/// Reads a coverage report.
///
/// # Errors
/// It cannot be read or is none.
pub fn read(file: &Path) -> Result<CoverageDetail, Failure> {
    let (name, text) = load::read_text(file)?;
    let report: CoverageDetail = serde_json::from_str(&text).map_err(|error| {
        let problem = Problem::error(
            format!("line {} column {}", error.line(), error.column()),
            format!("not a coverage report: {error}"),
            "give a file that `test --report coverage=FILE` or `coverage merge` wrote",
        );
        Failure::data(vec![problem.in_file(&name)])
    })?;
    if report.version != 1 {
        let what = format!("coverage reports of version {} are not known", report.version);
        return Err(Failure::data(vec![Problem::error("version", what, "make it again").in_file(&name)]));
    }
    Ok(report)
}

/// The sum of reports over what the workspace holds, else over what the first report lists.
fn merge(
    reports: Vec<CoverageDetail>,
    workspace: &WorkspaceArgs,
    global: &Global,
) -> Result<CoverageDetail, Failure> {
    let latest = reports.iter().map(|report| &report.generated_at).max().cloned().unwrap_or_default();
    let mut reports = reports.into_iter();
    let mut sum = if workspace.workspace.is_some() || workspace.rulesets.is_some() {
        let workspace = load::load(workspace, global)?.workspace();
        CoverageDetail::empty(&Population::new(&workspace), &latest)
    } else {
        reports.next().unwrap_or_default()
    };
    reports.for_each(|report| sum.merge(report));
    sum.generated_at = latest;
    Ok(sum)
}

fn write(report: &CoverageDetail, target: &str) -> Result<(), Failure> {
    let mut text =
        serde_json::to_string_pretty(report).map_err(|e| Failure::writing(target, &io::Error::other(e)))?;
    text.push('\n');
    if target == "-" {
        let mut out = io::stdout().lock();
        return exit::written(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
    let written = File::create(target).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| Failure::writing(target, &e))
}

fn show(
    out: &mut dyn Write,
    report: &CoverageDetail,
    unreached: bool,
    thresholds: &[Threshold],
) -> io::Result<()> {
    writeln!(out, "{} tests, {}", report.tests.len(), shown(&report.generated_at, false))?;
    write_summary(out, &report.summary)?;
    for set in &report.rule_sets {
        let covered = set.rules.iter().filter(|rule| rule.executions > 0).count();
        let entered = set.entered.map_or_else(|| "no rules".to_owned(), |n| format!("entered {n} times"));
        writeln!(out, "{}: {covered} of {} rules, {entered}", shown(&set.name, false), set.rules.len())?;
    }
    if unreached {
        writeln!(out, "Unreached:")?;
        for row in &report.unreached {
            let item = row.item.join(" / ");
            writeln!(out, "  {}: {}", shown(&item, false), shown(&row.reason, false))?;
        }
    }
    write_missed(out, &report.summary, thresholds)
}

/// Writes the six percentages on one line.
///
/// # Errors
/// Those of the output.
pub fn write_summary(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    write!(out, "Coverage:")?;
    for (i, (kind, name)) in KINDS.into_iter().enumerate() {
        let measure = summary.of(kind);
        let comma = if i > 0 { "," } else { "" };
        match measure.percent {
            Some(percent) => {
                write!(out, "{comma} {name} {percent}% ({}/{})", measure.covered, measure.total)?;
            }
            None => write!(out, "{comma} {name} n/a")?,
        }
    }
    writeln!(out)
}

/// Writes a line for every threshold that is missed.
///
/// # Errors
/// Those of the output.
pub fn write_missed(out: &mut dyn Write, summary: &Summary, thresholds: &[Threshold]) -> io::Result<()> {
    missed(summary, thresholds).iter().try_for_each(|text| writeln!(out, "Coverage too low: {text}"))
}
