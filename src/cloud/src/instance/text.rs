//! Values of fields as people write and read them: in forms, on command lines and in tables.

use connect_rules_engine::json;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};

use super::check::DAYS;
use super::item::{Item, OpeningRange, TimeOfDay, value_of};
use super::sort::{Field, Holds, Sort};
use super::{Instance, name_of};

/// Sets a field of a document to what a text says; an empty text removes it.
///
/// Things are named or given by identifier; opening ranges are written `MON-FRI 09:00-17:30, SAT 10:00-14:00`,
/// queues of a profile `Sales:VOICE:1:0, Care` (channel, priority and delay in seconds), both as JSON, too.
///
/// # Errors
/// There is no such field, or the text cannot be read; the place is the field.
pub fn set(
    instance: &Instance,
    sort: Sort,
    document: &mut Map,
    name: &str,
    text: &str,
) -> Result<(), Problem> {
    let Some(field) = sort.field(name) else {
        let known: Vec<&str> = sort.fields().iter().map(|it| it.name).collect();
        let what = format!("a {sort} has no such field");
        return Err(Problem::error(name, what, format!("use {}", known.join(", "))));
    };
    let text = text.trim();
    let value = match field.holds {
        _ if text.is_empty() => Value::Undefined,
        Holds::Number(..) => Value::from(Value::from(text).num()),
        Holds::Of(of) => instance.get(of, text).and_then(|it| it.get("Id").cloned()).unwrap_or(text.into()),
        Holds::Week | Holds::Queues if text.starts_with('[') => json::parse(text)
            .map_err(|error| Problem::error(field.name, error.to_string(), "write a JSON list"))?,
        Holds::Week => week(text).map_err(|what| {
            Problem::error(field.name, what, "write it like `MON-FRI 09:00-17:30, SAT 10:00-14:00`")
        })?,
        Holds::Queues => queues(instance, text)?,
        _ => text.into(),
    };
    match field.within {
        None => put(document, field.name, value),
        Some(holder) => {
            let mut inner = document.get(holder).and_then(Value::as_object).cloned().unwrap_or_default();
            put(&mut inner, field.name, value);
            let inner = if inner.is_empty() { Value::Undefined } else { inner.into() };
            put(document, holder, inner);
        }
    }
    Ok(())
}

fn put(document: &mut Map, name: &str, value: Value) {
    if matches!(value, Value::Undefined) {
        document.remove(name);
    } else {
        document.insert(name, value);
    }
}

/// What a field says, as [`set`] reads it; empty if it is absent.
pub fn shown(instance: &Instance, sort: Sort, document: &Map, field: &Field) -> String {
    let value = value_of(field, document);
    let named = |of: Sort, id: &str| instance.get(of, id).map_or(Text::from(id), |it| name_of(of, it));
    match (field.holds, Item::read(sort, document)) {
        _ if value.is_nil() => String::new(),
        (Holds::Of(of), _) => named(of, &value.text()).to_string(),
        (Holds::Week, Ok(Item::Hours(it))) => shown_week(&it.config),
        (Holds::Queues, Ok(Item::RoutingProfile(it))) => {
            let queue = |it: &super::ProfileQueue| {
                let name = named(Sort::Queue, &it.queue_id);
                format!("{name}:{}:{}:{}", it.channel, it.priority, it.delay)
            };
            it.queues.iter().map(queue).collect::<Vec<_>>().join(", ")
        }
        (Holds::Week | Holds::Queues, _) => json::print(&value).unwrap_or_default(),
        _ => value.text().to_string(),
    }
}

/// Opening ranges as text: days with the same ranges together, Monday first.
fn shown_week(config: &[OpeningRange]) -> String {
    let of_day = |day: &str| -> String {
        let times = config.iter().filter(|range| &*range.day == day).map(|range| {
            let (from, to) = (range.start_time, range.end_time);
            format!(" {:02}:{:02}-{:02}:{:02}", from.hours, from.minutes, to.hours, to.minutes)
        });
        times.collect()
    };
    let mut groups: Vec<(usize, usize, String)> = Vec::new();
    for (i, times) in DAYS.iter().map(|day| of_day(day)).enumerate() {
        match groups.last_mut() {
            Some((_, last, same)) if *same == times => *last = i,
            _ => groups.push((i, i, times)),
        }
    }
    let groups = groups.into_iter().filter(|(.., times)| !times.is_empty());
    let text = groups.map(|(first, last, times)| {
        let last = if last > first { format!("-{}", &DAYS[last][..3]) } else { String::new() };
        format!("{}{last}{times}", &DAYS[first][..3])
    });
    text.collect::<Vec<_>>().join(", ")
}

fn day(word: &str) -> Result<usize, String> {
    let word = word.to_uppercase();
    let found = DAYS.iter().position(|day| word.len() >= 2 && day.starts_with(&*word));
    found.ok_or_else(|| format!("{word:?} is no day"))
}

fn time(text: &str) -> Result<TimeOfDay, String> {
    let wrong = || format!("{text:?} is no time of day");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let number = |part: &str| part.parse::<u32>().map_err(|_| wrong());
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    match (hours, minutes) {
        (24, 0) => Ok(TimeOfDay { hours: 0, minutes: 0 }),
        (0..=23, 0..=59) => Ok(TimeOfDay { hours, minutes }),
        _ => Err(wrong()),
    }
}

/// Reads `MON-FRI 09:00-12:00 13:00-17:00, SAT 10:00-14:00`.
fn week(text: &str) -> Result<Value, String> {
    let mut out = Vec::new();
    for group in text.split(',') {
        let mut words = group.split_whitespace();
        let days = words.next().ok_or("days are missing")?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (first, last) = (day(first)?, day(last)?);
        let last = if last < first { last + 7 } else { last };
        let mut ranges = Vec::new();
        for word in words {
            let (from, to) = word.split_once('-').ok_or_else(|| format!("{word:?} is no range of times"))?;
            ranges.push((time(from)?, time(to)?));
        }
        if ranges.is_empty() {
            return Err(format!("{days} has no times"));
        }
        for day in first..=last {
            out.extend(ranges.iter().map(|(from, to)| range(DAYS[day % 7], *from, *to)));
        }
    }
    Ok(out.into())
}

fn range(day: &str, from: TimeOfDay, to: TimeOfDay) -> Value {
    let time = |time: TimeOfDay| -> Value {
        let members = [("Hours", f64::from(time.hours).into()), ("Minutes", f64::from(time.minutes).into())];
        members.into_iter().collect::<Map>().into()
    };
    let members = [("Day", day.into()), ("StartTime", time(from)), ("EndTime", time(to))];
    members.into_iter().collect::<Map>().into()
}

/// Reads `Sales:VOICE:1:0, Care`.
fn queues(instance: &Instance, text: &str) -> Result<Value, Problem> {
    let wrong = |what: String| Problem::error("Queues", what, "write it like `Sales:VOICE:1:0, Care`");
    let mut out = Vec::new();
    for entry in text.split(',') {
        let mut parts = entry.split(':').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let queue =
            instance.get(Sort::Queue, name).ok_or_else(|| wrong(format!("there is no queue {name:?}")))?;
        let channel = parts.next().unwrap_or("VOICE").to_uppercase();
        let mut number = |default: &str| {
            let part = parts.next().unwrap_or(default);
            part.parse::<u32>().map_err(|_| wrong(format!("{part:?} in {entry:?} is no whole number")))
        };
        let (priority, delay) = (number("1")?, number("0")?);
        let member = |name: &str| queue.get(name).cloned().unwrap_or_default();
        let document: Map = [
            ("QueueId", member("Id")),
            ("QueueArn", member("Arn")),
            ("QueueName", member("Name")),
            ("Priority", f64::from(priority).into()),
            ("Delay", f64::from(delay).into()),
            ("Channel", channel.into()),
        ]
        .into_iter()
        .collect();
        out.push(document.into());
    }
    Ok(out.into())
}
