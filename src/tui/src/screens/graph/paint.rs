//! Draws the window of a drawing that is seen: its cost is that of the window, however large the drawing is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::layout::What;
use super::scene::{Look, Scene};
use crate::screen::View;
use crate::theme::Role;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const UP: u8 = 4;
const DOWN: u8 = 8;

/// What is drawn and how.
pub struct Picture<'a> {
    /// The part of the network.
    pub scene: &'a Scene,
    /// The chosen node.
    pub chosen: Option<usize>,
    /// The node whose lines stand out.
    pub lit: Option<usize>,
    /// Which nodes the filter finds, if there is one.
    pub found: Option<&'a [bool]>,
    /// First column and row that are seen.
    pub from: (u32, u32),
}

#[derive(Clone, Copy)]
struct Cell {
    sides: u8,
    look: Look,
    strong: bool,
    net: u32,
    arrow: bool,
}

const EMPTY: Cell = Cell { sides: 0, look: Look::Solid, strong: false, net: u32::MAX, arrow: false };

impl Picture<'_> {
    /// Draws the window into an area.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let (width, height) = (u32::from(area.width), u32::from(area.height));
        let mut cells = vec![EMPTY; (width * height) as usize];
        self.lines(&mut cells, width, height);
        self.stems(&mut cells, width, height);
        let buffer = frame.buffer_mut();
        for (at, cell) in cells.iter().enumerate() {
            if cell.sides == 0 {
                continue;
            }
            let (x, y) = (area.x + (at as u32 % width) as u16, area.y + (at as u32 / width) as u16);
            let role = if cell.strong { Role::Focus } else { Role::Border };
            buffer[(x, y)].set_symbol(symbol(*cell)).set_style(view.style(role));
        }
        let layout = &self.scene.layout;
        for y in 0..height {
            let Some(row) = layout.rows.get((self.from.1 + y) as usize) else { break };
            let first = row.texts.partition_point(|(x, wide, _)| x + wide <= self.from.0);
            for (x, wide, what) in &row.texts[first..] {
                if *x >= self.from.0 + width {
                    break;
                }
                let (text, style) = self.text(*what, view);
                let at = (i64::from(*x) - i64::from(self.from.0), area.y + y as u16);
                let chosen = matches!(what, What::Node(node) if self.chosen == Some(*node as usize));
                let drawn = write(buffer, area, at, &text, style);
                if chosen && at.0 > 0 && *wide > 0 && drawn {
                    buffer[(area.x + at.0 as u16 - 1, at.1)].set_symbol("▌").set_style(Style::new());
                }
            }
        }
    }

    fn strong(&self, net: u32, edge: Option<u32>, layer: u32) -> bool {
        let Some(chosen) = self.lit else { return false };
        if net as usize == chosen {
            return true;
        }
        match edge {
            Some(edge) => self.scene.part.edges[edge as usize].from == chosen,
            // Beyond its own lines: the shared way to a target of the chosen node.
            None => {
                layer >= self.scene.layout.places[chosen].layer
                    && self.scene.edge(chosen, net as usize).is_some_and(|it| !self.scene.layout.jumps[it])
            }
        }
    }

    /// The look of what runs to a node where several edges share the way: that of all of them, or solid.
    fn shared(&self, net: u32) -> Look {
        let mut looks = self.scene.ins[net as usize].iter().map(|edge| self.scene.looks[*edge as usize]);
        match looks.next() {
            Some(first) if self.scene.ins[net as usize].len() <= 64 && looks.all(|look| look == first) => {
                first
            }
            _ => Look::Solid,
        }
    }

    fn lines(&self, cells: &mut [Cell], width: u32, height: u32) {
        let layout = &self.scene.layout;
        let (left, right) = (self.from.0, self.from.0 + width - 1);
        for y in 0..height {
            let Some(row) = layout.rows.get((self.from.1 + y) as usize) else { break };
            let first = row.lines.partition_point(|piece| piece.x.1 < left);
            for piece in &row.lines[first..] {
                if piece.x.0 > right {
                    break;
                }
                let look = match piece.edge {
                    Some(edge) => self.scene.looks[edge as usize],
                    None => self.shared(piece.net),
                };
                let strong = self.strong(piece.net, piece.edge, piece.layer);
                for x in piece.x.0.max(left)..=piece.x.1.min(right) {
                    let mut sides = 0;
                    if x > piece.x.0 || piece.open.0 {
                        sides |= LEFT;
                    }
                    if x < piece.x.1 || piece.open.1 {
                        sides |= RIGHT;
                    }
                    let arrow = piece.arrow && x == piece.x.1;
                    let cell = &mut cells[(y * width + x - left) as usize];
                    *cell = if cell.net == piece.net {
                        Cell {
                            sides: cell.sides | sides,
                            strong: cell.strong | strong,
                            arrow: cell.arrow | arrow,
                            ..*cell
                        }
                    } else {
                        Cell { sides, look, strong, net: piece.net, arrow }
                    };
                }
            }
        }
    }

    /// Upright lines; where one crosses a line to somewhere else it goes over it.
    fn stems(&self, cells: &mut [Cell], width: u32, height: u32) {
        let layout = &self.scene.layout;
        let (top, bottom) = (self.from.1, self.from.1 + height - 1);
        for (x, column) in layout.columns.range(self.from.0..self.from.0 + width) {
            let first = column.partition_point(|piece| piece.y.1 < top);
            for piece in &column[first..] {
                if piece.y.0 > bottom {
                    break;
                }
                let (look, strong) = match piece.net {
                    Some(net) => (self.shared(net), self.strong(net, None, piece.layer)),
                    None => (Look::Solid, false),
                };
                for y in piece.y.0.max(top)..=piece.y.1.min(bottom) {
                    let mut sides = 0;
                    if y > piece.y.0 {
                        sides |= UP;
                    }
                    if y < piece.y.1 {
                        sides |= DOWN;
                    }
                    let cell = &mut cells[((y - top) * width + x - self.from.0) as usize];
                    *cell = match piece.net {
                        Some(net) if cell.net != net => Cell { sides, look, strong, net, arrow: false },
                        // A stem joins every line that begins at it; they keep their looks.
                        _ => Cell { sides: cell.sides | sides, strong: cell.strong | strong, ..*cell },
                    };
                }
            }
        }
    }

    fn text(&self, what: What, view: &View<'_>) -> (String, Style) {
        let scene = self.scene;
        match what {
            What::Node(node) => {
                let it = &scene.part.nodes[node as usize];
                let style = if self.chosen == Some(node as usize) {
                    view.style(if view.focused { Role::Cursor } else { Role::CursorAway })
                } else if let Some(found) = self.found {
                    let here = found.get(scene.of[node as usize]).copied().unwrap_or(false);
                    view.style(if here { Role::Match } else { Role::Dim })
                } else {
                    view.style(node_role(it))
                };
                (scene.nodes[node as usize].clone(), style)
            }
            What::Label(edge) => {
                let strong = self.lit == Some(scene.part.edges[edge as usize].from);
                let role = if strong { Role::Key } else { Role::Text };
                (format!(" {} ", scene.labels[edge as usize]), view.style(role))
            }
            What::Jump(edge) => {
                let to = scene.part.edges[edge as usize].to;
                let role = if self.lit == Some(to) { Role::Focus } else { Role::Link };
                (scene.jumps[edge as usize].clone(), view.style(role))
            }
        }
    }
}

/// The look of a node.
pub fn node_role(node: &connect_rules_engine::graph::Node) -> Role {
    use connect_rules_engine::graph::NodeKind;
    match node.kind {
        NodeKind::RuleSet if !node.enabled => Role::Dim,
        NodeKind::RuleSet if node.layer.is_none() => Role::Warn,
        NodeKind::RuleSet | NodeKind::Dynamic => Role::Title,
        NodeKind::EndPoint => Role::Good,
        NodeKind::Missing => Role::Bad,
        NodeKind::Queue | NodeKind::Outbound | NodeKind::Terminate => Role::Spoken,
    }
}

/// Writes a text that may begin left of the area and end right of it. Tells whether its beginning is seen.
fn write(buffer: &mut ratatui::buffer::Buffer, area: Rect, at: (i64, u16), text: &str, style: Style) -> bool {
    let mut x = at.0;
    let wide = i64::from(area.width);
    for cluster in text.graphemes(true) {
        let columns = cluster.width() as i64;
        if columns == 0 {
            continue;
        }
        if x >= wide {
            break;
        }
        if x >= 0 && x + columns <= wide {
            buffer.set_stringn(area.x + x as u16, at.1, cluster, columns as usize, style);
        } else {
            // Half of a wide character is a blank.
            for half in x.max(0)..(x + columns).min(wide) {
                buffer[(area.x + half as u16, at.1)].set_symbol(" ").set_style(style);
            }
        }
        x += columns;
    }
    at.0 >= 0
}

fn symbol(cell: Cell) -> &'static str {
    if cell.arrow {
        return "▶";
    }
    match (cell.sides, cell.look) {
        (1..=3, Look::Solid) => "─",
        (1..=3, Look::Dashed) => "╌",
        (1..=3, Look::Dotted) => "┄",
        (12 | 4 | 8, Look::Solid) => "│",
        (12 | 4 | 8, Look::Dashed) => "╎",
        (12 | 4 | 8, Look::Dotted) => "┆",
        (5, _) => "┘",
        (6, _) => "└",
        (9, _) => "┐",
        (10, _) => "┌",
        (13, _) => "┤",
        (14, _) => "├",
        (7, _) => "┴",
        (11, _) => "┬",
        _ => "┼",
    }
}
