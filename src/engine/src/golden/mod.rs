//! Reference data of the original in tests: `tests/golden.tar.zst`, or the folder that
//! `CONNECT_RULES_GOLDEN` names.

mod cases;
mod units;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::json;
use crate::model::{RuleSet, read};
use crate::value::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of the reference data by its path.
static FILES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let Some(folder) = std::env::var_os("CONNECT_RULES_GOLDEN") else { return unpacked("golden.tar.zst") };
    let mut files = BTreeMap::new();
    read_folder(Path::new(&folder), "", &mut files);
    files
});

/// Sample documents of the original by their path.
static EXAMPLES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| unpacked("examples.tar.zst"));

/// The files of an archive under `tests/`.
fn unpacked(archive: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let packed = std::fs::File::open(root().join("tests").join(archive)).unwrap();
    let unpacked = ruzstd::decoding::StreamingDecoder::new(packed).unwrap();
    for entry in tar::Archive::new(unpacked).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().trim_start_matches("./").to_owned();
        if entry.header().entry_type().is_file() {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            files.insert(path, text);
        }
    }
    files
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.insert(name, text);
        }
    }
}

/// The JSON Lines files under a folder of the reference data, with their paths.
pub(crate) fn files(prefix: &str) -> impl Iterator<Item = (String, &'static String)> {
    FILES.iter().filter(move |(path, _)| path.starts_with(prefix)).map(|(path, text)| (path.clone(), text))
}

/// One file of the reference data.
pub(crate) fn file(path: &str) -> String {
    FILES.get(path).unwrap_or_else(|| panic!("no reference file {path}")).clone()
}

/// A sample document of the original.
pub(crate) fn example(name: &str) -> String {
    EXAMPLES.get(&format!("examples/{name}")).unwrap_or_else(|| panic!("no example {name}")).clone()
}

/// The rule sets of a text.
pub(crate) fn parse(text: &str) -> Vec<RuleSet> {
    read::rule_sets(text).unwrap().rule_sets
}

/// The rule sets of a reference workspace.
pub(crate) fn rule_sets(workspace: &str) -> Vec<RuleSet> {
    parse(&file(&format!("workspaces/{workspace}")))
}

/// Names of the reference workspaces, for [`rule_sets`].
pub(crate) fn workspaces() -> Vec<String> {
    files("workspaces/").map(|(path, _)| path["workspaces/".len()..].to_owned()).collect()
}

/// A step or record where an always-on fix answers although the original fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fix {
    file: String,
    case: String,
    step: usize,
    quirk: String,
}

impl Fix {
    pub(crate) fn matches(&self, file: &str, case: &str, step: usize) -> bool {
        self.file == file && self.case == case && self.step == step
    }
}

/// The fixes of `tests/golden-fixes.toml`.
///
/// Another folder of reference data may meet the same fixes in other cases; there every failing step that is
/// answered counts as fixed.
pub(crate) fn fixes() -> Vec<Fix> {
    let text = std::fs::read_to_string(root().join("tests/golden-fixes.toml")).unwrap();
    let mut fixes = Vec::new();
    for block in text.split("[[fix]]").skip(1) {
        let field = |name: &str| {
            block
                .lines()
                .find_map(|line| line.split_once('=').filter(|(key, _)| key.trim() == name))
                .map_or_else(
                    || panic!("golden-fixes.toml: a fix without {name}"),
                    |(_, value)| value.trim().trim_matches('"').to_owned(),
                )
        };
        fixes.push(Fix {
            file: field("file"),
            case: field("case"),
            step: field("step").parse().unwrap(),
            quirk: field("quirk"),
        });
    }
    fixes
}

/// The records of `units/<name>.jsonl`; none (and a note) when the data is not there.
pub(crate) fn units(name: &str) -> Vec<Value> {
    let path = format!("units/{name}.jsonl");
    let Some(text) = FILES.get(&path) else {
        eprintln!("skipped: no {path} in the reference data");
        return Vec::new();
    };
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
