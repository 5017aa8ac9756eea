//! What a person chose for the program itself, kept between runs (`preferences.json` in the state folder of a place).

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::Wrong;

/// Seconds between two readings of the outbound limits that may be chosen (`spec/rate-limiting.md` 9).
pub const LIMITS_REFRESH: RangeInclusive<u32> = 1..=60;
/// Those of who chose none.
const USUAL_REFRESH: u32 = 2;

/// The choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// Name of the theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Seconds between two readings of the outbound limits, within [`LIMITS_REFRESH`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_refresh_seconds: Option<u32>,
}

/// Seconds between two readings of the outbound limits, from what somebody wrote.
///
/// # Errors
/// Why it is none, and what to write instead.
pub fn refresh_seconds(text: &str) -> Result<u32, String> {
    text.trim().parse().ok().filter(|seconds| LIMITS_REFRESH.contains(seconds)).ok_or_else(|| {
        let (least, most) = LIMITS_REFRESH.into_inner();
        format!("`{text}` is no whole number of seconds from {least} to {most}; {USUAL_REFRESH} is usual")
    })
}

impl Preferences {
    /// Where they are kept.
    pub fn file(state: &Path) -> PathBuf {
        state.join("preferences.json")
    }

    /// Reads them, and what is wrong in them: that counts as not chosen. A file that is not there is none.
    pub fn read(state: Option<&Path>) -> (Self, Vec<Wrong>) {
        let unreadable =
            |what: String| (Self::default(), vec![Wrong { line: 0, field: String::new(), what }]);
        match state.map(|state| std::fs::read_to_string(Self::file(state))) {
            None => (Self::default(), Vec::new()),
            Some(Ok(text)) => Self::of(&text),
            Some(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => (Self::default(), Vec::new()),
            Some(Err(error)) => unreadable(format!("cannot be read: {error}")),
        }
    }

    /// Those of the text of a file, and what is wrong in it.
    pub fn of(text: &str) -> (Self, Vec<Wrong>) {
        let (mut out, mut wrong) = (Self::default(), Vec::new());
        let mut say =
            |line, field: &str, what: String| wrong.push(Wrong { line, field: field.to_owned(), what });
        let members = match serde_json::from_str(text) {
            Ok(Value::Object(members)) => members,
            Ok(_) => {
                say(0, "", "is no object such as { \"theme\": \"default\" }".to_owned());
                return (out, wrong);
            }
            Err(error) => {
                say(error.line(), "", format!("is no JSON: {error}"));
                return (out, wrong);
            }
        };
        for (name, value) in members {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match (&*name, value) {
                // Nothing is chosen.
                (_, Value::Null) => {}
                ("theme", Value::String(theme)) => out.theme = Some(theme),
                ("theme", _) => say(0, &name, format!("`{shown}` is no name of a theme")),
                ("limitsRefreshSeconds", _) => match refresh_seconds(&shown) {
                    Ok(seconds) => out.limits_refresh_seconds = Some(seconds),
                    Err(what) => say(0, &name, what),
                },
                _ => say(0, &name, "is none of theme, limitsRefreshSeconds; take it out".to_owned()),
            }
        }
        (out, wrong)
    }

    /// Seconds between two readings of the outbound limits.
    pub fn limits_refresh(&self) -> u32 {
        self.limits_refresh_seconds.unwrap_or(USUAL_REFRESH)
    }

    /// As text for the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        let chosen = Preferences { theme: Some("mono".to_owned()), limits_refresh_seconds: Some(60) };
        assert_eq!(Preferences::of(&chosen.text()), (chosen.clone(), Vec::new()));
        let none = Preferences::default();
        assert_eq!((Preferences::of(&none.text()), none.limits_refresh()), ((none.clone(), Vec::new()), 2));
        assert_eq!(Preferences::of(r#"{"theme":null}"#), (none, Vec::new()));
        assert_eq!(chosen.limits_refresh(), 60);
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_counts() {
        for seconds in ["0", "61", "-1", "1.5", "\"often\"", "[2]", "99999999999"] {
            let text = format!(r#"{{"theme":"mono","limitsRefreshSeconds":{seconds}}}"#);
            let (read, wrong) = Preferences::of(&text);
            assert_eq!((read.theme.as_deref(), read.limits_refresh()), (Some("mono"), 2));
            let told = wrong.iter().map(ToString::to_string).collect::<String>();
            for word in ["limitsRefreshSeconds", seconds.trim_matches('"'), "from 1 to 60"] {
                assert!(told.contains(word), "{word} is not in {told}");
            }
        }
        for (text, told) in [
            ("{\n\"theme\": ", "line 2: is no JSON"),
            ("[]", "is no object"),
            (r#"{"theme":3}"#, "theme: `3` is no name"),
            (r#"{"limitRefreshSeconds":3}"#, "limitRefreshSeconds: is none of"),
        ] {
            let (read, wrong) = Preferences::of(text);
            assert!(read == Preferences::default() && wrong[0].to_string().starts_with(told), "{wrong:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_no_mistake() {
        let nowhere = Path::new("/nowhere/at/all");
        assert_eq!(Preferences::read(Some(nowhere)), (Preferences::default(), Vec::new()));
        assert_eq!(Preferences::read(None), (Preferences::default(), Vec::new()));
    }
}
