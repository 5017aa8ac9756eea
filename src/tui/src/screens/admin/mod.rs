//! The screen Admin: users, end points, holidays, operating hours, the data of the Connect instance, import,
//! export, backups, the audit list and settings. A column of sections, and the section at its right.

mod about;
mod audit;
mod backups;
mod end_points;
mod export;
mod grid;
mod holidays;
mod import;
mod key_shown;
mod keys;
mod refresh;
mod review;
mod settings;
mod source;
mod thing_form;
mod things;
mod users;

use connect_rules_engine::value::Text;
use connect_rules_store::exchange::Backups;
use connect_rules_store::exchange::export::About;
use connect_rules_store::{Applied, Error};
use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub use self::keys::KEYS;
use self::table::Table;
use crate::backend::AnyAction;
use crate::clean;
use crate::message::{Effect, JobContext, Level, Parcel};
use crate::overlay::Explain;
use crate::screen::{Cx, Screen, Target, View};
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::{List, panel, table};

/// A section of the screen.
trait Part: Send {
    /// Name in targets.
    fn name(&self) -> &'static str;

    /// Title in the column of sections.
    fn title(&self) -> &'static str;

    /// Where the focus is while the section has it.
    fn place(&self) -> &'static str;

    /// Its table, if it has one: movement, filter and selection are seen to by the screen.
    fn table(&mut self) -> Option<&mut Table> {
        None
    }

    /// Its table, to look at.
    fn table_here(&self) -> Option<&Table> {
        None
    }

    /// Whether plain characters write into one of its fields.
    fn typing(&self) -> bool {
        false
    }

    /// A key that no binding takes, or any while typing. Tells whether it was used.
    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        let _ = (key, cx);
        false
    }

    /// Pasted text.
    fn paste(&mut self, text: &str) {
        let _ = text;
    }

    /// A command. Tells whether it is one of the section.
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool;

    /// Why a command cannot be run now.
    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let _ = (command, view);
        None
    }

    /// Puts the cursor on a thing.
    fn select(&mut self, thing: &str, cx: &mut Cx<'_>) {
        let _ = (thing, cx);
    }

    /// The cursor was moved.
    fn moved(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// The section comes to the front with what is stored now, or that was read anew.
    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// A change that the screen asked for was refused.
    fn failed(&mut self) {}

    /// Something that a job made or a dialog answered; given back if it is for another section.
    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let _ = cx;
        Some(parcel)
    }

    /// What would be lost if the program ended now.
    fn unsaved(&self) -> Option<String> {
        None
    }

    /// Draws it.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>);

    /// What the cursor is on, as text.
    fn copied(&self, view: &View<'_>) -> Option<String> {
        let _ = view;
        let row = self.table_here()?.current()?;
        Some(row.cells.iter().map(|cell| cell.trim()).collect::<Vec<_>>().join("\t"))
    }
}

/// A change that was agreed to and is made after a backup.
pub(super) struct Apply {
    /// What it is, in words.
    pub title: String,
    /// The change.
    pub action: AnyAction,
}

/// A backup was written, or not, before a change.
struct Saved {
    apply: Apply,
    backup: Result<String, Error>,
}

/// What an export or a backup says of where it came from.
fn about(session: &Session) -> About {
    let now = Timestamp::from_millisecond(session.clock.now()).unwrap_or_default();
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: session.environment.name.clone(),
        exported_by: session.actor.user.to_string(),
        exported_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// Writes a backup of what is stored now; answers its name.
fn back_up(job: &JobContext, backups: &Backups, about: &About, at: Timestamp) -> Result<String, Error> {
    let now = job.wait(job.backend.snapshot())?;
    Ok(backups.write(&now, about, at)?.stem)
}

/// The screen.
pub struct Admin {
    parts: Vec<Box<dyn Part>>,
    /// Sections whose rows are older than what is stored.
    stale: Vec<bool>,
    sections: List,
    /// Whether the section has the focus, not the column of sections.
    inside: bool,
}

impl Admin {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        let parts: Vec<Box<dyn Part>> = vec![
            Box::new(users::Users::new()),
            Box::new(end_points::EndPoints::new()),
            Box::new(holidays::Holidays::new()),
            Box::new(things::Things::hours()),
            Box::new(things::Things::connect()),
            Box::new(import::Import::new()),
            Box::new(export::Export::new()),
            Box::new(backups::BackupList::new()),
            Box::new(audit::Audit::new()),
            Box::new(settings::Settings::new()),
            Box::new(about::Environment::new()),
        ];
        let count = parts.len();
        Admin { parts, stale: vec![true; count], sections: List::new(count), inside: false }
    }

    fn part(&self) -> &dyn Part {
        &*self.parts[self.sections.cursor()]
    }

    fn part_mut(&mut self) -> &mut dyn Part {
        &mut *self.parts[self.sections.cursor()]
    }

    /// Brings the section to what is stored, if it is not.
    fn refresh(&mut self, cx: &mut Cx<'_>) {
        let at = self.sections.cursor();
        if self.stale[at] && cx.data.is_some() {
            self.stale[at] = false;
            self.parts[at].loaded(cx);
        }
    }

    fn go(&mut self, section: &str, thing: &str, cx: &mut Cx<'_>) {
        let Some(at) = self.parts.iter().position(|part| part.name() == section) else { return };
        self.sections.select(at);
        self.inside = true;
        self.refresh(cx);
        if !thing.is_empty() {
            self.part_mut().select(thing, cx);
        }
    }

    fn filtering(&self) -> bool {
        self.inside && self.part().table_here().is_some_and(Table::typing)
    }

    fn apply(apply: Apply, cx: &mut Cx<'_>) {
        let Some(file) = &cx.session.file else {
            let owner = cx.me();
            cx.effects.push(Effect::Change { owner, action: apply.action });
            return;
        };
        let backups = Backups::beside(file);
        let about = about(cx.session);
        let at = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
        cx.job(format!("backup before: {}", apply.title), move |job| {
            let backup = back_up(job, &backups, &about, at);
            Saved { apply, backup }
        });
    }
}

impl Screen for Admin {
    fn place(&self) -> &'static str {
        match (self.inside, self.filtering()) {
            (false, _) => "admin.sections",
            (true, true) => "admin.filter",
            (true, false) => self.part().place(),
        }
    }

    fn typing(&self) -> bool {
        self.inside && (self.filtering() || self.part().typing())
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if !self.inside {
            return false;
        }
        if self.filtering() {
            let used = self.part_mut().table().is_some_and(|table| table.key(key));
            self.part_mut().moved(cx);
            return used;
        }
        self.part_mut().key(key, cx)
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if !self.inside {
            return;
        }
        if self.filtering() {
            if let Some(table) = self.part_mut().table() {
                table.paste(text);
            }
            self.part_mut().moved(cx);
        } else {
            self.part_mut().paste(text);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.sectionBefore" | "admin.sectionNext" => {
                let len = self.parts.len();
                let step = if command == "admin.sectionNext" { 1 } else { len - 1 };
                self.sections.select((self.sections.cursor() + step) % len);
                self.refresh(cx);
                return true;
            }
            "admin.back" => {
                self.inside = false;
                return true;
            }
            "admin.open" => {
                self.inside = true;
                return true;
            }
            _ => {}
        }
        if !self.inside {
            match command {
                "pane.next" | "pane.previous" | "app.filter" => self.inside = true,
                _ => {
                    let moved = self.sections.run(command);
                    self.refresh(cx);
                    return moved;
                }
            }
            if command != "app.filter" {
                return true;
            }
        }
        if self.part_mut().run(command, cx) {
            return true;
        }
        if matches!(command, "pane.next" | "pane.previous" | "move.left") {
            self.inside = false;
            return true;
        }
        let used = self.part_mut().table().is_some_and(|table| table.run(command));
        if used {
            self.part_mut().moved(cx);
        }
        used
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        self.part().refuses(command, view)
    }

    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        match target {
            Target::Admin(section, thing) => self.go(section, thing, cx),
            Target::EndPoint(id) => self.go("endPoints", id, cx),
            Target::Holiday(id) => self.go("holidays", id, cx),
            Target::User(id) => self.go("users", id, cx),
            _ => self.refresh(cx),
        }
    }

    fn whereabouts(&self) -> Target {
        let part = self.part();
        Target::Admin(part.name(), part.table_here().map(Table::key_here).unwrap_or_default())
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.stale.fill(true);
        self.refresh(cx);
    }

    fn changed(&mut self, result: &Result<Applied, Error>, _: &mut Cx<'_>) -> bool {
        if result.is_err() {
            self.part_mut().failed();
        }
        false
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Apply>() {
            Ok(agreed) => return Self::apply(*agreed, cx),
            Err(parcel) => parcel,
        };
        let mut parcel = match parcel.downcast::<Saved>() {
            Ok(saved) => {
                match saved.backup {
                    Ok(stem) => {
                        cx.toast(Level::Note, format!("backup {stem} written"));
                        let owner = cx.me();
                        cx.effects.push(Effect::Change { owner, action: saved.apply.action });
                    }
                    Err(error) => cx.open(Explain::error(&error)),
                }
                return;
            }
            Err(parcel) => parcel,
        };
        for part in &mut self.parts {
            match part.message(parcel, cx) {
                None => return,
                Some(back) => parcel = back,
            }
        }
    }

    fn unsaved(&self) -> Option<String> {
        self.parts.iter().find_map(|part| part.unsaved())
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let width = if area.width >= 110 { 20 } else { 15 };
        let left = Rect { width, ..area };
        let right = Rect { x: area.x + width, width: area.width - width, ..area };
        let here = View { focused: view.focused && !self.inside, ..*view };
        let inside = panel::panel(frame, left, "Admin", &here);
        self.sections.draw(frame, inside, &here, |at| {
            let title = clean::fit(self.parts[at].title(), inside.width.saturating_sub(1) as usize);
            Line::styled(format!(" {title}"), view.style(Role::Text))
        });
        let there = View { focused: view.focused && self.inside, ..*view };
        if view.data.is_none() {
            let inside = panel::panel(frame, right, self.part().title(), &there);
            panel::notice(frame, inside, "reading the store…", view);
        } else if self.inside {
            self.part().draw(frame, right, &there);
        } else {
            view.follow(frame, right, |frame| self.part().draw(frame, right, &there));
        }
    }

    fn copied(&self, view: &View<'_>) -> Option<String> {
        if !self.inside {
            return Some(self.part().title().to_owned());
        }
        self.part().copied(view)
    }
}

/// An identifier as a choice of one version: what the person saw.
fn picked(
    view: &crate::data::Data,
    kind: connect_rules_store::Kind,
    id: &Text,
) -> connect_rules_store::service::Picked {
    connect_rules_store::service::Picked { id: Text::clone(id), rev: Some(view.snapshot.rev(kind, id)) }
}
