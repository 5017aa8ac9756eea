//! `health`: whether an environment is as it should be.

use connect_rules_cloud::health::{Check, Grade, Report, scan};

use super::{observed, open, scope};
use crate::args::Global;
use crate::args::operate::HealthArgs;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::Purpose;

/// Runs the command.
///
/// # Errors
/// The store or the cloud of this machine cannot be opened.
pub fn run(args: &HealthArgs, global: &Global) -> Result<Exit, Failure> {
    let opened = open(global, Purpose::Read)?;
    let scope = scope(&opened, &args.looked, global)?;
    let observer = observed(global, false);
    let report = opened.session.block_on(scan(&opened.cloud, &opened.now, &scope, &observer));
    drop(observer);
    if global.json {
        super::json(&report.json())?;
    } else {
        output::text(&told(&report, args.problems))?;
    }
    Ok(exit(&report))
}

/// Healthy, degraded or worse.
pub fn exit(report: &Report) -> Exit {
    match report.grade() {
        Grade::Healthy => Exit::Success,
        Grade::Warning => Exit::Warned,
        Grade::Unknown | Grade::Problem => Exit::Failed,
    }
}

/// The report as lines of text.
pub fn told(report: &Report, problems_only: bool) -> String {
    let mut out = String::new();
    for group in report.groups() {
        let is_shown = |it: &&Check| !problems_only || it.grade != Grade::Healthy;
        let all: Vec<&Check> = report.of(group).filter(is_shown).collect();
        if all.is_empty() {
            continue;
        }
        out.extend([format!("{}: {}\n", group.name(), report.summary(group))]);
        let width = all.iter().map(|it| it.name.chars().count()).max().unwrap_or_default();
        for check in all {
            let line = format!("  {:10}  {:width$}  {}", check.status.word(), check.name, check.detail);
            out.push_str(line.trim_end());
            out.push('\n');
            if check.differences.len() > 1 {
                out.extend(check.differences.iter().map(|it| format!("      {it}\n")));
            }
            if check.grade != Grade::Healthy && !check.fix.is_empty() {
                out.extend([format!("      fix: {}\n", check.fix)]);
            }
        }
    }
    let seconds = report.took_ms as f64 / 1000.0;
    let cancelled = if report.cancelled { ", cancelled" } else { "" };
    out.extend([format!(
        "{}: {} ({} calls, {seconds:.1} s, {} throttled{cancelled})\n",
        report.environment,
        report.overall(),
        report.calls,
        report.throttled
    )]);
    out
}
