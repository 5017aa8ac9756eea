//! Dates of mail headers: `Sun, 27 Nov 2022 23:20:00 GMT`.

use super::DAY_MS;
use super::civil::{days_from_civil, days_in_month};
use super::loose::{MONTHS, ZONES};

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// What a text is, as a date of a mail header.
pub enum Read {
    /// A valid instant.
    Date(i64),
    /// Of this form, but no such date, or another day of the week.
    Invalid,
    /// Not of this form.
    Other,
}

/// Reads `[ddd[,] ]D MMM YYYY HH:mm[:ss] zone`, the zone a name, `Z` or `±HHmm`.
pub fn parse(text: &str) -> Read {
    let text = text.replace(['\n', '\t'], " ");
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    let weekday = words
        .next_if(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(|word| WEEKDAYS.iter().position(|day| *day == word.strip_suffix(',').unwrap_or(word)));
    let parts: Vec<&str> = words.collect();
    let [day, month, year, time, zone] = parts[..] else { return Read::Other };
    if weekday == Some(None) {
        return Read::Other;
    }
    let read = || {
        let day = digits(day, 1..=2)?;
        let month = MONTHS
            .iter()
            .position(|m| month.len() == 3 && is_capital(month) && m.eq_ignore_ascii_case(month))?;
        let year = match digits(year, 2..=4)? {
            year @ 0..=49 => year + 2000,
            year @ 50..=999 => year + 1900,
            year => year,
        };
        let mut clock = time.split(':').map(|part| digits(part, 2..=2));
        let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
        if clock.next().is_some() {
            return None;
        }
        Some((
            year,
            month as i64 + 1,
            day,
            (hour * 60 + minute) * 60 + second,
            (hour, minute, second),
            offset(zone)?,
        ))
    };
    let Some((year, month, day, seconds, (hour, minute, second), offset)) = read() else {
        return Read::Other;
    };
    let days = days_from_civil(year, month, day);
    let exists = (1..=days_in_month(year, month)).contains(&day)
        && (hour < 24 || seconds == 86_400)
        && minute < 60
        && second < 60;
    let fits = weekday.flatten().is_none_or(|weekday| (days + 4).rem_euclid(7) == weekday as i64);
    if exists && fits { Read::Date(days * DAY_MS + (seconds - offset * 60) * 1000) } else { Read::Invalid }
}

fn is_capital(word: &str) -> bool {
    let mut letters = word.bytes();
    letters.next().is_some_and(|b| b.is_ascii_uppercase()) && letters.all(|b| b.is_ascii_lowercase())
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let good = length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

/// Minutes east of UTC of a zone's name or `±HHmm`.
fn offset(zone: &str) -> Option<i64> {
    if let Some(digits_of) = zone.strip_prefix(['+', '-']) {
        let n = digits(digits_of, 4..=4)?;
        let minutes = n / 100 * 60 + n % 100;
        return Some(if zone.starts_with('-') { -minutes } else { minutes });
    }
    let known = zone == "z" || zone.bytes().all(|b| b.is_ascii_uppercase());
    let name = zone.to_ascii_lowercase();
    ZONES.iter().find(|(n, _)| known && *n == name && name != "utc").map(|(_, hours)| hours * 60)
}
