//! Environments: one file `env/NAME.toml` for each place where the rules live (`spec/admin.md` 18.1).
//!
//! A file holds names and settings, never a key: credentials come from where every AWS tool takes them.
//! [`FIELDS`] declares each setting once; reading, checking, the example file and its documentation follow it.

mod fields;
mod find;
mod read;

pub use fields::{FIELDS, Field, Form, REGIONS};
pub use find::{FileError, Folders, Found};
pub use read::{Environment, StoreKind};

/// One thing wrong in an environment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line in the file, from 1; 0 where no line can be given.
    pub line: usize,
    /// The setting.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub what: String,
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
