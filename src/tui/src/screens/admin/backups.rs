//! Backups beside the store: list, write, restore, prune (`spec/model.md` 17).

use std::fs;
use std::path::PathBuf;

use connect_rules_engine::value::Text;
use connect_rules_store::Error;
use connect_rules_store::exchange::backup::RETENTION_DAYS;
use connect_rules_store::exchange::restore::RestorePlan;
use connect_rules_store::exchange::{Backup, Backups, Restore};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::review::Review;
use super::table::{Column, Row, Table, Wide, facts, split};
use super::{Apply, Part, about, back_up};
use crate::message::{JobContext, Level, Parcel};
use crate::overlay::{Confirm, Edit, Explain, Submit, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::theme::Role;
use crate::times;
use crate::widgets::form::{Field, Form, Kind};
use crate::widgets::panel;

const COLUMNS: &[Column] = &[
    ("When", Wide::Is(19)),
    ("Age", Wide::Is(8)),
    ("Rule sets", Wide::Is(9)),
    ("Tests", Wide::Is(5)),
    ("Settings", Wide::Is(8)),
    ("Size", Wide::Is(7)),
];

/// A backup and what its files hold.
struct Held {
    backup: Backup,
    rule_sets: Option<usize>,
    tests: Option<usize>,
    bytes: u64,
}

/// The backups that are there.
struct Listed(Result<Vec<Held>, Error>);

/// A backup was written.
struct Wrote(Result<String, Error>);

/// Backups were deleted.
struct Pruned(Result<Vec<String>, Error>);

/// What a restore would do.
struct Planned {
    stem: String,
    result: Result<(Restore, RestorePlan), Error>,
}

/// Agreement to delete old backups: days.
struct Prune(u32);

/// The section.
pub(super) struct BackupList {
    table: Table,
    held: Vec<Held>,
}

impl BackupList {
    /// The section before anything is listed.
    pub fn new() -> Self {
        BackupList { table: Table::new(COLUMNS, "no backups yet; n writes one"), held: Vec::new() }
    }

    fn backups(cx: &Cx<'_>) -> Option<Backups> {
        cx.session.file.as_deref().map(Backups::beside)
    }

    fn list(cx: &mut Cx<'_>) {
        let Some(backups) = Self::backups(cx) else { return };
        cx.look("listing backups", move |job| Listed(listed(&backups, job)));
    }

    fn write(cx: &mut Cx<'_>) {
        let Some(backups) = Self::backups(cx) else { return };
        let about = about(cx.session);
        let at = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
        cx.job("writing a backup", move |job| Wrote(back_up(job, &backups, &about, at)));
    }

    fn restore(&self, cx: &mut Cx<'_>) {
        let Some(held) = self.table.current().and_then(|row| self.held.get(row.at)) else { return };
        let backup = held.backup.clone();
        cx.look(format!("reading backup {}", backup.stem), move |job| {
            let result = backup.restore().and_then(|restore| {
                let now = job.wait(job.backend.snapshot())?;
                let plan = restore.preview(&now)?;
                Ok((restore, plan))
            });
            Planned { stem: backup.stem, result }
        });
    }

    fn ask_prune(cx: &mut Cx<'_>) {
        let field = Field::new("days", "Older than days", Kind::Line, &RETENTION_DAYS.to_string())
            .hint("the latest backup always stays");
        let form = Edit::new("Delete old backups", Form::new(vec![field]), |form, cx| {
            let Ok(days) = form.value("days").trim().parse::<u32>() else {
                return Submit::Refused("write a whole number of days".to_owned());
            };
            let body = format!("Backups of more than {days} days ago are deleted; this cannot be undone.");
            let then = Then::Send(ScreenId::Admin, Box::new(Prune(days)));
            let confirm = Confirm::new("Delete old backups?", body, "Delete", then);
            cx.open(confirm.guarded(&cx.session.environment));
            Submit::Done
        });
        cx.open(form.check(|form, _| {
            let bad = form.value("days").trim().parse::<u32>().is_err();
            if bad { vec![("days".to_owned(), "is no whole number of days".to_owned())] } else { Vec::new() }
        }));
    }

    fn show(&mut self, held: Vec<Held>, cx: &Cx<'_>) {
        let now = cx.session.clock.now();
        let zone = cx.data.and_then(|data| data.workspace.zone());
        self.held = held;
        let number = |count: Option<usize>| count.map_or("–".to_owned(), |count| count.to_string());
        let rows = self.held.iter().enumerate().map(|(at, it)| Row {
            key: Text::from(it.backup.stem.as_str()),
            at,
            cells: vec![
                times::seconds(it.backup.at.as_millisecond(), zone),
                times::age(now - it.backup.at.as_millisecond()),
                number(it.rule_sets),
                number(it.tests),
                if it.backup.settings.is_some() { "yes" } else { "–" }.to_owned(),
                size(it.bytes),
            ],
            role: Role::Text,
        });
        self.table.fill(None, rows.collect());
    }
}

/// What the files of every backup hold.
fn listed(backups: &Backups, job: &JobContext) -> Result<Vec<Held>, Error> {
    let all = backups.list()?;
    let mut out = Vec::with_capacity(all.len());
    let count = all.len();
    for (at, backup) in all.into_iter().enumerate() {
        if job.is_cancelled() {
            break;
        }
        job.progress(at, count);
        let files = [&backup.rule_sets, &backup.tests, &backup.settings];
        let bytes = files
            .iter()
            .filter_map(|it| it.as_ref())
            .filter_map(|it| fs::metadata(it).ok())
            .map(|it| it.len())
            .sum();
        let (rule_sets, tests) =
            (members(backup.rule_sets.as_ref(), "ruleSets"), members(backup.tests.as_ref(), "tests"));
        out.push(Held { backup, rule_sets, tests, bytes });
    }
    Ok(out)
}

/// How many things a file lists, bare or under that member.
fn members(path: Option<&PathBuf>, name: &str) -> Option<usize> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Listing {
        Bare(Vec<serde::de::IgnoredAny>),
        Named(std::collections::HashMap<String, serde_json::Value>),
    }
    let text = fs::read_to_string(path?).ok()?;
    Some(match serde_json::from_str(&text).ok()? {
        Listing::Bare(all) => all.len(),
        Listing::Named(document) => document.get(name)?.as_array()?.len(),
    })
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

impl Part for BackupList {
    fn name(&self) -> &'static str {
        "backups"
    }

    fn title(&self) -> &'static str {
        "Backups"
    }

    fn place(&self) -> &'static str {
        "admin.backups"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.backups.new" => Self::write(cx),
            "admin.backups.restore" => self.restore(cx),
            "admin.backups.prune" => Self::ask_prune(cx),
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let own = command.strip_prefix("admin.backups.")?;
        if view.session.file.is_none() {
            return Some("this store is no file; its backups are not kept here".to_owned());
        }
        (own != "new" && self.table.current().is_none())
            .then(|| "there is no backup; n writes one".to_owned())
    }

    fn select(&mut self, thing: &str, _: &mut Cx<'_>) {
        self.table.select(thing);
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        Self::list(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let parcel = match parcel.downcast::<Listed>() {
            Ok(listed) => {
                match listed.0 {
                    Ok(held) => self.show(held, cx),
                    Err(error) => cx.open(Explain::error(&error)),
                }
                return None;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Wrote>() {
            Ok(wrote) => {
                match wrote.0 {
                    Ok(stem) => {
                        cx.toast(Level::Good, format!("backup {stem} written"));
                        Self::list(cx);
                    }
                    Err(error) => cx.open(Explain::error(&error)),
                }
                return None;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Planned>() {
            Ok(planned) => {
                match planned.result {
                    Ok((restore, plan)) => {
                        let title = format!("Restore {}", planned.stem);
                        let apply = Apply { title: format!("{title}?"), action: Box::new(restore) };
                        cx.open(Review::new(title, plan.lines(), true, apply));
                    }
                    Err(error) => cx.open(Explain::error(&error)),
                }
                return None;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Prune>() {
            Ok(prune) => {
                let backups = Self::backups(cx)?;
                let now = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
                cx.job("deleting old backups", move |_| Pruned(backups.prune(prune.0, now)));
                return None;
            }
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Pruned>() {
            Ok(pruned) => {
                match pruned.0 {
                    Ok(stems) => {
                        cx.toast(Level::Good, format!("{} backups deleted", stems.len()));
                        Self::list(cx);
                    }
                    Err(error) => cx.open(Explain::error(&error)),
                }
                None
            }
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(file) = &view.session.file else {
            let inside = panel::panel(frame, area, "Backups", view);
            let text =
                "This store is no file, so there is no folder of backups beside it. Export writes files.";
            panel::notice(frame, inside, text, view);
            return;
        };
        let zone = view.data.and_then(|data| data.workspace.zone());
        let (list, below) = split(area, 8);
        let inside = panel::panel(
            frame,
            list,
            &format!("Backups ── {} ── times of {}", self.table.told(), times::zone_name(zone)),
            view,
        );
        self.table.draw(frame, inside, view);
        if below.height < 3 {
            return;
        }
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, below, "Detail", &quiet);
        let folder = Backups::beside(file).folder.display().to_string();
        let mut lines = vec![
            ("Folder", folder),
            ("Kept", format!("{RETENTION_DAYS} days unless pruned otherwise with p")),
        ];
        if let Some(held) = self.table.current().and_then(|row| self.held.get(row.at)) {
            let files = [&held.backup.rule_sets, &held.backup.tests, &held.backup.settings];
            let names = files
                .into_iter()
                .flatten()
                .filter_map(|it| it.file_name())
                .map(|it| it.to_string_lossy().into_owned());
            lines.push(("Files", names.collect::<Vec<_>>().join(", ")));
        }
        lines.push((
            "Holds",
            "rule sets, tests, end points, holidays, time zone, keep warm, users without keys".to_owned(),
        ));
        facts(frame, inside, &lines, view);
    }
}
