//! `man`: manual pages, made from the declarations of the commands.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::exit::{Exit, Failure};
use crate::model;

/// The program with every command below it, named as their pages are.
fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// Every command that people see, the program first.
fn commands(program: &Command) -> Vec<&Command> {
    let mut all = vec![program];
    let mut at = 0;
    while let Some(command) = all.get(at).copied() {
        all.extend(command.get_subcommands().filter(|it| !it.is_hide_set()));
        at += 1;
    }
    all
}

/// Name of the file of a page, and the page.
fn page(command: &Command) -> Result<(String, Vec<u8>), Failure> {
    let man = Man::new(command.clone());
    let name = man.get_filename();
    let mut text = Vec::new();
    man.render(&mut text).map_err(|error| Failure::writing(&name, &error))?;
    Ok((name, text))
}

/// Runs `man`: one page on standard output, or all into a folder.
///
/// # Errors
/// There is no such command, or a page cannot be written.
pub fn run(args: &ManArgs) -> Result<Exit, Failure> {
    let program = program();
    if let Some(folder) = &args.dir {
        return write_all(&program, folder);
    }
    let mut command = &program;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let fix = if known.is_empty() {
                "leave it out".to_owned()
            } else {
                format!("use {}", known.join(", "))
            };
            Failure::usage(format!("there is no command `{name}`"), fix)
        })?;
    }
    model::print_exactly(&String::from_utf8_lossy(&page(command)?.1), None)
}

fn write_all(program: &Command, folder: &Path) -> Result<Exit, Failure> {
    let failed = |path: &Path, error| Failure::writing(&path.display().to_string(), &error);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for command in commands(program) {
        let (name, text) = page(command)?;
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use clap::Arg;

    use super::*;

    /// All commands and options as a Markdown document.
    fn markdown(program: &Command) -> String {
        let mut out = String::from(
            "# Commands\n\nGenerated from the declarations of the commands. Options of the program work with every command.\n",
        );
        for command in commands(program) {
            let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
            let level = name.split(' ').count().min(2) + 1;
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let usage = command.clone().render_usage().to_string();
            let usage: Vec<String> = usage
                .trim_start_matches("Usage: ")
                .lines()
                .map(|line| format!("`{}`", line.trim()))
                .collect();
            let usage = usage.join(" or\n");
            let _ = write!(out, "\n{} {name}\n\n{about}.\n\n{usage}\n", "#".repeat(level));
            let is_root = !name.contains(' ');
            let told: Vec<&Arg> = command
                .get_arguments()
                .filter(|it| is_root || !it.is_global_set())
                .filter(|it| !it.is_hide_set() && !["help", "version"].contains(&it.get_id().as_str()))
                .collect();
            if !told.is_empty() {
                out.push_str("\n| Option | What for |\n| --- | --- |\n");
            }
            for argument in told {
                let _ = writeln!(out, "| {} | {} |", spelling(argument), meaning(argument));
            }
        }
        out
    }

    /// `-o`, `--output FILE`, or the name of what has no option.
    fn spelling(argument: &Arg) -> String {
        let takes = argument.get_action().takes_values();
        let values = argument.get_value_names().unwrap_or_default().join(" ");
        let values = if takes { values.replace('|', "\\|") } else { String::new() };
        let long = argument.get_long().map(|long| format!("`{}`", format!("--{long} {values}").trim_end()));
        let short = argument.get_short().map(|short| format!("`-{short}`"));
        match (short, long) {
            (None, None) => format!("`{values}`"),
            (short, long) => [short, long].into_iter().flatten().collect::<Vec<_>>().join(", "),
        }
    }

    fn meaning(argument: &Arg) -> String {
        let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
        if argument.get_action().takes_values() {
            let values = argument.get_possible_values();
            let values: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
            if !values.is_empty() && values != ["true", "false"] {
                let _ = write!(text, " (one of {})", values.join(", "));
            }
            if let Some(default) = argument.get_default_values().first() {
                let _ = write!(text, " [default: {}]", default.to_string_lossy());
            }
        }
        text.replace('|', "\\|")
    }

    /// `docs/commands.md` says what the declarations say; `UPDATE_DOCS=1` writes it.
    #[test]
    fn the_page_of_commands_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
        let text = markdown(&program());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == text, "docs/commands.md is out of date: run this test with UPDATE_DOCS=1");
    }

    #[test]
    fn every_command_has_a_page_of_its_own_that_says_what_it_is_for() {
        let program = program();
        let mut names = BTreeSet::new();
        for command in commands(&program) {
            let (name, text) = page(command).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{name}");
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty(), "{name} says nothing");
            for option in command.get_arguments().filter_map(Arg::get_long) {
                assert!(text.contains(&option.replace('-', "\\-")), "{name} lacks --{option}");
            }
            assert!(names.insert(name.clone()), "{name} twice");
        }
        for name in ["connect-rules.1", "connect-rules-simulate.1", "connect-rules-ruleset-create.1"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
    }
}
