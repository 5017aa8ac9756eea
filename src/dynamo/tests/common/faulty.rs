//! A way to the service on which chosen requests meet a fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What happens to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service refuses it because there are too many.
    Throttle,
    /// The service fails.
    Internal,
    /// Nobody answers, and nothing was written.
    Timeout,
    /// It was written, but the answer is lost.
    Lost,
    /// Rows of a batch are left undone.
    Unprocessed,
    /// A transaction meets another one.
    Conflict,
    /// A condition does not hold.
    Condition,
    /// From now on nothing gets through.
    Crash,
    /// It was written, and from then on nothing gets through.
    CrashAfter,
}

impl Fault {
    pub const ALL: [Fault; 9] = [
        Fault::Throttle,
        Fault::Internal,
        Fault::Timeout,
        Fault::Lost,
        Fault::Unprocessed,
        Fault::Conflict,
        Fault::Condition,
        Fault::Crash,
        Fault::CrashAfter,
    ];

    /// Whether the request and all later ones meet it.
    fn is_lasting(self) -> bool {
        matches!(self, Fault::Crash | Fault::CrashAfter)
    }
}

/// The way, and how many writes went it.
#[derive(Clone, Debug)]
pub struct Faulty {
    inner: SharedHttpClient,
    fault: Option<Fault>,
    at: usize,
    writes: Arc<AtomicUsize>,
    /// Writes of single rows; they go through.
    singles: Arc<AtomicUsize>,
}

impl Faulty {
    /// A fault at a write, counted from 0; none: writes are only counted.
    pub fn new(fault: Option<Fault>, at: usize) -> Self {
        let inner = super::checking::checking(aws_smithy_http_client::Builder::new().build_http());
        Faulty { inner, fault, at, writes: Arc::default(), singles: Arc::default() }
    }

    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    pub fn singles(&self) -> usize {
        self.singles.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

impl HttpClient for Faulty {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Way {
            faulty: self.clone(),
            inner: self.inner.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Way {
    faulty: Faulty,
    inner: SharedHttpConnector,
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body.to_string()))
}

fn error(status: u16, name: &str) -> HttpResponse {
    answer(
        status,
        &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "injected"}),
    )
}

fn lost() -> ConnectorError {
    ConnectorError::timeout("injected".into())
}

/// A refusal of a transaction with that many parts for that reason.
fn cancelled(request: &HttpRequest, reason: &str) -> HttpResponse {
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    let count = body["TransactItems"].as_array().unwrap().len();
    let mut reasons = vec![json!({"Code": "None"}); count];
    reasons[0] = json!({"Code": reason, "Message": "injected"});
    let name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    answer(400, &json!({"__type": name, "Message": "injected", "CancellationReasons": reasons}))
}

/// The request with the first row of its batch, and the rows that are left undone.
fn split(request: &HttpRequest) -> (HttpRequest, Value) {
    let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    let (table, rows) = body["RequestItems"].as_object_mut().unwrap().iter_mut().next().unwrap();
    let rest = rows.as_array_mut().unwrap().split_off(1);
    let undone = if rest.is_empty() { json!({}) } else { json!({ table.clone(): rest }) };
    let mut first = request.try_clone().unwrap();
    let text = body.to_string();
    first.headers_mut().insert("content-length", text.len().to_string());
    *first.body_mut() = SdkBody::from(text);
    (first, undone)
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        if target.ends_with(".PutItem") || target.ends_with(".UpdateItem") {
            self.faulty.singles.fetch_add(1, Ordering::SeqCst);
        }
        let transaction = target.ends_with("TransactWriteItems");
        let batch = target.ends_with("BatchWriteItem");
        let write = transaction || batch;
        let faulty = &self.faulty;
        let number = if write { faulty.writes.fetch_add(1, Ordering::SeqCst) } else { faulty.writes() };
        let meets = |fault: Fault| {
            if fault.is_lasting() {
                number > faulty.at || (write && number == faulty.at)
            } else {
                write && number == faulty.at
            }
        };
        let fault = faulty.fault.filter(|fault| meets(*fault));
        match fault {
            Some(Fault::Throttle) => HttpConnectorFuture::ready(Ok(error(400, "ThrottlingException"))),
            Some(Fault::Internal) => HttpConnectorFuture::ready(Ok(error(500, "InternalServerError"))),
            Some(Fault::Timeout) => HttpConnectorFuture::ready(Err(lost())),
            Some(Fault::Crash) => HttpConnectorFuture::ready(Err(ConnectorError::io("injected".into()))),
            Some(Fault::CrashAfter) if number > faulty.at => {
                HttpConnectorFuture::ready(Err(ConnectorError::io("injected".into())))
            }
            Some(Fault::Lost | Fault::CrashAfter) => {
                let call = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    call.await?;
                    Err(lost())
                })
            }
            Some(Fault::Conflict) if transaction => {
                HttpConnectorFuture::ready(Ok(cancelled(&request, "TransactionConflict")))
            }
            Some(Fault::Condition) if transaction => {
                HttpConnectorFuture::ready(Ok(cancelled(&request, "ConditionalCheckFailed")))
            }
            Some(Fault::Unprocessed) if batch => {
                let (first, undone) = split(&request);
                let call = self.inner.call(first);
                HttpConnectorFuture::new(async move {
                    call.await?;
                    Ok(answer(200, &json!({"UnprocessedItems": undone})))
                })
            }
            _ => self.inner.call(request),
        }
    }
}
