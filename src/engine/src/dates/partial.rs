//! Forgiving reading of spoken or typed parts of dates and times: `DDMMYYYY` and time slots
//! (`spec/evaluator.md` 3.4).

use super::civil::Civil;
use super::iso::month_date;
use super::{DAY_MS, checked};

/// The first run of at most `most` digits, and what follows it.
fn digits(text: &str, most: usize) -> Option<(&str, &str)> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let length = text[from..].bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((&text[from..from + length], &text[from + length..]))
}

/// A date of birth from `DDMMYYYY`; other characters are skipped, parts that are missing at the end come
/// from the clock (`now`, UTC).
pub fn birth_date(text: &str, now: i64) -> Option<i64> {
    let now = Civil::from_ms(now);
    let (day, rest) = digits(text, 2)?;
    let day = day.parse().ok()?;
    let Some((month, rest)) = digits(rest, 2) else {
        return month_date(now.year, now.month, day).map(|d| d * DAY_MS);
    };
    let month = month.parse().ok()?;
    let year = match digits(rest, 4) {
        None => now.year,
        Some((year, _)) => {
            let value: i64 = year.parse().ok()?;
            match year.len() {
                2 if value > 68 => 1900 + value,
                2 => 2000 + value,
                _ => value,
            }
        }
    };
    month_date(year, month, day).and_then(|d| checked(d * DAY_MS))
}

/// A time of day in minutes, from `H:m`, `HHmm`, `h:mm am`, `h pm` and the like; up to `24:00`.
pub fn time_slot(text: &str) -> Option<i64> {
    let (hour, rest) = digits(text, 2)?;
    let mut hour: i64 = hour.parse().ok()?;
    let (minute, rest) = match digits(rest, 2) {
        Some((minute, rest)) => (minute.parse().ok()?, rest),
        None => (0, rest),
    };
    match rest.chars().find(|c| matches!(c, 'a' | 'A' | 'p' | 'P')) {
        Some('p' | 'P') if hour < 12 => hour += 12,
        Some('a' | 'A') if hour == 12 => hour = 0,
        _ => {}
    }
    let exists = minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
    exists.then_some(hour * 60 + minute)
}
