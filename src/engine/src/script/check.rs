//! The rules of the test editor (`spec/testing.md` 2.1, 2.5), enforced when a test is created or edited.

use super::document::TestDocument;
use super::finding::Finding;
use crate::json;
use crate::value::{Value, trim, utf16_len};

/// Longest reference, description and phone number, in UTF-16 units.
const MAX_SHORT: usize = 1024;
/// Longest script and attribute text, in UTF-16 units.
const MAX_LONG: usize = 99_999;

/// Checks a document by the rules of the editor. `at` is its key path (empty for none).
pub fn check_test(test: &TestDocument, at: &str) -> Vec<Finding> {
    let path = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let mut found = Vec::new();
    if let Some(why) = name_fault(&test.name) {
        let message = format!("The test name {:?} {why}", &*test.name);
        found.push(Finding::error(
            "test-name",
            path("name"),
            message,
            "Use 2 to 64 of A-Z a-z 0-9 space - _",
        ));
    }
    found.extend(check_folder(&test.folder, &path("folder")));
    for (key, text, least, most) in [
        ("testReference", &test.test_reference, 0, MAX_SHORT),
        ("description", &test.description, 0, MAX_SHORT),
        ("endPoint", &test.end_point, 1, usize::MAX),
        ("customerPhoneNumber", &test.customer_phone_number, 2, MAX_SHORT),
        ("payload", &test.payload, 1, MAX_LONG),
    ] {
        let length = utf16_len(trim(text));
        if length < least || length > most {
            let message = if length == 0 {
                format!("{key} is empty")
            } else {
                format!("{key} has {length} characters")
            };
            let fix = match (least, most) {
                (_, usize::MAX) => "Pick an end point".to_owned(),
                (0, _) => format!("Use at most {most} characters"),
                _ => format!("Use {least} to {most} characters"),
            };
            found.push(Finding::error("test-text-length", path(key), message, fix));
        }
    }
    let attributes = json::print(&Value::from(test.contact_attributes.clone())).unwrap_or_default();
    let length = utf16_len(&attributes);
    if length > MAX_LONG {
        found.push(Finding::error(
            "test-text-length",
            path("contactAttributes"),
            format!("contactAttributes take {length} characters"),
            format!("Use at most {MAX_LONG} characters"),
        ));
    }
    if test.test_date_time.parse::<jiff::Timestamp>().is_err() {
        found.push(Finding::error(
            "test-date-time",
            path("testDateTime"),
            format!("{:?} is no UTC date and time, the call could not start", &*test.test_date_time),
            "Write it as 2023-06-14T22:15:00Z",
        ));
    }
    found
}

fn name_fault(name: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    if trim(name).is_empty() {
        Some("is blank")
    } else if !(2..=64).contains(&utf16_len(name)) {
        Some("has the wrong length")
    } else if !name.chars().all(allowed) {
        Some("has characters that are not allowed")
    } else if name.contains("  ") {
        Some("has a double space")
    } else {
        None
    }
}

/// Checks a folder path; `at` is where it stands.
pub fn check_folder(folder: &str, at: &str) -> Option<Finding> {
    let fault = if trim(folder).is_empty() {
        "is blank"
    } else if !folder.starts_with('/') {
        "does not start with /"
    } else if folder != "/" && folder.ends_with('/') {
        "ends with /"
    } else {
        let part = ["//", "..", "&", "#", "  "].into_iter().find(|part| folder.contains(part))?;
        match part {
            "//" => "contains //",
            ".." => "contains ..",
            "&" => "contains &",
            "#" => "contains #",
            _ => "contains a double space",
        }
    };
    Some(Finding::error(
        "test-folder",
        at,
        format!("The folder {folder:?} {fault}"),
        "Write it as / or /Name/Name, without // .. & # or double spaces",
    ))
}
