//! The network of rule sets: the original's document, the full graph with every link, and its outputs.

mod build;
pub mod cycles;
mod filter;
mod original;
mod output;

use serde::Serialize;

pub use filter::{Filter, UnknownNode};
pub use original::original;
pub use output::{dot, json, mermaid, text};

use crate::kinds::EdgeKind;
use crate::value::Text;

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// Where contacts come in.
    EndPoint,
    /// A rule set.
    RuleSet,
    /// A rule set that is referred to and does not exist.
    Missing,
    /// Rule sets chosen by a template.
    Dynamic,
    /// A queue.
    Queue,
    /// An external number.
    Outbound,
    /// The end of the contact.
    Terminate,
}

/// One node. End points, queues and the end are one node each, however many rule sets use them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// Name of the thing.
    pub name: Text,
    /// Description of a rule set, else empty.
    pub description: Text,
    /// Folder of a rule set, else empty.
    pub folder: Text,
    /// Disabled rule sets are drawn as such.
    pub enabled: bool,
    /// Steps from the nearest end point of an enabled rule set; none when no contact gets here.
    pub layer: Option<u32>,
    /// Number of the cycle that it belongs to.
    pub cycle: Option<usize>,
}

/// A link that one rule makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// What following it means.
    pub kind: EdgeKind,
    /// Key, intent or share; empty for none.
    pub label: String,
    /// Name of the rule; empty for the link of an end point.
    pub rule: Text,
    /// Name of the parameter; empty when the type itself makes the link.
    pub param: Text,
    /// Whether rule and rule set are enabled.
    pub enabled: bool,
}

/// All links from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// Number of the source node.
    pub from: usize,
    /// Number of the target node.
    pub to: usize,
    /// Links in the order of the rules.
    pub links: Vec<Link>,
}

/// Nodes and edges with what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Nodes: end points, rule sets in name order, then the others as they are met.
    pub nodes: Vec<Node>,
    /// Edges by source, in the order of the rules.
    pub edges: Vec<Edge>,
    /// Nodes of every cycle.
    pub cycles: Vec<Vec<usize>>,
}

impl Network {
    /// Enabled rule sets that no contact can reach.
    pub fn unreachable(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|i| {
            let node = &self.nodes[*i];
            node.kind == NodeKind::RuleSet && node.enabled && node.layer.is_none()
        })
    }

    /// The node of that name: rule sets first, then end points, queues and the rest.
    pub fn find(&self, name: &str) -> Option<usize> {
        let of = |set: bool| {
            self.nodes.iter().position(|node| &*node.name == name && (node.kind == NodeKind::RuleSet) == set)
        };
        of(true).or_else(|| of(false))
    }
}

impl Edge {
    /// Labels of the links joined by commas; kinds that need a word and have no label of their own get one.
    pub fn label(&self) -> String {
        let mut seen: Vec<&str> = Vec::new();
        for link in &self.links {
            let label = if link.label.is_empty() { word(link.kind) } else { &link.label };
            if !label.is_empty() && !seen.contains(&label) {
                seen.push(label);
            }
        }
        seen.join(", ")
    }
}

fn word(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Return => "and back",
        EdgeKind::Error => "error",
        EdgeKind::NoInput => "no input",
        EdgeKind::Hours => "out of hours",
        EdgeKind::Staffing => "unstaffed",
        EdgeKind::Wait => "answered",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
