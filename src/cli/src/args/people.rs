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
        /// Last day (UTC) that the key works, or `never`
        #[arg(long, value_name = "YYYY-MM-DD", default_value = "never", value_parser = expiry)]
        expires: Expiry,
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
        /// Last day (UTC) that the key works, or `never`
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = expiry)]
        expires: Option<Expiry>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Accept the key of a user
    Enable(OneUser),
    /// Refuse the key of a user
    Disable(OneUser),
    /// Remove a user
    Remove(OneUser),
    /// Give a user a new key and show it; the old one no longer works
    ResetKey {
        /// Who.
        #[command(flatten)]
        which: OneUser,
        /// Last day (UTC) that the new key works, or `never`
        #[arg(long, value_name = "YYYY-MM-DD", default_value = "never", value_parser = expiry)]
        expires: Expiry,
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

/// A user.
#[derive(Args, Clone, Debug)]
pub struct OneUser {
    /// E-mail address or identifier
    pub user: String,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// Last day that a key works; none for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry(pub Option<String>);

fn expiry(text: &str) -> Result<Expiry, String> {
    match text {
        "never" => Ok(Expiry(None)),
        _ if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() => {
            Ok(Expiry(Some(text.to_owned())))
        }
        _ => Err("give a day such as 2030-12-31, or never".to_owned()),
    }
}

/// Arguments of `login`.
#[derive(Args, Clone, Debug)]
pub struct LoginArgs {
    /// File with the key; `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub key_file: PathBuf,
}
