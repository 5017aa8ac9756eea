//! How the screen is drawn: the header, then two panes beside each other if there is room, else one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::arrange::PANES;
use super::feed;
use super::header::{self, Told};
use super::{Limits, every};
use crate::screen::View;
use crate::theme::Role;
use crate::times;
use crate::widgets::panel;

/// From so many columns on, two panes stand beside each other.
const WIDE: u16 = 100;
/// From so many rows on, contacts and tasks stand below the numbers.
const HIGH: u16 = 40;

const NAMES: [&str; PANES + 2] =
    ["Customers", "Caller IDs", "Blocked contacts", "Tasks", "AWS API budgets", "Service quotas"];
/// As [`NAMES`], for the line of tabs.
const TABS: [&str; PANES + 2] = ["Customers", "Caller IDs", "Blocked", "Tasks", "AWS budgets", "Quotas"];

impl Limits {
    pub(super) fn draw_all(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let told = self.told(area.width >= 130, view);
        let height = told.len() as u16 + 2;
        header::draw(frame, Rect { height: height.min(area.height), ..area }, &self.title(view), &told, view);
        let body = Rect { y: area.y + height, height: area.height.saturating_sub(height), ..area };
        if body.width < WIDE {
            self.tabs(frame, Rect { height: 1, ..body }, view);
            let body = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
            return self.pane(frame, body, self.pane, view);
        }
        let pair = self.pane / 2;
        if area.height >= HIGH && pair < 2 {
            let upper = body.height * 3 / 5;
            self.pair(frame, Rect { height: upper, ..body }, 0, view);
            self.pair(frame, Rect { y: body.y + upper, height: body.height - upper, ..body }, 1, view);
        } else {
            self.pair(frame, body, pair, view);
        }
    }

    fn pair(&self, frame: &mut Frame<'_>, area: Rect, pair: usize, view: &View<'_>) {
        let left = Rect { width: area.width / 2, ..area };
        self.pane(frame, left, pair * 2, view);
        let right = Rect { x: area.x + left.width, width: area.width - left.width, ..area };
        self.pane(frame, right, pair * 2 + 1, view);
    }

    /// How fresh everything is.
    fn title(&self, view: &View<'_>) -> String {
        let zone = view.data.and_then(|data| data.workspace.zone());
        let at = times::seconds(self.checked, zone);
        let at = at.split_once(' ').map_or("", |(_, clock)| clock);
        let age = (view.session.clock.now() - self.checked).max(0) / 1000;
        let fresh = match (&self.held, &self.trouble) {
            (None, Some(_)) => "cannot be read".to_owned(),
            (None, None) => "reading…".to_owned(),
            (Some(_), Some(_)) => format!("cannot be read now: data of {at}, {age} s old"),
            (Some(_), None) if self.paused => format!("PAUSED: data of {at}; p goes on"),
            (Some(held), None) => {
                let every =
                    (held.took.as_millis() as i64 * i64::from(super::SHARE)).max(every(view.session)) / 1000;
                format!("live, read every {every} s")
            }
        };
        format!("Outbound limits ── {} ── {fresh}", view.session.store)
    }

    fn told(&self, wide: bool, view: &View<'_>) -> Vec<Told> {
        let Some(held) = &self.held else { return Vec::new() };
        let [limits, rest] = header::limits(&held.config);
        let source = if held.configured { "set here" } else { "defaults" };
        let off = if held.config.enabled { Role::Text } else { Role::Warn };
        let is_today = self.day.is_none() && held.day == Self::today(view.session);
        let mut out = vec![(limits, Role::Text), (format!("{rest} · {source}"), off)];
        let [sums, trouble] = header::totals(held, is_today);
        let role = if held.totals.errors + held.totals.unstopped > 0 { Role::Warn } else { Role::Text };
        if wide {
            out.push((format!("{sums} · {trouble}"), role));
        } else {
            out.extend([(sums, Role::Text), (trouble, role)]);
        }
        if let Some(trouble) = &self.trouble {
            out.push((format!("✗ {}", trouble.line()), Role::Bad));
        }
        if let Some(odd) = &held.odd {
            out.push((
                format!("⚠ the stored limits cannot be used, so the defaults count: {odd}"),
                Role::Bad,
            ));
        }
        if let Some((number, windows)) = &held.stuck {
            let number =
                if self.whole { number.to_string() } else { connect_rules_limits::number::mask(number) };
            let text = format!(
                "⚠ caller ID {number} never rests: blocked for {windows} windows; fixed windows let it (e)"
            );
            out.push((text, Role::Warn));
        }
        if held.more {
            let most = feed::most(view.session.is_remote());
            out.push((format!("⚠ there are more numbers; {most} of them are shown"), Role::Warn));
        }
        out
    }

    fn count(&self, pane: usize) -> Option<usize> {
        self.held.as_ref()?;
        self.arranged.rows.get(pane).map(Vec::len)
    }

    fn tabs(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let mut spans = Vec::new();
        for (pane, name) in TABS.iter().enumerate() {
            let text = self.count(pane).map_or_else(|| (*name).to_owned(), |count| format!("{name} {count}"));
            let here = pane == self.pane;
            let text = if here { format!("[{text}]") } else { format!(" {text} ") };
            spans.push(Span::styled(text, view.style(if here { Role::TabHere } else { Role::Tab })));
        }
        frame.render_widget(Line::from(spans), area);
    }

    fn pane(&self, frame: &mut Frame<'_>, area: Rect, pane: usize, view: &View<'_>) {
        let view = &View { focused: view.focused && pane == self.pane, ..*view };
        let mut title = NAMES[pane].to_owned();
        if let Some(count) = self.count(pane) {
            title = format!("{title} ── {count}{}", if pane < 2 { self.shown.words() } else { "" });
            if pane >= 2
                && let Some(held) = &self.held
            {
                title = format!("{title} ── {} UTC", held.day);
            }
        }
        let inside = panel::panel(frame, area, &title, view);
        let table = match pane {
            4 => Some((&self.budget_table, &self.no_budgets)),
            5 => Some((&self.quota_table, &self.no_quotas)),
            _ => None,
        };
        if let Some((table, trouble)) = table {
            match trouble {
                Some(trouble) => trouble.draw(frame, inside, view),
                None => table.draw(frame, inside, view),
            }
            return;
        }
        let Some(facts) = self.facts(view) else {
            match &self.trouble {
                Some(trouble) => trouble.draw(frame, inside, view),
                None => panel::notice(frame, inside, "reading…", view),
            }
            return;
        };
        let empty = self.empty(pane, facts.reading.config.enabled);
        self.grids[pane].draw(frame, inside, view, empty, |at| {
            let cells = match pane {
                0 | 1 => self.counter(pane, at).map(|row| {
                    let (cells, role, live) = facts.number_cells(row);
                    if live {
                        self.ticking.set(true);
                    }
                    (cells, role)
                }),
                2 => self.decision(pane, at).map(|it| facts.blocked_cells(it)),
                _ => self.decision(pane, at).map(|it| facts.task_cells(it)),
            };
            cells.unwrap_or_else(|| (Vec::new(), Role::Text))
        });
    }

    fn empty(&self, pane: usize, enabled: bool) -> &'static str {
        match pane {
            _ if !enabled => "limits are switched off, so nothing is counted: e changes that",
            0 | 1 if self.shown != super::Shown::All => "no number is in that state: f shows all of them",
            0 => "nobody dialled in the last 24 hours; f5 tries limits with made-up calls",
            1 => "no caller ID was used in the last 24 hours",
            2 => "no call was blocked that day: d shows the day before",
            _ => "no agent got a task that day: d shows the day before",
        }
    }
}
