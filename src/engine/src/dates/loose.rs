//! Dates in other forms: month first numeric dates, dates with month names. The rules are
//! those of the date reader behind the original.

use super::DAY_MS;
use super::civil::days_from_civil;

pub(super) const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
pub(super) const ZONES: [(&str, i64); 12] = [
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// What has been read of a date.
#[derive(Default)]
struct Reader {
    numbers: Vec<i64>,
    month: Option<i64>,
    time: Vec<i64>,
    time_done: bool,
    /// 0 for am, 12 for pm.
    half: Option<i64>,
    sign: Option<i64>,
    zone_hour: Option<i64>,
    zone_minute: Option<i64>,
    seen_number: bool,
}

/// Reads a date of any of the other forms.
pub fn parse(text: &str) -> Option<i64> {
    let mut reader = Reader::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            rest = reader.number(rest)?;
        } else if c.is_ascii_alphabetic() {
            let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(length);
            rest = reader.word(&word.to_ascii_lowercase(), tail)?;
        } else if c == '(' {
            rest = rest.find(')').map_or("", |end| &rest[end + 1..]);
        } else if matches!(c, '+' | '-') && (reader.is_utc() || !reader.time.is_empty()) {
            rest = reader.offset(&rest[1..], if c == '-' { -1 } else { 1 })?;
        } else if matches!(c, '+' | '-' | ')') && reader.seen_number {
            return None;
        } else if c.is_ascii() || c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else {
            return None;
        }
    }
    reader.finish()
}

/// The number at the start of a text; more digits than a date can need make a number too large for one.
fn digits(text: &str) -> (i64, usize) {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let significant = text[..length].trim_start_matches('0');
    let value = significant.get(..significant.len().min(9)).and_then(|d| d.parse().ok());
    (value.unwrap_or(0), length)
}

impl Reader {
    fn is_utc(&self) -> bool {
        self.zone_hour == Some(0) && self.zone_minute == Some(0)
    }

    /// Whether a number can be the next part of the time.
    fn time_expects(&self, n: i64) -> bool {
        !self.time_done
            && match self.time.len() {
                1 | 2 => n < 60,
                3 => n < 1000,
                _ => false,
            }
    }

    fn number<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (n, length) = digits(text);
        let rest = &text[length..];
        self.seen_number = true;
        if let Some(after) = rest.strip_prefix(':') {
            if self.zone_hour.is_some() && self.zone_minute.is_none() {
                self.zone_minute = Some(n);
                return Some(after);
            }
            if self.time_done || self.time.len() >= 4 {
                return None;
            }
            self.time.push(n);
            return Some(after.strip_prefix('.').unwrap_or(after));
        }
        if rest.starts_with('.') && self.time_expects(n) {
            self.time.push(n);
            let after = &rest[1..];
            let (_, length) = digits(after);
            if length == 0 {
                return None;
            }
            let part: f64 = format!("0.{}", &after[..length]).parse().ok()?;
            self.time.resize(3, 0);
            self.time.push((part * 1000.0) as i64);
            self.time_done = true;
            return Some(&after[length..]);
        }
        if self.zone_hour.is_some() && self.zone_minute.is_none() {
            self.zone_minute = Some(n);
            return Some(rest);
        }
        if self.time_expects(n) {
            self.time.push(n);
            self.time_done = true;
            let ends =
                rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, 'z' | 'Z' | '+' | '-'));
            return ends.then_some(rest);
        }
        if self.numbers.len() == 3 {
            return None;
        }
        self.numbers.push(n);
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        Some(rest.strip_prefix('-').unwrap_or(rest))
    }

    fn word<'t>(&mut self, word: &str, tail: &'t str) -> Option<&'t str> {
        let half = match word {
            "am" => Some(0),
            "pm" => Some(12),
            _ => None,
        };
        if let Some(half) = half
            && !self.time.is_empty()
        {
            self.half = Some(half);
            return Some(tail);
        }
        let month = word.get(..3).and_then(|short| MONTHS.iter().position(|m| *m == short));
        if let Some(month) = month {
            self.month = Some(month as i64 + 1);
            return Some(tail.strip_prefix('-').unwrap_or(tail));
        }
        let zone = ZONES.iter().find(|(name, _)| *name == word);
        if let Some((_, hours)) = zone
            && self.seen_number
        {
            self.sign = Some(if *hours < 0 { -1 } else { 1 });
            self.zone_hour = Some(hours.abs());
            self.zone_minute = Some(0);
            return Some(tail);
        }
        if self.seen_number || tail.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        Some(tail)
    }

    fn offset<'t>(&mut self, text: &'t str, sign: i64) -> Option<&'t str> {
        let (n, length) = digits(text);
        let rest = &text[length..];
        self.sign = Some(sign);
        self.seen_number = true;
        if rest.starts_with(':') {
            (self.zone_hour, self.zone_minute) = (Some(n), None);
        } else {
            match length {
                1 | 2 => (self.zone_hour, self.zone_minute) = (Some(n), Some(0)),
                3 | 4 => (self.zone_hour, self.zone_minute) = (Some(n / 100), Some(n % 100)),
                _ => return None,
            }
        }
        Some(rest)
    }

    fn offset_minutes(&self) -> i64 {
        self.sign.unwrap_or(0) * (self.zone_hour.unwrap_or(0) * 60 + self.zone_minute.unwrap_or(0))
    }

    fn finish(&self) -> Option<i64> {
        let part = |i: usize| self.numbers.get(i).copied().unwrap_or(1);
        let day_of_month = |n: i64| (1..=31).contains(&n);
        if self.numbers.is_empty() {
            return None;
        }
        let (year, month, day) = match self.month {
            None if !day_of_month(part(0)) => (part(0), part(1), part(2)),
            None => (part(2), part(0), part(1)),
            Some(month) if self.numbers.len() == 1 => (1, month, part(0)),
            Some(month) if !day_of_month(part(0)) => (part(0), month, part(1)),
            Some(month) => (part(1), month, part(0)),
        };
        let year = match year {
            0..=49 => year + 2000,
            50..=99 => year + 1900,
            _ => year,
        };
        if !(1..=12).contains(&month) || !day_of_month(day) || year > 300_000 {
            return None;
        }
        let time = |i: usize| self.time.get(i).copied().unwrap_or(0);
        let (mut hour, minute, second, milli) = (time(0), time(1), time(2), time(3));
        if let Some(half) = self.half {
            if hour > 12 {
                return None;
            }
            hour = hour % 12 + half;
        }
        let full = hour == 24 && minute == 0 && second == 0 && milli == 0;
        if !(hour < 24 || full) || minute > 59 || second > 59 {
            return None;
        }
        let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
        Some(days_from_civil(year, month, day) * DAY_MS + in_day - self.offset_minutes() * 60_000)
    }
}
