//! Finding tests in files and folders, and choosing among them (`spec/testing.md` 5.8).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use connect_rules_engine::collate;
use connect_rules_engine::json;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::replay::batch::Skipped;
use connect_rules_engine::script::{Finding, ReadOptions, TestDocument, read_tests};
use connect_rules_engine::value::Text;

use crate::args::{Global, SelectArgs, Shard};
use crate::exit::Failure;
use crate::load::{self, Loaded};
use crate::{demo, say};

/// Folders inside folders that are looked into.
const DEEPEST: usize = 64;

/// Stands for a missing date and time, so that a run does not depend on when it is made.
const NO_TIME: ReadOptions<'static> = ReadOptions { now: "1970-01-01T00:00:00Z", absent_ready: true };

/// Reads the tests that the arguments name, else those of the workspace.
///
/// # Errors
/// A file cannot be read, is no file of tests, or two tests share folder and name.
pub fn read(args: &SelectArgs, loaded: &Loaded, global: &Global) -> Result<Vec<TestDocument>, Failure> {
    let mut reader = Reader::default();
    let own: Vec<PathBuf> = loaded.tests_folder.clone().into_iter().collect();
    let paths = if args.paths.is_empty() { &own } else { &args.paths };
    for path in paths {
        reader.path(path)?;
    }
    if args.paths.is_empty() {
        if let Some(text) = json::print(&loaded.bundle.tests) {
            reader.text("tests of the workspace", &text);
        }
        if loaded.is_demo {
            for (name, text) in demo::TESTS {
                reader.text(name, text);
            }
        }
    }
    let (errors, warnings): (Vec<Problem>, Vec<Problem>) = reader
        .problems
        .into_iter()
        .partition(|p| p.severity == connect_rules_engine::problem::Severity::Error);
    say::warnings(&warnings, global);
    if errors.is_empty() { Ok(reader.tests) } else { Err(Failure::data(errors)) }
}

#[derive(Default)]
struct Reader {
    tests: Vec<TestDocument>,
    /// The file each folder and name came from.
    known: HashMap<(Text, Text), String>,
    problems: Vec<Problem>,
}

impl Reader {
    fn path(&mut self, path: &Path) -> Result<(), Failure> {
        if path.is_dir() {
            let mut files = Vec::new();
            find(path, DEEPEST, &mut files)?;
            files.sort();
            return files.iter().try_for_each(|file| self.file(file));
        }
        self.file(path)
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let (name, text) = load::read_text(path)?;
        self.text(&name, &text);
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) {
        let file = read_tests(text, &NO_TIME);
        self.problems.extend(file.findings.iter().map(|finding| {
            let owner = file
                .places
                .iter()
                .zip(&file.tests)
                .filter(|(place, _)| finding.at.starts_with(place.as_str()))
                .max_by_key(|(place, _)| place.len())
                .map(|(_, test)| &*test.name);
            problem(finding, owner, name)
        }));
        for test in file.tests {
            let key = (Text::clone(&test.folder), Text::clone(&test.name));
            match self.known.get(&key) {
                Some(earlier) if earlier != name => self.problems.push(
                    Problem::error(
                        "",
                        format!("the test {:?} of folder {:?} is in {earlier} as well", key.1, key.0),
                        "rename one of the two or leave a file out",
                    )
                    .in_file(name),
                ),
                _ => {
                    self.known.insert(key, name.to_owned());
                    self.tests.push(test);
                }
            }
        }
    }
}

/// A finding as a problem of a file, with the name of the test.
fn problem(finding: &Finding, owner: Option<&str>, file: &str) -> Problem {
    let place = match owner.filter(|name| !name.is_empty()) {
        Some(name) if finding.at.is_empty() => format!("{name:?}"),
        Some(name) => format!("{} {name:?}", finding.at),
        None => finding.at.clone(),
    };
    Problem { place, ..Problem::from(finding.clone()) }.in_file(file)
}

/// Files of tests in a folder and below; folders that are links are left out.
fn find(folder: &Path, levels: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|e| Failure::reading(folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Failure::reading(folder, &e))?;
        let path = entry.path();
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if path.is_dir() {
            if !is_link && levels > 0 {
                find(&path, levels - 1, files)?;
            }
        } else if matches!(path.extension().and_then(|e| e.to_str()), Some("json" | "rescript")) {
            files.push(path);
        }
    }
    Ok(())
}

/// The tests of a run, by folder and name, and those that were left out.
pub fn select(
    tests: Vec<TestDocument>,
    args: &SelectArgs,
    shard: Shard,
) -> (Vec<TestDocument>, Vec<Skipped>) {
    let mut tests = tests;
    tests.sort_by(|a, b| {
        collate::compare(&a.folder, &b.folder).then_with(|| collate::compare(&a.name, &b.name))
    });
    let mut selected = Vec::new();
    let mut skipped = Vec::new();
    let mut position = 0;
    for test in tests {
        let reason = deselected(&test, args).or_else(|| {
            position += 1;
            let other = (position - 1) % shard.count + 1 != shard.index;
            other.then(|| format!("not in shard {}/{}", shard.index, shard.count))
        });
        match reason {
            None => selected.push(test),
            Some(reason) => skipped.push(skip(&test, &reason)),
        }
    }
    (selected, skipped)
}

/// A test that is not run.
pub fn skip(test: &TestDocument, reason: &str) -> Skipped {
    Skipped { folder: Text::clone(&test.folder), name: Text::clone(&test.name), reason: Text::from(reason) }
}

fn deselected(test: &TestDocument, args: &SelectArgs) -> Option<String> {
    if let Some(folder) = &args.folder {
        let inside = if args.recursive {
            let folder = folder.trim_end_matches('/');
            test.folder.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        } else {
            &*test.folder == folder.as_str()
        };
        if !inside {
            return Some(format!("not in folder {folder}"));
        }
    }
    if let Some(glob) = args.name.as_deref().filter(|glob| !matches(glob, &test.name)) {
        return Some(format!("name does not match {glob}"));
    }
    if let Some(glob) = args.reference.as_deref().filter(|glob| !matches(glob, &test.test_reference)) {
        return Some(format!("reference does not match {glob}"));
    }
    (args.production_only && !test.production_ready).then(|| "not ready for production".to_owned())
}

/// Whether a text matches a pattern of `*` (any text) and `?` (one character).
fn matches(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut g, mut t) = (0, 0);
    // Where the latest `*` stands, and up to where it has taken the text.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                g += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    g = *at + 1;
                    t = *taken;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (glob, text, wanted) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*b*b?", "abcbd", true),
            ("?", "", false),
            ("a", "ab", false),
            ("FER-*", "FER-7", true),
            ("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches(glob, text), wanted, "{glob} {text}");
        }
    }
}
