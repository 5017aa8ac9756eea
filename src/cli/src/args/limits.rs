//! Arguments of `limits`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use connect_rules_limits::dial::Fault;

/// Arguments of `limits`.
#[derive(Args, Debug)]
pub struct LimitsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: LimitsAction,
}

/// The actions of `limits`.
#[derive(Debug, Subcommand)]
pub enum LimitsAction {
    /// Show how numbers stand; ends with 2 when a caller ID is blocked
    Status(Status),
    /// Show how numbers stand, again and again, until Ctrl-C
    Watch {
        /// Seconds between two looks, 0.5 to 3600 [default: `Limits refresh` of the screens, usually 2]
        #[arg(long, value_name = "SECONDS", value_parser = pause)]
        every: Option<f64>,
        /// Looks [default: until Ctrl-C]
        #[arg(long, value_name = "N")]
        times: Option<u32>,
        /// What.
        #[command(flatten)]
        status: Status,
    },
    /// List the contacts of a day that were blocked, and the tasks that tell agents of it
    Blocked(Blocked),
    /// Dial on a virtual clock, from a script or made up, and show what the limits make of it
    Dial(Box<Dial>),
    /// Release a number: its attempts are forgotten; for administrators
    Reset {
        /// The number
        number: String,
        /// It is a caller ID, not a customer number
        #[arg(long)]
        system: bool,
        /// Why, for the log
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Do not ask before it is lost
        #[arg(long, short)]
        yes: bool,
    },
}

/// What is shown.
#[derive(Args, Clone, Debug)]
pub struct Status {
    /// Only numbers that contain this
    #[arg(long, value_name = "TEXT")]
    pub number: Option<String>,
    /// Numbers whose window is over, too
    #[arg(long)]
    pub all: bool,
    /// Show whole numbers, not their last four digits only; for administrators and power users
    #[arg(long)]
    pub unmasked: bool,
}

/// Which contacts of which day.
#[derive(Args, Clone, Debug)]
pub struct Blocked {
    /// The day in UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub day: Option<String>,
    /// Only contacts from or to a number that contains this
    #[arg(long, value_name = "TEXT")]
    pub number: Option<String>,
    /// Show whole numbers, not their last four digits only; for administrators and power users
    #[arg(long)]
    pub unmasked: bool,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Judge {
    /// Windows end after a time without an attempt
    Idle,
    /// Windows end a time after their first attempt
    Fixed,
    /// As the original counts
    Legacy,
}

/// How the time line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with a summary
    Text,
    /// CSV, calls only
    Csv,
    /// One JSON object a call
    Jsonl,
}

/// Options of `limits dial`.
#[derive(Args, Clone, Debug)]
pub struct Dial {
    /// CSV with the columns `t_ms,agent,contact,customer,system,kind,expect,fault` [default: made-up calls]
    #[arg(value_name = "SCRIPT")]
    pub script: Option<PathBuf>,
    /// Limits in a file, as the setting `RateLimit` has them [default: those of the store]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Who judges [default: as the limits say]
    #[arg(long)]
    pub mode: Option<Judge>,
    /// Limit of customer numbers
    #[arg(long, value_name = "N")]
    pub customer_limit: Option<u32>,
    /// Limit of caller IDs
    #[arg(long, value_name = "N")]
    pub system_limit: Option<u32>,
    /// Length of a window in seconds
    #[arg(long, value_name = "SECONDS")]
    pub window: Option<u32>,
    /// Put this judge beside the first
    #[arg(long, value_name = "MODE", conflicts_with = "against_config")]
    pub against: Option<Judge>,
    /// Put the limits in this file beside the first
    #[arg(long, value_name = "FILE")]
    pub against_config: Option<PathBuf>,
    /// Agents
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Made-up calls")]
    pub agents: u32,
    /// Calls of each agent in a minute
    #[arg(long, value_name = "CALLS", default_value_t = 2.0, help_heading = "Made-up calls")]
    pub rate: f64,
    /// Calls come evenly, not by chance
    #[arg(long, help_heading = "Made-up calls")]
    pub even: bool,
    /// Customer numbers
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Made-up calls")]
    pub customers: u32,
    /// Caller IDs
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Made-up calls")]
    pub systems: u32,
    /// Share of calls to the number that the agent called last, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = share, help_heading = "Made-up calls")]
    pub repeats: f64,
    /// Share of calls that are callbacks, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, help_heading = "Made-up calls")]
    pub callbacks: f64,
    /// How long agents dial
    #[arg(long, value_name = "SECONDS", default_value_t = 300, help_heading = "Made-up calls")]
    pub seconds: u32,
    /// Chance follows from it: the same seed gives the same calls
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What goes wrong, and how likely: `store-down=0.1`; store-slow, conflict, crash-after-count,
    /// crash-before-finish, stop-fails, retry:1 to retry:3, skew:MS
    #[arg(long, value_name = "FAULT=SHARE", value_parser = fault)]
    pub fault: Vec<(Fault, f64)>,
    /// How the time line is written
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Write the attempts into the store of this machine, as if they ended now
    #[arg(long)]
    pub keep: bool,
}

fn pause(text: &str) -> Result<f64, String> {
    let pause = text.parse::<f64>().ok().filter(|it| (0.5..=3600.0).contains(it));
    pause.ok_or_else(|| "give a number of seconds from 0.5 to 3600, such as 2".to_owned())
}

fn day(text: &str) -> Result<String, String> {
    let day = text.parse::<jiff::civil::Date>().map_err(|_| "write the day as 2026-01-31")?;
    Ok(day.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "give a number from 0 to 1".to_owned())
}

fn fault(text: &str) -> Result<(Fault, f64), String> {
    let (name, chance) = text.split_once('=').unwrap_or((text, "1"));
    Ok((Fault::parse(name).ok_or_else(Fault::forms)?, share(chance)?))
}
