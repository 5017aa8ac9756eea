//! The function `evaluator`: answers contact flows, and the headless inference API (`spec/lambdas.md` 6, 9).
//!
//! One invocation reads state and change mark at once, runs the action, and saves what has changed in one
//! write, conditioned on what was read; nothing fails after that. An action whose write finds other values is
//! run again on what is there now.

use crate::analytics::Analytics;
use crate::cache::{Cache, Model};
use crate::contact::Loaded;
use crate::failure::{Code, Failure};
use crate::host::LiveHost;
use crate::log::{Log, now_ms};
use crate::services::Services;
use crate::settings::Settings;
use crate::tables::{TableError, Tables};
use crate::warm::Warm;
use connect_rules_engine::live::{Call, ContactData, Heard, Invoke, parameters};
use connect_rules_engine::step::StepError;
use connect_rules_engine::value::{Map, Text, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nothing new is started with less time than this left.
pub const RESERVE: Duration = Duration::from_secs(1);
/// How often an action is run before its contact counts as contended.
const ATTEMPTS: u32 = 4;
/// How long an invocation looks for the end of an integration.
const WATCH: Duration = Duration::from_secs(2);
/// Looks in that time: of the invocation that has called the function, and of later ones.
const LOOKS: (u32, u32) = (20, 10);

/// Parameters of an invocation; absent, null and empty ones are `None`.
pub type Parameters = [(Text, Option<Text>)];

/// What a contact flow can ask for, by the name in `Details.Parameters.action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// On to the next rule that needs a flow.
    Next,
    /// A key of a `DTMFMenu`.
    DtmfMenu,
    /// Keys of a `DTMFInput`.
    DtmfInput,
    /// What a bot understood for an `NLUInput`.
    NluInput,
    /// What a bot understood for an `NLUMenu`.
    NluMenu,
    /// The answer to a confirmation.
    Confirm,
    /// Starts the function of an `Integration`.
    IntegrationStart,
    /// Looks whether it has ended.
    IntegrationCheck,
    /// Writes state.
    SetState,
    /// Reads state.
    LoadState,
    /// Sends the message of an `SMSMessage`.
    SendSms,
    /// The next behaviour in a queue.
    QueueStep,
    /// The queue could not be entered.
    QueueExit,
    /// Whether a callback is offered.
    CallbackStatus,
    /// Asks for a callback.
    CallbackCreate,
    /// The callback is being made.
    CallbackDelete,
}

impl Action {
    /// Every action with its name.
    pub const ALL: [(&'static str, Action); 16] = [
        ("next", Action::Next),
        ("dtmf_menu", Action::DtmfMenu),
        ("dtmf_input", Action::DtmfInput),
        ("nlu_input", Action::NluInput),
        ("nlu_menu", Action::NluMenu),
        ("confirm", Action::Confirm),
        ("integration_start", Action::IntegrationStart),
        ("integration_check", Action::IntegrationCheck),
        ("set_state", Action::SetState),
        ("load_state", Action::LoadState),
        ("send_sms", Action::SendSms),
        ("queue_step", Action::QueueStep),
        ("queue_exit", Action::QueueExit),
        ("callback_status", Action::CallbackStatus),
        ("callback_create", Action::CallbackCreate),
        ("callback_delete", Action::CallbackDelete),
    ];

    /// The action of a name.
    pub fn parse(name: &str) -> Option<Action> {
        Action::ALL.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
    }

    /// The name of the action.
    pub fn name(self) -> &'static str {
        Action::ALL.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }
}

/// What an evaluator takes from the world: time and chance.
#[derive(Clone)]
pub struct World {
    /// Now, in milliseconds since 1970.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// A seed for the chance of one invocation.
    pub chance: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// How long an invocation looks for the end of an integration.
    pub watch: Duration,
}

impl Default for World {
    fn default() -> Self {
        World {
            clock: Arc::new(now_ms),
            chance: Arc::new(|| uuid::Uuid::new_v4().as_u64_pair().0),
            watch: WATCH,
        }
    }
}

/// The function, with what it keeps between invocations.
pub struct Evaluator<T, S> {
    pub(crate) tables: Arc<T>,
    pub(crate) services: Arc<S>,
    pub(crate) settings: Settings,
    pub(crate) log: Log,
    pub(crate) world: World,
    cache: Cache,
    warm: Warm,
}

/// One invocation by a contact flow.
pub(crate) struct Invocation<'a> {
    pub action: Action,
    pub event: &'a Value,
    pub data: Arc<ContactData>,
    pub contact_id: Text,
    pub parameters: Arc<Parameters>,
    pub deadline: Instant,
}

impl Invocation<'_> {
    /// A parameter that is there.
    pub fn parameter(&self, name: &str) -> Option<&Text> {
        given(&self.parameters, name)
    }

    /// Refuses to start anything when too little time is left.
    pub fn check_time(&self) -> Result<(), Failure> {
        if self.deadline.saturating_duration_since(Instant::now()) >= RESERVE {
            return Ok(());
        }
        Err(Failure::new(Code::OutOfTime, "less than a second is left: nothing was written"))
    }
}

fn given<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a Text> {
    parameters.iter().find(|(key, _)| &**key == name).and_then(|(_, value)| value.as_ref())
}

/// What came of running an action.
pub(crate) struct Ran<S> {
    pub loaded: Loaded,
    pub host: LiveHost<S>,
    pub result: Result<(Map, Option<Invoke>), StepError>,
}

impl<T: Tables, S: Services> Evaluator<T, S> {
    /// The function of an environment.
    pub fn new(tables: Arc<T>, services: Arc<S>, settings: Settings, log: Log) -> Self {
        let (world, cache, warm) = (World::default(), Cache::default(), Warm::default());
        Evaluator { tables, services, settings, log, world, cache, warm }
    }

    /// The same in another world: for trying out.
    #[must_use]
    pub fn within(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    pub(crate) fn now(&self) -> i64 {
        (self.world.clock)()
    }

    /// Answers an event until `deadline`.
    ///
    /// # Errors
    /// Why the flow has to take its error branch; nothing was saved.
    pub async fn handle(&self, event: &Value, deadline: Instant) -> Result<Value, Failure> {
        let started = Instant::now();
        if let Some(request) = Warm::request(event) {
            let mark = self.tables.change_mark().await?;
            self.cache.at(mark, &*self.tables, &self.settings, &self.log).await?;
            return Ok(self.warm.reply(&request, started));
        }
        let direct = event.member("action");
        let parameters = parameters(event);
        let named = if direct.is_empty_string() {
            given(&parameters, "action").cloned().unwrap_or_else(|| Text::from(""))
        } else {
            direct.text()
        };
        let contact = ContactData::read(event);
        let answer = if &*named == "api" && !direct.is_empty_string() {
            self.api(event, deadline).await
        } else {
            self.flow(&named, event, contact.clone(), parameters, deadline).await
        };
        let action = Action::parse(&named).map_or("other", Action::name);
        let took = started.elapsed().as_secs_f64() * 1000.0;
        self.log.metric("EvaluatorLatencyMs", action, took, "Milliseconds");
        if let Err(failure) = &answer {
            self.log.failed(action, contact.contact_id.as_deref(), failure);
        }
        answer
    }

    async fn flow(
        &self,
        name: &str,
        event: &Value,
        data: ContactData,
        parameters: Vec<(Text, Option<Text>)>,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        let Some(action) = Action::parse(name) else {
            let known: Vec<&str> = Action::ALL.iter().map(|(name, _)| *name).collect();
            let shown = if name.is_empty() { "no action".to_owned() } else { format!("the action `{name}`") };
            return Err(Failure::new(
                Code::UnknownAction,
                format!(
                    "Details.Parameters.action of the event has {shown}: set it to one of {}",
                    known.join(", ")
                ),
            ));
        };
        let Some(contact_id) = data.contact_id.clone() else {
            return Err(Failure::new(
                Code::BadEvent,
                "Details.ContactData of the event has neither InitialContactId nor ContactId: only a contact \
                 flow of Amazon Connect can ask for this",
            ));
        };
        let call = Invocation {
            action,
            event,
            data: Arc::new(data),
            contact_id,
            parameters: parameters.into(),
            deadline,
        };
        let answer = match action {
            Action::IntegrationStart => self.integration_start(&call).await?,
            Action::IntegrationCheck => self.integration_check(&call).await?,
            Action::CallbackStatus => self.callback_status(&call).await?,
            Action::CallbackCreate => self.callback_create(&call).await?,
            Action::CallbackDelete => self.callback_delete(&call).await?,
            _ => self.act(&call).await?.0,
        };
        Ok(Value::from(answer))
    }

    /// State and rules, read at once.
    pub(crate) async fn load(&self, call: &Invocation<'_>) -> Result<(Loaded, Arc<Model>), Failure> {
        call.check_time()?;
        let (rows, mark) = tokio::join!(self.tables.state(&call.contact_id), self.tables.change_mark());
        let model = self.cache.at(mark?, &*self.tables, &self.settings, &self.log).await?;
        Ok((Loaded::new(&call.contact_id, rows?, self.now(), (self.world.chance)()), model))
    }

    /// The rules as they are now.
    pub(crate) async fn model(&self) -> Result<Arc<Model>, Failure> {
        let mark = self.tables.change_mark().await?;
        self.cache.at(mark, &*self.tables, &self.settings, &self.log).await
    }

    /// Runs the action of an invocation and saves what it did.
    async fn act(&self, call: &Invocation<'_>) -> Result<(Map, Loaded), Failure> {
        self.run_saved(call, None, run_action).await.map(|(answer, _, loaded)| (answer, loaded))
    }

    /// Loads the contact, runs `action` on it, saves it, and tells the log; again if somebody else has
    /// changed the contact meanwhile. `token` is the run token of an integration that starts.
    pub(crate) async fn run_saved(
        &self,
        call: &Invocation<'_>,
        token: Option<&Text>,
        action: impl Fn(&mut Call<'_, LiveHost<S>>, &Job) -> Result<(Map, Option<Invoke>), StepError>
        + Clone
        + Send
        + 'static,
    ) -> Result<(Map, Option<Invoke>, Loaded), Failure> {
        let mut host = LiveHost::new(Arc::clone(&self.services));
        for _ in 0..ATTEMPTS {
            let (loaded, model) = self.load(call).await?;
            let analytics = Analytics::before(&loaded.contact);
            let ran = self.run(call, loaded, Arc::clone(&model), host, action.clone()).await?;
            let (answer, invoke) = ran.result?;
            let mut loaded = ran.loaded;
            host = ran.host;
            // A write that is cut off may count, and then be repeated.
            call.check_time()?;
            match loaded.save(&*self.tables, call.data.channel, token).await {
                Ok(()) => {
                    analytics.tell(&self.log, call.action, &model, &loaded.contact, &host.happened);
                    for (name, value) in std::mem::take(&mut host.metrics) {
                        if let Err(cause) = self.services.count_metric(&name, value).await {
                            self.log
                                .warn("METRIC_FAILED", &format!("metric {name} was not counted: {cause}"));
                        }
                    }
                    return Ok((answer, invoke, loaded));
                }
                Err(TableError::Changed) => host.again(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::new(
            Code::Table,
            format!(
                "the state of contact {} was changed by others {ATTEMPTS} times in a row",
                call.contact_id
            ),
        ))
    }

    /// Runs the engine where it may wait for a bot.
    pub(crate) async fn run(
        &self,
        call: &Invocation<'_>,
        mut loaded: Loaded,
        model: Arc<Model>,
        mut host: LiveHost<S>,
        action: impl FnOnce(&mut Call<'_, LiveHost<S>>, &Job) -> Result<(Map, Option<Invoke>), StepError>
        + Send
        + 'static,
    ) -> Result<Ran<S>, Failure> {
        let job = Job {
            action: call.action,
            parameters: Arc::clone(&call.parameters),
            event: if call.action == Action::IntegrationStart {
                call.event.clone()
            } else {
                Value::Undefined
            },
            model,
            rule_limit: self.settings.rule_limit,
        };
        let data = Arc::clone(&call.data);
        let run = move || {
            let mut engine = Call {
                workspace: &job.model.live,
                contact: &mut loaded.contact,
                data: &data,
                host: &mut host,
            };
            let result = action(&mut engine, &job);
            Ran { loaded, host, result }
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| {
            Failure::new(Code::Engine(connect_rules_engine::step::Code::Internal), "the evaluator stopped")
        })
    }

    /// Saves the start, calls the function, and waits a little for its end.
    async fn integration_start(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let started = Instant::now();
        let token = Text::from(uuid::Uuid::new_v4().to_string());
        let start = |engine: &mut Call<'_, LiveHost<S>>, job: &Job| {
            engine.integration_start(&job.event).map(|(map, invoke)| (map, Some(invoke)))
        };
        let (answer, invoke, loaded) = self.run_saved(call, Some(&token), start).await?;
        let Some(Invoke { function_arn, mut event }) = invoke else { return Ok(answer) };
        event.insert("IntegrationId", Value::String(Text::clone(&token)));
        if let Err(cause) = self.services.invoke(&function_arn, &Value::from(event)).await {
            self.log.warn("INVOKE_FAILED", &format!("{function_arn} was not called: {cause}"));
            drop(loaded);
            let failed = move |engine: &mut Call<'_, LiveHost<S>>, _: &Job| {
                engine.integration_failed(&cause).map(|map| (map, None))
            };
            return self.run_saved(call, None, failed).await.map(|(answer, ..)| answer);
        }
        self.watch(call, started + self.world.watch, self.world.watch / LOOKS.0).await?;
        self.shown(call).await
    }

    /// Waits a little for the end of an integration; ends one that took too long.
    async fn integration_check(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let check =
            |engine: &mut Call<'_, LiveHost<S>>, _: &Job| engine.integration_check().map(|map| (map, None));
        let started = Instant::now();
        let (answer, _, loaded) = self.run_saved(call, None, check).await?;
        if !is_running(&loaded) {
            return Ok(answer);
        }
        let left = time_left(&loaded);
        self.watch(call, started + self.world.watch.min(left), self.world.watch / LOOKS.1).await?;
        self.run_saved(call, None, check).await.map(|(answer, ..)| answer)
    }

    /// Reads state until the integration has ended or the time is over.
    async fn watch(&self, call: &Invocation<'_>, until: Instant, pause: Duration) -> Result<(), Failure> {
        let until = until.min(call.deadline.checked_sub(RESERVE).unwrap_or(until));
        while Instant::now() + pause <= until {
            tokio::time::sleep(pause).await;
            let loaded = Loaded::read(&*self.tables, &call.contact_id, self.now()).await?;
            if !is_running(&loaded) {
                break;
            }
        }
        Ok(())
    }

    /// The answer for state as it is now.
    async fn shown(&self, call: &Invocation<'_>) -> Result<Map, Failure> {
        let (loaded, model) = self.load(call).await?;
        let host = LiveHost::new(Arc::clone(&self.services));
        let show = |engine: &mut Call<'_, LiveHost<S>>, _: &Job| engine.load_state().map(|map| (map, None));
        Ok(self.run(call, loaded, model, host, show).await?.result?.0)
    }
}

/// What an action needs besides the contact.
pub(crate) struct Job {
    pub action: Action,
    pub parameters: Arc<Parameters>,
    /// The flow's event, for the function of an integration only.
    pub event: Value,
    pub model: Arc<Model>,
    pub rule_limit: u32,
}

fn is_running(loaded: &Loaded) -> bool {
    matches!(loaded.contact.state.get(crate::contact::STATUS).and_then(Value::as_str), Some("START" | "RUN"))
}

/// Until the integration counts as having taken too long.
fn time_left(loaded: &Loaded) -> Duration {
    let state = &loaded.contact.state;
    let started =
        state.get("IntegrationStart").and_then(Value::as_str).and_then(connect_rules_engine::dates::parse);
    let timeout = state.get("CurrentRule_functionTimeout").map_or(0.0, Value::num);
    let elapsed = started.map_or(0, |started| loaded.contact.clock - started);
    let left = (timeout * 1000.0) as i64 - elapsed;
    Duration::from_millis(u64::try_from(left).unwrap_or(0)) + Duration::from_millis(1)
}

/// The actions that are the engine's alone.
fn run_action<S: Services>(
    engine: &mut Call<'_, LiveHost<S>>,
    job: &Job,
) -> Result<(Map, Option<Invoke>), StepError> {
    let parameter = |name: &str| given(&job.parameters, name).map(|text| &**text);
    let heard = Heard {
        intent: parameter("matchedIntent"),
        confidence: parameter("intentConfidence"),
        slot: parameter("slotValue"),
    };
    let answer = match job.action {
        Action::Next => engine.next(&job.model.end_points, job.rule_limit),
        Action::DtmfMenu => engine.dtmf_menu(parameter("selectedOption")),
        Action::DtmfInput => engine.dtmf_input(parameter("input")),
        Action::NluInput => engine.nlu_input(&heard),
        Action::NluMenu => engine.nlu_menu(&heard),
        Action::Confirm => engine.confirm(parameter("answer")),
        Action::SetState => engine.set_state(&job.parameters),
        Action::SendSms => engine.send_sms(),
        Action::QueueStep => engine.queue_behaviour(&job.parameters),
        Action::QueueExit => engine.queue_exit(parameter("reason").unwrap_or_default()),
        _ => engine.load_state(),
    };
    answer.map(|map| (map, None))
}
