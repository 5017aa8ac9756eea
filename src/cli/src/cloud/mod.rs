//! The cloud of a place: that of AWS for an environment whose rules live in tables, one on this machine for every
//! other, so that each command can be tried where nothing can break.

mod tables;

use std::sync::Arc;

use connect_rules_aws::Reach;
use connect_rules_cloud::Instance;
use connect_rules_cloud::emulator::{self, Emulator};
use connect_rules_cloud::gateway::{Budgets, Cloud, Place};
use connect_rules_environment::Environment;
use connect_rules_store::Snapshot;

use crate::exit::Failure;
use crate::site::Site;

/// Calls a second to Amazon Connect, and at once, where no environment says it.
const BUDGET: (f64, f64) = (2.0, 5.0);

/// Names and switches of a place; a store without an environment has those of the example.
pub fn place(site: &Site) -> Place {
    let Some((environment, _)) = &site.environment else { return nowhere("none") };
    let get = |name: &str| environment.get(name);
    let usual = nowhere(&environment.name);
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

fn nowhere(name: &str) -> Place {
    let text = str::to_owned;
    Place {
        environment: name.to_owned(),
        stage: text("dev"),
        service: text("rules-engine"),
        region: text("ap-southeast-2"),
        account: text("000000000000"),
        instance: text("00000000-0000-0000-0000-000000000000"),
        bot_alias: text("PROD"),
        bot_locale: text("en_AU"),
        production: false,
        read_only: false,
    }
}

/// Calls a second to Amazon Connect, and at once.
fn budget(environment: Option<&Environment>) -> (f64, f64) {
    environment.map_or(BUDGET, |it| (it.number("connect_rate"), it.number("connect_burst")))
}

/// The cloud of a place; `now` is what its store knows of the instance. AWS is not asked anything yet.
///
/// # Errors
/// The file of the cloud on this machine cannot be read or written.
pub async fn open(site: &Site, now: &Snapshot) -> Result<Cloud, Failure> {
    let place = place(site);
    let environment = site.environment.as_ref().map(|(environment, _)| environment);
    let limit = budget(environment);
    let Some((settings, environment)) = site.tables.as_ref().zip(environment) else {
        let file = emulator::beside(&site.file);
        let opened = Emulator::open(&file, place, &Instance::of(now), limit);
        return opened.map(|it| it.cloud()).map_err(|error| Failure::reading(&file, &error));
    };
    let reach = Reach {
        profile: environment.given("profile"),
        role: environment.given("role_arn"),
        endpoint: environment.given("endpoint_url"),
    };
    let budgets = Arc::new(Budgets::new(limit.0, limit.1));
    let tables = Arc::new(tables::AwsTables::new(settings.clone(), Arc::clone(&budgets)));
    Ok(connect_rules_aws::cloud(place, &reach, budgets, tables).await)
}
