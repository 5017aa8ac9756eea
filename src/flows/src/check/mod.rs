//! Checks of flows without an instance (`spec/contactflows.md` 11.3): V01 is reading them, V02 to V14 are
//! here.

mod answers;
mod channels;
mod envelope;
mod graph;
mod parameters;
mod paths;
mod secrets;
mod texts;
mod transitions;

use std::collections::BTreeMap;

use crate::files;
use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};

/// What flows may refer to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Flows by name.
    pub flows: BTreeMap<String, FlowType>,
}

impl Known {
    /// The flows of the product and these.
    pub fn with(flows: &[Flow]) -> Self {
        let product = files::flows().unwrap_or_default();
        let all = product.iter().chain(flows).map(|it| (it.name.clone(), it.flow_type));
        Known { flows: all.collect() }
    }
}

/// Everything that is wrong with a flow.
pub fn check(flow: &Flow, known: &Known) -> Vec<Finding> {
    let mut out = Vec::new();
    envelope::check(flow, &mut out);
    for action in &flow.content.actions {
        let mut found = Vec::new();
        parameters::check(action, flow, &mut found);
        transitions::check(action, flow, &mut found);
        texts::check(action, flow, known, &mut found);
        answers::check_call(action, &mut found);
        out.extend(found.into_iter().map(|it| it.at(&action.id)));
    }
    channels::check(flow, &mut out);
    answers::check(flow, &mut out);
    paths::check(flow, &mut out);
    secrets::check(flow, &mut out);
    out.into_iter().map(|it| it.in_file(&flow.file)).collect()
}

/// Everything that is wrong with some flows, which may refer to each other and to those of the product.
pub fn check_all(flows: &[Flow]) -> Vec<Finding> {
    let known = Known::with(flows);
    let mut out: Vec<Finding> = flows.iter().flat_map(|flow| check(flow, &known)).collect();
    for (i, flow) in flows.iter().enumerate() {
        if let Some(other) = flows[..i].iter().find(|it| it.name == flow.name) {
            let what = format!("{} has the name {:?}, too", other.file, flow.name);
            out.push(Finding::new("V07", what, "give each flow a name of its own").in_file(&flow.file));
        }
    }
    out
}

/// Whether an action, when it works, leaves the flow for good.
pub(crate) fn leaves(action: &Action) -> bool {
    match action.kind.as_str() {
        "DisconnectParticipant" | "EndFlowExecution" | "TransferToFlow" | "TransferContactToQueue" => true,
        "TransferParticipantToThirdParty" => action.text("ContinueFlowExecution") != Some("True"),
        _ => false,
    }
}
