//! A table of rows that are made when they are seen: any number of them costs as few. Heading, cursor, order and filter;
//! [`super::table::Table`] is one that has its rows.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Editor, List, Order, panel};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// How wide a column is.
#[derive(Clone, Copy, Debug)]
pub enum Wide {
    /// So many characters.
    Is(u16),
    /// A share of what the others leave.
    Share(u16),
    /// So many characters (the first number), in tables that are at least as wide as the second one.
    From(u16, u16),
}

/// A heading and how wide its column is.
pub type Column = (&'static str, Wide);

/// Columns, cursor, order and filter of a table.
pub struct Grid {
    /// Its columns.
    pub columns: Vec<Column>,
    /// The cursor in the rows that are shown.
    pub list: List,
    /// What it is sorted by.
    pub order: Order,
    filter: Editor,
    typing: bool,
}

/// What a command did to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// It is none of a table.
    Nothing,
    /// The cursor moved, or what is typed into changed.
    Moved,
    /// Rows are to be arranged anew.
    Wished,
}

impl Grid {
    /// A table of these columns without rows.
    pub fn new(columns: &[Column]) -> Self {
        Grid {
            columns: columns.to_vec(),
            list: List::new(0),
            order: Order::default(),
            filter: Editor::line(""),
            typing: false,
        }
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

    /// Shows all rows again.
    pub fn clear(&mut self) {
        self.typing = false;
        self.filter.set("");
    }

    /// Runs a movement or a command of tables.
    pub fn run(&mut self, command: &str) -> Did {
        match command {
            "app.filter" => self.typing = true,
            _ if command.ends_with(".filterKeep") => self.typing = false,
            _ if command.ends_with(".filterClear") => {
                self.clear();
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
    pub fn draw<C: AsRef<[String]>>(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        view: &View<'_>,
        empty: &str,
        cells: impl Fn(usize) -> (C, Role),
    ) {
        if area.height < 2 || area.width < 4 {
            return;
        }
        let widths = widths(&self.columns, self.order, area.width);
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
        if self.columns.iter().any(|(title, _)| !title.is_empty()) {
            let titles = self.columns.iter().enumerate();
            let titles: Vec<String> = titles.map(|(at, (title, _))| self.order.heading(at, title)).collect();
            frame.render_widget(line(&titles, Role::Dim), Rect { y: top, height: 1, ..area });
            top += 1;
        }
        let body = Rect { y: top, height: area.bottom().saturating_sub(top), ..area };
        if self.list.is_empty() {
            let text = if self.filter.is_empty() { empty } else { "nothing has these words" };
            panel::notice(frame, body, text, view);
            return;
        }
        self.list.draw(frame, body, view, |at| {
            let (cells, role) = cells(at);
            line(cells.as_ref(), role)
        });
    }
}

/// How wide each column is in so many characters; none for those that are not seen.
fn widths(columns: &[Column], order: Order, all: u16) -> Vec<Option<usize>> {
    let seen =
        |at: usize, wide: &Wide| order.sees(at) && !matches!(wide, Wide::From(_, least) if *least > all);
    let shown = || columns.iter().enumerate().filter(|(at, (_, wide))| seen(*at, wide));
    let gaps = shown().count() as u16 + 1;
    let (mut fixed, mut shares) = (0, 0);
    for (_, (_, wide)) in shown() {
        match wide {
            Wide::Is(n) | Wide::From(n, _) => fixed += n,
            Wide::Share(n) => shares += n,
        }
    }
    let left = all.saturating_sub(fixed + gaps);
    let width = |wide: &Wide| match wide {
        Wide::Is(n) | Wide::From(n, _) => *n as usize,
        Wide::Share(n) => usize::from(left) * usize::from(*n) / usize::from(shares.max(1)),
    };
    columns.iter().enumerate().map(|(at, (_, wide))| seen(at, wide).then(|| width(wide))).collect()
}
