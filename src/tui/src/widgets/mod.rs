//! Pieces that screens are made of: lists and trees that draw only what is seen, text fields, forms, boxes.

pub mod editor;
pub mod form;
pub mod list;
pub mod panel;
pub mod tree;

use crate::keys::Binding;

pub use editor::Editor;
pub use list::List;

/// Movements that every list, tree and table understands; see [`List::run`].
pub const KEYS: &[Binding] = &[
    Binding::new("move.up", &["up", "k"], "", "", "Move the cursor up"),
    Binding::new("move.down", &["down", "j"], "", "", "Move the cursor down"),
    Binding::new("move.left", &["left", "h"], "", "", "Move left: close a branch, go to its parent, scroll"),
    Binding::new("move.right", &["right", "l"], "", "", "Move right: open a branch, scroll"),
    Binding::new("move.pageUp", &["pgup", "ctrl-b"], "", "", "Move up by a page"),
    Binding::new("move.pageDown", &["pgdn", "ctrl-f"], "", "", "Move down by a page"),
    Binding::new("move.first", &["home", "g g"], "", "", "Move to the first line"),
    Binding::new("move.last", &["end", "G"], "", "", "Move to the last line"),
    Binding::new("pane.next", &["tab"], "", "", "Go to the next pane"),
    Binding::new("pane.previous", &["shift-tab"], "", "", "Go to the previous pane"),
    Binding::new("app.filter", &["/"], "", "filter", "Filter this list while typing"),
];
