//! Arguments of the commands that deploy and look after an environment (`spec/admin.md` 18, 20).

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::store::Write;

/// Commands on the cloud of an environment.
#[derive(Debug, Subcommand)]
pub enum CloudCommand {
    /// Make the environment, or bring it up to date: tables, functions, schedules, bucket, alarms
    Deploy(DeployArgs),
    /// Take the environment away; tables and backups are kept unless --with-data is given
    Destroy(DestroyArgs),
    /// Write the first rows: an administrator with a key, the time zone, what is kept warm; what is there stays
    Bootstrap(BootstrapArgs),
    /// Find out what is in the way of deploying and repairing, and what to do about it; everything is only read
    Doctor {
        /// Where the local build lies.
        #[command(flatten)]
        programs: Programs,
    },
    /// Deployed functions: state, figures, calls, logs, code and versions
    #[command(subcommand)]
    Functions(FunctionsCommand),
    /// Lex bots, built from files
    #[command(subcommand)]
    Bots(BotsCommand),
}

/// The local build.
#[derive(Args, Clone, Debug)]
pub struct Programs {
    /// Folder with the programs of the functions, as `cargo build --release -p connect-rules-lambdas` leaves them
    #[arg(long, value_name = "DIR", default_value = "target/release")]
    pub programs: PathBuf,
}

/// Agreeing beforehand.
#[derive(Args, Clone, Debug, Default)]
pub struct Confirm {
    /// Name of the environment, where nobody can be asked to type it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
}

/// Arguments of `deploy`.
#[derive(Args, Clone, Debug)]
pub struct DeployArgs {
    /// Show what would change and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Only the code of this function
    #[arg(long, value_name = "FUNCTION")]
    pub only: Option<String>,
    /// Do not ask; in production the name of the environment is needed all the same
    #[arg(long, short)]
    pub yes: bool,
    /// Agreeing beforehand.
    #[command(flatten)]
    pub confirm: Confirm,
    /// A parameter of the template, such as WarmSchedule=ENABLED; it stays until another is given
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::pair)]
    pub set: Vec<(String, String)>,
    /// Where the local build lies.
    #[command(flatten)]
    pub programs: Programs,
}

/// Arguments of `destroy`.
#[derive(Args, Clone, Debug)]
pub struct DestroyArgs {
    /// Show what would be taken away and take nothing away
    #[arg(long)]
    pub plan: bool,
    /// The tables and backups that were made with the environment go too, with everything in them
    #[arg(long)]
    pub with_data: bool,
    /// Agreeing beforehand.
    #[command(flatten)]
    pub confirm: Confirm,
}

/// Arguments of `bootstrap`.
#[derive(Args, Clone, Debug)]
pub struct BootstrapArgs {
    /// Address of the first administrator, whose key is shown once [default: nobody is made]
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// First name of the administrator
    #[arg(long, value_name = "NAME", default_value = "First", requires = "email")]
    pub first: String,
    /// Last name of the administrator
    #[arg(long, value_name = "NAME", default_value = "Administrator", requires = "email")]
    pub last: String,
    /// Time zone of the call centre [default: that of the environment's file]
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// A function to keep warm, and how many of it
    #[arg(long, value_name = "FUNCTION=COUNT", value_parser = super::pair)]
    pub warm: Vec<(String, String)>,
    /// Write the rows anew and give the administrator a new key
    #[arg(long)]
    pub force: bool,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// What `functions` does.
#[derive(Clone, Debug, Subcommand)]
pub enum FunctionsCommand {
    /// List them: state, live version, figures, and whether the code is that of the local build
    List {
        /// Figures of so many hours
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=336))]
        hours: u32,
        /// Where the local build lies.
        #[command(flatten)]
        programs: Programs,
    },
    /// Show one with its versions and who may call it
    Show {
        /// Its name, with or without stage and service
        name: String,
    },
    /// Call one and print its answer
    Invoke {
        /// Its name
        name: String,
        /// What it is sent: JSON, or `-` for standard input
        #[arg(default_value = "{}")]
        payload: String,
        /// Version or alias
        #[arg(long, default_value = "live")]
        qualifier: String,
    },
    /// Print its log
    Logs {
        /// Its name
        name: String,
        /// Go on as lines are written, until Ctrl-C
        #[arg(long, short)]
        follow: bool,
        /// Begin so many minutes ago
        #[arg(long, value_name = "MINUTES", default_value_t = 15)]
        since: u32,
    },
    /// Send the code of the local build and make it live
    Deploy {
        /// Its name
        name: String,
        /// Publish the version and leave the live one as it is
        #[arg(long)]
        no_promote: bool,
        /// Agreeing beforehand.
        #[command(flatten)]
        confirm: Confirm,
        /// Where the local build lies.
        #[command(flatten)]
        programs: Programs,
    },
    /// Make a version live
    Promote {
        /// Its name
        name: String,
        /// The version [default: the newest]
        #[arg(id = "published", value_name = "VERSION")]
        version: Option<String>,
        /// Agreeing beforehand.
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Make the version live that was published before the one that is
    Rollback {
        /// Its name
        name: String,
        /// Agreeing beforehand.
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// Which bots.
#[derive(Args, Clone, Debug)]
pub struct WhichBots {
    /// Names without stage and service [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Folder with files of bots [default: those that the program carries]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// What `bots` does.
#[derive(Clone, Debug, Subcommand)]
pub enum BotsCommand {
    /// List those of the environment and of the files
    List(WhichBots),
    /// Build those whose files have changed, try their tests, make them live and known to the instance
    Build {
        /// Which.
        #[command(flatten)]
        which: WhichBots,
        /// Build those that have not changed, too
        #[arg(long)]
        force: bool,
        /// Agreeing beforehand.
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Say to the live bots what the tests of their files say
    Test(WhichBots),
    /// Delete bots with everything in them
    Delete {
        /// Names without stage and service
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Do not ask; in production the name of the environment is needed all the same
        #[arg(long, short)]
        yes: bool,
        /// Agreeing beforehand.
        #[command(flatten)]
        confirm: Confirm,
    },
}
