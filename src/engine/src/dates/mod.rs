//! Dates of the template language: reading them from text and writing them by a format
//! (`spec/evaluator.md` 3.5). Instants are milliseconds since 1970 in UTC.

mod civil;
mod format;
mod iso;
mod loose;
mod partial;

#[cfg(test)]
mod tests;

pub use civil::{Civil, days_from_civil, days_in_month};
pub use format::{INVALID, format, iso_utc_ms, ordinal};
pub use partial::{birth_date, time_slot};

use jiff::tz::TimeZone;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// Farthest instant from 1970 that counts as a date.
const FARTHEST: i64 = 8_640_000_000_000_000;

/// Reads a date: ISO 8601, RFC 2822, or one of the fallback forms. No offset means UTC. `None` is an
/// invalid date.
pub fn parse(text: &str) -> Option<i64> {
    let text = crate::value::trim(text);
    match iso::parse(text) {
        iso::Read::Date(ms) => checked(ms),
        iso::Read::Invalid => None,
        iso::Read::Other => loose::parse(text).and_then(checked),
    }
}

/// The instant, if it is near enough to 1970 to be a date.
pub fn checked(ms: i64) -> Option<i64> {
    (ms.abs() <= FARTHEST).then_some(ms)
}

/// The IANA zone of this name, whatever its case.
pub fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name.eq_ignore_ascii_case("local") || !name.is_ascii() {
        return None;
    }
    TimeZone::get(name).ok()
}
