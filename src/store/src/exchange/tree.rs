//! Rule sets as a folder tree that diffs well under version control (`spec/model.md` 14.1): a directory for
//! each element of a folder path, a file for each rule set. The directory is the folder; files do not
//! repeat it.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::value;
use connect_rules_engine::model::{RuleSet, read};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::references::in_name_order;
use connect_rules_engine::value::{Text, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use super::SourceFile;
use super::backup::write_private;
use crate::errors::Error;

/// Directories below each other that are looked into.
const DEPTH: usize = 64;

/// The files of the tree: paths with `/` between their elements, in name order. The same rule sets give the
/// same files.
pub fn files(rule_sets: &[impl Borrow<RuleSet>], compat: Compat) -> Vec<SourceFile> {
    let mut taken = FxHashSet::default();
    let file = |set: &RuleSet| {
        let mut path = String::new();
        for element in set.folder.split('/').filter(|element| !element.is_empty()) {
            path += &escaped(element);
            path.push('/');
        }
        path += &escaped(&set.name);
        // Names that differ by case only are one file on some systems.
        let stem = path.clone();
        let mut number = 1;
        while !taken.insert(path.to_lowercase()) {
            number += 1;
            path = format!("{stem}~{number}");
        }
        let mut document = value(set, compat);
        if let Value::Object(members) = &mut document {
            Arc::make_mut(members).remove("folder");
        }
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        SourceFile { name: format!("{path}.json"), text }
    };
    in_name_order(rule_sets).into_iter().map(file).collect()
}

/// A path element that every file system takes: other characters as `%` and two hexadecimal digits a byte.
fn escaped(element: &str) -> String {
    let mut out = String::with_capacity(element.len());
    let last = element.chars().count().saturating_sub(1);
    for (at, c) in element.chars().enumerate() {
        let ends = at == last && matches!(c, '.' | ' ');
        let starts = at == 0 && c == '.';
        if ends || starts || c.is_control() || "%/\\:*?\"<>|".contains(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The element that [`escaped`] made; anything else as it is.
fn unescaped(element: &str) -> String {
    let mut bytes = Vec::with_capacity(element.len());
    let mut rest = element.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let byte = (*first == b'%')
            .then(|| more.get(..2))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &more[2..] } else { more };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| element.to_owned())
}

/// What it takes to make a folder hold the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files that are new or differ; those that hold just the same stay untouched.
    pub write: Vec<SourceFile>,
    /// Paths of files of rule sets that are gone, below the folder. Other files stay.
    pub delete: Vec<String>,
}

impl Work {
    /// Looks what differs below `root`.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn find(rule_sets: &[impl Borrow<RuleSet>], root: &Path, compat: Compat) -> Result<Self, Error> {
        let there = if root.is_dir() { read(root)? } else { Vec::new() };
        let mut there: FxHashMap<String, String> =
            there.into_iter().map(|file| (file.name, file.text)).collect();
        let mut write = files(rule_sets, compat);
        write.retain(|file| there.remove(&file.name).is_none_or(|text| text != file.text));
        there.retain(|_, text| is_rule_set(text));
        let mut delete: Vec<String> = there.into_keys().collect();
        delete.sort();
        Ok(Work { write, delete })
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn run(&self, root: &Path) -> Result<(), Error> {
        let doing = |error: std::io::Error| Error::Storage {
            doing: "write the folder tree",
            message: error.to_string(),
        };
        for file in &self.write {
            let path = root.join(&file.name);
            std::fs::create_dir_all(path.parent().unwrap_or(root)).map_err(doing)?;
            write_private(&path, &file.text)?;
        }
        for name in &self.delete {
            std::fs::remove_file(root.join(name)).map_err(doing)?;
        }
        Ok(())
    }
}

/// Makes the folder `root` hold the tree. Answers the paths written and deleted.
///
/// # Errors
/// [`Error::Storage`].
pub fn write(
    rule_sets: &[impl Borrow<RuleSet>],
    root: &Path,
    compat: Compat,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let work = Work::find(rule_sets, root, compat)?;
    work.run(root)?;
    Ok((work.write.into_iter().map(|file| file.name).collect(), work.delete))
}

fn is_rule_set(text: &str) -> bool {
    let Ok(document) = connect_rules_engine::json::parse(text) else { return false };
    document.as_object().is_some_and(|it| it.contains_key("name") && it.contains_key("rules"))
}

/// Reads the files `*.json` below `root`, hidden directories apart, in order of their paths.
///
/// # Errors
/// [`Error::Storage`].
pub fn read(root: &Path) -> Result<Vec<SourceFile>, Error> {
    let mut out = Vec::new();
    walk(root, "", DEPTH, &mut out)
        .map_err(|error| Error::Storage { doing: "read the folder tree", message: error.to_string() })?;
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

fn walk(folder: &Path, prefix: &str, depth: usize, out: &mut Vec<SourceFile>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            walk(&entry.path(), &format!("{prefix}{name}/"), depth - 1, out)?;
        } else if kind.is_file() && Path::new(&name).extension().is_some_and(|end| end == "json") {
            let text = std::fs::read_to_string(entry.path())?;
            out.push(SourceFile { name: format!("{prefix}{name}"), text });
        }
    }
    Ok(())
}

/// The rule sets of the files, each in the folder that its path says.
pub(super) fn rule_sets(files: &[SourceFile], problems: &mut Vec<Problem>) -> Vec<RuleSet> {
    let mut out = Vec::with_capacity(files.len());
    let mut names: FxHashSet<Text> = FxHashSet::default();
    for file in files {
        // The place of an error in the file must not shift by the bracket.
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&file.text) {
            problems.push(read::json_problem(&error).in_file(&file.name));
            continue;
        }
        let mut found = match read::rule_sets(&format!("[{}]", file.text)) {
            Ok(found) => found,
            Err(problem) => {
                problems.push(problem.in_file(&file.name));
                continue;
            }
        };
        problems.extend(found.problems.drain(..).map(|problem| problem.in_file(&file.name)));
        let path = file.name.rsplit_once('/').map_or("", |(path, _)| path);
        let folder: Vec<String> = path.split('/').map(unescaped).collect();
        let folder = Text::from(format!("/{}", folder.join("/")));
        for mut set in found.rule_sets {
            if !names.insert(Text::clone(&set.name)) {
                let what = format!("another file holds rule set \"{}\" as well", set.name);
                problems.push(Problem::error("name", what, "rename or remove one").in_file(&file.name));
            }
            set.folder = Text::clone(&folder);
            out.push(set);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_from_their_file_names() {
        for element in ["Service", "a:b", "100%", ".git", "end.", "%41", "q?*", "Ä ö", "a\u{1}"] {
            let name = escaped(element);
            assert_eq!(unescaped(&name), element);
            assert!(
                !name.starts_with('.') && !name.ends_with('.') && !name.contains([':', '?', '*']),
                "{name}"
            );
        }
        assert_eq!(unescaped("50%zz%"), "50%zz%");
    }
}
