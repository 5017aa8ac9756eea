//! Ways through a flow: none goes round without a pause (V11), all end (V12).

use std::collections::BTreeSet;

use super::{graph, leaves};
use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};

/// Actions that take time, or that count.
const PAUSES: [&str; 5] = [
    "InvokeLambdaFunction",
    "GetParticipantInput",
    "ConnectParticipantWithLexBot",
    "Wait",
    "MessageParticipantIteratively",
];

pub(super) fn check(flow: &Flow, out: &mut Vec<Finding>) {
    cycles(flow, out);
    ends(flow, out);
}

fn cycles(flow: &Flow, out: &mut Vec<Finding>) {
    let mut left: BTreeSet<&str> = flow
        .content
        .actions
        .iter()
        .filter(|it| !PAUSES.contains(&it.kind.as_str()))
        .map(|it| it.id.as_str())
        .collect();
    // Whatever leads to nothing that is left, or has nothing left that leads to it, is on no cycle.
    loop {
        let entered: BTreeSet<&str> = flow
            .content
            .actions
            .iter()
            .filter(|it| left.contains(it.id.as_str()))
            .flat_map(|it| it.transitions.targets())
            .collect();
        let stays = |id: &&str| {
            let goes_on = flow
                .content
                .action(id)
                .is_some_and(|it| it.transitions.targets().any(|to| left.contains(to)));
            entered.contains(*id) && goes_on
        };
        let next: BTreeSet<&str> = left.iter().copied().filter(|id| stays(id)).collect();
        if next.len() == left.len() {
            break;
        }
        left = next;
    }
    if let Some(first) = left.first() {
        let all: Vec<&str> = left.iter().copied().collect();
        let what = format!("{} go round without a pause", all.join(", "));
        let fix = "put a function, an input, a bot, a wait or music into the circle";
        out.push(Finding::new("V11", what, fix).at(first));
    }
}

/// Whether a contact that comes here has been taken leave of.
fn takes_leave(action: &Action) -> bool {
    action.kind == "DisconnectParticipant"
        || action.kind == "TransferToFlow" && action.text("ContactFlowId") == Some("{{flow:Error}}")
}

fn ends(flow: &Flow, out: &mut Vec<Finding>) {
    let content = &flow.content;
    let ends = |action: &Action| leaves(action) || flow.flow_type == FlowType::CustomerHold;
    let ending = graph::leading_to(content, ends);
    for action in content.actions.iter().filter(|it| !ending.contains(it.id.as_str())) {
        let fix = match flow.flow_type {
            FlowType::ContactFlow => {
                "lead it to DisconnectParticipant, TransferToFlow or TransferContactToQueue"
            }
            _ => "lead it to EndFlowExecution",
        };
        out.push(Finding::new("V12", "no way from here ends the flow", fix).at(&action.id));
    }
    if flow.flow_type != FlowType::ContactFlow {
        return;
    }
    let leaving = graph::leading_to(content, takes_leave);
    for action in &content.actions {
        for branch in action.transitions.errors.iter().filter(|it| it.error != "NoMatchingCondition") {
            if content.action(&branch.next).is_some() && !leaving.contains(branch.next.as_str()) {
                let what = format!("after {} no way leads to the flow Error or to the end", branch.error);
                let fix = "lead it to TransferToFlow {{flow:Error}} or to DisconnectParticipant";
                out.push(Finding::new("V12", what, fix).at(&action.id));
            }
        }
    }
}
