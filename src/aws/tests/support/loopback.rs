//! A server on this machine that answers as Amazon Connect does, with a few flows of its own, the limit on requests
//! of the real one, and faults where a test wants them. What it keeps no state for has the usual answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::canned;
use super::model::{Sent, check};
use super::recorder::Answer;

/// What happens to a request instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing; the request is answered.
    None,
    /// It is one too many.
    Throttle,
    /// The service fails, and has done nothing.
    Internal,
    /// It is not allowed.
    Denied,
    /// The connection ends before anything was done.
    CutBefore,
    /// The connection ends when everything was done.
    CutAfter,
}

#[derive(Debug)]
struct State {
    /// Faults of the next requests to Amazon Connect.
    faults: VecDeque<Fault>,
    /// Operations in the order in which they came, refused ones too.
    asked: Vec<String>,
    problems: Vec<String>,
    /// Requests that were refused as too many.
    throttled: usize,
    /// Flows by identifier.
    flows: BTreeMap<String, Value>,
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
}

/// A running server.
#[derive(Clone, Debug)]
pub struct Loopback {
    /// Its address.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Loopback {
    /// A server that allows so many requests a second, and at once.
    pub async fn start(rate: f64, burst: f64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            faults: VecDeque::new(),
            asked: Vec::new(),
            problems: Vec::new(),
            throttled: 0,
            flows: BTreeMap::new(),
            rate,
            burst,
            tokens: burst,
            at: Instant::now(),
        };
        let this = Loopback { endpoint, state: Arc::new(Mutex::new(state)) };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        this
    }

    /// Faults of the next requests to Amazon Connect.
    pub fn faults(&self, faults: &[Fault]) {
        self.state.lock().unwrap().faults = faults.iter().copied().collect();
    }

    /// Operations since the last time; none of their requests may have been wrong.
    pub fn asked(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        assert!(state.problems.is_empty(), "{:#?}", state.problems);
        std::mem::take(&mut state.asked)
    }

    /// How many requests were too many.
    pub fn throttled(&self) -> usize {
        self.state.lock().unwrap().throttled
    }

    /// Names of the flows.
    pub fn flows(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.flows.values().filter_map(|flow| flow["Name"].as_str()).map(str::to_owned).collect()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(sent) = read(&mut stream).await else { return };
        let Some((status, body)) = self.answer(sent) else { return };
        let kind = if body.starts_with(b"<") { "text/xml" } else { "application/json" };
        let head = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        let _ = stream.shutdown().await;
    }

    /// The answer; none if the connection is cut.
    fn answer(&self, sent: Sent) -> Option<Answer> {
        let checked = check(&sent);
        let mut state = self.state.lock().unwrap();
        let before = state.asked.iter().filter(|it| **it == checked.operation).count();
        state.asked.push(checked.operation.clone());
        state.problems.extend(checked.problems);
        if !checked.operation.starts_with("connect.") {
            return Some(canned::answer(&checked.operation, before.max(1)));
        }
        let fault = state.faults.pop_front().unwrap_or(Fault::None);
        let gained = state.at.elapsed().as_secs_f64() * state.rate;
        state.tokens = (state.tokens + gained).min(state.burst);
        state.at = Instant::now();
        if state.tokens < 1.0 || fault == Fault::Throttle {
            state.throttled += 1;
            return Some(canned::error(429, "TooManyRequestsException", "Too Many Requests"));
        }
        state.tokens -= 1.0;
        match fault {
            Fault::CutBefore => return None,
            Fault::Internal => return Some(canned::error(500, "InternalServiceException", "failed")),
            Fault::Denied => {
                let action = checked.operation.replace('.', ":");
                let message = format!("User: me is not authorized to perform: {action} on resource: *");
                return Some(canned::error(403, "AccessDeniedException", &message));
            }
            _ => {}
        }
        let answer = state.of_flows(&checked.operation, &sent);
        let answer = answer.unwrap_or_else(|| canned::answer(&checked.operation, before.max(1)));
        (fault != Fault::CutAfter).then_some(answer)
    }
}

impl State {
    /// The answers that depend on flows.
    fn of_flows(&mut self, operation: &str, sent: &Sent) -> Option<Answer> {
        let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
        let named =
            sent.uri.split('/').find_map(|part| self.flows.get_key_value(part.split(['%', '?']).next()?));
        let named = named.map(|(id, _)| id.clone());
        let content = &body["Content"];
        if content.as_str().is_some_and(|text| serde_json::from_str::<Value>(text).is_err()) {
            let body = json!({"problems": [{"message": "Invalid JSON"}, {"message": "No actions"}]});
            let (status, _) = canned::error(400, "", "");
            let mut body = body;
            body["__type"] = json!("InvalidContactFlowException");
            return Some((status, body.to_string().into_bytes()));
        }
        let flow = match operation {
            "connect.CreateContactFlow" => {
                if self.flows.values().any(|flow| flow["Name"] == body["Name"]) {
                    return Some(canned::error(
                        409,
                        "DuplicateResourceException",
                        "There is one of that name",
                    ));
                }
                let id = format!("flow{}", self.flows.len() + 1);
                let mut flow = body.clone();
                flow["Id"] = json!(id);
                flow["Arn"] = json!(format!("arn:{id}"));
                flow["State"] = json!("ACTIVE");
                self.flows.insert(id.clone(), flow);
                return Some(canned::ok(
                    &json!({"ContactFlowId": id, "ContactFlowArn": format!("arn:{id}")}),
                ));
            }
            "connect.ListContactFlows" => {
                let summary = |flow: &Value| {
                    json!({"Id": flow["Id"], "Arn": flow["Arn"], "Name": flow["Name"], "ContactFlowType": flow["Type"],
                        "ContactFlowState": flow["State"], "ContactFlowStatus": flow["Status"]})
                };
                let all: Vec<Value> = self.flows.values().map(summary).collect();
                return Some(canned::ok(&json!({"ContactFlowSummaryList": all})));
            }
            "connect.DescribeContactFlow" | "connect.UpdateContactFlowContent" => {
                named.and_then(|id| self.flows.get_mut(&id))
            }
            _ => return None,
        };
        let Some(flow) = flow else {
            return Some(canned::error(404, "ResourceNotFoundException", "There is no such flow"));
        };
        if operation == "connect.UpdateContactFlowContent" {
            flow["Content"] = content.clone();
            return Some(canned::ok(&json!({})));
        }
        Some(canned::ok(&json!({"ContactFlow": flow})))
    }
}

/// Reads a request, whose address is given the host that its signature is for.
async fn read(stream: &mut TcpStream) -> Option<Sent> {
    let mut bytes = Vec::new();
    let head = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).ok()?;
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let pair =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(pair).collect();
    let header = |name: &str| headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    let length: usize = header("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&part[..count]);
    }
    let service = header("authorization")?.split('/').nth(3)?.to_owned();
    Some(Sent { method, uri: format!("https://{service}.here{target}"), headers, body })
}
