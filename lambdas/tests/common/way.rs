//! A way to DynamoDB that counts what goes by, and on which chosen requests meet a fault.

use super::http::{self, Message};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Barrier;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service refuses it because there are too many.
    Throttle,
    /// The service fails.
    Internal,
    /// Nobody answers, and nothing was done.
    Silence,
    /// It was done, but the answer is lost.
    Lost,
    /// The role may not do it.
    Forbidden,
}

/// A request that went by.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Operation, such as `Query`.
    pub operation: String,
    /// What was asked.
    pub body: Value,
}

#[derive(Default)]
struct Plan {
    /// How many requests of the operation meet the fault.
    fault: Option<(&'static str, Fault, usize)>,
    /// Requests that have to be there at once before any goes on.
    together: Option<Arc<Barrier>>,
    seen: Vec<Seen>,
}

/// The way.
#[derive(Clone)]
pub struct Way {
    /// `host:port` of this end.
    pub address: String,
    plan: Arc<Mutex<Plan>>,
}

fn refusal(status: u16, name: &str, message: &str) -> Message {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": message});
    Message::answer(status, &[("content-type", "application/x-amz-json-1.0")], &body.to_string())
}

/// Longer than anybody waits for an answer.
async fn silence() -> Message {
    tokio::time::sleep(Duration::from_secs(20)).await;
    refusal(500, "InternalServerError", "too late")
}

impl Way {
    /// A way to a server, given as its URL.
    pub async fn to(endpoint: &str) -> Self {
        let server = endpoint.trim_start_matches("http://").to_owned();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let plans = Arc::clone(&plan);
        let address = http::serve(move |request| pass(request, server.clone(), Arc::clone(&plans))).await;
        Way { address, plan }
    }

    /// The next requests of an operation meet a fault.
    pub fn fail(&self, operation: &'static str, fault: Fault, times: usize) {
        self.plan.lock().unwrap().fault = Some((operation, fault, times));
    }

    /// From now on all goes well; forgets what went by.
    pub fn clear(&self) {
        *self.plan.lock().unwrap() = Plan::default();
    }

    /// The next two requests only go on once both are there.
    pub fn expect_two_at_once(&self) {
        self.plan.lock().unwrap().together = Some(Arc::new(Barrier::new(2)));
    }

    /// What went by.
    pub fn seen(&self) -> Vec<Seen> {
        self.plan.lock().unwrap().seen.clone()
    }

    /// Operations that went by, sorted by name.
    pub fn operations(&self) -> Vec<String> {
        let mut out: Vec<String> = self.seen().into_iter().map(|it| it.operation).collect();
        out.sort();
        out
    }
}

async fn pass(request: Message, server: String, plan: Arc<Mutex<Plan>>) -> Message {
    let target = request.header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let (fault, barrier) = {
        let mut plan = plan.lock().unwrap();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        plan.seen.push(Seen { operation: operation.clone(), body });
        let number = plan.seen.len();
        let fault = match &mut plan.fault {
            Some((at, fault, left)) if *at == operation && *left > 0 => {
                *left -= 1;
                Some(*fault)
            }
            _ => None,
        };
        (fault, plan.together.clone().filter(|_| number <= 2))
    };
    if let Some(barrier) = barrier {
        barrier.wait().await;
    }
    match fault {
        None => http::ask(&server, &request).await,
        Some(Fault::Throttle) => refusal(400, "ProvisionedThroughputExceededException", "too many"),
        Some(Fault::Internal) => refusal(500, "InternalServerError", "injected"),
        Some(Fault::Silence) => silence().await,
        Some(Fault::Lost) => {
            http::ask(&server, &request).await;
            silence().await
        }
        Some(Fault::Forbidden) => refusal(
            400,
            "AccessDeniedException",
            &format!("User: it is not authorized to perform: dynamodb:{operation}"),
        ),
    }
}
