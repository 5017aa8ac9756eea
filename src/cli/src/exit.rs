//! How a command ends: statuses, and failures with their problems (`spec/testing.md` 5.3, 5.8).

use std::io;
use std::path::Path;
use std::process::ExitCode;

use connect_rules_engine::problem::Problem;

/// Status of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, nothing to object to.
    Success = 0,
    /// A test failed, or lint found what `--fail-on` names.
    Failed = 1,
    /// No test failed, one warned, and `--fail-on-warning` was given.
    Warned = 2,
    /// A coverage threshold was missed.
    Coverage = 3,
    /// No test was selected.
    Empty = 4,
    /// Bad usage.
    Usage = 64,
    /// A workspace or another input cannot be read or is not valid.
    Data = 65,
    /// A mistake of the program, or output that cannot be written.
    Internal = 70,
    /// Cancelled with Ctrl-C.
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// Status to end with.
    pub exit: Exit,
    /// What is wrong, at least one problem.
    pub problems: Vec<Problem>,
    /// Why it is so or matters, where that is known apart.
    pub why: Option<String>,
}

impl Failure {
    /// Inputs that are not valid.
    pub fn data(problems: Vec<Problem>) -> Self {
        Failure { exit: Exit::Data, problems, why: None }
    }

    /// Arguments that do not fit together.
    pub fn usage(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Failure { exit: Exit::Usage, problems: vec![Problem::error("", what, fix)], why: None }
    }

    /// A change that is refused.
    pub fn refused(place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Failure { exit: Exit::Failed, problems: vec![Problem::error(place, what, fix)], why: None }
    }

    /// A file that cannot be read.
    pub fn reading(path: &Path, error: &io::Error) -> Self {
        let problem = Problem::error(
            "",
            format!("cannot be read: {error}"),
            "check that the file exists and that you may read it",
        );
        Failure::data(vec![problem.in_file(&path.display().to_string())])
    }

    /// A file or stream that cannot be written.
    pub fn writing(target: &str, error: &io::Error) -> Self {
        let problem =
            Problem::error("", format!("cannot be written: {error}"), "check the place and its free space");
        Failure { exit: Exit::Internal, problems: vec![problem.in_file(target)], why: None }
    }
}

/// What became of writing standard output; a reader who left early is no failure.
///
/// # Errors
/// Any other failure to write.
pub fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::writing("standard output", &error))
        }
        _ => Ok(()),
    }
}
