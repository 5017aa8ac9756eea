//! The program in a real pseudo-terminal: keys in, a screen out, with every byte counted.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each user needs a part of it and ends at the first error"
)]

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_connect-rules");

/// How long a screen may take to come before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

fn whole(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

/// A command with all its folders under `home` and nothing else of the environment.
pub fn command(program: &str, home: &Path, environment: &[(&str, &str)]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    for (name, folder) in
        [("HOME", "."), ("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")]
    {
        command.env(name, home.join(folder));
    }
    for (name, value) in
        [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "ada")].iter().chain(environment)
    {
        command.env(name, value);
    }
    command
}

/// Runs the program without a terminal on the store of `home`; answers its status and everything it printed.
pub fn headless(home: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(arguments).env_clear().env("HOME", home).env("USER", "bea");
    for (name, folder) in
        [("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")]
    {
        command.env(name, home.join(folder));
    }
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(text).unwrap())
}

/// What the terminal received.
struct Seen {
    parser: vt100::Parser,
    bytes: usize,
    raw: Vec<u8>,
    at: Instant,
    closed: bool,
}

/// What lies between the program and the screen.
#[derive(Clone, Copy)]
pub struct Link {
    /// How many bytes it carries in a second.
    pub speed: u32,
    /// How long a byte is under way.
    pub delay: Duration,
}

impl Link {
    /// Takes what the program writes no faster than the link is and hands it on after the delay.
    fn carry(self, mut from: Box<dyn std::io::Read + Send>, to: impl Fn(&[u8]) + Send + 'static) {
        let (send, under_way) = channel::<(Instant, Vec<u8>)>();
        thread::spawn(move || {
            // Pieces of a hundredth of a second, so that the buffers of the system are no part of the link.
            let mut buffer = vec![0; (self.speed / 100) as usize];
            let mut free = Instant::now();
            loop {
                let read = from.read(&mut buffer).unwrap_or(0);
                free = free.max(Instant::now()) + Duration::from_secs(1) * read as u32 / self.speed;
                if send.send((free + self.delay, buffer[..read].to_vec())).is_err() || read == 0 {
                    return;
                }
                thread::sleep(free.saturating_duration_since(Instant::now()));
            }
        });
        for (due, bytes) in under_way {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            to(&bytes);
        }
    }
}

/// A running program and its terminal.
pub struct Pty {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    started: Instant,
}

impl Pty {
    /// Starts the program with its folders under `home`, in a terminal of that size.
    pub fn start(home: &Path, size: (u16, u16), arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::under(&[], home, size, arguments, environment)
    }

    /// The same, started by another command that runs the one it is given.
    pub fn under(
        starter: &[&str],
        home: &Path,
        size: (u16, u16),
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut words = starter.iter().chain(&[PROGRAM]).chain(arguments);
        let mut command = command(words.next().unwrap_or(&PROGRAM), home, environment);
        command.args(words);
        Self::run(command, size)
    }

    /// Starts the program at the far end of a link.
    pub fn far(home: &Path, size: (u16, u16), link: Link) -> Self {
        Self::open(command(PROGRAM, home, &[]), size, Some(link))
    }

    /// Starts any command.
    pub fn run(command: CommandBuilder, size: (u16, u16)) -> Self {
        Self::open(command, size, None)
    }

    fn open(command: CommandBuilder, size: (u16, u16), link: Option<Link>) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows: size.1, cols: size.0, pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(whole(size.1), whole(size.0), 0);
        let seen = Seen { parser, bytes: 0, raw: Vec::new(), at: started, closed: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        let take = move |bytes: &[u8]| {
            let mut seen = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.at = Instant::now();
            seen.closed = bytes.is_empty();
            seen.parser.process(bytes);
            seen.bytes += bytes.len();
            seen.raw.extend_from_slice(bytes);
            shared.1.notify_all();
        };
        thread::spawn(move || {
            if let Some(link) = link {
                return link.carry(reader, take);
            }
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                take(&buffer[..read]);
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Pty { seen, keys, child, master: pair.master, started }
    }

    /// Waits until the screen is as wanted; answers what `wanted` made of it.
    #[track_caller]
    fn until<T>(&self, what: &str, wanted: impl Fn(&Seen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(value) = wanted(&seen) {
                return value;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{what} did not come; the screen is\n{}",
                seen.parser.screen().contents()
            );
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> &mut Self {
        self.until(text, |seen| seen.parser.screen().contents().contains(text).then_some(()));
        self
    }

    /// Waits until a text is on the screen no more.
    #[track_caller]
    pub fn gone(&mut self, text: &str) -> &mut Self {
        self.until(text, |seen| (!seen.parser.screen().contents().contains(text)).then_some(()));
        self
    }

    /// Waits until more than so many bytes have come.
    #[track_caller]
    pub fn more_than(&mut self, bytes: usize) -> &mut Self {
        self.until("an answer", |seen| (seen.bytes > bytes || seen.closed).then_some(()));
        self
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).parser.screen().contents()
    }

    /// Sends bytes as typed.
    pub fn send(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Presses keys by their names in the key table, separated by blanks.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let bytes = bytes_of(key);
            self.send(&bytes);
            if key == "esc" {
                // What follows at once would make it Alt with that key.
                thread::sleep(Duration::from_millis(50));
            }
        }
        self
    }

    /// When something came last.
    pub fn last(&self) -> Instant {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).at
    }

    /// Bytes received so far.
    pub fn bytes(&self) -> usize {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Everything received so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).raw.clone()
    }

    /// Waits until nothing has come for that long.
    pub fn settle(&self, quiet: Duration) -> &Self {
        let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let since = seen.at.elapsed();
            if since >= quiet || seen.closed {
                return self;
            }
            seen = self
                .seen
                .1
                .wait_timeout(seen, quiet.checked_sub(since).unwrap())
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Sends keys; answers how long the first byte took and how many bytes each frame had until it was quiet.
    pub fn measure(&mut self, keys: &str) -> (Duration, Vec<usize>) {
        let before = self.bytes();
        let at = Instant::now();
        self.send(keys);
        let first = self.until("an answer to a key", |seen| (seen.bytes > before).then(|| seen.at - at));
        // Longer than panes wait that follow the cursor.
        self.settle(Duration::from_millis(250));
        (first, frames(&self.raw()[before..]))
    }

    /// Waits for the first frame; answers how long it took from the start to its first byte.
    pub fn first_frame(&self) -> Duration {
        self.until("a frame", |seen| {
            seen.raw.windows(8).any(|it| it == b"\x1b[?2026h").then(|| seen.at - self.started)
        })
    }

    /// How long it took from the start until now.
    pub fn since_start(&self) -> Duration {
        self.started.elapsed()
    }

    /// Number of the process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status =
            std::process::Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        let pty = PtySize { rows: size.1, cols: size.0, pixel_width: 0, pixel_height: 0 };
        self.master.resize(pty).unwrap();
        let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.parser.screen_mut().set_size(whole(size.1), whole(size.0));
    }

    /// Waits for the end; answers the exit status.
    #[track_caller]
    pub fn wait(&mut self) -> u32 {
        self.until("the end of the program", |seen| seen.closed.then_some(()));
        self.child.wait().unwrap().exit_code()
    }

    /// Whether the terminal is as it was before the program: no alternate screen, the cursor shown, no pastes marked.
    pub fn is_restored(&self) -> bool {
        self.until("the end of the output", |seen| seen.closed.then_some(()));
        let seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = seen.parser.screen();
        let quiet = screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && quiet
            && self.is_cooked()
    }

    /// Whether the alternate screen is shown.
    pub fn on_other_screen(&self) -> bool {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).parser.screen().alternate_screen()
    }

    /// Whether the line discipline echoes and waits for whole lines, as a shell leaves it.
    pub fn is_cooked(&self) -> bool {
        let name = self.master.tty_name().unwrap();
        let output = std::process::Command::new("stty").arg("-a").arg("-F").arg(name).output().unwrap();
        let modes = String::from_utf8(output.stdout).unwrap();
        let on = |mode: &str| modes.split([' ', ';', '\n']).any(|it| it == mode);
        on("icanon") && on("echo") && on("isig") && on("opost")
    }
}

/// The sizes of the frames in what was received.
pub fn frames(raw: &[u8]) -> Vec<usize> {
    const BEGIN: &[u8] = b"\x1b[?2026h";
    let mut begins: Vec<usize> = (0..raw.len()).filter(|at| raw[*at..].starts_with(BEGIN)).collect();
    begins.push(raw.len());
    begins.windows(2).map(|it| it[1] - it[0]).collect()
}

/// What a terminal sends for a key.
fn bytes_of(key: &str) -> String {
    let plain = match key {
        "enter" => "\r",
        "esc" => "\x1b",
        "tab" => "\t",
        "shift-tab" => "\x1b[Z",
        "space" => " ",
        "backspace" => "\x7f",
        "del" => "\x1b[3~",
        "up" => "\x1b[A",
        "down" => "\x1b[B",
        "right" => "\x1b[C",
        "left" => "\x1b[D",
        "home" => "\x1b[H",
        "end" => "\x1b[F",
        "pgup" => "\x1b[5~",
        "pgdn" => "\x1b[6~",
        "f1" => "\x1bOP",
        "f2" => "\x1bOQ",
        "f4" => "\x1bOS",
        "f5" => "\x1b[15~",
        "f6" => "\x1b[17~",
        "f8" => "\x1b[19~",
        "f9" => "\x1b[20~",
        key if key.chars().count() == 1 => key,
        key => {
            let letter = key.strip_prefix("ctrl-").and_then(|it| it.bytes().next());
            let letter = letter.unwrap_or_else(|| panic!("no key {key}"));
            return char::from(letter & 0x1f).to_string();
        }
    };
    plain.to_owned()
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
