//! Rule sets as files: the JSON export that the original imports again, and the CSV for reviewers.

mod csv;
mod json;

pub use csv::{CsvOptions, csv};
pub use json::{Envelope, envelope, json, value};
