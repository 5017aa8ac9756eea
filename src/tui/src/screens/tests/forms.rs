//! The small dialogs of the Tests screen: move, copy, export, the plan of an import, the runs of this session.

use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::replay::select::in_folder;
use connect_rules_engine::script::{ExportHeader, ExportMethod, export_tests, to_script_file};
use connect_rules_engine::value::Text;
use connect_rules_engine::{collate, dates};
use connect_rules_store::exchange::ImportTests;
use connect_rules_store::service::Picked;
use connect_rules_store::service::tests::{CopyTests, MoveTests, OnSameName};
use connect_rules_store::{Kind as Sort, Snapshot};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::run::Run;
use super::verdict_role;
use crate::clean;
use crate::data::Data;
use crate::message::{Level, Owner};
use crate::overlay::{Confirm, Dialog, Edit, Submit, Then};
use crate::screen::{Cx, Request, ScreenId, View};
use crate::theme::Role;
use crate::times;
use crate::widgets::form::{Field, Form, Kind};
use crate::widgets::{List, panel};

/// The largest file that is imported, in bytes.
const LARGEST: u64 = 256 << 20;

/// What was worked out for an export.
pub struct Exported {
    /// Where it is to be written.
    pub path: PathBuf,
    /// What, or why not.
    pub text: Result<String, String>,
    /// Whether a file is there already.
    pub exists: bool,
    /// What to tell when it is written.
    pub told: String,
}

/// A file that was read, and what each way of importing it would do.
pub struct Read {
    /// Partial and full import, without and with tests that are not ready; why it cannot be imported.
    pub plans: Result<Vec<(ImportTests, Vec<String>)>, String>,
}

/// A path as it was typed, `~/` being the home folder.
pub fn path(typed: &str) -> PathBuf {
    let typed = typed.trim();
    match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

/// The form that moves tests to a folder.
pub fn move_tests(ids: &[Text], folder: &str, now: &Snapshot) -> Edit {
    let which: Vec<Picked> =
        ids.iter().map(|id| Picked { id: Text::clone(id), rev: Some(now.rev(Sort::Test, id)) }).collect();
    let form = Form::new(vec![
        Field::new("folder", "To folder", Kind::Pick, folder)
            .hint("as /Cards/Lost; enter lists the folders there are"),
    ]);
    let title = format!("Move {}", count(ids.len()));
    picks_folders(Edit::new(title, form, move |form, cx| {
        cx.change(MoveTests { which: which.clone(), folder: Text::from(form.value("folder").trim()) });
        Submit::Sent
    }))
}

/// The form that copies tests to a folder.
pub fn copy_tests(ids: Vec<Text>, folder: &str) -> Edit {
    let ways: Vec<String> = WAYS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let form = Form::new(vec![
        Field::new("folder", "To folder", Kind::Pick, folder)
            .hint("as /Cards/Lost; enter lists the folders there are"),
        Field::new("taken", "If the name is there", Kind::Choice(ways), WAYS[0].0)
            .hint("what becomes of a test whose name is taken in that folder"),
    ]);
    let title = format!("Copy {}", count(ids.len()));
    picks_folders(Edit::new(title, form, move |form, cx| {
        let taken = form.value("taken");
        let on_same_name =
            WAYS.iter().find(|(name, _)| *name == taken).map_or(OnSameName::Refuse, |(_, way)| *way);
        cx.change(CopyTests {
            ids: ids.clone(),
            folder: Text::from(form.value("folder").trim()),
            on_same_name,
        });
        Submit::Sent
    }))
}

const WAYS: [(&str, OnSameName); 4] = [
    ("number the copy", OnSameName::Rename),
    ("leave it out", OnSameName::Skip),
    ("write over it", OnSameName::Replace),
    ("refuse everything", OnSameName::Refuse),
];

fn picks_folders(edit: Edit) -> Edit {
    edit.check(|form, _| {
        let found = connect_rules_engine::script::check_folder(form.value("folder").trim(), "folder");
        found.map(|it| (it.at, format!("{}; {}", it.message, it.fix))).into_iter().collect()
    })
    .candidates(|_, _, cx| cx.data.map(|data| super::folders(data)).unwrap_or_default())
}

/// `1 test`, `3 tests`.
pub fn count(tests: usize) -> String {
    if tests == 1 { "1 test".to_owned() } else { format!("{tests} tests") }
}

/// The form that exports tests: those marked, a folder, or all.
pub fn export(marked: Vec<Text>, folder: &Text, now: i64, zone: Option<&jiff::tz::TimeZone>) -> Edit {
    let here = format!("folder {folder}");
    let below = format!("folder {folder} and below");
    let chosen = format!("the selected {}", count(marked.len()));
    let mut ways = vec![below.clone(), here.clone(), "all tests".to_owned()];
    if !marked.is_empty() {
        ways.insert(0, chosen.clone());
    }
    let stamp = times::seconds(now, zone).replace(' ', "T").replace(':', "");
    let kind = if marked.is_empty() { "Folder" } else { "Selected" };
    let name = format!("Tests-{kind}-{}.json", &stamp[..stamp.len().saturating_sub(2)]);
    let first = ways[0].clone();
    let form = Form::new(vec![
        Field::new("which", "What", Kind::Choice(ways), &first).hint("left and right change it"),
        Field::new("file", "File", Kind::Line, &name)
            .hint("JSON as the original reads it; a name in .rescript takes one test as text"),
    ]);
    let folder = Text::clone(folder);
    let done = move |form: &Form, cx: &mut Cx<'_>| {
        let Some(data) = cx.data.cloned() else { return Submit::Refused("nothing is read yet".to_owned()) };
        let which = form.value("which");
        let method = match which {
            _ if which == chosen => ExportMethod::Selected,
            _ if which == here => ExportMethod::Folder { folder: Text::clone(&folder), recursive: false },
            _ if which == below => ExportMethod::Folder { folder: Text::clone(&folder), recursive: true },
            _ => ExportMethod::All,
        };
        let header = ExportHeader {
            version: Text::from(env!("CARGO_PKG_VERSION")),
            environment_name: Text::from(cx.session.environment.name.as_str()),
            method,
            exported_by: Text::clone(&cx.session.actor.user),
            exported_at: Text::from(dates::iso_utc(cx.session.clock.now())),
        };
        let path = path(&form.value("file"));
        let ids = marked.clone();
        cx.send(
            ScreenId::Tests,
            super::Start::Export(Box::new(move || exported(&data, &header, &ids, path))),
        );
        Submit::Done
    };
    Edit::new("Export tests", form, done).check(|form, _| {
        let empty = form.value("file").trim().is_empty();
        empty.then(|| ("file".to_owned(), "name a file".to_owned())).into_iter().collect()
    })
}

fn exported(data: &Data, header: &ExportHeader, ids: &[Text], path: PathBuf) -> Exported {
    let wanted = |id: &Option<Text>| id.as_ref().is_some_and(|id| ids.contains(id));
    let tests: Vec<_> = data
        .snapshot
        .tests
        .iter()
        .filter(|test| match &header.method {
            ExportMethod::Selected => wanted(&test.test_id),
            ExportMethod::Folder { folder, recursive } => in_folder(&test.folder, folder, *recursive),
            ExportMethod::All | ExportMethod::Backup => true,
        })
        .map(|test| connect_rules_engine::script::TestDocument::clone(test))
        .collect();
    let as_script = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("rescript"));
    let text = match tests.as_slice() {
        [] => Err("there is no test to export".to_owned()),
        [one] if as_script => Ok(to_script_file(one)),
        _ if as_script => Err("a .rescript file holds one test: select one, or name a .json file".to_owned()),
        tests => export_tests(header, tests, collate::compare).map_err(|error| error.to_string()),
    };
    let told = format!("exported {} to {}", count(tests.len()), path.display());
    Exported { exists: path.symlink_metadata().is_ok(), path, text, told }
}

/// Reads a file of tests and works out what importing it would do.
pub fn read(path: &std::path::Path, data: &Data) -> Read {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let size = match std::fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(error) => return Read { plans: Err(told(error)) },
    };
    if size > LARGEST {
        return Read { plans: Err(format!("{}: too large, {size} bytes", path.display())) };
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Read { plans: Err(told(error)) },
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut plans = Vec::new();
    for (full, include_not_ready) in [(false, false), (true, false), (false, true), (true, true)] {
        let import =
            ImportTests { full, include_not_ready, ..ImportTests::new(name.as_str(), text.as_str()) };
        match import.preview(&data.snapshot) {
            Ok(plan) => plans.push((import, plan.lines())),
            Err(error) => return Read { plans: Err(error.explain().to_string()) },
        }
    }
    Read { plans: Ok(plans) }
}

/// What an import would do, before it is done.
pub struct ImportDialog {
    plans: Vec<(ImportTests, Vec<String>)>,
    full: bool,
    drafts: bool,
    list: List,
}

impl ImportDialog {
    /// The plans of a file, in the order of [`Read`].
    pub fn new(plans: Vec<(ImportTests, Vec<String>)>) -> Self {
        let mut dialog = ImportDialog { plans, full: false, drafts: false, list: List::new(0) };
        dialog.list.resize(dialog.plan().1.len().saturating_sub(1));
        dialog
    }

    fn plan(&self) -> &(ImportTests, Vec<String>) {
        &self.plans[usize::from(self.full) + 2 * usize::from(self.drafts)]
    }
}

impl Dialog for ImportDialog {
    fn place(&self) -> &'static str {
        "dialog.importTests"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "tests.import.full" => self.full = !self.full,
            "tests.import.drafts" => self.drafts = !self.drafts,
            "dialog.ok" | "dialog.save" => {
                let (import, lines) = self.plan();
                let summary = lines.last().cloned().unwrap_or_default();
                let how =
                    if import.full { "Full import: tests that are not in the file are deleted." } else { "" };
                let body = format!("{}\n{summary}\n{how}", import.file);
                let then = Then::Change(Owner::Screen(ScreenId::Tests), Box::new(import.clone()));
                cx.close();
                cx.open(Confirm::new("Import tests?", body, "Import", then).guarded(&cx.session.environment));
            }
            _ => return self.list.run(command),
        }
        self.list.resize(self.plan().1.len().saturating_sub(1));
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let (import, lines) = self.plan();
        let title = format!("Import {} ── nothing is written yet", import.file);
        let height = (lines.len() as u16).saturating_add(6).clamp(8, area.height);
        let inside = panel::window(frame, area, (area.width.min(100), height), &title, view);
        if inside.height < 4 {
            return;
        }
        let turn = |on: bool| if on { "x" } else { " " };
        let switches = format!(
            " [{}] f full: delete what is not in the file   [{}] r take tests that are not production ready",
            turn(self.full),
            turn(self.drafts)
        );
        let wide = inside.width as usize;
        frame.render_widget(
            Line::styled(clean::fit(&switches, wide).into_owned(), view.style(Role::Text)),
            Rect { height: 1, ..inside },
        );
        let summary = lines.last().map_or("", String::as_str);
        frame.render_widget(
            Line::styled(
                format!(" {}", clean::fit(summary, wide.saturating_sub(2))),
                view.style(Role::Title),
            ),
            Rect { y: inside.y + 1, height: 1, ..inside },
        );
        let body = Rect { y: inside.y + 2, height: inside.height - 3, ..inside };
        self.list.draw(frame, body, view, |at| {
            let line = &lines[at];
            let role = if line.starts_with("delete") { Role::Bad } else { Role::Text };
            Line::styled(format!(" {}", clean::fit(line, wide.saturating_sub(2))), view.style(role))
        });
        frame.render_widget(
            Line::styled(" enter import…  esc cancel  ↑↓ scroll", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

/// What a person chose in the list of runs.
pub enum FromRuns {
    /// Show the run at that position.
    Show(usize),
    /// Export the run at that position.
    Export(usize),
}

/// The runs of this session, the newest first.
pub struct Runs {
    all: Vec<Arc<Run>>,
    list: List,
    failures: bool,
}

impl Runs {
    /// A list of these, the newest first.
    pub fn new(runs: Vec<Arc<Run>>) -> Self {
        Runs { list: List::new(runs.len()), all: runs, failures: false }
    }

    fn shown(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|at| !self.failures || self.all[*at].counts().failed > 0).collect()
    }

    fn answer(&self, answer: impl FnOnce(usize) -> FromRuns, cx: &mut Cx<'_>) {
        if let Some(at) = self.shown().get(self.list.cursor()) {
            cx.close();
            cx.requests.push(Request::Send(ScreenId::Tests, Box::new(answer(*at))));
        } else {
            cx.toast(Level::Note, "there is no run in the list");
        }
    }
}

impl Dialog for Runs {
    fn place(&self) -> &'static str {
        "dialog.runs"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "dialog.ok" => self.answer(FromRuns::Show, cx),
            "tests.runs.export" => self.answer(FromRuns::Export, cx),
            "tests.runs.failures" => {
                self.failures = !self.failures;
                self.list.resize(self.shown().len());
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let shown = self.shown();
        let title = format!("Runs of this session ({} of {})", shown.len(), self.all.len());
        let height = (shown.len() as u16).saturating_add(5).clamp(7, area.height);
        let inside = panel::window(frame, area, (area.width.min(110), height), &title, view);
        if inside.height < 3 {
            return;
        }
        let wide = inside.width as usize;
        let head = format!(
            " {} {} {}",
            clean::pad("when", 19),
            clean::pad("what", wide.saturating_sub(62)),
            "tests  result"
        );
        frame.render_widget(
            Line::styled(clean::fit(&head, wide).into_owned(), view.style(Role::Dim)),
            Rect { height: 1, ..inside },
        );
        let body = Rect { y: inside.y + 1, height: inside.height - 2, ..inside };
        if shown.is_empty() {
            panel::notice(frame, body, "no run yet", view);
        }
        self.list.draw(frame, body, view, |at| {
            let run = &self.all[shown[at]];
            let zone = run.data.workspace.zone();
            let what = format!("{} · {}", run.wanted.what, run.user);
            let text = format!(
                " {} {} {:>5}  ",
                times::seconds(run.started, zone),
                clean::pad(&what, wide.saturating_sub(62)),
                run.counts().total()
            );
            Line::from(vec![
                Span::styled(text, view.style(Role::Text)),
                Span::styled(
                    clean::fit(&run.status(), 34).into_owned(),
                    view.style(verdict_role(run.counts().verdict())),
                ),
            ])
        });
        frame.render_widget(
            Line::styled(" enter show  e export  t failures only  esc close", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
