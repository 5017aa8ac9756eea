//! What brings tables that only the original used to what this program keeps in them.

use connect_rules_store::{Key, Kind};

use crate::plan::Step;
use crate::rows;
use crate::state::State;
use crate::tables::{Addition, Table};

/// What a migration would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Tables to make.
    pub tables: Vec<Table>,
    /// What tables that are there lack.
    pub additions: Vec<Addition>,
    /// Whether a change that somebody began is finished first.
    pub unfinished: bool,
    /// Rows of the original that get a version.
    pub rows: usize,
    /// Other rows of users that lose their key in clear.
    pub keys: usize,
    /// Rules without their rule set; they stay.
    pub orphans: Vec<Key>,
}

impl Migration {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.additions.is_empty() && !self.unfinished && self.rows + self.keys == 0
    }

    /// The plan as lines of text.
    pub fn lines(&self) -> Vec<String> {
        let mut out: Vec<String> =
            self.tables.iter().map(|table| format!("create table {}", table.suffix())).collect();
        out.extend(self.additions.iter().map(ToString::to_string));
        if self.unfinished {
            out.push("finish a change that somebody began".to_owned());
        }
        if self.rows > 0 {
            out.push(format!("give {} rows of the original a version", self.rows));
        }
        if self.keys > 0 {
            out.push(format!("replace the keys of {} users by hashes", self.keys));
        }
        out.extend(
            self.orphans.iter().map(|key| format!("rule {} has no rule set and stays unseen", key.id)),
        );
        out
    }
}

/// Rows that are written over with what they hold.
pub(crate) fn steps(state: &State, clear_api_keys: bool) -> Vec<Step> {
    let mut out = Vec::new();
    for kind in Kind::ALL {
        for (key, held) in state.all(kind) {
            let row = state.row(&held.place);
            let clear =
                kind == Kind::User && !clear_api_keys && row.is_some_and(|it| it.contains_key("APIKey"));
            if clear || rows::is_foreign(&held.stamp) {
                let (before, after) = (Some(held.clone()), Some(held.entity.clone()));
                out.push(Step { key: key.clone(), before, after, template: None, always: true });
            }
        }
    }
    out
}
