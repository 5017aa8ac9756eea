//! The cloud of the place that a command works on, who looks on, and who agrees.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use connect_rules_cloud::deploy::{DeployError, Package, PackageError, packages, template};
use connect_rules_cloud::gateway::{CallError, Cloud, Names};
use connect_rules_cloud::health::Observer;
use connect_rules_engine::problem::Problem;
use connect_rules_store::{Operation, Snapshot};
use serde::Serialize;

use crate::args::Global;
use crate::args::cloud::{Confirm, Programs};
use crate::cloud;
use crate::exit::{Exit, Failure, written};
use crate::model_commands::session::{self, Purpose, agree};
use crate::say;
use crate::site::Site;

/// The cloud of a place, open for one command.
pub struct Reach<'a> {
    /// The cloud.
    pub cloud: Cloud,
    /// What its store knows; nothing where that is not read.
    pub now: Arc<Snapshot>,
    /// The place.
    pub site: Site,
    global: &'a Global,
    runtime: tokio::runtime::Runtime,
}

/// The failure that an error of deploying is.
pub fn failed(error: &DeployError) -> Failure {
    let exit = match error {
        DeployError::Wrong { .. } => Exit::Usage,
        DeployError::Cancelled(_) => Exit::Cancelled,
        _ => Exit::Failed,
    };
    Failure { exit, problems: vec![Problem::error("", error.to_string(), error.fix())], why: None }
}

/// The failure that a failed call is.
pub fn refused(error: &CallError) -> Failure {
    Failure::refused("", error.to_string(), error.fix())
}

impl<'a> Reach<'a> {
    /// Opens the cloud of the options' place. Tables need not be there yet: AWS itself says who may do what.
    ///
    /// # Errors
    /// There is no such place, or its store is closed to who asks.
    pub fn open(global: &'a Global, operation: Operation) -> Result<Self, Failure> {
        let site = Site::of(global)?;
        let (site, now) = if site.tables.is_some() {
            (site, Arc::default())
        } else {
            let session = session::open_at(site, global, Purpose::Screens)?;
            let now = session.read(operation)?;
            (session.site, now)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::writing("the asynchronous runtime", &error))?;
        let cloud = runtime.block_on(cloud::open(&site, &now))?;
        Ok(Reach { cloud, now, site, global, runtime })
    }

    /// Waits for an answer.
    pub fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// Waits for an answer of deploying.
    ///
    /// # Errors
    /// What it answered.
    pub fn done<T>(&self, answer: impl Future<Output = Result<T, DeployError>>) -> Result<T, Failure> {
        self.wait(answer).map_err(|error| failed(&error))
    }

    /// One who is told each step on standard error. Ctrl-C ends it after the present step, a second one at once.
    pub fn observer(&self) -> Observer {
        let global = self.global.clone();
        let observer = Observer::new(move |it| {
            let far = if it.total > 0 { format!("[{}/{}] ", it.done, it.total) } else { String::new() };
            if !global.json {
                say::notice(&format!("{far}{}", it.doing), &global);
            }
        });
        let watched = observer.clone();
        // Without this thread Ctrl-C ends the program; doing the same again goes on.
        let _ = std::thread::Builder::new().spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
                return;
            };
            while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                if watched.is_cancelled() {
                    std::process::exit(i32::from(Exit::Cancelled as u8));
                }
                watched.cancel();
            }
        });
        observer
    }

    /// A setting of the environment; empty without one.
    pub fn setting(&self, name: &str) -> String {
        self.site.environment.as_ref().map(|(environment, _)| environment.get(name)).unwrap_or_default()
    }

    /// Parameters of the template, as the environment has them.
    pub fn parameters(&self) -> Names {
        let given = [
            ("EnvironmentName", "environment_name"),
            ("Compat", "compat"),
            ("CallbackExpiryHours", "callback_expiry_hours"),
            ("BotAlias", "bot_alias"),
            ("BotLocaleId", "bot_locale_id"),
            ("OriginationNumber", "origination_number"),
            ("PinpointApplicationId", "pinpoint_application_id"),
        ];
        let mut out = Names::new();
        for (parameter, setting) in given.into_iter().filter(|_| self.site.environment.is_some()) {
            out.insert(parameter.to_owned(), self.setting(setting));
        }
        out
    }

    /// Bucket of what is deployed.
    pub fn bucket(&self) -> String {
        Some(self.setting("deployment_bucket"))
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| self.cloud.place.deployment_bucket())
    }

    /// Version that functions tell.
    pub fn version(&self) -> String {
        Some(self.setting("deploy_version"))
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
    }

    /// Whoever runs this agrees: by typing the name of the environment where that is `needed` or it is in production,
    /// by a yes elsewhere. `yes` is that yes.
    ///
    /// # Errors
    /// Nobody agreed.
    pub fn agree(
        &self,
        title: &str,
        what: &str,
        needed: bool,
        yes: bool,
        confirm: &Confirm,
    ) -> Result<(), Failure> {
        let place = &self.cloud.place;
        if place.read_only {
            return Err(failed(&DeployError::ReadOnly(place.environment.clone())));
        }
        let name = place.environment.as_str();
        if let Some(given) = &confirm.confirm {
            return if given == name {
                Ok(())
            } else {
                Err(Failure::usage(
                    format!("--confirm {given} is not the environment {name}"),
                    "give the name of the environment that is meant",
                ))
            };
        }
        if !needed && !place.production {
            return if yes { Ok(()) } else { agree(title, what) };
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let fix = format!("add --confirm {name} to do it");
            return Err(Failure::refused(
                title,
                "nobody can be asked here to type the environment's name",
                fix,
            ));
        }
        let mut err = io::stderr().lock();
        // Nobody can be told that standard error is gone.
        let _ = write!(err, "{}: {what}. Type {name} to do it: ", say::shown(title, false));
        let _ = err.flush();
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        if answer.trim() == name {
            return Ok(());
        }
        Err(Failure::refused(title, "not done: that is not its name", format!("type {name}")))
    }
}

/// The packages of the local build, of one function or of all.
///
/// # Errors
/// A program is missing.
pub fn build(programs: &Programs, only: Option<&str>) -> Result<Vec<Package>, Failure> {
    let only = only.map(known).transpose()?;
    packages(&programs.programs, only.as_slice()).map_err(|error: PackageError| {
        Failure::data(vec![Problem::error("", error.to_string(), error.fix())])
    })
}

/// The packages of the local build, as far as there is one.
pub fn build_there(programs: &Programs) -> Vec<Package> {
    let one = |it: template::Shipped| packages(&programs.programs, &[it]).unwrap_or_default();
    template::FUNCTIONS.into_iter().flat_map(one).collect()
}

fn known(name: &str) -> Result<template::Shipped, Failure> {
    template::function(name).ok_or_else(|| {
        let names: Vec<&str> = template::FUNCTIONS.iter().map(|it| it.short).collect();
        Failure::usage(
            format!("the program has no function {name}"),
            format!("there are {}", names.join(", ")),
        )
    })
}

/// Prints a value as JSON.
///
/// # Errors
/// Standard output cannot be written.
pub fn json(value: &impl Serialize) -> Result<Exit, Failure> {
    let text = serde_json::to_string(value).unwrap_or_default();
    written(writeln!(io::stdout().lock(), "{text}"))?;
    Ok(Exit::Success)
}
