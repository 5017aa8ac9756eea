//! The editor of a test: its fields, and its script as text that is checked while it is typed.

use std::cell::Cell;
use std::path::PathBuf;

use connect_rules_engine::json;
use connect_rules_engine::replay::Verdict;
use connect_rules_engine::script::{Severity, TestDocument, check_test, lint_script};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::entity::{Entity, Rev};
use connect_rules_store::service::Edit;
use connect_rules_store::service::tests::{CreateTest, UpdateTest};
use connect_rules_store::{Applied, Error};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::draft::{Draft, path as draft_path};
use super::run::{mark, play};
use super::{Saved, script, times};
use crate::clean;
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Dialog, Diff, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::theme::Role;
use crate::widgets::form::{Did, Field, Form, Kind};
use crate::widgets::{Editor, panel};

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
        let form = Form::new(vec![
            Field::new("name", "Name", Kind::Line, &test.name).hint("2 to 64 of A-Z a-z 0-9 space - _"),
            Field::new("folder", "Folder", Kind::Pick, &test.folder).hint("as /Cards/Lost; enter lists the folders there are"),
            Field::new("endPoint", "End point", Kind::Pick, &test.end_point).hint("which end point is called; enter lists them"),
            Field::new("customerPhoneNumber", "Caller", Kind::Line, &test.customer_phone_number).hint("a number such as +61400111222, or anonymous"),
            Field::new("testDateTime", "Date and time", Kind::Line, &times::local(&test.test_date_time, zone))
                .hint(format!("of the call, in {zone_name}: 2023-06-14 08:15; UTC with a Z at the end")),
            Field::new("contactAttributes", "Attributes", Kind::Line, &attributes).hint("contact attributes at the start, as a JSON object"),
            Field::new("testReference", "Reference", Kind::Line, &test.test_reference).hint("external case number, at most 1024 characters"),
            Field::new("description", "Description", Kind::Line, &test.description).hint("at most 1024 characters"),
            Field::new("productionReady", "Production ready", Kind::Flag, if test.production_ready { "true" } else { "false" })
                .hint("only such tests are imported elsewhere; space turns it"),
            Field::new("scriptVersion", "Script version", Kind::Choice(versions), &test.script_version.to_string())
                .hint("2 knows hangup, one line per transfer, and may end with an input; it is never raised by itself"),
            Field::new("mocks", "Offline answers", Kind::Line, &mocks).hint("bots and functions of this test alone, as JSON: {\"lex\":{…},\"functions\":{…}}; empty for none"),
        ]);
        let mut payload = Editor::area(&test.payload);
        payload.jump(0, 0);
        let title = old
            .as_ref()
            .map_or_else(|| "New test".to_owned(), |(old, _)| format!("Edit test ── {}", old.name));
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

    /// The document as it is typed, and what is wrong with its fields.
    fn document(&self, cx: &Cx<'_>) -> (TestDocument, Vec<(String, String)>) {
        let mut refused: Vec<(String, String)> = Vec::new();
        let value = |id: &str| self.form.value(id);
        let text = |id: &str| Text::from(value(id));
        let attributes = match json::parse(value("contactAttributes").trim()) {
            Ok(Value::Object(map)) => (*map).clone(),
            _ if value("contactAttributes").trim().is_empty() => Map::new(),
            Ok(_) => {
                refused.push((
                    "contactAttributes".into(),
                    "is no JSON object; write {\"name\":\"value\"}".into(),
                ));
                Map::new()
            }
            Err(error) => {
                refused.push(("contactAttributes".into(), format!("{error}; write {{\"name\":\"value\"}}")));
                Map::new()
            }
        };
        let mocks = match json::parse(value("mocks").trim()) {
            _ if value("mocks").trim().is_empty() => None,
            Ok(mocks @ Value::Object(_)) => {
                let prefix = cx.data.map(|data| data.workspace.catalogue().prefix()).unwrap_or_default();
                if let Err(error) = cx.session.stubs.with_mocks(&mocks, &prefix) {
                    refused.push(("mocks".into(), error.to_string()));
                }
                Some(mocks)
            }
            Ok(_) => {
                refused.push(("mocks".into(), "is no JSON object".into()));
                None
            }
            Err(error) => {
                refused.push(("mocks".into(), error.to_string()));
                None
            }
        };
        let when = self.form.field("testDateTime");
        let zone = cx.data.and_then(|data| data.workspace.zone());
        let time = match (when, &self.old) {
            // Seconds that the field does not show are kept.
            (Some(field), Some((old, _))) if !field.is_changed() => Text::clone(&old.test_date_time),
            _ => match times::stored(&value("testDateTime"), zone) {
                Ok(time) => Text::from(time),
                Err(why) => {
                    refused.push(("testDateTime".into(), why));
                    Text::from("1970-01-01T00:00:00Z")
                }
            },
        };
        let document = TestDocument {
            test_id: self.old.as_ref().and_then(|(old, _)| old.test_id.clone()),
            name: Text::from(value("name").trim()),
            production_ready: value("productionReady") == "true",
            folder: text("folder"),
            test_reference: text("testReference"),
            description: text("description"),
            end_point: text("endPoint"),
            test_date_time: time,
            customer_phone_number: text("customerPhoneNumber"),
            contact_attributes: attributes,
            payload: Text::from(self.script.text().trim()),
            script_version: if value("scriptVersion") == "2" { 2 } else { 1 },
            mocks,
        };
        for found in check_test(&document, "").into_iter().filter(|it| it.severity == Severity::Error) {
            if !refused.iter().any(|(id, _)| *id == found.at) {
                refused.push((found.at, format!("{}; {}", found.message, found.fix)));
            }
        }
        (document, refused)
    }

    /// How many lines the trimmed script lost at its beginning.
    fn skipped(&self) -> usize {
        self.script.lines().iter().take_while(|line| line.trim().is_empty()).count()
    }

    /// Works out what is to be said about the script.
    fn remark(&mut self, cx: &Cx<'_>) {
        let (test, refused) = self.document(cx);
        let skipped = self.skipped();
        let lines = lint_script(&test.script(), test.script_version).into_iter().map(|found| Remark {
            line: found
                .at
                .strip_prefix("line ")
                .and_then(|at| at.parse::<usize>().ok())
                .map(|at| at + skipped),
            role: if found.severity == Severity::Error { Role::Bad } else { Role::Warn },
            text: format!("{}. {}", found.message, found.fix),
        });
        let whole = refused.iter().filter(|(id, _)| id == "payload");
        let whole = whole.map(|(_, why)| Remark { line: None, role: Role::Bad, text: why.clone() });
        self.remarks = whole.chain(lines).collect();
        self.refused = refused;
        let known = cx.data.is_none_or(|data| {
            data.snapshot.end_points.iter().any(|it| it.name == test.end_point)
                || data.workspace.find_by_end_point(&test.end_point).is_some()
        });
        let leads = cx.data.is_none_or(|data| data.workspace.find_by_end_point(&test.end_point).is_some());
        if let Some(field) = self.form.field_mut("endPoint") {
            field.warning = match (known, leads) {
                _ if test.end_point.is_empty() => None,
                (false, _) => Some("there is no such end point".to_owned()),
                (true, false) => Some("leads to no enabled rule set: the call cannot start".to_owned()),
                _ => None,
            };
        }
    }

    fn changed_text(&mut self, cx: &Cx<'_>) {
        self.tried = None;
        self.verdicts.clear();
        self.remark(cx);
        self.form.set_errors(&self.refused);
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

    /// Plays the script as it is typed and marks its lines.
    fn try_it(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let (test, _) = self.document(cx);
        let played = play(data, &cx.session.stubs, &test);
        let skipped = self.skipped();
        let rows = script::rows(&test, Some(&played), usize::MAX >> 1, |_| false);
        self.verdicts = rows.iter().filter_map(|row| Some((row.number? + skipped, row.verdict?))).collect();
        let mut told = Vec::new();
        let mut line = None;
        for row in &rows {
            if let Some(number) = row.number {
                line = Some(number + skipped);
            } else {
                let said = format!("{} {}", row.label, row.text).trim().to_owned();
                told.push(Remark { line, role: row.role, text: said });
            }
        }
        if let Some(first) = told.iter().find_map(|remark| remark.line) {
            self.script.jump(first - 1, 0);
        }
        self.tried = Some((script::headline(&played), told));
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

    fn said(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().chain(self.tried.iter().flat_map(|(_, told)| told))
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
        self.in_script || self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
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
        if self.in_script {
            self.script.paste(text);
            self.changed_text(cx);
        } else {
            let did = self.form.paste(text);
            self.did(did, cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
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
        let changes = self.changes();
        let title =
            if changes > 0 { format!("{} ● {changes} changed", self.title) } else { self.title.clone() };
        let inside = panel::window(frame, area, (area.width, area.height), &title, view);
        if inside.height < 4 || inside.width < 12 {
            return;
        }
        let body = Rect { height: inside.height - 1, ..inside };
        let fields = self.form.height().saturating_add(1);
        let (form, script) = if inside.width >= WIDE {
            let wide = (inside.width / 3).max(56);
            (Rect { width: wide - 1, ..body }, Rect { x: body.x + wide, width: body.width - wide, ..body })
        } else {
            let height =
                if self.in_script && body.height < fields + 16 { 1 } else { fields.min(body.height * 3 / 5) };
            (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
        };
        let form_view = View { focused: view.focused && !self.in_script, ..*view };
        if form.height > 1 {
            self.form.draw(
                frame,
                Rect { x: form.x + 1, width: form.width.saturating_sub(2), ..form },
                &form_view,
            );
        } else {
            let value = |id: &str| self.form.value(id);
            let refused = self.refused.iter().filter(|(id, _)| id != "payload").count();
            let wrong = if refused > 0 { format!("✗ {refused} refused · ") } else { String::new() };
            let text = format!(
                " {wrong}{} · {} · {} from {} at {}",
                value("name"),
                value("folder"),
                value("endPoint"),
                value("customerPhoneNumber"),
                value("testDateTime")
            );
            let role = if refused > 0 { Role::Bad } else { Role::Dim };
            frame.render_widget(
                Line::styled(clean::fit(&text, form.width as usize).into_owned(), view.style(role)),
                form,
            );
        }
        self.draw_script(frame, script, view);
        let keys = if self.waiting {
            " saving…"
        } else if inside.width >= 100 {
            " tab fields and script  ctrl-s save  f4 insert a line  f5 try it  f6 next remark  alt-z undo typing  esc leave"
        } else {
            " tab fields  ctrl-s save  f4 insert  f5 try  f6 next remark  esc leave"
        };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

impl TestEditor {
    fn draw_script(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.height < 2 {
            return;
        }
        let (row, column) = self.script.cursor();
        let lines = self.script.lines();
        let heading = match &self.tried {
            Some((headline, _)) => format!("── Script ── {headline} "),
            None => format!("── Script ── line {} of {} ", row + 1, lines.len()),
        };
        let rule = "─".repeat((area.width as usize).saturating_sub(heading.width()));
        let look = view.style(if self.in_script { Role::Title } else { Role::Border });
        frame.render_widget(
            Line::styled(clean::fit(&format!("{heading}{rule}"), area.width as usize).into_owned(), look),
            Rect { height: 1, ..area },
        );
        let remarks = self.said_here(row + 1);
        let below = (remarks.len() as u16).min(REMARKS).min(area.height / 3);
        let text = Rect { y: area.y + 1, height: area.height - 1 - below, ..area };
        self.height.set(text.height as usize);
        let mut top = self.top.get().min(lines.len().saturating_sub(1));
        if row < top {
            top = row;
        } else if row >= top + text.height as usize {
            top = row + 1 - text.height as usize;
        }
        self.top.set(top);
        let gutter = 7;
        let room = (text.width as usize).saturating_sub(gutter + 1).max(1);
        let before: String =
            lines.get(row).map(|line| line.chars().take(column).collect()).unwrap_or_default();
        let cursor = clean::line(&before).width();
        let left = (cursor + 1).saturating_sub(room);
        for (offset, line) in lines.iter().skip(top).take(text.height as usize).enumerate() {
            let number = top + offset + 1;
            let place = Rect { y: text.y + offset as u16, height: 1, ..text };
            self.draw_line(frame, place, number, line, left, view);
            if number == row + 1 && self.in_script && view.focused {
                let x = text.x + (gutter + cursor - left) as u16;
                if let Some(cell) = frame.buffer_mut().cell_mut((x.min(text.right() - 1), place.y)) {
                    cell.set_style(view.style(Role::Cursor).add_modifier(Modifier::REVERSED));
                }
            }
        }
        for (offset, remark) in remarks.iter().take(below as usize).enumerate() {
            let sign = match remark.role {
                Role::Bad => "✗",
                Role::Warn => "⚠",
                _ => "·",
            };
            let at = remark.line.map_or(String::new(), |line| format!("line {line}: "));
            let said = format!(" {sign} {at}{}", remark.text);
            frame.render_widget(
                Line::styled(clean::fit(&said, area.width as usize).into_owned(), view.style(remark.role)),
                Rect { y: text.bottom() + offset as u16, height: 1, ..area },
            );
        }
    }

    /// What is said, beginning with the line of the cursor.
    fn said_here(&self, line: usize) -> Vec<&Remark> {
        let mut said: Vec<&Remark> = self.said().collect();
        said.sort_by_key(|remark| (remark.line != Some(line), remark.line));
        said
    }

    fn draw_line(
        &self,
        frame: &mut Frame<'_>,
        place: Rect,
        number: usize,
        line: &str,
        left: usize,
        view: &View<'_>,
    ) {
        let remark = self.remarks.iter().find(|remark| remark.line == Some(number));
        let verdict = self.verdicts.iter().find(|(at, _)| *at == number).map(|(_, verdict)| *verdict);
        let (sign, sign_role) = match (remark, verdict) {
            (_, Some(verdict)) => (mark(verdict), super::verdict_role(verdict)),
            (Some(remark), None) => (if remark.role == Role::Bad { "✗" } else { "⚠" }, remark.role),
            (None, None) => (" ", Role::Dim),
        };
        let safe = clean::line(line);
        let shown: String = skip_columns(&safe, left);
        let kind = line.trim_start().split(':').next().unwrap_or_default();
        let role = if line.trim_start().starts_with('#') { Role::Dim } else { script::role(kind) };
        let room = (place.width as usize).saturating_sub(7);
        frame.render_widget(
            Line::from(vec![
                Span::styled(format!("{number:>4} "), view.style(Role::Dim)),
                Span::styled(format!("{sign} "), view.style(sign_role)),
                Span::styled(clean::fit(&shown, room).into_owned(), view.style(role)),
            ]),
            place,
        );
    }
}

/// The text from that column on.
fn skip_columns(text: &str, columns: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|c| {
            let skip = skipped < columns;
            skipped += c.to_string().width();
            skip
        })
        .collect()
}

/// A test as text for differences: its script file.
fn as_text(test: &TestDocument) -> String {
    connect_rules_engine::script::to_script_file(test)
}
