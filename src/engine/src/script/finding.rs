//! What is wrong with a test, where, why and what to do about it.

use std::fmt;

use crate::problem::{Problem, Severity};

/// One located remark on a test document, a script or a file of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the rule, such as `test-name`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Where: a key path (`tests[3].name`) or `line 4`; empty for the whole text.
    pub at: String,
    /// What is wrong, and why it matters.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Finding {
    /// A finding that refuses.
    pub(super) fn error(
        code: &'static str,
        at: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { code, severity: Severity::Error, at: at.into(), message: message.into(), fix: fix.into() }
    }

    /// A finding that only warns.
    pub(super) fn warning(
        code: &'static str,
        at: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message, fix) }
    }
}

impl From<Finding> for Problem {
    fn from(it: Finding) -> Self {
        Problem { severity: it.severity, file: None, place: it.at, what: it.message, fix: it.fix }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        write!(f, "{}. {} [{}]", self.message, self.fix, self.code)
    }
}
