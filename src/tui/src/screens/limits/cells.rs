//! Rows of the panes as texts: for the screen, and for CSV.

use std::borrow::Cow;

use connect_rules_limits::counting::{Counter, Party};
use connect_rules_limits::number;
use connect_rules_limits::view::View as Standing;
use connect_rules_limits::{Decision, Reason, State, StopStatus, TaskStatus};
use jiff::tz::TimeZone;

use super::arrange::Arranged;
use super::feed::Reading;
use crate::theme::Role;
use crate::times;
use crate::widgets::panel;
use crate::widgets::table::{Column, Wide};

/// Columns of customers; those of caller IDs tell in [`USED_BY`], too, who calls with them.
pub const NUMBERS: &[Column] = &[
    ("Number", Wide::Share(1)),
    ("Used", Wide::Is(7)),
    ("", Wide::Is(6)),
    ("Left", Wide::Is(4)),
    ("Reset", Wide::Is(6)),
    ("State", Wide::Is(7)),
    ("Last", Wide::From(8, 60)),
    ("Agent", Wide::From(14, 76)),
    ("Last contact", Wide::From(36, 120)),
];

/// Where caller IDs tell who calls with them.
pub const USED_BY: usize = 1;

/// Columns of caller IDs.
pub const CALLERS: &[Column] = &[
    ("Number", Wide::Is(13)),
    ("Queue", Wide::Share(1)),
    ("Used", Wide::Is(7)),
    ("", Wide::From(6, 66)),
    ("Left", Wide::Is(4)),
    ("Reset", Wide::Is(6)),
    ("State", Wide::Is(7)),
    ("Last", Wide::From(8, 70)),
    ("Agent", Wide::From(14, 86)),
    ("Last contact", Wide::From(36, 130)),
];

/// Columns of blocked contacts.
pub const BLOCKED: &[Column] = &[
    ("Time", Wide::Is(8)),
    ("Agent", Wide::Share(1)),
    ("Customer", Wide::Is(13)),
    ("Caller ID", Wide::From(13, 90)),
    ("Reason", Wide::Is(9)),
    ("Attempt", Wide::Is(7)),
    ("Call", Wide::Is(8)),
    ("Retry at", Wide::From(8, 70)),
    ("Contact", Wide::From(36, 130)),
];

/// Columns of tasks.
pub const TASKS: &[Column] = &[
    ("Time", Wide::Is(8)),
    ("Agent", Wide::Share(1)),
    ("Reason", Wide::Is(9)),
    ("Customer", Wide::Is(13)),
    ("Task", Wide::Is(9)),
    ("Ago", Wide::From(7, 64)),
    ("Task contact", Wide::From(36, 110)),
];

/// What cells are made of beside their row.
pub struct Facts<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// For agents of numbers.
    pub arranged: &'a Arranged,
    /// Now, in milliseconds since the epoch.
    pub now: i64,
    /// Whether only the last four digits of numbers are shown.
    pub mask: bool,
    /// The zone of the call centre.
    pub zone: Option<&'a TimeZone>,
}

impl Facts<'_> {
    /// A number as it may be shown.
    pub fn number<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.mask { Cow::Owned(number::mask(text)) } else { Cow::Borrowed(text) }
    }

    /// The time of day, to the second.
    pub fn clock(&self, at: i64) -> String {
        let text = times::seconds(at, self.zone);
        text.split_once(' ').map_or_else(String::new, |(_, clock)| clock.to_owned())
    }

    /// The counter as it stands now.
    pub fn standing(&self, row: &Counter) -> Standing {
        Standing::of(row, self.now, &self.reading.config)
    }

    /// Who calls with a number of the instance; empty if that is not known.
    pub fn used_by(&self, number: &str) -> &str {
        self.arranged.wish.callers.get(number).map_or("", |told| told)
    }

    /// A counter.
    pub fn number_cells(&self, row: &Counter) -> (Vec<String>, Role, bool) {
        let it = self.standing(row);
        let limit = if it.limit == 0 { "∞".to_owned() } else { it.limit.to_string() };
        let most = self.reading.config.lets_through(it.limit);
        let share = most.map_or(0.0, |most| f64::from(it.usage) / f64::from(most.max(1)));
        let agent = self.arranged.agents.get(&it.last_contact_id);
        let mut cells = vec![
            self.number(&it.number).into_owned(),
            format!("{}/{limit}", it.usage),
            panel::bar(share, 6),
            it.remaining.map_or_else(|| "∞".to_owned(), |left| left.to_string()),
            it.reset_seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s")),
            it.state.word().to_owned(),
            self.clock(it.updated_at),
            agent.map(ToString::to_string).unwrap_or_default(),
            it.last_contact_id.to_string(),
        ];
        if it.party == Party::System {
            cells.insert(USED_BY, self.used_by(&it.number).to_owned());
        }
        (cells, of_state(it.state), it.live)
    }

    /// A blocked contact.
    pub fn blocked_cells(&self, it: &Decision) -> (Vec<String>, Role) {
        let cells = vec![
            self.clock(it.at),
            it.agent_name.to_string(),
            self.number(&it.customer).into_owned(),
            self.number(&it.system).into_owned(),
            reason(it.reason).to_owned(),
            it.deciding().map(|(attempt, limit)| format!("{attempt}/{limit}")).unwrap_or_default(),
            stopped(it.stop_status).to_owned(),
            it.retry_at.map(|at| self.clock(at)).unwrap_or_default(),
            it.contact_id.to_string(),
        ];
        (cells, if it.stop_status == StopStatus::Failed { Role::Bad } else { Role::Text })
    }

    /// A task.
    pub fn task_cells(&self, it: &Decision) -> (Vec<String>, Role) {
        let cells = vec![
            self.clock(it.at),
            it.agent_name.to_string(),
            reason(it.reason).to_owned(),
            self.number(&it.customer).into_owned(),
            task(it.task_status).to_owned(),
            times::age(self.now - it.at),
            it.task_contact_id.as_deref().unwrap_or_default().to_owned(),
        ];
        let role = match it.task_status {
            TaskStatus::Rejected => Role::Bad,
            TaskStatus::Requested => Role::Warn,
            TaskStatus::Started | TaskStatus::None => Role::Text,
        };
        (cells, role)
    }
}

/// The look of a state; its word is always written.
pub fn of_state(state: State) -> Role {
    match state {
        State::Blocked => Role::Bad,
        State::Full | State::Warn => Role::Warn,
        State::Ok => Role::Text,
        State::Free => Role::Dim,
    }
}

/// Why, in a word or two.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::System => "caller ID",
        other => other.name(),
    }
}

/// What came of ending the call.
pub fn stopped(status: StopStatus) -> &'static str {
    match status {
        StopStatus::None => "not asked",
        StopStatus::Stopped => "ended",
        StopStatus::Gone => "was over",
        StopStatus::Failed => "GOES ON",
    }
}

/// What came of the task.
pub fn task(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::None => "none",
        TaskStatus::Requested => "requested",
        TaskStatus::Started => "started",
        TaskStatus::Rejected => "REJECTED",
    }
}

/// Rows as CSV; bars are left out.
pub fn csv(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> String {
    let kept = |at: usize| !columns[at].0.is_empty();
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let line = |cells: &[&str]| {
        let cells = cells.iter().enumerate().filter(|(at, _)| kept(*at));
        cells.map(|(_, text)| quoted(text)).collect::<Vec<_>>().join(",") + "\n"
    };
    let mut out = line(&columns.iter().map(|(title, _)| *title).collect::<Vec<_>>());
    for cells in rows {
        out.push_str(&line(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    out
}
