//! The form of a rule: every parameter of every type as the engine declares it, weights, a live preview,
//! checks while typing, the difference before saving, and drafts that survive the terminal.

mod conflict;
pub mod drafts;
mod draw;
mod edits;
mod fields;
mod kept;
mod lists;
mod locked;
mod picks;
pub mod preview;
mod rows;
mod save;
mod ssml;
mod work;

use std::collections::HashSet;
use std::path::PathBuf;

use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::lint::{Finding, lint};
use connect_rules_engine::model::Rule;
use connect_rules_engine::problem::Severity;
use connect_rules_engine::value::Text;
use connect_rules_store::{Applied, Entity, Error, Key, Operation, entity};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::help;
use crate::keys::Binding;
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Chosen, Dialog};
use crate::screen::{Cx, View};
use crate::widgets::form::{Did, Form};

use conflict::Settled;
use drafts::Draft;
pub use drafts::{DraftInfo, drafts};
use edits::StateTyped;
pub(super) use kept::{Found, Kept, OpenDraft, look};
use preview::{SampleState, Verdict};
use rows::Edited;
use save::{SaveAsNew, SaveNow};
use work::Work;

/// Keys of the form.
pub const KEYS: &[Binding] = &[
    Binding::new("rule.diff", &["ctrl-d"], "dialog.rule", "diff", "Show what differs from the stored rule"),
    Binding::new(
        "rule.preview",
        &["ctrl-p"],
        "dialog.rule",
        "state",
        "Pick the state that the preview is made with",
    ),
    Binding::new("rule.weight", &["ctrl-n"], "dialog.rule", "weight", "Add a weight"),
    Binding::new("rule.pick", &["f2"], "dialog.rule", "pick", "List what can be put into this field"),
    Binding::new(
        "rule.go",
        &["f4"],
        "dialog.rule",
        "",
        "Go to what this field names; the form is kept as a draft",
    ),
    Binding::new(
        "rule.remove",
        &["ctrl-x"],
        "dialog.rule",
        "",
        "Take out this key, intent, share or row, or empty this field",
    ),
    Binding::new("rule.row.add", &["a", "ins"], "dialog.rule.row", "add", "Add a row to this list"),
    Binding::new("rule.row.delete", &["d", "del"], "dialog.rule.row", "delete", "Delete this row"),
    Binding::new("rule.row.up", &["K"], "dialog.rule.row", "", "Move this row up"),
    Binding::new("rule.row.down", &["J"], "dialog.rule.row", "move", "Move this row down"),
    Binding::new("rule.row.weight", &["w"], "dialog.rule.row", "weight", "Add a weight to this behaviour"),
    Binding::new(
        "rule.row.json",
        &["t"],
        "dialog.rule.row",
        "JSON",
        "Edit all rows as JSON; a paste of copied rows replaces them, too",
    ),
    Binding::new("rule.resume", &["r"], "dialog.rule.offer", "resume", "Go on with the draft"),
    Binding::new(
        "rule.fresh",
        &["d"],
        "dialog.rule.offer",
        "discard",
        "Remove the draft and start from what is stored",
    ),
    Binding::new(
        "drafts.discard",
        &["d", "del"],
        "dialog.drafts",
        "discard",
        "Discard the draft under the cursor; what was typed is lost",
    ),
    Binding::new("rule.mine", &["m"], "dialog.rule.conflict", "mine", "Take this field as I wrote it"),
    Binding::new("rule.theirs", &["t"], "dialog.rule.conflict", "theirs", "Take this field as it is stored"),
    Binding::new("rule.rewrite", &["e"], "dialog.rule.conflict", "write anew", "Write this field anew"),
];

/// After so many changes a draft is written, also within one field.
const DRAFT_EVERY: u8 = 8;
/// Above so many rule sets lint runs only once, when the form opens.
const RELINT: usize = 2000;

/// The form of a rule.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct RuleForm {
    rule_set_id: Text,
    set_name: Text,
    /// The stored rule that the edit started from, and its version; none for a new rule.
    base: Option<(Rule, u64)>,
    work: Work,
    form: Form,
    touched: HashSet<String>,
    /// Saving was tried: every problem is shown from now on.
    attempted: bool,
    /// Field and reason of everything that is wrong.
    problems: Vec<(String, String)>,
    sample: SampleState,
    verdicts: Vec<Verdict>,
    /// What the preview shows: of which field, its lines, and what it is.
    shown: (String, Vec<String>, String),
    /// The message field that the preview is about.
    message_field: Option<String>,
    findings: Vec<Finding>,
    linting: bool,
    lint_due: bool,
    /// What happened to the stored rule while the form was open.
    elsewhere: Option<String>,
    /// What somebody else stored, while its clashes with this form are settled.
    theirs: Option<(Entity, u64)>,
    offer: Option<Draft>,
    /// Why nothing can be changed here, if so: the form only shows.
    locked: Option<String>,
    waiting: bool,
    /// Taken from the session when the form opens: drafts are written here.
    draft_path: Option<PathBuf>,
    draft_written: bool,
    unwritten: u8,
}

impl RuleForm {
    /// The form of a stored rule, by identifiers; none if it is gone.
    pub fn edit(cx: &Cx<'_>, rule_set_id: &Text, rule_id: &Text) -> Option<RuleForm> {
        let data = cx.data?;
        let (set, rule) = data.rule(rule_set_id, rule_id)?;
        let rev = data.snapshot.rev(entity::Kind::Rule, rule_id);
        let mut form = Self::of(cx, rule_set_id, &set.name, Work::of(rule), Some((rule.clone(), rev)));
        form.start(cx);
        Some(form)
    }

    /// The form of a new rule of a rule set.
    pub fn create(cx: &Cx<'_>, rule_set_id: &Text) -> RuleForm {
        let name = cx.data.and_then(|data| data.rule_set(rule_set_id)).map(|set| Text::clone(&set.name));
        let work = Work::new(RuleType::Message);
        let mut form = Self::of(cx, rule_set_id, &name.unwrap_or_default(), work, None);
        form.start(cx);
        form
    }

    fn of(
        cx: &Cx<'_>,
        rule_set_id: &Text,
        set_name: &Text,
        work: Work,
        base: Option<(Rule, u64)>,
    ) -> RuleForm {
        let rule_id = base.as_ref().and_then(|(rule, _)| rule.id.clone());
        let operation = if base.is_some() { Operation::UpdateRule } else { Operation::CreateRule };
        let locked = cx.session.refuses(Some(operation), true);
        // What cannot be saved is no draft, and a draft that is there stays for who can.
        let state = cx.session.state.as_ref().filter(|_| locked.is_none());
        let draft_path = state.map(|state| drafts::path(state, rule_set_id, rule_id.as_deref()));
        // A small local file; read here so that the question stands before the first key.
        let offer = draft_path.as_ref().and_then(|path| drafts::read_file(path));
        RuleForm {
            rule_set_id: Text::clone(rule_set_id),
            set_name: Text::clone(set_name),
            base,
            work,
            form: Form::default(),
            touched: HashSet::new(),
            attempted: false,
            problems: Vec::new(),
            sample: SampleState::empty(),
            verdicts: Vec::new(),
            shown: Default::default(),
            message_field: None,
            findings: Vec::new(),
            linting: false,
            lint_due: true,
            elsewhere: None,
            theirs: None,
            offer,
            locked,
            waiting: false,
            draft_path,
            draft_written: false,
            unwritten: 0,
        }
    }

    fn start(&mut self, cx: &Cx<'_>) {
        self.fresh(cx);
        self.news(cx);
    }

    fn rule_id(&self) -> Option<&Text> {
        self.base.as_ref().and_then(|(rule, _)| rule.id.as_ref())
    }

    /// Rule set and rule, for titles and drafts.
    fn title(&self) -> String {
        let name = if self.work.rule.name.is_empty() { "new rule" } else { &*self.work.rule.name };
        format!("{} / {name}", self.set_name)
    }

    fn fields(&self, cx: &Cx<'_>) -> Vec<crate::widgets::form::Field> {
        let shown = fields::Shown {
            sample: &self.sample,
            workspace: cx.data.map(|data| &*data.workspace),
            now: cx.session.clock.now(),
            verdicts: &self.verdicts,
        };
        let fields = fields::of(&self.work, &shown);
        if self.locked.is_some() { locked::shown(fields) } else { fields }
    }

    /// Fields with what the rule holds now, the focus where it was.
    fn fresh(&mut self, cx: &Cx<'_>) {
        let focus = self.form.focused().map(|field| field.id.clone());
        self.weigh(cx);
        self.form = Form::new(self.fields(cx));
        if let Some(focus) = focus {
            self.form.focus_on(&focus);
        }
        self.check(cx);
    }

    fn weigh(&mut self, cx: &Cx<'_>) {
        let workspace = cx.data.map(|data| &*data.workspace);
        self.verdicts =
            preview::verdicts(&self.work.rule.weights, &self.sample, workspace, cx.session.clock.now());
    }

    /// Fields that appear or go because of what was chosen; what is typed stays with its cursor.
    fn rebuild(&mut self, cx: &Cx<'_>) {
        self.weigh(cx);
        let fields = self.fields(cx);
        self.form.replace(fields);
    }

    /// What follows every event: checks, preview, drafts.
    fn after(&mut self, before: Option<String>, cx: &mut Cx<'_>) {
        let focus = self.form.focused().map(|field| field.id.clone());
        if before != focus {
            if let Some(before) = before {
                self.touched.insert(before);
            }
            self.mark();
            self.show(cx);
            if self.unwritten > 0 {
                self.keep(cx);
                let few = cx.data.is_some_and(|data| data.workspace.rule_sets().len() <= RELINT);
                self.lint_due |= few;
            }
        } else if self.unwritten >= DRAFT_EVERY {
            self.keep(cx);
        }
        if self.lint_due && !self.linting {
            self.lint(cx);
        }
    }

    fn lint(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        self.lint_due = false;
        self.linting = true;
        let (rule, set_name, set_id) =
            (self.work.built(), Text::clone(&self.set_name), Text::clone(&self.rule_set_id));
        cx.look("checking the rule", move |_| {
            let mut sets = data.workspace.rule_sets().to_vec();
            if let Some(set) = sets.iter_mut().find(|set| set.id.as_ref() == Some(&set_id)) {
                let set = std::sync::Arc::make_mut(set);
                match set.rules.iter_mut().find(|it| it.id == rule.id && it.id.is_some()) {
                    Some(stored) => stored.clone_from(&rule),
                    None => set.rules.push(rule.clone()),
                }
            }
            let mut found = lint(&sets, data.workspace.catalogue());
            found
                .retain(|it| it.rule_set.as_ref() == Some(&set_name) && it.rule.as_ref() == Some(&rule.name));
            found
        });
    }

    /// Writes the draft; called when a field is left, every few keys, and before the program ends.
    fn keep(&mut self, cx: &mut Cx<'_>) {
        let Some(path) = &self.draft_path else { return };
        if self.offer.is_some() {
            return;
        }
        self.unwritten = 0;
        if self.work.changes() == 0 {
            self.forget(cx);
            return;
        }
        let base = self.base.as_ref().map(|(rule, rev)| (rule, *rev));
        let now = cx.session.clock.now();
        let text = drafts::print(&self.rule_set_id, &self.title(), now, &self.work.rule, base);
        cx.effects.push(Effect::WriteFile { path: path.clone(), text, told: None });
        self.draft_written = true;
    }

    fn forget(&mut self, cx: &mut Cx<'_>) {
        if let Some(path) = self.draft_path.as_ref().filter(|_| self.draft_written) {
            cx.effects.push(Effect::RemoveFile(path.clone()));
        }
        self.draft_written = false;
    }

    fn resume(&mut self, cx: &mut Cx<'_>) {
        let Some(draft) = self.offer.take() else { return };
        self.draft_written = true;
        if let Some((rule, rev)) = draft.base {
            self.work.opened = Some(rule.clone());
            self.base = Some((rule, rev));
        }
        self.work.rule = draft.rule;
        self.fresh(cx);
        self.news(cx);
        cx.toast(Level::Note, "the draft is here; nothing of it is saved yet");
    }

    /// Tells when the stored rule is no longer the one that the form was opened with.
    fn news(&mut self, cx: &Cx<'_>) {
        let (Some((rule, rev)), Some(data)) = (&self.base, cx.data) else { return };
        let Some(id) = &rule.id else { return };
        let key = Key::new(entity::Kind::Rule, Text::clone(id));
        self.elsewhere = match data.snapshot.stamps.get(&key) {
            Some(stamp) if stamp.rev != *rev => Some(format!("changed elsewhere by {}", stamp.updated_by)),
            Some(_) => None,
            None => Some("deleted elsewhere".to_owned()),
        };
        if let Some(set) = data.rule_set(&self.rule_set_id) {
            self.set_name = Text::clone(&set.name);
        }
    }

    fn offered(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "rule.resume" | "dialog.ok" => self.resume(cx),
            "rule.fresh" => {
                self.offer = None;
                self.draft_written = true;
                self.forget(cx);
            }
            "dialog.cancel" => cx.close(),
            _ => return false,
        }
        true
    }

    fn press(&mut self, code: KeyCode, cx: &mut Cx<'_>) -> bool {
        let before = self.form.focused().map(|field| field.id.clone());
        let did = self.form.key(KeyEvent::from(code));
        let used = self.did(did, cx);
        self.after(before, cx);
        used
    }

    fn did(&mut self, did: Did, cx: &mut Cx<'_>) -> bool {
        match did {
            Did::Nothing => return false,
            Did::Moved => {}
            Did::Changed => self.typed(cx),
            Did::Pick(id) => self.pick(&id, cx),
            Did::Pressed(id) => self.pressed(&id, cx),
        }
        true
    }
}

impl Dialog for RuleForm {
    fn place(&self) -> &'static str {
        if self.offer.is_some() {
            return "dialog.rule.offer";
        }
        match self.form.focused() {
            Some(field) if field.id.starts_with("row/") => "dialog.rule.row",
            Some(field) if self.list_at(&field.id).is_some() => "dialog.rule.row",
            _ => "dialog.rule.form",
        }
    }

    fn help_page(&self) -> Option<String> {
        let id = self.form.focused().map_or("", |field| field.id.as_str());
        let page = help::of_rule_type(self.work.rule.rule_type.name());
        Some(match self.list_at(id) {
            Some(list) if list == rows::WEIGHTS => "guide/weights".to_owned(),
            Some(list) => format!("{page}#{list}"),
            None => format!("{page}#{id}"),
        })
    }

    fn typing(&self) -> bool {
        self.offer.is_none() && self.locked.is_none() && self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if self.offer.is_some() || self.locked.is_some() {
            return false;
        }
        let before = self.form.focused().map(|field| field.id.clone());
        let did = self.form.key(key);
        let used = self.did(did, cx);
        self.after(before, cx);
        used
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if self.offer.is_some() {
            return;
        }
        if let Some(why) = self.locked.clone() {
            return cx.toast(Level::Bad, why);
        }
        let before = self.form.focused().map(|field| field.id.clone());
        if self.typing() {
            let did = self.form.paste(text);
            self.did(did, cx);
        } else {
            self.paste_rows(text, cx);
        }
        self.after(before, cx);
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        if command == "app.help" {
            self.help(cx);
            return true;
        }
        if self.offer.is_some() {
            return self.offered(command, cx);
        }
        if self.locked.is_some()
            && let Some(used) = self.run_locked(command, cx)
        {
            return used;
        }
        let before = self.form.focused().map(|field| field.id.clone());
        match command {
            "dialog.cancel" => self.leave(cx),
            "dialog.save" => self.submit(cx),
            "dialog.ok" => return self.enter(cx),
            "rule.diff" => self.diff(cx),
            "pane.next" => self.form.step(true),
            "pane.previous" => self.form.step(false),
            "move.up" => return self.press(KeyCode::Up, cx),
            "move.down" => return self.press(KeyCode::Down, cx),
            "move.left" => return self.press(KeyCode::Left, cx),
            "move.right" => return self.press(KeyCode::Right, cx),
            "move.pageUp" => return self.press(KeyCode::PageUp, cx),
            "move.pageDown" => return self.press(KeyCode::PageDown, cx),
            "move.first" => self.form.focus_on("name"),
            "move.last" => self.form.focus_on("add/weights"),
            "app.copy" => self.copy(cx),
            command => {
                if !self.edit_command(command, cx) {
                    return false;
                }
            }
        }
        self.after(before, cx);
        true
    }

    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        self.saved(result, cx)
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.news(cx);
        self.rebuild(cx);
        self.check(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let before = self.form.focused().map(|field| field.id.clone());
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => {
                self.chosen(&chosen, cx);
                self.after(before, cx);
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Edited>() {
            Ok(edited) => {
                self.edited(*edited, cx);
                self.after(before, cx);
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Vec<Finding>>() {
            Ok(findings) => {
                // Errors are what checking says while typing.
                self.findings = *findings;
                self.findings.retain(|finding| finding.severity != Severity::Error);
                self.linting = false;
                self.mark();
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<SampleState>() {
            Ok(sample) => {
                cx.toast(Level::Note, format!("the preview is made with the {}", sample.label));
                return self.look_with(*sample, cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Settled>() {
            Ok(settled) => return self.settled(&settled.0, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<StateTyped>() {
            Ok(typed) => return self.look_with(typed.0, cx),
            Err(parcel) => parcel,
        };
        if parcel.is::<SaveNow>() {
            self.send(cx);
        } else if parcel.is::<SaveAsNew>() {
            self.save_as_new(cx);
        }
    }

    fn unsaved(&self) -> Option<String> {
        let changes = if self.offer.is_some() { 0 } else { self.work.changes() };
        (changes > 0).then(|| format!("the rule {} has {changes} unsaved changes", self.title()))
    }

    fn save_drafts(&mut self, cx: &mut Cx<'_>) {
        self.keep(cx);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        draw::draw(self, frame, area, view);
    }
}
