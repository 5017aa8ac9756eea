//! The coverage pane: rule sets with their rules, branches and weights, and what no test reaches.

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::coverage::{CoverageDetail, Kind, RuleRow};
use connect_rules_engine::value::Text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::{List, panel};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Set(usize),
    Rule(usize, usize),
    Activated(usize, usize),
    Skipped(usize, usize),
    Branch(usize, usize, usize),
    Weight(usize, usize, usize, bool),
    Unreached(usize),
}

/// Covered and all items of a rule set or a rule.
type Share = (u64, u64);

/// The pane.
#[derive(Default)]
pub struct Coverage {
    detail: Option<Arc<CoverageDetail>>,
    shares: Vec<(Share, Vec<Share>)>,
    open: HashSet<(Text, Text)>,
    rows: Vec<Row>,
    /// The cursor.
    pub list: List,
    hidden: [bool; 3],
    unreached: bool,
    filter: String,
}

/// How much of something is covered, as position in the switches.
fn class((covered, total): Share) -> usize {
    match covered {
        0 => 2,
        _ if covered == total => 0,
        _ => 1,
    }
}

fn percent((covered, total): Share) -> u64 {
    (covered * 100).checked_div(total).unwrap_or_default()
}

/// Hits of the items of a rule, in the order of its rows.
fn items(rule: &RuleRow) -> impl Iterator<Item = u64> {
    let outcomes = [rule.activation.activated, rule.activation.skipped].into_iter().flatten();
    let weights = rule.weights.iter().flat_map(|weight| [weight.met, weight.unmet]).flatten();
    std::iter::once(rule.executions)
        .chain(outcomes)
        .chain(weights)
        .chain(rule.branches.iter().map(|branch| branch.hits))
}

fn share(rule: &RuleRow) -> Share {
    items(rule).fold((0, 0), |(covered, total), hits| (covered + u64::from(hits > 0), total + 1))
}

impl Coverage {
    /// Shows another coverage; what is open stays open.
    pub fn set(&mut self, detail: Option<Arc<CoverageDetail>>) {
        self.shares = detail
            .iter()
            .flat_map(|detail| &detail.rule_sets)
            .map(|set| {
                let rules: Vec<Share> = set.rules.iter().map(share).collect();
                let all = rules.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                (all, rules)
            })
            .collect();
        self.detail = detail;
        self.rebuild();
    }

    /// Shows only what has every word of it in the name of rule set or rule.
    pub fn set_filter(&mut self, filter: &str) {
        self.filter = filter.to_lowercase();
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let kept = self.rows.get(self.list.cursor()).and_then(|row| self.names(*row));
        self.rows.clear();
        let Some(detail) = self.detail.clone() else {
            self.list.resize(0);
            return;
        };
        let words: Vec<&str> = self.filter.split_whitespace().collect();
        let named = |set: &str, rule: &str| {
            words.is_empty() || {
                let text = format!("{set} {rule}").to_lowercase();
                words.iter().all(|word| text.contains(word))
            }
        };
        if self.unreached {
            let part = |at: usize, i: usize| detail.unreached[at].item.get(i).map_or("", |text| &**text);
            let shown = (0..detail.unreached.len()).filter(|at| named(part(*at, 1), part(*at, 2)));
            self.rows = shown.map(Row::Unreached).collect();
        } else {
            for (s, set) in detail.rule_sets.iter().enumerate() {
                let (all, rules) = &self.shares[s];
                let any = named(&set.name, "") || set.rules.iter().any(|rule| named(&set.name, &rule.name));
                if !any || self.hidden[class(*all)] {
                    continue;
                }
                self.rows.push(Row::Set(s));
                if !self.open.contains(&(Text::clone(&set.name), Text::default())) {
                    continue;
                }
                for (r, rule) in set.rules.iter().enumerate() {
                    if self.hidden[class(rules[r])] || !named(&set.name, &rule.name) {
                        continue;
                    }
                    self.rows.push(Row::Rule(s, r));
                    if self.open.contains(&(Text::clone(&set.name), Text::clone(&rule.name))) {
                        self.rows.extend(rule.activation.activated.map(|_| Row::Activated(s, r)));
                        self.rows.extend(rule.activation.skipped.map(|_| Row::Skipped(s, r)));
                        self.rows.extend((0..rule.branches.len()).map(|b| Row::Branch(s, r, b)));
                        for (w, weight) in rule.weights.iter().enumerate() {
                            self.rows.extend(weight.met.map(|_| Row::Weight(s, r, w, true)));
                            self.rows.extend(weight.unmet.map(|_| Row::Weight(s, r, w, false)));
                        }
                    }
                }
            }
        }
        self.list.resize(self.rows.len());
        if let Some(kept) = kept
            && let Some(at) = self.rows.iter().position(|row| self.names(*row).as_ref() == Some(&kept))
            && self.rows.get(self.list.cursor()).and_then(|row| self.names(*row)) != Some(kept)
        {
            self.list.select(at);
        }
    }

    /// Names of rule set and rule of a row; the rule is empty for rule sets.
    fn names(&self, row: Row) -> Option<(Text, Text)> {
        let detail = self.detail.as_ref()?;
        let (s, r) = match row {
            Row::Set(s) => (s, None),
            Row::Rule(s, r)
            | Row::Activated(s, r)
            | Row::Skipped(s, r)
            | Row::Branch(s, r, _)
            | Row::Weight(s, r, ..) => (s, Some(r)),
            Row::Unreached(at) => {
                let item = &detail.unreached.get(at)?.item;
                return Some((item.get(1).cloned()?, item.get(2).cloned().unwrap_or_default()));
            }
        };
        let set = detail.rule_sets.get(s)?;
        let rule = match r {
            Some(r) => Text::clone(&set.rules.get(r)?.name),
            None => Text::default(),
        };
        Some((Text::clone(&set.name), rule))
    }

    /// Names of the rule set and the rule under the cursor; the rule is empty for rule sets.
    pub fn current(&self) -> Option<(Text, Text)> {
        self.rows.get(self.list.cursor()).and_then(|row| self.names(*row))
    }

    /// Identity of the item under the cursor (`spec/testing.md` 4.4).
    fn item(&self) -> Option<Vec<Text>> {
        let detail = self.detail.as_ref()?;
        let row = *self.rows.get(self.list.cursor())?;
        let (set, rule) = self.names(row)?;
        let of = |kind: Kind, more: &[&str]| {
            let mut out = vec![Text::from(kind.name()), Text::clone(&set), Text::clone(&rule)];
            out.extend(more.iter().map(|part| Text::from(*part)));
            out
        };
        Some(match row {
            Row::Set(_) => vec![Text::from(Kind::RuleSet.name()), set],
            Row::Rule(..) => of(Kind::Rule, &[]),
            Row::Activated(..) => of(Kind::Activation, &["activated"]),
            Row::Skipped(..) => of(Kind::Activation, &["skipped"]),
            Row::Branch(s, r, b) => of(Kind::Branch, &[&detail.rule_sets[s].rules[r].branches[b].id]),
            Row::Weight(_, _, w, met) => {
                of(Kind::Weight, &[&w.to_string(), if met { "met" } else { "unmet" }])
            }
            Row::Unreached(at) => detail.unreached[at].item.clone(),
        })
    }

    /// Folder and name of the tests that reach the item under the cursor.
    pub fn tests(&self) -> Vec<(Text, Text)> {
        let (Some(detail), Some(item)) = (&self.detail, self.item()) else { return Vec::new() };
        let hits = detail.hits_by_test.iter().find(|hits| hits.item == item);
        let tests = hits.iter().flat_map(|hits| &hits.tests).filter_map(|at| detail.tests.get(*at));
        tests.map(|test| (Text::clone(&test.folder), Text::clone(&test.name))).collect()
    }

    /// Runs a command of the pane. Tells whether it was one.
    pub fn run(&mut self, command: &str) -> bool {
        match command {
            "tests.coverage.covered" => self.hidden[0] = !self.hidden[0],
            "tests.coverage.partial" => self.hidden[1] = !self.hidden[1],
            "tests.coverage.uncovered" => self.hidden[2] = !self.hidden[2],
            "tests.coverage.unreached" => self.unreached = !self.unreached,
            "tests.coverage.toggle" => self.turn(None),
            "move.right" => self.turn(Some(true)),
            "move.left" => self.turn(Some(false)),
            _ => return self.list.run(command),
        }
        self.rebuild();
        true
    }

    fn turn(&mut self, open: Option<bool>) {
        let Some(row) = self.rows.get(self.list.cursor()).copied() else { return };
        let Some(key) = self.names(row) else { return };
        let known = self.open.contains(&key);
        match (row, open) {
            (Row::Unreached(_), _)
            | (Row::Activated(..) | Row::Skipped(..) | Row::Branch(..) | Row::Weight(..), Some(true)) => {}
            (Row::Set(_) | Row::Rule(..), Some(false)) if !known => {
                // To the rule set of the rule.
                let before = &self.rows[..self.list.cursor()];
                if matches!(row, Row::Rule(..))
                    && let Some(at) = before.iter().rposition(|row| matches!(row, Row::Set(_)))
                {
                    self.list.select(at);
                }
            }
            (Row::Set(_) | Row::Rule(..), _) => {
                if open.unwrap_or(!known) {
                    self.open.insert(key);
                } else {
                    self.open.remove(&key);
                }
            }
            _ => {
                let before = &self.rows[..self.list.cursor()];
                if let Some(at) = before.iter().rposition(|row| matches!(row, Row::Rule(..))) {
                    self.list.select(at);
                }
            }
        }
    }

    /// The title with the percentages.
    fn title(&self, width: usize) -> String {
        let Some(detail) = &self.detail else { return "Coverage".to_owned() };
        let long = width >= 76;
        let parts: Vec<String> =
            [(Kind::Rule, "rules"), (Kind::Branch, "branches"), (Kind::Weight, "weights")]
                .iter()
                .map(|(kind, name)| {
                    let measure = detail.summary.of(*kind);
                    match measure.percent {
                        Some(percent) if long => {
                            format!("{name} {}/{} {percent} %", measure.covered, measure.total)
                        }
                        Some(percent) => format!("{name} {percent} %"),
                        None => format!("{name} n/a"),
                    }
                })
                .collect();
        format!("Coverage ── {}", parts.join(" · "))
    }

    /// The switches in words.
    fn switches(&self) -> String {
        if self.unreached {
            let count = self.detail.as_ref().map_or(0, |detail| detail.unreached.len());
            return format!("{count} items no test reaches · U shows rule sets");
        }
        let on = |at: usize| if self.hidden[at] { " " } else { "x" };
        format!("[{}] c covered  [{}] p partial  [{}] n uncovered · U unreached", on(0), on(1), on(2))
    }

    /// Draws the pane.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, &self.title(area.width as usize), view);
        let Some(detail) = &self.detail else {
            panel::notice(frame, inside, "no run yet: A runs all tests", view);
            return;
        };
        if inside.height == 0 {
            return;
        }
        let wide = inside.width as usize;
        let switches = clean::fit(&self.switches(), wide.saturating_sub(1)).into_owned();
        frame.render_widget(
            Line::styled(format!(" {switches}"), view.style(Role::Dim)),
            Rect { height: 1, ..inside },
        );
        let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        if self.rows.is_empty() {
            panel::notice(frame, body, "nothing of this kind", view);
        }
        self.list.draw(frame, body, view, |at| self.line(detail, self.rows[at], wide, view));
    }

    fn line(&self, detail: &CoverageDetail, row: Row, wide: usize, view: &View<'_>) -> Line<'static> {
        let (indent, text, verdict, role) = self.words(detail, row);
        let tail = format!(" {verdict} ");
        let tail_width = unicode_width::UnicodeWidthStr::width(tail.as_str());
        let room = wide.saturating_sub(indent + tail_width);
        Line::from(vec![
            Span::raw(" ".repeat(indent)),
            Span::styled(clean::pad(&text, room), view.style(Role::Text)),
            Span::styled(tail, view.style(role)),
        ])
    }

    fn words(&self, detail: &CoverageDetail, row: Row) -> (usize, String, String, Role) {
        let of_share = |share: Share| {
            let (mark, role) = match class(share) {
                0 => ("✓", Role::Good),
                1 => ("⚠", Role::Warn),
                _ => ("✗", Role::Bad),
            };
            (format!("{}/{} {:>3} % {mark}", share.0, share.1, percent(share)), role)
        };
        let times = |hits: u64| {
            if hits > 0 { (format!("{hits}× ✓"), Role::Good) } else { ("never ✗".to_owned(), Role::Bad) }
        };
        let twist = |open: bool| if open { "▾" } else { "▸" };
        let is_open = |row: Row| self.names(row).is_some_and(|key| self.open.contains(&key));
        let entry = |s: usize, r: usize| &detail.rule_sets[s].rules[r];
        match row {
            Row::Set(s) => {
                let set = &detail.rule_sets[s];
                let (share, role) = if set.entered.is_none() {
                    ("no rules".to_owned(), Role::Dim)
                } else {
                    of_share(self.shares[s].0)
                };
                (1, format!("{} {}", twist(is_open(row)), set.name), share, role)
            }
            Row::Rule(s, r) => {
                let it = entry(s, r);
                let (share, role) = of_share(self.shares[s].1[r]);
                let missing: Vec<String> = it
                    .branches
                    .iter()
                    .filter(|branch| branch.hits == 0)
                    .take(4)
                    .map(|branch| format!("{} ✗", branch.id))
                    .collect();
                let never = if it.executions == 0 { "never ran".to_owned() } else { missing.join("  ") };
                let dead = if it.dead { " · can never fire" } else { "" };
                let text = format!("{} {} · {}{dead}   {never}", twist(is_open(row)), it.name, it.rule_type);
                (3, text, share, role)
            }
            Row::Activated(s, r) => {
                let (hits, role) = times(entry(s, r).activation.activated.unwrap_or_default());
                (7, "fires".to_owned(), hits, role)
            }
            Row::Skipped(s, r) => {
                let (hits, role) = times(entry(s, r).activation.skipped.unwrap_or_default());
                (7, "does not fire".to_owned(), hits, role)
            }
            Row::Branch(s, r, b) => {
                let branch = &entry(s, r).branches[b];
                let (hits, role) = times(branch.hits);
                let target = branch.target.as_ref().map_or(String::new(), |target| format!(" → {target}"));
                (7, format!("branch {}{target}", branch.id), hits, role)
            }
            Row::Weight(s, r, w, met) => {
                let weight = &entry(s, r).weights[w];
                let (hits, role) = times(if met { weight.met } else { weight.unmet }.unwrap_or_default());
                let word = if met { "met" } else { "not met" };
                (7, format!("weight {} {} · {word}", weight.field, weight.operation), hits, role)
            }
            Row::Unreached(at) => {
                let it = &detail.unreached[at];
                let item: Vec<&str> = it.item.iter().skip(1).map(|part| &**part).collect();
                let kind = it.item.first().map_or("", |kind| &**kind);
                (1, format!("{} · {kind}", item.join(" / ")), it.reason.to_string(), Role::Dim)
            }
        }
    }

    /// The row of the cursor as text.
    pub fn copied(&self) -> Option<String> {
        let (_, text, verdict, _) = self.words(self.detail.as_ref()?, *self.rows.get(self.list.cursor())?);
        Some(format!("{text} {verdict}"))
    }
}
