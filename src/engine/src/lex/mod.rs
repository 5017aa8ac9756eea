//! Offline bots: `lex.json` (`spec/testing.md` 5.6), bot definition files (`spec/evaluator.md` 9.4), and
//! reading any bot's answer (9.1).

mod definition;

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::document::{DocumentError, Node};
use crate::pattern::Pattern;
use crate::value::{Map, Text, Value, array_index, is_blank};

use definition::Definition;

/// A bot's answer, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// The whole answer.
    pub response: Value,
    /// Name of the first interpretation's intent.
    pub intent: Option<Text>,
    /// Confidence, 0 when there is none.
    pub confidence: f64,
    /// Whether the answer has a numeric confidence.
    pub has_confidence: bool,
    /// Slots of the first interpretation's intent, by name; undefined when there are none.
    pub slots: Value,
}

/// Reads the answer of a recognition call (9.1).
pub fn read(response: &Value) -> Recognition {
    let first = response.member("interpretations").member("0");
    let intent = first.member("intent");
    let whole = first.member("nluConfidence");
    let confidence = if whole.is_number() { whole } else { whole.member("score") };
    let has_confidence = confidence.is_number();
    Recognition {
        response: response.clone(),
        intent: Some(intent.member("name")).filter(|name| !name.is_nil()).map(|name| name.text()),
        confidence: if has_confidence { confidence.num() } else { 0.0 },
        has_confidence,
        slots: intent.member("slots"),
    }
}

impl Recognition {
    /// An answer that no bot gave: the magic inputs. `confidence` NaN is none.
    pub(crate) fn made(intent: &str, confidence: f64) -> Self {
        Recognition {
            response: Value::Undefined,
            intent: Some(Text::from(intent)),
            confidence,
            has_confidence: !confidence.is_nan(),
            slots: Value::Undefined,
        }
    }

    /// Name of the intent; `undefined` without one.
    pub(crate) fn intent_name(&self) -> Text {
        self.intent.clone().unwrap_or_else(|| Text::from("undefined"))
    }

    /// The whole answer for a reply; none if no bot was asked.
    pub(crate) fn echo(&self) -> Option<Value> {
        Some(self.response.clone()).filter(|r| !r.is_nil())
    }

    /// The interpreted value of a slot, if it is there at every level.
    pub(crate) fn interpreted(&self, slot: &str) -> Option<Text> {
        let value = self.slots.member(slot).member("value").member("interpretedValue");
        if value.is_nullish() { None } else { Some(value.text()) }
    }

    /// The answer as state keeps it: confidence 0 where there is none, and flat in the session (9.5).
    pub(crate) fn stored(&self) -> Value {
        let mut members = self.response.as_object().cloned().unwrap_or_default();
        let mut session = members.get("sessionState").and_then(Value::as_object).cloned().unwrap_or_default();
        session.insert("nluConfidence", Value::Number(self.confidence));
        members.insert("sessionState", session.into());
        if self.has_confidence {
            return members.into();
        }
        let mut first =
            self.response.member("interpretations").member("0").as_object().cloned().unwrap_or_default();
        first.insert("nluConfidence", Value::Number(0.0));
        with_member(&members.into(), &["interpretations", "0"], first.into())
    }

    /// Sets `overrideValue` of a slot in the echoed answer; a slot without structure is left alone (Q70).
    pub(crate) fn override_slot(&mut self, slot: &str, value: Option<&Text>) {
        let value = value.map_or(Value::Undefined, |text| Value::String(Text::clone(text)));
        let path = ["interpretations", "0", "intent", "slots", slot, "value"];
        let holder = path.iter().fold(self.response.clone(), |node, name| node.member(name));
        if let Value::Object(mut members) = holder {
            Arc::make_mut(&mut members).insert("overrideValue", value);
            self.response = with_member(&self.response, &path, Value::Object(members));
        }
    }
}

/// A copy of a document with another value at a path that exists.
fn with_member(node: &Value, path: &[&str], value: Value) -> Value {
    let Some((first, rest)) = path.split_first() else { return value };
    match node {
        Value::Object(map) => {
            let mut map = Map::clone(map);
            let child = with_member(&node.member(first), rest, value);
            map.insert(*first, child);
            map.into()
        }
        Value::Array(items) => {
            let mut items = items.to_vec();
            if let Some(item) = array_index(first).and_then(|i| items.get_mut(i as usize)) {
                *item = with_member(item, rest, value);
            }
            items.into()
        }
        other => other.clone(),
    }
}

/// The bots of a workspace, by simple name.
#[derive(Clone, Debug, Default)]
pub struct Bots {
    by_name: HashMap<Text, Bot, FxBuildHasher>,
    overrides: Vec<Override>,
    prefix: Text,
}

#[derive(Clone, Debug)]
enum Bot {
    Table { entries: Vec<Entry>, fallback: Answer },
    Definition(Definition),
}

#[derive(Clone, Debug)]
struct Entry {
    matcher: Matcher,
    answer: Answer,
}

#[derive(Clone, Debug)]
enum Matcher {
    Exact(String),
    Contains(String),
    Regex(Arc<Pattern>),
}

#[derive(Clone, Debug)]
enum Answer {
    Intent(Intent),
    Response(Value),
}

/// An intent to answer with.
#[derive(Clone, Debug)]
struct Intent {
    name: Text,
    confidence: Option<f64>,
    /// Interpreted texts, whole slot objects or null.
    slots: Vec<(Text, Value)>,
}

/// A row of the project-wide list: this utterance to this bot gives this intent.
#[derive(Clone, Debug)]
struct Override {
    bot: Text,
    utterance: String,
    intent: Intent,
}

const FILE: &str = "lex.json";
const FALLBACK: &str = "FallbackIntent";
const YES: [&str; 8] = ["yes", "yeah", "yep", "y", "correct", "right", "sure", "ok"];
const NO: [&str; 4] = ["no", "nope", "n", "wrong"];

impl Matcher {
    fn matches(&self, text: &str) -> bool {
        match self {
            Matcher::Exact(wanted) => squeeze(text) == *wanted,
            Matcher::Contains(part) => squeeze(text).contains(part.as_str()),
            // A match that takes too long is none.
            Matcher::Regex(pattern) => pattern.is_match(text).unwrap_or(false),
        }
    }
}

/// Lower case, trimmed, inner blanks collapsed.
fn squeeze(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Intent {
    fn plain(name: &str, confidence: Option<f64>) -> Self {
        Self { name: Text::from(name), confidence, slots: Vec::new() }
    }
}

impl Bots {
    /// Reads the document: `bots` by simple name, each a table (`utterances`) or a bot definition (`intents`),
    /// and optional `overrides`. `prefix` is `<stage>-<service>-`.
    pub fn from_value(document: &Value, prefix: &str) -> Result<Self, DocumentError> {
        let root = Node::root(FILE, document);
        root.object()?;
        let mut bots = HashMap::default();
        for (name, node) in root.member("bots").members()? {
            node.object()?;
            let bot = if node.member("intents").is_absent() {
                table(&node)?
            } else {
                Bot::Definition(Definition::read(&node)?)
            };
            bots.insert(Text::clone(name), bot);
        }
        let mut overrides = Vec::new();
        for row in root.member("overrides").items()? {
            overrides.push(Override {
                bot: row.member("bot").text()?,
                utterance: definition::norm(&row.member("utterance").text()?),
                intent: Intent { confidence: Some(confidence(&row)?.unwrap_or(1.0)), ..intent(&row)? },
            });
        }
        Ok(Self { by_name: bots, overrides, prefix: Text::from(prefix) })
    }

    /// Puts other bots in the place of those of the same name; other overrides are looked at first.
    pub fn overlay(&mut self, over: Bots) {
        self.by_name.extend(over.by_name);
        self.overrides.splice(0..0, over.overrides);
    }

    /// Whether a bot is declared. One that is not answers `FallbackIntent`, except `yesno`.
    pub fn is_declared(&self, bot: &str) -> bool {
        self.by_name.contains_key(bot)
    }

    /// Names of the intents that a declared bot can answer with, sorted; the fallback is none of them.
    pub fn intents(&self, bot: &str) -> Vec<Text> {
        let mut names: Vec<Text> = match self.by_name.get(bot) {
            Some(Bot::Table { entries, .. }) => entries
                .iter()
                .filter_map(|entry| match &entry.answer {
                    Answer::Intent(intent) => Some(Text::clone(&intent.name)),
                    Answer::Response(_) => None,
                })
                .collect(),
            Some(Bot::Definition(definition)) => definition.intents().map(Text::clone).collect(),
            None => Vec::new(),
        };
        let overrides = self.overrides.iter().filter(|row| &*row.bot == bot);
        names.extend(overrides.map(|row| Text::clone(&row.intent.name)));
        names.retain(|name| &**name != FALLBACK);
        names.sort();
        names.dedup();
        names
    }

    /// Texts that a declared bot recognises word by word or by a part of them, in the order of their
    /// declaration.
    pub fn utterances(&self, bot: &str) -> Vec<Text> {
        let own: Vec<&str> = match self.by_name.get(bot) {
            Some(Bot::Table { entries, .. }) => entries
                .iter()
                .filter_map(|entry| match &entry.matcher {
                    Matcher::Exact(text) | Matcher::Contains(text) => Some(text.as_str()),
                    Matcher::Regex(_) => None,
                })
                .collect(),
            Some(Bot::Definition(definition)) => definition.utterances().map(|(said, _)| said).collect(),
            None => Vec::new(),
        };
        let overrides = self.overrides.iter().filter(|row| &*row.bot == bot);
        own.into_iter().chain(overrides.map(|row| row.utterance.as_str())).map(Text::from).collect()
    }

    /// What a bot makes of a text that the contact said.
    pub fn recognise(&self, bot: &str, contact: &Text, text: &str) -> Recognition {
        let declared = self.by_name.get(bot);
        let overridden = || {
            let utterance = definition::norm(text);
            self.overrides.iter().find(|row| &*row.bot == bot && row.utterance == utterance)
        };
        let answer = match (overridden(), declared) {
            (Some(row), Some(Bot::Definition(definition))) => {
                definition.answer(&row.intent, &self.full_name(bot), contact, text)
            }
            (Some(row), _) => table_answer(&row.intent, contact, text),
            (None, Some(Bot::Definition(definition))) => {
                definition.answer(&definition.intent(bot, text), &self.full_name(bot), contact, text)
            }
            (None, Some(Bot::Table { entries, fallback })) => {
                let entry = entries.iter().find(|entry| entry.matcher.matches(text));
                match entry.map_or(fallback, |entry| &entry.answer) {
                    Answer::Intent(intent) => table_answer(intent, contact, text),
                    Answer::Response(response) => response.clone(),
                }
            }
            (None, None) => table_answer(&undeclared(bot, text), contact, text),
        };
        read(&answer)
    }

    fn full_name(&self, bot: &str) -> String {
        format!("{}{bot}", self.prefix)
    }
}

/// The built-in table of `yesno`; nothing is known of other bots.
fn undeclared(bot: &str, text: &str) -> Intent {
    let said = squeeze(text);
    if bot == "yesno" && YES.contains(&said.as_str()) {
        Intent::plain("Yes", Some(1.0))
    } else if bot == "yesno" && NO.contains(&said.as_str()) {
        Intent::plain("No", Some(1.0))
    } else {
        Intent::plain(FALLBACK, None)
    }
}

fn table(node: &Node<'_>) -> Result<Bot, DocumentError> {
    let mut entries = Vec::new();
    for row in node.member("utterances").items()? {
        let kind = row.member("match");
        let text = row.member("text");
        let matcher = match &*kind.text_or("exact")? {
            "exact" => Matcher::Exact(squeeze(&text.text()?)),
            "contains" => Matcher::Contains(squeeze(&text.text()?)),
            "regex" => {
                let (source, flags) = (text.text()?, row.member("flags").text_or("i")?);
                let pattern = Pattern::new(&source, flags.contains('i'));
                Matcher::Regex(Arc::new(pattern.map_err(|_| text.error("a regular expression"))?))
            }
            _ => return Err(kind.error("exact, contains or regex")),
        };
        entries.push(Entry { matcher, answer: answer(&row)? });
    }
    let fallback = node.member("fallback");
    let fallback =
        if fallback.is_absent() { Answer::Intent(Intent::plain(FALLBACK, None)) } else { answer(&fallback)? };
    Ok(Bot::Table { entries, fallback })
}

fn answer(node: &Node<'_>) -> Result<Answer, DocumentError> {
    let response = node.member("response");
    if !response.is_absent() {
        response.object()?;
        return Ok(Answer::Response(response.value().clone()));
    }
    intent(node).map(Answer::Intent)
}

fn confidence(node: &Node<'_>) -> Result<Option<f64>, DocumentError> {
    node.member("confidence").number(0.0..=1.0, "a number from 0 to 1")
}

fn intent(node: &Node<'_>) -> Result<Intent, DocumentError> {
    let mut slots = Vec::new();
    let list = node.member("slots");
    if list.value().as_array().is_some() {
        for slot in list.items()? {
            slots.push((slot.member("name").text()?, slot.member("value").value().clone()));
        }
    } else {
        for (name, slot) in list.members()? {
            match slot.value() {
                Value::String(_) | Value::Object(_) | Value::Null => {}
                _ => return Err(slot.error("a text, a slot object or null")),
            }
            slots.push((Text::clone(name), slot.value().clone()));
        }
    }
    Ok(Intent { name: node.member("intent").text()?, confidence: confidence(node)?, slots })
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().collect::<Map>().into()
}

/// `{originalValue, interpretedValue, resolvedValues}` of a slot.
fn slot_value(original: &str, interpreted: &Value) -> Value {
    object([
        ("originalValue", original.into()),
        ("interpretedValue", interpreted.clone()),
        ("resolvedValues", vec![interpreted.clone()].into()),
    ])
}

fn score(confidence: f64) -> Value {
    object([("score", confidence.into())])
}

/// The answer of a table: session, one interpretation, nothing else.
fn table_answer(intent: &Intent, contact: &Text, text: &str) -> Value {
    let slots: Map = intent
        .slots
        .iter()
        .map(|(name, slot)| {
            let slot = if slot.as_str().is_some() {
                object([("value", slot_value(text, slot))])
            } else {
                slot.clone()
            };
            (Text::clone(name), slot)
        })
        .collect();
    let mut first: Map =
        [("intent", object([("name", Text::clone(&intent.name).into()), ("slots", slots.into())]))]
            .into_iter()
            .collect();
    if let Some(confidence) = intent.confidence {
        first.insert("nluConfidence", score(confidence));
    }
    object([("sessionId", Text::clone(contact).into()), ("interpretations", vec![first.into()].into())])
}

#[cfg(test)]
mod tests;
