//! What is done to functions after a form and a question: call, deploy, promote, roll back, warm.

use std::path::PathBuf;

use connect_rules_cloud::deploy::template::LIVE;
use connect_rules_cloud::deploy::{Moved, Package};
use connect_rules_cloud::functions;
use connect_rules_cloud::gateway::Invocation;
use connect_rules_cloud::warm::Warm;

use super::read::Deployed;
use super::warm;
use crate::cloud::{Door, Trouble, ask, observer};
use crate::message::JobContext;
use crate::overlay::{Confirm, Edit, Submit, Then};
use crate::screen::{Cx, ScreenId};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind};

/// Where `cargo build --release -p connect-rules-lambdas` leaves the programs.
pub(super) const PROGRAMS: &str = "target/release";

/// Something that was agreed to.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Invoke { name: String, short: String, qualifier: String, payload: String },
    Deploy { short: String, folder: PathBuf, promote: bool, by: String },
    Promote { short: String, version: String },
    RollBack { short: String },
    Warm { kept: Vec<Warm> },
}

/// What came of it.
pub(super) enum Came {
    Answer(Invocation),
    /// It is done, in words.
    Changed(String),
    Lines(Vec<(Role, String)>),
}

/// A deed and what came of it.
pub(super) struct Done {
    pub deed: Deed,
    pub result: Result<Came, Trouble>,
}

/// A payload that was written and is kept for the next time.
pub(super) struct Payload(pub String, pub String);

impl Deed {
    /// In words, for the footer and its result.
    pub fn title(&self) -> String {
        match self {
            Deed::Invoke { short, .. } => format!("calling {short}"),
            Deed::Deploy { short, .. } => format!("deploying {short}"),
            Deed::Promote { short, version } => format!("making version {version} of {short} live"),
            Deed::RollBack { short } => format!("rolling back {short}"),
            Deed::Warm { .. } => "calling what is kept warm".to_owned(),
        }
    }

    /// Whether something that is deployed changes.
    pub fn changes(&self) -> bool {
        matches!(self, Deed::Deploy { .. } | Deed::Promote { .. } | Deed::RollBack { .. })
    }

    /// Does it. What changes something is ended once it is begun, also when the job is cancelled.
    pub fn perform(self, door: &Door, job: &JobContext) -> Done {
        let result = self.work(door, job);
        Done { deed: self, result }
    }

    fn work(&self, door: &Door, job: &JobContext) -> Result<Came, Trouble> {
        let cloud = door.enter(job)?;
        let told = |moved: Option<Moved>| {
            moved.map_or("nothing moved: it is live already".to_owned(), |it| {
                let from = it.from.map_or(String::new(), |from| format!(", it was version {from}"));
                format!("version {} of {} is live{from}", it.to, it.function)
            })
        };
        match self {
            Deed::Invoke { name, qualifier, payload, .. } => {
                Ok(Came::Answer(ask(job, cloud.functions.invoke(name, qualifier, payload))?))
            }
            Deed::Deploy { short, folder, promote, by } => {
                let package = package(folder, short)?;
                let watch = observer(job);
                let described = format!("by {by}");
                let (version, moved) =
                    job.wait(functions::send(&cloud, &package, &described, *promote, &watch))?;
                Ok(Came::Changed(if *promote {
                    told(moved)
                } else {
                    format!("{short} has version {}; p makes it live", version.version)
                }))
            }
            Deed::Promote { short, version } => {
                Ok(Came::Changed(told(job.wait(functions::promote(&cloud, short, Some(version)))?)))
            }
            Deed::RollBack { short } => {
                Ok(Came::Changed(told(Some(job.wait(functions::roll_back(&cloud, short))?))))
            }
            Deed::Warm { kept } => Ok(Came::Lines(warm::call(&cloud, kept, job)?)),
        }
    }

    fn then(self) -> Then {
        Then::Send(ScreenId::Functions, Box::new(self))
    }
}

/// The package of a program.
fn package(folder: &std::path::Path, short: &str) -> Result<Package, Trouble> {
    Package::read(folder, short).map_err(|error| {
        let fix = "build the functions for Linux: `cargo build --release --locked -p connect-rules-lambdas`, \
            and name the folder with the programs";
        Trouble::new(error.to_string(), fix)
    })
}

/// Asks for a payload and what to call.
pub(super) fn ask_invoke(it: &Deployed, payload: &str, cx: &mut Cx<'_>) {
    let mut which: Vec<String> =
        it.aliases.as_deref().unwrap_or_default().iter().map(|alias| alias.name.clone()).collect();
    which.push("$LATEST".to_owned());
    which.extend(it.published().map(|version| version.version.clone()));
    let first = which[0].clone();
    let payload = if payload.is_empty() { "{}" } else { payload };
    let fields = vec![
        Field::new("payload", "Payload", Kind::Area(9), payload).hint("JSON; kept for the next time"),
        Field::new("qualifier", "Which", Kind::Choice(which), &first).hint("an alias or a version"),
    ];
    let (name, short) = (it.function.name.clone(), it.short.clone());
    let save = move |form: &Form, cx: &mut Cx<'_>| {
        let payload = form.value("payload");
        cx.send(ScreenId::Functions, Payload(name.clone(), payload.clone()));
        let qualifier = form.value("qualifier");
        let qualifier = if qualifier == "$LATEST" { String::new() } else { qualifier };
        let deed = Deed::Invoke { name: name.clone(), short: short.clone(), qualifier, payload };
        if cx.session.environment.production {
            let body = "It does what it does for customers: contacts, messages and tables may change.";
            let confirm = Confirm::new(format!("Call {short}?"), body, "Call", deed.then());
            cx.open(confirm.guarded(&cx.session.environment));
        } else {
            cx.send(ScreenId::Functions, deed);
        }
        Submit::Done
    };
    let check =
        |form: &Form, _: &Cx<'_>| match serde_json::from_str::<serde_json::Value>(&form.value("payload")) {
            Ok(_) => Vec::new(),
            Err(error) => vec![("payload".to_owned(), format!("is no JSON: {error}"))],
        };
    cx.open(Edit::new(format!("Call {}", it.short), Form::new(fields), save).check(check).verb("call"));
}

/// Asks for the folder with the program and whether its version is to be live.
pub(super) fn ask_deploy(it: &Deployed, folder: &str, cx: &mut Cx<'_>) {
    let fields = vec![
        Field::new("folder", "Programs", Kind::Line, folder)
            .hint("folder with the programs for Linux, each named as its function"),
        Field::new("promote", format!("Make it {LIVE}"), Kind::Flag, "false")
            .hint("calls run it at once; without it p makes it live later"),
    ];
    let short = it.short.clone();
    let save = move |form: &Form, cx: &mut Cx<'_>| {
        let folder = PathBuf::from(form.value("folder").trim());
        let promote = form.value("promote") == "true";
        let body = format!(
            "The code of $LATEST is replaced by the program {} and published as a version.{}",
            folder.join(&short).display(),
            if promote {
                " It is live then: calls run it at once. b rolls back."
            } else {
                " What is live stays; p makes it live later."
            }
        );
        let by = cx.session.actor.user.to_string();
        let deed = Deed::Deploy { short: short.clone(), folder, promote, by };
        let confirm = Confirm::new(format!("Deploy {short}?"), body, "Deploy", deed.then());
        cx.open(confirm.guarded(&cx.session.environment));
        Submit::Done
    };
    let check = |form: &Form, _: &Cx<'_>| {
        let empty = form.value("folder").trim().is_empty();
        if empty { vec![("folder".to_owned(), "is missing".to_owned())] } else { Vec::new() }
    };
    cx.open(Edit::new(format!("Deploy {}", it.short), Form::new(fields), save).check(check).verb("deploy…"));
}

/// Asks whether a version is to be live.
pub(super) fn ask_promote(it: &Deployed, version: &str, cx: &mut Cx<'_>) {
    let body = match it.live() {
        Some(now) => format!(
            "{} is live now and {} then. Calls run it at once; b or p on the other version takes it back.",
            told(it, now),
            told(it, version)
        ),
        None => format!("It has no alias {LIVE} yet: that is made and points to {}.", told(it, version)),
    };
    let deed = Deed::Promote { short: it.short.clone(), version: version.to_owned() };
    let title = format!("Make version {version} of {} live?", it.short);
    cx.open(Confirm::new(title, body, "Make live", deed.then()).guarded(&cx.session.environment));
}

/// Asks whether the version before the live one is to be live again.
pub(super) fn ask_roll_back(it: &Deployed, cx: &mut Cx<'_>) {
    let (Some(now), Some(before)) = (it.live(), it.before()) else { return };
    let body = format!(
        "{} is live now and {} then. Calls run it at once; p on the other version takes it back.",
        told(it, now),
        told(it, &before.version)
    );
    let deed = Deed::RollBack { short: it.short.clone() };
    let title = format!("Roll {} back to version {}?", it.short, before.version);
    cx.open(Confirm::new(title, body, "Roll back", deed.then()).guarded(&cx.session.environment));
}

fn told(it: &Deployed, version: &str) -> String {
    let found = it.published().find(|it| it.version == version);
    let about = found.map(|it| it.description.as_str()).filter(|about| !about.is_empty());
    about.map_or_else(|| format!("version {version}"), |about| format!("version {version} ({about})"))
}
