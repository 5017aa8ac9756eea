//! What is told of the chosen node: what it is, where contacts come from and go to, which tests come here.

use connect_rules_engine::graph::NodeKind;
use ratatui::text::{Line, Span};

use super::scene::{kind, name, with_rules};
use super::whole::{Overlay, Walked, Whole};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// The title: name and kind.
pub fn title(whole: &Whole, node: usize) -> String {
    let it = &whole.network.nodes[node];
    let mut out = format!("{} · {}", clean::line(&it.name), kind(it));
    if it.kind == NodeKind::RuleSet {
        out.push_str(" · ");
        out.push_str(&clean::line(&it.folder));
    }
    out
}

/// The rows, at most `height` of them in `width` columns.
pub fn lines(
    whole: &Whole,
    overlay: Option<&Overlay>,
    node: usize,
    (width, height): (usize, usize),
    view: &View<'_>,
) -> Vec<Line<'static>> {
    let it = &whole.network.nodes[node];
    let mut state = Vec::new();
    if !it.enabled {
        state.push("disabled".to_owned());
    } else if it.kind == NodeKind::RuleSet && it.layer.is_none() {
        state.push("⚠ no contact can reach it".to_owned());
    } else if it.kind == NodeKind::Missing {
        state.push("✗ it does not exist; the rules below name it".to_owned());
    } else if let Some(steps) = it.layer.filter(|steps| *steps > 0) {
        state.push(format!("{steps} {} from an end point", if steps == 1 { "step" } else { "steps" }));
    }
    if let Some(cycle) = it.cycle {
        let members = whole.network.cycles.get(cycle).map_or(0, Vec::len);
        state.push(if members > 1 {
            format!("↺ in a cycle of {members}")
        } else {
            "↺ leads to itself".to_owned()
        });
    }
    if let Some(overlay) = overlay {
        state.push(match (overlay.nodes.get(node), overlay.tests.get(node).map(Vec::len)) {
            (Some(Walked::Times(hits)), Some(tests)) if tests > 0 => {
                format!("walked {hits} times by {tests} tests")
            }
            (Some(Walked::Times(hits)), _) => format!("walked {hits} times by tests"),
            (Some(Walked::Never), _) => "○ never walked by a test".to_owned(),
            _ => "not counted in tests".to_owned(),
        });
    }
    if !it.description.is_empty() {
        state.push(clean::line(&it.description).into_owned());
    }
    let mut out = vec![row("", &state.join(" · "), width, Role::Text, view)];
    let into = describe(whole, overlay, node, false);
    let outof = describe(whole, overlay, node, true);
    let tests: Vec<String> = overlay
        .and_then(|overlay| overlay.tests.get(node))
        .map(|tests| tests.iter().map(|test| clean::line(test).into_owned()).collect())
        .unwrap_or_default();
    let groups = [("from", into), ("to", outof), ("tests", tests)];
    let groups: Vec<&(&str, Vec<String>)> = groups.iter().filter(|(_, it)| !it.is_empty()).collect();
    if height <= groups.len() + 2 {
        for (label, items) in groups {
            let label = format!("{label} {}", items.len());
            out.push(row(&label, &items.join(" · "), width, Role::Text, view));
        }
    } else {
        // Room for a row each: shared fairly, the rest is counted.
        let room = (height - 1) / groups.len().max(1);
        for (label, items) in groups {
            let shown = if items.len() <= room { items.len() } else { room.saturating_sub(1) };
            let label = format!("{label} {}", items.len());
            let label = |at: usize| if at == 0 { &*label } else { "" };
            for (at, item) in items.iter().take(shown).enumerate() {
                out.push(row(label(at), item, width, Role::Text, view));
            }
            if shown < items.len() {
                out.push(row(label(shown), &items[shown..].join(" · "), width, Role::Text, view));
            }
        }
    }
    out.truncate(height);
    out
}

fn row(label: &str, text: &str, width: usize, role: Role, view: &View<'_>) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!(" {}", clean::pad(label, 9)), view.style(Role::Key)),
        Span::styled(clean::fit(text, width.saturating_sub(11)).into_owned(), view.style(role)),
    ])
}

/// The edges into or out of a node in words.
fn describe(whole: &Whole, overlay: Option<&Overlay>, node: usize, out: bool) -> Vec<String> {
    let edges = if out { &whole.outs[node] } else { &whole.ins[node] };
    // A node that thousands lead to tells the first of them; `r` lists all.
    let tell = |edge: &u32| {
        let it = &whole.network.edges[*edge as usize];
        let other = name(&whole.network.nodes[if out { it.to } else { it.from }], 40);
        let label = clean::line(&with_rules(it)).into_owned();
        let never = overlay.and_then(|overlay| overlay.edges.get(*edge as usize)) == Some(&Walked::Never);
        let mark = if never { "○ " } else { "" };
        match (out, label.is_empty()) {
            (_, true) => format!("{mark}{other}"),
            (true, false) => format!("{mark}{label} ▸ {other}"),
            (false, false) => format!("{mark}{other}: {label}"),
        }
    };
    let mut told: Vec<String> = edges.iter().take(200).map(tell).collect();
    told.resize(edges.len(), String::new());
    told
}
