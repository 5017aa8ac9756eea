//! What Amazon Connect refuses in the content of a flow.

use connect_rules_flows::check::{self, Known};
use connect_rules_flows::flow::{Content, Flow, FlowType};
use connect_rules_flows::{Finding, token};
use serde_json::Value;

use super::state::{State, text};

/// Checks that Amazon Connect makes, too; the others are this product's own.
const SHARED: [&str; 5] = ["V01", "V02", "V04", "V05", "V06"];

/// Everything that is refused, each with the action that it is in.
pub fn problems(state: &State, name: &str, flow_type: &str, content: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(content) else {
        return vec!["the content is not valid JSON".to_owned()];
    };
    let content = match Content::read(&document) {
        Ok(content) => content,
        Err(findings) => return findings.iter().map(told).collect(),
    };
    let Some(flow_type) = FlowType::parse(flow_type) else {
        return vec![format!("{flow_type} is no type of flow")];
    };
    let mut flow = Flow {
        file: name.to_owned(),
        name: name.to_owned(),
        flow_type,
        description: String::new(),
        channels: vec!["VOICE".to_owned()],
        content,
        document,
    };
    // What is placed on the canvas is no business of the checks.
    flow.content.metadata.clear();
    let is_refused = |it: &Finding| {
        !it.warning && (SHARED.contains(&it.check) || it.check == "V03" && it.what.starts_with("it leads to"))
    };
    let found = check::check(&flow, &Known::default());
    let mut out: Vec<String> = found.iter().filter(|it| is_refused(it)).map(told).collect();
    let empty = Vec::new();
    for action in flow.document.get("Actions").and_then(Value::as_array).unwrap_or(&empty) {
        let id = action.get("Identifier").and_then(Value::as_str).unwrap_or_default();
        token::texts(action.get("Parameters").unwrap_or(&Value::Null), &mut |place, text| {
            if let Some(what) = dangling(state, text) {
                out.push(format!("action {id}: Parameters.{place}: {what}"));
            }
        });
    }
    out
}

fn told(finding: &Finding) -> String {
    match &finding.action {
        Some(action) => format!("action {action}: {}", finding.what),
        None => finding.what.clone(),
    }
}

/// Why what an ARN names cannot be used.
fn dangling(state: &State, arn: &str) -> Option<String> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    let service = parts.nth(1)?;
    let rest: Vec<&str> = parts.skip(2).collect();
    match service {
        "connect" => {
            let mut path = rest.first()?.split('/').skip(2);
            let (kind, id) = (path.next()?, path.next()?);
            let has = |list: &str| state.list(list).iter().any(|it| text(it, "Id") == id);
            let is_there = match kind {
                "contact-flow" => state.flow(id).is_some_and(|it| !it.archived && it.published.is_some()),
                "queue" => has("queues"),
                "prompt" => has("prompts"),
                "operating-hours" => has("operatingHours"),
                _ => true,
            };
            (!is_there).then(|| format!("there is no {kind} {id}"))
        }
        "lambda" => {
            let name = rest.get(1)?;
            if !state.functions.contains_key(*name) {
                return Some(format!("there is no function {name}"));
            }
            let is_known = state.associated_functions.iter().any(|it| it == arn);
            (!is_known).then(|| format!("the function {name} is not associated with the instance"))
        }
        "lex" => {
            let is_known = state.associated_bots.iter().any(|it| it == arn);
            (!is_known).then(|| format!("the bot {arn} is not associated with the instance"))
        }
        _ => None,
    }
}
