//! Parts of a network: around a node, from or to a node, of a folder, of some kinds of edges.

use super::cycles::distances;
use super::{Network, NodeKind};
use crate::kinds::EdgeKind;

/// Which part of a network is wanted; everything given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The node of this name and everything at most this many links away, in either direction.
    pub focus: Option<(String, u32)>,
    /// What contacts can reach from the node of this name.
    pub from: Option<String>,
    /// From where contacts can reach the node of this name.
    pub to: Option<String>,
    /// Rule sets of this folder and below, with what they lead to directly.
    pub folder: Option<String>,
    /// Only links of these kinds; empty for all.
    pub kinds: Vec<EdgeKind>,
}

/// There is no node of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the graph has no rule set, end point, queue or number called `{0}`")]
pub struct UnknownNode(pub String);

impl Network {
    /// The part of the network that the filter wants. Layers and cycles stay those of the whole.
    ///
    /// # Errors
    /// A name of the filter is not in the network.
    pub fn filtered(&self, filter: &Filter) -> Result<Network, UnknownNode> {
        let mut out = self.clone();
        if !filter.kinds.is_empty() {
            for edge in &mut out.edges {
                edge.links.retain(|link| filter.kinds.contains(&link.kind));
            }
            out.edges.retain(|edge| !edge.links.is_empty());
        }
        let count = out.nodes.len();
        let forward: Vec<(u32, u32)> = out.edges.iter().map(|e| (e.from as u32, e.to as u32)).collect();
        let backward: Vec<(u32, u32)> = forward.iter().map(|(from, to)| (*to, *from)).collect();
        let mut keep = vec![true; count];
        let mut only = |edges: &[(u32, u32)], name: &str, most: u32| {
            let start = self.find(name).ok_or_else(|| UnknownNode(name.to_owned()))?;
            for (keep, steps) in keep.iter_mut().zip(distances(count, edges, &[start as u32])) {
                *keep &= steps.is_some_and(|steps| steps <= most);
            }
            Ok(())
        };
        if let Some((name, most)) = &filter.focus {
            let both: Vec<(u32, u32)> = forward.iter().chain(&backward).copied().collect();
            only(&both, name, *most)?;
        }
        if let Some(name) = &filter.from {
            only(&forward, name, u32::MAX)?;
        }
        if let Some(name) = &filter.to {
            only(&backward, name, u32::MAX)?;
        }
        if let Some(folder) = &filter.folder {
            let inside: Vec<bool> = out
                .nodes
                .iter()
                .map(|node| node.kind == NodeKind::RuleSet && is_below(&node.folder, folder))
                .collect();
            let mut near = inside.clone();
            for (from, to) in &forward {
                let (from, to) = (*from as usize, *to as usize);
                near[to] |= inside[from];
                near[from] |= inside[to] && out.nodes[from].kind == NodeKind::EndPoint;
            }
            for (keep, near) in keep.iter_mut().zip(near) {
                *keep &= near;
            }
        }
        out.keep(&keep);
        Ok(out)
    }

    fn keep(&mut self, keep: &[bool]) {
        let mut number = vec![usize::MAX; keep.len()];
        let mut next = 0;
        for (i, keep) in keep.iter().enumerate() {
            if *keep {
                number[i] = next;
                next += 1;
            }
        }
        let mut at = 0..keep.len();
        self.nodes.retain(|_| at.next().is_some_and(|i| keep[i]));
        self.edges.retain_mut(|edge| {
            let kept = keep[edge.from] && keep[edge.to];
            if kept {
                (edge.from, edge.to) = (number[edge.from], number[edge.to]);
            }
            kept
        });
        for cycle in &mut self.cycles {
            cycle.retain_mut(|node| {
                let kept = keep[*node];
                if kept {
                    *node = number[*node];
                }
                kept
            });
        }
    }
}

/// Whether a folder is the other one or below it, by whole elements.
fn is_below(folder: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    folder.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
