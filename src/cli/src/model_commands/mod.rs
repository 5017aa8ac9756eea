//! Commands that read and change the model in a store (`spec/admin.md` 20): each plans an action of the
//! service, shows the plan or does it, and tells what came of it.

mod backup;
mod connect_data;
mod draft;
mod end_points;
pub mod exchange;
mod find;
mod journal;
mod keyring;
pub mod output;
mod rule_sets;
mod rules;
pub mod session;
mod tables;
pub mod tests;
mod users;
pub mod work;

use crate::args::Global;
use crate::args::store::StoreCommand;
use crate::exit::{Exit, Failure};

/// Runs a command on a store.
///
/// # Errors
/// Whatever refuses it; nothing is changed then.
pub fn run(command: &StoreCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        StoreCommand::Ruleset(command) => rule_sets::run(command, global),
        StoreCommand::Rule(command) => rules::run(command, global),
        StoreCommand::Weight(command) => rules::weight(command, global),
        StoreCommand::Endpoint(command) => end_points::run(command, global),
        StoreCommand::Holiday(command) => end_points::holiday(command, global),
        StoreCommand::Folder(command) => journal::folder(command, global),
        StoreCommand::Users(command) => users::run(command, global),
        StoreCommand::Login(args) => users::login(args, global),
        StoreCommand::Logout => users::logout(global),
        StoreCommand::Whoami => users::whoami(global),
        StoreCommand::Audit(args) => journal::audit(*args, global),
        StoreCommand::Import(args) => exchange::import(args, global),
        StoreCommand::Backup(args) => backup::run(args, global),
        StoreCommand::Restore(args) => exchange::restore(args, global),
        StoreCommand::Store(command) => tables::run(command, global),
        StoreCommand::Undo(write) => journal::travel(false, *write, global),
        StoreCommand::Redo(write) => journal::travel(true, *write, global),
        StoreCommand::WhereUsed(args) => journal::where_used(args, global),
        StoreCommand::ConnectData(command) => connect_data::run(command, global),
        StoreCommand::Health(_)
        | StoreCommand::Repair(_)
        | StoreCommand::Cache(_)
        | StoreCommand::Warm(_)
        | StoreCommand::Practice(_) => crate::operate::run(command, global),
    }
}
