//! The action `check`: may this call go on? (`spec/rate-limiting.md` 6.4 to 6.6).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use connect_rules_engine::value::{Text, Value};

use crate::config::{Config, FailMode, Mode};
use crate::counting::{Party, Touch, Verdict, judge, limit, seconds_until};
use crate::decision::{Decision, Reason, Status, StopStatus, TaskStatus, day};
use crate::number;
use crate::stop::Stopper;
use crate::store::{Step, Store, StoreError};
use crate::world::World;

/// How long a configuration counts before it is read again, in milliseconds.
const CONFIG_AGE: i64 = 30_000;
/// Age from which a pending decision may be taken over: whoever began it has ended or is about to. A decision that is
/// taken over earlier may be counted by both.
const ABANDONED: i64 = 5_000;
/// How often somebody else's decision is looked at until then.
const LOOK: u64 = 100;
/// Rounds of one count, and of attempts to get hold of a decision.
const ROUNDS: u32 = 4;
/// Numbers whose windows are remembered.
const REMEMBERED: usize = 4_096;
/// Waits before the second and the third try to end a call.
const STOP_WAITS: [u64; 2] = [100, 300];
/// Nothing is begun with less time than this.
pub const RESERVE: i64 = 500;

/// A call that asks whether it may go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The contact.
    pub contact: Text,
    /// The first contact of the chain.
    pub initial_contact: Text,
    /// The number that is called, normalised.
    pub customer: Text,
    /// The caller ID, normalised; empty if none was told.
    pub system: Text,
    /// How the contact came about.
    pub initiation: Text,
    /// The agent.
    pub agent_arn: Text,
    /// The agent's name.
    pub agent_name: Text,
    /// Numbers that are none; they are counted as they are.
    pub odd: Vec<Text>,
}

/// Why an event asks nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct BadEvent {
    /// What is missing.
    pub what: &'static str,
    /// The contact, if it was told.
    pub contact: Option<Text>,
}

/// A text of an event; empty ones and others are absent.
pub(crate) fn given(value: &Value) -> Option<Text> {
    value.as_str().filter(|text| !text.is_empty()).map(Text::from)
}

impl Call {
    /// Reads an event of a contact flow (`spec/rate-limiting.md` 6.2).
    ///
    /// # Errors
    /// It is none, or tells no contact or no customer number.
    pub fn read(event: &Value) -> Result<Self, BadEvent> {
        let details = event.member("Details");
        let (data, parameters) = (details.member("ContactData"), details.member("Parameters"));
        let contact = given(&data.member("ContactId"));
        let bad = |what| BadEvent { what, contact: contact.clone() };
        if event.member("Name").as_str() != Some("ContactFlowEvent") {
            return Err(bad("this is no event of a contact flow"));
        }
        let mut odd = Vec::new();
        let mut number = |end: &str| {
            let number = number::normalise(given(&data.member(end).member("Address"))?.as_ref())?;
            let text = Text::from(number.text);
            if !number.valid {
                odd.push(Text::clone(&text));
            }
            Some(text)
        };
        let customer = number("CustomerEndpoint").ok_or_else(|| bad("there is no customer number"))?;
        let system = number("SystemEndpoint").unwrap_or_default();
        let text = |name: &str| given(&parameters.member(name)).unwrap_or_default();
        Ok(Call {
            initial_contact: text("InitialContactId"),
            customer,
            system,
            initiation: given(&data.member("InitiationMethod")).unwrap_or_default(),
            agent_arn: text("AgentARN"),
            agent_name: text("AgentName"),
            contact: contact.clone().ok_or_else(|| bad("there is no contact"))?,
            odd,
        })
    }
}

/// What went wrong, as metrics count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The event asks nothing.
    BadEvent,
    /// The store does not answer.
    Store,
    /// Others were at the same rows all the time.
    Contention,
    /// There was no time left.
    Timeout,
    /// A call could not be ended.
    Stop,
    /// The configuration cannot be read.
    Config,
}

impl Kind {
    /// Value of the dimension `Kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::BadEvent => "bad_event",
            Kind::Store => "store",
            Kind::Contention => "contention",
            Kind::Timeout => "timeout",
            Kind::Stop => "stop",
            Kind::Config => "config",
        }
    }

    /// The code in log lines and decisions.
    pub fn code(self) -> &'static str {
        match self {
            Kind::BadEvent => "BAD_EVENT",
            Kind::Store => "STORE_UNAVAILABLE",
            Kind::Contention => "STORE_CONTENTION",
            Kind::Timeout => "TIMEOUT",
            Kind::Stop => "STOP_FAILED",
            Kind::Config => "CONFIG_UNREADABLE",
        }
    }
}

/// Something that went wrong, with what was said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.code())]
pub struct Trouble {
    /// What kind.
    pub kind: Kind,
    /// What was said.
    pub message: String,
}

impl Trouble {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Trouble { kind, message: message.into() }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::Unavailable(_) => Kind::Store,
            StoreError::Contention => Kind::Contention,
        };
        Trouble::new(kind, error.to_string())
    }
}

/// What came of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The decision, as it was written if it was.
    pub decision: Decision,
    /// Why there is none that was judged.
    pub failed: Option<Kind>,
    /// Whether it was judged by an earlier invocation.
    pub replayed: bool,
    /// Whether the flow is to make a task.
    pub notify: bool,
    /// What ended windows at the time.
    pub mode: Mode,
    /// All that went wrong.
    pub troubles: Vec<Trouble>,
    /// Numbers that are none.
    pub odd: Vec<Text>,
    /// How long it took, in milliseconds.
    pub cost: i64,
}

/// The function, with what it keeps between invocations.
#[derive(Debug)]
pub struct Limiter<S, P, W> {
    store: S,
    stopper: P,
    world: W,
    fallback: Config,
    good: Mutex<Option<(i64, Config)>>,
    /// Numbers that were counted here, and what their window was measured from then.
    seen: Mutex<HashMap<Text, i64>>,
}

impl<S: Store, P: Stopper, W: World> Limiter<S, P, W> {
    /// The function; `fallback` counts while there is no row `RateLimit`.
    pub fn new(store: S, stopper: P, world: W, fallback: Config) -> Self {
        Limiter { store, stopper, world, fallback, good: Mutex::new(None), seen: Mutex::default() }
    }

    /// Its store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Its clock and chance.
    pub fn world(&self) -> &W {
        &self.world
    }

    /// Who ends calls.
    pub fn stopper(&self) -> &P {
        &self.stopper
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<(i64, Config)>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration, at most 30 seconds old; what cannot be read leaves the last one that could.
    pub async fn config(&self) -> (Config, Option<Trouble>) {
        let now = self.world.now();
        let known = self.known().clone();
        if let Some((_, config)) = known.as_ref().filter(|(at, _)| (0..CONFIG_AGE).contains(&(now - at))) {
            return (config.clone(), None);
        }
        let read = match self.store.config().await {
            Ok(None) => Ok(self.fallback.clone()),
            Ok(Some(text)) => Config::read(&text, self.fallback.compat)
                .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(config) => {
                *self.known() = Some((now, config.clone()));
                (config, None)
            }
            Err(message) => {
                let config = known.map_or_else(|| self.fallback.clone(), |(_, config)| config);
                (config, Some(Trouble::new(Kind::Config, message)))
            }
        }
    }

    /// Judges the call of an event; `deadline` is in milliseconds since 1970.
    pub async fn check_event(&self, event: &Value, deadline: i64) -> Checked {
        match Call::read(event) {
            Ok(call) => self.check(&call, deadline).await,
            Err(bad) => {
                let (mut out, config) = self.begin(&Call::default()).await;
                out.decision.contact_id = bad.contact.unwrap_or_default();
                self.fail(&mut out, &config, Trouble::new(Kind::BadEvent, bad.what), deadline).await;
                self.end(out)
            }
        }
    }

    /// The answer by the mode of failures for an invocation that came to no end.
    pub async fn give_up(&self, event: &Value, deadline: i64) -> Checked {
        let call = Call::read(event).unwrap_or_default();
        let (mut out, config) = self.begin(&call).await;
        self.fail(&mut out, &config, Trouble::new(Kind::Timeout, "the time was over"), deadline).await;
        self.end(out)
    }

    async fn begin(&self, call: &Call) -> (Checked, Config) {
        let now = self.world.now();
        let (config, trouble) = self.config().await;
        let owner = Text::from(format!("{:016x}", self.world.chance()));
        let mut decision = Decision::pending(call, owner, now);
        (decision.customer_limit, decision.system_limit) = (config.customer_limit, config.system_limit);
        let out = Checked {
            decision,
            failed: None,
            replayed: false,
            notify: false,
            mode: config.mode,
            troubles: trouble.into_iter().collect(),
            odd: call.odd.clone(),
            cost: 0,
        };
        (out, config)
    }

    fn end(&self, mut out: Checked) -> Checked {
        out.cost = (self.world.now() - out.decision.at).max(0);
        out
    }

    /// Judges a call; `deadline` is in milliseconds since 1970.
    pub async fn check(&self, call: &Call, deadline: i64) -> Checked {
        let started = self.world.now();
        let (mut out, config) = self.begin(call).await;
        if let Some(reason) = unlimited(call, &config) {
            out.decision.allowed = true;
            out.decision.reason = reason;
            out.decision.status = Status::Done;
        } else if let Err(trouble) = self.judge(&mut out, &config, deadline).await {
            self.fail(&mut out, &config, trouble, deadline).await;
        }
        out.cost = (self.world.now() - started).max(0);
        out
    }

    fn check_time(&self, deadline: i64) -> Result<(), Trouble> {
        if deadline - self.world.now() >= RESERVE {
            return Ok(());
        }
        Err(Trouble::new(Kind::Timeout, "less than half a second is left"))
    }

    async fn judge(&self, out: &mut Checked, config: &Config, deadline: i64) -> Result<(), Trouble> {
        match self.claim(out, deadline).await {
            Ok(None) => {}
            Ok(Some(done)) => {
                self.replay(out, config, done, deadline).await;
                return Ok(());
            }
            // Counting still works perhaps; the same contact may then be counted again.
            Err(trouble) if trouble.kind == Kind::Store => out.troubles.push(trouble),
            Err(trouble) => return Err(trouble),
        }
        let (customer, system) = self.count_both(out, config, deadline).await;
        let verdict = |counted: &Result<Option<Verdict>, Trouble>| counted.as_ref().ok().cloned().flatten();
        let (by_customer, by_system) = (verdict(&customer), verdict(&system));
        let decision = &mut out.decision;
        decision.customer_attempt = by_customer.as_ref().map(|it| it.attempt);
        decision.system_attempt = by_system.as_ref().map(|it| it.attempt);
        let blocking: Vec<(Party, Verdict)> = [(Party::Customer, by_customer), (Party::System, by_system)]
            .into_iter()
            .filter_map(|(party, verdict)| Some((party, verdict.filter(|it| it.blocked)?)))
            .collect();
        let troubles: Vec<Trouble> = [customer.err(), system.err()].into_iter().flatten().collect();
        if blocking.is_empty()
            && let Some(trouble) = troubles.first()
        {
            return Err(trouble.clone());
        }
        out.troubles.extend(troubles);
        let decision = &mut out.decision;
        decision.allowed = blocking.is_empty();
        decision.reason = match blocking.first() {
            None => Reason::None,
            Some((Party::Customer, _)) => Reason::Customer,
            Some((Party::System, _)) => Reason::System,
        };
        decision.retry_at = blocking.iter().map(|(_, verdict)| verdict.reset_at).max();
        if !decision.allowed {
            self.stop(out, deadline).await;
            out.notify = config.notify_agent;
            if config.notify_agent {
                out.decision.task_status = TaskStatus::Requested;
            }
        }
        self.finish(out, deadline).await;
        let keys = blocking.iter().map(|(party, _)| match party {
            Party::Customer => Party::Customer.key(&out.decision.customer),
            Party::System => Party::System.key(&out.decision.system),
        });
        for key in keys.collect::<Vec<_>>() {
            if self.check_time(deadline).is_ok() {
                // Only a screen asks for it.
                let _ = self.store.note_blocked(&key, out.decision.at).await;
            }
        }
        Ok(())
    }

    /// Gets hold of the decision; answers the one that is judged already, if there is one.
    async fn claim(&self, out: &mut Checked, deadline: i64) -> Result<Option<Decision>, Trouble> {
        self.check_time(deadline)?;
        let Some(mut old) = self.store.claim(&out.decision).await? else { return Ok(None) };
        for _ in 0..ROUNDS {
            if old.owner == out.decision.owner {
                // The first answer got lost on its way.
                return Ok(None);
            }
            while old.status == Status::Pending && self.world.now() - old.at < ABANDONED {
                self.check_time(deadline)?;
                self.world.sleep(LOOK).await;
                match self.store.decision(&out.decision.contact_id).await? {
                    Some(row) => old = row,
                    None => break,
                }
            }
            if old.status == Status::Done {
                return Ok(Some(old));
            }
            self.check_time(deadline)?;
            let now = self.world.now();
            (out.decision.at, out.decision.day) = (now, day(now));
            if self.store.take_over(&out.decision, &old.owner).await? {
                return Ok(None);
            }
            match self.store.decision(&out.decision.contact_id).await? {
                Some(row) => old = row,
                // It has expired meanwhile.
                None => match self.store.claim(&out.decision).await? {
                    Some(row) => old = row,
                    None => return Ok(None),
                },
            }
        }
        Err(Trouble::new(Kind::Contention, "others judge the same contact all the time"))
    }

    /// Counts both numbers: together, unless the caller ID is spared when the customer number blocks.
    async fn count_both(
        &self,
        out: &Checked,
        config: &Config,
        deadline: i64,
    ) -> (Result<Option<Verdict>, Trouble>, Result<Option<Verdict>, Trouble>) {
        let one = |party, number: &Text| {
            let touch = Touch::new(party, number, &out.decision.contact_id, out.decision.at, config);
            let wanted = !number.is_empty() && !is_exempt(number, config);
            async move {
                if !wanted {
                    return Ok(None);
                }
                self.count(&touch, config, deadline).await.map(Some)
            }
        };
        let customer = one(Party::Customer, &out.decision.customer);
        let system = one(Party::System, &out.decision.system);
        if config.count_system_when_customer_blocked {
            return tokio::join!(customer, system);
        }
        let customer = customer.await;
        if customer.as_ref().is_ok_and(|it| it.as_ref().is_some_and(|it| it.blocked)) {
            return (customer, Ok(None));
        }
        (customer, system.await)
    }

    /// Counts one number. What this process saw of the number last tells only which of the two updates is tried first:
    /// each has its condition, and the conditions exclude each other, so the order changes nothing but their number.
    async fn count(&self, touch: &Touch, config: &Config, deadline: i64) -> Result<Verdict, Trouble> {
        let mut advances = self.seen().get(&touch.key).is_some_and(|anchor| *anchor >= touch.cutoff());
        for round in 0..ROUNDS {
            self.check_time(deadline)?;
            if round > 0 {
                self.world.sleep(5 + self.world.chance() % 21).await;
            }
            for _ in 0..2 {
                let step = if advances {
                    self.store.advance(touch).await?
                } else {
                    self.store.restart(touch).await?
                };
                let counted = match step {
                    Step::Made(row) => Some(row),
                    Step::Refused(row) => row.filter(|row| touch.is_counted(row)),
                };
                if let Some(row) = counted {
                    self.see(touch, row.anchor(touch.mode));
                    return Ok(judge(&row, limit(touch.party, config), config));
                }
                advances = !advances;
            }
        }
        Err(StoreError::Contention.into())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<Text, i64>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what the window of a number is measured from.
    fn see(&self, touch: &Touch, anchor: i64) {
        let mut seen = self.seen();
        if seen.len() >= REMEMBERED && !seen.contains_key(&touch.key) {
            seen.retain(|_, anchor| *anchor >= touch.cutoff());
            if seen.len() >= REMEMBERED {
                seen.clear();
            }
        }
        seen.insert(Text::clone(&touch.key), anchor);
    }

    async fn stop(&self, out: &mut Checked, deadline: i64) {
        let mut said = String::new();
        for wait in STOP_WAITS.into_iter().map(Some).chain([None]) {
            if self.check_time(deadline).is_err() {
                break;
            }
            match self.stopper.stop(&out.decision.contact_id).await {
                Ok(status) => {
                    out.decision.stop_status = status;
                    return;
                }
                Err(error) => {
                    said = error.to_string();
                    match wait.filter(|_| error.again) {
                        Some(wait) => self.world.sleep(wait).await,
                        None => break,
                    }
                }
            }
        }
        out.decision.stop_status = StopStatus::Failed;
        if said.is_empty() {
            "there was no time left to end the call".clone_into(&mut said);
        }
        out.decision.error = Some(Text::from(&*said));
        out.troubles.push(Trouble::new(Kind::Stop, said));
    }

    async fn finish(&self, out: &mut Checked, deadline: i64) {
        out.decision.status = Status::Done;
        if self.check_time(deadline).is_err() {
            return;
        }
        if let Err(error) = self.store.finish(&out.decision).await {
            out.troubles.push(error.into());
        }
    }

    /// Gives the answer of an earlier invocation; a call that goes on although it is blocked is ended first.
    async fn replay(&self, out: &mut Checked, config: &Config, done: Decision, deadline: i64) {
        out.decision = done;
        out.replayed = true;
        let blocked = !out.decision.allowed;
        out.notify = blocked && (config.notify_agent || out.decision.reason == Reason::Error);
        if out.decision.reason == Reason::Error {
            let code = out.decision.error.as_deref().unwrap_or_default();
            let of = [Kind::Store, Kind::Contention, Kind::Timeout];
            out.failed = Some(of.into_iter().find(|it| code.starts_with(it.code())).unwrap_or(Kind::Store));
        }
        if blocked && out.decision.stop_status == StopStatus::Failed {
            self.stop(out, deadline).await;
            self.finish(out, deadline).await;
        }
    }

    /// Answers by the mode of failures, and writes down why if there is time.
    async fn fail(&self, out: &mut Checked, config: &Config, trouble: Trouble, deadline: i64) {
        let closed = config.fail_mode == FailMode::Closed;
        out.failed = Some(trouble.kind);
        out.decision.reason = Reason::Error;
        out.decision.allowed = !closed;
        out.decision.error = Some(Text::from(trouble.to_string()));
        out.troubles.push(trouble);
        out.notify = closed;
        if closed {
            if out.decision.contact_id.is_empty() {
                out.decision.stop_status = StopStatus::Failed;
            } else {
                let error = out.decision.error.clone();
                self.stop(out, deadline).await;
                out.decision.error = error;
            }
            out.decision.task_status = TaskStatus::Requested;
        }
        if matches!(out.failed, Some(Kind::Contention)) {
            self.finish(out, deadline).await;
        }
        out.decision.status = Status::Done;
    }
}

fn is_exempt(number: &str, config: &Config) -> bool {
    config.exempt_numbers.iter().any(|it| number::normalise(it).is_some_and(|it| it.text == number))
}

/// Why a call is not limited, if it is not.
fn unlimited(call: &Call, config: &Config) -> Option<Reason> {
    if !config.enabled {
        return Some(Reason::Disabled);
    }
    let prefixed = config.prefixes.is_empty()
        || config.prefixes.iter().any(|prefix| call.customer.starts_with(&**prefix));
    let exempt = !prefixed
        || is_exempt(&call.customer, config)
        || is_exempt(&call.system, config)
        || (config.exempt_callbacks && &*call.initiation == "CALLBACK");
    exempt.then_some(Reason::Exempt)
}

impl Checked {
    /// Seconds after which the numbers that block are free again if nobody dials.
    pub fn retry_after(&self) -> Option<i64> {
        self.decision.retry_at.map(|at| seconds_until(at, self.decision.at))
    }
}
