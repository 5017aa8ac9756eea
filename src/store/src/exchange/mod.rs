//! What goes into a store and comes out of it as files (`spec/model.md` 14-17): imports that are planned
//! before anything is written, exports, backups, restores, and the first filling of an empty store.

pub mod backup;
mod connect;
mod end_points;
pub mod export;
mod matching;
pub mod plan;
pub mod restore;
pub mod rule_sets;
pub mod seed;
pub mod settings;
pub mod test_documents;
mod transfer;
pub mod tree;

pub use backup::{Backup, Backups};
pub use plan::{ImportPlan, Outcome, RuleSetChange, TestImportPlan};
pub use restore::Restore;
pub use rule_sets::{ImportRuleSets, Mode, SourceFile};
pub use seed::{Reset, Seed};
pub use test_documents::ImportTests;
pub use transfer::transfer;

use connect_rules_engine::problem::{Problem, Severity};
use connect_rules_engine::value::Text;

use crate::change::Change;
use crate::entity::{Entity, Key, Kind, new_id};
use crate::errors::Error;
use crate::snapshot::Snapshot;

/// The write of an entity over what the snapshot holds under its key.
fn write(now: &Snapshot, entity: Entity) -> Change {
    let key = entity.key();
    Change::Put { expected: now.rev(key.kind, &key.id), entity }
}

/// The removal of a row of the snapshot.
fn remove(now: &Snapshot, kind: Kind, id: &Text) -> Change {
    Change::Delete { key: Key::new(kind, Text::clone(id)), expected: now.rev(kind, id) }
}

/// So many new identifiers in rising order, so that rows come back in the order they were given them.
fn rising_ids(count: usize) -> std::vec::IntoIter<Text> {
    let mut ids: Vec<Text> = (0..count).map(|_| new_id()).collect();
    ids.sort_unstable();
    ids.into_iter()
}

/// Refuses a file that has errors; answers the rest of what was found.
fn accept(kind: Kind, file: &str, problems: Vec<Problem>) -> Result<Vec<Problem>, Error> {
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Error::Invalid { kind, name: Text::from(file), problems });
    }
    Ok(problems)
}
