//! Lines of any length that wrap, with a cursor on a line: transcript, why, state and script are made of
//! them. They are wrapped once for a width; drawing touches only the rows that are seen.

use std::cell::{Cell, RefCell};

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::list::mark_row;

/// A line before it is wrapped.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What it is about, in the numbers of its owner.
    pub item: usize,
    /// Its look.
    pub role: Role,
    /// Its text.
    pub text: String,
    /// What stands at the right edge of its first row.
    pub right: String,
    /// By how many columns its further rows are moved in.
    pub hang: usize,
}

impl Piece {
    /// A line with nothing at the right.
    pub fn new(item: usize, role: Role, text: impl Into<String>, hang: usize) -> Self {
        Piece { item, role, text: text.into(), right: String::new(), hang }
    }
}

#[derive(Debug, Default)]
struct Rows {
    width: usize,
    list: Vec<(usize, String)>,
    /// First row of each piece, and the number of rows.
    first: Vec<usize>,
}

/// Wrapped lines with a cursor.
#[derive(Debug, Default)]
pub struct Pane {
    pieces: Vec<Piece>,
    cursor: usize,
    rows: RefCell<Rows>,
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Pane {
    /// Other lines; the cursor stays on its number.
    pub fn set(&mut self, pieces: Vec<Piece>) {
        self.pieces = pieces;
        *self.rows.get_mut() = Rows::default();
        self.select(self.cursor);
    }

    /// The lines.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The line with the cursor.
    pub fn current(&self) -> Option<&Piece> {
        self.pieces.get(self.cursor)
    }

    /// Puts the cursor on a line, or on the last one.
    pub fn select(&mut self, at: usize) {
        self.cursor = at.min(self.pieces.len().saturating_sub(1));
    }

    /// Runs a movement command. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        let page = self.height.get().saturating_sub(1).max(1);
        let at = match command {
            "move.up" => self.cursor.saturating_sub(1),
            "move.down" => self.cursor + 1,
            "move.pageUp" => self.by_rows(page, false),
            "move.pageDown" => self.by_rows(page, true),
            "move.first" => 0,
            "move.last" => self.pieces.len(),
            _ => return false,
        };
        self.select(at);
        true
    }

    /// The line that many rows further; at least the next one.
    fn by_rows(&self, page: usize, down: bool) -> usize {
        let rows = self.rows.borrow();
        let Some(here) = rows.first.get(self.cursor) else { return self.cursor };
        let row = if down { here + page } else { here.saturating_sub(page) };
        let at = rows.list.get(row).map_or(self.pieces.len(), |(piece, _)| *piece);
        if at == self.cursor && down { at + 1 } else { at }
    }

    fn wrap(&self, width: usize) {
        let mut rows = self.rows.borrow_mut();
        if rows.width == width && rows.first.len() == self.pieces.len() {
            return;
        }
        let (mut list, mut first) = (Vec::new(), Vec::with_capacity(self.pieces.len()));
        for (at, piece) in self.pieces.iter().enumerate() {
            first.push(list.len());
            let hang = piece.hang.min(width / 3);
            let reserved = if piece.right.is_empty() { 0 } else { piece.right.width().min(width / 2) + 1 };
            let room = width.saturating_sub(1 + hang.max(reserved));
            for (row, text) in clean::wrap(&piece.text, room).into_iter().enumerate() {
                let indent = if row == 0 { 1 } else { 1 + hang };
                list.push((at, format!("{}{text}", " ".repeat(indent))));
            }
        }
        *rows = Rows { width, list, first };
    }

    /// Draws the rows that are seen; lines of `lit` are shown as belonging together. `cursor` tells whether
    /// the cursor is drawn.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>, lit: Option<usize>, cursor: bool) {
        if area.is_empty() {
            return;
        }
        let (width, height) = (area.width as usize, area.height as usize);
        self.height.set(height);
        self.wrap(width);
        let rows = self.rows.borrow();
        let total = rows.list.len();
        let from = rows.first.get(self.cursor).copied().unwrap_or_default();
        let to = rows.first.get(self.cursor + 1).copied().unwrap_or(total);
        let mut top = self.top.get().min(total.saturating_sub(height));
        if to > top + height {
            top = to - height;
        }
        top = top.min(from);
        self.top.set(top);
        for (line, (at, text)) in rows.list.iter().skip(top).take(height).enumerate() {
            let piece = &self.pieces[*at];
            let place = Rect { y: area.y + line as u16, height: 1, ..area };
            let is_first = rows.first[*at] == top + line;
            let mut spans = Vec::with_capacity(3);
            if is_first && !piece.right.is_empty() {
                let right = clean::fit(&piece.right, width / 2).into_owned();
                let room = width.saturating_sub(right.width());
                spans.push(Span::styled(clean::pad(text, room), view.style(piece.role)));
                spans.push(Span::styled(right, view.style(Role::Dim)));
            } else {
                spans.push(Span::styled(text.as_str(), view.style(piece.role)));
            }
            frame.render_widget(Line::from(spans), place);
            if *at == self.cursor && cursor {
                mark_row(frame, place, view);
            } else if lit == Some(piece.item)
                && let Some(cell) = frame.buffer_mut().cell_mut((place.x, place.y))
                && cell.symbol() == " "
            {
                cell.set_symbol("▏").set_style(view.style(Role::Focus));
            }
        }
        // On the border, so that no letter goes.
        let x = area.right().min(frame.area().right().saturating_sub(1));
        let mark = |frame: &mut Frame<'_>, y: u16, text: &str| {
            frame.buffer_mut().set_string(x, y, text, view.style(Role::Dim));
        };
        if top > 0 {
            mark(frame, area.y, "↑");
        }
        if top + height < total {
            mark(frame, area.bottom() - 1, "↓");
        }
    }

    /// All lines as text.
    pub fn text(&self) -> String {
        let line = |piece: &Piece| {
            if piece.right.is_empty() {
                piece.text.clone()
            } else {
                format!("{} [{}]", piece.text, piece.right)
            }
        };
        self.pieces.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
