//! `practice`: makes things go wrong on purpose on the cloud of this machine.

use connect_rules_cloud::emulator::{Emulator, Fault, PRACTICE, Practice};
use serde_json::json;

use super::problem;
use crate::args::Global;
use crate::args::operate::PracticeCommand;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{self, Purpose};

/// Runs the command.
///
/// # Errors
/// The place is one of AWS, there is no such practice or thing, or the file cannot be written.
pub fn run(command: &PracticeCommand, global: &Global) -> Result<Exit, Failure> {
    let said = match command {
        PracticeCommand::List => return list(global),
        PracticeCommand::Do { practice, target } => {
            emulator(global)?.practise(practice, target).map_err(|(what, fix)| problem(&what, &fix))?
        }
        PracticeCommand::Fail { kind, call, about, after, times } => {
            let fault = Fault {
                kind: *kind,
                call: call.clone(),
                about: about.clone(),
                after: *after,
                times: (*times).max(1),
            };
            emulator(global)?.plant(fault).map_err(|error| problem(&error.to_string(), "check the file"))?;
            "calls will fail; `connect-rules practice heal` ends that".to_owned()
        }
        PracticeCommand::Heal => {
            emulator(global)?.heal().map_err(|error| problem(&error.to_string(), "check the file"))?;
            "no call fails on purpose any more".to_owned()
        }
    };
    if global.json { super::json(&json!({ "happened": said })) } else { output::text(&format!("{said}\n")) }
}

fn list(global: &Global) -> Result<Exit, Failure> {
    if global.json {
        let all =
            PRACTICE.iter().map(|it| json!({ "name": it.name, "target": it.target, "about": it.about }));
        return super::json(&all.collect::<Vec<_>>());
    }
    let row = |it: &Practice| vec![it.name.to_owned(), it.target.to_owned(), it.about.to_owned()];
    output::table(&["PRACTICE", "OF A", "WHAT HAPPENS"], &PRACTICE.iter().map(row).collect::<Vec<_>>())
}

fn emulator(global: &Global) -> Result<Emulator, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.now()?;
    match crate::cloud::emulator(&session.site, &now)? {
        Some(emulator) => Ok(emulator),
        None => Err(problem(
            "this environment is in AWS: nothing is made to go wrong there",
            "choose an environment whose store is embedded, or `--env none`",
        )),
    }
}
