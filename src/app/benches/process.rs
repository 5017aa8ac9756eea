//! The figures of the whole program: start to first reply, requests through a pipe, memory, a test run from
//! process start.
//!
//! Prints one line a figure; times are reported only. Exits with 1 when memory is over its limit.

#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use connect_rules_engine::collate;
use connect_rules_engine::script::{ExportHeader, ExportMethod, TestDocument, export_tests};
use connect_rules_engine::value::Text;

const PROGRAM: &str = env!("CARGO_BIN_EXE_connect-rules");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo");
const OPENING: &[u8] =
    b"{\"eventType\":\"NEW_INTERACTION\",\"endPoint\":\"Wattlebird Main\",\"customerPhoneNumber\":\"+61491570156\",\"interactionDateTime\":\"2024-05-14T00:30:00Z\"}\n";
const NEXT: &[u8] = b"{\"eventType\":\"NEXT_RULE\"}\n";

#[path = "../../engine/benches/support/mod.rs"]
mod support;

type Failure = Box<dyn std::error::Error>;

fn simulate() -> Result<(Child, BufReader<ChildStdout>), Failure> {
    let mut child = Command::new(PROGRAM)
        .args(["simulate", "--workspace", DATA, "--state", "changes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let out = BufReader::new(child.stdout.take().ok_or("no output")?);
    Ok((child, out))
}

/// Peak memory of a process in kilobytes.
fn peak(child: &Child) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}

/// Milliseconds from process start to the first reply, and the peak memory then.
fn first_reply() -> Result<(f64, u64), Failure> {
    let start = Instant::now();
    let (mut child, mut out) = simulate()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    input.write_all(OPENING)?;
    input.flush()?;
    let mut line = String::new();
    out.read_line(&mut line)?;
    let took = start.elapsed().as_secs_f64() * 1000.0;
    let memory = peak(&child)?;
    drop(input);
    child.wait()?;
    Ok((took, memory))
}

/// Requests a second through a pipe.
fn piped() -> Result<f64, Failure> {
    const CONTACTS: usize = 20_000;
    const STEPS: usize = 6;
    let (mut child, out) = simulate()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let start = Instant::now();
    let writer = std::thread::spawn(move || {
        let mut chunk = Vec::new();
        for _ in 0..CONTACTS {
            chunk.extend_from_slice(OPENING);
            for _ in 1..STEPS {
                chunk.extend_from_slice(NEXT);
            }
            if chunk.len() > 60_000 && input.write_all(&std::mem::take(&mut chunk)).is_err() {
                return;
            }
        }
        // The reader counts the replies; a write that fails shows there.
        let _ = input.write_all(&chunk);
    });
    let replies = out.split(b'\n').count();
    let rate = replies as f64 / start.elapsed().as_secs_f64();
    let _ = writer.join();
    child.wait()?;
    if replies != CONTACTS * STEPS {
        return Err(format!("{replies} replies, want {}", CONTACTS * STEPS).into());
    }
    Ok(rate)
}

/// Milliseconds of a run of 1,000 tests of about 11 turns on 50x20x3, from process start.
fn test_run() -> Result<f64, Failure> {
    let folder = std::env::temp_dir().join(format!("connect-rules-bench-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("tests"))?;
    let rule_sets = support::export(50, 20, 3);
    let (workspace, stubs) = support::workspace(&rule_sets);
    let recorded = support::recorded(&workspace, &stubs);
    let tests: Vec<TestDocument> = (0..1000)
        .map(|i| TestDocument { name: Text::from(format!("Test {i:04}")), ..recorded.clone() })
        .collect();
    let header = ExportHeader {
        version: Text::from("3.1.0"),
        environment_name: Text::from("bench"),
        method: ExportMethod::All,
        exported_by: Text::from("bench"),
        exported_at: Text::from("2023-06-14T03:25:40Z"),
    };
    std::fs::write(folder.join("tests/all.json"), export_tests(&header, &tests, collate::compare)?)?;
    std::fs::write(folder.join("rulesets.json"), rule_sets)?;
    std::fs::write(folder.join("connect.json"), support::CONNECT)?;
    let mut times = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        let out = Command::new(PROGRAM).args(["test", "--quiet", "--workspace"]).arg(&folder).output()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        let passed = out.stdout.split(|b| *b == b'\n').filter(|line| line.starts_with(b"SUCCESS")).count();
        if passed != 1000 {
            return Err(format!("{passed} of 1000 tests passed").into());
        }
    }
    std::fs::remove_dir_all(folder)?;
    times.sort_by(f64::total_cmp);
    Ok(times[3])
}

fn main() -> Result<(), Failure> {
    let mut starts = Vec::new();
    let mut memory = 0;
    for _ in 0..15 {
        let (took, peak) = first_reply()?;
        starts.push(took);
        memory = memory.max(peak);
    }
    starts.sort_by(f64::total_cmp);
    println!(
        "start to first reply: median {:.1} ms (goal 15), peak memory {memory} kB (goal 25000)",
        starts[7]
    );
    println!("simulate --state changes over a pipe: {:.0} requests/s (goal 20000)", piped()?);
    println!("1,000 scripts on 50x20x3 from process start: median {:.0} ms (goal 100)", test_run()?);
    if memory > 25_000 {
        return Err(format!("OVER: peak memory {memory} kB, limit 25000").into());
    }
    Ok(())
}
