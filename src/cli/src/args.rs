//! Every command and option, declared once; help, completions and the reference come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::dates;
use connect_rules_engine::problem::Severity;

/// Rule-driven IVR for Amazon Connect.
#[derive(Debug, Parser)]
#[command(name = "connect-rules", version, about, propagate_version = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Machine-readable output: problems, and results of commands that have a JSON form
    #[arg(long, global = true)]
    pub json: bool,
    /// No notices, warnings or progress on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Answer as the original does, or with its mistakes mended [default: the workspace's own setting, else
    /// corrected]
    #[arg(long, global = true, value_name = "SETTING", value_parser = ["original", "corrected"])]
    compat: Option<String>,
}

impl Global {
    /// The setting given with `--compat`.
    pub fn compat(&self) -> Option<Compat> {
        self.compat.as_deref().and_then(Compat::parse)
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Talk to simulated contacts: JSON Lines in, one reply per line out
    Simulate(SimulateArgs),
    /// Find what would fail, surprise or never happen in rule sets
    Lint(LintArgs),
    /// Show how end points, rule sets and queues are connected
    Graph(GraphArgs),
    /// Write rule sets as JSON or as a table of all parameters
    Export(ExportArgs),
    /// Print the reference of rule types and their parameters (Markdown)
    RuleTypes,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Where the workspace comes from. Without any of these it is the built-in demo.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Workspace")]
pub struct WorkspaceArgs {
    /// Folder with rulesets.json, connect.json, lex.json, functions.json and tests/, or one file with the
    /// keys ruleSets, connect, lex, functions, tests
    #[arg(long, short, value_name = "DIR|FILE")]
    pub workspace: Option<PathBuf>,
    /// Rule-set export, in place of that of the workspace
    #[arg(long, value_name = "FILE")]
    pub rulesets: Option<PathBuf>,
    /// What the Connect instance holds, in place of that of the workspace
    #[arg(long, value_name = "FILE")]
    pub connect: Option<PathBuf>,
    /// Offline bots, in place of those of the workspace
    #[arg(long, value_name = "FILE")]
    pub lex: Option<PathBuf>,
    /// Offline functions, in place of those of the workspace
    #[arg(long, value_name = "FILE")]
    pub functions: Option<PathBuf>,
    /// Add every queue, flow, function, bot and prompt that rules mention but the instance lacks
    #[arg(long)]
    pub synthesise: bool,
}

/// How contacts run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub struct RunArgs {
    /// Start of each contact's clock: its own date and time, the real clock, or a fixed instant
    #[arg(long, value_name = "interaction|system|ISO", default_value = "interaction", value_parser = now)]
    pub now: Now,
    /// Seed of all chance: contact ids, distributions, random template helper
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// A bot that is not declared is an error, not a fallback
    #[arg(long)]
    pub strict_mocks: bool,
    /// Steps after which a test is stopped
    #[arg(long, value_name = "STEPS", default_value_t = 1000)]
    pub max_steps: u32,
    /// Seconds after which a step of a test is too slow
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub step_timeout: f64,
    /// Seconds after which a test is stopped
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub test_timeout: f64,
}

/// Start of a contact's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// The contact's own date and time.
    Interaction,
    /// The real clock.
    System,
    /// Milliseconds since the epoch.
    At(i64),
}

fn now(text: &str) -> Result<Now, String> {
    match text {
        "interaction" => Ok(Now::Interaction),
        "system" => Ok(Now::System),
        _ => dates::parse(text)
            .map(Now::At)
            .ok_or_else(|| "give interaction, system or an instant such as 2023-06-14T22:15:00Z".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.strip_suffix('s').unwrap_or(text).parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("give a number of seconds above 0".to_owned()),
    }
}

/// Arguments of `simulate`.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// How contacts run.
    #[command(flatten)]
    pub run: RunArgs,
    /// State in replies: state and changes, only changes, or neither
    #[arg(long, value_name = "WHAT", default_value = "full")]
    pub state: StateDetail,
    /// Add the rules that were tested, with their weights
    #[arg(long)]
    pub trace: bool,
    /// Add the coverage items that the step hit
    #[arg(long)]
    pub branches: bool,
}

/// How much of the state replies show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StateDetail {
    /// The whole state, and what changed.
    Full,
    /// Only what changed.
    Changes,
    /// Nothing.
    None,
}

/// Arguments of `lint`.
#[derive(Args, Debug)]
pub struct LintArgs {
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Form of the report [default: text, json with --json]
    #[arg(long)]
    pub format: Option<LintFormat>,
    /// Leave out findings below this
    #[arg(long, default_value = "note")]
    pub min_severity: SeverityArg,
    /// End with status 1 when there is a finding of this severity or above
    #[arg(long, default_value = "error")]
    pub fail_on: FailOn,
}

/// Form of a lint report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// One line per finding.
    Text,
    /// An array.
    Json,
    /// SARIF 2.1.0, for code review tools.
    Sarif,
}

/// A severity by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeverityArg {
    /// Everything.
    Note,
    /// Warnings and errors.
    Warning,
    /// Errors only.
    Error,
}

impl From<SeverityArg> for Severity {
    fn from(given: SeverityArg) -> Self {
        match given {
            SeverityArg::Note => Severity::Note,
            SeverityArg::Warning => Severity::Warning,
            SeverityArg::Error => Severity::Error,
        }
    }
}

/// Which findings fail a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Nothing.
    Never,
}

/// Arguments of `graph`.
#[derive(Args, Debug)]
pub struct GraphArgs {
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Form of the graph [default: text, json with --json]; `original` is the document of the original's screen
    #[arg(long)]
    pub format: Option<GraphFormat>,
    /// Only the surroundings of this rule set, end point or queue
    #[arg(long, value_name = "NAME")]
    pub focus: Option<String>,
    /// How many links around the focus
    #[arg(long, value_name = "LINKS", default_value_t = 1, requires = "focus")]
    pub depth: u32,
    /// Only paths that start here
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Only paths that end here
    #[arg(long, value_name = "NAME")]
    pub to: Option<String>,
    /// Only rule sets of this folder and below, with what they touch
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// Only links of these kinds
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kinds: Vec<String>,
}

/// Form of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For reading.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
    /// For programs.
    Json,
    /// The document of the original's screen.
    Original,
}

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// What to write
    #[arg(value_enum)]
    pub form: ExportForm,
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// Only rule sets of this folder and below
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// Table only: add priority, activation, enabled and weights
    #[arg(long)]
    pub wide: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// The export that the original imports.
    Json,
    /// A table of all parameters.
    Csv,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
