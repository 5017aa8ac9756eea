//! Checking what a customer said or keyed in: bot slots (`spec/evaluator.md` 7.8) and keys (7.3).
//!
//! Words such as `today` and card expiry are read at the contact clock in a zone the caller chooses.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::collate;
use crate::value::{text_number, utf16_len};

/// A check that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// The slot's data type is none of `date`, `number`, `phone`, `time`.
    #[error("Unsupported data type: {0}")]
    SlotType(String),
    /// The key input's data type is none of `CreditCardExpiry`, `Date`, `Number`, `Phone`.
    #[error("DTMFInput.input() Unhandled DTMFInput data type: {0}")]
    KeyType(String),
    /// A date bound is neither a known word nor `YYYY-MM-DD`.
    #[error("Failed to parse date string: {0}")]
    Bound(String),
}

/// Where and when a check is made.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The contact clock, milliseconds since 1970.
    pub now_ms: i64,
    /// The zone whose calendar counts.
    pub zone: &'a TimeZone,
}

impl Moment<'_> {
    fn today(&self) -> Date {
        let now = Timestamp::from_millisecond(self.now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(now).date()
    }
}

/// Whether a slot value is acceptable. Empty bounds do not count; an empty value never is.
pub fn validate_slot(
    data_type: &str,
    value: &str,
    min: &str,
    max: &str,
    moment: Moment<'_>,
) -> Result<bool, SlotError> {
    match data_type {
        "number" => Ok(validate_number(value, min, max)),
        "phone" => Ok(is_slot_phone(value) && within_text(value, min, max)),
        "time" => Ok(is_time(value) && within_text(value, min, max)),
        "date" => Ok(validate_date(value, min, max, moment)),
        other => Err(SlotError::SlotType(other.to_owned())),
    }
}

fn validate_number(value: &str, min: &str, max: &str) -> bool {
    let Some(number) = text_number(value) else { return false };
    text_number(min).is_none_or(|min| number >= min) && text_number(max).is_none_or(|max| number <= max)
}

/// Text bounds in the order of names.
fn within_text(value: &str, min: &str, max: &str) -> bool {
    (min.is_empty() || collate::compare(value, min).is_ge())
        && (max.is_empty() || collate::compare(value, max).is_le())
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_slot_phone(value: &str) -> bool {
    if let Some(rest) = value.strip_prefix('+') {
        rest.len() == 11 && all_digits(rest)
    } else {
        is_local_phone(value)
    }
}

/// `0` and nine digits.
fn is_local_phone(value: &str) -> bool {
    value.len() == 10 && value.starts_with('0') && all_digits(value)
}

fn is_time(value: &str) -> bool {
    let Some((hour, minute)) = value.split_once(':') else { return false };
    let part = |text: &str, max: u8| {
        text.len() == 2 && all_digits(text) && text.parse::<u8>().is_ok_and(|n| n <= max)
    };
    part(hour, 23) && part(minute, 59)
}

/// A strict `YYYY-MM-DD` that is in the calendar.
fn strict_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
    if !shaped {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
}

/// The day a bound means: `yesterday`, `today`, `tomorrow` or `YYYY-MM-DD`; none when empty.
pub fn date_bound(text: &str, moment: Moment<'_>) -> Result<Option<Date>, SlotError> {
    let days = match text {
        "" => return Ok(None),
        "yesterday" => -1,
        "today" => 0,
        "tomorrow" => 1,
        _ => return strict_date(text).map(Some).ok_or_else(|| SlotError::Bound(text.to_owned())),
    };
    Ok(Some(moment.today().saturating_add(days.days())))
}

/// A bad bound makes the value invalid.
fn validate_date(value: &str, min: &str, max: &str, moment: Moment<'_>) -> bool {
    let Some(date) = strict_date(value) else { return false };
    let (Ok(min), Ok(max)) = (date_bound(min, moment), date_bound(max, moment)) else { return false };
    min.is_none_or(|min| date >= min) && max.is_none_or(|max| date <= max)
}

/// Whether keyed input is acceptable. Lengths that are not numbers (NaN) do not count.
pub fn validate_keys(
    data_type: &str,
    input: &str,
    min_length: f64,
    max_length: f64,
    moment: Moment<'_>,
) -> Result<bool, SlotError> {
    let length = utf16_len(input) as f64;
    if length < min_length || length > max_length {
        return Ok(false);
    }
    match data_type {
        "Number" => Ok(all_digits(input)),
        "Phone" => Ok(is_local_phone(input)),
        "Date" => Ok(is_key_date(input)),
        "CreditCardExpiry" => Ok(is_card_expiry(input, moment)),
        other => Err(SlotError::KeyType(other.to_owned())),
    }
}

/// `DDMMYYYY` of a year from 1000 to 2999.
fn is_key_date(input: &str) -> bool {
    if input.len() != 8 || !all_digits(input) || !matches!(input.as_bytes()[4], b'1' | b'2') {
        return false;
    }
    let number = |text: &str| text.parse::<i8>().unwrap_or_default();
    let year = input[4..].parse().unwrap_or_default();
    Date::new(year, number(&input[2..4]), number(&input[..2])).is_ok()
}

/// `MMYY`, this month or later. Years are compared by their last two digits.
fn is_card_expiry(input: &str, moment: Moment<'_>) -> bool {
    if input.len() != 4 || !all_digits(input) {
        return false;
    }
    let today = moment.today();
    let month = input[..2].parse::<i8>().unwrap_or_default();
    let year = input[2..].parse::<i16>().unwrap_or_default();
    (1..=12).contains(&month) && (year, month) >= (today.year().rem_euclid(100), today.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::value::Value;

    static UTC: TimeZone = TimeZone::UTC;

    fn at<'a>(instant: &str, zone: &'a TimeZone) -> Moment<'a> {
        Moment { now_ms: golden::millis(instant), zone }
    }

    #[test]
    fn slots() {
        let moment = at("2022-06-01T00:00:00Z", &UTC);
        for (kind, value, min, max, want) in [
            ("number", "0x10", "10", "20", true),
            ("phone", "+61400000000", "04", "", false),
            ("time", "09:00", "09:00", "17:00", true),
            ("time", "3:40", "", "", false),
            ("date", "2022-02-30", "", "", false),
            ("date", "2022-02-28", "garbage", "", false),
            ("date", "2022-06-01", "today", "today", true),
            ("number", "", "", "", false),
        ] {
            assert_eq!(validate_slot(kind, value, min, max, moment), Ok(want), "{kind} {value} {min} {max}");
        }
        assert_eq!(validate_slot("colour", "x", "", "", moment), Err(SlotError::SlotType("colour".into())));
    }

    #[test]
    fn the_day_is_that_of_the_zone() {
        let brisbane = TimeZone::get("Australia/Brisbane").unwrap();
        let moment = at("2022-06-01T15:00:00Z", &brisbane);
        assert_eq!(validate_slot("date", "2022-06-02", "today", "today", moment), Ok(true));
        let moment = at("2022-06-30T15:00:00Z", &brisbane);
        assert_eq!(validate_keys("CreditCardExpiry", "0622", 4.0, 4.0, moment), Ok(false));
        let moment = at("2022-06-30T15:00:00Z", &UTC);
        assert_eq!(validate_keys("CreditCardExpiry", "0622", 4.0, 4.0, moment), Ok(true));
    }

    #[test]
    fn keys() {
        let moment = at("2022-06-01T00:00:00Z", &UTC);
        for (kind, input, want) in [
            ("Number", "1234", true),
            ("Number", "12x4", false),
            ("Phone", "0412345678", true),
            ("Phone", "412345678", false),
            ("Date", "29022020", true),
            ("Date", "29022021", false),
            ("Date", "01013000", false),
            ("CreditCardExpiry", "0522", false),
            ("CreditCardExpiry", "0622", true),
            ("CreditCardExpiry", "0123", true),
            ("CreditCardExpiry", "1323", false),
            ("CreditCardExpiry", "1299", true),
            ("Number", "NOINPUT", false),
        ] {
            assert_eq!(validate_keys(kind, input, 0.0, 20.0, moment), Ok(want), "{kind} {input}");
        }
        assert_eq!(validate_keys("Number", "12", 4.0, 4.0, moment), Ok(false));
        assert_eq!(validate_keys("Other", "12", 4.0, 4.0, moment), Ok(false));
        assert!(validate_keys("Other", "1234", 4.0, f64::NAN, moment).is_err());
    }

    #[test]
    fn golden_validate_slot() {
        golden::each("validate-slot", |record| {
            let function = golden::text(record, "fn");
            let kind = function.strip_prefix("validateSlot").unwrap().to_lowercase();
            let part = |name| golden::text(record, name);
            let moment = at(&part("now"), &UTC);
            let got = validate_slot(&kind, &part("value"), &part("min"), &part("max"), moment).unwrap();
            golden::same(&got.into(), &record.member("result"))
        });
    }

    #[test]
    fn golden_validation_date() {
        golden::each("validation-date", |record| {
            let moment = at(&golden::text(record, "now"), &UTC);
            match date_bound(&golden::text(record, "value"), moment) {
                Ok(date) => {
                    let got = date.map_or(Value::Undefined, |d| format!("{d}T00:00:00.000Z").into());
                    golden::same(&got, &record.member("result"))
                }
                Err(e) => golden::same(&e.to_string().into(), &record.member("error").member("message")),
            }
        });
    }
}
