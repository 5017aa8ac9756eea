//! Arguments of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::WorkspaceArgs;

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// What to write
    #[arg(value_enum, default_value = "json")]
    pub form: ExportForm,
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Only rule sets, or tests, of this folder and below
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// Table only: add priority, activation, enabled and weights
    #[arg(long)]
    pub wide: bool,
    /// Write to this file instead of standard output; of a tree the folder
    #[arg(long, short, value_name = "FILE|DIR")]
    pub output: Option<PathBuf>,
    /// Tree only: do not ask before files of rule sets that are gone are deleted
    #[arg(long, short)]
    pub yes: bool,
}

/// Form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// The export that the original imports.
    Json,
    /// A table of all parameters.
    Csv,
    /// Of a store: as json, and where and when it was made.
    Envelope,
    /// Of a store: a folder tree with a file for each rule set, for version control.
    Tree,
    /// Of a store: its recorded tests.
    Tests,
    /// Of a store: end points, holidays, Connect data, and users without keys.
    Settings,
}
