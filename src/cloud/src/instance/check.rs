//! What Connect would refuse about a thing, beyond its form: bounds, names that are taken, things that it names
//! and that are not there.

use connect_rules_engine::dates;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Value, trim, utf16_len};

use super::item::{HoursOfOperation, Item, RoutingProfile, value_of};
use super::sort::{Field, Holds, Sort};
use super::{Instance, name_of};

/// Days of opening ranges, Monday first.
pub(crate) const DAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

const WEEK: u32 = 7 * 24 * 60;

/// What is wrong with a thing among the others of the instance; `itself`: which of its sort it is to replace.
/// Places are field names.
pub fn check(instance: &Instance, item: &Item, document: &Map, itself: Option<usize>) -> Vec<Problem> {
    let sort = item.sort();
    let mut out: Vec<Problem> = sort
        .fields()
        .iter()
        .filter_map(|field| member(instance, field, &value_of(field, document)))
        .collect();
    let name = name_of(sort, document);
    let same = |member: &str, value: &str| {
        let mut others = instance.list(sort).iter().enumerate().filter(|(i, _)| Some(*i) != itself);
        others.any(|(_, it)| it.get(member).and_then(Value::as_str) == Some(value))
    };
    if same(sort.key(), &name) {
        out.push(Problem::error(sort.key(), format!("there is another {sort} {name:?}"), "choose another"));
    }
    let id = document.get("Id").and_then(Value::as_str).unwrap_or_default();
    if !id.is_empty() && same("Id", id) {
        out.push(Problem::error("Id", format!("another {sort} has it"), "leave it out, or choose another"));
    }
    match item {
        Item::Hours(hours) => ranges(hours, &mut out),
        Item::RoutingProfile(profile) => queues(instance, profile, &mut out),
        _ => {}
    }
    out
}

fn member(instance: &Instance, field: &Field, value: &Value) -> Option<Problem> {
    let refuse = |what: String, fix: String| Some(Problem::error(field.name, what, fix));
    if value.is_empty_string() || value.as_str().is_some_and(|text| trim(text).is_empty()) {
        return if field.required {
            refuse("is missing".to_owned(), format!("give it: {}", field.help))
        } else {
            None
        };
    }
    let text = value.text();
    match field.holds {
        Holds::Text(least, most) if !(least..=most).contains(&utf16_len(&text)) => {
            refuse(format!("has {} characters", utf16_len(&text)), format!("use {least} to {most}"))
        }
        Holds::Text(..) if text.chars().any(char::is_control) => {
            refuse("has control characters".to_owned(), "leave them out".to_owned())
        }
        Holds::Number(least, most) if !(f64::from(least)..=f64::from(most)).contains(&value.num()) => {
            refuse(format!("{value} is out of bounds"), format!("use {least} to {most}"))
        }
        Holds::Choice(all) if !all.contains(&&*text) => {
            refuse(format!("{text:?} is none of its values"), format!("use {}", all.join(", ")))
        }
        Holds::Zone if dates::zone(&text).is_none() => {
            let fix = "write an IANA name such as Australia/Melbourne".to_owned();
            refuse(format!("there is no time zone {text:?}"), fix)
        }
        Holds::Telephone if !is_e164(&text) => {
            let fix = "write + and 2 to 15 digits, such as +61390000000".to_owned();
            refuse(format!("{text:?} is no telephone number"), fix)
        }
        Holds::Of(sort) if instance.find(sort, &text).is_none() => {
            refuse(format!("there is no {sort} {text:?}"), format!("add the {sort} first, or choose another"))
        }
        _ => None,
    }
}

/// Whether a text is a number in E.164: `+` and 2 to 15 digits, the first not 0.
fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

fn ranges(hours: &HoursOfOperation, out: &mut Vec<Problem>) {
    let mut spans = Vec::new();
    for (i, range) in hours.config.iter().enumerate() {
        let mut refuse =
            |what: String, fix: &str| out.push(Problem::error(format!("Config[{i}]"), what, fix));
        let Some(day) = DAYS.iter().position(|day| *day == &*range.day) else {
            refuse(format!("{:?} is no day", range.day), "write MONDAY to SUNDAY");
            continue;
        };
        let times = [range.start_time, range.end_time];
        if let Some(time) = times.into_iter().find(|time| time.hours > 23 || time.minutes > 59) {
            let what = format!("{}:{:02} is no time of day", time.hours, time.minutes);
            refuse(what, "write 0:00 to 23:59; the end of the day is 0:00");
            continue;
        }
        let (start, end) = (range.start_time.minute(), range.end_time.minute());
        if start == end && start != 0 {
            refuse("ends when it starts".to_owned(), "write 0:00 to 0:00 for the whole day, or leave it out");
            continue;
        }
        let from = day as u32 * 1440 + start;
        let length = if end > start { end - start } else { 1440 + end - start };
        spans.push((from, from + length, i));
    }
    spans.sort_unstable();
    let first = spans.first().map(|&(from, to, i)| (from + WEEK, to + WEEK, i));
    for (one, next) in spans.iter().zip(spans.iter().skip(1).copied().chain(first)) {
        if one.1 > next.0 && spans.len() > 1 {
            let place = format!("Config[{}]", next.2);
            let what = format!("overlaps with Config[{}]", one.2);
            out.push(Problem::error(
                place,
                what,
                "make one range of both, or let one end where the other starts",
            ));
        }
    }
}

fn queues(instance: &Instance, profile: &RoutingProfile, out: &mut Vec<Problem>) {
    const CHANNELS: [&str; 4] = ["VOICE", "CHAT", "TASK", "EMAIL"];
    for (i, it) in profile.queues.iter().enumerate() {
        let mut refuse =
            |what: String, fix: &str| out.push(Problem::error(format!("Queues[{i}]"), what, fix));
        if instance.find(Sort::Queue, &it.queue_id).is_none() {
            refuse(format!("there is no queue {:?}", it.queue_id), "add the queue first, or choose another");
        }
        if !CHANNELS.contains(&&*it.channel) {
            refuse(format!("{:?} is no channel", it.channel), "use VOICE, CHAT, TASK or EMAIL");
        }
        if !(1..=99).contains(&it.priority) || it.delay > 9999 {
            refuse(
                "priority or delay is out of bounds".to_owned(),
                "use priority 1 to 99, delay 0 to 9999 seconds",
            );
        }
        let same =
            |other: &&super::ProfileQueue| other.queue_id == it.queue_id && other.channel == it.channel;
        if profile.queues[..i].iter().any(|other| same(&other)) {
            refuse("is listed twice".to_owned(), "leave one out");
        }
    }
}
