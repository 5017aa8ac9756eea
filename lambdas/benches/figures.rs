//! The figures of the evaluator function: time of a turn without tables, start, memory, size, what it needs.
//!
//! Prints one line a figure. Exits with 1 when one is over its limit; a build without optimisation only reports.

#![allow(missing_docs, clippy::unwrap_used, reason = "stops at the first error")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../../src/engine/benches/support/mod.rs"]
mod support;

use common::Environment;
use common::function::Function;
use connect_rules_engine::json;
use connect_rules_engine::value::Value;
use connect_rules_live::Evaluator;
use connect_rules_live::memory::{Desk, Memory};
use connect_rules_live::tables::Tables as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVALUATOR: &str = env!("CARGO_BIN_EXE_evaluator");
const MB: f64 = 1024.0 * 1024.0;
const TURNS: usize = 20;
const CROWD: usize = 1_000;

/// Prints a figure; answers whether it is over its limit.
fn figure(name: &str, value: f64, unit: &str, limit: f64) -> bool {
    let over = value > limit;
    println!("{name}: {value:.2} {unit} (limit {limit}){}", if over { "  OVER" } else { "" });
    over
}

fn event(contact: usize, action: &str) -> String {
    format!(
        r#"{{"Name":"ContactFlowEvent","Details":{{"ContactData":{{"Channel":"VOICE","InitialContactId":"c-{contact}",
        "Attributes":{{"tier":"gold","state":"VIC","balance":"250","product":"broadband","age":"41"}},
        "CustomerEndpoint":{{"Address":"+61400000000"}},"SystemEndpoint":{{"Address":"+61370105510"}}}},
        "Parameters":{{"action":"{action}","selectedOption":"1"}}}}}}"#
    )
}

/// Times turns over tables in memory, in milliseconds: the middle and the slowest of a hundred.
async fn turns(tables: Memory, contacts: usize) -> (f64, f64) {
    let settings = common::settings();
    let log = common::silent(&settings);
    let evaluator = Evaluator::new(Arc::new(tables), Arc::new(Desk::default()), settings, log);
    let mut times = Vec::new();
    for contact in 0..contacts {
        let mut action = "next";
        for _ in 0..TURNS {
            let started = Instant::now();
            let event = json::parse(&event(contact, action)).unwrap();
            let answer = evaluator.handle(&event, started + Duration::from_secs(7)).await.unwrap();
            let text = json::print(&answer);
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            drop(text);
            // Its own answer still names the menu: what comes next is the next rule.
            let kind = answer.member("CurrentRuleType");
            let asked = action == "next" && kind == Value::from("DTMFMenu");
            action = if asked { "dtmf_menu" } else { "next" };
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// The program as it is deployed: without symbols. None where no tool can take them out.
fn stripped(folder: &Path) -> Option<PathBuf> {
    let out = folder.join("bootstrap");
    let done = Command::new("strip").arg("-o").arg(&out).arg(EVALUATOR).status().ok()?.success();
    done.then_some(out)
}

/// Size of the program in a zip file, in bytes: the same compression as gzip's.
fn packed(program: &Path) -> Option<usize> {
    let out = Command::new("gzip").arg("-9c").arg(program).output().ok()?;
    out.status.success().then_some(out.stdout.len())
}

/// The latest version of the C library that the program asks for, as the number after `2.`.
fn library(program: &Path) -> Option<u32> {
    let out = Command::new("objdump").arg("-T").arg(program).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let minor = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok();
    text.split("GLIBC_2.").skip(1).filter_map(minor).max()
}

async fn figures() -> bool {
    let mut over = false;
    let environment = Environment::with(&support::export(50, 20, 3)).await;
    let (model, _) = environment.tables().model().await.unwrap();
    let contacts = if cfg!(debug_assertions) { 20 } else { 500 };
    let (middle, slow) = turns(Memory::new(model), contacts).await;
    over |= figure("a turn of 50x20x3 without tables, middle", middle, "ms", 2.0);
    println!("a turn of 50x20x3 without tables, slowest of 100: {slow:.2} ms");

    let crowd = if cfg!(debug_assertions) { 50 } else { CROWD };
    let (turns, time) = common::crowd::run(crowd).await;
    println!("{crowd} contacts at once over tables here, {turns} turns: {:.1} s", time.as_secs_f64());

    let variables = [("AWS_ENDPOINT_URL_DYNAMODB", &*environment.endpoint), ("STAGE", &*environment.stage)];
    let (mut starts, mut firsts) = (Vec::new(), Vec::new());
    for contact in 0..5 {
        let mut function = Function::start(EVALUATOR, &variables).await;
        function.ask(&event(contact, "next")).await.unwrap();
        firsts.push(function.age().as_secs_f64() * 1000.0);
        starts.push(function.init().unwrap_or_default().as_secs_f64() * 1000.0);
        if contact == 4 {
            for other in 100..110 {
                for _ in 0..TURNS / 2 {
                    function.ask(&event(other, "next")).await.unwrap();
                }
            }
            over |= figure("most memory", function.most_memory() as f64, "MB", 64.0);
        }
    }
    starts.sort_by(f64::total_cmp);
    firsts.sort_by(f64::total_cmp);
    over |= figure("start until the first event is asked for", starts[2], "ms", 150.0);
    println!("start until the first answer, rules read from a server here: {:.0} ms", firsts[2]);

    let folder = std::env::temp_dir().join(format!("connect-rules-figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    match stripped(&folder).as_deref().and_then(packed) {
        Some(bytes) => over |= figure("zip file", bytes as f64 / MB, "MB", 10.0),
        None => println!("NOTE: strip or gzip is missing, the size of the zip file is not known"),
    }
    match library(Path::new(EVALUATOR)) {
        Some(minor) => over |= figure("C library 2.", f64::from(minor), "", 34.0),
        None => println!("NOTE: objdump is missing, the C library that is needed is not known"),
    }
    let _ = std::fs::remove_dir_all(folder);
    over && !cfg!(debug_assertions)
}

fn main() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let over = runtime.worker_threads(2).enable_all().build().unwrap().block_on(figures());
    std::process::exit(i32::from(over));
}
