//! What is odd about the description of an instance: contacts run on it, but hardly as meant.

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::dates;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Value;

/// Time zone, holidays and opening hours that cannot be right.
pub fn check(catalogue: &Catalogue) -> Vec<Problem> {
    let mut out = Vec::new();
    match &catalogue.time_zone {
        None => out.push(Problem::warning(
            "timeZone",
            "there is no time zone, so no contact can start",
            "add timeZone with an IANA name such as Australia/Melbourne",
        )),
        Some(name) if dates::zone(name).is_none() => out.push(Problem::warning(
            "timeZone",
            format!("there is no time zone {name:?}; times are told in UTC"),
            "write an IANA name such as Australia/Melbourne",
        )),
        Some(_) => {}
    }
    for (i, holiday) in catalogue.holidays.iter().enumerate() {
        if !is_day(&holiday.when) {
            out.push(Problem::warning(
                format!("holidays[{i}] / when"),
                format!("{:?} is no day, so this is never a holiday", holiday.when),
                "write YYYYMMDD",
            ));
        }
    }
    for hours in &catalogue.operating_hours {
        let name = hours.member("Name").text();
        let config = hours.member("Config");
        for (i, day) in config.as_array().unwrap_or_default().iter().enumerate() {
            for end in ["StartTime", "EndTime"] {
                let time = day.member(end);
                for (part, most) in [("Hours", 24.0), ("Minutes", 59.0)] {
                    let value = time.member(part);
                    let fits = value.is_nil() || value.is_number() && (0.0..=most).contains(&value.num());
                    if !fits {
                        out.push(odd_time(&name, i, end, part, &value));
                    }
                }
            }
        }
    }
    out
}

fn odd_time(name: &str, day: usize, end: &str, part: &str, value: &Value) -> Problem {
    Problem::warning(
        format!("operatingHours {name:?} / Config[{day}] / {end} / {part}"),
        format!("{value} is no time of day"),
        "write hours from 0 to 24 and minutes from 0 to 59",
    )
}

/// Whether a text is a day as `YYYYMMDD`.
fn is_day(text: &str) -> bool {
    text.len() == 8
        && text.bytes().all(|b| b.is_ascii_digit())
        && dates::parse(&format!("{}-{}-{}T00:00:00Z", &text[..4], &text[4..6], &text[6..])).is_some()
}
