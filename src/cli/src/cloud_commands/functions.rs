//! `functions`: what is deployed, calling it, its log, its code and versions.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::time::Duration;

use connect_rules_cloud::functions::{self, Known, Row};
use connect_rules_cloud::health::Observer;
use connect_rules_cloud::warm::listed;
use connect_rules_store::Operation;
use jiff::Timestamp;

use super::reach::{Reach, build, build_there, json, refused};
use crate::args::Global;
use crate::args::cloud::{Confirm, FunctionsCommand, Programs};
use crate::exit::{Exit, Failure};
use crate::model_commands::output;

/// Most lines of a log that are read at once.
const LINES: usize = 1000;
/// Between two looks at a log that is followed.
const PAUSE: Duration = Duration::from_secs(2);
/// How far lines of a log may come late, in milliseconds.
const LATE: i64 = 10_000;

/// Runs `functions`.
///
/// # Errors
/// There is no such function, a call failed, or nobody agreed.
pub fn run(command: &FunctionsCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        FunctionsCommand::List { hours, programs } => list(*hours, programs, global),
        FunctionsCommand::Show { name } => show(name, global),
        FunctionsCommand::Invoke { name, payload, qualifier } => invoke(name, payload, qualifier, global),
        FunctionsCommand::Logs { name, follow, since } => logs(name, *follow, *since, global),
        FunctionsCommand::Deploy { name, no_promote, confirm, programs } => {
            send(name, !no_promote, confirm, programs, global)
        }
        FunctionsCommand::Promote { name, version, confirm } => {
            let reach = Reach::open(global, Operation::RefreshCache)?;
            agree(&reach, "promote", name, confirm)?;
            let moved = reach.done(functions::promote(&reach.cloud, name, version.as_deref()))?;
            if global.json {
                return json(&moved);
            }
            output::text(&match moved {
                Some(it) => format!("done: version {} of {} is live\n", it.to, it.function),
                None => format!("nothing to change: that version of {name} is live\n"),
            })
        }
        FunctionsCommand::Rollback { name, confirm } => {
            let reach = Reach::open(global, Operation::RefreshCache)?;
            agree(&reach, "roll back", name, confirm)?;
            let moved = reach.done(functions::roll_back(&reach.cloud, name))?;
            if global.json {
                return json(&moved);
            }
            let from = moved.from.as_deref().unwrap_or("none");
            output::text(&format!(
                "done: version {} of {} is live (before: {from})\n",
                moved.to, moved.function
            ))
        }
    }
}

/// In production the name of the environment is asked for; elsewhere a version is moved back as easily.
fn agree(reach: &Reach<'_>, doing: &str, name: &str, confirm: &Confirm) -> Result<(), Failure> {
    reach.agree(&format!("{doing} {name}"), "live calls get other code", false, true, confirm)
}

fn list(hours: u32, programs: &Programs, global: &Global) -> Result<Exit, Failure> {
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let to_ms = Timestamp::now().as_millisecond();
    let known = Known {
        local: build_there(programs),
        warm: listed(&reach.now).into_iter().map(|it| (it.name, it.count)).collect(),
        from_ms: to_ms - i64::from(hours) * 3_600_000,
        to_ms,
    };
    let rows =
        reach.wait(functions::rows(&reach.cloud, &known, &Observer::default())).map_err(|it| refused(&it))?;
    if global.json {
        return json(&rows);
    }
    if rows.is_empty() {
        return output::text("nothing is deployed; `connect-rules deploy` does it\n");
    }
    let headings =
        ["NAME", "STATE", "LIVE", "CODE", "MB", "LIMIT", "CALLS", "ERRORS", "P50", "P99", "WARM", "CHANGED"];
    output::table(&headings, &rows.iter().map(line).collect::<Vec<_>>())
}

fn line(row: &Row) -> Vec<String> {
    let it = &row.function;
    let figure =
        |value: Option<f64>, unit: &str| value.map_or_else(|| "-".to_owned(), |it| format!("{it:.0}{unit}"));
    let metrics = row.metrics.as_ref();
    let code = match row.is_local {
        Some(true) => "local build",
        Some(false) => "differs",
        None if row.ours => "-",
        None => "own",
    };
    vec![
        row.short.clone(),
        it.state.clone(),
        row.live.clone().unwrap_or_else(|| "-".to_owned()),
        code.to_owned(),
        it.memory.to_string(),
        format!("{} s", it.timeout),
        figure(metrics.map(|it| it.invocations), ""),
        figure(metrics.map(|it| it.errors), ""),
        figure(metrics.and_then(|it| it.p50_ms), " ms"),
        figure(metrics.and_then(|it| it.p99_ms), " ms"),
        if row.warm == 0 { "-".to_owned() } else { row.warm.to_string() },
        day(it.modified_ms),
    ]
}

fn day(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

fn show(name: &str, global: &Global) -> Result<Exit, Failure> {
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let function = reach.done(functions::find(&reach.cloud, name))?;
    let asked = async {
        let cloud = &reach.cloud.functions;
        let aliases = cloud.aliases(&function.name).await?;
        Ok((cloud.versions(&function.name).await?, aliases, cloud.permissions(&function.name).await?))
    };
    let (versions, aliases, permissions) = reach.wait(asked).map_err(|it| refused(&it))?;
    if global.json {
        let mut out = serde_json::to_value(&function).unwrap_or_default();
        out["versions"] = serde_json::to_value(&versions).unwrap_or_default();
        out["aliases"] = serde_json::to_value(&aliases).unwrap_or_default();
        out["permissions"] = serde_json::to_value(&permissions).unwrap_or_default();
        return json(&out);
    }
    let mut text = format!(
        "{}\nstate: {} {}\nruntime: {} on {}\nmemory: {} MB\ntime limit: {} s\nchanged: {}\ncode: {} ({} bytes)\n",
        function.arn,
        function.state,
        function.state_reason,
        function.runtime,
        function.architecture,
        function.memory,
        function.timeout,
        day(function.modified_ms),
        function.code_sha256,
        function.code_size,
    );
    for it in &versions {
        let named: Vec<&str> = aliases
            .iter()
            .filter(|alias| alias.version == it.version)
            .map(|alias| alias.name.as_str())
            .collect();
        let named = if named.is_empty() { String::new() } else { format!(" = {}", named.join(", ")) };
        text.extend([
            "version ",
            &it.version,
            &named,
            ": ",
            &day(it.modified_ms),
            " ",
            &it.description,
            "\n",
        ]);
    }
    for it in &permissions {
        let from = if it.source_arn.is_empty() { "anywhere" } else { it.source_arn.as_str() };
        text.extend(["may be called by ", &it.principal, " from ", from, "\n"]);
    }
    output::text(&text)
}

fn invoke(name: &str, payload: &str, version: &str, global: &Global) -> Result<Exit, Failure> {
    let mut text = payload.to_owned();
    if payload == "-" {
        text.clear();
        // Lambda takes 6 MB.
        let read = io::stdin().lock().take(6 << 20).read_to_string(&mut text);
        read.map_err(|error| Failure::reading(std::path::Path::new("standard input"), &error))?;
    }
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&text) {
        return Err(Failure::usage(format!("the payload is not JSON: {error}"), "give JSON, such as '{}'"));
    }
    let reach = Reach::open(global, Operation::RefreshCache)?;
    let function = reach.done(functions::find(&reach.cloud, name))?;
    let version = if version == "$LATEST" { "" } else { version };
    let done = reach
        .wait(reach.cloud.functions.invoke(&function.name, version, &text))
        .map_err(|it| refused(&it))?;
    let failed = done.error.is_some();
    if global.json {
        json(&done)?;
    } else {
        output::text(&format!("{}\n", done.payload))?;
        let came = done.error.as_deref().map_or("answered", |_| "failed");
        crate::say::notices(
            &format!("version {} {came} after {} ms\n{}", done.version, done.took_ms, done.log),
            global,
        );
    }
    Ok(if failed { Exit::Failed } else { Exit::Success })
}

fn logs(name: &str, follow: bool, since: u32, global: &Global) -> Result<Exit, Failure> {
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let function = reach.done(functions::find(&reach.cloud, name))?;
    let mut from = Timestamp::now().as_millisecond() - i64::from(since) * 60_000;
    let mut seen = BTreeSet::new();
    loop {
        let lines =
            reach.wait(reach.cloud.watch.logs(&function.name, from, LINES)).map_err(|it| refused(&it))?;
        let is_full = lines.len() >= LINES;
        let mut last = from;
        let mut is_new = false;
        for it in &lines {
            last = last.max(it.at_ms);
            if !seen.insert(it.id.clone()) {
                continue;
            }
            is_new = true;
            if global.json {
                json(it)?;
            } else {
                output::text(&format!("{} {}\n", clock(it.at_ms), it.message.trim_end()))?;
            }
        }
        if is_full && is_new {
            from = last;
            continue;
        }
        if !follow {
            return Ok(Exit::Success);
        }
        from = from.max(last - LATE);
        let held: BTreeSet<String> =
            lines.into_iter().filter(|it| it.at_ms >= from).map(|it| it.id).collect();
        seen = held;
        reach.wait(async { tokio::time::sleep(PAUSE).await });
    }
}

fn clock(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |at| at.strftime("%H:%M:%S%.3f").to_string())
}

fn send(
    name: &str,
    promote: bool,
    confirm: &Confirm,
    programs: &Programs,
    global: &Global,
) -> Result<Exit, Failure> {
    let mut packages = build(programs, Some(name))?;
    let Some(package) = packages.pop() else {
        return Err(Failure::usage(format!("there is no package of {name}"), "build the functions first"));
    };
    let reach = Reach::open(global, Operation::RefreshCache)?;
    agree(&reach, "deploy", name, confirm)?;
    let observer = reach.observer();
    let described = format!("connect-rules {}", reach.version());
    let (version, moved) =
        reach.done(functions::send(&reach.cloud, &package, &described, promote, &observer))?;
    if global.json {
        return json(&serde_json::json!({ "version": version, "live": moved }));
    }
    output::text(&match moved {
        Some(it) => format!("done: version {} of {} is live\n", it.to, it.function),
        None if promote => format!("nothing to change: version {} of {name} is live\n", version.version),
        None => format!(
            "done: version {} of {name} is published; `functions promote {name}` makes it live\n",
            version.version
        ),
    })
}
