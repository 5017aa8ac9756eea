//! What the cloud of this machine holds at first: the instance that the store tells of, with the functions of the
//! product deployed and without a contact flow of it.

use connect_rules_engine::json;
use serde_json::{Map, Value};

use super::state::{BotRow, FunctionRow, State, text};
use super::{connect, now_ms};
use crate::gateway::{
    Alias, BotAlias, BotState, Function, Permission, Place, Quota, ScheduleState, Table, Version,
};
use crate::instance::{Instance, Sort};

/// Lists that are kept as the store has them.
const LISTS: [Sort; 5] = [Sort::Hours, Sort::Queue, Sort::RoutingProfile, Sort::Prompt, Sort::PhoneNumber];

/// Functions of the product: short name, memory in MB, seconds.
const FUNCTIONS: [(&str, u32, u32); 6] = [
    ("evaluator", 512, 7),
    ("ratelimiter", 256, 6),
    ("lexfulfillment", 256, 5),
    ("contactevents", 256, 60),
    ("scheduler", 512, 900),
    ("integrationecho", 128, 60),
];

/// Tables, and whether their rows expire.
const TABLES: [(&str, bool); 12] = [
    ("rule-sets", false),
    ("rules", false),
    ("end-points", false),
    ("users", false),
    ("tests", false),
    ("verify", false),
    ("config", false),
    ("state", true),
    ("callback", true),
    ("journal", false),
    ("ratelimit", true),
    ("ratelimit-decisions", true),
];

/// Prompts that every instance has.
const PROMPTS: [&str; 1] = ["CustomerQueue.wav"];

/// Takes over what the store says of the instance, and completes what an instance cannot be without.
pub fn follow(state: &mut State, stored: &Instance, place: &Place) {
    for sort in LISTS {
        follow_list(state, stored, sort);
    }
    for name in PROMPTS.iter().copied().filter(|_| state.functions.is_empty()) {
        let prompts = state.lists.entry(Sort::Prompt.list().to_owned()).or_default();
        if !prompts.iter().any(|it| text(it, "Name") == name) {
            let id = connect::fresh_id();
            let arn = format!("{}/prompt/{id}", place.instance_arn());
            let members = [("Name", name.to_owned()), ("Id", id), ("Arn", arn)];
            prompts.push(members.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect());
        }
    }
    if state.functions.is_empty() {
        show_numbers(state);
    }
    bots(state, stored, place);
    if state.functions.is_empty() {
        let told =
            stored.list(Sort::Function).iter().map(|it| it.get("Name").map(|it| it.text().to_string()));
        let others: Vec<String> = told.flatten().filter(|it| it.starts_with(&place.prefix())).collect();
        let product =
            FUNCTIONS.iter().map(|(name, memory, seconds)| (place.prefix() + name, *memory, *seconds));
        let all = product.chain(others.into_iter().map(|name| (name, 128, 30))).collect::<Vec<_>>();
        for (name, memory, seconds) in all {
            let row = function(&name, memory, seconds, place);
            state.functions.entry(name).or_insert(row);
        }
    }
    if state.tables.is_empty() {
        state.tables = TABLES.iter().map(|(name, expires)| table(name, *expires, place)).collect();
    }
    if state.schedules.is_empty() {
        let rules = [("cache", "rate(1 hour)"), ("backup", "rate(1 hour)"), ("warm", "rate(5 minutes)")];
        let events = ("contactevents", "");
        state.schedules = rules
            .into_iter()
            .chain([events])
            .map(|(name, schedule)| ScheduleState {
                name: place.prefix() + name,
                state: if name == "warm" { "DISABLED" } else { "ENABLED" }.to_owned(),
                schedule: schedule.to_owned(),
            })
            .collect();
    }
    if state.quotas.is_empty() {
        state.quotas = quotas();
    }
}

fn follow_list(state: &mut State, stored: &Instance, sort: Sort) {
    let told: Vec<Map<String, Value>> = stored
        .list(sort)
        .iter()
        .filter_map(|it| serde_json::from_str(&json::print(&it.clone().into())?).ok())
        .collect();
    let list = state.lists.entry(sort.list().to_owned()).or_default();
    let ids: Vec<String> = told.iter().map(|it| text(it, "Id").to_owned()).collect();
    // What the store no longer tells of was removed there.
    list.retain(|it| {
        let id = text(it, "Id");
        ids.iter().any(|told| told == id) || !state.from_store.contains(id) || state.own.contains(id)
    });
    for document in told {
        let id = text(&document, "Id").to_owned();
        let is_same =
            |it: &Map<String, Value>| document.iter().all(|(member, value)| it.get(member) == Some(value));
        if state.own.contains(&id) && list.iter().any(|it| text(it, "Id") == id && is_same(it)) {
            // The store has caught up.
            state.own.remove(&id);
        }
        if id.is_empty() || state.own.contains(&id) {
            continue;
        }
        state.from_store.insert(id.clone());
        match list.iter_mut().find(|it| text(it, "Id") == id) {
            Some(old) => {
                // The store knows nothing of some members.
                for (member, value) in document {
                    old.insert(member, value);
                }
            }
            None => list.push(document),
        }
    }
}

/// Queues show a number on outbound calls.
fn show_numbers(state: &mut State) {
    let number = state.list(Sort::PhoneNumber.list()).first().map(|it| text(it, "Id").to_owned());
    let (Some(number), Some(queues)) = (number, state.lists.get_mut(Sort::Queue.list())) else { return };
    for queue in queues {
        let config = queue.entry("OutboundCallerConfig").or_insert_with(|| Map::new().into());
        if let Some(config) = config.as_object_mut() {
            config.entry("OutboundCallerIdNumberId").or_insert_with(|| number.clone().into());
        }
    }
}

/// A function that is deployed and may be called by those who are to call it.
pub fn function(name: &str, memory: u32, seconds: u32, place: &Place) -> FunctionRow {
    let (region, account) = (&place.region, &place.account);
    let hash = connect::hash(name.as_bytes());
    let function = Function {
        name: name.to_owned(),
        arn: format!("arn:aws:lambda:{region}:{account}:function:{name}"),
        runtime: "provided.al2023".to_owned(),
        architecture: "x86_64".to_owned(),
        memory,
        timeout: seconds,
        state: "Active".to_owned(),
        last_update: "Successful".to_owned(),
        modified_ms: now_ms(),
        code_size: 4_000_000,
        code_sha256: hash.clone(),
        deployed_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Function::default()
    };
    let short = name.strip_prefix(&place.prefix()).unwrap_or(name);
    let permission = match short {
        "evaluator" | "ratelimiter" => Some(("connect.amazonaws.com", place.instance_arn())),
        "lexfulfillment" => {
            Some(("lex.amazonaws.com", format!("arn:aws:lex:{region}:{account}:bot-alias/*")))
        }
        _ => None,
    };
    let permissions: Vec<Permission> = permission
        .map(|(principal, source)| Permission {
            id: format!("{short}-may"),
            principal: principal.to_owned(),
            source_arn: source,
            source_account: account.clone(),
        })
        .into_iter()
        .collect();
    let version = Version {
        version: "1".to_owned(),
        description: "first".to_owned(),
        code_sha256: hash,
        modified_ms: function.modified_ms,
    };
    let live = Alias { name: "live".to_owned(), version: "1".to_owned(), description: String::new() };
    FunctionRow {
        function,
        versions: vec![version],
        aliases: vec![live],
        permissions: ["", "live"].map(|it| (it.to_owned(), permissions.clone())).into(),
        ..FunctionRow::default()
    }
}

/// A table that is as it should be.
pub fn table(name: &str, expires: bool, place: &Place) -> Table {
    Table {
        name: format!("{}{name}-ddb", place.prefix()),
        status: "ACTIVE".to_owned(),
        expires_by: expires.then(|| "Expiry".to_owned()),
        should_expire: expires,
        ..Table::default()
    }
}

fn bots(state: &mut State, stored: &Instance, place: &Place) {
    let member = |it: &connect_rules_engine::value::Map, name: &str| {
        it.get(name).map(|it| it.text().to_string()).unwrap_or_default()
    };
    for told in stored.list(Sort::Bot) {
        let (name, arn) = (member(told, "Name"), member(told, "Arn"));
        if !name.starts_with(&place.prefix()) || state.bots.contains_key(&name) || state.own.contains(&name) {
            continue;
        }
        let alias = BotAlias {
            name: place.bot_alias.clone(),
            id: member(told, "AliasId"),
            arn: arn.clone(),
            version: "1".to_owned(),
            function_arn: Some(place.function_arn("lexfulfillment")),
        };
        let bot = BotState {
            name: name.clone(),
            id: member(told, "Id"),
            status: "Available".to_owned(),
            aliases: vec![alias],
            built_from: String::new(),
            connect_may: true,
        };
        if !state.associated_bots.contains(&arn) {
            state.associated_bots.push(arn);
        }
        state.bots.insert(name, BotRow { bot, definition: None });
    }
}

fn quotas() -> std::collections::BTreeMap<String, Vec<Quota>> {
    let quota = |(code, name, value, adjustable): &(&str, &str, f64, bool)| Quota {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        value: *value,
        adjustable: *adjustable,
    };
    let connect = [
        ("L-3E847AC1", "Contact flows per instance", 100.0, true),
        ("L-19A87C94", "Queues per instance", 50.0, true),
        ("L-08BBBB98", "AWS Lambda functions per instance", 50.0, false),
        ("L-B764748E", "Prompts per instance", 500.0, true),
        ("L-9A46857E", "Phone numbers per instance", 5.0, true),
        ("L-12AB7C57", "Concurrent active calls per instance", 10.0, true),
        ("L-5E8A3F2D", "Rate of DescribeContactFlow API requests", 2.0, true),
    ];
    let lambda = [("L-B99A9384", "Concurrent executions", 1000.0, true)];
    [
        ("connect".to_owned(), connect.iter().map(quota).collect()),
        ("lambda".to_owned(), lambda.iter().map(quota).collect()),
    ]
    .into()
}
