//! How requests look on the wire: addresses, forms, XML and CBOR.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::model::Model;

/// Headers that every operation may have, by how they start.
pub const OF_ALL: [&str; 8] = [
    "x-amz-date",
    "x-amz-user-agent",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "x-amz-checksum-",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-trailer",
    "x-amz-decoded-content-length",
];

/// An operation that a request's method and address mean.
#[derive(Debug)]
pub struct Found {
    pub operation: String,
    pub labels: BTreeMap<String, String>,
    /// What the operation's own address does not hold.
    pub query: Vec<(String, String)>,
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().and_then(|it| (it as char).to_digit(16)).unwrap_or_default() as u8;
        out.push(if byte == b'%' { digit() * 16 + digit() } else { byte });
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Names and values of a query or a form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
    };
    parts.map(pair).collect()
}

/// Host, path and query of an address.
pub fn address(uri: &str) -> (String, String, Vec<(String, String)>) {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (host.to_owned(), format!("/{path}"), pairs(query))
}

/// Whether a host is one of a service, with a bucket in front or not.
pub fn is_host_of(host: &str, service: &str) -> bool {
    host.starts_with(&format!("{service}.")) || (service == "s3" && host.contains(".s3."))
}

/// The path with the bucket that the host may name.
pub fn path_style(host: &str, path: &str) -> String {
    match host.split_once(".s3.") {
        Some((bucket, _)) => format!("/{bucket}{}", if path == "/" { "" } else { path }),
        None => path.to_owned(),
    }
}

/// The operation of a method and a path; the one whose address says most.
pub fn find(operations: &Value, method: &str, path: &str, query: Vec<(String, String)>) -> Option<Found> {
    let mut best: Option<(usize, Found)> = None;
    for (name, operation) in operations.as_object()? {
        let uri = operation["http"]["requestUri"].as_str()?;
        let (pattern, fixed) = uri.split_once('?').unwrap_or((uri, ""));
        let fixed = pairs(fixed);
        if operation["http"]["method"] != method || !fixed.iter().all(|it| query.contains(it)) {
            continue;
        }
        let Some((literal, labels)) = labels(pattern, path) else { continue };
        let said = literal + 1000 * fixed.len();
        if best.as_ref().is_none_or(|(most, _)| said > *most) {
            // The SDK names the operation where the address alone does not tell.
            let rest = query.iter().filter(|it| !fixed.contains(it) && it.0 != "x-id").cloned().collect();
            best = Some((said, Found { operation: name.clone(), labels, query: rest }));
        }
    }
    best.map(|(_, found)| found)
}

/// The labels of a path, and how much of it the pattern itself says.
fn labels(pattern: &str, path: &str) -> Option<(usize, BTreeMap<String, String>)> {
    let mut path: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (mut literal, mut out) = (0, BTreeMap::new());
    for part in pattern.trim_matches('/').split('/') {
        if path.is_empty() {
            return None;
        }
        if let Some(label) = part.strip_prefix('{').and_then(|it| it.strip_suffix("+}")) {
            out.insert(label.to_owned(), decoded(&std::mem::take(&mut path).join("/")));
        } else {
            let found = path.remove(0);
            match part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some(label) if !found.is_empty() => {
                    out.insert(label.to_owned(), decoded(found));
                }
                None if found == part => literal += part.len(),
                _ => return None,
            }
        }
    }
    path.is_empty().then_some((literal, out))
}

/// The document of a form of the query protocol.
pub fn form(model: &mut Model, form: &[(String, String)], input: &str) -> Value {
    let mut left: BTreeMap<String, String> = form.iter().cloned().collect();
    let out = nested(model, &mut left, "", input).unwrap_or_else(|| Value::Object(Map::new()));
    for name in left.keys() {
        model.problem("body", format!("there is no member {name}"));
    }
    out
}

fn nested(model: &Model, left: &mut BTreeMap<String, String>, at: &str, shape: &str) -> Option<Value> {
    let it = model.shape(shape);
    let inner = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match it["type"].as_str().unwrap_or_default() {
        "structure" => {
            let mut out = Map::new();
            for (name, member) in it["members"].as_object().into_iter().flatten() {
                let shape = member["shape"].as_str().unwrap_or_default();
                let on_wire = member["locationName"].as_str().unwrap_or(name);
                if let Some(value) = nested(model, left, &inner(on_wire), shape) {
                    out.insert(name.clone(), value);
                }
            }
            (!out.is_empty()).then_some(Value::Object(out))
        }
        "list" => {
            let shape = it["member"]["shape"].as_str().unwrap_or_default();
            let item = |n: usize| inner(&format!("member.{n}"));
            let mut out = Vec::new();
            while let Some(value) = nested(model, left, &item(out.len() + 1), shape) {
                out.push(value);
            }
            (!out.is_empty()).then_some(Value::Array(out))
        }
        _ => left.remove(at).map(|text| model.read(&text, shape)),
    }
}

/// An element of XML: its name, its elements, its text.
#[derive(Debug, Default)]
struct Element {
    name: String,
    inner: Vec<Element>,
    text: String,
}

/// Reads elements without comments and the like, which requests have not.
fn elements(text: &str) -> Option<Element> {
    let mut open = vec![Element::default()];
    for part in text.split('<').skip(1) {
        let (tag, after) = part.split_once('>')?;
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let done = open.pop().filter(|it| it.name == name)?;
            open.last_mut()?.inner.push(done);
        } else {
            let name = tag.trim_end_matches('/').split_whitespace().next()?.to_owned();
            let element = Element { name, inner: Vec::new(), text: after.to_owned() };
            if tag.ends_with('/') { open.last_mut()?.inner.push(element) } else { open.push(element) }
        }
    }
    (open.len() == 1).then(|| open.pop().and_then(|mut all| all.inner.pop())).flatten()
}

/// The document of a body in XML.
pub fn xml(model: &mut Model, body: &[u8], shape: &str) -> Value {
    let Some(element) = elements(&String::from_utf8_lossy(body)) else {
        model.problem("body", "it is no XML");
        return Value::Null;
    };
    of_element(model, &element, shape)
}

fn of_element(model: &mut Model, element: &Element, shape: &str) -> Value {
    let it = model.shape(shape);
    match it["type"].as_str().unwrap_or_default() {
        "structure" => {
            let mut out = Map::new();
            for inner in &element.inner {
                let is = |(name, member): &(&String, &Value)| {
                    member["locationName"].as_str().unwrap_or(name) == inner.name
                };
                let Some((name, member)) = it["members"].as_object().into_iter().flatten().find(is) else {
                    model.problem(&element.name, format!("there is no member {}", inner.name));
                    continue;
                };
                let shape = member["shape"].as_str().unwrap_or_default();
                let list = model.shape(shape);
                if list["type"] == "list" && list["flattened"] == true {
                    let value =
                        of_element(model, inner, list["member"]["shape"].as_str().unwrap_or_default());
                    match out.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new())) {
                        Value::Array(items) => items.push(value),
                        _ => unreachable!("it was made as a list"),
                    }
                } else {
                    out.insert(name.clone(), of_element(model, inner, shape));
                }
            }
            Value::Object(out)
        }
        "list" => {
            let shape = it["member"]["shape"].as_str().unwrap_or_default();
            element.inner.iter().map(|item| of_element(model, item, shape)).collect()
        }
        _ => model.read(&element.text, shape),
    }
}

/// A value in CBOR as JSON; times become numbers.
pub fn cbor(body: &[u8]) -> Result<Value, String> {
    fn value(it: ciborium::Value) -> Result<Value, String> {
        use ciborium::Value as C;
        Ok(match it {
            C::Null => Value::Null,
            C::Bool(it) => Value::from(it),
            C::Text(it) => Value::from(it),
            C::Float(it) => Value::from(it),
            C::Integer(it) => Value::from(i64::try_from(it).map_err(|error| error.to_string())?),
            C::Tag(_, inner) => value(*inner)?,
            C::Array(items) => Value::Array(items.into_iter().map(value).collect::<Result<_, _>>()?),
            C::Map(pairs) => {
                let mut out = Map::new();
                for (name, inner) in pairs {
                    out.insert(name.into_text().map_err(|it| format!("{it:?} is no name"))?, value(inner)?);
                }
                Value::Object(out)
            }
            other => return Err(format!("{other:?} is not expected")),
        })
    }
    value(ciborium::from_reader(body).map_err(|error| error.to_string())?)
}
