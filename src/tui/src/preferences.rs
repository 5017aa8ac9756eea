//! What a person chose for the program itself, kept between runs (`preferences.json` in the state folder).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Preferences {
    /// Name of the theme.
    pub theme: Option<String>,
}

impl Preferences {
    /// Where they are kept.
    pub fn file(state: &Path) -> PathBuf {
        state.join("preferences.json")
    }

    /// Reads them; a file that is not there or not valid counts as none.
    pub fn read(state: Option<&Path>) -> Self {
        let text = state.and_then(|state| std::fs::read_to_string(Self::file(state)).ok());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// As text for the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
