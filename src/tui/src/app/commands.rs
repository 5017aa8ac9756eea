//! Keys, and the commands that work everywhere.

use crossterm::event::KeyEvent;

use super::{App, Out, Quit, REST, job_text};
use crate::help;
use crate::keys;
use crate::keys::{Chord, Found};
use crate::message::{Effect, Level, Owner};
use crate::overlay::help::Help;
use crate::overlay::jobs::{Jobs, Row};
use crate::overlay::manual::Manual;
use crate::overlay::palette::Palette;
use crate::overlay::{Confirm, Then};
use crate::screen::{ScreenId, Target};

impl App {
    pub(super) fn key(&mut self, event: KeyEvent, out: &mut Out) {
        let chord = Chord::of(event);
        let typing = self.typing();
        if typing && self.pressed.is_empty() && self.in_front(out, |target, cx| target.key(event, cx)) {
            return;
        }
        if typing && chord.is_text() {
            self.pressed.clear();
            return;
        }
        self.pressed.push(chord);
        match keys::find(&self.pressed, self.place()) {
            Found::Prefix if !typing => {}
            Found::Command(id) => {
                self.pressed.clear();
                self.run(id, out);
            }
            _ => {
                let alone = self.pressed.len() == 1;
                self.pressed.clear();
                if alone {
                    if !typing {
                        self.in_front(out, |target, cx| target.key(event, cx));
                    }
                } else {
                    // The key may mean something by itself.
                    self.key(event, out);
                }
            }
        }
    }

    /// Runs a command of the key table at the present place, if it is allowed.
    pub(super) fn run(&mut self, id: &'static str, out: &mut Out) {
        let Some(binding) = keys::by_id(id) else { return };
        if let Some(why) = self.session.refuses(binding.needs, binding.writes.is_write()) {
            self.tell(Level::Bad, why);
            return;
        }
        if self.dialogs.is_empty()
            && let Some(why) = self.front().refuses(id, &self.view(true))
        {
            self.tell(Level::Bad, why);
            return;
        }
        self.last_command = id;
        let place = self.place();
        if self.in_front(out, |target, cx| target.run(id, cx)) {
            if id.starts_with("move.") && self.dialogs.is_empty() && self.place() == place {
                self.followers.until = Some(self.session.clock.now() + REST);
            }
            return;
        }
        if self.dialogs.is_empty()
            || matches!(id, "app.redraw" | "app.suspend" | "app.theme" | "app.quit" | "app.manual")
        {
            self.everywhere(id, out);
        }
    }

    pub(super) fn everywhere(&mut self, id: &'static str, out: &mut Out) {
        match id {
            "app.help" => {
                let help = Help::new(self.place());
                self.open(Box::new(help));
            }
            "app.manual" => {
                let page = self.dialogs.iter().rev().find_map(|(_, dialog)| dialog.help_page());
                let page = page.or_else(|| self.front().help_page(&self.view(true)));
                let page = page.unwrap_or_else(|| help::of_screen(self.screen));
                self.open(Box::new(Manual::new(&page)));
            }
            "app.palette" => {
                let palette = Palette::new(self.place(), self.data.as_deref(), &self.session);
                self.open(Box::new(palette));
            }
            "app.undo" => out.effects.push(Effect::Undo),
            "app.redo" => out.effects.push(Effect::Redo),
            "app.back" => {
                if let Some(target) = self.history.pop() {
                    self.enter(&target, out);
                } else {
                    self.tell(Level::Note, "there is no way further back".to_owned());
                }
            }
            "app.copy" => {
                let text = self.front().copied(&self.view(true));
                match text {
                    Some(text) => {
                        self.tell(Level::Note, format!("copied {} characters", text.chars().count()));
                        out.effects.push(Effect::Copy(text));
                    }
                    None => self.tell(Level::Note, "there is nothing to copy under the cursor".to_owned()),
                }
            }
            "app.theme" => {
                let name = self.themes[(self.theme + 1) % self.themes.len()].name.clone();
                self.prefer_theme(&name, out);
            }
            "app.reload" => {
                self.loading = true;
                out.effects.push(Effect::Load);
            }
            "app.jobs" => {
                let told = self.jobs.iter().filter(|job| !job.title.is_empty());
                let rows = told.map(|job| Row { id: job.id, text: job_text(job) }).collect();
                self.open(Box::new(Jobs::new(rows)));
            }
            "app.redraw" => out.effects.push(Effect::Redraw),
            "app.suspend" => out.effects.push(Effect::Suspend),
            "app.quit" => self.quit(out),
            _ => {
                let screen = ScreenId::ALL.into_iter().find(|screen| {
                    id.strip_prefix("app.screen.")
                        .is_some_and(|name| screen.name().eq_ignore_ascii_case(name))
                });
                if let Some(screen) = screen {
                    self.go(&Target::Screen(screen), out);
                }
            }
        }
    }

    pub(super) fn quit(&mut self, out: &mut Out) {
        let mut lost = self.unsaved();
        lost.extend(self.jobs.iter().filter(|job| job.asked).map(|job| format!("{} is running", job.title)));
        if lost.is_empty() || self.quitting {
            self.save_drafts(out);
            out.effects.push(Effect::Quit);
            return;
        }
        let body = format!(
            "{}.\n\nDrafts and recordings are kept and offered again at the next start.",
            lost.join(".\n")
        );
        self.open(Box::new(Confirm::new("Quit?", body, "Quit", Then::Answer(Owner::Nobody, Box::new(Quit)))));
    }
}
