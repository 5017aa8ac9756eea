//! A store that is open for one command: where it is, who works on it, and how actions are shown, confirmed
//! and done.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Applied, Change, Error, Operation, Service, Snapshot, SqliteStore};

use super::{keyring, output};
use crate::args::Global;
use crate::args::store::Write;
use crate::exit::{Exit, Failure};
use crate::say;

/// An open store and the person who works on it.
pub struct Session<'a> {
    /// Its model.
    pub service: Service<SqliteStore>,
    /// Its file.
    pub file: PathBuf,
    /// Who works on it.
    pub actor: Actor,
    /// Options of every command.
    pub global: &'a Global,
    runtime: tokio::runtime::Runtime,
}

/// What a session is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To read; the file must be there.
    Read,
    /// To write; the file is made if it is not there.
    Write,
    /// To show what a write would do; a file that is not there is not made.
    Plan,
}

impl From<Write> for Purpose {
    fn from(write: Write) -> Self {
        if write.plan { Purpose::Plan } else { Purpose::Write }
    }
}

/// The failure that an error of the store is.
pub fn failed(error: &Error) -> Failure {
    let explained = error.explain();
    let exit = match error {
        Error::Newer { .. } | Error::Unusable { .. } => Exit::Data,
        Error::Storage { .. } => Exit::Internal,
        _ => Exit::Failed,
    };
    let problems = match error {
        Error::Invalid { problems, .. } if !problems.is_empty() => problems
            .iter()
            .map(|p| {
                let place = format!("{}, {}", explained.place, p.place);
                Problem::error(place, p.what.clone(), p.fix.clone())
            })
            .collect(),
        _ => vec![Problem::error(explained.place, explained.what, explained.fix)],
    };
    Failure { exit, problems, why: Some(explained.why) }
}

/// The store's file: that of `--store`, else the one in the data folder.
///
/// # Errors
/// There is no home folder.
pub fn file(global: &Global) -> Result<PathBuf, Failure> {
    if let Some(file) = &global.store {
        return Ok(file.clone());
    }
    folders().map(|folders| folders.data_dir().join("store.sqlite"))
}

/// The folders of the program.
///
/// # Errors
/// There is no home folder.
pub fn folders() -> Result<directories::ProjectDirs, Failure> {
    directories::ProjectDirs::from("", "", "connect-rules").ok_or_else(|| {
        Failure::usage("there is no home folder to keep a store in", "name a file with --store")
    })
}

/// Opens the store of the options.
///
/// # Errors
/// There is none to read, the file is no store, or nobody may work on it without a key.
pub fn open(global: &Global, purpose: Purpose) -> Result<Session<'_>, Failure> {
    let (service, file, runtime) = open_file(global, purpose)?;
    let actor = match keyring::key(&file)? {
        Some(key) => runtime.block_on(service.log_in(&key)),
        None => runtime.block_on(service.local_actor(&os_user())),
    };
    let actor = actor.map_err(|error| failed(&error))?;
    Ok(Session { service, file, actor, global, runtime })
}

type Opened = (Service<SqliteStore>, PathBuf, tokio::runtime::Runtime);

fn open_file(global: &Global, purpose: Purpose) -> Result<Opened, Failure> {
    let file = file(global)?;
    let unreadable = |what: String, fix: &str| {
        Failure::data(vec![Problem::error("", what, fix).in_file(&file.display().to_string())])
    };
    let store = if file.exists() || purpose == Purpose::Write {
        if let Some(folder) = file.parent().filter(|_| global.store.is_none()) {
            std::fs::create_dir_all(folder)
                .map_err(|e| Failure::writing(&folder.display().to_string(), &e))?;
        }
        SqliteStore::open(&file)
    } else if purpose == Purpose::Plan {
        SqliteStore::in_memory()
    } else {
        let fix = "check the path, or make a store by creating something in it";
        return Err(unreadable("there is no store in this file".to_owned(), fix));
    };
    let store = store.map_err(|error| match &error {
        Error::Storage { doing, message } => {
            unreadable(format!("{doing}: {message}"), "name the file of a store")
        }
        _ => failed(&error),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|e| Failure::writing("the asynchronous runtime", &e))?;
    Ok((Service::new(store), file, runtime))
}

/// The user whom a key belongs to.
///
/// # Errors
/// As [`open`]; the key is unknown or its user disabled.
pub fn authenticate(global: &Global, key: &str) -> Result<(Actor, PathBuf), Failure> {
    let (service, file, runtime) = open_file(global, Purpose::Read)?;
    let actor = runtime.block_on(service.log_in(key)).map_err(|error| failed(&error))?;
    Ok((actor, file))
}

/// Name of the operating-system user.
fn os_user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "local user".to_owned())
}

impl Session<'_> {
    /// Everything that is stored, if the actor may do that with it.
    ///
    /// # Errors
    /// The role does not allow it, or the store cannot be read.
    pub fn read(&self, operation: Operation) -> Result<Arc<Snapshot>, Failure> {
        self.actor.check(operation).map_err(|error| failed(&error))?;
        self.wait(self.service.snapshot())
    }

    /// Waits for an answer of the store.
    ///
    /// # Errors
    /// What the store answered.
    pub fn wait<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        self.runtime.block_on(answer).map_err(|error| failed(&error))
    }

    /// Everything that is stored, for planning a change: its roles are checked with the change.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn now(&self) -> Result<Arc<Snapshot>, Failure> {
        self.wait(self.service.snapshot())
    }

    /// Plans and does an action, as the options say, and tells about it.
    ///
    /// # Errors
    /// Whatever refuses it; it loses something and nobody agreed.
    pub fn change(&self, action: &impl Action, write: Write, loses: bool) -> Result<Exit, Failure> {
        self.change_showing(action, write, loses, None)
    }

    /// As [`Session::change`]; something is shown once, when it is done.
    ///
    /// # Errors
    /// As [`Session::change`].
    pub fn change_showing(
        &self,
        action: &impl Action,
        write: Write,
        loses: bool,
        once: Option<(&str, &str)>,
    ) -> Result<Exit, Failure> {
        let plan = self.wait(self.service.plan(&self.actor, action))?;
        if write.plan {
            return self.show_plan(&plan);
        }
        if loses && !write.yes {
            self.agree(&plan)?;
        }
        let applied = self.wait(self.service.run(&self.actor, action))?;
        if !self.global.json {
            say::warnings(&plan.notes, self.global);
        }
        self.done(&plan.title, &applied, &plan.notes, once)
    }

    /// Tells what was done.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn done(
        &self,
        title: &str,
        applied: &Applied,
        notes: &[Problem],
        once: Option<(&str, &str)>,
    ) -> Result<Exit, Failure> {
        if self.global.json {
            let rows = applied.rows.iter().map(|(key, rev)| {
                let rev = rev.map_or(Value::Null, |rev| Value::Number(rev as f64));
                let members: Map =
                    [("kind", key.kind.name().into()), ("id", Text::clone(&key.id).into()), ("rev", rev)]
                        .into_iter()
                        .collect();
                Value::from(members)
            });
            let entry = applied.entry.map_or(Value::Null, |entry| Value::Number(entry as f64));
            let mut out: Map = [
                ("done", Value::from(title)),
                ("mark", Text::clone(&applied.mark).into()),
                ("entry", entry),
                ("rows", rows.collect::<Vec<_>>().into()),
                ("notes", output::notes(notes)),
            ]
            .into_iter()
            .collect();
            if let Some((name, value)) = once {
                out.insert(name, value.into());
            }
            return output::json(&out.into());
        }
        let mut text = match applied.entry {
            Some(_) => format!("done: {title}\n"),
            None => format!("nothing to change: {title}\n"),
        };
        if let Some((name, value)) = once {
            text.extend([name, ": ", value, "\n"]);
        }
        output::text(&text)
    }

    fn show_plan(&self, plan: &Plan) -> Result<Exit, Failure> {
        let now = self.now()?;
        if self.global.json {
            let changes = plan.changes.iter().map(|change| output::change(change, &now));
            let out: Map = [
                ("plan", Value::from(plan.title.as_str())),
                ("changes", changes.collect::<Vec<_>>().into()),
                ("notes", output::notes(&plan.notes)),
            ]
            .into_iter()
            .collect();
            return output::json(&out.into());
        }
        let mut text = format!("plan: {}\n", plan.title);
        for change in &plan.changes {
            text.extend(["  ", &output::change_line(change, &now), "\n"]);
        }
        for note in &plan.notes {
            text.extend(["  ", &note.to_string(), "\n"]);
        }
        output::text(&text)
    }

    /// Asks before something is lost.
    fn agree(&self, plan: &Plan) -> Result<(), Failure> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let what = "this loses something, and nobody can be asked here";
            return Err(Failure::refused(
                plan.title.clone(),
                what,
                "add --yes to do it, --plan to see what it does",
            ));
        }
        let lost = plan.changes.iter().filter(|change| matches!(change, Change::Delete { .. })).count();
        say::warnings(&plan.notes, self.global);
        let mut err = io::stderr().lock();
        let title = say::shown(&plan.title, false);
        // Nobody can be told that standard error is gone.
        let _ = write!(err, "{title}: {lost} deleted, {} changed. Go on? [y/N] ", plan.changes.len() - lost);
        let _ = err.flush();
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
        Err(Failure::refused(plan.title.clone(), "not done, as you said", "answer y, or give --yes"))
    }
}

/// Text of a file, or of standard input for `-`, at most 64 MiB.
///
/// # Errors
/// It cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<(String, String), Failure> {
    const LARGEST: u64 = 64 << 20;
    if path != Path::new("-") {
        return crate::load::read_text(path);
    }
    let mut text = String::new();
    let name = Path::new("standard input");
    let read = io::Read::read_to_string(&mut io::Read::take(io::stdin().lock(), LARGEST), &mut text);
    read.map_err(|error| Failure::reading(name, &error))?;
    Ok((name.display().to_string(), text))
}
