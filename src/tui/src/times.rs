//! Dates and times: stored in UTC, shown and typed as the clock of the call centre has them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A stored time as it is typed, without a zone; as it is stored if it cannot be read.
pub fn typed(stored: &str, zone: Option<&TimeZone>) -> String {
    stored.parse::<Timestamp>().map_or_else(|_| stored.to_owned(), |at| clock(at, zone, "%Y-%m-%d %H:%M"))
}

/// A stored time as it is shown: `2026-11-21 15:07` on the clock of the call centre, with `UTC` behind it where
/// the call centre has no zone; as it is stored if it cannot be read.
pub fn shown(stored: &str, zone: Option<&TimeZone>) -> String {
    let mark = if zone.is_none() && stored.parse::<Timestamp>().is_ok() { " UTC" } else { "" };
    format!("{}{mark}", typed(stored, zone))
}

/// A stored time as [`shown`] and how long ago that was: `2026-11-21 15:07 (2 h ago)`. `now` is in milliseconds
/// since the epoch.
pub fn told(stored: &str, zone: Option<&TimeZone>, now: i64) -> String {
    let shown = shown(stored, zone);
    match stored.parse::<Timestamp>() {
        Ok(at) if at.as_millisecond() <= now => format!("{shown} ({} ago)", age(now - at.as_millisecond())),
        _ => shown,
    }
}

/// A time span in milliseconds in words: `12 min`, `3 h`, `5 days`; less than nothing is `later`.
pub fn age(milliseconds: i64) -> String {
    let minutes = milliseconds.div_euclid(60_000);
    match minutes {
        ..0 => "later".to_owned(),
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// The name of the zone that times are shown in.
pub fn zone_name(zone: Option<&TimeZone>) -> &str {
    zone.map_or("UTC", |zone| zone.iana_name().unwrap_or("the call centre"))
}

fn clock(at: Timestamp, zone: Option<&TimeZone>, form: &str) -> String {
    at.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC)).strftime(form).to_string()
}

/// A typed time as it is stored.
///
/// # Errors
/// Why it cannot be read, and how to write it.
pub fn stored(typed: &str, zone: Option<&TimeZone>) -> Result<String, String> {
    let typed = typed.trim();
    let utc = "%Y-%m-%dT%H:%M:%SZ";
    if let Ok(at) = typed.parse::<Timestamp>() {
        return Ok(at.strftime(utc).to_string());
    }
    let zone = zone.cloned().unwrap_or(TimeZone::UTC);
    let civil = DateTime::strptime("%Y-%m-%d %H:%M", typed)
        .or_else(|_| DateTime::strptime("%Y-%m-%dT%H:%M", typed))
        .map_err(|_| "is no date and time; write it as 2023-06-14 08:15".to_owned())?;
    let at = civil.to_zoned(zone).map_err(|error| error.to_string())?;
    Ok(at.timestamp().strftime(utc).to_string())
}

/// An instant, in milliseconds since the epoch, to the second on the clock of the call centre.
pub fn seconds(ms: i64, zone: Option<&TimeZone>) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| clock(at, zone, "%Y-%m-%d %H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_on_the_clock_of_the_call_centre() {
        let zone = TimeZone::get("Australia/Melbourne").unwrap();
        assert_eq!(typed("2023-06-14T22:15:30Z", Some(&zone)), "2023-06-15 08:15");
        assert_eq!(stored("2023-06-15 08:15", Some(&zone)).unwrap(), "2023-06-14T22:15:00Z");
        assert_eq!(stored("2023-06-14T22:15:30Z", Some(&zone)).unwrap(), "2023-06-14T22:15:30Z");
        assert!(stored("yesterday", Some(&zone)).unwrap_err().contains("2023-06-14 08:15"));
    }

    #[test]
    fn times_are_shown_to_the_minute_with_their_age() {
        let zone = TimeZone::get("Australia/Melbourne").unwrap();
        let stored = "2026-11-21T04:07:31.482Z";
        let now = "2026-11-21T06:20:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(shown(stored, Some(&zone)), "2026-11-21 15:07");
        assert_eq!(shown(stored, None), "2026-11-21 04:07 UTC");
        assert_eq!(told(stored, Some(&zone), now), "2026-11-21 15:07 (2 h ago)");
        assert_eq!(told("2026-11-22T04:07:31Z", None, now), "2026-11-22 04:07 UTC", "a clock that is behind");
        assert_eq!(told("once", None, now), "once");
        assert_eq!(
            [0, 119 * 60_000, 120 * 60_000, 50 * 3_600_000, -1].map(age),
            ["0 min", "119 min", "2 h", "2 days", "later"]
        );
    }
}
