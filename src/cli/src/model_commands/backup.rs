//! `backup`: writes one beside the store, lists those there are, deletes old ones.

use connect_rules_engine::value::Value;
use connect_rules_store::Operation;
use connect_rules_store::exchange::Backups;
use connect_rules_store::exchange::backup::retention;
use connect_rules_store::service::settings::{BACKUP_DAYS, SetConfig};
use jiff::Timestamp;

use super::output;
use super::session::{self, Purpose, failed};
use crate::args::Global;
use crate::args::store::{BackupArgs, BackupCommand};
use crate::exit::{Exit, Failure};

/// Runs the command.
///
/// # Errors
/// A backup cannot be written, read or deleted, or the role does not allow it.
pub fn run(args: &BackupArgs, global: &Global) -> Result<Exit, Failure> {
    if let Some(BackupCommand::Keep { days, write }) = &args.action {
        let session = session::open(global, (*write).into())?;
        let set = SetConfig { key: BACKUP_DAYS.into(), value: days.to_string().as_str().into() };
        return session.change(&set, *write, false);
    }
    let session = session::open(global, Purpose::Read)?;
    // A backup holds all that an export does.
    let now = session.read(Operation::ExportRuleSets)?;
    let backups = Backups::beside(&session.site.file);
    let stems: Vec<String> = match &args.action {
        Some(BackupCommand::List) => {
            let listed = backups.list().map_err(|error| failed(&error))?;
            listed.into_iter().map(|backup| backup.stem).collect()
        }
        Some(BackupCommand::Prune { days, write }) => {
            let (days, at) = (days.unwrap_or_else(|| retention(&now)), Timestamp::now());
            let old = backups.older(days, at).map_err(|error| failed(&error))?;
            if write.plan {
                old.into_iter().map(|backup| backup.stem).collect()
            } else {
                if !old.is_empty() && !write.yes {
                    let title = format!("delete backups of more than {days} days");
                    session::agree(&title, &format!("{} deleted", old.len()))?;
                }
                backups.prune(days, at).map_err(|error| failed(&error))?
            }
        }
        _ => vec![session.save()?.stem],
    };
    if global.json {
        return output::json(&stems.into_iter().map(Value::from).collect::<Vec<_>>().into());
    }
    if stems.is_empty() {
        return output::text("");
    }
    output::text(&format!("{}\n", stems.join("\n")))
}
