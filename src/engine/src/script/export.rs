//! Writing tests: the export document (`spec/testing.md` 2.6) and the script text form.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt::Write as _;

use super::document::{FIELDS, TestDocument};
use crate::json;
use crate::value::{Map, Text, Value, trim};

/// Which tests an export holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportMethod {
    /// Every test.
    All,
    /// The tests of a folder.
    Folder {
        /// Its path.
        folder: Text,
        /// Whether folders below are included.
        recursive: bool,
    },
    /// Tests picked by hand.
    Selected,
    /// The scheduled backup, which names no method.
    Backup,
}

/// What an export says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportHeader {
    /// Version of the program.
    pub version: Text,
    /// Name of the environment.
    pub environment_name: Text,
    /// Which tests.
    pub method: ExportMethod,
    /// Who exported; `scheduled export` for a backup.
    pub exported_by: Text,
    /// When; UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub exported_at: Text,
}

/// Why tests are not exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Two tests share folder and name, so an import could not tell them apart.
    #[error("Several tests share folder and name: {}. Rename or remove all but one of each", .0.join(", "))]
    Duplicates(
        /// `<folder> <name>` of each, once.
        Vec<String>,
    ),
}

/// The text of an export document: two-space indent, no line break at the end. Tests are sorted by folder,
/// then name, in the given order of names.
///
/// # Errors
/// Two tests share folder and name.
pub fn export_tests(
    header: &ExportHeader,
    tests: &[TestDocument],
    name_order: impl Fn(&str, &str) -> Ordering,
) -> Result<String, ExportError> {
    let mut sorted: Vec<&TestDocument> = tests.iter().collect();
    sorted.sort_by(|a, b| name_order(&a.folder, &b.folder).then_with(|| name_order(&a.name, &b.name)));
    let mut seen = HashSet::new();
    let mut twice: Vec<String> = sorted
        .iter()
        .filter(|t| !seen.insert((&t.folder, &t.name)))
        .map(|t| format!("{} {}", t.folder, t.name))
        .collect();
    twice.dedup();
    if !twice.is_empty() {
        return Err(ExportError::Duplicates(twice));
    }
    let mut out = Map::new();
    out.insert("type", Value::from("RulesEngineTests"));
    out.insert("version", Value::from(Text::clone(&header.version)));
    out.insert("environmentName", Value::from(Text::clone(&header.environment_name)));
    out.insert("format", Value::Number(1.0));
    match &header.method {
        ExportMethod::All => out.insert("method", Value::from("all")),
        ExportMethod::Folder { folder, recursive } => {
            out.insert("method", Value::from("folder"));
            out.insert("folder", Value::from(Text::clone(folder)));
            out.insert("recursive", Value::from(*recursive));
        }
        ExportMethod::Selected => out.insert("method", Value::from("selected")),
        ExportMethod::Backup => {}
    }
    out.insert("exportedBy", Value::from(Text::clone(&header.exported_by)));
    out.insert("exportedAt", Value::from(Text::clone(&header.exported_at)));
    out.insert("testCount", Value::Number(sorted.len() as f64));
    let tests: Vec<Value> = sorted.iter().map(|t| Value::from(t.to_export())).collect();
    out.insert("tests", Value::from(tests));
    // Writing values to memory cannot fail.
    Ok(serde_json::to_string_pretty(&out).unwrap_or_default())
}

/// The script text form of one test (`.rescript`): `#! field: <JSON>` lines, then the script.
pub fn to_script_file(test: &TestDocument) -> String {
    let members = test.to_export();
    let mut out = String::new();
    for field in FIELDS.iter().filter(|f| **f != "payload") {
        if let Some(value) = members.get(field).and_then(json::print) {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "#! {field}: {value}");
        }
    }
    for line in trim(&test.payload).split('\n').filter(|line| super::file::header_line(line).is_none()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}
