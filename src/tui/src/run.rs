//! The loop of the real program: terminal and signals in, frames and effects out. Between events it sleeps.

use std::io::{self, IsTerminal as _, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender as Queue, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::Terminal;

use crate::app::App;
use crate::draw::draw;
use crate::effects::{Sender, World, perform};
use crate::message::{Effect, Level, Message};
use crate::session::{Preferences, Session};
use crate::term::{Counter, Guard, Lean, Output, osc52};
use crate::theme::Theme;

/// The shortest time between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(34);
/// Keys that come closer than this are those of a key that is held.
const HELD: Duration = Duration::from_millis(55);
/// What a slow link carries, in bytes a millisecond, with some room.
const SLOW: u64 = 14;
/// The longest time that a frame is taken to be under way.
const UNDER_WAY: Duration = Duration::from_millis(400);

/// What terminals on this machine set, and what SSH sets.
const NEAR: [&str; 9] = [
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "WT_SESSION",
];
const FAR: [&str; 3] = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"];

/// What this terminal can do, from its environment.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminfo {
    /// Colours are not wanted (`NO_COLOR`) or not there (`TERM=dumb`, `vt100`).
    pub mono: bool,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// It runs inside tmux.
    pub tmux: bool,
    /// It is on this machine for all that is known, so that frames are there as soon as they are written.
    pub near: bool,
}

impl Terminfo {
    /// Reads the environment through a function, as `std::env::var`.
    pub fn probe(read: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| read(name).is_some_and(|value| !value.is_empty());
        let term = read("TERM").unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| read(name).filter(|value| !value.is_empty()));
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Terminfo {
            mono: set("NO_COLOR") || matches!(term.as_str(), "vt100" | "vt102" | "vt220" | "dumb"),
            ascii: set("CONNECT_RULES_ASCII") || !utf8,
            tmux: set("TMUX"),
            // tmux and screen take everything at once and show what is left of it.
            near: set("TMUX")
                || set("STY")
                || (NEAR.into_iter().any(set) || term == "linux") && !FAR.into_iter().any(set),
        }
    }
}

/// Work that is due once the store was read for the first time and before anything is changed: answers what
/// to tell the person if it failed.
pub type Chore = Box<dyn FnOnce() -> Option<String> + Send>;

/// Such work until it is done.
type Due = Arc<Mutex<Option<Chore>>>;

/// Who works here, as far as it is known at the start.
pub enum Who {
    /// The person of the session.
    Known,
    /// Somebody who has to say so before anything is read, for this reason.
    Asked(String),
    /// The holder of this key, or this user of the operating system: the store is asked before anything is read.
    Unknown {
        /// The key.
        key: Option<String>,
        /// The user.
        user: String,
    },
}

/// Runs the program until it is quit.
///
///
/// # Errors
/// Standard input or output is no terminal, or it fails.
pub fn run(mut session: Session, world: World, chore: Chore, who: Who) -> io::Result<()> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "standard input and output must be a terminal",
        ));
    }
    let info = Terminfo::probe(|name| std::env::var(name).ok());
    // crossterm would leave out bold and reversed too; the theme without colours sends none anyway.
    crossterm::style::force_color_output(true);
    let (themes, theme_errors) = Theme::all(session.themes.as_deref());
    let odd;
    (session.preferences, odd) = Preferences::read(session.state.as_deref());
    let guard = Guard::enter()?;
    let (queue, events) = channel::<Message>();
    let size = crossterm::terminal::size()?;
    let (mut app, mut first) = App::new(session, themes, size);
    app.explain_preferences(&odd);
    match who {
        Who::Known => {}
        Who::Asked(why) => {
            app.ask_login(why);
            first.clear();
        }
        Who::Unknown { key, user } => first = app.wait_for_store(key, user),
    }
    let chosen = app.session.preferences.theme.clone();
    let wanted = if info.mono { "mono" } else { chosen.as_deref().unwrap_or("default") };
    app.choose_theme(wanted);
    app.ascii = info.ascii;
    if let Some(error) = theme_errors.first() {
        let _ = queue.send(Message::Toast(Level::Bad, error.to_string()));
    }
    let sent = Counter::default();
    let terminal = Terminal::new(Lean::new(Output::new(io::stdout(), sent.clone())))?;
    let mut program = Loop::new(app, world, chore, queue, terminal, sent)?;
    program.guard = Some(guard);
    program.pace = Pace::new(info.near);
    program.info = info;
    program.start();
    let ended = program.turn(first, &events);
    // The terminal is gone when the program was hung up; then nothing is left to clear.
    drop(program);
    ended
}

/// The program on a terminal, or on what stands for one.
pub struct Loop<W: Write> {
    app: App,
    world: World,
    queue: Queue<Message>,
    /// Changes, in order, on a thread of their own.
    changes: Queue<Effect>,
    /// Done after the first reading, whoever works then.
    chore: Due,
    /// Gives the terminal back; none where nothing was taken.
    guard: Option<Guard>,
    info: Terminfo,
    terminal: Terminal<Lean<Output<W>>>,
    sent: Counter,
    pace: Pace,
}

/// When the next frame may go. Nobody tells how much of a frame is still under way, and what is sent to a slow
/// link cannot be called back: while a key is held, the next frame waits until the one before should be there.
#[derive(Debug)]
struct Pace {
    near: bool,
    key: Instant,
    held: bool,
    there: Instant,
}

impl Pace {
    fn new(near: bool) -> Self {
        let now = Instant::now();
        Pace { near, key: now, held: false, there: now }
    }

    fn pressed(&mut self, now: Instant) {
        self.held = now.saturating_duration_since(self.key) < HELD;
        self.key = now;
    }

    fn drawn(&mut self, bytes: u64, now: Instant) {
        self.there = now + Duration::from_millis(bytes / SLOW).min(UNDER_WAY);
    }

    /// How long the next frame has to wait.
    fn wait(&self, now: Instant) -> Duration {
        if self.near || !self.held { Duration::ZERO } else { self.there.saturating_duration_since(now) }
    }
}

impl<W: Write> Loop<W> {
    /// The program with what it needs: `queue` leads to the events that [`Loop::turn`] takes, `sent` counts
    /// what goes to the terminal.
    ///
    /// # Errors
    /// The thread that makes changes cannot be started.
    pub fn new(
        app: App,
        world: World,
        chore: Chore,
        queue: Queue<Message>,
        terminal: Terminal<Lean<Output<W>>>,
        sent: Counter,
    ) -> io::Result<Self> {
        let info = Terminfo { near: true, ..Terminfo::default() };
        let pace = Pace::new(info.near);
        let chore = Due::new(Mutex::new(Some(chore)));
        let changes = in_order(&world, &queue, &chore)?;
        Ok(Loop { app, world, queue, changes, chore, guard: None, info, terminal, sent, pace })
    }

    /// Starts the threads that listen.
    fn start(&self) {
        let keys = self.queue.clone();
        let _ = thread::Builder::new().name("keys".to_owned()).spawn(move || {
            loop {
                let event = crossterm::event::read();
                // The terminal is gone when it cannot be read.
                let gone = event.is_err();
                let message = event.map_or(Message::HangUp, Message::Terminal);
                if keys.send(message).is_err() || gone {
                    return;
                }
            }
        });
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
            let signals = self.queue.clone();
            if let Ok(mut listening) = signal_hook::iterator::Signals::new([SIGHUP, SIGTERM, SIGINT, SIGCONT])
            {
                let _ = thread::Builder::new().name("signals".to_owned()).spawn(move || {
                    for signal in listening.forever() {
                        let message = if signal == SIGCONT { Message::Resumed } else { Message::HangUp };
                        if signals.send(message).is_err() {
                            return;
                        }
                    }
                });
            }
        }
    }

    /// Takes events until the program ends.
    ///
    /// # Errors
    /// The terminal fails.
    pub fn turn(&mut self, first: Vec<Effect>, events: &Receiver<Message>) -> io::Result<()> {
        self.draw()?;
        if self.perform(first)? {
            return Ok(());
        }
        let mut drawn = Instant::now();
        let mut urgent = false;
        loop {
            let message = match events.recv_timeout(self.wait(drawn, urgent)) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => Message::Tick,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            urgent |= self.urges(&message);
            if self.handle(message)? {
                return Ok(());
            }
            // Whatever else waits belongs to the same frame; keys that are held do not pile up.
            while let Ok(message) = events.try_recv() {
                urgent |= self.urges(&message);
                if self.handle(message)? {
                    return Ok(());
                }
            }
            if self.app.dirty && self.due(drawn, urgent).is_zero() {
                self.draw()?;
                drawn = Instant::now();
                urgent = false;
            }
        }
    }

    /// Whether a message is answered at once rather than at the next regular frame.
    fn urges(&mut self, message: &Message) -> bool {
        if let Message::Terminal(crossterm::event::Event::Key(_)) = message {
            self.pace.pressed(Instant::now());
        }
        matches!(message, Message::Terminal(_) | Message::Resumed)
    }

    /// How long the next frame has to wait.
    fn due(&self, drawn: Instant, urgent: bool) -> Duration {
        let regular = if urgent { Duration::ZERO } else { FRAME.saturating_sub(drawn.elapsed()) };
        regular.max(self.pace.wait(Instant::now()))
    }

    fn wait(&self, drawn: Instant, urgent: bool) -> Duration {
        let tick = self.app.next_tick() - self.app.session.clock.now();
        let tick = Duration::from_millis(u64::try_from(tick).unwrap_or_default());
        if self.app.dirty { tick.min(self.due(drawn, urgent)) } else { tick.max(Duration::from_millis(1)) }
    }

    fn handle(&mut self, message: Message) -> io::Result<bool> {
        let effects = self.app.update(message);
        self.perform(effects)
    }

    fn draw(&mut self) -> io::Result<()> {
        self.app.dirty = false;
        let before = self.sent.bytes();
        self.terminal.draw(|frame| draw(&self.app, frame))?;
        self.pace.drawn(self.sent.bytes() - before, Instant::now());
        Ok(())
    }

    /// Does what was asked for; `true` ends the program.
    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<bool> {
        for effect in effects {
            match effect {
                Effect::Quit => {
                    self.end();
                    return Ok(true);
                }
                Effect::Redraw => {
                    self.terminal.clear()?;
                    self.app.dirty = true;
                }
                Effect::Copy(text) => {
                    let mut out = io::stdout();
                    out.write_all(osc52(&text, self.info.tmux).as_bytes())?;
                    out.flush()?;
                }
                Effect::LoggedIn(actor) => {
                    self.world.actor = actor;
                    self.changes = in_order(&self.world, &self.queue, &self.chore)?;
                }
                Effect::Suspend => self.suspend()?,
                effect @ (Effect::Job(..) | Effect::ReadMark) => {
                    let (world, send) = (self.world.clone(), sender(&self.queue));
                    let _ = thread::Builder::new()
                        .name("job".to_owned())
                        .spawn(move || perform(effect, &world, &send));
                }
                // What is shown next is kept already: nobody sees more than what a killed program would find.
                effect @ (Effect::WriteFile { told: None, .. } | Effect::RemoveFile(_)) => {
                    perform(effect, &self.world, &sender(&self.queue));
                }
                effect => {
                    let _ = self.changes.send(effect);
                }
            }
        }
        Ok(false)
    }

    /// Waits until what was asked for before is written.
    fn end(&mut self) {
        let (done, wait) = channel();
        let (changes, ordered) = channel::<Effect>();
        // Closing the queue lets its thread come to its end; a marker job tells when.
        let marker = crate::message::Job {
            title: String::new(),
            owner: crate::message::Owner::Nobody,
            asked: false,
            quiet: false,
            cancelled: Arc::default(),
            work: Box::new(move |_| {
                let _ = done.send(());
                Box::new(())
            }),
        };
        drop(ordered);
        let queue = std::mem::replace(&mut self.changes, changes);
        let _ = queue.send(Effect::Job(0, Arc::default(), marker));
        let _ = wait.recv_timeout(Duration::from_secs(10));
    }

    fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            if let Some(guard) = &self.guard {
                guard.leave();
            }
            signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
            if let Some(guard) = &self.guard {
                guard.retake()?;
            }
            self.terminal.clear()?;
            self.app.dirty = true;
        }
        Ok(())
    }
}

/// A thread that makes changes one after the other, in the name of who works in that world.
fn in_order(world: &World, queue: &Queue<Message>, chore: &Due) -> io::Result<Queue<Effect>> {
    let (changes, ordered) = channel::<Effect>();
    let (worker, due) = ((world.clone(), sender(queue)), Arc::clone(chore));
    thread::Builder::new().name("changes".to_owned()).spawn(move || {
        for effect in ordered {
            perform(effect, &worker.0, &worker.1);
            // The first effect reads the store.
            let chore = due.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(why) = chore.and_then(|chore| chore()) {
                (worker.1)(Message::Toast(Level::Bad, why));
            }
        }
    })?;
    Ok(changes)
}

fn sender(queue: &Queue<Message>) -> Sender {
    let queue = queue.clone();
    Arc::new(move |message| drop(queue.send(message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_held_keys_wait_for_the_frame_before() {
        let mut pace = Pace::new(false);
        let start = Instant::now() + Duration::from_secs(1);
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        pace.pressed(start);
        pace.drawn(1400, start);
        assert_eq!(pace.wait(start), Duration::ZERO);
        pace.pressed(after(33));
        assert_eq!(pace.wait(after(40)), Duration::from_millis(60));
        assert_eq!(pace.wait(after(110)), Duration::ZERO);
        pace.drawn(1_000_000, after(110));
        pace.pressed(after(66));
        pace.pressed(after(120));
        assert_eq!(pace.wait(after(120)), Duration::from_millis(390), "no frame holds up for long");
        pace.pressed(after(200));
        assert_eq!(pace.wait(after(201)), Duration::ZERO, "a key that is pressed once is answered at once");
        let mut near = Pace::new(true);
        near.drawn(1400, start);
        near.pressed(start);
        near.pressed(start);
        assert_eq!(near.wait(start), Duration::ZERO);
    }

    #[test]
    fn the_environment_tells_what_the_terminal_can_do() {
        let probe = |set: &[(&str, &str)]| {
            let set: Vec<_> = set.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Terminfo::probe(move |name| set.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone()))
        };
        let plain = probe(&[("TERM", "xterm-256color"), ("LANG", "en_AU.UTF-8")]);
        assert_eq!(plain, Terminfo::default());
        assert!(probe(&[("DISPLAY", ":0"), ("LANG", "C.UTF-8")]).near);
        assert!(!probe(&[("DISPLAY", ":0"), ("SSH_CONNECTION", "x")]).near);
        assert!(probe(&[("TMUX", "x"), ("SSH_CONNECTION", "x")]).near);
        assert!(probe(&[("NO_COLOR", "1"), ("LANG", "C.UTF-8")]).mono);
        assert!(!probe(&[("NO_COLOR", ""), ("LANG", "C.UTF-8")]).mono);
        assert!(probe(&[("LANG", "C")]).ascii);
        assert!(probe(&[("LC_ALL", "C"), ("LANG", "en_AU.UTF-8")]).ascii);
        assert!(probe(&[("TERM", "vt100"), ("TMUX", "x")]).tmux);
    }
}
