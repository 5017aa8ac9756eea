//! The function `ratelimiter`: may an agent's call go on, and what came of the task that tells why not
//! (`spec/rate-limiting.md` 6).

use connect_rules_aws::contacts::Contacts;
use connect_rules_dynamo::DynamoLimits;
use connect_rules_engine::value::Value;
use connect_rules_lambdas::start::start;
use connect_rules_lambdas::{Function, serve};
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Checked, Config, Limiter, number};
use connect_rules_live::Failure;
use connect_rules_live::log::Log;
use connect_rules_live::warm::Warm;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is left for an answer by the mode of failures.
const LEFT: Duration = Duration::from_millis(400);

type It = Limiter<DynamoLimits, Contacts, Real>;

struct Ratelimiter {
    limiter: Arc<It>,
    log: Log,
    warm: Warm,
}

impl Ratelimiter {
    /// Tells what came of a call: one line, what went wrong, and the metrics.
    fn tell(&self, checked: &Checked) {
        self.log.write(checked.line(!self.log.customer_data).into());
        for trouble in &checked.troubles {
            self.log.warn(trouble.kind.code(), &trouble.message);
        }
        for odd in &checked.odd {
            let shown = if self.log.customer_data { odd.to_string() } else { number::mask(odd) };
            self.log.warn("ODD_NUMBER", &format!("{shown} is no number; it is counted as it is"));
        }
        for it in checked.measures() {
            self.log.measure(it.name, it.dimension, it.value, it.unit);
        }
    }

    async fn check(&self, event: &Value, deadline: Instant) -> Value {
        let left = deadline.saturating_duration_since(Instant::now());
        let until = Real.now() + i64::try_from(left.as_millis()).unwrap_or(i64::MAX / 2);
        let (limiter, asked) = (Arc::clone(&self.limiter), event.clone());
        // A task of its own: should it panic, the call is answered all the same.
        let work = tokio::spawn(async move { limiter.check_event(&asked, until).await });
        let checked = match tokio::time::timeout(left.saturating_sub(LEFT), work).await {
            Ok(Ok(checked)) => checked,
            _ => self.limiter.give_up(event, until).await,
        };
        self.tell(&checked);
        checked.reply().into()
    }
}

impl Function for Ratelimiter {
    async fn answer(&self, event: &Value, deadline: Instant) -> Result<Value, Failure> {
        let started = Instant::now();
        if let Some(request) = Warm::request(event) {
            self.limiter.config().await;
            return Ok(self.warm.reply(&request, started));
        }
        let action = event.member("Details").member("Parameters").member("action");
        if action.as_str() == Some("task") {
            let (reply, trouble) = self.limiter.task(event).await;
            if let Some(trouble) = trouble {
                self.log.warn("TASK_NOT_NOTED", &trouble);
            }
            return Ok(reply.into());
        }
        Ok(self.check(event, deadline).await)
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = start().await?;
    let variable = |name: &str| std::env::var(name).ok();
    let (fallback, problems) = Config::from_variables(start.settings.compat, variable);
    for problem in problems {
        start.log.warn("LIMIT_REFUSED", &problem.to_string());
    }
    let contacts = Contacts::new(&start.configuration, variable);
    let limiter = Arc::new(Limiter::new(start.limits(), contacts, Real, fallback));
    serve(Ratelimiter { limiter, log: start.log, warm: Warm::default() }).await
}
