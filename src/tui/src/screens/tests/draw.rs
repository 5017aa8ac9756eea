//! Drawing the Tests screen: the tree, the script with what became of it, the coverage.

use connect_rules_engine::replay::Verdict;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::run::mark;
use super::script::{self, Row};
use super::{Pane, Tests, verdict_role};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::times;
use crate::widgets::panel;

/// Below this width, the tree makes room while another pane has the focus.
const NARROW: u16 = 100;
/// From this height on, coverage stands below the script; else it takes its place.
const TALL: u16 = 27;

impl Tests {
    /// Columns of the tree in a terminal of that many.
    fn tree_width(&self, columns: u16) -> u16 {
        match self.pane {
            Pane::Tree if columns < NARROW => 36,
            _ if columns < NARROW => 0,
            _ => (columns * 3 / 10).clamp(28, 56),
        }
    }

    /// Columns for what is said about lines in a terminal of that many.
    pub(super) fn said(&self, columns: u16) -> usize {
        room((columns.saturating_sub(self.tree_width(columns)) as usize).saturating_sub(2))
    }

    pub(super) fn draw_all(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let left = self.tree_width(area.width);
        let tree = Rect { width: left, ..area };
        let right = Rect { x: area.x + left, width: area.width - left, ..area };
        let of = |pane: Pane| View { focused: view.focused && self.pane == pane, ..*view };
        if left > 0 {
            self.draw_tree(frame, tree, &of(Pane::Tree));
        }
        if self.pane == Pane::Tree {
            view.follow(frame, right, |frame| self.draw_right(frame, right, view));
        } else {
            self.draw_right(frame, right, view);
        }
    }

    /// What the cursor of the tree is on.
    fn draw_right(&self, frame: &mut Frame<'_>, right: Rect, view: &View<'_>) {
        let of = |pane: Pane| View { focused: view.focused && self.pane == pane, ..*view };
        if right.height >= TALL {
            let upper = right.height * 3 / 5;
            self.draw_script(frame, Rect { height: upper, ..right }, &of(Pane::Script));
            let lower = Rect { y: right.y + upper, height: right.height - upper, ..right };
            self.coverage.draw(frame, lower, &of(Pane::Coverage));
        } else if self.pane == Pane::Coverage {
            self.coverage.draw(frame, right, &of(Pane::Coverage));
        } else {
            self.draw_script(frame, right, &of(Pane::Script));
        }
    }

    /// What the run did, in one line: mark and look.
    fn state(&self) -> Option<(String, Role)> {
        if let Some(live) = &self.live {
            let done = live.done.load(std::sync::atomic::Ordering::Relaxed);
            let failed = live.failed.load(std::sync::atomic::Ordering::Relaxed);
            return Some((
                format!("⠿ {done} of {} · ✗ {failed} · x stops", live.wanted.ids.len()),
                Role::Warn,
            ));
        }
        let run = self.run.as_ref()?;
        if self.stale {
            let role = Role::Warn;
            return Some((format!("⚠ rules changed: f5 · {}", run.status()), role));
        }
        let counts = run.counts();
        let text = format!("✓ {} ⚠ {} ✗ {}", counts.passed, counts.warned, counts.failed);
        let text = if run.cancelled { format!("{text} · stopped") } else { text };
        Some((text, verdict_role(counts.verdict())))
    }

    fn draw_tree(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let shown = self.counted;
        let all = self.index.len();
        let mut title =
            if shown == all { format!("Tests ({all})") } else { format!("Tests ({shown} of {all})") };
        if !self.marked.is_empty() {
            title = format!("{title} · {} selected", self.marked.len());
        }
        let mut inside = panel::panel(frame, area, &title, view);
        if view.data.is_none() {
            panel::notice(frame, inside, "reading the store…", view);
            return;
        }
        let wide = inside.width as usize;
        if let Some((text, role)) = self.state() {
            let line =
                Line::styled(format!(" {}", clean::fit(&text, wide.saturating_sub(1))), view.style(role));
            frame.render_widget(line, Rect { height: 1, ..inside });
            inside = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        }
        if let Some(filter) = self.filter_of(Pane::Tree) {
            frame.render_widget(Line::styled(" /", view.style(Role::Key)), Rect { height: 1, ..inside });
            let focused = View { focused: view.focused && self.typing, ..*view };
            filter.draw(
                frame,
                Rect { x: inside.x + 3, width: inside.width.saturating_sub(3), height: 1, ..inside },
                &focused,
            );
            inside = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        }
        if self.tree.rows().is_empty() {
            let text = match (all, self.failures_only) {
                (0, _) => "no tests yet: n makes one, I imports a file, w in Simulate saves a call",
                (_, true) => "nothing failed; t shows all",
                _ => "nothing matches",
            };
            panel::notice(frame, inside, text, view);
        }
        self.tree.list.draw(frame, inside, view, |at| self.tree_row(at, wide, view));
    }

    fn tree_row(&self, at: usize, wide: usize, view: &View<'_>) -> Line<'static> {
        let row = &self.tree.rows()[at];
        let indent = (row.depth as usize * 2).min(wide / 3);
        let marked = if row.open.is_none() && self.marked.contains(&row.key) { "•" } else { " " };
        let (text, tail, role) = if let Some(open) = row.open {
            let twist = if open { "▾" } else { "▸" };
            let (tail, role) = match self.run.as_ref().and_then(|run| run.folders.get(&row.key)) {
                Some(counts) => {
                    let verdict = counts.verdict();
                    let passed = counts.total() - counts.failed;
                    (format!("{passed}/{} {}", counts.total(), mark(verdict)), verdict_role(verdict))
                }
                None => (format!("({})", row.count), Role::Dim),
            };
            (format!("{twist} {}", row.label), tail, role)
        } else {
            let (tail, role) = self.leaf_mark(&row.key);
            (format!("  {}", row.label), tail, role)
        };
        let tail = format!(" {tail} ");
        let room = wide.saturating_sub(indent + 2 + tail.width());
        let look = if row.open.is_some() { Role::Title } else { Role::Text };
        Line::from(vec![
            Span::raw(" "),
            Span::styled(marked, view.style(Role::Changed)),
            Span::raw(" ".repeat(indent)),
            Span::styled(clean::pad(&text, room), view.style(look)),
            Span::styled(tail, view.style(role)),
        ])
    }

    /// Mark of a test: while it runs, after it ran, or that it changed since.
    fn leaf_mark(&self, id: &str) -> (String, Role) {
        if let Some(live) = &self.live
            && let Some(at) = self.index.get(id)
        {
            return match live.verdict(*at) {
                Some(verdict) => (mark(verdict).to_owned(), verdict_role(verdict)),
                None => (" ".to_owned(), Role::Dim),
            };
        }
        match self.run.as_ref().and_then(|run| run.outcome(id)) {
            Some(_) if self.edited.contains(id) => ("· edited".to_owned(), Role::Changed),
            Some(outcome) if self.stale => (format!("{}?", mark(outcome.verdict)), Role::Dim),
            Some(outcome) => (mark(outcome.verdict).to_owned(), verdict_role(outcome.verdict)),
            None => (" ".to_owned(), Role::Dim),
        }
    }

    fn draw_script(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(at) = self.tree.leaf().and_then(|id| self.index.get(id)) else {
            self.draw_folder(frame, area, view);
            return;
        };
        let Some(test) = view.data.and_then(|data| data.snapshot.tests.get(*at)) else { return };
        let title = match &self.headline {
            Some(headline) => titled(&test.name, headline, (area.width as usize).saturating_sub(6)),
            None => test.name.to_string(),
        };
        let inside = panel::panel(frame, area, &title, view);
        let zone = view.data.and_then(|data| data.workspace.zone());
        let wide = (inside.width as usize).saturating_sub(1);
        let ready = if test.production_ready { "production ready" } else { "draft, not production ready" };
        let reference = if test.test_reference.is_empty() {
            String::new()
        } else {
            format!("({}) · ", test.test_reference)
        };
        let mut head = vec![
            format!(
                "☎ {} from {} at {}",
                test.end_point,
                test.customer_phone_number,
                times::shown(&test.test_date_time, zone)
            ),
            format!("{reference}{} · {ready} · script version {}", test.folder, test.script_version),
        ];
        if !test.description.is_empty() {
            head.push(test.description.to_string());
        }
        let heads = (head.len() as u16).min(inside.height / 3);
        for (row, text) in head.iter().take(heads as usize).enumerate() {
            let line = Line::styled(format!(" {}", clean::fit(text, wide)), view.style(Role::Dim));
            frame.render_widget(line, Rect { y: inside.y + row as u16, height: 1, ..inside });
        }
        let body = Rect { y: inside.y + heads, height: inside.height - heads, ..inside };
        let wide = body.width as usize;
        // What is said about a line is seen with it.
        let below =
            self.rows.iter().skip(self.script.cursor() + 1).take_while(|row| row.number.is_none()).count();
        self.script.reveal(self.script.cursor() + below, body.height as usize);
        self.script.draw(frame, body, view, |at| self.script_row(&self.rows[at], wide, view));
    }

    fn draw_folder(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let folder = self.tree.folder();
        let counts = self.run.as_ref().and_then(|run| run.folders.get(&folder));
        let title = match counts {
            Some(counts) => {
                format!("{folder} ── ✓ {} ⚠ {} ✗ {}", counts.passed, counts.warned, counts.failed)
            }
            None => format!("{folder} ── {} tests", self.tree.current().map_or(0, |row| row.count)),
        };
        let inside = panel::panel(frame, area, &title, view);
        if self.rows.is_empty() {
            let text = match counts {
                Some(_) => "every test of this folder passed",
                None => "R runs this folder, A runs all tests, r runs one; space selects several",
            };
            panel::notice(frame, inside, text, view);
            return;
        }
        let wide = inside.width as usize;
        self.script.draw(frame, inside, view, |at| self.script_row(&self.rows[at], wide, view));
    }

    fn script_row(&self, row: &Row, wide: usize, view: &View<'_>) -> Line<'static> {
        let number = row.number.map_or_else(|| "     ".to_owned(), |number| format!("{number:>4} "));
        let label = label(wide);
        let kind = clean::pad(&row.label, if row.number.is_some() { label } else { label - 1 });
        let (sign, sign_role) = match row.verdict {
            Some(verdict) => (mark(verdict), verdict_role(verdict)),
            None => (" ", Role::Dim),
        };
        let indent = if row.number.is_some() { "" } else { " " };
        let label_role = if row.number.is_some() { script::role(&row.label) } else { Role::Dim };
        let room = room(wide);
        let text: String = clean::line(&row.text).chars().skip(self.left).collect();
        Line::from(vec![
            Span::styled(number, view.style(Role::Dim)),
            Span::styled(format!("{indent}{kind} "), view.style(label_role)),
            Span::styled(clean::pad(&text, room), view.style(row.role)),
            Span::styled(format!("  {sign} "), view.style(sign_role)),
        ])
    }
}

/// Name and result in a title of that many columns: the name makes room for the result, and the last part of the
/// result (the steps) for the name.
fn titled(name: &str, headline: &str, columns: usize) -> String {
    const NAMED: usize = 12;
    let left = |headline: &str| columns.saturating_sub(headline.width() + 4);
    let short = headline.rsplit_once(", ").map_or(headline, |(short, _)| short);
    let headline = if left(headline) < name.width().min(NAMED) { short } else { headline };
    match left(headline) {
        0..4 => headline.to_owned(),
        room => format!("{} ── {headline}", clean::fit(name, room)),
    }
}

/// Columns of the type of a line.
fn label(wide: usize) -> usize {
    if wide >= 70 { 14 } else { 9 }
}

/// Columns of its text, between number and type, and mark.
fn room(wide: usize) -> usize {
    wide.saturating_sub(5 + label(wide) + 1 + 4).max(20)
}

/// The look of a verdict.
pub(super) fn look(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Success => Role::Good,
        Verdict::Warning => Role::Warn,
        Verdict::Error => Role::Bad,
    }
}
