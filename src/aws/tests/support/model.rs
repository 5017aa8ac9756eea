//! Requests, checked against the service models that AWS publishes (`models/`, trimmed to what is sent).
//!
//! A request of any protocol is turned into one document by its shape, then the document is checked: required and
//! unknown members, types, values of enumerations, lengths, and patterns as far as they are simple.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::wire;

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Method.
    pub method: String,
    /// Address with host, path and query.
    pub uri: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What a request was found to be.
#[derive(Debug)]
pub struct Checked {
    /// Service and operation, such as `connect.ListQueues`.
    pub operation: String,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// Each service by how its hosts start.
const MODELS: [(&str, &str); 14] = [
    ("connect", include_str!("../models/connect.json")),
    ("lambda", include_str!("../models/lambda.json")),
    ("models-v2-lex", include_str!("../models/lexv2-models.json")),
    ("runtime-v2-lex", include_str!("../models/lexv2-runtime.json")),
    ("cloudformation", include_str!("../models/cloudformation.json")),
    ("sts", include_str!("../models/sts.json")),
    ("logs", include_str!("../models/logs.json")),
    ("servicequotas", include_str!("../models/service-quotas.json")),
    ("events", include_str!("../models/events.json")),
    ("monitoring", include_str!("../models/cloudwatch.json")),
    ("s3", include_str!("../models/s3.json")),
    ("sns", include_str!("../models/sns.json")),
    ("pinpoint", include_str!("../models/pinpoint.json")),
    ("dynamodb", include_str!("../models/dynamodb.json")),
];

/// The models, read once.
static PARSED: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| {
    let parsed = |text: &str| serde_json::from_str(text).expect("a model is JSON");
    MODELS.iter().map(|(service, text)| (*service, parsed(text))).collect()
});
/// Patterns, each made once; some use what simple expressions have not, and are not checked.
static PATTERNS: LazyLock<Mutex<HashMap<&str, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// Whether a text is as a pattern says.
fn is_like(text: &str, pattern: &'static str) -> bool {
    let mut all = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = all.entry(pattern).or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok());
    made.as_ref().is_none_or(|it| it.is_match(text))
}

/// Every operation of the models.
pub fn operations() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (service, model) in PARSED.iter() {
        let names = model["operations"].as_object().expect("a model has operations").keys();
        out.extend(names.map(|name| format!("{service}.{name}")));
    }
    out
}

/// Every operation that a service has and its model here leaves out.
pub fn others() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (service, model) in PARSED.iter() {
        let names = model["others"].as_array().expect("a model names the others").iter();
        out.extend(names.filter_map(Value::as_str).map(|name| format!("{service}.{name}")));
    }
    out
}

/// A model, and what is found wrong.
pub struct Model {
    value: &'static Value,
    pub problems: Vec<String>,
}

impl Model {
    pub fn shape(&self, name: &str) -> &'static Value {
        self.value["shapes"].get(name).unwrap_or_else(|| panic!("there is no shape {name}"))
    }

    pub fn problem(&mut self, at: &str, what: impl std::fmt::Display) {
        self.problems.push(format!("{at}: {what}"));
    }

    /// Checks a document, whose objects have the members' own names.
    fn check(&mut self, value: &Value, shape: &str, at: &str) {
        let it = self.shape(shape);
        let most = it["max"].as_f64().unwrap_or(f64::MAX);
        let least = it["min"].as_f64().unwrap_or(f64::MIN);
        let mut within = |size: f64, what: &str| {
            if size < least || size > most {
                self.problems.push(format!("{at}: {what} {size} is not within {least} and {most}"));
            }
        };
        match (it["type"].as_str().unwrap_or_default(), value) {
            ("structure", Value::Object(members)) => {
                for required in it["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if !members.contains_key(required) {
                        self.problem(at, format!("{required} is missing"));
                    }
                }
                if it["union"] == true && members.len() != 1 {
                    self.problem(at, "exactly one member may be set");
                }
                for (name, value) in members {
                    match it["members"][name]["shape"].as_str() {
                        Some(shape) => self.check(value, shape, &format!("{at}.{name}")),
                        None => self.problem(at, format!("there is no member {name}")),
                    }
                }
            }
            ("list", Value::Array(items)) => {
                within(items.len() as f64, "number of items");
                let shape = it["member"]["shape"].as_str().expect("a list has a member");
                for (n, item) in items.iter().enumerate() {
                    self.check(item, shape, &format!("{at}[{n}]"));
                }
            }
            ("map", Value::Object(pairs)) => {
                within(pairs.len() as f64, "number of pairs");
                let part = |part: &str| it[part]["shape"].as_str().expect("a map has parts").to_owned();
                for (name, value) in pairs {
                    self.check(&Value::from(name.as_str()), &part("key"), &format!("{at} key {name}"));
                    self.check(value, &part("value"), &format!("{at}.{name}"));
                }
            }
            ("string", Value::String(text)) => {
                within(text.chars().count() as f64, "length");
                if let Some(values) = it["enum"].as_array()
                    && !values.iter().any(|value| value == text.as_str())
                {
                    self.problem(at, format!("{text} is no value of {shape}"));
                }
                if it["pattern"].as_str().is_some_and(|pattern| !is_like(text, pattern)) {
                    self.problem(at, format!("{text} is not like {}", it["pattern"]));
                }
            }
            ("integer" | "long", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                within(number.as_f64().unwrap_or_default(), "value");
            }
            ("double" | "float", Value::Number(number)) => {
                within(number.as_f64().unwrap_or_default(), "value");
            }
            ("boolean", Value::Bool(_))
            | ("blob", Value::String(_))
            | ("timestamp", Value::Number(_) | Value::String(_)) => {}
            (wanted, found) => self.problem(at, format!("{found} is no {wanted}")),
        }
    }

    /// The document of a body in JSON or CBOR: names on the wire become names of members.
    fn named(&mut self, value: Value, shape: &str, at: &str) -> Value {
        let it = self.shape(shape);
        match (it["type"].as_str().unwrap_or_default(), value) {
            ("structure", Value::Object(on_wire)) => {
                let mut out = Map::new();
                for (name, value) in on_wire {
                    let is = |(own, member): &(&String, &Value)| {
                        member["location"].is_null() && member["locationName"].as_str().unwrap_or(own) == name
                    };
                    match it["members"].as_object().into_iter().flatten().find(is) {
                        Some((own, member)) => {
                            let shape = member["shape"].as_str().unwrap_or_default();
                            out.insert(own.clone(), self.named(value, shape, &format!("{at}.{own}")));
                        }
                        None => self.problem(at, format!("there is no member {name}")),
                    }
                }
                Value::Object(out)
            }
            ("list", Value::Array(items)) => {
                let shape = it["member"]["shape"].as_str().unwrap_or_default().to_owned();
                items.into_iter().map(|item| self.named(item, &shape, at)).collect()
            }
            ("map", Value::Object(pairs)) => {
                let shape = it["value"]["shape"].as_str().unwrap_or_default().to_owned();
                pairs.into_iter().map(|(name, value)| (name, self.named(value, &shape, at))).collect()
            }
            (_, value) => value,
        }
    }

    /// A value that was sent as text.
    pub fn read(&self, text: &str, shape: &str) -> Value {
        let value = Value::from(text);
        match self.shape(shape)["type"].as_str().unwrap_or_default() {
            "integer" | "long" => text.parse::<i64>().map_or(value, Value::from),
            "double" | "float" => text.parse::<f64>().map_or(value, Value::from),
            "boolean" => text.parse::<bool>().map_or(value, Value::from),
            _ => value,
        }
    }

    fn json(&mut self, body: &[u8], shape: &str) -> Value {
        if body.is_empty() {
            return Value::Object(Map::new());
        }
        match serde_json::from_slice(body) {
            Ok(value) => self.named(value, shape, "body"),
            Err(error) => {
                self.problem("body", error);
                Value::Null
            }
        }
    }

    /// The document of a REST request.
    fn rest(&mut self, sent: &Sent, found: &wire::Found, input: &str, xml: bool) -> Value {
        let it = self.shape(input);
        let members = it["members"].as_object().cloned().unwrap_or_default();
        let mut out = Map::new();
        let mut query = found.query.clone();
        for (name, member) in &members {
            let on_wire = member["locationName"].as_str().unwrap_or(name);
            let shape = member["shape"].as_str().unwrap_or_default();
            let value = match member["location"].as_str() {
                Some("uri") => found.labels.get(on_wire).map(|text| self.read(text, shape)),
                Some("querystring") => {
                    let (of, rest): (Vec<_>, Vec<_>) =
                        query.into_iter().partition(|(name, _)| name == on_wire);
                    query = rest;
                    let list = self.shape(shape)["member"]["shape"].as_str().map(str::to_owned);
                    match list {
                        Some(item) if !of.is_empty() => {
                            Some(of.iter().map(|(_, text)| self.read(text, &item)).collect())
                        }
                        _ => of.first().map(|(_, text)| self.read(text, shape)),
                    }
                }
                Some("header") => {
                    let header = sent.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(on_wire));
                    header.map(|(_, text)| self.read(text, shape))
                }
                _ => None,
            };
            if let Some(value) = value {
                out.insert(name.clone(), value);
            }
        }
        for (name, _) in query {
            self.problem("query", format!("there is no parameter {name}"));
        }
        let known = |header: &str| {
            members
                .values()
                .any(|it| it["locationName"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(header)))
        };
        for (name, _) in &sent.headers {
            if name.starts_with("x-amz-")
                && !wire::OF_ALL.iter().any(|it| name.starts_with(it))
                && !known(name)
            {
                self.problem("headers", format!("there is no header {name}"));
            }
        }
        match it["payload"].as_str() {
            Some(payload) if !sent.body.is_empty() => {
                let shape = members[payload]["shape"].as_str().unwrap_or_default().to_owned();
                let value = match self.shape(&shape)["type"].as_str() {
                    Some("structure") if xml => wire::xml(self, &sent.body, &shape),
                    Some("structure") => self.json(&sent.body, &shape),
                    _ => Value::from(String::from_utf8_lossy(&sent.body)),
                };
                out.insert(payload.to_owned(), value);
            }
            Some(_) => {}
            None => {
                if let Value::Object(body) = self.json(&sent.body, input) {
                    out.extend(body);
                }
            }
        }
        Value::Object(out)
    }
}

/// Finds out which operation a request is, and checks it.
pub fn check(sent: &Sent) -> Checked {
    let (host, path, query) = wire::address(&sent.uri);
    let header = |name: &str| sent.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    // Servers for tests have hosts of their own.
    let local = match header("x-amz-target") {
        Some(target) if target.starts_with("DynamoDB_") => "dynamodb",
        None if String::from_utf8_lossy(&sent.body).contains("&Version=2011-06-15") => "sts",
        _ => "",
    };
    let is_of = |service: &str| service == local || wire::is_host_of(&host, service);
    let Some((service, value)) = PARSED.iter().find(|(service, _)| is_of(service)) else {
        return Checked { operation: host.clone(), problems: vec![format!("{host} is of no known service")] };
    };
    let mut model = Model { value, problems: Vec::new() };
    let protocol = model.value["metadata"]["protocol"].as_str().unwrap_or_default().to_owned();
    let path = wire::path_style(&host, &path);
    let (mut found, mut form) = (None, Vec::new());
    let name = match protocol.as_str() {
        "rest-json" | "rest-xml" => {
            found = wire::find(&model.value["operations"], &sent.method, &path, query);
            found.as_ref().map(|found| found.operation.clone())
        }
        "query" => {
            form = wire::pairs(&String::from_utf8_lossy(&sent.body));
            let version = model.value["metadata"]["apiVersion"].clone();
            if !form.iter().any(|(name, value)| name == "Version" && version == value.as_str()) {
                model.problem("body", format!("Version is not {version}"));
            }
            let action = form.iter().find(|(name, _)| name == "Action").map(|(_, value)| value.clone());
            form.retain(|(name, _)| name != "Action" && name != "Version");
            action
        }
        "smithy-rpc-v2-cbor" => path.rsplit('/').next().map(str::to_owned),
        _ => {
            let prefix = format!("{}.", model.value["metadata"]["targetPrefix"].as_str().unwrap_or_default());
            header("x-amz-target").and_then(|it| it.strip_prefix(&prefix)).map(str::to_owned)
        }
    };
    let name = name.unwrap_or_default();
    let operation = format!("{service}.{name}");
    let described = model.value["operations"][&name].clone();
    if described["http"]["method"] != sent.method.as_str() {
        let what = format!("{} {} is no operation of {service}", sent.method, sent.uri);
        return Checked { operation, problems: vec![what] };
    }
    if let Some(input) = described["input"].as_str() {
        let document = match (protocol.as_str(), &found) {
            (_, Some(found)) => model.rest(sent, found, input, protocol == "rest-xml"),
            ("query", _) => wire::form(&mut model, &form, input),
            ("smithy-rpc-v2-cbor", _) => match wire::cbor(&sent.body) {
                Ok(value) => model.named(value, input, "body"),
                Err(error) => {
                    model.problem("body", error);
                    Value::Null
                }
            },
            _ => model.json(&sent.body, input),
        };
        model.check(&document, input, &name);
    }
    Checked { operation, problems: model.problems }
}
