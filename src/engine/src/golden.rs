//! Reading the reference tables in tests: one JSON record per line.

use std::path::{Path, PathBuf};

use crate::json;
use crate::value::Value;

/// The folder with the reference data: `CONNECT_RULES_GOLDEN`, else `shared/golden` beside one of the
/// folders above this package.
fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("CONNECT_RULES_GOLDEN") {
        return Some(PathBuf::from(folder));
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/golden"))
        .find(|folder| folder.is_dir())
}

/// The records of `units/<name>.jsonl`; none (and a note) when the data is not there.
pub(crate) fn units(name: &str) -> Vec<Value> {
    let Some(folder) = folder() else {
        eprintln!("skipped: no reference data for {name}");
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join("units").join(format!("{name}.jsonl"))).unwrap();
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| json::parse(line).unwrap()).collect()
}

/// Runs `check` on every record; fails with all records that it refuses.
pub(crate) fn each(name: &str, check: impl Fn(&Value) -> Result<(), String>) {
    let records = units(name);
    let failures: Vec<String> = records
        .iter()
        .filter_map(|record| {
            check(record).err().map(|why| format!("{why}\n    {}", json::print(record).unwrap()))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{}: {} of {} differ\n  {}",
        name,
        failures.len(),
        records.len(),
        failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n  ")
    );
}

/// A text member of a record, `''` when it is missing.
pub(crate) fn text(record: &Value, name: &str) -> String {
    record.member(name).as_str().unwrap_or_default().to_owned()
}

/// Compares two values and says both when they differ.
pub(crate) fn same(got: &Value, want: &Value) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("got {}", json::print(got).unwrap_or("undefined".into()))) }
}

/// Milliseconds of an ISO instant.
pub(crate) fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}
