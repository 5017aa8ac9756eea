//! The program as a value: [`App::update`] takes what happened and answers what is to be done. It is pure:
//! it reads no clock but the session's, writes nothing and waits for nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use crate::data::Data;
use crate::help;
use crate::keys::{self, Chord, Found};
use crate::message::{Effect, Level, Message, Owner, Parcel};
use crate::overlay::help::Help;
use crate::overlay::jobs::{Jobs, Row};
use crate::overlay::manual::Manual;
use crate::overlay::palette::Palette;
use crate::overlay::{Confirm, Dialog, Explain, Then};
use crate::preferences::Preferences;
use crate::screen::{Cx, Request, Screen, ScreenId, Target, View};
use crate::screens;
use crate::session::Session;
use crate::theme::Theme;

/// How long a toast stays, in milliseconds.
const TOAST: i64 = 6000;
/// How often the change mark is read, in milliseconds.
const POLL: i64 = 5000;
/// How many places the way back keeps.
const HISTORY: usize = 100;
/// How many requests one message may lead to; more would be a loop.
const REQUESTS: usize = 1000;

/// A short message in the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How bad it is.
    pub level: Level,
    /// What it says.
    pub text: String,
    /// When it goes, in milliseconds since the epoch.
    pub until: i64,
}

/// A job that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Number.
    pub id: u64,
    /// What it does.
    pub title: String,
    /// Done, and of how many (0 if not known).
    pub progress: (usize, usize),
    /// Set to cancel it.
    pub cancelled: Arc<AtomicBool>,
}

/// The whole program.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct App {
    /// Who works where.
    pub session: Session,
    /// What is stored; none until the first reading is done.
    pub data: Option<Arc<Data>>,
    /// Which screen is in front.
    pub screen: ScreenId,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Themes to change between.
    pub themes: Vec<Theme>,
    /// Which theme is used.
    pub theme: usize,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// The newest toast.
    pub toast: Option<Toast>,
    /// Jobs that run.
    pub jobs: Vec<Running>,
    /// Why the store could not be read, if so.
    pub trouble: Option<String>,
    /// Whether something visible changed since the last frame.
    pub dirty: bool,
    /// The command that was run last, for tests of what leads to changes.
    pub last_command: &'static str,
    screens: [Box<dyn Screen>; 9],
    dialogs: Vec<(u64, Box<dyn Dialog>)>,
    pressed: Vec<Chord>,
    history: Vec<Target>,
    numbers: u64,
    loading: bool,
    next_poll: i64,
    quitting: bool,
}

impl App {
    /// The program before anything is read, and what to do first.
    pub fn new(session: Session, themes: Vec<Theme>, size: (u16, u16)) -> (Self, Vec<Effect>) {
        let screens: [Box<dyn Screen>; 9] = [
            Box::new(screens::home::Home::new()),
            Box::new(screens::rules::Rules::new(&session)),
            Box::new(screens::simulate::Simulate::new(&session)),
            Box::new(screens::tests::Tests::new(&session)),
            Box::new(screens::graph::Graph::new(&session)),
            Box::new(screens::limits::Limits),
            Box::new(screens::functions::Functions),
            Box::new(screens::health::Health),
            Box::new(screens::admin::Admin::new(&session)),
        ];
        let now = session.clock.now();
        let app = App {
            session,
            data: None,
            screen: ScreenId::Home,
            size,
            themes: if themes.is_empty() { vec![Theme::built_in("default")] } else { themes },
            theme: 0,
            ascii: false,
            toast: None,
            jobs: Vec::new(),
            trouble: None,
            dirty: true,
            last_command: "",
            screens,
            dialogs: Vec::new(),
            pressed: Vec::new(),
            history: Vec::new(),
            numbers: 0,
            loading: true,
            next_poll: now + POLL,
            quitting: false,
        };
        (app, vec![Effect::Load])
    }

    /// The present theme.
    pub fn theme(&self) -> &Theme {
        &self.themes[self.theme.min(self.themes.len() - 1)]
    }

    /// Changes to the theme of that name, if there is one.
    pub fn choose_theme(&mut self, name: &str) {
        if let Some(at) = self.themes.iter().position(|theme| theme.name == name) {
            self.theme = at;
            self.dirty = true;
        }
    }

    fn prefer_theme(&mut self, name: &str, out: &mut Out) {
        self.choose_theme(name);
        let name = self.theme().name.clone();
        if let Some(state) = &self.session.state {
            let text = Preferences { theme: Some(name.clone()) }.text();
            out.effects.push(Effect::WriteFile { path: Preferences::file(state), text, told: None });
        }
        self.tell(Level::Note, format!("theme {name}"));
    }

    /// The screen in front.
    pub fn front(&self) -> &dyn Screen {
        &*self.screens[self.screen as usize]
    }

    /// The dialogs, the topmost last.
    pub fn dialogs(&self) -> impl DoubleEndedIterator<Item = &dyn Dialog> {
        self.dialogs.iter().map(|(_, dialog)| &**dialog)
    }

    /// Where the focus is.
    pub fn place(&self) -> &'static str {
        self.dialogs.last().map_or_else(|| self.front().place(), |(_, dialog)| dialog.place())
    }

    /// Whether plain characters write into a text field.
    pub fn typing(&self) -> bool {
        self.dialogs.last().map_or_else(|| self.front().typing(), |(_, dialog)| dialog.typing())
    }

    /// Whether the store is being read.
    pub fn is_loading(&self) -> bool {
        self.loading
    }

    /// Keys of a sequence that is not finished.
    pub fn pending(&self) -> &[Chord] {
        &self.pressed
    }

    /// When [`Message::Tick`] is wanted next, in milliseconds since the epoch.
    pub fn next_tick(&self) -> i64 {
        self.toast.as_ref().map_or(self.next_poll, |toast| toast.until.min(self.next_poll))
    }

    /// What drawing may use.
    pub fn view(&self, focused: bool) -> View<'_> {
        View { data: self.data.as_ref(), session: &self.session, theme: self.theme(), focused }
    }

    /// What would be lost if the program ended now.
    pub fn unsaved(&self) -> Vec<String> {
        let screens = self.screens.iter().filter_map(|screen| screen.unsaved());
        screens.chain(self.dialogs.iter().filter_map(|(_, dialog)| dialog.unsaved())).collect()
    }

    /// Takes what happened; answers what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        let mut out = Out::default();
        self.take(message, &mut out);
        let mut budget = REQUESTS;
        while let Some((dialog, request)) = out.requests.pop_front() {
            budget -= 1;
            if budget == 0 {
                break;
            }
            self.request(dialog, request, &mut out);
        }
        out.effects
    }

    fn take(&mut self, message: Message, out: &mut Out) {
        match message {
            Message::Terminal(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                self.dirty = true;
                self.key(key, out);
            }
            Message::Terminal(Event::Paste(text)) => {
                self.dirty = true;
                self.pressed.clear();
                self.in_front(out, |target, cx| target.paste(&text, cx));
            }
            Message::Terminal(Event::Resize(width, height)) => {
                self.size = (width, height);
                self.dirty = true;
            }
            Message::Terminal(_) => {}
            Message::Loaded(result) => self.loaded(result, out),
            Message::Changed { owner, result, title } => self.changed(owner, &result, &title, out),
            Message::Journalled { what, result } => match result {
                Ok(title) => {
                    out.effects.push(Effect::Load);
                    let other = if what == "undo" { "ctrl-r redoes it" } else { "u undoes it" };
                    self.tell(Level::Good, format!("{what}: {title} · {other}"));
                }
                Err(error) => self.fail(&error, out),
            },
            Message::Mark(result) => self.mark(result, out),
            Message::Progress { job, done, total } => {
                if let Some(running) = self.jobs.iter_mut().find(|it| it.id == job)
                    && running.progress != (done, total)
                {
                    running.progress = (done, total);
                    self.dirty = true;
                }
            }
            Message::JobDone { job, owner, result } => {
                self.jobs.retain(|it| it.id != job);
                self.dirty = true;
                self.deliver(owner, result, out);
            }
            Message::Screen(screen, parcel) => {
                self.dirty = true;
                self.deliver(Owner::Screen(screen), parcel, out);
            }
            Message::Toast(level, text) => self.tell(level, text),
            Message::Tick => self.tick(out),
            Message::Resumed => {
                self.dirty = true;
                out.effects.push(Effect::Redraw);
            }
            Message::HangUp => {
                self.save_drafts(out);
                out.effects.push(Effect::Quit);
            }
        }
    }

    fn tick(&mut self, out: &mut Out) {
        let now = self.session.clock.now();
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
            self.dirty = true;
        }
        if now >= self.next_poll {
            self.next_poll = now + POLL;
            if !self.loading {
                out.effects.push(Effect::ReadMark);
            }
        }
    }

    fn mark(&mut self, result: Result<crate::message::News, connect_rules_store::Error>, out: &mut Out) {
        match result {
            Ok(news) => {
                if self.trouble.take().is_some() {
                    self.dirty = true;
                }
                if self.data.as_ref().is_none_or(|data| data.snapshot.mark != news.mark) && !self.loading {
                    self.loading = true;
                    out.effects.push(Effect::Load);
                    if let Some((by, title)) = news.latest
                        && self.data.is_some()
                    {
                        self.tell(Level::Note, format!("changed by {by}: {title}"));
                    }
                }
            }
            Err(error) => {
                let text = error.to_string();
                if self.trouble.as_ref() != Some(&text) {
                    self.trouble = Some(text);
                    self.dirty = true;
                }
            }
        }
    }

    fn loaded(&mut self, result: Result<Arc<Data>, connect_rules_store::Error>, out: &mut Out) {
        self.loading = false;
        self.dirty = true;
        match result {
            Ok(data) => {
                self.trouble = None;
                self.data = Some(data);
                for id in ScreenId::ALL {
                    self.on_screen(id, out, |screen, cx| screen.loaded(cx));
                }
                for at in 0..self.dialogs.len() {
                    self.on_dialog(at, out, |dialog, cx| dialog.loaded(cx));
                }
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                if self.data.is_none() {
                    self.fail(&error, out);
                }
            }
        }
    }

    fn changed(
        &mut self,
        owner: Owner,
        result: &Result<connect_rules_store::Applied, connect_rules_store::Error>,
        title: &str,
        out: &mut Out,
    ) {
        self.dirty = true;
        if result.is_ok() {
            self.loading = true;
            out.effects.push(Effect::Load);
        }
        let told = match owner {
            Owner::Nobody => false,
            Owner::Screen(id) => self.on_screen(id, out, |screen, cx| screen.changed(result, cx)),
            Owner::Dialog(number) => match self.dialogs.iter().position(|(id, _)| *id == number) {
                Some(at) => self.on_dialog(at, out, |dialog, cx| dialog.changed(result, cx)),
                None => false,
            },
        };
        match result {
            _ if told => {}
            Ok(_) if title.is_empty() => self.tell(Level::Note, "nothing changed".to_owned()),
            Ok(_) => self.tell(Level::Good, format!("{title} · u undoes it")),
            Err(error) => self.fail(error, out),
        }
    }

    fn key(&mut self, event: KeyEvent, out: &mut Out) {
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
    fn run(&mut self, id: &'static str, out: &mut Out) {
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
        if self.in_front(out, |target, cx| target.run(id, cx)) {
            return;
        }
        if self.dialogs.is_empty()
            || matches!(id, "app.redraw" | "app.suspend" | "app.theme" | "app.quit" | "app.manual")
        {
            self.everywhere(id, out);
        }
    }

    fn everywhere(&mut self, id: &'static str, out: &mut Out) {
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
                let rows = self.jobs.iter().map(|job| Row { id: job.id, text: job_text(job) }).collect();
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

    fn quit(&mut self, out: &mut Out) {
        let mut lost = self.unsaved();
        lost.extend(self.jobs.iter().map(|job| format!("{} is running", job.title)));
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

    fn save_drafts(&mut self, out: &mut Out) {
        for id in ScreenId::ALL {
            self.on_screen(id, out, |screen, cx| screen.save_drafts(cx));
        }
        for at in 0..self.dialogs.len() {
            self.on_dialog(at, out, |dialog, cx| dialog.save_drafts(cx));
        }
    }

    fn request(&mut self, dialog: u64, request: Request, out: &mut Out) {
        self.dirty = true;
        match request {
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
                let cancelled = Arc::new(AtomicBool::new(false));
                let running = Running {
                    id: self.numbers,
                    title: job.title.clone(),
                    progress: (0, 0),
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
        }
    }

    fn go(&mut self, target: &Target, out: &mut Out) {
        let from = self.front().whereabouts();
        if from != *target && self.history.last() != Some(&from) {
            self.history.push(from);
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
        }
        self.enter(target, out);
    }

    fn enter(&mut self, target: &Target, out: &mut Out) {
        self.dirty = true;
        self.screen = target.screen();
        self.on_screen(self.screen, out, |screen, cx| screen.enter(target, cx));
    }

    fn open(&mut self, dialog: Box<dyn Dialog>) {
        self.numbers += 1;
        self.dialogs.push((self.numbers, dialog));
        self.pressed.clear();
        self.dirty = true;
    }

    fn fail(&mut self, error: &connect_rules_store::Error, _: &mut Out) {
        self.open(Box::new(Explain::error(error)));
    }

    fn tell(&mut self, level: Level, text: String) {
        self.toast = Some(Toast { level, text, until: self.session.clock.now() + TOAST });
        self.dirty = true;
    }

    fn deliver(&mut self, owner: Owner, parcel: Parcel, out: &mut Out) {
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
    fn in_front<T>(&mut self, out: &mut Out, act: impl FnOnce(Front<'_>, &mut Cx<'_>) -> T) -> T {
        let mut requests = Vec::new();
        let number = self.dialogs.last().map_or(0, |(number, _)| *number);
        let mut cx = Cx {
            data: self.data.as_ref(),
            session: &self.session,
            dialog: number,
            screen: self.screen,
            effects: &mut out.effects,
            requests: &mut requests,
        };
        let result = match self.dialogs.last_mut() {
            Some((_, dialog)) => act(Front::Dialog(&mut **dialog), &mut cx),
            None => act(Front::Screen(&mut *self.screens[self.screen as usize]), &mut cx),
        };
        out.requests.extend(requests.into_iter().map(|request| (number, request)));
        result
    }

    fn on_screen<T>(
        &mut self,
        id: ScreenId,
        out: &mut Out,
        act: impl FnOnce(&mut dyn Screen, &mut Cx<'_>) -> T,
    ) -> T {
        let mut requests = Vec::new();
        let mut cx = Cx {
            data: self.data.as_ref(),
            session: &self.session,
            dialog: 0,
            screen: id,
            effects: &mut out.effects,
            requests: &mut requests,
        };
        let result = act(&mut *self.screens[id as usize], &mut cx);
        out.requests.extend(requests.into_iter().map(|request| (0, request)));
        result
    }

    fn on_dialog<T>(
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

/// What a job is and how far.
pub fn job_text(job: &Running) -> String {
    let cancelling = if job.cancelled.load(Ordering::Relaxed) { " (cancelling)" } else { "" };
    match job.progress {
        (0, 0) => format!("{}{cancelling}", job.title),
        (done, 0) => format!("{} {done}{cancelling}", job.title),
        (done, total) => format!("{} {done}/{total}{cancelling}", job.title),
    }
}

/// Agreement to end.
struct Quit;

#[derive(Default)]
struct Out {
    effects: Vec<Effect>,
    requests: VecDeque<(u64, Request)>,
}

enum Front<'a> {
    Screen(&'a mut dyn Screen),
    Dialog(&'a mut dyn Dialog),
}

impl Front<'_> {
    fn key(self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        match self {
            Front::Screen(it) => it.key(key, cx),
            Front::Dialog(it) => it.key(key, cx),
        }
    }

    fn paste(self, text: &str, cx: &mut Cx<'_>) {
        match self {
            Front::Screen(it) => it.paste(text, cx),
            Front::Dialog(it) => it.paste(text, cx),
        }
    }

    fn run(self, id: &'static str, cx: &mut Cx<'_>) -> bool {
        match self {
            Front::Screen(it) => it.run(id, cx),
            Front::Dialog(it) => it.run(id, cx),
        }
    }
}
