//! The cloud of a place: that of AWS for an environment whose rules live in tables, one on this machine for every
//! other, so that each command can be tried where nothing can break.

use std::sync::Arc;

use connect_rules_cloud::Instance;
use connect_rules_cloud::emulator::{self, Emulator};
use connect_rules_cloud::gateway::{Budgets, Cloud, Place};
use connect_rules_dynamo::DynamoTables;
use connect_rules_environment::Environment;
use connect_rules_store::Snapshot;

use crate::exit::Failure;
use crate::site::Site;

/// Calls a second to Amazon Connect, and at once, where no environment says it.
const BUDGET: (f64, f64) = (2.0, 5.0);

/// Names and switches of a place; a store without an environment has those of the instance that it tells of.
pub fn place(site: &Site, now: &Snapshot) -> Place {
    let usual = stored(now);
    let Some((environment, _)) = &site.environment else { return usual };
    let get = |name: &str| environment.get(name);
    let or = |given: String, usual: String| if given.is_empty() { usual } else { given };
    Place {
        environment: environment.name.clone(),
        stage: get("stage"),
        service: get("service"),
        region: or(get("region"), usual.region),
        account: or(get("account_number"), usual.account),
        instance: or(get("instance_id"), usual.instance),
        bot_alias: get("bot_alias"),
        bot_locale: get("bot_locale_id"),
        production: environment.is("production"),
        read_only: environment.is("read_only"),
    }
}

/// The instance that a store tells of.
fn stored(now: &Snapshot) -> Place {
    let identity = Instance::of(now).identity();
    Place {
        environment: "local".to_owned(),
        stage: identity.stage.to_string(),
        service: identity.service.to_string(),
        region: identity.region.to_string(),
        account: identity.account.to_string(),
        instance: identity.instance_id.to_string(),
        bot_alias: "PROD".to_owned(),
        bot_locale: "en_AU".to_owned(),
        production: false,
        read_only: false,
    }
}

/// Calls a second to Amazon Connect, and at once.
fn budget(environment: Option<&Environment>) -> (f64, f64) {
    environment.map_or(BUDGET, |it| (it.number("connect_rate"), it.number("connect_burst")))
}

/// The cloud of this machine that belongs to a place; none for one in AWS. `now` is what its store knows of the
/// instance.
///
/// # Errors
/// Its file cannot be read or written.
pub fn emulator(site: &Site, now: &Snapshot) -> Result<Option<Emulator>, Failure> {
    if site.tables.is_some() {
        return Ok(None);
    }
    let file = emulator::beside(&site.file);
    let limit = budget(site.environment.as_ref().map(|(environment, _)| environment));
    let opened = Emulator::open(&file, place(site, now), &Instance::of(now), limit);
    opened.map(Some).map_err(|error| Failure::reading(&file, &error))
}

/// The cloud of a place; `now` is what its store knows of the instance. AWS is not asked anything yet.
///
/// # Errors
/// The file of the cloud on this machine cannot be read or written.
pub async fn open(site: &Site, now: &Snapshot) -> Result<Cloud, Failure> {
    if let Some(emulator) = emulator(site, now)? {
        return Ok(emulator.cloud());
    }
    let Some((settings, (environment, _))) = site.tables.as_ref().zip(site.environment.as_ref()) else {
        return Err(Failure::usage("these tables belong to no environment", "name one with --env"));
    };
    let (place, limit) = (place(site, now), budget(Some(environment)));
    let budgets = Budgets::new(limit.0, limit.1);
    let budgets = Arc::new(if environment.is_set("connect_rate") { budgets } else { budgets.guessed() });
    let shared = settings.shared().await;
    let client = settings.client_of(&shared, None);
    let tables = Arc::new(DynamoTables::with_client(&client, settings, Arc::clone(&budgets)));
    Ok(connect_rules_aws::cloud(place, &shared, budgets, tables))
}
