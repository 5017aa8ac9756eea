//! Walking along the lines, moving the window, and the filter.

use super::listing::{Entry, node_of};
use super::{DEEPEST, Graph};
use crate::message::Level;
use crate::screen::Cx;

/// Nodes that a page is in a column of nodes.
const PAGE: isize = 10;

impl Graph {
    /// Runs a movement. Tells whether it was one.
    pub(super) fn moved(&mut self, command: &str, cx: &mut Cx<'_>) -> bool {
        if self.look.list && self.moved_in_list(command) {
            return true;
        }
        match command {
            "move.right" => self.step(true, cx),
            "move.left" => self.step(false, cx),
            "move.up" => self.beside(-1),
            "move.down" => self.beside(1),
            "move.pageUp" => self.beside(-PAGE),
            "move.pageDown" => self.beside(PAGE),
            "move.first" => self.beside(isize::MIN / 2),
            "move.last" => self.beside(isize::MAX / 2),
            _ => return false,
        }
        true
    }

    fn moved_in_list(&mut self, command: &str) -> bool {
        let row = self.list.cursor();
        match (command, self.entries.get(row).copied()) {
            ("move.right", Some(Entry::Node(_))) => {
                let next = self.entries.get(row + 1);
                if matches!(next, Some(Entry::Edge(_))) {
                    self.list.select(row + 1);
                }
            }
            ("move.right", Some(entry)) => {
                let node = node_of(&self.scene, entry);
                if let Some(row) = self.entries.iter().position(|it| *it == Entry::Node(node)) {
                    self.list.select(row);
                }
            }
            ("move.left", Some(Entry::Edge(edge))) => {
                let node = self.scene.part.edges[edge].from;
                if let Some(row) = self.entries.iter().position(|it| *it == Entry::Node(node)) {
                    self.list.select(row);
                }
            }
            ("move.left", Some(Entry::Node(node))) => {
                let before = self.scene.ins[node].first().map(|edge| Entry::Edge(*edge as usize));
                if let Some(row) = self.entries.iter().position(|it| Some(*it) == before) {
                    self.list.select(row);
                }
            }
            _ => {
                if !self.list.run(command) {
                    return false;
                }
            }
        }
        if let Some(entry) = self.entries.get(self.list.cursor()) {
            self.chosen = node_of(&self.scene, *entry);
        }
        true
    }

    /// Goes along a line, to the right or against it; behind the edge of what is shown the focus comes along.
    fn step(&mut self, right: bool, cx: &mut Cx<'_>) {
        if let Some(next) = self.neighbour(right) {
            return self.take(next, right);
        }
        let (Some(whole), Some(here)) = (self.whole.clone(), self.here()) else { return };
        let beyond = if right { &whole.outs[here] } else { &whole.ins[here] };
        let shown = beyond.iter().any(|edge| {
            let links = &whole.network.edges[*edge as usize].links;
            links.iter().any(|link| self.look.kinds.has(link.kind))
        });
        if shown && !self.look.all && self.focus != here && !self.look.hide {
            self.focus = here;
            self.redraw(here, cx);
            if let Some(next) = self.neighbour(right) {
                self.take(next, right);
            }
            return;
        }
        let text = match (right, beyond.is_empty()) {
            (true, true) => "nothing leaves here",
            (false, true) => "nothing leads here",
            (_, false) => "the links of this node are not shown: e changes the kinds, esc clears the filter",
        };
        cx.toast(Level::Note, text);
    }

    fn take(&mut self, next: usize, right: bool) {
        self.trail = Some((self.chosen, next, right));
        self.choose(next);
    }

    /// The node of the scene at the other end of a line: back where one came from, else the topmost.
    fn neighbour(&self, right: bool) -> Option<usize> {
        let layout = &self.scene.layout;
        let edges =
            if right { self.scene.outs.get(self.chosen)? } else { self.scene.ins.get(self.chosen)? };
        let end = |edge: &u32| {
            let it = &self.scene.part.edges[*edge as usize];
            if right { it.to } else { it.from }
        };
        if let Some((from, to, was_right)) = self.trail
            && was_right != right
            && to == self.chosen
            && edges.iter().any(|edge| end(edge) == from)
        {
            return Some(from);
        }
        edges
            .iter()
            .min_by_key(|edge| {
                let place = layout.places[end(edge)];
                (layout.jumps[**edge as usize], place.y, place.x)
            })
            .map(end)
            .filter(|next| *next != self.chosen)
    }

    /// Goes up or down in the column of nodes.
    fn beside(&mut self, by: isize) {
        let Some(place) = self.scene.layout.places.get(self.chosen) else { return };
        let Some(column) = self.scene.layout.order.get(place.layer as usize) else { return };
        let Some(at) = column.iter().position(|node| *node as usize == self.chosen) else { return };
        let next = (at as isize).saturating_add(by).clamp(0, column.len() as isize - 1);
        let next = column[next as usize] as usize;
        if next != self.chosen {
            // The trail stays for going back to the same source.
            let trail = self.trail;
            self.choose(next);
            self.trail = trail.map(|(from, _, right)| (from, next, right));
        }
    }

    /// Moves the window by a part of itself.
    pub(super) fn pan(&mut self, right: i64, down: i64) {
        let (x, y) = self.from.get();
        let (wide, high) = self.seen.get();
        let moved = |at: u32, by: i64, part: u32| {
            (i64::from(at) + by * i64::from(part.max(1))).clamp(0, i64::from(u32::MAX)) as u32
        };
        self.from.set((moved(x, right, wide / 4), moved(y, down, high / 3)));
        self.loose = true;
    }

    /// Shows more or less around the focus.
    pub(super) fn deepen(&mut self, more: bool, cx: &mut Cx<'_>) {
        let depth = if more { (self.look.depth + 1).min(DEEPEST) } else { self.look.depth.max(2) - 1 };
        if depth == self.look.depth {
            cx.toast(Level::Note, format!("the depth stays {depth}"));
            return;
        }
        self.look.depth = depth;
        self.again(cx);
    }

    /// The text of the filter is another one.
    pub(super) fn filter_changed(&mut self, cx: &mut Cx<'_>) {
        self.refilter();
        if self.look.hide {
            self.again(cx);
        }
    }

    pub(super) fn clear_filter(&mut self, cx: &mut Cx<'_>) {
        self.filtering = false;
        self.filter.set("");
        self.filter_changed(cx);
    }

    /// Goes to the next or previous node that the filter finds, wherever it is.
    pub(super) fn find_next(&mut self, forward: bool, from_here: bool, cx: &mut Cx<'_>) {
        let Some(found) = &self.found else {
            cx.toast(Level::Note, "there is no filter: / sets one");
            return;
        };
        let count = found.len();
        let here = self.here().unwrap_or(0);
        let first = usize::from(!from_here);
        let next = (first..=count)
            .map(|by| if forward { (here + by) % count } else { (here + count - by) % count })
            .find(|at| found[*at]);
        match next {
            Some(next) => self.visit(next, cx),
            None => cx.toast(Level::Note, "the filter finds nothing"),
        }
    }
}
