//! Drawing: three panes, beside or below each other as the terminal allows.

use connect_rules_engine::model::{Rule, RuleSet};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::{Filter, Pane, Rules, detail, rule_at, words};
use crate::clean;
use crate::data::Data;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::{Order, panel};

impl Rules {
    pub(super) fn draw_panes(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(data) = view.data else {
            panel::notice(frame, area, "reading the store…", view);
            return;
        };
        let wide = area.width >= 110;
        let left = if wide { (area.width * 3 / 10).clamp(34, 56) } else { 30 };
        let tree = Rect { width: left.min(area.width), ..area };
        let right = Rect { x: area.x + tree.width, width: area.width - tree.width, ..area };
        self.draw_tree(frame, tree, data, &focused(view, self.pane == Pane::Tree));
        if self.pane == Pane::Tree {
            view.follow(frame, right, |frame| self.draw_right(frame, right, data, view));
        } else {
            self.draw_right(frame, right, data, view);
        }
    }

    /// What the cursor of the tree is on.
    fn draw_right(&self, frame: &mut Frame<'_>, area: Rect, data: &Data, view: &View<'_>) {
        if self.set.is_none() {
            self.draw_folder(frame, area, &focused(view, self.pane != Pane::Tree));
            return;
        }
        let (list, rest) = self.split(area);
        if list.height > 0 {
            self.draw_list(frame, list, data, &focused(view, self.pane == Pane::List));
        }
        if rest.height == 0 {
            return;
        }
        let detail = focused(view, self.pane == Pane::Detail);
        if self.pane == Pane::List {
            view.follow(frame, rest, |frame| self.draw_detail(frame, rest, data, &detail));
        } else {
            self.draw_detail(frame, rest, data, &detail);
        }
    }

    /// Where the list and the detail go. On low terminals the detail takes all while it has the focus. There are
    /// two heights only, so that the panes stay where they are while the cursor runs through the rule sets.
    fn split(&self, area: Rect) -> (Rect, Rect) {
        if area.height < 30 && self.pane == Pane::Detail {
            return (Rect { height: 0, ..area }, area);
        }
        let wanted = (self.rows.len() as u16).saturating_add(3);
        let most = if self.on_rule { area.height / 2 } else { area.height * 3 / 5 };
        // Two heights only, so that panes do not jump from rule set to rule set.
        let least = if area.height < 40 { (area.height / 3).max(6) } else { area.height * 2 / 5 };
        let height = if wanted <= least { least } else { most.max(least) };
        (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
    }

    fn draw_tree(&self, frame: &mut Frame<'_>, area: Rect, data: &Data, view: &View<'_>) {
        let total = data.snapshot.rule_sets.len();
        let filter = &self.filters[0];
        let mut title = match self.tree.only() {
            Some(only) => format!("Rule sets ({} of {total})", only.len()),
            None => format!("Rule sets ({total})"),
        };
        if !self.marked_sets.is_empty() {
            title = format!("{title} · {} marked", self.marked_sets.len());
        }
        let inside = panel::panel(frame, area, &title, view);
        let rows = draw_filter(frame, inside, filter, self.typing && !self.on_rule, view);
        if total == 0 {
            panel::notice(frame, rows, "no rule sets yet; n creates one", view);
        } else if self.tree.rows().is_empty() {
            panel::notice(frame, rows, "nothing matches; esc clears the filter", view);
        }
        let facts = self.facts.as_ref();
        self.tree.list.draw(frame, rows, view, |at| {
            let row = &self.tree.rows()[at];
            let indent = " ".repeat((row.depth as usize).min(12) * 2);
            let room = (rows.width as usize).saturating_sub(1);
            if let Some(open) = row.open {
                let mark = if open { "▾" } else { "▸" };
                let count = format!("({}) ", row.count);
                let start = format!("{indent}{mark} {}", row.label);
                return Line::from(vec![
                    Span::styled(
                        format!(" {}", clean::pad(&start, room.saturating_sub(count.width()))),
                        view.style(Role::Title),
                    ),
                    Span::styled(count, view.style(Role::Dim)),
                ]);
            }
            let Some(set) = data.rule_set(&row.key) else {
                return Line::raw(format!(" {indent}  {}", row.label));
            };
            let mark = if self.marked_sets.contains(&row.key) { "◆" } else { " " };
            let mut marks: Vec<Span<'static>> = Vec::new();
            let mut push = |text: String, role| marks.push(Span::styled(text, view.style(role)));
            if !set.enabled {
                push("off ".to_owned(), Role::Dim);
            }
            if !set.end_points.is_empty() {
                push(format!("☎ {} ", set.end_points.len()), Role::Text);
            }
            match facts.map_or((0, 0), |facts| facts.counts(&set.name)) {
                (0, 0) => {}
                (0, warnings) => push(format!("⚠ {warnings} "), Role::Warn),
                (errors, warnings) => push(format!("✗ {} ", errors + warnings), Role::Bad),
            }
            let used: usize = marks.iter().map(Span::width).sum();
            let look = view.style(if set.enabled { Role::Text } else { Role::Dim });
            let start = format!("{indent}{mark} {}", set.name);
            let mut spans =
                vec![Span::styled(format!(" {} ", clean::pad(&start, room.saturating_sub(used + 1))), look)];
            spans.append(&mut marks);
            Line::from(spans)
        });
    }

    fn draw_folder(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let title = self.tree.current().map_or("Rules", |row| &*row.key);
        let inside = panel::panel(frame, area, &format!("Folder {title}"), view);
        if self.tree.current().is_some() {
            let lines = self
                .folder
                .iter()
                .map(|line| Line::raw(format!(" {}", clean::fit(line, inside.width as usize))));
            panel::lines(frame, inside, lines);
        }
    }

    fn draw_list(&self, frame: &mut Frame<'_>, area: Rect, data: &Data, view: &View<'_>) {
        let Some(set) = self.the_set(data) else { return };
        let enabled = self.enabled;
        let off = if set.enabled { "" } else { " · disabled" };
        let marked =
            if self.marked.is_empty() { String::new() } else { format!(" · {} marked", self.marked.len()) };
        let rules = super::sets::counted(set.rules.len(), "rule");
        let title = format!("{}{off} ── {rules}, {enabled} enabled{marked}", set.name);
        let inside = panel::panel(frame, area, &title, view);
        let rows = draw_filter(frame, inside, &self.filters[1], self.typing && self.on_rule, view);
        if rows.height == 0 {
            return;
        }
        let columns = Columns::of(rows.width as usize, self.order);
        let last = if rows.width < 56 { "why / to" } else { "why / goes to" };
        let titles = ["", "prio", "fires at", "type", "rule", last];
        let headings = std::array::from_fn::<_, COLUMNS, _>(|at| self.order.heading(at, titles[at]));
        frame.render_widget(
            Line::styled(columns.row(headings.each_ref().map(String::as_str)), view.style(Role::Dim)),
            Rect { height: 1, ..rows },
        );
        let rows = Rect { y: rows.y + 1, height: rows.height - 1, ..rows };
        if self.rows.is_empty() {
            let text = if set.rules.is_empty() {
                "no rules yet; n creates one: contacts that come here fail"
            } else {
                "nothing matches; esc clears the filter"
            };
            panel::notice(frame, rows, text, view);
        }
        self.list.draw(frame, rows, view, |at| {
            let row = &self.rows[at];
            let Some(rule) = rule_at(set, row) else { return Line::raw("") };
            let marked = self.marked.contains(&row.id);
            Line::styled(
                line_of(rule, marked, &columns),
                view.style(if rule.enabled { Role::Text } else { Role::Dim }),
            )
        });
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, data: &Data, view: &View<'_>) {
        let facts = self.facts.as_ref();
        let width = area.width.saturating_sub(2);
        let (title, lines) = match (self.the_set(data), self.the_rule(data).filter(|_| self.on_rule)) {
            (_, Some((set, rule))) => {
                let fires = rule.activation.as_deref().unwrap_or("never");
                let title = format!("{} ── {} ── fires at {fires}", rule.name, rule.rule_type);
                (title, detail::rule_lines(set, rule, facts, data, width, view))
            }
            (Some(set), None) => (set_title(set), detail::set_lines(set, facts, data, width, view)),
            (None, None) => ("Details".to_owned(), Vec::new()),
        };
        let inside = panel::panel(frame, area, &title, view);
        let beyond = lines.len().saturating_sub(inside.height as usize);
        let top = self.top.get().min(beyond);
        self.top.set(top);
        panel::lines(frame, inside, lines.into_iter().skip(top));
        if beyond > 0 && area.width > 24 {
            let text = format!(" {} more ↓ ", beyond - top);
            let x = area.right() - text.width() as u16 - 1;
            if beyond > top {
                frame.buffer_mut().set_string(x, area.bottom() - 1, &text, view.style(Role::Dim));
            }
        }
    }
}

fn set_title(set: &RuleSet) -> String {
    format!("Rule set {}", set.name)
}

fn focused<'a>(view: &View<'a>, here: bool) -> View<'a> {
    View { focused: view.focused && here, ..*view }
}

/// Draws the filter if there is one; answers what is left.
fn draw_filter(frame: &mut Frame<'_>, area: Rect, filter: &Filter, typing: bool, view: &View<'_>) -> Rect {
    if area.height < 2 || (!typing && filter.applied.is_empty()) {
        return area;
    }
    frame.buffer_mut().set_string(area.x, area.y, " / ", view.style(Role::Key));
    let place = Rect { x: area.x + 3, width: area.width.saturating_sub(3), height: 1, ..area };
    filter.editor.draw(frame, place, &focused(view, typing));
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// Columns of the list, its mark among them.
pub(super) const COLUMNS: usize = 6;

/// Widths of the columns of the list; those of 0 are left out.
struct Columns([usize; 6]);

impl Columns {
    fn of(width: usize, order: Order) -> Self {
        let seen = |column: usize, width: usize| if order.sees(column) { width } else { 0 };
        let fires = seen(2, if width >= 64 { 10 } else { 0 });
        let prio = seen(1, if width >= 64 { 7 } else { 6 });
        let kind = seen(3, if width >= 56 { 15 } else { 11 });
        let rest = width.saturating_sub(2 + prio + fires + kind + 1);
        let share = if width >= 56 { rest * 2 / 5 } else { rest * 3 / 5 };
        let name = if order.sees(5) { share.clamp(rest.min(12), 40) } else { rest };
        let name = seen(4, name);
        Columns([2, prio, fires, kind, name, seen(5, rest.saturating_sub(name))])
    }

    fn row(&self, texts: [&str; 6]) -> String {
        let mut out = String::from(" ");
        for (at, (text, width)) in texts.iter().zip(self.0).enumerate() {
            if width == 0 {
                continue;
            }
            // Numbers stand at the right of their columns.
            if at == 1 || at == 2 {
                let text = clean::fit(text, width - 2);
                out.extend(std::iter::repeat_n(' ', (width - 2).saturating_sub(text.width())));
                out.push_str(&text);
                out.push_str("  ");
            } else if at == 5 {
                out.push_str(&clean::fit(text, width));
            } else {
                out.push_str(&clean::pad(text, width - 1));
                out.push(' ');
            }
        }
        out
    }
}

/// What a rule says in a column of the list.
pub(super) fn cell(rule: &Rule, column: usize) -> String {
    match column {
        1 => rule.priority.to_string(),
        2 => rule.activation.as_deref().unwrap_or("never").to_owned(),
        3 => rule.rule_type.name().to_owned(),
        4 => rule.name.to_string(),
        _ => why_of(rule),
    }
}

fn why_of(rule: &Rule) -> String {
    let mut why = words::why_and_where(rule);
    if !rule.enabled {
        why = if why.is_empty() { "disabled".to_owned() } else { format!("disabled · {why}") };
    }
    // The first line of what it says is enough here.
    why.replace(['\n', '\r'], " ")
}

fn line_of(rule: &Rule, marked: bool, columns: &Columns) -> String {
    columns.row([
        if marked { "◆" } else { " " },
        &rule.priority,
        rule.activation.as_deref().unwrap_or("never"),
        rule.rule_type.name(),
        &rule.name,
        &why_of(rule),
    ])
}
