//! The one layer through which people and programs change the model: actions are planned by pure functions
//! on a snapshot and then applied; roles, validation, references and merges are seen to here.

mod check;
pub mod edit;
pub mod end_points;
pub mod folders;
pub mod holidays;
pub mod rule_sets;
pub mod rules;
pub mod settings;
pub mod tests;
pub mod users;
pub mod weights;

use std::sync::{Arc, Mutex, PoisonError};

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::collate;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::script::{ExportHeader, TestDocument, export_tests};
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::{Options, Workspace};

use crate::change::{Applied, Change, ChangeSet, Way};
use crate::codec;
use crate::entity::{Entity, Kind};
use crate::errors::Error;
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

    /// Takes back the actor's latest change, if the role allows that change.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and those of [`Store::undo`].
    pub async fn undo(&self, actor: &Actor) -> Result<Applied, Error> {
        let entry = self.store.next_entry(&actor.user, Way::Undo).await?.ok_or(Error::NothingTo("undo"))?;
        actor.check(entry.operation)?;
        self.store.undo(&actor.user, Some(entry.seq)).await
    }

    /// Makes again what the actor undid last.
    ///
    /// # Errors
    /// [`Error::Forbidden`], and those of [`Store::redo`].
    pub async fn redo(&self, actor: &Actor) -> Result<Applied, Error> {
        let entry = self.store.next_entry(&actor.user, Way::Redo).await?.ok_or(Error::NothingTo("redo"))?;
        actor.check(entry.operation)?;
        self.store.redo(&actor.user).await
    }

    /// Who holds this key (`spec/admin.md` 2).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a key, for unknown keys and disabled users.
    pub async fn log_in(&self, key: &str) -> Result<Actor, Error> {
        let now = self.snapshot().await?;
        let user = now
            .users
            .iter()
            .filter(|user| user.enabled && user.key_start == keys::start(key))
            .find(|user| user.key_hash.as_deref().is_some_and(|hash| keys::matches(key, hash)));
        let user = user.ok_or(Error::Unauthenticated)?;
        let (name, id) = (Text::clone(&user.email), Some(Text::clone(&user.id)));
        Ok(Actor { user: name, user_id: id, role: user.role.clone() })
    }

    /// The operating-system user, who is administrator until login is required (ruling 7).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] once login is required.
    pub async fn local_actor(&self, os_user: &str) -> Result<Actor, Error> {
        let now = self.snapshot().await?;
        if settings::login_required(&now) { Err(Error::Unauthenticated) } else { Ok(Actor::local(os_user)) }
    }

    /// The JSON export of all rule sets, as the original writes and imports it (`spec/model.md` 14.1).
    ///
    /// # Errors
    /// [`Error::Forbidden`] and those of the storage.
    pub async fn export_rule_sets(&self, actor: &Actor) -> Result<String, Error> {
        actor.check(Operation::ExportRuleSets)?;
        Ok(export::json(&self.store.rule_sets().await?, Compat::Corrected))
    }

    /// The CSV export of all rule sets (`spec/model.md` 15).
    ///
    /// # Errors
    /// [`Error::Forbidden`] and those of the storage.
    pub async fn export_csv(&self, actor: &Actor, options: export::CsvOptions) -> Result<String, Error> {
        actor.check(Operation::ExportCsv)?;
        Ok(export::csv(&self.store.rule_sets().await?, options))
    }

    /// The export of the chosen tests (`spec/model.md` 16).
    ///
    /// # Errors
    /// [`Error::Invalid`] if two of them share folder and name, [`Error::Forbidden`], those of the storage.
    pub async fn export_tests(
        &self,
        actor: &Actor,
        header: &ExportHeader,
        chosen: impl Fn(&TestDocument) -> bool,
    ) -> Result<String, Error> {
        actor.check(Operation::ReadTests)?;
        let now = self.store.settings().await?;
        let tests: Vec<TestDocument> =
            now.tests.iter().filter(|test| chosen(test)).map(|test| TestDocument::clone(test)).collect();
        export_tests(header, &tests, collate::compare).map_err(|error| {
            Error::invalid(Kind::Test, "export", "name", &error.to_string(), "rename all but one of each")
        })
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
    let holidays: Vec<Value> =
        now.holidays.iter().map(|it| codec::document(&Entity::Holiday(it.clone())).into()).collect();
    if !holidays.is_empty() {
        config.insert("Holidays", holidays.into());
    }
    // A setting of this program is no fact of the instance that contacts may see.
    config.remove(settings::REQUIRE_LOGIN);
    // What a cache row holds that nothing understands is for the health report, not for a change.
    let mut out = Catalogue::read(&Value::from(config), &mut Vec::new());
    // Rows that were put there by hand are seen by contacts however their names are written.
    for row in now.config.iter().filter(|row| !row.value.is_nil() && *row.key != *settings::REQUIRE_LOGIN) {
        if !INSTANCE.contains(&&*row.key) && !out.config.contains_key(&row.key) {
            out.config.insert(Text::clone(&row.key), row.value.clone());
        }
    }
    out
}
