//! Forms: labelled fields that check while typing, say why they refuse, and lose nothing.

use std::cell::Cell;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::editor::Editor;
use super::list::mark_row;
use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// What a field holds and how it is edited. Its value is always a text.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line.
    Line,
    /// Many lines, shown in that many rows.
    Area(u16),
    /// A secret of one line, shown as dots.
    Secret,
    /// `true` or `false`; space turns it.
    Flag,
    /// One of these; left and right change it, enter lists them.
    Choice(Vec<String>),
    /// One line that may also be picked: enter lists the candidates.
    Pick,
    /// Nothing to edit: a heading or an explanation.
    Heading,
    /// Nothing to edit, but enter does something.
    Button,
    /// As a button, shown as a row of a table: its label is the whole row.
    Row,
}

/// A labelled field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in the code of its owner.
    pub id: String,
    /// Label.
    pub label: String,
    /// What it holds.
    pub kind: Kind,
    /// What it is for, shown while it has the focus.
    pub hint: String,
    /// Why its value is refused.
    pub error: Option<String>,
    /// What is odd about its value.
    pub warning: Option<String>,
    /// What its value means, or what is worth knowing about it.
    pub note: Option<String>,
    /// Its value when the form was opened.
    pub initial: String,
    /// Whether its value cannot be changed here.
    pub fixed: bool,
    editor: Editor,
}

impl Field {
    /// A field with its value.
    pub fn new(id: impl Into<String>, label: impl Into<String>, kind: Kind, value: &str) -> Self {
        let editor = if matches!(kind, Kind::Area(_)) { Editor::area(value) } else { Editor::line(value) };
        Field {
            id: id.into(),
            label: label.into(),
            initial: editor.text(),
            kind,
            hint: String::new(),
            error: None,
            warning: None,
            note: None,
            fixed: false,
            editor,
        }
    }

    /// With an explanation.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// As something that is shown but not changed.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// Its value.
    pub fn value(&self) -> String {
        self.editor.text()
    }

    /// Another value.
    pub fn set(&mut self, value: &str) {
        self.editor.set(value);
    }

    /// Its text field, for cursors and completion.
    pub fn editor(&mut self) -> &mut Editor {
        &mut self.editor
    }

    /// Whether its value differs from the one it was opened with.
    pub fn is_changed(&self) -> bool {
        self.value() != self.initial
    }

    /// Whether plain characters write into it.
    pub fn is_text(&self) -> bool {
        !self.fixed && matches!(self.kind, Kind::Line | Kind::Area(_) | Kind::Secret | Kind::Pick)
    }

    /// Whether the focus stops here.
    pub fn takes_focus(&self) -> bool {
        !matches!(self.kind, Kind::Heading)
    }

    fn rows(&self) -> u16 {
        let own = if let Kind::Area(rows) = self.kind { rows } else { 1 };
        own + u16::from(self.error.is_some() || self.warning.is_some() || self.note.is_some())
    }
}

/// What a key did to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// The key means nothing here.
    Nothing,
    /// The focus or the cursor moved.
    Moved,
    /// The value of the focused field changed.
    Changed,
    /// Candidates are wanted for the field with that id.
    Pick(String),
    /// The button with that id was pressed.
    Pressed(String),
}

/// Fields with a focus.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<Field>,
    focus: usize,
    top: Cell<u16>,
}

impl Form {
    /// A form of these fields, the focus on the first that takes it.
    pub fn new(fields: Vec<Field>) -> Self {
        let mut form = Form { fields, ..Form::default() };
        form.focus = form.fields.iter().position(Field::takes_focus).unwrap_or_default();
        form
    }

    /// The fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field with that id.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// The field with that id, to change it.
    pub fn field_mut(&mut self, id: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.id == id)
    }

    /// Value of the field with that id; empty if there is none.
    pub fn value(&self, id: &str) -> String {
        self.field(id).map(Field::value).unwrap_or_default()
    }

    /// The focused field.
    pub fn focused(&self) -> Option<&Field> {
        self.fields.get(self.focus)
    }

    /// The focused field, to change it.
    pub fn focused_mut(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.focus)
    }

    /// Puts the focus on a field.
    pub fn focus_on(&mut self, id: &str) {
        if let Some(at) = self.fields.iter().position(|field| field.id == id && field.takes_focus()) {
            self.focus = at;
        }
    }

    /// Other fields: those with known ids keep what was typed and the focus stays on its id.
    pub fn replace(&mut self, mut fields: Vec<Field>) {
        let focus = self.focused().map(|field| field.id.clone());
        for field in &mut fields {
            if let Some(old) = self.fields.iter().position(|old| old.id == field.id) {
                let old = &self.fields[old];
                let same = std::mem::discriminant(&old.kind) == std::mem::discriminant(&field.kind);
                if same && !matches!(old.kind, Kind::Heading | Kind::Button | Kind::Row) {
                    field.editor = old.editor.clone();
                    field.initial.clone_from(&old.initial);
                    field.error.clone_from(&old.error);
                }
            }
        }
        self.fields = fields;
        let at = focus.and_then(|id| self.fields.iter().position(|field| field.id == id));
        self.focus = at.unwrap_or_else(|| self.focus.min(self.fields.len().saturating_sub(1)));
        if !self.focused().is_some_and(Field::takes_focus) {
            self.focus = self.fields.iter().position(Field::takes_focus).unwrap_or_default();
        }
    }

    /// Says what is wrong: id of the field and why. Fields that are not named are right.
    pub fn set_errors(&mut self, errors: &[(String, String)]) {
        for field in &mut self.fields {
            field.error = errors.iter().find(|(id, _)| *id == field.id).map(|(_, why)| why.clone());
        }
    }

    /// Says what values mean: id of the field and text. Nothing is said of fields that are not named.
    pub fn set_notes(&mut self, notes: &[(String, String)]) {
        for field in &mut self.fields {
            field.note = notes.iter().find(|(id, _)| *id == field.id).map(|(_, text)| text.clone());
        }
    }

    /// Puts the focus on the first field that is refused. Tells whether there is one.
    pub fn focus_first_error(&mut self) -> bool {
        let at = self.fields.iter().position(|field| field.error.is_some() && field.takes_focus());
        at.map(|at| self.focus = at).is_some()
    }

    /// How many fields differ from what they were opened with.
    pub fn changes(&self) -> usize {
        self.fields.iter().filter(|field| field.is_changed()).count()
    }

    /// Whether plain characters write now.
    pub fn typing(&self) -> bool {
        self.focused().is_some_and(Field::is_text)
    }

    /// Moves the focus to the next or previous field that takes it; round about.
    pub fn step(&mut self, forward: bool) {
        let len = self.fields.len();
        for _ in 0..len {
            self.focus = if forward { (self.focus + 1) % len } else { (self.focus + len - 1) % len };
            if self.fields[self.focus].takes_focus() {
                return;
            }
        }
    }

    fn step_within(&mut self, forward: bool) -> Did {
        let before = self.focus;
        self.step(forward);
        if (self.focus < before) == forward {
            self.focus = before;
        }
        Did::Moved
    }

    /// A key.
    pub fn key(&mut self, event: KeyEvent) -> Did {
        let Some(field) = self.fields.get_mut(self.focus) else { return Did::Nothing };
        if field.is_text() {
            let before = field.editor.text();
            if field.editor.key(event) {
                return if field.editor.text() == before { Did::Moved } else { Did::Changed };
            }
        }
        match event.code {
            KeyCode::Tab => self.step(true),
            KeyCode::BackTab => self.step(false),
            KeyCode::Down => return self.step_within(true),
            KeyCode::Up => return self.step_within(false),
            KeyCode::PageDown => {
                (0..8).for_each(|_| drop(self.step_within(true)));
            }
            KeyCode::PageUp => {
                (0..8).for_each(|_| drop(self.step_within(false)));
            }
            KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right | KeyCode::Enter if !field.fixed => {
                return Self::act(field, event.code);
            }
            _ => return Did::Nothing,
        }
        Did::Moved
    }

    fn act(field: &mut Field, code: KeyCode) -> Did {
        match &field.kind {
            Kind::Flag if code != KeyCode::Enter => {
                let turned = if field.editor.text() == "true" { "false" } else { "true" };
                field.editor.set(turned);
                Did::Changed
            }
            Kind::Choice(options) if code != KeyCode::Enter && !options.is_empty() => {
                let at = options.iter().position(|option| *option == field.editor.text());
                let len = options.len();
                let next = match (at, code) {
                    (None, _) => 0,
                    (Some(at), KeyCode::Left) => (at + len - 1) % len,
                    (Some(at), _) => (at + 1) % len,
                };
                let option = options[next].clone();
                field.editor.set(&option);
                Did::Changed
            }
            Kind::Choice(_) | Kind::Pick if code == KeyCode::Enter => Did::Pick(field.id.clone()),
            Kind::Button if code == KeyCode::Enter || code == KeyCode::Char(' ') => {
                Did::Pressed(field.id.clone())
            }
            Kind::Row if code == KeyCode::Enter => Did::Pressed(field.id.clone()),
            _ => Did::Nothing,
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) -> Did {
        match self.fields.get_mut(self.focus) {
            Some(field) if field.is_text() => {
                field.editor.paste(text);
                Did::Changed
            }
            _ => Did::Nothing,
        }
    }

    /// How many rows all fields take.
    pub fn height(&self) -> u16 {
        self.fields.iter().map(Field::rows).sum()
    }

    /// Draws the fields that fit, the focused one always, and its hint in the last row.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.height == 0 || area.width < 4 {
            return;
        }
        let hint = self.focused().map_or("", |field| field.hint.as_str());
        let has_hint = area.height > 3 && self.fields.iter().any(|field| !field.hint.is_empty());
        let body = Rect { height: area.height - u16::from(has_hint), ..area };
        if has_hint {
            let line =
                Line::styled(clean::fit(hint, area.width as usize).into_owned(), view.style(Role::Dim));
            frame.render_widget(line, Rect { y: body.bottom(), height: 1, ..area });
        }
        let labels = self
            .fields
            .iter()
            .filter(|field| !matches!(field.kind, Kind::Heading | Kind::Button | Kind::Row))
            .map(|field| field.label.width())
            .max()
            .unwrap_or_default();
        let labels = (labels as u16 + 3).min(area.width / 3).max(4);
        let starts: Vec<u16> = self
            .fields
            .iter()
            .scan(0, |y, field| {
                let start = *y;
                *y += field.rows();
                Some(start)
            })
            .collect();
        let (start, rows) =
            (starts.get(self.focus).copied().unwrap_or_default(), self.focused().map_or(1, Field::rows));
        let mut top = self.top.get().min(self.height().saturating_sub(body.height));
        if start < top {
            top = start;
        } else if start + rows > top + body.height {
            top = start + rows - body.height.min(start + rows);
        }
        self.top.set(top);
        for (at, field) in self.fields.iter().enumerate() {
            let end = starts[at] + field.rows();
            if starts[at] < top || starts[at] >= top + body.height {
                continue;
            }
            let height = (end - starts[at]).min(top + body.height - starts[at]);
            let place = Rect { y: body.y + starts[at] - top, height, ..body };
            draw_field(frame, place, field, labels, at == self.focus, view);
        }
        if self.height() > body.height && body.width > 2 {
            let mark = |up: bool| if up { "↑" } else { "↓" };
            let x = body.right() - 1;
            if top > 0 {
                frame.buffer_mut().set_string(x, body.y, mark(true), view.style(Role::Dim));
            }
            if top + body.height < self.height() {
                frame.buffer_mut().set_string(x, body.bottom() - 1, mark(false), view.style(Role::Dim));
            }
        }
    }
}

fn draw_field(frame: &mut Frame<'_>, area: Rect, field: &Field, labels: u16, focused: bool, view: &View<'_>) {
    let complaint = field.error.as_ref().map(|why| (Role::Bad, format!("✗ {why}")));
    let complaint = complaint.or_else(|| field.warning.as_ref().map(|why| (Role::Warn, format!("⚠ {why}"))));
    let complaint = complaint.or_else(|| field.note.as_ref().map(|text| (Role::Dim, text.clone())));
    let rows = if complaint.is_some() && area.height > 1 { area.height - 1 } else { area.height };
    let first = Rect { height: 1, ..area };
    let mut mark = if field.is_changed() { "●" } else { " " };
    if field.error.is_some() {
        mark = "✗";
    }
    let here = focused && view.focused;
    match field.kind {
        Kind::Heading => {
            let text = if field.label.is_empty() {
                "─".repeat(area.width as usize)
            } else {
                format!("── {} ", field.label)
            };
            frame.render_widget(
                Line::styled(clean::fit(&text, area.width as usize).into_owned(), view.style(Role::Title)),
                first,
            );
        }
        Kind::Row => {
            let text = clean::fit(&field.label, (area.width as usize).saturating_sub(4));
            let span = Span::styled(text.into_owned(), view.style(Role::Text));
            frame.render_widget(Line::from(vec![Span::raw("   "), span]), first);
            if here {
                mark_row(frame, first, view);
            }
        }
        Kind::Button => {
            let look = view.style(if here { Role::Cursor } else { Role::Link });
            frame.render_widget(
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled(format!("[ {} ]", clean::line(&field.label)), look),
                ]),
                first,
            );
        }
        _ => {
            let label = clean::pad(&field.label, labels.saturating_sub(2) as usize);
            let role = if here { Role::Title } else { Role::Dim };
            let spans = vec![
                Span::styled(mark, view.style(if field.error.is_some() { Role::Bad } else { Role::Changed })),
                Span::styled(label, view.style(role)),
            ];
            frame.render_widget(Line::from(spans), first);
            let place = Rect {
                x: area.x + labels,
                width: area.width.saturating_sub(labels + 1),
                height: rows,
                ..area
            };
            draw_value(frame, place, field, here, view);
        }
    }
    if let Some((role, text)) = complaint
        && area.height > rows
    {
        let place = Rect {
            x: area.x + labels,
            y: area.y + rows,
            width: area.width.saturating_sub(labels),
            height: 1,
        };
        frame.render_widget(
            Line::styled(clean::fit(&text, place.width as usize).into_owned(), view.style(role)),
            place,
        );
    }
}

fn draw_value(frame: &mut Frame<'_>, place: Rect, field: &Field, here: bool, view: &View<'_>) {
    let value = field.value();
    let shown = match &field.kind {
        Kind::Flag => {
            if value == "true" {
                "[x] yes".to_owned()
            } else {
                "[ ] no".to_owned()
            }
        }
        Kind::Choice(_) => format!("‹ {value} ›"),
        Kind::Secret => "•".repeat(value.chars().count()),
        Kind::Line | Kind::Pick | Kind::Area(_) if !field.fixed => {
            let mut place = place;
            if matches!(field.kind, Kind::Pick) && place.width > 3 {
                place.width -= 2;
                frame.buffer_mut().set_string(place.right() + 1, place.y, "▾", view.style(Role::Dim));
            }
            let view = View { focused: here, ..*view };
            field.editor.draw(frame, place, &view);
            return;
        }
        _ => value,
    };
    let role = if field.fixed { Role::Dim } else { Role::Input };
    frame.render_widget(
        Line::styled(clean::fit(&shown, place.width as usize).into_owned(), view.style(role)),
        Rect { height: 1, ..place },
    );
    if here {
        mark_row(
            frame,
            Rect {
                width: (clean::fit(&shown, place.width as usize).width() as u16).max(1),
                height: 1,
                ..place
            },
            view,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    fn press(form: &mut Form, code: KeyCode) -> Did {
        form.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn form() -> Form {
        Form::new(vec![
            Field::new("", "About", Kind::Heading, ""),
            Field::new("name", "Name", Kind::Line, "a"),
            Field::new("on", "Enabled", Kind::Flag, "true"),
            Field::new("how", "How", Kind::Choice(vec!["x".into(), "y".into()]), "x"),
            Field::new("queue", "Queue", Kind::Pick, ""),
        ])
    }

    #[test]
    fn keys_edit_turn_choose_and_ask() {
        let mut form = form();
        assert!(form.typing());
        assert_eq!(press(&mut form, KeyCode::Char('b')), Did::Changed);
        assert_eq!(press(&mut form, KeyCode::Down), Did::Moved);
        assert!(!form.typing());
        assert_eq!(press(&mut form, KeyCode::Char(' ')), Did::Changed);
        press(&mut form, KeyCode::Tab);
        assert_eq!(press(&mut form, KeyCode::Left), Did::Changed);
        press(&mut form, KeyCode::Tab);
        assert_eq!(press(&mut form, KeyCode::Enter), Did::Pick("queue".into()));
        assert_eq!(
            (form.value("name"), form.value("on"), form.value("how")),
            ("ab".into(), "false".into(), "y".into())
        );
        assert_eq!(form.changes(), 3);
        press(&mut form, KeyCode::Tab);
        assert_eq!(form.focused().unwrap().id, "name");
    }

    #[test]
    fn other_fields_keep_what_was_typed() {
        let mut form = form();
        press(&mut form, KeyCode::Char('b'));
        form.replace(vec![
            Field::new("x", "X", Kind::Line, "new"),
            Field::new("name", "Name", Kind::Line, "a"),
        ]);
        assert_eq!(form.value("name"), "ab");
        assert_eq!(form.focused().unwrap().id, "name");
        form.set_errors(&[("x".into(), "is bad".into())]);
        assert!(form.focus_first_error());
        assert_eq!(form.focused().unwrap().id, "x");
    }
}
