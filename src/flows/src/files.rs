//! The flows of this product, as they lie in `contactflows/`, and the order in which they are deployed.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::flow::{Flow, FlowType};
use crate::token::{self, TokenKind};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../contactflows/", $name, ".json")))),*]
    };
}

/// Every flow: its name and its file.
pub const FLOWS: [(&str, &str); 22] = files![
    "AgentWhisper",
    "Bootstrap",
    "CustomerHold",
    "CustomerQueue",
    "CustomerWhisper",
    "DTMFInput",
    "DTMFMenu",
    "Disconnect",
    "Error",
    "ExternalNumber",
    "Integration",
    "Main",
    "Message",
    "NLUInput",
    "NLUMenu",
    "OutboundWhisper",
    "Queue",
    "RateLimitWarning",
    "RuleSet",
    "SMSMessage",
    "Terminate",
    "Wait",
];

/// What holds the place of a flow until its content is deployed, by type.
const STUBS: [(&str, &str); 6] = files![
    "stubs/AGENT_WHISPER",
    "stubs/CONTACT_FLOW",
    "stubs/CUSTOMER_HOLD",
    "stubs/CUSTOMER_QUEUE",
    "stubs/CUSTOMER_WHISPER",
    "stubs/OUTBOUND_WHISPER",
];

/// Hashes of the canonical forms, one flow a line: name and hash.
const HASHES: &str = include_str!("../../../contactflows/hashes.txt");

/// Where contacts enter; deployed last.
const ENTRY: &str = "Bootstrap";

fn path(name: &str) -> String {
    format!("contactflows/{name}.json")
}

/// Every flow of the product.
///
/// # Errors
/// A file is not understood; a test keeps that from happening.
pub fn flows() -> Result<Vec<Flow>, Vec<Finding>> {
    FLOWS.iter().map(|(name, text)| Flow::read(&path(name), text)).collect()
}

/// What holds the place of a flow of this type.
///
/// # Errors
/// The file is not understood; a test keeps that from happening.
pub fn stub(flow_type: FlowType) -> Result<Flow, Vec<Finding>> {
    let name = format!("stubs/{}", flow_type.name());
    let text = STUBS.iter().find(|(it, _)| *it == name).map_or("", |(_, text)| text);
    Flow::read(&path(&name), text)
}

/// The hash that is written down for a flow of the product.
pub fn recorded_hash(name: &str) -> Option<&'static str> {
    HASHES.lines().filter_map(|line| line.split_once(' ')).find(|(it, _)| *it == name).map(|(_, hash)| hash)
}

/// Names of the flows that a flow refers to.
pub fn references(flow: &Flow) -> Vec<String> {
    let mut out = Vec::new();
    token::texts(&flow.document, &mut |_, text| {
        if let Some(token) = token::token(text).filter(|it| it.kind == TokenKind::Flow) {
            out.push(token.name.to_owned());
        }
    });
    out.sort();
    out.dedup();
    out
}

/// The order of deployment: what others refer to comes first, where contacts enter last. Flows that refer to
/// each other come in order of their names, before those that refer to them.
pub fn deployment_order(flows: &[Flow]) -> Vec<&Flow> {
    let mut left: BTreeMap<&str, (&Flow, Vec<String>)> =
        flows.iter().map(|it| (it.name.as_str(), (it, references(it)))).collect();
    let mut out = Vec::new();
    while !left.is_empty() {
        let waits = |name: &str, wanted: &[String]| {
            (name == ENTRY && left.len() > 1)
                || wanted.iter().any(|it| it != name && left.contains_key(it.as_str()))
        };
        let ready: Vec<&str> =
            left.iter().filter(|(name, (_, wanted))| !waits(name, wanted)).map(|(name, _)| *name).collect();
        let ready = if ready.is_empty() { left.keys().take(1).copied().collect() } else { ready };
        out.extend(ready.into_iter().filter_map(|name| left.remove(name)).map(|(flow, _)| flow));
    }
    out
}
