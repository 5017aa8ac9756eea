//! The whole program inside a test: keys in, frames out, every effect done before the next key, so that a
//! test never waits and never guesses.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use connect_rules_engine::workspace::Options;
use connect_rules_store::Actor;
use crossterm::event::{Event, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::app::App;
use crate::backend::Backend;
use crate::draw::draw;
use crate::effects::{Sender, World, perform};
use crate::keys::Chord;
use crate::message::{Effect, Message};
use crate::session::{Clock, Environment, Preferences, Session};
use crate::theme::Theme;

/// 2026-11-02 10:00 in Melbourne, a Monday: the time that tests run at.
pub const NOW: i64 = 1_793_574_000_000;

/// The program with a store, and what it asked of the terminal.
pub struct Harness {
    /// The program.
    pub app: App,
    /// Its world.
    pub world: World,
    /// Texts that were copied.
    pub copied: Vec<String>,
    /// Every effect that was done, as text.
    pub done: Vec<String>,
    /// Whether it ended.
    pub ended: bool,
    ran: BTreeSet<&'static str>,
    held: Option<Vec<Effect>>,
    terminal: Terminal<TestBackend>,
    messages: Arc<Mutex<VecDeque<Message>>>,
    send: Sender,
    _runtime: tokio::runtime::Runtime,
}

impl Harness {
    /// A program of that size on a store, as that person, its first reading done.
    ///
    /// # Panics
    /// The runtime cannot be started.
    pub fn new(backend: Arc<dyn Backend>, session: Session, size: (u16, u16)) -> Self {
        Self::asking(backend, session, size, None)
    }

    /// As [`Harness::new`]; where there is a reason to ask who works here, that is asked first.
    ///
    /// # Panics
    /// The runtime cannot be started.
    #[allow(clippy::expect_used, reason = "a test that has no runtime should stop")]
    pub fn asking(
        backend: Arc<dyn Backend>,
        session: Session,
        size: (u16, u16),
        ask: Option<String>,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let world = World {
            backend,
            actor: session.actor.clone(),
            options: session.options,
            runtime: runtime.handle().clone(),
        };
        let (themes, _) = Theme::all(None);
        let (mut app, mut first) = App::new(session, themes, size);
        if let Some(why) = ask {
            app.ask_login(why);
            first.clear();
        }
        let messages = Arc::new(Mutex::new(VecDeque::new()));
        let inbox = Arc::clone(&messages);
        let send: Sender =
            Arc::new(move |message| inbox.lock().unwrap_or_else(PoisonError::into_inner).push_back(message));
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a test terminal");
        let mut harness = Harness {
            app,
            world,
            copied: Vec::new(),
            done: Vec::new(),
            ended: false,
            ran: BTreeSet::new(),
            held: None,
            terminal,
            messages,
            send,
            _runtime: runtime,
        };
        harness.perform(first);
        harness
    }

    /// The session that most tests use: an administrator on the embedded store at a fixed time.
    pub fn session() -> Session {
        Session {
            actor: Actor::local("ada"),
            environment: Environment { name: "test".to_owned(), ..Environment::default() },
            store: "embedded".to_owned(),
            file: None,
            stubs: Arc::default(),
            cloud: crate::cloud::Door::default(),
            limits: crate::limits::Gate::default(),
            state: None,
            themes: None,
            preferences: Preferences::default(),
            options: Options::default(),
            clock: Clock::Fixed(NOW),
        }
    }

    /// Gives the program a message and does all that follows.
    pub fn send(&mut self, message: Message) {
        let effects = self.app.update(message);
        self.perform(effects);
    }

    /// Lets jobs wait from now on, as slow ones do, until [`Harness::release`].
    pub fn hold(&mut self) -> &mut Self {
        self.held.get_or_insert_default();
        self
    }

    /// Does the jobs that wait, and what follows.
    pub fn release(&mut self) -> &mut Self {
        let held = self.held.take().unwrap_or_default();
        self.perform(held);
        self
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut waiting: VecDeque<Effect> = effects.into();
        loop {
            while let Some(effect) = waiting.pop_front() {
                self.done.push(format!("{effect:?}"));
                match effect {
                    Effect::Quit => self.ended = true,
                    Effect::Copy(text) => self.copied.push(text),
                    Effect::LoggedIn(actor) => self.world.actor = actor,
                    job @ Effect::Job(..) if self.held.is_some() => {
                        self.held.get_or_insert_default().push(job);
                    }
                    effect => perform(effect, &self.world, &self.send),
                }
            }
            let next = self.messages.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match next {
                Some(message) => waiting.extend(self.app.update(message)),
                None => return,
            }
        }
    }

    /// Presses keys, written as in the key table and separated by blanks: `2 down enter ctrl-s`.
    ///
    /// # Panics
    /// A key cannot be read.
    #[allow(clippy::panic, reason = "a test with a wrong key should stop")]
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let chord = Chord::parse(key).unwrap_or_else(|| panic!("no key {key}"));
            self.app.last_command = "";
            self.send(Message::Terminal(Event::Key(KeyEvent::new(chord.code, chord.modifiers))));
            self.ran.insert(self.app.last_command);
        }
        self
    }

    /// Stops the test if one of these commands of the key table was never run by a key.
    ///
    /// # Panics
    /// One was not, or was refused.
    #[track_caller]
    pub fn ran(&self, commands: &[&str]) {
        let never: Vec<_> = commands.iter().filter(|it| !self.ran.contains(*it)).collect();
        assert!(never.is_empty(), "never run: {never:?}");
    }

    /// Types a text, character by character.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let code =
                if c == '\n' { crossterm::event::KeyCode::Enter } else { crossterm::event::KeyCode::Char(c) };
            self.send(Message::Terminal(Event::Key(KeyEvent::from(code))));
        }
        self
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Message::Terminal(Event::Paste(text.to_owned())));
        self
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.terminal.backend_mut().resize(width, height);
        self.send(Message::Terminal(Event::Resize(width, height)));
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, milliseconds: i64) -> &mut Self {
        if let Clock::Fixed(now) = &mut self.app.session.clock {
            *now += milliseconds;
        }
        self.send(Message::Tick);
        self
    }

    /// Draws a frame, the cursor at rest.
    ///
    /// # Panics
    /// Never: the test terminal takes everything.
    #[allow(clippy::expect_used, reason = "the test terminal takes everything")]
    pub fn frame(&mut self) -> &Buffer {
        self.app.settle();
        self.terminal.draw(|frame| draw(&self.app, frame)).expect("a test terminal takes everything");
        self.terminal.backend().buffer()
    }

    /// The screen as text, one line per row, without blanks at their ends.
    pub fn screen(&mut self) -> String {
        let buffer = self.frame();
        let mut out = String::new();
        for y in 0..buffer.area.height {
            let mut row = String::new();
            let mut skip = 0;
            for x in 0..buffer.area.width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                row.push_str(symbol);
            }
            out.push_str(row.trim_end());
            out.push('\n');
        }
        out
    }

    /// Whether a text is on the screen.
    pub fn shows(&mut self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// Stops the test with the screen if a text is not on it.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "not on the screen: {text:?}\n{screen}");
        self
    }

    /// Stops the test with the screen if a text is on it.
    ///
    /// # Panics
    /// It is there.
    #[track_caller]
    pub fn reject(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "on the screen: {text:?}\n{screen}");
        self
    }
}
