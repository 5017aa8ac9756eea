//! The store of a command or of the screens, wherever it is: a file, or the tables of an environment.

use connect_rules_dynamo::{DynamoStore, Settings};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::change::{AuditEntry, Way};
use connect_rules_store::keys::Login;
use connect_rules_store::{
    Applied, Change, ChangeSet, Changes, Error, JournalEntry, Snapshot, SqliteStore, Store,
};
use jiff::Timestamp;

/// A store of either kind.
pub enum AnyStore {
    /// A file.
    Sqlite(SqliteStore),
    /// Tables.
    Dynamo(Tables),
    /// A file that nothing is written to from here, and the reason.
    ReadOnlySqlite(SqliteStore, Error),
    /// Tables that nothing is written to from here, and the reason.
    ReadOnlyDynamo(Tables, Error),
}

/// Tables that are reached when they are needed first: whatever comes first meets the guard of the account, and what
/// could not be reached is tried again with the next call.
pub struct Tables {
    settings: Settings,
    opened: tokio::sync::OnceCell<DynamoStore>,
}

impl Tables {
    /// The tables of those settings; nothing is asked of the service yet.
    pub fn new(settings: Settings) -> Self {
        Tables { settings, opened: tokio::sync::OnceCell::new() }
    }

    /// The store on them.
    ///
    /// # Errors
    /// Those of [`DynamoStore::open`].
    pub async fn get(&self) -> Result<&DynamoStore, Error> {
        self.opened.get_or_try_init(|| Box::pin(DynamoStore::open(&self.settings))).await
    }
}

/// Reads from whichever it is.
macro_rules! read {
    ($self:ident.$call:ident($($given:expr),*)) => {
        match $self {
            AnyStore::Sqlite(store) | AnyStore::ReadOnlySqlite(store, _) => store.$call($($given),*).await,
            AnyStore::Dynamo(tables) | AnyStore::ReadOnlyDynamo(tables, _) => {
                tables.get().await?.$call($($given),*).await
            }
        }
    };
}

/// Writes to whichever it is, unless that is barred.
macro_rules! write {
    ($self:ident.$call:ident($($given:expr),*)) => {
        match $self {
            AnyStore::Sqlite(store) => store.$call($($given),*).await,
            AnyStore::Dynamo(tables) => tables.get().await?.$call($($given),*).await,
            AnyStore::ReadOnlySqlite(_, why) | AnyStore::ReadOnlyDynamo(_, why) => Err(why.clone()),
        }
    };
}

impl AnyStore {
    /// The same store, to be read only, if there is a reason.
    #[must_use]
    pub fn barred(self, why: Option<Error>) -> Self {
        match (self, why) {
            (AnyStore::Sqlite(store), Some(why)) => AnyStore::ReadOnlySqlite(store, why),
            (AnyStore::Dynamo(tables), Some(why)) => AnyStore::ReadOnlyDynamo(tables, why),
            (store, _) => store,
        }
    }

    /// A function that stops what is being written to a file, see [`SqliteStore::interrupter`]. What is being written
    /// to tables comes to its end: it is bounded by the limits on requests.
    pub fn interrupter(&self) -> impl Fn() + Send + use<> {
        let stop = match self {
            AnyStore::Sqlite(store) => Some(store.interrupter()),
            _ => None,
        };
        move || {
            if let Some(stop) = &stop {
                stop();
            }
        }
    }
}

impl Store for AnyStore {
    fn issue_key(&self, key: &str) {
        if let AnyStore::Dynamo(tables) = self
            && let Some(store) = tables.opened.get()
        {
            store.issue_key(key);
        }
    }

    async fn apply(&self, set: ChangeSet) -> Result<Applied, Error> {
        write!(self.apply(set))
    }

    async fn undo(&self, by: &str, seq: Option<u64>) -> Result<Applied, Error> {
        write!(self.undo(by, seq))
    }

    async fn redo(&self, by: &str) -> Result<Applied, Error> {
        write!(self.redo(by))
    }

    async fn travel_plan(&self, by: &str, way: Way) -> Result<Vec<Change>, Error> {
        read!(self.travel_plan(by, way))
    }

    async fn mark(&self) -> Result<Text, Error> {
        read!(self.mark())
    }

    async fn snapshot(&self) -> Result<Snapshot, Error> {
        read!(self.snapshot())
    }

    async fn changes_since(&self, mark: &str) -> Result<Option<Changes>, Error> {
        read!(self.changes_since(mark))
    }

    async fn rule_sets(&self) -> Result<Vec<RuleSet>, Error> {
        read!(self.rule_sets())
    }

    async fn settings(&self) -> Result<Snapshot, Error> {
        read!(self.settings())
    }

    async fn next_entry(&self, by: &str, way: Way) -> Result<Option<JournalEntry>, Error> {
        read!(self.next_entry(by, way))
    }

    async fn journal(&self, most: usize) -> Result<Vec<JournalEntry>, Error> {
        read!(self.journal(most))
    }

    async fn logins(&self) -> Result<Vec<Login>, Error> {
        read!(self.logins())
    }

    async fn note_login(&self, users: &[Text], accepted: bool, at: Timestamp) -> Result<(), Error> {
        write!(self.note_login(users, accepted, at))
    }

    async fn audit(&self, most: usize) -> Result<Vec<AuditEntry>, Error> {
        read!(self.audit(most))
    }
}
