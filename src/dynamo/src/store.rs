//! The store: what is known is kept, brought up to date before each use, and written through [`commit`].

use std::sync::Mutex;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::change::{AuditEntry, Way};
use connect_rules_store::keys::Login;
use connect_rules_store::{
    Applied, Change, ChangeSet, Changed, Changes, Error, JournalEntry, Key, RemoteFault, Snapshot, Store,
};
use jiff::Timestamp;

use crate::commit::{self, Committed, Entry};
use crate::encode::Keys;
use crate::faults::remote;
use crate::head::Head;
use crate::images::Image;
use crate::item::{Item, Place};
use crate::link::Link;
use crate::migrate::{self, Migration};
use crate::plan::{self, Step};
use crate::settings::Settings;
use crate::state::{self, State};
use crate::tables::{self, Names, Table};
use crate::{images, job, log, logins, rows, travel};

/// Times that a change is planned anew, or something is read again, while others write.
const ATTEMPTS: u32 = 60;

/// Keys that were issued are forgotten after so many others.
const ISSUED: usize = 16;

/// What is to be written.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Wish<'a> {
    Apply(ChangeSet),
    Migrate { by: &'a str },
    Travel { by: &'a str, entry: JournalEntry, images: Vec<Image>, way: Way },
}

/// The store on the tables of one environment.
pub struct DynamoStore {
    link: Link,
    clear_api_keys: bool,
    untold: Option<String>,
    unread: &'static [Table],
    issued: Mutex<Vec<String>>,
    known: tokio::sync::Mutex<Option<State>>,
}

impl DynamoStore {
    /// Opens the tables of an environment and looks whether they can be read.
    ///
    /// # Errors
    /// [`Error::Remote`]: no or expired credentials, the wrong account, no such tables, a missing permission.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        Self::open_with(&settings.shared().await, settings).await
    }

    /// As [`DynamoStore::open`], with credentials of one's own.
    ///
    /// # Errors
    /// Those of [`DynamoStore::open`].
    pub async fn open_with(shared: &SdkConfig, settings: &Settings) -> Result<Self, Error> {
        let store = Self::reach_with(shared, settings).await?;
        store.link.pair().await?;
        Ok(store)
    }

    /// Opens tables that may not be there yet; the guard of the account comes first all the same.
    ///
    /// # Errors
    /// [`Error::Remote`]: no or expired credentials, the wrong account, a missing permission.
    pub async fn reach(settings: &Settings) -> Result<Self, Error> {
        Self::reach_with(&settings.shared().await, settings).await
    }

    /// As [`DynamoStore::reach`], with credentials of one's own.
    ///
    /// # Errors
    /// Those of [`DynamoStore::reach`].
    pub async fn reach_with(shared: &SdkConfig, settings: &Settings) -> Result<Self, Error> {
        let mut store = Self::with_client(settings.client_of(shared, None), settings);
        store.untold = settings.check_account(&store.link.client, shared).await?;
        Ok(store)
    }

    /// The address that did not say whose the account is, where it was asked.
    pub fn untold(&self) -> Option<&str> {
        self.untold.as_deref()
    }

    /// The tables of an environment through a client of one's own; nothing is asked of the service yet.
    pub fn with_client(client: Client, settings: &Settings) -> Self {
        let names = Names::new(&settings.stage, &settings.service);
        DynamoStore {
            link: Link { client, names, pace: settings.pace },
            clear_api_keys: settings.clear_api_keys,
            untold: None,
            unread: settings.unread,
            issued: Mutex::default(),
            known: tokio::sync::Mutex::default(),
        }
    }

    /// Makes the tables of the environment that are missing; answers which were.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn create_tables(&self) -> Result<Vec<Table>, Error> {
        tables::create(&self.link.client, &self.link.names, &Table::ALL).await
    }

    /// Finishes what another program began and could not finish; answers whether there was something.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn resume(&self) -> Result<bool, Error> {
        let (head, _) = self.link.pair().await?;
        let Some(begun) = &head.job else { return Ok(false) };
        let images = images::fetch(&self.link, begun).await?;
        job::roll_forward(&self.link, begun, images).await?;
        Ok(true)
    }

    /// What [`DynamoStore::migrate`] would do.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn migration(&self) -> Result<Migration, Error> {
        let (missing, additions) = tables::lacking(&self.link.client, &self.link.names).await?;
        let mut known = self.known.lock().await;
        let empty = &mut State::default();
        // Where tables of the model are missing there is nothing to read.
        let state = if Table::MODEL.iter().any(|table| missing.contains(table)) {
            empty
        } else {
            Box::pin(self.fresh(&mut known)).await?
        };
        let (mut rows, mut keys) = (0, 0);
        for step in migrate::steps(state, self.clear_api_keys) {
            if step.before.as_ref().is_some_and(|held| rows::is_foreign(&held.stamp)) {
                rows += 1;
            } else {
                keys += 1;
            }
        }
        let orphans = state.orphans();
        Ok(Migration {
            tables: missing,
            additions,
            unfinished: state.head.job.is_some(),
            rows,
            keys,
            orphans,
        })
    }

    /// Brings the tables to what this program keeps in them: missing tables, indexes and lifetimes, versions of the
    /// rows that the original wrote, and no keys in clear where settings ask for none. The original goes on reading
    /// them.
    ///
    /// # Errors
    /// [`Error::Remote`]; what was begun is finished by the next write.
    pub async fn migrate(&self, by: &str) -> Result<Applied, Error> {
        self.create_tables().await?;
        let (_, additions) = tables::lacking(&self.link.client, &self.link.names).await?;
        tables::complete(&self.link.client, &self.link.names, &additions).await?;
        Box::pin(self.write(Wish::Migrate { by })).await
    }

    /// Rules whose rule set is gone: nothing shows them, and the original cannot read the tables while they
    /// are there.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub async fn orphans(&self) -> Result<Vec<Key>, Error> {
        let mut known = self.known.lock().await;
        Ok(self.fresh(&mut known).await?.orphans())
    }

    fn keys(&self) -> Keys {
        let issued = self.issued.lock().map(|issued| issued.clone()).unwrap_or_default();
        Keys { clear: self.clear_api_keys, issued }
    }

    fn busy(&self) -> Error {
        remote(self.link.names.of(Table::Config), RemoteFault::Throttled, "others write all the time")
    }

    /// The state as of now: what changed since it was read last is read again, or everything.
    async fn fresh<'a>(&self, known: &'a mut Option<State>) -> Result<&'a mut State, Error> {
        for attempt in 0..ATTEMPTS {
            let (head, mark_row) = self.link.pair().await?;
            match known {
                Some(state) if state.head == head && state.mark_row == mark_row => break,
                _ => {}
            }
            let next = match known.take() {
                Some(state) => Box::pin(self.follow(state, &head, mark_row.clone())).await?,
                None => None,
            };
            *known = match next {
                Some(state) => Some(state),
                None => match Box::pin(self.load(head.clone(), mark_row.clone())).await {
                    Ok(state) => Some(state),
                    // Rows that are in the middle of a change may not fit together.
                    Err(Error::Remote { fault: RemoteFault::BadRow, .. })
                        if self.link.pair().await? != (head, mark_row) =>
                    {
                        None
                    }
                    Err(error) => return Err(error),
                },
            };
            if attempt > 3 {
                self.link.pause(attempt - 3).await;
            }
            if attempt + 1 == ATTEMPTS {
                *known = None;
            }
        }
        known.as_mut().ok_or_else(|| self.busy())
    }

    /// A state brought to a later head; `None` if everything must be read.
    async fn follow(
        &self,
        mut state: State,
        head: &Head,
        mark_row: Option<Item>,
    ) -> Result<Option<State>, Error> {
        if state.mark_row != mark_row && state::is_foreign(head, mark_row.as_ref()) {
            return Ok(None);
        }
        let Some(places) = log::places(&self.link, &state.head, &state.mark, head).await? else {
            return Ok(None);
        };
        let places: Vec<Place> =
            places.into_iter().filter(|place| !self.unread.contains(&place.table)).collect();
        let mut rows = self.link.at(&places).await?;
        let read = places.into_iter().map(|place| {
            let row = rows.remove(&place);
            (place, row)
        });
        state.set(&self.link.names, read)?;
        self.overlay(&mut state, head).await?;
        state.mark = state::mark_of(head, mark_row.as_ref());
        (state.head, state.mark_row) = (head.clone(), mark_row);
        Ok(Some(state))
    }

    /// Everything.
    async fn load(&self, head: Head, mark_row: Option<Item>) -> Result<State, Error> {
        let scan = |table| {
            Box::pin(async move {
                if self.unread.contains(&table) { Ok(Vec::new()) } else { self.link.scan(table).await }
            })
        };
        let (rule_sets, rules, end_points, users, tests, config) = tokio::try_join!(
            scan(Table::RuleSets),
            scan(Table::Rules),
            scan(Table::EndPoints),
            scan(Table::Users),
            scan(Table::Tests),
            scan(Table::Config)
        )?;
        let mut state = State::new(head.clone(), mark_row);
        let all = [rule_sets, rules, end_points, users, tests, config];
        for (table, items) in Table::MODEL.into_iter().zip(all) {
            let placed = |item| {
                let place = Place::of(table, &item).ok_or_else(|| {
                    remote(self.link.names.of(table), RemoteFault::BadRow, "a row has no key")
                })?;
                Ok((place, Some(item)))
            };
            let rows: Vec<_> = items.into_iter().map(placed).collect::<Result<_, Error>>()?;
            state.set(&self.link.names, rows)?;
        }
        self.overlay(&mut state, &head).await?;
        Ok(state)
    }

    /// Puts the rows of a job in that is decided but not written yet.
    async fn overlay(&self, state: &mut State, head: &Head) -> Result<(), Error> {
        let Some(job) = &head.job else { return Ok(()) };
        let mut rows = Vec::new();
        let images = images::fetch(&self.link, job).await?;
        for image in images.into_iter().filter(|it| !self.unread.contains(&it.write.place.table)) {
            let stored = state.row(&image.write.place).cloned();
            let write = image.with_key(stored.as_ref());
            rows.push((write.place, write.after));
        }
        state.set(&self.link.names, rows)
    }

    /// What a wish comes to on that state.
    async fn plan<'a>(&self, state: &State, wish: &'a Wish<'_>) -> Result<(Vec<Step>, Entry<'a>), Error> {
        match wish {
            Wish::Apply(set) => {
                if set.premise.as_ref().is_some_and(|premise| *premise != state.mark) {
                    return Err(Error::Moved);
                }
                let steps = plan::steps(state, set.changes.clone())?;
                plan::released(state, &steps)?;
                let (operation, title) = (set.operation.name(), &*set.title);
                Ok((steps, Entry { by: &set.by, operation, title, travel: None }))
            }
            Wish::Migrate { by } => {
                let steps = migrate::steps(state, self.clear_api_keys);
                Ok((steps, Entry { by, operation: "migrate", title: "migrate the tables", travel: None }))
            }
            Wish::Travel { by, entry, images, way } => {
                // Somebody may have been faster.
                let still = log::find(&self.link, by, Some(entry.seq), *way).await?;
                still.ok_or(Error::NothingTo(way.word()))?;
                let steps = travel::steps(state, &self.link.names, images, *way)?;
                let travel = Some((entry.seq, &*entry.by, *way));
                Ok((steps, Entry { by, operation: entry.operation.name(), title: &entry.title, travel }))
            }
        }
    }

    /// Writes what a wish comes to, planned anew as long as others are faster.
    async fn write(&self, wish: Wish<'_>) -> Result<Applied, Error> {
        let mut known = self.known.lock().await;
        for attempt in 0..ATTEMPTS {
            let state = self.fresh(&mut known).await?;
            if state.head.job.is_some() {
                Box::pin(self.resume()).await?;
                continue;
            }
            if state.head.version == 0 {
                tables::create(&self.link.client, &self.link.names, &[Table::Journal]).await?;
            }
            let (steps, entry) = self.plan(state, &wish).await?;
            match Box::pin(commit::commit(&self.link, state, &steps, &entry, &self.keys())).await {
                Ok(Committed::Yes(applied)) => return Ok(applied),
                Ok(Committed::Raced) => {}
                Ok(Committed::Unseen) => *known = None,
                Err(error) => {
                    *known = None;
                    return Err(error);
                }
            }
            self.link.pause(attempt.min(6)).await;
        }
        Err(self.busy())
    }

    async fn travel(&self, by: &str, seq: Option<u64>, way: Way) -> Result<Applied, Error> {
        let found = log::find(&self.link, by, seq, way).await?;
        let (entry, job) = found.ok_or(Error::NothingTo(way.word()))?;
        let images = images::fetch(&self.link, &job).await?;
        self.write(Wish::Travel { by, entry, images, way }).await
    }
}

impl Store for DynamoStore {
    /// Remembers the key, so that the row of its user can hold it in clear, which the original's login needs. It
    /// does nothing where rows hold no keys in clear.
    fn issue_key(&self, key: &str) {
        if let (true, Ok(mut issued)) = (self.clear_api_keys, self.issued.lock()) {
            issued.insert(0, key.to_owned());
            issued.truncate(ISSUED);
        }
    }

    async fn apply(&self, set: ChangeSet) -> Result<Applied, Error> {
        Box::pin(self.write(Wish::Apply(set))).await
    }

    async fn undo(&self, by: &str, seq: Option<u64>) -> Result<Applied, Error> {
        Box::pin(self.travel(by, seq, Way::Undo)).await
    }

    async fn redo(&self, by: &str) -> Result<Applied, Error> {
        Box::pin(self.travel(by, None, Way::Redo)).await
    }

    async fn travel_plan(&self, by: &str, way: Way) -> Result<Vec<Change>, Error> {
        let found = Box::pin(log::find(&self.link, by, None, way)).await?;
        let (_, job) = found.ok_or(Error::NothingTo(way.word()))?;
        let images = Box::pin(images::fetch(&self.link, &job)).await?;
        let mut known = self.known.lock().await;
        let state = Box::pin(self.fresh(&mut known)).await?;
        let mut out = Vec::new();
        for step in travel::steps(state, &self.link.names, &images, way)? {
            let expected = step.before.as_ref().map_or(0, |held| held.stamp.rev);
            match (step.before, step.after) {
                (Some(held), Some(entity)) if held.entity == entity => {}
                (_, Some(entity)) => out.push(Change::Put { entity, expected }),
                (Some(_), None) => out.push(Change::Delete { key: step.key, expected }),
                (None, None) => {}
            }
        }
        Ok(out)
    }

    async fn mark(&self) -> Result<Text, Error> {
        let (head, row) = Box::pin(self.link.pair()).await?;
        Ok(state::mark_of(&head, row.as_ref()))
    }

    async fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut known = self.known.lock().await;
        Ok(Box::pin(self.fresh(&mut known)).await?.snapshot(true))
    }

    async fn changes_since(&self, mark: &str) -> Result<Option<Changes>, Error> {
        let mut known = self.known.lock().await;
        let state = Box::pin(self.fresh(&mut known)).await?;
        let mut out = Changes { mark: Text::clone(&state.mark), rows: Vec::new() };
        if *state.mark == *mark {
            return Ok(Some(out));
        }
        if state.is_foreign() {
            return Ok(None);
        }
        let Some(changed) = Box::pin(log::since(&self.link, &state.head, mark)).await? else {
            return Ok(None);
        };
        for (key, (at, by)) in changed {
            let now = state.get(&key).map(|held| (held.entity.clone(), held.stamp.clone()));
            out.rows.push(Changed { key, at, by, now });
        }
        out.rows.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Some(out))
    }

    async fn rule_sets(&self) -> Result<Vec<RuleSet>, Error> {
        let snapshot = self.snapshot().await?;
        Ok(snapshot.rule_sets.iter().map(|set| RuleSet::clone(set)).collect())
    }

    async fn settings(&self) -> Result<Snapshot, Error> {
        let mut known = self.known.lock().await;
        Ok(Box::pin(self.fresh(&mut known)).await?.snapshot(false))
    }

    async fn next_entry(&self, by: &str, way: Way) -> Result<Option<JournalEntry>, Error> {
        Box::pin(log::next(&self.link, by, way)).await
    }

    async fn journal(&self, most: usize) -> Result<Vec<JournalEntry>, Error> {
        Box::pin(log::entries(&self.link, most)).await
    }

    async fn logins(&self) -> Result<Vec<Login>, Error> {
        Box::pin(logins::all(&self.link)).await
    }

    async fn note_login(&self, users: &[Text], accepted: bool, at: Timestamp) -> Result<(), Error> {
        Box::pin(logins::note(&self.link, users, accepted, at)).await
    }

    async fn audit(&self, most: usize) -> Result<Vec<AuditEntry>, Error> {
        Box::pin(log::audit(&self.link, most)).await
    }
}

/// First wait before something is asked for again, unless settings say otherwise.
pub(crate) const PACE: Duration = Duration::from_millis(25);
