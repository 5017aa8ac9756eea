//! A new key of a user, shown this one time.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::clean;
use crate::overlay::Dialog;
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::widgets::panel;

/// The key and whose it is. Nothing else keeps it: the store has only a hash.
pub(super) struct KeyShown {
    email: String,
    key: String,
}

impl KeyShown {
    /// The key of that person.
    pub fn new(email: impl Into<String>, key: impl Into<String>) -> Self {
        KeyShown { email: email.into(), key: key.into() }
    }
}

impl Dialog for KeyShown {
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.ok" | "dialog.cancel" => cx.close(),
            "app.copy" => cx.copy(self.key.clone()),
            _ => return false,
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::window(frame, area, (area.width.min(74), 9), "Key, shown this once", view);
        let width = inside.width.saturating_sub(2) as usize;
        let plain = |text: String| Line::raw(format!(" {}", clean::fit(&text, width)));
        let lines = vec![
            plain(format!("The key of {} is", self.email)),
            Line::raw(""),
            Line::styled(format!("   {}", clean::fit(&self.key, width)), view.style(Role::Title)),
            Line::raw(""),
            plain("Only a hash of it is stored; nobody can read it again.".to_owned()),
            plain("A lost key is replaced with a new one by r.".to_owned()),
            Line::styled(" y copy it  enter close", view.style(Role::Dim)),
        ];
        panel::lines(frame, inside, lines);
    }
}
