//! Messages for people on standard error, and text from data made safe for a terminal.

use std::borrow::Cow;
use std::io::{self, Write as _};

use connect_rules_engine::problem::Problem;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Failure;

/// Whether a character would steer a terminal, or reorder what it shows, instead of being seen.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with control characters shown as escapes; line feeds stay if `lines` is set.
pub fn shown(text: &str, lines: bool) -> Cow<'_, str> {
    let bad = |c: char| steers(c) && !(lines && c == '\n');
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if bad(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Prints a failure: one line per problem, or one JSON object.
pub fn failure(failure: &Failure, json: bool) {
    #[derive(Serialize)]
    struct Document<'a> {
        status: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
        problems: &'a [Problem],
    }
    if json {
        let document =
            Document { status: failure.exit as u8, why: failure.why.as_deref(), problems: &failure.problems };
        if let Ok(text) = serde_json::to_string(&document) {
            line(&text);
        }
    } else {
        failure.problems.iter().for_each(|p| line(&shown(&p.to_string(), false)));
        if let Some(why) = &failure.why {
            line(&shown(&format!("  why: {why}"), false));
        }
    }
}

/// Prints problems that the command survives, unless `--quiet` was given.
pub fn warnings(problems: &[Problem], global: &Global) {
    if global.quiet {
        return;
    }
    for problem in problems {
        if global.json {
            if let Ok(text) = serde_json::to_string(problem) {
                line(&text);
            }
        } else {
            line(&shown(&problem.to_string(), false));
        }
    }
}

/// A notice on standard error, unless `--quiet` was given.
pub fn notice(text: &str, global: &Global) {
    if !global.quiet {
        line(&shown(text, false));
    }
}

/// A notice of several lines, each of which is as [`notice`] has it.
pub fn notices(text: &str, global: &Global) {
    text.lines().for_each(|line| notice(line, global));
}

fn line(text: &str) {
    // Nobody can be told that standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(shown("plain ÄÖ 日本", false), "plain ÄÖ 日本");
        assert_eq!(shown("a\u{1b}[2Jb\rc\u{9b}\u{202e}d", false), "a\\u{1b}[2Jb\\rc\\u{9b}\\u{202e}d");
        assert_eq!(shown("a\nb", true), "a\nb");
        assert_eq!(shown("a\nb", false), "a\\nb");
    }
}
