//! What the screen shows, as one reading of the rows; made in jobs, never changed, only replaced.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_rules_engine::compat::Compat;
use connect_rules_engine::value::Text;
use connect_rules_limits::counting::Party;
use connect_rules_limits::view::View as Standing;
use connect_rules_limits::{Config, Counter, Decision, Reason, State, Status, StopStatus, TaskStatus};

use super::arrange::{Arranged, Wish, arrange};
use crate::cloud::Trouble;
use crate::limits::{Gate, Rows, ask};
use crate::message::JobContext;

/// Decisions of one request.
const PAGE: usize = 500;
/// So many pages are read without being asked for.
const PAGES: usize = 20;
/// How long a counter is of interest, in milliseconds: a day.
const RECENT: i64 = 86_400_000;

/// Most counters that are read: tables far away are paid for by the row.
pub fn most(is_remote: bool) -> usize {
    if is_remote { 5_000 } else { 100_000 }
}

/// What came of the attempts of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls that were counted.
    pub attempts: usize,
    /// Calls that went on.
    pub allowed: usize,
    /// Calls that were blocked for their customer number.
    pub customer: usize,
    /// Calls that were blocked for their caller ID.
    pub system: usize,
    /// Calls that could not be judged.
    pub errors: usize,
    /// Calls that were to be ended and went on.
    pub unstopped: usize,
}

impl Totals {
    fn of(decisions: &[Decision]) -> Self {
        let mut out = Totals::default();
        for it in decisions.iter().filter(|it| it.status == Status::Done) {
            out.attempts += 1;
            out.allowed += usize::from(it.allowed);
            out.customer += usize::from(it.reason == Reason::Customer);
            out.system += usize::from(it.reason == Reason::System);
            out.errors += usize::from(it.reason == Reason::Error);
            out.unstopped += usize::from(it.stop_status == StopStatus::Failed);
        }
        out
    }
}

/// One reading of the rows.
#[derive(Clone, Debug)]
pub struct Reading {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// How long it took.
    pub took: Duration,
    /// The limits that count.
    pub config: Config,
    /// Whether they are those of the store; else the defaults.
    pub configured: bool,
    /// Why the row of the store is not what counts, if so.
    pub odd: Option<String>,
    /// Counters of customer numbers and of caller IDs.
    pub numbers: [Arc<Vec<Counter>>; 2],
    /// Whether there are more counters.
    pub more: bool,
    /// The day of the decisions, `YYYY-MM-DD` in UTC.
    pub day: Text,
    /// Decisions of the day, newest first.
    pub decisions: Arc<Vec<Decision>>,
    /// Where older ones begin.
    pub next: Option<Text>,
    /// Positions of blocked contacts in `decisions`.
    pub blocked: Arc<Vec<u32>>,
    /// Positions of decisions with a task.
    pub tasks: Arc<Vec<u32>>,
    /// Sums of the day.
    pub totals: Totals,
    /// A caller ID that never rests, and for how many windows.
    pub stuck: Option<(Text, i64)>,
    /// How many numbers are blocked: customers, caller IDs.
    pub locked: [usize; 2],
}

/// What is asked for.
#[derive(Clone)]
pub struct Question {
    /// Where the rows are.
    pub gate: Gate,
    /// What is there already.
    pub held: Option<Arc<Reading>>,
    /// The day, `YYYY-MM-DD` in UTC.
    pub day: Text,
    /// Now, in milliseconds since the epoch.
    pub now: i64,
    /// Most counters.
    pub most: usize,
    /// Of the environment.
    pub compat: Compat,
    /// How it is shown.
    pub wish: Wish,
    /// Whether older decisions are wanted.
    pub older: bool,
}

/// What came of it.
pub enum Answer {
    /// Nothing changed.
    Same {
        /// How long it took.
        took: Duration,
    },
    /// Something did.
    New(Arc<Reading>, Box<Arranged>),
}

/// Reads the rows.
pub fn read(job: &JobContext, question: Question) -> Result<Answer, Trouble> {
    let began = Instant::now();
    let rows = question.gate.enter(job)?;
    let text = ask(job, rows.config())?;
    let (config, configured, odd) = config(text.as_deref(), question.compat);
    let (counters, more) = ask(job, rows.counters(question.now - RECENT, question.most))?;
    let held = question.held.as_deref();
    let (decisions, next) = decisions(job, &*rows, &question)?;
    let (customers, systems): (Vec<_>, Vec<_>) =
        counters.into_iter().partition(|row| row.party == Party::Customer);
    if let Some(held) = held
        && decisions.is_none()
        && (held.config == config && held.configured == configured && held.odd == odd)
        && (held.more == more && *held.numbers[0] == customers && *held.numbers[1] == systems)
        // Whose windows are over moves down.
        && !expired(held, question.now)
    {
        return Ok(Answer::Same { took: began.elapsed() });
    }
    let (decisions, next) = match (decisions, held) {
        (Some(decisions), _) => (Arc::new(decisions), next),
        (None, Some(held)) => (Arc::clone(&held.decisions), held.next.clone()),
        (None, None) => (Arc::default(), None),
    };
    let mut reading = Reading {
        at: question.now,
        took: Duration::ZERO,
        config,
        configured,
        odd,
        numbers: [Arc::new(customers), Arc::new(systems)],
        more,
        day: question.day,
        totals: Totals::of(&decisions),
        blocked: positions(&decisions, |it| !it.allowed && it.status == Status::Done),
        tasks: positions(&decisions, |it| it.task_status != TaskStatus::None),
        decisions,
        next,
        stuck: None,
        locked: [0; 2],
    };
    look_at_locks(&mut reading);
    let arranged = arrange(&reading, &question.wish, question.now);
    reading.took = began.elapsed();
    Ok(Answer::New(Arc::new(reading), Box::new(arranged)))
}

/// The limits that count, and how many numbers are blocked now: customers, caller IDs.
pub fn blocked(
    job: &JobContext,
    gate: &Gate,
    now: i64,
    compat: Compat,
) -> Result<(Config, [usize; 2]), Trouble> {
    let rows = gate.enter(job)?;
    let text = ask(job, rows.config())?;
    let (config, ..) = config(text.as_deref(), compat);
    // A window that is not over had its last attempt within its length.
    let (counters, _) = ask(job, rows.counters(now - config.window(), most(true)))?;
    let mut out = [0; 2];
    for row in &counters {
        let is = Standing::of(row, now, &config).state == State::Blocked;
        out[row.party as usize] += usize::from(is);
    }
    Ok((config, out))
}

/// The limits that count, whether they are those of the row, and what is wrong with it.
pub fn config(text: Option<&str>, compat: Compat) -> (Config, bool, Option<String>) {
    match text.map(|text| Config::read(text, compat)) {
        None => (Config::of(compat), false, None),
        Some(Ok(config)) => (config, true, None),
        Some(Err(problems)) => {
            let why = problems.first().map(ToString::to_string).unwrap_or_default();
            (Config::of(compat), false, Some(why))
        }
    }
}

/// Whether a window ended since the rows were arranged.
fn expired(held: &Reading, now: i64) -> bool {
    let (mode, window) = (held.config.mode, held.config.window());
    let over = |row: &Counter| (held.at..now).contains(&(row.reset_at(mode, window) - 1));
    held.numbers.iter().any(|rows| rows.iter().any(over))
}

fn positions(decisions: &[Decision], is: impl Fn(&Decision) -> bool) -> Arc<Vec<u32>> {
    let all = decisions.iter().enumerate().filter(|(_, it)| is(it));
    Arc::new(all.map(|(at, _)| at as u32).collect())
}

fn look_at_locks(reading: &mut Reading) {
    let mut longest: Option<(Text, i64)> = None;
    for (party, rows) in reading.numbers.iter().enumerate() {
        for row in rows.iter() {
            let it = Standing::of(row, reading.at, &reading.config);
            reading.locked[party] += usize::from(it.state == State::Blocked);
            if it.is_stuck(&reading.config)
                && longest.as_ref().is_none_or(|(_, most)| *most < it.locked_windows)
            {
                longest = Some((it.number, it.locked_windows));
            }
        }
    }
    reading.stuck = longest;
}

/// Decisions of the day and where older ones begin; none if they are those that are held.
fn decisions(
    job: &JobContext,
    rows: &dyn Rows,
    question: &Question,
) -> Result<(Option<Vec<Decision>>, Option<Text>), Trouble> {
    let held = question.held.as_deref().filter(|held| held.day == question.day);
    let mut fresh: Vec<Decision> = Vec::new();
    let mut next: Option<Text> = None;
    if let Some(held) = held.filter(|_| question.older) {
        next.clone_from(&held.next);
        if next.is_none() {
            return Ok((None, None));
        }
    }
    // Contacts are judged one after the other: from one that is known on, all are.
    let newest = held.filter(|_| !question.older).and_then(|held| held.decisions.first());
    for _ in 0..PAGES {
        let page = ask(job, rows.decisions(&question.day, PAGE, next.as_deref()))?;
        let reached = newest.is_some_and(|newest| page.rows.last().is_none_or(|last| last.at <= newest.at));
        fresh.extend(page.rows);
        next = page.next;
        job.progress(fresh.len(), 0);
        match held {
            Some(held) if reached => {
                if held.decisions.starts_with(&fresh) {
                    return Ok((None, None));
                }
                return Ok((Some(merged(fresh, &held.decisions)), held.next.clone()));
            }
            _ if next.is_none() => break,
            _ => {}
        }
    }
    if let Some(held) = held.filter(|_| question.older) {
        // Pages may have moved by what came meanwhile.
        fresh = merged(fresh, &held.decisions);
    }
    let same = held.is_some_and(|held| *held.decisions == fresh && held.next == next);
    Ok((if same { None } else { Some(fresh) }, next))
}

/// New rows before old ones; those of the same contact are the new ones.
fn merged(mut fresh: Vec<Decision>, held: &[Decision]) -> Vec<Decision> {
    let known: HashSet<Text> = fresh.iter().map(|it| Text::clone(&it.contact_id)).collect();
    fresh.extend(held.iter().filter(|it| !known.contains(&it.contact_id)).cloned());
    fresh.sort_by(|a, b| (b.at, &b.contact_id).cmp(&(a.at, &a.contact_id)));
    fresh
}
