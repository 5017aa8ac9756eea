//! Commands that look after an environment: health, repair, the cache, keeping warm, flows of the instance, and
//! practice on the cloud of this machine. Each opens the store and the cloud of its place.

mod cache;
pub mod flows;
mod health;
mod practice;
mod repair;
mod warm;

use std::sync::Arc;

use connect_rules_cloud::gateway::{CallError, Cloud};
use connect_rules_cloud::health::{Observer, Scope};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::problem::Problem;
use connect_rules_store::Snapshot;
use jiff::Timestamp;
use serde::Serialize;

use crate::args::Global;
use crate::args::operate::Looked;
use crate::args::store::StoreCommand;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::session::{self, Purpose, Session};
use crate::model_commands::work::Work;

/// Runs a command of this kind.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &StoreCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        StoreCommand::Health(args) => health::run(args, global),
        StoreCommand::Repair(args) => repair::run(args, global),
        StoreCommand::Cache(command) => cache::run(command, global),
        StoreCommand::Warm(command) => warm::run(command, global),
        StoreCommand::Practice(command) => practice::run(command, global),
        _ => Ok(Exit::Success),
    }
}

/// A place: its store and its cloud.
struct Opened<'a> {
    session: Session<'a>,
    cloud: Cloud,
    now: Arc<Snapshot>,
}

fn open(global: &Global, purpose: Purpose) -> Result<Opened<'_>, Failure> {
    let session = session::open(global, purpose)?;
    let now = session.now()?;
    let cloud = session.block_on(crate::cloud::open(&session.site, &now))?;
    Ok(Opened { session, cloud, now })
}

/// What an environment should have, as options and its file say.
fn scope(opened: &Opened<'_>, looked: &Looked, global: &Global) -> Result<Scope, Failure> {
    let mut scope = Scope::of(&opened.cloud.place, Timestamp::now());
    scope.drafts = looked.drafts;
    scope.compat = global.compat().or_else(|| opened.session.site.compat()).unwrap_or(Compat::Corrected);
    if !looked.only.is_empty() {
        scope.groups = looked.only.iter().copied().collect();
    }
    let file = opened.session.site.environment.as_ref().map(|(environment, _)| environment);
    if let Some(environment) = file {
        scope.budget = (environment.number("connect_rate"), environment.number("connect_burst"));
    }
    let of_file = [("voiceId", "voice_id"), ("voiceLanguage", "voice_language")]
        .into_iter()
        .filter_map(|(key, field)| Some((key.to_owned(), file?.given(field)?)));
    for (key, value) in of_file.chain(looked.setting.iter().cloned()) {
        let set = scope.flow_settings.set(&key, &value);
        set.map_err(|fix| Failure::usage(format!("setting {key}={value} cannot be"), fix))?;
    }
    Ok(scope)
}

/// One who is told how far it is, on a terminal; Ctrl-C ends the program, or only what is begun if that must end in
/// order.
fn observed(global: &Global, in_order: bool) -> Observer {
    let observer = Observer::default();
    let stopped = observer.clone();
    let work = Work::start(global, move || stopped.cancel());
    let told = move |it: &connect_rules_cloud::health::Progress| {
        let doing = format!("{}/{} {}", it.done, it.total, it.doing);
        if in_order {
            // Whether it was cancelled is asked for between two steps.
            let _ = work.writing(&doing);
        } else {
            work.doing(&doing);
        }
    };
    Observer::new(told).sharing(&observer)
}

/// A call that failed, as a failure of the command.
fn failed(error: &CallError) -> Failure {
    Failure::refused("", error.to_string(), error.fix())
}

/// Refused by the cloud itself.
fn problem(what: &str, fix: &str) -> Failure {
    Failure { exit: Exit::Failed, problems: vec![Problem::error("", what, fix)], why: None }
}

/// Prints a value as one line of JSON.
fn json(value: &impl Serialize) -> Result<Exit, Failure> {
    print_exactly(&(serde_json::to_string(value).unwrap_or_default() + "\n"), None)
}
