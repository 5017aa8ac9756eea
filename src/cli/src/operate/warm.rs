//! `warm`: which functions are kept warm, and calling them now.

use connect_rules_cloud::warm::{self, MOST, Warm};

use super::open;
use crate::args::Global;
use crate::args::operate::WarmCommand;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{self, Purpose};

/// Runs the command.
///
/// # Errors
/// A number cannot be read, or the store refuses it.
pub fn run(command: &WarmCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        WarmCommand::List => {
            let session = session::open(global, Purpose::Read)?;
            let all = warm::listed(&*session.now()?);
            if global.json {
                return super::json(&all);
            }
            if all.is_empty() {
                return output::text("nothing is kept warm; `connect-rules warm set evaluator=2` does\n");
            }
            let row = |it: &Warm| vec![it.name.clone(), it.count.to_string()];
            output::table(&["FUNCTION", "AT ONCE"], &all.iter().map(row).collect::<Vec<_>>())
        }
        WarmCommand::Run => {
            let opened = open(global, Purpose::Read)?;
            let all = warm::listed(&opened.now);
            let done = opened.session.block_on(warm::run(&opened.cloud, &all));
            let is_failed = done.iter().any(|it| !it.errors.is_empty());
            if global.json {
                super::json(&done)?;
            } else if done.is_empty() {
                output::text("nothing is kept warm\n")?;
            } else {
                let row = |it: &warm::Warmed| {
                    let numbers =
                        [it.called.to_string(), it.cold.to_string(), format!("{} ms", it.slowest_ms)];
                    [it.name.clone()].into_iter().chain(numbers).chain([it.errors.join("; ")]).collect()
                };
                let rows: Vec<Vec<String>> = done.iter().map(row).collect();
                output::table(&["FUNCTION", "CALLED", "COLD", "SLOWEST", ""], &rows)?;
            }
            Ok(if is_failed { Exit::Failed } else { Exit::Success })
        }
        WarmCommand::Set { functions, write } => {
            let session = session::open(global, Purpose::from(*write))?;
            let before = warm::listed(&*session.now()?);
            let mut all = Vec::new();
            for (name, count) in functions {
                let number = count.parse::<usize>().ok().filter(|it| (1..=MOST).contains(it));
                let Some(count) = number else {
                    let fix = format!("write a number from 1 to {MOST}, such as {name}=2");
                    return Err(Failure::usage(format!("{name}={count} cannot be"), fix));
                };
                let arn = before.iter().find(|it| it.name == *name).and_then(|it| it.arn.clone());
                all.push(Warm { name: name.clone(), count, arn });
            }
            session.change(&warm::set(&all), *write, false)
        }
    }
}
