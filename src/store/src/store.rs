//! What a backend of the store does.

use std::future::Future;

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use jiff::Timestamp;

use crate::change::{Applied, AuditEntry, Change, ChangeSet, Changes, JournalEntry, Way};
use crate::errors::Error;
use crate::keys::Login;
use crate::snapshot::Snapshot;

/// A place where the model lives.
///
/// Every change goes through [`Store::apply`], [`Store::undo`] or [`Store::redo`]; each is atomic, compares
/// versions, moves the change mark and is recorded. Roles and validation are the business of
/// [`crate::Service`].
pub trait Store: Send + Sync {
    /// Makes all changes of the set or none.
    ///
    /// # Errors
    /// [`Error::Stale`] for rows of another version, [`Error::NotFound`] for rows that are not there,
    /// [`Error::Conflict`] for names that are taken, [`Error::InUse`] for end points that rule sets or tests
    /// name, [`Error::Invalid`], [`Error::Moved`] if the premise no longer holds.
    fn apply(&self, set: ChangeSet) -> impl Future<Output = Result<Applied, Error>> + Send;

    /// Tells a key in clear that the next changes give to somebody: for stores that share their users with a
    /// program that compares keys in clear.
    fn issue_key(&self, key: &str) {
        let _ = key;
    }

    /// Takes back the latest change of that person that is not undone, or the entry `seq` of the journal.
    ///
    /// Later edits of other fields are kept.
    ///
    /// # Errors
    /// [`Error::NothingTo`]; [`Error::Stale`] where others changed the same fields since.
    fn undo(&self, by: &str, seq: Option<u64>) -> impl Future<Output = Result<Applied, Error>> + Send;

    /// Makes again what that person undid last. A new change of the person ends this.
    ///
    /// # Errors
    /// As [`Store::undo`].
    fn redo(&self, by: &str) -> impl Future<Output = Result<Applied, Error>> + Send;

    /// What [`Store::undo`] of that person's latest change would change, or [`Store::redo`] if `again`.
    ///
    /// # Errors
    /// As [`Store::undo`].
    fn travel_plan(&self, by: &str, way: Way) -> impl Future<Output = Result<Vec<Change>, Error>> + Send;

    /// The change mark: UTC with milliseconds, rising with every change; empty before the first.
    fn mark(&self) -> impl Future<Output = Result<Text, Error>> + Send;

    /// Everything that is stored, as of one moment.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Error>> + Send;

    /// What was written and deleted since a change mark, so that a snapshot of then can be brought up to
    /// date ([`Snapshot::update`]); `None` if that is too much or too long ago to tell.
    fn changes_since(&self, mark: &str) -> impl Future<Output = Result<Option<Changes>, Error>> + Send;

    /// All rule sets with their rules, without stamps: the fast way to a workspace.
    fn rule_sets(&self) -> impl Future<Output = Result<Vec<RuleSet>, Error>> + Send;

    /// As [`Store::snapshot`], without rule sets and rules.
    fn settings(&self) -> impl Future<Output = Result<Snapshot, Error>> + Send;

    /// The journal entry that [`Store::undo`] or [`Store::redo`] would take for that person.
    fn next_entry(
        &self,
        by: &str,
        way: Way,
    ) -> impl Future<Output = Result<Option<JournalEntry>, Error>> + Send;

    /// The latest entries of the undo journal, newest first.
    fn journal(&self, most: usize) -> impl Future<Output = Result<Vec<JournalEntry>, Error>> + Send;

    /// What is known about the use of keys.
    fn logins(&self) -> impl Future<Output = Result<Vec<Login>, Error>> + Send;

    /// Notes an attempt to log in, of each of these users, at that time; it moves no change mark.
    fn note_login(
        &self,
        users: &[Text],
        accepted: bool,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The latest entries of the audit list, newest first.
    fn audit(&self, most: usize) -> impl Future<Output = Result<Vec<AuditEntry>, Error>> + Send;
}
