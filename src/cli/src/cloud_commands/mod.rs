//! Commands that deploy and look after an environment: each asks the cloud of the place, shows what it would do, and
//! does it. On AWS the policies of the credentials say who may do what; on this machine the roles of the store do.

mod bots;
mod deploy;
mod functions;
mod reach;

use crate::args::Global;
use crate::args::cloud::CloudCommand;
use crate::exit::{Exit, Failure};

/// Runs a command on the cloud of an environment.
///
/// # Errors
/// Whatever is in the way, with what to do about it.
pub fn run(command: &CloudCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        CloudCommand::Deploy(args) => deploy::deploy(args, global),
        CloudCommand::Destroy(args) => deploy::destroy(args, global),
        CloudCommand::Bootstrap(args) => deploy::bootstrap(args, global),
        CloudCommand::Doctor { programs } => deploy::doctor(programs, global),
        CloudCommand::Functions(command) => functions::run(command, global),
        CloudCommand::Bots(command) => bots::run(command, global),
    }
}
