//! The keys of a place, from the key table; enter runs the one under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::Dialog;
use crate::clean;
use crate::keys::{self, Binding};
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::{List, panel};

/// The keys that work at a place.
pub struct Help {
    rows: Vec<&'static Binding>,
    list: List,
}

impl Help {
    /// The keys that work at that place; those of the place itself first.
    pub fn new(place: &str) -> Self {
        let rows: Vec<_> =
            keys::at(place).into_iter().filter(|binding| !binding.place.starts_with("dialog")).collect();
        Help { list: List::new(rows.len()), rows }
    }
}

impl Dialog for Help {
    fn place(&self) -> &'static str {
        "dialog.help"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" | "app.help" | "app.quit" => cx.close(),
            "app.manual" => {
                cx.close();
                cx.requests.push(Request::Run("app.manual"));
            }
            "dialog.ok" => {
                cx.close();
                if let Some(binding) = self.rows.get(self.list.cursor()) {
                    cx.requests.push(Request::Run(binding.id));
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside =
            panel::window(frame, area, (area.width.min(96), area.height), "Keys of this place", view);
        if inside.height < 2 {
            return;
        }
        let words = |binding: &Binding| match view.session.refuses(binding.needs, binding.writes.is_write()) {
            Some(why) => format!("{} ({why})", binding.about),
            None => binding.about.to_owned(),
        };
        let room = (inside.width as usize).saturating_sub(22);
        // Where a sentence is too long for its row, the one under the cursor is below as a whole.
        let long = self.rows.iter().any(|binding| words(binding).width() > room) && inside.height > 8;
        let under = if long { 3 } else { 1 };
        let rows = Rect { height: inside.height - under, ..inside };
        self.list.draw(frame, rows, view, |at| {
            let binding = self.rows[at];
            let refused = view.session.refuses(binding.needs, binding.writes.is_write());
            let look = if refused.is_some() { Role::Dim } else { Role::Text };
            Line::from(vec![
                Span::styled(format!(" {}", clean::pad(&binding.keys.join(", "), 20)), view.style(Role::Key)),
                Span::styled(clean::fit(&words(binding), room).into_owned(), view.style(look)),
            ])
        });
        if let Some(binding) = self.rows.get(self.list.cursor()).filter(|_| long) {
            let text = clean::wrap(&words(binding), (inside.width as usize).saturating_sub(2));
            let place = Rect { y: rows.bottom(), height: 2, ..inside };
            panel::lines(frame, place, text.into_iter().map(|text| Line::raw(format!(" {text}"))));
        }
        frame.render_widget(
            Line::styled(" enter run it  f1 help page  esc close", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
