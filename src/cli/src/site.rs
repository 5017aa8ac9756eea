//! Where a command or the screens work: the file of `--store`, an environment, or the store of this machine.

use std::path::{Path, PathBuf};

use connect_rules_dynamo::Settings;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::problem::Problem;
use connect_rules_environment::{Environment, FileError, Folders, StoreKind};
use connect_rules_store::{Error, Fault};

use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::model_commands::session;

/// The word that stands for the store of this machine where an environment is named.
pub const NONE: &str = "none";

/// A place that holds rules.
pub struct Site {
    /// File of the store. For tables it is a name only; backups and the key of the person belong to it all the same.
    pub file: PathBuf,
    /// The tables, if it is none.
    pub tables: Option<Settings>,
    /// The environment, if it is one, and its file.
    pub environment: Option<(Environment, PathBuf)>,
}

/// The folders that environments lie in.
///
/// # Errors
/// There is no home folder.
pub fn folders() -> Result<Folders, Failure> {
    let working = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    Ok(Folders::new(&working, session::folders()?.config_dir()))
}

/// The failure that one of environment files is.
pub fn failed(error: &FileError) -> Failure {
    match error {
        FileError::Missing { .. } => Failure::usage(error.to_string(), "see `connect-rules env list`"),
        FileError::Name(_) => Failure::usage(error.to_string(), "choose another name"),
        FileError::File { file, cause } if cause.kind() == std::io::ErrorKind::AlreadyExists => {
            let fix = "edit it, or choose another name";
            Failure::refused("", cause.to_string(), fix).in_file(file)
        }
        FileError::File { file, cause } => Failure::reading(file, cause),
        FileError::Wrong { file, wrong } => {
            let told = wrong.iter().map(|it| {
                let fix = "mend the file; `connect-rules env fields` lists every setting";
                Problem::error(it.place(), it.what.as_str(), fix).in_file(&file.display().to_string())
            });
            Failure::data(told.collect())
        }
    }
}

/// The environment of that name, and its file.
///
/// # Errors
/// There is none, or its file has mistakes.
pub fn find(folders: &Folders, name: &str) -> Result<(Environment, PathBuf), Failure> {
    let environment = folders.open(name).map_err(|error| failed(&error))?;
    let found = folders.list().into_iter().find(|it| it.name == name);
    Ok((environment, found.map(|it| it.file).unwrap_or_default()))
}

/// The environment that options name, else the one in use.
///
/// # Errors
/// There is no such one, or its file has mistakes.
pub fn environment(global: &Global) -> Result<Option<(Environment, PathBuf)>, Failure> {
    if global.env.as_deref() == Some(NONE) {
        return Ok(None);
    }
    let folders = folders()?;
    let name = global.env.clone().or_else(|| folders.current());
    name.map(|name| find(&folders, &name)).transpose()
}

/// The settings of the tables of an environment; none for an embedded one.
pub fn tables(environment: &Environment) -> Option<Settings> {
    (environment.store() == StoreKind::DynamoDb).then(|| Settings {
        region: environment.given("region"),
        profile: environment.given("profile"),
        role: environment.given("role_arn"),
        account: environment.given("account_number"),
        endpoint: environment.given("endpoint_url"),
        clear_api_keys: environment.is("clear_api_keys"),
        ..Settings::new(environment.get("stage"), environment.get("service"))
    })
}

/// Why nothing is written to an environment, if so.
pub fn barred(environment: &Environment, file: &Path) -> Option<Error> {
    environment.is("read_only").then(|| Error::Unusable {
        file: format!("of environment `{}`", environment.name),
        fault: Fault::Barred,
        message: format!("{} says read_only = true", file.display()),
    })
}

impl Site {
    /// The place that options name, else the environment in use, else the store of this machine.
    ///
    /// # Errors
    /// There is no home folder, or no such environment, or its file has mistakes.
    pub fn of(global: &Global) -> Result<Self, Failure> {
        match (&global.store, environment(global)) {
            (Some(file), _) => Ok(Self::file(file.clone())),
            (None, chosen) => match chosen? {
                Some((environment, file)) => Self::in_environment(environment, file),
                None => Self::here(global),
            },
        }
    }

    /// The file of the options, else the store of this machine, whatever environment is in use.
    ///
    /// # Errors
    /// There is no home folder.
    pub fn here(global: &Global) -> Result<Self, Failure> {
        match &global.store {
            Some(file) => Ok(Self::file(file.clone())),
            None => Ok(Self::file(session::folders()?.data_dir().join("store.sqlite"))),
        }
    }

    fn file(file: PathBuf) -> Self {
        Site { file, tables: None, environment: None }
    }

    /// The place of an environment, whose file is told.
    ///
    /// # Errors
    /// There is no home folder.
    pub fn in_environment(environment: Environment, told: PathBuf) -> Result<Self, Failure> {
        let own = session::folders()?.data_dir().join("environments").join(&environment.name);
        let tables = tables(&environment);
        let file = match (&tables, environment.given("file")) {
            (Some(_), _) => own.join("tables"),
            (None, Some(file)) => told.parent().unwrap_or(Path::new(".")).join(file),
            (None, None) => own.join("store.sqlite"),
        };
        Ok(Site { file, tables, environment: Some((environment, told)) })
    }

    /// The folder of drafts, recordings and preferences of the person there.
    ///
    /// # Errors
    /// There is no home folder.
    pub fn state(&self) -> Result<PathBuf, Failure> {
        let folders = session::folders()?;
        let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
        Ok(match &self.environment {
            Some((environment, _)) => state.join("environments").join(&environment.name),
            None => state.to_owned(),
        })
    }

    /// Why nothing is written there, if so.
    pub fn barred(&self) -> Option<Error> {
        self.environment.as_ref().and_then(|(environment, file)| barred(environment, file))
    }

    /// How its functions evaluate rules; none where nothing says it.
    pub fn compat(&self) -> Option<Compat> {
        self.environment.as_ref().map(|(environment, _)| environment.compat())
    }

    /// In words: its file, or environment and tables.
    pub fn name(&self) -> String {
        match (&self.environment, &self.tables) {
            (Some((environment, _)), Some(tables)) => {
                format!("environment {} (tables {}-{})", environment.name, tables.stage, tables.service)
            }
            _ => self.file.display().to_string(),
        }
    }
}

impl Failure {
    /// The same with the file that it is about.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        for problem in &mut self.problems {
            problem.file = Some(file.display().to_string());
        }
        self
    }

    /// What a check found.
    pub fn found(problems: Vec<Problem>) -> Self {
        Failure { exit: Exit::Failed, problems, why: None }
    }
}
