//! When hours of operation are open, and which days are holidays: what screens show
//! (`spec/admin.md` 10 and 11). What counts as open is for the engine to say.

use connect_rules_engine::hours::OperatingHours;
use connect_rules_store::Holiday;
use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan as _};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// How many days a look ahead goes.
const AHEAD: i64 = 14;

/// The open minutes of each weekday, Monday first: ranges from the first to behind the last minute (0 to 1440),
/// in order, without overlaps. What is open overnight shows on both days.
pub fn week(hours: &OperatingHours) -> [Vec<(u16, u16)>; 7] {
    let mut out: [Vec<(u16, u16)>; 7] = Default::default();
    for range in hours.ranges() {
        let day = usize::from(range.day.to_monday_zero_offset().unsigned_abs());
        let minute = |minute: i64| u16::try_from(minute).unwrap_or(0).min(DAY);
        let (start, end) = (minute(range.start), minute(range.end));
        if end > start {
            out[day].push((start, end));
        } else if end == 0 {
            out[day].push((start, DAY));
        } else if end < start {
            out[day].push((start, DAY));
            out[(day + 1) % 7].push((0, end));
        }
    }
    for ranges in &mut out {
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::new();
        for &(start, end) in ranges.iter() {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        *ranges = merged;
    }
    out
}

/// Whether hours are open at an instant, and when that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whether they are open.
    pub open: bool,
    /// When that changes next; `None`: not within 14 days.
    pub changes: Option<Timestamp>,
}

fn is_open(hours: &OperatingHours, at: Timestamp) -> bool {
    &*hours.evaluate(at.as_millisecond(), true).member("Open").text() == "true"
}

/// Whether hours are open at an instant as corrected rules see it: overnight ranges hold, the last minute of a
/// range counts as open.
pub fn opening(hours: &OperatingHours, at: Timestamp) -> Opening {
    let open = is_open(hours, at);
    let zone = hours.zone();
    let today = zone.to_datetime(at).date();
    let mut moments: Vec<Timestamp> = Vec::new();
    for days in -1..=AHEAD {
        let Ok(date) = today.checked_add(days.days()) else { continue };
        let ranges = hours.ranges().iter().filter(|range| range.day == date.weekday());
        // A last minute counts, so what changes with it changes a minute later.
        let minutes = ranges.flat_map(|range| {
            let end = if range.end < range.start { range.end + i64::from(DAY) } else { range.end };
            [range.start, end + 1]
        });
        for minute in minutes.chain([0]) {
            let Ok(moment) = date.to_datetime(Time::midnight()).checked_add(minute.minutes()) else {
                continue;
            };
            // A clock that is set back shows a time twice.
            let moment = zone.to_ambiguous_timestamp(moment);
            moments.extend([moment.earlier(), moment.later()].into_iter().flatten());
        }
    }
    let end = at.checked_add((AHEAD * 24).hours()).unwrap_or(Timestamp::MAX);
    moments.extend(zone.following(at).map(|it| it.timestamp()).take_while(|it| *it <= end));
    moments.retain(|moment| *moment > at && *moment <= end);
    moments.sort_unstable();
    Opening { open, changes: moments.into_iter().find(|moment| is_open(hours, *moment) != open) }
}

/// A day of a month and its holidays.
#[derive(Clone, Debug, PartialEq)]
pub struct Day<'a> {
    /// The day.
    pub date: Date,
    /// Holidays on it, in the order given.
    pub holidays: Vec<&'a Holiday>,
}

/// The weeks of a month, each from Monday to Sunday; days of other months are `None`. A month that does not
/// exist has no weeks.
pub fn month(year: i16, month: i8, holidays: &[Holiday]) -> Vec<[Option<Day<'_>>; 7]> {
    let Ok(first) = Date::new(year, month, 1) else { return Vec::new() };
    let mut weeks: Vec<[Option<Day<'_>>; 7]> = Vec::new();
    for date in (1..=first.days_in_month()).filter_map(|day| Date::new(year, month, day).ok()) {
        if weeks.is_empty() || date.weekday() == Weekday::Monday {
            weeks.push(Default::default());
        }
        let when = format!("{year:04}{month:02}{:02}", date.day());
        let holidays = holidays.iter().filter(|it| *it.when == *when).collect();
        let column = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        if let Some(week) = weeks.last_mut() {
            week[column] = Some(Day { date, holidays });
        }
    }
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{Instance, Sort, set};
    use connect_rules_engine::value::{Map, Text};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn hours(zone: &str, config: &str) -> OperatingHours {
        let mut document = Map::new();
        for (name, text) in [("Name", "N"), ("Timezone", zone), ("Config", config)] {
            set(&Instance::default(), Sort::Hours, &mut document, name, text).unwrap();
        }
        OperatingHours::from_value(&document.into())
    }

    fn next(hours: &OperatingHours, at: &str) -> (bool, String) {
        let found = opening(hours, at.parse().unwrap());
        (found.open, found.changes.map(|it| it.to_string()).unwrap_or_default())
    }

    #[test]
    fn a_week_shows_overnight_ranges_on_both_days_and_merges_neighbours() {
        let grid =
            week(&hours("UTC", "MON 09:00-12:00 12:00-13:00 22:00-06:00, SUN 20:00-02:00, WED 00:00-24:00"));
        assert_eq!(grid[0], [(0, 120), (540, 780), (1320, 1440)]);
        assert_eq!(grid[1], [(0, 360)]);
        assert_eq!(grid[2], [(0, 1440)]);
        assert!(grid[3].is_empty());
        assert_eq!(grid[6], [(1200, 1440)]);
    }

    #[test]
    fn the_next_change_looks_over_nights_weekends_and_days_that_meet() {
        // 2025-01-06 is a Monday.
        let office = hours("UTC", "MON-FRI 09:00-17:30");
        assert_eq!(next(&office, "2025-01-06T10:00:00Z"), (true, "2025-01-06T17:31:00Z".to_owned()));
        assert_eq!(next(&office, "2025-01-10T18:00:00Z"), (false, "2025-01-13T09:00:00Z".to_owned()));
        let night = hours("UTC", "MON 22:00-06:00");
        assert_eq!(next(&night, "2025-01-07T01:00:00Z"), (true, "2025-01-07T06:01:00Z".to_owned()));
        let always = hours("UTC", "MON-SUN 00:00-00:00");
        assert_eq!(next(&always, "2025-01-07T01:00:00Z"), (true, String::new()));
        let met = hours("UTC", "MON 20:00-00:00, TUE 00:00-02:00");
        assert_eq!(next(&met, "2025-01-06T21:00:00Z"), (true, "2025-01-07T02:01:00Z".to_owned()));
        assert_eq!(next(&hours("UTC", "[]"), "2025-01-06T21:00:00Z"), (false, String::new()));
    }

    #[test]
    fn a_clock_that_is_set_moves_the_change() {
        // Melbourne: summer time ended on 2025-04-06 at 03:00, which was 16:00 UTC the day before.
        let hours = hours("Australia/Melbourne", "SUN 01:00-04:00");
        assert_eq!(next(&hours, "2025-04-05T13:30:00Z"), (false, "2025-04-05T14:00:00Z".to_owned()));
        assert_eq!(next(&hours, "2025-04-05T14:30:00Z"), (true, "2025-04-05T18:01:00Z".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_next_change_is_the_first_minute_that_differs(
            ranges in vec((0..7_usize, 0..24_u8, 0..60_u8, 0..24_u8, 0..60_u8), 0..4),
            start in 0..365 * 24 * 60_i64,
            zone in prop::sample::select(vec!["UTC", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu"]),
        ) {
            let days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
            let texts = ranges.iter().map(|(day, a, b, c, d)| format!("{} {a:02}:{b:02}-{c:02}:{d:02}", days[*day]));
            let config = texts.collect::<Vec<_>>().join(", ");
            let hours = hours(zone, if config.is_empty() { "[]" } else { &config });
            let at: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
            let at = at + start.minutes();
            let found = opening(&hours, at);
            let mut minutes = (1..=AHEAD * 24 * 60).map(|minute| at + minute.minutes());
            prop_assert_eq!(found.changes, minutes.find(|moment| is_open(&hours, *moment) != found.open));
        }
    }

    #[test]
    fn a_month_has_whole_weeks_and_its_holidays() {
        let text = Text::from;
        let christmas = Holiday {
            id: text("1"),
            when: text("20251225"),
            name: text("Christmas Day"),
            description: text(""),
            closed: true,
        };
        let all = [christmas];
        let weeks = month(2025, 12, &all);
        assert_eq!(weeks.len(), 5);
        assert_eq!(weeks[0][0].as_ref().unwrap().date.day(), 1);
        assert_eq!(weeks[3][3].as_ref().unwrap().holidays.len(), 1);
        assert!(weeks[4][3].is_none());
        assert_eq!(weeks.iter().flatten().flatten().map(|day| day.holidays.len()).sum::<usize>(), 1);
        assert!(month(2025, 13, &all).is_empty());
    }
}
