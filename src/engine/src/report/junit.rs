//! The `JUnit` report (`spec/testing.md` 5.8).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use crate::replay::batch::Skipped;
use crate::replay::{TestResult, Verdict};
use chrono::{DateTime, FixedOffset};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Outcome, as_written, missed};

/// Writes the report.
///
/// # Errors
/// Those of the output.
pub fn write(out: &mut dyn Write, outcome: &Outcome<'_>) -> io::Result<()> {
    let mut folders: BTreeMap<&str, (Vec<&TestResult>, Vec<&Skipped>)> = BTreeMap::new();
    for result in outcome.results {
        folders.entry(&result.test.folder).or_default().0.push(result);
    }
    for skipped in outcome.skipped {
        folders.entry(&skipped.folder).or_default().1.push(skipped);
    }
    let mut report = Report::new("connect-rules");
    let mut all = Duration::ZERO;
    for (folder, (results, skipped)) in folders {
        let mut suite = TestSuite::new(folder);
        let time: Duration = results.iter().map(|result| time_of(result, outcome)).sum();
        all += time;
        suite.set_time(time);
        let started = |r: &&TestResult| if outcome.stable { r.virtual_start } else { r.started };
        if let Some(at) = results.iter().map(started).min().and_then(instant) {
            suite.set_timestamp(at);
        }
        for result in results {
            suite.add_test_case(case_of(result, outcome));
        }
        for skipped in skipped {
            let mut status = TestCaseStatus::skipped();
            status.set_message(&*skipped.reason);
            suite.add_test_case(case(&skipped.folder, &skipped.name, status));
        }
        report.add_test_suite(suite);
    }
    if let Some(suite) = thresholds(outcome) {
        report.add_test_suite(suite);
    }
    report.set_time(all);
    report.serialize(out).map_err(io::Error::other)
}

fn time_of(result: &TestResult, outcome: &Outcome<'_>) -> Duration {
    Duration::from_millis(u64::try_from(outcome.millis(result)).unwrap_or_default())
}

fn instant(ms: i64) -> Option<DateTime<FixedOffset>> {
    DateTime::from_timestamp_millis(ms).map(|at| at.fixed_offset())
}

fn case(folder: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let class = folder.trim_matches('/').replace('/', ".");
    let mut case = TestCase::new(name, status);
    case.set_classname(if class.is_empty() { "root" } else { &class });
    case
}

fn case_of(result: &TestResult, outcome: &Outcome<'_>) -> TestCase {
    let verdict = result.verdict();
    let status = if verdict == Verdict::Error { failure(result) } else { TestCaseStatus::success() };
    let mut case = case(&result.test.folder, &result.test.name, status);
    case.set_time(time_of(result, outcome));
    for (name, value) in [
        ("testReference", &*result.test.test_reference),
        ("endPoint", &*result.test.end_point),
        ("contactId", result.contact_id.as_deref().unwrap_or_default()),
        ("seed", &*result.seed.to_string()),
    ] {
        case.add_property((name, value));
    }
    if verdict == Verdict::Warning {
        let lines = result
            .lines
            .iter()
            .flat_map(|line| line.warnings.iter().map(|warning| format!("line {}: {warning}", line.line)));
        let all: Vec<String> = result.warnings.iter().cloned().chain(lines).collect();
        case.set_system_out(all.join("\n"));
    }
    case
}

/// A failure of lines, or an error of the context around them.
fn failure(result: &TestResult) -> TestCaseStatus {
    let failing: Vec<_> = result.lines.iter().filter(|line| line.success != Some(true)).collect();
    // Where a contact ended without a check is the only thing of the context that does not fail a test.
    let context = result.warnings.iter().find(|warning| !warning.starts_with("Reached "));
    let (kind, name, message) = match (context, failing.first()) {
        (Some(warning), _) => (NonSuccessKind::Error, "context", warning.clone()),
        (None, Some(line)) => {
            (NonSuccessKind::Failure, "line", line.warnings.first().cloned().unwrap_or_default())
        }
        (None, None) => (NonSuccessKind::Error, "context", String::new()),
    };
    let body: Vec<String> = failing
        .iter()
        .map(|line| format!("line {}: {}\n{}", line.line, as_written(line), line.warnings.join("\n")))
        .collect();
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message).set_description(body.join("\n"));
    status
}

/// One case per threshold.
fn thresholds(outcome: &Outcome<'_>) -> Option<TestSuite> {
    if outcome.thresholds.is_empty() {
        return None;
    }
    let mut suite = TestSuite::new("coverage");
    for threshold in outcome.thresholds {
        let missed = missed(&outcome.detail.summary, std::slice::from_ref(threshold));
        let status = if missed.is_empty() {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("coverage").set_message(missed.join("; "));
            status
        };
        let kind = threshold.kind.map_or("all", |kind| kind.name());
        let mut case = TestCase::new(format!("{kind}={}", threshold.percent), status);
        case.set_classname("coverage");
        suite.add_test_case(case);
    }
    Some(suite)
}
