//! The dialler: made-up agents dial on a clock of their own, to choose limits before customers meet them.

use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_limits::dial::{Line, Load, Rules, Summary};
use connect_rules_limits::legacy::{Legacy, Limits};
use connect_rules_limits::{Config, Memory, Mode, number};

use super::cells::reason;
use crate::cloud::Trouble;
use crate::limits::{Dialling, Gate, dial};
use crate::message::JobContext;
use crate::overlay::{Edit, Submit};
use crate::screen::{Cx, ScreenId};
use crate::widgets::form::{Field, Form, Kind};

/// Most calls of one run on screen; the command `limits dial` makes more.
const MOST: usize = 50_000;
/// Calls that are listed.
const LISTED: usize = 500;
/// Words for the rows of this place.
const HERE: &str = "this store";

/// What was typed, for the next time.
pub type Typed = Vec<(String, String)>;

/// A run that is wanted.
pub struct Wanted {
    /// What was typed.
    pub typed: Typed,
    /// The calls and who judges them.
    pub dialling: Dialling,
    /// Whether they are written into the rows of this place.
    pub here: bool,
}

/// A run that was made.
pub struct Dialled {
    /// Words for its title.
    pub title: String,
    /// What came of it.
    pub result: Result<Vec<Line>, Trouble>,
    /// Whether rows of this place changed.
    pub here: bool,
}

fn fields(config: &Config, may_write: bool) -> Vec<Field> {
    let choice = |names: &[&str]| Kind::Choice(names.iter().map(|it| (*it).to_owned()).collect());
    let prefixes = config.prefixes.iter().map(|it| &**it).collect::<Vec<_>>().join(" ");
    let line =
        |id: &str, label: &str, value: &str, hint: &str| Field::new(id, label, Kind::Line, value).hint(hint);
    let mut out = vec![
        line("agents", "Agents", "5", "who dial at the same time"),
        line("rate", "Calls a minute", "2", "of each agent, by chance around that rate"),
        line("minutes", "Minutes", "10", "how long they dial; nothing waits for it"),
        line("customers", "Customer numbers", "20", "size of the pool that agents choose from"),
        line("systems", "Caller IDs", "2", "agents share them in turn"),
        line("prefixes", "Numbers begin with", &prefixes, "such as +1 +61: the pool has as many of each"),
        line("together", "Calls at one moment", "1", "so many calls come in the same millisecond"),
        line(
            "repeats",
            "Repeated calls in %",
            "30",
            "share of calls to the number that the agent called last",
        ),
        line("callbacks", "Callbacks in %", "0", "share of calls that were promised to customers"),
        Field::new("mode", "Who judges", choice(&["idle", "fixed", "legacy"]), config.mode.name())
            .hint("idle, fixed: windows of this program; legacy: the function of the original"),
        line("customerLimit", "Limit of a customer", &config.customer_limit.to_string(), "0: no limit"),
        line("systemLimit", "Limit of a caller ID", &config.system_limit.to_string(), "0: no limit"),
        line("seed", "Seed", "1", "the same seed makes the same calls"),
    ];
    if may_write {
        let hint = "memory: nothing is kept; this store: counters and decisions are written, so that this screen shows them";
        out.push(Field::new("rows", "Count in", choice(&["memory", HERE]), "memory").hint(hint));
    }
    out
}

struct Numbers {
    agents: u32,
    rate: f64,
    minutes: f64,
    customers: u32,
    systems: u32,
    together: u32,
    repeats: f64,
    callbacks: f64,
    customer_limit: u32,
    system_limit: u32,
    seed: u64,
}

fn numbers(form: &Form) -> Result<Numbers, Vec<(String, String)>> {
    let mut wrong = Vec::new();
    let mut number = |id: &str, least: f64, most: f64, whole: bool| {
        let value = form.value(id).trim().parse::<f64>().unwrap_or(f64::NAN);
        if !(least..=most).contains(&value) || (whole && value.fract() != 0.0) {
            let kind = if whole { "whole number" } else { "number" };
            wrong.push((id.to_owned(), format!("is no {kind} from {least} to {most}")));
            return least;
        }
        value
    };
    let out = Numbers {
        agents: number("agents", 1.0, 1_000.0, true) as u32,
        rate: number("rate", 0.01, 600.0, false),
        minutes: number("minutes", 0.1, 1_440.0, false),
        customers: number("customers", 1.0, 10_000.0, true) as u32,
        systems: number("systems", 1.0, 1_000.0, true) as u32,
        together: number("together", 1.0, 64.0, true) as u32,
        repeats: number("repeats", 0.0, 100.0, false) / 100.0,
        callbacks: number("callbacks", 0.0, 100.0, false) / 100.0,
        customer_limit: number("customerLimit", 0.0, 10_000.0, true) as u32,
        system_limit: number("systemLimit", 0.0, 10_000.0, true) as u32,
        seed: number("seed", 0.0, 9e15, true) as u64,
    };
    let calls = f64::from(out.agents) * out.rate * out.minutes;
    if calls > MOST as f64 {
        wrong.push(("minutes".to_owned(), format!("makes about {calls:.0} calls, more than {MOST}")));
    }
    if let Some(odd) = prefixes(form)
        .iter()
        .find(|it| number::normalise(&format!("{it}2065550100")).is_none_or(|it| !it.valid))
    {
        wrong.push(("prefixes".to_owned(), format!("{odd} begins no number; write + and 1 to 5 digits")));
    }
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

fn prefixes(form: &Form) -> Vec<String> {
    let all: Vec<String> =
        form.value("prefixes").split([' ', ',']).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    if all.is_empty() { vec!["+1".to_owned()] } else { all }
}

/// The run that is typed; the calls end now where they are written into the rows of this place, so that their windows
/// are not over.
fn wanted(form: &Form, config: &Config, now: i64) -> Result<Wanted, Vec<(String, String)>> {
    let it = numbers(form)?;
    let here = form.value("rows") == HERE;
    let load = Load {
        agents: it.agents,
        per_minute: it.rate,
        poisson: true,
        customers: it.customers,
        systems: it.systems,
        repeats: it.repeats,
        callbacks: it.callbacks,
        seconds: (it.minutes * 60.0).round() as u32,
        seed: it.seed,
    };
    let mut calls = load.calls();
    calls.truncate(MOST);
    let prefixes = prefixes(form);
    for call in &mut calls {
        let rest = call.customer.strip_prefix("+1").unwrap_or(&call.customer);
        let which = call.customer.bytes().last().map_or(0, usize::from) % prefixes.len();
        call.customer = Text::from(format!("{}{rest}", prefixes[which]));
    }
    for together in calls.chunks_mut(it.together as usize) {
        let at = together.first().map_or(0, |call| call.t_ms);
        for call in together {
            call.t_ms = at;
        }
    }
    let mode = form.value("mode");
    let (customer, system) = (it.customer_limit, it.system_limit);
    let rules = if mode == "legacy" {
        let prefix = Text::from(prefixes[0].as_str());
        Rules::Legacy(Limits { customer: f64::from(customer), system: f64::from(system), prefix })
    } else {
        Rules::New(Box::new(Config {
            enabled: true,
            customer_limit: customer,
            system_limit: system,
            mode: Mode::parse(&mode).unwrap_or_default(),
            ..config.clone()
        }))
    };
    let typed = form.fields().iter().map(|field| (field.id.clone(), field.value())).collect();
    let start = if here { now - i64::from(load.seconds) * 1000 } else { now };
    // Contacts of two runs on the same rows are not the same.
    let seed = if here { it.seed ^ now as u64 } else { it.seed };
    Ok(Wanted { typed, dialling: Dialling { calls, rules, start, seed }, here })
}

/// Opens the form; what is wanted comes to the screen as [`Wanted`].
pub fn ask(config: &Config, typed: &Typed, may_write: bool, cx: &mut Cx<'_>) {
    let mut fields = fields(config, may_write);
    for field in &mut fields {
        if let Some((_, value)) = typed.iter().find(|(id, _)| *id == field.id) {
            *field = Field::new(field.id.clone(), field.label.clone(), field.kind.clone(), value)
                .hint(field.hint.clone());
        }
    }
    let config = config.clone();
    let edit = Edit::new("Try limits: agents dial", Form::new(fields), move |form, cx| {
        match wanted(form, &config, cx.session.clock.now()) {
            Ok(wanted) if wanted.here && matches!(wanted.dialling.rules, Rules::Legacy(_)) => {
                Submit::Refused("the function of the original counts in memory only".to_owned())
            }
            Ok(wanted) => {
                cx.send(ScreenId::Limits, wanted);
                Submit::Done
            }
            Err(_) => Submit::Refused("see the marks".to_owned()),
        }
    });
    cx.open(edit.check(|form, _| numbers(form).err().unwrap_or_default()).verb("dial"));
}

/// Makes the calls.
pub fn run(job: &JobContext, gate: &Gate, wanted: &Wanted) -> Dialled {
    let dialling = &wanted.dialling;
    let total = dialling.calls.len();
    let goes_on = |done: usize| {
        if done.is_multiple_of(200) {
            job.progress(done, total);
        }
        !job.is_cancelled()
    };
    let result = match (&dialling.rules, wanted.here) {
        (_, true) => gate.enter(job).map(|rows| job.wait(rows.dial(dialling, &goes_on))),
        (Rules::New(_), false) => Ok(job.wait(dial(Arc::new(Memory::default()), dialling, &goes_on))),
        (Rules::Legacy(_), false) => Ok(job.wait(dial(Arc::new(Legacy::default()), dialling, &goes_on))),
    };
    Dialled { title: dialling.rules.title(), result, here: wanted.here }
}

/// What came of a run, at length. Its numbers are made up, so they are shown as they are.
pub fn told(lines: &[Line]) -> String {
    let it = Summary::of(lines);
    let share = |count: usize| if it.attempts == 0 { 0.0 } else { count as f64 / it.attempts as f64 * 100.0 };
    let mut out = format!("{} calls, {} allowed ({:.0} %)\n", it.attempts, it.allowed, share(it.allowed));
    for (why, count) in &it.blocked {
        let why = if *why == "system" { "caller ID" } else { why };
        let _ = writeln!(out, "{count} blocked for the {why} ({:.0} %)", share(*count));
    }
    let _ = writeln!(
        out,
        "{} not limited, {} could not be judged, {} not ended",
        it.exempt, it.errors, it.stop_failures
    );
    if let Some(number) = &it.longest_lock_number {
        let _ = writeln!(out, "Longest lock: {number} for {} s", it.longest_lock_ms / 1000);
    }
    let mut by: Vec<_> = it.blocked_by_number.iter().collect();
    by.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    for (number, count) in by.iter().take(5) {
        let _ = writeln!(out, "Blocked most: {number} {count} times");
    }
    let tasks: usize = it.tasks.values().sum();
    let _ = writeln!(out, "Tasks: {tasks} for {} agents", it.tasks.len());
    if it.shared_caller_id > 0.0 {
        let _ = writeln!(
            out,
            "Of the blocked calls {:.0} % met a caller ID that agents share",
            it.shared_caller_id * 100.0
        );
    }
    out.push_str("\n   time agent      customer            caller ID           verdict\n");
    for line in lines.iter().take(LISTED) {
        let of = |attempt: Option<u32>, limit: &str| {
            attempt.map_or_else(String::new, |it| format!(" {it}/{limit}"))
        };
        let customer = format!("{}{}", &*line.customer, of(line.customer_attempt, &line.customer_limit));
        let system = format!("{}{}", &*line.system, of(line.system_attempt, &line.system_limit));
        let verdict = if line.allowed { "allowed" } else { reason(line.reason) };
        let _ = writeln!(
            out,
            "{:>7.1} {:<10} {customer:<19} {system:<19} {verdict}",
            line.t_ms as f64 / 1000.0,
            &*line.agent
        );
    }
    if lines.len() > LISTED {
        let _ = writeln!(out, "… {} more; `limits dial` writes all of them to a file", lines.len() - LISTED);
    }
    out
}
