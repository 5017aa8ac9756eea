//! A drawing of a graph in cells of a terminal, as large as it gets: where nodes stand and where lines run.
//!
//! It is kept as pieces by row and by column, so that a window of it is drawn at the cost of the window.
//! Columns of nodes go from left to right. Every line out of a node begins in a row of its own beside the
//! node, with its label, and leads to exactly one target; lines to the same target run together.

use std::collections::BTreeMap;

use super::layers::{Layers, layers};
use super::route::{Net, Source, tracks};
use super::rows::rows;

/// A node to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Columns of its text.
    pub width: u32,
    /// Whether it should stand first, as end points do.
    pub start: bool,
}

/// An edge to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Source.
    pub from: u32,
    /// Target.
    pub to: u32,
    /// Columns of its label; 0 for none.
    pub label: u32,
    /// Columns of what is written instead if it is not drawn through to its target.
    pub jump: u32,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Column of its text.
    pub x: u32,
    /// Row of its text.
    pub y: u32,
    /// Rows: one for each line out of it, at least one.
    pub height: u32,
    /// Number of its column of nodes.
    pub layer: u32,
}

/// A piece of a line from left to right. Both ends are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Across {
    /// First and last column.
    pub x: (u32, u32),
    /// Target node.
    pub net: u32,
    /// The edge, where only one runs here.
    pub edge: Option<u32>,
    /// Number of the column of nodes that it starts beside.
    pub layer: u32,
    /// Whether it goes on to the left and to the right of its ends.
    pub open: (bool, bool),
    /// Whether it ends in an arrow.
    pub arrow: bool,
}

/// A piece of a line from top to bottom. Both ends are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down {
    /// First and last row.
    pub y: (u32, u32),
    /// Target node; none for the stem beside a node that its lines leave from.
    pub net: Option<u32>,
    /// Number of the column of nodes before it.
    pub layer: u32,
}

/// What is written somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The text of a node.
    Node(u32),
    /// The label of an edge.
    Label(u32),
    /// Where an edge leads that is not drawn through.
    Jump(u32),
}

/// One row of the drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Pieces of lines, from the left.
    pub lines: Vec<Across>,
    /// Texts with their first column and their width, from the left.
    pub texts: Vec<(u32, u32, What)>,
}

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Where every node stands.
    pub places: Vec<Place>,
    /// Whether each edge is a jump.
    pub jumps: Vec<bool>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Upright pieces by column, from the top.
    pub columns: BTreeMap<u32, Vec<Down>>,
    /// Nodes of every column of nodes, from the top.
    pub order: Vec<Vec<u32>>,
    /// Columns of the whole.
    pub width: u32,
}

/// Columns between a node's text and the end of its row of a line, without label and jump: blank, stem, line.
const STEM: u32 = 3;
/// Columns that an arrow takes before a node: line, arrow, blank.
const ENTRY: u32 = 3;

impl Layout {
    /// Draws a graph. Edges name nodes by their number.
    pub fn new(shapes: &[Shape], lines: &[Line]) -> Layout {
        let edges: Vec<(u32, u32)> = lines.iter().map(|line| (line.from, line.to)).collect();
        let starts: Vec<u32> = (0..shapes.len() as u32).filter(|node| shapes[*node as usize].start).collect();
        let mut layers = layers(shapes.len(), &edges, &starts);
        let tops = rows(&layers);
        let channels = channels(&mut layers, &tops, shapes.len());
        Draw { shapes, lines, layers: &layers, tops: &tops, out: Layout::default() }.draw(&channels)
    }
}

/// Lines between a column and the next one.
struct Channel {
    nets: Vec<(u32, Net)>,
    tracks: u32,
}

/// The lines between all columns; edges that cannot be drawn through become jumps in `layers`.
fn channels(layers: &mut Layers, tops: &[i32], nodes: usize) -> Vec<Channel> {
    let mut out: Vec<Channel> = Vec::new();
    let count = layers.order.len();
    let cut = |layers: &mut Layers, source: &Source| {
        layers.items[source.item as usize].outs[source.out as usize].to = None;
    };
    // From the right: a passing row that leads nowhere any more takes what leads to it along.
    for column in (0..count.saturating_sub(1)).rev() {
        let mut nets = nets_of(layers, tops, column);
        for (to, net) in &mut nets {
            let item = &layers.items[*to as usize];
            if *to as usize >= nodes && item.outs.iter().all(|out| out.to.is_none()) {
                for source in net.sources.drain(..) {
                    layers.items[source.item as usize].outs[source.out as usize].to = None;
                }
            }
        }
        let (ids, mut plain): (Vec<u32>, Vec<Net>) =
            nets.into_iter().filter(|(_, net)| !net.sources.is_empty()).unzip();
        let (tracks, broken) = tracks(&mut plain);
        for source in &broken {
            cut(layers, source);
        }
        out.push(Channel { nets: ids.into_iter().zip(plain).collect(), tracks });
    }
    out.reverse();
    // From the left: a passing row that nothing leads to any more is not drawn.
    let mut fed = vec![false; layers.items.len()];
    fed[..nodes].fill(true);
    for channel in &mut out {
        for (to, net) in &mut channel.nets {
            net.sources.retain(|source| fed[source.item as usize]);
            fed[*to as usize] |= !net.sources.is_empty();
        }
        channel.nets.retain(|(_, net)| !net.sources.is_empty());
    }
    out
}

fn nets_of(layers: &Layers, tops: &[i32], column: usize) -> Vec<(u32, Net)> {
    let mut by_target: BTreeMap<u32, Net> = BTreeMap::new();
    for item in &layers.order[column] {
        for (number, out) in layers.items[*item as usize].outs.iter().enumerate() {
            let Some(to) = out.to else { continue };
            let net = by_target.entry(to).or_insert_with(|| Net {
                target: tops[to as usize],
                sources: Vec::new(),
                track: None,
            });
            let row = tops[*item as usize] + number as i32;
            net.sources.push(Source { row, item: *item, out: number as u32 });
        }
    }
    by_target.into_iter().collect()
}

struct Draw<'a> {
    shapes: &'a [Shape],
    lines: &'a [Line],
    layers: &'a Layers,
    tops: &'a [i32],
    out: Layout,
}

impl Draw<'_> {
    fn draw(mut self, channels: &[Channel]) -> Layout {
        let bottom = |item: usize| self.tops[item] + self.layers.items[item].outs.len().max(1) as i32;
        let height = (0..self.layers.items.len()).map(bottom).max().unwrap_or(0);
        self.out.rows = vec![Row::default(); height as usize];
        self.out.places = vec![Place::default(); self.shapes.len()];
        self.out.jumps = vec![true; self.lines.len()];
        let mut x = 1;
        for (column, order) in self.layers.order.iter().enumerate() {
            let body = order.iter().map(|item| self.body(*item)).max().unwrap_or(0);
            for item in order {
                self.item(*item, x);
            }
            let nodes = order.iter().copied().filter(|item| (*item as usize) < self.shapes.len()).collect();
            self.out.order.push(nodes);
            let Some(channel) = channels.get(column) else {
                x += body;
                continue;
            };
            let first = x + body + 1;
            let next = first + channel.tracks * 2 + ENTRY;
            for (to, net) in &channel.nets {
                self.net(*to, net, (x, first, next));
            }
            x = next;
        }
        self.out.width = x + 1;
        for row in &mut self.out.rows {
            row.lines.sort_by_key(|piece| piece.x);
            row.texts.sort_by_key(|text| text.0);
        }
        for column in self.out.columns.values_mut() {
            column.sort_by_key(|piece| piece.y);
        }
        self.out
    }

    /// Columns that an item takes with all that is written beside it.
    fn body(&self, item: u32) -> u32 {
        let Some(shape) = self.shapes.get(item as usize) else { return 0 };
        let outs = self.layers.items[item as usize].outs.iter();
        let beside = outs.filter_map(|out| {
            let line = &self.lines[out.edge? as usize];
            Some(STEM + label(line) + if out.to.is_none() { line.jump + 1 } else { 0 })
        });
        shape.width + beside.max().unwrap_or(0)
    }

    /// A node with its stem, labels and jumps.
    fn item(&mut self, item: u32, x: u32) {
        let Some(shape) = self.shapes.get(item as usize) else { return };
        let outs = &self.layers.items[item as usize].outs;
        let y = self.tops[item as usize] as u32;
        let layer = self.layers.items[item as usize].layer;
        self.out.places[item as usize] = Place { x, y, height: outs.len().max(1) as u32, layer };
        self.out.rows[y as usize].texts.push((x, shape.width, What::Node(item)));
        let stem = x + shape.width + 1;
        if outs.len() > 1 {
            let piece = Down { y: (y, y + outs.len() as u32 - 1), net: None, layer };
            self.out.columns.entry(stem).or_default().push(piece);
        }
        for (number, out) in outs.iter().enumerate() {
            let Some(edge) = out.edge else { continue };
            let line = &self.lines[edge as usize];
            let row = &mut self.out.rows[y as usize + number];
            if line.label > 0 {
                row.texts.push((stem + 2, line.label + 2, What::Label(edge)));
            }
            self.out.jumps[edge as usize] = out.to.is_none();
            if out.to.is_none() {
                let at = stem + 2 + label(line);
                row.texts.push((at + 1, line.jump, What::Jump(edge)));
                row.lines.push(Across {
                    x: (stem, at),
                    net: line.to,
                    edge: Some(edge),
                    layer,
                    open: (number == 0, true),
                    arrow: false,
                });
            }
        }
    }

    /// All lines of a net: `x` is where its sources stand, where the tracks begin and where the targets stand.
    fn net(&mut self, to: u32, net: &Net, x: (u32, u32, u32)) {
        let target = &self.layers.items[to as usize];
        let layer = target.layer - 1;
        let is_node = (to as usize) < self.shapes.len();
        let end = if is_node { x.2 - 2 } else { x.2 - 1 };
        let track = net.track.map(|track| x.1 + track * 2);
        for source in &net.sources {
            let item = &self.layers.items[source.item as usize];
            let out = &item.outs[source.out as usize];
            let shape = self.shapes.get(source.item as usize);
            let start = shape.map_or(x.0, |shape| x.0 + shape.width + 1);
            let piece = Across {
                x: (start, track.unwrap_or(end)),
                net: target.net,
                edge: out.edge,
                layer,
                open: (shape.is_none() || source.out == 0, track.is_none() && !is_node),
                arrow: track.is_none() && is_node,
            };
            self.out.rows[source.row as usize].lines.push(piece);
        }
        if let Some(track) = track {
            self.out.rows[net.target as usize].lines.push(Across {
                x: (track, end),
                net: target.net,
                edge: None,
                layer,
                open: (false, !is_node),
                arrow: is_node,
            });
            let (low, high) = net.span();
            let piece = Down { y: (low as u32, high as u32), net: Some(target.net), layer };
            self.out.columns.entry(track).or_default().push(piece);
        }
    }
}

/// Columns of a label with the blanks around it.
fn label(line: &Line) -> u32 {
    if line.label > 0 { line.label + 2 } else { 0 }
}
