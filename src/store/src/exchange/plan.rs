//! What an import would do, for people and programs, before it is done (`spec/model.md` 14.3).

use std::fmt::Write as _;

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use serde::Serialize;

use super::rule_sets::Mode;

/// What becomes of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is new.
    Create,
    /// It is there and becomes as in the file; it keeps its identifier.
    Replace,
    /// It is there just like this.
    Unchanged,
    /// It is there and stays as it is, because only new ones are added.
    Kept,
    /// It is not in the file and stays, but loses end points to rule sets of the file.
    Released,
    /// It is not in the file and goes.
    Delete,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Create => "create",
            Outcome::Replace => "replace",
            Outcome::Unchanged => "unchanged",
            Outcome::Kept => "keep",
            Outcome::Released => "release end points of",
            Outcome::Delete => "delete",
        }
    }
}

/// What becomes of one rule set, and which of its rules change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSetChange {
    /// Its name.
    pub name: Text,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Description, folder, end points or the enabled mark change.
    pub head_changed: bool,
    /// Names of its new rules.
    pub created: Vec<Text>,
    /// Names of its rules that change.
    pub changed: Vec<Text>,
    /// Names of its rules that go.
    pub deleted: Vec<Text>,
}

impl RuleSetChange {
    /// A change that concerns no rule.
    pub(super) fn of(name: &Text, outcome: Outcome) -> Self {
        RuleSetChange {
            name: Text::clone(name),
            outcome,
            head_changed: outcome == Outcome::Released,
            created: Vec::new(),
            changed: Vec::new(),
            deleted: Vec::new(),
        }
    }
}

/// What an import of rule sets would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlan {
    /// What is done with rule sets that are stored.
    pub mode: Mode,
    /// Rule sets in file order, then stored ones that are concerned.
    pub rule_sets: Vec<RuleSetChange>,
    /// Names of end points to create, enabled and without numbers.
    pub end_points: Vec<Text>,
    /// What is worth knowing first.
    pub warnings: Vec<Problem>,
}

impl ImportPlan {
    /// How many rule sets have that outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rule_sets.iter().filter(|change| change.outcome == outcome).count()
    }

    /// The plan in one sentence.
    pub fn summary(&self) -> String {
        format!(
            "rule sets: {} created, {} replaced, {} unchanged, {} deleted; {} end points created",
            self.count(Outcome::Create),
            self.count(Outcome::Replace),
            self.count(Outcome::Unchanged),
            self.count(Outcome::Delete),
            self.end_points.len(),
        )
    }

    /// The plan as lines of text; unchanged rule sets are only counted.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        for change in self.rule_sets.iter().filter(|change| change.outcome != Outcome::Unchanged) {
            let mut line = format!("{} rule set \"{}\"", change.outcome.word(), change.name);
            let parts = [
                ("new rules", &change.created),
                ("changed rules", &change.changed),
                ("deleted rules", &change.deleted),
            ];
            // Writing to a String cannot fail.
            for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
                let _ = write!(line, "; {what}: {}", names.join(", "));
            }
            out.push(line);
        }
        out.extend(self.end_points.iter().map(|name| format!("create end point \"{name}\"")));
        out.extend(self.warnings.iter().map(ToString::to_string));
        out.push(self.summary());
        out
    }

    /// The plan as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// What an import of tests would do; tests as `<folder> <name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestImportPlan {
    /// Tests that are new.
    pub inserted: Vec<String>,
    /// Tests that become as in the file; they keep their identifiers.
    pub replaced: Vec<String>,
    /// Tests that are there just like this.
    pub unchanged: Vec<String>,
    /// Tests of the file that are not production ready.
    pub skipped: Vec<String>,
    /// Stored tests that are not in the file and go.
    pub deleted: Vec<String>,
    /// What is worth knowing first.
    pub warnings: Vec<Problem>,
}

impl TestImportPlan {
    /// The plan in one sentence.
    pub fn summary(&self) -> String {
        format!(
            "tests: {} inserted, {} replaced, {} unchanged, {} skipped, {} deleted",
            self.inserted.len(),
            self.replaced.len(),
            self.unchanged.len(),
            self.skipped.len(),
            self.deleted.len(),
        )
    }

    /// The plan as lines of text; unchanged tests are only counted.
    pub fn lines(&self) -> Vec<String> {
        let parts = [
            ("insert", &self.inserted),
            ("replace", &self.replaced),
            ("skip, not production ready:", &self.skipped),
            ("delete", &self.deleted),
        ];
        let mut out: Vec<String> = parts
            .into_iter()
            .flat_map(|(word, tests)| tests.iter().map(move |test| format!("{word} {test}")))
            .collect();
        out.extend(self.warnings.iter().map(ToString::to_string));
        out.push(self.summary());
        out
    }

    /// The plan as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
