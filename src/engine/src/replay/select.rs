//! Which tests a batch runs (`spec/testing.md` 3.1).

use std::collections::BTreeSet;

use crate::script::TestDocument;
use crate::value::Text;

/// What a batch is asked to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Folder the batch is started for.
    pub folder: &'a str,
    /// Folders below it too; only by path, so that `/A` leaves `/AB` alone (R20).
    pub recursive: bool,
    /// Ids of tests; the folder then selects nothing.
    pub test_ids: Option<&'a [Text]>,
}

/// A test of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Selected<'a> {
    /// A test to run.
    Test(&'a TestDocument),
    /// An id that no test has: an ERROR in the batch (R15,
    /// [`TestResult::unknown`](super::TestResult::unknown)).
    Unknown(Text),
}

/// A selection without tests is no batch (R16).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No folder was given.
    #[error("A batch needs a folder: name one, / for all tests")]
    NoFolder,
    /// An empty list of ids.
    #[error("The list of test ids is empty: name at least one test")]
    NoIds,
    /// No test in the folder.
    #[error("No test is selected in folder {folder}: choose another folder, or include the folders below")]
    Nothing {
        /// The folder.
        folder: String,
    },
}

/// Whether a test's folder is the given one, or lies below it where those count.
pub fn in_folder(test_folder: &str, folder: &str, recursive: bool) -> bool {
    if test_folder == folder {
        return true;
    }
    let below = test_folder.strip_prefix(folder.trim_end_matches('/'));
    recursive && below.is_some_and(|rest| rest.starts_with('/'))
}

/// The tests of a selection, in the order given; an id given twice counts once.
///
/// # Errors
/// Nothing is selected.
pub fn select<'a>(
    tests: &'a [TestDocument],
    selection: &Selection<'_>,
) -> Result<Vec<Selected<'a>>, SelectionError> {
    if selection.folder.is_empty() {
        return Err(SelectionError::NoFolder);
    }
    if let Some(ids) = selection.test_ids {
        if ids.is_empty() {
            return Err(SelectionError::NoIds);
        }
        let by_id: std::collections::BTreeMap<&Text, &TestDocument> =
            tests.iter().filter_map(|test| Some((test.test_id.as_ref()?, test))).collect();
        let mut taken = BTreeSet::new();
        return Ok(ids
            .iter()
            .filter(|id| taken.insert(*id))
            .map(|id| by_id.get(id).map_or_else(|| Selected::Unknown(Text::clone(id)), |t| Selected::Test(t)))
            .collect());
    }
    let found: Vec<Selected<'a>> = tests
        .iter()
        .filter(|test| in_folder(&test.folder, selection.folder, selection.recursive))
        .map(Selected::Test)
        .collect();
    if found.is_empty() {
        return Err(SelectionError::Nothing { folder: selection.folder.to_owned() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::TestResult;

    fn named(id: &str, folder: &str) -> TestDocument {
        let mut test = TestResult::unknown(&Text::from(id), 0).test;
        test.folder = Text::from(folder);
        test
    }

    #[test]
    fn folders_are_paths() {
        let tests = [named("1", "/A"), named("2", "/AB"), named("3", "/A/B"), named("4", "/")];
        let ids = |folder, recursive| -> Vec<String> {
            let selection = Selection { folder, recursive, test_ids: None };
            let id = |s: &Selected<'_>| match s {
                Selected::Test(test) => test.name.to_string(),
                Selected::Unknown(id) => format!("?{id}"),
            };
            match select(&tests, &selection) {
                Ok(found) => found.iter().map(id).collect(),
                Err(error) => vec![error.to_string()],
            }
        };
        assert_eq!(ids("/A", false), ["1"]);
        assert_eq!(ids("/A", true), ["1", "3"]);
        assert_eq!(ids("/", true), ["1", "2", "3", "4"]);
        assert_eq!(ids("/", false), ["4"]);
        assert!(ids("/Z", true)[0].starts_with("No test is selected in folder /Z"));
        assert!(ids("", true)[0].starts_with("A batch needs a folder"));
    }

    #[test]
    fn ids_are_taken_once_and_unknown_ones_stay() {
        let tests = [named("1", "/A"), named("2", "/B")];
        let ids = ["2", "x", "2"].map(Text::from);
        let selection = Selection { folder: "/", recursive: false, test_ids: Some(&ids) };
        let found = select(&tests, &selection).unwrap();
        assert_eq!(found, [Selected::Test(&tests[1]), Selected::Unknown(Text::from("x"))]);
        let none = Selection { test_ids: Some(&[]), ..selection };
        assert_eq!(select(&tests, &none), Err(SelectionError::NoIds));
    }
}
