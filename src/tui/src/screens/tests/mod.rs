//! The screen Tests: recorded calls as scripts in folders, run on the engine, each failing line with what was
//! expected and what came, and what of the rules they cover.

mod coverage;
mod draft;
mod draw;
mod editor;
mod forms;
mod keys;
mod run;
mod script;
mod times;

pub(crate) use script::SAMPLES;

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use connect_rules_engine::coverage::CoverageDetail;
use connect_rules_engine::replay::Verdict;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text};
use connect_rules_store::Kind as Sort;
use connect_rules_store::service::Picked;
use connect_rules_store::service::tests::DeleteTests;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use rustc_hash::FxHashMap;

use crate::data::Data;
use crate::message::{Effect, Level, Owner, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Explain, Then, edit};
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::screens::home::TestRun;
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::tree::{Leaf, Tree};
use crate::widgets::{Editor, List};

use coverage::Coverage;
use draft::Draft;
use editor::TestEditor;
use forms::{Exported, FromRuns, ImportDialog, Read, Runs};
use run::{Live, Played, Run, Wanted};
use script::{Leads, Row};

pub use keys::KEYS;

/// How many runs of the session are kept, with the rules they ran on.
const KEPT: usize = 5;
/// Names that a question lists.
const LISTED: usize = 10;

/// What the last run covered, for the graph; the Tests screen sends it to the Graph screen.
pub struct Covered(pub Arc<CoverageDetail>);

/// A pane of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Tree,
    Script,
    Coverage,
}

/// The test that the editor is about to save: the cursor goes to it.
struct Saved {
    folder: Text,
    name: Text,
}

/// Work that a dialog leaves to the screen.
enum Start {
    /// Work out an export.
    Export(Box<dyn FnOnce() -> Exported + Send>),
}

/// A run to write as a document, worked out.
struct Written(Exported);

/// A draft that was found.
struct Found(Option<Draft>);

/// What the rows of the script pane were made from.
#[derive(Clone, PartialEq, Eq)]
struct Shown {
    key: Text,
    run: Option<i64>,
    mark: Text,
    room: usize,
}

/// The screen.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Tests {
    tree: Tree,
    /// Position in the snapshot by identifier.
    index: FxHashMap<Text, usize>,
    marked: BTreeSet<Text>,
    pane: Pane,
    tree_filter: Editor,
    coverage_filter: Editor,
    typing: bool,
    failures_only: bool,
    /// Tests that the tree shows.
    counted: usize,
    /// The newest first.
    runs: VecDeque<Arc<Run>>,
    /// The run that is shown.
    run: Option<Arc<Run>>,
    live: Option<Arc<Live>>,
    /// Whether rules changed since the run that is shown.
    stale: bool,
    /// Tests that changed since.
    edited: HashSet<Text>,
    shown: Option<Shown>,
    played: Option<Played>,
    headline: Option<String>,
    rows: Vec<Row>,
    script: List,
    /// Columns for what is said about lines, as drawn last.
    room: Cell<usize>,
    left: usize,
    expanded: bool,
    open: HashSet<usize>,
    coverage: Coverage,
    saved: Option<Saved>,
    draft: Option<Draft>,
    asked_for_draft: bool,
}

impl Tests {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Tests {
            tree: Tree::default(),
            index: FxHashMap::default(),
            marked: BTreeSet::new(),
            pane: Pane::Tree,
            tree_filter: Editor::line(""),
            coverage_filter: Editor::line(""),
            typing: false,
            failures_only: false,
            counted: 0,
            runs: VecDeque::new(),
            run: None,
            live: None,
            stale: false,
            edited: HashSet::new(),
            shown: None,
            played: None,
            headline: None,
            rows: Vec::new(),
            script: List::new(0),
            room: Cell::new(60),
            left: 0,
            expanded: false,
            open: HashSet::new(),
            coverage: Coverage::default(),
            saved: None,
            draft: None,
            asked_for_draft: false,
        }
    }

    fn filter_of(&self, pane: Pane) -> Option<&Editor> {
        let filter = if pane == Pane::Coverage { &self.coverage_filter } else { &self.tree_filter };
        let typed = self.typing && (self.pane == Pane::Coverage) == (pane == Pane::Coverage);
        (typed || !filter.is_empty()).then_some(filter)
    }

    fn filtered(&mut self) {
        if self.pane == Pane::Coverage {
            self.coverage.set_filter(&self.coverage_filter.text());
        } else {
            self.tree.set_filter(&self.tree_filter.text());
            self.count();
        }
    }

    fn count(&mut self) {
        // Closed folders hide tests that are counted nevertheless.
        let branches = self.tree.rows().iter().filter(|row| row.depth == 0);
        self.counted = branches.map(|row| if row.open.is_some() { row.count } else { 1 }).sum();
    }

    /// The newest run that ran a test.
    fn run_of(&self, id: &str) -> Option<&Arc<Run>> {
        self.run.iter().chain(&self.runs).find(|run| run.by_id.contains_key(id))
    }

    fn leaves(&mut self, data: &Data) {
        let wanted = |id: &str| {
            !self.failures_only
                || self
                    .run
                    .as_ref()
                    .and_then(|run| run.outcome(id))
                    .is_some_and(|outcome| outcome.verdict != Verdict::Success)
        };
        let leaves = data
            .snapshot
            .tests
            .iter()
            .filter_map(|test| {
                let key = test.test_id.clone().filter(|id| wanted(id))?;
                Some(Leaf { folder: Text::clone(&test.folder), label: Text::clone(&test.name), key })
            })
            .collect();
        self.tree.set_leaves(leaves);
        self.count();
    }

    /// What of the shown run no longer holds.
    fn compare(&mut self, data: &Data) {
        self.stale = false;
        self.edited.clear();
        let Some(run) = &self.run else { return };
        let (then, now) = (&run.data.snapshot, &data.snapshot);
        if then.mark == now.mark {
            return;
        }
        self.stale = then.rule_sets != now.rule_sets
            || then.end_points != now.end_points
            || then.holidays != now.holidays
            || then.config != now.config;
        for id in run.by_id.keys() {
            if then.rev(Sort::Test, id) != now.rev(Sort::Test, id) {
                self.edited.insert(Text::clone(id));
            }
        }
    }

    /// Makes the script pane show what the cursor of the tree is on.
    fn sync(&mut self, cx: &Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(row) = self.tree.current() else {
            (self.shown, self.played, self.headline) = (None, None, None);
            self.rows.clear();
            self.script.resize(0);
            return;
        };
        let leaf = self.tree.leaf().cloned();
        let run = match &leaf {
            Some(id) => self.run_of(id).cloned(),
            None => self.run.clone(),
        };
        let shown = Shown {
            key: Text::clone(&row.key),
            run: run.as_ref().map(|run| run.started),
            mark: Text::clone(&data.snapshot.mark),
            room: self.room.get(),
        };
        if self.shown.as_ref() == Some(&shown) {
            return;
        }
        let same = self.shown.as_ref().is_some_and(|old| old.key == shown.key);
        self.shown = Some(shown);
        (self.played, self.headline) = (None, None);
        if !same {
            self.open.clear();
            self.left = 0;
        }
        if let (Some(id), Some(run)) = (&leaf, &run)
            && !self.edited.contains(id)
            && let Some(outcome) = run.outcome(id)
        {
            let played = run::play(&run.data, &cx.session.stubs, run.test(outcome));
            let since = if self.stale { " · rules changed since" } else { "" };
            self.headline = Some(format!("{}{since}", script::headline(&played)));
            self.played = Some(played);
        }
        self.write_rows(data);
        let first = script::first_failure(&self.rows);
        self.script.select(if same && first.is_none() { self.script.cursor() } else { first.unwrap_or(0) });
    }

    fn write_rows(&mut self, data: &Data) {
        self.rows = match self.tree.leaf().and_then(|id| self.index.get(id)) {
            Some(at) => {
                let test = &data.snapshot.tests[*at];
                script::rows(test, self.played.as_ref(), self.room.get(), |line| {
                    self.expanded || self.open.contains(&line)
                })
            }
            None => match &self.run {
                Some(run) => script::folder_rows(run, &self.tree.under(&self.tree.folder())),
                None => Vec::new(),
            },
        };
        self.script.resize(self.rows.len());
    }

    /// What a command of many works on: the marked tests, the one under the cursor, or those of its folder.
    fn chosen(&self) -> Vec<Text> {
        if !self.marked.is_empty() {
            return self.marked.iter().cloned().collect();
        }
        match self.tree.leaf() {
            Some(id) => vec![Text::clone(id)],
            None => self.tree.under(&self.tree.folder()),
        }
    }

    fn start(&mut self, wanted: Wanted, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        if wanted.ids.is_empty() {
            cx.toast(Level::Note, format!("there is no test in {}", wanted.what));
            return;
        }
        let title = format!("running {}", wanted.what);
        let live = Arc::new(Live::new(wanted, data.snapshot.tests.len()));
        self.live = Some(Arc::clone(&live));
        let (stubs, user) = (Arc::clone(&cx.session.stubs), Text::clone(&cx.session.actor.user));
        let now = cx.session.clock.now();
        cx.job(title, move |job| run::run(job, &live, &data, &stubs, user, now));
    }

    fn ended(&mut self, run: Run, cx: &mut Cx<'_>) {
        self.live = None;
        let run = Arc::new(run);
        let counts = run.counts();
        let level = if counts.failed > 0 { Level::Bad } else { Level::Good };
        cx.toast(level, format!("{}: {} · {}", run.wanted.what, run.status(), run.covered()));
        let (passed, total) = (counts.total() - counts.failed, counts.total());
        cx.send(ScreenId::Home, TestRun { passed, total, coverage: run.covered() });
        self.runs.push_front(Arc::clone(&run));
        self.runs.truncate(KEPT);
        self.show(run, cx);
    }

    fn show(&mut self, run: Arc<Run>, cx: &mut Cx<'_>) {
        cx.send(ScreenId::Graph, Covered(Arc::clone(&run.coverage)));
        self.coverage.set(Some(Arc::clone(&run.coverage)));
        self.run = Some(run);
        self.shown = None;
        if let Some(data) = cx.data {
            self.compare(data);
            if self.failures_only {
                self.leaves(data);
            }
        }
        self.sync(cx);
    }

    fn walk_failures(&mut self, forward: bool, cx: &mut Cx<'_>) {
        let Some(run) = &self.run else {
            cx.toast(Level::Note, "nothing was run yet: A runs all tests");
            return;
        };
        let order = self.tree.under("/");
        let failed: Vec<usize> = (0..order.len())
            .filter(|at| run.outcome(&order[*at]).is_some_and(|it| it.verdict == Verdict::Error))
            .collect();
        let here = self.tree.leaf().and_then(|id| order.iter().position(|other| other == id));
        let here = here.or_else(|| {
            let first = self.tree.under(&self.tree.folder());
            let at = order.iter().position(|other| Some(other) == first.first())?;
            if forward { at.checked_sub(1) } else { Some(at) }
        });
        let next = match (forward, here) {
            (true, Some(here)) => failed.iter().find(|at| **at > here).or(failed.first()),
            (false, Some(here)) => failed.iter().rev().find(|at| **at < here).or(failed.last()),
            (_, None) => failed.first(),
        };
        match next.map(|at| Text::clone(&order[*at])) {
            Some(id) => self.go_to(&id),
            None => cx.toast(Level::Note, "no test failed"),
        }
    }

    /// Puts the cursor on a test, whatever hides it.
    fn go_to(&mut self, id: &str) {
        if !self.tree.select(id) {
            self.tree_filter.set("");
            self.tree.set_filter("");
            self.tree.select(id);
            self.count();
        }
    }

    fn edit(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(test) = self.tree.leaf().and_then(|id| data.snapshot.test(id).ok()) else { return };
        let rev = data.snapshot.rev(Sort::Test, test.test_id.as_deref().unwrap_or_default());
        let line = self.rows.get(self.script.cursor()).and_then(|row| row.number);
        let line = line.or_else(|| {
            self.rows[..self.script.cursor().min(self.rows.len())].iter().rev().find_map(|row| row.number)
        });
        let editor = TestEditor::new(test, Some((test.clone(), rev)), cx);
        cx.open(editor.at_line(line.unwrap_or(1)));
    }

    fn delete(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let ids = self.chosen();
        let names: Vec<String> = ids
            .iter()
            .filter_map(|id| data.snapshot.tests.get(*self.index.get(id)?))
            .take(LISTED)
            .map(|test| format!("{} · {}", test.name, test.folder))
            .collect();
        let more =
            if ids.len() > LISTED { format!("\n… and {} more", ids.len() - LISTED) } else { String::new() };
        let seen =
            ids.iter().map(|id| Picked { id: Text::clone(id), rev: Some(data.snapshot.rev(Sort::Test, id)) });
        let action = DeleteTests(seen.collect());
        let title = format!("Delete {}?", forms::count(ids.len()));
        let then = Then::Change(Owner::Screen(ScreenId::Tests), Box::new(action));
        cx.open(
            Confirm::new(title, format!("{}{more}", names.join("\n")), "Delete", then)
                .guarded(&cx.session.environment),
        );
    }

    fn mark(&mut self) {
        let here = match self.tree.leaf() {
            Some(id) => vec![Text::clone(id)],
            None => self.tree.under(&self.tree.folder()),
        };
        if here.iter().all(|id| self.marked.contains(id)) {
            self.marked.retain(|id| !here.contains(id));
        } else {
            self.marked.extend(here);
        }
        self.tree.run("move.down");
    }

    fn follow(&mut self, leads: Leads, cx: &mut Cx<'_>) {
        match leads {
            Leads::Nowhere => cx.toast(Level::Note, "no rule is known here: run the test first"),
            Leads::Rule(set, rule) => cx.go(Target::Rule(set, rule)),
            Leads::Test(id) => {
                self.go_to(&id);
                self.pane = Pane::Script;
            }
        }
    }

    fn open_covered(&self, cx: &mut Cx<'_>) {
        let Some((set_name, rule_name)) = self.coverage.current() else { return };
        let set = cx.data.and_then(|data| data.rule_set_named(&set_name));
        let Some((set, id)) = set.and_then(|set| Some((set, set.id.clone()?))) else {
            cx.toast(Level::Note, format!("rule set {set_name} is not there any more"));
            return;
        };
        let rule = set.rules.iter().find(|rule| rule.name == rule_name).and_then(|rule| rule.id.clone());
        cx.go(rule
            .map_or_else(|| Target::RuleSet(Text::clone(&id)), |rule| Target::Rule(Text::clone(&id), rule)));
    }

    fn list_walkers(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let walkers: HashSet<(Text, Text)> = self.coverage.tests().into_iter().collect();
        let here = data
            .snapshot
            .tests
            .iter()
            .filter(|test| walkers.contains(&(Text::clone(&test.folder), Text::clone(&test.name))));
        let candidates: Vec<Candidate> = here
            .filter_map(|test| {
                let mut candidate = Candidate::plain(test.test_id.clone()?).detail(test.folder.to_string());
                candidate.label = test.name.to_string();
                Some(candidate)
            })
            .collect();
        if candidates.is_empty() {
            cx.toast(Level::Note, "no test of this run walks here");
            return;
        }
        cx.open(Choose::new("Tests that walk here", "walks", cx.me(), candidates));
    }

    fn chose(&mut self, chosen: &Chosen, cx: &mut Cx<'_>) {
        match chosen.tag.as_str() {
            "walks" => {
                self.go_to(&chosen.value);
                self.pane = Pane::Script;
            }
            "import" => {
                let Some(data) = cx.data.cloned() else { return };
                let path = forms::path(&chosen.value);
                cx.job("reading the file of tests", move |_| forms::read(&path, &data));
            }
            tag => {
                let run =
                    tag.strip_prefix("run ").and_then(|at| self.runs.get(at.parse::<usize>().ok()?)).cloned();
                let Some(run) = run else { return };
                let path = forms::path(&chosen.value);
                let stubs = Arc::clone(&cx.session.stubs);
                cx.job("writing the result", move |job| {
                    let text = run::document(job, &run, &stubs)
                        .ok_or_else(|| "stopped: nothing was written".to_owned());
                    let told = format!("result of {} written to {}", run.wanted.what, path.display());
                    Written(Exported { exists: path.symlink_metadata().is_ok(), path, text, told })
                });
            }
        }
    }

    fn exported(exported: Exported, cx: &mut Cx<'_>) {
        let Exported { path, text, exists, told } = exported;
        match text {
            Err(why) => cx.open(Explain::new("Not exported", why)),
            Ok(text) => {
                let body = format!("{} is there already.", path.display());
                let write = Effect::WriteFile { path, text, told: Some(told) };
                if exists {
                    cx.open(Confirm::new("Write over the file?", body, "Write over it", Then::Effect(write)));
                } else {
                    cx.effects.push(write);
                }
            }
        }
    }

    fn run_command(&mut self, command: &'static str, cx: &mut Cx<'_>) {
        let leaf = self.tree.leaf().cloned();
        let folder = self.tree.folder();
        match command {
            "tests.run" => match leaf {
                Some(id) => {
                    let name =
                        self.tree.current().map_or_else(String::new, |row| format!("test {}", row.label));
                    self.start(Wanted { what: name, folder, ids: vec![id] }, cx);
                }
                None => self.run_command("tests.runFolder", cx),
            },
            "tests.runFolder" => {
                let ids = self.tree.under(&folder);
                self.start(Wanted { what: format!("folder {folder}"), folder, ids }, cx);
            }
            "tests.runAll" if !self.marked.is_empty() => {
                let ids = self.tree.under("/").into_iter().filter(|id| self.marked.contains(id)).collect();
                self.start(
                    Wanted { what: format!("{} selected", self.marked.len()), folder: "/".into(), ids },
                    cx,
                );
            }
            "tests.runAll" => {
                let Some(data) = cx.data else { return };
                let ids = data.snapshot.tests.iter().filter_map(|test| test.test_id.clone()).collect();
                self.start(Wanted { what: "all tests".to_owned(), folder: "/".into(), ids }, cx);
            }
            "tests.again" => {
                if let Some(mut wanted) = self.run.as_ref().map(|run| run.wanted.clone()) {
                    wanted.ids.retain(|id| self.index.contains_key(id));
                    self.start(wanted, cx);
                }
            }
            _ => {}
        }
    }
}

/// The look of a verdict.
fn verdict_role(verdict: Verdict) -> Role {
    draw::look(verdict)
}

/// The folders that there are, to choose from.
fn folders(data: &Data) -> Vec<Candidate> {
    let names: BTreeSet<&Text> = data.snapshot.tests.iter().map(|test| &test.folder).collect();
    let mut out: Vec<Candidate> =
        names.into_iter().map(|folder| Candidate::plain(Text::clone(folder))).collect();
    if !out.iter().any(|candidate| &*candidate.value == "/") {
        out.insert(0, Candidate::plain("/"));
    }
    out
}

/// A new test in that folder.
fn blank(cx: &Cx<'_>, folder: &str) -> TestDocument {
    let end_point = cx.data.and_then(|data| Some(Text::clone(data.workspace.end_points().first()?.0)));
    TestDocument {
        test_id: None,
        name: Text::default(),
        production_ready: true,
        folder: Text::from(folder),
        test_reference: Text::default(),
        description: Text::default(),
        end_point: end_point.unwrap_or_default(),
        test_date_time: Text::from(run::seconds(cx.session.clock.now())),
        customer_phone_number: Text::from("anonymous"),
        contact_attributes: Map::new(),
        payload: Text::default(),
        script_version: 2,
        mocks: None,
    }
}

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
            "tests.again" if self.run.is_none() => "nothing was run yet: A runs all tests",
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
            cx.job("looking for drafts", move |_| {
                Found(std::fs::read_to_string(path).ok().and_then(|text| Draft::read(&text)))
            });
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Run>() {
            Ok(run) => return self.ended(*run, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => {
                self.chose(&chosen, cx);
                return self.sync(cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Start>() {
            Ok(start) => {
                let Start::Export(work) = *start;
                return cx.job("exporting tests", move |_| work());
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Exported>() {
            Ok(exported) => return Self::exported(*exported, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Written>() {
            Ok(written) => return Self::exported(written.0, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Read>() {
            Ok(read) => {
                return match read.plans {
                    Ok(plans) => cx.open(ImportDialog::new(plans)),
                    Err(why) => cx.open(Explain::new("The file cannot be imported", why)),
                };
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<FromRuns>() {
            Ok(chosen) => {
                match *chosen {
                    FromRuns::Show(at) => {
                        if let Some(run) = self.runs.get(at).cloned() {
                            self.show(run, cx);
                        }
                    }
                    FromRuns::Export(at) => {
                        let ask = edit::ask(
                            "Export the result as JSON",
                            "File",
                            "test-result.json",
                            &format!("run {at}"),
                            cx.me(),
                        );
                        cx.open(ask);
                    }
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Saved>() {
            Ok(saved) => {
                self.saved = Some(*saved);
                return;
            }
            Err(parcel) => parcel,
        };
        if let Ok(found) = parcel.downcast::<Found>() {
            self.draft = found.0;
            if let Some(draft) = &self.draft {
                cx.toast(Level::Note, format!("a draft of {} is kept: 4, then D opens it", draft.name()));
            }
        }
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

impl Tests {
    fn act(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "tests.run" | "tests.runFolder" | "tests.runAll" | "tests.again" => self.run_command(command, cx),
            "tests.stop" => {
                if let Some(live) = &self.live {
                    live.stop.store(true, Ordering::Relaxed);
                    cx.toast(Level::Note, "stopping the tests");
                }
            }
            "tests.open" if self.tree.leaf().is_none() => self.tree.toggle(),
            "tests.open" | "tests.step" => {
                if let Some(id) = self.tree.leaf() {
                    cx.go(Target::Replay(Text::clone(id)));
                }
            }
            "tests.edit" => self.edit(cx),
            "tests.new" => {
                let mut test = blank(cx, &self.tree.folder());
                if let Some(like) = self.tree.leaf().and_then(|id| cx.data?.snapshot.test(id).ok()) {
                    test.end_point = Text::clone(&like.end_point);
                }
                let editor = TestEditor::new(&test, None, cx);
                cx.open(editor);
            }
            "tests.copy" => cx.open(forms::copy_tests(self.chosen(), &self.tree.folder())),
            "tests.move" => {
                if let Some(data) = cx.data {
                    cx.open(forms::move_tests(&self.chosen(), &self.tree.folder(), &data.snapshot));
                }
            }
            "tests.delete" => self.delete(cx),
            "tests.draft" => {
                if let Some(draft) = self.draft.take() {
                    let editor = TestEditor::restored(draft, cx);
                    cx.open(editor);
                }
            }
            "tests.mark" => self.mark(),
            "tests.clear" => {
                self.marked.clear();
                self.tree_filter.set("");
                self.tree.set_filter("");
                self.count();
            }
            "tests.failures" => {
                self.failures_only = !self.failures_only;
                if let Some(data) = cx.data {
                    self.leaves(data);
                }
            }
            "tests.nextFailure" => self.walk_failures(true, cx),
            "tests.previousFailure" => self.walk_failures(false, cx),
            "tests.coverage" => {
                self.pane = if self.pane == Pane::Coverage { Pane::Tree } else { Pane::Coverage };
            }
            "tests.export" => {
                let zone = cx.data.and_then(|data| data.workspace.zone());
                let marked = self.marked.iter().cloned().collect();
                cx.open(forms::export(marked, &self.tree.folder(), cx.session.clock.now(), zone));
            }
            "tests.import" => cx.open(edit::ask("Import tests", "File", "", "import", cx.me())),
            "tests.runs" => cx.open(Runs::new(self.runs.iter().cloned().collect())),
            "tests.script.expand" | "tests.script.line" => {
                if command == "tests.script.expand" {
                    self.expanded = !self.expanded;
                    self.open.clear();
                } else if let Some(line) = self.rows.get(self.script.cursor()).and_then(|row| row.number)
                    && !self.open.remove(&line)
                {
                    self.open.insert(line);
                }
                if let Some(data) = cx.data {
                    self.write_rows(data);
                }
            }
            "tests.script.open" => {
                let leads =
                    self.rows.get(self.script.cursor()).map_or(Leads::Nowhere, |row| row.leads.clone());
                self.follow(leads, cx);
            }
            "tests.coverage.open" => self.open_covered(cx),
            "tests.coverage.walkers" => self.list_walkers(cx),
            "app.filter" => {
                self.typing = true;
                if self.pane == Pane::Script {
                    self.pane = Pane::Tree;
                }
            }
            "pane.next" | "pane.previous" => {
                let order = [Pane::Tree, Pane::Script, Pane::Coverage];
                let at = order.iter().position(|pane| *pane == self.pane).unwrap_or_default();
                self.pane = order[(at + if command == "pane.next" { 1 } else { 2 }) % 3];
            }
            _ => {
                return match self.pane {
                    Pane::Tree => self.tree.run(command),
                    Pane::Coverage => self.coverage.run(command),
                    Pane::Script => match command {
                        "move.left" => {
                            self.left = self.left.saturating_sub(8);
                            true
                        }
                        "move.right" => {
                            self.left += 8;
                            true
                        }
                        _ => self.script.run(command),
                    },
                };
            }
        }
        true
    }
}
