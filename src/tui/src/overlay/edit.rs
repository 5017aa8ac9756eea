//! A form as a dialog: names, folders, users, end points, holidays and the like.

use connect_rules_engine::value::Text;
use connect_rules_store::{Applied, Error};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Dialog;
use super::choose::{Candidate, Choose, Chosen};
use super::confirm::{Confirm, Then};
use crate::message::{Effect, Level, Owner, Parcel};
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::form::{Did, Form, Kind};
use crate::widgets::panel;

/// What comes of Save.
pub enum Submit {
    /// The change is on its way: the dialog waits and closes when it was made.
    Sent,
    /// A question is open on top of it, whose answer or change comes to the dialog.
    Asked,
    /// It is done: the dialog closes.
    Done,
    /// It cannot be: the reason is told and the dialog stays.
    Refused(String),
}

/// Tells what is wrong with the values: field id and reason of each.
type Check = Box<dyn Fn(&Form, &Cx<'_>) -> Vec<(String, String)> + Send>;
/// Candidates for a field.
type Candidates = Box<dyn Fn(&str, &Form, &Cx<'_>) -> Vec<Candidate> + Send>;
/// Does what Save is for.
type Save = Box<dyn FnMut(&Form, &mut Cx<'_>) -> Submit + Send>;

/// Follows a change that was made.
type After = Box<dyn FnMut(&Applied, &mut Cx<'_>) + Send>;
/// Tells what is worth knowing about the values: field id and text of each.
type Notes = Box<dyn Fn(&Form) -> Vec<(String, String)> + Send>;
/// Names the page of help for what the form holds now.
type HelpPage = Box<dyn Fn(&Form) -> String + Send>;

/// A form as a dialog.
pub struct Edit {
    title: String,
    form: Form,
    check: Check,
    candidates: Candidates,
    save: Save,
    after: After,
    notes: Option<Notes>,
    help: Option<HelpPage>,
    verb: &'static str,
    waiting: bool,
}

impl Edit {
    /// A form whose Save does something.
    pub fn new(
        title: impl Into<String>,
        form: Form,
        save: impl FnMut(&Form, &mut Cx<'_>) -> Submit + Send + 'static,
    ) -> Self {
        Edit {
            title: title.into(),
            form,
            check: Box::new(|_, _| Vec::new()),
            candidates: Box::new(|_, _, _| Vec::new()),
            save: Box::new(save),
            after: Box::new(|_, _| {}),
            notes: None,
            help: None,
            verb: "save",
            waiting: false,
        }
    }

    /// With another word for what its Save does, such as `call`.
    #[must_use]
    pub fn verb(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    /// With a check that runs while typing; Save is refused while it finds something.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Form, &Cx<'_>) -> Vec<(String, String)> + Send + 'static) -> Self {
        self.check = Box::new(check);
        self
    }

    /// With candidates for fields that can be picked, by field id.
    #[must_use]
    pub fn candidates(
        mut self,
        candidates: impl Fn(&str, &Form, &Cx<'_>) -> Vec<Candidate> + Send + 'static,
    ) -> Self {
        self.candidates = Box::new(candidates);
        self
    }

    /// With something that follows when the change was made, such as going to what was created.
    #[must_use]
    pub fn after(mut self, after: impl FnMut(&Applied, &mut Cx<'_>) + Send + 'static) -> Self {
        self.after = Box::new(after);
        self
    }

    /// With what is told beside fields while typing, and refuses nothing.
    #[must_use]
    pub fn notes(mut self, notes: impl Fn(&Form) -> Vec<(String, String)> + Send + 'static) -> Self {
        self.form.set_notes(&notes(&self.form));
        self.notes = Some(Box::new(notes));
        self
    }

    /// With a page of help of its own.
    #[must_use]
    pub fn help(mut self, page: impl Fn(&Form) -> String + Send + 'static) -> Self {
        self.help = Some(Box::new(page));
        self
    }

    fn did(&mut self, did: Did, cx: &mut Cx<'_>) -> bool {
        match did {
            Did::Nothing => return false,
            Did::Moved => {}
            Did::Changed => {
                let errors = (self.check)(&self.form, cx);
                self.form.set_errors(&errors);
                if let Some(notes) = &self.notes {
                    self.form.set_notes(&notes(&self.form));
                }
            }
            Did::Pick(id) => self.pick(&id, cx),
            Did::Pressed(id) => drop((self.candidates)(&id, &self.form, cx)),
        }
        true
    }

    fn pick(&mut self, id: &str, cx: &mut Cx<'_>) {
        let Some(field) = self.form.field(id) else { return };
        let (candidates, free) = match &field.kind {
            Kind::Choice(options) => {
                (options.iter().map(|option| Candidate::plain(option.as_str())).collect(), false)
            }
            _ => ((self.candidates)(id, &self.form, cx), true),
        };
        let choose = Choose::new(field.label.clone(), id, cx.me(), candidates).at(&field.value());
        cx.open(if free { choose.free() } else { choose });
    }

    fn submit(&mut self, cx: &mut Cx<'_>) {
        if self.waiting {
            return;
        }
        let errors = (self.check)(&self.form, cx);
        self.form.set_errors(&errors);
        if !errors.is_empty() {
            self.form.focus_first_error();
            let count = errors.len();
            cx.toast(
                Level::Bad,
                format!(
                    "not saved: {count} {} refused, see the marks",
                    if count == 1 { "field is" } else { "fields are" }
                ),
            );
            return;
        }
        match (self.save)(&self.form, cx) {
            Submit::Sent => self.waiting = true,
            Submit::Asked => {}
            Submit::Done => cx.close(),
            Submit::Refused(why) => cx.toast(Level::Bad, why),
        }
    }
}

impl Dialog for Edit {
    fn help_page(&self) -> Option<String> {
        self.help.as_ref().map(|page| page(&self.form))
    }

    fn place(&self) -> &'static str {
        "dialog.edit"
    }

    fn typing(&self) -> bool {
        self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        let did = self.form.key(key);
        self.did(did, cx)
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        let did = self.form.paste(text);
        self.did(did, cx);
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" if self.form.changes() > 0 => {
                let owner = cx.me();
                cx.open(Confirm::new(
                    "Leave the form?",
                    "What you typed would be lost.",
                    "Leave",
                    Then::Answer(owner, Box::new(Leave)),
                ));
            }
            "dialog.cancel" => cx.close(),
            // Enter in a field that has nothing to list submits, as in every dialog of the original.
            "dialog.ok" => match self.form.focused().map(|field| (&field.kind, field.fixed)) {
                Some((Kind::Pick | Kind::Choice(_) | Kind::Button, false)) => {
                    let enter = KeyEvent::from(KeyCode::Enter);
                    let did = self.form.key(enter);
                    self.did(did, cx);
                }
                _ => self.submit(cx),
            },
            "dialog.save" => self.submit(cx),
            "pane.next" => self.form.step(true),
            "pane.previous" => self.form.step(false),
            // Fields without text leave these keys to the key table.
            _ => return movement(command).is_some_and(|code| self.key(KeyEvent::from(code), cx)),
        }
        true
    }

    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        self.waiting = false;
        match result {
            Ok(applied) => {
                cx.close();
                (self.after)(applied, cx);
                false
            }
            Err(Error::Stale(rows)) => {
                cx.effects.push(Effect::Load);
                let mut marked = false;
                for row in rows {
                    let who = row.stamp.as_ref().map_or("somebody else", |stamp| &*stamp.updated_by);
                    for clash in &row.clashes {
                        if let Some(field) = self.form.field_mut(&clash.field) {
                            let theirs = clash.theirs.text();
                            field.warning = Some(format!(
                                "{who} made it \"{theirs}\" meanwhile; saving again overwrites"
                            ));
                            marked = true;
                        }
                    }
                }
                if marked {
                    cx.toast(Level::Bad, "not saved: changed by somebody else, see the marks");
                }
                marked
            }
            Err(Error::Invalid { problems, .. }) => {
                let errors: Vec<_> = problems
                    .iter()
                    .map(|it| (it.place.clone(), format!("{}; {}", it.what, it.fix)))
                    .collect();
                self.form.set_errors(&errors);
                if !self.form.focus_first_error() {
                    return false;
                }
                cx.toast(Level::Bad, "not saved: see the marked fields");
                true
            }
            Err(Error::Conflict { field, .. }) if self.form.field(field).is_some() => {
                let why = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
                self.form.set_errors(&[((*field).to_owned(), why)]);
                self.form.focus_first_error();
                true
            }
            Err(_) => false,
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => {
                if let Some(field) = self.form.field_mut(&chosen.tag) {
                    field.set(&chosen.value);
                }
                self.did(Did::Changed, cx);
                return;
            }
            Err(parcel) => parcel,
        };
        if parcel.is::<Leave>() {
            cx.close();
        }
    }

    fn unsaved(&self) -> Option<String> {
        (self.form.changes() > 0).then(|| format!("{} has unsaved changes", self.title))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let height = self.form.height().saturating_add(5);
        let inside = panel::window(frame, area, (area.width.min(88), height), &self.title, view);
        if inside.height < 2 {
            return;
        }
        let body = Rect {
            x: inside.x + 1,
            width: inside.width.saturating_sub(2),
            height: inside.height - 1,
            ..inside
        };
        self.form.draw(frame, body, view);
        let keys = if self.waiting {
            " saving…".to_owned()
        } else {
            format!(" tab next field  enter or ctrl-s {}  esc cancel", self.verb)
        };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

/// The key of a movement in a form.
fn movement(command: &str) -> Option<KeyCode> {
    Some(match command {
        "move.up" => KeyCode::Up,
        "move.down" => KeyCode::Down,
        "move.left" => KeyCode::Left,
        "move.right" => KeyCode::Right,
        "move.pageUp" => KeyCode::PageUp,
        "move.pageDown" => KeyCode::PageDown,
        _ => return None,
    })
}

/// Agreement to lose what was typed.
struct Leave;

/// Asks for one line of text and answers it as [`Chosen`] to who asks.
pub fn ask(title: impl Into<String>, label: &str, value: &str, tag: &str, owner: Owner) -> Edit {
    let tag = tag.to_owned();
    let form = Form::new(vec![crate::widgets::form::Field::new("value", label, Kind::Line, value)]);
    Edit::new(title, form, move |form, cx| {
        let value = Text::from(form.value("value"));
        cx.requests.push(Request::Answer(owner, Box::new(Chosen { tag: tag.clone(), value })));
        Submit::Done
    })
}
