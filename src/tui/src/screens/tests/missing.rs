//! Missing tests: found by a search as a job, looked through, and added in one change.

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::coverage::{CoverageDetail, Population, Recorder};
use connect_rules_engine::dates;
use connect_rules_engine::explore::{Limits, Missing, Wanted, explore};
use connect_rules_engine::offline::Stubs;
use connect_rules_engine::replay::{self, Recording, Settings};
use connect_rules_engine::value::Text;
use connect_rules_store::service::tests::CreateTests;
use connect_rules_store::{Applied, Error, Operation};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::forms::count;
use super::run::covered;
use crate::clean;
use crate::data::Data;
use crate::message::{JobContext, Level};
use crate::overlay::Dialog;
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::widgets::{List, panel};

/// What a search found; nothing if it was stopped.
pub struct Searched(Option<Found>);

/// Tests that were missing.
struct Found {
    tests: Vec<Missing>,
    /// What the stored tests cover, in words.
    before: String,
    /// What they cover together with those that were found.
    after: String,
}

/// Runs the stored tests to know what is covered, then searches for what is missing.
pub fn search(job: &JobContext, data: &Arc<Data>, stubs: &Stubs, folder: &Text, now: i64) -> Searched {
    let population = Population::new(&data.workspace);
    let mut recorder = Recorder::new(&population);
    let settings = Settings { recording: Recording::Verdict, ..Settings::default() };
    let tests = &data.snapshot.tests;
    for (done, test) in tests.iter().enumerate() {
        if job.is_cancelled() {
            return Searched(None);
        }
        if done % 16 == 0 {
            job.progress(done, tests.len());
        }
        recorder.begin(&test.folder, &test.name);
        replay::run(&data.workspace, stubs, test, &test.script(), &settings, &mut recorder);
    }
    recorder.end();
    let before = covered(&CoverageDetail::of(&mut recorder, &dates::iso_utc(now)));
    let taken: HashSet<&str> =
        tests.iter().filter(|test| test.folder == *folder).map(|test| &*test.name).collect();
    // Calls of a fixed hour are the same tests whenever the search is made on that day.
    let at = now - now.rem_euclid(86_400_000);
    let wanted =
        Wanted { stubs, folder, at, limits: Limits::default(), is_taken: &|name| taken.contains(name) };
    let mut told = usize::MAX;
    let mut tick = |done: usize, total: usize| {
        let part = done * 100 / total.max(1);
        if part != told {
            told = part;
            job.progress(done, total);
        }
        !job.is_cancelled()
    };
    let Some(tests) = explore(&population, &mut recorder, &wanted, &mut tick) else { return Searched(None) };
    let after = covered(&CoverageDetail::of(&mut recorder, &dates::iso_utc(now)));
    Searched(Some(Found { tests, before, after }))
}

/// Shows what a search found, or tells that it found nothing.
pub fn review(searched: Searched, cx: &mut Cx<'_>) {
    match searched.0 {
        None => cx.toast(Level::Note, "the search was stopped: nothing is added"),
        Some(found) if found.tests.is_empty() => {
            cx.toast(Level::Good, format!("no test is missing that a search can find · {}", found.before));
        }
        Some(found) => cx.open(Review::new(found)),
    }
}

/// What was found, before any of it is added.
struct Review {
    found: Found,
    left_out: HashSet<usize>,
    list: List,
    waiting: bool,
}

impl Review {
    fn new(found: Found) -> Self {
        Review { list: List::new(found.tests.len()), found, left_out: HashSet::new(), waiting: false }
    }

    fn chosen(&self) -> usize {
        self.found.tests.len() - self.left_out.len()
    }
}

impl Dialog for Review {
    fn place(&self) -> &'static str {
        "dialog.missing"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "tests.missing.leave" => {
                let here = self.list.cursor();
                if !self.left_out.remove(&here) {
                    self.left_out.insert(here);
                }
                self.list.run("move.down");
            }
            "dialog.ok" | "dialog.save" if self.waiting => {}
            "dialog.ok" | "dialog.save" => {
                if let Some(why) = cx.session.refuses(Some(Operation::CreateTest), true) {
                    cx.toast(Level::Bad, why);
                } else if self.chosen() == 0 {
                    cx.toast(Level::Note, "every test is left out: esc closes the list");
                } else {
                    self.waiting = true;
                    let tests = self.found.tests.iter().enumerate();
                    let chosen = tests.filter(|(at, _)| !self.left_out.contains(at));
                    cx.change(CreateTests(chosen.map(|(_, missing)| missing.test.clone()).collect()));
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        self.waiting = false;
        if result.is_ok() {
            cx.close();
        }
        false
    }

    fn unsaved(&self) -> Option<String> {
        Some(format!("{} that were found are not added", count(self.found.tests.len())))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let title = format!("Missing tests ── {} of {} chosen", self.chosen(), self.found.tests.len());
        let inside = panel::window(frame, area, (area.width.min(140), area.height), &title, view);
        if inside.height < 8 {
            return;
        }
        let wide = inside.width as usize;
        let say = |frame: &mut Frame<'_>, y: u16, text: &str, role: Role| {
            let line = Line::styled(clean::fit(text, wide).into_owned(), view.style(role));
            frame.render_widget(line, Rect { y, height: 1, ..inside });
        };
        say(frame, inside.y, &format!(" covered now: {}", self.found.before), Role::Dim);
        say(frame, inside.y + 1, &format!(" with all of them: {}", self.found.after), Role::Good);
        let half = (inside.height - 4) / 2;
        let rows = Rect { y: inside.y + 2, height: half, ..inside };
        self.list.draw(frame, rows, view, |at| {
            let Missing { test, adds } = &self.found.tests[at];
            let mark = if self.left_out.contains(&at) { " " } else { "x" };
            let about = format!("{} · {}", test.customer_phone_number, test.test_date_time);
            Line::from(vec![
                Span::styled(
                    format!(" [{mark}] {}", clean::pad(&test.name, (wide / 2).saturating_sub(6))),
                    view.style(if mark == "x" { Role::Text } else { Role::Dim }),
                ),
                Span::styled(
                    clean::fit(&format!("covers {adds} more · {about}"), wide / 2).into_owned(),
                    view.style(Role::Dim),
                ),
            ])
        });
        say(frame, rows.bottom(), &format!("── Script {}", "─".repeat(wide)), Role::Title);
        if let Some(missing) = self.found.tests.get(self.list.cursor()) {
            let room = inside.bottom().saturating_sub(rows.bottom() + 2);
            let lines = missing.test.payload.lines().take(room as usize);
            let lines = lines.map(|line| Line::raw(format!(" {}", clean::fit(line, wide.saturating_sub(2)))));
            panel::lines(frame, Rect { y: rows.bottom() + 1, height: room, ..inside }, lines);
        }
        let keys =
            if self.waiting { " adding…" } else { " enter add them  space leave out or take  esc close" };
        say(frame, inside.bottom() - 1, keys, Role::Dim);
    }
}
