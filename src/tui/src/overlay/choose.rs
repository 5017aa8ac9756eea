//! A list to choose from with fuzzy search: pickers of queues, prompts, rule sets and everything else.

use connect_rules_engine::value::Text;
use crossterm::event::KeyEvent;
use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Dialog;
use crate::clean;
use crate::message::Owner;
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::{Editor, List, panel};

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is chosen: the value of the answer.
    pub value: Text,
    /// What is shown and searched.
    pub label: String,
    /// What is shown beside it.
    pub detail: String,
    /// Why it cannot be chosen now; it is shown nevertheless.
    pub refused: Option<String>,
}

impl Candidate {
    /// A candidate that is shown as its value.
    pub fn plain(value: impl Into<Text>) -> Self {
        let value = value.into();
        Candidate { label: value.to_string(), value, detail: String::new(), refused: None }
    }

    /// With something beside it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The answer of a picker: which question it was, and what was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The tag of the question.
    pub tag: String,
    /// The value of the candidate.
    pub value: Text,
}

/// The positions of the candidates that match, the best first.
pub fn search(query: &str, texts: impl Iterator<Item = impl AsRef<str>>, most: usize) -> Vec<usize> {
    if query.trim().is_empty() {
        return (0..texts.count().min(most)).collect();
    }
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut found: Vec<(i64, usize)> = texts
        .enumerate()
        .filter_map(|(at, text)| {
            let mut total = 0;
            for word in query.split_whitespace() {
                total += matcher.fuzzy_match(text.as_ref(), word)?;
            }
            Some((-total, at))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().take(most).map(|(_, at)| at).collect()
}

/// A list to choose from.
pub struct Choose {
    title: String,
    tag: String,
    owner: Owner,
    candidates: Vec<Candidate>,
    query: Editor,
    found: Vec<usize>,
    list: List,
    /// Whether what was typed may be chosen although no candidate is it.
    free: bool,
}

impl Choose {
    /// A question for that owner, told apart by the tag.
    pub fn new(
        title: impl Into<String>,
        tag: impl Into<String>,
        owner: Owner,
        candidates: Vec<Candidate>,
    ) -> Self {
        let found: Vec<usize> = (0..candidates.len()).collect();
        Choose {
            title: title.into(),
            tag: tag.into(),
            owner,
            list: List::new(found.len()),
            candidates,
            query: Editor::line(""),
            found,
            free: false,
        }
    }

    /// With the cursor on that value.
    #[must_use]
    pub fn at(mut self, value: &str) -> Self {
        if let Some(at) = self.candidates.iter().position(|candidate| &*candidate.value == value) {
            self.list.select(at);
        }
        self
    }

    /// Any text may be chosen; ctrl-s takes what was typed.
    #[must_use]
    pub fn free(mut self) -> Self {
        self.free = true;
        self
    }

    fn searched(&mut self) {
        let texts =
            self.candidates.iter().map(|candidate| format!("{} {}", candidate.label, candidate.detail));
        self.found = search(&self.query.text(), texts, usize::MAX);
        self.list = List::new(self.found.len());
    }

    fn answer(&mut self, value: Text, cx: &mut Cx<'_>) {
        cx.close();
        cx.requests.push(Request::Answer(self.owner, Box::new(Chosen { tag: self.tag.clone(), value })));
    }
}

impl Dialog for Choose {
    fn place(&self) -> &'static str {
        "dialog.choose"
    }

    fn typing(&self) -> bool {
        true
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        let before = self.query.text();
        let used = self.query.key(key);
        if self.query.text() != before {
            self.searched();
        }
        used
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        self.query.paste(text);
        self.searched();
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "dialog.save" if self.free => {
                let typed = Text::from(self.query.text());
                self.answer(typed, cx);
            }
            "dialog.ok" => match self.found.get(self.list.cursor()).map(|at| &self.candidates[*at]) {
                Some(candidate) if candidate.refused.is_some() => {
                    let why = candidate.refused.clone().unwrap_or_default();
                    cx.toast(crate::message::Level::Bad, why);
                }
                Some(candidate) => {
                    let value = Text::clone(&candidate.value);
                    self.answer(value, cx);
                }
                None if self.free => {
                    let typed = Text::from(self.query.text());
                    self.answer(typed, cx);
                }
                None => {}
            },
            _ => return self.list.run(command),
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let height = (self.candidates.len() as u16).saturating_add(5).clamp(8, (area.height * 4 / 5).max(8));
        let title = format!("{} ({} of {})", self.title, self.found.len(), self.candidates.len());
        let inside = panel::window(frame, area, (area.width.min(84), height), &title, view);
        if inside.height < 3 {
            return;
        }
        frame.render_widget(Line::styled("/ ", view.style(Role::Key)), Rect { height: 1, ..inside });
        self.query.draw(
            frame,
            Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside },
            view,
        );
        let rows = Rect { y: inside.y + 1, height: inside.height - 2, ..inside };
        if self.found.is_empty() {
            let text =
                if self.free { "nothing matches; ctrl-s takes what is typed" } else { "nothing matches" };
            panel::notice(frame, rows, text, view);
        }
        let wide = rows.width as usize;
        let label = (wide * 3 / 5).max(20).min(wide);
        self.list.draw(frame, rows, view, |at| {
            let candidate = &self.candidates[self.found[at]];
            let look = view.style(if candidate.refused.is_some() { Role::Dim } else { Role::Text });
            let detail = candidate.refused.as_ref().unwrap_or(&candidate.detail);
            Line::from(vec![
                Span::styled(format!(" {}", clean::pad(&candidate.label, label.saturating_sub(2))), look),
                Span::styled(
                    format!(" {}", clean::fit(detail, wide.saturating_sub(label))),
                    view.style(Role::Dim),
                ),
            ])
        });
        let keys = if self.free {
            " enter choose  ctrl-s take what is typed  esc cancel"
        } else {
            " enter choose  esc cancel"
        };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::search;

    #[test]
    fn words_match_in_any_order_best_first() {
        let texts = ["Main menu", "Cards welcome", "Menu of cards", "Loans"];
        assert_eq!(search("cards menu", texts.iter(), 9), [2]);
        assert_eq!(search("men", texts.iter(), 9).len(), 2);
        assert_eq!(search(" ", texts.iter(), 2), [0, 1]);
    }
}
