//! Test documents and their scripts (`spec/testing.md` section 2): reading, writing, recording, checking.

mod check;
mod document;
mod export;
mod file;
mod finding;
mod import;
mod lint;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use check::{check_folder, check_test};
pub use document::{ReadOptions, TestDocument};
pub use export::{ExportError, ExportHeader, ExportMethod, export_tests, to_script_file};
pub use file::{FileForm, TestFile, read_tests};
pub use finding::Finding;

pub use crate::problem::Severity;
pub use import::{ImportPlan, plan_import};
pub use lint::lint_script;
pub use parse::{KINDS, Script, ScriptLine};
pub use record::{RecordOptions, RecordedReply, Recorder};
