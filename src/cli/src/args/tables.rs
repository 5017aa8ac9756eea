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

/// Which tables, and how they are reached.
#[derive(Args, Clone, Debug)]
pub struct TablesArgs {
    /// Stage of the environment
    #[arg(long, value_name = "STAGE", default_value = "dev")]
    pub stage: String,
    /// Service of the environment; tables are named STAGE-SERVICE-…
    #[arg(long, value_name = "SERVICE", default_value = "rules-engine")]
    pub service: String,
    /// Region [default: that of the AWS configuration]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Account that the tables must belong to
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Address of the service, for a server of your own
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Keep hashes of API keys only; nobody can log in to the original then
    #[arg(long)]
    pub no_clear_api_keys: bool,
    /// How.
    #[command(flatten)]
    pub write: Write,
}
