//! `store`: copies between the store and the tables of an environment, and what prepares those tables.

use connect_rules_dynamo::{DynamoStore, Settings};
use connect_rules_store::exchange::{Backups, transfer};
use connect_rules_store::{Operation, Service, Store as _};
use jiff::Timestamp;

use super::exchange::show_lines;
use super::session::{self, Purpose, Session, agree, failed};
use crate::args::Global;
use crate::args::tables::{TablesArgs, TablesCommand};
use crate::exit::{Exit, Failure};
use crate::open;

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

impl From<&TablesArgs> for Settings {
    fn from(args: &TablesArgs) -> Self {
        Settings {
            region: args.region.clone(),
            profile: args.profile.clone(),
            account: args.account.clone(),
            endpoint: args.endpoint.clone(),
            clear_api_keys: !args.no_clear_api_keys,
            ..Settings::new(&args.stage, &args.service)
        }
    }
}

/// The tables as a place to write to, in words.
fn name(args: &TablesArgs) -> String {
    format!("tables {}-{}", args.stage, args.service)
}

fn connect(session: &Session<'_>, args: &TablesArgs) -> Result<DynamoStore, Failure> {
    session.wait(DynamoStore::open(&Settings::from(args)))
}

fn pull(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::filling(args.write))?;
    let from = session.wait(connect(&session, args)?.snapshot())?;
    let restore = transfer(&from, &open::about()).map_err(|error| failed(&error))?;
    if args.write.plan {
        let plan = restore.preview(&*session.now()?).map_err(|error| failed(&error))?;
        return show_lines(&plan.lines(), global);
    }
    session.replace(&restore, args.write, true)
}

fn push(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let from = session.read(Operation::ImportRuleSets)?;
    let tables = Service::new(connect(&session, args)?);
    let now = session.wait(tables.snapshot())?;
    let restore = transfer(&from, &open::about()).map_err(|error| failed(&error))?;
    let plan = restore.preview(&now).map_err(|error| failed(&error))?;
    if args.write.plan {
        return show_lines(&plan.lines(), global);
    }
    if !args.write.yes {
        agree(&format!("push to {}", name(args)), &plan.summary())?;
    }
    if !now.rule_sets.is_empty() || !now.tests.is_empty() {
        let saved = Backups::beside(&session.file).write(&now, &open::about(), Timestamp::now());
        saved.map_err(|error| failed(&error))?;
    }
    let applied = session.wait(tables.run(&session.actor, &restore))?;
    session.done(&format!("push to {}: {}", name(args), plan.summary()), &applied, &plan.warnings, None)
}

fn migrate(args: &TablesArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    session.read(Operation::ImportRuleSets)?;
    let settings = Settings::from(args);
    let tables = session.wait(async { Ok(DynamoStore::with_client(settings.client().await, &settings)) })?;
    let plan = session.wait(tables.migration())?;
    if args.write.plan || plan.is_empty() {
        let mut lines = plan.lines();
        if plan.is_empty() {
            lines.insert(0, "nothing to do".to_owned());
        }
        return show_lines(&lines, global);
    }
    if !args.write.yes {
        agree(&format!("migrate {}", name(args)), &plan.lines().join("; "))?;
    }
    session.wait(tables.migrate(&session.actor.user))?;
    let lines: Vec<String> = plan.lines().iter().map(|line| format!("done: {line}")).collect();
    show_lines(&lines, global)
}
