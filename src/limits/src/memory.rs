//! The rows in memory: for trying things out, and for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use connect_rules_engine::value::Text;

use crate::counting::{Counter, Touch};
use crate::decision::{Decision, Status, TaskStatus};
use crate::store::{Page, Step, Store, StoreError};

#[derive(Debug, Default)]
struct Rows {
    config: Option<Text>,
    counters: BTreeMap<Text, Counter>,
    decisions: BTreeMap<Text, Decision>,
    writes: u64,
}

/// Rows in memory.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Mutex<Rows>,
}

impl Memory {
    fn with<R>(&self, work: impl FnOnce(&mut Rows) -> R) -> R {
        work(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes the row `RateLimit`, or removes it.
    pub fn set_config(&self, text: Option<&str>) {
        self.with(|rows| rows.config = text.map(Text::from));
    }

    /// Writes a counter, whatever was there.
    pub fn put(&self, counter: Counter) {
        self.with(|rows| rows.counters.insert(Text::clone(&counter.phone_number), counter));
    }

    /// Writes that were asked for, those that were refused too.
    pub fn writes(&self) -> u64 {
        self.with(|rows| rows.writes)
    }

    fn step(&self, touch: &Touch, update: impl Fn(&Touch, Option<&Counter>) -> Option<Counter>) -> Step {
        self.with(|rows| {
            rows.writes += 1;
            let old = rows.counters.get(&touch.key);
            match update(touch, old) {
                None => Step::Refused(old.cloned()),
                Some(new) => {
                    rows.counters.insert(Text::clone(&touch.key), new.clone());
                    Step::Made(new)
                }
            }
        })
    }
}

impl Store for Memory {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        Ok(self.with(|rows| rows.config.clone()))
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        Ok(self.with(|rows| {
            rows.writes += 1;
            let old = rows.decisions.get(&pending.contact_id).cloned();
            if old.is_none() {
                rows.decisions.insert(Text::clone(&pending.contact_id), pending.clone());
            }
            old
        }))
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            rows.writes += 1;
            let mine = |it: &&mut Decision| &*it.owner == from && it.status == Status::Pending;
            let Some(row) = rows.decisions.get_mut(&pending.contact_id).filter(mine) else { return false };
            *row = pending.clone();
            true
        }))
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        Ok(self.with(|rows| rows.decisions.get(contact).cloned()))
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        Ok(self.step(touch, Touch::advance))
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        Ok(self.step(touch, Touch::restart))
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            rows.writes += 1;
            let mine = |it: &&mut Decision| it.owner == decision.owner;
            let Some(row) = rows.decisions.get_mut(&decision.contact_id).filter(mine) else { return false };
            *row = decision.clone();
            true
        }))
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        self.with(|rows| {
            rows.writes += 1;
            if let Some(row) = rows.counters.get_mut(key) {
                row.blocked_at = Some(at);
            }
        });
        Ok(())
    }

    async fn note_task(
        &self,
        contact: &str,
        status: TaskStatus,
        task_contact: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            rows.writes += 1;
            let Some(row) = rows.decisions.get_mut(contact) else { return false };
            row.task_status = status;
            row.task_contact_id = Some(Text::from(task_contact));
            true
        }))
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        Ok(self.with(|rows| rows.counters.get(key).cloned()))
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        Ok(self.with(|rows| {
            let after = |row: &&Counter| page.is_none_or(|page| &*row.phone_number > page);
            let mut live = rows.counters.values().filter(after).filter(|row| row.updated_at >= since);
            let rows: Vec<Counter> = live.by_ref().take(most).cloned().collect();
            let last = rows.last().map(|row| Text::clone(&row.phone_number));
            Page { next: last.filter(|_| live.next().is_some()), rows }
        }))
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        let mut all: Vec<Decision> =
            self.with(|rows| rows.decisions.values().filter(|it| &*it.day == day).cloned().collect());
        all.sort_by(|a, b| (b.at, &b.contact_id).cmp(&(a.at, &a.contact_id)));
        let from = page.and_then(|page| page.parse::<usize>().ok()).unwrap_or(0);
        let rows: Vec<Decision> = all.iter().skip(from).take(most).cloned().collect();
        let end = from + rows.len();
        Ok(Page { next: (end < all.len()).then(|| Text::from(end.to_string())), rows })
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            rows.writes += 1;
            let same = rows.counters.get(key).is_some_and(|row| row.updated_at == updated_at);
            same && rows.counters.remove(key).is_some()
        }))
    }
}
