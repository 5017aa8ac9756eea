//! Folders of rule sets and of tests (`spec/model.md` 8): paths compared by whole elements, renames.

use connect_rules_engine::kinds::names::folder_problem;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, trim};

use super::edit::put;
use super::{Action, Plan};
use crate::entity::{Entity, Kind};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::snapshot::{Snapshot, head};

/// Which of the two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Folders of rule sets.
    RuleSets,
    /// Folders of tests.
    Tests,
}

/// Whether a folder is `above` or lies below it; `/Serv` does not hold `/Service`.
pub fn is_within(folder: &str, above: &str) -> bool {
    above == "/" || folder.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Refuses folders that cannot be saved.
pub(super) fn check(folder: &Text) -> Result<(), Error> {
    match folder_problem(folder) {
        Some(reason) => {
            let reason = format!("the folder {reason}");
            Err(Error::invalid(
                Kind::RuleSet,
                Text::clone(folder),
                "folder",
                &reason,
                "write it like /Service/Night",
            ))
        }
        None => Ok(()),
    }
}

/// A folder with every element trimmed.
pub fn normal(folder: &str) -> Text {
    if folder == "/" {
        Text::from("/")
    } else {
        folder.split('/').map(trim).collect::<Vec<_>>().join("/").into()
    }
}

/// Renames a folder: everything in it and below it moves along.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameFolder {
    /// Which tree.
    pub tree: Tree,
    /// Its path now.
    pub from: Text,
    /// Its path then.
    pub to: Text,
}

impl RenameFolder {
    /// Where a folder is after the rename; `None` if it is not concerned.
    fn moved(&self, folder: &str, to: &str) -> Option<Text> {
        if &*self.from == "/" || !is_within(folder, &self.from) {
            return None;
        }
        let path = format!("{}{}", to.trim_end_matches('/'), &folder[self.from.len()..]);
        Some(Text::from(if path.is_empty() { "/" } else { &path }))
    }
}

impl Action for RenameFolder {
    fn operation(&self) -> Operation {
        match self.tree {
            Tree::RuleSets => Operation::MoveRuleSets,
            Tree::Tests => Operation::MoveTests,
        }
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let to = normal(&self.to);
        check(&to)?;
        let changes: Vec<_> = match self.tree {
            Tree::RuleSets => now
                .rule_sets
                .iter()
                .filter_map(|set| {
                    let folder = self.moved(&set.folder, &to)?;
                    let mut set = head(set);
                    set.folder = folder;
                    Some(put(now, Entity::RuleSet(set)))
                })
                .collect(),
            Tree::Tests => now
                .tests
                .iter()
                .filter_map(|test| {
                    let mut test = TestDocument::clone(test);
                    test.folder = self.moved(&test.folder, &to)?;
                    Some(put(now, Entity::Test(test)))
                })
                .collect(),
        };
        if changes.is_empty() {
            let kind = if self.tree == Tree::Tests { Kind::Test } else { Kind::RuleSet };
            return Err(Error::NotFound { kind, id: Text::from(format!("in folder {}", self.from)) });
        }
        Ok(Plan::new(format!("rename folder {} to {to}", self.from), changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_compared_by_whole_elements() {
        assert!(is_within("/Service/Night", "/Service") && is_within("/Service", "/Service"));
        assert!(
            is_within("/x", "/") && !is_within("/Service", "/Serv") && !is_within("/Service2", "/Service")
        );
        let rename = |from: &str, to: &str, folder: &str| {
            let it = RenameFolder { tree: Tree::Tests, from: Text::from(from), to: Text::from(to) };
            it.moved(folder, to).map(|folder| folder.to_string())
        };
        assert_eq!(rename("/a", "/b/c", "/a/x").as_deref(), Some("/b/c/x"));
        assert_eq!(rename("/a", "/", "/a").as_deref(), Some("/"));
        assert_eq!(rename("/a", "/", "/a/x").as_deref(), Some("/x"));
        assert_eq!(rename("/a", "/b", "/ab"), None);
        assert_eq!(&*normal("/ a / b "), "/a/b");
    }
}
