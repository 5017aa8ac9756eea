//! The full network: links, shared nodes, layers, filters and outputs.

use super::*;
use crate::golden::{self as workspace, parse};

fn sample() -> Network {
    Network::build(&parse(
        r#"[
        {"name":"Main","enabled":true,"endPoints":["Line","Web"],"folder":"/Front","rules":[
          {"name":"menu","type":"DTMFMenu","enabled":true,"priority":"9","params":{"dtmf1":"Sales","dtmf2":"Sales",
            "errorRuleSetName":"Gone","noInputRuleSetName":"Sales"}}]},
        {"name":"Sales","enabled":true,"folder":"/Front/Desk","rules":[
          {"name":"q","type":"Queue","enabled":true,"params":{"queueName":"Desk","outOfHoursRuleSetName":"Main"}},
          {"name":"end","type":"Terminate","enabled":true}]},
        {"name":"Alone","enabled":true,"folder":"/Frontier","rules":[
          {"name":"q","type":"Queue","enabled":true,"params":{"queueName":"Desk"}},
          {"name":"share","type":"Distribution","enabled":true,"params":{"optionCount":"1","ruleSetName0":"{{x}}",
            "percentage0":"25","defaultRuleSetName":"Alone"}},
          {"name":"end","type":"Terminate","enabled":true}]},
        {"name":"Off \"x\"","enabled":false,"rules":[
          {"name":"back","type":"RuleSet","enabled":true,"params":{"ruleSetName":"Main","returnHere":"true"}}]}]"#,
    ))
}

fn edge<'a>(network: &'a Network, from: &str, to: &str) -> &'a Edge {
    let (from, to) = (network.find(from).unwrap(), network.find(to).unwrap());
    network.edges.iter().find(|edge| (edge.from, edge.to) == (from, to)).unwrap()
}

#[test]
fn links_of_one_direction_are_one_edge() {
    let network = sample();
    let menu = edge(&network, "Main", "Sales");
    assert_eq!(menu.label(), "1, 2, no input");
    assert_eq!(menu.links[2].kind, EdgeKind::NoInput);
    assert_eq!(edge(&network, "Sales", "Main").label(), "out of hours");
    assert_eq!(edge(&network, "Alone", "{{x}}").label(), "25%");
    assert_eq!(edge(&network, "Off \"x\"", "Main").label(), "and back");
}

#[test]
fn shared_things_are_one_node_and_missing_ones_are_marked() {
    let network = sample();
    let count = |kind| network.nodes.iter().filter(|node| node.kind == kind).count();
    assert_eq!((count(NodeKind::Queue), count(NodeKind::Terminate), count(NodeKind::Missing)), (1, 1, 1));
    assert_eq!(network.nodes[network.find("Gone").unwrap()].kind, NodeKind::Missing);
    assert_eq!(network.nodes[network.find("{{x}}").unwrap()].kind, NodeKind::Dynamic);
}

#[test]
fn layers_cycles_and_unreachable_rule_sets() {
    let network = sample();
    let layer = |name: &str| network.nodes[network.find(name).unwrap()].layer;
    assert_eq!(
        (layer("Line"), layer("Main"), layer("Sales"), layer("Alone")),
        (Some(0), Some(1), Some(2), None)
    );
    assert_eq!(network.unreachable().map(|i| &*network.nodes[i].name).collect::<Vec<_>>(), ["Alone"]);
    let mut cycles: Vec<Vec<&str>> =
        network.cycles.iter().map(|cycle| cycle.iter().map(|i| &*network.nodes[*i].name).collect()).collect();
    cycles.sort();
    assert_eq!(cycles, [vec!["Alone"], vec!["Main", "Sales"]]);
}

#[test]
fn filters() {
    let network = sample();
    let names = |filter: Filter| -> Vec<String> {
        let part = network.filtered(&filter).unwrap();
        for edge in &part.edges {
            assert!(edge.from < part.nodes.len() && edge.to < part.nodes.len());
        }
        part.nodes.iter().map(|node| node.name.to_string()).collect()
    };
    let focus = Filter { focus: Some(("Gone".to_owned(), 1)), ..Filter::default() };
    assert_eq!(names(focus), ["Main", "Gone"]);
    let from = Filter { from: Some("Sales".to_owned()), kinds: vec![EdgeKind::Exit], ..Filter::default() };
    assert_eq!(names(from), ["Sales", "Terminate", "Desk"]);
    let to = Filter { to: Some("Sales".to_owned()), ..Filter::default() };
    assert_eq!(names(to), ["Line", "Web", "Main", "Off \"x\"", "Sales"]);
    let folder = Filter { folder: Some("/Front/Desk".to_owned()), ..Filter::default() };
    assert_eq!(names(folder), ["Main", "Sales", "Terminate", "Desk"]);
    let front = names(Filter { folder: Some("/Front".to_owned()), ..Filter::default() });
    assert!(!front.contains(&"Alone".to_owned()), "{front:?}");
    let nowhere = Filter { to: Some("Nobody".to_owned()), ..Filter::default() };
    assert_eq!(network.filtered(&nowhere), Err(UnknownNode("Nobody".to_owned())));
}

#[test]
fn the_listing_starts_with_end_points() {
    let listing = text(&sample());
    let want = "End points\n  end point Line\n    -> Main\n  end point Web\n    -> Main\n\nFirst rule sets\n  \
                Main  /Front  (in a cycle)\n    -> Sales  [1, 2, no input]\n    -> Gone (missing)  [error]\n";
    assert!(listing.starts_with(want), "{listing}");
    assert!(listing.contains("\nNot reachable\n  Alone  /Frontier  (leads to itself)\n"), "{listing}");
}

#[test]
fn other_outputs_quote_names() {
    let network = sample();
    assert!(dot(&network).contains(r#"[label="Off \"x\"", style="rounded,dashed", fontcolor=gray]"#));
    assert!(mermaid(&network).contains("[\"Off #quot;x#quot;\"]"));
    let document = crate::json::parse(&json(&network)).unwrap();
    assert_eq!(document.member("missing").member("0"), "Gone".into());
    assert_eq!(document.member("nodes").as_array().unwrap().len(), network.nodes.len());
}

#[test]
fn every_reference_of_the_reference_workspaces_is_an_edge() {
    for name in workspace::workspaces() {
        let sets = workspace::rule_sets(&name);
        let links: usize = Network::build(&sets).edges.iter().map(|edge| edge.links.len()).sum();
        let rules = || sets.iter().flat_map(|set| &set.rules);
        let references = rules().flat_map(crate::kinds::references).filter(|r| r.edge.is_some()).count();
        let ends = rules()
            .filter(|rule| match rule.rule_type.name() {
                "Terminate" => true,
                "ExternalNumber" => rule.params.get("externalNumber").is_some(),
                _ => false,
            })
            .count();
        let entries: usize = sets.iter().map(|set| set.end_points.len()).sum();
        assert_eq!(links, references + ends + entries, "{name}");
    }
}
