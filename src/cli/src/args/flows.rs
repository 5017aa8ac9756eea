//! Arguments of `flows`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::operate::Looked;

/// Arguments of `flows`.
#[derive(Args, Debug)]
pub struct FlowsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: FlowsAction,
}

/// The actions of `flows`.
#[derive(Debug, Subcommand)]
pub enum FlowsAction {
    /// Check flow files: what Amazon Connect would refuse, what would fail or never happen
    Check {
        /// Flow files [default: the flows that the program carries]
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Write flows as an instance gets them, with its identifiers and settings in place of placeholders
    Render {
        /// Names of flows [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// What the instance holds, as `connect-data export` writes it; an object `settings` may be in it [default:
        /// what the store of --env, of the environment in use or of --store knows of the instance]
        #[arg(long, value_name = "FILE")]
        instance: Option<PathBuf>,
        /// A setting of the flows, such as voiceId=Olivia or interruptSeconds=30
        #[arg(long, value_name = "KEY=VALUE", value_parser = super::pair)]
        setting: Vec<(String, String)>,
        /// Write one file for each flow into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// What differs between the flows of the product and those of the instance, action by action
    Diff {
        /// Names of flows [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// What is looked at.
        #[command(flatten)]
        looked: Looked,
    },
    /// Bring flows home that were edited in the console, with placeholders in place of what belongs to the instance
    Extract {
        /// Names of flows [default: those of the product]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Write one file for each flow into this folder [default: one flow to standard output]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// What is looked at.
        #[command(flatten)]
        looked: Looked,
    },
}
