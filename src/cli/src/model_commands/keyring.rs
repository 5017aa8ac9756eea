//! API keys of people who logged in, one a store, in a file that only its owner may read.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use connect_rules_engine::json;
use connect_rules_engine::model::read::json_problem;
use connect_rules_engine::value::{Map, Value};

use super::session;
use crate::exit::Failure;

/// The file.
fn place() -> Result<PathBuf, Failure> {
    let folders = session::folders()?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).join("keys.json"))
}

/// The name under which the key of a store is kept.
fn name_of(store: &Path) -> String {
    fs::canonicalize(store).unwrap_or_else(|_| store.to_owned()).to_string_lossy().into_owned()
}

fn read() -> Result<Map, Failure> {
    let Ok(file) = place() else { return Ok(Map::new()) };
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Map::new()),
        read => read.map_err(|error| Failure::reading(&file, &error))?,
    };
    let name = file.display().to_string();
    let keys = json::parse(&text).map_err(|e| Failure::data(vec![json_problem(&e).in_file(&name)]))?;
    Ok(keys.as_object().cloned().unwrap_or_default())
}

fn write(keys: &Map) -> Result<(), Failure> {
    let file = place()?;
    let failed = |error| Failure::writing(&file.display().to_string(), &error);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // A new file takes the place of the old one, so its rights are never wider than these.
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let _ = fs::remove_file(&fresh);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = json::print(&Value::from(keys.clone())).unwrap_or_default();
    let mut out = options.open(&fresh).map_err(failed)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
    fs::rename(&fresh, &file).map_err(failed)
}

/// The key for a store, if somebody logged in.
///
/// # Errors
/// The file is there but cannot be read.
pub fn key(store: &Path) -> Result<Option<String>, Failure> {
    Ok(read()?.get(&name_of(store)).map(|key| key.text().to_string()))
}

/// Keeps the key for a store.
///
/// # Errors
/// The file cannot be written.
pub fn keep(store: &Path, key: &str) -> Result<(), Failure> {
    let mut keys = read()?;
    keys.insert(name_of(store), key.into());
    write(&keys)
}

/// Forgets the key for a store; answers whether there was one.
///
/// # Errors
/// The file cannot be written.
pub fn forget(store: &Path) -> Result<bool, Failure> {
    let mut keys = read()?;
    let known = keys.remove(&name_of(store)).is_some();
    if known {
        write(&keys)?;
    }
    Ok(known)
}
