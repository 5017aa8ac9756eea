//! Layers of a drawing: which node stands in which column, and in which order from top to bottom.
//!
//! Lines lead from one column to the next. Lines that skip columns pass them in rows of their own, one for
//! each target, so that a thousand lines to one end share a row. Lines that would lead back, to the node
//! itself, or too far are not drawn through: they are written as jumps beside their source.

use rustc_hash::FxHashMap;

/// The most columns that a line crosses; longer ones are jumps.
const REACH: u32 = 6;
/// How often the order of all columns is improved.
const SWEEPS: usize = 6;

/// One thing in a column: a node, or a row in which lines to a node further right pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Column.
    pub layer: u32,
    /// The node that lines through it lead to; the node itself for nodes.
    pub net: u32,
    /// What leaves it, from top to bottom. Passing rows have one, without an edge.
    pub outs: Vec<Out>,
}

/// Something that leaves an item, in a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Out {
    /// The edge; none behind a passing row.
    pub edge: Option<u32>,
    /// The item of the next column that it leads to; none for jumps.
    pub to: Option<u32>,
}

/// Columns of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// Nodes by their number, then passing rows.
    pub items: Vec<Item>,
    /// Items of each column from top to bottom.
    pub order: Vec<Vec<u32>>,
}

/// Puts nodes into columns. `edges` are pairs of node numbers below `count`; `starts` should stand first.
pub fn layers(count: usize, edges: &[(u32, u32)], starts: &[u32]) -> Layers {
    let mut outs: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (edge, (from, _)) in edges.iter().enumerate() {
        outs[*from as usize].push(edge as u32);
    }
    let found = walk(count, edges, &outs, starts);
    let column = columns(count, edges, &outs, &found);
    let mut items: Vec<Item> = (0..count)
        .map(|node| Item {
            layer: column[node],
            net: node as u32,
            outs: Vec::with_capacity(outs[node].len()),
        })
        .collect();
    let mut passing: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    for node in &found.order {
        for edge in &outs[*node as usize] {
            let to = edges[*edge as usize].1;
            let (here, there) = (column[*node as usize], column[to as usize]);
            let drawn = !found.back[*edge as usize] && there - here <= REACH;
            let next = drawn.then(|| pass(&mut items, &mut passing, to, here + 1, there));
            items[*node as usize].outs.push(Out { edge: Some(*edge), to: next });
        }
    }
    let mut order = vec![Vec::new(); items.iter().map(|item| item.layer as usize + 1).max().unwrap_or(0)];
    for item in &found.order {
        order[items[*item as usize].layer as usize].push(*item);
    }
    for item in count..items.len() {
        order[items[item].layer as usize].push(item as u32);
    }
    let mut out = Layers { items, order };
    out.arrange();
    out
}

/// The item of a column through which lines to a node pass; made with all behind it if need be.
fn pass(
    items: &mut Vec<Item>,
    passing: &mut FxHashMap<(u32, u32), u32>,
    to: u32,
    first: u32,
    last: u32,
) -> u32 {
    let mut next = to;
    for layer in (first..last).rev() {
        next = *passing.entry((to, layer)).or_insert_with(|| {
            items.push(Item { layer, net: to, outs: vec![Out { edge: None, to: Some(next) }] });
            items.len() as u32 - 1
        });
    }
    next
}

/// What a walk through all nodes finds.
struct Walk {
    /// Nodes in the order in which they are met.
    order: Vec<u32>,
    /// Nodes such that lines which do not lead back go from earlier to later.
    sorted: Vec<u32>,
    /// Edges that lead back.
    back: Vec<bool>,
}

fn walk(count: usize, edges: &[(u32, u32)], outs: &[Vec<u32>], starts: &[u32]) -> Walk {
    let mut entered = vec![false; count];
    for (_, to) in edges {
        entered[*to as usize] = true;
    }
    let roots = (0..count as u32).filter(|node| !entered[*node as usize]);
    let all: Vec<u32> = starts.iter().copied().chain(roots).chain(0..count as u32).collect();
    let (mut seen, mut open) = (vec![false; count], vec![false; count]);
    let mut out = Walk { order: Vec::new(), sorted: Vec::new(), back: vec![false; edges.len()] };
    let mut stack: Vec<(u32, usize)> = Vec::new();
    for root in all {
        if seen[root as usize] {
            continue;
        }
        seen[root as usize] = true;
        open[root as usize] = true;
        out.order.push(root);
        stack.push((root, 0));
        while let Some((node, at)) = stack.last_mut() {
            let Some(edge) = outs[*node as usize].get(*at) else {
                open[*node as usize] = false;
                out.sorted.push(*node);
                stack.pop();
                continue;
            };
            *at += 1;
            let to = edges[*edge as usize].1;
            if open[to as usize] {
                out.back[*edge as usize] = true;
            } else if !seen[to as usize] {
                seen[to as usize] = true;
                open[to as usize] = true;
                out.order.push(to);
                stack.push((to, 0));
            }
        }
    }
    out.sorted.reverse();
    out
}

/// The column of each node: one right of the rightmost that leads to it; those that nothing leads to stand
/// close to what they lead to.
fn columns(count: usize, edges: &[(u32, u32)], outs: &[Vec<u32>], found: &Walk) -> Vec<u32> {
    let mut column = vec![0_u32; count];
    let mut entered = vec![false; count];
    for node in &found.sorted {
        for edge in &outs[*node as usize] {
            if !found.back[*edge as usize] {
                let to = edges[*edge as usize].1 as usize;
                column[to] = column[to].max(column[*node as usize] + 1);
                entered[to] = true;
            }
        }
    }
    for node in 0..count {
        if !entered[node] {
            let ahead = outs[node].iter().filter(|edge| !found.back[**edge as usize]);
            let nearest = ahead.map(|edge| column[edges[*edge as usize].1 as usize]).min();
            column[node] = nearest.map_or(0, |nearest| nearest.saturating_sub(1));
        }
    }
    column
}

impl Layers {
    /// Orders the items of every column so that few lines cross, and the lines of an item as their targets.
    fn arrange(&mut self) {
        let mut at = vec![0.0_f64; self.items.len()];
        let mut ins: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.items.len()];
        for (from, item) in self.items.iter().enumerate() {
            for (port, out) in item.outs.iter().enumerate() {
                if let Some(to) = out.to {
                    ins[to as usize].push((from as u32, port as u32));
                }
            }
        }
        let number = |order: &[u32], at: &mut [f64]| {
            for (place, item) in order.iter().enumerate() {
                at[*item as usize] = place as f64;
            }
        };
        for column in &self.order {
            number(column, &mut at);
        }
        for sweep in 0..SWEEPS {
            let rightwards = sweep % 2 == 0;
            let columns = self.order.len();
            for step in 1..columns {
                let column = if rightwards { step } else { columns - 1 - step };
                let mut keys: Vec<(f64, u32)> = self.order[column]
                    .iter()
                    .map(|item| {
                        let places: Vec<f64> = if rightwards {
                            let port = |from: u32, port: u32| {
                                let ports = self.items[from as usize].outs.len() as f64;
                                at[from as usize] + f64::from(port) / ports
                            };
                            ins[*item as usize].iter().map(|(from, it)| port(*from, *it)).collect()
                        } else {
                            let outs = &self.items[*item as usize].outs;
                            outs.iter().filter_map(|out| out.to).map(|to| at[to as usize]).collect()
                        };
                        let key = if places.is_empty() {
                            at[*item as usize]
                        } else {
                            places.iter().sum::<f64>() / places.len() as f64
                        };
                        (key, *item)
                    })
                    .collect();
                keys.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.order[column] = keys.into_iter().map(|(_, item)| item).collect();
                number(&self.order[column], &mut at);
            }
        }
        for item in &mut self.items {
            item.outs.sort_by(|a, b| {
                let place = |out: &Out| out.to.map_or(f64::INFINITY, |to| at[to as usize]);
                place(a).total_cmp(&place(b))
            });
        }
    }
}
