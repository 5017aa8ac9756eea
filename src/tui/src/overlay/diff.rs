//! Two texts beside each other as a difference, before something is saved or restored.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use similar::{ChangeTag, TextDiff};

use super::Dialog;
use super::confirm::Then;
use crate::clean;
use crate::message::Effect;
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::panel;

/// A difference with an optional change that follows agreement.
pub struct Diff {
    title: String,
    rows: Vec<(ChangeTag, String)>,
    top: usize,
    then: Option<(String, Then)>,
}

impl Diff {
    /// The difference of two texts.
    pub fn new(title: impl Into<String>, before: &str, after: &str) -> Self {
        Diff { title: title.into(), rows: rows(before, after), top: 0, then: None }
    }

    /// With something that enter does; the word is for its key.
    #[must_use]
    pub fn then(mut self, word: impl Into<String>, then: Then) -> Self {
        self.then = Some((word.into(), then));
        self
    }
}

/// Lines of a difference with three lines around each change.
pub fn rows(before: &str, after: &str) -> Vec<(ChangeTag, String)> {
    let diff = TextDiff::from_lines(before, after);
    let mut out = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            out.push((ChangeTag::Equal, "…".to_owned()));
        }
        for op in group {
            for change in diff.iter_changes(op) {
                out.push((change.tag(), change.value().trim_end_matches('\n').to_owned()));
            }
        }
    }
    out
}

impl Dialog for Diff {
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "dialog.ok" | "dialog.save" => {
                cx.close();
                match self.then.take().map(|(_, then)| then) {
                    Some(Then::Change(owner, action)) => cx.effects.push(Effect::Change { owner, action }),
                    Some(Then::Send(screen, parcel)) => cx.requests.push(Request::Send(screen, parcel)),
                    Some(Then::Answer(owner, parcel)) => cx.requests.push(Request::Answer(owner, parcel)),
                    Some(Then::Go(target)) => cx.go(target),
                    Some(Then::Effect(effect)) => cx.effects.push(effect),
                    None => {}
                }
            }
            "move.up" => self.top = self.top.saturating_sub(1),
            "move.down" => self.top = (self.top + 1).min(self.rows.len().saturating_sub(1)),
            "move.pageUp" => self.top = self.top.saturating_sub(15),
            "move.pageDown" => self.top = (self.top + 15).min(self.rows.len().saturating_sub(1)),
            "move.first" => self.top = 0,
            "move.last" => self.top = self.rows.len().saturating_sub(1),
            _ => return false,
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let height = (self.rows.len() as u16).saturating_add(4).clamp(6, area.height.max(6));
        let inside = panel::window(frame, area, (area.width.min(110), height), &self.title, view);
        if inside.height < 2 {
            return;
        }
        let text = Rect { height: inside.height - 1, ..inside };
        if self.rows.is_empty() {
            panel::notice(frame, text, "nothing differs", view);
        }
        let shown = self.rows.iter().skip(self.top).map(|(tag, row)| {
            let (sign, role) = match tag {
                ChangeTag::Delete => ("-", Role::Bad),
                ChangeTag::Insert => ("+", Role::Good),
                ChangeTag::Equal => (" ", Role::Dim),
            };
            Line::styled(
                format!(" {sign} {}", clean::fit(row, (text.width as usize).saturating_sub(4))),
                view.style(role),
            )
        });
        panel::lines(frame, text, shown);
        let keys = match &self.then {
            Some((word, _)) => format!(" enter {word}  esc cancel  ↑↓ scroll"),
            None => " enter close  ↑↓ scroll".to_owned(),
        };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
