//! What is kept on disk: the call under way, so that no end of the program loses it, and what the start
//! dialog and the switches were set to.

use std::path::{Path, PathBuf};

use connect_rules_engine::json;
use connect_rules_engine::script::{ReadOptions, RecordOptions, TestDocument};
use connect_rules_engine::value::{Map, Text, Value};

use super::call::{Asked, Call, Env, Start, Way, edits};

/// Where the call under way is written.
pub fn call_file(state: &Path) -> PathBuf {
    state.join("calls").join("current.json")
}

/// Where the settings are written.
pub fn settings_file(state: &Path) -> PathBuf {
    state.join("simulate.json")
}

/// What is remembered from one call to the next.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// End point of the last call.
    pub end_point: Text,
    /// Rule set of the last call, if it started in one.
    pub rule_set: Text,
    /// Caller of the last call.
    pub caller: Text,
    /// Contact attributes of the last call, as JSON.
    pub attributes: Text,
    /// Seed of the last call.
    pub seed: u64,
    /// Pause after every rule.
    pub break_on_rule: bool,
    /// Record what the customer hears.
    pub add_messages: bool,
    /// Record texts of rules that customers do not hear.
    pub add_other: bool,
    /// Show text messages.
    pub show_sms: bool,
    /// Show metrics.
    pub show_metric: bool,
    /// Show functions.
    pub show_integration: bool,
    /// Show waits.
    pub show_wait: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            end_point: Text::default(),
            rule_set: Text::default(),
            caller: Text::from("anonymous"),
            attributes: Text::from("{}"),
            seed: 0,
            break_on_rule: false,
            add_messages: true,
            add_other: true,
            show_sms: true,
            show_metric: true,
            show_integration: true,
            show_wait: true,
        }
    }
}

impl Settings {
    /// What is recorded.
    pub fn record(&self) -> RecordOptions {
        RecordOptions { messages: self.add_messages, non_customer_messages: self.add_other }
    }

    /// Whether messages of rules of that type are shown.
    pub fn shows(&self, rule_type: &str) -> bool {
        match rule_type {
            "SMSMessage" => self.show_sms,
            "Metric" => self.show_metric,
            "Integration" => self.show_integration,
            "Wait" => self.show_wait,
            _ => true,
        }
    }

    /// The switches by the names of the file.
    pub fn switches(&mut self) -> [(&'static str, &mut bool); 7] {
        [
            ("breakOnRule", &mut self.break_on_rule),
            ("addMessages", &mut self.add_messages),
            ("addOtherMessages", &mut self.add_other),
            ("showSms", &mut self.show_sms),
            ("showMetric", &mut self.show_metric),
            ("showIntegration", &mut self.show_integration),
            ("showWait", &mut self.show_wait),
        ]
    }

    /// As the text of the file.
    pub fn write(&self) -> String {
        let mut map = Map::new();
        map.insert("endPoint", Value::from(Text::clone(&self.end_point)));
        map.insert("ruleSet", Value::from(Text::clone(&self.rule_set)));
        map.insert("caller", Value::from(Text::clone(&self.caller)));
        map.insert("attributes", Value::from(Text::clone(&self.attributes)));
        map.insert("seed", Value::from(self.seed.to_string()));
        for (name, value) in self.clone().switches() {
            map.insert(name, Value::from(*value));
        }
        json::print(&map.into()).unwrap_or_default()
    }

    /// From the text of the file; what is missing or odd keeps its default.
    pub fn read(text: &str) -> Self {
        let mut settings = Settings::default();
        let Ok(value) = json::parse(text) else { return settings };
        let own =
            |name: &str, old: &Text| value.member(name).as_str().map_or_else(|| Text::clone(old), Text::from);
        settings.end_point = own("endPoint", &settings.end_point);
        settings.rule_set = own("ruleSet", &settings.rule_set);
        settings.caller = own("caller", &settings.caller);
        settings.attributes = own("attributes", &settings.attributes);
        settings.seed = value.member("seed").text().parse().unwrap_or_default();
        for (name, switch) in settings.switches() {
            if let Value::Bool(on) = value.member(name) {
                *switch = on;
            }
        }
        settings
    }
}

/// A call as the text of its file: how it started and what was asked in each branch.
pub fn write_call(call: &Call) -> String {
    let mut map = Map::new();
    map.insert("version", Value::from(1.0));
    map.insert("start", write_start(&call.start).into());
    map.insert("here", Value::from(call.here as f64));
    let branches: Vec<Value> = call
        .branches
        .iter()
        .map(|branch| {
            let asked: Vec<Value> = branch.steps.iter().map(|step| write_asked(&step.asked)).collect();
            let mut edited = Map::new();
            for (at, script) in edits(&branch.steps) {
                edited.insert(at.to_string(), Value::from(script));
            }
            let mut map = Map::new();
            map.insert("label", Value::from(branch.label.as_str()));
            map.insert("at", Value::from(branch.at as f64));
            map.insert("asked", asked.into());
            map.insert("edits", edited.into());
            map.into()
        })
        .collect();
    map.insert("branches", branches.into());
    json::print(&map.into()).unwrap_or_default()
}

fn write_asked(asked: &Asked) -> Value {
    match asked {
        Asked::Start => Value::from("start"),
        Asked::Next => Value::from("next"),
        Asked::HangUp => Value::from("hangup"),
        Asked::Say(said) => Map::from_iter([("say", said.clone())]).into(),
    }
}

fn write_start(start: &Start) -> Map {
    let mut map = Map::new();
    map.insert("endPoint", Value::from(Text::clone(&start.end_point)));
    map.insert("ruleSet", Value::from(Text::clone(&start.rule_set)));
    map.insert("caller", Value::from(Text::clone(&start.caller)));
    map.insert("when", Value::from(Text::clone(&start.when)));
    map.insert("attributes", start.attributes.clone().into());
    map.insert("seed", Value::from(start.seed.to_string()));
    if let Some(test) = &start.test {
        let mut document = test.to_export();
        document.insert("testId", Value::from(test.test_id.clone().unwrap_or_default()));
        map.insert("test", document.into());
    }
    map
}

/// A call that was found on disk, not yet rebuilt.
#[derive(Clone, Debug)]
pub struct Kept {
    start: Start,
    branches: Vec<Way>,
    here: usize,
}

impl Kept {
    /// Reads the text of a file; `None` if it is none of ours.
    pub fn read(file: &str) -> Option<Self> {
        let value = json::parse(file).ok()?;
        let start = value.member("start");
        let field = |name: &str| start.member(name).as_str().map(Text::from).unwrap_or_default();
        let test = start.member("test");
        let test = test.as_object().map(|members| {
            let options = ReadOptions { now: "", absent_ready: true };
            let (mut test, _) = TestDocument::read(members, "", &options);
            test.test_id = test.test_id.filter(|id| !id.is_empty());
            test
        });
        let start = Start {
            end_point: field("endPoint"),
            rule_set: field("ruleSet"),
            caller: field("caller"),
            when: field("when"),
            attributes: start.member("attributes").as_object().cloned().unwrap_or_default(),
            seed: field("seed").parse().unwrap_or_default(),
            test,
        };
        if start.place().is_empty() {
            return None;
        }
        let mut branches = Vec::new();
        for branch in value.member("branches").as_array()? {
            let asked = branch.member("asked").as_array()?.iter().filter_map(read_asked).collect();
            let edits = branch.member("edits");
            let edits = edits.as_object().into_iter().flat_map(Map::iter);
            let edits = edits.filter_map(|(at, text)| Some((at.parse().ok()?, text.text().to_string())));
            let label = branch.member("label").text().to_string();
            let at = branch.member("at").num() as usize;
            branches.push(Way { label, asked, at, edits: edits.collect() });
        }
        Some(Kept { start, branches, here: value.member("here").num() as usize })
    }

    /// What it is, in a sentence.
    pub fn about(&self) -> String {
        let said = |asked: &&Asked| matches!(asked, Asked::Say(_) | Asked::HangUp);
        let inputs =
            self.branches.get(self.here).map_or(0, |branch| branch.asked.iter().filter(said).count());
        let inputs = if inputs == 1 { "1 input".to_owned() } else { format!("{inputs} inputs") };
        format!("Call of {} to {} with {inputs}", self.start.caller, self.start.place())
    }

    /// The call again, its inputs played on those rules.
    pub fn rebuild(self, env: &Env) -> Call {
        Call::rebuild(self.start, self.branches, self.here, env)
    }

    /// How it started.
    pub fn start(&self) -> &Start {
        &self.start
    }
}

fn read_asked(value: &Value) -> Option<Asked> {
    match value.as_str() {
        Some("start") => Some(Asked::Start),
        Some("next") => Some(Asked::Next),
        Some("hangup") => Some(Asked::HangUp),
        Some(_) => None,
        None => match value.member("say") {
            Value::Undefined => None,
            said => Some(Asked::Say(said)),
        },
    }
}
