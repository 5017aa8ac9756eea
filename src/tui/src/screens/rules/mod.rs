//! The screen Rules: the folders of rule sets, the rules of one in the order they run, and what the cursor
//! is on in full.
//!
//! This file holds the state and moves the cursors; `sets` and `items` do what is done to rule sets and
//! to rules, `lead` follows references, `files` exports and `view` draws.

mod detail;
mod facts;
mod files;
pub mod form;
mod items;
mod keys;
mod lead;
mod search;
mod set_forms;
mod sets;
mod view;
mod words;

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::collate;
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::value::{Text, text_num};
use connect_rules_store::{Applied, Error};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::data::Data;
use crate::help;
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Chosen, Explain};
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::session::Session;
use crate::widgets::tree::{Leaf, Tree};
use crate::widgets::{Editor, List, Order};

use facts::Facts;
pub use keys::KEYS;

/// The three panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Tree,
    List,
    Detail,
}

/// A rule in the list.
struct Row {
    /// Position in the rule set's document.
    at: u32,
    id: Text,
}

/// The filter of a pane.
struct Filter {
    editor: Editor,
    /// What was applied last.
    applied: String,
}

impl Filter {
    fn new() -> Self {
        Filter { editor: Editor::line(""), applied: String::new() }
    }
}

/// The screen.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Rules {
    pane: Pane,
    /// Whether the detail is about the rule; otherwise it is about the rule set.
    on_rule: bool,
    tree: Tree,
    /// The rule set under the cursor, by identifier.
    set: Option<Text>,
    /// What is in the folder under the cursor, in lines.
    folder: Vec<String>,
    /// Its rules as far as the filter lets them through, in the order they run.
    rows: Vec<Row>,
    /// How many of its rules are enabled.
    enabled: usize,
    list: List,
    /// How the list is sorted and what of it is seen.
    order: Order,
    /// Filters of tree and list.
    filters: [Filter; 2],
    /// Whether the filter of the pane is being written.
    typing: bool,
    /// Rule set under the cursor when the filter was opened.
    before: Option<Text>,
    marked_sets: HashSet<Text>,
    marked: HashSet<Text>,
    facts: Option<Facts>,
    /// Whether drafts of an earlier run were looked for.
    looked: bool,
    /// Whether the screen was ever in front; until then nothing is searched for it.
    seen: bool,
    /// Where to go as soon as it is there.
    wanted: Option<Target>,
    /// Copied rules.
    clipboard: Vec<Rule>,
    /// Whether marks go when the change that was asked for is made.
    unmark: bool,
    /// Where the last export went.
    export_path: Option<String>,
    /// First line of the detail.
    top: Cell<usize>,
}

impl Rules {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Rules {
            pane: Pane::Tree,
            on_rule: false,
            tree: Tree::default(),
            set: None,
            folder: Vec::new(),
            rows: Vec::new(),
            enabled: 0,
            list: List::default(),
            order: Order::default(),
            filters: [Filter::new(), Filter::new()],
            typing: false,
            before: None,
            marked_sets: HashSet::new(),
            marked: HashSet::new(),
            facts: None,
            looked: false,
            seen: false,
            wanted: None,
            clipboard: Vec::new(),
            unmark: false,
            export_path: None,
            top: Cell::new(0),
        }
    }

    /// The rule set under the cursor.
    fn the_set<'a>(&self, data: &'a Data) -> Option<&'a RuleSet> {
        data.rule_set(self.set.as_deref()?)
    }

    /// The rule under the cursor, and its rule set.
    fn the_rule<'a>(&self, data: &'a Data) -> Option<(&'a RuleSet, &'a Rule)> {
        let set = self.the_set(data)?;
        let row = self.rows.get(self.list.cursor())?;
        Some((set, rule_at(set, row)?))
    }

    /// Identifier of the rule under the cursor.
    fn rule_id(&self) -> Option<&Text> {
        self.rows.get(self.list.cursor()).map(|row| &row.id)
    }

    /// Which of the two filters belongs to the pane.
    fn filter_of(&self) -> usize {
        usize::from(self.on_rule)
    }

    fn focus(&mut self, pane: Pane) {
        self.pane = pane;
        match pane {
            Pane::Tree => self.on_rule = false,
            Pane::List => self.on_rule = true,
            Pane::Detail => {}
        }
        self.top.set(0);
    }

    fn step(&mut self, forward: bool) {
        let next = match (self.pane, forward) {
            (Pane::Tree, true) | (Pane::Detail, false) => Pane::List,
            (Pane::List, true) | (Pane::Tree, false) => Pane::Detail,
            (Pane::Detail, true) | (Pane::List, false) => Pane::Tree,
        };
        self.focus(next);
    }

    /// The tree's cursor may have moved: the list shows what it is on now.
    fn follow(&mut self, data: Option<&Arc<Data>>) {
        let set = self.tree.leaf().cloned();
        self.folder.clear();
        if let (None, Some(data), Some(row)) = (&set, data, self.tree.current()) {
            self.folder = sets::folder_lines(&self.tree.under(&row.key), data);
        }
        if set != self.set {
            self.set = set;
            self.marked.clear();
            self.list = List::default();
            self.filters[1] = Filter::new();
            self.top.set(0);
            self.arrange(data);
        }
    }

    /// The rows of the list, anew; the cursor stays on its rule.
    fn arrange(&mut self, data: Option<&Arc<Data>>) {
        let kept = self.rule_id().cloned();
        self.rows.clear();
        if let Some(data) = data
            && let Some(set) = self.the_set(data)
        {
            self.enabled = set.rules.iter().filter(|rule| rule.enabled).count();
            let words = search::words(&self.filters[1].applied);
            let mut order: Vec<(u32, &Rule)> = (0..).zip(&set.rules).collect();
            order.retain(|(_, rule)| search::rule_has(rule, &words));
            collate::order_rules(
                &mut order,
                |(_, rule)| &rule.name,
                |(_, rule)| text_num(&rule.priority),
                data.workspace.options().compat.is_original(),
            );
            if let Some(by) = self.order.by() {
                let mut keyed: Vec<_> = order.into_iter().map(|it| (view::cell(it.1, by), it)).collect();
                keyed.sort_by(|(a, _), (b, _)| self.order.compare(a, b));
                order = keyed.into_iter().map(|(_, it)| it).collect();
            }
            let row = |(at, rule): (u32, &Rule)| Row { at, id: rule.id.clone().unwrap_or_default() };
            self.rows.extend(order.into_iter().map(row));
        }
        self.list.resize(self.rows.len());
        if let Some(at) = kept.and_then(|id| self.rows.iter().position(|row| row.id == id)) {
            self.list.select(at);
        }
    }

    /// Applies the filter of the pane as it is written now.
    fn filtered(&mut self, cx: &Cx<'_>) {
        let at = self.filter_of();
        let text = self.filters[at].editor.text();
        if text == self.filters[at].applied {
            return;
        }
        let narrower =
            !self.filters[at].applied.trim().is_empty() && text.starts_with(&self.filters[at].applied);
        self.filters[at].applied = text;
        if at == 1 {
            self.arrange(cx.data);
            return;
        }
        let words = search::words(&self.filters[0].applied);
        let Some(data) = cx.data.filter(|_| !words.is_empty()) else {
            self.tree.set_only(None);
            self.follow(cx.data);
            return;
        };
        let known = self.tree.only().filter(|_| narrower);
        let found = data.workspace.rule_sets().iter().filter_map(|set| {
            let id = set.id.as_ref()?;
            (known.is_none_or(|known| known.contains(id)) && search::set_has(set, &words))
                .then(|| Text::clone(id))
        });
        let found: HashSet<Text> = found.collect();
        self.tree.set_only(Some(found));
        if self.tree.leaf().is_none()
            && let Some(row) = self.tree.rows().iter().position(|row| row.open.is_none())
        {
            self.tree.list.select(row);
        }
        self.follow(cx.data);
    }

    fn clear_filter(&mut self, cx: &Cx<'_>) {
        let at = self.filter_of();
        self.filters[at].editor.set("");
        self.typing = false;
        self.filtered(cx);
    }

    /// Puts the cursors on a rule set and perhaps on one of its rules. Tells whether it is there.
    fn select(&mut self, set: &str, rule: Option<&str>, data: Option<&Arc<Data>>) -> bool {
        let hidden = !self.tree.select(set);
        if hidden {
            self.filters[0] = Filter::new();
            self.tree.set_only(None);
            if !self.tree.select(set) {
                return false;
            }
        }
        self.follow(data);
        let Some(rule) = rule else { return true };
        let find = |rows: &[Row]| rows.iter().position(|row| &*row.id == rule);
        if find(&self.rows).is_none() && !self.filters[1].applied.is_empty() {
            self.filters[1] = Filter::new();
            self.arrange(data);
        }
        let at = find(&self.rows);
        at.map(|at| self.list.select(at)).is_some()
    }

    /// Goes to a target, now or when it has been read.
    fn reach(&mut self, target: &Target, cx: &mut Cx<'_>) {
        let found = match target {
            Target::RuleSet(set) => {
                self.focus(Pane::Tree);
                self.select(set, None, cx.data)
            }
            Target::Rule(set, rule) => {
                // What was just made is known by its own identifier only.
                let set = match cx.data.and_then(|data| data.snapshot.rule(rule).ok()) {
                    Some((holder, _)) if set.is_empty() => holder.id.clone().unwrap_or_default(),
                    _ => Text::clone(set),
                };
                let set = &*set;
                let found = self.select(set, Some(rule), cx.data);
                if found {
                    self.focus(Pane::List);
                }
                found
            }
            _ => true,
        };
        self.wanted = (!found).then(|| target.clone());
    }

    fn look_for_facts(&mut self, cx: &mut Cx<'_>) {
        self.seen = true;
        if let Some(data) = cx.data.cloned()
            && self.facts.as_ref().is_none_or(|facts| facts.mark != data.snapshot.mark)
        {
            cx.look("checking the rules", move |_| Facts::of(&data));
        }
    }

    fn moved(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match (self.pane, command) {
            (Pane::Tree, "move.right") if self.tree.leaf().is_some() => self.focus(Pane::List),
            (Pane::Tree, _) => {
                let moved = self.tree.run(command);
                self.follow(cx.data);
                return moved;
            }
            (Pane::List | Pane::Detail, "move.left") => self.focus(Pane::Tree),
            (Pane::List, "move.right") => self.focus(Pane::Detail),
            (Pane::List, _) => {
                self.top.set(0);
                return self.list.run(command);
            }
            (Pane::Detail, _) => {
                let top = self.top.get();
                self.top.set(match command {
                    "move.up" => top.saturating_sub(1),
                    "move.down" => top.saturating_add(1),
                    "move.pageUp" => top.saturating_sub(10),
                    "move.pageDown" => top.saturating_add(10),
                    "move.first" => 0,
                    "move.last" => usize::MAX,
                    _ => return false,
                });
            }
        }
        true
    }
}

fn rule_at<'a>(set: &'a RuleSet, row: &Row) -> Option<&'a Rule> {
    let rule = set.rules.get(row.at as usize);
    // Between a change and the next reading the place may be that of another rule.
    rule.filter(|rule| rule.id.as_deref().unwrap_or_default() == &*row.id)
        .or_else(|| set.rules.iter().find(|rule| rule.id.as_ref() == Some(&row.id)))
}

impl Screen for Rules {
    fn place(&self) -> &'static str {
        match (self.typing, self.pane, self.on_rule) {
            (true, ..) => "rules.filter",
            (_, Pane::Tree, _) => "rules.set.tree",
            (_, Pane::List, _) => "rules.rule.list",
            (_, Pane::Detail, true) => "rules.rule.detail",
            (_, Pane::Detail, false) => "rules.set.detail",
        }
    }

    fn typing(&self) -> bool {
        self.typing
    }

    fn help_page(&self, view: &View<'_>) -> Option<String> {
        let (_, rule) = self.the_rule(view.data.filter(|_| self.on_rule)?)?;
        Some(help::of_rule_type(rule.rule_type.name()))
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if !self.typing {
            return false;
        }
        let at = self.filter_of();
        let used = self.filters[at].editor.key(key);
        self.filtered(cx);
        used
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if self.typing {
            let at = self.filter_of();
            self.filters[at].editor.paste(text);
            self.filtered(cx);
        } else {
            self.paste_text(text, cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "app.filter" => {
                if self.pane == Pane::Detail {
                    self.focus(if self.on_rule { Pane::List } else { Pane::Tree });
                }
                self.typing = true;
                self.before.clone_from(&self.set);
            }
            "rules.filter.keep" => self.typing = false,
            "rules.filter.clear" => {
                self.clear_filter(cx);
                if let Some(before) = self.before.take() {
                    self.select(&before, None, cx.data);
                }
            }
            "rules.clear" => {
                self.clear_filter(cx);
                self.marked_sets.clear();
                self.marked.clear();
            }
            "pane.next" | "pane.previous" => {
                self.typing = false;
                self.step(command == "pane.next");
            }
            "table.sort" | "table.turn" | "table.hide" if self.on_rule => {
                self.order.run(command, 1, view::COLUMNS);
                self.arrange(cx.data);
            }
            "table.sort" | "table.turn" | "table.hide" => {
                cx.toast(Level::Note, "go to the list of rules first: tab");
            }
            _ if command.starts_with("move.") => return self.moved(command, cx),
            _ => {
                return self.run_on_sets(command, cx)
                    || self.run_on_rules(command, cx)
                    || self.run_leading(command, cx)
                    || self.run_export(command, cx);
            }
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let data = view.data?;
        let why = match command {
            "rules.toggleSets" if self.set.is_none() && self.marked_sets.is_empty() => {
                "choose a rule set, not a folder; v marks all that are in it"
            }
            "rules.editSet" | "rules.cloneSet" | "rules.simulate" | "rules.graph" | "rules.goto"
            | "rules.used"
                if self.set.is_none() =>
            {
                "choose a rule set, not a folder"
            }
            "rules.createRule" | "rules.paste" if self.set.is_none() => "choose the rule set that gets it",
            "rules.paste" if self.clipboard.is_empty() => "nothing is copied; y copies a rule",
            "rules.edit" | "rules.clone" | "rules.rename" | "rules.move" | "rules.delete"
            | "rules.toggle" | "rules.mark" | "rules.copy" | "rules.up" | "rules.down"
                if self.the_rule(data).is_none() =>
            {
                "there is no rule under the cursor; n makes one"
            }
            "rules.up" | "rules.down" if !self.filters[1].applied.trim().is_empty() => {
                "clear the filter first (esc): the order is that of all rules"
            }
            "rules.up" | "rules.down" if self.order.by().is_some() => {
                "the list is sorted, not in the order of the rules: S goes on to it"
            }
            "rules.up" if self.list.cursor() == 0 => "it is the first",
            "rules.down" if self.list.cursor() + 1 >= self.rows.len() => "it is the last",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        self.typing = false;
        self.look_for_facts(cx);
        self.reach(target, cx);
    }

    fn whereabouts(&self) -> Target {
        match (&self.set, self.rule_id().filter(|_| self.on_rule)) {
            (Some(set), Some(rule)) => Target::Rule(Text::clone(set), Text::clone(rule)),
            (Some(set), None) => Target::RuleSet(Text::clone(set)),
            (None, _) => Target::Screen(ScreenId::Rules),
        }
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        let kept = self.set.clone();
        let first = self.tree.rows().is_empty();
        let leaf = |set: &RuleSet| Leaf {
            folder: Text::clone(&set.folder),
            label: Text::clone(&set.name),
            key: set.id.clone().unwrap_or_default(),
        };
        let sets = data.workspace.rule_sets();
        self.marked_sets.retain(|id| data.rule_set(id).is_some());
        if !self.filters[0].applied.trim().is_empty() {
            let words = search::words(&self.filters[0].applied);
            let mut found: HashSet<Text> = sets
                .iter()
                .filter(|set| search::set_has(set, &words))
                .filter_map(|set| set.id.clone())
                .collect();
            // What the cursor is on does not vanish because it was edited.
            found.extend(kept.clone().filter(|id| data.rule_set(id).is_some()));
            self.tree.set_only(Some(found));
        }
        self.tree.set_leaves(sets.iter().map(|set| leaf(set)).collect());
        if let Some(kept) = kept.filter(|id| data.rule_set(id).is_some()) {
            self.tree.select(&kept);
        } else if first && let Some(at) = self.tree.rows().iter().position(|row| row.open.is_none()) {
            self.tree.list.select(at);
        }
        self.follow(Some(&data));
        self.arrange(Some(&data));
        let rows = &self.rows;
        self.marked.retain(|id| rows.iter().any(|row| row.id == *id));
        if self.seen {
            self.look_for_facts(cx);
        }
        self.look_for_drafts(cx);
        if let Some(wanted) = self.wanted.take() {
            self.reach(&wanted, cx);
            if self.wanted.take().is_some() {
                cx.toast(Level::Note, "what you wanted to go to is not there any more");
            }
        }
    }

    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        if result.is_err() {
            (self.unmark, self.wanted) = (false, None);
            self.arrange(cx.data);
            cx.effects.push(Effect::Load);
        } else if std::mem::take(&mut self.unmark) {
            self.marked_sets.clear();
            self.marked.clear();
        }
        false
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Facts>() {
            Ok(facts) => {
                if cx.data.is_some_and(|data| data.snapshot.mark == facts.mark) {
                    self.facts = Some(*facts);
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => return self.chosen(&chosen, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<sets::RenameTo>() {
            Ok(rename) => return sets::plan_rename(*rename, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<sets::RenamePlanned>() {
            Ok(planned) => return sets::show_rename(*planned, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<files::Wanted>() {
            Ok(wanted) => return self.export(*wanted, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<form::Found>() {
            Ok(found) => {
                if let Some(kept) = form::Kept::new(*found) {
                    cx.open(kept);
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<form::OpenDraft>() {
            Ok(open) => return Self::open_draft(&open, cx),
            Err(parcel) => parcel,
        };
        if let Ok(made) = parcel.downcast::<files::Made>() {
            files::write(*made, cx);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.draw_panes(frame, area, view);
    }

    fn copied(&self, view: &View<'_>) -> Option<String> {
        let set = self.the_set(view.data?);
        set.map(|set| set.name.to_string()).or_else(|| self.tree.current().map(|row| row.key.to_string()))
    }
}

/// Tells an error at length.
fn explain(error: &Error, cx: &mut Cx<'_>) {
    cx.open(Explain::error(error));
}
