//! Entities as compact JSON documents: what rows, the journal and three-way merges hold.

use connect_rules_engine::json;
use connect_rules_engine::model::read;
use connect_rules_engine::model::{Rule, RuleSet, Weight};
use connect_rules_engine::script::{ReadOptions, TestDocument};
use connect_rules_engine::value::{Map, Text, Value};

use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Kind, User};
use crate::roles::Role;

/// The name under which the rules of a rule set refer to their rule set in documents.
pub(crate) const PARENT: &str = "ruleSetId";

/// A row of a table, without its stamp.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Sort of thing.
    pub kind: Kind,
    /// Identifier.
    pub id: Text,
    /// Rules: identifier of their rule set. Otherwise empty.
    pub parent: Text,
    /// JSON document.
    pub doc: String,
}

fn text(text: &Text) -> Value {
    Value::String(Text::clone(text))
}

fn texts(texts: &[Text]) -> Value {
    texts.iter().map(text).collect::<Vec<_>>().into()
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Map {
    members.into_iter().collect()
}

/// The row of an entity.
pub(crate) fn row(entity: &Entity) -> Row {
    let parent = match entity {
        Entity::Rule(parent, _) => Text::clone(parent),
        _ => Text::default(),
    };
    let doc = json::print(&Value::from(document(entity))).unwrap_or_default();
    Row { kind: entity.kind(), id: entity.id(), parent, doc }
}

/// The document of an entity; rules without the identifier of their rule set.
pub(crate) fn document(entity: &Entity) -> Map {
    match entity {
        Entity::RuleSet(it) => map([
            ("ruleSetId", it.id.clone().into_value()),
            ("name", text(&it.name)),
            ("description", text(&it.description)),
            ("enabled", it.enabled.into()),
            ("endPoints", texts(&it.end_points)),
            ("folder", text(&it.folder)),
        ]),
        Entity::Rule(_, it) => rule_document(it),
        Entity::EndPoint(it) => map([
            ("endPointId", text(&it.id)),
            ("name", text(&it.name)),
            ("description", text(&it.description)),
            ("inboundNumbers", texts(&it.inbound_numbers)),
            ("enabled", it.enabled.into()),
        ]),
        Entity::User(it) => map([
            ("userId", text(&it.id)),
            ("firstName", text(&it.first_name)),
            ("lastName", text(&it.last_name)),
            ("emailAddress", text(&it.email)),
            ("userRole", Value::from(it.role.name())),
            ("userEnabled", it.enabled.into()),
            ("keyHash", it.key_hash.clone().into_value()),
            ("keyStart", text(&it.key_start)),
            ("keyExpires", it.key_expires.clone().into_value()),
        ]),
        Entity::Holiday(it) => map([
            ("holidayId", text(&it.id)),
            ("when", text(&it.when)),
            ("name", text(&it.name)),
            ("description", text(&it.description)),
            ("closed", it.closed.into()),
        ]),
        Entity::Test(it) => {
            let mut out = map([("testId", it.test_id.clone().into_value())]);
            for (name, value) in &it.to_export() {
                out.insert(Text::clone(name), value.clone());
            }
            out
        }
        Entity::Config(it) => map([("configKey", text(&it.key)), ("configData", it.value.clone())]),
    }
}

fn rule_document(rule: &Rule) -> Map {
    map([
        ("ruleId", rule.id.clone().into_value()),
        ("name", text(&rule.name)),
        ("description", text(&rule.description)),
        ("priority", text(&rule.priority)),
        ("activation", rule.activation.clone().into_value()),
        ("type", Value::from(rule.rule_type.name())),
        ("enabled", rule.enabled.into()),
        ("params", rule.params.to_map().into()),
        ("weights", rule.weights.iter().map(weight_document).collect::<Vec<_>>().into()),
    ])
}

fn weight_document(weight: &Weight) -> Value {
    map([
        ("weightId", weight.id.clone().into_value()),
        ("field", weight.field.clone().into_value()),
        ("operation", text(&weight.operation)),
        ("value", weight.value.clone()),
        ("weight", weight.weight.clone()),
    ])
    .into()
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for Option<Text> {
    fn into_value(self) -> Value {
        self.map_or(Value::Undefined, Value::String)
    }
}

/// The entity of a row; what is wrong with the row otherwise.
pub(crate) fn entity(row: &Row) -> Result<Entity, String> {
    decode(row.kind, &row.parent, &row.doc)
}

/// The entity of a document.
pub(crate) fn decode(kind: Kind, parent: &Text, doc: &str) -> Result<Entity, String> {
    match kind {
        Kind::RuleSet => rule_sets(&format!("[{doc}]"))?.pop().map(Entity::RuleSet).ok_or_else(unreadable),
        Kind::Rule => rule_sets(&format!("[{{\"name\":\"-\",\"rules\":[{doc}]}}]"))?
            .pop()
            .and_then(|mut set| set.rules.pop())
            .map(|rule| Entity::Rule(Text::clone(parent), rule))
            .ok_or_else(unreadable),
        _ => {
            let value = json::parse(doc).map_err(|error| error.to_string())?;
            let members = value.as_object().ok_or_else(unreadable)?;
            other(kind, members).ok_or_else(unreadable)
        }
    }
}

fn unreadable() -> String {
    "the document has another shape than the program writes".to_owned()
}

/// Rule sets of a text that rows were put together to.
pub(crate) fn rule_sets(text: &str) -> Result<Vec<RuleSet>, String> {
    read::rule_sets(text).map(|read| read.rule_sets).map_err(|problem| problem.to_string())
}

fn other(kind: Kind, members: &Map) -> Option<Entity> {
    let get = |name: &str| members.get(name).and_then(Value::as_str).map(Text::from);
    let flag = |name: &str| matches!(members.get(name), Some(Value::Bool(true)));
    Some(match kind {
        Kind::EndPoint => Entity::EndPoint(EndPoint {
            id: get("endPointId")?,
            name: get("name")?,
            description: get("description").unwrap_or_default(),
            inbound_numbers: members
                .get("inboundNumbers")
                .and_then(Value::as_array)
                .unwrap_or_default()
                .iter()
                .map(Value::text)
                .collect(),
            enabled: flag("enabled"),
        }),
        Kind::User => Entity::User(User {
            id: get("userId")?,
            first_name: get("firstName").unwrap_or_default(),
            last_name: get("lastName").unwrap_or_default(),
            email: get("emailAddress")?,
            role: Role::parse(&get("userRole").unwrap_or_default()),
            enabled: flag("userEnabled"),
            key_hash: get("keyHash"),
            key_start: get("keyStart").unwrap_or_default(),
            key_expires: get("keyExpires"),
        }),
        Kind::Holiday => Entity::Holiday(Holiday {
            id: get("holidayId")?,
            when: get("when")?,
            name: get("name").unwrap_or_default(),
            description: get("description").unwrap_or_default(),
            closed: flag("closed"),
        }),
        Kind::Test => {
            let options = ReadOptions { now: "", absent_ready: true };
            Entity::Test(TestDocument::read(members, "", &options).0)
        }
        Kind::Config => Entity::Config(ConfigRow {
            key: get("configKey")?,
            value: members.get("configData").cloned().unwrap_or_default(),
        }),
        Kind::RuleSet | Kind::Rule => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_were_written() {
        let text = r#"[{"ruleSetId":"s","name":"A","enabled":true,"endPoints":["Main"],"folder":"/x","rules":[
            {"ruleId":"r","name":"one","priority":"5","type":"Odd","params":{"2":"b","1":[{"key":"k"}],"n":null},
             "weights":[{"weightId":"w","field":"a.b","operation":"equals","value":null,"weight":5},{"operation":"isnull"}]}]}]"#;
        let mut set = rule_sets(text).unwrap().pop().unwrap();
        let rule = Entity::Rule(Text::from("s"), set.rules.pop().unwrap());
        for whole in [rule, Entity::RuleSet(set)] {
            let row = row(&whole);
            assert_eq!(entity(&row).unwrap(), whole);
        }
    }

    #[test]
    fn other_entities_come_back_as_they_were_written() {
        let id = Text::from("x");
        let test = json::parse(r#"{"testId":"x","name":"n","folder":"/","endPoint":"E","payload":"p","testDateTime":"t","contactAttributes":{"a":1},"scriptVersion":2}"#).unwrap();
        let options = ReadOptions { now: "", absent_ready: true };
        for whole in [
            Entity::EndPoint(EndPoint {
                id: Text::clone(&id),
                name: Text::from("E"),
                description: Text::default(),
                inbound_numbers: vec![Text::from("+61")],
                enabled: true,
            }),
            Entity::User(User {
                id: Text::clone(&id),
                first_name: Text::from("A"),
                last_name: Text::from("B"),
                email: Text::from("a@b"),
                role: Role::parse("ODD"),
                enabled: true,
                key_hash: None,
                key_start: Text::default(),
                key_expires: Some(Text::from("2030-12-31")),
            }),
            Entity::Holiday(Holiday {
                id,
                when: Text::from("20251225"),
                name: Text::from("Day"),
                description: Text::default(),
                closed: false,
            }),
            Entity::Test(TestDocument::read(test.as_object().unwrap(), "", &options).0),
            Entity::Config(ConfigRow { key: Text::from("k"), value: json::parse(r#"[{"a":1}]"#).unwrap() }),
        ] {
            assert_eq!(entity(&row(&whole)).unwrap(), whole);
        }
    }
}
