//! What screens and dialogs ask the program for, and how they are asked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossterm::event::KeyEvent;

use super::{App, HISTORY, Out, Quit, Running};
use crate::message::{Effect, Level, Owner, Parcel};
use crate::overlay::Dialog;
use crate::screen::{Cx, Request, Screen, ScreenId, Target};

impl App {
    pub(super) fn request(&mut self, dialog: u64, request: Request, out: &mut Out) {
        self.dirty |= !matches!(&request, Request::Job(job) if job.quiet);
        match request {
            Request::Draw => {}
            Request::Toast(level, text) => self.tell(level, text),
            Request::Open(dialog) => self.open(dialog),
            Request::Close => self.dialogs.retain(|(number, _)| *number != dialog),
            Request::Go(target) => self.go(&target, out),
            Request::Send(screen, parcel) => self.deliver(Owner::Screen(screen), parcel, out),
            Request::Answer(Owner::Nobody, parcel) if parcel.is::<Quit>() => {
                self.quitting = true;
                self.quit(out);
            }
            Request::Answer(owner, parcel) => self.deliver(owner, parcel, out),
            Request::Run(id) => self.run(id, out),
            Request::Job(job) => {
                self.numbers += 1;
                let cancelled = Arc::clone(&job.cancelled);
                let running = Running {
                    id: self.numbers,
                    title: job.title.clone(),
                    progress: (0, 0),
                    asked: job.asked,
                    quiet: job.quiet,
                    cancelled: Arc::clone(&cancelled),
                };
                self.jobs.push(running);
                out.effects.push(Effect::Job(self.numbers, cancelled, job));
            }
            Request::Cancel(id) => {
                if let Some(job) = self.jobs.iter().find(|job| job.id == id) {
                    job.cancelled.store(true, Ordering::Relaxed);
                    let title = job.title.clone();
                    self.tell(Level::Note, format!("cancelling {title}"));
                }
            }
            Request::Theme(name) => self.prefer_theme(&name, out),
            Request::LimitsRefresh(seconds) => self.prefer_limits_refresh(seconds, out),
            Request::LoggedIn(actor) => {
                self.tell(Level::Good, format!("logged in as {}, {}", actor.user, actor.role));
                self.session.actor = actor.clone();
                out.effects.push(Effect::LoggedIn(actor));
                out.effects.push(Effect::Load);
            }
        }
    }

    pub(super) fn go(&mut self, target: &Target, out: &mut Out) {
        let from = self.front().whereabouts();
        if from != *target && self.history.last() != Some(&from) {
            self.history.push(from);
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
        }
        self.enter(target, out);
    }

    pub(super) fn enter(&mut self, target: &Target, out: &mut Out) {
        self.dirty = true;
        self.screen = target.screen();
        self.on_screen(self.screen, out, |screen, cx| screen.enter(target, cx));
    }

    pub(super) fn deliver(&mut self, owner: Owner, parcel: Parcel, out: &mut Out) {
        match owner {
            Owner::Nobody => {}
            Owner::Screen(id) => self.on_screen(id, out, |screen, cx| screen.message(parcel, cx)),
            Owner::Dialog(number) => {
                if let Some(at) = self.dialogs.iter().position(|(id, _)| *id == number) {
                    self.on_dialog(at, out, |dialog, cx| dialog.message(parcel, cx));
                }
            }
        }
    }

    /// Whoever has the focus: the topmost dialog, else the screen.
    pub(super) fn in_front<T>(&mut self, out: &mut Out, act: impl FnOnce(Front<'_>, &mut Cx<'_>) -> T) -> T {
        match self.dialogs.len().checked_sub(1) {
            Some(at) => self.on_dialog(at, out, |dialog, cx| act(Front::Dialog(dialog), cx)),
            None => self.on_screen(self.screen, out, |screen, cx| act(Front::Screen(screen), cx)),
        }
    }

    pub(super) fn on_screen<T>(
        &mut self,
        id: ScreenId,
        out: &mut Out,
        act: impl FnOnce(&mut dyn Screen, &mut Cx<'_>) -> T,
    ) -> T {
        let mut requests = Vec::new();
        let mut cx = Cx {
            data: self.data.as_ref(),
            session: &self.session,
            size: self.size,
            dialog: 0,
            screen: id,
            effects: &mut out.effects,
            requests: &mut requests,
        };
        let result = act(&mut *self.screens[id as usize], &mut cx);
        out.requests.extend(requests.into_iter().map(|request| (0, request)));
        result
    }

    pub(super) fn on_dialog<T>(
        &mut self,
        at: usize,
        out: &mut Out,
        act: impl FnOnce(&mut dyn Dialog, &mut Cx<'_>) -> T,
    ) -> T {
        let mut requests = Vec::new();
        let (number, dialog) = &mut self.dialogs[at];
        let number = *number;
        let mut cx = Cx {
            data: self.data.as_ref(),
            session: &self.session,
            size: self.size,
            dialog: number,
            screen: self.screen,
            effects: &mut out.effects,
            requests: &mut requests,
        };
        let result = act(&mut **dialog, &mut cx);
        out.requests.extend(requests.into_iter().map(|request| (number, request)));
        result
    }
}

pub(super) enum Front<'a> {
    Screen(&'a mut dyn Screen),
    Dialog(&'a mut dyn Dialog),
}

impl Front<'_> {
    pub(super) fn key(self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        match self {
            Front::Screen(it) => it.key(key, cx),
            Front::Dialog(it) => it.key(key, cx),
        }
    }

    pub(super) fn paste(self, text: &str, cx: &mut Cx<'_>) {
        match self {
            Front::Screen(it) => it.paste(text, cx),
            Front::Dialog(it) => it.paste(text, cx),
        }
    }

    pub(super) fn run(self, id: &'static str, cx: &mut Cx<'_>) -> bool {
        match self {
            Front::Screen(it) => it.run(id, cx),
            Front::Dialog(it) => it.run(id, cx),
        }
    }
}
