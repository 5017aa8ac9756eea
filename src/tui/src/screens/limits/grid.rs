//! A pane of rows that are made when they are seen: any number of them costs as few.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::table::{Column, widths};
use crate::widgets::{Editor, List, Order, panel};

/// Cursor, order and filter of a pane.
pub struct Grid {
    columns: &'static [Column],
    /// The cursor in the rows that are shown.
    pub list: List,
    /// What it is sorted by.
    pub order: Order,
    filter: Editor,
    typing: bool,
}

/// What a command did to a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// It is none of a pane.
    Nothing,
    /// The cursor moved, or what is typed into changed.
    Moved,
    /// Rows are to be arranged anew.
    Wished,
}

impl Grid {
    /// A pane of these columns without rows.
    pub fn new(columns: &'static [Column]) -> Self {
        Grid { columns, list: List::new(0), order: Order::default(), filter: Editor::line(""), typing: false }
    }

    /// Its columns.
    pub fn columns(&self) -> &'static [Column] {
        self.columns
    }

    /// What it is filtered by.
    pub fn filter(&self) -> String {
        self.filter.text()
    }

    /// Whether the filter is being typed.
    pub fn typing(&self) -> bool {
        self.typing
    }

    /// A key while the filter is being typed: whether it was used, and whether rows are to be arranged anew.
    pub fn key(&mut self, event: KeyEvent) -> (bool, bool) {
        let before = self.filter.text();
        let used = self.filter.key(event);
        (used, self.filter.text() != before)
    }

    /// Pasted text while the filter is being typed.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text);
    }

    /// Runs a command of panes.
    pub fn run(&mut self, command: &str) -> Did {
        match command {
            "app.filter" => self.typing = true,
            "limits.filterKeep" => self.typing = false,
            "limits.filterClear" => {
                self.typing = false;
                self.filter.set("");
                return Did::Wished;
            }
            "table.sort" | "table.turn" | "table.hide" => {
                self.order.run(command, 0, self.columns.len());
                return Did::Wished;
            }
            _ => return if self.list.run(command) { Did::Moved } else { Did::Nothing },
        }
        Did::Moved
    }

    /// Draws heading, filter and the rows that fit; `cells` makes the row at a place of the list.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        view: &View<'_>,
        empty: &str,
        cells: impl Fn(usize) -> (Vec<String>, Role),
    ) {
        if area.height < 2 || area.width < 4 {
            return;
        }
        let widths = widths(self.columns, self.order, area.width);
        let line = |cells: &[String], role: Role| {
            let mut text = String::from(" ");
            for (cell, width) in cells.iter().zip(&widths) {
                let Some(width) = width else { continue };
                text.push_str(&clean::pad(cell, *width));
                text.push(' ');
            }
            Line::styled(text, view.style(role))
        };
        let mut top = area.y;
        if self.typing || !self.filter.is_empty() {
            let place = Rect { height: 1, ..area };
            frame.render_widget(Line::styled(" / ", view.style(Role::Key)), place);
            let field = Rect { x: area.x + 3, width: area.width.saturating_sub(3), ..place };
            self.filter.draw(frame, field, &View { focused: view.focused && self.typing, ..*view });
            top += 1;
        }
        let titles = self.columns.iter().enumerate();
        let titles: Vec<String> = titles.map(|(at, (title, _))| self.order.heading(at, title)).collect();
        frame.render_widget(line(&titles, Role::Dim), Rect { y: top, height: 1, ..area });
        let body = Rect { y: top + 1, height: area.bottom().saturating_sub(top + 1), ..area };
        if self.list.is_empty() {
            let text = if self.filter.is_empty() { empty } else { "nothing has these words" };
            panel::notice(frame, body, text, view);
            return;
        }
        self.list.draw(frame, body, view, |at| {
            let (cells, role) = cells(at);
            line(&cells, role)
        });
    }
}
