//! Which of two behaviours is wanted where the original's answer is wrong.

use serde::{Deserialize, Serialize};

/// Follow the original to the letter, or mend what it does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    /// Answers are those of the original.
    Original,
    /// Answers that the original gets wrong are mended.
    #[default]
    Corrected,
}

impl Compat {
    /// Name in options and documents.
    pub fn name(self) -> &'static str {
        match self {
            Compat::Original => "original",
            Compat::Corrected => "corrected",
        }
    }

    /// The setting of that name.
    pub fn parse(name: &str) -> Option<Compat> {
        [Compat::Original, Compat::Corrected].into_iter().find(|compat| compat.name() == name)
    }

    /// Whether the original is followed to the letter.
    pub fn is_original(self) -> bool {
        self == Compat::Original
    }
}
