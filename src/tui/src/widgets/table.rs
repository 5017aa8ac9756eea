//! A table with a filter: what sections and screens list their things in. Only the rows that are seen are drawn.

use connect_rules_engine::value::Text;
use connect_rules_store::Stamp;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub use super::grid::{Column, Wide};
use super::grid::{Did, Grid};
use super::panel;
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::times;

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Identifier of what it shows.
    pub key: Text,
    /// Position of what it shows in the list that it was made from.
    pub at: usize,
    /// A text for each column.
    pub cells: Vec<String>,
    /// Its look; what it means is said in a cell, too.
    pub role: Role,
}

/// Rows, a filter and a cursor.
pub struct Table {
    grid: Grid,
    rows: Vec<Row>,
    shown: Vec<usize>,
    /// What is said where there is no row.
    pub empty: &'static str,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[Column], empty: &'static str) -> Self {
        Table { grid: Grid::new(columns), rows: Vec::new(), shown: Vec::new(), empty }
    }

    /// Other rows, and columns if they change; the cursor stays on its thing if that is still there.
    pub fn fill(&mut self, columns: Option<&[Column]>, rows: Vec<Row>) {
        let kept = self.current().map(|row| Text::clone(&row.key));
        if let Some(columns) = columns {
            self.grid.columns = columns.to_vec();
        }
        self.rows = rows;
        self.search();
        if let Some(key) = kept {
            self.select(&key);
        }
    }

    fn search(&mut self) {
        let text = self.grid.filter().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let has = |row: &Row| {
            words.is_empty() || {
                let all = row.cells.join(" ").to_lowercase();
                words.iter().all(|word| all.contains(word))
            }
        };
        self.shown = (0..self.rows.len()).filter(|at| has(&self.rows[*at])).collect();
        if let Some(by) = self.grid.order.by() {
            let cell = |at: usize| self.rows[at].cells.get(by).map_or("", String::as_str);
            self.shown.sort_by(|a, b| self.grid.order.compare(cell(*a), cell(*b)));
        }
        self.grid.list.resize(self.shown.len());
    }

    /// The row of the cursor.
    pub fn current(&self) -> Option<&Row> {
        self.shown.get(self.grid.list.cursor()).map(|at| &self.rows[*at])
    }

    /// Identifier of what the cursor is on; empty if there is nothing.
    pub fn key_here(&self) -> Text {
        self.current().map(|row| Text::clone(&row.key)).unwrap_or_default()
    }

    /// Every row, seen or filtered out.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Puts the cursor on a thing; the filter goes if it hides that. Tells whether it is there.
    pub fn select(&mut self, key: &str) -> bool {
        let Some(row) = self.rows.iter().position(|row| &*row.key == key) else { return false };
        if !self.shown.contains(&row) {
            self.grid.clear();
            self.search();
        }
        let at = self.shown.iter().position(|shown| *shown == row);
        at.map(|at| self.grid.list.select(at)).is_some()
    }

    /// Whether the filter is being typed.
    pub fn typing(&self) -> bool {
        self.grid.typing()
    }

    /// A key while the filter is being typed.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        let (used, wished) = self.grid.key(event);
        if wished {
            self.search();
        }
        used
    }

    /// Pasted text while the filter is being typed.
    pub fn paste(&mut self, text: &str) {
        self.grid.paste(text);
        self.search();
    }

    /// Runs a movement or a command of tables. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        let kept = self.key_here();
        let did = self.grid.run(command);
        if did == Did::Wished {
            self.search();
            self.select(&kept);
        }
        did != Did::Nothing
    }

    /// Words for the title: how many rows there are, and the filter.
    pub fn told(&self) -> String {
        let filter = self.grid.filter();
        if filter.is_empty() {
            self.rows.len().to_string()
        } else {
            format!("{} of {} with \"{filter}\"", self.shown.len(), self.rows.len())
        }
    }

    /// Draws heading, filter and the rows that fit.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.grid.draw(frame, area, view, self.empty, |at| {
            let row = &self.rows[self.shown[at]];
            (&row.cells, row.role)
        });
    }
}

/// Where a list and the detail of its current row go: beside each other if there is room, else below each
/// other with that many lines for the detail.
pub fn split(area: Rect, wanted: u16) -> (Rect, Rect) {
    if area.width >= 110 {
        let left = area.width * 11 / 20;
        let list = Rect { width: left, ..area };
        return (list, Rect { x: area.x + left, width: area.width - left, ..area });
    }
    below(area, wanted)
}

/// A list with the detail of its current row below it, in that many lines if there is room.
pub fn below(area: Rect, wanted: u16) -> (Rect, Rect) {
    let under = wanted.min(area.height.saturating_sub(8));
    let list = Rect { height: area.height - under, ..area };
    (list, Rect { y: list.bottom(), height: under, ..area })
}

/// When a row was changed last, and by whom.
pub fn last_change(stamp: &Stamp, view: &View<'_>) -> String {
    let zone = view.data.and_then(|data| data.workspace.zone());
    let when = times::told(&stamp.updated_at, zone, view.session.clock.now());
    format!("{when} by {}", stamp.updated_by)
}

/// Draws labelled texts, wrapped, as far as they fit.
pub fn facts(frame: &mut Frame<'_>, area: Rect, facts: &[(&str, String)], view: &View<'_>) {
    let wide = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default() + 2;
    let room = (area.width as usize).saturating_sub(wide + 1);
    let mut lines = Vec::new();
    for (label, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        for (at, part) in clean::wrap(text, room.max(8)).into_iter().enumerate() {
            let label = if at == 0 { *label } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!(" {}", clean::pad(label, wide)), view.style(Role::Dim)),
                Span::styled(part, view.style(Role::Text)),
            ]));
            if lines.len() >= area.height as usize {
                break;
            }
        }
    }
    panel::lines(frame, area, lines);
}
