//! Builds the full network from rule sets.

use std::borrow::Borrow;

use rustc_hash::FxHashMap;

use super::cycles::{cycles, distances};
use super::{Edge, Link, Network, Node, NodeKind};
use crate::compat::Compat;
use crate::kinds::{self, EdgeKind, ParamKind, RuleType};
use crate::model::{Rule, RuleSet};
use crate::references::{in_name_order, in_rule_order};
use crate::value::Text;

impl Network {
    /// The network of all rule sets, disabled ones included and marked.
    pub fn build<R: Borrow<RuleSet>>(rule_sets: &[R]) -> Network {
        let ordered = in_name_order(rule_sets);
        let mut graph = Build::default();
        let empty = Text::from("");
        for set in &ordered {
            for end_point in &set.end_points {
                graph.node(NodeKind::EndPoint, end_point);
            }
        }
        for set in &ordered {
            let at = graph.node(NodeKind::RuleSet, &set.name);
            let node = &mut graph.out.nodes[at];
            node.description = Text::clone(&set.description);
            node.folder = Text::clone(&set.folder);
            node.enabled = set.enabled;
        }
        for set in &ordered {
            let to = graph.node(NodeKind::RuleSet, &set.name);
            for end_point in &set.end_points {
                let from = graph.node(NodeKind::EndPoint, end_point);
                graph.link(from, to, link(EdgeKind::Entry, "", &empty, &empty, set.enabled));
            }
        }
        for set in &ordered {
            let from = graph.node(NodeKind::RuleSet, &set.name);
            for rule in in_rule_order(set, Compat::Corrected) {
                graph.rule(from, rule, set.enabled && rule.enabled);
            }
        }
        graph.finish()
    }
}

fn link(kind: EdgeKind, label: &str, rule: &Text, param: &Text, enabled: bool) -> Link {
    Link { kind, label: label.to_owned(), rule: Text::clone(rule), param: Text::clone(param), enabled }
}

#[derive(Default)]
struct Build {
    out: Network,
    nodes: FxHashMap<(NodeKind, Text), usize>,
    edges: FxHashMap<(usize, usize), usize>,
}

impl Build {
    fn node(&mut self, kind: NodeKind, name: &Text) -> usize {
        let nodes = &mut self.out.nodes;
        *self.nodes.entry((kind, Text::clone(name))).or_insert_with(|| {
            let none = Text::from("");
            nodes.push(Node {
                kind,
                name: Text::clone(name),
                description: Text::clone(&none),
                folder: none,
                enabled: true,
                layer: None,
                cycle: None,
            });
            nodes.len() - 1
        })
    }

    fn link(&mut self, from: usize, to: usize, link: Link) {
        let edges = &mut self.out.edges;
        let at = *self.edges.entry((from, to)).or_insert_with(|| {
            edges.push(Edge { from, to, links: Vec::new() });
            edges.len() - 1
        });
        edges[at].links.push(link);
    }

    fn rule(&mut self, from: usize, rule: &Rule, enabled: bool) {
        for reference in kinds::references(rule) {
            let Some(edge) = reference.edge else { continue };
            let kind = match reference.kind {
                _ if reference.dynamic => NodeKind::Dynamic,
                ParamKind::Queue => NodeKind::Queue,
                ParamKind::RuleSet => {
                    let known = self.nodes.contains_key(&(NodeKind::RuleSet, Text::clone(reference.target)));
                    if known { NodeKind::RuleSet } else { NodeKind::Missing }
                }
                _ => continue,
            };
            let to = self.node(kind, reference.target);
            let share;
            let label = match edge {
                EdgeKind::MenuKey | EdgeKind::Intent => reference.suffix,
                EdgeKind::Chance if reference.suffix.is_empty() => "rest",
                EdgeKind::Chance => {
                    let percent = rule.params.get(&format!("percentage{}", reference.suffix));
                    share = percent.map(|percent| format!("{percent}%")).unwrap_or_default();
                    &share
                }
                _ => "",
            };
            self.link(from, to, link(edge, label, &rule.name, reference.param, enabled));
        }
        match rule.rule_type {
            RuleType::Terminate => {
                let to = self.node(NodeKind::Terminate, &Text::from("Terminate"));
                self.link(from, to, link(EdgeKind::Exit, "", &rule.name, &Text::from(""), enabled));
            }
            RuleType::ExternalNumber => {
                if let Some(number) = rule.params.get("externalNumber") {
                    let to = self.node(NodeKind::Outbound, &number.text());
                    let param = Text::from("externalNumber");
                    self.link(from, to, link(EdgeKind::Exit, "", &rule.name, &param, enabled));
                }
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Network {
        self.out.edges.sort_by_key(|edge| edge.from);
        let count = self.out.nodes.len();
        let nodes = &self.out.nodes;
        let live: Vec<(u32, u32)> = self
            .out
            .edges
            .iter()
            .filter(|edge| {
                nodes[edge.from].enabled
                    && nodes[edge.to].enabled
                    && edge.links.iter().any(|link| link.enabled)
            })
            .map(|edge| (edge.from as u32, edge.to as u32))
            .collect();
        let starts: Vec<u32> =
            (0..count).filter(|i| nodes[*i].kind == NodeKind::EndPoint).map(|i| i as u32).collect();
        let layers = distances(count, &live, &starts);
        let found = cycles(count, &live);
        for (node, layer) in self.out.nodes.iter_mut().zip(layers) {
            node.layer = layer;
        }
        for (number, cycle) in found.into_iter().enumerate() {
            for node in &cycle {
                self.out.nodes[*node as usize].cycle = Some(number);
            }
            self.out.cycles.push(cycle.into_iter().map(|node| node as usize).collect());
        }
        self.out
    }
}
