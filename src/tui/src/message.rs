//! What comes in and what goes out: messages change the model, effects are what it asks the world to do.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use connect_rules_engine::value::Text;
use connect_rules_store::{Actor, Applied, Error};

use crate::backend::{AnyAction, Backend};
use crate::data::Data;
use crate::screen::ScreenId;

/// How often a job that waits looks whether it is cancelled.
const LISTENS: Duration = Duration::from_millis(100);

/// A value for one screen or dialog; it knows the type.
pub type Parcel = Box<dyn Any + Send>;

/// Who gets the answer of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody: a toast tells it.
    Nobody,
    /// A screen.
    Screen(ScreenId),
    /// The dialog with that number.
    Dialog(u64),
}

/// Something that happened.
pub enum Message {
    /// A key, a paste or a new size of the terminal.
    Terminal(crossterm::event::Event),
    /// The store was read.
    Loaded(Result<Arc<Data>, Error>),
    /// A change was made or refused.
    Changed {
        /// Who asked for it.
        owner: Owner,
        /// What came of it.
        result: Result<Applied, Error>,
        /// The change in words; empty if nothing differed.
        title: String,
    },
    /// An undo or redo was made or refused.
    Journalled {
        /// `undo` or `redo`.
        what: &'static str,
        /// The change in words.
        result: Result<String, Error>,
    },
    /// The change mark of the store now.
    Mark(Result<News, Error>),
    /// A job reports how far it is.
    Progress {
        /// Which.
        job: u64,
        /// Done.
        done: usize,
        /// Of how many; 0 if not known.
        total: usize,
    },
    /// A job ended; what it made goes to its owner.
    JobDone {
        /// Which.
        job: u64,
        /// For whom.
        owner: Owner,
        /// What it made.
        result: Parcel,
    },
    /// Something for one screen.
    Screen(ScreenId, Parcel),
    /// Something short to tell.
    Toast(Level, String),
    /// Time passes: toasts fade, the mark is read.
    Tick,
    /// The terminal is back after a suspension.
    Resumed,
    /// The terminal is gone or the program is told to end; drafts are saved.
    HangUp,
}

/// The change mark and what moved it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The change mark of the store.
    pub mark: Text,
    /// Who changed what.
    pub latest: Option<(Text, String)>,
}

/// How bad news are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It worked.
    Good,
    /// Worth knowing.
    Note,
    /// It did not work.
    Bad,
}

/// A piece of work beside the screen.
pub struct Job {
    /// What it does, for the footer and the list of jobs.
    pub title: String,
    /// Who gets what it makes.
    pub owner: Owner,
    /// Whether something a person asked for is lost if the program ends before it is done.
    pub asked: bool,
    /// Whether its begin and its end change nothing that is seen: who gets what it makes asks for a frame.
    pub quiet: bool,
    /// Set to cancel it.
    pub cancelled: Arc<AtomicBool>,
    /// The work, on a thread of its own.
    pub work: Box<dyn FnOnce(&JobContext) -> Parcel + Send>,
}

/// What a job may use.
pub struct JobContext {
    /// The store.
    pub backend: Arc<dyn Backend>,
    /// Set when a person cancels the job; the job ends soon and keeps nothing half done.
    pub cancelled: Arc<AtomicBool>,
    /// Takes reports.
    pub report: Arc<dyn Fn(usize, usize) + Send + Sync>,
    /// Hands something to the screen that asked for the job, while it is done.
    pub tell: Arc<dyn Fn(Parcel) + Send + Sync>,
    /// For asynchronous calls.
    pub runtime: tokio::runtime::Handle,
}

impl JobContext {
    /// Whether the job should end.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Tells how far the job is.
    pub fn progress(&self, done: usize, total: usize) {
        (self.report)(done, total);
    }

    /// Waits for an asynchronous call.
    pub fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Waits for an asynchronous call; once the job is cancelled for so much longer, then the call is given up. What is
    /// cancelled before it began, with no time to end in, is not begun.
    pub fn wait_unless_cancelled<T>(&self, grace: Duration, call: impl Future<Output = T>) -> Option<T> {
        self.runtime.block_on(async {
            if self.is_cancelled() && grace.is_zero() {
                return None;
            }
            let mut call = std::pin::pin!(call);
            while !self.is_cancelled() {
                if let Ok(answer) = tokio::time::timeout(LISTENS, &mut call).await {
                    return Some(answer);
                }
            }
            tokio::time::timeout(grace, &mut call).await.ok()
        })
    }
}

/// Something that the model asks for.
pub enum Effect {
    /// Read the store and compile the rules.
    Load,
    /// Read the change mark.
    ReadMark,
    /// Make a change.
    Change {
        /// Who gets the answer.
        owner: Owner,
        /// The change.
        action: AnyAction,
    },
    /// Undo the person's latest change.
    Undo,
    /// Redo what was undone last.
    Redo,
    /// Do a piece of work beside the screen.
    Job(u64, Arc<AtomicBool>, Job),
    /// Put a text on the clipboard of the person's own terminal.
    Copy(String),
    /// Write a file of mode 0600, whole or not at all.
    WriteFile {
        /// Where.
        path: PathBuf,
        /// What.
        text: String,
        /// What to tell when it is written; nothing for silent files such as drafts.
        told: Option<String>,
    },
    /// Remove a file if it is there.
    RemoveFile(PathBuf),
    /// Changes are made in the name of this person from now on.
    LoggedIn(Actor),
    /// Draw everything again.
    Redraw,
    /// Stop until the shell brings the program back.
    Suspend,
    /// End.
    Quit,
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Load => f.write_str("Load"),
            Effect::ReadMark => f.write_str("ReadMark"),
            Effect::Change { owner, action } => write!(f, "Change({owner:?}, {:?})", action.operation()),
            Effect::Undo => f.write_str("Undo"),
            Effect::Redo => f.write_str("Redo"),
            Effect::Job(number, _, job) => write!(f, "Job({number}, {:?})", job.title),
            Effect::Copy(text) => write!(f, "Copy({} bytes)", text.len()),
            Effect::WriteFile { path, .. } => write!(f, "WriteFile({})", path.display()),
            Effect::RemoveFile(path) => write!(f, "RemoveFile({})", path.display()),
            Effect::LoggedIn(actor) => write!(f, "LoggedIn({})", actor.user),
            Effect::Redraw => f.write_str("Redraw"),
            Effect::Suspend => f.write_str("Suspend"),
            Effect::Quit => f.write_str("Quit"),
        }
    }
}
