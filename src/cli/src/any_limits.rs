//! Counters and decisions of a place, wherever they are: in the file of its store, or in tables of an environment.

use connect_rules_dynamo::{DynamoLimits, Names};
use connect_rules_engine::value::Text;
use connect_rules_limits::store::{Page, Step};
use connect_rules_limits::{Counter, Decision, Sqlite, Store, StoreError, TaskStatus, Touch};

use crate::site::Site;

/// Rows of either kind.
pub enum AnyLimits {
    /// In a file.
    Sqlite(Sqlite),
    /// In tables.
    Dynamo(DynamoLimits),
}

impl AnyLimits {
    /// The rows of a place; `now` is in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] for a file that cannot be written.
    pub async fn open(site: &Site, now: i64) -> Result<Self, StoreError> {
        Ok(match &site.tables {
            None => AnyLimits::Sqlite(Sqlite::open(&site.file, now)?),
            Some(settings) => {
                let names = Names::new(&settings.stage, &settings.service);
                AnyLimits::Dynamo(DynamoLimits::new(Box::pin(settings.client()).await, &names))
            }
        })
    }
}

/// Asks whichever it is.
macro_rules! ask {
    ($self:ident.$call:ident($($given:expr),*)) => {
        match $self {
            AnyLimits::Sqlite(store) => store.$call($($given),*).await,
            AnyLimits::Dynamo(store) => store.$call($($given),*).await,
        }
    };
}

impl Store for AnyLimits {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        ask!(self.config())
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        ask!(self.claim(pending))
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        ask!(self.take_over(pending, from))
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        ask!(self.decision(contact))
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        ask!(self.advance(touch))
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        ask!(self.restart(touch))
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        ask!(self.finish(decision))
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        ask!(self.note_blocked(key, at))
    }

    async fn note_task(&self, contact: &str, status: TaskStatus, task: &str) -> Result<bool, StoreError> {
        ask!(self.note_task(contact, status, task))
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        ask!(self.counter(key))
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        ask!(self.counters(since, most, page))
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        ask!(self.decisions(day, most, page))
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        ask!(self.release(key, updated_at))
    }
}
