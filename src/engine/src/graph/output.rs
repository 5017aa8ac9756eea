//! The network as a readable listing, as DOT, as Mermaid and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Edge, Network, Node, NodeKind};
use crate::kinds::EdgeKind;

/// A listing by layers: end points first, then what they lead to, then what nothing leads to.
///
/// One line per node and, indented, one per edge; no columns, so wide characters do no harm. Control
/// characters are shown, not sent.
pub fn text(network: &Network) -> String {
    let mut out = String::new();
    let mut order: Vec<usize> = (0..network.nodes.len()).collect();
    order.sort_by_key(|i| (network.nodes[*i].layer.unwrap_or(u32::MAX), *i));
    let starts = edge_starts(network);
    let mut layer = None;
    for i in order {
        let node = &network.nodes[i];
        if !matches!(node.kind, NodeKind::EndPoint | NodeKind::RuleSet) {
            continue;
        }
        if layer != Some(node.layer) {
            if layer.is_some() {
                out.push('\n');
            }
            let _ = match node.layer {
                Some(0) => writeln!(out, "End points"),
                Some(1) => writeln!(out, "First rule sets"),
                Some(steps) => writeln!(out, "After {steps} steps"),
                None => writeln!(out, "Not reachable"),
            };
            layer = Some(node.layer);
        }
        let _ = writeln!(out, "  {}{}", name(node), marks(network, node, starts[i]..starts[i + 1]));
        for edge in &network.edges[starts[i]..starts[i + 1]] {
            let _ = write!(out, "    -> {}", name(&network.nodes[edge.to]));
            let label = edge.label();
            if !label.is_empty() {
                let _ = write!(out, "  [{}]", shown(&label));
            }
            out.push('\n');
        }
    }
    let cycles: Vec<&Vec<usize>> = network.cycles.iter().filter(|cycle| !cycle.is_empty()).collect();
    if !cycles.is_empty() {
        out.push_str("\nCycles\n");
    }
    for cycle in cycles {
        let names: Vec<String> = cycle.iter().map(|i| shown(&network.nodes[*i].name)).collect();
        let _ = writeln!(out, "  {}", names.join(", "));
    }
    out
}

/// Where the edges of every node start; edges are sorted by source.
fn edge_starts(network: &Network) -> Vec<usize> {
    let mut starts = vec![0; network.nodes.len() + 1];
    for edge in &network.edges {
        starts[edge.from + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    starts
}

fn name(node: &Node) -> String {
    let name = shown(&node.name);
    match node.kind {
        NodeKind::RuleSet => name,
        NodeKind::EndPoint => format!("end point {name}"),
        NodeKind::Missing => format!("{name} (missing)"),
        NodeKind::Dynamic => format!("{name} (chosen when it runs)"),
        NodeKind::Queue => format!("queue {name}"),
        NodeKind::Outbound => format!("number {name}"),
        NodeKind::Terminate => "end".to_owned(),
    }
}

fn marks(network: &Network, node: &Node, edges: std::ops::Range<usize>) -> String {
    let mut out = String::new();
    if node.kind == NodeKind::RuleSet && &*node.folder != "/" {
        let _ = write!(out, "  {}", shown(&node.folder));
    }
    if !node.enabled {
        out.push_str("  (disabled)");
    }
    if network.edges[edges].iter().any(|edge| edge.from == edge.to) {
        out.push_str("  (leads to itself)");
    } else if node.cycle.is_some() {
        out.push_str("  (in a cycle)");
    }
    out
}

fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// The network for Graphviz.
pub fn dot(network: &Network) -> String {
    let quote = |text: &str| format!("\"{}\"", shown(text).replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = String::from("digraph rules {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (i, node) in network.nodes.iter().enumerate() {
        let look = match node.kind {
            NodeKind::RuleSet if node.enabled => "",
            NodeKind::RuleSet => ", style=\"rounded,dashed\", fontcolor=gray",
            NodeKind::EndPoint => ", shape=cds, color=\"#4ea435\"",
            NodeKind::Missing => ", color=red, fontcolor=red",
            NodeKind::Dynamic => ", shape=diamond",
            NodeKind::Queue | NodeKind::Outbound => ", shape=ellipse, color=\"#f89800\"",
            NodeKind::Terminate => ", shape=doublecircle, color=\"#f89800\"",
        };
        let label =
            if node.kind == NodeKind::Missing { format!("{} ?", node.name) } else { node.name.to_string() };
        let _ = writeln!(out, "  n{i} [label={}{look}];", quote(&label));
    }
    for edge in &network.edges {
        let mut look = Vec::new();
        let label = edge.label();
        if !label.is_empty() {
            look.push(format!("label={}", quote(&label)));
        }
        look.extend(style(edge).map(str::to_owned));
        let _ = writeln!(out, "  n{} -> n{} [{}];", edge.from, edge.to, look.join(", "));
    }
    out.push_str("}\n");
    out
}

/// The line of an edge: that of its first link.
fn style(edge: &Edge) -> Option<&'static str> {
    match edge.links.first()?.kind {
        EdgeKind::Entry => Some("color=\"#4ea435\""),
        EdgeKind::Return => Some("dir=both"),
        EdgeKind::Error | EdgeKind::NoInput => Some("style=dashed, color=red"),
        EdgeKind::Hours | EdgeKind::Staffing => Some("style=dashed, color=\"#f89800\""),
        EdgeKind::Wait => Some("style=dotted"),
        EdgeKind::Exit => Some("color=\"#f89800\""),
        EdgeKind::Route | EdgeKind::MenuKey | EdgeKind::Intent | EdgeKind::Chance => None,
    }
}

/// The network for Mermaid.
pub fn mermaid(network: &Network) -> String {
    let quote = |text: &str| {
        let safe =
            shown(text).replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;");
        format!("\"{safe}\"")
    };
    let mut out = String::from("flowchart LR\n");
    for (i, node) in network.nodes.iter().enumerate() {
        let name = quote(&node.name);
        let _ = match node.kind {
            NodeKind::RuleSet => writeln!(out, "  n{i}[{name}]"),
            NodeKind::EndPoint => writeln!(out, "  n{i}([{name}])"),
            NodeKind::Missing => writeln!(out, "  n{i}[{}]:::missing", quote(&format!("{} ?", node.name))),
            NodeKind::Dynamic => writeln!(out, "  n{i}{{{name}}}"),
            NodeKind::Queue | NodeKind::Outbound => writeln!(out, "  n{i}[/{name}/]"),
            NodeKind::Terminate => writeln!(out, "  n{i}((({name})))"),
        };
    }
    for edge in &network.edges {
        let arrow = match edge.links.first().map(|link| link.kind) {
            Some(EdgeKind::Return) => "<-->",
            Some(
                EdgeKind::Error | EdgeKind::NoInput | EdgeKind::Hours | EdgeKind::Staffing | EdgeKind::Wait,
            ) => "-.->",
            _ => "-->",
        };
        let label = edge.label();
        let label = if label.is_empty() { String::new() } else { format!("|{}|", quote(&label)) };
        let _ = writeln!(out, "  n{} {arrow}{label} n{}", edge.from, edge.to);
    }
    out.push_str("  classDef missing stroke:#c00,color:#c00\n");
    out
}

/// The network as JSON: nodes, edges with their links, cycles and unreachable rule sets by name.
pub fn json(network: &Network) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct File<'a> {
        nodes: &'a [Node],
        edges: &'a [Edge],
        cycles: Vec<Vec<&'a str>>,
        unreachable: Vec<&'a str>,
        missing: Vec<&'a str>,
    }
    let name = |i: usize| &*network.nodes[i].name;
    let missing = |node: &&Node| node.kind == NodeKind::Missing;
    let file = File {
        nodes: &network.nodes,
        edges: &network.edges,
        cycles: network.cycles.iter().map(|cycle| cycle.iter().map(|i| name(*i)).collect()).collect(),
        unreachable: network.unreachable().map(name).collect(),
        missing: network.nodes.iter().filter(missing).map(|node| &*node.name).collect(),
    };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}
