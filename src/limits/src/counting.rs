//! The counting rule (`spec/rate-limiting.md` 6.5) as pure functions: what an attempt makes of a counter.

use connect_rules_engine::value::Text;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Mode};

/// Shortest life of a counter in seconds.
const DAY: i64 = 86_400;
/// What the key of a caller ID begins with: a number may be both.
const SYSTEM: &str = "system#";

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The number that is called.
    Customer,
    /// The number of the instance that calls: the caller ID.
    System,
}

impl Party {
    /// Name in rows and answers.
    pub fn name(self) -> &'static str {
        match self {
            Party::Customer => "customer",
            Party::System => "system",
        }
    }

    /// Key of a number's counter.
    pub fn key(self, number: &str) -> Text {
        match self {
            Party::Customer => Text::from(number),
            Party::System => Text::from(format!("{SYSTEM}{number}")),
        }
    }

    /// The number of a key, and whose it is.
    pub fn of_key(key: &str) -> (Party, &str) {
        match key.strip_prefix(SYSTEM) {
            Some(number) => (Party::System, number),
            None => (Party::Customer, key),
        }
    }
}

/// The counter of one number. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counter {
    /// Key, see [`Party::key`].
    pub phone_number: Text,
    /// Whose number it is.
    #[serde(rename = "type")]
    pub party: Party,
    /// Attempts in the present window, blocked ones too.
    pub usage: u32,
    /// First attempt of the window.
    pub window_start: i64,
    /// Last attempt.
    pub updated_at: i64,
    /// Contact of the last attempt.
    pub last_contact_id: Text,
    /// Last attempt that was blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<i64>,
    /// When the row goes, in seconds since 1970; nothing depends on it.
    pub expiry: i64,
}

impl Counter {
    /// The number itself.
    pub fn number(&self) -> &str {
        Party::of_key(&self.phone_number).1
    }

    /// What the window is measured from.
    pub fn anchor(&self, mode: Mode) -> i64 {
        match mode {
            Mode::Idle => self.updated_at,
            Mode::Fixed => self.window_start,
        }
    }

    /// The first millisecond at which the window is over.
    pub fn reset_at(&self, mode: Mode, window: i64) -> i64 {
        self.anchor(mode) + window + 1
    }
}

/// One attempt at one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Key of the counter.
    pub key: Text,
    /// Whose number it is.
    pub party: Party,
    /// Contact of the attempt.
    pub contact: Text,
    /// When.
    pub now: i64,
    /// What ends a window.
    pub mode: Mode,
    /// Length of the window in milliseconds.
    pub window: i64,
}

impl Touch {
    /// An attempt at a number under a configuration.
    pub fn new(party: Party, number: &str, contact: &str, now: i64, config: &Config) -> Self {
        let (key, contact) = (party.key(number), Text::from(contact));
        Touch { key, party, contact, now, mode: config.mode, window: config.window() }
    }

    /// The earliest anchor of a window that is not over.
    pub fn cutoff(&self) -> i64 {
        self.now - self.window
    }

    /// When the row goes: after ten windows, a day at least.
    pub fn expiry(&self) -> i64 {
        self.now.div_euclid(1000) + DAY.max(10 * self.window / 1000)
    }

    /// Whether the window of that row is not over.
    pub fn is_live(&self, row: &Counter) -> bool {
        row.anchor(self.mode) >= self.cutoff()
    }

    /// Update A: one more attempt in the window. `None` if its condition does not hold.
    pub fn advance(&self, row: Option<&Counter>) -> Option<Counter> {
        let row = row.filter(|row| self.is_live(row) && row.last_contact_id != self.contact)?;
        Some(Counter {
            usage: row.usage.saturating_add(1),
            updated_at: self.now,
            last_contact_id: Text::clone(&self.contact),
            expiry: self.expiry(),
            ..row.clone()
        })
    }

    /// Update B: the first attempt of a new window. `None` if its condition does not hold.
    pub fn restart(&self, row: Option<&Counter>) -> Option<Counter> {
        if row.is_some_and(|row| self.is_live(row)) {
            return None;
        }
        Some(self.first(row.and_then(|row| row.blocked_at)))
    }

    /// The row of a new window; when its number was blocked last is kept.
    pub fn first(&self, blocked_at: Option<i64>) -> Counter {
        Counter {
            phone_number: Text::clone(&self.key),
            party: self.party,
            usage: 1,
            window_start: self.now,
            updated_at: self.now,
            last_contact_id: Text::clone(&self.contact),
            blocked_at,
            expiry: self.expiry(),
        }
    }

    /// Whether that row holds this attempt already: the same contact was the last, in this window.
    pub fn is_counted(&self, row: &Counter) -> bool {
        row.last_contact_id == self.contact && self.is_live(row)
    }
}

/// What an attempt comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Number of the attempt in its window, from 1.
    pub attempt: u32,
    /// Whether it is blocked.
    pub blocked: bool,
    /// The first millisecond at which the window is over if nobody dials.
    pub reset_at: i64,
}

/// Judges a counter that an attempt was counted in.
pub fn judge(row: &Counter, limit: u32, config: &Config) -> Verdict {
    Verdict {
        attempt: row.usage,
        blocked: config.lets_through(limit).is_some_and(|most| row.usage > most),
        reset_at: row.reset_at(config.mode, config.window()),
    }
}

/// Counts one attempt and judges it: the whole rule for one number.
pub fn decide(
    row: Option<&Counter>,
    now: i64,
    contact: &str,
    party: Party,
    number: &str,
    config: &Config,
) -> (Counter, Verdict) {
    let touch = Touch::new(party, number, contact, now, config);
    let counted = row.filter(|row| touch.is_counted(row)).cloned();
    let row = counted.or_else(|| touch.advance(row)).unwrap_or_else(|| {
        let blocked_at = row.and_then(|row| row.blocked_at);
        touch.first(blocked_at)
    });
    let verdict = judge(&row, limit(party, config), config);
    (row, verdict)
}

/// The limit of a number.
pub fn limit(party: Party, config: &Config) -> u32 {
    match party {
        Party::Customer => config.customer_limit,
        Party::System => config.system_limit,
    }
}

/// Seconds from `now` until `at`, rounded up, at least 0.
pub fn seconds_until(at: i64, now: i64) -> i64 {
    (at - now).max(0).saturating_add(999).div_euclid(1000)
}
