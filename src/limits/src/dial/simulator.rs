//! Calls judged one after the other on a virtual clock.

use std::sync::Arc;

use connect_rules_engine::value::Text;

use super::faults::{Chances, Fault, Faulty, Hand, Present};
use super::line::Line;
use super::script::{Dial, How};
use crate::config::{Config, FailMode};
use crate::counting::Counter;
use crate::decision::{Decision, Reason, StopStatus, day};
use crate::legacy::{self, Legacy, Limits, Outcome};
use crate::limiter::{Call, Checked, Limiter};
use crate::memory::Memory;
use crate::number;
use crate::store::{Store, StoreError, all_counters};
use crate::world::{Virtual, World as _, next};

/// How long one invocation may take, in milliseconds.
const PATIENCE: i64 = 6_000;
/// Invocations that a flow of the original makes when it gets no answer.
const LEGACY_TRIES: u32 = 4;

/// Who judges.
#[derive(Clone, Debug, PartialEq)]
pub enum Rules {
    /// This function.
    New(Box<Config>),
    /// The original.
    Legacy(Limits),
}

/// A dialler on a store. Rules of the original need a [`Legacy`] store.
#[derive(Debug)]
pub struct Simulator<S> {
    limiter: Limiter<Faulty<S>, Hand, Arc<Virtual>>,
    present: Arc<Present>,
    world: Arc<Virtual>,
    rules: Rules,
    start: i64,
    seed: u64,
    made: u64,
}

impl<S: Store> Simulator<S> {
    /// A dialler whose clock begins at `start`, in milliseconds since 1970.
    pub fn new(store: S, rules: Rules, start: i64, seed: u64) -> Self {
        let world = Arc::new(Virtual::new(start, seed));
        let present = Present::new(Arc::clone(&world));
        let config = match &rules {
            Rules::New(config) => (**config).clone(),
            Rules::Legacy(_) => Config::default(),
        };
        let store = Faulty { inner: store, present: Arc::clone(&present) };
        let limiter = Limiter::new(store, Hand(Arc::clone(&present)), Arc::clone(&world), config);
        Simulator { limiter, present, world, rules, start, seed, made: 0 }
    }

    /// Its store.
    pub fn store(&self) -> &S {
        &self.limiter.store().inner
    }

    /// Now, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.world.now()
    }

    /// Milliseconds since the beginning.
    pub fn t_ms(&self) -> i64 {
        self.world.now() - self.start
    }

    /// Moves the clock on.
    pub fn advance(&self, ms: i64) {
        self.world.pass(ms.max(0));
    }

    /// Who judges.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The earliest moment at which a window that is not over will be, in milliseconds since 1970.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_reset(&self) -> Result<Option<i64>, StoreError> {
        let Rules::New(config) = &self.rules else { return Ok(None) };
        let rows = self.counters().await?;
        let at = rows.iter().map(|row| row.reset_at(config.mode, config.window()));
        Ok(at.filter(|at| *at > self.now()).min())
    }

    /// All counters, at most 5,000.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn counters(&self) -> Result<Vec<Counter>, StoreError> {
        all_counters(self.store(), 0, 5_000).await.map(|(rows, _)| rows)
    }

    /// Decisions of the day it is on the virtual clock, newest first, at most so many.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn decisions(&self, most: usize) -> Result<Vec<Decision>, StoreError> {
        self.store().decisions(&day(self.now()), most, None).await.map(|page| page.rows)
    }

    /// Makes a call at its time, or now if that is over.
    pub async fn dial(&mut self, dial: &Dial) -> Line {
        let at = (self.start + dial.t_ms).max(self.now());
        self.dial_at(dial, at).await
    }

    async fn dial_at(&mut self, dial: &Dial, at: i64) -> Line {
        self.made += 1;
        self.world.set(at);
        let contact = if dial.contact.is_empty() {
            Text::from(format!("dial-{:08x}-{}", next(self.seed) >> 32, self.made))
        } else {
            Text::clone(&dial.contact)
        };
        let call = call(dial, contact);
        self.present.set(dial.fault);
        if let Some(Fault::Skew(ms)) = dial.fault {
            self.world.set(at + i64::from(ms));
        }
        let mut line = match &self.rules {
            Rules::New(_) => self.judged(&call, dial).await,
            Rules::Legacy(limits) => self.by_the_original(&call, dial, limits).await,
        };
        self.present.set(None);
        line.t_ms = at - self.start;
        line.expect = dial.expect;
        line.passed = dial.expect.map(|expect| expect.is_met(line.reason));
        if let Some(Fault::Skew(ms)) = dial.fault {
            self.world.pass(-i64::from(ms));
        }
        line
    }

    /// One invocation after another until one answers, as the instance repeats those that failed.
    async fn judged(&self, call: &Call, dial: &Dial) -> Line {
        let mut notes = Vec::new();
        let mut left = match dial.fault {
            Some(Fault::Retry(times)) => times,
            _ => 0,
        };
        loop {
            let deadline = self.world.now() + PATIENCE;
            let checked = tokio::select! {
                biased;
                checked = self.limiter.check(call, deadline) => checked,
                () = self.present.crashed() => {
                    notes.push("the function crashed".to_owned());
                    continue;
                }
            };
            if checked.replayed {
                notes.push("replayed".to_owned());
            }
            if left == 0 {
                return line(call, dial, &checked, notes);
            }
            left -= 1;
            notes.push("invoked again".to_owned());
        }
    }

    async fn by_the_original(&self, call: &Call, dial: &Dial, limits: &Limits) -> Line {
        let shown = |limit: f64| if limit.is_nan() { "none".to_owned() } else { limit.to_string() };
        let mut line = Line {
            customer_limit: shown(limits.customer),
            system_limit: shown(limits.system),
            ..empty(call, dial)
        };
        if !call.customer.starts_with(&*limits.prefix) {
            line.reason = Reason::Exempt;
            return line;
        }
        let mut left = match dial.fault {
            Some(Fault::Retry(times)) => times,
            _ => 0,
        };
        for _ in 0..LEGACY_TRIES {
            let (store, hand) = (self.limiter.store(), self.limiter.stopper());
            let mut outcome = legacy::check(call, limits, store, hand, &self.world).await;
            while left > 0 {
                left -= 1;
                line.notes.push("invoked again".to_owned());
                outcome = legacy::check(call, limits, store, hand, &self.world).await;
            }
            match outcome {
                Outcome::Answered { reason, customer, system } => {
                    line.reason = reason;
                    line.allowed = reason == Reason::None;
                    (line.customer_attempt, line.system_attempt) = (Some(customer), Some(system));
                    if !line.allowed {
                        line.stop = StopStatus::Stopped;
                        line.retry_after = Some(61);
                        line.task = Some("Rate Limited Call");
                    }
                    return line;
                }
                Outcome::Nothing => line.notes.push("no answer".to_owned()),
                Outcome::Threw => {
                    line.notes.push("the call was not ended".to_owned());
                    line.stop = StopStatus::Failed;
                }
            }
        }
        line.reason = Reason::Error;
        line.task = Some("Rate Limiting Error");
        line
    }
}

fn call(dial: &Dial, contact: Text) -> Call {
    let number = |text: &Text| {
        number::normalise(text).map_or_else(|| Text::clone(text), |number| Text::from(number.text))
    };
    let initiation = match dial.how {
        How::Direct => "OUTBOUND",
        How::Callback => "CALLBACK",
    };
    Call {
        initial_contact: Text::clone(&contact),
        contact,
        customer: number(&dial.customer),
        system: number(&dial.system),
        initiation: Text::from(initiation),
        agent_arn: Text::clone(&dial.agent),
        agent_name: Text::clone(&dial.agent),
        odd: Vec::new(),
    }
}

fn empty(call: &Call, dial: &Dial) -> Line {
    Line {
        t_ms: dial.t_ms,
        agent: Text::clone(&dial.agent),
        contact: Text::clone(&call.contact),
        customer: Text::clone(&call.customer),
        customer_attempt: None,
        customer_limit: String::new(),
        system: Text::clone(&call.system),
        system_attempt: None,
        system_limit: String::new(),
        allowed: true,
        reason: Reason::None,
        retry_after: None,
        stop: StopStatus::None,
        task: None,
        notes: Vec::new(),
        passed: None,
        expect: None,
    }
}

/// The task that the whisper flow makes after an answer (`spec/rate-limiting.md` 7.1).
pub fn task(checked: &Checked) -> Option<&'static str> {
    if checked.decision.allowed || !checked.notify {
        return None;
    }
    Some(match checked.decision.reason {
        _ if !checked.decision.stop_status.is_over() => "Call over the limit was not stopped",
        Reason::Customer => "Call blocked: number called too often",
        Reason::System => "Call blocked: caller ID used too often",
        _ => "Call blocked: limiter error",
    })
}

fn line(call: &Call, dial: &Dial, checked: &Checked, mut notes: Vec<String>) -> Line {
    let decision = &checked.decision;
    notes.extend(checked.troubles.iter().map(ToString::to_string));
    Line {
        customer_attempt: decision.customer_attempt,
        customer_limit: decision.customer_limit.to_string(),
        system_attempt: decision.system_attempt,
        system_limit: decision.system_limit.to_string(),
        allowed: decision.allowed,
        reason: decision.reason,
        retry_after: checked.retry_after(),
        stop: decision.stop_status,
        task: task(checked),
        notes,
        ..empty(call, dial)
    }
}

/// Runs calls on rows of their own; those without a fault may get one by chance.
pub async fn run(calls: &[Dial], rules: &Rules, chances: &Chances, start: i64, seed: u64) -> Vec<Line> {
    match rules {
        Rules::New(_) => run_on(Memory::default(), calls, rules, chances, start, seed).await,
        Rules::Legacy(_) => run_on(Legacy::default(), calls, rules, chances, start, seed).await,
    }
}

/// As [`run`], on that store. Calls may overlap on the clock: one that waits keeps no other from its time.
pub async fn run_on<S: Store>(
    store: S,
    calls: &[Dial],
    rules: &Rules,
    chances: &Chances,
    start: i64,
    seed: u64,
) -> Vec<Line> {
    let mut simulator = Simulator::new(store, rules.clone(), start, seed);
    let mut chance = next(seed ^ 0xD1A1);
    let mut out = Vec::with_capacity(calls.len());
    for dial in calls {
        let fault = dial.fault.or_else(|| chances.draw(&mut chance));
        let dial = Dial { fault, ..dial.clone() };
        out.push(simulator.dial_at(&dial, start + dial.t_ms).await);
    }
    out
}

impl Rules {
    /// Name of the rules in a table, such as `fixed 5/10`.
    pub fn title(&self) -> String {
        match self {
            Rules::New(config) => {
                let closed = if config.fail_mode == FailMode::Closed { " closed" } else { "" };
                format!("{} {}/{}{closed}", config.mode.name(), config.customer_limit, config.system_limit)
            }
            Rules::Legacy(limits) => format!("legacy {}/{}", limits.customer, limits.system),
        }
    }
}
