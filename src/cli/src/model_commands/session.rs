//! A store that is open for one command: where it is, who works on it, and how actions are shown, confirmed
//! and done.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::exchange::{Backup, Backups};
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Applied, Change, Error, Operation, Role, Service, Snapshot};
use jiff::Timestamp;

use super::work::Work;
use super::{keyring, output};
use crate::any_store::AnyStore;
use crate::args::Global;
use crate::args::store::Write;
use crate::exit::{Exit, Failure};
use crate::open::{self, Opened, Start};
use crate::say;
use crate::site::Site;

/// An open store and the person who works on it.
pub struct Session<'a> {
    /// Its model.
    pub service: Service<AnyStore>,
    /// Where it is.
    pub site: Site,
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
    /// For the screens: as to write, but what is due on the first start of a day is theirs to do, so that they
    /// show at once.
    Screens,
    /// To fill; the file is made if it is not there, and is not filled with the demo first.
    Fill,
    /// To show what a write would do; a file that is not there is not made.
    Plan,
}

impl From<Write> for Purpose {
    fn from(write: Write) -> Self {
        if write.plan { Purpose::Plan } else { Purpose::Write }
    }
}

impl Purpose {
    /// The purpose of what fills a store from a file.
    pub fn filling(write: Write) -> Self {
        if write.plan { Purpose::Plan } else { Purpose::Fill }
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
            .map(|p| match &p.file {
                Some(_) => p.clone(),
                None => Problem { place: format!("{}, {}", explained.place, p.place), ..p.clone() },
            })
            .collect(),
        _ => vec![Problem::error(explained.place, explained.what, explained.fix)],
    };
    let from_file = problems.iter().any(|problem| problem.file.is_some());
    let whole = "A file is taken as a whole or not at all; nothing was changed".to_owned();
    Failure { exit, problems, why: Some(if from_file { whole } else { explained.why }) }
}

fn homeless() -> Failure {
    Failure::usage("there is no home folder to keep a store in", "name a file with --store")
}

/// The folders of the program.
///
/// # Errors
/// There is no home folder.
pub fn folders() -> Result<directories::ProjectDirs, Failure> {
    open::folders().ok_or_else(homeless)
}

/// Opens the store of the options.
///
/// # Errors
/// There is none to read, the file is no store, or nobody may work on it without a key.
pub fn open(global: &Global, purpose: Purpose) -> Result<Session<'_>, Failure> {
    open_at(Site::of(global)?, global, purpose)
}

/// As [`open`], of that place.
///
/// # Errors
/// Those of [`open`].
pub fn open_at(site: Site, global: &Global, purpose: Purpose) -> Result<Session<'_>, Failure> {
    let (service, runtime) = open_store(&site, global, purpose)?;
    let actor = match keyring::key(&site.file)? {
        Some(key) => runtime.block_on(service.log_in(&key)),
        None => runtime.block_on(service.local_actor(&os_user())),
    };
    let actor = actor.map_err(|error| failed(&error))?;
    let session = Session { service, site, actor, global, runtime };
    if matches!(purpose, Purpose::Read | Purpose::Write) {
        session.save_daily();
    }
    Ok(session)
}

/// Who works on a store, as far as that is known before it is read.
pub enum Who {
    /// This person.
    Known(Actor),
    /// Somebody who has to say so, for this reason.
    Asked(String),
    /// The holder of the key that is kept, or the user of the operating system: the store has yet to be asked.
    Unknown {
        /// The key.
        key: Option<String>,
        /// The user.
        user: String,
    },
}

/// As [`open`] for the screens, for who can be asked for a key: where one is needed and none that works is kept, the
/// reason is told. Tables are not asked for anything yet.
///
/// # Errors
/// Those of [`open`], except that nobody is logged in.
pub fn open_for_screens(global: &Global) -> Result<(Service<AnyStore>, Site, Who), Failure> {
    let site = Site::of(global)?;
    let (service, runtime) = open_store(&site, global, Purpose::Screens)?;
    let kept = keyring::key(&site.file)?;
    if site.tables.is_some() {
        return Ok((service, site, Who::Unknown { key: kept, user: os_user() }));
    }
    let actor = match &kept {
        Some(key) => runtime.block_on(service.log_in(key)),
        None => runtime.block_on(service.local_actor(&os_user())),
    };
    let who = match actor {
        Ok(actor) => Who::Known(actor),
        Err(error @ (Error::Unauthenticated | Error::Expired(_) | Error::Throttled(_))) => {
            Who::Asked(match kept {
                Some(_) => format!("not logged in with the key that is kept: {error}"),
                None => "This store is open to people with a key only.".to_owned(),
            })
        }
        Err(error) => return Err(failed(&error)),
    };
    Ok((service, site, who))
}

/// Nobody yet, who may do nothing.
pub fn nobody() -> Actor {
    Actor { user: Text::from("nobody"), user_id: None, role: Role::Other(Text::default()) }
}

type Parts = (Service<AnyStore>, tokio::runtime::Runtime);

fn open_store(site: &Site, global: &Global, purpose: Purpose) -> Result<Parts, Failure> {
    let file = &site.file;
    let unreadable = |what: String, fix: &str| {
        Failure::data(vec![Problem::error("", what, fix).in_file(&file.display().to_string())])
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::writing("the asynchronous runtime", &e))?;
    let start = if global.empty || purpose == Purpose::Fill { Start::Empty } else { Start::Demo };
    let typed = global.store.is_some();
    let is_there = site.tables.is_some() || file.exists();
    // A path that somebody typed is not made by looking at it.
    let is_made = match purpose {
        Purpose::Write | Purpose::Screens | Purpose::Fill => true,
        Purpose::Read => !typed && !global.empty,
        Purpose::Plan => false,
    };
    let opened = if is_there || is_made {
        if let Some(folder) = file.parent().filter(|_| !typed && site.tables.is_none()) {
            std::fs::create_dir_all(folder)
                .map_err(|e| Failure::writing(&folder.display().to_string(), &e))?;
        }
        runtime.block_on(open::at(site, start))
    } else if purpose == Purpose::Plan {
        runtime.block_on(open::in_memory(start))
    } else {
        let fix = "check the path, or make a store by creating something in it";
        return Err(unreadable("there is no store in this file".to_owned(), fix));
    };
    let Opened { service, seeded } = opened.map_err(|error| match &error {
        Error::Storage { doing, message } => {
            unreadable(format!("{doing}: {message}"), "name the file of a store")
        }
        _ => failed(&error),
    })?;
    if seeded && is_made {
        let told = "started a new store with the demo in it (--empty starts an empty one):";
        say::notice(&format!("{told} {}", file.display()), global);
    }
    Ok((service, runtime))
}

/// The user whom a key belongs to.
///
/// # Errors
/// As [`open`]; the key is unknown or its user disabled.
pub fn authenticate(global: &Global, key: &str) -> Result<(Actor, Site), Failure> {
    let site = Site::of(global)?;
    let (service, runtime) = open_store(&site, global, Purpose::Read)?;
    let actor = runtime.block_on(service.log_in(key)).map_err(|error| failed(&error))?;
    Ok((actor, site))
}

/// Name of the operating-system user.
fn os_user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "local user".to_owned())
}

/// What an action asks for beside being planned and done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Care<'a> {
    /// Something is lost, so a person must agree.
    pub loses: bool,
    /// Much is replaced, so what is stored is saved first. Deleting more than one thing always is.
    pub saves: bool,
    /// What is shown once, when it is done: name and value.
    pub once: Option<(&'a str, &'a str)>,
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

    /// Waits for something else than the store.
    pub fn block<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
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
        self.carry_out(action, write, Care { loses, ..Care::default() })
    }

    /// As [`Session::change`] for an action that replaces much: what is stored is saved first.
    ///
    /// # Errors
    /// As [`Session::change`].
    pub fn replace(&self, action: &impl Action, write: Write, loses: bool) -> Result<Exit, Failure> {
        self.carry_out(action, write, Care { loses, saves: true, ..Care::default() })
    }

    /// Plans and does an action with the care it asks for.
    ///
    /// # Errors
    /// As [`Session::change`].
    pub fn carry_out(&self, action: &impl Action, write: Write, care: Care<'_>) -> Result<Exit, Failure> {
        let work = Work::start(self.global, self.service.store().interrupter());
        work.doing("planning");
        let plan = self.wait(self.service.plan(&self.actor, action))?;
        if write.plan {
            drop(work);
            return self.show_plan(&plan);
        }
        if let Some(why) = self.site.barred() {
            return Err(failed(&why));
        }
        let deleted = plan.changes.iter().filter(|change| matches!(change, Change::Delete { .. })).count();
        // What only adds loses nothing, whatever its way of doing so.
        let adds = |change: &Change| matches!(change, Change::Put { expected: 0, .. });
        let loses = care.loses && !(care.saves && plan.changes.iter().all(adds));
        if loses && !write.yes {
            work.pause();
            say::warnings(&plan.notes, self.global);
            let changed = plan.changes.len() - deleted;
            agree(&plan.title, &format!("{deleted} deleted, {changed} changed"))?;
        }
        if deleted > 1 || care.saves && !plan.changes.is_empty() {
            work.writing("saving a backup")?;
            self.save_first();
        }
        work.writing(&format!("writing {} rows", plan.changes.len()))?;
        let applied = work.ended(self.wait(self.service.run(&self.actor, action)))?;
        drop(work);
        if !self.global.json {
            say::warnings(&plan.notes, self.global);
        }
        self.done(&plan.title, &applied, &plan.notes, care.once)
    }

    /// Does something to the store that is long, shown and stopped like other work.
    ///
    /// # Errors
    /// What the store answered; it was cancelled.
    pub fn long<T>(&self, what: &str, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        let work = Work::start(self.global, self.service.store().interrupter());
        work.writing(what)?;
        work.ended(self.wait(answer))
    }

    /// Writes a backup of what is stored now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self) -> Result<Backup, Failure> {
        let saved = Backups::beside(&self.site.file).save(&*self.now()?, &open::about(), Timestamp::now());
        saved.map_err(|error| failed(&error))
    }

    /// Saves what is stored before it changes, if there is something; that it cannot be saved is told and
    /// stops nothing, because undo takes the change back, too.
    fn save_first(&self) {
        if self.site.tables.is_none() && !self.site.file.exists()
            || self.now().is_ok_and(|now| now.mark.is_empty())
        {
            return;
        }
        if let Err(failure) = self.save() {
            self.unsaved(&failure.problems);
        }
    }

    /// The first backup of the day. That it cannot be written is told and stops nothing.
    fn save_daily(&self) {
        if let Err(error) = self.runtime.block_on(open::save_daily(&self.service, &self.site.file)) {
            self.unsaved(&failed(&error).problems);
        }
    }

    fn unsaved(&self, problems: &[Problem]) {
        let folder = Backups::beside(&self.site.file).folder.display().to_string();
        let told = problems.iter().map(|it| {
            let what = format!("there is no backup of the present state: {}", it.what);
            Problem::warning("backup", what, "mend the folder, then run `backup`").in_file(&folder)
        });
        say::warnings(&told.collect::<Vec<_>>(), self.global);
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

    /// Shows what would be done: every change.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn show_plan(&self, plan: &Plan) -> Result<Exit, Failure> {
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
}

/// Asks before something is lost.
///
/// # Errors
/// Nobody can be asked, or the answer was no.
pub fn agree(title: &str, lost: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = "this loses something, and nobody can be asked here";
        return Err(Failure::refused(title, what, "add --yes to do it, --plan to see what it does"));
    }
    let mut err = io::stderr().lock();
    // Nobody can be told that standard error is gone.
    let _ = write!(err, "{}: {lost}. Go on? [y/N] ", say::shown(title, false));
    let _ = err.flush();
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::refused(title, "not done, as you said", "answer y, or give --yes"))
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
