//! The file of the emulated cloud: for the user alone, replaced as a whole, and read anew when another process wrote it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::state::State;

/// Which version of the file was read or written last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    modified: Option<SystemTime>,
    length: u64,
}

/// The file beside a store.
pub fn beside(store: &Path) -> PathBuf {
    let mut name = store.file_stem().unwrap_or_default().to_os_string();
    name.push(".cloud.json");
    store.with_file_name(name)
}

fn seen(file: &Path) -> Option<Seen> {
    let found = fs::metadata(file).ok()?;
    Some(Seen { modified: found.modified().ok(), length: found.len() })
}

/// A lock that other processes wait for, held until it is dropped.
pub(super) fn lock(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(false);
    private(&mut options);
    let lock = options.open(file.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

#[cfg(unix)]
fn private(options: &mut fs::OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut fs::OpenOptions) {}

/// What the file holds if it is another than was seen; nothing if there is none yet.
pub(super) fn read(file: &Path, known: Option<Seen>) -> io::Result<Option<(State, Seen)>> {
    let Some(now) = seen(file).filter(|now| Some(*now) != known) else { return Ok(None) };
    let state = serde_json::from_slice(&fs::read(file)?).map_err(io::Error::other)?;
    Ok(Some((state, now)))
}

/// Replaces the file.
pub(super) fn write(file: &Path, state: &State) -> io::Result<Option<Seen>> {
    let fresh = file.with_extension("json.new");
    let mut options = File::options();
    options.create(true).write(true).truncate(true);
    private(&mut options);
    let mut out = options.open(&fresh)?;
    out.write_all(&serde_json::to_vec(state).map_err(io::Error::other)?)?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    Ok(seen(file))
}
