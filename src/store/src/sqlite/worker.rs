//! A thread that owns a connection: statements wait for disks and for other programs, callers must not.
//!
//! Jobs run one after the other in the order they were asked for. An answer can be awaited on any executor;
//! whoever drops it before it came gives the job up: it is not begun any more, or stops and is rolled back,
//! or was committed as a whole.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::open::Source;
use crate::errors::Error;

/// Steps of a statement between two looks whether somebody still waits for it.
const STEPS: i32 = 2_000;

type Job = Box<dyn FnOnce(&mut Source) + Send>;

/// The thread; it ends, and its connection closes, when this value is dropped.
pub(super) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    file: Arc<str>,
}

/// Whether nobody waits for a job any more.
#[derive(Clone, Debug, Default)]
pub(super) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// Ends the job if nobody waits for it.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) { Err(ended("nobody waits for it")) } else { Ok(()) }
    }
}

/// Gives the job up when it is dropped.
struct Waiting(GivenUp);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

fn ended(why: &str) -> Error {
    Error::Storage { doing: "work on the store", message: why.to_owned() }
}

impl Worker {
    /// A thread for that connection; errors name the file.
    pub(super) fn start(mut source: Source, file: Arc<str>) -> Result<Self, Error> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let work = move || {
            for job in inbox {
                // A job that panics leaves no half transaction: it is rolled back when it is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| job(&mut source)));
            }
        };
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(work);
        let thread = thread.map_err(|error| ended(&error.to_string()))?;
        Ok(Worker { jobs: Some(jobs), thread: Some(thread), file })
    }

    fn send<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection, &GivenUp) -> Result<T, Error> + Send + 'static,
    ) -> (oneshot::Receiver<Result<T, Error>>, Waiting) {
        let (answer, question) = oneshot::channel();
        let given_up = GivenUp::default();
        let waiting = Waiting(given_up.clone());
        let file = Arc::clone(&self.file);
        let job: Job = Box::new(move |source| {
            if given_up.check().is_err() {
                return;
            }
            let out = source.with(|connection| {
                let watched = given_up.clone();
                connection.progress_handler(STEPS, Some(move || watched.check().is_err()));
                let out = work(connection, &given_up);
                connection.progress_handler(0, None::<fn() -> bool>);
                out
            });
            // Nobody may wait any more.
            let _ = answer.send(out.map_err(|error| error.in_file(&file)));
            source.tidy();
        });
        if let Some(jobs) = &self.jobs {
            // A thread that is gone drops the job, and the question fails.
            let _ = jobs.send(job);
        }
        (question, waiting)
    }

    /// Does the work on the thread, once the answer is asked for.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection, &GivenUp) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (question, waiting) = self.send(work);
        let out = question.await.unwrap_or_else(|_| Err(ended("it ended early")));
        drop(waiting);
        out
    }

    /// Does the work on the thread while the caller waits.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection, &GivenUp) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (question, waiting) = self.send(work);
        let mut answer = std::pin::pin!(question);
        let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = std::task::Context::from_waker(&waker);
        let out = loop {
            match answer.as_mut().poll(&mut context) {
                std::task::Poll::Ready(out) => break out,
                std::task::Poll::Pending => std::thread::park(),
            }
        };
        drop(waiting);
        out.unwrap_or_else(|_| Err(ended("it ended early")))
    }
}

struct Unpark(std::thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Panics are caught per job.
            let _ = thread.join();
        }
    }
}
