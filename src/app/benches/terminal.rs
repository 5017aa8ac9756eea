//! The figures of the terminal program in a real pseudo-terminal of 200x60 on large stores: the first frame, keys,
//! bytes, memory, and that it does nothing while nobody does anything.
//!
//! Prints one line a figure. Exits with 1 when bytes, memory or the first frame without an answer of AWS are over their
//! limits; other times are reported only. On an embedded store the program uses no network, which is looked at too.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "benches stop at the first error")]

#[path = "../tests/pty/mod.rs"]
mod pty;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::{Actor, Service, SqliteStore};
use pty::Pty;

const SIZE: (u16, u16) = (200, 60);
const SETS: usize = 10_000;
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const PAGE: &str = "\x1b[6~";
const QUIET: Duration = Duration::from_millis(400);

/// An export of rule sets in twenty folders, with as many rules each, every rule with a weight.
fn export(rules: usize) -> String {
    let mut out = String::from("[");
    for s in 0..SETS {
        let folder = s % 20;
        let comma = if s == 0 { "" } else { "," };
        let _ = write!(
            out,
            r#"{comma}{{"name":"Desk {s:05}","description":"Takes calls of desk {s}","enabled":true,"endPoints":[],"folder":"/Branch {folder:02}","rules":["#
        );
        for r in 0..rules {
            let comma = if r == 0 { "" } else { "," };
            let priority = 1000 - r;
            let _ = write!(
                out,
                r#"{comma}{{"name":"Greet {r:03}","description":"","priority":"{priority}","activation":"100","type":"Message","enabled":true,"params":{{"message":"Welcome to desk {s}, {{{{Customer.Name}}}}"}},"weights":[{{"field":"Customer.Tier","operation":"equals","value":"gold","weight":"100"}}]}}"#
            );
        }
        out.push_str("]}");
    }
    out.push(']');
    out
}

/// A home folder with a store in it.
fn home(rules: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let service = Service::new(SqliteStore::open(&home.path().join("store.db")).unwrap());
    let import = ImportRuleSets::file("export.json", export(rules), Mode::Full);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(service.run(&Actor::local("ada"), &import)).unwrap();
    home
}

fn start(starter: &[&str], home: &Path) -> Pty {
    let store = home.join("store.db").display().to_string();
    Pty::under(starter, home, SIZE, &["--store", &store], &[])
}

/// A line of `/proc/PID/status`, in MiB.
fn memory(terminal: &Pty, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Processor time so far, in hundredths of a second, as Linux counts it.
fn processor(terminal: &Pty) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap();
    let rest = stat.rsplit(')').next().unwrap();
    rest.split_whitespace().skip(11).take(2).map(|it| it.parse::<u64>().unwrap()).sum()
}

/// Whether the process holds a socket of the internet.
fn is_on_the_network(terminal: &Pty) -> bool {
    let root = format!("/proc/{}", terminal.pid());
    let tables: String = ["tcp", "tcp6", "udp", "udp6"]
        .iter()
        .map(|it| std::fs::read_to_string(format!("{root}/net/{it}")).unwrap_or_default())
        .collect();
    std::fs::read_dir(format!("{root}/fd")).unwrap().flatten().any(|entry| {
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        let target = target.display().to_string();
        let inode = target.strip_prefix("socket:[").and_then(|it| it.strip_suffix(']'));
        inode.is_some_and(|inode| tables.split_whitespace().any(|word| word == inode))
    })
}

fn spread(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    (at(0.5), at(0.95))
}

/// Starts it several times; prints how long the first frame took and until the rule sets were there.
fn starts(what: &str, starter: &[&str], home: &Path) {
    let (mut firsts, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let mut terminal = start(starter, home);
        firsts.push(terminal.first_frame());
        terminal.send("2").expect("Rule sets (10000)");
        reads.push(terminal.since_start());
        terminal.settle(QUIET);
        terminal.signal("TERM");
        terminal.wait();
    }
    let (p50, p95) = spread(&mut firsts);
    let (read, _) = spread(&mut reads);
    println!(
        "first frame{what}: p50 {p50:.0} ms, p95 {p95:.0} ms (goal 100); rule sets shown: p50 {read:.0} ms"
    );
}

/// First frames on tables in AWS that are not reached: nobody listens at their address, or who listens never answers.
/// Answers the median in milliseconds.
fn unreachable(what: &str, address: std::net::SocketAddr) -> f64 {
    const KEYS: [(&str, &str); 5] = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
    ];
    let home = tempfile::tempdir().unwrap();
    let endpoint = format!("endpoint_url=http://{address}");
    let mut new = vec!["env", "new", "far"];
    for setting in [
        "stage=dev",
        "region=ap-southeast-2",
        "instance_id=01234567-89ab-cdef-0123-456789abcdef",
        "account_number=111122223333",
        &endpoint,
    ] {
        new.extend(["--set", setting]);
    }
    let (status, said) = pty::headless(home.path(), &new);
    assert_eq!(status, 0, "{said}");
    let (mut firsts, mut tolds) = (Vec::new(), Vec::new());
    for round in 0..5 {
        let mut terminal = Pty::start(home.path(), SIZE, &["--env", "far"], &KEYS);
        firsts.push(terminal.first_frame());
        terminal.expect("reaching its tables");
        // It takes its time, so once is enough.
        if round == 0 {
            terminal.expect("not reached: ").expect("What to do").expect("trying again");
            tolds.push(terminal.since_start());
        }
        terminal.signal("TERM");
        terminal.wait();
    }
    let (p50, p95) = spread(&mut firsts);
    let (told, _) = spread(&mut tolds);
    println!(
        "first frame on tables where {what}: p50 {p50:.0} ms, p95 {p95:.0} ms (limit 100); says so after {told:.0} ms"
    );
    p50
}

/// What some keys sent at most: the frame of the key, and those of panes that follow the cursor.
#[derive(Clone, Copy, Default)]
struct Most {
    key: usize,
    rest: usize,
}

/// The most bytes of some keys, each sent when it was quiet, with their times.
fn most(terminal: &mut Pty, keys: &str, count: usize, times: &mut Vec<Duration>) -> Most {
    let mut most = Most::default();
    for _ in 0..count {
        let (time, frames) = terminal.measure(keys);
        times.push(time);
        most.key = most.key.max(frames.first().copied().unwrap_or(0));
        most.rest = most.rest.max(frames.iter().skip(1).sum());
    }
    most
}

struct Over(Vec<String>);

impl Over {
    fn check(&mut self, what: &str, found: f64, limit: f64) {
        println!("{what}: {found:.0} (limit {limit:.0})");
        if found > limit {
            self.0.push(format!("{what}: {found:.0}, limit {limit:.0}"));
        }
    }
}

fn idle(terminal: &Pty, over: &mut Over) {
    terminal.settle(Duration::from_secs(7));
    let (bytes, used) = (terminal.bytes(), processor(terminal));
    std::thread::sleep(Duration::from_secs(10));
    over.check("bytes while idle for 10 s", (terminal.bytes() - bytes) as f64, 0.0);
    println!("processor while idle for 10 s: {:.1} % (goal 0.1)", (processor(terminal) - used) as f64 / 10.0);
}

fn keys(terminal: &mut Pty, over: &mut Over) {
    let mut times = Vec::new();
    terminal.send("2").expect("Rule sets (10000)").settle(QUIET);
    // A folder is open and its rule sets are long seen before the cursor comes to the last line.
    let down = most(terminal, DOWN, 12, &mut times);
    let up = most(terminal, UP, 6, &mut times);
    over.check("bytes of a cursor move", down.key.max(up.key) as f64, 600.0);
    let paged = most(terminal, PAGE, 10, &mut times);
    over.check("bytes of a page", paged.key as f64, 5500.0);
    let scrolled = most(terminal, DOWN, 12, &mut times);
    over.check("bytes of a one-row scroll", scrolled.key as f64, 4200.0);
    let rest = [down, up, paged, scrolled].iter().map(|it| it.rest).max().unwrap_or(0);
    println!("bytes of the panes that follow, once the cursor rests: {rest}");
    let (p50, p95) = spread(&mut times);
    println!("key to first byte: p50 {p50:.1} ms, p95 {p95:.1} ms (goal 10)");
}

/// Both ways of not being reached.
fn far(over: &mut Over) {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (what, address) in
        [("nobody listens", closed), ("calls are taken and never answered", mute.local_addr().unwrap())]
    {
        let p50 = unreachable(what, address);
        if p50 > 100.0 {
            over.0.push(format!("first frame where {what}: {p50:.0} ms, limit 100"));
        }
    }
}

fn main() {
    let mut over = Over(Vec::new());
    far(&mut over);
    // The word `far` takes these figures only.
    if std::env::args().any(|it| it == "far") {
        for line in &over.0 {
            println!("OVER: {line}");
        }
        std::process::exit(i32::from(!over.0.is_empty()));
    }
    for (rules, limit) in [(3, 64.0), (9, 96.0)] {
        let begin = Instant::now();
        let home = home(rules);
        println!(
            "a store of {SETS} x {rules} rules, {} rows, made in {:.1?}",
            SETS * (rules + 1),
            begin.elapsed()
        );
        // The first start of the day saves what the store holds.
        let mut terminal = start(&[], home.path());
        terminal.first_frame();
        terminal.send("2").expect("Rule sets (10000)").settle(Duration::from_secs(3));
        println!("memory after the first start of a day: {:.0} MiB", memory(&terminal, "VmRSS"));
        terminal.signal("TERM");
        terminal.wait();
        if rules == 3 {
            starts("", &[], home.path());
            let away = ["/usr/bin/unshare", "--user", "--map-root-user", "--net", "--"];
            if Command::new(away[0]).args(&away[1..]).arg("true").status().is_ok_and(|it| it.success()) {
                starts(" without any network", &away, home.path());
            } else {
                println!("first frame without any network: not measured, namespaces are not allowed here");
            }
        }
        let mut terminal = start(&[], home.path());
        terminal.first_frame();
        terminal.send("2").expect("Rule sets (10000)").settle(QUIET);
        if rules == 3 {
            keys(&mut terminal, &mut over);
            over.check("sockets of the internet", f64::from(u8::from(is_on_the_network(&terminal))), 0.0);
            idle(&terminal, &mut over);
        }
        println!("most memory so far: {:.0} MiB", memory(&terminal, "VmHWM"));
        over.check("MiB of memory", memory(&terminal, "VmRSS"), limit);
        terminal.signal("TERM");
        terminal.wait();
    }
    for line in &over.0 {
        println!("OVER: {line}");
    }
    std::process::exit(i32::from(!over.0.is_empty()));
}
