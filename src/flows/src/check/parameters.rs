//! Parameters of actions (V05), and whether the type of flow may have them (V04).

use serde_json::{Map, Value};

use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};
use crate::language::{self, HOOKS, Parameter, Shape};
use crate::reference::{is_reference, references};
use crate::token;

pub(super) fn check(action: &Action, flow: &Flow, out: &mut Vec<Finding>) {
    let Some(spec) = language::spec(&action.kind) else {
        let what = format!("there is no type {:?} among those that flows of this product use", action.kind);
        out.push(Finding::new("V04", what, "use another type, or teach the checks this one"));
        return;
    };
    if !spec.allowed.contains(&flow.flow_type) {
        let what = format!("{} is not allowed in flows of type {}", action.kind, flow.flow_type.name());
        out.push(Finding::new("V04", what, "use another action"));
    }
    object(&action.parameters, spec.parameters, "", out);
    for group in spec.one_of {
        one_of(&action.parameters, group, "", out);
    }
    special(action, flow, out);
}

fn fault(out: &mut Vec<Finding>, what: String, fix: impl Into<String>) {
    out.push(Finding::new("V05", what, fix));
}

fn one_of(members: &Map<String, Value>, group: &[&str], place: &str, out: &mut Vec<Finding>) {
    let there: Vec<&str> = group.iter().copied().filter(|it| members.contains_key(*it)).collect();
    if there.len() != 1 {
        let what = if there.is_empty() { "none".to_owned() } else { there.join(" and ") };
        fault(out, format!("{place}of {}, there is {what}", group.join(", ")), "give exactly one of them");
    }
}

fn object(members: &Map<String, Value>, known: &[Parameter], place: &str, out: &mut Vec<Finding>) {
    for name in members.keys().filter(|name| !known.iter().any(|it| it.name == **name)) {
        let names: Vec<&str> = known.iter().map(|it| it.name).collect();
        let fix =
            if names.is_empty() { "leave it out".to_owned() } else { format!("use {}", names.join(", ")) };
        fault(out, format!("{place}{name} is unknown"), fix);
    }
    for parameter in known {
        match members.get(parameter.name) {
            Some(value) => shape(value, parameter.shape, &format!("{place}{}", parameter.name), out),
            None if parameter.required => {
                fault(out, format!("{place}{} is missing", parameter.name), "add it");
            }
            None => {}
        }
    }
}

fn shape(value: &Value, shape: Shape, place: &str, out: &mut Vec<Finding>) {
    let members = |out: &mut Vec<Finding>| {
        let members = value.as_object();
        if members.is_none() {
            fault(out, format!("{place} is no object"), "write an object");
        }
        members
    };
    match shape {
        Shape::Object(known) => {
            if let Some(members) = members(out) {
                object(members, known, &format!("{place}."), out);
            }
        }
        Shape::Map => {
            let Some(members) = members(out) else { return };
            if members.is_empty() {
                fault(out, format!("{place} is empty"), "give at least one pair, or leave it out");
            }
            for (name, value) in
                members.iter().filter(|(name, value)| name.is_empty() || text(value).is_none())
            {
                fault(out, format!("{place}.{name} is {value}"), "write a text that is not empty");
            }
        }
        Shape::List(known) => match value.as_array().filter(|it| !it.is_empty()) {
            None => fault(out, format!("{place} is no list, or empty"), "list at least one"),
            Some(list) => {
                for (i, item) in list.iter().enumerate() {
                    let place = format!("{place}[{i}].");
                    match item.as_object() {
                        Some(members) => {
                            object(members, known, &place, out);
                            let names: Vec<&str> = known.iter().map(|it| it.name).collect();
                            one_of(members, &names, &place, out);
                        }
                        None => fault(out, format!("{place} is no object"), "write an object"),
                    }
                }
            }
        },
        Shape::Choices(known) => {
            let fits = |it: &Value| it.as_str().is_some_and(|it| known.contains(&it));
            let list = value.as_array().is_some_and(|it| it.iter().all(fits));
            if !list && value.as_str().is_none_or(|it| token::token(it).is_none()) {
                fault(out, format!("{place} is {value}"), format!("list some of {}", known.join(", ")));
            }
        }
        _ => scalar(value, shape, place, out),
    }
}

/// A text that is not empty.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|it| !it.is_empty())
}

fn scalar(value: &Value, shape: Shape, place: &str, out: &mut Vec<Finding>) {
    let Some(text) = text(value) else {
        let fix = if value.is_number() || value.is_boolean() {
            "write numbers and truth values as texts, as the console does"
        } else {
            "write a text that is not empty"
        };
        return fault(out, format!("{place} is {value}"), fix);
    };
    if token::token(text).is_some() {
        return;
    }
    let number = |least: u32, most: u32| text.parse::<u32>().is_ok_and(|it| (least..=most).contains(&it));
    let fix = match shape {
        Shape::Path if !is_reference(text) => {
            "write nothing but one reference such as $.External.key".to_owned()
        }
        Shape::Reference if !references(text).is_empty() && !is_reference(text) => {
            "write a fixed text, or nothing but one reference".to_owned()
        }
        Shape::Number(least, most) if !number(least, most) => {
            format!("write a fixed whole number from {least} to {most}")
        }
        Shape::NumberOrPath(least, most) if !number(least, most) && !is_reference(text) => {
            format!("write a whole number from {least} to {most}, or nothing but one reference")
        }
        Shape::Choice(known) if !known.contains(&text) => format!("write {}", known.join(" or ")),
        _ => return,
    };
    fault(out, format!("{place} is {text:?}"), fix);
}

/// What a table does not say.
fn special(action: &Action, flow: &Flow, out: &mut Vec<Finding>) {
    let has = |name: &str| action.parameters.contains_key(name);
    match action.kind.as_str() {
        "GetParticipantInput" if action.text("StoreInput") == Some("True") => {
            let empty = Map::new();
            let how = action.parameters.get("InputValidation").and_then(Value::as_object).unwrap_or(&empty);
            one_of(how, &["CustomValidation", "PhoneNumberValidation"], "InputValidation: ", out);
            let phone = |name| action.inner(&["InputValidation", "PhoneNumberValidation", name]);
            if phone("NumberFormat") == Some("Local") && phone("CountryCode").is_none() {
                fault(out, "CountryCode is missing".to_owned(), "local numbers need their country");
            }
            if action.inner(&["DTMFConfiguration", "InputTerminationSequence"]).is_some_and(|it| it.len() > 5)
            {
                fault(out, "InputTerminationSequence is too long".to_owned(), "use at most 5 keys");
            }
        }
        "GetParticipantInput" => {
            for name in ["InputValidation", "DTMFConfiguration"] {
                if has(name) {
                    let fix = "leave it out, or set StoreInput to True";
                    fault(out, format!("{name} needs an input that is stored"), fix);
                }
            }
        }
        "UpdateContactEventHooks" => {
            let hooks = action.parameters.get("EventHooks").and_then(Value::as_object);
            let names: Vec<&String> = hooks.into_iter().flat_map(Map::keys).collect();
            let known: Vec<&str> = HOOKS.iter().map(|(name, _)| *name).collect();
            if names.len() != 1 {
                fault(
                    out,
                    format!("EventHooks has {} entries", names.len()),
                    "set one hook with each action",
                );
            }
            for name in names.into_iter().filter(|name| !known.contains(&name.as_str())) {
                fault(out, format!("EventHooks.{name} is unknown"), format!("use {}", known.join(", ")));
            }
        }
        "MessageParticipantIteratively"
            if flow.flow_type == FlowType::CustomerHold && has("InterruptFrequencySeconds") =>
        {
            let fix = "leave it out: hold flows are not interrupted";
            fault(out, "InterruptFrequencySeconds is given".to_owned(), fix);
        }
        _ => {}
    }
}
