//! A cursor in a list of any length: only the rows that are seen are asked for and drawn.

use std::cell::Cell;
use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::screen::View;
use crate::theme::Role;

/// Cursor and window of a list.
#[derive(Clone, Debug, Default)]
pub struct List {
    cursor: usize,
    len: usize,
    top: Cell<usize>,
    height: Cell<usize>,
}

impl List {
    /// A list of that many rows, the cursor on the first.
    pub fn new(len: usize) -> Self {
        List { len, ..List::default() }
    }

    /// Row of the cursor; 0 in an empty list.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts the cursor on a row, or on the last one.
    pub fn select(&mut self, row: usize) {
        self.cursor = row.min(self.len.saturating_sub(1));
    }

    /// The list has another number of rows now; the cursor stays if it can.
    pub fn resize(&mut self, len: usize) {
        self.len = len;
        self.select(self.cursor);
    }

    /// Runs a movement command. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        let page = self.height.get().saturating_sub(1).max(1);
        let row = match command {
            "move.up" => self.cursor.saturating_sub(1),
            "move.down" => self.cursor + 1,
            "move.pageUp" => self.cursor.saturating_sub(page),
            "move.pageDown" => self.cursor + page,
            "move.first" => 0,
            "move.last" => self.len,
            _ => return false,
        };
        self.select(row);
        true
    }

    /// The rows that are seen in that many lines.
    pub fn window(&self, height: usize) -> Range<usize> {
        self.height.set(height);
        let mut top = self.top.get().min(self.len.saturating_sub(height));
        if self.cursor < top {
            top = self.cursor;
        } else if height > 0 && self.cursor >= top + height {
            top = self.cursor + 1 - height;
        }
        self.top.set(top);
        top..(top + height).min(self.len)
    }

    /// Scrolls down as far as it takes to see a row in that many lines, if the cursor can stay in sight.
    pub fn reveal(&self, row: usize, height: usize) {
        let row = row.min(self.len.saturating_sub(1));
        if row >= self.top.get() + height {
            self.top.set((row + 1 - height).min(self.cursor));
        }
    }

    /// Draws the rows that are seen; `row` makes one. The cursor row is marked by its look and, where there
    /// is room for it, by `▌` in the first column, so rows should begin with a blank.
    pub fn draw<'a>(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        view: &View<'_>,
        row: impl Fn(usize) -> Line<'a>,
    ) {
        let window = self.window(area.height as usize);
        for (line, at) in window.enumerate() {
            let place = Rect { y: area.y + line as u16, height: 1, ..area };
            frame.render_widget(row(at), place);
            if at == self.cursor {
                mark_row(frame, place, view);
            }
        }
    }
}

/// Marks a drawn row as the one with the cursor.
pub fn mark_row(frame: &mut Frame<'_>, place: Rect, view: &View<'_>) {
    let role = if view.focused { Role::Cursor } else { Role::CursorAway };
    frame.buffer_mut().set_style(place, view.style(role));
    if let Some(cell) = frame.buffer_mut().cell_mut((place.x, place.y))
        && cell.symbol() == " "
    {
        cell.set_symbol("▌").set_style(Style::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_cursor() {
        let mut list = List::new(100);
        assert_eq!(list.window(10), 0..10);
        list.run("move.last");
        assert_eq!((list.cursor(), list.window(10)), (99, 90..100));
        list.run("move.pageUp");
        assert_eq!((list.cursor(), list.window(10)), (90, 90..100));
        list.run("move.up");
        assert_eq!(list.window(10), 89..99);
        list.reveal(99, 10);
        assert_eq!(list.window(10), 89..99, "the cursor stays in sight");
        list.reveal(98, 10);
        list.reveal(3, 10);
        assert_eq!(list.window(10), 89..99);
        list.resize(5);
        assert_eq!((list.cursor(), list.window(10)), (4, 0..5));
        list.resize(0);
        assert_eq!((list.cursor(), list.window(10)), (0, 0..0));
        assert!(!list.run("rules.edit"));
    }
}
