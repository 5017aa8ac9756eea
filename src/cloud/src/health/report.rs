//! The result of a scan as a value: told in lines, saved as JSON, compared with another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Check, Grade, Group};

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Name of the environment.
    pub environment: String,
    /// When it began, RFC 3339.
    pub when: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How many calls were made.
    pub calls: u64,
    /// How many of them had to wait for the budget.
    pub waits: u64,
    /// How often a service said that it was too much.
    pub throttled: u64,
    /// It was cancelled: what is missing was not looked at.
    pub cancelled: bool,
    /// What was found, in the order of [`Group::ALL`].
    pub checks: Vec<Check>,
}

impl Report {
    /// The checks of a group.
    pub fn of(&self, group: Group) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |it| it.group == group)
    }

    /// The groups that were looked at.
    pub fn groups(&self) -> impl Iterator<Item = Group> {
        Group::ALL.into_iter().filter(|group| self.of(*group).next().is_some())
    }

    /// The check of a thing.
    pub fn find(&self, group: Group, name: &str) -> Option<&Check> {
        self.of(group).find(|it| it.name == name)
    }

    /// How many checks came out how.
    pub fn counts(&self) -> BTreeMap<Grade, usize> {
        let mut out = BTreeMap::new();
        for check in &self.checks {
            *out.entry(check.grade).or_default() += 1;
        }
        out
    }

    /// The worst that was found.
    pub fn grade(&self) -> Grade {
        self.checks.iter().map(|it| it.grade).max().unwrap_or(Grade::Healthy)
    }

    /// `HEALTHY`, `DEGRADED` (only warnings) or `UNHEALTHY`.
    pub fn overall(&self) -> &'static str {
        match self.grade() {
            Grade::Healthy => "HEALTHY",
            Grade::Warning => "DEGRADED",
            Grade::Unknown | Grade::Problem => "UNHEALTHY",
        }
    }

    /// A group in one line, such as `21 healthy` or `18 healthy, 3 problems: 2 MISSING, 1 CHANGED`.
    pub fn summary(&self, group: Group) -> String {
        let mut grades: BTreeMap<Grade, usize> = BTreeMap::new();
        let mut words: BTreeMap<&str, usize> = BTreeMap::new();
        for check in self.of(group) {
            *grades.entry(check.grade).or_default() += 1;
            if check.grade != Grade::Healthy {
                *words.entry(check.status.word()).or_default() += 1;
            }
        }
        if grades.is_empty() {
            return "not looked at".to_owned();
        }
        let counted = |(grade, count): (&Grade, &usize)| {
            let plural =
                if matches!(grade, Grade::Warning | Grade::Problem) && *count != 1 { "s" } else { "" };
            format!("{count} {}{plural}", grade.name())
        };
        let mut out = grades.iter().map(counted).collect::<Vec<_>>().join(", ");
        if !words.is_empty() {
            let words: Vec<String> = words.iter().map(|(word, count)| format!("{count} {word}")).collect();
            out.extend([": ", &words.join(", ")]);
        }
        out
    }

    /// The report as JSON, with the verdict and the counts.
    pub fn json(&self) -> serde_json::Value {
        let mut out = serde_json::to_value(self).unwrap_or_default();
        if let Some(out) = out.as_object_mut() {
            out.insert("overall".to_owned(), self.overall().into());
            let counts =
                self.counts().into_iter().map(|(grade, count)| (grade.name().to_owned(), count.into()));
            out.insert("counts".to_owned(), serde_json::Value::Object(counts.collect()));
            let groups = self.groups().map(|it| (it.key().to_owned(), self.summary(it).into()));
            out.insert("groups".to_owned(), serde_json::Value::Object(groups.collect()));
        }
        out
    }
}
