//! The graph as a list: every node with its links under it, for narrow terminals and for reading aloud.

use ratatui::text::{Line, Span};

use super::paint::node_role;
use super::scene::Scene;
use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A node.
    Node(usize),
    /// A link of the node above.
    Edge(usize),
}

/// The rows: nodes from left to right and from top to bottom, as they are drawn.
pub fn entries(scene: &Scene) -> Vec<Entry> {
    let mut out = Vec::with_capacity(scene.part.nodes.len() + scene.part.edges.len());
    for node in scene.layout.order.iter().flatten() {
        out.push(Entry::Node(*node as usize));
        out.extend(scene.outs[*node as usize].iter().map(|edge| Entry::Edge(*edge as usize)));
    }
    out
}

/// The node that a row is about: that of its own, or the one that the link leads to.
pub fn node_of(scene: &Scene, entry: Entry) -> usize {
    match entry {
        Entry::Node(node) => node,
        Entry::Edge(edge) => scene.part.edges[edge].to,
    }
}

/// A row as it is drawn; `found` tells what the filter finds.
pub fn line(
    scene: &Scene,
    entry: Entry,
    found: Option<&[bool]>,
    width: usize,
    view: &View<'_>,
) -> Line<'static> {
    let role = |node: usize| match found {
        Some(found) if found.get(scene.of[node]).copied().unwrap_or(false) => Role::Match,
        Some(_) => Role::Dim,
        None => node_role(&scene.part.nodes[node]),
    };
    match entry {
        Entry::Node(node) => {
            let text = clean::fit(&scene.nodes[node], width.saturating_sub(2)).into_owned();
            Line::from(vec![Span::raw(" "), Span::styled(text, view.style(role(node)))])
        }
        Entry::Edge(edge) => {
            let it = &scene.part.edges[edge];
            let label = clean::fit(&scene.labels[edge], width / 3);
            let line = if label.is_empty() { "──▶".to_owned() } else { format!("─ {label} ─▶") };
            let left = width.saturating_sub(8 + label.len());
            let to = clean::fit(&scene.nodes[it.to], left).into_owned();
            Line::from(vec![
                Span::styled(format!("    {line} "), view.style(Role::Border)),
                Span::styled(to, view.style(role(it.to))),
            ])
        }
    }
}
