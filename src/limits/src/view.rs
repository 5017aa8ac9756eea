//! What a screen shows of a counter (`spec/rate-limiting.md` 9).

use connect_rules_engine::value::Text;
use serde::Serialize;

use crate::config::{Config, Mode};
use crate::counting::{Counter, Party, limit, seconds_until};

/// How a number stands. The order is that of a list, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Attempts are blocked.
    Blocked,
    /// The next attempt will be blocked.
    Full,
    /// One more attempt is let through.
    Warn,
    /// More than one.
    Ok,
    /// Nobody dialled within the window.
    Free,
}

impl State {
    /// Every state, the worst first.
    pub const ALL: [State; 5] = [State::Blocked, State::Full, State::Warn, State::Ok, State::Free];

    /// The word that is shown.
    pub fn word(self) -> &'static str {
        match self {
            State::Blocked => "BLOCKED",
            State::Full => "FULL",
            State::Warn => "WARN",
            State::Ok => "OK",
            State::Free => "FREE",
        }
    }
}

/// A counter at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The number.
    pub number: Text,
    /// Whose it is.
    #[serde(rename = "type")]
    pub party: Party,
    /// Its limit; 0: none.
    pub limit: u32,
    /// Whether the window is not over.
    pub live: bool,
    /// Attempts in the window; 0 when it is over.
    pub usage: u32,
    /// Attempts that would still be let through; `None`: any number.
    pub remaining: Option<u32>,
    /// Seconds until the window is over if nobody dials; `None`: it is.
    pub reset_seconds: Option<i64>,
    /// How it stands.
    pub state: State,
    /// Last attempt.
    pub updated_at: i64,
    /// Contact of it.
    pub last_contact_id: Text,
    /// Last attempt that was blocked.
    pub blocked_at: Option<i64>,
    /// Windows for which attempts were blocked without a rest: how long the present window has lasted, in windows
    /// . Only of numbers that are blocked.
    pub locked_windows: i64,
}

impl View {
    /// The counter as it is at `now`.
    pub fn of(row: &Counter, now: i64, config: &Config) -> View {
        let limit = limit(row.party, config);
        let window = config.window();
        let live = now - row.anchor(config.mode) <= window;
        let usage = if live { row.usage } else { 0 };
        let most = config.lets_through(limit);
        let remaining = most.map(|most| most.saturating_sub(usage));
        let state = match (live, most, remaining) {
            (false, ..) => State::Free,
            (true, Some(most), _) if usage > most => State::Blocked,
            (true, _, Some(0)) => State::Full,
            (true, _, Some(1)) => State::Warn,
            _ => State::Ok,
        };
        let locked = if state == State::Blocked { (now - row.window_start).max(0) / window } else { 0 };
        View {
            number: Text::from(row.number()),
            party: row.party,
            limit,
            live,
            usage,
            remaining,
            reset_seconds: live.then(|| seconds_until(row.reset_at(config.mode, window), now)),
            state,
            updated_at: row.updated_at,
            last_contact_id: Text::clone(&row.last_contact_id),
            blocked_at: row.blocked_at,
            locked_windows: locked,
        }
    }

    /// Whether a caller ID is locked for so long that windows of a fixed length are worth recommending.
    pub fn is_stuck(&self, config: &Config) -> bool {
        self.party == Party::System && config.mode == Mode::Idle && self.locked_windows > 5
    }
}

/// Brings counters into the order of the lists: the worst first, then those that are over first, then by number.
pub fn sort(rows: &mut [View]) {
    rows.sort_by(|a, b| {
        let key = |it: &View| (it.state, it.reset_seconds.unwrap_or(i64::MAX));
        key(a).cmp(&key(b)).then_with(|| a.number.cmp(&b.number))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Touch;
    use connect_rules_engine::compat::Compat;

    fn counter(usage: u32, config: &Config) -> Counter {
        Counter { usage, ..Touch::new(Party::System, "+1800", "c", 1_000, config).first(None) }
    }

    #[test]
    fn a_counter_goes_from_ok_to_blocked_and_is_free_after_its_window() {
        let config = Config { system_limit: 4, ..Config::of(Compat::Original) };
        let at = |usage, now| {
            let view = View::of(&counter(usage, &config), now, &config);
            (view.state, view.usage, view.remaining, view.reset_seconds)
        };
        assert_eq!(at(1, 1_000), (State::Ok, 1, Some(2), Some(61)));
        assert_eq!(at(2, 1_002), (State::Warn, 2, Some(1), Some(60)));
        assert_eq!(at(3, 61_000), (State::Full, 3, Some(0), Some(1)));
        assert_eq!(at(4, 61_000), (State::Blocked, 4, Some(0), Some(1)));
        assert_eq!(at(4, 61_001), (State::Free, 0, Some(3), None));
    }

    #[test]
    fn without_a_limit_nothing_is_blocked() {
        let config = Config { system_limit: 0, ..Config::default() };
        let view = View::of(&counter(900, &config), 1_000, &config);
        assert_eq!((view.state, view.remaining), (State::Ok, None));
    }

    #[test]
    fn a_caller_id_that_never_rests_is_stuck() {
        let config = Config::default();
        let row = Counter { updated_at: 400_000, ..counter(99, &config) };
        let view = View::of(&row, 400_000, &config);
        assert!(view.is_stuck(&config) && view.locked_windows == 6);
        assert!(!View::of(&Counter { usage: 2, ..row }, 400_000, &config).is_stuck(&config));
    }
}
