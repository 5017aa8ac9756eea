//! The headless inference API: runs the rules of an end point to their end (`spec/lambdas.md` 7.9).

use crate::contact::{Loaded, STATUS, stored};
use crate::echo::OUTPUT;
use crate::evaluator::{Evaluator, RESERVE};
use crate::failure::{Code, Failure};
use crate::host::LiveHost;
use crate::log::now_ms;
use crate::services::Services;
use crate::tables::{StateChange, Tables};
use connect_rules_engine::api::{ApiReply, ApiRequest, run};
use connect_rules_engine::chance::Draws;
use connect_rules_engine::functions::Outcome;
use connect_rules_engine::host::{Detail, Host, Invocation, Question, Seen};
use connect_rules_engine::json;
use connect_rules_engine::state::Path;
use connect_rules_engine::step::Contact;
use connect_rules_engine::value::{Map, Text, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long the rows of such a contact are kept, in seconds.
const LIFETIME: i64 = 4 * 3600;
const PAUSE: Duration = Duration::from_millis(100);

impl<T: Tables, S: Services> Evaluator<T, S> {
    /// Answers a request of the inference API. A failure of the rules is part of the answer.
    pub(crate) async fn api(&self, event: &Value, deadline: Instant) -> Result<Value, Failure> {
        let model = self.model().await?;
        let mut request = ApiRequest::from_value(&spelled(event));
        request.rule_limit = self.settings.rule_limit;
        let mut host = ApiHost {
            live: LiveHost::new(Arc::clone(&self.services)),
            tables: Arc::clone(&self.tables),
            services: Arc::clone(&self.services),
            runtime: Handle::current(),
            deadline,
        };
        let (now, seed) = (self.now(), (self.world.chance)());
        let work = move || {
            let mut draws = Draws::new(seed);
            let id = draws.api_contact_id();
            let mut contact = Contact::new(id, now, draws);
            let reply = run(&model.api, &mut contact, &request, &mut host);
            (reply, host.live.metrics)
        };
        let internal = Code::Engine(connect_rules_engine::step::Code::Internal);
        let (reply, metrics): (ApiReply, _) = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Failure::new(internal, "the evaluator stopped"))?;
        for (name, value) in metrics {
            if let Err(cause) = self.services.count_metric(&name, value).await {
                self.log.warn("METRIC_FAILED", &format!("metric {name} was not counted: {cause}"));
            }
        }
        serde_json::to_string(&reply)
            .and_then(|text| json::parse(&text))
            .map_err(|error| Failure::new(internal, format!("the answer cannot be written as JSON: {error}")))
    }
}

/// The request with the keys of the original.
fn spelled(event: &Value) -> Value {
    let mut out = Map::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        let name = match &**name {
            "endPoint" => "EndPoint",
            "contactAttributes" => "ContactAttributes",
            other => other,
        };
        out.insert(name, value.clone());
    }
    Value::from(out)
}

/// A host whose integrations are called and waited for.
struct ApiHost<T, S> {
    live: LiveHost<S>,
    tables: Arc<T>,
    services: Arc<S>,
    runtime: Handle,
    deadline: Instant,
}

impl<T: Tables, S: Services> ApiHost<T, S> {
    async fn integrate(&self, call: &Invocation<'_>) -> Outcome {
        let failed = |cause: String| Outcome { delay_seconds: 0.0, result: Err(cause), state: Vec::new() };
        let now = now_ms();
        let token = Text::from(uuid::Uuid::new_v4().to_string());
        let before = match Loaded::read(&*self.tables, call.contact_id, now).await {
            Ok(loaded) => loaded,
            Err(failure) => return failed(failure.message),
        };
        let mut changes: Vec<StateChange> = call
            .state
            .iter()
            .filter(|(key, _)| &***key != STATUS)
            .filter_map(|(key, value)| Some((Text::clone(key), stored(value)?)))
            .chain([(Text::from(STATUS), Text::from("START"))])
            .map(|(what, value)| StateChange {
                expected: before.row(&what).map(|row| Text::clone(&row.value)),
                token: (&*what == STATUS).then(|| Text::clone(&token)),
                expected_token: None,
                expiry: now.div_euclid(1000) + LIFETIME,
                what,
                value: Some(value),
            })
            .collect();
        changes.sort_by(|a, b| a.what.cmp(&b.what));
        if let Err(error) = self.tables.save(call.contact_id, &changes).await {
            return failed(error.to_string());
        }
        let mut event = Map::new();
        event.insert("ContactId", Value::from(call.contact_id));
        event.insert("Payload", call.payload.clone());
        event.insert("OriginalRequest", Value::from("{}"));
        event.insert("IntegrationId", Value::String(token));
        if let Err(cause) = self.services.invoke(call.arn, &Value::from(event)).await {
            return failed(cause);
        }
        let limit = Duration::try_from_secs_f64(call.timeout_seconds.max(0.0)).unwrap_or(RESERVE);
        let until = (Instant::now() + limit).min(self.deadline.checked_sub(RESERVE).unwrap_or(self.deadline));
        while Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
            let Ok(after) = Loaded::read(&*self.tables, call.contact_id, now_ms()).await else { continue };
            let state = &after.contact.state;
            let text = |key: &str| state.get(key).map_or_else(|| Text::from(""), Value::text);
            match &*text(STATUS) {
                "START" | "RUN" => {}
                "DONE" => {
                    let value = state.path(&Path::new(&text(OUTPUT)));
                    return Outcome { delay_seconds: 0.0, result: Ok(value), state: Vec::new() };
                }
                _ => return failed(text("IntegrationErrorCause").to_string()),
            }
        }
        // Took too long: the rule says so.
        Outcome { delay_seconds: call.timeout_seconds, result: Ok(Value::Undefined), state: Vec::new() }
    }
}

impl<T: Tables, S: Services> Host for ApiHost<T, S> {
    fn ask_bot(&mut self, question: &Question<'_>) -> Result<Value, String> {
        self.live.ask_bot(question)
    }

    fn invoke(&mut self, call: &mut Invocation<'_>) -> Outcome {
        self.runtime.block_on(self.integrate(call))
    }

    fn send_sms(&mut self, number: &str, message: &str) -> Result<(), String> {
        self.live.send_sms(number, message)
    }

    fn count_metric(&mut self, name: &str, value: f64) {
        self.live.count_metric(name, value);
    }

    fn detail(&self) -> Detail {
        Detail::None
    }

    fn observe(&mut self, _: &Seen<'_>) {}
}
