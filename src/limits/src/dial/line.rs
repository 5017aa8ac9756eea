//! The time line of a run, what it comes to, and two runs side by side.

use std::collections::{BTreeMap, BTreeSet};

use connect_rules_engine::value::Text;
use serde::Serialize;

use super::script::Expect;
use crate::decision::{Reason, StopStatus};

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Milliseconds since the beginning.
    pub t_ms: i64,
    /// The agent.
    pub agent: Text,
    /// The contact.
    pub contact: Text,
    /// The customer number.
    pub customer: Text,
    /// Number of the attempt at it; absent if it was not counted.
    pub customer_attempt: Option<u32>,
    /// Its limit, as a text: that of the original may be none.
    pub customer_limit: String,
    /// The caller ID.
    pub system: Text,
    /// Number of the attempt at it; absent if it was not counted.
    pub system_attempt: Option<u32>,
    /// Its limit.
    pub system_limit: String,
    /// Whether the call goes on.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// Seconds until the numbers that block are free if nobody dials.
    pub retry_after: Option<i64>,
    /// What came of ending the call.
    pub stop: StopStatus,
    /// The task that the flow makes for the agent, if one.
    pub task: Option<&'static str>,
    /// What else happened.
    pub notes: Vec<String>,
    /// Whether it is what the script says.
    pub passed: Option<bool>,
    /// What the script says.
    #[serde(skip)]
    pub expect: Option<Expect>,
}

/// Columns of [`Line::cells`].
pub const COLUMNS: [&str; 16] = [
    "t_ms",
    "agent",
    "contact",
    "customer",
    "customer_attempt",
    "customer_limit",
    "system",
    "system_attempt",
    "system_limit",
    "allowed",
    "reason",
    "retry_after",
    "stop",
    "task",
    "notes",
    "passed",
];

impl Line {
    /// The line as texts, for CSV; none holds a comma.
    pub fn cells(&self) -> [String; 16] {
        fn shown(value: Option<impl ToString>) -> String {
            value.map(|it| it.to_string()).unwrap_or_default()
        }
        [
            self.t_ms.to_string(),
            self.agent.to_string(),
            self.contact.to_string(),
            self.customer.to_string(),
            shown(self.customer_attempt),
            self.customer_limit.clone(),
            self.system.to_string(),
            shown(self.system_attempt),
            self.system_limit.clone(),
            self.allowed.to_string(),
            self.reason.name().to_owned(),
            shown(self.retry_after),
            self.stop.name().to_owned(),
            shown(self.task),
            self.notes.join("; ").replace(',', ""),
            shown(self.passed),
        ]
    }
}

/// What a run comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Calls.
    pub attempts: usize,
    /// Calls that went on.
    pub allowed: usize,
    /// Calls that were not limited.
    pub exempt: usize,
    /// Calls that could not be judged.
    pub errors: usize,
    /// Calls that were to be ended and went on.
    pub stop_failures: usize,
    /// Blocked calls by reason.
    pub blocked: BTreeMap<&'static str, usize>,
    /// Blocked calls by the number that blocked.
    pub blocked_by_number: BTreeMap<Text, usize>,
    /// The longest time that a number was blocked without a rest, in milliseconds: from the first blocked call until
    /// it would have been free.
    pub longest_lock_ms: i64,
    /// Its number.
    pub longest_lock_number: Option<Text>,
    /// Tasks by agent.
    pub tasks: BTreeMap<Text, usize>,
    /// Share of blocked calls, 0 to 1, that a caller ID blocked that several agents use.
    pub shared_caller_id: f64,
    /// Calls that came out as the script says.
    pub passed: usize,
    /// Calls that did not.
    pub failed: usize,
}

impl Summary {
    /// Sums up a run.
    pub fn of(lines: &[Line]) -> Self {
        let mut out = Summary { attempts: lines.len(), ..Summary::default() };
        let mut users: BTreeMap<&Text, BTreeSet<&Text>> = BTreeMap::new();
        for line in lines {
            users.entry(&line.system).or_default().insert(&line.agent);
        }
        // Since when a number blocks.
        let mut locks: BTreeMap<&Text, i64> = BTreeMap::new();
        let (mut blocked, mut shared) = (0_usize, 0_usize);
        for line in lines {
            out.allowed += usize::from(line.allowed);
            out.errors += usize::from(line.reason == Reason::Error);
            out.exempt += usize::from(matches!(line.reason, Reason::Exempt | Reason::Disabled));
            out.stop_failures += usize::from(line.stop == StopStatus::Failed);
            match line.passed {
                Some(true) => out.passed += 1,
                Some(false) => out.failed += 1,
                None => {}
            }
            if line.task.is_some() {
                *out.tasks.entry(Text::clone(&line.agent)).or_default() += 1;
            }
            if line.allowed {
                locks.remove(&line.customer);
                locks.remove(&line.system);
                continue;
            }
            blocked += 1;
            *out.blocked.entry(line.reason.name()).or_default() += 1;
            let number = match line.reason {
                Reason::System => &line.system,
                _ => &line.customer,
            };
            *out.blocked_by_number.entry(Text::clone(number)).or_default() += 1;
            if line.reason == Reason::System && users.get(number).is_some_and(|agents| agents.len() > 1) {
                shared += 1;
            }
            let since = *locks.entry(number).or_insert(line.t_ms);
            let lock = line.t_ms - since + line.retry_after.unwrap_or(0) * 1000;
            if lock > out.longest_lock_ms {
                (out.longest_lock_ms, out.longest_lock_number) = (lock, Some(Text::clone(number)));
            }
        }
        out.shared_caller_id = if blocked == 0 { 0.0 } else { shared as f64 / blocked as f64 };
        out
    }
}

/// One call in two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// In the first run.
    pub first: Line,
    /// In the second run.
    pub second: Line,
    /// Whether it came out differently.
    pub differs: bool,
}

/// Two runs of the same calls side by side.
pub fn compare(first: &[Line], second: &[Line]) -> Vec<Pair> {
    let pair = |(first, second): (&Line, &Line)| Pair {
        differs: (first.allowed, first.reason) != (second.allowed, second.reason),
        first: first.clone(),
        second: second.clone(),
    };
    first.iter().zip(second).map(pair).collect()
}
