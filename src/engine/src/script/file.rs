//! Reading files of tests: an export, a bare list, a single document or the script text form
//! (`spec/testing.md` 2.6).

use std::collections::HashMap;

use super::check::check_test;
use super::document::{FIELDS, ReadOptions, TestDocument, kind_of};
use super::finding::Finding;
use crate::json;
use crate::problem::Severity;
use crate::value::{Map, Text, Value, trim};

/// What a file of tests looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// An object of type `RulesEngineTests`: an export or a backup.
    Export,
    /// A bare list of documents.
    List,
    /// One document.
    Single,
    /// A script with `#! field: <JSON>` lines.
    Script,
}

/// The tests of a file and everything that was found. With an error among the findings nothing of the file
/// may be imported.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// How it was read.
    pub form: FileForm,
    /// Documents in file order; those that could not be read as one are left out.
    pub tests: Vec<TestDocument>,
    /// Key path of each document, empty for a single one.
    pub places: Vec<String>,
    /// All problems of all items.
    pub findings: Vec<Finding>,
}

impl TestFile {
    /// Whether something refuses the file.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }
}

/// Reads a file of tests. Text that starts with `{` or `[` is JSON, anything else a script.
///
/// The rules of the editor only warn here; what is missing, unusable or there twice is an error.
pub fn read_tests(text: &str, options: &ReadOptions<'_>) -> TestFile {
    let body = trim(text);
    let mut file = if body.starts_with(['{', '[']) {
        match json::parse(body) {
            Ok(Value::Array(items)) => {
                let mut file = empty(FileForm::List);
                read_items(&mut file, &items, "", options);
                file
            }
            Ok(Value::Object(members)) => read_object(&members, options),
            Ok(other) => refused(FileForm::Single, "", format!("Found {}", kind_of(&other)), "Write tests"),
            Err(e) => refused(
                FileForm::Single,
                format!("line {}", e.line()),
                format!("The file is not JSON: {e}"),
                "Correct the text there, or export the tests again",
            ),
        }
    } else {
        read_script(text, options)
    };
    find_duplicates(&mut file);
    file
}

fn empty(form: FileForm) -> TestFile {
    TestFile { form, tests: Vec::new(), places: Vec::new(), findings: Vec::new() }
}

fn refused(form: FileForm, at: impl Into<String>, message: impl Into<String>, fix: &str) -> TestFile {
    TestFile { findings: vec![Finding::error("test-file", at, message, fix)], ..empty(form) }
}

fn read_object(members: &Map, options: &ReadOptions<'_>) -> TestFile {
    let known = |key: &str| members.get(key).filter(|v| !v.is_nil());
    if known("type").is_none() && known("tests").is_none() {
        let mut file = empty(FileForm::Single);
        read_item(&mut file, members, "", options);
        return file;
    }
    let mut file = empty(FileForm::Export);
    let kind = members.get("type").cloned().unwrap_or_default();
    if kind.as_str() != Some("RulesEngineTests") {
        let found = kind.as_str().map_or_else(|| kind_of(&kind), |text| format!("{text:?}"));
        return refused(
            FileForm::Export,
            "type",
            format!("This is no file of tests: type is {found}, not \"RulesEngineTests\""),
            "Pick a file that was exported from the tests",
        );
    }
    if members.get("format") != Some(&Value::Number(1.0)) {
        let found = kind_of(members.get("format").unwrap_or(&Value::Undefined));
        file.findings.push(Finding::error(
            "test-file",
            "format",
            format!("format must be the number 1, found {found}"),
            "Export the tests again with a version that writes format 1",
        ));
    }
    let Some(items) = members.get("tests").and_then(Value::as_array) else {
        let found = kind_of(members.get("tests").unwrap_or(&Value::Undefined));
        file.findings.push(Finding::error(
            "test-file",
            "tests",
            format!("tests must be a list, found {found}"),
            "Export the tests again",
        ));
        return file;
    };
    if members.get("testCount") != Some(&Value::Number(items.len() as f64)) {
        let found = kind_of(members.get("testCount").unwrap_or(&Value::Undefined));
        file.findings.push(Finding::error(
            "test-file",
            "testCount",
            format!(
                "testCount must be {}, the number of tests, found {found}: the file may be cut",
                items.len()
            ),
            "Export the tests again, or correct testCount if tests were added or removed by hand",
        ));
    }
    read_items(&mut file, items, "tests", options);
    file
}

fn read_items(file: &mut TestFile, items: &[Value], list: &str, options: &ReadOptions<'_>) {
    for (index, item) in items.iter().enumerate() {
        let at = format!("{list}[{index}]");
        if let Some(members) = item.as_object() {
            read_item(file, members, &at, options);
        } else {
            file.findings.push(Finding::error(
                "test-member-type",
                at,
                format!("A test must be an object, found {}", kind_of(item)),
                "Remove the item or write a test document",
            ));
        }
    }
}

fn read_item(file: &mut TestFile, members: &Map, at: &str, options: &ReadOptions<'_>) {
    let (test, findings) = TestDocument::read(members, at, options);
    let reported = |f: &Finding| findings.iter().any(|known| known.at == f.at);
    let more: Vec<Finding> = check_test(&test, at)
        .into_iter()
        .filter(|f| !reported(f))
        .map(|f| Finding { severity: Severity::Warning, ..f })
        .collect();
    file.findings.extend(findings);
    file.findings.extend(more);
    file.tests.push(test);
    file.places.push(at.to_owned());
}

/// The field and value text of a `#! field: <JSON>` line.
pub(super) fn header_line(line: &str) -> Option<(&str, &str)> {
    let (field, value) = trim(line).strip_prefix("#!")?.split_once(':')?;
    Some((trim(field), trim(value)))
}

/// The payload is the whole text, so that line numbers are those of the file.
fn read_script(text: &str, options: &ReadOptions<'_>) -> TestFile {
    let mut file = empty(FileForm::Script);
    let mut members = Map::new();
    for (index, line) in text.split('\n').enumerate() {
        let Some((field, value)) = header_line(line) else { continue };
        let at = format!("line {}", index + 1);
        if field == "payload" || !(FIELDS.contains(&field) || field == "testId") {
            let fix = format!("Use one of {}", FIELDS.join(", ").replace("payload, ", ""));
            let message = format!("A test has no field {field}, the line is ignored");
            file.findings.push(Finding::warning("test-unknown-member", at, message, fix));
            continue;
        }
        match json::parse(value) {
            Ok(_) if members.contains_key(field) => file.findings.push(Finding::error(
                "test-header-line",
                at,
                format!("{field} is given twice"),
                "Remove one of the two lines",
            )),
            Ok(value) => members.insert(field, value),
            Err(e) => file.findings.push(Finding::error(
                "test-header-line",
                at,
                format!("The value of {field} is not JSON: {e}"),
                format!("Write a JSON value, such as #! {field}: \"text\""),
            )),
        }
    }
    if !members.contains_key("folder") {
        members.insert("folder", Value::from("/"));
    }
    members.insert("payload", Value::from(Text::from(text)));
    read_item(&mut file, &members, "", options);
    file
}

fn find_duplicates(file: &mut TestFile) {
    let mut first: HashMap<(&str, &str), &str> = HashMap::new();
    let mut found = Vec::new();
    for (test, place) in file.tests.iter().zip(&file.places) {
        if test.name.is_empty() {
            continue;
        }
        let key = (&*test.folder, &*test.name);
        if let Some(earlier) = first.get(&key) {
            found.push(Finding::error(
                "test-duplicate",
                place.as_str(),
                format!(
                    "Folder {:?} and name {:?} are those of {earlier} as well, so one would replace the other",
                    key.0, key.1,
                ),
                "Rename one of the two or remove it",
            ));
        } else {
            first.insert(key, place);
        }
    }
    file.findings.extend(found);
}
