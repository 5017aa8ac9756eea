//! Pieces that screens are made of: lists and trees that draw only what is seen, text fields, forms, boxes.

pub mod editor;
pub mod form;
pub mod grid;
pub mod list;
pub mod order;
pub mod panel;
pub mod table;
pub mod tree;

use crate::keys::Binding;

pub use editor::Editor;
pub use grid::Grid;
pub use list::List;
pub use order::Order;

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
    Binding::new("table.sort", &["S"], "", "", "Sort the table by its next column; after the last as it was"),
    Binding::new("table.turn", &["O"], "", "", "Turn the order of the sorted table round"),
    Binding::new(
        "table.hide",
        &["|"],
        "",
        "",
        "Hide the column that the table is sorted by; in a table that is not sorted, show all columns",
    ),
    Binding::new("app.filter", &["/"], "", "filter", "Filter this list while typing"),
];
