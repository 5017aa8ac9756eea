//! Who are you: user and API key, asked before anything of the store is shown.

use connect_rules_store::{Actor, Error};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Dialog;
use crate::clean;
use crate::message::{Effect, Parcel};
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::form::{Did, Field, Form, Kind};
use crate::widgets::panel;

/// What the store said to a key.
struct Answered(Result<Actor, Error>);

/// The question. Nothing is read until it is answered; leaving it ends the program.
pub struct Login {
    form: Form,
    why: String,
    waiting: bool,
}

impl Login {
    /// The question, with the reason why it is asked.
    pub fn new(why: impl Into<String>) -> Self {
        let form = Form::new(vec![
            Field::new("user", "User", Kind::Line, "")
                .hint("your e-mail address, as it is listed under Users"),
            Field::new("key", "API key", Kind::Secret, "").hint("an administrator makes it; it is not kept"),
        ]);
        Login { form, why: why.into(), waiting: false }
    }

    fn submit(&mut self, cx: &mut Cx<'_>) {
        let missing = ["user", "key"].into_iter().find(|id| self.form.value(id).trim().is_empty());
        if let Some(id) = missing {
            self.form.focus_on(id);
            return;
        }
        if self.waiting {
            return;
        }
        self.waiting = true;
        let key = self.form.value("key").trim().to_owned();
        cx.look("logging in", move |job| Answered(job.wait(job.backend.log_in(&key))));
    }

    fn answered(&mut self, result: Result<Actor, Error>, cx: &mut Cx<'_>) {
        self.waiting = false;
        let user = self.form.value("user");
        match result {
            Ok(actor) if actor.user.eq_ignore_ascii_case(user.trim()) => {
                cx.close();
                cx.requests.push(Request::LoggedIn(actor));
                return;
            }
            Ok(_) => "not logged in: the key is not that of this user".clone_into(&mut self.why),
            Err(error) => {
                let told = error.explain();
                self.why = format!("not logged in: {error}; {}", told.fix);
            }
        }
        if let Some(field) = self.form.field_mut("key") {
            field.set("");
        }
        self.form.focus_on("key");
    }
}

impl Dialog for Login {
    fn place(&self) -> &'static str {
        "dialog.login"
    }

    fn typing(&self) -> bool {
        self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        // Enter is the key table's.
        key.code != KeyCode::Enter && self.form.key(key) != Did::Nothing
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        self.form.paste(text.trim());
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.ok" | "dialog.save" => self.submit(cx),
            "dialog.cancel" => cx.effects.push(Effect::Quit),
            "pane.next" | "move.down" => self.form.step(true),
            "pane.previous" | "move.up" => self.form.step(false),
            _ => return false,
        }
        true
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        if let Ok(answered) = parcel.downcast::<Answered>() {
            self.answered(answered.0, cx);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let wide = area.width.min(78);
        let lines = clean::wrap(&self.why, (wide as usize).saturating_sub(4).max(10));
        let height = self.form.height() + lines.len() as u16 + 6;
        let inside = panel::window(frame, area, (wide, height), "Log in", view);
        if inside.height < 3 {
            return;
        }
        let below = (lines.len() as u16 + 1).min(inside.height - 2);
        let body = Rect {
            x: inside.x + 1,
            width: inside.width.saturating_sub(2),
            height: inside.height - below - 1,
            ..inside
        };
        self.form.draw(frame, body, view);
        let role = if self.why.starts_with("not ") { Role::Bad } else { Role::Text };
        let told = lines.into_iter().map(|line| Line::styled(format!(" {line}"), view.style(role)));
        let place = Rect { y: body.bottom(), height: below, ..inside };
        panel::lines(frame, place, told.collect::<Vec<_>>());
        let keys = if self.waiting { " logging in…" } else { " tab next field  enter log in  esc quit" };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
