//! The live path row by row: 6.10, 7.10.2 and the tables of `spec/lambdas.md` section 6.

mod flows;
mod queues;
mod routing;

use super::{Call, ContactData, EndPoint};
use crate::bundle::Bundle;
use crate::chance::Draws;
use crate::compat::{Compat, Profile};
use crate::host::{Host, Invocation, Question};
use crate::json;
use crate::state::State;
use crate::step::{Contact, StepError};
use crate::value::{Map, Text, Value};
use crate::workspace::{Options, Workspace};

/// Monday 2022-08-01 12:00 UTC.
const NOON: i64 = 1_659_355_200_000;

const CONNECT: &str = r#"{"stage":"dev","service":"re","timeZone":"UTC",
    "queues":[{"Name":"Sales","Id":"1","Arn":"q","HoursOfOperationId":"h"},{"Name":"Lost","Id":"2","Arn":"l","HoursOfOperationId":"x"}],
    "operatingHours":[{"Name":"Day","Id":"h","Timezone":"UTC","Config":[{"Day":"MONDAY","StartTime":{"Hours":9,"Minutes":0},"EndTime":{"Hours":17,"Minutes":0}}]}],
    "prompts":[{"Name":"hi.wav","Id":"1","Arn":"p"}],
    "contactFlows":[{"Name":"RulesEngineMessage","Id":"1","Arn":"flow/message"}],
    "lexBots":[{"Name":"dev-re-yesno","Id":"1","AliasId":"1","Arn":"yesno-arn"},{"Name":"dev-re-menu","Id":"2","AliasId":"2","Arn":"menu-arn"}],
    "Motto":"hello"}"#;

/// A host that answers each bot with one intent and keeps what it is told to send.
#[derive(Default)]
struct Fake {
    /// Intent and confidence; nothing is a failure.
    intent: Option<(&'static str, f64)>,
    refuses_sms: bool,
    sent: Vec<String>,
    metrics: Vec<(String, f64)>,
}

impl Host for Fake {
    fn ask_bot(&mut self, _: &Question<'_>) -> Result<Value, String> {
        let (intent, confidence) = self.intent.ok_or("the bot is down")?;
        let text = format!(
            r#"{{"interpretations":[{{"intent":{{"name":"{intent}"}},"nluConfidence":{{"score":{confidence}}}}}]}}"#
        );
        Ok(json::parse(&text).unwrap())
    }
    fn invoke(&mut self, _: &mut Invocation<'_>) -> crate::functions::Outcome {
        panic!("live integrations are called by their own flow")
    }
    fn send_sms(&mut self, number: &str, message: &str) -> Result<(), String> {
        if self.refuses_sms {
            return Err("refused".to_owned());
        }
        self.sent.push(format!("{number}: {message}"));
        Ok(())
    }
    fn count_metric(&mut self, name: &str, value: f64) {
        self.metrics.push((name.to_owned(), value));
    }
}

/// A contact and everything around it.
struct Scene {
    workspace: Workspace,
    contact: Contact,
    data: ContactData,
    host: Fake,
}

impl Scene {
    /// Rule sets as JSON, comma separated; a contact that dials `+6130` with the attributes `{}`.
    fn new(rule_sets: &str, compat: Compat) -> Self {
        let text = format!(r#"{{"connect":{CONNECT},"ruleSets":[{rule_sets}]}}"#);
        let bundle = Bundle::read("b", &text).unwrap();
        let options = Options { compat, profile: Profile::Live, ..Options::default() };
        Scene {
            workspace: bundle.workspace(options),
            contact: Contact::new("C", NOON, Draws::new(1)),
            data: ContactData {
                customer_number: Some(Text::from("+6140")),
                dialled_number: Some(Text::from("+6130")),
                ..ContactData::default()
            },
            host: Fake::default(),
        }
    }

    /// A contact in the middle of a rule, with these stored keys.
    fn at(state: &[(&str, &str)]) -> Self {
        Scene::at_with(state, Compat::Corrected)
    }

    fn at_with(state: &[(&str, &str)], compat: Compat) -> Self {
        let mut scene = Scene::new("", compat);
        scene.load(state);
        scene
    }

    fn load(&mut self, state: &[(&str, &str)]) {
        self.contact.state = State::load(state.iter().map(|(k, v)| (Text::from(*k), Text::from(*v))));
    }

    fn call(&mut self) -> Call<'_, Fake> {
        Call {
            workspace: &self.workspace,
            contact: &mut self.contact,
            data: &self.data,
            host: &mut self.host,
        }
    }

    fn next(&mut self) -> Result<Map, StepError> {
        let end_points = [end_point("E", true, "+6130")];
        self.call().next(&end_points, super::RULE_LIMIT)
    }

    /// A state key, dotted, as text; `-` if it is not there.
    fn key(&self, path: &str) -> String {
        let value = self.contact.state.path(&path.into());
        if value.is_nil() { "-".to_owned() } else { value.to_string() }
    }

    /// Several keys `CurrentRule_<name>`, joined by blanks.
    fn current(&self, names: &str) -> String {
        let values: Vec<String> =
            names.split(' ').map(|name| self.key(&format!("CurrentRule_{name}"))).collect();
        values.join(" ")
    }
}

fn end_point(name: &str, enabled: bool, number: &str) -> EndPoint {
    EndPoint { name: Text::from(name), enabled, inbound_numbers: vec![Text::from(number)] }
}

/// A rule set of rules `a`, `b`, … without weights.
fn rule_set(name: &str, end_point: &str, rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules
        .iter()
        .enumerate()
        .map(|(i, (rule_type, params))| {
            let rule = char::from(b'a' + i as u8);
            format!(
                r#"{{"name":"{rule}","priority":"0","activation":"0","type":"{rule_type}","enabled":true,"params":{params},"weights":[]}}"#
            )
        })
        .collect();
    format!(r#"{{"name":"{name}","enabled":true,"endPoints":["{end_point}"],"rules":[{}]}}"#, rules.join(","))
}

fn shown(answer: &Map, key: &str) -> String {
    answer.get(key).map_or_else(|| "-".to_owned(), Value::to_string)
}
