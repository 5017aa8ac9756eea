//! Environments: one file `env/NAME.toml` for each place where the rules live (`spec/admin.md` 18.1); and what a person
//! chose for the program itself.
//!
//! A file holds names and settings, never a key: credentials come from where every AWS tool takes them.
//! [`FIELDS`] declares each setting once; reading, checking, the example file and its documentation follow it.

mod fields;
mod find;
pub mod preferences;
mod read;

pub use fields::{FIELDS, Field, Form, REGIONS};
pub use find::{FileError, Folders, Found};
pub use preferences::Preferences;
pub use read::{Environment, StoreKind};

/// One thing wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line in the file, from 1; 0 where no line can be given.
    pub line: usize,
    /// The setting.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub what: String,
}

impl Wrong {
    /// Line and setting, as far as they are known.
    pub fn place(&self) -> String {
        let line = if self.line > 0 { format!("line {}", self.line) } else { String::new() };
        let parts: Vec<&str> =
            [line.as_str(), self.field.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
        parts.join(", ")
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if self.field.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", self.field, self.what)
        }
    }
}
