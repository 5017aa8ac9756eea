//! Keys of the screen Graph.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new(
        "graph.filterDone",
        &["enter"],
        "graph.filter",
        "keep",
        "Keep the filter and go to what it finds",
    ),
    Binding::new("graph.filterClear", &["esc", "ctrl-g"], "graph.filter", "clear", "Clear the filter"),
    Binding::new(
        "graph.open",
        &["enter"],
        "graph",
        "open",
        "Open the rule set or end point; for others, who leads there",
    ),
    Binding::new("graph.focus", &["f"], "graph", "focus", "Focus on the node: show what is near it"),
    Binding::new("graph.all", &["F"], "graph", "all", "Show the whole graph; again: back to the focus"),
    Binding::new("graph.deeper", &["+", "="], "graph", "depth", "Show one link more around the focus"),
    Binding::new("graph.shallower", &["-"], "graph", "", "Show one link less around the focus"),
    Binding::new("graph.list", &["v"], "graph", "list", "Change between drawing and list"),
    Binding::new(
        "graph.kinds",
        &["e"],
        "graph",
        "kinds",
        "Show all links, routes only, menus only, errors only",
    ),
    Binding::new("graph.overlay", &["o"], "graph", "tests", "Mark what no test of the last run walked"),
    Binding::new(
        "graph.links",
        &["r"],
        "graph",
        "links",
        "List the rules that lead to the node and away from it",
    ),
    Binding::new("graph.simulate", &["s"], "graph", "simulate", "Simulate a call from the node")
        .needs(Operation::Simulate),
    Binding::new(
        "graph.unreachable",
        &["U"],
        "graph",
        "unreachable",
        "List rule sets that no contact can reach",
    ),
    Binding::new(
        "graph.cycles",
        &["c"],
        "graph",
        "cycles",
        "List cycles: rule sets that lead back to themselves",
    ),
    Binding::new("graph.export", &["x"], "graph", "export", "Export as text, DOT, Mermaid, SVG or JSON"),
    Binding::new(
        "graph.zoom",
        &["z"],
        "graph",
        "",
        "Write names only, names and labels, or the rules as well",
    ),
    Binding::new(
        "graph.split",
        &["t"],
        "graph",
        "",
        "Draw queues, numbers and ends once, or once for each rule set",
    ),
    Binding::new("graph.next", &["n"], "graph", "", "Go to the next node that the filter finds"),
    Binding::new("graph.previous", &["N"], "graph", "", "Go to the previous node that the filter finds"),
    Binding::new("graph.hide", &["i"], "graph", "", "Hide what the filter does not find, or grey it"),
    Binding::new("graph.clear", &["esc"], "graph", "", "Clear the filter"),
    Binding::new("graph.panLeft", &["shift-left", "H"], "graph", "", "Move the window left"),
    Binding::new("graph.panRight", &["shift-right", "L"], "graph", "", "Move the window right"),
    Binding::new("graph.panUp", &["shift-up", "K"], "graph", "", "Move the window up"),
    Binding::new("graph.panDown", &["shift-down", "J"], "graph", "", "Move the window down"),
];
