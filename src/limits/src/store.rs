//! Where counters and decisions are kept (`spec/rate-limiting.md` 6), as a trait.

use std::future::Future;

use connect_rules_engine::value::Text;

use crate::counting::{Counter, Touch};
use crate::decision::{Decision, TaskStatus};

/// Why a store did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or refuses; with what it said.
    #[error("the store of the limits does not answer: {0}")]
    Unavailable(String),
    /// Others are at the same rows all the time.
    #[error("others write the same rows all the time")]
    Contention,
}

/// What came of an update under a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was made; the row as it is now.
    Made(Counter),
    /// Its condition did not hold; the row as it is, if there is one.
    Refused(Option<Counter>),
}

/// Counters, or decisions of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; `None`: there are no more rows.
    pub next: Option<Text>,
}

/// The rows of one environment. Reads of single rows are consistent; every method is one request, and every write is
/// atomic.
///
/// Every method fails with [`StoreError::Unavailable`] when the store cannot be reached.
pub trait Store: Send + Sync {
    /// The text of the row `RateLimit`, if there is one.
    fn config(&self) -> impl Future<Output = Result<Option<Text>, StoreError>> + Send;

    /// Writes a pending decision unless there is one about its contact; answers that one.
    fn claim(&self, pending: &Decision) -> impl Future<Output = Result<Option<Decision>, StoreError>> + Send;

    /// Makes a pending decision that of another owner, if it still belongs to `from`; answers whether.
    fn take_over(
        &self,
        pending: &Decision,
        from: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The decision about a contact.
    fn decision(&self, contact: &str) -> impl Future<Output = Result<Option<Decision>, StoreError>> + Send;

    /// Update A of the counting rule: [`Touch::advance`].
    fn advance(&self, touch: &Touch) -> impl Future<Output = Result<Step, StoreError>> + Send;

    /// Update B of the counting rule: [`Touch::restart`].
    fn restart(&self, touch: &Touch) -> impl Future<Output = Result<Step, StoreError>> + Send;

    /// Writes a decision if it belongs to its owner; answers whether.
    fn finish(&self, decision: &Decision) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes on a counter that an attempt was blocked then.
    fn note_blocked(&self, key: &str, at: i64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes what came of a contact's task; answers whether there is a decision about the contact.
    fn note_task(
        &self,
        contact: &str,
        status: TaskStatus,
        task_contact: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A counter by its key.
    fn counter(&self, key: &str) -> impl Future<Output = Result<Option<Counter>, StoreError>> + Send;

    /// Counters with a last attempt at `since` or later, in no order, about `most` of them, from `page` on. A page may
    /// be empty although more follow.
    fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Counter>, StoreError>> + Send;

    /// Decisions of a day in UTC (`YYYY-MM-DD`), newest first, at most so many, from `page` on.
    fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> impl Future<Output = Result<Page<Decision>, StoreError>> + Send;

    /// Removes a counter if its last attempt is still the one at `updated_at`; answers whether.
    fn release(&self, key: &str, updated_at: i64) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Counters with a last attempt at `since` or later, at most so many, and whether there are more.
///
/// # Errors
/// Those of the store.
pub async fn all_counters<S: Store>(
    store: &S,
    since: i64,
    most: usize,
) -> Result<(Vec<Counter>, bool), StoreError> {
    let mut rows: Vec<Counter> = Vec::new();
    let mut next = None;
    loop {
        let page = store.counters(since, most.saturating_sub(rows.len()).max(1), next.as_deref()).await?;
        rows.extend(page.rows);
        next = page.next;
        if rows.len() >= most {
            let more = rows.len() > most || next.is_some();
            rows.truncate(most);
            return Ok((rows, more));
        }
        if next.is_none() {
            return Ok((rows, false));
        }
    }
}

/// Whoever holds a store is one.
macro_rules! forward {
    ($($holder:ty),*) => {
        $(
        impl<S: Store + ?Sized> Store for $holder {
            async fn config(&self) -> Result<Option<Text>, StoreError> {
                (**self).config().await
            }

            async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
                (**self).claim(pending).await
            }

            async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
                (**self).take_over(pending, from).await
            }

            async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
                (**self).decision(contact).await
            }

            async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
                (**self).advance(touch).await
            }

            async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
                (**self).restart(touch).await
            }

            async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
                (**self).finish(decision).await
            }

            async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
                (**self).note_blocked(key, at).await
            }

            async fn note_task(
                &self,
                contact: &str,
                status: TaskStatus,
                task_contact: &str,
            ) -> Result<bool, StoreError> {
                (**self).note_task(contact, status, task_contact).await
            }

            async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
                (**self).counter(key).await
            }

            async fn counters(
                &self,
                since: i64,
                most: usize,
                page: Option<&str>,
            ) -> Result<Page<Counter>, StoreError> {
                (**self).counters(since, most, page).await
            }

            async fn decisions(
                &self,
                day: &str,
                most: usize,
                page: Option<&str>,
            ) -> Result<Page<Decision>, StoreError> {
                (**self).decisions(day, most, page).await
            }

            async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
                (**self).release(key, updated_at).await
            }
        }
        )*
    };
}

forward!(std::sync::Arc<S>, &S);
