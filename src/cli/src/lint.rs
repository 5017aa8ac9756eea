//! `lint`: findings about rule sets as text, JSON or SARIF.

use std::io::{self, IsTerminal as _, Write as _};

use connect_rules_engine::lint::{self, Finding};
use connect_rules_engine::problem::Severity;

use crate::args::{FailOn, Global, LintArgs, LintFormat};
use crate::exit::{self, Exit, Failure};
use crate::{load, say};

/// Runs the command.
///
/// # Errors
/// The workspace is not valid, or the report cannot be written.
pub fn run(args: &LintArgs, global: &Global) -> Result<Exit, Failure> {
    let loaded = load::load(&args.workspace, global)?;
    let least = Severity::from(args.min_severity);
    let findings: Vec<Finding> = lint::lint(&loaded.bundle.rule_sets, &loaded.bundle.catalogue)
        .into_iter()
        .filter(|finding| finding.severity >= least)
        .collect();
    let file = loaded.rule_sets_file.as_deref();
    let format = args.format.unwrap_or(if global.json { LintFormat::Json } else { LintFormat::Text });
    let mut report = match format {
        LintFormat::Text => lint::text(&findings, file),
        LintFormat::Json => lint::json(&findings),
        LintFormat::Sarif => lint::sarif(&findings, env!("CARGO_PKG_VERSION"), file),
    };
    if format == LintFormat::Text {
        report += &totals(&findings);
    }
    if !report.ends_with('\n') {
        report.push('\n');
    }
    let mut out = io::stdout().lock();
    let report = if out.is_terminal() { say::shown(&report, true) } else { report.into() };
    exit::written(out.write_all(report.as_bytes()).and_then(|()| out.flush()))?;
    let worst = findings.iter().map(|finding| finding.severity).max();
    let failing = match args.fail_on {
        FailOn::Error => worst >= Some(Severity::Error),
        FailOn::Warning => worst >= Some(Severity::Warning),
        FailOn::Never => false,
    };
    Ok(if failing { Exit::Failed } else { Exit::Success })
}

fn totals(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    format!(
        "{} errors, {} warnings, {} notes\n",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Note)
    )
}
