//! Help pages: one page to read, and a search through all of them.

use std::cell::Cell;

use connect_rules_engine::help::{Hit, Page, find, search};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Dialog;
use crate::clean;
use crate::help::pages;
use crate::help::render::rows;
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::{Editor, List, panel};

/// The pages.
pub struct Manual {
    pages: &'static [Page],
    at: usize,
    /// First row that is seen.
    top: Cell<usize>,
    height: Cell<usize>,
    /// A line of the text that is to be seen.
    reveal: Cell<Option<usize>>,
    /// Words that are marked.
    marked: Vec<String>,
    /// Pages that were open before this one, with their first rows.
    before: Vec<(usize, usize)>,
    search: Option<Search>,
    query: String,
}

struct Search {
    query: Editor,
    found: Vec<Hit>,
    list: List,
}

impl Search {
    fn new(pages: &[Page], query: &str) -> Self {
        let found = search(pages, query);
        Search { query: Editor::line(query), list: List::new(found.len()), found }
    }

    fn searched(&mut self, pages: &[Page]) {
        self.found = search(pages, &self.query.text());
        self.list = List::new(self.found.len());
    }
}

impl Manual {
    /// Opened at the page of that id, else at the first; `page#name` shows the line of a table about that name.
    pub fn new(id: &str) -> Self {
        let pages = pages();
        let (id, name) = id.split_once('#').unwrap_or((id, ""));
        let at = find(pages, id).unwrap_or_default();
        let named = format!("| `{name}`");
        let line = pages[at].text.lines().position(|line| !name.is_empty() && line.starts_with(&named));
        Manual {
            pages,
            at,
            top: Cell::new(0),
            height: Cell::new(0),
            reveal: Cell::new(line),
            marked: Vec::new(),
            before: Vec::new(),
            search: None,
            query: String::new(),
        }
    }

    fn open(&mut self, page: usize) {
        if page != self.at {
            self.before.push((self.at, self.top.get()));
        }
        self.at = page;
        self.top.set(0);
        self.reveal.set(None);
        self.marked.clear();
    }

    fn choose(&mut self) {
        let Some(it) = self.search.take() else { return };
        self.query = it.query.text();
        let Some(hit) = it.found.get(it.list.cursor()) else { return };
        let (page, line) = (hit.page, hit.line);
        self.open(page);
        self.reveal.set((line > 0).then_some(line));
        self.marked = self.query.split_whitespace().map(str::to_lowercase).collect();
    }

    fn scroll(&mut self, command: &str) -> bool {
        let (top, page) = (self.top.get(), self.height.get().saturating_sub(1).max(1));
        self.top.set(match command {
            "move.up" => top.saturating_sub(1),
            "move.down" => top + 1,
            "move.pageUp" => top.saturating_sub(page),
            "move.pageDown" => top + page,
            "move.first" => 0,
            "move.last" => usize::MAX,
            _ => return false,
        });
        true
    }

    /// The parts of a row with the words that were searched for marked.
    fn mark<'a>(&self, parts: &[(String, Role)], view: &View<'_>) -> Line<'a> {
        let mut out = Vec::new();
        for (text, role) in parts {
            let mut rest = text.as_str();
            while let Some((from, to)) = self.first_marked(rest) {
                out.push(Span::styled(rest[..from].to_owned(), view.style(*role)));
                out.push(Span::styled(rest[from..to].to_owned(), view.style(Role::Match)));
                rest = &rest[to..];
            }
            out.push(Span::styled(rest.to_owned(), view.style(*role)));
        }
        Line::from(out)
    }

    fn first_marked(&self, text: &str) -> Option<(usize, usize)> {
        // Only ASCII keeps its places in small letters.
        let small = text.to_ascii_lowercase();
        let hits = self.marked.iter().filter_map(|word| Some((small.find(word.as_str())?, word.len())));
        hits.min().map(|(from, length)| (from, from + length))
    }

    fn draw_page(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let page = &self.pages[self.at];
        let title = format!("Help ─ {} ─ {}", page.sort, page.title);
        let inside = panel::window(frame, area, (area.width.min(104), area.height), &title, view);
        if inside.height < 2 || inside.width < 4 {
            return;
        }
        let text = Rect { x: inside.x + 1, width: inside.width - 2, height: inside.height - 1, ..inside };
        let rows = rows(&page.text, text.width as usize);
        let height = text.height as usize;
        if let Some(line) = self.reveal.take() {
            let row = rows.iter().position(|row| row.line >= line).unwrap_or_default();
            self.top.set(row.saturating_sub(height / 3));
        }
        self.height.set(height);
        let top = self.top.get().min(rows.len().saturating_sub(height));
        self.top.set(top);
        panel::lines(frame, text, rows.iter().skip(top).map(|row| self.mark(&row.parts, view)));
        let place = if rows.len() > height {
            format!("{}–{} of {} rows", top + 1, (top + height).min(rows.len()), rows.len())
        } else {
            String::new()
        };
        let keys = " / search  ←→ page  backspace back  ? keys  y copy  esc close  ";
        let foot = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        frame.render_widget(Line::styled(keys, view.style(Role::Dim)), foot);
        if keys.chars().count() + place.chars().count() < inside.width as usize {
            frame.render_widget(
                Line::styled(format!("{place} "), view.style(Role::Dim)).right_aligned(),
                foot,
            );
        }
    }

    fn draw_search(&self, it: &Search, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let title = format!("Search help ({} of {} pages)", it.found.len(), self.pages.len());
        let inside = panel::window(frame, area, (area.width.min(104), area.height), &title, view);
        if inside.height < 3 {
            return;
        }
        frame.render_widget(Line::styled("/ ", view.style(Role::Key)), Rect { height: 1, ..inside });
        let field = Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside };
        it.query.draw(frame, field, view);
        let rows = Rect { y: inside.y + 1, height: inside.height - 2, ..inside };
        if it.found.is_empty() {
            panel::notice(frame, rows, "no page has all of these words", view);
        }
        let wide = rows.width as usize;
        let label = (wide * 2 / 5).min(34);
        it.list.draw(frame, rows, view, |at| {
            let hit = &it.found[at];
            let page = &self.pages[hit.page];
            let text = if hit.line == 0 { "" } else { hit.text.as_str() };
            Line::from(vec![
                Span::styled(format!(" {}", clean::pad(&page.title, label)), view.style(Role::Text)),
                Span::styled(format!(" {}", clean::pad(page.sort, 16)), view.style(Role::Key)),
                Span::styled(
                    format!(" {}", clean::fit(text, wide.saturating_sub(label + 19))),
                    view.style(Role::Dim),
                ),
            ])
        });
        frame.render_widget(
            Line::styled(" enter open  ↑↓ choose  esc back to the page", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

impl Dialog for Manual {
    fn place(&self) -> &'static str {
        if self.search.is_some() { "dialog.manual.search" } else { "dialog.manual" }
    }

    fn typing(&self) -> bool {
        self.search.is_some()
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        let Some(it) = &mut self.search else { return false };
        let before = it.query.text();
        let used = it.query.key(key);
        if it.query.text() != before {
            it.searched(self.pages);
        }
        used
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        if let Some(it) = &mut self.search {
            it.query.paste(text);
            it.searched(self.pages);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        if let Some(it) = &mut self.search {
            match command {
                "dialog.cancel" => self.search = None,
                "dialog.ok" => self.choose(),
                _ => return it.list.run(command),
            }
            return true;
        }
        match command {
            "dialog.cancel" | "app.manual" | "app.quit" => cx.close(),
            "app.help" => {
                cx.close();
                cx.requests.push(Request::Run("app.help"));
            }
            "app.filter" | "dialog.ok" => self.search = Some(Search::new(self.pages, &self.query)),
            "app.back" => {
                if let Some((page, top)) = self.before.pop() {
                    self.at = page;
                    self.top.set(top);
                    self.marked.clear();
                }
            }
            "move.left" => self.open((self.at + self.pages.len() - 1) % self.pages.len()),
            "move.right" => self.open((self.at + 1) % self.pages.len()),
            "app.copy" => cx.copy(self.pages[self.at].text.clone()),
            _ => return self.scroll(command),
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        match &self.search {
            Some(it) => self.draw_search(it, frame, area, view),
            None => self.draw_page(frame, area, view),
        }
    }
}
