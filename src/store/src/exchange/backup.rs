//! Backups beside the store (`spec/model.md` 17): three files under one time stem, written whole or not at
//! all, for their owner's eyes only.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use connect_rules_engine::compat::Compat;
use connect_rules_engine::script::ExportMethod;
use jiff::{SignedDuration, Timestamp};

use super::export::{self, About, Selection};
use super::{Restore, SourceFile, settings};
use crate::errors::Error;
use crate::service::settings::BACKUP_DAYS;
use crate::snapshot::Snapshot;

/// Days that a backup is kept unless the settings say otherwise.
pub const RETENTION_DAYS: u32 = 30;

/// Days that the settings of a store say backups are kept.
pub fn retention(now: &Snapshot) -> u32 {
    let row = now.config.iter().find(|row| &*row.key == BACKUP_DAYS);
    row.and_then(|row| row.value.text().parse().ok()).unwrap_or(RETENTION_DAYS)
}

/// Ends of the file names, in both styles.
const ENDS: [&str; 3] = ["-ruleset-backup.json", "-test-backup.json", "-settings-backup.json"];

/// Folders of the original lie in years, months and days.
const DEPTH: usize = 4;

/// A folder of backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// Where they are.
    pub folder: PathBuf,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Time stem that its files share: `YYYYMMDDTHHMMSSZ`, or `YYYY-MM-DD-THH-mm-ss+00:00` as the original
    /// writes it.
    pub stem: String,
    /// When it was made.
    pub at: Timestamp,
    /// File of rule sets.
    pub rule_sets: Option<PathBuf>,
    /// File of tests.
    pub tests: Option<PathBuf>,
    /// File of settings; the original makes none.
    pub settings: Option<PathBuf>,
}

fn fault(doing: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::Storage { doing, message: error.to_string() }
}

/// The time of a stem in either style.
fn time_of(stem: &str) -> Option<Timestamp> {
    let ours = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stem);
    let time = ours.or_else(|_| jiff::civil::DateTime::strptime("%Y-%m-%d-T%H-%M-%S+00:00", stem));
    Some(time.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

impl Backup {
    /// Whether its writing came to its end; what the original wrote may lack a file.
    fn is_whole(&self) -> bool {
        self.rule_sets.is_some() || self.settings.is_none()
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.rule_sets, &self.tests, &self.settings].into_iter().flatten()
    }

    /// The restore of this backup, to look at or to run.
    ///
    /// # Errors
    /// [`Error::Storage`] for files that cannot be read.
    pub fn restore(&self) -> Result<Restore, Error> {
        let read = |path: &Option<PathBuf>| {
            path.as_ref()
                .map(|path| {
                    let text = std::fs::read_to_string(path).map_err(fault("read a backup"))?;
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    Ok(SourceFile { name, text })
                })
                .transpose()
        };
        Ok(Restore {
            rule_sets: read(&self.rule_sets)?,
            tests: read(&self.tests)?,
            settings: read(&self.settings)?,
        })
    }
}

impl Backups {
    /// The folder `backups` beside a store file.
    pub fn beside(store: &Path) -> Self {
        Backups { folder: store.parent().unwrap_or(Path::new(".")).join("backups") }
    }

    /// Writes a backup of the snapshot and deletes those that are older than its settings say.
    ///
    /// # Errors
    /// As [`Backups::write`] and [`Backups::prune`].
    pub fn save(&self, now: &Snapshot, about: &About, at: Timestamp) -> Result<Backup, Error> {
        let backup = self.write(now, about, at)?;
        self.prune(retention(now), at)?;
        Ok(backup)
    }

    /// Whether the first backup of the day (UTC) is still to be written: the latest one is of another day, and
    /// the change mark has moved since.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn is_due(&self, mark: &str, at: Timestamp) -> Result<bool, Error> {
        let Ok(changed) = mark.parse::<Timestamp>() else { return Ok(false) };
        let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(self.list()?.first().is_none_or(|latest| day(latest.at) != day(at) && changed > latest.at))
    }

    /// Writes a backup of the snapshot. `about` gives version and environment; author and time are those of
    /// a backup. A second backup of the same second gets the next free one.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Invalid`] if tests share folder and name.
    pub fn write(&self, now: &Snapshot, about: &About, at: Timestamp) -> Result<Backup, Error> {
        let about = About {
            exported_by: "scheduled export".to_owned(),
            exported_at: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ..about.clone()
        };
        let contents = [
            export::rule_sets_envelope(now, &Selection::All, &about, Compat::Corrected),
            export::tests_by(now, &Selection::All, ExportMethod::Backup, &about)?,
            settings::export(now, &about),
        ];
        create_private_folder(&self.folder)?;
        let mut at = at;
        let mut stem = at.strftime("%Y%m%dT%H%M%SZ").to_string();
        while ENDS.iter().any(|end| self.folder.join(format!("{stem}{end}")).exists()) {
            at = at
                .checked_add(SignedDuration::from_secs(1))
                .map_err(|error| Error::Storage { doing: "name a backup", message: error.to_string() })?;
            stem = at.strftime("%Y%m%dT%H%M%SZ").to_string();
        }
        let [sets, tests, settings] = ENDS.map(|end| self.folder.join(format!("{stem}{end}")));
        // Rule sets come last: without them a backup of ours is not whole.
        for (path, text) in [&sets, &tests, &settings].into_iter().zip(&contents).rev() {
            write_private(path, text)?;
        }
        let at = time_of(&stem).unwrap_or(at);
        Ok(Backup { stem, at, rule_sets: Some(sets), tests: Some(tests), settings: Some(settings) })
    }

    /// All backups, newest first; the original's too, if they were put here with or without their folders.
    /// One whose writing was cut short is left out.
    ///
    /// # Errors
    /// [`Error::Storage`]; a folder that is not there holds none.
    pub fn list(&self) -> Result<Vec<Backup>, Error> {
        Ok(self.found()?.into_iter().filter(Backup::is_whole).collect())
    }

    fn found(&self) -> Result<Vec<Backup>, Error> {
        let mut found = BTreeMap::new();
        collect(&self.folder, DEPTH, &mut found)?;
        let mut out: Vec<Backup> = found.into_values().collect();
        out.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.stem.cmp(&b.stem)));
        Ok(out)
    }

    /// Backups of more than so many days before `now`; the latest one never.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn older(&self, days: u32, now: Timestamp) -> Result<Vec<Backup>, Error> {
        let keep = SignedDuration::from_hours(i64::from(days) * 24);
        let mut all = self.found()?;
        if let Some(latest) = all.iter().position(Backup::is_whole) {
            all.remove(latest);
        }
        all.retain(|it| now.duration_since(it.at) > keep);
        Ok(all)
    }

    /// Deletes backups of more than so many days before `now`, the latest one never. Answers their stems.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn prune(&self, days: u32, now: Timestamp) -> Result<Vec<String>, Error> {
        let mut gone = Vec::new();
        for backup in self.older(days, now)? {
            for path in backup.files() {
                std::fs::remove_file(path).map_err(fault("delete an old backup"))?;
            }
            gone.push(backup.stem);
        }
        Ok(gone)
    }
}

/// Notes the backup files of a folder by folder and stem.
fn collect(folder: &Path, depth: usize, found: &mut BTreeMap<PathBuf, Backup>) -> Result<(), Error> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(fault("list the backups"))?,
    };
    for entry in entries {
        let entry = entry.map_err(fault("list the backups"))?;
        let path = entry.path();
        if entry.file_type().map_err(fault("list the backups"))?.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, found)?;
            }
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let parts = ENDS.iter().enumerate().find_map(|(at, end)| Some((at, name.strip_suffix(end)?)));
        let Some((which, stem)) = parts else { continue };
        let Some(at) = time_of(stem) else { continue };
        let backup = found.entry(folder.join(stem)).or_insert_with(|| Backup {
            stem: stem.to_owned(),
            at,
            rule_sets: None,
            tests: None,
            settings: None,
        });
        match which {
            0 => backup.rule_sets = Some(path),
            1 => backup.tests = Some(path),
            _ => backup.settings = Some(path),
        }
    }
    Ok(())
}

fn create_private_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(fault("create the folder of backups"))
}

/// Writes a file that appears whole or not at all, readable for its owner only.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let doing = fault("write a file");
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // What matters is why the write failed.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(doing)
}
