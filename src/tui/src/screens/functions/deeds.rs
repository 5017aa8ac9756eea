//! What is done to functions after a form and a question: call, deploy, promote, roll back, warm.

use std::path::PathBuf;

use connect_rules_cloud::gateway::Invocation;

use super::read::Deployed;
use super::warm::{self, Kept};
use crate::cloud::{Door, Trouble, ask};
use crate::message::JobContext;
use crate::overlay::{Choose, Confirm, Edit, Submit, Then, choose::Candidate};
use crate::screen::{Cx, ScreenId};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind};

/// The alias that flows use.
pub(super) const LIVE: &str = "live";

/// Something that was agreed to.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Invoke { name: String, short: String, qualifier: String, payload: String },
    Deploy { name: String, short: String, path: PathBuf, alias: Option<String> },
    Point { name: String, short: String, alias: String, version: String },
    Warm { kept: Vec<Kept> },
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
            Deed::Point { short, alias, version, .. } => format!("pointing {alias} of {short} to {version}"),
            Deed::Warm { .. } => "calling what is kept warm".to_owned(),
        }
    }

    /// Does it.
    pub fn perform(self, door: &Door, job: &JobContext) -> Done {
        let result = self.work(door, job);
        Done { deed: self, result }
    }

    fn work(&self, door: &Door, job: &JobContext) -> Result<Came, Trouble> {
        let cloud = door.enter(job)?;
        let functions = &cloud.functions;
        match self {
            Deed::Invoke { name, qualifier, payload, .. } => {
                Ok(Came::Answer(ask(job, functions.invoke(name, qualifier, payload))?))
            }
            Deed::Deploy { name, short, path, alias } => {
                let package = package(path)?;
                job.progress(1, 4);
                let sent = ask(job, functions.update_code(name, &package))?;
                job.progress(2, 4);
                let version = ask(job, functions.publish(name, &sent.code_sha256, "")).map_err(|it| {
                    let fix = format!("$LATEST has the new code and no version does: {}", it.fix);
                    Trouble::new(it.what, fix)
                })?;
                job.progress(3, 4);
                let version = version.version;
                let Some(alias) = alias else {
                    return Ok(Came::Changed(format!("{short} has version {version}; p promotes it")));
                };
                ask(job, functions.point(name, alias, &version)).map_err(|it| {
                    let fix =
                        format!("version {version} is there and {alias} does not point to it: {}", it.fix);
                    Trouble::new(it.what, fix)
                })?;
                Ok(Came::Changed(format!("{short} has version {version}, {alias} points to it")))
            }
            Deed::Point { name, short, alias, version } => {
                ask(job, functions.point(name, alias, version))?;
                Ok(Came::Changed(format!("{alias} of {short} points to version {version}")))
            }
            Deed::Warm { kept } => Ok(Came::Lines(warm::call(&cloud, kept, job)?)),
        }
    }

    fn then(self) -> Then {
        Then::Send(ScreenId::Functions, Box::new(self))
    }
}

/// A package: a zip file.
fn package(path: &std::path::Path) -> Result<Vec<u8>, Trouble> {
    let bytes = std::fs::read(path)
        .map_err(|error| Trouble::new(format!("{}: {error}", path.display()), "check path and rights"))?;
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(bytes);
    }
    let what = format!("{} is no zip file", path.display());
    Err(Trouble::new(what, "give the package of the function: a zip file with `bootstrap` in it"))
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
        Field::new("payload", "Payload", Kind::Area(9), payload)
            .hint("JSON; ctrl-s calls. Kept for the next time"),
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
    cx.open(Edit::new(format!("Call {}", it.short), Form::new(fields), save).check(check));
}

/// Asks for the package and whether the alias is to point to it.
pub(super) fn ask_deploy(it: &Deployed, cx: &mut Cx<'_>) {
    let alias = it.aliases.as_deref().unwrap_or_default().first().map_or(LIVE, |alias| alias.name.as_str());
    let fields = vec![
        Field::new("path", "Package", Kind::Line, "").hint("a zip file with `bootstrap` in it"),
        Field::new("promote", format!("Point {alias} to it"), Kind::Flag, "false")
            .hint("calls run it at once; without it p promotes later"),
    ];
    let (name, short, alias) = (it.function.name.clone(), it.short.clone(), alias.to_owned());
    let save = move |form: &Form, cx: &mut Cx<'_>| {
        let path = PathBuf::from(form.value("path").trim());
        let promote = (form.value("promote") == "true").then(|| alias.clone());
        let body = format!(
            "The code of $LATEST is replaced by {} and published as a version.{}",
            path.display(),
            match &promote {
                Some(alias) => format!(" {alias} points to it then: calls run it at once. b rolls back."),
                None => " No alias moves; p promotes it.".to_owned(),
            }
        );
        let deed = Deed::Deploy { name: name.clone(), short: short.clone(), path, alias: promote };
        let confirm = Confirm::new(format!("Deploy {short}?"), body, "Deploy", deed.then());
        cx.open(confirm.guarded(&cx.session.environment));
        Submit::Done
    };
    let check = |form: &Form, _: &Cx<'_>| {
        let empty = form.value("path").trim().is_empty();
        if empty { vec![("path".to_owned(), "is missing".to_owned())] } else { Vec::new() }
    };
    cx.open(Edit::new(format!("Deploy {}", it.short), Form::new(fields), save).check(check));
}

/// Asks which alias, if there are several, and whether it is to point to that version.
pub(super) fn ask_promote(it: &Deployed, version: &str, cx: &mut Cx<'_>) {
    let aliases = it.aliases.as_deref().unwrap_or_default();
    match aliases {
        [] => ask_point(it, LIVE, version, cx),
        [alias] => ask_point(it, &alias.name, version, cx),
        several => {
            let detail = |version: &str| format!("points to version {version}");
            let all = several.iter().map(|it| Candidate::plain(it.name.as_str()).detail(detail(&it.version)));
            let tag = format!("functions.promote {version}");
            cx.open(Choose::new(format!("Alias for version {version}"), tag, cx.me(), all.collect()));
        }
    }
}

/// Asks whether an alias is to point to a version.
pub(super) fn ask_point(it: &Deployed, alias: &str, version: &str, cx: &mut Cx<'_>) {
    let all = it.aliases.as_deref().unwrap_or_default();
    let now = all.iter().find(|it| it.name == alias).map(|it| it.version.as_str());
    let told = |version: &str| {
        let found = it.published().find(|it| it.version == version);
        let about = found.map(|it| it.description.as_str()).filter(|about| !about.is_empty());
        about.map_or_else(|| format!("version {version}"), |about| format!("version {version} ({about})"))
    };
    let body = match now {
        Some(now) => format!(
            "{alias} points to {} now and to {} then. Calls run it at once; p on the other version takes it back.",
            told(now),
            told(version)
        ),
        None => format!("There is no alias {alias} yet: it is made and points to {}.", told(version)),
    };
    let deed = Deed::Point {
        name: it.function.name.clone(),
        short: it.short.clone(),
        alias: alias.to_owned(),
        version: version.to_owned(),
    };
    let title = format!("Point {alias} of {} to version {version}?", it.short);
    cx.open(Confirm::new(title, body, "Point", deed.then()).guarded(&cx.session.environment));
}
