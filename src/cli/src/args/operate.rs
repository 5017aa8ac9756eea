//! Arguments of the commands that look after an environment: health, repair, the cache, keeping warm, practice.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use connect_rules_cloud::emulator::FaultKind;
use connect_rules_cloud::gateway::Section;
use connect_rules_cloud::health::Group;

use super::store::Write;

/// What health looks at, by the word for it.
fn group() -> impl TypedValueParser<Value = Group> {
    let named = |word: String| Group::ALL.into_iter().find(|it| it.key() == word);
    PossibleValuesParser::new(Group::ALL.map(Group::key))
        .try_map(move |word| named(word).ok_or("there is no such group"))
}

/// What of an environment is looked at.
#[derive(Args, Clone, Debug, Default)]
pub struct Looked {
    /// Look for drafts of flows that were saved and not published, too: one more call for each flow
    #[arg(long)]
    pub drafts: bool,
    /// Only this [default: everything]
    #[arg(long, value_parser = group(), value_name = "GROUP")]
    pub only: Vec<Group>,
    /// A setting of the flows, such as voiceId=Olivia or interruptSeconds=30
    #[arg(long, value_name = "KEY=VALUE", value_parser = super::pair)]
    pub setting: Vec<(String, String)>,
}

/// Arguments of `health`.
#[derive(Args, Clone, Debug)]
pub struct HealthArgs {
    /// Show only what is not as it should be
    #[arg(long)]
    pub problems: bool,
    /// What is looked at.
    #[command(flatten)]
    pub looked: Looked,
}

/// Arguments of `repair`.
#[derive(Args, Clone, Debug)]
pub struct RepairArgs {
    /// Take over flows of the product's names that this product did not make; what is in them is saved first
    #[arg(long)]
    pub adopt: bool,
    /// Save what is overwritten in this folder [default: backups/flows beside the store]
    #[arg(long, value_name = "DIR")]
    pub backups: Option<PathBuf>,
    /// What is looked at.
    #[command(flatten)]
    pub looked: Looked,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// A section of the cache.
fn section(text: &str) -> Result<Section, String> {
    let known: Vec<&str> = Section::ALL.iter().map(|it| it.key()).collect();
    Section::parse(text).ok_or_else(|| format!("there is no section {text}: use {}", known.join(", ")))
}

/// Actions on the cache.
#[derive(Clone, Debug, Subcommand)]
pub enum CacheCommand {
    /// How old it is, section by section
    Status,
    /// Read the instance and take over what is new, changed or gone
    Refresh {
        /// Only this section, such as queues or contactFlows [default: all]
        #[arg(long, value_name = "SECTION", value_parser = section)]
        section: Vec<Section>,
        /// Show what would change and change nothing
        #[arg(long)]
        plan: bool,
    },
}

/// Actions on keeping warm.
#[derive(Clone, Debug, Subcommand)]
pub enum WarmCommand {
    /// Which functions are kept warm, and how many at once
    List,
    /// Call them now
    Run,
    /// Say which are kept warm; none without any
    Set {
        /// Function and how many at once, such as evaluator=2
        #[arg(value_name = "NAME=COUNT", value_parser = super::pair)]
        functions: Vec<(String, String)>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

fn fault(text: &str) -> Result<FaultKind, String> {
    let known: Vec<&str> = FaultKind::ALL.iter().map(|it| it.0).collect();
    let found = FaultKind::ALL.iter().find(|it| it.0 == text).map(|it| it.1);
    found.ok_or_else(|| format!("there is no fault {text}: use {}", known.join(", ")))
}

/// Actions on the cloud of this machine: what goes wrong on purpose.
#[derive(Clone, Debug, Subcommand)]
pub enum PracticeCommand {
    /// What can be made to go wrong
    List,
    /// Make something go wrong, such as `change-message Main` or `break-function evaluator`
    Do {
        /// What
        practice: String,
        /// What it is done to
        #[arg(default_value = "")]
        target: String,
    },
    /// Make calls fail from now on
    Fail {
        /// throttle, error, deny, cut-before or cut-after
        #[arg(value_parser = fault)]
        kind: FaultKind,
        /// Only this call, such as connect:DescribeContactFlow
        #[arg(long, value_name = "CALL")]
        call: Option<String>,
        /// Only about this, such as the name of a flow
        #[arg(long, value_name = "NAME")]
        about: Option<String>,
        /// After so many that go right
        #[arg(long, default_value_t = 0, value_name = "N")]
        after: u32,
        /// So often; what is throttled or meets an error is tried 8 times
        #[arg(long, default_value_t = 1, value_name = "N")]
        times: u32,
    },
    /// Let no more calls fail
    Heal,
}
