//! `store`: copies between the store and the tables of an environment, and what prepares those tables.

use connect_rules_dynamo::{DynamoStore, Settings};
use connect_rules_store::exchange::{Backups, transfer};
use connect_rules_store::{Error, Operation, Service, Store as _};
use jiff::Timestamp;

use super::exchange::show_lines;
use super::session::{self, Purpose, Session, agree, failed};
use crate::args::Global;
use crate::args::tables::{TablesArgs, TablesCommand};
use crate::exit::{Exit, Failure};
use crate::open;
use crate::site::{self, Site};

/// Runs a command on tables.
///
/// # Errors
/// The tables cannot be reached or read, nobody agreed to what would be lost, or a store refuses it.
pub fn run(command: &TablesCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        TablesCommand::Push(args) => push(args, global),
        TablesCommand::Pull(args) => pull(args, global),
        TablesCommand::Migrate(args) => migrate(args, global),
    }
}

/// The tables of a command.
struct Target {
    settings: Settings,
    /// In words.
    name: String,
    /// Why nothing is written to them, if so.
    barred: Option<Error>,
}

impl Target {
    /// The tables of the environment that is named, else those of the options, else those of the one in use.
    fn of(args: &TablesArgs, global: &Global) -> Result<Self, Failure> {
        let given = [&args.stage, &args.service, &args.region, &args.profile, &args.account, &args.endpoint];
        let by_options = given.into_iter().any(Option::is_some) || args.no_clear_api_keys;
        let chosen = if by_options && global.env.is_none() { None } else { site::environment(global)? };
        let Some((environment, file)) = chosen else { return Ok(Self::by_options(args)) };
        let Some(settings) = site::tables(&environment) else {
            let what = format!("environment `{}` has no tables: its store is a file", environment.name);
            let fix = "name an environment whose store is dynamodb with --env";
            return Err(Failure::usage(what, fix));
        };
        let name =
            format!("environment {}, tables {}-{}", environment.name, settings.stage, settings.service);
        Ok(Target { settings, name, barred: site::barred(&environment, &file) })
    }

    fn by_options(args: &TablesArgs) -> Self {
        let stage = args.stage.as_deref().unwrap_or("dev");
        let service = args.service.as_deref().unwrap_or("rules-engine");
        let settings = Settings {
            region: args.region.clone(),
            profile: args.profile.clone(),
            account: args.account.clone(),
            endpoint: args.endpoint.clone(),
            clear_api_keys: !args.no_clear_api_keys,
            ..Settings::new(stage, service)
        };
        Target { settings, name: format!("tables {stage}-{service}"), barred: None }
    }

    /// Refuses to write where that is barred.
    fn writes(&self) -> Result<(), Failure> {
        self.barred.as_ref().map_or(Ok(()), |why| Err(failed(why)))
    }
}

/// The store that is copied from or to: the file of `--store` or of this machine.
fn open_here(global: &Global, purpose: Purpose) -> Result<Session<'_>, Failure> {
    session::open_at(Site::here(global)?, global, purpose)
}

fn pull(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let target = Target::of(args, global)?;
    let session = open_here(global, Purpose::filling(args.write))?;
    let from = session.wait(async { DynamoStore::open(&target.settings).await?.snapshot().await })?;
    let restore = transfer(&from, &open::about()).map_err(|error| failed(&error))?;
    if args.write.plan {
        let plan = restore.preview(&*session.now()?).map_err(|error| failed(&error))?;
        return show_lines(&plan.lines(), global);
    }
    session.replace(&restore, args.write, true)
}

fn push(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let target = Target::of(args, global)?;
    let session = open_here(global, Purpose::Read)?;
    let from = session.read(Operation::ImportRuleSets)?;
    let tables = Service::new(session.wait(DynamoStore::open(&target.settings))?);
    let now = session.wait(tables.snapshot())?;
    let restore = transfer(&from, &open::about()).map_err(|error| failed(&error))?;
    let plan = restore.preview(&now).map_err(|error| failed(&error))?;
    if args.write.plan {
        return show_lines(&plan.lines(), global);
    }
    target.writes()?;
    if !args.write.yes {
        agree(&format!("push to {}", target.name), &plan.summary())?;
    }
    if !now.rule_sets.is_empty() || !now.tests.is_empty() {
        let saved = Backups::beside(&session.site.file).write(&now, &open::about(), Timestamp::now());
        saved.map_err(|error| failed(&error))?;
    }
    let applied = session.wait(tables.run(&session.actor, &restore))?;
    session.done(&format!("push to {}: {}", target.name, plan.summary()), &applied, &plan.warnings, None)
}

fn migrate(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let target = Target::of(args, global)?;
    let session = open_here(global, Purpose::Read)?;
    session.read(Operation::ImportRuleSets)?;
    let settings = &target.settings;
    // Another account is refused, whether or not its tables are there.
    let tables = session.wait(DynamoStore::reach(settings))?;
    let plan = session.wait(tables.migration())?;
    let note = tables.untold().map(|own| format!("note: {own} does not say whose account it is"));
    if args.write.plan || plan.is_empty() {
        let mut lines: Vec<String> = plan.lines().into_iter().chain(note).collect();
        if plan.is_empty() {
            lines.insert(0, "nothing to do".to_owned());
        }
        return show_lines(&lines, global);
    }
    target.writes()?;
    if !args.write.yes {
        agree(&format!("migrate {}", target.name), &plan.lines().join("; "))?;
    }
    session.wait(tables.migrate(&session.actor.user))?;
    let lines: Vec<String> = plan.lines().iter().map(|line| format!("done: {line}")).collect();
    show_lines(&lines, global)
}
