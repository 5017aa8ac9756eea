//! What is wrong with a document: where, what, why it matters and what to do.

use std::fmt;

use serde::Serialize;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works, but hardly as meant.
    Warning,
    /// Refused, or sure to fail when it runs.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// One problem of a document that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file it was read from, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Place inside the document, such as `ruleSets[3] "Main menu" / rules[0] "Greeting" / weight`.
    pub place: String,
    /// What is wrong and why it matters.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Problem {
    /// A problem that refuses the document.
    pub fn error(place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Severity::Error, place, what, fix)
    }

    /// A problem that the document survives.
    pub fn warning(place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Severity::Warning, place, what, fix)
    }

    fn new(
        severity: Severity,
        place: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Problem { severity, file: None, place: place.into(), what: what.into(), fix: fix.into() }
    }

    /// The same problem with the file it was found in.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity)?;
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}", self.what)?;
        if !self.fix.is_empty() {
            write!(f, " - {}", self.fix)?;
        }
        Ok(())
    }
}

/// Whether any of the problems refuses the document.
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}

/// Causes of an error that are told.
const CAUSES: usize = 16;

/// What an error and its causes say, each once, on one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut next = Some(error);
    for _ in 0..CAUSES {
        let Some(error) = next else { break };
        let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if !told.iter().any(|said| said.contains(&text)) {
            told.push(text);
        }
        next = error.source();
    }
    told.join(": ")
}
