//! What the program asks of the world, done: each effect runs to its end on the thread that is given and
//! answers with messages. The real program gives threads; tests call it straight, which makes them wait for
//! nothing.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use connect_rules_engine::workspace::Options;
use connect_rules_store::{Actor, Applied, Error};

use crate::backend::Backend;
use crate::data::Data;
use crate::message::{Effect, JobContext, Level, Message, News, Owner};

/// What effects need.
#[derive(Clone)]
pub struct World {
    /// The store.
    pub backend: Arc<dyn Backend>,
    /// Who works.
    pub actor: Actor,
    /// How rules are evaluated.
    pub options: Options,
    /// For asynchronous calls.
    pub runtime: tokio::runtime::Handle,
}

/// Takes messages from any thread.
pub type Sender = Arc<dyn Fn(Message) + Send + Sync>;

/// Does an effect that is about the store or files. Those about the terminal are the business of its loop.
pub fn perform(effect: Effect, world: &World, send: &Sender) {
    let backend = &world.backend;
    let wait = &world.runtime;
    match effect {
        Effect::Load => {
            let read = wait.block_on(backend.snapshot());
            send(Message::Loaded(read.map(|snapshot| Arc::new(Data::new(snapshot, world.options)))));
        }
        Effect::ReadMark => {
            let news = wait.block_on(backend.mark()).and_then(|mark| {
                let latest = wait.block_on(backend.journal(1))?.into_iter().next();
                Ok(News { mark, latest: latest.map(|entry| (entry.by, entry.title)) })
            });
            send(Message::Mark(news));
        }
        Effect::Change { owner, action } => {
            let result = wait.block_on(backend.run(&world.actor, &*action));
            let title = result.as_ref().ok().map(|applied| title(world, applied)).unwrap_or_default();
            send(Message::Changed { owner, result, title });
        }
        Effect::Undo => {
            let result = wait.block_on(backend.undo(&world.actor));
            send(Message::Journalled { what: "undo", result: result.map(|applied| title(world, &applied)) });
        }
        Effect::Redo => {
            let result = wait.block_on(backend.redo(&world.actor));
            send(Message::Journalled { what: "redo", result: result.map(|applied| title(world, &applied)) });
        }
        Effect::Job(id, cancelled, job) => {
            let (report, tell, owner) = (Arc::clone(send), Arc::clone(send), job.owner);
            let context = JobContext {
                backend: Arc::clone(backend),
                cancelled,
                tell: Arc::new(move |parcel| {
                    if let Owner::Screen(screen) = owner {
                        tell(Message::Screen(screen, parcel));
                    }
                }),
                report: Arc::new(move |done, total| report(Message::Progress { job: id, done, total })),
                runtime: wait.clone(),
            };
            let result = (job.work)(&context);
            send(Message::JobDone { job: id, owner: job.owner, result });
        }
        Effect::WriteFile { path, text, told } => match write_file(&path, &text, told.is_some()) {
            Ok(()) => {
                if let Some(told) = told {
                    send(Message::Toast(Level::Good, told));
                }
            }
            Err(error) => send(Message::Toast(
                Level::Bad,
                format!("{}: {error}; check the folder and its rights", path.display()),
            )),
        },
        Effect::RemoveFile(path) => {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                send(Message::Toast(Level::Bad, format!("{}: {error}", path.display())));
            }
        }
        Effect::Copy(_) | Effect::LoggedIn(_) | Effect::Redraw | Effect::Suspend | Effect::Quit => {}
    }
}

/// The words of a change that was made.
fn title(world: &World, applied: &Applied) -> String {
    let Some(entry) = applied.entry else { return String::new() };
    let journal = world.runtime.block_on(world.backend.journal(20)).unwrap_or_default();
    journal.into_iter().find(|it| it.seq == entry).map_or_else(|| "done".to_owned(), |it| it.title)
}

/// Writes a file of mode 0600 beside its place and moves it there, so that it is whole or not there.
/// A `durable` one also outlives the machine, which takes a while; others outlive the program.
///
/// # Errors
/// Those of the file system.
pub fn write_file(path: &Path, text: &str, durable: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if durable { file.sync_all() } else { Ok(()) }
    });
    written.and_then(|()| fs::rename(&part, path)).inspect_err(|_| drop(fs::remove_file(&part)))
}

/// What the store said when it could not be used, for the first screen.
pub fn told(error: &Error) -> String {
    error.explain().to_string()
}
