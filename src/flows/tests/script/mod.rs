//! A host that answers from lists, for tests.
#![allow(dead_code, reason = "not every test uses everything")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use connect_rules_flows::environment::Environment;
use connect_rules_flows::files;
use connect_rules_flows::token::{Token, TokenKind};
use connect_rules_flows::walk::{
    Ask, Book, Call, Contact, Dial, Dialled, End, Enqueued, Host, Keys, Metrics, Music, Turn, Turned, Waited,
    Walk,
};
use serde_json::{Map, Value};

static BOOK: LazyLock<Book> = LazyLock::new(read);

/// The flows of the product, with made-up identifiers.
pub fn book() -> &'static Book {
    &BOOK
}

fn read() -> Book {
    let flows = files::flows().unwrap();
    let mut environment = Environment::sample(&flows);
    environment.add(TokenKind::Queue, "Sales", "arn:queue/sales");
    environment.add(TokenKind::Queue, "Evening", "arn:queue/evening");
    environment.add(TokenKind::Prompt, "hello.wav", "arn:prompt/hello");
    Book::new(&flows, environment).unwrap()
}

/// Keys of state with their new values.
type Changes = Vec<(String, String)>;

/// Lists of what happens; where one has run out, what it says there.
#[derive(Default)]
pub struct Script {
    /// State of the contact: every answer holds all of it.
    pub state: BTreeMap<String, String>,
    /// Action, and what its answer changes; none for a failure. Out of these, `next` leads to Terminate.
    pub answers: VecDeque<(&'static str, Option<Changes>)>,
    /// Answers of the limiter; it allows calls when there are none left.
    pub limits: VecDeque<Option<Changes>>,
    /// Parameters of the calls of the limiter.
    pub limits_seen: Vec<BTreeMap<String, String>>,
    /// Silence when there are none left.
    pub keys: VecDeque<&'static str>,
    /// Intent, confidence and slot `dataslot`; a failure when there are none left.
    pub turns: VecDeque<(&'static str, f64, &'static str)>,
    /// Completed when there are none left.
    pub waits: VecDeque<Waited>,
    /// Hung up when there are none left.
    pub music: VecDeque<Music>,
    pub closed: Vec<&'static str>,
    pub unstaffed: Vec<&'static str>,
    pub full: bool,
    pub dialled: Option<Dialled>,
    pub refuses_callbacks: bool,
    /// Answers hold numbers where they can.
    pub numbers: bool,
    /// Calls of functions with their parameters, bots, numbers, as texts.
    pub seen: Vec<String>,
    pub next: String,
}

impl Script {
    /// What the limiter answers: that calls are allowed, unless there is a list.
    fn limited(&mut self, call: &Call<'_>) -> Result<Map<String, Value>, String> {
        self.limits_seen.push(call.parameters.clone());
        let allowed = || vec![("CallAllowed".to_owned(), "true".to_owned())];
        let answer = self.limits.pop_front().unwrap_or_else(|| Some(allowed())).ok_or("it fails")?;
        Ok(answer.into_iter().map(|(key, value)| (key, Value::from(value))).collect())
    }

    /// What the limiter answers next; none: a failure.
    pub fn limit(mut self, answer: Option<&[(&str, &str)]>) -> Self {
        let pairs =
            |it: &[(&str, &str)]| it.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.limits.push_back(answer.map(pairs));
        self
    }

    pub fn new(state: &[(&str, &str)]) -> Self {
        let state = state.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Script { state, ..Script::default() }
    }

    pub fn answer(mut self, action: &'static str, changes: &[(&str, &str)]) -> Self {
        let changes = changes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.answers.push_back((action, Some(changes)));
        self
    }

    pub fn fails(mut self, action: &'static str) -> Self {
        self.answers.push_back((action, None));
        self
    }

    pub fn keys(mut self, keys: &[&'static str]) -> Self {
        self.keys.extend(keys);
        self
    }

    pub fn turns(mut self, turns: &[(&'static str, f64, &'static str)]) -> Self {
        self.turns.extend(turns);
        self
    }
}

impl Host for Script {
    fn invoke(&mut self, call: &Call<'_>) -> Result<Map<String, Value>, String> {
        if call.function == "ratelimiter" {
            assert_eq!(call.seconds, 6);
            return self.limited(call);
        }
        assert_eq!((call.function, call.seconds), ("evaluator", 7));
        assert_eq!(call.event()["Details"]["Parameters"]["action"], call.action());
        let given: Vec<String> =
            call.parameters.iter().filter(|(k, _)| *k != "action").map(|(k, v)| format!("{k}={v}")).collect();
        self.seen.push(format!("{} {}", call.action(), given.join(" ")).trim().to_owned());
        let changes = match self.answers.pop_front() {
            Some((action, changes)) => {
                assert_eq!(action, call.action(), "after {:?}", self.seen);
                changes.ok_or("it fails")?
            }
            None if call.action() == "next" => {
                vec![("CurrentRule_nextFlowArn".to_owned(), self.next.clone())]
            }
            None => panic!("no answer for {:?}", self.seen),
        };
        self.state.extend(changes);
        let value = |text: &str| match text.parse::<u32>() {
            Ok(number) if self.numbers => Value::from(number),
            _ => Value::from(text),
        };
        Ok(self.state.iter().map(|(k, v)| (k.clone(), value(v))).collect())
    }
    fn keys(&mut self, ask: &Ask<'_>) -> Keys {
        self.seen.push(format!("keys {} {}", ask.most, ask.seconds));
        match self.keys.pop_front() {
            None | Some("") => Keys::Silence,
            Some("hangup") => Keys::HungUp,
            Some(keys) => Keys::Pressed(keys.to_owned()),
        }
    }
    fn turn(&mut self, turn: &Turn<'_>) -> Turned {
        self.seen.push(format!("bot {} {}", turn.bot, turn.session["ContactId"]));
        match self.turns.pop_front() {
            None | Some(("", ..)) => Turned::Failed,
            Some(("silence", ..)) => Turned::Silence,
            Some((intent, confidence, slot)) => Turned::Heard {
                intent: intent.to_owned(),
                confidence: Some(confidence),
                slots: BTreeMap::from([("dataslot".to_owned(), slot.to_owned())]),
            },
        }
    }
    fn wait(&mut self, seconds: u32) -> Waited {
        self.seen.push(format!("wait {seconds}"));
        self.waits.pop_front().unwrap_or(Waited::Completed)
    }
    fn music(&mut self, interrupt_seconds: Option<u32>) -> Music {
        self.seen.push(format!("music {}", interrupt_seconds.unwrap_or_default()));
        self.music.pop_front().unwrap_or(Music::HungUp)
    }
    fn is_open(&mut self, arn: &str) -> Option<bool> {
        Some(!self.closed.contains(&arn))
    }
    fn metrics(&mut self, queue: &str) -> Option<Metrics> {
        let agents = Some(u32::from(!self.unstaffed.contains(&queue)));
        Some(Metrics {
            name: Some("Sales".to_owned()),
            size: Some(4),
            oldest_seconds: Some(90),
            online: agents,
            staffed: agents,
            available: agents,
        })
    }
    fn enqueue(&mut self, _: &str) -> Enqueued {
        if self.full { Enqueued::Full } else { Enqueued::Waiting }
    }
    fn dial(&mut self, dial: &Dial) -> Dialled {
        self.seen.push(format!("dial {} {:?} {}", dial.number, dial.keys, dial.resumes));
        self.dialled.unwrap_or(Dialled::Gone)
    }
    fn call_back(&mut self, number: &str, queue: Option<&str>) -> bool {
        self.seen.push(format!("call back {number} {}", queue.unwrap_or("-")));
        !self.refuses_callbacks
    }
    fn phone(&mut self, keys: &str, country: Option<&str>) -> Option<String> {
        (country == Some("AU") && keys.len() == 10).then(|| format!("+61{}", &keys[1..]))
    }
}

/// What came of a walk.
pub struct Outcome {
    pub end: End,
    pub said: Vec<String>,
    pub called: Vec<String>,
    pub seen: Vec<String>,
}

/// Runs a rule flow as a call.
pub fn call(flow: &str, script: Script) -> Outcome {
    contact(flow, Contact::voice("c-1", "+61491570156", "+61370105500"), script)
}

/// Runs a rule flow as a chat.
pub fn chat(flow: &str, script: Script) -> Outcome {
    contact(flow, Contact::chat("c-1"), script)
}

pub fn contact(flow: &str, contact: Contact, mut script: Script) -> Outcome {
    let book = book();
    let terminate = Token { kind: TokenKind::Flow, name: "Terminate" };
    book.environment().resolve(terminate).unwrap().as_str().unwrap().clone_into(&mut script.next);
    let mut walk = Walk::new(book, contact);
    walk.answered(script.state.clone());
    let end = walk.run(flow, &mut script).unwrap_or_else(|error| panic!("{error}"));
    let left: Vec<&str> = script.answers.iter().map(|(action, _)| *action).collect();
    assert!(left.is_empty(), "never asked for {left:?}");
    Outcome { end, said: walk.spoken(), called: walk.called(), seen: script.seen }
}
