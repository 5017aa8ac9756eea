//! The program: arguments in, a command run, a status out. Nothing else.

use std::process::ExitCode;

use connect_rules_cli::exit::Exit;

fn main() -> ExitCode {
    let cli = match connect_rules_cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    // The message of a panic is printed by the runtime; the status has to say whose mistake it was.
    std::panic::catch_unwind(|| connect_rules_cli::run(&cli)).unwrap_or(Exit::Internal).into()
}
