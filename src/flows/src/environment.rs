//! What an instance calls the things that flow files name: identifiers, and settings.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::flow::Flow;
use crate::settings::{self, Kind, SETTINGS};
use crate::token::{self, Token, TokenKind};

/// Prefix of the names of flows on an instance, unless the environment has another.
pub const FLOW_PREFIX: &str = "RulesEngine";

/// An environment: what placeholders become there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Put before the name of a flow.
    pub flow_prefix: String,
    /// Put before the short name of a function or bot: `<stage>-<service>-`.
    pub prefix: String,
    /// Identifiers by kind and name; several where a name is not unique.
    known: BTreeMap<(TokenKind, String), Vec<String>>,
    settings: BTreeMap<String, String>,
}

impl Default for Environment {
    fn default() -> Self {
        Environment {
            flow_prefix: FLOW_PREFIX.to_owned(),
            prefix: "dev-rules-engine-".to_owned(),
            known: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }
}

/// Lists of a description of an instance: kind, and the two names it may have.
const LISTS: [(TokenKind, &str, &str); 6] = [
    (TokenKind::Flow, "contactFlows", "ContactFlows"),
    (TokenKind::Lambda, "lambdaFunctions", "LambdaFunctions"),
    (TokenKind::Prompt, "prompts", "Prompts"),
    (TokenKind::Queue, "queues", "Queues"),
    (TokenKind::Hours, "operatingHours", "OperatingHours"),
    (TokenKind::Bot, "lexBots", "LexBots"),
];

impl Environment {
    /// Reads a description of an instance as `connect-data export` writes it; it may also have `flowPrefix`
    /// and an object `settings`.
    ///
    /// # Errors
    /// What is wrong with it, each with its place and what to do.
    pub fn read(document: &Value) -> Result<Self, Vec<(String, String, String)>> {
        let mut problems = Vec::new();
        let mut problem =
            |place: String, what: &str, fix: String| problems.push((place, what.to_owned(), fix));
        let mut out = Environment::default();
        let Some(document) = document.as_object() else {
            problem(String::new(), "this is no object", "write what `connect-data export` writes".to_owned());
            return Err(problems);
        };
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let (stage, service) = (text("stage").unwrap_or("dev"), text("service").unwrap_or("rules-engine"));
        out.prefix = format!("{stage}-{service}-");
        if let Some(prefix) = text("flowPrefix") {
            prefix.clone_into(&mut out.flow_prefix);
        }
        for (kind, name, row) in LISTS {
            let Some(list) = document.get(name).or_else(|| document.get(row)) else { continue };
            let Some(list) = list.as_array() else {
                problem(
                    name.to_owned(),
                    "this is no list",
                    "write a list of objects with Name and Arn".to_owned(),
                );
                continue;
            };
            for (i, item) in list.iter().enumerate() {
                let member = |name: &str| item.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
                // What the instance lists without an identifier cannot be referred to.
                let (Some(full), Some(arn)) = (member("Name").or(item.as_str()), member("Arn")) else {
                    if member("Name").is_none() && item.as_str().is_none() {
                        problem(
                            format!("{name}[{i}]"),
                            "there is no Name",
                            "write its Name and Arn".to_owned(),
                        );
                    }
                    continue;
                };
                out.add(kind, full, arn);
            }
        }
        for (key, value) in document.get("settings").and_then(Value::as_object).into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let Err(fix) = out.set(key, &value) {
                problem(format!("settings.{key}"), "this cannot be", fix);
            }
        }
        if problems.is_empty() { Ok(out) } else { Err(problems) }
    }

    /// Adds something under the name that the instance has for it.
    pub fn add(&mut self, kind: TokenKind, full: &str, arn: &str) {
        let prefix = match kind {
            TokenKind::Flow => &self.flow_prefix,
            TokenKind::Lambda | TokenKind::Bot => &self.prefix,
            _ => "",
        };
        // What lacks the prefix is not of this product.
        if let Some(name) = full.strip_prefix(prefix) {
            self.known.entry((kind, name.to_owned())).or_default().push(arn.to_owned());
        }
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// There is no such setting, or it cannot have this value: what to do.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let Some(setting) = settings::find(key) else {
            let known: Vec<&str> = SETTINGS.iter().map(|it| it.key).collect();
            return Err(format!("use {}", known.join(", ")));
        };
        if let Some(fix) = setting.objection(value) {
            Err(fix)
        } else {
            self.settings.insert(key.to_owned(), value.to_owned());
            Ok(())
        }
    }

    /// What a placeholder becomes.
    ///
    /// # Errors
    /// There is none, or more than one: what, and what to do.
    pub fn resolve(&self, token: Token<'_>) -> Result<Value, (String, String)> {
        if token.kind == TokenKind::Setting {
            let setting = settings::find(token.name).ok_or_else(|| {
                (format!("there is no setting {:?}", token.name), "use a setting that exists".to_owned())
            })?;
            let value = self.settings.get(token.name).map_or(setting.default, String::as_str);
            return Ok(match setting.kind {
                Kind::Choices(_) => settings::list(value).into(),
                _ => value.into(),
            });
        }
        let key = (token.kind, token.name.to_owned());
        match self.known.get(&key).map(Vec::as_slice) {
            Some([arn]) => Ok(arn.as_str().into()),
            Some([_, ..]) => Err((
                format!("there are several {} of the name {:?}", plural(token.kind), self.full_name(token)),
                "rename all but one".to_owned(),
            )),
            _ => Err((
                format!("the instance has no {} {:?}", singular(token.kind), self.full_name(token)),
                remedy(token.kind).to_owned(),
            )),
        }
    }

    /// The name on the instance.
    pub fn full_name(&self, token: Token<'_>) -> String {
        match token.kind {
            TokenKind::Flow => format!("{}{}", self.flow_prefix, token.name),
            TokenKind::Lambda | TokenKind::Bot => format!("{}{}", self.prefix, token.name),
            _ => token.name.to_owned(),
        }
    }

    /// The name of what has this identifier.
    pub fn name_of(&self, kind: TokenKind, arn: &str) -> Option<&str> {
        let mut all = self.known.iter().filter(|((it, _), _)| *it == kind);
        all.find(|(_, arns)| arns.iter().any(|it| it == arn)).map(|((_, name), _)| name.as_str())
    }

    /// An environment with made-up identifiers for everything that flows name, and for the flows.
    pub fn sample(flows: &[Flow]) -> Self {
        let mut out = Environment::default();
        let mut wanted: Vec<(TokenKind, String)> =
            flows.iter().map(|it| (TokenKind::Flow, it.name.clone())).collect();
        for flow in flows {
            token::texts(&flow.document, &mut |_, text| {
                wanted.extend(token::token(text).map(|it| (it.kind, it.name.to_owned())));
            });
        }
        wanted.retain(|(kind, _)| *kind != TokenKind::Setting);
        wanted.sort();
        wanted.dedup();
        for (i, (kind, name)) in wanted.into_iter().enumerate() {
            let full = out.full_name(Token { kind, name: &name });
            let instance =
                "arn:aws:connect:ap-southeast-2:000000000000:instance/00000000-0000-4000-8000-000000000000";
            let arn = match kind {
                TokenKind::Lambda => format!("arn:aws:lambda:ap-southeast-2:000000000000:function:{full}"),
                TokenKind::Bot => {
                    format!("arn:aws:lex:ap-southeast-2:000000000000:bot-alias/{i:010}/TSTALIASID")
                }
                _ => format!("{instance}/{}/00000000-0000-4000-8000-{i:012}", kind.name()),
            };
            out.add(kind, &full, &arn);
        }
        out
    }
}

fn singular(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Flow => "contact flow",
        TokenKind::Lambda => "function",
        TokenKind::Prompt => "prompt",
        TokenKind::Queue => "queue",
        TokenKind::Hours => "opening hours",
        TokenKind::Bot => "bot",
        TokenKind::Setting => "setting",
    }
}

fn plural(kind: TokenKind) -> String {
    format!("{}{}", singular(kind), if kind == TokenKind::Hours { "" } else { "s" })
}

fn remedy(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Flow => "create it from its stub first",
        TokenKind::Lambda => "deploy the functions and read the instance again",
        TokenKind::Prompt => "upload a prompt of this name",
        TokenKind::Bot => "build the bots first",
        TokenKind::Queue | TokenKind::Hours | TokenKind::Setting => "create it, or name another in the flow",
    }
}
