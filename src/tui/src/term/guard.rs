//! Entering the full screen and leaving it again, whatever happens: return, error, panic, signal.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);

/// Holds the terminal in full-screen mode and gives it back when dropped.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal and makes panics give it back before they are told.
    ///
    /// # Errors
    /// Standard input is no terminal, or it refuses.
    pub fn enter() -> io::Result<Self> {
        take()?;
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            told(panic);
        }));
        Ok(Guard(()))
    }

    /// Gives the terminal back for a while, as for a suspension.
    pub fn leave(&self) {
        give_back();
    }

    /// Takes it again.
    ///
    /// # Errors
    /// The terminal refuses.
    pub fn retake(&self) -> io::Result<()> {
        take()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)
}

fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        // A terminal that is gone cannot be told anything.
        let _ = out.write_all(b"\x1b[?2026l\x1b[0m");
        let _ = queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}
