//! The screen Tests: recorded calls as scripts in folders, run on the engine, each failing line with what was
//! expected and what came, and what of the rules they cover.

mod coverage;
mod deeds;
mod draft;
mod draw;
mod editor;
mod forms;
mod keys;
mod missing;
mod reports;
mod run;
mod screen;
mod script;
mod shown;
mod walk;
mod work;

pub(crate) use script::SAMPLES;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::coverage::CoverageDetail;
use connect_rules_engine::replay::Verdict;
use connect_rules_engine::value::Text;
use coverage::Coverage;
use draft::Draft;
use forms::Exported;
use run::{Live, Played, Run};
use rustc_hash::FxHashMap;
use script::Row;

use crate::data::Data;
use crate::overlay::Candidate;
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::tree::Tree;
use crate::widgets::{Editor, List};

use deeds::blank;
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

/// What is to become of the draft of a test that was offered at the start.
pub enum TestDraft {
    /// It is opened.
    Open,
    /// It was discarded.
    Gone,
}

/// File and name of the draft of a test, if one is kept.
pub fn draft_kept(session: &Session) -> Option<(PathBuf, String)> {
    let path = draft::path(session)?;
    let draft = Draft::read(&std::fs::read_to_string(&path).ok()?)?;
    Some((path, draft.name()))
}

/// A draft that was found.
struct Found(Option<Draft>);

/// What the rows of the script pane were made from.
#[derive(Clone, PartialEq, Eq)]
struct Shown {
    key: Text,
    run: Option<i64>,
    mark: Text,
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
    /// Columns for what is said about lines.
    room: usize,
    left: usize,
    expanded: bool,
    open: HashSet<usize>,
    coverage: Coverage,
    saved: Option<Saved>,
    draft: Option<Draft>,
    /// Whether a search for missing tests runs.
    searching: bool,
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
            room: 60,
            left: 0,
            expanded: false,
            open: HashSet::new(),
            coverage: Coverage::default(),
            saved: None,
            draft: None,
            searching: false,
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
