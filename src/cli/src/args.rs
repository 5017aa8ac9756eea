//! Every command and option, declared once; help, completions and the reference come from here.

pub mod cloud;
pub mod connect_data;
pub mod environments;
pub mod explore;
pub mod export;
pub mod flows;
pub mod people;
pub mod rules;
pub mod store;
pub mod tables;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::coverage::{KINDS, Kind};
use connect_rules_engine::dates;
use connect_rules_engine::problem::Severity;
use connect_rules_engine::report::Threshold;

/// Rule-driven IVR for Amazon Connect.
#[derive(Debug, Parser)]
#[command(name = "connect-rules", version, propagate_version = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The heading of options of every command, so that they stand apart from those of one.
const EVERY: &str = "Every command";

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Machine-readable output: problems, and results of commands that have a JSON form
    #[arg(long, global = true, help_heading = EVERY)]
    pub json: bool,
    /// No notices, warnings or progress on standard error
    #[arg(long, short, global = true, help_heading = EVERY)]
    pub quiet: bool,
    /// Work on the store in this file [default: store.sqlite in the data folder of the program, which the
    /// screens open; commands that run or show rules use --workspace first, and the demo where there is no store]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERY)]
    pub store: Option<PathBuf>,
    /// Work on this environment; `none` is the store of this machine [default: the one of `env use`; --store
    /// wins over both]
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERY)]
    pub env: Option<String>,
    /// Let a new store start empty, not with the demo
    #[arg(long, global = true, help_heading = EVERY)]
    pub empty: bool,
    /// Answer as the original does, or with its mistakes mended [default: the workspace's own setting, else
    /// corrected]
    #[arg(
        long,
        global = true,
        value_name = "SETTING",
        value_parser = ["original", "corrected"],
        help_heading = EVERY
    )]
    compat: Option<String>,
}

impl Global {
    /// Whether a place that holds rules is named.
    pub fn names_place(&self) -> bool {
        self.store.is_some() || self.env.is_some()
    }

    /// The setting given with `--compat`.
    pub fn compat(&self) -> Option<Compat> {
        self.compat.as_deref().and_then(Compat::parse)
    }
}

/// How a simulated call looks.
const CALL: &str = r#"A call, line by line:
  {"eventType":"NEW_INTERACTION","endPoint":"Main line","customerPhoneNumber":"+61400000000"}
  {"eventType":"NEXT_RULE"}
  {"eventType":"INPUT","input":"1"}"#;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Talk to simulated contacts: JSON Lines in, one reply per line out
    #[command(after_help = CALL)]
    Simulate(SimulateArgs),
    /// Replay recorded tests and measure what they cover, or work on those of a store
    Test(Box<TestCommand>),
    /// Record tests again: play their inputs and write down what is heard now
    Record(RecordArgs),
    /// Search for tests of what no test covers; they are shown, written to a file, or added to a store
    Explore(Box<explore::ExploreArgs>),
    /// Put coverage of several runs together, or show it
    Coverage(CoverageArgs),
    /// Find what would fail, surprise or never happen in rule sets
    Lint(LintArgs),
    /// Show how end points, rule sets and queues are connected
    Graph(GraphArgs),
    /// Write rule sets as JSON or as a table of all parameters; of a store also a folder tree, tests, settings
    Export(export::ExportArgs),
    /// Check and render the contact flows that lead live contacts
    Flows(flows::FlowsArgs),
    /// Play one call of the built-in demo and replay its recorded tests
    Demo(DemoArgs),
    /// Print the reference of rule types and their parameters (Markdown)
    RuleTypes {
        /// Only this type
        #[arg(value_name = "TYPE")]
        name: Option<String>,
    },
    /// Print a page of help, search all pages, or list them (Markdown)
    Docs(DocsArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page of a command, or write all pages into a folder
    Man(ManArgs),
    /// Environments: the places that hold rules, one file each
    #[command(subcommand)]
    Env(environments::EnvCommand),
    /// Commands on the cloud of an environment.
    #[command(flatten)]
    Cloud(cloud::CloudCommand),
    /// Commands on a store.
    #[command(flatten)]
    Store(store::StoreCommand),
}

/// Where the workspace comes from. Without any of these it is the store that the screens open, else the built-in demo.
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

impl WorkspaceArgs {
    /// Whether a file or folder is named.
    pub fn is_given(&self) -> bool {
        [&self.workspace, &self.rulesets, &self.connect, &self.lex, &self.functions]
            .into_iter()
            .any(Option::is_some)
    }
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

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("give NAME=VALUE".to_owned()),
    }
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

/// Which tests a command works on.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Tests")]
pub struct SelectArgs {
    /// Exports, test documents, lists, scripts (.rescript) or folders of them [default: the workspace's tests]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only tests of this folder
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// With --folder: and of the folders below
    #[arg(long, requires = "folder")]
    pub recursive: bool,
    /// Only tests whose name matches (* and ?)
    #[arg(long, value_name = "GLOB")]
    pub name: Option<String>,
    /// Only tests whose reference matches (* and ?)
    #[arg(long, value_name = "GLOB")]
    pub reference: Option<String>,
    /// Only tests that are marked as ready for production
    #[arg(long)]
    pub production_only: bool,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct TestCommand {
    /// What to do.
    #[command(subcommand)]
    pub action: Option<TestAction>,
    /// Replaying them, without an action.
    #[command(flatten)]
    pub run: TestArgs,
}

/// The actions of `test`.
#[allow(clippy::large_enum_variant, reason = "one is read once")]
#[derive(Debug, Subcommand)]
pub enum TestAction {
    /// Replay recorded tests and measure what they cover
    Run(Box<TestArgs>),
    /// Work on those of a store.
    #[command(flatten)]
    Stored(store::StoredTestCommand),
}

/// How recorded tests are replayed.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct TestArgs {
    /// Which tests.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Tests in parallel; results do not depend on it [default: the processors, at most 10]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Only every N-th test of the selection, from the I-th on
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = shard)]
    pub shard: Shard,
    /// Start no more tests after the first that fails; one test at a time
    #[arg(long)]
    pub fail_fast: bool,
    /// Tests with warnings fail the run (status 2)
    #[arg(long)]
    pub fail_on_warning: bool,
    /// Selecting no test is a success
    #[arg(long)]
    pub allow_empty: bool,
    /// Write a report: text, junit, json, html or coverage; `-` is standard output
    #[arg(long, value_name = "KIND=FILE", value_parser = report)]
    pub report: Vec<(ReportKind, String)>,
    /// Coverage of an earlier run, added before thresholds are looked at
    #[arg(long, value_name = "FILE")]
    pub coverage_in: Vec<PathBuf>,
    /// Least percent covered: all, or ruleSet, rule, activation, weight, branch, reference
    #[arg(long, value_name = "KIND=PERCENT", value_parser = threshold)]
    pub min_coverage: Vec<Threshold>,
    /// Leave real times out of reports, so that equal runs give equal bytes
    #[arg(long)]
    pub stable: bool,
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// How contacts run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Arguments of `demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// What to do instead of playing it.
    #[command(subcommand)]
    pub action: Option<DemoAction>,
}

/// What `demo` can do besides playing.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum DemoAction {
    /// Make the store hold the demo and nothing else
    Reset(store::Write),
}

/// Arguments of `record`.
#[derive(Args, Clone, Debug)]
pub struct RecordArgs {
    /// Which tests.
    #[command(flatten)]
    pub select: SelectArgs,
    /// File to write the recorded tests to, as an export; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub output: String,
    /// Where the workspace comes from.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// How contacts run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Which part of the tests a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match parsed {
        Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
        _ => Err("give I/N with I from 1 to N, such as 2/5".to_owned()),
    }
}

/// A report of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the kinds are those of spec/testing.md 5.8")]
pub enum ReportKind {
    Text,
    Junit,
    Json,
    Html,
    Coverage,
}

fn report(text: &str) -> Result<(ReportKind, String), String> {
    let (kind, file) = text.split_once('=').unwrap_or((text, ""));
    let kind = match kind {
        "text" => ReportKind::Text,
        "junit" => ReportKind::Junit,
        "json" => ReportKind::Json,
        "html" => ReportKind::Html,
        "coverage" => ReportKind::Coverage,
        _ => return Err("there are text, junit, json, html and coverage".to_owned()),
    };
    if file.is_empty() {
        return Err("say where to: KIND=FILE, or KIND=- for standard output".to_owned());
    }
    Ok((kind, file.to_owned()))
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let (kind, percent) = text.split_once('=').ok_or("give KIND=PERCENT, such as rule=80")?;
    let kind = match kind {
        "all" => None,
        name => Some(Kind::parse(name).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(_, name)| *name).collect();
            format!("there are all, {}", names.join(", "))
        })?),
    };
    match percent.trim_end_matches('%').parse() {
        Ok(percent @ 0..=100) => Ok(Threshold { kind, percent }),
        _ => Err("give a whole percentage from 0 to 100".to_owned()),
    }
}

/// Arguments of `coverage`.
#[derive(Args, Debug)]
pub struct CoverageArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: CoverageAction,
}

/// The actions of `coverage`.
#[derive(Debug, Subcommand)]
pub enum CoverageAction {
    /// Add up the coverage of several runs
    Merge {
        /// Coverage reports
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where the sum goes; `-` is standard output
        #[arg(long, short, value_name = "FILE")]
        output: String,
        /// What there is to cover [default: what the first report lists].
        #[command(flatten)]
        workspace: WorkspaceArgs,
    },
    /// Show a coverage report
    Show {
        /// The report
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// List what no test reached, and why
        #[arg(long)]
        unreached: bool,
        /// Least percent covered: all, or ruleSet, rule, activation, weight, branch, reference
        #[arg(long, value_name = "KIND=PERCENT", value_parser = threshold)]
        min_coverage: Vec<Threshold>,
    },
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

/// Arguments of `docs`.
#[derive(Args, Clone, Debug)]
pub struct DocsArgs {
    /// The page: its name or title, such as Queue, notcontains or `screen/Rules` [default: a list of all]
    #[arg(value_name = "PAGE", conflicts_with = "search")]
    pub page: Option<String>,
    /// Print the pages that hold these words, the best first, with the line that matches
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command, such as `ruleset create` [default: the program]
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}
