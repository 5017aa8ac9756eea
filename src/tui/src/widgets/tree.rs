//! A tree of folders with things in them, shown as rows of which branches can be closed.

use std::collections::HashSet;

use connect_rules_engine::value::Text;

use super::list::List;

/// A row of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How deep it is.
    pub depth: u16,
    /// Folder path (`/a/b`) of branches, identifier of leaves.
    pub key: Text,
    /// What is shown.
    pub label: Text,
    /// Branches: whether it is open. Leaves: none.
    pub open: Option<bool>,
    /// Branches: how many leaves are under it.
    pub count: usize,
}

/// A leaf to put into a tree.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Folder path as stored: `/`, `/a/b`.
    pub folder: Text,
    /// What is shown, and sorted by.
    pub label: Text,
    /// Identifier.
    pub key: Text,
}

/// Folders and leaves with a cursor.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    leaves: Vec<Leaf>,
    closed: HashSet<Text>,
    filter: String,
    only: Option<HashSet<Text>>,
    rows: Vec<Row>,
    /// The cursor.
    pub list: List,
}

impl Tree {
    /// Other leaves, sorted here; open branches and the cursor stay where they were.
    pub fn set_leaves(&mut self, mut leaves: Vec<Leaf>) {
        leaves.sort_by(|a, b| (&a.folder, &a.label).cmp(&(&b.folder, &b.label)));
        self.leaves = leaves;
        self.rebuild();
    }

    /// Shows only leaves whose label or folder contains every word; branches are open meanwhile.
    pub fn set_filter(&mut self, filter: &str) {
        self.filter = filter.to_lowercase();
        self.rebuild();
    }

    /// Shows only the leaves with these keys, found by whatever means; branches are open meanwhile.
    pub fn set_only(&mut self, only: Option<HashSet<Text>>) {
        self.only = only;
        self.rebuild();
    }

    /// The leaves that [`Tree::set_only`] was given.
    pub fn only(&self) -> Option<&HashSet<Text>> {
        self.only.as_ref()
    }

    /// The rows that can be seen.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of the cursor.
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(self.list.cursor())
    }

    /// Identifier of the leaf under the cursor.
    pub fn leaf(&self) -> Option<&Text> {
        self.current().filter(|row| row.open.is_none()).map(|row| &row.key)
    }

    /// The folder under the cursor, or the one that the leaf is in.
    pub fn folder(&self) -> Text {
        let Some(row) = self.current() else { return Text::from("/") };
        if row.open.is_some() {
            return Text::clone(&row.key);
        }
        self.leaves
            .iter()
            .find(|leaf| leaf.key == row.key)
            .map_or_else(|| Text::from("/"), |leaf| Text::clone(&leaf.folder))
    }

    /// The keys of all leaves at or under a folder.
    pub fn under(&self, folder: &str) -> Vec<Text> {
        let inside = |leaf: &&Leaf| {
            folder == "/"
                || leaf
                    .folder
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.leaves.iter().filter(inside).map(|leaf| Text::clone(&leaf.key)).collect()
    }

    /// Puts the cursor on a leaf, opening what hides it. Tells whether it is there.
    pub fn select(&mut self, key: &str) -> bool {
        let Some(leaf) = self.leaves.iter().find(|leaf| &*leaf.key == key) else { return false };
        let folder = Text::clone(&leaf.folder);
        self.closed.retain(|closed| {
            !(*folder == **closed || folder.strip_prefix(&**closed).is_some_and(|rest| rest.starts_with('/')))
        });
        self.rebuild();
        let row = self.rows.iter().position(|row| row.open.is_none() && &*row.key == key);
        row.map(|row| self.list.select(row)).is_some()
    }

    /// Runs a movement command; left and right close and open branches. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        match command {
            "move.left" => {
                let Some(row) = self.current().cloned() else { return true };
                if row.open == Some(true) && self.filter.is_empty() && self.only.is_none() {
                    self.toggle();
                } else {
                    let before = &self.rows[..self.list.cursor()];
                    if let Some(parent) = before.iter().rposition(|it| it.depth < row.depth) {
                        self.list.select(parent);
                    }
                }
                true
            }
            "move.right" => {
                match self.current().and_then(|row| row.open) {
                    Some(false) => self.toggle(),
                    Some(true) => drop(self.list.run("move.down")),
                    None => {}
                }
                true
            }
            _ => self.list.run(command),
        }
    }

    /// Opens or closes the branch under the cursor.
    pub fn toggle(&mut self) {
        let Some(row) = self.current().filter(|row| row.open.is_some()) else { return };
        let key = Text::clone(&row.key);
        if !self.closed.remove(&key) {
            self.closed.insert(key);
        }
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let kept = self.current().map(|row| (row.open.is_some(), Text::clone(&row.key)));
        let words: Vec<&str> = self.filter.split_whitespace().collect();
        let all_open = !words.is_empty() || self.only.is_some();
        let shown = |leaf: &Leaf| {
            if self.only.as_ref().is_some_and(|only| !only.contains(&leaf.key)) {
                return false;
            }
            words.is_empty() || {
                let text = format!("{}/{}", leaf.folder, leaf.label).to_lowercase();
                words.iter().all(|word| text.contains(word))
            }
        };
        let mut rows: Vec<Row> = Vec::new();
        // Open branches from the root to the present folder: path and row.
        let mut stack: Vec<(String, usize)> = Vec::new();
        let mut hidden: Option<usize> = None;
        for leaf in self.leaves.iter().filter(|leaf| shown(leaf)) {
            let parts: Vec<&str> = leaf.folder.split('/').filter(|part| !part.is_empty()).collect();
            let mut same = 0;
            let mut path = String::new();
            for (depth, part) in parts.iter().enumerate() {
                let next = format!("{path}/{part}");
                if stack.get(depth).is_none_or(|(known, _)| *known != next) {
                    break;
                }
                path = next;
                same += 1;
            }
            stack.truncate(same);
            if hidden.is_some_and(|depth| depth >= same) {
                hidden = None;
            }
            for (depth, part) in parts.iter().enumerate().skip(same) {
                path = format!("{path}/{part}");
                let row = if hidden.is_some() {
                    usize::MAX
                } else {
                    let open = all_open || !self.closed.contains(path.as_str());
                    rows.push(Row {
                        depth: depth as u16,
                        key: Text::from(path.as_str()),
                        label: Text::from(*part),
                        open: Some(open),
                        count: 0,
                    });
                    if !open {
                        hidden = Some(depth);
                    }
                    rows.len() - 1
                };
                stack.push((path.clone(), row));
            }
            for (_, row) in &stack {
                if let Some(row) = rows.get_mut(*row) {
                    row.count += 1;
                }
            }
            if hidden.is_none() {
                rows.push(Row {
                    depth: parts.len() as u16,
                    key: Text::clone(&leaf.key),
                    label: Text::clone(&leaf.label),
                    open: None,
                    count: 0,
                });
            }
        }
        self.rows = rows;
        self.list.resize(self.rows.len());
        if let Some((branch, key)) = kept
            && let Some(row) = self.rows.iter().position(|row| row.open.is_some() == branch && row.key == key)
        {
            self.list.select(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let leaf = |folder: &str, label: &str| Leaf {
            folder: folder.into(),
            label: label.into(),
            key: format!("{folder}:{label}").into(),
        };
        let mut tree = Tree::default();
        tree.set_leaves(vec![
            leaf("/b", "three"),
            leaf("/a/deep", "two"),
            leaf("/a", "one"),
            leaf("/", "root"),
            leaf("/ab", "four"),
        ]);
        tree
    }

    fn shown(tree: &Tree) -> Vec<String> {
        tree.rows()
            .iter()
            .map(|row| {
                format!(
                    "{}{}{}",
                    " ".repeat(row.depth as usize),
                    row.label,
                    row.open.map_or(String::new(), |open| format!(
                        "{}{}",
                        if open { "-" } else { "+" },
                        row.count
                    ))
                )
            })
            .collect()
    }

    #[test]
    fn folders_nest_close_and_count() {
        let mut tree = tree();
        assert_eq!(
            shown(&tree),
            ["root", "a-2", " one", " deep-1", "  two", "ab-1", " four", "b-1", " three"]
        );
        tree.list.select(1);
        tree.run("move.left");
        assert_eq!(shown(&tree), ["root", "a+2", "ab-1", " four", "b-1", " three"]);
        assert_eq!(tree.under("/a").len(), 2);
        assert!(tree.select("/a/deep:two"));
        assert_eq!(tree.leaf().map(|key| &**key), Some("/a/deep:two"));
        assert_eq!(&*tree.folder(), "/a/deep");
        tree.run("move.left");
        assert_eq!(&*tree.current().unwrap().label, "deep");
    }

    #[test]
    fn filters_open_everything_and_keep_the_cursor() {
        let mut tree = tree();
        tree.select("/a/deep:two");
        tree.set_filter("two");
        assert_eq!(shown(&tree), ["a-1", " deep-1", "  two"]);
        assert!(tree.leaf().is_some());
        tree.set_filter("");
        assert_eq!(tree.leaf().map(|key| &**key), Some("/a/deep:two"));
        tree.list.select(1);
        tree.run("move.left");
        tree.set_only(Some(["/a/deep:two".into()].into()));
        assert_eq!(shown(&tree), ["a-1", " deep-1", "  two"]);
        tree.set_only(None);
        assert_eq!(shown(&tree), ["root", "a+2", "ab-1", " four", "b-1", " three"]);
    }
}
