//! The pages of help: those of the engine's declarations, one for each screen with its keys, scripts of tests,
//! and every command. The same pages are shown on screen and printed by `docs`.

pub mod render;

use std::fmt::Write as _;
use std::sync::OnceLock;

use connect_rules_engine::help::{self, Page};

use crate::keys::{Binding, TABLES};
use crate::screen::ScreenId;
use crate::screens::tests::SAMPLES;

/// What is said about a table of keys before its keys: its title, and the page's text.
const SCREENS: &[(&str, &str)] = &[
    ("Home", include_str!("home.md")),
    ("Rules", include_str!("rules.md")),
    ("Rule form", include_str!("rule-form.md")),
    ("Simulate", include_str!("simulate.md")),
    ("Tests", include_str!("tests.md")),
    ("Graph", include_str!("graph.md")),
    ("Limits", include_str!("limits.md")),
    ("Functions", include_str!("functions.md")),
    ("Health", include_str!("health.md")),
    ("Admin", include_str!("admin.md")),
];

/// The page of commands, generated from their declarations.
const COMMANDS: &str = include_str!("../../../../docs/commands.md");

/// Every page, in the order of the contents.
pub fn pages() -> &'static [Page] {
    static PAGES: OnceLock<Vec<Page>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let mut out: Vec<Page> = TABLES.iter().map(|(title, table)| of_keys(title, table)).collect();
        out.sort_by_key(|page| page.sort != "screen");
        out.push(Page::new("guide/script", "guide", script()));
        out.extend(help::pages());
        out.extend(commands());
        out
    })
}

/// The page of a screen.
pub fn of_screen(screen: ScreenId) -> String {
    format!("screen/{}", screen.name())
}

/// The page of a type of rules.
pub fn of_rule_type(name: &str) -> String {
    format!("rule/{name}")
}

fn of_keys(title: &str, table: &[Binding]) -> Page {
    let screen = SCREENS.iter().find(|(name, _)| *name == title);
    let mut text = match screen {
        Some((_, text)) => (*text).to_owned(),
        None => format!("# Keys: {}\n", title.to_lowercase()),
    };
    if !table.is_empty() {
        let _ = write!(
            text,
            "{}\n| Key | Does |\n|---|---|\n",
            if screen.is_some() { "\n## Keys\n" } else { "" }
        );
    }
    for binding in table {
        let keys: Vec<_> = binding.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
        let place = binding.place.rsplit('.').next().filter(|_| binding.place.contains('.'));
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        let needs = binding.needs.map_or_else(String::new, |it| format!(" — {}", it.least_role()));
        let _ =
            writeln!(text, "| {} | {}{place}{needs} |", keys.join(" "), binding.about.replace('|', "\\|"));
    }
    match screen {
        Some(_) => Page::new(format!("screen/{title}"), "screen", text),
        None => Page::new(format!("keys/{title}"), "keys", text),
    }
}

fn script() -> String {
    let mut out = String::from(include_str!("script.md"));
    out.push_str("\n## Lines\n");
    for (name, sample, about) in SAMPLES {
        let _ = write!(out, "\n### {name}\n\nIs for {about}.\n\n    {sample}\n");
    }
    out
}

/// A page for each command and those below it.
fn commands() -> Vec<Page> {
    let mut out: Vec<Page> = Vec::new();
    for section in COMMANDS.split("\n## ").skip(1).flat_map(|text| text.split("\n### ")) {
        let (name, rest) = section.split_once('\n').unwrap_or((section, ""));
        let command = name.strip_prefix("connect-rules ").unwrap_or_default();
        let first = command.split(' ').next().unwrap_or_default();
        let id = if first.is_empty() { "command".to_owned() } else { format!("command/{first}") };
        let rest = rest.trim();
        match out.iter_mut().find(|page| page.id == id) {
            Some(page) => {
                let _ = write!(page.text, "\n## {name}\n\n{rest}\n");
            }
            None => out.push(Page::new(id, "command", format!("# {name}\n\n{rest}\n"))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use connect_rules_engine::help::{find, search};

    use super::*;

    #[test]
    fn every_screen_key_table_script_line_and_command_has_its_page() {
        let ids: HashSet<&str> = pages().iter().map(|page| page.id.as_str()).collect();
        assert_eq!(ids.len(), pages().len());
        for screen in ScreenId::ALL {
            assert!(ids.contains(of_screen(screen).as_str()), "{screen:?}");
        }
        assert_eq!(SCREENS.len() + 3, TABLES.len(), "every text belongs to a table");
        for (title, table) in TABLES {
            let page = pages().iter().find(|page| page.id.ends_with(&format!("/{title}"))).unwrap();
            for binding in *table {
                assert!(page.text.contains(&binding.about.replace('|', "\\|")), "{title}: {}", binding.id);
            }
        }
        for kind in connect_rules_engine::script::KINDS {
            let script = &pages()[find(pages(), "guide/script").unwrap()];
            assert!(script.text.contains(&format!("### {kind}\n")), "{kind}");
        }
        let test = &pages()[find(pages(), "command/test").unwrap()];
        assert_eq!(test.title, "connect-rules test");
        assert!(test.text.contains("## connect-rules test export\n") && test.text.contains("`--fail-fast`"));
        assert!(COMMANDS.matches("### connect-rules ").count() > 80);
    }

    #[test]
    fn words_lead_to_the_page_that_people_mean() {
        for (words, title) in [
            ("queue", "Queue"),
            ("graph", "Graph"),
            ("script", "Scripts of tests"),
            ("weights activation", "Weights and activation"),
            ("backup", "connect-rules backup"),
        ] {
            assert_eq!(pages()[search(pages(), words)[0].page].title, title, "{words}");
        }
    }
}
