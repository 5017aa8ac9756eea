//! A table with a filter: what sections and screens list their things in. Only the rows that are seen are drawn.

use connect_rules_engine::value::Text;
use connect_rules_store::Stamp;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Editor, List, Order, panel};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::times;

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
    columns: Vec<Column>,
    rows: Vec<Row>,
    shown: Vec<usize>,
    filter: Editor,
    typing: bool,
    list: List,
    order: Order,
    /// What is said where there is no row.
    pub empty: &'static str,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[Column], empty: &'static str) -> Self {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
            shown: Vec::new(),
            filter: Editor::line(""),
            typing: false,
            list: List::new(0),
            order: Order::default(),
            empty,
        }
    }

    /// Other rows, and columns if they change; the cursor stays on its thing if that is still there.
    pub fn fill(&mut self, columns: Option<&[Column]>, rows: Vec<Row>) {
        let kept = self.current().map(|row| Text::clone(&row.key));
        if let Some(columns) = columns {
            self.columns = columns.to_vec();
        }
        self.rows = rows;
        self.search();
        if let Some(key) = kept {
            self.select(&key);
        }
    }

    fn search(&mut self) {
        let text = self.filter.text().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let has = |row: &Row| {
            words.is_empty() || {
                let all = row.cells.join(" ").to_lowercase();
                words.iter().all(|word| all.contains(word))
            }
        };
        self.shown = (0..self.rows.len()).filter(|at| has(&self.rows[*at])).collect();
        if let Some(by) = self.order.by() {
            let cell = |at: usize| self.rows[at].cells.get(by).map_or("", String::as_str);
            self.shown.sort_by(|a, b| self.order.compare(cell(*a), cell(*b)));
        }
        self.list.resize(self.shown.len());
    }

    /// The row of the cursor.
    pub fn current(&self) -> Option<&Row> {
        self.shown.get(self.list.cursor()).map(|at| &self.rows[*at])
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
            self.filter.set("");
            self.search();
        }
        let at = self.shown.iter().position(|shown| *shown == row);
        at.map(|at| self.list.select(at)).is_some()
    }

    /// Whether the filter is being typed.
    pub fn typing(&self) -> bool {
        self.typing
    }

    /// A key while the filter is being typed.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        let before = self.filter.text();
        let used = self.filter.key(event);
        if self.filter.text() != before {
            self.search();
        }
        used
    }

    /// Pasted text while the filter is being typed.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text);
        self.search();
    }

    /// Runs a movement or a command of the filter. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        match command {
            "app.filter" => self.typing = true,
            _ if command.ends_with(".filterKeep") => self.typing = false,
            _ if command.ends_with(".filterClear") => {
                self.typing = false;
                let kept = self.key_here();
                self.filter.set("");
                self.search();
                self.select(&kept);
            }
            "table.sort" | "table.turn" | "table.hide" => {
                let kept = self.key_here();
                self.order.run(command, 0, self.columns.len());
                self.search();
                self.select(&kept);
            }
            _ => return self.list.run(command),
        }
        true
    }

    /// Words for the title: how many rows there are, and the filter.
    pub fn told(&self) -> String {
        let filter = self.filter.text();
        if filter.is_empty() {
            self.rows.len().to_string()
        } else {
            format!("{} of {} with \"{filter}\"", self.shown.len(), self.rows.len())
        }
    }

    /// Draws heading, filter and the rows that fit.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.height < 2 || area.width < 4 {
            return;
        }
        let widths = widths(&self.columns, self.order, area.width);
        let line = |cells: &mut dyn Iterator<Item = &str>, role: Role| {
            let mut text = String::from(" ");
            for (cell, width) in cells.zip(&widths) {
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
            let view = View { focused: view.focused && self.typing, ..*view };
            self.filter.draw(frame, field, &view);
            top += 1;
        }
        if self.columns.iter().any(|(title, _)| !title.is_empty()) {
            let heading = Rect { y: top, height: 1, ..area };
            let titles = self.columns.iter().enumerate();
            let titles: Vec<String> = titles.map(|(at, (title, _))| self.order.heading(at, title)).collect();
            frame.render_widget(line(&mut titles.iter().map(String::as_str), Role::Dim), heading);
            top += 1;
        }
        let body = Rect { y: top, height: area.bottom().saturating_sub(top), ..area };
        if self.shown.is_empty() {
            let text = if self.rows.is_empty() { self.empty } else { "nothing has these words" };
            panel::notice(frame, body, text, view);
            return;
        }
        self.list.draw(frame, body, view, |at| {
            let row = &self.rows[self.shown[at]];
            line(&mut row.cells.iter().map(String::as_str), row.role)
        });
    }
}

/// How wide each column is in so many characters; none for those that are not seen.
pub fn widths(columns: &[Column], order: Order, all: u16) -> Vec<Option<usize>> {
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
