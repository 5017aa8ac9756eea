//! The flow as a whole: bounds (V02), connections (V03), the recorded hash (V14).

use std::collections::BTreeSet;

use super::graph;
use crate::canonical;
use crate::environment::Environment;
use crate::files::{self, FLOWS};
use crate::finding::Finding;
use crate::flow::Flow;
use crate::render;

/// The only version of the flow language.
const VERSION: &str = "2019-10-30";
const MOST_ACTIONS: usize = 250;
/// Characters of content: the most, and from where on to think of it.
const SIZE: (usize, usize) = (256_000, 200_000);
const LONGEST_ID: usize = 50;
const NOT_IN_IDS: &[char] = &['%', ':', '(', '\\', '/', ')', '=', '$', ',', ';', '[', ']', '{', '}'];
const RESERVED: [&str; 10] = [
    "__proto__",
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "toString",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "valueOf",
];

pub(super) fn check(flow: &Flow, out: &mut Vec<Finding>) {
    bounds(flow, out);
    connections(flow, out);
    recorded(flow, out);
}

fn bounds(flow: &Flow, out: &mut Vec<Finding>) {
    let content = &flow.content;
    if content.version != VERSION {
        let what = format!("the version is {:?}", content.version);
        out.push(Finding::new("V02", what, format!("write {VERSION:?}")));
    }
    let count = content.actions.len();
    if count > MOST_ACTIONS {
        let what = format!("there are {count} actions");
        out.push(Finding::new("V02", what, format!("split the flow; {MOST_ACTIONS} are allowed")));
    }
    if content.action(&content.start).is_none() {
        let what = format!("the first action {:?} does not exist", content.start);
        out.push(Finding::new("V02", what, "name an action in StartAction"));
    }
    let mut seen = BTreeSet::new();
    for action in &content.actions {
        let id = &action.id;
        let fault = match () {
            () if !seen.insert(id) => "is used twice",
            () if id.chars().count() > LONGEST_ID => "is longer than 50 characters",
            () if id.contains(NOT_IN_IDS) => "has a character that identifiers must not have",
            () if RESERVED.contains(&id.as_str()) => "is a reserved word",
            () => continue,
        };
        let fix = "use letters, digits and hyphens, and each identifier once";
        out.push(Finding::new("V02", format!("the identifier {id:?} {fault}"), fix).at(id));
    }
    let environment = Environment::sample(std::slice::from_ref(flow));
    let text = render::render_text(flow, &environment).unwrap_or_else(|_| flow.document.to_string());
    let size = text.chars().count();
    let what = format!("the content has {size} characters");
    let fix = format!("split the flow; {} are allowed", SIZE.0);
    if size > SIZE.0 {
        out.push(Finding::new("V02", what, fix));
    } else if size > SIZE.1 {
        out.push(Finding::new("V02", what, fix).warning());
    }
}

fn connections(flow: &Flow, out: &mut Vec<Finding>) {
    let content = &flow.content;
    for action in &content.actions {
        let missing: BTreeSet<&str> =
            action.transitions.targets().filter(|it| content.action(it).is_none()).collect();
        for target in missing {
            let what = format!("it leads to {target:?}, which does not exist");
            out.push(Finding::new("V03", what, "lead it to an action of this flow").at(&action.id));
        }
    }
    let reached = graph::flow(content, (), |_, _, ()| Some(()), |(), ()| false);
    for action in content.actions.iter().filter(|it| !reached.contains_key(it.id.as_str())) {
        let fix = "lead a branch to it, or remove it";
        out.push(Finding::new("V03", "nothing leads to it", fix).at(&action.id));
    }
}

fn recorded(flow: &Flow, out: &mut Vec<Finding>) {
    if !FLOWS.iter().any(|(name, _)| *name == flow.name) {
        return;
    }
    let hash = canonical::hash(&flow.document);
    if files::recorded_hash(&flow.name) != Some(&hash) {
        let fix = format!("if that is meant, write `{} {hash}` into contactflows/hashes.txt", flow.name);
        out.push(Finding::new("V14", "it is not the flow whose hash is recorded", fix).warning());
    }
}
