//! Headless twins of the screens: `simulate`, `test`, `record`, `coverage`, `graph`, `lint`, `export`, `flows` and the
//! generated reference (`spec/testing.md` section 5).
//!
//! Each command reads its arguments from [`args`], a workspace through `load`, writes its result to
//! standard output and everything else to standard error, and ends with a status of [`exit::Exit`].

pub mod any_limits;
pub mod any_store;
pub mod args;
mod clock;
pub mod cloud;
mod coverage;
mod demo;
mod docs;
mod environments;
pub mod exit;
mod explore;
mod flows;
mod instance;
mod limits;
mod lint;
mod load;
mod man;
mod model;
mod model_commands;
pub mod open;
mod record;
mod say;
pub mod simulate;
pub mod site;
mod synthesise;
pub mod terminal;
mod test;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::Parser as _;
use clap::error::ErrorKind;
use connect_rules_engine::help::{self, Page};

use args::{Cli, Command, DemoAction, DemoArgs, TestAction};
use exit::{Exit, Failure};

/// Reads the arguments of the program. Help, version and mistakes are printed here.
///
/// # Errors
/// The status to end with when there is nothing to run.
pub fn parse<I, T>(arguments: I) -> Result<Cli, Exit>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    Cli::try_parse_from(arguments).map_err(|error| {
        // A closed pipe is no reason to complain about.
        let _ = error.print();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
            _ => Exit::Usage,
        }
    })
}

/// Runs a command and answers the status of the process. Failures are printed here.
///
/// Without a command `screens` is run on what [`terminal::open`] opened, if there is a terminal to run on.
/// `pages` are those of help, for `docs`.
pub fn run(
    cli: &Cli,
    screens: impl FnOnce(terminal::Place) -> io::Result<()>,
    pages: impl FnOnce() -> &'static [Page],
) -> Exit {
    let done = match &cli.command {
        Some(Command::Docs(args)) if !cli.global.names_place() => docs::run(args, pages(), &cli.global),
        Some(command) => dispatch(cli, command),
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => terminal::open(&cli.global)
            .and_then(|place| screens(place).map_err(|error| Failure::writing("the terminal", &error)))
            .map(|()| Exit::Success),
        None => {
            use clap::CommandFactory as _;
            let _ = Cli::command().print_help();
            return Exit::Usage;
        }
    };
    done.unwrap_or_else(|failure| {
        say::failure(&failure, cli.global.json);
        failure.exit
    })
}

fn dispatch(cli: &Cli, command: &Command) -> Result<Exit, Failure> {
    let global = &cli.global;
    if global.names_place()
        && matches!(
            command,
            Command::Demo(DemoArgs { action: None })
                | Command::RuleTypes { .. }
                | Command::Docs(_)
                | Command::Completions(_)
                | Command::Man(_)
                | Command::Coverage(_)
                | Command::Flows(_)
        )
    {
        return Err(Failure::usage("this command does not work on a store", "leave --store and --env out"));
    }
    match command {
        Command::Simulate(args) => simulate::run(args, global, io::stdin().lock(), io::stdout().lock()),
        Command::Test(args) => match &args.action {
            None => test::run(&args.run, global),
            Some(TestAction::Run(args)) => test::run(args, global),
            Some(TestAction::Stored(command)) => model_commands::tests::run(command, global),
        },
        Command::Record(args) => record::run(args, global),
        Command::Demo(DemoArgs { action: None }) => demo::run(global),
        Command::Demo(DemoArgs { action: Some(DemoAction::Reset(write)) }) => {
            model_commands::exchange::reset(*write, global)
        }
        Command::Explore(args) => explore::run(args, global),
        Command::Coverage(args) => coverage::run(&args.action, global),
        Command::Lint(args) => lint::run(args, global),
        Command::Graph(args) => model::graph(args, global),
        Command::Export(args) => model::export(args, global),
        Command::Flows(args) => flows::run(&args.action, global),
        Command::Limits(args) => limits::run(&args.action, global),
        Command::RuleTypes { name } => model::rule_types(name.as_deref()),
        // Those of the program are known to `run` only.
        Command::Docs(args) => docs::run(args, &help::pages(), global),
        Command::Completions(args) => model::completions(args),
        Command::Man(args) => man::run(args),
        Command::Env(command) => environments::run(command, global),
        Command::Store(command) => model_commands::run(command, global),
    }
}
