//! Who names a thing of the instance: rules, end points, and other things of the instance.

use connect_rules_engine::kinds::{ParamKind, prompt_name};
use connect_rules_engine::references::{in_name_order, uses};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{Kind, Snapshot, UsedBy};

use crate::instance::{Holds, Instance, Item, Sort, name_of, value_of};

/// Everything that names a thing.
pub fn users(now: &Snapshot, instance: &Instance, sort: Sort, document: &Map) -> Vec<UsedBy> {
    let name = name_of(sort, document);
    let mut out = by_rules(now, instance, sort, &name);
    if sort == Sort::PhoneNumber {
        let ends = now.end_points.iter().filter(|it| it.inbound_numbers.contains(&name));
        out.extend(ends.map(|it| UsedBy {
            kind: Kind::EndPoint,
            name: Text::clone(&it.name),
            place: Text::from("inboundNumbers"),
        }));
    }
    if let Some(id) = document.get("Id").and_then(Value::as_str) {
        out.extend(by_things(instance, sort, id));
    }
    out
}

/// Things of the instance that hold the identifier of a thing.
fn by_things(instance: &Instance, sort: Sort, id: &str) -> Vec<UsedBy> {
    let mut out = Vec::new();
    for user in Sort::ALL {
        let called = |document: &Map| Text::from(format!("{} / {}", user.row(), name_of(user, document)));
        for field in user.fields().iter().filter(|field| field.holds == Holds::Of(sort)) {
            let holds = |it: &&Map| value_of(field, it).as_str() == Some(id);
            out.extend(instance.list(user).iter().filter(holds).map(|it| UsedBy {
                kind: Kind::Config,
                name: called(it),
                place: Text::from(field.name),
            }));
        }
    }
    if sort == Sort::Queue {
        for profile in instance.items(Sort::RoutingProfile) {
            let Item::RoutingProfile(profile) = profile else { continue };
            if profile.queues.iter().any(|it| &*it.queue_id == id) {
                let name = Text::from(format!("{} / {}", Sort::RoutingProfile.row(), profile.name));
                out.push(UsedBy { kind: Kind::Config, name, place: Text::from("Queues") });
            }
        }
    }
    out
}

/// Rules that name the thing that is listed by that name, disabled ones too.
pub(super) fn by_rules(now: &Snapshot, instance: &Instance, sort: Sort, name: &str) -> Vec<UsedBy> {
    let identity = instance.identity();
    let in_rules = identity.short(sort, name);
    let param = match sort {
        Sort::Queue => ParamKind::Queue,
        Sort::Function => ParamKind::Function,
        Sort::Bot => ParamKind::Bot,
        Sort::ContactFlow => ParamKind::ContactFlow,
        Sort::Prompt => return by_texts(now, &|text| prompt_name(text) == Some(name)),
        Sort::Hours => {
            let path = format!("System.OperatingHours.{name}");
            let quoted = format!("System.OperatingHours.[{name}]");
            return by_texts(now, &|text| names_path(text, &path) || text.contains(&quoted));
        }
        Sort::PhoneNumber | Sort::RoutingProfile => return Vec::new(),
    };
    let found = uses(&now.rule_sets, param, in_rules).into_iter();
    found.map(|it| used_by(&it.rule_set, &it.rule, &it.param)).collect()
}

fn used_by(set: &str, rule: &str, place: &str) -> UsedBy {
    UsedBy { kind: Kind::Rule, name: Text::from(format!("{set} / {rule}")), place: Text::from(place) }
}

/// Whether a text has a path that is not just the start of a longer name.
fn names_path(text: &str, path: &str) -> bool {
    let ends =
        |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == ' ' || c == '_' || c == '-');
    text.match_indices(path).any(|(at, found)| {
        let rest = &text[at + found.len()..];
        ends(rest) || ends(rest.trim_start())
    })
}

/// The texts in a value, those in lists and objects too.
fn texts(value: &Value) -> Vec<&str> {
    let (mut out, mut rest) = (Vec::new(), vec![value]);
    while let Some(value) = rest.pop() {
        match value {
            Value::String(text) => out.push(&**text),
            Value::Array(items) => rest.extend(items.iter().rev()),
            Value::Object(map) => rest.extend(map.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    out
}

/// Rules with a parameter or weight whose text says something.
fn by_texts(now: &Snapshot, says: &dyn Fn(&str) -> bool) -> Vec<UsedBy> {
    let mut out = Vec::new();
    for set in in_name_order(&now.rule_sets) {
        for rule in &set.rules {
            let params = rule
                .params
                .iter()
                .flat_map(|(param, value)| texts(value).into_iter().map(move |text| (&**param, text)));
            let weights = rule.weights.iter().flat_map(|it| {
                [("weights", it.field.as_deref().unwrap_or_default()), ("weights", it.value_text())]
            });
            let found = params.chain(weights).filter(|(_, text)| says(text));
            out.extend(found.map(|(place, _)| used_by(&set.name, &rule.name, place)));
        }
    }
    out
}
