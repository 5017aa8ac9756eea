//! Time of a contact: holidays, operating hours and the `System` facts (`spec/evaluator.md` 1.4, 8.1, 8.2).

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::dates::zone;
use crate::value::{Map, Text, Value};

const DAY: i64 = 24 * 60;

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Whether the local date of an instant is a holiday. `holidays` are dates as `YYYYMMDD`.
pub fn is_holiday<'a>(at_ms: i64, zone: &TimeZone, holidays: impl IntoIterator<Item = &'a str>) -> bool {
    let date = zone.to_datetime(instant(at_ms)).date();
    let when = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    holidays.into_iter().any(|holiday| holiday == when)
}

/// The word for an hour of the day.
pub fn time_of_day(hour: i64) -> &'static str {
    match hour {
        ..12 => "morning",
        12..18 => "afternoon",
        _ => "evening",
    }
}

/// The `System` facts of a contact that starts at `t0_ms` (milliseconds since 1970).
///
/// Without an instant, because the given one cannot be read, every date is `Invalid date` (Q82).
pub fn system<'a>(
    contact_id: &Text,
    end_point: &Value,
    t0_ms: Option<i64>,
    zone: &TimeZone,
    holidays: impl IntoIterator<Item = &'a str>,
) -> Map {
    let mut map = Map::new();
    map.insert("ContactId", Value::String(Text::clone(contact_id)));
    if !matches!(end_point, Value::Undefined) {
        map.insert("EndPoint", end_point.clone());
    }
    let Some(t0_ms) = t0_ms else {
        map.insert("Holiday", Value::from("false"));
        for name in ["DateTimeUTC", "DateTimeLocal", "TimeLocal"] {
            map.insert(name, Value::from("Invalid date"));
        }
        map.insert("TimeOfDay", Value::from("evening"));
        return map;
    };
    let local = instant(t0_ms).to_zoned(zone.clone());
    let utc = local.with_time_zone(TimeZone::UTC);
    let (hour, minute) = (local.hour(), local.minute());
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut put = |name: &str, value: Value| map.insert(name, value);
    put("Holiday", if is_holiday(t0_ms, zone, holidays) { "true" } else { "false" }.into());
    put("DateTimeUTC", format!("{}Z", date_time(utc.datetime())).into());
    put("DateTimeLocal", format!("{}{}", date_time(local.datetime()), offset(&local)).into());
    put("TimeLocal", format!("{hour12:02}:{minute:02} {half}").into());
    put("TimeOfDay", time_of_day(i64::from(hour)).into());
    map
}

fn date_time(at: DateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// `+10:00`; without an offset `Z`, as the original prints it.
fn offset(at: &Zoned) -> String {
    let minutes = at.offset().seconds() / 60;
    if minutes == 0 {
        return "Z".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// One opening range of a weekday, minutes after midnight.
///
/// From 0 to 0 is the whole day; an end of 0 otherwise is the end of the day, and an end before the start is on
/// the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The day it starts on.
    pub day: Weekday,
    /// First minute.
    pub start: i64,
    /// Last minute.
    pub end: i64,
}

/// Operating hours of the catalogue, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct OperatingHours {
    name: Value,
    id: Value,
    arn: Value,
    zone: TimeZone,
    ranges: Vec<Range>,
}

impl OperatingHours {
    /// Reads `{Name, Id, Arn, Timezone, Config}` or just a name. An unknown zone counts as UTC; rows of an
    /// unknown day never apply.
    pub fn from_value(value: &Value) -> Self {
        let zone = value.member("Timezone").as_str().and_then(zone).unwrap_or(TimeZone::UTC);
        let config = value.member("Config");
        let ranges = config.as_array().unwrap_or_default().iter().filter_map(range).collect();
        let name = if value.as_str().is_some() { value.clone() } else { value.member("Name") };
        Self { name, id: value.member("Id"), arn: value.member("Arn"), zone, ranges }
    }

    /// The name of the hours.
    pub fn name(&self) -> Text {
        self.name.text()
    }

    /// The identifier that queues refer to; undefined if the catalogue has none.
    pub fn id(&self) -> &Value {
        &self.id
    }

    /// The zone that the ranges are told in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The opening ranges as they are listed.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// The facts at an instant: `{Name, Id, Arn, Open, ClosingInMins?, OpeningInMins?}`.
    ///
    /// With `corrected` a range that ends at 00:00 ends with the day, one that ends before it starts runs into
    /// the next day, and minutes to the opening are never negative. Without, such ranges are never open, and a
    /// range that started earlier in this hour opens in less than 0 minutes, as in the original.
    pub fn evaluate(&self, at_ms: i64, corrected: bool) -> Value {
        let local = self.zone.to_datetime(instant(at_ms));
        let (today, now) = (local.weekday(), i64::from(local.hour()) * 60 + i64::from(local.minute()));
        let mut facts = Facts::default();
        if corrected {
            let yesterday = today.previous();
            for range in self.ranges.iter().filter(|r| r.day == yesterday && r.end < r.start && now <= r.end)
            {
                facts.open_for(range.end - now);
            }
        }
        for range in self.ranges.iter().filter(|r| r.day == today) {
            let end = if corrected && range.start != 0 && range.end == 0 {
                DAY
            } else if corrected && range.end < range.start {
                range.end + DAY
            } else {
                range.end
            };
            if range.start == 0 && range.end == 0 {
                facts.open_for(-1);
                facts.opening = Some(-1);
            } else if range.start <= now && now <= end {
                facts.open_for(end - now);
            } else {
                let tomorrow = if corrected { range.start < now } else { range.start / 60 < now / 60 };
                facts.opening = Some(range.start - now + if tomorrow { DAY } else { 0 });
            }
        }
        self.facts_value(&facts)
    }

    fn facts_value(&self, facts: &Facts) -> Value {
        let mut map = Map::new();
        let members = [("Name", &self.name), ("Id", &self.id), ("Arn", &self.arn)];
        for (key, value) in members.into_iter().filter(|(_, v)| !matches!(v, Value::Undefined)) {
            map.insert(key, value.clone());
        }
        map.insert("Open", if facts.open { "true" } else { "false" }.into());
        for (key, minutes) in [("ClosingInMins", facts.closing), ("OpeningInMins", facts.opening)] {
            if let Some(minutes) = minutes {
                map.insert(key, Value::Number(minutes as f64));
            }
        }
        map.into()
    }
}

/// What the rows of a day say; later rows overwrite the minutes, open stays open.
#[derive(Default)]
struct Facts {
    open: bool,
    closing: Option<i64>,
    opening: Option<i64>,
}

impl Facts {
    fn open_for(&mut self, minutes: i64) {
        self.open = true;
        self.closing = Some(minutes);
    }
}

fn range(row: &Value) -> Option<Range> {
    let day = match &*row.member("Day").text().to_uppercase() {
        "MONDAY" => Weekday::Monday,
        "TUESDAY" => Weekday::Tuesday,
        "WEDNESDAY" => Weekday::Wednesday,
        "THURSDAY" => Weekday::Thursday,
        "FRIDAY" => Weekday::Friday,
        "SATURDAY" => Weekday::Saturday,
        "SUNDAY" => Weekday::Sunday,
        _ => return None,
    };
    let minutes = |name: &str| {
        let time = row.member(name);
        time.member("Hours").num() as i64 * 60 + time.member("Minutes").num() as i64
    };
    Some(Range { day, start: minutes("StartTime"), end: minutes("EndTime") })
}

/// The facts of all hours at an instant, by name (`System.OperatingHours`).
pub fn all_hours(hours: &[OperatingHours], at_ms: i64, corrected: bool) -> Map {
    hours.iter().map(|h| (h.name(), h.evaluate(at_ms, corrected))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{self, millis};
    use crate::json;

    fn monday(rows: &str, time: &str, corrected: bool) -> (Value, Value, Value) {
        let rows: Vec<String> = rows
            .split(' ')
            .map(|row| {
                let [h1, m1, h2, m2] = row.split(['-', ':']).collect::<Vec<_>>()[..] else { panic!("{row}") };
                format!(
                    r#"{{"Day":"MONDAY","StartTime":{{"Hours":{h1},"Minutes":{m1}}},"EndTime":{{"Hours":{h2},"Minutes":{m2}}}}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"Name":"N","Timezone":"UTC","Config":[{}]}}"#, rows.join(","));
        let hours = OperatingHours::from_value(&json::parse(&text).unwrap());
        let facts = hours.evaluate(millis(time), corrected);
        (facts.member("Open"), facts.member("ClosingInMins"), facts.member("OpeningInMins"))
    }

    #[test]
    fn rows_of_a_day() {
        let at = |rows, time| monday(rows, &format!("2023-06-12T{time}:59Z"), false);
        let (yes, no, none) = (Value::from("true"), Value::from("false"), Value::Undefined);
        assert_eq!(at("9:0-17:0", "12:00"), (yes.clone(), 300.0.into(), none.clone()));
        assert_eq!(at("9:0-17:0", "17:00"), (yes.clone(), 0.0.into(), none.clone()));
        assert_eq!(at("9:0-17:0", "17:01"), (no.clone(), none.clone(), 959.0.into()));
        assert_eq!(at("9:0-0:0", "12:00"), (no.clone(), none.clone(), 1260.0.into()));
        assert_eq!(at("22:0-6:0", "23:00"), (no.clone(), none.clone(), 1380.0.into()));
        assert_eq!(at("9:0-9:30", "09:45"), (no, none, (-45.0).into()));
        assert_eq!(at("9:0-12:0 13:0-17:0", "10:00"), (yes.clone(), 120.0.into(), 180.0.into()));
        assert_eq!(at("9:0-12:0 13:0-17:0", "14:00"), (yes, 180.0.into(), 1140.0.into()));
    }

    #[test]
    fn ranges_corrected() {
        let at = |rows, time| monday(rows, time, true);
        let (yes, no, none) = (Value::from("true"), Value::from("false"), Value::Undefined);
        assert_eq!(at("9:0-0:0", "2023-06-12T12:00:00Z"), (yes.clone(), 720.0.into(), none.clone()));
        assert_eq!(at("22:0-6:0", "2023-06-12T23:00:00Z"), (yes.clone(), 420.0.into(), none.clone()));
        assert_eq!(at("22:0-6:0", "2023-06-13T05:00:00Z"), (yes, 60.0.into(), none.clone()));
        assert_eq!(at("9:0-9:30", "2023-06-12T09:45:00Z"), (no.clone(), none.clone(), 1395.0.into()));
        assert_eq!(at("22:0-6:0", "2023-06-13T06:01:00Z"), (no, none.clone(), none));
    }

    #[test]
    fn facts_of_a_starting_contact() {
        let brisbane = zone("Australia/Brisbane").unwrap();
        let t0 = millis("2022-12-24T14:00:00Z");
        let map = system(&"c".into(), &"E".into(), Some(t0), &brisbane, ["20221225"]);
        let text = json::print(&map.into()).unwrap();
        assert_eq!(
            text,
            r#"{"ContactId":"c","EndPoint":"E","Holiday":"true","DateTimeUTC":"2022-12-24T14:00:00Z","DateTimeLocal":"2022-12-25T00:00:00+10:00","TimeLocal":"12:00 AM","TimeOfDay":"morning"}"#
        );
    }

    #[test]
    fn golden_operating_hours() {
        golden::each("operating-hours", |record| {
            let hours = OperatingHours::from_value(&record.member("hours"));
            golden::same(
                &hours.evaluate(millis(&golden::text(record, "now")), false),
                &record.member("result"),
            )
        });
        golden::each("operating-hours-all", |record| {
            let hours = record.member("hours");
            let hours: Vec<_> = hours.as_array().unwrap().iter().map(OperatingHours::from_value).collect();
            let got = all_hours(&hours, millis(&golden::text(record, "now")), false);
            golden::same(&got.into(), &record.member("result"))
        });
    }

    fn holidays_of(record: &Value) -> Vec<Text> {
        record.member("holidays").as_array().unwrap().iter().map(|h| h.member("when").text()).collect()
    }

    #[test]
    fn golden_holidays() {
        golden::each("holidays", |record| {
            let zone = zone(&golden::text(record, "timeZone")).unwrap();
            let holidays = holidays_of(record);
            let got = is_holiday(millis(&golden::text(record, "when")), &zone, holidays.iter().map(|h| &**h));
            golden::same(&got.into(), &record.member("result"))
        });
    }

    #[test]
    fn golden_system_state() {
        golden::each("system-state", |record| {
            let want = record.member("state").member("System");
            let t0 = match record.member("interactionDateTime") {
                Value::Undefined => Some(millis(&golden::text(record, "now"))),
                Value::Number(ms) => Some(ms as i64),
                given => given.as_str().and_then(crate::dates::parse),
            };
            let zone = zone(&golden::text(record, "timeZone")).unwrap();
            let holidays = holidays_of(record);
            let ids = (want.member("ContactId").text(), want.member("EndPoint"));
            let got = system(&ids.0, &ids.1, t0, &zone, holidays.iter().map(|h| &**h));
            golden::same(&Value::from(json::print(&got.into()).unwrap()), &json::print(&want).unwrap().into())
        });
    }

    #[test]
    fn golden_time_of_day() {
        golden::each("time-of-day", |record| {
            golden::same(&time_of_day(record.member("hour").num() as i64).into(), &record.member("result"))
        });
    }
}
