//! Arguments of the commands that change the model in a store (`spec/admin.md` 20).

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::connect_data::ConnectDataCommand;
use super::operate::{CacheCommand, HealthArgs, PracticeCommand, RepairArgs, WarmCommand};
use super::people::{LoginArgs, UsersCommand};
use super::rules::{RuleCommand, RuleSetCommand, WeightCommand};
use super::tables::TablesCommand;

/// Commands on a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Rule sets of a store
    #[command(subcommand)]
    Ruleset(RuleSetCommand),
    /// Rules of a rule set
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Weights of a rule
    #[command(subcommand)]
    Weight(WeightCommand),
    /// End points: names that telephone numbers lead to
    #[command(subcommand)]
    Endpoint(EndPointCommand),
    /// Holidays of the call centre
    #[command(subcommand)]
    Holiday(HolidayCommand),
    /// Folders of rule sets and of tests
    #[command(subcommand)]
    Folder(FolderCommand),
    /// Who may use a store
    #[command(subcommand)]
    Users(UsersCommand),
    /// Work as the user of an API key from now on
    Login(LoginArgs),
    /// Forget the API key of the store
    Logout,
    /// Who works here, and with which role
    Whoami,
    /// Who changed what, newest first; others than administrators see their own changes
    Audit(AuditArgs),
    /// Take rule sets, tests or settings from a file, or rule sets from a folder tree; a backup is written first
    Import(ImportArgs),
    /// Write a backup beside the store, list backups, or delete old ones; for administrators
    Backup(BackupArgs),
    /// Bring back a backup; what is stored now is saved first
    Restore(RestoreArgs),
    /// Copy between this store and the tables of an environment, or prepare the tables
    #[command(subcommand)]
    Store(TablesCommand),
    /// Take back your latest change
    Undo(Write),
    /// Make again what you took back last
    Redo(Write),
    /// Everything that uses a rule set, end point, queue, function, bot, contact flow or prompt
    WhereUsed(WhereUsedArgs),
    /// The Connect instance: queues, hours, prompts, flows, functions, bots, numbers, routing profiles
    #[command(subcommand)]
    ConnectData(ConnectDataCommand),
    /// Whether an environment is as it should be: flows, functions, permissions, tables, numbers, rules
    Health(HealthArgs),
    /// Make it so: a plan that is shown first, then step by step
    Repair(RepairArgs),
    /// What the store knows of the instance: how old it is, and reading it anew
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Functions that are called now and then so that they answer fast
    #[command(subcommand)]
    Warm(WarmCommand),
    /// Make things go wrong on purpose, on the cloud of this machine
    #[command(subcommand)]
    Practice(PracticeCommand),
}

/// How a change is made.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Writing")]
pub struct Write {
    /// Show what would change and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Do not ask before something is lost
    #[arg(long, short)]
    pub yes: bool,
}

/// Things that are changed together.
#[derive(Args, Clone, Debug)]
pub struct Several {
    /// Names or identifiers
    #[arg(required = true)]
    pub names: Vec<String>,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// Things that move to a folder.
#[derive(Args, Clone, Debug)]
pub struct Moved {
    /// Which.
    #[command(flatten)]
    pub which: Several,
    /// Where to
    #[arg(long, value_name = "FOLDER")]
    pub to: String,
}

/// A thing that gets another name.
#[derive(Args, Clone, Debug)]
pub struct Renamed {
    /// Name or identifier
    pub name: String,
    /// Its new name
    pub to: String,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// What becomes of what is stored and not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportMode {
    /// It is deleted: the store holds what the file holds
    Full,
    /// It stays; what is in both is replaced
    Merge,
    /// It stays, and so does what is in both
    Add,
}

/// Arguments of `import`.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// Export of rule sets, tests or settings, or a folder tree of rule sets
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// What becomes of what is stored and not in the file
    #[arg(long, value_enum, default_value = "full")]
    pub mode: ImportMode,
    /// Take tests that are not marked as ready for production, too
    #[arg(long)]
    pub include_not_ready: bool,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// Arguments of `backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// What to do instead of writing one.
    #[command(subcommand)]
    pub action: Option<BackupCommand>,
}

/// What `backup` can do besides writing one.
#[derive(Clone, Debug, Subcommand)]
pub enum BackupCommand {
    /// List those there are, newest first
    List,
    /// Delete those that are older than so many days, the latest never
    Prune {
        /// Days [default: those of `backup keep`]
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Say how many days backups are kept [at first: 30]
    Keep {
        /// Days
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        days: u32,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

/// Arguments of `restore`.
#[derive(Args, Clone, Debug)]
pub struct RestoreArgs {
    /// The backup, as `backup list` names it
    pub backup: String,
    /// Folder to look in, in place of `backups` beside the store
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// A folder to list.
#[derive(Args, Clone, Debug, Default)]
pub struct InFolder {
    /// Only this folder
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// With --folder: and those below
    #[arg(long, requires = "folder")]
    pub recursive: bool,
}

/// Actions on end points.
#[derive(Debug, Subcommand)]
pub enum EndPointCommand {
    /// List all
    List,
    /// Show one
    Show {
        /// Name or identifier
        name: String,
    },
    /// Create one
    Create {
        /// Name
        name: Option<String>,
        /// Its values.
        #[command(flatten)]
        values: EndPointValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change description, numbers or the enabled mark; what is not given stays
    Edit {
        /// Name or identifier
        name: String,
        /// Its values.
        #[command(flatten)]
        values: EndPointValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Rename one; rule sets and tests follow
    Rename(Renamed),
    /// Make one lead to a rule set and to no other one; without a rule set it leads nowhere
    Assign {
        /// Name or identifier
        name: String,
        /// Name or identifier of the rule set
        rule_set: Option<String>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Delete some that no rule set and no test names
    Delete(Several),
}

/// Values of an end point.
#[derive(Args, Clone, Debug, Default)]
pub struct EndPointValues {
    /// Document (JSON) to start from; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Free text
    #[arg(long)]
    pub description: Option<String>,
    /// Telephone number, such as +61390000000; all that are given replace those that are stored
    #[arg(long, value_name = "NUMBER")]
    pub number: Vec<String>,
    /// Take all telephone numbers away
    #[arg(long, conflicts_with = "number")]
    pub no_numbers: bool,
    /// Whether its numbers are routed
    #[arg(long, value_name = "true|false")]
    pub enabled: Option<bool>,
}

/// Actions on holidays.
#[derive(Debug, Subcommand)]
pub enum HolidayCommand {
    /// List all by date
    List,
    /// Add one
    Add {
        /// Its values.
        #[command(flatten)]
        values: HolidayValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one; what is not given stays
    Edit {
        /// Date (YYYYMMDD), name or identifier
        holiday: String,
        /// Its values.
        #[command(flatten)]
        values: HolidayValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Delete some, by date (YYYYMMDD), name or identifier
    Delete(Several),
}

/// Values of a holiday.
#[derive(Args, Clone, Debug, Default)]
pub struct HolidayValues {
    /// Document (JSON) to start from; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Day in the call centre's zone
    #[arg(long, value_name = "YYYYMMDD")]
    pub when: Option<String>,
    /// Name of the day
    #[arg(long)]
    pub name: Option<String>,
    /// Free text
    #[arg(long)]
    pub description: Option<String>,
    /// Whether the call centre is closed; shown only
    #[arg(long, value_name = "true|false")]
    pub closed: Option<bool>,
}

/// Actions on the recorded tests of a store. Where a name is wanted, a folder and a name (/Folder/Name) will do.
#[derive(Debug, Subcommand)]
pub enum StoredTestCommand {
    /// List those of a store, or of a folder of it
    List(InFolder),
    /// Show one
    Show {
        /// Name, folder and name (/Folder/Name), or identifier
        name: String,
    },
    /// Create one
    Create {
        /// Name
        name: Option<String>,
        /// Its values.
        #[command(flatten)]
        values: TestValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one; what is not given stays
    Edit {
        /// Name, folder and name, or identifier
        name: String,
        /// Its values.
        #[command(flatten)]
        values: TestValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Rename one
    Rename(Renamed),
    /// Clone one in its folder
    Clone(Renamed),
    /// Move some to a folder
    Move(Moved),
    /// Copy some to a folder
    Copy {
        /// Which and where to.
        #[command(flatten)]
        which: Moved,
        /// What to do where the folder has a test of that name
        #[arg(long, default_value = "refuse")]
        same_name: SameName,
    },
    /// Write some, a folder or all to a file that `import` reads
    Export {
        /// Names, folders and names, or identifiers [default: all, or those of --folder]
        #[arg(conflicts_with = "folder")]
        names: Vec<String>,
        /// Of which folder.
        #[command(flatten)]
        folder: InFolder,
        /// Write to this file instead of standard output; a name in .rescript takes one test as text
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete some; the history of their runs stays
    Delete(Several),
}

/// What a copy does where the name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SameName {
    /// Copy nothing at all.
    Refuse,
    /// Leave that test out.
    Skip,
    /// Write over the test that is there.
    Replace,
    /// Number the copy.
    Rename,
}

/// Values of a recorded test.
#[derive(Args, Clone, Debug, Default)]
pub struct TestValues {
    /// Document (JSON) to start from; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Folder, such as /Billing/Night
    #[arg(long)]
    pub folder: Option<String>,
    /// Name of the end point that is called
    #[arg(long, value_name = "NAME")]
    pub end_point: Option<String>,
    /// Number of the caller, or anonymous
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// Start of the call, UTC
    #[arg(long, value_name = "YYYY-MM-DDTHH:mm:ssZ")]
    pub date_time: Option<String>,
    /// Script text; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub payload: Option<PathBuf>,
    /// External case number
    #[arg(long)]
    pub reference: Option<String>,
    /// Free text
    #[arg(long)]
    pub description: Option<String>,
    /// Whether it is ready for production
    #[arg(long, value_name = "true|false")]
    pub ready: Option<bool>,
    /// Contact attributes at the start
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::pair)]
    pub attribute: Vec<(String, String)>,
}

/// Actions on folders.
#[derive(Debug, Subcommand)]
pub enum FolderCommand {
    /// Rename or move a folder with everything in it and below it
    Rename {
        /// Its path now
        from: String,
        /// Its path then
        to: String,
        /// The folder of tests, not that of rule sets
        #[arg(long)]
        tests: bool,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

/// Arguments of `audit`.
#[derive(Args, Clone, Copy, Debug)]
pub struct AuditArgs {
    /// How many entries at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub most: usize,
}

/// Arguments of `where-used`.
#[derive(Args, Clone, Debug)]
pub struct WhereUsedArgs {
    /// The name
    pub name: String,
    /// What has the name [default: anything]
    #[arg(long, value_enum)]
    pub kind: Option<UsedKind>,
}

/// Sorts of things that are used by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UsedKind {
    Ruleset,
    Endpoint,
    Queue,
    Function,
    Bot,
    Flow,
    Prompt,
}
