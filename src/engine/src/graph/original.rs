//! The graph document of the original (`spec/admin.md` 14.1 and 14.2), with its omissions: error, no-input,
//! out-of-hours, staffing, text inference and wait targets are not drawn.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::compat::Compat;
use crate::kinds::RuleType;
use crate::model::{Rule, RuleSet};
use crate::references::{in_name_order, in_rule_order};
use crate::value::{Map, Value};

const GREEN: &str = "#4ea435";
const ORANGE: &str = "#f89800";

/// Nodes and edges as the original sends them to its viewer.
///
/// Rule sets without an identifier (a file) get none in the document.
pub fn original(rule_sets: &[RuleSet]) -> Value {
    let mut graph = Graph::default();
    let ordered = in_name_order(rule_sets);
    for rule_set in &ordered {
        let id = graph.rule_set(rule_set);
        for end_point in &rule_set.end_points {
            let from = graph.node(end_point, format!("End point: {end_point}"), "endPoint", "customer");
            graph.edge(Some(from), Some(id), None, Some(GREEN));
        }
    }
    for rule_set in &ordered {
        let Some(from) = graph.by_name.get(&*rule_set.name).copied() else { continue };
        for rule in in_rule_order(rule_set, Compat::Original) {
            graph.rule(from, rule);
        }
    }
    graph.finish()
}

#[derive(Default)]
struct Graph<'a> {
    nodes: Vec<Value>,
    /// By source and target; a target that does not exist is `None`.
    edges: IndexMap<(Option<usize>, Option<usize>), Edge, FxBuildHasher>,
    by_name: FxHashMap<&'a str, usize>,
    outbound: FxHashMap<&'a str, usize>,
}

struct Edge {
    label: Option<String>,
    colour: Option<&'static str>,
    both: bool,
}

impl<'a> Graph<'a> {
    fn rule_set(&mut self, rule_set: &'a RuleSet) -> usize {
        let id = self.nodes.len();
        let mut node = Map::new();
        node.insert("id", Value::Number(id as f64));
        node.insert("folder", Value::String(rule_set.folder.clone()));
        if let Some(id) = &rule_set.id {
            node.insert("ruleSetId", Value::String(id.clone()));
        }
        node.insert("label", rule_set.name.replacen(" - ", "\n", 1).into());
        node.insert("title", Value::String(rule_set.description.clone()));
        node.insert("type", "ruleSet".into());
        node.insert("shape", "image".into());
        node.insert("image", "img/icons/ruleset.png".into());
        self.nodes.push(node.into());
        self.by_name.insert(&rule_set.name, id);
        id
    }

    fn node(&mut self, label: &str, title: String, kind: &str, icon: &str) -> usize {
        let id = self.nodes.len();
        let mut node = Map::new();
        node.insert("id", Value::Number(id as f64));
        node.insert("label", label.into());
        node.insert("title", title.into());
        node.insert("shape", "image".into());
        node.insert("type", kind.into());
        node.insert("image", format!("img/icons/{icon}.png").into());
        self.nodes.push(node.into());
        id
    }

    fn rule(&mut self, from: usize, rule: &'a Rule) {
        let text = |param: &str| rule.params.text(param).unwrap_or_default();
        match rule.rule_type {
            RuleType::RuleSet => {
                let to = self.target(text("ruleSetName"));
                self.edge(Some(from), to, None, None);
                if text("returnHere") == "true" {
                    self.edge(to, Some(from), None, None);
                }
            }
            RuleType::DTMFMenu => {
                for (param, value) in rule.params.iter() {
                    if let (Some(key), Some(target)) = (menu_key(param), value.as_str()) {
                        let to = self.target(target);
                        self.edge(Some(from), to, Some(key), None);
                    }
                }
            }
            RuleType::NLUMenu => {
                for (param, value) in rule.params.iter() {
                    if let (true, Some(target)) = (param.starts_with("intentRuleSet_"), value.as_str()) {
                        let to = self.target(target);
                        self.edge(Some(from), to, None, None);
                    }
                }
            }
            RuleType::Distribution => {
                for (param, value) in rule.params.iter() {
                    if let (Some(i), Some(target)) = (param.strip_prefix("ruleSetName"), value.as_str()) {
                        let to = self.target(target);
                        self.edge(Some(from), to, rule.params.text(&format!("percentage{i}")), None);
                    }
                }
                if let Some(target) = rule.params.text("defaultRuleSetName") {
                    let to = self.target(target);
                    self.edge(Some(from), to, Some("Default"), None);
                }
            }
            RuleType::Queue => {
                let name = text("queueName");
                let to = self.node(name, format!("Queue: {name}"), "queue", "agent");
                self.edge(Some(from), Some(to), None, Some(ORANGE));
            }
            RuleType::Terminate => {
                let to = self.node("Terminate", "Terminate".to_owned(), "terminate", "terminate");
                self.edge(Some(from), Some(to), None, Some(ORANGE));
            }
            RuleType::ExternalNumber => {
                let number = rule.params.text("externalNumber").unwrap_or_default();
                let to = match self.outbound.get(number) {
                    Some(id) => *id,
                    None => self.node(number, format!("External number: {number}"), "outbound", "phone"),
                };
                self.outbound.insert(number, to);
                self.edge(Some(from), Some(to), None, Some(ORANGE));
            }
            _ => {}
        }
    }

    fn target(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// A second edge of the same direction is dropped; the first one of the opposite direction turns the
    /// existing one into a double arrow.
    fn edge(
        &mut self,
        from: Option<usize>,
        to: Option<usize>,
        label: Option<&str>,
        colour: Option<&'static str>,
    ) {
        if self.edges.contains_key(&(from, to)) {
            return;
        }
        let Some(opposite) = self.edges.get_mut(&(to, from)) else {
            self.edges.insert((from, to), Edge { label: label.map(str::to_owned), colour, both: false });
            return;
        };
        if opposite.both {
            return;
        }
        opposite.both = true;
        if let Some(label) = label {
            opposite.label = Some(match opposite.label.take() {
                Some(old) => format!("{old},{label}"),
                None => label.to_owned(),
            });
        }
    }

    fn finish(self) -> Value {
        let edges: Vec<Value> =
            self.edges.into_iter().map(|((from, to), edge)| edge_value(from, to, edge)).collect();
        let mut out = Map::new();
        out.insert("nodes", self.nodes.into());
        out.insert("edges", edges.into());
        out.into()
    }
}

/// The digits behind the first `dtmf` in a parameter name.
fn menu_key(param: &str) -> Option<&str> {
    let rest = &param[param.find("dtmf")? + 4..];
    let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

fn edge_value(from: Option<usize>, to: Option<usize>, edge: Edge) -> Value {
    let arrow = || object([("enabled", true.into()), ("type", "arrow".into())]);
    let mut arrows = Map::new();
    arrows.insert("to", arrow());
    if edge.both {
        arrows.insert("from", arrow());
    }
    let mut out = Map::new();
    if let Some(from) = from {
        out.insert("from", Value::Number(from as f64));
    }
    if let Some(to) = to {
        out.insert("to", Value::Number(to as f64));
    }
    out.insert("font", object([("align", "top".into()), ("color", "#418aeb".into())]));
    out.insert("arrows", arrows.into());
    if let Some(label) = edge.label {
        out.insert("label", label.into());
    }
    if let Some(colour) = edge.colour {
        out.insert("color", object([("color", colour.into()), ("highlight", colour.into())]));
    }
    out.into()
}

fn object<const N: usize>(members: [(&'static str, Value); N]) -> Value {
    members.into_iter().collect::<Map>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// Identifiers are free: they are taken out on both sides.
    fn without_ids(document: &Value) -> Value {
        let nodes: Vec<Value> = document
            .member("nodes")
            .as_array()
            .unwrap()
            .iter()
            .map(|node| {
                let mut node = node.as_object().unwrap().clone();
                node.remove("ruleSetId");
                node.into()
            })
            .collect();
        object([("nodes", nodes.into()), ("edges", document.member("edges"))])
    }

    #[test]
    fn graphs_are_those_of_the_original() {
        golden::each("graph", |record| {
            let sets = golden::rule_sets(&golden::text(record, "workspace"));
            let (got, want) = (without_ids(&original(&sets)), without_ids(&record.member("result")));
            for list in ["nodes", "edges"] {
                let (got, want) = (got.member(list), want.member(list));
                for i in 0..got.as_array().unwrap().len().max(want.as_array().unwrap().len()) {
                    let i = i.to_string();
                    golden::same(&got.member(&i), &want.member(&i))
                        .map_err(|why| format!("{list} {i}: {why}, want {:?}", want.member(&i)))?;
                }
            }
            Ok(())
        });
    }

    #[test]
    fn sample_graphs() {
        for (source, graph) in
            [("ruleset-export.json", "graph.json"), ("graph-cases.json", "graph-cases.json")]
        {
            let (source, graph) = (golden::example(source), golden::example(graph));
            let want = crate::json::parse(&graph).unwrap();
            let want = if want.member("graph").is_nil() { want } else { want.member("graph") };
            let got = without_ids(&original(&golden::parse(&source)));
            assert_eq!(got, without_ids(&want));
        }
    }

    #[test]
    fn rule_sets_of_a_store_carry_their_identifier() {
        let sets = golden::parse(r#"[{"name":"A - b - c","ruleSetId":"x1"}]"#);
        let node = original(&sets).member("nodes").member("0");
        assert_eq!(node.member("ruleSetId"), "x1".into());
        assert_eq!(node.member("label"), "A\nb - c".into());
    }
}
