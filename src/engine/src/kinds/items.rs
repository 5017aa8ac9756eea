//! Parameters that are arrays: attributes, state updates and in-queue behaviours
//! (`spec/evaluator.md` 7.10.2, 7.12, 7.15).

use super::names::{is_path_text, is_reserved_key};
use super::spec::ParamKind;
use super::validate::{Check, Report};
use super::weights::weight_problems;
use crate::model::Weight;
use crate::value::{Map, Text, Value, array_index, text_number, utf16_len};

/// Checks an array parameter; texts inside it are rendered as templates too.
pub(super) fn check(kind: ParamKind, param: &str, value: &Value, report: &mut Report<'_>) {
    let Some(items) = value.as_array() else {
        report.error(
            Check::Value,
            param,
            "is not an array; the rule fails when it runs",
            "give an array of objects",
        );
        return;
    };
    let behaviours = kind == ParamKind::Behaviours;
    if !behaviours && !(1..=200).contains(&items.len()) {
        report.error(Check::Value, param, format!("has {} items", items.len()), "keep 1 to 200 items");
    }
    for (i, item) in items.iter().enumerate() {
        let place = format!("{param}[{i}]");
        match item {
            Value::Object(map) if behaviours => behaviour(&place, map, items.len(), report),
            Value::Object(map) => pair(kind, &place, map, report),
            _ => {
                report.error(Check::Value, &place, "is not an object, so it has no effect", "give an object");
            }
        }
    }
}

fn pair(kind: ParamKind, place: &str, item: &Map, report: &mut Report<'_>) {
    let key = item.get("key").map(Value::text).unwrap_or_default();
    if kind == ParamKind::States {
        state_key(place, &key, report);
    } else if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        report.error(
            Check::Value,
            place,
            format!("`{key}` is not the name of a contact attribute"),
            "use letters, digits and _",
        );
    }
    if utf16_len(&key) > 50 {
        report.error(
            Check::Length,
            place,
            format!("the key `{key}` is longer than 50 characters"),
            "shorten it",
        );
    }
    match item.get("value") {
        Some(Value::String(text)) => {
            if utf16_len(text) > 9000 {
                report.error(Check::Length, place, "the value is longer than 9000 characters", "shorten it");
            }
            report.template(place, text);
        }
        Some(Value::Array(_) | Value::Object(_)) => {
            report.error(Check::Value, place, "the value is not a text", "write it as JSON text");
        }
        _ => {}
    }
}

fn state_key(place: &str, key: &str, report: &mut Report<'_>) {
    if key.is_empty() || !is_path_text(key) {
        report.error(
            Check::Value,
            place,
            format!("`{key}` is not a state key"),
            "use letters, digits, dots, - and _",
        );
    } else if is_reserved_key(key, report.config()) {
        report.error(
            Check::Reserved,
            place,
            format!("`{key}` belongs to the engine; writing it can send the contact elsewhere"),
            "choose another key",
        );
    }
}

fn behaviour(place: &str, item: &Map, count: usize, report: &mut Report<'_>) {
    let text = |name: &str| item.get(name).map(Value::text).unwrap_or_default();
    let need = |name: &str, report: &mut Report<'_>| {
        if text(name).is_empty() {
            report.error(Check::Missing, place, format!("`{name}` is missing"), "add it");
        }
    };
    match &*text("type") {
        "Message" => need("message", report),
        "DTMF" => {
            need("message", report);
            state_key(place, &text("outputKey"), report);
        }
        "SMS" => {
            need("phone", report);
            need("message", report);
        }
        "UpdateState" => state_key(place, &text("outputKey"), report),
        "GOTO" => {
            let index = text("index");
            if array_index(&index).is_none_or(|i| i as usize >= count) {
                report.error(
                    Check::Value,
                    place,
                    format!("there is no behaviour number {index}"),
                    "give the number of a behaviour, counted from 0",
                );
            }
        }
        "Return" | "Continue" | "Terminate" => {}
        other => report.error(
            Check::Value,
            place,
            format!("there is no behaviour `{other}`"),
            "use Message, DTMF, SMS, UpdateState, GOTO, Return, Continue or Terminate",
        ),
    }
    if text_number(&text("activation")).is_none() {
        report.error(
            Check::Value,
            place,
            "`activation` is not a number, so it never happens",
            "give a number, 0 for always",
        );
    }
    for name in ["message", "phone", "value"] {
        if let Some(Value::String(text)) = item.get(name) {
            if utf16_len(text) > 1024 {
                report.error(
                    Check::Length,
                    place,
                    format!("`{name}` is longer than 1024 characters"),
                    "shorten it",
                );
            }
            report.template(place, text);
        }
    }
    for (i, item) in item.get("weights").and_then(Value::as_array).unwrap_or_default().iter().enumerate() {
        let member = |name: &str| Some(item.member(name)).filter(|v| !v.is_nil()).map(|v| v.text());
        let weight = Weight {
            id: None,
            field: member("field"),
            operation: member("operation").unwrap_or_else(|| Text::from("")),
            value: item.member("value"),
            weight: item.member("weight"),
        };
        let place = format!("{place} / weights[{i}]");
        for problem in weight_problems(&weight, true) {
            let check = if problem.works { Check::Form } else { Check::Weight };
            report.error(check, &format!("{place} / {}", problem.member), problem.what, problem.fix);
        }
        report.template(&place, weight.value_text());
    }
}
