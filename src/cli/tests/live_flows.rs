//! The contact flows and the evaluator's live path together: every recorded test of the demo is heard in a
//! call as the simulator plays it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, VecDeque};

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::chance::Draws;
use connect_rules_engine::compat::{Compat, Profile};
use connect_rules_engine::functions::Controls;
use connect_rules_engine::live::{self, CallbackFacts, ContactData, EndPoint, Heard, RULE_LIMIT};
use connect_rules_engine::offline::Offline;
use connect_rules_engine::state::{Path, State};
use connect_rules_engine::step::{self, Opening, Request, step};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::{Options, Workspace};
use connect_rules_engine::{dates, json};
use connect_rules_flows::environment::Environment;
use connect_rules_flows::files;
use connect_rules_flows::token::TokenKind;
use connect_rules_flows::walk::{
    Ask, Book, Call, Contact, Dial, Dialled, End, Enqueued, Host, Keys, Metrics, Music, Turn, Turned, Waited,
    Walk,
};

const CONNECT: &str = include_str!("../../../data/demo/connect.json");
const PARTS: Parts<'static> = Parts {
    rule_sets: Some(("rulesets.json", include_str!("../../../data/demo/rulesets.json"))),
    connect: Some(("connect.json", CONNECT)),
    lex: Some(("lex.json", include_str!("../../../data/demo/lex.json"))),
    functions: Some(("functions.json", include_str!("../../../data/demo/functions.json"))),
    tests: None,
};
const TESTS: [&str; 8] = [
    include_str!("../../../data/demo/tests/billing.json"),
    include_str!("../../../data/demo/tests/digital.json"),
    include_str!("../../../data/demo/tests/faults.json"),
    include_str!("../../../data/demo/tests/moving.json"),
    include_str!("../../../data/demo/tests/sales.json"),
    include_str!("../../../data/demo/tests/shared.json"),
    include_str!("../../../data/demo/tests/surveys.json"),
    include_str!("../../../data/demo/tests/welcome.json"),
];
/// Types whose messages are for testers, or that are only heard in a call.
const TECHNICAL: [&str; 4] = ["Integration", "Metric", "SMSMessage", "Wait"];
const DIALLED: &str = "+61370105500";

/// A recorded test: how it starts, and what the customer keys or says.
struct Test {
    name: String,
    end_point: String,
    number: String,
    clock: i64,
    attributes: BTreeMap<String, String>,
    inputs: VecDeque<String>,
}

fn tests() -> Vec<Test> {
    let mut out = Vec::new();
    for file in TESTS {
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        for test in file["tests"].as_array().unwrap() {
            let text = |name: &str| test[name].as_str().unwrap_or_default().to_owned();
            let input = |line: &str| serde_json::from_str::<String>(line.strip_prefix("input: ")?).ok();
            out.push(Test {
                name: text("name"),
                end_point: text("endPoint"),
                number: text("customerPhoneNumber"),
                clock: dates::parse(&text("testDateTime")).unwrap(),
                attributes: serde_json::from_value(test["contactAttributes"].clone()).unwrap_or_default(),
                inputs: text("payload").lines().filter_map(input).collect(),
            });
        }
    }
    out
}

/// What is heard, without markup, blanks and the words of recordings.
fn heard(words: &str) -> String {
    let words = if words.starts_with("prompt:") { words.lines().next().unwrap_or_default() } else { words };
    words.replace("<speak>", "").replace("</speak>", "").split_whitespace().collect()
}

/// How the simulator plays a test; none when it asks for what a call does not have.
fn simulated(workspace: &Workspace, bundle: &Bundle, test: &Test) -> Option<(String, String)> {
    let mut host = Offline::new(&bundle.stubs, Compat::Corrected, ());
    let mut contact = step::Contact::new(Text::from("c"), test.clock, Draws::new(0));
    let mut inputs = test.inputs.clone();
    let mut said = String::new();
    let mut request = Request::NewInteraction(Opening {
        end_point: test.end_point.as_str().into(),
        customer_phone_number: test.number.as_str().into(),
        contact_attributes: json::parse(&serde_json::to_string(&test.attributes).unwrap()).unwrap(),
        ..Opening::default()
    });
    loop {
        let Ok(reply) = step(workspace, &mut contact, &request, &mut host) else {
            return Some((said, "error".to_owned()));
        };
        if &*reply.rule_type == "Wait" {
            return None;
        }
        if !TECHNICAL.contains(&&*reply.rule_type) {
            said += &heard(&reply.message_text().unwrap_or_default());
        }
        let end = match (&reply.queue, &reply.transfer) {
            (Some(queue), _) => format!("queue {queue}"),
            (_, Some(transfer)) if !transfer.resume => format!("transfer {}", transfer.number),
            _ if reply.terminate => "end".to_owned(),
            _ if reply.wants_input() => match inputs.pop_front() {
                Some(input) => {
                    request = Request::Input(input.as_str().into());
                    continue;
                }
                None => "hangup".to_owned(),
            },
            _ => {
                request = Request::NextRule;
                continue;
            }
        };
        return Some((said, end));
    }
}

/// The evaluator behind the flows: state is stored as texts between calls.
struct Live<'a> {
    workspace: &'a Workspace,
    bundle: &'a Bundle,
    contact: step::Contact,
    end_points: Vec<EndPoint>,
    inputs: VecDeque<String>,
    /// What only a call says: the words of integrations.
    extra: Vec<String>,
    /// The simulator knows this to be otherwise: more keys than a call takes, or a bot that is less sure that
    /// there is nothing than a live contact needs (Q35).
    beyond: bool,
}

impl Live<'_> {
    fn store(&mut self) {
        let text = |value: &Value| match value {
            Value::String(text) => Text::clone(text),
            other => Text::from(json::print(other).unwrap_or_default()),
        };
        let stored: Vec<(Text, Text)> =
            self.contact.state.iter().map(|(key, value)| (Text::clone(key), text(value))).collect();
        self.contact.state = State::load(stored);
    }

    fn set(&mut self, path: &str, value: impl Into<Value>) {
        self.contact.state.update(&Path::new(path), value.into());
    }

    /// Runs the function of an integration to its end.
    fn integrate(&mut self, payload: &Value) {
        let current = |name: &str| self.contact.state.path(&Path::new(&format!("CurrentRule_{name}")));
        let (name, key, timeout) =
            (current("functionName"), current("functionOutputKey"), current("functionTimeout"));
        let message = current("functionMessage");
        if !message.is_empty_string() {
            self.extra.push(message.text().to_string());
        }
        let functions = &self.bundle.stubs.functions;
        let contact = &mut self.contact;
        let outcome =
            functions.call(&name.text(), payload, &contact.state, &mut contact.uses, Controls::Always);
        if outcome.delay_seconds >= timeout.num() {
            self.contact.clock += (timeout.num() * 1000.0) as i64 + 1;
            return;
        }
        self.contact.clock += (outcome.delay_seconds * 1000.0) as i64;
        let status = match outcome.result {
            Ok(output) => {
                self.set(&key.text(), output);
                for (path, value) in outcome.state {
                    self.set(&path, value);
                }
                "DONE"
            }
            Err(cause) => {
                self.set("IntegrationErrorCause", cause.as_str());
                self.set(&key.text(), Value::Undefined);
                "ERROR"
            }
        };
        self.set("IntegrationStatus", status);
    }
}

impl Host for Live<'_> {
    fn invoke(&mut self, call: &Call<'_>) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let event = json::parse(&call.event().to_string()).unwrap();
        let data = ContactData::read(&event);
        let parameters = live::parameters(&event);
        let mut offline = Offline::new(&self.bundle.stubs, Compat::Corrected, ());
        let mut payload = None;
        let workspace = self.workspace;
        let mut evaluator =
            live::Call { workspace, contact: &mut self.contact, data: &data, host: &mut offline };
        let given = |name: &str| call.parameter(name);
        let answer: Result<Map, _> = match call.action() {
            "next" => evaluator.next(&self.end_points, RULE_LIMIT),
            "dtmf_menu" => evaluator.dtmf_menu(given("selectedOption")),
            "dtmf_input" => evaluator.dtmf_input(given("input")),
            "nlu_input" | "nlu_menu" => {
                let heard = Heard {
                    intent: given("matchedIntent"),
                    confidence: given("intentConfidence"),
                    slot: given("slotValue"),
                };
                if call.action() == "nlu_menu" {
                    evaluator.nlu_menu(&heard)
                } else {
                    evaluator.nlu_input(&heard)
                }
            }
            "confirm" => evaluator.confirm(given("answer")),
            "integration_start" => evaluator.integration_start(&event).map(|(answer, invoke)| {
                payload = invoke.event.get("Payload").cloned();
                answer
            }),
            "integration_check" => evaluator.integration_check(),
            "set_state" => evaluator.set_state(&parameters),
            "load_state" => evaluator.load_state(),
            "send_sms" => evaluator.send_sms(),
            "queue_exit" => evaluator.queue_exit(given("reason").unwrap_or_default()),
            "callback_status" => evaluator.callback_status(&CallbackFacts::default()),
            other => panic!("{other} is asked for"),
        };
        self.store();
        if let Some(payload) = payload {
            self.integrate(&payload);
            self.store();
        }
        let answer = answer.map_err(|error| error.message)?;
        Ok(answer.iter().map(|(key, value)| (key.to_string(), value.as_str().unwrap().into())).collect())
    }
    fn keys(&mut self, ask: &Ask<'_>) -> Keys {
        match self.inputs.pop_front().as_deref() {
            None => Keys::HungUp,
            Some("NOINPUT") => Keys::Silence,
            Some(keys) => {
                self.beyond |= keys.len() > ask.most;
                Keys::Pressed(keys.to_owned())
            }
        }
    }
    fn turn(&mut self, turn: &Turn<'_>) -> Turned {
        let Some(said) = self.inputs.pop_front() else { return Turned::HungUp };
        let name = turn.name.unwrap();
        let made = |intent: &str| Turned::Heard {
            intent: intent.to_owned(),
            confidence: Some(1.0),
            slots: BTreeMap::new(),
        };
        match said.as_str() {
            "NOINPUT" => return made("nodata"),
            "NOMATCH" => return made("FallbackIntent"),
            _ => {}
        }
        let answer = self.bundle.stubs.bots.recognise(name, &self.contact.id, &said).response;
        self.set(&format!("LexResponses.{name}.inputTranscript"), said.as_str());
        self.store();
        let best = answer.member("interpretations").as_array().unwrap()[0].clone();
        let intent = best.member("intent");
        let slot = intent.member("slots").member("dataslot").member("value").member("interpretedValue");
        let score = match best.member("nluConfidence") {
            Value::Number(score) => score,
            other => other.member("score").num(),
        };
        self.beyond |= intent.member("name").as_str() == Some("nodata") && (0.75..0.85).contains(&score);
        Turned::Heard {
            intent: intent.member("name").text().to_string(),
            confidence: score.is_finite().then_some(score),
            slots: slot.as_str().map(|it| ("dataslot".to_owned(), it.to_owned())).into_iter().collect(),
        }
    }
    fn wait(&mut self, _: u32) -> Waited {
        Waited::Failed
    }
    fn music(&mut self, _: Option<u32>) -> Music {
        Music::HungUp
    }
    fn is_open(&mut self, _: &str) -> Option<bool> {
        Some(true)
    }
    fn metrics(&mut self, _: &str) -> Option<Metrics> {
        Some(Metrics { online: Some(1), staffed: Some(1), ..Metrics::default() })
    }
    fn enqueue(&mut self, _: &str) -> Enqueued {
        Enqueued::Waiting
    }
    fn dial(&mut self, dial: &Dial) -> Dialled {
        if dial.resumes { Dialled::Returned } else { Dialled::Gone }
    }
    fn call_back(&mut self, _: &str, _: Option<&str>) -> bool {
        true
    }
}

/// How a test is heard in a call, how it ends, and what was asked of the evaluator; none where a call cannot be
/// as the simulator is.
fn lived(
    workspace: &Workspace,
    bundle: &Bundle,
    book: &Book,
    test: &Test,
) -> Option<(String, String, Vec<String>)> {
    let end_point = EndPoint {
        name: Text::from(test.end_point.as_str()),
        enabled: true,
        inbound_numbers: vec![Text::from(DIALLED)],
    };
    let mut host = Live {
        workspace,
        bundle,
        contact: step::Contact::new(Text::from("c"), test.clock, Draws::new(0)),
        end_points: vec![end_point],
        inputs: test.inputs.clone(),
        extra: Vec::new(),
        beyond: false,
    };
    let caller =
        Contact { attributes: test.attributes.clone(), ..Contact::voice("c", &test.number, DIALLED) };
    let mut walk = Walk::new(book, caller);
    let end = walk.run("Bootstrap", &mut host).unwrap_or_else(|error| panic!("{}: {error}", test.name));
    if host.beyond {
        return None;
    }
    let mut said = walk.spoken();
    said.retain(|it| !host.extra.contains(it));
    let mut end = match end {
        End::Queued(arn) => format!("queue {}", book.environment().name_of(TokenKind::Queue, &arn).unwrap()),
        End::Transferred(number) => format!("transfer {number}"),
        End::HungUp => "hangup".to_owned(),
        _ => "end".to_owned(),
    };
    if said.last().is_some_and(|it| it.starts_with("We are sorry, something went wrong")) {
        said.pop();
        "error".clone_into(&mut end);
    }
    Some((said.iter().map(|it| heard(it)).collect(), end, walk.called()))
}

#[test]
fn the_demo_is_heard_in_calls_as_in_the_simulator() {
    let bundle = Bundle::from_parts(&PARTS).unwrap();
    let simulator = bundle.workspace(Options { compat: Compat::Corrected, ..Options::default() });
    let evaluator =
        bundle.workspace(Options { compat: Compat::Corrected, profile: Profile::Live, ..Options::default() });
    let mut environment = Environment::read(&serde_json::from_str(CONNECT).unwrap()).unwrap();
    environment.add(TokenKind::Lambda, "dev-rules-engine-evaluator", "arn:evaluator");
    environment.add(TokenKind::Prompt, "CustomerQueue.wav", "arn:music");
    let book =
        Book::new(&files::flows().unwrap(), environment).unwrap_or_else(|missing| panic!("{missing:#?}"));
    let (mut same, mut different) = (0, Vec::new());
    for test in tests() {
        let Some((said, end)) = simulated(&simulator, &bundle, &test) else { continue };
        let Some((words, ending, called)) = lived(&evaluator, &bundle, &book, &test) else { continue };
        if (&said, &end) == (&words, &ending) {
            same += 1;
        } else {
            let at = said.bytes().zip(words.bytes()).take_while(|(a, b)| a == b).count();
            let from = |it: &str| {
                it.get(at.saturating_sub(30)..).unwrap_or_default().chars().take(150).collect::<String>()
            };
            different.push(format!(
                "{}:\n  {} [{end}]\n  {} [{ending}]\n  {called:?}",
                test.name,
                from(&said),
                from(&words)
            ));
        }
    }
    assert!(different.is_empty(), "{same} alike, {} not:\n{}", different.len(), different.join("\n"));
    assert!(same > 150, "only {same} tests were compared");
}
