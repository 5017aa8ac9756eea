//! The helpers that give a value, and the test behind `includes` (`spec/evaluator.md` 3.4).

use jiff::tz::TimeZone;

use super::TemplateError;
use super::catalogue::Helper;
use super::context::Val;
use super::render::Render;
use crate::dates::{self, DAY_MS};
use crate::json;
use crate::value::{Map, Value, trim};

type Outcome<T> = Result<T, TemplateError>;

fn fail<T>(text: impl Into<String>) -> Outcome<T> {
    Err(TemplateError::render(text))
}

/// Calls a helper; `None` when it has no value because it is a block helper.
///
/// An argument that is missing at the end counts as an object, further ones as undefined.
pub fn call<'v>(
    render: &mut Render<'v, '_, '_>,
    helper: Helper,
    args: &[Val<'v>],
) -> Outcome<Option<Val<'v>>> {
    let options = || Val::Own(Map::from_iter([("name", Value::Bool(true))]).into());
    let arg = |i: usize| match args.get(i) {
        Some(value) => value.clone(),
        None if i == args.len() => options(),
        None => Val::UNDEFINED,
    };
    let first = arg(0);
    let text: String = match helper {
        Helper::Json => {
            if args.is_empty() {
                return fail("json needs a value");
            }
            match json::print(&render.owned(&first)) {
                Some(text) => text,
                None => return Ok(Some(Val::UNDEFINED)),
            }
        }
        Helper::Inc => return Ok(Some(Val::Own(Value::Number(leading_integer(&first.text()) + 1.0)))),
        Helper::PaddedRandom => padded_random(render, &first, &arg(1), args.get(2))?,
        Helper::UpgradePhone => {
            if first.is_empty() {
                return Ok(Some(first));
            }
            let Some(Value::String(phone)) = first.value() else {
                return fail("upgradePhone needs the phone number as text");
            };
            match phone.strip_prefix('0') {
                Some(rest) => format!("{}{rest}", arg(1).text()),
                None => return Ok(Some(first)),
            }
        }
        Helper::SpeechSlow => characters(&first, ", "),
        Helper::SpeechFast => characters(&first, " "),
        Helper::Cents | Helper::BalanceCents if first.is_nil() => "unknown dollars".to_owned(),
        Helper::Ringgit if first.is_nil() => "unknown ring-git".to_owned(),
        Helper::Cents => format!("${}", two_decimals(num(&first) * 0.01)),
        Helper::BalanceCents => {
            let cents = num(&first);
            let credit = if cents < 0.0 { " in credit" } else { "" };
            format!("${}{credit}", two_decimals(cents.abs() * 0.01))
        }
        Helper::Ringgit => {
            let amount = num(&first);
            let sen = (amount % 1.0 * 100.0).floor();
            let zen = if sen > 0.0 { format!(", and {} zen", Value::Number(sen)) } else { String::new() };
            format!("{} ring-git{zen}", Value::Number(amount.floor()))
        }
        Helper::DateFormat => {
            let format = arg(1);
            if nullish(&first) || nullish(&format) {
                return Ok(Some(first));
            }
            date(render, &first, None, &format)?
        }
        Helper::DateFormatLocal => {
            let (format, zone) = (arg(1), arg(2));
            if nullish(&first) || nullish(&format) || nullish(&zone) {
                return Ok(Some(first));
            }
            let zone = zone_name(&zone)?;
            date(render, &first, Some(&zone), &format)?
        }
        Helper::Human(_) | Helper::LocalHuman(_) | Helper::BirthHuman | Helper::SlotHuman
            if first.is_nil() =>
        {
            return Ok(Some(Val::Own(Value::from(""))));
        }
        Helper::Human(format) => date(render, &first, None, &Val::Own(format.into()))?,
        Helper::LocalHuman(format) => {
            let zone = zone_name(&arg(1))?;
            date(render, &first, Some(&zone), &Val::Own(format.into()))?
        }
        Helper::BirthHuman => {
            let ms = dates::birth_date(&first.text(), render.scope.now);
            written(ms, "Do of MMMM YYYY")
        }
        Helper::SlotHuman => {
            let minutes = dates::time_slot(&first.text());
            written(minutes.map(|m| m * 60_000), "h:mm a")
        }
        _ => return Ok(None),
    };
    render.spend(text.len() / 64)?;
    Ok(Some(Val::Own(text.into())))
}

fn num(value: &Val<'_>) -> f64 {
    value.value().map_or(f64::NAN, Value::num)
}

fn nullish(value: &Val<'_>) -> bool {
    value.value().is_some_and(Value::is_nullish)
}

/// Whether a text contains a text, or a list an element; anything else contains nothing (Q14).
pub fn includes(container: &Val<'_>, wanted: &Val<'_>) -> bool {
    match container.value() {
        Some(Value::String(text)) => text.contains(&*wanted.text()),
        Some(Value::Array(items)) => match wanted {
            Val::Ref(_) | Val::Own(_) => wanted.value().is_some_and(|wanted| {
                let nan = |v: &Value| matches!(v, Value::Number(n) if n.is_nan());
                items.iter().any(|item| item.strictly_equals(wanted) || (nan(item) && nan(wanted)))
            }),
            _ => false,
        },
        _ => false,
    }
}

/// The whole number at the front of a text, decimal or `0x…`.
fn leading_integer(text: &str) -> f64 {
    let text = text.trim_start_matches(crate::value::is_blank);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((digits, 10), |hex| (hex, 16));
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let digits = &digits[..end];
    if digits.is_empty() {
        return f64::NAN;
    }
    if radix == 10 {
        return digits.parse::<f64>().map_or(f64::NAN, |n| sign * n);
    }
    sign * digits.chars().filter_map(|c| c.to_digit(16)).fold(0.0, |n, d| n * 16.0 + f64::from(d))
}

/// A number with two decimals; exact ties go away from zero.
fn two_decimals(n: f64) -> String {
    if !n.is_finite() || n.abs() >= 1e21 {
        return Value::Number(n).to_string();
    }
    let eighths = n.abs() * 8.0;
    let tie = eighths.fract() == 0.0 && eighths % 2.0 == 1.0;
    let nudged = if tie { n + n.signum() * 0.001 } else { n };
    let text = format!("{nudged:.2}");
    if n == 0.0 { "0.00".to_owned() } else { text }
}

/// The characters of a text, or the elements of a list, one by one.
fn characters(value: &Val<'_>, between: &str) -> String {
    let mut out = String::new();
    match value.value() {
        Some(Value::String(text)) => {
            for (i, c) in text.chars().enumerate() {
                if i > 0 {
                    out.push_str(between);
                }
                out.push(c);
            }
        }
        Some(Value::Array(items)) => {
            let texts: Vec<String> =
                items.iter().map(|v| if v.is_nil() { String::new() } else { v.to_string() }).collect();
            out = texts.join(between);
        }
        _ => {}
    }
    out
}

/// A bound of `paddedRandom`: a whole number, as number or text (Q16).
fn bound(value: &Val<'_>, name: &str) -> Outcome<f64> {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    let number = match value.value() {
        Some(Value::Number(n)) => *n,
        Some(v @ Value::String(_)) if v.is_number() => v.num(),
        _ => f64::NAN,
    };
    if number.fract() == 0.0 && number.abs() <= SAFE {
        return Ok(number);
    }
    fail(format!("The \"{name}\" argument must be a safe integer. Received {}", value.text()))
}

fn padded_random(
    render: &mut Render<'_, '_, '_>,
    min: &Val<'_>,
    max: &Val<'_>,
    length: Option<&Val<'_>>,
) -> Outcome<String> {
    let (min, max) = (bound(min, "min")?, bound(max, "max")?);
    if max <= min {
        return fail(format!(
            "The value of \"max\" is out of range. It must be greater than the value of \"min\" ({min}). \
             Received {max}"
        ));
    }
    if max - min >= 281_474_976_710_656.0 {
        return fail("The value of \"max - min\" is out of range. It must be <= 281474976710655");
    }
    let Some(length) = length else {
        return fail("paddedRandom needs a length");
    };
    let length = num(length);
    let length = if length.is_nan() { 0 } else { length.clamp(0.0, 1e9) as usize };
    render.spend(length)?;
    let drawn = min + ((render.scope.draws)().clamp(0.0, 1.0) * (max - min)).floor();
    let number = drawn.min(max - 1.0) as i64;
    // By hand: a width of the formatter ends at 65,535.
    let (sign, digits) = (if number < 0 { "-" } else { "" }, number.unsigned_abs().to_string());
    Ok(format!("{sign}{}{digits}", "0".repeat(length.saturating_sub(sign.len() + digits.len()))))
}

/// A zone argument: text, not empty.
fn zone_name(value: &Val<'_>) -> Outcome<String> {
    match value.value() {
        Some(Value::String(name)) if !name.is_empty() => Ok(trim(name).to_owned()),
        _ => fail(format!("Time zone name must be a string, got {}", value.text())),
    }
}

fn format_text(value: &Val<'_>) -> Outcome<String> {
    match value.value() {
        Some(Value::String(format)) => Ok(format.to_string()),
        Some(v @ (Value::Bool(_) | Value::Number(_))) if !Val::Ref(v).truthy() => Ok(String::new()),
        _ => fail("a date format must be a text"),
    }
}

fn written(ms: Option<i64>, format: &str) -> String {
    ms.map_or_else(|| dates::INVALID.to_owned(), |ms| dates::format(ms, &TimeZone::UTC, false, format))
}

/// A date in UTC or a zone; a zone that does not exist is UTC (Q20). The format of an invalid date is
/// never looked at.
fn date(
    render: &Render<'_, '_, '_>,
    value: &Val<'_>,
    zone: Option<&str>,
    format: &Val<'_>,
) -> Outcome<String> {
    let Some(ms) = instant(value, render.scope.now) else {
        return Ok(dates::INVALID.to_owned());
    };
    let format = format_text(format)?;
    Ok(match zone.and_then(dates::zone) {
        Some(zone) => dates::format(ms, &zone, true, &format),
        None => dates::format(ms, &TimeZone::UTC, false, &format),
    })
}

/// The instant a value stands for: text, epoch milliseconds, or the parts of a date in a list or object,
/// where what is missing comes from the clock.
fn instant(value: &Val<'_>, now: i64) -> Option<i64> {
    let names = [
        &["year", "years", "y"][..],
        &["month", "months", "M"],
        &["day", "days", "d", "date", "dates", "D"],
        &["hour", "hours", "h"],
        &["minute", "minutes", "m"],
        &["second", "seconds", "s"],
        &["millisecond", "milliseconds", "ms"],
    ];
    match value.value() {
        Some(Value::String(text)) => dates::parse(text),
        Some(Value::Number(n)) if n.is_finite() && n.abs() <= 8.64e15 => Some(n.trunc() as i64),
        Some(Value::Array(items)) if items.is_empty() => Some(now),
        Some(Value::Array(items)) => {
            let part = |i: usize| items.get(i).map(|v| leading_integer(&v.to_string()));
            from_parts(std::array::from_fn(part), now)
        }
        Some(Value::Object(map)) if map.is_empty() => Some(now),
        Some(Value::Object(map)) => {
            let part = |i: usize| {
                let found = names[i].iter().find_map(|name| map.get(name))?;
                Val::Ref(found).truthy().then(|| leading_integer(&found.to_string()))
            };
            from_parts(std::array::from_fn(part), now)
        }
        None => from_parts([None; 7], now),
        _ => None,
    }
}

/// An instant from year, month (0 is January), day, hour, minute, second, millisecond.
fn from_parts(parts: [Option<f64>; 7], now: i64) -> Option<i64> {
    let now = dates::Civil::from_ms(now);
    let current = [now.year, now.month - 1, now.day];
    let mut values = [0, 0, 1, 0, 0, 0, 0];
    let mut leading = true;
    for (i, part) in parts.into_iter().enumerate() {
        match part {
            Some(n) if n.is_nan() || n.abs() > 300_000.0 => return None,
            Some(n) => (values[i], leading) = (n as i64, false),
            None if leading && i < 3 => values[i] = current[i],
            None => {}
        }
    }
    let [year, month, day, hour, minute, second, milli] = values;
    let fits = (0..12).contains(&month)
        && (1..=dates::days_in_month(year, month + 1)).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (0..1000).contains(&milli);
    let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
    fits.then(|| dates::days_from_civil(year, month + 1, day) * DAY_MS + in_day)
}
