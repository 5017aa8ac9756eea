//! What is wrong with a flow: where, what, why it matters and what to do.

use std::fmt;

/// One finding of a check (`spec/contactflows.md` 11.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check, `V01` to `V14`.
    pub check: &'static str,
    /// Whether the flow works all the same.
    pub warning: bool,
    /// The file it was read from.
    pub file: String,
    /// Identifier of the action; none where the whole file is meant.
    pub action: Option<String>,
    /// What is wrong.
    pub what: String,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: String,
}

impl Finding {
    /// A finding that keeps the flow from being deployed.
    pub fn new(check: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        let (what, fix) = (what.into(), fix.into());
        Finding { check, warning: false, file: String::new(), action: None, what, why: why(check), fix }
    }

    /// The same finding at an action.
    #[must_use]
    pub fn at(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// The same finding as one that the flow survives.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// The same finding with the file it was found in.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.warning { "warning" } else { "error" };
        write!(f, "{}: {severity} {}: ", self.file, self.check)?;
        if let Some(action) = &self.action {
            write!(f, "action {action}: ")?;
        }
        write!(f, "{}. {}. {}", self.what, self.why, self.fix)
    }
}

/// Why what a check looks for matters.
pub fn why(check: &str) -> &'static str {
    match check {
        "V01" => "What is not understood would be lost or refused when it is deployed",
        "V02" => "Amazon Connect refuses content outside these bounds",
        "V03" => "A branch into nothing ends the contact, and what nothing leads to never runs",
        "V04" => "Amazon Connect refuses the flow, or takes the error branch on that channel",
        "V05" => "Amazon Connect refuses the action, or it fails when it runs",
        "V06" => "Amazon Connect refuses an action that lacks a branch or has one it does not know",
        "V07" => "An identifier of one instance, or a name that nothing has, does not work in the others",
        "V08" => "A reference that does not exist is empty for every contact",
        "V09" => "The function refuses what it does not know, and the contact ends with an error",
        "V10" => "What no answer holds is empty: the message is silent or the branch is never taken",
        "V11" => "A contact could go round without end",
        "V12" => "A contact could get stuck, or end without a word",
        "V13" => "Data of customers would be readable in logs or in the console",
        _ => "A change that nobody looked at would be deployed",
    }
}
