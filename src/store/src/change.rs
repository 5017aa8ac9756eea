//! Changes of the store as values: what is written, under which condition, and what came of it
//! (`spec/model.md` 13).

use connect_rules_engine::value::Text;

use crate::entity::{Entity, Key, Rev, Stamp};
use crate::roles::Operation;

/// One change of one row.
#[allow(clippy::large_enum_variant, reason = "nearly all changes are writes")]
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Writes an entity.
    Put {
        /// What is written.
        entity: Entity,
        /// Version that must be stored now; 0: no row.
        expected: Rev,
    },
    /// Removes a row. The rules of a rule set go with it.
    Delete {
        /// Which row.
        key: Key,
        /// Version that must be stored now.
        expected: Rev,
    },
}

impl Change {
    /// A new row.
    pub fn create(entity: Entity) -> Self {
        Change::Put { entity, expected: 0 }
    }

    /// Kind and identifier of the row.
    pub fn key(&self) -> Key {
        match self {
            Change::Put { entity, .. } => entity.key(),
            Change::Delete { key, .. } => key.clone(),
        }
    }
}

/// Changes that are made together or not at all, and undone together.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSet {
    /// E-mail address or operating-system user, for stamps, journal and audit list.
    pub by: Text,
    /// What is done; whoever may do this may undo it.
    pub operation: Operation,
    /// What is done in words, such as `rename rule set A to B`.
    pub title: String,
    /// Change mark of the snapshot it was planned on, if it is only right while nothing else changed.
    pub premise: Option<Text>,
    /// The changes; at most one of each row.
    pub changes: Vec<Change>,
}

/// What a change set, an undo or a redo did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Change mark of the store afterwards.
    pub mark: Text,
    /// Journal entry that records it; `None` if nothing differed from what was stored.
    pub entry: Option<u64>,
    /// Rows written and their versions now; `None` for deleted ones.
    pub rows: Vec<(Key, Option<Rev>)>,
}

/// A row that was written or deleted since a change mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Which row.
    pub key: Key,
    /// When it was changed last; UTC with milliseconds.
    pub at: Text,
    /// By whom.
    pub by: Text,
    /// What is stored now, and its stamp; `None` if it was deleted.
    pub now: Option<(Entity, Stamp)>,
}

/// What changed since a change mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The change mark now.
    pub mark: Text,
    /// The rows as they are now, each once, referred-to kinds first.
    pub rows: Vec<Changed>,
}

/// Which way through the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Taking back.
    Undo,
    /// Making again.
    Redo,
}

impl Way {
    /// `undo` or `redo`.
    pub fn word(self) -> &'static str {
        match self {
            Way::Undo => "undo",
            Way::Redo => "redo",
        }
    }
}

/// One entry of the undo journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Number, rising.
    pub seq: u64,
    /// When, UTC with milliseconds.
    pub at: Text,
    /// By whom.
    pub by: Text,
    /// What was done.
    pub operation: Operation,
    /// What was done in words.
    pub title: String,
    /// Whether it is undone now.
    pub undone: bool,
}

/// One entry of the audit list (`spec/admin.md` 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Number, rising.
    pub seq: u64,
    /// When, UTC with milliseconds.
    pub at: Text,
    /// By whom.
    pub by: Text,
    /// Name of the operation; `undo …` and `redo …` for those.
    pub operation: String,
    /// What was done in words.
    pub title: String,
    /// JSON list of the rows: kind, id, before and after (keys left out; images of administrative rows only).
    pub details: String,
}
