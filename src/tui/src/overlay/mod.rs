//! Dialogs: what lies on top of a screen and takes every key until it is closed.

pub mod choose;
pub mod confirm;
pub mod diff;
pub mod edit;
pub mod help;
pub mod jobs;
pub mod login;
pub mod manual;
pub mod opening;
pub mod palette;

use connect_rules_store::{Applied, Error};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::message::Parcel;
use crate::screen::{Cx, View};

pub use choose::{Candidate, Choose, Chosen};
pub use confirm::{Confirm, Explain, Then};
pub use diff::Diff;
pub use edit::{Edit, Submit};

/// Keys of dialogs.
pub const KEYS: &[Binding] = &[
    Binding::new("dialog.ok", &["enter"], "dialog", "ok", "Agree, choose or run what the cursor is on")
        .confirms(),
    Binding::new(
        "dialog.save",
        &["ctrl-s"],
        "dialog",
        "save",
        "Save; refused with the list of what is wrong",
    )
    .confirms(),
    Binding::new("dialog.cancel", &["esc", "ctrl-g"], "dialog", "cancel", "Close without doing anything"),
    Binding::new(
        "dialog.yes",
        &["y"],
        "dialog.confirm",
        "yes",
        "Go to the button that does it; enter then does it",
    ),
    Binding::new("dialog.no", &["n"], "dialog.confirm", "no", "Close without doing it"),
    Binding::new(
        "dialog.switch",
        &["tab", "left", "right", "shift-tab"],
        "dialog.confirm",
        "",
        "Go to the other button",
    ),
    Binding::new(
        "dialog.cancelJob",
        &["x", "del"],
        "dialog.jobs",
        "cancel job",
        "Cancel the job under the cursor",
    ),
];

/// Something that lies on top.
pub trait Dialog: Send {
    /// Where the focus is: `dialog` or a place in it.
    fn place(&self) -> &'static str {
        "dialog"
    }

    /// The page of help that what the cursor is on has; `None` leaves it to what is below.
    fn help_page(&self) -> Option<String> {
        None
    }

    /// Whether plain characters write into a text field now.
    fn typing(&self) -> bool {
        false
    }

    /// A key that no binding takes, or any key while a text field has the focus. Tells whether it was used.
    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        let _ = (key, cx);
        false
    }

    /// Pasted text.
    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        let _ = (text, cx);
    }

    /// A command of the key table. Tells whether it was used.
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool;

    /// What came of a change it asked for. `false` leaves telling it to the program.
    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        let _ = (result, cx);
        false
    }

    /// It was opened before anything was read.
    fn opened(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// The store was read anew.
    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// What a job made or another dialog answered.
    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let _ = (parcel, cx);
    }

    /// What would be lost if the program ended now; `None` if nothing.
    fn unsaved(&self) -> Option<String> {
        None
    }

    /// The program ends or the terminal is gone: whatever should be found again is written now.
    fn save_drafts(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// Draws it over the whole screen area.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>);
}
