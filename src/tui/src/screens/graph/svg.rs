//! The drawing as an SVG file: the same places and lines as on screen, with titles for those who listen.

use std::fmt::Write as _;

use super::layout::What;
use super::scene::{Look, Scene, kind, with_rules};
use crate::clean;

/// Pixels of a column and of a row.
const CELL: (u32, u32) = (8, 18);

/// The drawing as a file of its own.
pub fn svg(scene: &Scene, title: &str) -> String {
    let layout = &scene.layout;
    let (wide, high) = ((layout.width + 2) * CELL.0, (layout.rows.len() as u32 + 1) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"description\">{} nodes and {} links from left to right</desc>\n\
         <style>text{{font:13px monospace;white-space:pre}}path{{fill:none;stroke:#666}}.dashed{{stroke-dasharray:5 3}}.dotted{{stroke-dasharray:1 3}}rect{{fill:#f4f6f8;stroke:#666;rx:3px}}.exit{{stroke:#f89800}}.endPoint{{stroke:#4ea435}}.missing{{stroke:#c00}}.label{{fill:#2563a8}}.off{{stroke-dasharray:3 3;fill:none}}</style>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#666\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" style=\"fill:#fff;stroke:none\"/>\n",
        escaped(title),
        scene.part.nodes.len(),
        scene.part.edges.len(),
    );
    let x = |column: u32| column * CELL.0 + CELL.0 / 2;
    let y = |row: u32| row * CELL.1 + CELL.1 / 2;
    for (row, pieces) in layout.rows.iter().enumerate() {
        for piece in &pieces.lines {
            let look = piece.edge.map_or(Look::Solid, |edge| scene.looks[edge as usize]);
            let arrow = if piece.arrow { " marker-end=\"url(#arrow)\"" } else { "" };
            let right = x(piece.x.1) + if piece.open.1 || piece.arrow { CELL.0 / 2 } else { 0 };
            let left = x(piece.x.0) - if piece.open.0 { CELL.0 / 2 } else { 0 };
            let _ = writeln!(
                out,
                "<path{} d=\"M{left} {row}H{right}\"{arrow}/>",
                class(look),
                row = y(row as u32)
            );
        }
    }
    for (column, pieces) in &layout.columns {
        for piece in pieces {
            let _ = writeln!(out, "<path d=\"M{} {}V{}\"/>", x(*column), y(piece.y.0), y(piece.y.1));
        }
    }
    for (row, pieces) in layout.rows.iter().enumerate() {
        let base = row as u32 * CELL.1 + 13;
        for (column, wide, what) in &pieces.texts {
            let at = column * CELL.0;
            match what {
                What::Node(node) => node_text(&mut out, scene, *node as usize, (at, base, *wide)),
                What::Label(edge) => {
                    let it = &scene.part.edges[*edge as usize];
                    let title = escaped(&with_rules(it));
                    let text = escaped(&scene.labels[*edge as usize]);
                    let _ = writeln!(
                        out,
                        "<g><title>{title}</title><rect x=\"{at}\" y=\"{}\" width=\"{}\" height=\"16\" style=\"fill:#fff;stroke:none\"/><text class=\"label\" x=\"{}\" y=\"{base}\">{text}</text></g>",
                        base - 12,
                        wide * CELL.0,
                        at + CELL.0,
                    );
                }
                What::Jump(edge) => {
                    let text = escaped(&scene.jumps[*edge as usize]);
                    let _ = writeln!(out, "<text class=\"label\" x=\"{at}\" y=\"{base}\">{text}</text>");
                }
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

fn node_text(out: &mut String, scene: &Scene, node: usize, (x, base, wide): (u32, u32, u32)) {
    use connect_rules_engine::graph::NodeKind;
    let it = &scene.part.nodes[node];
    let class = match it.kind {
        NodeKind::EndPoint => "endPoint",
        NodeKind::Missing => "missing",
        NodeKind::RuleSet | NodeKind::Dynamic if it.enabled => "ruleSet",
        NodeKind::RuleSet | NodeKind::Dynamic => "off",
        NodeKind::Queue | NodeKind::Outbound | NodeKind::Terminate => "exit",
    };
    let mut title = format!("{}: {}", kind(it), it.name);
    if !it.description.is_empty() {
        let _ = write!(title, " — {}", it.description);
    }
    let _ = writeln!(
        out,
        "<g><title>{}</title><rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\"/><text x=\"{x}\" y=\"{base}\">{}</text></g>",
        escaped(&title),
        x.saturating_sub(3),
        base - 12,
        wide * CELL.0 + 6,
        escaped(&scene.nodes[node]),
    );
}

fn class(look: Look) -> &'static str {
    match look {
        Look::Solid => "",
        Look::Dashed => " class=\"dashed\"",
        Look::Dotted => " class=\"dotted\"",
    }
}

/// A text as XML takes it: marks are named, control characters shown.
fn escaped(text: &str) -> String {
    let text = clean::line(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
