//! The lines of a report: groups that open and close, and the checks in them. They are made when something changes,
//! not when they are drawn.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use connect_rules_cloud::health::{Check, Grade, Group, Report};
use connect_rules_flows::compare::{About, Difference};
use ratatui::text::{Line, Span};

use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Group(Group),
    /// Position in the report.
    Check(usize),
}

/// What is shown of a report.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Groups whose checks are seen.
    pub open: BTreeSet<Group>,
    /// Only what is not healthy.
    pub problems: bool,
    /// Words that all have to be in a check.
    pub words: String,
}

impl Shown {
    /// Opens what has something to look at.
    pub fn open_ill(&mut self, report: &Report) {
        self.open = report.checks.iter().filter(|it| it.grade != Grade::Healthy).map(|it| it.group).collect();
    }

    /// Whether the checks of a group are seen: also while words are searched.
    pub fn is_open(&self, group: Group) -> bool {
        self.open.contains(&group) || !self.words.trim().is_empty()
    }

    /// The lines.
    pub fn rows(&self, report: &Report) -> Vec<Row> {
        let text = self.words.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let seen = |it: &Check| {
            let has = || {
                let all = format!("{} {} {}", it.name, it.status.word(), it.detail).to_lowercase();
                words.iter().all(|word| all.contains(word))
            };
            (!self.problems || it.grade != Grade::Healthy) && (words.is_empty() || has())
        };
        let mut out = Vec::new();
        for group in Group::ALL {
            let of = report.checks.iter().enumerate().filter(|(_, it)| it.group == group);
            let mut checks: Vec<(usize, &Check)> = of.filter(|(_, it)| seen(it)).collect();
            // The worst first, else as they are.
            checks.sort_by_key(|(_, it)| Reverse(it.grade));
            if checks.is_empty() {
                continue;
            }
            out.push(Row::Group(group));
            if self.is_open(group) {
                out.extend(checks.into_iter().map(|(at, _)| Row::Check(at)));
            }
        }
        out
    }
}

/// Mark and look of a grade.
pub(super) fn mark(grade: Grade) -> (&'static str, Role) {
    match grade {
        Grade::Healthy => ("✓", Role::Good),
        Grade::Warning => ("⚠", Role::Warn),
        Grade::Unknown => ("?", Role::Warn),
        Grade::Problem => ("✗", Role::Bad),
    }
}

/// What is told of a report as a whole and of its groups: counted once, drawn often.
#[derive(Debug)]
pub(super) struct Counted {
    /// The verdict in words.
    pub verdict: (String, Role),
    /// Of each group its worst grade, how many checks, and how many of what.
    groups: BTreeMap<Group, (Grade, usize, String)>,
}

impl Counted {
    /// Counts.
    pub fn of(report: &Report) -> Self {
        let of = |group: Group| {
            let grade = report.of(group).map(|it| it.grade).max().unwrap_or(Grade::Healthy);
            (group, (grade, report.of(group).count(), report.summary(group)))
        };
        Counted { verdict: verdict(report), groups: report.groups().map(of).collect() }
    }

    /// The line of a group.
    pub fn line(&self, group: Group, open: bool, wide: usize, view: &View<'_>) -> Line<'static> {
        let Some((grade, count, summary)) = self.groups.get(&group) else { return Line::default() };
        let (sign, role) = mark(*grade);
        let name = group.name();
        let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let arrow = if open { "▾" } else { "▸" };
        Line::from(vec![
            Span::styled(
                format!(" {arrow} {} {count:>3}  ", clean::pad(&title, 19)),
                view.style(Role::Title),
            ),
            Span::styled(
                clean::fit(&format!("{sign} {summary}"), wide.saturating_sub(29)).into_owned(),
                view.style(role),
            ),
        ])
    }
}

/// A check.
pub(super) fn check_line(check: &Check, wide: usize, view: &View<'_>) -> Line<'static> {
    let (sign, role) = mark(check.grade);
    let name = (wide / 2).saturating_sub(8).clamp(27, 38);
    let room = wide.saturating_sub(name + 19);
    let detail = if check.detail.is_empty() && !check.differences.is_empty() {
        first(&check.differences)
    } else {
        check.detail.clone()
    };
    Line::from(vec![
        Span::styled(format!("     {} ", clean::pad(&check.name, name)), view.style(Role::Text)),
        Span::styled(
            format!("{} ", clean::pad(&format!("{sign} {}", check.status.word()), 12)),
            view.style(role),
        ),
        Span::styled(clean::fit(&detail, room).into_owned(), view.style(Role::Text)),
    ])
}

fn first(all: &[Difference]) -> String {
    let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
    all.first().map_or_else(String::new, |it| format!("{it}{more}"))
}

/// What was found about a thing, in full: what is the matter, what to do, what differs at which action, what a
/// repair would do.
pub(super) fn told(check: &Check) -> String {
    let (sign, _) = mark(check.grade);
    let mut out = format!("{sign} {}", check.status.word());
    // Writing to a String cannot fail.
    if !check.detail.is_empty() {
        let _ = write!(out, "\n{}", check.detail);
    }
    if !check.fix.is_empty() {
        let _ = write!(out, "\n\nWhat to do: {}", check.fix);
    }
    let mut action = None;
    for it in &check.differences {
        if action != Some(&it.action) {
            action = Some(&it.action);
            let _ = match &it.action {
                Some(name) => write!(out, "\n\nAction {name}"),
                None => write!(out, "\n\nThe flow itself"),
            };
        }
        let _ = match it.about {
            About::Added => write!(out, "\n  + only the instance has it"),
            About::Removed => write!(out, "\n  - the instance lacks it"),
            about => write!(
                out,
                "\n  {} {}\n    - product:  {}\n    + instance: {}",
                kind(about),
                it.place,
                it.ours.as_deref().unwrap_or("nothing"),
                it.theirs.as_deref().unwrap_or("nothing")
            ),
        };
    }
    if !check.steps.is_empty() {
        out.push_str("\n\nA repair would");
        for step in &check.steps {
            let _ = write!(out, "\n  · {}: {}", step.kind(), step.detail());
        }
    }
    out
}

fn kind(about: About) -> &'static str {
    match about {
        About::Flow => "setting",
        About::Type => "type",
        About::Message => "message",
        About::Reference => "reference",
        About::Transition => "transition",
        About::Added | About::Removed | About::Parameter => "parameter",
    }
}

/// The verdict and the counts in words, such as `2 problems, 1 warning`.
pub(super) fn verdict(report: &Report) -> (String, Role) {
    let counts = report.counts();
    let of = |grade: Grade| counts.get(&grade).copied().unwrap_or_default();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (grade, word) in [(Grade::Problem, "problem"), (Grade::Warning, "warning")] {
        if of(grade) > 0 {
            parts.push(plural(of(grade), word));
        }
    }
    if of(Grade::Unknown) > 0 {
        parts.push(format!("{} unknown", of(Grade::Unknown)));
    }
    let (sign, role) = mark(report.grade());
    if report.checks.is_empty() {
        return ("? nothing was looked at".to_owned(), Role::Warn);
    }
    let text = if parts.is_empty() { "healthy".to_owned() } else { parts.join(", ") };
    (format!("{sign} {text}"), role)
}

/// The report as a text for people.
pub(super) fn text(report: &Report) -> String {
    let mut out = format!(
        "Health of {}, {}\n{} · {} checks · {} calls · {} throttled · {:.1} s\n",
        report.environment,
        report.when,
        verdict(report).0,
        report.checks.len(),
        report.calls,
        report.throttled,
        report.took_ms as f64 / 1000.0
    );
    if report.cancelled {
        out.push_str("The scan was cancelled: what is missing was not looked at.\n");
    }
    for group in report.groups() {
        let _ = writeln!(out, "\n{}: {}", group.name(), report.summary(group));
        for check in report.of(group) {
            let (sign, _) = mark(check.grade);
            let _ = writeln!(out, "  {sign} {}  {}  {}", check.name, check.status.word(), check.detail);
            if !check.fix.is_empty() {
                let _ = writeln!(out, "      what to do: {}", check.fix);
            }
            for it in &check.differences {
                let _ = writeln!(out, "      {it}");
            }
        }
    }
    out
}
