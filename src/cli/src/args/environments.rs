//! Arguments of `env`: the places that hold rules (`spec/admin.md` 18.1, 20).

use clap::Subcommand;

/// What `env` does.
#[derive(Clone, Debug, Subcommand)]
pub enum EnvCommand {
    /// Write the file of a new environment, in `env` of the working folder if there is one, else in that of the
    /// person; at a terminal what is missing is asked for
    New {
        /// Its name, and its stage unless that is set
        name: String,
        /// A setting, as `env fields` lists them
        #[arg(long, value_name = "NAME=VALUE", value_parser = super::pair)]
        set: Vec<(String, String)>,
    },
    /// List all; the one in use is marked
    List,
    /// Work on that environment from now on, or on the store of this machine (none); without a name say which it is
    Use {
        /// Its name
        #[arg(value_name = "NAME|none")]
        name: Option<String>,
    },
    /// Check the file, then whether its tables can be reached, are all there, and belong to its account
    Check {
        /// Its name [default: that of --env, else the one in use]
        name: Option<String>,
        /// Check the file only
        #[arg(long)]
        offline: bool,
    },
    /// List the settings of an environment
    Fields {
        /// Print an example file
        #[arg(long)]
        example: bool,
    },
}
