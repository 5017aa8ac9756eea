//! Rule sets of the reference workspaces and sample files, for tests.

use std::path::{Path, PathBuf};

use crate::model::RuleSet;
use crate::model::read;

/// A folder of `shared` beside one of the folders above this package; `CONNECT_RULES_GOLDEN` names the
/// folder `golden` elsewhere.
fn folder(name: &str) -> Option<PathBuf> {
    if let Some(golden) = std::env::var_os("CONNECT_RULES_GOLDEN") {
        return Some(PathBuf::from(golden).join("..").join(name)).filter(|folder| folder.is_dir());
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared").join(name))
        .find(|folder| folder.is_dir())
}

/// The text of a sample file of the specification; `None` when it is not there.
pub(crate) fn example(name: &str) -> Option<String> {
    std::fs::read_to_string(folder("spec/examples")?.join(name)).ok()
}

/// The rule sets of a reference workspace.
pub(crate) fn rule_sets(workspace: &str) -> Vec<RuleSet> {
    let text = std::fs::read_to_string(folder("golden/workspaces").unwrap().join(workspace)).unwrap();
    parse(&text)
}

/// The rule sets of a text.
pub(crate) fn parse(text: &str) -> Vec<RuleSet> {
    read::rule_sets(text).unwrap().rule_sets
}

/// The text of a reference workspace file.
pub(crate) fn names() -> Vec<String> {
    let Some(root) = folder("golden/workspaces") else { return Vec::new() };
    let mut out = vec!["bank.json".to_owned()];
    for sub in ["features", "random"] {
        for entry in std::fs::read_dir(root.join(sub)).unwrap() {
            out.push(format!("{sub}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    out.sort();
    out
}
