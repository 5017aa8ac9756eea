//! From rows of the original to entities (`spec/model.md` 1, 4).
//!
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
pub(crate) const STAMPS: &str = "Stamps";
/// Attributes that are no content.
pub(crate) const STAMP: [&str; 4] = ["Rev", "RevOf", "UpdatedAt", "UpdatedBy"];
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
        Table::Verify
        | Table::State
        | Table::Callback
        | Table::Journal
        | Table::Limits
        | Table::Decisions => return Ok(None),
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
pub(crate) const TEST_TEXTS: [(&str, &str); 10] = [
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
pub(crate) fn holiday_row(value: &Value) -> Item {
    Item::from([("Holiday".to_owned(), s(json::print(value).unwrap_or_default()))])
}
