//! Drawing of the screen.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::call::{Asked, Phase};
use super::{Focus, Simulate, dialogs};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::panel;

/// From this width on two panes stand beside the transcript.
const WIDE: u16 = 110;
/// From this height on three panes fit beside the transcript.
const TALL: u16 = 44;

impl Simulate {
    pub(super) fn paint(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if self.call.is_none() {
            self.paint_empty(frame, area, view);
            return;
        }
        if area.height < 8 {
            return;
        }
        self.paint_head(frame, Rect { height: 1, ..area }, view);
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let left = Rect { width: body.width * 11 / 20, ..body };
        let right = Rect { x: left.right(), width: body.width - left.width, ..body };
        self.paint_left(frame, left, view);
        let panes: Vec<Focus> = match () {
            () if area.width < WIDE => vec![self.side],
            () if area.height >= TALL => vec![Focus::Why, Focus::State, Focus::Script],
            () if self.side == Focus::Script => vec![Focus::Why, Focus::Script],
            () => vec![Focus::Why, Focus::State],
        };
        let each = right.height / panes.len() as u16;
        for (at, pane) in panes.iter().enumerate() {
            let at = at as u16;
            let last = at as usize + 1 == panes.len();
            let height = if last { right.height - at * each } else { each };
            self.paint_side(*pane, frame, Rect { y: right.y + at * each, height, ..right }, view);
        }
    }

    fn paint_empty(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, "Simulate", view);
        if view.data.is_none() {
            panel::notice(frame, inside, "reading the store…", view);
            return;
        }
        let mut text = "No call is under way.\n\nenter or s starts one: from an end point or inside any rule set, as any \
                        caller, at any time. On Rules and Tests, s and enter start one from what the cursor is on."
            .to_owned();
        if let Some(kept) = &self.kept {
            let _ = write!(text, "\n\nNot finished last time: {}. r resumes it.", clean::line(&kept.about()));
        }
        panel::notice(frame, inside, &text, view);
    }

    fn paint_head(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(call) = &self.call else { return };
        let mut spans = vec![Span::styled(
            format!(" {} → {}", clean::line(&call.start.caller), clean::line(call.start.place())),
            view.style(Role::Title),
        )];
        let mut add = |role, text: String| spans.push(Span::styled(text, view.style(role)));
        if self.stale {
            add(Role::Warn, " ─ ⚠ the rules changed: R runs it again".to_owned());
        }
        let lines = self.script.pieces().len();
        let state = if call.saved { "✓ saved" } else { "● recording" };
        add(Role::Text, format!(" ─ {state}, {lines} lines"));
        if call.branches.len() > 1 {
            add(Role::Changed, format!(" ─ way {} of {}", call.here + 1, call.branches.len()));
        }
        if let (Some(test), Some(told)) = (&call.start.test, &self.verdict) {
            let role = if told.is_ok() { Role::Good } else { Role::Bad };
            let text = if told.is_ok() { "✓ passes" } else { "✗ does not pass" };
            add(role, format!(" ─ test {}: {text}", clean::line(&test.name)));
        }
        if self.settings.break_on_rule {
            add(Role::Warn, " ─ breaks on every rule".to_owned());
        }
        let (clock, zone) = dialogs::told_clock(&call.start, view.data);
        let zone = if area.width < WIDE { String::new() } else { format!(" {zone}") };
        add(Role::Dim, format!(" ─ {clock}{zone}"));
        frame.render_widget(Line::from(spans), area);
    }

    fn paint_left(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(call) = &self.call else { return };
        let branch = call.branch();
        let title = format!("Transcript ─ step {} of {}", branch.at + 1, branch.steps.len());
        let here = view.focused && matches!(self.focus, Focus::Transcript | Focus::Input);
        let own = View { focused: here, ..*view };
        let inside = panel::panel(frame, area, &title, &own);
        let wide = inside.width as usize;
        let mut hints = clean::wrap(&self.prompt(), wide.saturating_sub(2));
        hints.truncate((inside.height as usize / 4).max(1));
        let foot = hints.len() as u16 + 1;
        if inside.height <= foot + 1 {
            return;
        }
        let rows = Rect { height: inside.height - foot - 1, ..inside };
        let list = View { focused: view.focused && self.focus == Focus::Transcript, ..*view };
        let same = self.transcript.current().map(|piece| piece.item);
        self.transcript.draw(frame, rows, &list, same, true);
        let line = Rect { y: rows.bottom(), height: 1, ..inside };
        frame.render_widget(Line::styled("─".repeat(wide), view.style(Role::Border)), line);
        let input = Rect { y: line.y + 1, height: 1, ..inside };
        if call.may_speak() {
            let focused = view.focused && self.focus == Focus::Input;
            let look = view.style(if focused { Role::Focus } else { Role::Dim });
            frame.render_widget(Line::styled(" » ", look), input);
            let field = Rect { x: input.x + 3, width: input.width.saturating_sub(4), ..input };
            self.input.draw(frame, field, &View { focused, ..*view });
        } else {
            let (mark, role) = match call.last().phase() {
                Phase::Ended => ("● the call is over", Role::Good),
                Phase::Failed => ("✗ the step failed", Role::Bad),
                Phase::Next | Phase::Input => ("· paused", Role::Warn),
            };
            frame.render_widget(Line::styled(format!(" {mark}"), view.style(role)), input);
        }
        let place = Rect { y: input.y + 1, height: hints.len() as u16, ..inside };
        let hints = hints.into_iter().map(|hint| Line::styled(format!(" {hint}"), view.style(Role::Dim)));
        panel::lines(frame, place, hints);
    }

    /// What can be done now, in words.
    fn prompt(&self) -> String {
        let Some(call) = &self.call else { return String::new() };
        if call.may_speak() {
            let next = match call.next_input() {
                Some(Asked::HangUp) => " · the test hangs up here: f8",
                Some(_) => " · from the test: enter sends it",
                None => "",
            };
            return format!("{}{next}", self.expected.hint);
        }
        match call.last().phase() {
            Phase::Ended if call.saved => "s starts another, ← steps back".to_owned(),
            Phase::Ended => "w saves it as a test, s starts another, ← steps back".to_owned(),
            Phase::Failed => "← steps back, n goes on with the next rule".to_owned(),
            Phase::Next | Phase::Input => "n takes the next rule, a runs to the next question".to_owned(),
        }
    }

    fn paint_side(&self, pane: Focus, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let here = self.focus == pane || (self.focus == Focus::Filter && pane == Focus::State);
        let own = View { focused: view.focused && here, ..*view };
        let (title, lines) = match pane {
            Focus::Script => {
                let lines = self.script.pieces().len();
                (format!("Script ─ {lines} line{}", if lines == 1 { "" } else { "s" }), &self.script)
            }
            Focus::State => {
                let mut title = format!("State ─ {} changed", self.changed);
                if self.focus != Focus::Filter && !self.filter.is_empty() {
                    let _ = write!(title, " ─ / {}", self.filter.text());
                }
                (title, &self.state)
            }
            _ => (self.why_title.clone(), &self.why),
        };
        let inside = panel::panel(frame, area, &title, &own);
        let mut rows = inside;
        if pane == Focus::State && self.focus == Focus::Filter && inside.height > 1 {
            frame.render_widget(Line::styled(" / ", view.style(Role::Key)), Rect { height: 1, ..inside });
            let field = Rect { x: inside.x + 3, width: inside.width.saturating_sub(3), height: 1, ..inside };
            self.filter.draw(frame, field, &own);
            rows = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        }
        if lines.pieces().is_empty() {
            let text = if pane == Focus::State && !self.filter.is_empty() {
                "nothing matches"
            } else {
                "nothing yet"
            };
            panel::notice(frame, rows, text, view);
        }
        lines.draw(frame, rows, &own, None, here && self.focus != Focus::Filter);
    }
}
