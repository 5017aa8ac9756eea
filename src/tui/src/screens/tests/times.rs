//! Dates and times of tests: stored in UTC, shown and typed as the clock of the call centre has them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A stored time as it is shown; as it is stored if it cannot be read.
pub fn local(stored: &str, zone: Option<&TimeZone>) -> String {
    let zone = zone.cloned().unwrap_or(TimeZone::UTC);
    stored
        .parse::<Timestamp>()
        .map_or_else(|_| stored.to_owned(), |at| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string())
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

/// An instant as a short time on the clock of the call centre.
pub fn short(ms: i64, zone: Option<&TimeZone>) -> String {
    let zone = zone.cloned().unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |at| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_typed_on_the_clock_of_the_call_centre() {
        let zone = TimeZone::get("Australia/Melbourne").unwrap();
        assert_eq!(local("2023-06-14T22:15:30Z", Some(&zone)), "2023-06-15 08:15");
        assert_eq!(stored("2023-06-15 08:15", Some(&zone)).unwrap(), "2023-06-14T22:15:00Z");
        assert_eq!(stored("2023-06-14T22:15:30Z", Some(&zone)).unwrap(), "2023-06-14T22:15:30Z");
        assert!(stored("yesterday", Some(&zone)).unwrap_err().contains("2023-06-14 08:15"));
    }
}
