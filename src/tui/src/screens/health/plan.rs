//! The pane of the plan: what a repair would do, what it leaves, and what came of the last one.

use connect_rules_cloud::health::{Came, Outcome, Plan, Step};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::{List, panel};

/// A line: its mark, what, to what, and the rest.
struct Row {
    sign: &'static str,
    role: Role,
    kind: String,
    name: String,
    rest: String,
}

/// The pane.
#[derive(Default)]
pub(super) struct PlanPane {
    plan: Option<Plan>,
    outcomes: Vec<Outcome>,
    rows: Vec<Row>,
    list: List,
}

impl PlanPane {
    /// The plan, if there is one with something to do.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Whether the last repair left something undone.
    pub fn has_failed(&self) -> bool {
        self.outcomes.iter().any(|it| is_undone(&it.result))
    }

    /// What follows from a new report.
    pub fn set(&mut self, plan: Option<Plan>) {
        self.plan = plan;
        self.build();
    }

    /// What came of a repair.
    pub fn came(&mut self, outcomes: Vec<Outcome>) {
        self.outcomes = outcomes;
        self.build();
    }

    /// Forgets the last repair: a new scan was asked for by itself.
    pub fn forget(&mut self) {
        self.outcomes.clear();
        self.build();
    }

    fn build(&mut self) {
        let (undone, done): (Vec<&Outcome>, Vec<&Outcome>) =
            self.outcomes.iter().partition(|it| is_undone(&it.result));
        // What needs somebody comes first.
        let mut rows: Vec<Row> = undone.into_iter().map(of_outcome).collect();
        if let Some(plan) = &self.plan {
            rows.extend(plan.steps.iter().enumerate().map(|(at, step)| of_step(at, step)));
            rows.extend(plan.left.iter().map(|left| Row {
                sign: "–",
                role: Role::Warn,
                kind: "leave".to_owned(),
                name: left.name.clone(),
                rest: format!("{}; {}", left.why, left.fix),
            }));
        }
        rows.extend(done.into_iter().map(of_outcome));
        self.rows = rows;
        self.list.resize(self.rows.len());
    }

    /// Runs a movement. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        self.list.run(command)
    }

    /// The line under the cursor in full.
    pub fn told(&self) -> Option<String> {
        let row = self.rows.get(self.list.cursor())?;
        Some(format!("{} {} {}\n{}", row.sign, row.kind, row.name, row.rest))
    }

    /// Words for the title.
    fn title(&self, doing: Option<&str>) -> String {
        if let Some(doing) = doing {
            return format!("Plan ── {doing}");
        }
        let done = |of: fn(&Came) -> bool| self.outcomes.iter().filter(|it| of(&it.result)).count();
        let before = if self.outcomes.is_empty() {
            String::new()
        } else {
            let good = done(|it| matches!(it, Came::Done | Came::Already));
            let failed = done(|it| matches!(it, Came::Failed { .. }));
            let skipped = done(|it| matches!(it, Came::Skipped { .. }));
            format!(" ── applied: {good} done, {failed} failed, {skipped} not begun")
        };
        match &self.plan {
            None => format!("Plan{before}"),
            Some(plan) if plan.is_empty() => format!("Plan{before} ── nothing to do"),
            Some(plan) => format!(
                "Plan{before} ── {}, {} calls, about {:.0} s ── nothing is written until A applies it",
                steps(plan.steps.len()),
                plan.calls,
                plan.seconds.max(1.0)
            ),
        }
    }

    /// Draws it; `doing` is what is being done now.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, doing: Option<&str>, view: &View<'_>) {
        let inside = panel::panel(frame, area, &self.title(doing), view);
        if self.rows.is_empty() {
            let text = match &self.plan {
                None => "a scan makes a plan; nothing is written until you apply it",
                Some(_) => "everything that a repair could do is done",
            };
            return panel::notice(frame, inside, text, view);
        }
        let wide = inside.width as usize;
        let name = if wide >= 100 { 34 } else { 27 };
        self.list.draw(frame, inside, view, |at| {
            let row = &self.rows[at];
            let head = format!(" {} {} ", row.sign, clean::pad(&row.kind, 14));
            Line::from(vec![
                Span::styled(head, view.style(row.role)),
                Span::styled(format!("{} ", clean::pad(&row.name, name)), view.style(Role::Text)),
                Span::styled(
                    clean::fit(&row.rest, wide.saturating_sub(name + 20)).into_owned(),
                    view.style(if row.role == Role::Bad { Role::Bad } else { Role::Dim }),
                ),
            ])
        });
    }
}

fn is_undone(came: &Came) -> bool {
    matches!(came, Came::Failed { .. } | Came::Skipped { .. })
}

/// So many steps, in words.
pub(super) fn steps(count: usize) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}

fn of_step(at: usize, step: &Step) -> Row {
    let calls = match step.calls() {
        0 => String::new(),
        1 => " (1 call)".to_owned(),
        calls => format!(" ({calls} calls)"),
    };
    Row {
        sign: "·",
        role: Role::Text,
        kind: format!("{:>2} {}", at + 1, step.kind()),
        name: step.name().to_owned(),
        rest: format!("{}{calls}", step.detail()),
    }
}

fn of_outcome(outcome: &Outcome) -> Row {
    let (sign, role, rest) = match &outcome.result {
        Came::Done => ("✓", Role::Good, "done".to_owned()),
        Came::Already => ("=", Role::Good, "was so already".to_owned()),
        Came::Skipped { why } => ("–", Role::Warn, format!("not begun: {why}")),
        Came::Failed { what, fix, problems } => {
            let mut parts = vec![what.as_str()];
            parts.extend(problems.iter().map(String::as_str));
            parts.push(fix);
            ("✗", Role::Bad, parts.join("; "))
        }
    };
    Row { sign, role, kind: outcome.step.kind().to_owned(), name: outcome.step.name().to_owned(), rest }
}
