//! Dates of the template language: reading them from text and writing them by a format
//! (`spec/evaluator.md` 3.5). Instants are milliseconds since 1970 in UTC.

mod civil;
mod format;
mod iso;
mod loose;
mod partial;
mod rfc2822;

#[cfg(test)]
mod tests;

pub use civil::{Civil, days_from_civil, days_in_month};
pub use format::{INVALID, format, iso_utc, iso_utc_ms, ordinal};
pub use partial::{birth_date, time_slot};

use jiff::tz::TimeZone;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// Farthest instant from 1970 that counts as a date.
const FARTHEST: i64 = 8_640_000_000_000_000;

/// Reads a date: ISO 8601, RFC 2822, or one of the fallback forms. No offset means UTC. `None` is an
/// invalid date.
///
/// Blanks in front are skipped. Behind a date they lead to the fallback forms, which know no time after `T`
/// but one that ends in `z`.
pub fn parse(text: &str) -> Option<i64> {
    let found = match iso::parse(text.trim_start_matches(crate::value::is_blank)) {
        iso::Read::Date(ms) => Some(ms),
        iso::Read::Invalid => None,
        iso::Read::Other => match rfc2822::parse(text) {
            rfc2822::Read::Date(ms) => Some(ms),
            rfc2822::Read::Invalid => None,
            rfc2822::Read::Other => iso::parse_with_small_z(text).or_else(|| loose::parse(text)),
        },
    };
    found.and_then(checked)
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
