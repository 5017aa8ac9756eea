//! Why a change or a read is refused, as values and as text for people (`spec/model.md` 6).

use std::fmt;

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;

use crate::entity::{Entity, Key, Kind, Stamp};
use crate::merge::Clash;
use crate::roles::{Operation, Role};

/// Someone or something that uses a thing and so keeps it from being deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedBy {
    /// Sort of the user.
    pub kind: Kind,
    /// Its name; rules: `<rule set> / <rule>`.
    pub name: Text,
    /// Parameter or member that names the thing.
    pub place: Text,
}

impl fmt::Display for UsedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\" ({})", self.kind, self.name, self.place)
    }
}

/// A row that somebody else changed in the meantime.
#[derive(Clone, Debug, PartialEq)]
pub struct Stale {
    /// Which row.
    pub key: Key,
    /// What the edit started from, where known.
    pub base: Option<Entity>,
    /// What was to be written; `None` for a delete.
    pub mine: Option<Entity>,
    /// What is stored now; `None` if it was deleted.
    pub theirs: Option<Entity>,
    /// Version, time and author of what is stored now.
    pub stamp: Option<Stamp>,
    /// Fields changed on both sides.
    pub clashes: Vec<Clash>,
}

/// What keeps a file from being read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file, its folder or its file system may not be written.
    ReadOnly,
    /// There is no space left.
    Full,
    /// Pages are missing or hold what nobody wrote.
    Damaged,
    /// The file is something else.
    NotAStore,
    /// The file system cannot lock files, or does so for one machine only.
    NoLocks,
    /// The rights of this user do not suffice, or the path leads nowhere.
    Denied,
    /// The environment is one to look at only.
    Barred,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::ReadOnly => "is read-only",
            Fault::Full => "has no space left",
            Fault::Damaged => "is damaged",
            Fault::NotAStore => "is not a store of this program",
            Fault::NoLocks => "lies on a file system without reliable locks",
            Fault::Denied => "cannot be opened",
            Fault::Barred => "is read-only here",
        })
    }
}

impl Fault {
    /// Why it is refused, and what to do.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Fault::ReadOnly => (
                "Nothing can be saved in a file, folder or file system without the right to write; reading works",
                "Give yourself the right to write the file and its folder, or copy the file elsewhere and open the copy",
            ),
            Fault::Full => (
                "Nothing of the change was saved; what was saved before is safe",
                "Free some space on this file system, or raise the quota, and try again",
            ),
            Fault::Damaged => (
                "Parts of the file are missing or were written over by something else; it was left as it is",
                "Keep a copy of the file, then restore the latest backup into a new store",
            ),
            Fault::NotAStore => (
                "The file holds something else, which was left as it is",
                "Check the path; name the file of a store, or one that does not exist yet",
            ),
            Fault::NoLocks => (
                "Two machines could write at once there and destroy each other's changes",
                "Keep the store on a local disk of the machine that everybody works on, and share backups or exports",
            ),
            Fault::Denied => (
                "The file or a folder on its path is missing, is no file, or belongs to somebody else",
                "Check the path and the rights of its folders, or name another file",
            ),
            Fault::Barred => (
                "Its file says that nothing is written from here; reading works, and nothing was written",
                "Work on another environment, or take `read_only = true` out of that file",
            ),
        }
    }
}

/// What keeps tables in the cloud from being read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteFault {
    /// There are no credentials, or the service does not know them.
    NoCredentials,
    /// The credentials were right once.
    Expired,
    /// The credentials lack this permission, such as `dynamodb:PutItem`.
    Denied(String),
    /// The credentials belong to another account than the environment.
    WrongAccount,
    /// Nobody says whose account it is.
    UnknownAccount,
    /// A table is not there.
    NoTable,
    /// A row holds what neither this program nor the original writes.
    BadRow,
    /// The service refuses requests because there are too many.
    Throttled,
    /// The service cannot be reached, does not answer in time, or fails.
    Unreachable,
    /// A row would become larger than the service allows.
    TooLarge,
}

impl fmt::Display for RemoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteFault::NoCredentials => f.write_str("there are no usable credentials"),
            RemoteFault::Expired => f.write_str("the credentials have expired"),
            RemoteFault::Denied(action) => write!(f, "the permission {action} is missing"),
            RemoteFault::WrongAccount => f.write_str("the credentials belong to another account"),
            RemoteFault::UnknownAccount => f.write_str("nobody says which account that is"),
            RemoteFault::NoTable => f.write_str("the table is not there"),
            RemoteFault::BadRow => f.write_str("a row cannot be read"),
            RemoteFault::Throttled => f.write_str("there are too many requests"),
            RemoteFault::Unreachable => f.write_str("the service does not answer"),
            RemoteFault::TooLarge => f.write_str("a row would become too large"),
        }
    }
}

impl RemoteFault {
    /// Why it is refused, and what to do.
    fn told(&self) -> (&'static str, &'static str) {
        match self {
            RemoteFault::NoCredentials => (
                "Nobody may read or write the tables without",
                "Sign in, or name a profile of your AWS configuration that has credentials",
            ),
            RemoteFault::Expired => (
                "Temporary credentials end by themselves; nothing was written",
                "Sign in again and repeat it",
            ),
            RemoteFault::Denied(_) => (
                "The policy of these credentials does not allow it; nothing was written",
                "Ask for the permission on this table, or use credentials that have it",
            ),
            RemoteFault::WrongAccount => (
                "Another environment would be read and written",
                "Choose the profile of the account that the environment names",
            ),
            RemoteFault::UnknownAccount => (
                "Another environment could be read and written; nothing was",
                "Use an address that answers sts:GetCallerIdentity or is on this machine, or leave out the account",
            ),
            RemoteFault::NoTable => (
                "Stage, service or region lead to tables that do not exist",
                "Check stage, service and region of the environment, or make the tables with `store migrate`",
            ),
            RemoteFault::BadRow => (
                "Reading on without it could lose data; nothing was written",
                "Mend the row in the table, or delete it",
            ),
            RemoteFault::Throttled => (
                "The limits of the account or the table are reached",
                "Wait a little and try again; what was begun is finished then",
            ),
            RemoteFault::Unreachable => (
                "The network, the address or the service fails",
                "Check network, region and address, then try again; what was begun is finished then",
            ),
            RemoteFault::TooLarge => (
                "DynamoDB holds rows of up to 400 KB; nothing was written",
                "Make the text shorter, or split it over several rules",
            ),
        }
    }
}

/// Why nothing was changed, or nothing could be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The thing is not there.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// Sort of thing.
        kind: Kind,
        /// Identifier or name.
        id: Text,
    },
    /// Something else has the name, number or address already.
    #[error("{kind} {field} \"{value}\" is taken by {holder}")]
    Conflict {
        /// Sort of thing.
        kind: Kind,
        /// Member that must be unique.
        field: &'static str,
        /// Its value.
        value: Text,
        /// Name of what has it.
        holder: Text,
    },
    /// Values that are refused; places are member names.
    #[error("{kind} \"{name}\" is refused: {}", reasons(.problems))]
    Invalid {
        /// Sort of thing.
        kind: Kind,
        /// Its name.
        name: Text,
        /// Field (`place`), reason (`what`) and remedy (`fix`) of each.
        problems: Vec<Problem>,
    },
    /// Others still refer to it.
    #[error("{kind} \"{name}\" is in use by {}", listed(.by))]
    InUse {
        /// Sort of thing.
        kind: Kind,
        /// Its name.
        name: Text,
        /// Who refers to it.
        by: Vec<UsedBy>,
    },
    /// Somebody else changed the same rows.
    #[error("changed by somebody else: {}", stale(.0))]
    Stale(Vec<Stale>),
    /// The store as a whole changed since the change was planned; plan it again.
    #[error("the store changed while the change was planned")]
    Moved,
    /// The role does not allow it.
    #[error("{role} may not {operation}")]
    Forbidden {
        /// What was asked for.
        operation: Operation,
        /// Who asked.
        role: Role,
    },
    /// No key, an unknown key, or the key of a disabled user.
    #[error("the key is missing, unknown or disabled")]
    Unauthenticated,
    /// The key was right, but its last day is over.
    #[error("the key expired on {0}")]
    Expired(
        /// Its last day, `YYYY-MM-DD` in UTC.
        Text,
    ),
    /// Too many keys were refused.
    #[error("too many keys were refused; none is looked at before {0}")]
    Throttled(
        /// UTC, `YYYY-MM-DDTHH:mm:ssZ`.
        Text,
    ),
    /// There is nothing to undo or to redo.
    #[error("there is nothing to {0}")]
    NothingTo(&'static str),
    /// The file was written by a newer version of the program.
    #[error("the store{} has format {found}; this program knows formats up to {known}", named(.file))]
    Newer {
        /// The file.
        file: String,
        /// Format of the file.
        found: i64,
        /// Newest format known.
        known: i64,
    },
    /// Another program holds the store for longer than the waiting time.
    #[error("the store{} is locked by another program", named(.file))]
    Busy {
        /// The file.
        file: String,
    },
    /// The file or its place does not allow it.
    #[error("the store{} {fault} ({message})", named(.file))]
    Unusable {
        /// The file.
        file: String,
        /// What is wrong with it.
        fault: Fault,
        /// What the storage said.
        message: String,
    },
    /// Tables in the cloud do not allow it.
    #[error("{place}: {fault} ({message})")]
    Remote {
        /// Table, row or service.
        place: String,
        /// What is wrong.
        fault: RemoteFault,
        /// What the service said.
        message: String,
    },
    /// The file could not be read or written, or holds what the program never writes.
    #[error("{doing}: {message}")]
    Storage {
        /// What was tried.
        doing: &'static str,
        /// What the storage said.
        message: String,
    },
}

/// An error in four sentences for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub what: String,
    /// Where: the thing and its member.
    pub place: String,
    /// Why it matters or is so.
    pub why: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}. {}", self.place, self.what, self.why, self.fix)
    }
}

/// The file in a sentence; nothing for a store in memory.
fn named(file: &str) -> String {
    if file.is_empty() { String::new() } else { format!(" {file}") }
}

fn reasons(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.place, p.what)).collect::<Vec<_>>().join("; ")
}

fn listed(by: &[UsedBy]) -> String {
    by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn name_of(stale: &Stale) -> &Text {
    stale.theirs.as_ref().or(stale.mine.as_ref()).or(stale.base.as_ref()).map_or(&stale.key.id, Entity::name)
}

fn stale(rows: &[Stale]) -> String {
    rows.iter().map(|row| format!("{} \"{}\"", row.key.kind, name_of(row))).collect::<Vec<_>>().join(", ")
}

impl Error {
    /// A refusal of one field.
    pub fn invalid(kind: Kind, name: impl Into<Text>, field: &str, reason: &str, fix: &str) -> Self {
        Error::Invalid { kind, name: name.into(), problems: vec![Problem::error(field, reason, fix)] }
    }

    /// The same about that file, if it is about a file that is not named yet.
    #[must_use]
    pub fn in_file(mut self, name: &str) -> Self {
        if let Error::Newer { file, .. } | Error::Busy { file } | Error::Unusable { file, .. } = &mut self
            && file.is_empty()
        {
            name.clone_into(file);
        }
        self
    }

    /// What, where, why and what to do.
    pub fn explain(&self) -> Explanation {
        let (place, why, fix) = match self {
            Error::NotFound { kind, id } => (
                format!("{kind} {id}"),
                "It was deleted, or never existed".to_owned(),
                "Choose one that exists",
            ),
            Error::Conflict { kind, field, holder, .. } => (
                format!("{kind}, {field}"),
                format!("It must be unique, and {holder} has it"),
                "Choose another, or change the one that has it",
            ),
            Error::Invalid { kind, name, problems } => {
                let fixes: Vec<&str> = problems.iter().map(|p| p.fix.as_str()).collect();
                return Explanation {
                    what: reasons(problems),
                    place: format!("{kind} \"{name}\""),
                    why: "Calls would fail or behave otherwise than meant".to_owned(),
                    fix: fixes.join("; "),
                };
            }
            Error::InUse { kind, name, by } => (
                format!("{kind} \"{name}\""),
                format!("Without it {} would lead nowhere", if by.len() == 1 { "that" } else { "those" }),
                "Change or delete what uses it first",
            ),
            Error::Stale(rows) => {
                let fields: Vec<&str> =
                    rows.iter().flat_map(|row| &row.clashes).map(|clash| clash.field.as_str()).collect();
                let who = rows.iter().find_map(|row| row.stamp.as_ref());
                let when = who.map_or_else(
                    || "It was deleted".to_owned(),
                    |stamp| format!("{} changed it at {}", stamp.updated_by, stamp.updated_at),
                );
                let why = if fields.is_empty() { when } else { format!("{when}: {}", fields.join(", ")) };
                (stale(rows), why, "Compare both versions, then take theirs, take yours or edit")
            }
            Error::Moved => (
                "store".to_owned(),
                "Others write at the same time".to_owned(),
                "Try again; the change is planned anew",
            ),
            Error::Forbidden { operation, .. } => (
                operation.to_string(),
                format!("It takes the role {}", operation.least_role()),
                "Ask an administrator for the role, or to do it",
            ),
            Error::Unauthenticated => (
                "log in".to_owned(),
                "Only known, enabled users may work here".to_owned(),
                "Give the key of an enabled user; an administrator can issue a new one",
            ),
            Error::Expired(_) => (
                "log in".to_owned(),
                "Keys with a last day stop to work after it".to_owned(),
                "Ask an administrator for a new key, or for a later day",
            ),
            Error::Throttled(_) => (
                "log in".to_owned(),
                "Waiting keeps others from guessing keys".to_owned(),
                "Wait until then, and give the right key",
            ),
            Error::NothingTo(what) => (
                (*what).to_owned(),
                "Only your own changes since the last one are kept for it".to_owned(),
                "Nothing needs to be done",
            ),
            Error::Newer { file, .. } => (
                format!("store{}", named(file)),
                "Reading it with an older program could lose data".to_owned(),
                "Use the newer program, or restore a backup of the older format",
            ),
            Error::Busy { file } => (
                format!("store{}", named(file)),
                "Another program writes to it for longer than the waiting time".to_owned(),
                "Try again; end the other program if it hangs",
            ),
            Error::Unusable { file, fault, .. } => {
                let (why, fix) = fault.told();
                (format!("store{}", named(file)), why.to_owned(), fix)
            }
            Error::Remote { place, fault, message } => {
                let (why, fix) = fault.told();
                return Explanation {
                    what: format!("{fault} ({message})"),
                    place: place.clone(),
                    why: why.to_owned(),
                    fix: fix.to_owned(),
                };
            }
            Error::Storage { .. } => (
                "store file".to_owned(),
                "The file system or the file itself refused".to_owned(),
                "Check free space and rights; restore a backup if the file is damaged",
            ),
        };
        Explanation { what: self.to_string(), place, why, fix: fix.to_owned() }
    }
}
