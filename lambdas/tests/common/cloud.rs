//! As much of Amazon Connect, Lambda, Lex and S3 as the scheduler asks for, in pages of two.

use super::http::{self, Message};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The instance.
pub const INSTANCE: &str = "01234567-89ab-cdef-0123-456789abcdef";
const PAGE: usize = 2;

#[derive(Default)]
struct Held {
    /// Part of the path of requests that are refused.
    refused: Option<&'static str>,
    seen: Vec<(Instant, String)>,
    objects: BTreeMap<String, String>,
}

/// The services.
#[derive(Clone)]
pub struct Cloud {
    /// `http://host:port`.
    pub endpoint: String,
    held: Arc<Mutex<Held>>,
}

fn things(kind: &str) -> Vec<Value> {
    let names: &[&str] = match kind {
        "hours" => &["Always", "Office", "Weekend"],
        "queue" => &["Sales", "Billing", "Moving"],
        "profile" => &["Agents"],
        _ => &["One", "Two", "Three"],
    };
    let thing = |name: &&str| json!({"Id": format!("{kind}-{name}"), "Arn": format!("arn:{kind}/{name}"), "Name": name});
    names.iter().map(thing).collect()
}

/// A page of a list, and the token of the next one.
fn page(list: &str, token: &str, given: Option<&str>, all: Vec<Value>) -> Value {
    let from: usize = given.and_then(|it| it.parse().ok()).unwrap_or(0);
    let more = all.len() > from + PAGE;
    let mut out = json!({list: all.into_iter().skip(from).take(PAGE).collect::<Vec<_>>()});
    if more {
        out[token] = json!((from + PAGE).to_string());
    }
    out
}

impl Cloud {
    /// Starts the services for functions and bots of this prefix.
    pub async fn start(prefix: &str) -> Self {
        let held = Arc::new(Mutex::new(Held::default()));
        let (kept, prefix) = (Arc::clone(&held), prefix.to_owned());
        let address = http::serve(move |request| {
            let answer = answer(&request, &prefix, &mut kept.lock().unwrap());
            async move { answer }
        })
        .await;
        Cloud { endpoint: format!("http://{address}"), held }
    }

    /// Refuses requests whose path contains this, or none.
    pub fn refuse(&self, path: Option<&'static str>) {
        self.held.lock().unwrap().refused = path;
    }

    /// Method and path of all requests, with their times; they are forgotten.
    pub fn seen(&self) -> Vec<(Instant, String)> {
        std::mem::take(&mut self.held.lock().unwrap().seen)
    }

    /// Objects by bucket and key.
    pub fn objects(&self) -> BTreeMap<String, String> {
        self.held.lock().unwrap().objects.clone()
    }
}

fn answer(request: &Message, prefix: &str, held: &mut Held) -> Message {
    let (path, query) = request.path().split_once('?').unwrap_or((request.path(), ""));
    let method = request.first.split(' ').next().unwrap_or_default();
    held.seen.push((Instant::now(), format!("{method} {path}")));
    if held.refused.is_some_and(|part| path.contains(part)) {
        let body = json!({"Message": "the role may not do it"}).to_string();
        return Message::answer(403, &[("x-amzn-errortype", "AccessDeniedException")], &body);
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let asked = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let connect = |list: &str, kind: &str| page(list, "NextToken", asked("nextToken"), things(kind));
    let found = match parts[..] {
        ["hours-of-operations-summary", INSTANCE] => connect("HoursOfOperationSummaryList", "hours"),
        ["hours-of-operations", INSTANCE, id] => {
            let time = |hours: u32| json!({"Hours": hours, "Minutes": 0});
            json!({"HoursOfOperation": {"HoursOfOperationId": id, "HoursOfOperationArn": format!("arn:{id}"),
                "Name": id.trim_start_matches("hours-"), "Description": "d", "TimeZone": "Australia/Perth",
                "Config": [{"Day": "MONDAY", "StartTime": time(9), "EndTime": time(17)}]}})
        }
        ["queues-summary", INSTANCE] => connect("QueueSummaryList", "queue"),
        ["queues", INSTANCE, id] => json!({"Queue": {"QueueId": id, "QueueArn": format!("arn:{id}"),
            "Name": id.trim_start_matches("queue-"), "Description": "q", "HoursOfOperationId": "hours-Always",
            "MaxContacts": 7, "Status": "ENABLED", "OutboundCallerConfig": {"OutboundCallerIdName": "Us"}}}),
        ["routing-profiles-summary", INSTANCE] => connect("RoutingProfileSummaryList", "profile"),
        ["routing-profiles", INSTANCE, _, "queues"] => {
            let queue = |it: Value| {
                json!({"QueueId": it["Id"], "QueueArn": it["Arn"], "QueueName": it["Name"],
                "Priority": 1, "Delay": 0, "Channel": "VOICE"})
            };
            let all = things("queue").into_iter().map(queue).collect();
            page("RoutingProfileQueueConfigSummaryList", "NextToken", asked("nextToken"), all)
        }
        ["contact-flows-summary", INSTANCE] => connect("ContactFlowSummaryList", "contact-flow"),
        ["prompts-summary", INSTANCE] => connect("PromptSummaryList", "prompt"),
        ["phone-numbers-summary", INSTANCE] => {
            let number = json!({"Id": "n", "Arn": "arn:n", "PhoneNumber": "+61390000000", "PhoneNumberType": "DID",
                "PhoneNumberCountryCode": "AU"});
            page("PhoneNumberSummaryList", "NextToken", None, vec![number])
        }
        ["2015-03-31", "functions"] => {
            let names = ["other-function", "evaluator", "ratelimiter"];
            let full = |name: &str| {
                if name.starts_with("other") { name.to_owned() } else { format!("{prefix}{name}") }
            };
            let function = |name| json!({"FunctionName": full(name), "FunctionArn": format!("arn:aws:lambda:ap-southeast-2:1:function:{}", full(name))});
            page("Functions", "NextMarker", asked("Marker"), names.into_iter().map(function).collect())
        }
        ["2015-03-31", "functions", _, "invocations"] => {
            json!({"keepWarm": {"name": "it", "id": "p", "coldStart": true, "runningTime": 2}})
        }
        ["bots"] => {
            let bot = |(id, name): (&str, String)| json!({"botId": id, "botName": name});
            let all = [
                ("B1", format!("{prefix}yesno")),
                ("B2", "stranger".to_owned()),
                ("B3", format!("{prefix}data")),
            ];
            page("botSummaries", "nextToken", body["nextToken"].as_str(), all.into_iter().map(bot).collect())
        }
        ["bots", bot, "botaliases"] => {
            let name = if bot == "B1" { "PROD" } else { "TestBotAlias" };
            json!({"botAliasSummaries": [{"botAliasId": "A1", "botAliasName": name}]})
        }
        ["backups", ..] => return object(method, path, &request.body, held),
        _ => return Message::answer(404, &[("x-amzn-errortype", "ResourceNotFoundException")], "{}"),
    };
    Message::answer(200, &[("content-type", "application/json")], &found.to_string())
}

fn object(method: &str, path: &str, body: &[u8], held: &mut Held) -> Message {
    let key = path.trim_start_matches('/').to_owned();
    if method == "PUT" {
        held.objects.insert(key, String::from_utf8_lossy(body).into_owned());
        return Message::answer(200, &[], "");
    }
    match held.objects.get(&key) {
        Some(text) => Message::answer(200, &[], text),
        None => Message::answer(404, &[], "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"),
    }
}
