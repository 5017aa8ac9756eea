//! The store as the program sees it: one object behind which any backend may stand.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use connect_rules_cloud::gateway::Cloud;
use connect_rules_cloud::health::{self, Outcome, Refused};
use connect_rules_engine::value::Text;
use connect_rules_store::change::AuditEntry;
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Applied, Error, JournalEntry, Service, Snapshot, Store};

/// What an asynchronous call gives.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// An action that travels to the task that runs it.
pub type AnyAction = Box<dyn Action + Send>;

/// [`Service`] without its type of store.
pub trait Backend: Send + Sync {
    /// See [`Service::snapshot`].
    fn snapshot(&self) -> Answer<'_, Arc<Snapshot>>;
    /// See [`Store::mark`].
    fn mark(&self) -> Answer<'_, Text>;
    /// See [`Service::plan`].
    fn plan<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Plan>;
    /// See [`Service::run`].
    fn run<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Applied>;
    /// See [`Service::undo`].
    fn undo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied>;
    /// See [`Service::redo`].
    fn redo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied>;
    /// See [`Store::journal`].
    fn journal(&self, most: usize) -> Answer<'_, Vec<JournalEntry>>;
    /// See [`Service::log_in`].
    fn log_in<'a>(&'a self, key: &'a str) -> Answer<'a, Actor>;
    /// See [`Service::local_actor`]; a store without people takes everybody.
    fn local_actor<'a>(&'a self, user: &'a str) -> Answer<'a, Actor> {
        Box::pin(async move { Ok(Actor::local(user)) })
    }
    /// See [`Store::audit`].
    fn audit(&self, most: usize) -> Answer<'_, Vec<AuditEntry>>;
    /// See [`health::apply`].
    fn repair<'a>(&'a self, repair: Repair<'a>) -> Repairing<'a>;
}

/// A repair: what came of each step, or why nothing was begun.
pub type Repairing<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, Refused>> + Send + 'a>>;

/// What a repair takes beside the store.
#[derive(Clone, Copy)]
pub struct Repair<'a> {
    /// The cloud.
    pub cloud: &'a Cloud,
    /// Who repairs.
    pub actor: &'a Actor,
    /// What is done.
    pub plan: &'a health::Plan,
    /// What there should be.
    pub scope: &'a health::Scope,
    /// Folder where what is overwritten is saved.
    pub backups: &'a Path,
    /// Who looks on and may stop it.
    pub observer: &'a health::Observer,
}

impl<S: Store> Backend for Service<S> {
    fn snapshot(&self) -> Answer<'_, Arc<Snapshot>> {
        Box::pin(Service::snapshot(self))
    }
    fn mark(&self) -> Answer<'_, Text> {
        Box::pin(self.store().mark())
    }
    fn plan<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Plan> {
        Box::pin(Service::plan(self, actor, action))
    }
    fn run<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Applied> {
        Box::pin(Service::run(self, actor, action))
    }
    fn undo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied> {
        Box::pin(Service::undo(self, actor))
    }
    fn redo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied> {
        Box::pin(Service::redo(self, actor))
    }
    fn journal(&self, most: usize) -> Answer<'_, Vec<JournalEntry>> {
        Box::pin(self.store().journal(most))
    }
    fn log_in<'a>(&'a self, key: &'a str) -> Answer<'a, Actor> {
        Box::pin(Service::log_in(self, key))
    }
    fn local_actor<'a>(&'a self, user: &'a str) -> Answer<'a, Actor> {
        Box::pin(Service::local_actor(self, user))
    }
    fn audit(&self, most: usize) -> Answer<'_, Vec<AuditEntry>> {
        Box::pin(self.store().audit(most))
    }
    fn repair<'a>(&'a self, it: Repair<'a>) -> Repairing<'a> {
        Box::pin(health::apply(it.cloud, self, it.actor, it.plan, it.scope, it.backups, it.observer))
    }
}
