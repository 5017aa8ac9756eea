//! Opening a file: what it is, whether it may be written, and bringing it up to date.
//!
//! A file is looked at through a connection that only reads first, so that one of a newer program, a damaged
//! one or something else is left untouched.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::Access;

use super::faults::{check_place, refused, storage, unusable};
use super::schema;
use crate::errors::{Error, Fault};

/// Rows written between two copies of the log into the file.
const TIDY: u64 = 500;

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// How long to wait while another program writes.
    pub patience: Duration,
    /// Most pages of 4 KiB the file may grow to; `None`: as large as the disk.
    pub most_pages: Option<u32>,
}

impl Default for Opening {
    fn default() -> Self {
        Opening { patience: Duration::from_secs(10), most_pages: None }
    }
}

/// Where a thread has its connection from.
pub(super) enum Source {
    /// One connection for all jobs, and how many rows it had written when the log was copied last.
    Held(Connection, u64),
    /// A file that may not be written: opened anew for each job, as others may begin or end to write it.
    Anew(PathBuf, Opening),
}

impl Source {
    /// Uses the connection.
    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Source::Held(connection, _) => work(connection),
            Source::Anew(path, opening) => work(&mut reading(path, opening, !has_log(path))?),
        }
    }

    /// Copies the log into the file once it has grown; other programs may be in the middle of reading it.
    pub(super) fn tidy(&mut self) {
        let Source::Held(connection, copied) = self else { return };
        let written = connection.total_changes();
        if written.saturating_sub(*copied) >= TIDY {
            *copied = written;
            // What could not be copied now is copied later; it is safe in the log.
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    }
}

/// What was opened.
pub(super) enum Opened {
    /// A file for reading and writing: a connection for each.
    Writable(Connection, Connection),
    /// A file that may only be read.
    ReadOnly(Source),
}

/// Opens a file, or makes it.
pub(super) fn open(path: &Path, opening: &Opening) -> Result<Opened, Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    check_place(folder)?;
    let file = std::fs::metadata(path).ok();
    if file.as_ref().is_some_and(|it| !it.is_file()) {
        return Err(unusable(Fault::Denied, "it is no file"));
    }
    let there = file.is_some_and(|it| it.len() > 0);
    if there {
        if !writable(path, folder)? {
            let mut source = Source::Anew(path.to_owned(), *opening);
            let found = source.with(|connection| schema::version(connection))?;
            schema::known(found, schema::STEPS)?;
            if found < schema::STEPS.len() as i64 {
                return Err(unusable(
                    Fault::ReadOnly,
                    "it has an older format and must be brought up to date",
                ));
            }
            return Ok(Opened::ReadOnly(source));
        }
        // A first look may fall into the moment in which another program tidies its log away.
        let look =
            |at_rest| reading(path, opening, at_rest).and_then(|connection| schema::version(&connection));
        let found = if has_log(path) { look(false)? } else { look(true).or_else(|_| look(false))? };
        schema::known(found, schema::STEPS)?;
    }
    create_private(path).map_err(|error| refused("create the store file", &error))?;
    let doing = storage("open the store");
    let mut writer = Connection::open(path).map_err(&doing)?;
    writer.busy_timeout(opening.patience).map_err(&doing)?;
    writer.pragma_update(None, "journal_mode", "WAL").map_err(&doing)?;
    // The log is copied into the file between two changes, not while somebody waits for one.
    writer.pragma_update(None, "wal_autocheckpoint", 0).map_err(&doing)?;
    if let Some(pages) = opening.most_pages {
        writer.pragma_update(None, "max_page_count", pages).map_err(&doing)?;
    }
    set_up(&writer)?;
    schema::migrate(&mut writer, schema::STEPS, |connection, from| back_up(connection, path, from))?;
    let reader =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | flags()).map_err(&doing)?;
    reader.busy_timeout(opening.patience).map_err(&doing)?;
    reader.pragma_update(None, "query_only", true).map_err(&doing)?;
    set_up(&reader)?;
    // It reads everything once and then what changed; pages that it kept would only take room.
    reader.pragma_update(None, "cache_size", -1_024).map_err(&doing)?;
    Ok(Opened::Writable(writer, reader))
}

/// A store in memory.
pub(super) fn in_memory() -> Result<Connection, Error> {
    let mut connection = Connection::open_in_memory().map_err(storage("open the store"))?;
    set_up(&connection)?;
    schema::migrate(&mut connection, schema::STEPS, |_, _| Ok(()))?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> Result<(), Error> {
    let doing = storage("open the store");
    connection.pragma_update(None, "synchronous", "FULL").map_err(&doing)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(&doing)?;
    connection.pragma_update(None, "cache_size", -65_536).map_err(&doing)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Threads keep their connections to themselves.
fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Whether this user may write the file; marks that forbid it count for administrators too.
fn writable(path: &Path, folder: &Path) -> Result<bool, Error> {
    let marked = |path: &Path| std::fs::metadata(path).is_ok_and(|it| it.permissions().readonly());
    if marked(path) || marked(folder) {
        return Ok(false);
    }
    // Asked, not tried: see [`create_private`].
    let may = |access| rustix::fs::access(path, access).map_err(std::io::Error::from);
    match may(Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            may(Access::READ_OK).map(|()| false).map_err(|error| refused("open the store", &error))
        }
        Err(error) => Err(refused("open the store", &error)),
    }
}

/// Whether a write-ahead log lies beside the file: somebody has it open for writing, or did not close it.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).exists()
}

/// A connection that only reads: the file as it is if it is `at_rest`, otherwise with its log.
fn reading(path: &Path, opening: &Opening, at_rest: bool) -> Result<Connection, Error> {
    let doing = storage("open the store");
    let mut text = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02x}");
        }
    }
    text.push_str(if at_rest { "?mode=ro&immutable=1" } else { "?mode=ro" });
    let how = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | flags();
    let connection = Connection::open_with_flags(text, how).map_err(&doing)?;
    connection.busy_timeout(opening.patience).map_err(&doing)?;
    connection.pragma_update(None, "cache_size", -65_536).map_err(&doing)?;
    Ok(connection)
}

/// Creates the file if it is missing; nobody but its owner may read it.
///
/// A file that is there is not opened: closing it would drop the locks that SQLite holds on it for this process, and
/// another process would take away its log.
pub fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn back_up(connection: &Connection, path: &Path, from: i64) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new(".")).join("backups");
    std::fs::create_dir_all(&folder).map_err(|error| refused("back up", &error))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ").to_string();
    vacuum_into(connection, &folder.join(format!("{stem}-format{from}-{now}.db")))
}

/// Writes a copy of the whole store into a new file.
pub(super) fn vacuum_into(connection: &Connection, path: &Path) -> Result<(), Error> {
    if path.exists() {
        let message = "there is such a file already".to_owned();
        return Err(Error::Storage { doing: "copy the store", message });
    }
    create_private(path).map_err(|error| refused("copy the store", &error))?;
    connection
        .execute("VACUUM INTO ?1", [path.to_string_lossy()])
        .map(|_| ())
        .map_err(storage("copy the store"))
}
