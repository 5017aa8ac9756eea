//! `limits dial`: calls on a virtual clock.

use std::fmt::Write as _;
use std::path::Path;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::problem::Problem;
use connect_rules_limits::config::Mode;
use connect_rules_limits::dial::line::COLUMNS;
use connect_rules_limits::dial::simulator::run_on;
use connect_rules_limits::dial::{Chances, Dial as Call, Line, Load, Rules, Summary, compare, run, script};
use connect_rules_limits::legacy::Limits;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Config, Reason, StopStatus};
use serde_json::json;

use super::Open;
use crate::any_limits::AnyLimits;
use crate::args::Global;
use crate::args::limits::{Dial, Format, Judge};
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::output;
use crate::model_commands::session::failed;

/// When a run begins that is not kept: the clock shows only differences.
const START: i64 = 1_767_225_600_000;

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))
}

fn in_file(problems: Vec<Problem>, path: &Path) -> Failure {
    Failure::data(problems.into_iter().map(|it| it.in_file(&path.display().to_string())).collect())
}

fn limits_in(path: &Path, compat: Compat) -> Result<Config, Failure> {
    Config::read(&read(path)?, compat).map_err(|problems| in_file(problems, path))
}

fn rules(mut config: Config, judge: Option<Judge>) -> Rules {
    match judge {
        Some(Judge::Legacy) => {
            let (customer, system) = (config.customer_limit.to_string(), config.system_limit.to_string());
            return Rules::Legacy(Limits::read(&customer, &system));
        }
        Some(Judge::Idle) => config.mode = Mode::Idle,
        Some(Judge::Fixed) => config.mode = Mode::Fixed,
        None => {}
    }
    Rules::New(Box::new(config))
}

fn calls(options: &Dial) -> Result<Vec<Call>, Failure> {
    if let Some(path) = &options.script {
        return script::read(&read(path)?).map_err(|problems| in_file(problems, path));
    }
    let load = Load {
        agents: options.agents,
        per_minute: options.rate,
        poisson: !options.even,
        customers: options.customers,
        systems: options.systems,
        repeats: options.repeats,
        callbacks: options.callbacks,
        seconds: options.seconds,
        seed: options.seed,
    };
    Ok(load.calls())
}

/// Runs the command.
pub(super) fn run_command(options: &Dial, open: &Open<'_>) -> Result<Exit, Failure> {
    let global = open.session.global;
    let compat = open.config.compat;
    let mut config = match &options.config {
        None => open.config.clone(),
        Some(path) => limits_in(path, compat)?,
    };
    config.customer_limit = options.customer_limit.unwrap_or(config.customer_limit);
    config.system_limit = options.system_limit.unwrap_or(config.system_limit);
    config.window_seconds = options.window.unwrap_or(config.window_seconds);
    let wrong: Vec<Problem> = config
        .problems(false)
        .into_iter()
        .filter(|it| it.severity == connect_rules_engine::problem::Severity::Error)
        .collect();
    if !wrong.is_empty() {
        return Err(Failure { exit: Exit::Usage, problems: wrong, why: None });
    }
    let second = match (&options.against_config, options.against) {
        (Some(path), _) => Some(rules(limits_in(path, compat)?, None)),
        (None, Some(judge)) => Some(rules(config.clone(), Some(judge))),
        (None, None) => None,
    };
    let first = rules(config, options.mode);
    let (calls, chances) = (calls(options)?, Chances(options.fault.clone()));
    let lines = open.session.block_on(async {
        if !options.keep {
            return Ok(run(&calls, &first, &chances, START, options.seed).await);
        }
        let (AnyLimits::Sqlite(rows), Rules::New(_)) = (&open.rows, &first) else {
            let what = "attempts are kept in the store of this machine only, and not those of the original";
            return Err(Failure::usage(what, "leave --keep out, or --env and --mode legacy"));
        };
        if let Some(why) = open.session.site.barred() {
            return Err(failed(&why));
        }
        let start = Real.now() - calls.last().map_or(0, |it| it.t_ms);
        // Another run has other contacts.
        Ok(run_on(rows, &calls, &first, &chances, start, options.seed ^ start.unsigned_abs()).await)
    })?;
    if let Some(second) = second {
        let other = open.session.block_on(run(&calls, &second, &chances, START, options.seed));
        return beside(&first, &lines, &second, &other, options.format, global);
    }
    let summary = Summary::of(&lines);
    match options.format {
        Format::Csv => csv(&lines)?,
        Format::Jsonl => json_lines(&lines)?,
        Format::Text if global.json => {
            let out = json!({ "rules": first.title(), "lines": lines, "summary": summary });
            print_exactly(&format!("{out}\n"), None)?;
        }
        Format::Text => {
            output::text(&format!("{}\n\n", first.title()))?;
            time_line(&lines)?;
            output::text(&format!("\n{}", shown(&summary)))?;
        }
    }
    Ok(if summary.failed > 0 { Exit::Failed } else { Exit::Success })
}

/// Opens the place and runs the command.
pub(super) fn run_here(options: &Dial, global: &Global) -> Result<Exit, Failure> {
    run_command(options, &Open::new(global)?)
}

fn csv(lines: &[Line]) -> Result<(), Failure> {
    let mut out = COLUMNS.join(",") + "\n";
    for line in lines {
        out += &line.cells().join(",");
        out.push('\n');
    }
    print_exactly(&out, None).map(|_| ())
}

fn json_lines(lines: &[Line]) -> Result<(), Failure> {
    let mut out = String::new();
    for line in lines {
        out += &serde_json::to_string(line).unwrap_or_default();
        out.push('\n');
    }
    print_exactly(&out, None).map(|_| ())
}

fn attempt(attempt: Option<u32>, limit: &str) -> String {
    attempt.map_or_else(|| "–".to_owned(), |attempt| format!("{attempt}/{limit}"))
}

fn verdict(line: &Line) -> String {
    let word = match (line.allowed, line.reason) {
        (true, Reason::None) => "allowed".to_owned(),
        (true, reason) => format!("allowed ({})", reason.name()),
        (false, reason) => format!("BLOCKED {}", reason.name()),
    };
    if line.stop == StopStatus::Failed { word + ", not stopped" } else { word }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms.rem_euclid(1000))
}

fn time_line(lines: &[Line]) -> Result<(), Failure> {
    let row = |line: &Line| {
        let passed = match (line.passed, line.expect) {
            (Some(false), Some(expect)) => format!("FAILED: {} was expected", expect.name()),
            _ => String::new(),
        };
        let notes: Vec<&str> = line.notes.iter().map(String::as_str).chain(line.task).collect();
        vec![
            seconds(line.t_ms),
            line.agent.to_string(),
            line.customer.to_string(),
            attempt(line.customer_attempt, &line.customer_limit),
            line.system.to_string(),
            attempt(line.system_attempt, &line.system_limit),
            verdict(line),
            line.retry_after.map_or_else(String::new, |it| format!("{it} s")),
            [notes.join("; "), passed].join(" ").trim().to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    let heads = ["SECONDS", "AGENT", "CUSTOMER", "USED", "CALLER ID", "USED", "VERDICT", "RETRY", "NOTES"];
    output::table(&heads, &rows).map(|_| ())
}

fn shown(it: &Summary) -> String {
    let mut out = format!(
        "{} calls: {} allowed ({} not limited), {} errors, {} not stopped\n",
        it.attempts, it.allowed, it.exempt, it.errors, it.stop_failures
    );
    for (reason, count) in &it.blocked {
        let _ = writeln!(out, "blocked, {reason}: {count}");
    }
    for (number, count) in &it.blocked_by_number {
        let _ = writeln!(out, "  {number}: {count}");
    }
    if let Some(number) = &it.longest_lock_number {
        let _ = writeln!(out, "longest lock: {} s of {number}", it.longest_lock_ms / 1000);
    }
    if it.shared_caller_id > 0.0 {
        let _ = writeln!(out, "blocked by a shared caller ID: {:.0} %", it.shared_caller_id * 100.0);
    }
    for (agent, count) in &it.tasks {
        let _ = writeln!(out, "tasks of {agent}: {count}");
    }
    if it.passed + it.failed > 0 {
        let _ = writeln!(out, "as expected: {}, not: {}", it.passed, it.failed);
    }
    out
}

fn beside(
    first: &Rules,
    lines: &[Line],
    second: &Rules,
    others: &[Line],
    format: Format,
    global: &Global,
) -> Result<Exit, Failure> {
    let pairs = compare(lines, others);
    let (one, two) = (Summary::of(lines), Summary::of(others));
    let exit = if one.failed > 0 { Exit::Failed } else { Exit::Success };
    if global.json || format == Format::Jsonl {
        let out = json!({ "first": first.title(), "second": second.title(), "pairs": pairs,
            "summaries": [one, two] });
        print_exactly(&format!("{out}\n"), None)?;
        return Ok(exit);
    }
    let row = |pair: &connect_rules_limits::dial::Pair| {
        vec![
            if pair.differs { "*" } else { "" }.to_owned(),
            seconds(pair.first.t_ms),
            pair.first.customer.to_string(),
            pair.first.system.to_string(),
            verdict(&pair.first),
            verdict(&pair.second),
        ]
    };
    let rows: Vec<Vec<String>> = pairs.iter().map(row).collect();
    output::table(&["", "SECONDS", "CUSTOMER", "CALLER ID", &first.title(), &second.title()], &rows)?;
    let differ = pairs.iter().filter(|it| it.differs).count();
    let (left, right) = (shown(&one), shown(&two));
    let (one, two) = (first.title(), second.title());
    output::text(&format!("\n{differ} of {} calls differ\n\n{one}\n{left}\n{two}\n{right}", pairs.len()))?;
    Ok(exit)
}
