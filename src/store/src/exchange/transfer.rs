//! Copies between stores (`spec/model.md` 18): rule sets, tests and settings of one become those of another,
//! as a backup of the one that is restored in the other.

use connect_rules_engine::compat::Compat;

use super::export::{self, About, Selection};
use super::{Restore, SourceFile, settings};
use crate::errors::Error;
use crate::snapshot::Snapshot;

/// The change that makes another store hold what this one holds.
///
/// # Errors
/// [`Error::Invalid`] if tests share folder and name.
pub fn transfer(from: &Snapshot, about: &About) -> Result<Restore, Error> {
    let file = |name: &str, text: String| Some(SourceFile { name: name.to_owned(), text });
    let all = Selection::All;
    Ok(Restore {
        rule_sets: file("rule sets", export::rule_sets_envelope(from, &all, about, Compat::Corrected)),
        tests: file("tests", export::tests(from, &all, about)?),
        settings: file("settings", settings::export(from, about)),
    })
}
