//! Waiting for a stack, and telling what happens to it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::{DeployError, Doing as _};
use crate::gateway::{Cloud, Stack};
use crate::health::Observer;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(3);
/// Looks until it is given up: an hour.
const LOOKS: usize = 1200;
/// How far the clocks of this machine and of the service may be apart, in milliseconds.
const SKEW: i64 = 300_000;

/// The events of a stack from a moment on.
pub(super) struct Follow<'a> {
    cloud: &'a Cloud,
    name: String,
    since: i64,
    seen: BTreeSet<String>,
    done: usize,
    failed: Vec<String>,
}

impl<'a> Follow<'a> {
    /// From now on. A stack that is not there yet has no events.
    pub(super) async fn new(cloud: &'a Cloud, name: &str) -> Self {
        let since = Timestamp::now().as_millisecond() - SKEW;
        let earlier = cloud.stacks.events(name, since).await.unwrap_or_default();
        let seen = earlier.into_iter().map(|event| event.id).collect();
        Follow { cloud, name: name.to_owned(), since, seen, done: 0, failed: Vec::new() }
    }

    /// Tells what has happened since; answers whether the stack itself came to an end.
    async fn look(&mut self, total: usize, observer: &Observer) -> Result<bool, DeployError> {
        let mut ended = false;
        let events = self
            .cloud
            .stacks
            .events(&self.name, self.since)
            .await
            .doing("reading the events of the stack")?;
        for event in events {
            if !self.seen.insert(event.id) {
                continue;
            }
            let is_stack = event.logical == self.name;
            let complete = event.status.ends_with("_COMPLETE");
            let failed = event.status.ends_with("_FAILED");
            if is_stack {
                ended |= complete || failed;
            } else if failed && !event.reason.contains("cancelled") {
                self.failed.push(format!("{} ({}): {}", event.logical, event.resource_type, event.reason));
            } else if complete {
                self.done = (self.done + 1).min(total);
            }
            let why = if event.reason.is_empty() { String::new() } else { format!(": {}", event.reason) };
            observer.tell(self.done, total, format!("{} {}{why}", event.status, event.logical));
        }
        Ok(ended)
    }

    /// Waits until the stack is no longer busy; none if it is gone. `begun` says that something was started just now,
    /// which may not be told yet.
    pub(super) async fn wait(
        &mut self,
        begun: bool,
        total: usize,
        observer: &Observer,
    ) -> Result<Option<Stack>, DeployError> {
        let mut was_busy = !begun;
        for look in 0..LOOKS {
            let ended = self.look(total, observer).await?;
            let Some(stack) = self.cloud.stacks.stack(&self.name).await.doing("reading the stack")? else {
                return Ok(None);
            };
            // What was begun and is not told after three looks was over at once.
            if !stack.is_busy() && (was_busy || ended || look >= 3) {
                return Ok(Some(stack));
            }
            was_busy |= stack.is_busy();
            if observer.is_cancelled() {
                let what = "the stack goes on by itself".to_owned();
                return Err(DeployError::Cancelled(what));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DeployError::Waiting(self.name.clone()))
    }

    /// The failure that a stack in a bad end is.
    pub(super) fn failure(&self, stack: &Stack) -> DeployError {
        let mut reasons = self.failed.clone();
        if reasons.is_empty() && !stack.reason.is_empty() {
            reasons.push(stack.reason.clone());
        }
        DeployError::Failed { stack: stack.name.clone(), status: stack.status.clone(), reasons }
    }
}
