//! The key table: one declaration of every key drives dispatch, footer, help, palette and documentation.
//!
//! A [`Binding`] joins keys, the place where they work, and the id of a command. Places are dotted paths such
//! as `rules.tree`; a binding of `rules` works in every pane of the Rules screen, one of the empty place
//! works everywhere. The most specific binding wins.

use std::fmt::Write as _;

use connect_rules_store::Operation;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{overlay, screens, widgets};

/// What a command may do to the stored model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// Nothing: it looks, moves, or changes only what is on screen.
    No,
    /// It opens a form or a question; the model changes after that is agreed to.
    Asks,
    /// It is the agreement itself: what a form or a question is about happens now.
    Confirms,
    /// It changes the model at once and can be undone with `u`.
    AtOnce,
}

impl Writes {
    /// Whether it takes a store that may be written. Agreeing is refused by what is agreed to, not by its key.
    pub fn is_write(self) -> bool {
        matches!(self, Writes::Asks | Writes::AtOnce)
    }
}

/// One command: its keys, where they work and what people are told of it.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Name of the command, such as `rules.edit`.
    pub id: &'static str,
    /// Keys that run it, the shown one first: `e`, `ctrl-s`, `f5`, `shift-tab`, or a sequence as `g d`.
    pub keys: &'static [&'static str],
    /// Where it works; empty for everywhere.
    pub place: &'static str,
    /// One or two words for the footer; empty to leave it out there.
    pub label: &'static str,
    /// What it does, as a sentence without its full stop.
    pub about: &'static str,
    /// What the person must be allowed to do.
    pub needs: Option<Operation>,
    /// What it may do to the stored model.
    pub writes: Writes,
}

impl Binding {
    /// A command that changes nothing stored.
    pub const fn new(
        id: &'static str,
        keys: &'static [&'static str],
        place: &'static str,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        Binding { id, keys, place, label, about, needs: None, writes: Writes::No }
    }

    /// The command takes this permission.
    #[must_use]
    pub const fn needs(mut self, operation: Operation) -> Self {
        self.needs = Some(operation);
        self
    }

    /// The command leads to a change after a form or a question.
    #[must_use]
    pub const fn asks(mut self, operation: Operation) -> Self {
        self.needs = Some(operation);
        self.writes = Writes::Asks;
        self
    }

    /// The command is the agreement to a change.
    #[must_use]
    pub const fn confirms(mut self) -> Self {
        self.writes = Writes::Confirms;
        self
    }

    /// The command changes the model at once.
    #[must_use]
    pub const fn at_once(mut self, operation: Operation) -> Self {
        self.needs = Some(operation);
        self.writes = Writes::AtOnce;
        self
    }

    /// Whether it works at that place.
    pub fn works_at(&self, place: &str) -> bool {
        covers(self.place, place)
    }
}

/// Whether `outer` is `place` or a place around it.
pub fn covers(outer: &str, place: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// Commands that work on every screen.
pub const EVERYWHERE: &[Binding] = &[
    Binding::new("app.help", &["?"], "", "keys", "Show the keys of this place; enter runs one"),
    Binding::new(
        "app.manual",
        &["f1"],
        "",
        "",
        "Open help at the page of what the cursor is on; all pages can be searched",
    ),
    Binding::new(
        "app.palette",
        &[":", "ctrl-p"],
        "",
        "palette",
        "Find any action, rule set, rule, test, end point or queue",
    ),
    Binding {
        id: "app.undo",
        keys: &["u"],
        place: "",
        label: "undo",
        about: "Undo your latest change of the model",
        needs: None,
        writes: Writes::AtOnce,
    },
    Binding {
        id: "app.redo",
        keys: &["ctrl-r"],
        place: "",
        label: "",
        about: "Redo what you undid last",
        needs: None,
        writes: Writes::AtOnce,
    },
    Binding::new("app.back", &["ctrl-o", "backspace"], "", "", "Go back to where you were before"),
    Binding::new("app.copy", &["y"], "", "", "Copy what the cursor is on to the clipboard"),
    Binding::new("app.screen.home", &["1"], "", "", "Open Home"),
    Binding::new("app.screen.rules", &["2"], "", "", "Open Rules"),
    Binding::new("app.screen.simulate", &["3"], "", "", "Open Simulate"),
    Binding::new("app.screen.tests", &["4"], "", "", "Open Tests"),
    Binding::new("app.screen.graph", &["5"], "", "", "Open Graph"),
    Binding::new("app.screen.limits", &["6"], "", "", "Open Limits"),
    Binding::new("app.screen.functions", &["7"], "", "", "Open Functions"),
    Binding::new("app.screen.health", &["8"], "", "", "Open Health"),
    Binding::new("app.screen.admin", &["9"], "", "", "Open Admin"),
    Binding::new("app.theme", &["ctrl-t"], "", "", "Change to the next theme"),
    Binding::new("app.reload", &["f9"], "", "", "Read the store again"),
    Binding::new("app.jobs", &["f10"], "", "", "Show running jobs; cancel one"),
    Binding::new("app.redraw", &["ctrl-l"], "", "", "Draw the whole screen again"),
    Binding::new("app.suspend", &["ctrl-z"], "", "", "Suspend the program; fg brings it back"),
    Binding::new("app.quit", &["q", "ctrl-c"], "", "quit", "Quit; asks if something would be lost"),
];

/// Every table, in the order of help and documentation.
pub const TABLES: &[(&str, &[Binding])] = &[
    ("Everywhere", EVERYWHERE),
    ("Lists and trees", widgets::KEYS),
    ("Dialogs", overlay::KEYS),
    ("Home", screens::home::KEYS),
    ("Rules", screens::rules::KEYS),
    ("Rule form", screens::rules::form::KEYS),
    ("Simulate", screens::simulate::KEYS),
    ("Tests", screens::tests::KEYS),
    ("Graph", screens::graph::KEYS),
    ("Limits", screens::limits::KEYS),
    ("Functions", screens::functions::KEYS),
    ("Health", screens::health::KEYS),
    ("Admin", screens::admin::KEYS),
];

/// Every binding.
pub fn all() -> impl Iterator<Item = &'static Binding> {
    TABLES.iter().flat_map(|(_, table)| table.iter())
}

/// The binding with that id.
pub fn by_id(id: &str) -> Option<&'static Binding> {
    all().find(|binding| binding.id == id)
}

/// The bindings that work at a place, the most specific first.
pub fn at(place: &str) -> Vec<&'static Binding> {
    let mut found: Vec<_> = all().filter(|binding| binding.works_at(place)).collect();
    found.sort_by_key(|binding| usize::MAX - binding.place.len());
    found
}

/// One key with its modifiers, in a form that compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key; letters carry their case.
    pub code: KeyCode,
    /// Control, Alt, and Shift where the key itself does not tell it.
    pub modifiers: KeyModifiers,
}

impl Chord {
    /// The chord of a key event.
    pub fn of(event: KeyEvent) -> Self {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = event.code;
        match code {
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                modifiers.remove(KeyModifiers::SHIFT);
                code = KeyCode::Char(c.to_ascii_lowercase());
            }
            KeyCode::Char(_) => modifiers.remove(KeyModifiers::SHIFT),
            KeyCode::BackTab => {
                code = KeyCode::Tab;
                modifiers.insert(KeyModifiers::SHIFT);
            }
            _ => {}
        }
        Chord { code, modifiers }
    }

    /// Reads `ctrl-s`, `f5`, `space`, `G`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (modifier, after) = match () {
                () if rest.starts_with("ctrl-") && rest.len() > 5 => (KeyModifiers::CONTROL, &rest[5..]),
                () if rest.starts_with("alt-") && rest.len() > 4 => (KeyModifiers::ALT, &rest[4..]),
                () if rest.starts_with("shift-") && rest.len() > 6 => (KeyModifiers::SHIFT, &rest[6..]),
                () => break,
            };
            modifiers |= modifier;
            rest = after;
        }
        let code = match rest {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "space" => KeyCode::Char(' '),
            "backspace" => KeyCode::Backspace,
            "del" => KeyCode::Delete,
            "ins" => KeyCode::Insert,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            _ => {
                let mut chars = rest.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => KeyCode::Char(c),
                    (Some('f'), Some(_)) => KeyCode::F(rest[1..].parse().ok()?),
                    _ => return None,
                }
            }
        };
        Some(Chord { code, modifiers })
    }

    /// Whether it writes a character into a text field.
    pub fn is_text(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && (self.modifiers - KeyModifiers::SHIFT).is_empty()
    }
}

/// What keys lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This command.
    Command(&'static str),
    /// The beginning of a longer sequence.
    Prefix,
    /// Nothing.
    Nothing,
}

/// What a sequence of chords means at a place.
pub fn find(pressed: &[Chord], place: &str) -> Found {
    let mut prefix = false;
    for binding in at(place) {
        for keys in binding.keys {
            let mut wanted = keys.split(' ').map(Chord::parse);
            let matches = pressed.iter().all(|chord| wanted.next().flatten() == Some(*chord));
            match (matches, wanted.next()) {
                (true, None) => return Found::Command(binding.id),
                (true, Some(_)) => prefix = true,
                (false, _) => {}
            }
        }
    }
    if prefix { Found::Prefix } else { Found::Nothing }
}

/// The key table as a Markdown document.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Keys\n\nGenerated from the key table; a key works in the pane that is named, or in every pane of the screen.\n",
    );
    for (title, table) in TABLES {
        if table.is_empty() {
            continue;
        }
        let _ = write!(
            out,
            "\n## {title}\n\n| Key | Does | Where | Command | Needs |\n| --- | --- | --- | --- | --- |\n"
        );
        for binding in *table {
            let keys: Vec<String> =
                binding.keys.iter().map(|keys| format!("`{}`", keys.replace('|', "\\|"))).collect();
            let place = if binding.place.is_empty() { "everywhere" } else { binding.place };
            let needs = binding.needs.map_or_else(String::new, |needs| needs.least_role().to_owned());
            let _ = writeln!(
                out,
                "| {} | {} | {place} | `{}` | {needs} |",
                keys.join(" "),
                binding.about.replace('|', "\\|"),
                binding.id
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/keys.md` says what the table says; `UPDATE_DOCS=1` writes it.
    #[test]
    fn the_page_of_keys_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keys.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, markdown()).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == markdown(), "docs/keys.md is out of date: run this test with UPDATE_DOCS=1");
    }

    #[test]
    fn every_key_can_be_read() {
        for binding in all() {
            for chord in binding.keys.iter().flat_map(|keys| keys.split(' ')) {
                assert!(Chord::parse(chord).is_some(), "{}: {chord}", binding.id);
            }
            assert!(!binding.about.ends_with('.'), "{}", binding.id);
        }
    }

    #[test]
    fn no_two_commands_share_a_key_at_one_place_and_no_id_is_used_twice() {
        let mut ids = std::collections::HashSet::new();
        let mut keys = std::collections::HashMap::new();
        for binding in all() {
            assert!(ids.insert(binding.id), "{} twice", binding.id);
            for key in binding.keys {
                if let Some(other) = keys.insert((binding.place, *key), binding.id) {
                    panic!("{key} at {:?}: {other} and {}", binding.place, binding.id);
                }
            }
        }
    }

    #[test]
    fn places_nest() {
        assert!(
            covers("", "rules.tree") && covers("rules", "rules.tree") && covers("rules.tree", "rules.tree")
        );
        assert!(!covers("rule", "rules.tree") && !covers("rules.tree", "rules"));
    }
}
