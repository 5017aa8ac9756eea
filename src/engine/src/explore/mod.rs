//! Finding missing tests: ways of calling that cover what no test covers yet, recorded as tests.
//!
//! The search drives contacts through the step machine. Ways that reach something new are followed first;
//! places that were seen before are followed a few times only, so that loops end. Each way that was found is
//! recorded as a test, replayed, and kept if it passes and covers something that was not covered before.
//! The same arguments give the same tests.

mod answers;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::chance::{Draws, test_seed};
use crate::coverage::{Population, Recorder};
use crate::dates;
use crate::offline::{Observer, Offline, Stubs};
use crate::replay::{self, Recording, Settings, Verdict};
use crate::script::TestDocument;
use crate::step::{Contact, Opening, Reply, Request, step};
use crate::value::{Map, Text, Value};
use crate::workspace::Workspace;

/// Rules that may run without a question before a way is given up.
const RUN: usize = 200;
/// How often a question that shows nothing new is followed.
const AGAIN: u32 = 3;
/// Hours after the base time at which calls are tried, too: by night, and on other days of the week.
const LATER: [i64; 6] = [0, 12, 48, 96, 120, 144];
/// Who calls.
const CALLERS: [&str; 2] = ["+61491570006", "anonymous"];

/// How far the search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Inputs of one way.
    pub inputs: usize,
    /// Requests of the whole search.
    pub requests: usize,
    /// Tests that are made.
    pub tests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { inputs: 24, requests: 60_000, tests: 200 }
    }
}

/// What is explored, and what the tests are called.
pub struct Wanted<'a> {
    /// What bots and functions answer.
    pub stubs: &'a Stubs,
    /// Folder of the tests.
    pub folder: &'a Text,
    /// Base time in milliseconds since the epoch.
    pub at: i64,
    /// How far the search goes.
    pub limits: Limits,
    /// Whether a name is taken in the folder.
    pub is_taken: &'a dyn Fn(&str) -> bool,
}

/// A test that was missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The test; it passes.
    pub test: TestDocument,
    /// How many places it covers that nothing covered before.
    pub adds: usize,
}

/// How a call starts.
#[derive(Clone, Debug)]
struct Start {
    end_point: Text,
    caller: Text,
    when: Text,
}

/// A contact at a question.
struct Node {
    start: usize,
    contact: Contact,
    reply: Box<Reply>,
    inputs: Vec<Text>,
}

/// A way that was found.
struct Way {
    start: usize,
    inputs: Vec<Text>,
    /// Whether it ends at a question, where the customer hangs up.
    hangs_up: bool,
}

/// Where a contact stands after a request and the rules that followed by themselves.
enum Stand {
    Question(Box<Reply>),
    Over,
    Failed,
}

/// Finds tests that cover what `covered` does not, and adds what they cover to it. `tick` is told requests
/// made and their limit, and answers whether to go on; `None` if it did not.
pub fn explore<'p, 'w>(
    population: &'p Population<'w>,
    covered: &mut Recorder<'p, 'w>,
    wanted: &Wanted<'_>,
    tick: &mut dyn FnMut(usize, usize) -> bool,
) -> Option<Vec<Missing>> {
    let starts = starts(population.workspace(), wanted.at);
    let mut search = Search {
        population,
        wanted,
        starts: &starts,
        seen: Recorder::new(population),
        visits: FxHashMap::default(),
        fresh: VecDeque::new(),
        stale: VecDeque::new(),
        ways: Vec::new(),
        requests: 0,
    };
    search.seen.begin(wanted.folder, &Text::from("search"));
    search.run(tick)?;
    let mut ways = search.ways;
    // Longer ways cover what shorter ones would.
    ways.sort_by_key(|way| std::cmp::Reverse(way.inputs.len()));
    let mut out = Vec::new();
    let mut numbers: FxHashMap<Text, usize> = FxHashMap::default();
    let count = ways.len();
    for (done, way) in ways.into_iter().enumerate() {
        if !tick(done, count) {
            return None;
        }
        if out.len() >= wanted.limits.tests {
            break;
        }
        let start = &starts[way.start];
        let number = numbers.entry(Text::clone(&start.end_point)).or_default();
        let (name, next) = free_name(&start.end_point, *number, wanted.is_taken);
        if let Some((test, hits)) = recorded(population, wanted, start, &way, name) {
            let adds = hits.adds_to(covered);
            if adds > 0 {
                *number = next;
                covered.absorb(hits);
                out.push(Missing { test, adds });
            }
        }
    }
    Some(out)
}

fn starts(workspace: &Workspace, at: i64) -> Vec<Start> {
    let mut out = Vec::new();
    for hours in LATER {
        let text = dates::iso_utc_ms(at + hours * 3_600_000);
        let when = Text::from(format!("{}Z", text.split('.').next().unwrap_or(&text)));
        for caller in CALLERS {
            for (end_point, _) in workspace.end_points() {
                out.push(Start {
                    end_point: Text::clone(end_point),
                    caller: Text::from(caller),
                    when: Text::clone(&when),
                });
            }
        }
    }
    out
}

/// A name of at most 64 characters that is free, and the number after its own.
fn free_name(end_point: &str, from: usize, is_taken: &dyn Fn(&str) -> bool) -> (Text, usize) {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { '-' };
    let start: String = end_point.chars().map(plain).take(48).collect();
    let mut number = from;
    loop {
        number += 1;
        let name = format!("{} missing {number:03}", start.trim());
        if !is_taken(&name) {
            return (Text::from(name), number);
        }
    }
}

/// The way as a test that passes, with what it hits.
fn recorded<'p, 'w>(
    population: &'p Population<'w>,
    wanted: &Wanted<'_>,
    start: &Start,
    way: &Way,
    name: Text,
) -> Option<(TestDocument, Recorder<'p, 'w>)> {
    let line = |text: &Text| crate::json::print(&Value::from(Text::clone(text))).unwrap_or_default();
    let mut lines: Vec<String> = way.inputs.iter().map(|input| format!("input: {}", line(input))).collect();
    if way.hangs_up {
        lines.push("hangup: \"\"".to_owned());
    }
    let mut test = TestDocument {
        test_id: None,
        name,
        production_ready: true,
        folder: Text::clone(wanted.folder),
        test_reference: Text::default(),
        description: Text::from("Found by searching for what no test covered"),
        end_point: Text::clone(&start.end_point),
        test_date_time: Text::clone(&start.when),
        customer_phone_number: Text::clone(&start.caller),
        contact_attributes: Map::new(),
        payload: Text::from(lines.join("\n")),
        script_version: 2,
        mocks: None,
    };
    let workspace = population.workspace();
    let settings = Settings { recording: Recording::Verdict, ..Settings::default() };
    test.payload = Text::from(replay::record(workspace, wanted.stubs, &test, &settings).ok()?);
    let mut hits = Recorder::new(population);
    hits.begin(&test.folder, &test.name);
    let result = replay::run(workspace, wanted.stubs, &test, &test.script(), &settings, &mut hits);
    hits.end();
    (result.verdict() == Verdict::Success).then_some((test, hits))
}

struct Search<'a, 'p, 'w> {
    population: &'p Population<'w>,
    wanted: &'a Wanted<'a>,
    starts: &'a [Start],
    /// What the search has hit.
    seen: Recorder<'p, 'w>,
    /// How often each question was met: rule set, rule, whether it was to confirm.
    visits: FxHashMap<(Text, Text, bool), u32>,
    /// Questions on ways that showed something new.
    fresh: VecDeque<Node>,
    /// Other questions.
    stale: VecDeque<Node>,
    ways: Vec<Way>,
    requests: usize,
}

impl Search<'_, '_, '_> {
    fn run(&mut self, tick: &mut dyn FnMut(usize, usize) -> bool) -> Option<()> {
        let most = self.wanted.limits.requests;
        for at in 0..self.starts.len() {
            let start = &self.starts[at];
            let draws = Draws::new(test_seed(0, self.wanted.folder, &start.end_point));
            let clock = dates::parse(&start.when).unwrap_or_default();
            let opening = Request::NewInteraction(Opening {
                end_point: Value::String(Text::clone(&start.end_point)),
                customer_phone_number: Value::String(Text::clone(&start.caller)),
                interaction_date_time: Value::String(Text::clone(&start.when)),
                contact_attributes: Map::new().into(),
            });
            let mut draws = draws;
            let contact = Contact::new(draws.contact_id(), clock, draws);
            self.follow(at, contact, &opening, Vec::new());
        }
        while let Some(node) = self.fresh.pop_front().or_else(|| self.stale.pop_front()) {
            if !tick(self.requests.min(most), most) {
                return None;
            }
            let spent = self.requests >= most || self.ways.len() >= 10 * self.wanted.limits.tests;
            let mut led = false;
            if !spent && node.inputs.len() < self.wanted.limits.inputs {
                let confirming = is_confirming(&node.contact);
                let workspace = self.population.workspace();
                for answer in answers::of(workspace, self.wanted.stubs, &node.reply, confirming) {
                    let mut inputs = node.inputs.clone();
                    inputs.push(Text::clone(&answer));
                    let request = Request::Input(Value::String(answer));
                    led |= self.follow(node.start, node.contact.clone(), &request, inputs);
                }
            }
            if !led {
                self.ways.push(Way { start: node.start, inputs: node.inputs, hangs_up: true });
            }
        }
        Some(())
    }

    /// Makes a request and whatever follows by itself. Tells whether the way goes on, or ended as one that
    /// shows something new.
    fn follow(&mut self, start: usize, mut contact: Contact, request: &Request, inputs: Vec<Text>) -> bool {
        let before = self.seen.distinct();
        let stand = self.advance(&mut contact, request);
        let is_new = self.seen.distinct() > before;
        match stand {
            Stand::Question(reply) => {
                let question =
                    (Text::clone(&reply.rule_set), Text::clone(&reply.rule), is_confirming(&contact));
                let visits = self.visits.entry(question).or_default();
                *visits += 1;
                if !is_new && *visits > AGAIN {
                    return false;
                }
                let node = Node { start, contact, reply, inputs };
                let queue = if is_new { &mut self.fresh } else { &mut self.stale };
                queue.push_back(node);
                true
            }
            Stand::Over if is_new => {
                self.ways.push(Way { start, inputs, hangs_up: false });
                true
            }
            Stand::Over | Stand::Failed => false,
        }
    }

    fn advance(&mut self, contact: &mut Contact, request: &Request) -> Stand {
        let workspace = self.population.workspace();
        let compat = workspace.options().compat;
        let mut host = Offline::new(self.wanted.stubs, compat, &mut self.seen);
        let mut next = request;
        for _ in 0..RUN {
            self.requests += 1;
            let Ok(reply) = step(workspace, contact, next, &mut host) else { return Stand::Failed };
            contact.state.forget_changes();
            host.observer.replied(&reply);
            let left = reply.transfer.as_ref().is_some_and(|transfer| !transfer.resume);
            if left || reply.queue.is_some() || reply.terminate || reply.disconnected {
                return Stand::Over;
            }
            if reply.transfer.is_none() && reply.wants_input() {
                return Stand::Question(Box::new(reply));
            }
            next = &Request::NextRule;
        }
        Stand::Failed
    }
}

fn is_confirming(contact: &Contact) -> bool {
    contact.state.get("CurrentRule_phase").is_some_and(|phase| &*phase.text() == "confirm")
}

#[cfg(test)]
mod tests;
