//! The result of a run as a file: a `JUnit` report, a page of HTML, or the document with everything in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connect_rules_engine::offline::Stubs;
use connect_rules_engine::report::{Outcome, html, junit};

use super::forms::{self, Exported};
use super::run::{self, Run};
use crate::message::JobContext;
use crate::overlay::{Edit, Submit};
use crate::screen::{Request, ScreenId};
use crate::widgets::form::{Field, Form, Kind};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    JUnit,
    Html,
    Json,
}

impl Format {
    /// By the ending of the file's name.
    fn of(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xml" => Some(Format::JUnit),
            "html" | "htm" => Some(Format::Html),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// The result of a run is wanted in a file.
pub struct Report {
    run: Arc<Run>,
    path: PathBuf,
}

/// Asks for the file; its ending says what is written.
pub fn ask(run: Arc<Run>) -> Edit {
    let hint = ".xml is a JUnit report, .html a page to read, .json the document with every step";
    let field = Field::new("value", "File", Kind::Line, "test-result.xml").hint(hint);
    let title = format!("Export the result of {}", run.wanted.what);
    Edit::new(title, Form::new(vec![field]), move |form, cx| {
        let report = Report { run: Arc::clone(&run), path: forms::path(&form.value("value")) };
        cx.requests.push(Request::Send(ScreenId::Tests, Box::new(report)));
        Submit::Done
    })
    .check(|form, _| {
        let known = Format::of(&forms::path(&form.value("value"))).is_some();
        let why = || ("value".to_owned(), "end the name in .xml, .html or .json".to_owned());
        (!known).then(why).into_iter().collect()
    })
}

/// Works out the text of the file by playing the tests again.
pub fn write(job: &JobContext, report: &Report, stubs: &Stubs) -> Exported {
    let Report { run, path } = report;
    let text = match run::results(job, run, stubs) {
        None => Err("stopped: nothing was written".to_owned()),
        Some(results) => {
            let outcome = Outcome {
                results: &results,
                skipped: &[],
                detail: &run.coverage,
                replies: &run.replies,
                thresholds: &[],
                stable: false,
            };
            let mut out = Vec::new();
            let written = match Format::of(path) {
                Some(Format::JUnit) => junit::write(&mut out, &outcome),
                Some(Format::Html) => html::write(&mut out, &outcome),
                _ => run::write_document(&mut out, run, &results),
            };
            match written {
                Ok(()) => String::from_utf8(out).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    let told = format!("result of {} written to {}", run.wanted.what, path.display());
    Exported { exists: path.symlink_metadata().is_ok(), path: path.clone(), text, told }
}
