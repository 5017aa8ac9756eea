//! The palette: fuzzy search over every action and everything in the store.

use connect_rules_engine::value::Text;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Dialog;
use super::choose::search;
use super::manual::Manual;
use crate::clean;
use crate::data::Data;
use crate::help::pages;
use crate::keys;
use crate::message::Level;
use crate::screen::{Cx, Request, Target, View};
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::{Editor, List, panel};

/// How many results are kept.
const MOST: usize = 500;

enum Leads {
    Run(&'static str),
    Go(Target),
    /// The page of help of that id.
    Page(&'static str),
}

struct Entry {
    sort: &'static str,
    label: String,
    detail: String,
    leads: Leads,
    refused: Option<String>,
}

/// The search over everything.
pub struct Palette {
    entries: Vec<Entry>,
    query: Editor,
    found: Vec<usize>,
    list: List,
    place: String,
}

impl Palette {
    /// Everything that can be run at that place, everything that is stored, and every page of help.
    pub fn new(place: &str, data: Option<&Data>, session: &Session) -> Self {
        let entries = entries(place, data, session);
        let found: Vec<usize> = (0..entries.len().min(MOST)).collect();
        let list = List::new(found.len());
        Palette { list, entries, query: Editor::line(""), found, place: place.to_owned() }
    }

    fn searched(&mut self) {
        let texts =
            self.entries.iter().map(|entry| format!("{} {} {}", entry.label, entry.detail, entry.sort));
        self.found = search(&self.query.text(), texts, MOST);
        self.list = List::new(self.found.len());
    }
}

fn entries(place: &str, data: Option<&Data>, session: &Session) -> Vec<Entry> {
    let mut entries: Vec<Entry> = keys::at(place)
        .into_iter()
        .filter(|binding| {
            !binding.id.starts_with("move.")
                && !binding.id.starts_with("dialog.")
                && binding.id != "app.palette"
        })
        .map(|binding| Entry {
            sort: "action",
            label: binding.about.to_owned(),
            detail: binding.keys.first().map_or_else(String::new, |keys| (*keys).to_owned()),
            leads: Leads::Run(binding.id),
            refused: session.refuses(binding.needs, binding.writes.is_write()),
        })
        .collect();
    if let Some(data) = data {
        stored(data, &mut entries);
    }
    entries.extend(pages().iter().map(|page| Entry {
        sort: "help",
        label: page.title.clone(),
        detail: page.sort.to_owned(),
        leads: Leads::Page(&page.id),
        refused: None,
    }));
    entries
}

fn stored(data: &Data, entries: &mut Vec<Entry>) {
    let mut add = |sort, label: &str, detail: &str, target| {
        entries.push(Entry {
            sort,
            label: label.to_owned(),
            detail: detail.to_owned(),
            leads: Leads::Go(target),
            refused: None,
        });
    };
    let id = |id: &Option<Text>| id.clone().unwrap_or_default();
    let now = &data.snapshot;
    for set in &now.rule_sets {
        add("rule set", &set.name, &set.folder, Target::RuleSet(id(&set.id)));
    }
    for set in &now.rule_sets {
        for rule in &set.rules {
            let label = format!("{} / {}", set.name, rule.name);
            add("rule", &label, rule.rule_type.name(), Target::Rule(id(&set.id), id(&rule.id)));
        }
    }
    for test in &now.tests {
        add("test", &test.name, &test.folder, Target::Test(id(&test.test_id)));
    }
    for it in &now.end_points {
        add("end point", &it.name, &it.description, Target::EndPoint(Text::clone(&it.id)));
    }
    for it in &now.holidays {
        add("holiday", &it.name, &it.when, Target::Holiday(Text::clone(&it.id)));
    }
    let catalogue = data.workspace.catalogue();
    for it in &catalogue.queues {
        add("queue", &it.name, "", Target::Admin("connect", Text::clone(&it.name)));
    }
    for it in &catalogue.lambda_functions {
        add("function", &it.name, "", Target::Admin("connect", Text::clone(&it.name)));
    }
}

impl Dialog for Palette {
    fn place(&self) -> &'static str {
        "dialog.palette"
    }

    fn typing(&self) -> bool {
        true
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        let before = self.query.text();
        let used = self.query.key(key);
        if self.query.text() != before {
            self.searched();
        }
        used
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        self.query.paste(text);
        self.searched();
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" | "app.palette" => cx.close(),
            "dialog.ok" => {
                let Some(entry) = self.found.get(self.list.cursor()).map(|at| &self.entries[*at]) else {
                    return true;
                };
                if let Some(why) = &entry.refused {
                    cx.toast(Level::Bad, why.clone());
                    return true;
                }
                cx.close();
                match &entry.leads {
                    Leads::Run(id) => cx.requests.push(Request::Run(id)),
                    Leads::Go(target) => cx.go(target.clone()),
                    Leads::Page(id) => cx.open(Manual::new(id)),
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.entries = entries(&self.place, cx.data.map(|data| &**data), cx.session);
        let cursor = self.list.cursor();
        self.searched();
        self.list.select(cursor);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::window(frame, area, (area.width.min(96), area.height), "Find anything", view);
        if inside.height < 3 {
            return;
        }
        frame.render_widget(Line::styled(": ", view.style(Role::Key)), Rect { height: 1, ..inside });
        self.query.draw(
            frame,
            Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), height: 1, ..inside },
            view,
        );
        let rows = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        if self.found.is_empty() {
            panel::notice(frame, rows, "nothing matches", view);
        }
        let wide = rows.width as usize;
        let label = wide.saturating_sub(36).max(12);
        self.list.draw(frame, rows, view, |at| {
            let entry = &self.entries[self.found[at]];
            let detail = entry.refused.as_ref().unwrap_or(&entry.detail);
            Line::from(vec![
                Span::styled(
                    format!(" {}", clean::pad(&entry.label, label)),
                    view.style(if entry.refused.is_some() { Role::Dim } else { Role::Text }),
                ),
                Span::styled(format!(" {}", clean::pad(detail, 20)), view.style(Role::Key)),
                Span::styled(format!(" {}", entry.sort), view.style(Role::Dim)),
            ])
        });
    }
}
