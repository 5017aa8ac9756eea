//! The plan of something big, line by line, before it is done: imports and restores.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Apply;
use crate::clean;
use crate::message::Parcel;
use crate::overlay::{Confirm, Dialog, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::theme::Role;
use crate::widgets::{List, panel};

/// A plan that can be scrolled, agreed to, or left.
pub(super) struct Review {
    title: String,
    lines: Vec<(Role, String)>,
    list: List,
    loses: bool,
    apply: Option<Apply>,
}

/// Columns of a line: what fits into the narrowest terminal.
const WIDE: usize = 70;

/// Agreement to the plan.
struct Agreed;

impl Review {
    /// The plan of an action in lines; `loses`: whether stored things go.
    pub fn new(title: impl Into<String>, lines: Vec<String>, loses: bool, apply: Apply) -> Self {
        let parts = |line: String| {
            let role = role_of(&line);
            let parts = clean::wrap(&line, WIDE).into_iter().enumerate();
            parts.map(move |(at, part)| (role, if at == 0 { part } else { format!("    {part}") }))
        };
        let lines: Vec<_> = lines.into_iter().flat_map(parts).collect();
        Review { title: title.into(), list: List::new(lines.len()), lines, loses, apply: Some(apply) }
    }
}

fn role_of(line: &str) -> Role {
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if starts(&["delete", "remove", "error"]) {
        Role::Bad
    } else if starts(&["create", "insert", "add"]) {
        Role::Good
    } else if starts(&["warning", "release"]) {
        Role::Warn
    } else if starts(&["replace", "change"]) {
        Role::Changed
    } else {
        Role::Text
    }
}

impl Dialog for Review {
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "dialog.ok" | "dialog.save" => {
                let Some(apply) = &self.apply else { return true };
                let loss = if self.loses { " Things that are stored now will go." } else { "" };
                let save = if cx.session.file.is_some() { " A backup is written first." } else { "" };
                let body =
                    format!("The plan is carried out as one change.{loss}{save} One undo takes it back.");
                let owner = cx.me();
                let confirm =
                    Confirm::new(apply.title.clone(), body, "Apply", Then::Answer(owner, Box::new(Agreed)));
                cx.open(confirm.guarded(&cx.session.environment));
            }
            "app.copy" => {
                let lines: Vec<&str> = self.lines.iter().map(|(_, line)| line.as_str()).collect();
                cx.copy(lines.join("\n"));
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        if parcel.is::<Agreed>()
            && let Some(apply) = self.apply.take()
        {
            cx.close();
            cx.send(ScreenId::Admin, apply);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let height = (self.lines.len() as u16).saturating_add(4).clamp(8, area.height);
        let inside = panel::window(frame, area, (area.width.min(110), height), &self.title, view);
        if inside.height < 3 {
            return;
        }
        let rows = Rect { height: inside.height - 1, ..inside };
        let wide = (rows.width as usize).saturating_sub(2);
        self.list.draw(frame, rows, view, |at| {
            let (role, line) = &self.lines[at];
            Line::styled(format!(" {}", clean::fit(line, wide)), view.style(*role))
        });
        let keys = format!(
            " {} of {}  enter apply…  y copy  esc cancel: nothing is changed",
            (self.list.cursor() + 1).min(self.lines.len()),
            self.lines.len()
        );
        frame.render_widget(
            Line::styled(clean::fit(&keys, inside.width as usize).into_owned(), view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
