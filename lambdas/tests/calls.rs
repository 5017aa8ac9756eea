//! Whole calls through the deployed functions: the flow files are walked action by action, every call of a
//! function goes to the evaluator over a real server like DynamoDB, and what is heard is what the simulator says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::Environment;
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::catalogue::Bot;
use connect_rules_engine::chance::Draws;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::functions::{Controls, Uses};
use connect_rules_engine::live::Channel;
use connect_rules_engine::offline::Offline;
use connect_rules_engine::state::Path;
use connect_rules_engine::step::{self, Opening, Request, step};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::{Options, Workspace};
use connect_rules_engine::{dates, json};
use connect_rules_flows::environment::Environment as Names;
use connect_rules_flows::files;
use connect_rules_flows::token::TokenKind;
use connect_rules_flows::walk::{
    Ask, Book, Call, Contact, Dial, Dialled, End, Enqueued, Host, Keys, Metrics, Music, Turn, Turned, Waited,
    Walk,
};
use connect_rules_lambdas::tables::DynamoTables;
use connect_rules_live::contact::Loaded;
use connect_rules_live::echo::{self, Request as Asked};
use connect_rules_live::services::Services;
use connect_rules_live::tables::Tables as _;
use connect_rules_live::{Evaluator, World, lex};
use tokio::runtime::Handle;

const CONNECT: &str = include_str!("../../data/demo/connect.json");
const PARTS: Parts<'static> = Parts {
    rule_sets: Some(("rulesets.json", include_str!("../../data/demo/rulesets.json"))),
    connect: Some(("connect.json", CONNECT)),
    lex: Some(("lex.json", include_str!("../../data/demo/lex.json"))),
    functions: Some(("functions.json", include_str!("../../data/demo/functions.json"))),
    tests: None,
};
const TESTS: [&str; 8] = [
    include_str!("../../data/demo/tests/billing.json"),
    include_str!("../../data/demo/tests/digital.json"),
    include_str!("../../data/demo/tests/faults.json"),
    include_str!("../../data/demo/tests/moving.json"),
    include_str!("../../data/demo/tests/sales.json"),
    include_str!("../../data/demo/tests/shared.json"),
    include_str!("../../data/demo/tests/surveys.json"),
    include_str!("../../data/demo/tests/welcome.json"),
];
/// Types whose messages are for testers, or that are only heard in a call.
const TECHNICAL: [&str; 4] = ["Integration", "Metric", "SMSMessage", "Wait"];

/// A recorded test: how it starts, and what the customer keys or says.
#[derive(Clone)]
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

/// How the simulator plays a test: what it says, how it ends, and whether it waits for a reply, as chats do.
fn simulated(workspace: &Workspace, bundle: &Bundle, test: &Test) -> (String, String, bool) {
    let mut host = Offline::new(&bundle.stubs, Compat::Corrected, ());
    let mut contact = step::Contact::new(Text::from("c"), test.clock, Draws::new(0));
    let mut inputs = test.inputs.clone();
    let (mut said, mut waits) = (String::new(), false);
    let mut request = Request::NewInteraction(Opening {
        end_point: test.end_point.as_str().into(),
        customer_phone_number: test.number.as_str().into(),
        contact_attributes: json::parse(&serde_json::to_string(&test.attributes).unwrap()).unwrap(),
        ..Opening::default()
    });
    loop {
        let Ok(reply) = step(workspace, &mut contact, &request, &mut host) else {
            return (said, "error".to_owned(), waits);
        };
        waits |= &*reply.rule_type == "Wait";
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
        return (said, end, waits);
    }
}

/// The demo's functions and bots, running over the same tables.
struct Cloud {
    tables: Arc<DynamoTables>,
    bundle: Arc<Bundle>,
    clock: Arc<AtomicI64>,
    uses: Mutex<BTreeMap<String, Uses>>,
}

impl Cloud {
    /// A function of the demo, as a program that keeps the contract of integration functions.
    async fn function(&self, arn: &str, event: &Value) {
        let request = Asked::read(event).unwrap();
        let name =
            self.bundle.catalogue.lambda_functions.iter().find(|it| it.arn.as_deref() == Some(arn)).unwrap();
        let short = name.name.strip_prefix("dev-rules-engine-").unwrap_or(&name.name).to_owned();
        let loaded = Loaded::read(&*self.tables, &request.contact_id, 0).await.unwrap();
        let state = &loaded.contact.state;
        let timeout = state.path(&Path::new("CurrentRule_functionTimeout")).num();
        let mut uses = self.uses.lock().unwrap().remove(&*request.contact_id).unwrap_or_default();
        // As the rule sends it: text that is JSON arrives as JSON.
        let outcome =
            self.bundle.stubs.functions.call(&short, &request.payload, state, &mut uses, Controls::Always);
        self.uses.lock().unwrap().insert(request.contact_id.to_string(), uses);
        if outcome.delay_seconds >= timeout {
            self.clock.fetch_add((timeout * 1000.0) as i64 + 1, Ordering::SeqCst);
            return;
        }
        self.clock.fetch_add((outcome.delay_seconds * 1000.0) as i64, Ordering::SeqCst);
        let log = common::silent(&common::settings());
        echo::run(&*self.tables, &log, &short, &request, async { outcome.result }).await.unwrap();
        for (path, value) in outcome.state {
            let mut loaded = Loaded::read(&*self.tables, &request.contact_id, 0).await.unwrap();
            loaded.contact.state.update(&Path::new(&path), value);
            loaded.contact.state.refresh();
            loaded.contact.clock = self.clock.load(Ordering::SeqCst);
            loaded.save(&*self.tables, Channel::Voice, None).await.unwrap();
        }
    }
}

impl Services for Cloud {
    async fn invoke(&self, function_arn: &str, event: &Value) -> Result<(), String> {
        self.function(function_arn, event).await;
        Ok(())
    }
    async fn recognize(&self, bot: &Bot, session: &str, text: &str) -> Result<Value, String> {
        Ok(self.bundle.stubs.bots.recognise(&bot.simple_name, &Text::from(session), text).response)
    }
    async fn send_sms(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }
    async fn count_metric(&self, _: &str, _: f64) -> Result<(), String> {
        Ok(())
    }
}

/// The customer, and the way from the flows to the functions.
struct Line<'a> {
    evaluator: &'a Evaluator<DynamoTables, Cloud>,
    tables: &'a DynamoTables,
    bundle: &'a Bundle,
    runtime: Handle,
    contact: String,
    inputs: VecDeque<String>,
    /// What only a call says: the words of integrations.
    extra: Vec<String>,
    /// How many inputs are left when the simulator knows it to be otherwise: more keys than a call takes, or a
    /// bot that is less sure that there is nothing than a live contact needs (Q35).
    beyond: Option<usize>,
}

impl Host for Line<'_> {
    fn invoke(&mut self, call: &Call<'_>) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let event = json::parse(&call.event().to_string()).unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        let answer =
            self.runtime.block_on(self.evaluator.handle(&event, deadline)).map_err(|it| it.message)?;
        if call.action() == "integration_start" {
            let message = self.runtime.block_on(self.tables.state(&self.contact)).unwrap();
            let message = message.into_iter().find(|row| &*row.what == "CurrentRule_functionMessage");
            self.extra.extend(message.map(|row| row.value.to_string()));
        }
        let answer = answer.as_object().cloned().unwrap_or_else(Map::new);
        Ok(answer.iter().map(|(key, value)| (key.to_string(), value.as_str().unwrap().into())).collect())
    }
    fn keys(&mut self, ask: &Ask<'_>) -> Keys {
        match self.inputs.pop_front().as_deref() {
            None => Keys::HungUp,
            Some("NOINPUT") => Keys::Silence,
            Some(keys) => {
                if keys.len() > ask.most {
                    self.beyond.get_or_insert(self.inputs.len());
                }
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
        let answer =
            self.bundle.stubs.bots.recognise(name, &Text::from(self.contact.as_str()), &said).response;
        let interpretations = answer.member("interpretations");
        // The bot's fulfilment hook is the function `lexfulfillment`.
        let event = format!(
            r#"{{"sessionId":"{}","bot":{{"name":"dev-rules-engine-{name}"}},"inputTranscript":{},"sessionState":{{}},"interpretations":{}}}"#,
            self.contact,
            serde_json::to_string(&said).unwrap(),
            json::print(&interpretations).unwrap()
        );
        let event = json::parse(&event).unwrap();
        self.runtime.block_on(lex::handle(self.tables, &common::settings(), &event)).unwrap();
        let best = interpretations.as_array().unwrap()[0].clone();
        let intent = best.member("intent");
        let slot = intent.member("slots").member("dataslot").member("value").member("interpretedValue");
        let score = match best.member("nluConfidence") {
            Value::Number(score) => score,
            other => other.member("score").num(),
        };
        if intent.member("name").as_str() == Some("nodata") && (0.75..0.85).contains(&score) {
            self.beyond.get_or_insert(self.inputs.len());
        }
        Turned::Heard {
            intent: intent.member("name").text().to_string(),
            confidence: score.is_finite().then_some(score),
            slots: slot.as_str().map(|it| ("dataslot".to_owned(), it.to_owned())).into_iter().collect(),
        }
    }
    fn wait(&mut self, _: u32) -> Waited {
        match self.inputs.pop_front().as_deref() {
            None => Waited::HungUp,
            Some("NOINPUT") => Waited::Completed,
            Some(_) => Waited::Returned,
        }
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

#[test]
fn every_test_of_the_demo_is_heard_through_the_functions_as_in_the_simulator() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let environment = runtime.block_on(Environment::demo());
    let tables = environment.tables();
    let bundle = Arc::new(Bundle::from_parts(&PARTS).unwrap());
    let simulator = bundle.workspace(Options { compat: Compat::Corrected, ..Options::default() });
    let clock = Arc::new(AtomicI64::new(0));
    let cloud = Cloud {
        tables: Arc::clone(&tables),
        bundle: Arc::clone(&bundle),
        clock: Arc::clone(&clock),
        uses: Mutex::default(),
    };
    let settings = common::settings();
    let log = common::silent(&settings);
    let now = Arc::clone(&clock);
    let world = World {
        clock: Arc::new(move || now.load(Ordering::SeqCst)),
        chance: Arc::new(|| 0),
        watch: Duration::from_millis(20),
    };
    let evaluator = Evaluator::new(Arc::clone(&tables), Arc::new(cloud), settings, log).within(world);

    let mut names = Names::read(&serde_json::from_str(CONNECT).unwrap()).unwrap();
    names.add(TokenKind::Lambda, "dev-rules-engine-evaluator", "arn:evaluator");
    names.add(TokenKind::Lambda, "dev-rules-engine-ratelimiter", "arn:ratelimiter");
    names.add(TokenKind::Flow, "RulesEngineRateLimitWarning", "arn:warning");
    names.add(TokenKind::Prompt, "CustomerQueue.wav", "arn:music");
    let book = Book::new(&files::flows().unwrap(), names).unwrap_or_else(|missing| panic!("{missing:#?}"));

    let (snapshot, _) = runtime.block_on(tables.model()).unwrap();
    let dialled = |name: &str| {
        let found = snapshot.end_points.iter().find(|it| &*it.name == name);
        found.and_then(|it| it.inbound_numbers.first()).map(ToString::to_string)
    };
    let (mut same, mut whole, mut different) = (0, 0, Vec::new());
    for (at, test) in tests().into_iter().enumerate() {
        let (said, end, waits) = simulated(&simulator, &bundle, &test);
        let contact = format!("c-{at}");
        clock.store(test.clock, Ordering::SeqCst);
        let mut line = Line {
            evaluator: &evaluator,
            tables: &tables,
            bundle: &bundle,
            runtime: runtime.handle().clone(),
            contact: contact.clone(),
            inputs: test.inputs.clone(),
            extra: Vec::new(),
            beyond: None,
        };
        let number = dialled(&test.end_point).filter(|_| !waits);
        let mut caller = match &number {
            Some(number) => Contact::voice(&contact, &test.number, number),
            None => Contact::chat(&contact),
        };
        caller.attributes.extend(test.attributes.clone());
        if number.is_none() {
            caller.attributes.insert("RulesEngineEndPoint".to_owned(), test.end_point.clone());
        }
        let mut walk = Walk::new(&book, caller);
        let ending =
            walk.run("Bootstrap", &mut line).unwrap_or_else(|error| panic!("{}: {error}", test.name));
        let mut words = walk.spoken();
        words.retain(|it| !line.extra.contains(it));
        let mut ending = match ending {
            End::Queued(arn) => {
                format!("queue {}", book.environment().name_of(TokenKind::Queue, &arn).unwrap())
            }
            End::Transferred(number) => format!("transfer {number}"),
            End::HungUp => "hangup".to_owned(),
            _ => "end".to_owned(),
        };
        if words.last().is_some_and(|it| it.starts_with("We are sorry, something went wrong")) {
            words.pop();
            "error".clone_into(&mut ending);
        }
        let words: String = words.iter().map(|it| heard(it)).collect();
        let alike = match line.beyond {
            None => (&said, &end) == (&words, &ending),
            // Alike until then.
            Some(left) => {
                let mut before = test.clone();
                before.inputs.truncate(test.inputs.len() - left - 1);
                words.starts_with(&simulated(&simulator, &bundle, &before).0)
            }
        };
        if alike {
            whole += usize::from(line.beyond.is_none());
            same += 1;
        } else {
            let at = said.bytes().zip(words.bytes()).take_while(|(a, b)| a == b).count();
            let from = |it: &str| {
                it.get(at.saturating_sub(30)..).unwrap_or_default().chars().take(150).collect::<String>()
            };
            different.push(format!(
                "{}:\n  {} [{end}]\n  {} [{ending}]\n  {:?}",
                test.name,
                from(&said),
                from(&words),
                walk.called()
            ));
        }
    }
    assert!(different.is_empty(), "{same} alike, {} not:\n{}", different.len(), different.join("\n"));
    assert!(whole > 160 && same == 170, "{whole} tests were compared to their end, {same} in all");
}
