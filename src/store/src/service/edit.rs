//! Edits of stored things that others may have changed since they were read.

use connect_rules_engine::value::Text;

use crate::change::Change;
use crate::entity::{Entity, Key, Kind, Rev};
use crate::errors::{Error, Stale};
use crate::merge;
use crate::snapshot::Snapshot;

/// An edit: what was read, and what it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The thing as it was read.
    pub base: Entity,
    /// Its version then.
    pub rev: Rev,
    /// The thing as it is to be; under the same key.
    pub mine: Entity,
}

impl Edit {
    /// The edit of a thing as it is in a snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn of(now: &Snapshot, mine: Entity) -> Result<Self, Error> {
        let key = mine.key();
        Ok(Edit { base: now.entity(&key)?, rev: now.rev(key.kind, &key.id), mine })
    }

    /// What is to be stored, merged with what others stored since, what is stored now, and its version.
    ///
    /// # Errors
    /// [`Error::Stale`] if both sides changed the same fields, or the thing is gone.
    pub fn resolve(&self, now: &Snapshot) -> Result<(Entity, Entity, Rev), Error> {
        let key = self.mine.key();
        if key != self.base.key() {
            let what = "is not the thing that was read";
            return Err(Error::invalid(key.kind, key.id, "id", what, "read it again and edit that"));
        }
        let rev = now.rev(key.kind, &key.id);
        if rev == 0 {
            return Err(self.stale(key, now, None, Vec::new()));
        }
        let theirs = now.entity(&key)?;
        if rev == self.rev {
            return Ok((self.mine.clone(), theirs, rev));
        }
        match merge::merge(&self.base, &self.mine, &theirs) {
            Ok(merged) => Ok((merged, theirs, rev)),
            Err(clashes) => Err(self.stale(key, now, Some(theirs), clashes)),
        }
    }

    fn stale(&self, key: Key, now: &Snapshot, theirs: Option<Entity>, clashes: Vec<merge::Clash>) -> Error {
        let stamp = now.stamps.get(&key).cloned();
        let (base, mine) = (Some(self.base.clone()), Some(self.mine.clone()));
        Error::Stale(vec![Stale { key, base, mine, theirs, stamp, clashes }])
    }
}

/// A thing that a person picked, and the version that the person saw, if that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Identifier.
    pub id: Text,
    /// Version seen; `None`: whatever is stored.
    pub rev: Option<Rev>,
}

impl Picked {
    /// Whatever is stored under that identifier.
    pub fn any(id: impl Into<Text>) -> Self {
        Picked { id: id.into(), rev: None }
    }

    /// The version stored now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Stale`] if another version was seen.
    pub fn check(&self, now: &Snapshot, kind: Kind) -> Result<Rev, Error> {
        let key = Key::new(kind, Text::clone(&self.id));
        let theirs = now.entity(&key)?;
        let rev = now.rev(kind, &self.id);
        if self.rev.is_some_and(|seen| seen != rev) {
            let stamp = now.stamps.get(&key).cloned();
            let stale =
                Stale { key, base: None, mine: None, theirs: Some(theirs), stamp, clashes: Vec::new() };
            return Err(Error::Stale(vec![stale]));
        }
        Ok(rev)
    }

    /// The removal of the thing.
    pub(super) fn delete(&self, now: &Snapshot, kind: Kind) -> Result<Change, Error> {
        let expected = self.check(now, kind)?;
        Ok(Change::Delete { key: Key::new(kind, Text::clone(&self.id)), expected })
    }
}

/// The write of a thing that a snapshot holds.
pub(super) fn put(now: &Snapshot, entity: Entity) -> Change {
    let key = entity.key();
    Change::Put { expected: now.rev(key.kind, &key.id), entity }
}
