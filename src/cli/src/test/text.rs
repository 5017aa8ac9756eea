//! The text report: one line per test, what is wrong below it, totals (`spec/testing.md` 5.8).

use std::io::{self, Write};

use connect_rules_engine::replay::batch::Totals;
use connect_rules_engine::replay::{TestResult, Verdict};
use connect_rules_engine::report::{Outcome, as_written};

use crate::coverage;
use crate::say::shown;

/// Writes the report.
///
/// # Errors
/// Those of the output.
pub fn write(out: &mut dyn Write, outcome: &Outcome<'_>) -> io::Result<()> {
    for result in outcome.results {
        test(out, result, outcome.millis(result))?;
    }
    let totals = Totals::of(outcome.results);
    writeln!(
        out,
        "{} tests: {} SUCCESS, {} WARNING, {} ERROR, {} skipped; {} lines, {} steps",
        totals.tests,
        totals.successes,
        totals.warnings,
        totals.errors,
        outcome.skipped.len(),
        totals.lines,
        totals.steps
    )?;
    coverage::write_summary(out, &outcome.detail.summary)?;
    coverage::write_missed(out, &outcome.detail.summary, outcome.thresholds)
}

fn test(out: &mut dyn Write, result: &TestResult, millis: i64) -> io::Result<()> {
    writeln!(
        out,
        "{} {} {} ({} lines, {} steps, {millis} ms)",
        result.verdict(),
        shown(&result.test.folder, false),
        shown(&result.test.name, false),
        result.lines.len(),
        result.steps
    )?;
    if result.verdict() == Verdict::Success {
        return Ok(());
    }
    for warning in &result.warnings {
        writeln!(out, "  {}", indented(warning))?;
    }
    for line in result.lines.iter().filter(|line| line.verdict() != Verdict::Success) {
        writeln!(out, "  line {}: {}", line.line, shown(&as_written(line), false))?;
        for warning in &line.warnings {
            writeln!(out, "    {}", indented(warning).replace('\n', "\n  "))?;
        }
    }
    Ok(())
}

/// A text of several lines, the later ones below the first.
fn indented(text: &str) -> String {
    shown(text, true).replace('\n', "\n  ")
}
