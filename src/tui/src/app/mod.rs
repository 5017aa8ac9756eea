//! The program as a value: [`App::update`] takes what happened and answers what is to be done. It is pure:
//! it reads no clock but the session's, writes nothing and waits for nothing.

mod commands;
mod requests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connect_rules_environment::Wrong;
use crossterm::event::{Event, KeyEventKind};

use crate::data::Data;
use crate::keys::Chord;
use crate::message::{Effect, Level, Message, Owner};
use crate::overlay::login::Login;
use crate::overlay::opening::Opening;
use crate::overlay::{Dialog, Explain};
use crate::screen::{Followers, Request, Screen, ScreenId, Target, View};
use crate::screens;
use crate::session::{Preferences, Session};
use crate::theme::Theme;

/// How long a toast stays, in milliseconds.
const TOAST: i64 = 6000;
/// How long the cursor has to rest until the panes that follow it are drawn for its place, in milliseconds: longer
/// than a held key takes to come again.
const REST: i64 = 50;
/// How often the change mark is read, in milliseconds.
const POLL: i64 = 5000;
/// As [`POLL`] for tables, where others write from other machines and nothing else tells.
const POLL_REMOTE: i64 = 2000;
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
    /// Whether something a person asked for is lost if the program ends now.
    pub asked: bool,
    /// Whether its end changes nothing that is seen by itself.
    pub quiet: bool,
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
    followers: Followers,
    numbers: u64,
    loading: bool,
    next_poll: i64,
    /// Whether the mark is being read, which takes long where a service does not answer.
    polling: bool,
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
            Box::new(screens::limits::Limits::new()),
            Box::new(screens::functions::Functions::new()),
            Box::new(screens::health::Health::new()),
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
            followers: Followers::default(),
            numbers: 0,
            loading: true,
            next_poll: now + POLL,
            polling: false,
            quitting: false,
        };
        (app, vec![Effect::Load])
    }

    /// Asks who works here before anything is read; what was to be done first is done after the answer.
    pub fn ask_login(&mut self, why: impl Into<String>) {
        self.open(Box::new(Login::new(why)));
    }

    /// Waits for a store that is not on this machine to say who works there; what was to be done first is done then.
    /// Answers what to do instead.
    pub fn wait_for_store(&mut self, key: Option<String>, user: String) -> Vec<Effect> {
        self.open(Box::new(Opening::new(key, user)));
        let mut out = Out::default();
        self.on_dialog(self.dialogs.len() - 1, &mut out, |dialog, cx| dialog.opened(cx));
        self.finish(out)
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
        self.session.preferences.theme = Some(name.clone());
        self.keep_preferences(out);
        self.tell(Level::Note, format!("theme {name}"));
    }

    /// Says what is wrong in the file of the preferences, if anything is.
    pub fn explain_preferences(&mut self, wrong: &[Wrong]) {
        let Some(state) = self.session.state.as_ref().filter(|_| !wrong.is_empty()) else { return };
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let mut text = format!("{}\n\n{}\n", Preferences::file(state).display(), told.join("\n"));
        text.push_str("\nThat counts as not chosen; the rest is used. Choose it anew in Admin, Settings, which writes the ");
        text.push_str("file, or mend the file and start again.");
        self.open(Box::new(Explain::new("Preferences that cannot be used", text)));
    }

    fn prefer_limits_refresh(&mut self, seconds: u32, out: &mut Out) {
        self.session.preferences.limits_refresh_seconds = Some(seconds);
        self.keep_preferences(out);
        self.tell(Level::Note, format!("screen Limits is read every {seconds} s"));
        self.dirty = true;
    }

    fn keep_preferences(&self, out: &mut Out) {
        if let Some(state) = &self.session.state {
            let text = self.session.preferences.text();
            out.effects.push(Effect::WriteFile { path: Preferences::file(state), text, told: None });
        }
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
        let toast = self.toast.as_ref().map(|toast| toast.until);
        let due = [toast, self.followers.until, self.front().wakes()].into_iter().flatten().min();
        due.map_or(self.next_poll, |due| due.min(self.next_poll))
    }

    /// Whether panes wait for the cursor to rest.
    pub fn is_following(&self) -> bool {
        self.followers.until.is_some()
    }

    /// The cursor rests: panes that follow it are drawn for its place.
    pub fn settle(&mut self) {
        self.dirty |= self.followers.until.take().is_some();
    }

    /// What drawing may use.
    pub fn view(&self, focused: bool) -> View<'_> {
        View {
            data: self.data.as_ref(),
            session: &self.session,
            theme: self.theme(),
            focused,
            followers: &self.followers,
        }
    }

    /// A frame begins.
    pub(crate) fn begin_frame(&self) {
        self.followers.begin();
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
        self.finish(out)
    }

    /// Does what was requested on the way.
    fn finish(&mut self, mut out: Out) -> Vec<Effect> {
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
        if !matches!(
            message,
            Message::Tick | Message::Toast(..) | Message::Progress { .. } | Message::Mark(_)
        ) {
            // Whatever else happens, what is shown is true at once; a move makes it wait again.
            self.settle();
        }
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
                for id in ScreenId::ALL {
                    self.on_screen(id, out, |screen, cx| screen.resized(cx));
                }
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
                    self.dirty |= !running.quiet;
                }
            }
            Message::JobDone { job, owner, result } => {
                self.dirty |= !self.jobs.iter().any(|it| it.id == job && it.quiet);
                self.jobs.retain(|it| it.id != job);
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
        if self.followers.until.is_some_and(|until| until <= now) {
            self.settle();
        }
        if self.front().wakes().is_some_and(|at| at <= now) {
            self.on_screen(self.screen, out, |screen, cx| screen.woken(cx));
        }
        if now >= self.next_poll {
            self.next_poll = now + if self.session.is_remote() { POLL_REMOTE } else { POLL };
            if !self.loading && !self.polling {
                self.polling = true;
                out.effects.push(Effect::ReadMark);
            }
        }
    }

    fn mark(&mut self, result: Result<crate::message::News, connect_rules_store::Error>, out: &mut Out) {
        self.polling = false;
        match result {
            Ok(news) => {
                // What kept everything from being read is told until it is read.
                if self.data.is_some() && self.trouble.take().is_some() {
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
                let told = self.trouble.replace(error.to_string());
                if self.data.is_none() && told != self.trouble {
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

    fn save_drafts(&mut self, out: &mut Out) {
        for id in ScreenId::ALL {
            self.on_screen(id, out, |screen, cx| screen.save_drafts(cx));
        }
        for at in 0..self.dialogs.len() {
            self.on_dialog(at, out, |dialog, cx| dialog.save_drafts(cx));
        }
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
