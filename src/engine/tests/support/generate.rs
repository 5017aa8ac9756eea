//! Random values, texts and requests for the property tests.

use connect_rules_engine::step::{Opening, Request};
use connect_rules_engine::value::{Map, Text, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// Texts that mean something somewhere: names of state keys, operations, JSON, numbers, dates, keys.
const TELLING: [&str; 30] = [
    "",
    " ",
    "0",
    "1",
    "-1",
    "007",
    "1e3",
    "true",
    "null",
    "undefined",
    "increment",
    "NOINPUT",
    "NOMATCH",
    "a.b",
    "a.0.b",
    ".",
    "length",
    "{\"a\":[1]}",
    "[1,{\"b\":null}]",
    "{oops}",
    "{{x}}",
    "{{",
    "+61400111222",
    "anonymous",
    "2023-06-14T03:25:40Z",
    "14062023",
    "yes",
    "no",
    "é😀",
    "#",
];

/// Top-level keys and paths of state.
pub fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "0", "1", "2", "length", "", "100001"]).prop_map(str::to_owned),
        1 => "[a-z0-9 ]{0,3}",
    ];
    vec(segment, 1..5).prop_map(|segments| segments.join("."))
}

/// Any text, telling ones more often.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(TELLING.to_vec()).prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        1 => any::<String>(),
    ]
}

/// Any value that JSON can hold, and undefined.
pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Undefined),
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::Bool),
        2 => (-10..20_i32).prop_map(|n| Value::Number(f64::from(n))),
        1 => any::<f64>().prop_map(Value::Number),
        6 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((text(), inner), 0..5).prop_map(|members| {
                let map: Map = members.into_iter().map(|(k, v)| (Text::from(k), v)).collect();
                Value::from(map)
            }),
        ]
    })
}

/// A request of a contact; `end_points` are those of the workspace.
pub fn request(end_points: Vec<String>) -> impl Strategy<Value = Request> {
    let end_point = prop_oneof![
        9 => prop::sample::select(end_points).prop_map(Value::from),
        1 => value(),
    ];
    let number = prop_oneof![6 => Just(Value::from("+61400111222")), 1 => value()];
    let time = prop_oneof![6 => Just(Value::Undefined), 1 => value()];
    let attributes = prop_oneof![
        2 => Just(Value::Undefined),
        4 => vec(("[a-z]{1,4}", value()), 0..4).prop_map(|members| {
            Value::from(members.into_iter().map(|(k, v)| (Text::from(k), v)).collect::<Map>())
        }),
        1 => value(),
    ];
    let opening =
        (end_point, number, time, attributes).prop_map(|(end_point, number, time, attributes)| Opening {
            end_point,
            customer_phone_number: number,
            interaction_date_time: time,
            contact_attributes: attributes,
        });
    let key =
        prop::sample::select(vec!["0", "1", "2", "3", "9", "yes", "no", "NOINPUT", "14062023", "0400111222"]);
    let input = prop_oneof![5 => key.prop_map(Value::from), 2 => value()];
    prop_oneof![
        2 => opening.prop_map(Request::NewInteraction),
        8 => Just(Request::NextRule),
        6 => input.clone().prop_map(Request::Input),
        1 => input.prop_map(Request::Confirm),
        1 => Just(Request::HangUp),
    ]
}
