//! Questions before something is done, and explanations of what could not be done.

use std::cell::Cell;

use connect_rules_store::Error;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Dialog;
use crate::backend::AnyAction;
use crate::clean;
use crate::message::{Effect, Owner, Parcel};
use crate::screen::{Cx, Request, ScreenId, Target, View};
use crate::theme::Role;
use crate::widgets::Editor;
use crate::widgets::panel;

/// What happens after a yes.
pub enum Then {
    /// This change; its answer goes to that owner.
    Change(Owner, AnyAction),
    /// This is handed to a screen.
    Send(ScreenId, Parcel),
    /// This is answered to who asked.
    Answer(Owner, Parcel),
    /// The program goes there.
    Go(Target),
    /// This effect.
    Effect(Effect),
}

/// A question whose Cancel is chosen beforehand.
pub struct Confirm {
    title: String,
    body: String,
    yes: String,
    on_yes: bool,
    then: Option<Then>,
    /// What has to be typed, in production.
    typed: Option<(String, Editor)>,
    /// First line of the body that is seen.
    top: Cell<usize>,
}

impl Confirm {
    /// A question: title, what would happen, the word on the button that does it.
    pub fn new(
        title: impl Into<String>,
        body: impl Into<String>,
        yes: impl Into<String>,
        then: Then,
    ) -> Self {
        Confirm {
            title: title.into(),
            body: body.into(),
            yes: yes.into(),
            on_yes: false,
            then: Some(then),
            typed: None,
            top: Cell::new(0),
        }
    }

    /// In a production environment its name must be typed first.
    #[must_use]
    pub fn guarded(mut self, environment: &crate::session::Environment) -> Self {
        if environment.production {
            self.typed = Some((environment.name.clone(), Editor::line("")));
        }
        self
    }

    fn is_typed(&self) -> bool {
        self.typed.as_ref().is_none_or(|(wanted, editor)| editor.text() == *wanted)
    }

    fn agree(&mut self, cx: &mut Cx<'_>) {
        cx.close();
        match self.then.take() {
            Some(Then::Change(owner, action)) => cx.effects.push(Effect::Change { owner, action }),
            Some(Then::Send(screen, parcel)) => cx.requests.push(Request::Send(screen, parcel)),
            Some(Then::Answer(owner, parcel)) => cx.requests.push(Request::Answer(owner, parcel)),
            Some(Then::Go(target)) => cx.go(target),
            Some(Then::Effect(effect)) => cx.effects.push(effect),
            None => {}
        }
    }
}

impl Dialog for Confirm {
    fn place(&self) -> &'static str {
        if self.typing() { "dialog.typed" } else { "dialog.confirm" }
    }

    fn typing(&self) -> bool {
        self.typed.is_some() && !self.is_typed()
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        self.typed.as_mut().is_some_and(|(_, editor)| editor.key(key))
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        if let Some((_, editor)) = &mut self.typed {
            editor.paste(text);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" | "dialog.no" => cx.close(),
            "dialog.yes" => self.on_yes = true,
            "dialog.switch" => self.on_yes = !self.on_yes,
            "dialog.ok" if self.on_yes && self.is_typed() => self.agree(cx),
            "dialog.ok" if !self.on_yes && !self.typing() => cx.close(),
            "dialog.ok" => {}
            "move.up" => self.top.set(self.top.get().saturating_sub(1)),
            "move.down" => self.top.set(self.top.get() + 1),
            "move.pageUp" => self.top.set(self.top.get().saturating_sub(10)),
            "move.pageDown" => self.top.set(self.top.get() + 10),
            _ => return false,
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let width = area.width.min(74);
        let rows = clean::wrap(&self.body, width.saturating_sub(4) as usize);
        let extra = if self.typed.is_some() { 3 } else { 0 };
        let inside = panel::window(frame, area, (width, rows.len() as u16 + 4 + extra), &self.title, view);
        let text = Rect {
            x: inside.x + 1,
            width: inside.width.saturating_sub(2),
            height: inside.height.saturating_sub(2 + extra),
            ..inside
        };
        let beyond = rows.len().saturating_sub(text.height as usize);
        self.top.set(self.top.get().min(beyond));
        panel::lines(frame, text, rows.into_iter().skip(self.top.get()).map(Line::raw));
        if beyond > 0 {
            let more = format!(" ↑↓ {} more lines ", beyond - self.top.get());
            let line = Line::styled(more, view.style(Role::Dim)).right_aligned();
            frame.render_widget(line, Rect { y: text.bottom(), height: 1, ..text });
        }
        if let Some((wanted, editor)) = &self.typed
            && inside.height > 4
        {
            let y = inside.bottom().saturating_sub(4);
            let ask = format!(" This is a production environment: type {wanted} to go on.");
            frame.render_widget(
                Line::styled(clean::fit(&ask, inside.width as usize).into_owned(), view.style(Role::Warn)),
                Rect { y, height: 1, ..inside },
            );
            editor.draw(
                frame,
                Rect { x: inside.x + 1, y: y + 1, width: inside.width.saturating_sub(2), height: 1 },
                view,
            );
        }
        let look = |here: bool| view.style(if here { Role::Cursor } else { Role::Key });
        let mark =
            |here: bool, text: &str| if here { format!("▸[ {text} ]") } else { format!(" [ {text} ]") };
        let buttons = Line::from(vec![
            Span::raw(" "),
            Span::styled(mark(!self.on_yes, "Cancel"), look(!self.on_yes)),
            Span::raw("  "),
            Span::styled(mark(self.on_yes, &self.yes), look(self.on_yes)),
        ]);
        if inside.height > 0 {
            frame.render_widget(buttons, Rect { y: inside.bottom() - 1, height: 1, ..inside });
        }
    }
}

/// Tells something at length: an error with its reason and remedy, a list, a plan.
pub struct Explain {
    title: String,
    text: String,
    /// First line that is seen.
    top: Cell<usize>,
}

impl Explain {
    /// A text with a title.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Explain { title: title.into(), text: text.into(), top: Cell::new(0) }
    }

    /// What the store refused, why, and what to do.
    pub fn error(error: &Error) -> Self {
        let it = error.explain();
        Explain::new(
            "Not done",
            format!("{}\n\nWhere: {}\nWhy: {}\nWhat to do: {}", it.what, it.place, it.why, it.fix),
        )
    }
}

impl Dialog for Explain {
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.ok" | "dialog.cancel" | "app.quit" => cx.close(),
            "move.up" => self.top.set(self.top.get().saturating_sub(1)),
            "move.down" => self.top.set(self.top.get() + 1),
            "move.pageUp" => self.top.set(self.top.get().saturating_sub(10)),
            "move.pageDown" => self.top.set(self.top.get() + 10),
            "move.first" => self.top.set(0),
            "app.copy" => cx.copy(self.text.clone()),
            _ => return false,
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let width = area.width.min(90);
        let rows = clean::wrap(&self.text, width.saturating_sub(4) as usize);
        let inside = panel::window(
            frame,
            area,
            (width, (rows.len() as u16).saturating_add(4).min(area.height)),
            &self.title,
            view,
        );
        let text = Rect {
            x: inside.x + 1,
            width: inside.width.saturating_sub(2),
            height: inside.height.saturating_sub(2),
            ..inside
        };
        // Kept, so that the way back up begins where the end is seen.
        let beyond = rows.len().saturating_sub(text.height as usize);
        self.top.set(self.top.get().min(beyond));
        panel::lines(frame, text, rows.into_iter().skip(self.top.get()).map(Line::raw));
        if inside.height > 0 {
            let more = if beyond > 0 {
                format!("  ↑↓ {} more lines", beyond - self.top.get())
            } else {
                String::new()
            };
            frame.render_widget(
                Line::styled(format!(" enter close  y copy{more}"), view.style(Role::Dim)),
                Rect { y: inside.bottom() - 1, height: 1, ..inside },
            );
        }
    }
}
