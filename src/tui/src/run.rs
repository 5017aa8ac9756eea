//! The loop of the real program: terminal and signals in, frames and effects out. Between events it sleeps.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender as Queue, channel};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::app::App;
use crate::draw::draw;
use crate::effects::{Sender, World, perform};
use crate::message::{Effect, Message};
use crate::preferences::Preferences;
use crate::session::Session;
use crate::term::{Counter, Guard, Output, osc52};
use crate::theme::Theme;

/// The shortest time between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(34);

/// What this terminal can do, from its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminfo {
    /// Colours are not wanted (`NO_COLOR`) or not there (`TERM=dumb`, `vt100`).
    pub mono: bool,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// It runs inside tmux.
    pub tmux: bool,
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
        }
    }
}

/// Runs the program until it is quit.
///
/// # Errors
/// Standard input or output is no terminal, or it fails.
pub fn run(session: Session, world: World) -> io::Result<()> {
    run_as(session, world, None)
}

/// As [`run`]; where there is a reason to ask who works here, that is asked before anything is read.
///
/// # Errors
/// Those of [`run`].
pub fn run_as(session: Session, world: World, ask: Option<String>) -> io::Result<()> {
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
    let guard = Guard::enter()?;
    let (queue, events) = channel::<Message>();
    let size = crossterm::terminal::size()?;
    let (mut app, mut first) = App::new(session, themes, size);
    if let Some(why) = ask {
        app.ask_login(why);
        first.clear();
    }
    let chosen = Preferences::read(app.session.state.as_deref()).theme;
    let wanted = if info.mono { "mono" } else { chosen.as_deref().unwrap_or("default") };
    app.choose_theme(wanted);
    app.ascii = info.ascii;
    if let Some(error) = theme_errors.first() {
        let _ = queue.send(Message::Toast(crate::message::Level::Bad, error.to_string()));
    }
    let mut program = Loop::new(app, world, queue, guard, info)?;
    program.start();
    let ended = program.turn(first, &events);
    // The terminal is gone when the program was hung up; then nothing is left to clear.
    drop(program);
    ended
}

struct Loop {
    app: App,
    world: World,
    queue: Queue<Message>,
    /// Changes, in order, on a thread of their own.
    changes: Queue<Effect>,
    guard: Guard,
    info: Terminfo,
    terminal: Terminal<CrosstermBackend<Output<io::Stdout>>>,
}

impl Loop {
    fn new(app: App, world: World, queue: Queue<Message>, guard: Guard, info: Terminfo) -> io::Result<Self> {
        let backend = CrosstermBackend::new(Output::new(io::stdout(), Counter::default()));
        let terminal = Terminal::new(backend)?;
        let changes = in_order(&world, &queue)?;
        Ok(Loop { app, world, queue, changes, guard, info, terminal })
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
    fn turn(&mut self, first: Vec<Effect>, events: &Receiver<Message>) -> io::Result<()> {
        self.draw()?;
        if self.perform(first)? {
            return Ok(());
        }
        let mut drawn = Instant::now();
        loop {
            let wait = self.wait(drawn);
            let message = match events.recv_timeout(wait) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => Message::Tick,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let mut urgent = matches!(message, Message::Terminal(_) | Message::Resumed);
            if self.handle(message)? {
                return Ok(());
            }
            // Whatever else waits belongs to the same frame; keys that are held do not pile up.
            while let Ok(message) = events.try_recv() {
                urgent |= matches!(message, Message::Terminal(_) | Message::Resumed);
                if self.handle(message)? {
                    return Ok(());
                }
            }
            if self.app.dirty && (urgent || drawn.elapsed() >= FRAME) {
                self.draw()?;
                drawn = Instant::now();
            }
        }
    }

    fn wait(&self, drawn: Instant) -> Duration {
        let tick = self.app.next_tick() - self.app.session.clock.now();
        let tick = Duration::from_millis(u64::try_from(tick).unwrap_or_default());
        if self.app.dirty {
            tick.min(FRAME.saturating_sub(drawn.elapsed()))
        } else {
            tick.max(Duration::from_millis(1))
        }
    }

    fn handle(&mut self, message: Message) -> io::Result<bool> {
        let effects = self.app.update(message);
        self.perform(effects)
    }

    fn draw(&mut self) -> io::Result<()> {
        self.app.dirty = false;
        self.terminal.draw(|frame| draw(&self.app, frame)).map(|_| ())
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
                    use io::Write as _;
                    let mut out = io::stdout();
                    out.write_all(osc52(&text, self.info.tmux).as_bytes())?;
                    out.flush()?;
                }
                Effect::LoggedIn(actor) => {
                    self.world.actor = actor;
                    self.changes = in_order(&self.world, &self.queue)?;
                }
                Effect::Suspend => self.suspend()?,
                effect @ (Effect::Job(..) | Effect::ReadMark) => {
                    let (world, send) = (self.world.clone(), sender(&self.queue));
                    let _ = thread::Builder::new()
                        .name("job".to_owned())
                        .spawn(move || perform(effect, &world, &send));
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
            self.guard.leave();
            signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
            self.guard.retake()?;
            self.terminal.clear()?;
            self.app.dirty = true;
        }
        Ok(())
    }
}

/// A thread that makes changes one after the other, in the name of who works in that world.
fn in_order(world: &World, queue: &Queue<Message>) -> io::Result<Queue<Effect>> {
    let (changes, ordered) = channel::<Effect>();
    let worker = (world.clone(), sender(queue));
    thread::Builder::new().name("changes".to_owned()).spawn(move || {
        for effect in ordered {
            perform(effect, &worker.0, &worker.1);
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
    use super::Terminfo;

    #[test]
    fn the_environment_tells_what_the_terminal_can_do() {
        let probe = |set: &[(&str, &str)]| {
            let set: Vec<_> = set.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Terminfo::probe(move |name| set.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone()))
        };
        let plain = probe(&[("TERM", "xterm-256color"), ("LANG", "en_AU.UTF-8")]);
        assert_eq!(plain, Terminfo::default());
        assert!(probe(&[("NO_COLOR", "1"), ("LANG", "C.UTF-8")]).mono);
        assert!(!probe(&[("NO_COLOR", ""), ("LANG", "C.UTF-8")]).mono);
        assert!(probe(&[("LANG", "C")]).ascii);
        assert!(probe(&[("LC_ALL", "C"), ("LANG", "en_AU.UTF-8")]).ascii);
        assert!(probe(&[("TERM", "vt100"), ("TMUX", "x")]).tmux);
    }
}
