//! Opening a store for people: a new one starts with the demo in it, and on the first start of a day what it
//! holds is saved beside it (`spec/model.md` 17, 18). The commands and the screens open stores here.

use std::path::Path;

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::value::Text;
use connect_rules_store::exchange::export::About;
use connect_rules_store::exchange::{Backup, Backups, Seed};
use connect_rules_store::{Actor, Error, Kind, Service, SqliteStore, Store as _};
use jiff::Timestamp;

use crate::any_store::{AnyStore, Tables};
use crate::demo;
use crate::site::Site;

/// Who fills a new store. It is no person, so nobody's undo empties the store again.
const SEEDER: &str = "connect-rules";

/// What a new store starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The demo.
    #[default]
    Demo,
    /// Nothing.
    Empty,
}

/// An open store.
pub struct Opened {
    /// Its model.
    pub service: Service<AnyStore>,
    /// Whether it was new and has the demo in it now.
    pub seeded: bool,
}

/// The folders of the program; none without a home folder.
pub fn folders() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "connect-rules")
}

/// What a backup says about its origin.
pub fn about() -> About {
    About { version: env!("CARGO_PKG_VERSION").to_owned(), ..About::default() }
}

/// The demo as the seed of a store.
///
/// # Errors
/// Its documents are not valid.
pub fn demo_seed() -> Result<Seed, Error> {
    let tests = demo::all_tests();
    let parts = Parts { tests: Some(("demo/tests", &tests)), ..demo::PARTS };
    let bundle = Bundle::from_parts(&parts).map_err(|problems| Error::Invalid {
        kind: Kind::RuleSet,
        name: Text::from("demo"),
        problems,
    })?;
    Seed::new(&bundle, "1970-01-01T00:00:00Z")
}

/// Opens the store of a place. A file that is new, or was never written to, is filled as `start` says; tables are
/// reached when they are needed first.
///
/// # Errors
/// Those of [`SqliteStore::open`].
pub async fn at(site: &Site, start: Start) -> Result<Opened, Error> {
    let Some(tables) = &site.tables else {
        let Opened { service, seeded } = open_or_seed(&site.file, start).await?;
        let service = Service::new(service.into_store().barred(site.barred()));
        return Ok(Opened { service, seeded });
    };
    let store = AnyStore::Dynamo(Tables::new(tables.clone())).barred(site.barred());
    Ok(Opened { service: Service::new(store), seeded: false })
}

/// Opens the store in that file; one that is new, or was never written to, is filled as `start` says.
///
/// # Errors
/// Those of [`SqliteStore::open`].
pub async fn open_or_seed(file: &Path, start: Start) -> Result<Opened, Error> {
    fill(SqliteStore::open(file)?, start).await
}

/// As [`open_or_seed`], in memory: for showing what would be done to a store that is not there yet.
///
/// # Errors
/// Those of the storage.
pub async fn in_memory(start: Start) -> Result<Opened, Error> {
    fill(SqliteStore::in_memory()?, start).await
}

async fn fill(store: SqliteStore, start: Start) -> Result<Opened, Error> {
    let fresh = start == Start::Demo && store.mark().await?.is_empty();
    let service = Service::new(AnyStore::Sqlite(store));
    if !fresh {
        return Ok(Opened { service, seeded: false });
    }
    match service.run(&Actor::local(SEEDER), &demo_seed()?).await {
        Ok(_) => Ok(Opened { service, seeded: true }),
        // Another program was faster.
        Err(_) if !service.store().mark().await?.is_empty() => Ok(Opened { service, seeded: false }),
        Err(error) => Err(error),
    }
}

/// Saves what the store holds if something changed since the latest backup and that one is not of today
/// (UTC), and deletes backups that are older than the settings say. Answers the backup it made.
///
/// # Errors
/// Those of [`Backups::save`]; nothing in the store depends on them.
pub async fn save_daily(service: &Service<AnyStore>, file: &Path) -> Result<Option<Backup>, Error> {
    let backups = Backups::beside(file);
    let (mark, at) = (service.store().mark().await?, Timestamp::now());
    if !backups.is_due(&mark, at)? {
        return Ok(None);
    }
    backups.save(&*service.snapshot().await?, &about(), at).map(Some)
}
