//! From entities to rows: what is stored under a key, with what changes. Attributes whose meaning stays are
//! left as they are, unknown ones too.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::json;
use connect_rules_engine::model::Weight;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{Entity, Holiday, Key, User, keys};

use crate::item::{Item, number, s, string, sum};
use crate::rows::{HOLIDAYS, STAMP, STAMPS, TEST_TEXTS, holiday_row};
use crate::tables::Table;

/// Writes the stamp of the next version into a row whose content is complete; answers that version.
pub(crate) fn put_stamp(item: &mut Item, at: &str, by: &str, before: Option<&Item>) -> u64 {
    let rev = before.map_or(0, |old| number(old, "Rev").unwrap_or_default().saturating_add(1));
    item.insert("Rev".to_owned(), AttributeValue::N(rev.to_string()));
    item.insert("RevOf".to_owned(), AttributeValue::N(sum(item, &STAMP).to_string()));
    item.insert("UpdatedAt".to_owned(), s(at));
    item.insert("UpdatedBy".to_owned(), s(by));
    rev.saturating_add(1)
}

/// The row of an entity that is no holiday, without stamp, as the original writes it.
fn fresh(entity: &Entity, now: &str) -> Item {
    let mut out = Item::new();
    let mut put = |name: &str, value: AttributeValue| out.insert(name.to_owned(), value);
    let flag = |is: bool| s(if is { "true" } else { "false" });
    let printed = |value: Value| s(json::print(&value).unwrap_or_default());
    match entity {
        Entity::RuleSet(it) => {
            put("RuleSetId", s(&*entity.id()));
            put("Name", s(&*it.name));
            put("Enabled", flag(it.enabled));
            put("Description", s(&*it.description));
            put("Folder", s(&*it.folder));
            if let Some(set) = set(&it.end_points) {
                put("EndPoints", set);
            }
        }
        Entity::Rule(parent, it) => {
            put("RuleSetId", s(&**parent));
            put("RuleId", s(&*entity.id()));
            put("Name", s(&*it.name));
            put("Enabled", flag(it.enabled));
            put("Description", s(&*it.description));
            put("Priority", s(&*it.priority));
            if let Some(activation) = &it.activation {
                put("Activation", s(&**activation));
            }
            put("Type", s(it.rule_type.name()));
            put("Params", printed(it.params.to_map().into()));
            put("Weights", printed(it.weights.iter().map(weight_value).collect::<Vec<_>>().into()));
        }
        Entity::EndPoint(it) => {
            put("EndPointId", s(&*it.id));
            put("Name", s(&*it.name));
            put("Description", s(&*it.description));
            put("Enabled", flag(it.enabled));
            if let Some(set) = set(&it.inbound_numbers) {
                put("InboundNumbers", set);
            }
        }
        Entity::User(it) => {
            put("UserId", s(&*it.id));
            put("FirstName", s(&*it.first_name));
            put("LastName", s(&*it.last_name));
            put("EmailAddress", s(&*it.email));
            put("UserEnabled", flag(it.enabled));
            put("UserRole", s(it.role.name()));
            if let Some(hash) = &it.key_hash {
                put("APIKeyHash", s(&**hash));
                put("APIKeyStart", s(&*it.key_start));
            }
            if let Some(day) = &it.key_expires {
                put("APIKeyExpires", s(&**day));
            }
        }
        Entity::Test(it) => {
            let members = it.to_export();
            for (name, attribute) in TEST_TEXTS {
                let value = match members.get(name) {
                    Some(value) => value.text(),
                    None => entity.id(),
                };
                put(attribute, s(&*value));
            }
            put("ContactAttributes", printed(it.contact_attributes.clone().into()));
            if it.script_version != 1 {
                put("ScriptVersion", AttributeValue::N(it.script_version.to_string()));
            }
            if let Some(mocks) = &it.mocks {
                put("Mocks", printed(mocks.clone()));
            }
        }
        Entity::Config(it) => {
            put("ConfigKey", s(&*it.key));
            put("ConfigData", s(config_text(&it.value)));
            put("LastUpdate", s(now));
        }
        Entity::Holiday(_) => {}
    }
    out
}

/// A set of texts; the service has no empty ones.
fn set(texts: &[Text]) -> Option<AttributeValue> {
    let mut out: Vec<String> = texts.iter().map(ToString::to_string).collect();
    out.sort_unstable();
    out.dedup();
    (!out.is_empty()).then_some(AttributeValue::Ss(out))
}

/// The text of a configuration value.
pub(crate) fn config_text(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => json::print(value).unwrap_or_default(),
        other => other.text().to_string(),
    }
}

fn weight_value(weight: &Weight) -> Value {
    let text = |it: &Option<Text>| it.clone().map_or(Value::Undefined, Value::String);
    let members = [
        ("weightId", text(&weight.id)),
        ("field", text(&weight.field)),
        ("operation", Value::String(Text::clone(&weight.operation))),
        ("value", weight.value.clone()),
        ("weight", weight.weight.clone()),
    ];
    members.into_iter().filter(|(_, value)| *value != Value::Undefined).collect::<Map>().into()
}

/// How keys of users are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    /// Whether rows hold the keys that the original's login needs (ruling 6).
    pub clear: bool,
    /// Keys that were issued a moment ago.
    pub issued: Vec<String>,
}

/// The row of an entity that is no holiday: what is stored under its key, with what changes.
///
/// `now` is the time in whole seconds.
pub(crate) fn write(entity: &Entity, before: Option<(&Entity, &Item)>, now: &str, keys: &Keys) -> Item {
    let new = fresh(entity, now);
    let Some((old_entity, old)) = before else {
        let mut new = new;
        if let Entity::User(user) = entity {
            clear_key(&mut new, user, true, keys);
        }
        return new;
    };
    let was = fresh(old_entity, now);
    let mut out = old.clone();
    for (name, value) in &new {
        if was.get(name) != Some(value) || (name == "LastUpdate" && entity != old_entity) {
            out.insert(name.clone(), value.clone());
        }
    }
    for name in was.keys().filter(|name| !new.contains_key(*name)) {
        out.remove(name);
    }
    if let (Entity::User(user), Entity::User(old)) = (entity, old_entity) {
        clear_key(&mut out, user, user.key_hash != old.key_hash, keys);
    }
    out
}

/// The key in clear, which the original's login needs.
fn clear_key(row: &mut Item, user: &User, changed: bool, keys: &Keys) {
    if !keys.clear {
        if let Some(key) = row.remove("APIKey").as_ref().and_then(|key| key.as_s().ok())
            && let Some(hash) = user.key_hash.as_ref().filter(|_| !row.contains_key("APIKeyHash"))
        {
            row.insert("APIKeyHash".to_owned(), s(&**hash));
            row.insert("APIKeyStart".to_owned(), s(&*keys::start(key)));
        }
        return;
    }
    if !changed {
        return;
    }
    row.remove("APIKey");
    let Some(hash) = &user.key_hash else { return };
    if let Some(key) = keys.issued.iter().find(|key| keys::matches(key, hash)) {
        row.insert("APIKey".to_owned(), s(key.as_str()));
    }
}

/// A row without the key of its user in clear, which only the table of users may hold.
pub(crate) fn without_key(table: Table, item: &Item) -> Item {
    let mut out = item.clone();
    if table == Table::Users
        && let Some(AttributeValue::S(key)) = out.remove("APIKey")
        && !out.contains_key("APIKeyHash")
        && let Some(hash) = string(item, "UserId").and_then(|id| keys::quick_hash(&key, id))
    {
        out.insert("APIKeyHash".to_owned(), s(&*hash));
        out.insert("APIKeyStart".to_owned(), s(&*keys::start(&key)));
    }
    out
}

/// The row of the holidays after changes; holidays that do not change stay as they are. Answers the versions.
pub(crate) fn write_holidays(
    before: Option<&Item>,
    changes: &[(Key, Option<&Holiday>)],
    at: &str,
    by: &str,
    now: &str,
) -> (Item, Vec<(Key, Option<u64>)>) {
    let list = before.and_then(|row| string(row, "ConfigData")).and_then(json::read_back);
    let mut list: Vec<Value> = list.as_ref().and_then(Value::as_array).unwrap_or_default().to_vec();
    let mut row = before.cloned().unwrap_or_default();
    let mut stamps = match row.remove(STAMPS) {
        Some(AttributeValue::M(stamps)) => stamps,
        _ => Item::new(),
    };
    let mut written = Vec::new();
    for (key, holiday) in changes {
        let old = list.iter().position(|it| it.member("holidayId").text() == key.id);
        let Some(holiday) = holiday else {
            if let Some(at) = old {
                list.remove(at);
            }
            stamps.remove(&*key.id);
            written.push((key.clone(), None));
            continue;
        };
        let mut members = old.and_then(|at| list.get(at)?.as_object().cloned()).unwrap_or_default();
        for (name, value) in &Entity::Holiday((*holiday).clone()).document() {
            members.insert(Text::clone(name), value.clone());
        }
        let value = Value::from(members);
        let mut stamp = holiday_row(&value);
        let known = match (old, stamps.get(&*key.id)) {
            (None, _) => None,
            (Some(_), Some(AttributeValue::M(known))) => Some(known.clone()),
            (Some(_), _) => Some(Item::new()),
        };
        let rev = put_stamp(&mut stamp, at, by, known.as_ref());
        stamp.remove("Holiday");
        stamps.insert(key.id.to_string(), AttributeValue::M(stamp));
        written.push((key.clone(), Some(rev)));
        match old.and_then(|at| list.get_mut(at)) {
            Some(place) => *place = value,
            None => list.push(value),
        }
    }
    row.insert("ConfigKey".to_owned(), s(HOLIDAYS));
    row.insert("ConfigData".to_owned(), s(json::print(&list.into()).unwrap_or_default()));
    row.insert("LastUpdate".to_owned(), s(now));
    row.insert(STAMPS.to_owned(), AttributeValue::M(stamps));
    (row, written)
}
