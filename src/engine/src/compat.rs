//! Which of the original's answers are kept: `compat` and the path profile (`spec/README.md` ruling 1).

use serde::{Deserialize, Serialize};

/// Whether answers that the original gives, but should not, are kept.
///
/// Fixes that only replace a crash, a hang or an internal error apply under both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    /// As the original answers: for its goldens and its recorded tests.
    Original,
    /// With Q4, Q8, Q11, Q28, Q29, Q31, Q33, Q54 and Q82 put right.
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

/// The execution path a contact takes (`spec/evaluator.md`, opening table).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Simulator, recorded tests, batches: one answer per rule.
    #[default]
    Test,
    /// The headless inference API: runs to the end without input (6.9).
    Api,
    /// Real contacts: rules chain until a contact flow has to act (6.10).
    Live,
}
