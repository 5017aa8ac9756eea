//! Writing dates by a format of tokens (`spec/evaluator.md` 3.5).

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::civil::Civil;

/// What an invalid date prints as, whatever the format.
pub const INVALID: &str = "Invalid date";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Tokens, longest first where one starts another.
const TOKENS: &[&str] = &[
    "Hmmss",
    "hmmss",
    "Hmm",
    "hmm",
    "Mo",
    "MMMM",
    "MMM",
    "MM",
    "M",
    "Do",
    "DDDo",
    "DDDD",
    "DDD",
    "DD",
    "D",
    "dddd",
    "ddd",
    "dd",
    "do",
    "d",
    "wo",
    "ww",
    "w|",
    "w",
    "Wo",
    "WW",
    "W|",
    "W",
    "Qo",
    "Q",
    "NNNNN",
    "NNNN",
    "NNN",
    "NN",
    "N",
    "YYYYYY",
    "YYYYY",
    "YYYY",
    "YY",
    "yyyy",
    "yyy",
    "yy",
    "yo",
    "y",
    "ggggg",
    "gggg",
    "gg",
    "GGGGG",
    "GGGG",
    "GG",
    "e",
    "E",
    "a",
    "A",
    "hh",
    "h",
    "HH",
    "H",
    "kk",
    "k",
    "mm",
    "m",
    "ss",
    "s",
    "SSSSSSSSS",
    "SSSSSSSS",
    "SSSSSSS",
    "SSSSSS",
    "SSSSS",
    "SSSS",
    "SSS",
    "SS",
    "S",
    "x",
    "X",
    "zz",
    "z",
    "ZZ",
    "Z",
    "Y",
];

/// Localised tokens, and what they stand for.
const LOCAL: &[(&str, &str)] = &[
    ("LTS", "h:mm:ss A"),
    ("LT", "h:mm A"),
    ("LLLL", "dddd, MMMM D, YYYY h:mm A"),
    ("LLL", "MMMM D, YYYY h:mm A"),
    ("LL", "MMMM D, YYYY"),
    ("L", "MM/DD/YYYY"),
    ("llll", "ddd, MMM D, YYYY h:mm A"),
    ("lll", "MMM D, YYYY h:mm A"),
    ("ll", "MMM D, YYYY"),
    ("l", "M/D/YYYY"),
];

/// A number with its English ordinal ending: `1st`, `12th`, `23rd`.
pub fn ordinal(n: i64) -> String {
    let ending = match (n % 100 / 10, n % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// An instant as `YYYY-MM-DDTHH:mm:ss.SSS+00:00`.
pub fn iso_utc_ms(ms: i64) -> String {
    let c = Civil::from_ms(ms);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00",
        c.year, c.month, c.day, c.hour, c.minute, c.second, c.milli
    )
}

/// An instant to the second as `YYYY-MM-DDTHH:mm:ssZ`, the form of times in files.
pub fn iso_utc(ms: i64) -> String {
    let c = Civil::from_ms(ms);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

/// Writes an instant by a format, in a zone when `local`, else in UTC (where `z` is empty). An empty
/// format is ISO 8601 with offset.
pub fn format(instant_ms: i64, zone: &TimeZone, local: bool, format: &str) -> String {
    let mut offset = 0;
    let mut abbreviation = String::new();
    if local {
        let bounds = (Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
        if let Ok(at) = Timestamp::from_millisecond(instant_ms.clamp(bounds.0, bounds.1)) {
            let info = zone.to_offset_info(at);
            offset = i64::from(info.offset().seconds());
            info.abbreviation().clone_into(&mut abbreviation);
        }
    }
    let writer = Writer {
        at: Civil::from_ms(instant_ms + offset * 1000),
        instant_ms,
        offset: offset / 60,
        abbreviation,
    };
    let mut out = String::with_capacity(format.len() + 16);
    let expanded;
    let format = match format {
        "" if local && offset == 0 => "YYYY-MM-DDTHH:mm:ss[Z]",
        "" => "YYYY-MM-DDTHH:mm:ssZ",
        format if format.contains(['L', 'l']) => {
            expanded = expand(format);
            &expanded
        }
        format => format,
    };
    writer.write(format, &mut out);
    out
}

/// `[literal]` at the start: it reaches to the last `]` before another `[`.
fn bracket(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find('[').unwrap_or(inner.len());
    inner[..end].rfind(']').map(|close| &inner[..close])
}

/// Replaces the localised tokens.
fn expand(format: &str) -> String {
    let mut out = String::with_capacity(format.len() + 32);
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let (part, length) = if let Some(literal) = bracket(rest) {
            (&rest[..literal.len() + 2], literal.len() + 2)
        } else if let Some((token, long)) = LOCAL.iter().find(|(token, _)| rest.starts_with(token)) {
            (*long, token.len())
        } else if let Some(after) = rest.strip_prefix('\\') {
            let token = LOCAL.iter().find(|(token, _)| after.starts_with(token));
            let length = 1 + token.map_or(0, |(token, _)| token.len());
            (&rest[..length], length)
        } else {
            (&rest[..c.len_utf8()], c.len_utf8())
        };
        out.push_str(part);
        rest = &rest[length..];
    }
    out
}

struct Writer {
    at: Civil,
    instant_ms: i64,
    /// Minutes east of UTC.
    offset: i64,
    abbreviation: String,
}

/// A number with at least this many digits.
fn padded(out: &mut String, n: i64, digits: usize) {
    let sign = if n < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{:0digits$}", n.abs());
}

impl Writer {
    fn write(&self, format: &str, out: &mut String) {
        let mut rest = format;
        while let Some(c) = rest.chars().next() {
            if let Some(literal) = bracket(rest) {
                out.push_str(literal);
                rest = &rest[literal.len() + 2..];
            } else if let Some(token) = TOKENS.iter().find(|token| rest.starts_with(**token)) {
                self.token(token, out);
                rest = &rest[token.len()..];
            } else if c == '\\' {
                let after = &rest[1..];
                let token = TOKENS.iter().find(|token| after.starts_with(**token)).map_or(0, |t| t.len());
                let length = if token > 0 { token } else { after.chars().next().map_or(0, char::len_utf8) };
                out.extend(after[..length].chars().filter(|c| *c != '\\' && !is_line_end(*c)));
                rest = &after[length..];
            } else {
                if !is_line_end(c) {
                    out.push(c);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
    }

    fn token(&self, token: &str, out: &mut String) {
        let at = &self.at;
        let (week, week_year) = at.week(0, 1);
        let (iso_week, iso_year) = at.week(1, 4);
        let quarter = (at.month + 2) / 3;
        let hour12 = if at.hour % 12 == 0 { 12 } else { at.hour % 12 };
        let hour24 = if at.hour == 0 { 24 } else { at.hour };
        let era_year = if at.year > 0 { at.year } else { 1 - at.year };
        let month = MONTHS.get(at.month as usize - 1).copied().unwrap_or_default();
        let day = DAYS.get(at.weekday as usize).copied().unwrap_or_default();
        match token {
            "M" => padded(out, at.month, 1),
            "MM" => padded(out, at.month, 2),
            "Mo" => out.push_str(&ordinal(at.month)),
            "MMM" => out.push_str(&month[..3]),
            "MMMM" => out.push_str(month),
            "Q" => padded(out, quarter, 1),
            "Qo" => out.push_str(&ordinal(quarter)),
            "D" => padded(out, at.day, 1),
            "DD" => padded(out, at.day, 2),
            "Do" => out.push_str(&ordinal(at.day)),
            "DDD" => padded(out, at.day_of_year, 1),
            "DDDD" => padded(out, at.day_of_year, 3),
            "DDDo" => out.push_str(&ordinal(at.day_of_year)),
            "d" | "e" => padded(out, at.weekday, 1),
            "do" => out.push_str(&ordinal(at.weekday)),
            "dd" => out.push_str(&day[..2]),
            "ddd" => out.push_str(&day[..3]),
            "dddd" => out.push_str(day),
            "E" => padded(out, (at.weekday + 6) % 7 + 1, 1),
            "w" => padded(out, week, 1),
            "ww" => padded(out, week, 2),
            "wo" => out.push_str(&ordinal(week)),
            "W" => padded(out, iso_week, 1),
            "WW" => padded(out, iso_week, 2),
            "Wo" => out.push_str(&ordinal(iso_week)),
            "YY" => padded(out, at.year % 100, 2),
            "YYYY" => padded(out, at.year, 4),
            "YYYYY" => padded(out, at.year, 5),
            "YYYYYY" => {
                out.push_str(if at.year < 0 { "" } else { "+" });
                padded(out, at.year, 6);
            }
            "Y" => {
                out.push_str(if at.year > 9999 { "+" } else { "" });
                padded(out, at.year, 4);
            }
            "y" | "yy" | "yyy" | "yyyy" => padded(out, era_year, token.len()),
            "yo" => out.push_str(&ordinal(era_year)),
            "N" | "NN" | "NNN" | "NNNNN" => out.push_str(if at.year > 0 { "AD" } else { "BC" }),
            "NNNN" => out.push_str(if at.year > 0 { "Anno Domini" } else { "Before Christ" }),
            "gg" => padded(out, week_year % 100, 2),
            "gggg" | "ggggg" => padded(out, week_year, token.len()),
            "GG" => padded(out, iso_year % 100, 2),
            "GGGG" | "GGGGG" => padded(out, iso_year, token.len()),
            "A" => out.push_str(if at.hour < 12 { "AM" } else { "PM" }),
            "a" => out.push_str(if at.hour < 12 { "am" } else { "pm" }),
            "H" | "HH" => padded(out, at.hour, token.len()),
            "h" | "hh" => padded(out, hour12, token.len()),
            "k" | "kk" => padded(out, hour24, token.len()),
            "m" | "mm" => padded(out, at.minute, token.len()),
            "s" | "ss" => padded(out, at.second, token.len()),
            "hmm" | "Hmm" | "hmmss" | "Hmmss" => {
                padded(out, if token.starts_with('H') { at.hour } else { hour12 }, 1);
                padded(out, at.minute, 2);
                if token.len() == 5 {
                    padded(out, at.second, 2);
                }
            }
            "z" | "zz" => out.push_str(&self.abbreviation),
            "Z" | "ZZ" => {
                let minutes = self.offset.abs();
                let colon = if token == "Z" { ":" } else { "" };
                let sign = if self.offset < 0 { '-' } else { '+' };
                let _ = write!(out, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
            }
            "X" => padded(out, self.instant_ms.div_euclid(1000), 1),
            "x" => padded(out, self.instant_ms, 1),
            fraction if fraction.starts_with('S') => {
                let digits = format!("{:03}000000", at.milli);
                out.push_str(&digits[..fraction.len()]);
            }
            other => out.push_str(other),
        }
    }
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}
