//! `lint`: findings about rule sets as text, JSON or SARIF.

use std::io::{self, IsTerminal as _, Write as _};

use connect_rules_engine::lint::{self, Finding, TemplateCheck, TemplateFacts};
use connect_rules_engine::problem::Severity;
use connect_rules_engine::template::{Budget, HELPERS, Scope, Template};
use connect_rules_engine::value::Map;

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
    let findings: Vec<Finding> = lint::lint(&loaded.bundle.rule_sets, &loaded.bundle.catalogue, &Templates)
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

/// Why a template does not render while the state is empty, as the original checks when a rule is saved.
fn failure(template: &Template) -> Option<String> {
    let mut draws = || 0.0;
    let mut scope = Scope {
        now: 0,
        zone: None,
        draws: &mut draws,
        leak: None,
        budget: Budget { output: 1 << 16, steps: 100_000 },
    };
    template.render(&Map::new(), &mut scope).err().map(|error| error.to_string())
}

/// The template language, for lint.
struct Templates;

impl TemplateCheck for Templates {
    fn facts(&self, template: &str) -> TemplateFacts {
        match Template::parse(template) {
            Ok(parsed) => {
                let uses = parsed.uses();
                let unknown =
                    uses.helpers.into_iter().filter(|helper| !helper.known).map(|helper| helper.name);
                TemplateFacts {
                    error: failure(&parsed),
                    unknown_helpers: unknown.collect(),
                    zones: uses.zones,
                }
            }
            Err(error) => TemplateFacts { error: Some(error.to_string()), ..TemplateFacts::default() },
        }
    }

    fn is_helper(&self, name: &str) -> bool {
        HELPERS.iter().any(|helper| helper.name == name)
    }
}
