//! Arguments of `users` and `login`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::store::Write;

/// Actions on users; for administrators.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// List all
    List,
    /// Add one and show the key, which is shown this once only
    Add {
        /// E-mail address
        email: String,
        /// First name
        #[arg(long, value_name = "NAME")]
        first: String,
        /// Last name
        #[arg(long, value_name = "NAME")]
        last: String,
        /// `ADMINISTRATOR`, `POWER_USER` or `TESTER`
        #[arg(long)]
        role: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one; what is not given stays
    Edit {
        /// E-mail address or identifier
        user: String,
        /// New e-mail address
        #[arg(long)]
        email: Option<String>,
        /// First name
        #[arg(long, value_name = "NAME")]
        first: Option<String>,
        /// Last name
        #[arg(long, value_name = "NAME")]
        last: Option<String>,
        /// `ADMINISTRATOR`, `POWER_USER` or `TESTER`
        #[arg(long)]
        role: Option<String>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Accept the key of a user
    Enable {
        /// E-mail address or identifier
        user: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Refuse the key of a user
    Disable {
        /// E-mail address or identifier
        user: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Remove a user
    Remove {
        /// E-mail address or identifier
        user: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Give a user a new key and show it; the old one no longer works
    ResetKey {
        /// E-mail address or identifier
        user: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Let nobody work here without a key, or let the operating-system user again
    RequireLogin {
        /// Whether a key is needed
        #[arg(value_name = "true|false", action = clap::ArgAction::Set)]
        required: bool,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

/// Arguments of `login`.
#[derive(Args, Clone, Debug)]
pub struct LoginArgs {
    /// File with the key; `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub key_file: PathBuf,
}
