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

    use super::*;

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
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(text.contains(&option.replace('-', "\\-")), "{name} lacks --{option}");
            }
            assert!(names.insert(name.clone()), "{name} twice");
        }
        for name in ["connect-rules.1", "connect-rules-simulate.1", "connect-rules-ruleset-create.1"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
    }
}
