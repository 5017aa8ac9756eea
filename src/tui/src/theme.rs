//! Themes: what each role of text looks like, read from TOML files (`themes/*.toml`).
//!
//! State is never told by colour alone, so a theme without any colour loses nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a piece of the screen is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; each is a member of a theme file")]
pub enum Role {
    Text,
    Dim,
    Title,
    Border,
    Focus,
    Cursor,
    CursorAway,
    Key,
    Good,
    Bad,
    Warn,
    Changed,
    Header,
    Production,
    Tab,
    TabHere,
    Input,
    Match,
    Link,
    Spoken,
    Heard,
}

const ROLES: [(&str, Role); 21] = [
    ("text", Role::Text),
    ("dim", Role::Dim),
    ("title", Role::Title),
    ("border", Role::Border),
    ("focus", Role::Focus),
    ("cursor", Role::Cursor),
    ("cursorAway", Role::CursorAway),
    ("key", Role::Key),
    ("good", Role::Good),
    ("bad", Role::Bad),
    ("warn", Role::Warn),
    ("changed", Role::Changed),
    ("header", Role::Header),
    ("production", Role::Production),
    ("tab", Role::Tab),
    ("tabHere", Role::TabHere),
    ("input", Role::Input),
    ("match", Role::Match),
    ("link", Role::Link),
    ("spoken", Role::Spoken),
    ("heard", Role::Heard),
];

/// The themes of the program: name and file.
pub const BUILT_IN: [(&str, &str); 7] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
];

/// The look of every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Name, as chosen by people.
    pub name: String,
    styles: [Style; ROLES.len()],
}

/// Why a theme file was refused: file, member, reason and remedy in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("theme {name}: {what}")]
pub struct ThemeError {
    name: String,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    with: Vec<String>,
}

impl Theme {
    /// Reads a theme file.
    ///
    /// # Errors
    /// Not TOML, an unknown role, colour or modifier; the message names it and lists the known ones.
    pub fn parse(name: &str, text: &str) -> Result<Theme, ThemeError> {
        let fail = |what: String| ThemeError { name: name.to_owned(), what };
        let file: File = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        let mut styles = [Style::new(); ROLES.len()];
        for (role, entry) in &file.roles {
            let at = ROLES.iter().position(|(known, _)| known == role).ok_or_else(|| {
                let known: Vec<_> = ROLES.iter().map(|(known, _)| *known).collect();
                fail(format!("there is no role {role}; roles are {}", known.join(", ")))
            })?;
            let colour = |text: &str| {
                let text = file.palette.get(text).map_or(text, String::as_str);
                Color::from_str(text)
                    .map_err(|_| fail(format!("{role}: {text} is no colour; write a name such as lightred, a number 0 to 255 or #rrggbb")))
            };
            if let Some(fg) = &entry.fg {
                styles[at].fg = Some(colour(fg)?);
            }
            if let Some(bg) = &entry.bg {
                styles[at].bg = Some(colour(bg)?);
            }
            for with in &entry.with {
                styles[at] = styles[at].add_modifier(match with.as_str() {
                    "bold" => Modifier::BOLD,
                    "dim" => Modifier::DIM,
                    "italic" => Modifier::ITALIC,
                    "underlined" => Modifier::UNDERLINED,
                    "reversed" => Modifier::REVERSED,
                    other => {
                        return Err(fail(format!(
                            "{role}: {other} is none of bold, dim, italic, underlined, reversed"
                        )));
                    }
                });
            }
        }
        Ok(Theme { name: name.to_owned(), styles })
    }

    /// A theme of the program; the default one for unknown names.
    pub fn built_in(name: &str) -> Theme {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name).unwrap_or(&BUILT_IN[0]);
        Theme::parse(name, text)
            .unwrap_or_else(|_| Theme { name: (*name).to_owned(), styles: [Style::new(); ROLES.len()] })
    }

    /// The themes of the program and those of a folder, with what was wrong with files of it.
    pub fn all(folder: Option<&Path>) -> (Vec<Theme>, Vec<ThemeError>) {
        let mut themes: Vec<Theme> = BUILT_IN.iter().map(|(name, _)| Theme::built_in(name)).collect();
        let mut errors = Vec::new();
        let files = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let mut paths: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|it| it == "toml"))
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let read = std::fs::read_to_string(&path)
                .map_err(|error| ThemeError { name: name.clone(), what: error.to_string() });
            match read.and_then(|text| Theme::parse(&name, &text)) {
                Ok(theme) => {
                    themes.retain(|known| known.name != theme.name);
                    themes.push(theme);
                }
                Err(error) => errors.push(error),
            }
        }
        (themes, errors)
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[ROLES.iter().position(|(_, known)| *known == role).unwrap_or_default()]
    }

    /// Whether it uses any colour.
    pub fn is_mono(&self) -> bool {
        self.styles.iter().all(|style| style.fg.is_none() && style.bg.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_themes_are_whole() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(name, text).unwrap();
            for (role, at) in ROLES {
                assert!(
                    text.contains(&format!("\n{role} ")) || matches!(at, Role::Text),
                    "{name} lacks {role}"
                );
            }
            assert_ne!(theme.style(Role::Cursor), theme.style(Role::Text), "{name}: the cursor must be seen");
        }
        assert!(Theme::built_in("mono").is_mono());
    }

    #[test]
    fn mistakes_are_named() {
        let error = Theme::parse("mine", "[roles]\ncurser = {}\n").unwrap_err().to_string();
        assert!(error.contains("mine") && error.contains("curser") && error.contains("cursor,"), "{error}");
        let error = Theme::parse("mine", "[roles]\ncursor = { fg = \"pinkish\" }\n").unwrap_err().to_string();
        assert!(error.contains("pinkish"), "{error}");
    }
}
