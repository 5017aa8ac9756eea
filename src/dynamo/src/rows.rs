//! Rows of the original and entities, both ways (`spec/model.md` 1, 4).
//!
//! A row that is written over keeps every attribute whose meaning does not change as it is, unknown ones too.
//! The version of a row is `Rev`, missing for 0, and one more for the rest of the program, where 0 stands for
//! no row. `RevOf` is a sum of the row that this version was written with: if the original has written since,
//! it leaves `Rev` alone and the sum no longer fits, so the row counts as another version.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::json;
use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::model::{Params, Rule, RuleSet, Weight};
use connect_rules_engine::script::{ReadOptions, TestDocument};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{
    ConfigRow, EndPoint, Entity, Error, Holiday, Key, RemoteFault, Role, Stamp, User, keys,
};

use crate::faults::remote;
use crate::item::{Item, Place, number, s, string, sum};
use crate::tables::{Names, Table};

/// The configuration row of the change mark.
pub(crate) const MARK: &str = "LastChangeTimestamp";
/// The configuration row of the holidays.
pub(crate) const HOLIDAYS: &str = "Holidays";
/// The attribute of that row with the stamps of its holidays.
const STAMPS: &str = "Stamps";
/// Attributes that are no content.
const STAMP: [&str; 4] = ["Rev", "RevOf", "UpdatedAt", "UpdatedBy"];
/// Versions of rows that the original wrote: above all others, different for different contents.
const FOREIGN: u64 = 1 << 41;

/// An entity as a table holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// What it is.
    pub entity: Entity,
    /// Its version.
    pub stamp: Stamp,
    /// The row it is in.
    pub place: Place,
}

/// The row that holds an entity.
pub(crate) fn place(entity: &Entity) -> Place {
    let at = |table, hash: Text, range: Text| Place { table, hash, range };
    let none = Text::default;
    match entity {
        Entity::RuleSet(_) => at(Table::RuleSets, entity.id(), none()),
        Entity::Rule(set, _) => at(Table::Rules, Text::clone(set), entity.id()),
        Entity::EndPoint(_) => at(Table::EndPoints, entity.id(), none()),
        Entity::User(_) => at(Table::Users, entity.id(), none()),
        Entity::Test(_) => at(Table::Tests, entity.id(), none()),
        Entity::Config(_) => at(Table::Config, entity.id(), none()),
        Entity::Holiday(_) => at(Table::Config, Text::from(HOLIDAYS), none()),
    }
}

/// What a row holds: one entity, all holidays, or nothing of the model.
///
/// # Errors
/// [`RemoteFault::BadRow`] with table, row and attribute.
pub(crate) fn read(names: &Names, table: Table, item: &Item) -> Result<Vec<(Key, Held)>, Error> {
    let bad = |message: String| {
        let keys = Place::of(table, item).map_or_else(String::new, |it| format!(", row {}", it.keys_text()));
        remote(format!("table {}{keys}", names.of(table)), RemoteFault::BadRow, message)
    };
    let place = Place::of(table, item).ok_or_else(|| bad("it has no key".to_owned()))?;
    if table == Table::Config && &*place.hash == HOLIDAYS {
        return holidays(item, &place).map_err(bad);
    }
    let Some(entity) = entity(table, item).map_err(bad)? else { return Ok(Vec::new()) };
    let held = Held { stamp: stamp(item), place, entity };
    Ok(vec![(held.entity.key(), held)])
}

/// The stamp of a row.
fn stamp(item: &Item) -> Stamp {
    let of = sum(item, &STAMP);
    let rev = if number(item, "RevOf") == Some(of) {
        number(item, "Rev").unwrap_or_default().saturating_add(1)
    } else {
        FOREIGN + of
    };
    let text = |name| Text::from(string(item, name).unwrap_or_default());
    Stamp { rev, updated_at: text("UpdatedAt"), updated_by: text("UpdatedBy") }
}

/// Whether a stamp is that of a row that the original wrote.
pub(crate) fn is_foreign(stamp: &Stamp) -> bool {
    stamp.rev >= FOREIGN
}

/// Writes the stamp of the next version into a row whose content is complete; answers that version.
pub(crate) fn put_stamp(item: &mut Item, at: &str, by: &str, before: Option<&Item>) -> u64 {
    let rev = before.map_or(0, |old| number(old, "Rev").unwrap_or_default().saturating_add(1));
    item.insert("Rev".to_owned(), AttributeValue::N(rev.to_string()));
    item.insert("RevOf".to_owned(), AttributeValue::N(sum(item, &STAMP).to_string()));
    item.insert("UpdatedAt".to_owned(), s(at));
    item.insert("UpdatedBy".to_owned(), s(by));
    rev.saturating_add(1)
}

type Read<T> = Result<T, String>;

fn text(item: &Item, name: &str) -> Read<Text> {
    Ok(Text::from(optional(item, name)?.ok_or_else(|| format!("{name} is missing"))?))
}

fn optional<'a>(item: &'a Item, name: &str) -> Read<Option<&'a str>> {
    match item.get(name) {
        None | Some(AttributeValue::Null(_)) => Ok(None),
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} is no text")),
    }
}

fn or_empty(item: &Item, name: &str) -> Read<Text> {
    Ok(Text::from(optional(item, name)?.unwrap_or_default()))
}

fn flag(item: &Item, name: &str) -> bool {
    string(item, name) == Some("true")
}

fn texts(item: &Item, name: &str) -> Read<Vec<Text>> {
    match item.get(name) {
        None | Some(AttributeValue::Null(_)) => Ok(Vec::new()),
        Some(AttributeValue::Ss(set)) => {
            let mut out: Vec<Text> = set.iter().map(|it| Text::from(it.as_str())).collect();
            out.sort_unstable();
            Ok(out)
        }
        Some(_) => Err(format!("{name} is no set of texts")),
    }
}

/// The JSON text of an attribute; missing and empty ones are undefined.
fn parsed(item: &Item, name: &str) -> Read<Value> {
    match optional(item, name)?.filter(|text| !text.trim().is_empty()) {
        None => Ok(Value::Undefined),
        Some(text) => json::parse(text).map_err(|error| format!("{name} is no JSON: {error}")),
    }
}

fn object(item: &Item, name: &str) -> Read<Map> {
    match parsed(item, name)? {
        Value::Undefined | Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok((*map).clone()),
        _ => Err(format!("{name} is no JSON object")),
    }
}

fn entity(table: Table, item: &Item) -> Read<Option<Entity>> {
    Ok(Some(match table {
        Table::RuleSets => Entity::RuleSet(RuleSet {
            id: Some(text(item, "RuleSetId")?),
            name: text(item, "Name")?,
            description: or_empty(item, "Description")?,
            enabled: flag(item, "Enabled"),
            end_points: texts(item, "EndPoints")?,
            folder: optional(item, "Folder")?.filter(|it| !it.is_empty()).map_or(Text::from("/"), Text::from),
            rules: Vec::new(),
        }),
        Table::Rules => Entity::Rule(text(item, "RuleSetId")?, rule(item)?),
        Table::EndPoints => Entity::EndPoint(EndPoint {
            id: text(item, "EndPointId")?,
            name: text(item, "Name")?,
            description: or_empty(item, "Description")?,
            inbound_numbers: texts(item, "InboundNumbers")?,
            enabled: flag(item, "Enabled"),
        }),
        Table::Users => Entity::User(user(item)?),
        Table::Tests => Entity::Test(test(item)?),
        Table::Config => {
            let key = text(item, "ConfigKey")?;
            if &*key == MARK {
                return Ok(None);
            }
            let text = optional(item, "ConfigData")?.unwrap_or_default();
            let value = json::read_back(text).unwrap_or_else(|| Value::from(text));
            Entity::Config(ConfigRow { key, value })
        }
        Table::Verify | Table::State | Table::Callback | Table::Journal => return Ok(None),
    }))
}

fn rule(item: &Item) -> Read<Rule> {
    let weights = match parsed(item, "Weights")? {
        Value::Undefined | Value::Null => Vec::new(),
        Value::Array(list) => list.iter().map(weight).collect::<Read<_>>()?,
        _ => return Err("Weights is no JSON list".to_owned()),
    };
    Ok(Rule {
        id: Some(text(item, "RuleId")?),
        name: text(item, "Name")?,
        description: or_empty(item, "Description")?,
        priority: optional(item, "Priority")?.map_or(Text::from("0"), Text::from),
        activation: optional(item, "Activation")?.map(Text::from),
        rule_type: RuleType::parse(&text(item, "Type")?),
        enabled: flag(item, "Enabled"),
        params: Params::from(&object(item, "Params")?),
        weights,
    })
}

fn weight(value: &Value) -> Read<Weight> {
    let members = value.as_object().ok_or("Weights holds what is no object")?;
    let text = |name: &str| members.get(name).filter(|it| !it.is_nil()).map(Value::text);
    let value = |name: &str| members.get(name).cloned().unwrap_or_default();
    Ok(Weight {
        id: text("weightId"),
        field: text("field"),
        operation: text("operation").unwrap_or_default(),
        value: value("value"),
        weight: value("weight"),
    })
}

fn user(item: &Item) -> Read<User> {
    let id = text(item, "UserId")?;
    let clear = optional(item, "APIKey")?.filter(|key| !key.is_empty());
    let (hash, start) = match (optional(item, "APIKeyHash")?, clear) {
        (Some(hash), _) => (Some(Text::from(hash)), or_empty(item, "APIKeyStart")?),
        (None, Some(key)) => (keys::quick_hash(key, &id), keys::start(key)),
        (None, None) => (None, Text::default()),
    };
    Ok(User {
        first_name: or_empty(item, "FirstName")?,
        last_name: or_empty(item, "LastName")?,
        email: text(item, "EmailAddress")?,
        role: Role::parse(&or_empty(item, "UserRole")?),
        enabled: flag(item, "UserEnabled"),
        key_hash: hash,
        key_start: start,
        key_expires: optional(item, "APIKeyExpires")?.map(Text::from),
        id,
    })
}

fn test(item: &Item) -> Read<TestDocument> {
    let mut members = Map::new();
    for (name, attribute) in TEST_TEXTS {
        if let Some(text) = optional(item, attribute)? {
            members.insert(name, Value::from(text));
        }
    }
    text(item, "Name")?;
    if optional(item, "Folder")?.is_none_or(str::is_empty) {
        members.insert("folder", Value::from("/"));
    }
    members.insert("contactAttributes", object(item, "ContactAttributes")?.into());
    if let Some(version) = number(item, "ScriptVersion") {
        members.insert("scriptVersion", Value::Number(version as f64));
    }
    if item.contains_key("Mocks") {
        members.insert("mocks", object(item, "Mocks")?.into());
    }
    Ok(TestDocument::read(&members, "", &ReadOptions { now: "", absent_ready: true }).0)
}

/// Members of a test that are texts in its row.
const TEST_TEXTS: [(&str, &str); 10] = [
    ("testId", "TestId"),
    ("name", "Name"),
    ("productionReady", "ProductionReady"),
    ("folder", "Folder"),
    ("testReference", "TestReference"),
    ("description", "Description"),
    ("endPoint", "EndPoint"),
    ("testDateTime", "TestDateTime"),
    ("customerPhoneNumber", "CustomerPhoneNumber"),
    ("payload", "Payload"),
];

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
    let mut out: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
    out.sort_unstable();
    out.dedup();
    (!out.is_empty()).then_some(AttributeValue::Ss(out))
}

fn config_text(value: &Value) -> String {
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

fn holidays(item: &Item, place: &Place) -> Read<Vec<(Key, Held)>> {
    let list = match parsed(item, "ConfigData")? {
        Value::Undefined | Value::Null => return Ok(Vec::new()),
        Value::Array(list) => list,
        _ => return Err("ConfigData is no JSON list".to_owned()),
    };
    let stamps = item.get(STAMPS).and_then(|it| it.as_m().ok());
    let mut out = Vec::new();
    for value in list.iter() {
        let members = value.as_object().ok_or("ConfigData holds what is no holiday")?;
        let text = |name: &str| members.get(name).filter(|it| !it.is_nil()).map(Value::text);
        let holiday = Holiday {
            id: text("holidayId").ok_or("a holiday has no holidayId")?,
            when: text("when").ok_or("a holiday has no when")?,
            name: text("name").unwrap_or_default(),
            description: text("description").unwrap_or_default(),
            closed: matches!(members.get("closed"), Some(Value::Bool(true)))
                || text("closed").is_some_and(|it| &*it == "true"),
        };
        let mut row = holiday_row(value);
        if let Some(AttributeValue::M(held)) = stamps.and_then(|it| it.get(&*holiday.id)) {
            row.extend(held.clone());
        }
        let held = Held { stamp: stamp(&row), place: place.clone(), entity: Entity::Holiday(holiday) };
        out.push((held.entity.key(), held));
    }
    Ok(out)
}

/// What the version of a holiday stands for.
fn holiday_row(value: &Value) -> Item {
    Item::from([("Holiday".to_owned(), s(json::print(value).unwrap_or_default()))])
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
