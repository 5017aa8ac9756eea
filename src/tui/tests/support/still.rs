//! A store whose times stand still, and frames as plain text with their styles.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_store::change::AuditEntry;
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Applied, JournalEntry, Key, Kind, Snapshot, Stamp};
use connect_rules_tui::backend::{Answer, Backend, Repair, Repairing};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

/// When everything was done that is listed.
const THEN: &str = "2026-11-01T09:30:00.000Z";

/// A store whose lists tell the same times on every day.
pub struct Still(pub Arc<dyn Backend>);

impl Backend for Still {
    fn snapshot(&self) -> Answer<'_, Arc<Snapshot>> {
        Box::pin(async {
            let mut now = Snapshot::clone(&*self.0.snapshot().await?);
            now.mark = THEN.into();
            let mut keys: Vec<Key> = Vec::new();
            for set in &now.rule_sets {
                keys.extend(set.id.clone().map(|id| Key::new(Kind::RuleSet, id)));
                keys.extend(set.rules.iter().filter_map(|it| Some(Key::new(Kind::Rule, it.id.clone()?))));
            }
            keys.extend(now.tests.iter().filter_map(|it| Some(Key::new(Kind::Test, it.test_id.clone()?))));
            keys.extend(now.users.iter().map(|it| Key::new(Kind::User, Text::clone(&it.id))));
            keys.extend(now.end_points.iter().map(|it| Key::new(Kind::EndPoint, Text::clone(&it.id))));
            keys.extend(now.holidays.iter().map(|it| Key::new(Kind::Holiday, Text::clone(&it.id))));
            keys.extend(now.config.iter().map(|it| Key::new(Kind::Config, Text::clone(&it.key))));
            for key in keys {
                let Some(stamp) = now.stamps.get(&key).cloned() else { continue };
                let parent = now.stamps.rule_set_of(&key.id).cloned().unwrap_or_default();
                now.stamps.insert(key, Stamp { updated_at: THEN.into(), ..stamp }, parent);
            }
            Ok(Arc::new(now))
        })
    }

    fn log_in<'a>(&'a self, key: &'a str) -> Answer<'a, Actor> {
        self.0.log_in(key)
    }

    fn mark(&self) -> Answer<'_, Text> {
        Box::pin(async { Ok(THEN.into()) })
    }

    fn plan<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Plan> {
        self.0.plan(actor, action)
    }

    fn run<'a>(&'a self, actor: &'a Actor, action: &'a dyn Action) -> Answer<'a, Applied> {
        self.0.run(actor, action)
    }

    fn undo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied> {
        self.0.undo(actor)
    }

    fn redo<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Applied> {
        self.0.redo(actor)
    }

    fn journal(&self, most: usize) -> Answer<'_, Vec<JournalEntry>> {
        Box::pin(async move {
            let mut entries = self.0.journal(most).await?;
            for entry in &mut entries {
                entry.at = THEN.into();
            }
            Ok(entries)
        })
    }

    fn repair<'a>(&'a self, repair: Repair<'a>) -> Repairing<'a> {
        self.0.repair(repair)
    }

    fn audit(&self, most: usize) -> Answer<'_, Vec<AuditEntry>> {
        Box::pin(async move {
            let mut entries = self.0.audit(most).await?;
            for entry in &mut entries {
                entry.at = THEN.into();
            }
            Ok(entries)
        })
    }
}

/// The rows of a frame, without blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

fn look(fg: Color, bg: Color, modifier: Modifier) -> String {
    let mut out = String::new();
    if fg != Color::Reset {
        let _ = write!(out, " {}", fg.to_string().to_lowercase());
    }
    if bg != Color::Reset {
        let _ = write!(out, " on {}", bg.to_string().to_lowercase());
    }
    for (name, _) in modifier.iter_names() {
        let _ = write!(out, " {}", name.to_lowercase());
    }
    out.trim_start().to_owned()
}

/// A letter for the style of every cell, `.` for the plain one, and what the letters mean.
pub fn styles(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut legend = String::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let look = look(cell.fg, cell.bg, cell.modifier);
            if look.is_empty() {
                row.push('.');
                continue;
            }
            let next = char::from(b'a' + letters.len() as u8);
            row.push(*letters.entry(look).or_insert_with_key(|look| {
                let _ = writeln!(legend, "{next} = {look}");
                next
            }));
        }
        let _ = writeln!(out, "{}", row.trim_end_matches('.'));
    }
    out + &legend
}

/// What is sent to a terminal for a first frame.
pub fn bytes(buffer: &Buffer) -> Vec<u8> {
    // As the program does: crossterm would leave out bold and reversed where NO_COLOR is set.
    crossterm::style::force_color_output(true);
    let blank = Buffer::empty(buffer.area);
    let mut out = Vec::new();
    CrosstermBackend::new(&mut out).draw(blank.diff(buffer).into_iter()).unwrap();
    out
}

/// Where a text begins.
pub fn columns_at(buffer: &Buffer, text: &str) -> Vec<(u16, u16)> {
    let mut out = Vec::new();
    for y in 0..buffer.area.height {
        let row: Vec<&str> = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        out.extend((0..row.len()).filter(|x| row[*x..].concat().starts_with(text)).map(|x| (x as u16, y)));
    }
    out
}

/// The columns at which a text begins.
pub fn columns(buffer: &Buffer, text: &str) -> Vec<u16> {
    columns_at(buffer, text).into_iter().map(|(x, _)| x).collect()
}
