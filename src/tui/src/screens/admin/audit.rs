//! The audit list: who changed what and when, with the rows before and after; what is undone is marked.

use std::fmt::Write as _;

use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::change::AuditEntry;
use connect_rules_store::{Error, Role as Rights};
use ratatui::Frame;
use ratatui::layout::Rect;
use rustc_hash::FxHashSet;

use super::Part;
use super::table::{Column, Row, Table, Wide, below, facts};
use crate::message::Parcel;
use crate::overlay::{Diff, Explain};
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::times;
use crate::widgets::panel;

const COLUMNS: &[Column] = &[
    ("When", Wide::Is(16)),
    ("Who", Wide::Share(2)),
    ("What", Wide::Share(6)),
    ("Rows", Wide::Is(5)),
    ("", Wide::Is(6)),
];

/// So many entries are read.
const MOST: usize = 2000;

/// Times and authors of changes that are undone.
type Undone = FxHashSet<(Text, Text)>;

/// What was read: entries, and times and authors of those that are undone.
struct Listed(Result<(Vec<AuditEntry>, Undone), Error>);

/// The section.
pub(super) struct Audit {
    table: Table,
    entries: Vec<AuditEntry>,
    undone: Undone,
    mine: bool,
    reading: bool,
}

impl Audit {
    /// The section before anything is read.
    pub fn new() -> Self {
        let table = Table::new(COLUMNS, "nothing was changed yet");
        Audit { table, entries: Vec::new(), undone: FxHashSet::default(), mine: false, reading: false }
    }

    fn read(&mut self, cx: &mut Cx<'_>) {
        if self.reading {
            return;
        }
        self.reading = true;
        cx.look("reading the audit list", |job| {
            let read = || {
                let entries = job.wait(job.backend.audit(MOST))?;
                let journal = job.wait(job.backend.journal(MOST))?;
                let undone = journal.into_iter().filter(|it| it.undone).map(|it| (it.at, it.by)).collect();
                Ok((entries, undone))
            };
            Listed(read())
        });
    }

    fn fill(&mut self, cx: &Cx<'_>) {
        let actor = &cx.session.actor;
        // Only administrators see what others did.
        let own_only = self.mine || actor.role != Rights::Administrator;
        let shown = self.entries.iter().enumerate().filter(|(_, it)| !own_only || it.by == actor.user);
        let zone = cx.data.and_then(|data| data.workspace.zone());
        let rows = shown.map(|(at, it)| {
            let undone = self.undone.contains(&(Text::clone(&it.at), Text::clone(&it.by)));
            Row {
                key: Text::from(it.seq.to_string()),
                at,
                cells: vec![
                    times::typed(&it.at, zone),
                    it.by.to_string(),
                    it.title.clone(),
                    rows(&it.details).len().to_string(),
                    if undone { "undone" } else { "" }.to_owned(),
                ],
                role: if undone { Role::Dim } else { Role::Text },
            }
        });
        let rows = rows.collect();
        self.table.fill(None, rows);
    }
}

fn rows(details: &str) -> Vec<Value> {
    let parsed = json::parse(details).unwrap_or_default();
    parsed.as_array().map(<[Value]>::to_vec).unwrap_or_default()
}

/// Rows of an entry as two texts: before and after.
fn sides(it: &AuditEntry) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    for row in rows(&it.details) {
        let member = |name: &str| row.member(name).text();
        if !row.member("more").is_nil() {
            let line = format!("and {} rows more\n", member("more"));
            before.push_str(&line);
            after.push_str(&line);
            continue;
        }
        let head = format!("{} {}", member("kind"), member("id"));
        let (created, deleted) = (&*member("created") == "true", &*member("deleted") == "true");
        for (side, text, absent) in [("before", &mut before, created), ("after", &mut after, deleted)] {
            if absent {
                continue;
            }
            text.push_str(&head);
            text.push('\n');
            if let Some(image) = row.member(side).as_object() {
                for (name, value) in image {
                    let value =
                        value.as_str().map_or_else(|| json::print(value).unwrap_or_default(), str::to_owned);
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "  {name}: {}", value.replace('\n', " ⏎ "));
                }
            }
        }
        if !created && !deleted && row.member("before").is_nil() {
            after.push_str("  changed; what is in rules and tests is not kept here\n");
        }
    }
    (before, after)
}

impl Part for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn title(&self) -> &'static str {
        "Audit"
    }

    fn place(&self) -> &'static str {
        "admin.audit"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.audit.open" => {
                if let Some(it) = self.table.current().and_then(|row| self.entries.get(row.at)) {
                    let (before, after) = sides(it);
                    let zone = cx.data.and_then(|data| data.workspace.zone());
                    let when = times::told(&it.at, zone, cx.session.clock.now());
                    let title = format!("{} ── {} ── {when}", it.title, it.by);
                    cx.open(Diff::new(title, &before, &after));
                }
            }
            "admin.audit.mine" => {
                self.mine = !self.mine;
                self.fill(cx);
            }
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        (command == "admin.audit.open" && self.table.current().is_none())
            .then(|| "there is no entry".to_owned())
    }

    fn select(&mut self, thing: &str, _: &mut Cx<'_>) {
        self.table.select(thing);
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.read(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        match parcel.downcast::<Listed>() {
            Ok(listed) => {
                self.reading = false;
                match listed.0 {
                    Ok((entries, undone)) => {
                        (self.entries, self.undone) = (entries, undone);
                        self.fill(cx);
                    }
                    Err(error) => cx.open(Explain::error(&error)),
                }
                None
            }
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let whose = if view.session.actor.role != Rights::Administrator {
            " ── your own; all takes ADMINISTRATOR"
        } else if self.mine {
            " ── your own: m shows all"
        } else {
            ""
        };
        let zone = view.data.and_then(|data| data.workspace.zone());
        let (list, under) = below(area, 7);
        let inside = panel::panel(
            frame,
            list,
            &format!("Audit ── {} ── times of {}{whose}", self.table.told(), times::zone_name(zone)),
            view,
        );
        self.table.draw(frame, inside, view);
        let Some(it) = self.table.current().and_then(|row| self.entries.get(row.at)) else { return };
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, under, "Detail", &quiet);
        let lines = [
            ("What", it.title.clone()),
            ("Who, when", format!("{}, {}", it.by, times::told(&it.at, zone, view.session.clock.now()))),
            ("Operation", format!("{}; enter shows the rows before and after", it.operation)),
        ];
        facts(frame, inside, &lines, view);
    }
}
