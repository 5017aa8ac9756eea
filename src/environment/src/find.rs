//! Where environment files lie, and which one is in use.

use crate::Wrong;
use crate::read::Environment;
use std::path::{Path, PathBuf};

/// Folders that are looked through, in this order.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// `env` of the project one works in, then that of the person.
    pub read: Vec<PathBuf>,
    /// Where `env new` writes.
    pub new: PathBuf,
    /// File that names the environment in use.
    pub current: PathBuf,
}

/// A file with an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Name of the environment.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
}

/// Why an environment cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no file of that name.
    #[error(
        "there is no environment `{name}`: {}",
        if .known.is_empty() { "`connect-rules env new NAME` makes one".to_owned() } else { format!("there are {}", .known.join(", ")) }
    )]
    Missing {
        /// The name.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The name cannot be one of a file.
    #[error("`{0}` is no name of an environment: use letters, digits, hyphens and underscores")]
    Name(String),
    /// The file holds mistakes.
    #[error("{}:\n{}", .file.display(), .wrong.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"))]
    Wrong {
        /// The file.
        file: PathBuf,
        /// All of them.
        wrong: Vec<Wrong>,
    },
    /// The file cannot be read or written.
    #[error("{}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
}

impl Folders {
    /// `env` below the working folder, then `env` of the configuration folder.
    pub fn new(working: &Path, configuration: &Path) -> Self {
        let (own, personal) = (working.join("env"), configuration.join("env"));
        let new = if own.is_dir() { own.clone() } else { personal.clone() };
        Folders { read: vec![own, personal], new, current: configuration.join("environment") }
    }

    /// Every environment, by name; of one name the first folder counts.
    pub fn list(&self) -> Vec<Found> {
        let mut out: Vec<Found> = Vec::new();
        for folder in &self.read {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for file in entries.flatten().map(|entry| entry.path()) {
                let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let is_toml = file.extension().is_some_and(|ext| ext == "toml");
                if let Some(name) = name
                    && is_toml
                    && name != "example"
                    && !out.iter().any(|it| it.name == name)
                {
                    out.push(Found { name, file });
                }
            }
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    /// The environment of a name.
    ///
    /// # Errors
    /// There is none, or its file has mistakes.
    pub fn open(&self, name: &str) -> Result<Environment, FileError> {
        let all = self.list();
        let Some(found) = all.iter().find(|it| it.name == name) else {
            let known = all.into_iter().map(|it| it.name).collect();
            return Err(FileError::Missing { name: name.to_owned(), known });
        };
        let file = found.file.clone();
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(cause) => return Err(FileError::File { file, cause }),
        };
        Environment::read(name, &text).map_err(|wrong| FileError::Wrong { file, wrong })
    }

    /// Name of the environment in use; none is the embedded store.
    pub fn current(&self) -> Option<String> {
        let name = std::fs::read_to_string(&self.current).ok()?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// Uses an environment from now on, or none.
    ///
    /// # Errors
    /// There is none of that name, its file has mistakes, or the choice cannot be kept.
    pub fn choose(&self, name: Option<&str>) -> Result<(), FileError> {
        if let Some(name) = name {
            self.open(name)?;
        }
        write(&self.current, name.unwrap_or_default())
    }

    /// Writes the file of a new environment; one that exists stays as it is.
    ///
    /// # Errors
    /// The name is none, or the file exists or cannot be written.
    pub fn create(&self, name: &str, text: &str) -> Result<PathBuf, FileError> {
        let file = self.free(name)?;
        write(&file, text)?;
        Ok(file)
    }

    /// Where the file of a new environment would be.
    ///
    /// # Errors
    /// The name is none, or the file exists.
    pub fn free(&self, name: &str) -> Result<PathBuf, FileError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name == "example" || !name.chars().all(fits) {
            return Err(FileError::Name(name.to_owned()));
        }
        let file = self.new.join(format!("{name}.toml"));
        if file.exists() {
            let cause =
                std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the file exists and stays as it is");
            return Err(FileError::File { file, cause });
        }
        Ok(file)
    }
}

/// Writes a whole file or nothing.
fn write(file: &Path, text: &str) -> Result<(), FileError> {
    let beside = file.with_extension("new");
    let work = || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, file)
    };
    work().map_err(|cause| FileError::File { file: file.to_owned(), cause })
}
