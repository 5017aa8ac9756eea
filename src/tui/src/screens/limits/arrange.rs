//! Which rows are shown, in which order: worked out in jobs, so that typing waits for nothing.

use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_limits::counting::{Counter, Party};
use connect_rules_limits::view::View as Standing;
use connect_rules_limits::{Callers, Decision, State};
use rustc_hash::FxHashMap;

use super::cells::USED_BY;
use super::feed::Reading;
use crate::widgets::Order;

/// Panes whose rows are arranged: customers, caller IDs, blocked contacts, tasks.
pub const PANES: usize = 4;

/// Which numbers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// All.
    #[default]
    All,
    /// Those with a window that is not over.
    Live,
    /// Those that are blocked.
    Blocked,
}

impl Shown {
    /// The one after it.
    pub fn next(self) -> Self {
        match self {
            Shown::All => Shown::Live,
            Shown::Live => Shown::Blocked,
            Shown::Blocked => Shown::All,
        }
    }

    /// Words for titles.
    pub fn words(self) -> &'static str {
        match self {
            Shown::All => "",
            Shown::Live => ", live only",
            Shown::Blocked => ", blocked only",
        }
    }

    fn has(self, state: State) -> bool {
        match self {
            Shown::All => true,
            Shown::Live => state != State::Free,
            Shown::Blocked => state == State::Blocked,
        }
    }
}

/// How rows are to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// What each pane is filtered by.
    pub filters: [String; PANES],
    /// What each pane is sorted by.
    pub orders: [Order; PANES],
    /// Which numbers are shown.
    pub shown: Shown,
    /// Who calls with which number of the instance.
    pub callers: Arc<Callers>,
}

/// Positions of the rows of each pane in their order, for a wish.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// What was wished for.
    pub wish: Wish,
    /// Positions: of counters in `numbers`, of decisions in `decisions`.
    pub rows: [Vec<u32>; PANES],
    /// Agents of the last contacts of numbers.
    pub agents: FxHashMap<Text, Text>,
}

/// What a row is sorted by: numbers before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A number or a time.
    Number(i64),
    /// A word.
    Word(String),
}

fn word(text: &str) -> Sort {
    Sort::Word(text.to_lowercase())
}

/// What a number is sorted by in a column, see [`super::cells::NUMBERS`].
fn of_number(it: &Standing, agent: &str, column: usize) -> Sort {
    match column {
        1 | 2 => Sort::Number(i64::from(it.usage)),
        3 => Sort::Number(it.remaining.map_or(i64::MAX, i64::from)),
        4 => Sort::Number(it.reset_seconds.unwrap_or(i64::MAX)),
        5 => Sort::Number(it.state as i64),
        6 => Sort::Number(-it.updated_at),
        7 => word(agent),
        8 => word(&it.last_contact_id),
        _ => word(&it.number),
    }
}

/// What a blocked contact or a task is sorted by, see [`super::cells::BLOCKED`] and [`super::cells::TASKS`].
fn of_decision(it: &Decision, tasks: bool, column: usize) -> Sort {
    let time = Sort::Number(-it.at);
    if tasks {
        return match column {
            1 => word(&it.agent_name),
            2 => word(it.reason.name()),
            3 => word(&it.customer),
            4 => word(it.task_status.name()),
            6 => word(it.task_contact_id.as_deref().unwrap_or_default()),
            _ => time,
        };
    }
    match column {
        1 => word(&it.agent_name),
        2 => word(&it.customer),
        3 => word(&it.system),
        4 => word(it.reason.name()),
        5 => Sort::Number(it.deciding().map_or(0, |(attempt, _)| i64::from(attempt))),
        6 => word(it.stop_status.name()),
        7 => Sort::Number(it.retry_at.unwrap_or_default()),
        8 => word(&it.contact_id),
        _ => time,
    }
}

fn has(words: &[String], texts: &[&str]) -> bool {
    words.iter().all(|word| texts.iter().any(|text| text.to_lowercase().contains(word.as_str())))
}

fn words(filter: &str) -> Vec<String> {
    filter.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// Brings the rows of all panes into their order.
pub fn arrange(reading: &Reading, wish: &Wish, now: i64) -> Arranged {
    let mut out = Arranged { wish: wish.clone(), ..Arranged::default() };
    for it in reading.decisions.iter().filter(|it| !it.agent_name.is_empty()) {
        out.agents.insert(Text::clone(&it.contact_id), Text::clone(&it.agent_name));
    }
    for pane in 0..2 {
        out.rows[pane] = numbers(reading, pane, &out, now);
    }
    for (pane, all) in [(2, &reading.blocked), (3, &reading.tasks)] {
        let words = words(&wish.filters[pane]);
        let seen = |at: &&u32| {
            let it = &reading.decisions[**at as usize];
            let task = it.task_contact_id.as_deref().unwrap_or_default();
            words.is_empty() || has(&words, &[&it.customer, &it.system, &it.agent_name, &it.contact_id, task])
        };
        let mut rows: Vec<u32> = all.iter().filter(seen).copied().collect();
        if let Some(by) = wish.orders[pane].by() {
            rows.sort_by_cached_key(|at| of_decision(&reading.decisions[*at as usize], pane == 3, by));
            if wish.orders[pane].is_down() {
                rows.reverse();
            }
        }
        out.rows[pane] = rows;
    }
    out
}

fn numbers(reading: &Reading, pane: usize, arranged: &Arranged, now: i64) -> Vec<u32> {
    let wish = &arranged.wish;
    let words = words(&wish.filters[pane]);
    let agent = |row: &Counter| arranged.agents.get(&row.last_contact_id).map_or("", |name| &**name);
    let is_system = pane == Party::System as usize;
    let used_by = |number: &str| match wish.callers.get(number) {
        Some(told) if is_system => &**told,
        _ => "",
    };
    let mut all: Vec<(u32, Standing)> = Vec::new();
    for (at, row) in reading.numbers[pane].iter().enumerate() {
        let texts = [row.number(), agent(row), &row.last_contact_id, used_by(row.number())];
        if words.is_empty() || has(&words, &texts) {
            let it = Standing::of(row, now, &reading.config);
            if wish.shown.has(it.state) {
                all.push((at as u32, it));
            }
        }
    }
    if let Some(by) = wish.orders[pane].by() {
        let row = |at: u32| &reading.numbers[pane][at as usize];
        let sort = |at: u32, it: &Standing| match by {
            USED_BY if is_system => word(used_by(&it.number)),
            _ => of_number(it, agent(row(at)), by - usize::from(is_system && by > USED_BY)),
        };
        all.sort_by_cached_key(|(at, it)| (sort(*at, it), Text::clone(&it.number)));
        if wish.orders[pane].is_down() {
            all.reverse();
        }
    } else {
        // As `connect_rules_limits::view::sort`: the worst first, then what is over first.
        let key = |it: &Standing| (it.state, it.reset_seconds.unwrap_or(i64::MAX));
        all.sort_by(|(_, a), (_, b)| key(a).cmp(&key(b)).then_with(|| a.number.cmp(&b.number)));
    }
    all.into_iter().map(|(at, _)| at).collect()
}
