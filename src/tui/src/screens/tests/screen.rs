//! The screen as the program sees it.

use std::sync::Arc;

use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::Text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::draft::Draft;
use super::{Found, Pane, Tests, draft};
use crate::message::{Level, Parcel};
use crate::screen::{Cx, Screen, ScreenId, Target, View};

impl Screen for Tests {
    fn place(&self) -> &'static str {
        match self.pane {
            Pane::Tree => "tests.tree",
            Pane::Script => "tests.script",
            Pane::Coverage => "tests.coverage",
        }
    }

    fn typing(&self) -> bool {
        self.typing
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if !self.typing {
            return false;
        }
        match key.code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.typing = false;
                if self.pane == Pane::Coverage {
                    self.coverage_filter.set("");
                } else {
                    self.tree_filter.set("");
                }
                self.filtered();
            }
            KeyCode::Up | KeyCode::Down => {
                let command = if key.code == KeyCode::Up { "move.up" } else { "move.down" };
                if self.pane == Pane::Coverage {
                    self.coverage.run(command)
                } else {
                    self.tree.run(command)
                };
            }
            _ => {
                let filter = if self.pane == Pane::Coverage {
                    &mut self.coverage_filter
                } else {
                    &mut self.tree_filter
                };
                if !filter.key(key) {
                    return false;
                }
                self.filtered();
            }
        }
        self.sync(cx);
        true
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if self.typing {
            let filter =
                if self.pane == Pane::Coverage { &mut self.coverage_filter } else { &mut self.tree_filter };
            filter.paste(text);
            self.filtered();
            self.sync(cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let used = self.act(command, cx);
        self.sync(cx);
        used
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let leaf = self.tree.leaf().is_some();
        let why = match command {
            "tests.run" | "tests.runFolder" | "tests.runAll" | "tests.again" if self.live.is_some() => {
                "tests are running; x stops them"
            }
            "tests.again" | "tests.report" if self.run.is_none() => "nothing was run yet: A runs all tests",
            "tests.missing" if self.searching => "the search is running: f10 shows it, x there stops it",
            "tests.stop" if self.live.is_none() => "no tests are running",
            "tests.edit" | "tests.step" if !leaf => "the cursor is on no test",
            "tests.copy" | "tests.move" | "tests.delete" | "tests.export" if self.index.is_empty() => {
                "there are no tests"
            }
            "tests.draft" if self.draft.is_none() => "no draft is kept",
            _ if view.data.is_none() && command.starts_with("tests.") => "the store is not read yet",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        if let Target::Test(id) = target {
            if !self.tree.select(id) {
                self.failures_only = false;
                if let Some(data) = cx.data {
                    self.leaves(data);
                }
                self.go_to(id);
            }
            self.sync(cx);
        }
        if let Some(draft) = &self.draft {
            cx.toast(Level::Note, format!("a draft of {} is kept: D opens it", draft.name()));
        }
    }

    fn whereabouts(&self) -> Target {
        self.tree.leaf().map_or(Target::Screen(ScreenId::Tests), |id| Target::Test(Text::clone(id)))
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let tests = data.snapshot.tests.iter().enumerate();
        self.index = tests.filter_map(|(at, test)| Some((test.test_id.clone()?, at))).collect();
        self.marked.retain(|id| self.index.contains_key(id));
        self.compare(data);
        self.leaves(data);
        if let Some(saved) = self.saved.take() {
            let is = |test: &&Arc<TestDocument>| test.folder == saved.folder && test.name == saved.name;
            if let Some(id) = data.snapshot.tests.iter().find(is).and_then(|test| test.test_id.clone()) {
                self.go_to(&id);
            }
        }
        self.sync(cx);
        if !self.asked_for_draft
            && let Some(path) = draft::path(cx.session)
        {
            self.asked_for_draft = true;
            cx.look("looking for drafts", move |_| {
                Found(std::fs::read_to_string(path).ok().and_then(|text| Draft::read(&text)))
            });
        }
    }

    fn resized(&mut self, cx: &mut Cx<'_>) {
        self.sync(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        self.take(parcel, cx);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.draw_all(frame, area, view);
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        match self.pane {
            Pane::Tree => self.tree.current().map(|row| row.label.to_string()),
            Pane::Script => self.rows.get(self.script.cursor()).map(|row| match row.number {
                Some(_) if !row.text.is_empty() && !row.label.is_empty() => {
                    format!("{}: {}", row.label, row.text)
                }
                _ => row.text.clone(),
            }),
            Pane::Coverage => self.coverage.copied(),
        }
    }
}
