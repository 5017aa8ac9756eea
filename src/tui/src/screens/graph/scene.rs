//! The part of the network that is on screen, with its texts and its drawing.

use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::graph::{Edge, Link, Network, Node, NodeKind};
use connect_rules_engine::kinds::EdgeKind;
use unicode_width::UnicodeWidthStr as _;

use super::layout::{Layout, Line, Shape};
use super::whole::{Overlay, Walked, Whole};
use crate::clean;

/// The widest name of a node in the drawing; the whole name stands in the pane of the node.
const NAME: usize = 30;
/// The widest label of an edge.
const LABEL: usize = 22;

/// Which edges are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    /// All.
    #[default]
    All,
    /// Those that contacts take without being asked: entries, routes, shares, returns, exits.
    Routes,
    /// Keys of menus and intents.
    Menus,
    /// What happens when something is wrong or closed.
    Errors,
}

impl Kinds {
    /// The next choice.
    #[must_use]
    pub fn next(self) -> Kinds {
        match self {
            Kinds::All => Kinds::Routes,
            Kinds::Routes => Kinds::Menus,
            Kinds::Menus => Kinds::Errors,
            Kinds::Errors => Kinds::All,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Kinds::All => "all links",
            Kinds::Routes => "routes only",
            Kinds::Menus => "menus and intents only",
            Kinds::Errors => "errors, no input, closed, unstaffed only",
        }
    }

    /// Whether a link is shown.
    pub fn has(self, kind: EdgeKind) -> bool {
        match kind {
            EdgeKind::Entry
            | EdgeKind::Route
            | EdgeKind::Chance
            | EdgeKind::Return
            | EdgeKind::Wait
            | EdgeKind::Exit => matches!(self, Kinds::All | Kinds::Routes),
            EdgeKind::MenuKey | EdgeKind::Intent => matches!(self, Kinds::All | Kinds::Menus),
            EdgeKind::Error | EdgeKind::NoInput | EdgeKind::Hours | EdgeKind::Staffing => {
                matches!(self, Kinds::All | Kinds::Errors)
            }
        }
    }
}

/// How much is written beside lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing: names only.
    Names,
    /// Labels.
    #[default]
    Labels,
    /// Labels and the rules that make the links.
    Rules,
}

/// What is wanted on screen.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only what is near this node, at most so many links away; none for everything.
    pub focus: Option<(usize, u32)>,
    /// Which edges.
    pub kinds: Kinds,
    /// How much is written beside lines.
    pub detail: Detail,
    /// Whether queues, numbers and ends stand once for every rule set that leads there.
    pub split: bool,
    /// Only nodes that are true here, if given.
    pub only: Option<Vec<bool>>,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The contact simply goes there.
    Solid,
    /// Something is wrong or closed; or, with coverage, no test walks there.
    Dashed,
    /// After waiting.
    Dotted,
}

/// What is on screen.
#[derive(Debug, Default)]
pub struct Scene {
    /// The part of the network.
    pub part: Network,
    /// Number in the whole network of each node.
    pub of: Vec<usize>,
    /// Number in the whole network of each edge.
    pub edge_of: Vec<usize>,
    /// Edges out of each node.
    pub outs: Vec<Vec<u32>>,
    /// Edges into each node.
    pub ins: Vec<Vec<u32>>,
    /// Text of each node.
    pub nodes: Vec<String>,
    /// Label of each edge.
    pub labels: Vec<String>,
    /// What is written for each edge that is not drawn through.
    pub jumps: Vec<String>,
    /// Look of each edge.
    pub looks: Vec<Look>,
    /// The drawing.
    pub layout: Layout,
}

impl Scene {
    /// The part of the whole that is wanted, drawn.
    pub fn new(whole: &Whole, wanted: &Wanted, overlay: Option<&Arc<Overlay>>) -> Scene {
        let kinds = wanted.kinds;
        let shown = |link: &Link| kinds.has(link.kind);
        let count = whole.network.nodes.len();
        let mut keep = match wanted.focus {
            Some((focus, depth)) => whole.near(focus, depth, shown),
            None => vec![true; count],
        };
        if let Some(only) = &wanted.only {
            for (at, (keep, only)) in keep.iter_mut().zip(only).enumerate() {
                *keep &= *only || wanted.focus.is_some_and(|(focus, _)| focus == at);
            }
        }
        let mut scene = Scene::default();
        let mut number = vec![usize::MAX; count];
        for at in (0..count).filter(|at| keep[*at]) {
            number[at] = scene.of.len();
            scene.of.push(at);
            scene.part.nodes.push(whole.network.nodes[at].clone());
        }
        let mut hidden = vec![0_u32; scene.of.len()];
        for (at, edge) in whole.network.edges.iter().enumerate() {
            let (from, to) = (number[edge.from], number[edge.to]);
            if from == usize::MAX && to == usize::MAX {
                continue;
            }
            let links: Vec<Link> = edge.links.iter().filter(|link| shown(link)).cloned().collect();
            if links.is_empty() {
                continue;
            }
            if from == usize::MAX || to == usize::MAX {
                hidden[if from == usize::MAX { to } else { from }] += 1;
                continue;
            }
            scene.part.edges.push(Edge { from, to, links });
            scene.edge_of.push(at);
        }
        for cycle in &whole.network.cycles {
            scene.part.cycles.push(cycle.iter().filter(|at| keep[**at]).map(|at| number[*at]).collect());
        }
        if wanted.split {
            scene.split(&mut hidden);
        }
        scene.join();
        scene.write(wanted.detail, &hidden, overlay.map(|it| &**it));
        scene
    }

    /// Gives every rule set its own queues, numbers and ends.
    fn split(&mut self, hidden: &mut Vec<u32>) {
        let mut used = vec![false; self.part.nodes.len()];
        for at in 0..self.part.edges.len() {
            let to = self.part.edges[at].to;
            if !is_exit(&self.part.nodes[to]) {
                continue;
            }
            if used[to] {
                self.part.nodes.push(self.part.nodes[to].clone());
                self.of.push(self.of[to]);
                hidden.push(0);
                self.part.edges[at].to = self.part.nodes.len() - 1;
            }
            used[to] = true;
        }
    }

    fn join(&mut self) {
        self.outs = vec![Vec::new(); self.part.nodes.len()];
        self.ins = vec![Vec::new(); self.part.nodes.len()];
        for (at, edge) in self.part.edges.iter().enumerate() {
            self.outs[edge.from].push(at as u32);
            self.ins[edge.to].push(at as u32);
        }
    }

    fn write(&mut self, detail: Detail, hidden: &[u32], overlay: Option<&Overlay>) {
        let never = |walked: Option<&Walked>| walked == Some(&Walked::Never);
        for (at, node) in self.part.nodes.iter().enumerate() {
            let mut text = String::new();
            if never(overlay.and_then(|it| it.nodes.get(self.of[at]))) {
                text.push_str("○ ");
            }
            text.push_str(&name(node, NAME));
            if !node.enabled {
                text.push_str(" (off)");
            } else if node.kind == NodeKind::RuleSet && node.layer.is_none() {
                text.push_str(" ⚠");
            }
            if node.cycle.is_some() {
                text.push_str(" ↺");
            }
            if hidden[at] > 0 {
                let _ = write!(text, " +{}", hidden[at]);
            }
            self.nodes.push(text);
        }
        for (at, edge) in self.part.edges.iter().enumerate() {
            let never = never(overlay.and_then(|it| it.edges.get(self.edge_of[at])));
            let mut label = match detail {
                Detail::Names => String::new(),
                Detail::Labels => edge.label(),
                Detail::Rules => with_rules(edge),
            };
            let widest = if detail == Detail::Rules { 2 * LABEL } else { LABEL };
            label = clean::fit(&label, widest).into_owned();
            if never {
                label = if label.is_empty() { "○".to_owned() } else { format!("○ {label}") };
            }
            self.labels.push(label);
            let to = &self.part.nodes[edge.to];
            let mark = if to.cycle.is_some() && self.part.nodes[edge.from].cycle == to.cycle {
                "↺"
            } else {
                "▸"
            };
            self.jumps.push(format!("{mark} {}", name(to, NAME)));
            self.looks.push(look(edge, never, overlay.is_some()));
        }
        let shapes: Vec<Shape> = (self.part.nodes.iter().zip(&self.nodes))
            .map(|(node, text)| Shape { width: text.width() as u32, start: node.kind == NodeKind::EndPoint })
            .collect();
        let lines: Vec<Line> = (self.part.edges.iter().zip(self.labels.iter().zip(&self.jumps)))
            .map(|(edge, (label, jump))| Line {
                from: edge.from as u32,
                to: edge.to as u32,
                label: label.width() as u32,
                jump: jump.width() as u32,
            })
            .collect();
        self.layout = Layout::new(&shapes, &lines);
    }

    /// The node that stands for a node of the whole network.
    pub fn node(&self, of_whole: usize) -> Option<usize> {
        self.of.iter().position(|at| *at == of_whole)
    }

    /// The edge from one node to another.
    pub fn edge(&self, from: usize, to: usize) -> Option<usize> {
        self.outs[from].iter().map(|edge| *edge as usize).find(|edge| self.part.edges[*edge].to == to)
    }
}

/// Whether contacts leave the rules there.
pub fn is_exit(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Queue | NodeKind::Outbound | NodeKind::Terminate)
}

/// A node in a word, with the mark of its kind.
pub fn name(node: &Node, width: usize) -> String {
    let name = clean::fit(&node.name, width);
    match node.kind {
        NodeKind::RuleSet => name.into_owned(),
        NodeKind::EndPoint => format!("☎ {name}"),
        NodeKind::Missing => format!("✗ {name} ?"),
        NodeKind::Dynamic => format!("◆ {name}"),
        NodeKind::Queue => format!("⇒ {name}"),
        NodeKind::Outbound => format!("» {name}"),
        NodeKind::Terminate => "■ end".to_owned(),
    }
}

/// What a node is, in words.
pub fn kind(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::RuleSet => "rule set",
        NodeKind::EndPoint => "end point",
        NodeKind::Missing => "missing rule set",
        NodeKind::Dynamic => "rule set chosen by a template",
        NodeKind::Queue => "queue",
        NodeKind::Outbound => "external number",
        NodeKind::Terminate => "end of the contact",
    }
}

/// A label with the rules that make its links.
pub fn with_rules(edge: &Edge) -> String {
    let mut rules: Vec<&str> = Vec::new();
    for link in &edge.links {
        if !link.rule.is_empty() && !rules.contains(&&*link.rule) {
            rules.push(&link.rule);
        }
    }
    match (edge.label(), rules.join(", ")) {
        (label, rules) if rules.is_empty() => label,
        (label, rules) if label.is_empty() => format!("({rules})"),
        (label, rules) => format!("{label} ({rules})"),
    }
}

fn look(edge: &Edge, never: bool, overlay: bool) -> Look {
    let all = |kinds: &[EdgeKind]| edge.links.iter().all(|link| kinds.contains(&link.kind));
    if overlay {
        return if never { Look::Dashed } else { Look::Solid };
    }
    if all(&[EdgeKind::Error, EdgeKind::NoInput, EdgeKind::Hours, EdgeKind::Staffing]) {
        Look::Dashed
    } else if all(&[EdgeKind::Wait]) {
        Look::Dotted
    } else {
        Look::Solid
    }
}
