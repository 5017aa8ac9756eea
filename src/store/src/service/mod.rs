//! The one layer through which people and programs change the model: actions are planned by pure functions
//! on a snapshot and then applied; roles, validation, references and merges are seen to here.

mod check;
pub mod edit;
pub mod end_points;
pub mod folders;
pub mod holidays;
pub mod limits;
pub mod rule_sets;
pub mod rules;
pub mod settings;
pub mod tests;
pub mod users;
pub mod weights;

use std::sync::{Arc, Mutex, PoisonError};

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::{Options, Workspace};
use jiff::Timestamp;

use crate::change::{Applied, Change, ChangeSet, JournalEntry, Way};
use crate::codec;
use crate::entity::{Entity, User};
use crate::errors::{Error, Fault};
use crate::keys;
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;
use crate::store::Store;

pub use edit::{Edit, Picked};

/// How often a change is planned anew while others write.
const ATTEMPTS: usize = 50;

/// What an action would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is done in words.
    pub title: String,
    /// The changes of rows.
    pub changes: Vec<Change>,
    /// What is worth knowing before it is done.
    pub notes: Vec<Problem>,
}

impl Plan {
    pub(crate) fn new(title: impl Into<String>, changes: Vec<Change>) -> Self {
        Plan { title: title.into(), changes, notes: Vec::new() }
    }
}

/// Something a person may do to the model.
pub trait Action: Sync {
    /// What it is, for roles, journal and audit list.
    fn operation(&self) -> Operation;

    /// Whether the actor may do it.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    fn allowed(&self, actor: &Actor) -> Result<(), Error> {
        actor.check(self.operation())
    }

    /// What it would change. Pure: the same snapshot gives the same plan, new identifiers apart.
    ///
    /// # Errors
    /// Whatever refuses it.
    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error>;

    /// The key in clear that it gives to somebody, if it does; see [`Store::issue_key`].
    fn issues(&self) -> Option<&str> {
        None
    }
}

/// The model of one store.
pub struct Service<S> {
    store: S,
    cached: Mutex<Option<Arc<Snapshot>>>,
}

impl<S: Store> Service<S> {
    /// The model of that store.
    pub fn new(store: S) -> Self {
        Service { store, cached: Mutex::new(None) }
    }

    /// The store underneath, for reading.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store underneath, alone again.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Everything that is stored. What is known already is kept: only rows that changed are read.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        let known = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let changes = match &known {
            Some(known) => self.store.changes_since(&known.mark).await?,
            None => None,
        };
        let fresh = match (known, changes) {
            (Some(known), Some(changes)) if changes.mark == known.mark => return Ok(known),
            (Some(known), Some(changes)) => {
                let mut next = Snapshot::clone(&known);
                next.update(changes);
                Arc::new(next)
            }
            _ => Arc::new(self.store.snapshot().await?),
        };
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        // Another task may have been faster and seen more.
        if cached.as_ref().is_none_or(|other| other.mark <= fresh.mark) {
            *cached = Some(Arc::clone(&fresh));
        }
        Ok(fresh)
    }

    /// What an action would do now, for showing it first.
    ///
    /// # Errors
    /// Whatever refuses it.
    pub async fn plan(&self, actor: &Actor, action: &(impl Action + ?Sized)) -> Result<Plan, Error> {
        action.allowed(actor)?;
        action.plan(&*self.snapshot().await?, actor)
    }

    /// Does it: planned on the present snapshot and applied only if nothing changed meanwhile, otherwise
    /// planned anew.
    ///
    /// # Errors
    /// Whatever refuses it; [`Error::Moved`] if others never stop writing.
    pub async fn run(&self, actor: &Actor, action: &(impl Action + ?Sized)) -> Result<Applied, Error> {
        action.allowed(actor)?;
        for _ in 0..ATTEMPTS {
            let now = self.snapshot().await?;
            let plan = action.plan(&now, actor)?;
            if let Some(key) = action.issues() {
                self.store.issue_key(key);
            }
            let set = ChangeSet {
                by: Text::clone(&actor.user),
                operation: action.operation(),
                title: plan.title,
                premise: Some(Text::clone(&now.mark)),
                changes: plan.changes,
            };
            match self.store.apply(set).await {
                Err(Error::Moved) => {}
                done => return done,
            }
        }
        Err(Error::Moved)
    }

    /// What [`Service::undo`] would do, or [`Service::redo`].
    ///
    /// # Errors
    /// Those of the two.
    pub async fn plan_undo(&self, actor: &Actor, way: Way) -> Result<Plan, Error> {
        let entry = self.next_entry(actor, way).await?;
        let changes = self.store.travel_plan(&actor.user, way).await?;
        Ok(Plan::new(format!("{} {}", way.word(), entry.title), changes))
    }

    /// Takes back the actor's latest change, if the role allows that change.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and those of [`Store::undo`].
    pub async fn undo(&self, actor: &Actor) -> Result<Applied, Error> {
        let entry = self.next_entry(actor, Way::Undo).await?;
        self.store.undo(&actor.user, Some(entry.seq)).await
    }

    /// Makes again what the actor undid last.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and those of [`Store::redo`].
    pub async fn redo(&self, actor: &Actor) -> Result<Applied, Error> {
        self.next_entry(actor, Way::Redo).await?;
        self.store.redo(&actor.user).await
    }

    /// The entry that the actor undoes or makes again next, if the role allows it.
    async fn next_entry(&self, actor: &Actor, way: Way) -> Result<JournalEntry, Error> {
        let entry = self.store.next_entry(&actor.user, way).await?;
        let entry = entry.ok_or(Error::NothingTo(way.word()))?;
        actor.check(entry.operation)?;
        Ok(entry)
    }

    /// Who holds this key (`spec/admin.md` 2).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a key, for unknown keys and disabled users, [`Error::Expired`],
    /// [`Error::Throttled`] after too many refusals of keys that begin alike, or that begin like nobody's.
    pub async fn log_in(&self, key: &str) -> Result<Actor, Error> {
        self.log_in_at(key, Timestamp::now()).await
    }

    /// As [`Service::log_in`], at that time.
    ///
    /// # Errors
    /// Those of [`Service::log_in`].
    pub async fn log_in_at(&self, key: &str, at: Timestamp) -> Result<Actor, Error> {
        let now = self.store.settings().await?;
        let logins = self.store.logins().await?;
        let start = keys::start(key);
        let like: Vec<&User> =
            now.users.iter().filter(|user| user.key_hash.is_some() && user.key_start == start).collect();
        let mut ids: Vec<Text> = like.iter().map(|user| Text::clone(&user.id)).collect();
        if ids.is_empty() {
            ids.push(Text::default());
        }
        let of = |id: &Text| logins.iter().find(|login| login.user == *id);
        if let Some(until) = ids.iter().filter_map(|id| of(id)?.closed_until()).max()
            && until > at
        {
            return Err(Error::Throttled(Text::from(until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())));
        }
        let holds = |user: &&&User| user.key_hash.as_deref().is_some_and(|hash| keys::matches(key, hash));
        let Some(user) = like.iter().find(holds).filter(|user| user.enabled) else {
            return match self.store.note_login(&ids, false, at).await {
                // Where nothing can be written, guesses cannot be counted; they are refused all the same.
                Ok(()) | Err(Error::Unusable { fault: Fault::ReadOnly | Fault::Barred, .. }) => {
                    Err(Error::Unauthenticated)
                }
                Err(error) => Err(error),
            };
        };
        if let Some(day) = &user.key_expires
            && keys::day(day).is_none_or(|end| end <= at)
        {
            return Err(Error::Expired(Text::clone(day)));
        }
        if of(&user.id).is_none_or(|login| login.is_news(at)) {
            // Somebody who holds the key may work even where nothing can be written.
            let _ = self.store.note_login(&[Text::clone(&user.id)], true, at).await;
        }
        let (name, id) = (Text::clone(&user.email), Some(Text::clone(&user.id)));
        Ok(Actor { user: name, user_id: id, role: user.role.clone() })
    }

    /// The operating-system user, who is administrator until login is required (ruling 7).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] once login is required.
    pub async fn local_actor(&self, os_user: &str) -> Result<Actor, Error> {
        let now = self.store.settings().await?;
        if settings::login_required(&now) { Err(Error::Unauthenticated) } else { Ok(Actor::local(os_user)) }
    }

    /// The compiled workspace: what calls, simulations and tests run on.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn load_workspace(&self, options: Options) -> Result<Workspace, Error> {
        let rule_sets = self.store.rule_sets().await?;
        let now = self.store.settings().await?;
        Ok(Workspace::new(rule_sets, catalogue(&now), options))
    }
}

/// Names that stand for the instance itself and its lists, not for rows of their own.
const INSTANCE: [&str; 12] = [
    "stage",
    "service",
    "timeZone",
    "queues",
    "prompts",
    "contactFlows",
    "lambdaFunctions",
    "lexBots",
    "operatingHours",
    "holidays",
    "phoneNumbers",
    "routingProfiles",
];

/// What the instance holds, from the configuration rows and the holidays.
pub fn catalogue(now: &Snapshot) -> Catalogue {
    let mut config = now.config_map();
    // In the order of days: identifiers, which the rows are in the order of, tell contacts nothing.
    let mut days: Vec<_> = now.holidays.iter().collect();
    days.sort_by(|a, b| (&a.when, &a.name).cmp(&(&b.when, &b.name)));
    let holidays: Vec<Value> =
        days.into_iter().map(|it| codec::document(&Entity::Holiday(it.clone())).into()).collect();
    if !holidays.is_empty() {
        config.insert("Holidays", holidays.into());
    }
    for key in settings::OWN {
        config.remove(key);
    }
    // What a cache row holds that nothing understands is for the health report, not for a change.
    let mut out = Catalogue::read(&Value::from(config), &mut Vec::new());
    // Rows that were put there by hand are seen by contacts however their names are written.
    for row in now.config.iter().filter(|row| !row.value.is_nil() && !settings::OWN.contains(&&*row.key)) {
        if !INSTANCE.contains(&&*row.key) && !out.config.contains_key(&row.key) {
            out.config.insert(Text::clone(&row.key), row.value.clone());
        }
    }
    out
}
