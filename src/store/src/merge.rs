//! Three-way merges of concurrent edits, field by field (`spec/model.md` 13): edits of different fields
//! merge without asking, edits of the same field clash.
//!
//! The parameters of a rule are fields of their own, and so is each of its weights.

use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};

use crate::codec::{self, Row};
use crate::entity::Entity;

/// A field that both sides changed, to different values. Absent values are undefined.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// Name, such as `description`, `params / queueName`, `weights / <id>`.
    pub field: String,
    /// Before both edits.
    pub base: Value,
    /// The edit to be written.
    pub mine: Value,
    /// The edit that is stored.
    pub theirs: Value,
}

/// The merge of two edits of one thing.
///
/// # Errors
/// The fields that clash.
pub fn merge(base: &Entity, mine: &Entity, theirs: &Entity) -> Result<Entity, Vec<Clash>> {
    let (b, m, t) = (codec::row(base), codec::row(mine), codec::row(theirs));
    let row = rows(&b, &m, &t)?;
    codec::entity(&row).map_err(|_| {
        let whole = |row: &Row| Value::from(row.doc.as_str());
        vec![Clash { field: String::new(), base: whole(&b), mine: whole(&m), theirs: whole(&t) }]
    })
}

/// As [`merge`], for rows.
pub(crate) fn rows(base: &Row, mine: &Row, theirs: &Row) -> Result<Row, Vec<Clash>> {
    let object = |row: &Row| {
        let mut map = json::parse(&row.doc).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
        if !row.parent.is_empty() {
            map.insert(codec::PARENT, Value::String(Text::clone(&row.parent)));
        }
        map
    };
    let mut clashes = Vec::new();
    let (b, m, t) = (object(base), object(mine), object(theirs));
    let mut merged = members(&b, &m, &t, "", &mut clashes);
    retyped(&b, &m, &t, &mut clashes);
    if !clashes.is_empty() {
        return Err(clashes);
    }
    let parent = if base.parent.is_empty() {
        Text::default()
    } else {
        merged.remove(codec::PARENT).map(|parent| parent.text()).unwrap_or_default()
    };
    let doc = json::print(&merged.into()).unwrap_or_default();
    Ok(Row { kind: mine.kind, id: Text::clone(&mine.id), parent, doc })
}

/// A change of the type on one side and of parameters on the other belong together, so they clash.
fn retyped(base: &Map, mine: &Map, theirs: &Map, clashes: &mut Vec<Clash>) {
    let changed = |side: &Map, field: &str| member(side, field) != member(base, field);
    for (one, other) in [(mine, theirs), (theirs, mine)] {
        let differs = member(mine, "type") != member(theirs, "type");
        if differs && changed(one, "type") && changed(other, "params") && base.contains_key("params") {
            clashes.push(Clash {
                field: "type".to_owned(),
                base: member(base, "type"),
                mine: member(mine, "type"),
                theirs: member(theirs, "type"),
            });
            return;
        }
    }
}

fn member(map: &Map, name: &str) -> Value {
    map.get(name).cloned().unwrap_or_default()
}

fn members(base: &Map, mine: &Map, theirs: &Map, prefix: &str, clashes: &mut Vec<Clash>) -> Map {
    let mut out = Map::new();
    // The stored order first, new members of mine after it.
    let names = theirs.iter().chain(mine.iter()).map(|(name, _)| name);
    for name in names {
        if out.contains_key(name) {
            continue;
        }
        let (b, m, t) = (member(base, name), member(mine, name), member(theirs, name));
        let field = format!("{prefix}{name}");
        let value = match (&**name, &b, &m, &t) {
            ("params", Value::Object(b), Value::Object(m), Value::Object(t)) if prefix.is_empty() => {
                members(b, m, t, "params / ", clashes).into()
            }
            ("weights", Value::Array(b), Value::Array(m), Value::Array(t)) if b != m && b != t && m != t => {
                weights(b, m, t, clashes)
            }
            _ => field_value(field, b, m, t, clashes),
        };
        if value != Value::Undefined {
            out.insert(Text::clone(name), value);
        }
    }
    out
}

fn field_value(field: String, base: Value, mine: Value, theirs: Value, clashes: &mut Vec<Clash>) -> Value {
    if mine == theirs || mine == base {
        theirs
    } else if theirs == base {
        mine
    } else {
        clashes.push(Clash { field, base, mine, theirs: theirs.clone() });
        theirs
    }
}

/// Weights are matched by identifier; the stored order is kept, new ones of mine come last.
fn weights(base: &[Value], mine: &[Value], theirs: &[Value], clashes: &mut Vec<Clash>) -> Value {
    let by_id = |list: &[Value]| -> Map {
        list.iter()
            .enumerate()
            .map(|(i, weight)| {
                let id = weight.member("weightId");
                let id = if id.is_nil() { format!("number {i}") } else { format!("id {id}") };
                (Text::from(id), weight.clone())
            })
            .collect()
    };
    let merged = members(&by_id(base), &by_id(mine), &by_id(theirs), "weights / ", clashes);
    merged.iter().map(|(_, weight)| weight.clone()).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::Kind;

    fn rule(body: &str) -> Entity {
        codec::decode(Kind::Rule, &Text::from("s"), &format!(r#"{{"ruleId":"r","name":"one",{body}}}"#))
            .unwrap()
    }

    #[test]
    fn edits_of_different_fields_parameters_and_weights_merge() {
        let base = rule(
            r#""priority":"1","type":"Message","params":{"a":"1","b":"2"},"weights":[{"weightId":"x","operation":"isnull","weight":"1"}]"#,
        );
        let mine = rule(
            r#""priority":"9","type":"Message","params":{"a":"M","b":"2"},"weights":[{"weightId":"x","operation":"isnull","weight":"5"}]"#,
        );
        let theirs = rule(
            r#""priority":"1","description":"T","type":"Message","params":{"a":"1","b":"T","c":"3"},"weights":[{"weightId":"x","operation":"isnull","weight":"1"},{"weightId":"y","operation":"isempty","weight":"2"}]"#,
        );
        let want = rule(
            r#""priority":"9","description":"T","type":"Message","params":{"a":"M","b":"T","c":"3"},"weights":[{"weightId":"x","operation":"isnull","weight":"5"},{"weightId":"y","operation":"isempty","weight":"2"}]"#,
        );
        assert_eq!(merge(&base, &mine, &theirs).unwrap(), want);
    }

    #[test]
    fn edits_of_one_field_clash_unless_they_agree() {
        let base = rule(r#""type":"Message","params":{"a":"1"}"#);
        let mine = rule(r#""type":"Message","params":{"a":"2"}"#);
        let theirs = rule(r#""type":"Message","params":{}"#);
        let clashes = merge(&base, &mine, &theirs).unwrap_err();
        assert_eq!(clashes.len(), 1);
        assert_eq!((clashes[0].field.as_str(), &clashes[0].theirs), ("params / a", &Value::Undefined));
        assert_eq!(merge(&base, &mine, &mine).unwrap(), mine);
    }

    #[test]
    fn a_new_type_and_new_parameters_clash() {
        let base = rule(r#""type":"Message","params":{"a":"1"}"#);
        let mine = rule(r#""type":"Wait","params":{"a":"1"}"#);
        let theirs = rule(r#""type":"Message","params":{"a":"1","b":"2"}"#);
        assert_eq!(merge(&base, &mine, &theirs).unwrap_err()[0].field, "type");
    }
}
