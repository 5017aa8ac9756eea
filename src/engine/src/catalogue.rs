//! What the Amazon Connect instance holds, as far as rules refer to it: queues, prompts, contact flows,
//! functions, bots, hours, holidays (`spec/testing.md` 5.1, `spec/model.md` 4.9).

use serde::Serialize;

use crate::problem::Problem;
use crate::value::{Map, Text, Value};

/// A named thing of the instance with its identifiers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// Name as rules write it (functions: with the environment prefix).
    pub name: Text,
    /// Identifier; missing ones are absent from state.
    pub id: Option<Text>,
    /// ARN; missing ones are absent from state.
    pub arn: Option<Text>,
}

/// A Lex bot of the instance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bot {
    /// Full name, with the environment prefix.
    pub name: Text,
    /// Name that rules use.
    pub simple_name: Text,
    /// Bot identifier.
    pub id: Option<Text>,
    /// Alias identifier.
    pub alias_id: Option<Text>,
    /// Locale, such as `en_AU`.
    pub locale_id: Option<Text>,
    /// ARN of the alias.
    pub arn: Option<Text>,
}

/// A day that counts as a holiday.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holiday {
    /// `YYYYMMDD` in the call centre's zone.
    pub when: Text,
    /// Name of the day.
    pub name: Text,
}

/// Everything of the instance that rules, the simulator and lint look up.
///
/// The first of several things with one name is used (Q89).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Deployment stage, such as `dev`.
    pub stage: Text,
    /// Service name, such as `rules-engine`.
    pub service: Text,
    /// IANA zone of the call centre; without one no contact can start (Q83).
    pub time_zone: Option<Text>,
    /// Queues.
    pub queues: Vec<Named>,
    /// Prompts.
    pub prompts: Vec<Named>,
    /// Contact flows.
    pub contact_flows: Vec<Named>,
    /// Functions by full name.
    pub lambda_functions: Vec<Named>,
    /// Bots.
    pub lex_bots: Vec<Bot>,
    /// Operating hours as the instance describes them (`spec/evaluator.md` 8.2).
    pub operating_hours: Vec<Value>,
    /// Holidays in stored order.
    pub holidays: Vec<Holiday>,
    /// The rows that live calls see laid over their state (`spec/lambdas.md`, evaluator Q8).
    pub config: Map,
}

/// Names of the lists: in `connect.json`, in the original's config table.
const LISTS: [(&str, &str); 9] = [
    ("queues", "Queues"),
    ("prompts", "Prompts"),
    ("contactFlows", "ContactFlows"),
    ("lambdaFunctions", "LambdaFunctions"),
    ("lexBots", "LexBots"),
    ("operatingHours", "OperatingHours"),
    ("holidays", "Holidays"),
    ("phoneNumbers", "PhoneNumbers"),
    ("routingProfiles", "RoutingProfiles"),
];

impl Catalogue {
    /// An instance with nothing in it but its names.
    pub fn empty() -> Self {
        Catalogue { stage: Text::from("dev"), service: Text::from("rules-engine"), ..Catalogue::default() }
    }

    /// Reads `connect.json`, a reply of the original's connect-data route, or a dump of its config table
    /// (an object by config key, or an array of `{ConfigKey, ConfigData}` rows).
    ///
    /// Problems are noted with their place; what could be read is kept.
    pub fn read(document: &Value, problems: &mut Vec<Problem>) -> Self {
        let rows;
        let members = match document {
            Value::Object(map) => &**map,
            Value::Array(items) => {
                rows = config_rows(items);
                &rows
            }
            _ => {
                problems.push(Problem::error(
                    "connect",
                    "expected an object with queues, prompts and the other lists",
                    "give the document that spec/testing.md 5.1 describes",
                ));
                return Catalogue::empty();
            }
        };
        let mut reader = Reader { members, problems };
        let mut out = Catalogue::empty();
        if let Some(stage) = reader.text("stage", "stage") {
            out.stage = stage;
        }
        if let Some(service) = reader.text("service", "service") {
            out.service = service;
        }
        out.time_zone = reader.text("timeZone", "CallCentreTimeZone");
        out.queues = reader.named(0);
        out.prompts = reader.named(1);
        out.contact_flows = reader.named(2);
        out.lambda_functions = reader.named(3);
        let prefix = out.prefix();
        out.lex_bots = reader.bots(&prefix);
        out.operating_hours = reader.list(5);
        out.holidays = reader.holidays();
        for (name, key) in LISTS {
            if let Some(list) = reader.find(name, key) {
                out.config.insert(key, list);
            }
        }
        if let Some(zone) = &out.time_zone {
            out.config.insert("CallCentreTimeZone", Value::String(Text::clone(zone)));
        }
        // Every further row counts, so that rules can use a key that was put there by hand. Names of
        // `connect.json` start with a small letter, those of the table's rows with a capital one.
        let dump = matches!(document, Value::Array(_));
        for (key, value) in members {
            let is_row = dump || key.starts_with(|c: char| c.is_ascii_uppercase());
            if is_row && !value.is_nil() && !out.config.contains_key(key) {
                let parsed = value.as_str().and_then(crate::json::read_back);
                out.config.insert(Text::clone(key), parsed.unwrap_or_else(|| value.clone()));
            }
        }
        out
    }

    /// `<stage>-<service>-`, in front of every function and bot name.
    pub fn prefix(&self) -> String {
        format!("{}-{}-", self.stage, self.service)
    }

    /// The queue of that name.
    pub fn queue(&self, name: &str) -> Option<&Named> {
        self.queues.iter().find(|q| &*q.name == name)
    }

    /// The prompt of that name.
    pub fn prompt(&self, name: &str) -> Option<&Named> {
        self.prompts.iter().find(|p| &*p.name == name)
    }

    /// The contact flow of that name.
    pub fn contact_flow(&self, name: &str) -> Option<&Named> {
        self.contact_flows.iter().find(|f| &*f.name == name)
    }

    /// The function that rules call by this short name.
    pub fn function(&self, short_name: &str) -> Option<&Named> {
        let prefix = self.prefix();
        self.lambda_functions
            .iter()
            .find(|f| f.name.strip_prefix(&*prefix) == Some(short_name))
            .or_else(|| self.lambda_functions.iter().find(|f| is_bare(&f.name, short_name, &prefix)))
    }

    /// The bot whose full name is the prefix and this short name (`spec/evaluator.md` section 5).
    pub fn bot(&self, short_name: &str) -> Option<&Bot> {
        let prefix = self.prefix();
        self.lex_bots
            .iter()
            .find(|b| b.name.strip_prefix(&*prefix) == Some(short_name))
            .or_else(|| self.lex_bots.iter().find(|b| is_bare(&b.name, short_name, &prefix)))
    }

    /// The bot with this simple name, as rules that ask a bot look it up.
    pub fn bot_by_simple_name(&self, simple_name: &str) -> Option<&Bot> {
        self.lex_bots.iter().find(|b| &*b.simple_name == simple_name)
    }
}

/// Whether a catalogue lists a function or bot by its short name alone.
fn is_bare(name: &str, short_name: &str, prefix: &str) -> bool {
    name == short_name && !name.starts_with(prefix)
}

fn config_rows(items: &[Value]) -> Map {
    items
        .iter()
        .filter_map(|row| {
            let row = row.as_object()?;
            let key = row.get("ConfigKey")?.text();
            let value = row.get("ConfigData")?;
            let parsed = value.as_str().and_then(crate::json::read_back);
            Some((key, parsed.unwrap_or_else(|| value.clone())))
        })
        .collect()
}

struct Reader<'a> {
    members: &'a Map,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// A member by either of its names; config tables hold lists as JSON text.
    fn find(&self, name: &str, key: &str) -> Option<Value> {
        let value = self.members.get(name).or_else(|| self.members.get(key)).filter(|v| !v.is_nil())?;
        Some(value.as_str().and_then(crate::json::read_back).unwrap_or_else(|| value.clone()))
    }

    fn text(&mut self, name: &str, key: &str) -> Option<Text> {
        match self.find(name, key)? {
            Value::String(text) => Some(text),
            other => {
                self.problem(name, format!("expected a text, found `{other}`"), "give a text");
                None
            }
        }
    }

    fn list(&mut self, which: usize) -> Vec<Value> {
        let (name, key) = LISTS[which];
        match self.find(name, key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.to_vec(),
            Some(other) => {
                self.problem(
                    name.to_owned(),
                    format!("expected an array, found `{other}`"),
                    "give an array, [] for none",
                );
                Vec::new()
            }
        }
    }

    fn named(&mut self, which: usize) -> Vec<Named> {
        let mut out = Vec::new();
        for (i, item) in self.list(which).into_iter().enumerate() {
            match item {
                Value::String(name) => out.push(Named { name, id: None, arn: None }),
                Value::Object(map) => match map.get("Name") {
                    Some(Value::String(name)) => {
                        out.push(Named {
                            name: Text::clone(name),
                            id: member(&map, "Id"),
                            arn: member(&map, "Arn"),
                        });
                    }
                    _ => self.nameless(which, i),
                },
                _ => self.nameless(which, i),
            }
        }
        out
    }

    fn bots(&mut self, prefix: &str) -> Vec<Bot> {
        let mut out = Vec::new();
        for (i, item) in self.list(4).into_iter().enumerate() {
            let map = item.as_object().cloned().unwrap_or_default();
            let name = item.as_str().map(Text::from).or_else(|| member(&map, "Name"));
            let Some(name) = name else {
                self.nameless(4, i);
                continue;
            };
            let simple_name = member(&map, "SimpleName")
                .unwrap_or_else(|| Text::from(name.strip_prefix(prefix).unwrap_or(&name)));
            out.push(Bot {
                name,
                simple_name,
                id: member(&map, "Id"),
                alias_id: member(&map, "AliasId"),
                locale_id: member(&map, "LocaleId"),
                arn: member(&map, "Arn"),
            });
        }
        out
    }

    fn holidays(&mut self) -> Vec<Holiday> {
        let mut out = Vec::new();
        for (i, item) in self.list(6).into_iter().enumerate() {
            let map = item.as_object().cloned().unwrap_or_default();
            match member(&map, "when") {
                Some(when) => {
                    out.push(Holiday { when, name: member(&map, "name").unwrap_or_else(|| Text::from("")) });
                }
                None => self.problem(
                    format_args!("holidays[{i}]"),
                    "a holiday without `when`",
                    "add `when` as YYYYMMDD in the call centre's zone",
                ),
            }
        }
        out
    }

    fn nameless(&mut self, which: usize, i: usize) {
        self.problem(format_args!("{}[{i}]", LISTS[which].0), "an entry without a name", "add `Name`");
    }

    fn problem(&mut self, place: impl std::fmt::Display, what: impl Into<String>, fix: &str) {
        self.problems.push(Problem::error(format!("connect / {place}"), what, fix));
    }
}

fn member(map: &Map, name: &str) -> Option<Text> {
    map.get(name).filter(|v| !v.is_nil()).map(Value::text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn functions_and_bots_match_with_and_without_the_prefix() {
        let document = parse(
            r#"{"stage":"dev","service":"re","lambdaFunctions":[{"Name":"dev-re-echo","Arn":"a"},"bare"],
                "lexBots":[{"Name":"dev-re-yesno","Arn":"b"}],"prompts":["hi.wav"]}"#,
        )
        .unwrap();
        let mut problems = Vec::new();
        let catalogue = Catalogue::read(&document, &mut problems);
        assert!(problems.is_empty());
        assert!(catalogue.function("echo").is_some() && catalogue.function("bare").is_some());
        assert_eq!(&*catalogue.bot("yesno").unwrap().simple_name, "yesno");
        assert!(catalogue.prompt("hi.wav").is_some());
    }

    #[test]
    fn a_config_table_dump_reads_like_connect_json() {
        let document = parse(
            r#"[{"ConfigKey":"Queues","ConfigData":"[{\"Name\":\"Q\",\"Id\":\"1\"}]"},
                {"ConfigKey":"CallCentreTimeZone","ConfigData":"Australia/Perth"}]"#,
        )
        .unwrap();
        let catalogue = Catalogue::read(&document, &mut Vec::new());
        assert_eq!(catalogue.time_zone.as_deref(), Some("Australia/Perth"));
        assert_eq!(catalogue.queue("Q").unwrap().id.as_deref(), Some("1"));
    }

    #[test]
    fn every_config_row_is_laid_over_state() {
        let rows = r#"[{"ConfigKey":"motto","ConfigData":"hi"},{"ConfigKey":"KeepWarm","ConfigData":"[{\"Count\":1}]"}]"#;
        let catalogue = Catalogue::read(&parse(rows).unwrap(), &mut Vec::new());
        assert_eq!(catalogue.config.get("motto"), Some(&Value::from("hi")));
        assert!(catalogue.config.get("KeepWarm").unwrap().as_array().is_some());
        let object = r#"{"LastChangeTimestamp":"2025-01-01T00:00:00Z","localTime":"09:00 AM","queues":[]}"#;
        let catalogue = Catalogue::read(&parse(object).unwrap(), &mut Vec::new());
        assert!(
            catalogue.config.contains_key("LastChangeTimestamp") && catalogue.config.contains_key("Queues")
        );
        assert!(!catalogue.config.contains_key("localTime") && !catalogue.config.contains_key("queues"));
    }
}
