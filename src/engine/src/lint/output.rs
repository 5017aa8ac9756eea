//! Findings as text lines, JSON and SARIF.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Finding, codes};
use crate::problem::Severity;

impl Finding {
    /// Rule set, rule and place inside, such as `Main menu / Greeting / params / message`.
    pub fn place(&self) -> String {
        let mut out = String::new();
        let parts = [self.rule_set.as_deref(), self.rule.as_deref(), Some(&*self.part)];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            if !out.is_empty() {
                out.push_str(" / ");
            }
            out.push_str(part);
        }
        out
    }
}

/// One line per finding; `file` stands in front where one is known. Control characters are shown, not sent.
pub fn text(findings: &[Finding], file: Option<&str>) -> String {
    let mut out = String::new();
    for finding in findings {
        if let Some(file) = file {
            let _ = write!(out, "{file}: ");
        }
        let line = format!(
            "{} {}: {}: {}. {} {}",
            finding.severity,
            finding.code,
            finding.place(),
            finding.what,
            finding.why,
            finding.fix
        );
        for c in line.chars() {
            if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
        }
        out.push('\n');
    }
    out
}

/// The findings as a JSON array.
pub fn json(findings: &[Finding]) -> String {
    serde_json::to_string_pretty(findings).unwrap_or_default()
}

/// The findings as a SARIF 2.1.0 log, for code review tools. `file` is the path of the checked file.
pub fn sarif(findings: &[Finding], version: &str, file: Option<&str>) -> String {
    let rules: Vec<Json> = codes::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.code,
                "name": code.title,
                "shortDescription": {"text": code.title},
                "fullDescription": {"text": code.why},
                "help": {"text": code.fix},
                "defaultConfiguration": {"level": level(code.severity)},
            })
        })
        .collect();
    let results: Vec<Json> = findings.iter().map(|finding| result(finding, file)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "connect-rules", "version": version, "rules": rules}},
            "results": results,
            "columnKind": "utf16CodeUnits",
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default()
}

fn result(finding: &Finding, file: Option<&str>) -> Json {
    let kind = if finding.rule.is_some() { "member" } else { "module" };
    let name = finding.rule.as_deref().or(finding.rule_set.as_deref()).unwrap_or("instance");
    let mut location = json!({
        "logicalLocations": [{"name": name, "fullyQualifiedName": finding.place(), "kind": kind}],
    });
    if let Some(file) = file {
        location["physicalLocation"] = json!({"artifactLocation": {"uri": uri(file)}});
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes::ALL.iter().position(|code| code.code == finding.code),
        "level": level(finding.severity),
        "message": {"text": format!("{}: {}. {} {}", finding.place(), finding.what, finding.why, finding.fix)},
        "locations": [location],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A path as a URI reference: slashes, everything unusual in percent form.
fn uri(file: &str) -> String {
    let mut out = String::new();
    for byte in file.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
