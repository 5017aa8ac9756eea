//! Arguments of `connect-data`: what a store knows of the Connect instance.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use connect_rules_cloud::Sort;

use super::store::Write;

/// Sorts of things of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ThingKind {
    Hours,
    Queue,
    Profile,
    Flow,
    Prompt,
    Number,
    Function,
    Bot,
}

impl From<ThingKind> for Sort {
    fn from(kind: ThingKind) -> Self {
        match kind {
            ThingKind::Hours => Sort::Hours,
            ThingKind::Queue => Sort::Queue,
            ThingKind::Profile => Sort::RoutingProfile,
            ThingKind::Flow => Sort::ContactFlow,
            ThingKind::Prompt => Sort::Prompt,
            ThingKind::Number => Sort::PhoneNumber,
            ThingKind::Function => Sort::Function,
            ThingKind::Bot => Sort::Bot,
        }
    }
}

/// Actions on what the store knows of the instance.
#[derive(Debug, Subcommand)]
pub enum ConnectDataCommand {
    /// How many things of each kind there are, or all of one kind
    List {
        /// Kind of things
        #[arg(value_enum)]
        kind: Option<ThingKind>,
    },
    /// The fields of a kind of thing: what `--set` takes
    Fields {
        /// Kind of thing
        #[arg(value_enum)]
        kind: ThingKind,
    },
    /// Show one
    Show {
        /// Kind of thing
        #[arg(value_enum)]
        kind: ThingKind,
        /// Name or identifier
        name: String,
    },
    /// Add one; identifier and ARN are made
    Add {
        /// Kind of thing
        #[arg(value_enum)]
        kind: ThingKind,
        /// Name; of numbers the number
        name: Option<String>,
        /// Its values.
        #[command(flatten)]
        values: ThingValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one; what is not given stays
    Edit {
        /// Kind of thing
        #[arg(value_enum)]
        kind: ThingKind,
        /// Name or identifier
        name: String,
        /// Its values.
        #[command(flatten)]
        values: ThingValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Remove some that nothing names
    Remove {
        /// Kind of things
        #[arg(value_enum)]
        kind: ThingKind,
        /// Names or identifiers
        #[arg(required = true)]
        names: Vec<String>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// The week of some operating hours, and whether they are open
    Hours {
        /// Name or identifier
        name: String,
        /// At this instant, in place of now
        #[arg(long, value_name = "YYYY-MM-DDTHH:mm:ssZ")]
        at: Option<jiff::Timestamp>,
    },
    /// Take a description of an instance from a file; each list in it replaces the one that is stored
    Import {
        /// `connect.json`, or a dump of the original's config table; `-` is standard input
        file: PathBuf,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Write all of it as `connect.json`
    Export {
        /// File to write [default: standard output]
        file: Option<PathBuf>,
    },
    /// Set a row of the original's config table, such as `CallCentreTimeZone` or one of your own
    Set {
        /// Its key
        key: String,
        /// Its value: a text, or JSON that is a list or an object
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        value: Option<String>,
        /// Read the value from a file; `-` is standard input
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Delete a row of the config table; rules and the program no longer find it
    Unset {
        /// Its key
        key: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

/// Values of a thing of the instance.
#[derive(Args, Clone, Debug, Default)]
pub struct ThingValues {
    /// Document (JSON) to start from; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// A field as Connect names it, such as HoursOfOperationId=Weekdays, Config='MON-FRI 09:00-17:30, SAT
    /// 10:00-14:00', Queues='Sales:VOICE:1:0, Care'; an empty value removes it
    #[arg(long, value_name = "FIELD=VALUE", value_parser = super::pair)]
    pub set: Vec<(String, String)>,
}
