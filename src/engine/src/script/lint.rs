//! Remarks on scripts that can be read but hardly mean what they say (`spec/testing.md` 6.1, R1 to R8).

use super::finding::Finding;
use super::parse::{KINDS, Script};
use crate::pattern::Pattern;
use crate::value::{Text, Value};

/// Remarks on a script of version 1 or 2; `at` of each is `line <n>` of the payload.
///
/// Codes: `script-failure` (R5 and every other parse failure), `script-empty`, `script-ends-with-input` (R1),
/// `script-repeated-transfer` (R2), `script-repeated-outcome` (R3), `script-unknown-type` (R4),
/// `script-accepts-anything` (R6), `script-matches-missing` (R7), `script-object-value` (R8),
/// `script-broken-pattern` (R11), `script-invalid-key`.
pub fn lint_script(script: &Script, version: u8) -> Vec<Finding> {
    let mut lint = Lint { found: Vec::new(), line: 0, version };
    let mut seen: [Option<usize>; 3] = [None; 3];
    for entry in &script.lines {
        lint.line = entry.line;
        let kind = &*entry.kind;
        if !KINDS.contains(&kind) || (kind == "hangup" && version == 1) {
            lint.warn(
                "script-unknown-type",
                format!("Lines of type {kind} are never executed, so the test always fails"),
                "Correct the type or remove the line",
            );
            continue;
        }
        if let Some(slot) = ["queue", "terminate", "externalNumber"].iter().position(|k| *k == kind) {
            match seen[slot] {
                None => seen[slot] = Some(entry.line),
                Some(first) if slot < 2 => lint.warn(
                    "script-repeated-outcome",
                    format!("Only the first {kind} line (line {first}) is used, this one always fails"),
                    "Remove this line",
                ),
                Some(first) if version == 1 => lint.warn(
                    "script-repeated-transfer",
                    format!("Every transfer is compared with line {first}, this one always fails"),
                    "Raise the test to script version 2, which takes one line per transfer",
                ),
                Some(_) => {}
            }
        }
        match kind {
            "message" => drop(lint.pattern(&entry.payload)),
            "queue" | "externalNumber" => {
                if entry.payload.as_str() == Some("") {
                    lint.warn(
                        "script-accepts-anything",
                        format!("An empty {kind} pattern accepts anything"),
                        "Write what is expected, or .* to say so openly",
                    );
                }
                lint.pattern(&entry.payload);
            }
            "input" if matches!(entry.payload, Value::Object(_) | Value::Array(_)) => lint.object("input"),
            "attribute" | "state" => lint.check(kind, &entry.payload),
            _ => {}
        }
    }
    lint.ends(script);
    lint.found
}

struct Lint {
    found: Vec<Finding>,
    line: usize,
    version: u8,
}

impl Lint {
    fn warn(&mut self, code: &'static str, message: impl Into<String>, fix: &str) {
        self.found.push(Finding::warning(code, format!("line {}", self.line), message, fix));
    }

    fn object(&mut self, what: &str) {
        self.warn(
            "script-object-value",
            format!("The {what} is no text: objects count as [object Object], lists as their parts joined with commas"),
            "Write a text in double quotes",
        );
    }

    /// Checks a pattern; answers it compiled if it is one.
    fn pattern(&mut self, payload: &Value) -> Option<Pattern> {
        if matches!(payload, Value::Object(_) | Value::Array(_)) {
            self.object("pattern");
        }
        let source: Text = payload.text();
        match Pattern::new(&source, false) {
            Ok(pattern) => Some(pattern),
            Err(e) => {
                let fix = "Correct the pattern; put a backslash before special characters of plain text";
                self.warn("script-broken-pattern", e.to_string(), fix);
                None
            }
        }
    }

    /// An attribute or state line.
    fn check(&mut self, kind: &str, payload: &Value) {
        let key = payload.as_object().and_then(|members| members.get("key"));
        if key.is_none_or(Value::is_empty_string) {
            self.warn(
                "script-invalid-key",
                format!("The {kind} line names no key, so it always fails"),
                "Write { \"key\": \"name\", \"value\": \"pattern\" }",
            );
        }
        let Some(value) = payload.as_object().and_then(|members| members.get("value")) else { return };
        if value.is_empty_string() {
            return;
        }
        let Some(pattern) = self.pattern(value) else { return };
        if self.version == 1 && pattern.is_match("undefined").unwrap_or(false) {
            self.warn(
                "script-matches-missing",
                format!("A missing {kind} is compared as the text undefined, which this pattern accepts"),
                "Anchor the pattern with ^ and $, or raise the test to script version 2",
            );
        }
    }

    fn ends(&mut self, script: &Script) {
        if let Some(failure) = &script.failure {
            self.line = script.failure_line.unwrap_or(0);
            let at = format!("line {}", self.line);
            let fix = "Write type: value, the value as JSON; texts stand in double quotes";
            self.found.push(Finding::error("script-failure", at, failure.clone(), fix));
            return;
        }
        match script.lines.last() {
            None => self.found.push(Finding::warning(
                "script-empty",
                "",
                "Script is empty, so the test always fails",
                "Record an interaction or write lines such as message: \"^Hello$\"",
            )),
            Some(last) if &*last.kind == "input" && self.version == 1 => {
                self.line = last.line;
                self.warn(
                    "script-ends-with-input",
                    "Script ends with an input line, so the test always fails",
                    "Add what must follow, such as terminate: \"\"",
                );
            }
            Some(_) => {}
        }
    }
}
