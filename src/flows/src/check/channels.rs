//! Actions that do not work on every channel stand behind a test of the channel; in a queue, music comes
//! first (V04).

use std::collections::BTreeSet;

use super::graph::{self, Edge};
use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};
use crate::language::{self, Works};
use crate::reference::references;

type Channels = BTreeSet<String>;

/// The channels that take an edge, of those that reach the action.
fn through(action: &Action, edge: Edge<'_>, before: &Channels) -> Option<Channels> {
    if action.kind != "Compare" || action.text("ComparisonValue") != Some("$.Channel") {
        return Some(before.clone());
    }
    let conditions = &action.transitions.conditions;
    let after: Channels = match edge {
        Edge::Condition(i) => {
            before.iter().filter(|it| conditions[i].operands.contains(it)).cloned().collect()
        }
        _ => {
            before.iter().filter(|it| !conditions.iter().any(|c| c.operands.contains(it))).cloned().collect()
        }
    };
    (!after.is_empty()).then_some(after)
}

/// What an action says in a way that only calls can hear; what is said by reference is chosen by its type.
fn says_by_voice(action: &Action) -> Option<&'static str> {
    if !matches!(action.kind.as_str(), "MessageParticipant" | "ConnectParticipantWithLexBot") {
        return None;
    }
    ["SSML", "PromptId"]
        .into_iter()
        .find(|it| action.text(it).is_some_and(|text| references(text).is_empty()))
}

pub(super) fn check(flow: &Flow, out: &mut Vec<Finding>) {
    let first: Channels = flow.channels.iter().cloned().collect();
    let join = |known: &mut Channels, other: &Channels| {
        let length = known.len();
        known.extend(other.iter().cloned());
        known.len() != length
    };
    let reached = graph::flow(&flow.content, first, through, join);
    for action in &flow.content.actions {
        let Some(channels) = reached.get(action.id.as_str()) else { continue };
        let works = language::spec(&action.kind).map_or(Works::Everywhere, |it| it.works);
        let wanted = match (works, says_by_voice(action)) {
            (Works::Only(channel), _) => channel,
            (Works::Everywhere, Some(_)) => "VOICE",
            _ => continue,
        };
        let others: Vec<&str> = channels.iter().map(String::as_str).filter(|it| *it != wanted).collect();
        if !others.is_empty() {
            let what =
                format!("{} works on {wanted} only and is reached by {}", action.kind, others.join(", "));
            let fix = "put a Compare of $.Channel before it, or take the channel out of channels";
            out.push(Finding::new("V04", what, fix).at(&action.id));
        }
    }
    if flow.flow_type == FlowType::CustomerQueue {
        music_first(flow, out);
    }
}

/// Actions that Amazon Connect allows in queue flows only once the music has been interrupted.
const AFTER_MUSIC: [&str; 3] =
    ["GetParticipantInput", "MessageParticipant", "TransferParticipantToThirdParty"];
const MUSIC: &str = "MessageParticipantIteratively";

fn music_first(flow: &Flow, out: &mut Vec<Finding>) {
    if !flow.content.actions.iter().any(|it| it.kind == MUSIC) {
        return;
    }
    let silent = |action: &Action, _: Edge<'_>, (): &()| (action.kind != MUSIC).then_some(());
    let reached = graph::flow(&flow.content, (), silent, |(), ()| false);
    for action in &flow.content.actions {
        if AFTER_MUSIC.contains(&action.kind.as_str()) && reached.contains_key(action.id.as_str()) {
            let what = format!("{} can come before the music", action.kind);
            out.push(Finding::new("V04", what, format!("lead to it from {MUSIC}")).at(&action.id));
        }
    }
}
