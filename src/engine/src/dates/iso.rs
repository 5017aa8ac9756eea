//! ISO 8601 dates and times, extended and basic.

use super::DAY_MS;
use super::civil::{days_from_civil, days_in_month, is_leap};
use crate::value::is_blank;

/// What a text is, as an ISO date.
pub enum Read {
    /// A valid instant.
    Date(i64),
    /// Of ISO form, but no such date or time.
    Invalid,
    /// Not of ISO form.
    Other,
}

/// Reads a text without blanks in front of it.
pub fn parse(text: &str) -> Read {
    let Some((year, rest, signed)) = year(text) else { return Read::Other };
    let extended = rest.starts_with('-') && !rest[1..].is_empty();
    let Some((date, rest, timeless)) = date(year, rest, extended, signed) else { return Read::Other };
    let time = if rest.is_empty() { Some((Some(0), 0)) } else { time(rest, extended) };
    match (date, time) {
        (_, None) => Read::Other,
        (_, Some(_)) if timeless && !rest.is_empty() => Read::Other,
        (Some(days), Some((Some(ms), offset))) => Read::Date(days * DAY_MS + ms - offset * 60_000),
        _ => Read::Invalid,
    }
}

/// `YYYY-MM-DDTHH:mm[:ss[.S…]]z`: the only form with a small `z`, in which days run over into the next month.
pub fn parse_with_small_z(text: &str) -> Option<i64> {
    let body = text.strip_suffix('z')?;
    let (year, rest, _) = year(body)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let clock = rest.strip_prefix('T')?;
    if clock.len() < 5 || clock.contains([',', '+', '-', 'Z']) {
        return None;
    }
    let (ms, _) = time(rest, true)?;
    let exists = (1..=12).contains(&month) && (1..=31).contains(&day);
    Some(days_from_civil(year, month, day) * DAY_MS + ms?).filter(|_| exists)
}

/// The year: four digits, or a sign and six.
fn year(text: &str) -> Option<(i64, &str, bool)> {
    if let Some(digits) = text.strip_prefix(['+', '-']) {
        let (year, rest) = number(digits, 6)?;
        return Some((if text.starts_with('-') { -year } else { year }, rest, true));
    }
    number(text, 4).map(|(year, rest)| (year, rest, false))
}

fn number(text: &str, length: usize) -> Option<(i64, &str)> {
    let digits = text.get(..length)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((digits.parse().ok()?, &text[length..]))
}

/// A date after the year: days since 1970 (none if there is no such date), what follows, and whether the
/// form takes no time.
type DatePart<'t> = (Option<i64>, &'t str, bool);

fn date(year: i64, rest: &str, extended: bool, signed: bool) -> Option<DatePart<'_>> {
    let body = if extended { &rest[1..] } else { rest };
    if let Some(week) = body.strip_prefix('W') {
        let (week, after) = number(week, 2)?;
        let day = if extended { after.strip_prefix('-').unwrap_or("") } else { after };
        return Some(match number(day, 1) {
            Some((weekday, tail)) => (week_date(year, week, weekday), tail, false),
            None => (week_date(year, week, 1), after, true),
        });
    }
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    if extended {
        if digits == 3 {
            let (day, tail) = number(body, 3)?;
            return Some((ordinal_date(year, day), tail, false));
        }
        let (month, tail) = number(body, 2)?;
        return match tail.strip_prefix('-').and_then(|t| number(t, 2)) {
            Some((day, tail)) => Some((month_date(year, month, day), tail, false)),
            None if signed => None,
            None => Some((month_date(year, month, 1), tail, true)),
        };
    }
    match digits {
        4 => {
            let (month, tail) = number(body, 2)?;
            let (day, tail) = number(tail, 2)?;
            Some((month_date(year, month, day), tail, false))
        }
        3 if !signed => {
            let (day, tail) = number(body, 3)?;
            Some((ordinal_date(year, day), tail, false))
        }
        2 if !signed => {
            let (month, tail) = number(body, 2)?;
            Some((month_date(year, month, 1), tail, true))
        }
        0 if !signed => Some((month_date(year, 1, 1), rest, true)),
        _ => None,
    }
}

/// Days to a date of the calendar, if it exists.
pub fn month_date(year: i64, month: i64, day: i64) -> Option<i64> {
    let exists = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    exists.then(|| days_from_civil(year, month, day))
}

fn ordinal_date(year: i64, day: i64) -> Option<i64> {
    (1..=365 + i64::from(is_leap(year))).contains(&day).then(|| days_from_civil(year, 1, 1) + day - 1)
}

fn week_date(year: i64, week: i64, weekday: i64) -> Option<i64> {
    let start = |year: i64| {
        let fourth = days_from_civil(year, 1, 4);
        fourth - (fourth + 3).rem_euclid(7)
    };
    let weeks = (start(year + 1) - start(year)) / 7;
    let exists = (1..=weeks).contains(&week) && (1..=7).contains(&weekday);
    exists.then(|| start(year) + (week - 1) * 7 + weekday - 1)
}

/// The time after a date: milliseconds into the day (none if there is no such time) and the offset in
/// minutes. `None` when the text is no time of this form.
fn time(text: &str, extended: bool) -> Option<(Option<i64>, i64)> {
    let text = text.strip_prefix(['T', ' '])?;
    let step = |text| -> Option<(i64, &str)> {
        let text: &str = text;
        if extended { number(text.strip_prefix(':')?, 2) } else { number(text, 2) }
    };
    let (hour, mut rest) = number(text, 2)?;
    let (mut minute, mut second, mut milli) = (0, 0, 0);
    if let Some((value, tail)) = step(rest) {
        (minute, rest) = (value, tail);
        if let Some((value, tail)) = step(rest) {
            (second, rest) = (value, tail);
            if let Some(fraction) = rest.strip_prefix(['.', ',']) {
                let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
                if length == 0 {
                    return None;
                }
                let part: f64 = format!("0.{}", &fraction[..length]).parse().ok()?;
                milli = (part * 1000.0) as i64;
                rest = &fraction[length..];
            }
        }
    }
    let offset = offset(rest)?;
    let full = hour == 24 && minute == 0 && second == 0 && milli == 0;
    let exists = (hour < 24 || full) && minute < 60 && second < 60;
    Some((exists.then_some(((hour * 60 + minute) * 60 + second) * 1000 + milli), offset))
}

/// `Z` (blanks may be in front of it), `±HH`, `±HHmm`, `±HH:mm` or nothing, in minutes.
fn offset(text: &str) -> Option<i64> {
    if text.is_empty() || text.trim_start_matches(is_blank) == "Z" {
        return Some(0);
    }
    let digits = text.strip_prefix(['+', '-'])?;
    let (hours, rest) = number(digits, 2)?;
    let (minutes, rest) = match rest {
        "" => (0, ""),
        rest => number(rest.strip_prefix(':').unwrap_or(rest), 2)?,
    };
    let total = hours * 60 + minutes;
    rest.is_empty().then_some(if text.starts_with('-') { -total } else { total })
}
