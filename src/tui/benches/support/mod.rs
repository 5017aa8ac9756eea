//! Made-up stores of a given size, held in memory, and the screens on them.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use connect_rules_cloud::Instance;
use connect_rules_cloud::emulator::Emulator;
use connect_rules_cloud::emulator::state::State;
use connect_rules_cloud::gateway::Place;
use connect_rules_cloud::health::{Check, Grade, Group, Report, Status};
use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::model::{Params, Rule, RuleSet, Weight};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_limits::{Config, Memory, Party, Touch};
use connect_rules_store::change::AuditEntry;
use connect_rules_store::entity::{ConfigRow, EndPoint};
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Applied, Error, JournalEntry, Snapshot};
use connect_rules_tui::backend::{Answer, Backend, Repair, Repairing};
use connect_rules_tui::cloud::Door;
use connect_rules_tui::draw::draw;
use connect_rules_tui::harness::{Harness, NOW};
use connect_rules_tui::limits::Gate;
use connect_rules_tui::term::{Counter, Lean, Output};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

/// Columns and rows.
pub const SIZE: (u16, u16) = (200, 60);

/// A pane that figures are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The tree of rule sets.
    Rules,
    /// The rules of one rule set.
    RuleList,
    /// The tree of tests.
    Tests,
    /// The drawing of the graph.
    Graph,
    /// The graph as a list.
    GraphList,
    /// A list of Admin: end points.
    Admin,
    /// The state of a simulated call.
    State,
    /// The customer numbers of the outbound limits, every window running out.
    Limits,
    /// The deployed functions: no account has more than some hundred of them.
    Functions,
    /// What a scan found, most of it not healthy.
    Health,
}

impl Screen {
    /// All of them.
    pub const ALL: [Screen; 10] = [
        Screen::Rules,
        Screen::RuleList,
        Screen::Tests,
        Screen::Graph,
        Screen::GraphList,
        Screen::Admin,
        Screen::State,
        Screen::Limits,
        Screen::Functions,
        Screen::Health,
    ];
    /// Those that may have any number of rows.
    pub const LISTS: [Screen; 7] = [
        Screen::Rules,
        Screen::RuleList,
        Screen::Tests,
        Screen::Admin,
        Screen::State,
        Screen::Limits,
        Screen::Health,
    ];

    /// The keys that lead there.
    fn keys(self) -> &'static str {
        match self {
            Screen::Rules => "2 home",
            Screen::RuleList => "2 home enter",
            Screen::Tests => "4 home",
            // The first column has one node only.
            Screen::Graph => "5 right",
            Screen::GraphList => "5 v",
            Screen::Admin => "9 down enter",
            Screen::State => "3 enter ctrl-s esc tab",
            Screen::Limits => "6",
            Screen::Functions => "7",
            Screen::Health => "8",
        }
    }
}

/// A store that nobody changes.
struct Held(Arc<Snapshot>);

fn refused<T: Send + 'static>() -> Answer<'static, T> {
    Box::pin(async { Err(Error::Unauthenticated) })
}

impl Backend for Held {
    fn snapshot(&self) -> Answer<'_, Arc<Snapshot>> {
        Box::pin(async { Ok(Arc::clone(&self.0)) })
    }
    fn mark(&self) -> Answer<'_, Text> {
        Box::pin(async { Ok(Text::clone(&self.0.mark)) })
    }
    fn log_in<'a>(&'a self, _: &'a str) -> Answer<'a, Actor> {
        refused()
    }
    fn plan<'a>(&'a self, _: &'a Actor, _: &'a dyn Action) -> Answer<'a, Plan> {
        refused()
    }
    fn run<'a>(&'a self, _: &'a Actor, _: &'a dyn Action) -> Answer<'a, Applied> {
        refused()
    }
    fn undo<'a>(&'a self, _: &'a Actor) -> Answer<'a, Applied> {
        refused()
    }
    fn redo<'a>(&'a self, _: &'a Actor) -> Answer<'a, Applied> {
        refused()
    }
    fn journal(&self, _: usize) -> Answer<'_, Vec<JournalEntry>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn audit(&self, _: usize) -> Answer<'_, Vec<AuditEntry>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn repair<'a>(&'a self, _: Repair<'a>) -> Repairing<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn rule(id: &str, at: usize, rule_type: RuleType, params: Params) -> Rule {
    Rule {
        id: Some(Text::from(format!("{id}-{at:06}"))),
        name: Text::from(format!("Greet {at:06}")),
        description: Text::from("Says who is called"),
        priority: Text::from(format!("{}", 1_000_000 - at)),
        activation: Some(Text::from("100")),
        rule_type,
        enabled: at % 7 != 3,
        params,
        weights: vec![Weight {
            id: None,
            field: Some(Text::from("Customer.Tier")),
            operation: Text::from("equals"),
            value: Value::from("gold"),
            weight: Value::from("100"),
        }],
    }
}

fn message(set: usize, at: usize) -> Rule {
    let text = format!("Welcome to desk {set}, {{{{Customer.Name}}}}");
    rule(&format!("r{set:06}"), at, RuleType::Message, Params::from_iter([("message", Value::from(text))]))
}

/// A rule that leads to another rule set.
fn lead(set: usize, at: usize, to: usize) -> Rule {
    let params =
        [("ruleSetName", Value::from(format!("Desk {to:06}"))), ("returnHere", Value::from("false"))];
    rule(&format!("r{set:06}"), at, RuleType::RuleSet, Params::from_iter(params))
}

/// A rule that writes so many state keys.
fn states(count: usize) -> Rule {
    let state = |at: usize| {
        let members = [("key", Value::from(format!("Key{at:06}"))), ("value", Value::from(format!("{at}")))];
        Value::from(members.into_iter().collect::<Map>())
    };
    let list = Value::from((0..count).map(state).collect::<Vec<_>>());
    let mut rule = rule("r000000", 0, RuleType::UpdateStates, Params::from_iter([("updateStates", list)]));
    rule.activation = Some(Text::from("0"));
    rule
}

fn rule_set(at: usize, rules: Vec<Rule>) -> Arc<RuleSet> {
    Arc::new(RuleSet {
        id: Some(Text::from(format!("s{at:06}"))),
        name: Text::from(format!("Desk {at:06}")),
        description: Text::from(format!("Takes calls of desk {at}")),
        enabled: at % 9 != 4,
        end_points: if at == 0 { vec![Text::from("Line 000000")] } else { Vec::new() },
        folder: Text::from("/"),
        rules,
    })
}

fn end_point(at: usize) -> EndPoint {
    EndPoint {
        id: Text::from(format!("e{at:06}")),
        name: Text::from(format!("Line {at:06}")),
        description: Text::from(format!("The number of desk {at}")),
        inbound_numbers: vec![Text::from(format!("+6138{at:07}"))],
        enabled: true,
    }
}

fn test(at: usize) -> Arc<TestDocument> {
    Arc::new(TestDocument {
        test_id: Some(Text::from(format!("t{at:06}"))),
        name: Text::from(format!("A caller is greeted {at:06}")),
        production_ready: at % 5 != 2,
        folder: Text::from("/"),
        test_reference: Text::from(format!("CASE-{at}")),
        description: Text::from("Says who is called"),
        end_point: Text::from("Line 000000"),
        test_date_time: Text::from("2026-05-14T00:30:00Z"),
        customer_phone_number: Text::from("+61491570156"),
        contact_attributes: Map::default(),
        payload: Text::from(format!("message: \"Welcome to desk {at}\"\ninput: \"1\"\nhangup: \"\"")),
        script_version: 2,
        mocks: None,
    })
}

/// Counters of so many customer numbers, and of a caller ID for twenty of them.
fn counters(rows: usize) -> Arc<Memory> {
    let store = Arc::new(Memory::default());
    let config = Config::default();
    let make = |party, number: String, at: usize| {
        let contact = format!("{at:08x}-2222-3333-4444-555555555555");
        let touch = Touch::new(party, &number, &contact, NOW - (at % 40) as i64 * 1000, &config);
        let mut row = touch.first(None);
        row.usage = (at % 8) as u32 + 1;
        row
    };
    for at in 0..rows {
        store.put(make(Party::Customer, format!("+1206{at:07}"), at));
        if at % 20 == 0 {
            store.put(make(Party::System, format!("+1800{at:07}"), at));
        }
    }
    store
}

/// Most functions.
const FUNCTIONS: usize = 700;

/// A cloud with so many functions, each called some times.
fn functions(rows: usize, stored: &Snapshot) -> Door {
    let place = Place {
        environment: "test".to_owned(),
        stage: "dev".to_owned(),
        service: "rules-engine".to_owned(),
        region: "ap-southeast-2".to_owned(),
        account: "123456789012".to_owned(),
        instance: "11111111-2222-3333-4444-555555555555".to_owned(),
        bot_alias: "PROD".to_owned(),
        bot_locale: "en_AU".to_owned(),
        production: false,
        read_only: false,
    };
    let cloud = Emulator::in_memory(place, &Instance::of(stored), (100_000.0, 100_000.0));
    let fill = |state: &mut State| {
        let Some(model) = state.functions.values().next().cloned() else { return };
        for at in 0..rows.min(FUNCTIONS) {
            let name = format!("dev-rules-engine-integration{at:04}");
            let mut row = model.clone();
            row.function.arn = row.function.arn.replace(&row.function.name, &name);
            row.function.name.clone_from(&name);
            row.function.modified_ms = NOW - at as i64 * 60_000;
            state.functions.insert(name, row);
        }
    };
    cloud.edit(fill).unwrap();
    Door::to(cloud.cloud())
}

/// The report of a scan with so many checks, as it is kept from session to session.
fn report(rows: usize) -> Report {
    let check = |at: usize| {
        let name = format!("Desk {at:06} / Greet");
        let detail = format!("the queue Desk {at} is not on the instance");
        match at % 4 {
            0 => Check::healthy(Group::Rules, name, ""),
            1 => Check::of(Group::Rules, name, Grade::Warning, Status::Warning, detail, "name another queue"),
            _ => Check::of(
                Group::Rules,
                name,
                Grade::Problem,
                Status::Unresolved,
                detail,
                "name another queue",
            ),
        }
    };
    Report {
        environment: "test".to_owned(),
        when: "2026-11-01T22:30:00Z".to_owned(),
        took_ms: 8_600,
        calls: 57,
        checks: (0..rows).map(check).collect(),
        ..Report::default()
    }
}

/// A store in which that screen has so many rows.
fn snapshot(screen: Screen, rows: usize) -> Snapshot {
    let mut out = Snapshot { mark: Text::from("2026-05-14T00:30:00.000Z"), ..Snapshot::default() };
    let others = |set: usize| (0..3 + set % 5).map(move |at| message(set, at));
    let few = 100;
    let sets = if matches!(screen, Screen::Rules | Screen::Graph | Screen::GraphList) { rows } else { few };
    out.rule_sets = (0..sets)
        .map(|set| {
            let rules = match screen {
                Screen::RuleList if set == 0 => (0..rows).map(|at| message(0, at)).collect(),
                Screen::State if set == 0 => vec![states(rows)],
                Screen::Graph | Screen::GraphList => {
                    let next = (1..=5).map(|by| lead(set, by + 10, (set * 5 + by) % sets));
                    others(set).chain(next).collect()
                }
                _ => others(set).collect(),
            };
            rule_set(set, rules)
        })
        .collect();
    out.tests = (0..if screen == Screen::Tests { rows } else { few }).map(test).collect();
    out.end_points = (0..if screen == Screen::Admin { rows } else { few }).map(end_point).collect();
    let (key, value) = (Text::from("CallCentreTimeZone"), Value::from("Australia/Melbourne"));
    out.config = vec![ConfigRow { key, value }];
    out
}

/// What the program writes to, counted, of that size.
pub fn terminal<W: Write>(to: W) -> (Terminal<Lean<Output<W>>>, Counter) {
    let counter = Counter::default();
    let backend = Lean::new(Output::new(to, counter.clone()));
    let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1));
    (Terminal::with_options(backend, TerminalOptions { viewport }).unwrap(), counter)
}

/// A screen with so many rows, in front.
pub struct Shown {
    /// The program.
    pub program: Harness,
    terminal: Terminal<Lean<Output<std::io::Sink>>>,
    counter: Counter,
    _folder: tempfile::TempDir,
}

impl Shown {
    /// That screen with so many rows.
    pub fn new(screen: Screen, rows: usize) -> Self {
        let store = Arc::new(Held(Arc::new(snapshot(screen, rows))));
        let mut session = Harness::session();
        let folder = tempfile::tempdir().unwrap();
        match screen {
            Screen::Limits => session.limits = Gate::to(counters(rows)),
            Screen::Functions => session.cloud = functions(rows, &store.0),
            Screen::Health => {
                session.state = Some(folder.path().to_owned());
                let text = serde_json::to_string(&report(rows)).unwrap();
                std::fs::write(folder.path().join("health.json"), text).unwrap();
            }
            _ => {}
        }
        let mut program = Harness::new(store, session, SIZE);
        let (terminal, counter) = terminal(std::io::sink());
        program.keys(screen.keys());
        if screen == Screen::State {
            for _ in 0..5 {
                if program.app.place() != "simulate.state" {
                    program.keys("tab");
                }
            }
            assert_eq!(program.app.place(), "simulate.state");
        }
        let mut shown = Shown { program, terminal, counter, _folder: folder };
        shown.frame();
        shown
    }

    /// Draws a frame; answers its bytes and how long it took in milliseconds.
    pub fn frame(&mut self) -> (u64, f64) {
        let before = self.counter.bytes();
        let begin = Instant::now();
        self.terminal.draw(|frame| draw(&self.program.app, frame)).unwrap();
        (self.counter.bytes() - before, begin.elapsed().as_secs_f64() * 1000.0)
    }

    /// Draws a frame if something asks for it; answers its bytes.
    pub fn due(&mut self) -> u64 {
        if !std::mem::take(&mut self.program.app.dirty) {
            return 0;
        }
        self.frame().0
    }

    /// Draws the frame of panes that waited for the cursor to rest, as [`Shown::frame`].
    pub fn rest(&mut self) -> (u64, f64) {
        self.program.app.settle();
        self.frame()
    }

    /// Presses a key and draws; answers bytes, milliseconds of the update and of the frame.
    pub fn key(&mut self, key: &str) -> (u64, f64, f64) {
        let begin = Instant::now();
        self.program.keys(key);
        let update = begin.elapsed().as_secs_f64() * 1000.0;
        let (bytes, frame) = self.frame();
        (bytes, update, frame)
    }
}

/// The median.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
