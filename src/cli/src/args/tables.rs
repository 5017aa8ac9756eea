//! Arguments of `store`: the tables of an environment (`spec/admin.md` 20).

use clap::{Args, Subcommand};

use super::store::Write;

/// What `store` does.
#[derive(Clone, Debug, Subcommand)]
pub enum TablesCommand {
    /// Make the tables hold what this store holds: rule sets, tests and settings
    Push(TablesArgs),
    /// Make this store hold what the tables hold: rule sets, tests and settings
    Pull(TablesArgs),
    /// Make the tables that are missing, give the original's rows versions, finish what was begun
    Migrate(TablesArgs),
}

/// Which tables, and how they are reached: those of --env or of the environment in use, or as options say.
#[derive(Args, Clone, Debug)]
pub struct TablesArgs {
    /// Stage; with it the tables are those of the options, whatever environment is in use [default: dev]
    #[arg(long, value_name = "STAGE", conflicts_with = "env")]
    pub stage: Option<String>,
    /// Service; tables are named STAGE-SERVICE-… [default: rules-engine]
    #[arg(long, value_name = "SERVICE", conflicts_with = "env")]
    pub service: Option<String>,
    /// Region [default: that of the AWS configuration]
    #[arg(long, value_name = "REGION", conflicts_with = "env")]
    pub region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "PROFILE", conflicts_with = "env")]
    pub profile: Option<String>,
    /// Account that the tables must belong to
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "env")]
    pub account: Option<String>,
    /// Address of the service, for a server of your own
    #[arg(long, value_name = "URL", conflicts_with = "env")]
    pub endpoint: Option<String>,
    /// Keep hashes of API keys only; nobody can log in to the original then
    #[arg(long, conflicts_with = "env")]
    pub no_clear_api_keys: bool,
    /// How.
    #[command(flatten)]
    pub write: Write,
}
