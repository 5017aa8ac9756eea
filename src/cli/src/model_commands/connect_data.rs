//! `connect-data`: what a store knows of the Connect instance (`spec/admin.md` 7 and 10).

use std::path::Path;

use connect_rules_cloud::Sort;
use connect_rules_cloud::hours::{opening, week};
use connect_rules_cloud::instance::{self, Field, Holds, Instance, name_of};
use connect_rules_cloud::local::{AddItem, EditItem, Import, RemoveItems, users};
use connect_rules_engine::hours::OperatingHours;
use connect_rules_engine::json;
use connect_rules_engine::model::read::json_problem;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::{Operation, Snapshot};
use jiff::Timestamp;

use super::session::{self, Purpose, read_text};
use super::{draft, output};
use crate::args::Global;
use crate::args::connect_data::{ConnectDataCommand, ThingValues};
use crate::args::store::Write;
use crate::exit::{Exit, Failure};

/// Runs `connect-data`.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &ConnectDataCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        ConnectDataCommand::List { kind: None } => counts(global),
        ConnectDataCommand::List { kind: Some(kind) } => list((*kind).into(), global),
        ConnectDataCommand::Fields { kind } => fields((*kind).into(), global),
        ConnectDataCommand::Show { kind, name } => show((*kind).into(), name, global),
        ConnectDataCommand::Add { kind, name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let sort = Sort::from(*kind);
            let mut document = Map::new();
            fill(&Instance::of(&*session.now()?), sort, &mut document, values)?;
            if let Some(name) = name {
                document.insert(sort.key(), name.as_str().into());
            }
            session.change(&AddItem { sort, document }, *write, false)
        }
        ConnectDataCommand::Edit { kind, name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let sort = Sort::from(*kind);
            let instance = Instance::of(&*session.now()?);
            let base = thing(&instance, sort, name)?.clone();
            let mut document = base.clone();
            fill(&instance, sort, &mut document, values)?;
            // A new name takes the old one away from the rules that name it.
            let is_renamed = name_of(sort, &base) != name_of(sort, &document);
            let loses = is_renamed && !users(&*session.now()?, &instance, sort, &base).is_empty();
            session.change(&EditItem { sort, base, document }, *write, loses)
        }
        ConnectDataCommand::Remove { kind, names, write } => {
            let session = session::open(global, (*write).into())?;
            let sort = Sort::from(*kind);
            let instance = Instance::of(&*session.now()?);
            let mut which: Vec<Text> = Vec::new();
            for name in names {
                let name = name_of(sort, thing(&instance, sort, name)?);
                if !which.contains(&name) {
                    which.push(name);
                }
            }
            session.change(&RemoveItems { sort, which }, *write, true)
        }
        ConnectDataCommand::Hours { name, at } => hours(name, at.unwrap_or_else(Timestamp::now), global),
        ConnectDataCommand::Import { file, write } => import(file, *write, global),
        ConnectDataCommand::Export { file } => export(file.as_deref(), global),
        ConnectDataCommand::Set { key, value, from, write } => {
            let session = session::open(global, (*write).into())?;
            let text = match from {
                Some(file) => read_text(file)?.1,
                None => value.clone().unwrap_or_default(),
            };
            let text = text.trim();
            let value = if text.starts_with(['{', '[']) {
                json::parse(text).map_err(|e| Failure::data(vec![json_problem(&e).in_file(key)]))?
            } else {
                text.into()
            };
            session.change(&SetConfig { key: key.as_str().into(), value }, *write, false)
        }
        ConnectDataCommand::Unset { key, write } => {
            let session = session::open(global, (*write).into())?;
            if !session.now()?.config.iter().any(|row| *row.key == **key) {
                let fix =
                    "rows are `CallCentreTimeZone` and others that `connect-data set` or an import wrote";
                return Err(Failure::refused(format!("setting {key:?}"), "there is no such row", fix));
            }
            let none = SetConfig { key: key.as_str().into(), value: Value::Undefined };
            session.change(&none, *write, true)
        }
    }
}

/// The thing of that name or identifier.
fn thing<'a>(instance: &'a Instance, sort: Sort, given: &str) -> Result<&'a Map, Failure> {
    instance.get(sort, given).ok_or_else(|| {
        let fix = "see what there is with `connect-data list`, or add it";
        Failure::refused(format!("{sort} {given:?}"), format!("there is no such {sort}"), fix)
    })
}

/// Takes the values that were given.
fn fill(instance: &Instance, sort: Sort, document: &mut Map, values: &ThingValues) -> Result<(), Failure> {
    if let Some(file) = &values.from {
        let (name, given) = draft::object(file)?;
        for (member, value) in &given {
            // What `show` adds to the document is no part of it.
            if &**member == "usedBy" {
                continue;
            }
            let names = |it: &Field| *it.name == **member || it.within == Some(&**member);
            if !sort.fields().iter().any(names) {
                let known: Vec<&str> = sort.fields().iter().map(|it| it.within.unwrap_or(it.name)).collect();
                let (what, fix) =
                    (format!("a {sort} has no such member"), format!("use {}", known.join(", ")));
                return Err(Failure::data(vec![
                    Problem::error(member.to_string(), what, fix).in_file(&name),
                ]));
            }
            document.insert(Text::clone(member), value.clone());
        }
    }
    for (field, text) in &values.set {
        instance::set(instance, sort, document, field, text)
            .map_err(|it| Failure::refused(it.place, it.what, it.fix))?;
    }
    Ok(())
}

fn read(global: &Global) -> Result<(std::sync::Arc<Snapshot>, Instance), Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadConnect)?;
    let instance = Instance::of(&now);
    Ok((now, instance))
}

fn counts(global: &Global) -> Result<Exit, Failure> {
    let (_, instance) = read(global)?;
    let identity = instance.identity();
    let number = |sort| instance.list(sort).len();
    if global.json {
        let mut out: Map = [
            ("stage", Text::clone(&identity.stage).into()),
            ("service", Text::clone(&identity.service).into()),
            ("region", Text::clone(&identity.region).into()),
            ("accountNumber", Text::clone(&identity.account).into()),
            ("instanceId", Text::clone(&identity.instance_id).into()),
            ("timeZone", instance.time_zone.clone().map_or(Value::Null, Value::from)),
        ]
        .into_iter()
        .collect();
        for sort in Sort::ALL {
            out.insert(sort.list(), (number(sort) as f64).into());
        }
        return output::json(&out.into());
    }
    let zone = instance.time_zone.as_deref().unwrap_or("not set");
    let head = format!(
        "instance {} in {} (account {}), functions and bots {}*, time zone {zone}\n",
        identity.instance_id,
        identity.region,
        identity.account,
        identity.prefix(),
    );
    output::text(&head)?;
    let rows = Sort::ALL.map(|sort| vec![sort.to_string(), number(sort).to_string()]);
    output::table(&["WHAT", "HOW MANY"], &rows)
}

fn list(sort: Sort, global: &Global) -> Result<Exit, Failure> {
    let (_, instance) = read(global)?;
    if global.json {
        return output::json(&instance.row(sort).unwrap_or_else(|| Vec::new().into()));
    }
    let fields: Vec<_> = sort.fields().iter().filter(|field| !matches!(field.name, "Id" | "Arn")).collect();
    let headings: Vec<String> = fields.iter().map(|field| field.name.to_uppercase()).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let row = |document: &Map| {
        fields.iter().map(|field| instance::shown(&instance, sort, document, field)).collect::<Vec<_>>()
    };
    output::table(&headings, &instance.list(sort).iter().map(row).collect::<Vec<_>>())
}

fn fields(sort: Sort, global: &Global) -> Result<Exit, Failure> {
    let choices = |field: &Field| match field.holds {
        Holds::Choice(all) => all.join(", "),
        Holds::Of(of) => format!("name or identifier of {of}"),
        _ => String::new(),
    };
    if global.json {
        let document = |field: &Field| -> Value {
            let out: Map = [
                ("name", Value::from(field.name)),
                ("required", field.required.into()),
                ("default", field.default.into()),
                ("help", field.help.into()),
                ("values", choices(field).into()),
            ]
            .into_iter()
            .collect();
            out.into()
        };
        return output::json(&sort.fields().iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |field: &Field| {
        let need = if field.required { "required" } else { field.default };
        vec![field.name.to_owned(), need.to_owned(), field.help.to_owned(), choices(field)]
    };
    let rows: Vec<_> = sort.fields().iter().map(row).collect();
    output::table(&["FIELD", "DEFAULT", "WHAT FOR", "VALUES"], &rows)
}

fn show(sort: Sort, name: &str, global: &Global) -> Result<Exit, Failure> {
    let (now, instance) = read(global)?;
    let document = thing(&instance, sort, name)?;
    let used: Vec<Value> =
        users(&now, &instance, sort, document).into_iter().map(|it| it.to_string().into()).collect();
    if global.json {
        let mut out = document.clone();
        out.insert("usedBy", used.into());
        return output::json(&out.into());
    }
    let fields = sort.fields().iter();
    let mut out: Map = fields
        .map(|field| (field.name, instance::shown(&instance, sort, document, field)))
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name, Value::from(text)))
        .collect();
    for (at, by) in used.into_iter().enumerate() {
        out.insert(format!("used by ({})", at + 1), by);
    }
    output::show(out, false)
}

fn hours(name: &str, at: Timestamp, global: &Global) -> Result<Exit, Failure> {
    let (_, instance) = read(global)?;
    let hours = OperatingHours::from_value(&thing(&instance, Sort::Hours, name)?.clone().into());
    let found = opening(&hours, at);
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let week = days.into_iter().zip(week(&hours)).map(|(day, ranges)| {
        (
            day,
            ranges.into_iter().map(|(from, to)| format!("{}-{}", clock(from), clock(to))).collect::<Vec<_>>(),
        )
    });
    if global.json {
        let week: Map = week
            .map(|(day, ranges)| (day, ranges.into_iter().map(Value::from).collect::<Vec<_>>().into()))
            .collect();
        let changes = found.changes.map_or(Value::Null, |it| it.to_string().into());
        let out: Map = [
            ("name", Value::from(hours.name())),
            ("at", at.to_string().into()),
            ("open", found.open.into()),
            ("changes", changes),
            ("week", week.into()),
        ]
        .into_iter()
        .collect();
        return output::json(&out.into());
    }
    let rows: Vec<_> = week.map(|(day, ranges)| vec![day.to_owned(), ranges.join(" ")]).collect();
    output::table(&["DAY", "OPEN"], &rows)?;
    let now = if found.open { "open" } else { "closed" };
    let zoned = |it: Timestamp| it.to_zoned(hours.zone().clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
    let then =
        found.changes.map_or_else(|| "for at least 14 days".to_owned(), |it| format!("until {}", zoned(it)));
    output::text(&format!("{now} at {}, {then}\n", zoned(at)))
}

fn import(file: &Path, write: Write, global: &Global) -> Result<Exit, Failure> {
    let (name, text) = read_text(file)?;
    let document = json::parse(&text).map_err(|e| Failure::data(vec![json_problem(&e).in_file(&name)]))?;
    let import = Import::new(&document)
        .map_err(|all| Failure::data(all.into_iter().map(|it| it.in_file(&name)).collect()))?;
    let session = session::open(global, Purpose::filling(write))?;
    let preview = import.preview(&*session.now()?);
    if write.plan {
        session.actor.check(Operation::RefreshCache).map_err(|error| session::failed(&error))?;
        if global.json {
            let lines = preview.lines().into_iter().map(Value::from).collect::<Vec<_>>();
            let out: Map = [("plan", Value::from(lines))].into_iter().collect();
            return output::json(&out.into());
        }
        return output::text(&format!("{}\n", preview.lines().join("\n")));
    }
    session.replace(&import, write, preview.loses())
}

fn export(file: Option<&Path>, global: &Global) -> Result<Exit, Failure> {
    let (now, _) = read(global)?;
    let document = Instance::export(&now);
    let Some(file) = file else {
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        return output::text(&format!("{text}\n"));
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let target = file.display().to_string();
    std::fs::write(file, text).map_err(|error| Failure::writing(&target, &error))?;
    Ok(Exit::Success)
}
