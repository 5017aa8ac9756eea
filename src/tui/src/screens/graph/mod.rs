//! The screen Graph: end points, rule sets, queues and ends from left to right, with the lines between them.
//!
//! It starts near one node and follows whoever walks along the lines; the whole is there too, filters,
//! cycles, what no contact can reach, and what no test walked. Only the window that is seen is drawn.

mod actions;
mod export;
pub mod keys;
pub mod layers;
pub mod layout;
mod listing;
mod paint;
mod pane;
mod route;
mod rows;
pub mod scene;
pub mod svg;
mod walk;
pub mod whole;

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::coverage::CoverageDetail;
use connect_rules_engine::graph::NodeKind;
use connect_rules_engine::value::Text;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::message::Parcel;
use crate::overlay::Chosen;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::{Editor, List, panel};

use actions::Exported;
use listing::Entry;
use scene::{Detail, Kinds, Scene, Wanted};
use whole::{Overlay, Whole};

pub use keys::KEYS;

/// The most nodes that are drawn at once; more are drawn by a job beside the screen.
const AT_ONCE: usize = 300;
/// The deepest look around a focus.
const DEEPEST: u32 = 30;
/// Columns of the pane of the node beside the drawing, and the width of the screen from which it stands there.
const BESIDE: (u16, u16) = (52, 150);

pub use super::tests::Covered;

/// The network, built by a job.
struct Built {
    whole: Whole,
    mark: Text,
}

/// A part of it, drawn by a job.
struct Drawn {
    serial: u64,
    scene: Scene,
}

/// What tests walked, found by a job.
struct Marked {
    overlay: Overlay,
    mark: Text,
}

/// How the graph is looked at.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch with a key of its own")]
struct Look {
    depth: u32,
    all: bool,
    kinds: Kinds,
    detail: Detail,
    split: bool,
    hide: bool,
    list: bool,
    overlay: bool,
}

/// The screen.
pub struct Graph {
    whole: Option<Arc<Whole>>,
    /// Change mark of the rules that `whole` shows, or will when its job is done.
    mark: Option<Text>,
    visited: bool,
    look: Look,
    /// Node of the whole that the view is around.
    focus: usize,
    /// Node of the scene that the cursor is on.
    chosen: usize,
    /// Node of the scene whose lines stand out: the chosen one, once the cursor rests.
    lit: Cell<usize>,
    scene: Scene,
    /// Number of the newest drawing that was asked for, and of the one that is shown.
    serial: (u64, u64),
    /// Node of the whole that is to be chosen in the newest drawing.
    wish: usize,
    /// Rule set that is to be focused when the network is built.
    wanted: Option<Text>,
    filter: Editor,
    filtering: bool,
    found: Option<Vec<bool>>,
    coverage: Option<Arc<CoverageDetail>>,
    overlay: Option<Arc<Overlay>>,
    entries: Vec<Entry>,
    list: List,
    /// Where the last step came from: node stepped from, node stepped to, whether to the right.
    trail: Option<(usize, usize, bool)>,
    /// First column and row of the drawing that are seen.
    from: Cell<(u32, u32)>,
    /// Columns and rows that are seen.
    seen: Cell<(u32, u32)>,
    /// Whether the window was moved by hand and does not follow the cursor.
    loose: bool,
}

impl Graph {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Graph {
            whole: None,
            mark: None,
            visited: false,
            look: Look {
                depth: 2,
                all: false,
                kinds: Kinds::All,
                detail: Detail::Labels,
                split: false,
                hide: false,
                list: false,
                overlay: false,
            },
            focus: 0,
            chosen: 0,
            scene: Scene::default(),
            serial: (0, 0),
            wish: 0,
            wanted: None,
            filter: Editor::line(""),
            filtering: false,
            found: None,
            coverage: None,
            overlay: None,
            entries: Vec::new(),
            list: List::new(0),
            trail: None,
            from: Cell::new((0, 0)),
            seen: Cell::new((80, 14)),
            lit: Cell::new(0),
            loose: false,
        }
    }

    /// Takes what a run of tests covered, for the overlay.
    pub fn set_coverage(&mut self, detail: Arc<CoverageDetail>, cx: &mut Cx<'_>) {
        self.coverage = Some(detail);
        self.overlay = None;
        self.mark_walked(cx);
    }

    /// Builds the network anew if the rules are not those that it shows.
    fn build(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        if !self.visited || self.mark.as_ref() == Some(&data.snapshot.mark) {
            return;
        }
        self.mark = Some(Text::clone(&data.snapshot.mark));
        cx.look("reading the graph", move |_| Built {
            whole: Whole::new(data.workspace.rule_sets()),
            mark: Text::clone(&data.snapshot.mark),
        });
    }

    fn built(&mut self, built: Built, cx: &mut Cx<'_>) {
        if self.mark.as_ref() != Some(&built.mark) {
            return;
        }
        let new = Arc::new(built.whole);
        // Nodes are found again by kind and name; numbers change with every rule set.
        let again = |at: usize| {
            let node = self.whole.as_ref()?.network.nodes.get(at)?;
            new.find(node.kind, &node.name)
        };
        let first = new.first().unwrap_or(0);
        let chosen = self.scene.of.get(self.chosen).copied();
        let focus = again(self.focus).unwrap_or(first);
        let chosen = chosen.and_then(again).unwrap_or(focus);
        let wanted = self.wanted.take().and_then(|name| new.network.find(&name));
        self.focus = wanted.unwrap_or(focus);
        self.whole = Some(new);
        self.overlay = None;
        self.refilter();
        self.redraw(wanted.unwrap_or(chosen), cx);
        self.mark_walked(cx);
    }

    fn mark_walked(&mut self, cx: &mut Cx<'_>) {
        if let (Some(whole), Some(coverage), Some(mark)) =
            (self.whole.clone(), self.coverage.clone(), self.mark.clone())
        {
            cx.look("marking what tests walk", move |_| Marked { overlay: whole.overlay(&coverage), mark });
        }
    }

    fn refilter(&mut self) {
        let text = self.filter.text();
        self.found = match &self.whole {
            Some(whole) if !text.trim().is_empty() => Some(whole.matches(&text)),
            _ => None,
        };
    }

    /// What the view asks for now.
    fn wanted(&self) -> Wanted {
        Wanted {
            focus: (!self.look.all).then_some((self.focus, self.look.depth)),
            kinds: self.look.kinds,
            detail: self.look.detail,
            split: self.look.split,
            only: self.found.clone().filter(|_| self.look.hide),
        }
    }

    /// Draws what is wanted, with the cursor on that node of the whole; large parts beside the screen.
    fn redraw(&mut self, chosen: usize, cx: &mut Cx<'_>) {
        let Some(whole) = self.whole.clone() else { return };
        if whole.network.nodes.is_empty() {
            self.scene = Scene::default();
            return;
        }
        self.wish = chosen;
        self.serial.0 += 1;
        let serial = self.serial.0;
        let wanted = self.wanted();
        let overlay = self.overlay.clone().filter(|_| self.look.overlay);
        let near = match wanted.focus {
            Some((focus, depth)) => {
                let near = whole.near(focus, depth, |link| wanted.kinds.has(link.kind));
                near.into_iter().filter(|near| *near).count()
            }
            None => whole.network.nodes.len(),
        };
        if near <= AT_ONCE {
            let scene = Scene::new(&whole, &wanted, overlay.as_ref());
            self.drawn(Drawn { serial, scene });
        } else {
            cx.look("drawing the graph", move |_| Drawn {
                serial,
                scene: Scene::new(&whole, &wanted, overlay.as_ref()),
            });
        }
    }

    fn drawn(&mut self, drawn: Drawn) {
        if drawn.serial != self.serial.0 {
            return;
        }
        self.serial.1 = drawn.serial;
        self.scene = drawn.scene;
        self.trail = None;
        let chosen = self.scene.node(self.wish).or_else(|| self.scene.node(self.focus)).unwrap_or(0);
        self.entries = listing::entries(&self.scene);
        if self.look.hide
            && let Some(found) = &self.found
        {
            let of = &self.scene.of;
            let ends = |node: usize| found[of[node]];
            self.entries.retain(|entry| match entry {
                Entry::Node(node) => ends(*node),
                Entry::Edge(edge) => ends(self.scene.part.edges[*edge].from),
            });
        }
        self.list.resize(self.entries.len());
        self.choose(chosen);
    }

    /// Puts the cursor on a node of the scene.
    fn choose(&mut self, node: usize) {
        self.chosen = node;
        self.loose = false;
        if let Some(row) = self.entries.iter().position(|entry| *entry == Entry::Node(node)) {
            self.list.select(row);
        }
    }

    /// Node of the whole that the cursor is on.
    fn here(&self) -> Option<usize> {
        self.scene.of.get(self.chosen).copied()
    }

    /// Goes to a node of the whole: where it stands if it is on screen, else with the focus on it.
    fn visit(&mut self, node: usize, cx: &mut Cx<'_>) {
        if let Some(here) = self.scene.node(node) {
            self.choose(here);
        } else {
            self.focus = node;
            self.look.all = false;
            self.redraw(node, cx);
        }
    }

    fn again(&mut self, cx: &mut Cx<'_>) {
        let here = self.here().unwrap_or(self.focus);
        self.redraw(here, cx);
    }

    fn heading(&self, whole: &Whole) -> String {
        let mut out = match whole.network.nodes.get(self.focus) {
            Some(node) if !self.look.all => {
                format!("Graph ─ focus: {}, depth {} · ", node.name, self.look.depth)
            }
            _ => "Graph ─ all of it · ".to_owned(),
        };
        let count = |kind: NodeKind| whole.network.nodes.iter().filter(|node| node.kind == kind).count();
        let _ = write!(out, "{} rule sets", count(NodeKind::RuleSet));
        for (kind, name) in [(NodeKind::EndPoint, "end points"), (NodeKind::Queue, "queues")] {
            if count(kind) > 0 {
                let _ = write!(out, ", {} {name}", count(kind));
            }
        }
        if self.look.kinds != Kinds::All {
            let _ = write!(out, " · {}", self.look.kinds.name());
        }
        if self.look.overlay {
            out.push_str(" · ○ ╌ no test walks here");
        }
        if self.serial.0 != self.serial.1 {
            out.push_str(" · drawing…");
        }
        out
    }

    fn filter_row(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let found = self.found.as_deref().unwrap_or_default();
        let count = found.iter().filter(|it| **it).count();
        let here = self.scene.of.iter().filter(|at| found.get(**at).copied().unwrap_or(false)).count();
        let told = match (self.found.is_some(), self.filtering) {
            (false, _) => "  name, description or folder".to_owned(),
            (true, true) => format!("  {count} found, {here} shown · enter keeps · esc clears"),
            (true, false) => {
                let hide = if self.look.hide { "greys" } else { "hides" };
                format!("  {count} found, {here} shown · n next · i {hide} the rest · esc clears")
            }
        };
        let wide = (area.width / 3).max(12).min(area.width);
        frame.render_widget(Line::styled("/ ", view.style(Role::Key)), Rect { height: 1, ..area });
        let focused = View { focused: view.focused && self.filtering, ..*view };
        let field = Rect { x: area.x + 2, width: wide.saturating_sub(2), height: 1, ..area };
        self.filter.draw(frame, field, &focused);
        let rest = Rect { x: area.x + wide, width: area.width - wide, height: 1, ..area };
        let text = crate::clean::fit(&told, rest.width as usize).into_owned();
        frame.render_widget(Line::styled(text, view.style(Role::Dim)), rest);
    }

    /// The window: it follows the cursor with some columns before it and its lines behind it.
    fn follow(&self, area: Rect) -> (u32, u32) {
        let (wide, high) = (u32::from(area.width), u32::from(area.height));
        self.seen.set((wide, high));
        let layout = &self.scene.layout;
        let (mut x, mut y) = self.from.get();
        if let Some(place) = layout.places.get(self.chosen).filter(|_| !self.loose) {
            let text = unicode_width::UnicodeWidthStr::width(&*self.scene.nodes[self.chosen]) as u32;
            let (left, right) = (place.x.saturating_sub(2), place.x + text + wide / 4);
            if left < x || right > x + wide {
                x = left.saturating_sub(wide / 3).max(right.saturating_sub(wide)).min(left);
            }
            let (top, bottom) = (place.y, place.y + place.height.min(high));
            if top < y || bottom > y + high {
                y = if place.height >= high {
                    top
                } else {
                    (top + place.height / 2).saturating_sub(high / 2)
                };
            }
        }
        x = x.min(layout.width.saturating_sub(wide));
        y = y.min((layout.rows.len() as u32).saturating_sub(high));
        self.from.set((x, y));
        (x, y)
    }

    /// What is told of a node, beside or below the drawing.
    fn told(
        &self,
        frame: &mut Frame<'_>,
        pane: Rect,
        whole: &Whole,
        here: usize,
        beside: bool,
        view: &View<'_>,
    ) {
        let title = pane::title(whole, here);
        let wide = pane.width as usize;
        let text = crate::clean::fit(&title, wide.saturating_sub(6)).into_owned();
        if beside {
            for y in pane.y..pane.bottom() {
                frame.buffer_mut().set_string(pane.x, y, "│", view.style(Role::Border));
            }
        }
        let line = Line::from(vec![
            Span::styled(if beside { "├─ " } else { "── " }, view.style(Role::Border)),
            Span::styled(text.clone(), view.style(Role::Title)),
            Span::styled(
                format!(
                    " {}",
                    "─".repeat(wide.saturating_sub(4 + unicode_width::UnicodeWidthStr::width(&*text)))
                ),
                view.style(Role::Border),
            ),
        ]);
        frame.render_widget(line, Rect { height: 1.min(pane.height), ..pane });
        let left = u16::from(beside);
        let rows = Rect {
            x: pane.x + left,
            y: pane.y + 1,
            width: pane.width - left,
            height: pane.height.saturating_sub(1),
        };
        let overlay = self.overlay.as_deref().filter(|_| self.look.overlay);
        let size = (rows.width as usize, rows.height as usize);
        panel::lines(frame, rows, pane::lines(whole, overlay, here, size, view));
    }

    fn drawing(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.is_empty() {
            return;
        }
        if self.look.list {
            let wide = area.width as usize;
            self.list.draw(frame, area, view, |at| {
                listing::line(&self.scene, self.entries[at], self.found.as_deref(), wide, view)
            });
            return;
        }
        // A low drawing stands in the upper middle.
        let spare = area.height.saturating_sub(self.scene.layout.rows.len() as u16) / 3;
        let place = Rect { y: area.y + spare, height: area.height - spare, ..area };
        let from = self.follow(place);
        if !view.is_moving() || self.lit.get() >= self.scene.of.len() {
            self.lit.set(self.chosen);
        }
        let picture = paint::Picture {
            scene: &self.scene,
            chosen: Some(self.chosen),
            lit: Some(self.lit.get()),
            found: self.found.as_deref(),
            from,
        };
        picture.draw(frame, place, view);
        let layout = &self.scene.layout;
        let (wide, high) = (u32::from(place.width), u32::from(place.height));
        // What is not seen is told beside the drawing.
        let mut edge = |x: u16, y: u16, mark: &str, more: bool| {
            if let Some(cell) = frame.buffer_mut().cell_mut((x, y)).filter(|_| more) {
                cell.set_symbol(mark).set_style(view.style(Role::Key));
            }
        };
        let (middle, across) = (area.y + area.height / 2, area.right().saturating_sub(4));
        edge(area.x.saturating_sub(1), middle, "«", from.0 > 0);
        edge(area.right(), middle, "»", from.0 + wide < layout.width);
        edge(across, area.y.saturating_sub(1), "▲", from.1 > 0);
        edge(across, area.bottom(), "▼", from.1 + high < layout.rows.len() as u32);
    }
}

impl Screen for Graph {
    fn place(&self) -> &'static str {
        if self.filtering { "graph.filter" } else { "graph" }
    }

    fn typing(&self) -> bool {
        self.filtering
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if !self.filtering {
            return false;
        }
        let before = self.filter.text();
        let used = self.filter.key(key);
        if self.filter.text() != before {
            self.filter_changed(cx);
        }
        used
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if self.filtering {
            self.filter.paste(text);
            self.filter_changed(cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        self.command(command, cx)
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        self.refusal(command, view)
    }

    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        self.visited = true;
        if let Target::GraphOf(name) = target {
            match self.whole.clone() {
                Some(whole) => match whole.network.find(name) {
                    // The way back leads to what was seen, not only to its focus.
                    Some(node) if node == self.focus && !self.look.all => {}
                    Some(node) => {
                        self.focus = node;
                        self.look.all = false;
                        self.redraw(node, cx);
                    }
                    None => cx.toast(crate::message::Level::Note, format!("{name} is not in the graph")),
                },
                None => self.wanted = Some(Text::clone(name)),
            }
        }
        self.build(cx);
    }

    fn whereabouts(&self) -> Target {
        match self.whole.as_ref().and_then(|whole| whole.network.nodes.get(self.focus)) {
            Some(node) if !self.look.all => Target::GraphOf(Text::clone(&node.name)),
            _ => Target::Screen(ScreenId::Graph),
        }
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.build(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Built>() {
            Ok(built) => return self.built(*built, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Drawn>() {
            Ok(drawn) => return self.drawn(*drawn),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Marked>() {
            Ok(marked) => {
                if self.mark.as_ref() == Some(&marked.mark) {
                    self.overlay = Some(Arc::new(marked.overlay));
                    if self.look.overlay {
                        self.again(cx);
                    }
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Covered>() {
            Ok(covered) => return self.set_coverage(covered.0, cx),
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Exported>() {
            Ok(exported) => exported.write(cx),
            Err(parcel) => {
                if let Ok(chosen) = parcel.downcast::<Chosen>() {
                    self.answered(&chosen, cx);
                }
            }
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(whole) = &self.whole else {
            let inside = panel::panel(frame, area, "Graph", view);
            return panel::notice(frame, inside, "reading the graph…", view);
        };
        let mut inside = panel::panel(frame, area, &self.heading(whole), view);
        if whole.network.nodes.is_empty() {
            let text = "There are no rule sets yet: 2 opens Rules, n makes the first one.";
            return panel::notice(frame, inside, text, view);
        }
        if self.filtering || self.found.is_some() {
            self.filter_row(frame, Rect { height: 1, ..inside }, view);
            inside = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        }
        if self.scene.of.is_empty() {
            return panel::notice(frame, inside, "drawing…", view);
        }
        let beside = area.width >= BESIDE.1;
        let (main, pane) = if beside {
            let main = Rect { width: inside.width - BESIDE.0, ..inside };
            (main, Rect { x: main.right(), width: BESIDE.0, ..inside })
        } else {
            let rows = (inside.height / 4).clamp(5, 8).min(inside.height);
            let main = Rect { height: inside.height - rows, ..inside };
            (main, Rect { y: main.bottom(), height: rows, ..inside })
        };
        let Some(here) = self.here() else { return };
        view.follow(frame, pane, |frame| self.told(frame, pane, whole, here, beside, view));
        self.drawing(frame, main, view);
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        Some(self.whole.as_ref()?.network.nodes.get(self.here()?)?.name.to_string())
    }
}
