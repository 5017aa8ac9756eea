//! Calendar arithmetic (proleptic Gregorian) without bounds on the year.

use super::DAY_MS;

/// A date and time of day without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, astronomical.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: i64,
    /// Day of the month, from 1.
    pub day: i64,
    /// Hour, 0 to 23.
    pub hour: i64,
    /// Minute.
    pub minute: i64,
    /// Second.
    pub second: i64,
    /// Millisecond.
    pub milli: i64,
    /// Day of the week, Sunday is 0.
    pub weekday: i64,
    /// Day of the year, from 1.
    pub day_of_year: i64,
}

/// Days from 1970-01-01 to a date; days beyond the month run over.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Number of days of a month.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

/// Whether the year has 366 days.
pub fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

impl Civil {
    /// The date and time of an instant in UTC.
    pub fn from_ms(ms: i64) -> Civil {
        let days = ms.div_euclid(DAY_MS);
        let in_day = ms.rem_euclid(DAY_MS);
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
            hour: in_day / 3_600_000,
            minute: in_day / 60_000 % 60,
            second: in_day / 1000 % 60,
            milli: in_day % 1000,
            weekday: (days + 4).rem_euclid(7),
            day_of_year: days - days_from_civil(year, 1, 1) + 1,
        }
    }

    /// Week number and its year, for weeks that start on `first` (Sunday is 0) where week 1 holds the
    /// day `anchor` of January.
    pub fn week(&self, first: i64, anchor: i64) -> (i64, i64) {
        let start = |year: i64| {
            let anchor = days_from_civil(year, 1, anchor);
            anchor - (anchor + 4 - first).rem_euclid(7)
        };
        let today = days_from_civil(self.year, 1, 1) + self.day_of_year - 1;
        let year = if today < start(self.year) {
            self.year - 1
        } else if today >= start(self.year + 1) {
            self.year + 1
        } else {
            self.year
        };
        ((today - start(year)).div_euclid(7) + 1, year)
    }
}
