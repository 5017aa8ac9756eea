//! The terminal program in a real pseudo-terminal: a few tests of what only a terminal can show.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "terminal/kept.rs"]
mod kept;
mod pty;
#[path = "terminal/restored.rs"]
mod restored;
#[path = "terminal/slow.rs"]
mod slow;
#[path = "terminal/together.rs"]
mod together;
#[path = "terminal/tour.rs"]
mod tour;

use std::path::Path;
use std::time::Duration;

use pty::Pty;

const DOWN: &str = "\x1b[B";

/// The program with the store of `home` open.
fn program(home: &Path, size: (u16, u16)) -> Pty {
    let mut terminal = Pty::start(home, size, &[], &[]);
    terminal.expect("[1 Home]").expect("rules, 0 disabled").expect("ada (ADMINISTRATOR)");
    terminal
}

#[test]
fn it_opens_on_the_demo_and_gives_the_terminal_back() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Pty::start(home.path(), (80, 24), &[], &[]);
    terminal.expect("[1 Home]").expect("Rule sets").expect("ada (ADMINISTRATOR)");
    terminal.send("?").expect("Keys of this place");
    terminal.send("\x07").gone("Keys of this place");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn frames_are_synchronized_and_no_colour_is_sent_when_none_is_wanted() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Pty::start(home.path(), (80, 24), &[], &[("NO_COLOR", "1")]);
    terminal.expect("Rule sets").settle(Duration::from_millis(200));
    terminal.send(DOWN).settle(Duration::from_millis(200));
    let raw = String::from_utf8(terminal.raw()).unwrap();
    assert!(raw.contains("\x1b[?2026h") && raw.contains("\x1b[?2026l"));
    assert!(raw.contains("\x1b[7m"), "the cursor is reversed");
    for sequence in raw.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        if sequence[end..].starts_with('m') {
            let colours = sequence[..end].split(';').filter_map(|it| it.parse::<u8>().ok());
            assert!(
                colours.into_iter().all(|it| !matches!(it, 30..=38 | 40..=48 | 90..=107)),
                "{sequence:?}"
            );
        }
    }
}

#[test]
fn a_terminal_without_utf_8_gets_ascii() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Pty::start(home.path(), (80, 24), &[], &[("LANG", "C")]);
    terminal.expect("Rule sets").settle(Duration::from_millis(200));
    assert!(terminal.raw().is_ascii());
}

#[test]
fn a_new_size_is_taken_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Pty::start(home.path(), (80, 24), &[], &[]);
    terminal.expect("Rule sets");
    terminal.resize((60, 10));
    terminal.expect("nothing is lost");
    terminal.resize((200, 60));
    terminal.expect("Rule sets");
}

#[test]
fn without_a_terminal_it_prints_its_usage() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_connect-rules"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Usage"));
}
