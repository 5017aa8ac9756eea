//! Arguments of `explore`.

use std::path::PathBuf;

use clap::Args;
use connect_rules_engine::dates;

use super::store::Write;
use super::{SelectArgs, WorkspaceArgs};

/// Arguments of `explore`.
#[derive(Args, Clone, Debug)]
pub struct ExploreArgs {
    /// Tests that there are, in files [default: those of the workspace]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder of the tests that are found
    #[arg(long, value_name = "FOLDER", default_value = "/Found")]
    pub folder: String,
    /// When the calls begin, UTC; hours and days after it are tried, too [default: the beginning of this day]
    #[arg(long, value_name = "ISO", value_parser = instant)]
    pub date_time: Option<i64>,
    /// At most so many tests
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    pub most: usize,
    /// Write them to this file, as an export that `import` reads
    #[arg(long, short, value_name = "FILE", conflicts_with = "add")]
    pub output: Option<PathBuf>,
    /// Add them to the store, in one change
    #[arg(long)]
    pub add: bool,
    /// How they are added.
    #[command(flatten)]
    pub write: Write,
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
}

impl ExploreArgs {
    /// The tests that there are.
    pub fn select(&self) -> SelectArgs {
        SelectArgs { paths: self.paths.clone(), ..SelectArgs::default() }
    }
}

fn instant(text: &str) -> Result<i64, String> {
    dates::parse(text).ok_or_else(|| "give an instant such as 2023-06-14T22:15:00Z".to_owned())
}
