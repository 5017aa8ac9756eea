//! Commands of the screen beside walking: views, lists to choose from, other screens, files.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::graph::NodeKind;
use connect_rules_engine::value::Text;

use super::Graph;
use super::export::Export;
use super::scene::{Detail, Scene, name, with_rules};
use super::whole::Whole;
use crate::clean;
use crate::data::Data;
use crate::message::{Effect, Level};
use crate::overlay::edit::ask;
use crate::overlay::{Candidate, Choose, Chosen};
use crate::screen::{Cx, Target, View};

/// A file to be written, made by a job.
pub(super) struct Exported {
    path: String,
    text: String,
}

impl Exported {
    /// Writes it.
    pub(super) fn write(self, cx: &mut Cx<'_>) {
        let told = Some(format!("the graph is in {}", self.path));
        cx.effects.push(Effect::WriteFile { path: PathBuf::from(self.path), text: self.text, told });
    }
}

impl Graph {
    /// Runs a command. Tells whether it was one of this screen.
    pub(super) fn command(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "graph.focus" => {
                if let Some(here) = self.here() {
                    self.focus = here;
                    self.look.all = false;
                    self.redraw(here, cx);
                }
            }
            "graph.all" => {
                self.look.all = !self.look.all;
                self.again(cx);
            }
            "graph.deeper" => self.deepen(true, cx),
            "graph.shallower" => self.deepen(false, cx),
            "graph.list" => {
                self.look.list = !self.look.list;
                self.choose(self.chosen);
            }
            "graph.kinds" => {
                self.look.kinds = self.look.kinds.next();
                cx.toast(Level::Note, format!("shown: {}", self.look.kinds.name()));
                self.again(cx);
            }
            "graph.overlay" => {
                self.look.overlay = !self.look.overlay;
                self.again(cx);
            }
            "graph.zoom" => {
                let (next, told) = match self.look.detail {
                    Detail::Labels => (Detail::Rules, "labels and rules"),
                    Detail::Rules => (Detail::Names, "names only"),
                    Detail::Names => (Detail::Labels, "names and labels"),
                };
                self.look.detail = next;
                cx.toast(Level::Note, told);
                self.again(cx);
            }
            "graph.split" => {
                self.look.split = !self.look.split;
                let told =
                    if self.look.split { "once for each rule set" } else { "once, however many lead there" };
                cx.toast(Level::Note, format!("queues, numbers and ends: {told}"));
                self.again(cx);
            }
            "graph.hide" => {
                self.look.hide = !self.look.hide;
                self.again(cx);
            }
            "graph.next" => self.find_next(true, false, cx),
            "graph.previous" => self.find_next(false, false, cx),
            "graph.panLeft" => self.pan(-1, 0),
            "graph.panRight" => self.pan(1, 0),
            "graph.panUp" => self.pan(0, -1),
            "graph.panDown" => self.pan(0, 1),
            "app.filter" => self.filtering = true,
            "graph.filterDone" => {
                self.filtering = false;
                if self.found.is_some() {
                    self.find_next(true, true, cx);
                }
            }
            "graph.filterClear" | "graph.clear" => self.clear_filter(cx),
            "graph.open" => self.open(cx),
            "graph.links" => self.links(cx),
            "graph.simulate" => self.simulate(cx),
            "graph.unreachable" => self.unreachable(cx),
            "graph.cycles" => self.cycles(cx),
            "graph.export" => {
                let formats = Export::all().map(Export::candidate).collect();
                cx.open(Choose::new("Export the graph as", "export", cx.me(), formats));
            }
            _ => return self.moved(command, cx),
        }
        true
    }

    /// Why a command cannot be run now.
    pub(super) fn refusal(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let own = command.starts_with("graph.");
        let whole = self.whole.as_ref().filter(|_| own)?;
        let kind = self.here().map(|here| whole.network.nodes[here].kind);
        let why = match command {
            "graph.overlay" if self.coverage.is_none() => {
                "no tests were run in this session: 4 opens Tests, A runs all"
            }
            "graph.simulate" if !matches!(kind, Some(NodeKind::RuleSet | NodeKind::EndPoint)) => {
                "calls start at end points and rule sets"
            }
            "graph.unreachable" if whole.network.unreachable().next().is_none() => {
                "contacts can reach every enabled rule set"
            }
            "graph.cycles" if whole.network.cycles.is_empty() => "there are no cycles",
            "graph.next" | "graph.previous" if self.found.is_none() => "there is no filter: / sets one",
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// Takes what was chosen in a dialog.
    pub(super) fn answered(&mut self, chosen: &Chosen, cx: &mut Cx<'_>) {
        if let Some(format) = chosen.tag.strip_prefix("file ") {
            return self.export(format, &chosen.value, cx);
        }
        match &*chosen.tag {
            "export" => {
                if let Some(export) = Export::parse(&chosen.value) {
                    let tag = format!("file {}", chosen.value);
                    cx.open(ask("Export the graph", "File", &export.file(), &tag, cx.me()));
                }
            }
            "node" => {
                if let Ok(node) = chosen.value.parse::<usize>()
                    && self.whole.as_ref().is_some_and(|whole| node < whole.network.nodes.len())
                {
                    self.visit(node, cx);
                }
            }
            "link" => {
                if let (Some(data), Some(target)) = (cx.data, self.link_target(&chosen.value)) {
                    match target.of(data) {
                        Some(target) => cx.go(target),
                        None => cx.toast(Level::Note, "the rules have changed meanwhile"),
                    }
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        let (Some(whole), Some(here), Some(data)) = (self.whole.clone(), self.here(), cx.data) else {
            return;
        };
        let node = &whole.network.nodes[here];
        match node.kind {
            NodeKind::RuleSet => match data.rule_set_named(&node.name).and_then(|set| set.id.clone()) {
                Some(id) => cx.go(Target::RuleSet(id)),
                None => cx.toast(Level::Note, format!("{} is no more", node.name)),
            },
            NodeKind::EndPoint => {
                let stored = data.snapshot.end_points.iter().find(|it| it.name == node.name);
                match stored {
                    Some(stored) => cx.go(Target::EndPoint(Text::clone(&stored.id))),
                    None => self.links(cx),
                }
            }
            _ => self.links(cx),
        }
    }

    /// Lists the links into and out of the node; enter opens the rule.
    fn links(&mut self, cx: &mut Cx<'_>) {
        let (Some(whole), Some(here)) = (self.whole.clone(), self.here()) else { return };
        let mut rows = Vec::new();
        for (out, edges) in [(false, &whole.ins[here]), (true, &whole.outs[here])] {
            for edge in edges {
                let it = &whole.network.edges[*edge as usize];
                let other = &whole.network.nodes[if out { it.to } else { it.from }];
                for (at, link) in it.links.iter().enumerate() {
                    let mut label = format!("{} {}", if out { "▸" } else { "◀" }, name(other, 60));
                    if !link.label.is_empty() {
                        let _ = write!(label, " [{}]", link.label);
                    }
                    let off = if link.enabled { "" } else { " · off" };
                    let detail = if link.rule.is_empty() {
                        link.kind.name().to_owned()
                    } else {
                        format!("{} · {} {}{off}", link.rule, link.kind.name(), link.param)
                    };
                    rows.push(Candidate {
                        value: Text::from(format!("{edge} {at}")),
                        label: clean::line(&label).into_owned(),
                        detail: clean::line(&detail).into_owned(),
                        refused: None,
                    });
                }
            }
        }
        if rows.is_empty() {
            cx.toast(Level::Note, "nothing leads here and nothing leaves");
            return;
        }
        let title = format!("Links of {} · enter opens the rule", whole.network.nodes[here].name);
        cx.open(Choose::new(title, "link", cx.me(), rows));
    }

    fn link_target(&self, value: &str) -> Option<RuleOf> {
        let whole = self.whole.as_ref()?;
        let (edge, link) = value.split_once(' ')?;
        let edge = whole.network.edges.get(edge.parse::<usize>().ok()?)?;
        let link = edge.links.get(link.parse::<usize>().ok()?)?;
        let from = &whole.network.nodes[edge.from];
        Some(RuleOf {
            end_point: from.kind == NodeKind::EndPoint,
            from: Text::clone(&from.name),
            rule: Text::clone(&link.rule),
        })
    }

    fn simulate(&mut self, cx: &mut Cx<'_>) {
        let (Some(whole), Some(here)) = (&self.whole, self.here()) else { return };
        let node = &whole.network.nodes[here];
        let (nothing, name) = (Text::from(""), Text::clone(&node.name));
        match node.kind {
            NodeKind::EndPoint => cx.go(Target::Simulate { rule_set: nothing, end_point: name }),
            _ => cx.go(Target::Simulate { rule_set: name, end_point: nothing }),
        }
    }

    fn unreachable(&mut self, cx: &mut Cx<'_>) {
        let Some(whole) = &self.whole else { return };
        let rows: Vec<Candidate> = whole
            .network
            .unreachable()
            .map(|at| {
                let node = &whole.network.nodes[at];
                let why = if whole.ins[at].is_empty() {
                    "nothing leads here".to_owned()
                } else {
                    format!("only from {}", sources(whole, at))
                };
                Candidate {
                    value: Text::from(at.to_string()),
                    label: clean::line(&node.name).into_owned(),
                    detail: why,
                    refused: None,
                }
            })
            .collect();
        let title = format!("{} rule sets that no contact can reach", rows.len());
        cx.open(Choose::new(title, "node", cx.me(), rows));
    }

    fn cycles(&mut self, cx: &mut Cx<'_>) {
        let Some(whole) = &self.whole else { return };
        let rows: Vec<Candidate> = whole
            .network
            .cycles
            .iter()
            .filter_map(|cycle| {
                let names: Vec<_> =
                    cycle.iter().take(8).map(|at| clean::line(&whole.network.nodes[*at].name)).collect();
                let more = if cycle.len() > 8 { ", …" } else { "" };
                let detail = if cycle.len() == 1 {
                    "leads to itself".to_owned()
                } else {
                    format!("{} rule sets", cycle.len())
                };
                let label = format!("↺ {}{more}", names.join(", "));
                Some(Candidate {
                    value: Text::from(cycle.first()?.to_string()),
                    label,
                    detail,
                    refused: None,
                })
            })
            .collect();
        cx.open(Choose::new(format!("{} cycles", rows.len()), "node", cx.me(), rows));
    }

    fn export(&mut self, format: &str, path: &str, cx: &mut Cx<'_>) {
        let (Some(export), Some(whole)) = (Export::parse(format), self.whole.clone()) else { return };
        if path.trim().is_empty() {
            cx.toast(Level::Bad, "not exported: there is no file name");
            return;
        }
        let path = path.trim().to_owned();
        let wanted = self.wanted();
        let overlay = self.overlay.clone().filter(|_| self.look.overlay);
        cx.job(format!("exporting the graph to {path}"), move |_| {
            let scene =
                if export.whole { Scene::default() } else { Scene::new(&whole, &wanted, overlay.as_ref()) };
            Exported { path, text: export.make(&whole, &scene) }
        });
    }
}

/// The rule that makes a link, by names.
struct RuleOf {
    end_point: bool,
    from: Text,
    rule: Text,
}

impl RuleOf {
    fn of(&self, data: &Arc<Data>) -> Option<Target> {
        if self.end_point {
            let stored = data.snapshot.end_points.iter().find(|it| it.name == self.from)?;
            return Some(Target::EndPoint(Text::clone(&stored.id)));
        }
        let set = data.rule_set_named(&self.from)?;
        let id = set.id.clone()?;
        let rule = set.rules.iter().find(|rule| rule.name == self.rule).and_then(|rule| rule.id.clone());
        Some(
            rule.map_or_else(
                || Target::RuleSet(Text::clone(&id)),
                |rule| Target::Rule(Text::clone(&id), rule),
            ),
        )
    }
}

/// Names of what leads to a node.
fn sources(whole: &Whole, node: usize) -> String {
    let names: Vec<String> = whole.ins[node]
        .iter()
        .take(3)
        .map(|edge| {
            let it = &whole.network.edges[*edge as usize];
            let from = &whole.network.nodes[it.from];
            let off = if from.enabled { "" } else { " (off)" };
            format!("{}{off}, {}", clean::line(&from.name), with_rules(it))
        })
        .map(|text| text.trim_end_matches(", ").to_owned())
        .collect();
    names.join("; ")
}
