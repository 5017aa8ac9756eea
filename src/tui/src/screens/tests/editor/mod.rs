//! The editor of a test: its fields, and its script as text that is checked while it is typed.

mod draw;
mod locked;
mod text;

use std::cell::Cell;
use std::path::PathBuf;

use connect_rules_engine::replay::Verdict;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::entity::{Entity, Rev};
use connect_rules_store::service::Edit;
use connect_rules_store::service::tests::{CreateTest, UpdateTest};
use connect_rules_store::{Applied, Error, Operation};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::draft::{Draft, path as draft_path};
use super::{Saved, script};
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Dialog, Diff, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::theme::Role;
use crate::times;
use crate::widgets::Editor;
use crate::widgets::form::{Did, Field, Form, Kind};

/// Rows of remarks below the script.
const REMARKS: u16 = 4;
/// From this width on, fields stand beside the script.
const WIDE: u16 = 130;

/// Something said about the script.
struct Remark {
    line: Option<usize>,
    role: Role,
    text: String,
}

/// The editor.
pub struct TestEditor {
    title: String,
    /// The test as it was read and its version; none for a new one.
    old: Option<(TestDocument, Rev)>,
    form: Form,
    script: Editor,
    initial: String,
    in_script: bool,
    refused: Vec<(String, String)>,
    remarks: Vec<Remark>,
    tried: Option<(String, Vec<Remark>)>,
    verdicts: Vec<(usize, Verdict)>,
    waiting: bool,
    /// Why the test cannot be changed here, if so.
    locked: Option<String>,
    draft: Option<PathBuf>,
    top: Cell<usize>,
    height: Cell<usize>,
}

/// Agreement to lose what was typed.
struct Leave;

/// Agreement to write over what somebody else stored meanwhile.
struct Over(TestDocument, Rev);

impl TestEditor {
    /// The editor of a stored test, or of a new one that begins as the given document.
    pub fn new(test: &TestDocument, old: Option<(TestDocument, Rev)>, cx: &Cx<'_>) -> Self {
        let zone = cx.data.and_then(|data| data.workspace.zone());
        let zone_name = zone.and_then(|zone| zone.iana_name()).unwrap_or("UTC").to_owned();
        let attributes = script::json_text(&Value::from(test.contact_attributes.clone()));
        let mocks = test.mocks.as_ref().map(script::json_text).unwrap_or_default();
        let versions = vec!["1".to_owned(), "2".to_owned()];
        let locked = old.as_ref().and_then(|_| cx.session.refuses(Some(Operation::UpdateTest), true));
        let fields = vec![
            Field::new("name", "Name", Kind::Line, &test.name).hint("2 to 64 of A-Z a-z 0-9 space - _"),
            Field::new("folder", "Folder", Kind::Pick, &test.folder).hint("as /Cards/Lost; enter lists the folders there are"),
            Field::new("endPoint", "End point", Kind::Pick, &test.end_point).hint("which end point is called; enter lists them"),
            Field::new("customerPhoneNumber", "Caller", Kind::Line, &test.customer_phone_number).hint("a number such as +61400111222, or anonymous"),
            Field::new("testDateTime", "Date and time", Kind::Line, &times::typed(&test.test_date_time, zone))
                .hint(format!("of the call, in {zone_name}: 2023-06-14 08:15; UTC with a Z at the end")),
            Field::new("contactAttributes", "Attributes", Kind::Line, &attributes).hint("contact attributes at the start, as a JSON object"),
            Field::new("testReference", "Reference", Kind::Line, &test.test_reference).hint("external case number, at most 1024 characters"),
            Field::new("description", "Description", Kind::Line, &test.description).hint("at most 1024 characters"),
            Field::new("productionReady", "Production ready", Kind::Flag, if test.production_ready { "true" } else { "false" })
                .hint("only such tests are imported elsewhere; space turns it"),
            Field::new("scriptVersion", "Script version", Kind::Choice(versions), &test.script_version.to_string())
                .hint("2 knows hangup, one line per transfer, and may end with an input; it is never raised by itself"),
            Field::new("mocks", "Offline answers", Kind::Line, &mocks).hint("bots and functions of this test alone, as JSON: {\"lex\":{…},\"functions\":{…}}; empty for none"),
        ];
        let fixed = |field: Field| if locked.is_some() { field.fixed() } else { field };
        let form = Form::new(fields.into_iter().map(fixed).collect());
        let mut payload = Editor::area(&test.payload);
        payload.jump(0, 0);
        let title = match &old {
            Some((old, _)) if locked.is_some() => format!("Test ── {} ── cannot be changed", old.name),
            Some((old, _)) => format!("Edit test ── {}", old.name),
            None => "New test".to_owned(),
        };
        let mut editor = TestEditor {
            title,
            in_script: old.is_some(),
            old,
            form,
            initial: payload.text(),
            script: payload,
            refused: Vec::new(),
            remarks: Vec::new(),
            tried: None,
            verdicts: Vec::new(),
            waiting: false,
            locked,
            draft: draft_path(cx.session),
            top: Cell::new(0),
            height: Cell::new(1),
        };
        editor.remark(cx);
        editor
    }

    /// The editor as a draft left it.
    pub fn restored(draft: Draft, cx: &Cx<'_>) -> Self {
        let old = draft.base.map(|base| (base, draft.rev));
        let blank = super::blank(cx, "/");
        let mut editor = TestEditor::new(old.as_ref().map_or(&blank, |(base, _)| base), old.clone(), cx);
        for (id, value) in &draft.fields {
            if let Some(field) = editor.form.field_mut(id) {
                field.set(value);
            }
        }
        editor.script.set(&draft.script);
        editor.script.jump(0, 0);
        editor.changed_text(cx);
        editor
    }

    /// Puts the cursor on a line of the script.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Self {
        self.script.jump(line.saturating_sub(1), 0);
        self
    }

    fn changes(&self) -> usize {
        self.form.changes() + usize::from(self.script.text() != self.initial)
    }

    fn did(&mut self, did: Did, cx: &mut Cx<'_>) -> bool {
        match did {
            Did::Nothing => return false,
            Did::Moved | Did::Pressed(_) => {}
            Did::Changed => self.changed_text(cx),
            Did::Pick(id) => self.pick(&id, cx),
        }
        true
    }

    fn pick(&self, id: &str, cx: &mut Cx<'_>) {
        let Some(field) = self.form.field(id) else { return };
        let mut candidates: Vec<Candidate> = match (&field.kind, cx.data) {
            (Kind::Choice(options), _) => {
                options.iter().map(|option| Candidate::plain(option.as_str())).collect()
            }
            (_, Some(data)) if id == "endPoint" => {
                let lead = |name: &str| {
                    data.workspace.find_by_end_point(name).map_or_else(
                        || "leads nowhere".to_owned(),
                        |at| data.workspace.active(at).name.to_string(),
                    )
                };
                data.snapshot
                    .end_points
                    .iter()
                    .map(|it| Candidate::plain(Text::clone(&it.name)).detail(lead(&it.name)))
                    .collect()
            }
            (_, Some(data)) => super::folders(data),
            _ => Vec::new(),
        };
        candidates.sort_by(|a, b| a.label.cmp(&b.label));
        let choose = Choose::new(field.label.clone(), id, cx.me(), candidates).at(&field.value());
        let free = !matches!(field.kind, Kind::Choice(_));
        cx.open(if free { choose.free() } else { choose });
    }

    fn submit(&mut self, cx: &mut Cx<'_>) {
        if self.waiting {
            return;
        }
        self.remark(cx);
        self.form.set_errors(&self.refused);
        if let Some((first, why)) = self.refused.first().cloned() {
            let payload_only = self.refused.iter().all(|(id, _)| id == "payload");
            self.in_script = payload_only || !self.form.focus_first_error();
            let count = self.refused.len();
            let fields = if count == 1 { "field is" } else { "fields are" };
            cx.toast(Level::Bad, format!("not saved: {count} {fields} refused; {first}: {why}"));
            return;
        }
        let (test, _) = self.document(cx);
        self.waiting = true;
        cx.send(ScreenId::Tests, Saved { folder: Text::clone(&test.folder), name: Text::clone(&test.name) });
        match &self.old {
            None => cx.change(CreateTest(test)),
            Some((old, rev)) => {
                let edit = Edit { base: Entity::Test(old.clone()), rev: *rev, mine: Entity::Test(test) };
                cx.change(UpdateTest(edit));
            }
        }
    }

    fn next_remark(&mut self) {
        let here = self.script.cursor().0 + 1;
        let mut lines: Vec<usize> = self.said().filter_map(|remark| remark.line).collect();
        lines.sort_unstable();
        let next = lines.iter().find(|line| **line > here).or(lines.first()).copied();
        if let Some(line) = next {
            self.in_script = true;
            self.script.jump(line - 1, 0);
        }
    }

    fn insert(&mut self, kind: &str, cx: &Cx<'_>) {
        let Some((_, sample, _)) = script::SAMPLES.iter().find(|(name, ..)| *name == kind) else { return };
        let row = self.script.cursor().0;
        let empty = self.script.lines().get(row).is_none_or(|line| line.trim().is_empty());
        self.script.key(KeyEvent::from(KeyCode::End));
        self.script.paste(&if empty { (*sample).to_owned() } else { format!("\n{sample}") });
        self.in_script = true;
        self.changed_text(cx);
    }

    fn step(&mut self, forward: bool) {
        let takes: Vec<&str> = ["name", "mocks"].to_vec();
        let edge =
            self.form.focused().is_some_and(|field| field.id == if forward { takes[1] } else { takes[0] });
        match (self.in_script, edge) {
            (true, _) => {
                self.in_script = false;
                self.form.focus_on(if forward { takes[0] } else { takes[1] });
            }
            (false, true) => self.in_script = true,
            (false, false) => self.form.step(forward),
        }
    }

    fn page(&mut self, forward: bool) {
        let (row, column) = self.script.cursor();
        let page = self.height.get().saturating_sub(1).max(1);
        let last = self.script.lines().len().saturating_sub(1);
        self.script.jump(if forward { (row + page).min(last) } else { row.saturating_sub(page) }, column);
    }
}

impl Dialog for TestEditor {
    fn place(&self) -> &'static str {
        "dialog.testEdit"
    }

    fn help_page(&self) -> Option<String> {
        Some(if self.in_script { "guide/script" } else { "screen/Tests" }.to_owned())
    }

    fn typing(&self) -> bool {
        self.locked.is_none() && (self.in_script || self.form.typing())
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if self.locked.is_some() || matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
            return false;
        }
        if self.in_script {
            let before = self.script.text();
            let used = self.script.key(key);
            if used && self.script.text() != before {
                self.changed_text(cx);
            }
            return used;
        }
        let did = self.form.key(key);
        self.did(did, cx)
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if let Some(why) = self.locked.clone() {
            cx.toast(Level::Bad, why);
        } else if self.in_script {
            self.script.paste(text);
            self.changed_text(cx);
        } else {
            let did = self.form.paste(text);
            self.did(did, cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        if let Some(used) = self.run_locked(command, cx) {
            return used;
        }
        match command {
            "dialog.cancel" if self.changes() > 0 => {
                let owner = cx.me();
                let body = "What you typed would be lost.";
                cx.open(Confirm::new("Leave the test?", body, "Leave", Then::Answer(owner, Box::new(Leave))));
            }
            "dialog.cancel" => cx.close(),
            "dialog.save" => self.submit(cx),
            "dialog.ok" if !self.in_script => match self.form.focused().map(|field| &field.kind) {
                Some(Kind::Pick | Kind::Choice(_)) => {
                    let did = self.form.key(KeyEvent::from(KeyCode::Enter));
                    self.did(did, cx);
                }
                _ => self.step(true),
            },
            "tests.edit.insert" => {
                let samples = script::SAMPLES.iter();
                let candidates = samples.map(|(name, sample, about)| {
                    Candidate::plain(*name).detail(format!("{about}: {sample}"))
                });
                cx.open(Choose::new("Insert a line", "insert", cx.me(), candidates.collect()));
            }
            "tests.edit.try" => self.try_it(cx),
            "tests.edit.next" => self.next_remark(),
            "pane.next" => self.step(true),
            "pane.previous" => self.step(false),
            "move.pageUp" if self.in_script => self.page(false),
            "move.pageDown" if self.in_script => self.page(true),
            // The edges of the script keep the cursor where it is.
            "move.up" | "move.down" => {}
            _ => return false,
        }
        true
    }

    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        self.waiting = false;
        match result {
            Ok(_) => {
                if let Some(path) = self.draft.clone() {
                    cx.effects.push(Effect::RemoveFile(path));
                }
                cx.close();
                false
            }
            Err(Error::Invalid { problems, .. }) => {
                let errors: Vec<_> = problems
                    .iter()
                    .map(|it| (it.place.clone(), format!("{}; {}", it.what, it.fix)))
                    .collect();
                self.form.set_errors(&errors);
                let found = self.form.focus_first_error();
                self.in_script &= !found;
                if found {
                    cx.toast(Level::Bad, "not saved: see the marked fields");
                }
                found
            }
            Err(error @ Error::Conflict { field, .. }) if self.form.field(field).is_some() => {
                self.form.set_errors(&[((*field).to_owned(), error.to_string())]);
                self.in_script = !self.form.focus_first_error();
                cx.toast(Level::Bad, format!("not saved: {error}"));
                true
            }
            Err(Error::Stale(stale)) => {
                let stored = stale.first().and_then(|it| Some((it.theirs.clone()?, it.stamp.clone()?)));
                if let Some((Entity::Test(theirs), stamp)) = stored {
                    let (mine, _) = self.document(cx);
                    let owner = cx.me();
                    let title = format!("{} changed it meanwhile: - stored, + yours", stamp.updated_by);
                    let diff = Diff::new(title, &as_text(&theirs), &as_text(&mine));
                    let over = Then::Answer(owner, Box::new(Over(theirs, stamp.rev)));
                    cx.open(diff.then("save mine over it", over));
                    cx.toast(Level::Bad, "not saved: others changed the same fields; what you typed is kept");
                } else {
                    // It was deleted meanwhile: what was typed can be saved as a new test.
                    self.old = None;
                    self.title = format!("New test ── {} was deleted meanwhile", self.form.value("name"));
                    cx.toast(Level::Bad, "not saved: the test was deleted meanwhile; ctrl-s creates it anew");
                }
                true
            }
            Err(_) => false,
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) if chosen.tag == "insert" => return self.insert(&chosen.value, cx),
            Ok(chosen) => {
                if let Some(field) = self.form.field_mut(&chosen.tag) {
                    field.set(&chosen.value);
                }
                return self.changed_text(cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Over>() {
            Ok(over) => {
                self.old = Some((over.0, over.1));
                return self.submit(cx);
            }
            Err(parcel) => parcel,
        };
        if parcel.is::<Leave>() {
            if let Some(path) = self.draft.clone() {
                cx.effects.push(Effect::RemoveFile(path));
            }
            cx.close();
        }
    }

    fn unsaved(&self) -> Option<String> {
        (self.changes() > 0).then(|| format!("{} has unsaved changes", self.title))
    }

    fn save_drafts(&mut self, cx: &mut Cx<'_>) {
        let Some(path) = self.draft.clone().filter(|_| self.changes() > 0) else { return };
        let draft = Draft {
            rev: self.old.as_ref().map_or(0, |(_, rev)| *rev),
            base: self.old.as_ref().map(|(old, _)| old.clone()),
            fields: self.form.fields().iter().map(|field| (field.id.clone(), field.value())).collect(),
            script: self.script.text(),
        };
        cx.effects.push(Effect::WriteFile { path, text: draft.text(), told: None });
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.draw_all(frame, area, view);
    }
}

/// A test as text for differences: its script file.
fn as_text(test: &TestDocument) -> String {
    connect_rules_engine::script::to_script_file(test)
}
