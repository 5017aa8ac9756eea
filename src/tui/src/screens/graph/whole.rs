//! The whole network with what is looked up in it: neighbours, names, and what tests walked.

use std::borrow::Borrow;
use std::sync::Arc;

use connect_rules_engine::coverage::CoverageDetail;
use connect_rules_engine::graph::{Link, Network, Node, NodeKind};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use rustc_hash::FxHashMap;

/// The network of all rule sets.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// Nodes and edges.
    pub network: Network,
    /// Edges out of every node.
    pub outs: Vec<Vec<u32>>,
    /// Edges into every node.
    pub ins: Vec<Vec<u32>>,
    /// Nodes in lower case, with description and folder: what the filter looks into.
    pub texts: Vec<String>,
}

/// What tests did with an edge or a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walked {
    /// It is not counted: disabled, or nothing that a test can do.
    #[default]
    Uncounted,
    /// No test came here.
    Never,
    /// Tests came here so often.
    Times(u64),
}

/// What tests walked, by edge and node of the whole network.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// For every edge.
    pub edges: Vec<Walked>,
    /// For every node.
    pub nodes: Vec<Walked>,
    /// Names of the tests that came to a node.
    pub tests: Vec<Vec<Text>>,
}

impl Whole {
    /// The network of these rule sets.
    pub fn new<R: Borrow<RuleSet>>(rule_sets: &[R]) -> Whole {
        Whole::of(Network::build(rule_sets))
    }

    /// A network that is built already.
    pub fn of(network: Network) -> Whole {
        let mut outs = vec![Vec::new(); network.nodes.len()];
        let mut ins = vec![Vec::new(); network.nodes.len()];
        for (at, edge) in network.edges.iter().enumerate() {
            outs[edge.from].push(at as u32);
            ins[edge.to].push(at as u32);
        }
        let text =
            |node: &Node| format!("{}\n{}\n{}", node.name, node.description, node.folder).to_lowercase();
        let texts = network.nodes.iter().map(text).collect();
        Whole { network, outs, ins, texts }
    }

    /// Where one starts to look: the rule set that most end points lead to and most lines
    /// leave, else the first node.
    pub fn first(&self) -> Option<usize> {
        let entries = |node: &usize| {
            let from = self.ins[*node].iter().map(|edge| self.network.edges[*edge as usize].from);
            from.filter(|from| self.network.nodes[*from].kind == NodeKind::EndPoint).count()
        };
        let sets =
            (0..self.network.nodes.len()).filter(|at| self.network.nodes[*at].kind == NodeKind::RuleSet);
        sets.max_by_key(|node| (entries(node), self.outs[*node].len(), std::cmp::Reverse(*node))).or((!self
            .network
            .nodes
            .is_empty())
        .then_some(0))
    }

    /// The node of that kind and name.
    pub fn find(&self, kind: NodeKind, name: &str) -> Option<usize> {
        self.network.nodes.iter().position(|node| node.kind == kind && &*node.name == name)
    }

    /// Nodes whose name, description or folder contains every word, in any case.
    pub fn matches(&self, filter: &str) -> Vec<bool> {
        let filter = filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        self.texts.iter().map(|text| words.iter().all(|word| text.contains(word))).collect()
    }

    /// The nodes from which contacts come to a node, and to which they go on, at most that many links away.
    ///
    /// The walk does not turn: what else leads to the same end is not near.
    pub fn near(&self, focus: usize, depth: u32, wanted: impl Fn(&Link) -> bool) -> Vec<bool> {
        let edges = &self.network.edges;
        let mut keep = vec![false; self.network.nodes.len()];
        for forward in [true, false] {
            let mut seen = vec![false; keep.len()];
            seen[focus] = true;
            let mut edge_of_walk = vec![focus];
            for _ in 0..depth {
                let mut next = Vec::new();
                for node in edge_of_walk {
                    for edge in if forward { &self.outs[node] } else { &self.ins[node] } {
                        let edge = &edges[*edge as usize];
                        let to = if forward { edge.to } else { edge.from };
                        if !seen[to] && edge.links.iter().any(&wanted) {
                            seen[to] = true;
                            next.push(to);
                        }
                    }
                }
                edge_of_walk = next;
            }
            for (keep, seen) in keep.iter_mut().zip(seen) {
                *keep |= seen;
            }
        }
        keep
    }

    /// What tests walked of this network.
    pub fn overlay(&self, detail: &Arc<CoverageDetail>) -> Overlay {
        let mut hits: FxHashMap<(&str, &str, &str), u64> = FxHashMap::default();
        let mut entries: FxHashMap<(&str, &str), u64> = FxHashMap::default();
        for row in &detail.references {
            match &*row.kind {
                "endPoint" => *entries.entry((&row.target, &row.rule_set)).or_default() += row.hits,
                _ => *hits.entry((&row.rule_set, &row.rule, &row.param)).or_default() += row.hits,
            }
        }
        let mut out = Overlay {
            edges: Vec::with_capacity(self.network.edges.len()),
            nodes: vec![Walked::Uncounted; self.network.nodes.len()],
            tests: vec![Vec::new(); self.network.nodes.len()],
        };
        for set in &detail.rule_sets {
            for rule in &set.rules {
                // The end of a contact names nothing, so the rule itself is counted.
                hits.insert((&set.name, &rule.name, ""), rule.executions);
            }
        }
        for edge in &self.network.edges {
            let (from, to) = (&self.network.nodes[edge.from], &self.network.nodes[edge.to]);
            let mut walked = Walked::Uncounted;
            for link in &edge.links {
                let found = match from.kind {
                    NodeKind::EndPoint => entries.get(&(&*from.name, &*to.name)),
                    _ => hits.get(&(&*from.name, &*link.rule, &*link.param)),
                };
                walked = walked.and(found.copied());
            }
            out.edges.push(walked);
            // End points count what goes out, exits what comes in.
            let node = if from.kind == NodeKind::EndPoint { edge.from } else { edge.to };
            if self.network.nodes[node].kind != NodeKind::RuleSet {
                out.nodes[node] = out.nodes[node].plus(walked);
            }
        }
        let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, node) in self.network.nodes.iter().enumerate() {
            if node.kind == NodeKind::RuleSet {
                by_name.insert(&node.name, at);
            }
        }
        for set in &detail.rule_sets {
            if let Some(at) = by_name.get(&*set.name) {
                out.nodes[*at] = Walked::Uncounted.and(set.entered);
            }
        }
        for row in &detail.hits_by_test {
            if let [kind, name] = row.item.as_slice()
                && &**kind == "ruleSet"
                && let Some(at) = by_name.get(&**name)
            {
                let tests = row.tests.iter().filter_map(|test| detail.tests.get(*test));
                out.tests[*at] = tests.map(|test| Text::clone(&test.name)).collect();
            }
        }
        out
    }
}

impl Walked {
    /// With the hits of one more thing that counts, if it does.
    fn and(self, hits: Option<u64>) -> Walked {
        match (self, hits) {
            (Walked::Times(a), Some(b)) => Walked::Times(a + b),
            (Walked::Uncounted | Walked::Never, Some(0)) => Walked::Never,
            (_, Some(hits)) => Walked::Times(hits),
            (known, None) => known,
        }
    }

    fn plus(self, other: Walked) -> Walked {
        match other {
            Walked::Uncounted => self,
            Walked::Never => self.and(Some(0)),
            Walked::Times(hits) => self.and(Some(hits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Walked;

    #[test]
    fn hits_add_up_and_nothing_is_forgotten() {
        let walked = Walked::Uncounted.and(None).and(Some(0));
        assert_eq!(walked, Walked::Never);
        assert_eq!(walked.and(Some(2)).and(Some(0)).and(Some(1)), Walked::Times(3));
        assert_eq!(Walked::Times(1).plus(Walked::Uncounted), Walked::Times(1));
        assert_eq!(Walked::Times(1).plus(Walked::Never), Walked::Times(1));
    }
}
