//! The form of the limits: checks while typing, then the difference, then a question.

use std::fmt::Write as _;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::problem::Severity;
use connect_rules_engine::value::Text;
use connect_rules_limits::{Config, FailMode, Mode};
use connect_rules_store::service::limits::SetLimits;

use super::header::through;
use crate::message::Owner;
use crate::overlay::{Confirm, Diff, Edit, Submit, Then};
use crate::screen::Cx;
use crate::widgets::form::{Field, Form, Kind};

fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn list(texts: &[Text]) -> String {
    texts.iter().map(|it| &**it).collect::<Vec<_>>().join(" ")
}

fn fields(config: &Config) -> Vec<Field> {
    let choice = |names: &[&str]| Kind::Choice(names.iter().map(|it| (*it).to_owned()).collect());
    vec![
        Field::new("enabled", "Switched on", Kind::Flag, flag(config.enabled))
            .hint("off: every call goes on and nothing is counted"),
        Field::new("customerLimit", "Limit of a customer", Kind::Line, &config.customer_limit.to_string())
            .hint("how often one number may be called in a window; 0: no limit"),
        Field::new("systemLimit", "Limit of a caller ID", Kind::Line, &config.system_limit.to_string())
            .hint("how often one number of the instance may be used in a window; 0: no limit"),
        Field::new("windowSeconds", "Window in seconds", Kind::Line, &config.window_seconds.to_string())
            .hint("1 to 3600, usually 60"),
        Field::new("mode", "What ends a window", choice(&["idle", "fixed"]), config.mode.name())
            .hint("idle: so many seconds without a call; fixed: so many seconds since its first call"),
        Field::new("prefixes", "Limited numbers", Kind::Line, &list(&config.prefixes))
            .hint("what limited customer numbers begin with, such as +1 +61; empty: all numbers"),
        Field::new("exemptNumbers", "Exempt numbers", Kind::Line, &list(&config.exempt_numbers))
            .hint("whole numbers of customers or of the instance, with a blank between them"),
        Field::new("exemptCallbacks", "Callbacks are exempt", Kind::Flag, flag(config.exempt_callbacks))
            .hint("calls that were promised to customers are not limited"),
        Field::new(
            "countSystemWhenCustomerBlocked",
            "Blocked calls count too",
            Kind::Flag,
            flag(config.count_system_when_customer_blocked),
        )
        .hint("whether a call that is blocked for its customer counts for the caller ID"),
        Field::new("failMode", "On an error", choice(&["open", "closed"]), config.fail_mode.name())
            .hint("open: calls go on; closed: calls are ended"),
        Field::new("notifyAgent", "Tasks for agents", Kind::Flag, flag(config.notify_agent))
            .hint("a task tells the agent why a call was blocked"),
    ]
}

fn texts(typed: &str) -> Vec<Text> {
    typed.split([' ', ',']).filter(|it| !it.is_empty()).map(Text::from).collect()
}

/// What is typed, or the field that holds no number.
fn typed(form: &Form, compat: Compat) -> Result<Config, Vec<(String, String)>> {
    let mut wrong = Vec::new();
    let mut number = |id: &str| {
        form.value(id).trim().parse::<u32>().unwrap_or_else(|_| {
            wrong.push((id.to_owned(), "is no whole number".to_owned()));
            0
        })
    };
    let (customer_limit, system_limit) = (number("customerLimit"), number("systemLimit"));
    let window_seconds = number("windowSeconds");
    let is = |id: &str| form.value(id) == "true";
    let config = Config {
        enabled: is("enabled"),
        customer_limit,
        system_limit,
        window_seconds,
        mode: Mode::parse(&form.value("mode")).unwrap_or_default(),
        prefixes: texts(&form.value("prefixes")),
        exempt_numbers: texts(&form.value("exemptNumbers")),
        exempt_callbacks: is("exemptCallbacks"),
        count_system_when_customer_blocked: is("countSystemWhenCustomerBlocked"),
        fail_mode: if form.value("failMode") == "closed" { FailMode::Closed } else { FailMode::Open },
        notify_agent: is("notifyAgent"),
        compat,
    };
    if wrong.is_empty() { Ok(config) } else { Err(wrong) }
}

fn field_of(place: &str) -> String {
    place.rsplit(" / ").next().unwrap_or_default().to_owned()
}

fn check(form: &Form, compat: Compat) -> Vec<(String, String)> {
    let config = match typed(form, compat) {
        Ok(config) => config,
        Err(wrong) => return wrong,
    };
    let errors = config.problems(true).into_iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| (field_of(&it.place), format!("{}; {}", it.what, it.fix))).collect()
}

/// What is said beside fields: what limits let through, and warnings.
fn notes(form: &Form, compat: Compat) -> Vec<(String, String)> {
    let Ok(config) = typed(form, compat) else { return Vec::new() };
    let mut out: Vec<(String, String)> = Vec::new();
    for (id, limit) in [("customerLimit", config.customer_limit), ("systemLimit", config.system_limit)] {
        out.push((id.to_owned(), through(&config, limit)));
    }
    for it in config.problems(true).into_iter().filter(|it| it.severity != Severity::Error) {
        let (id, text) = (field_of(&it.place), format!("⚠ {}", it.what));
        match out.iter_mut().find(|(field, _)| *field == id) {
            Some((_, told)) => *told = format!("{told}; {text}"),
            None => out.push((id, text)),
        }
    }
    out
}

/// The row as a document; what the environment says of itself is left out.
fn document(config: &Config, compat: Compat) -> serde_json::Value {
    let mut document = serde_json::to_value(config).unwrap_or_default();
    if config.compat == compat
        && let Some(members) = document.as_object_mut()
    {
        members.remove("compat");
    }
    document
}

/// Opens the form. `environment` is how limits are read where a row does not say it.
pub fn edit(before: &Config, environment: Compat, cx: &mut Cx<'_>) {
    let compat = before.compat;
    let pretty = move |config: &Config| {
        serde_json::to_string_pretty(&document(config, environment)).unwrap_or_default() + "\n"
    };
    let old = pretty(before);
    let edit = Edit::new("Outbound limits", Form::new(fields(before)), move |form, cx| {
        let Ok(config) = typed(form, compat) else { return Submit::Refused("see the marks".to_owned()) };
        let new = pretty(&config);
        if new == old {
            return Submit::Refused("nothing is changed".to_owned());
        }
        let text = document(&config, environment).to_string();
        let value = match json::parse(&text) {
            Ok(value) => value,
            Err(error) => return Submit::Refused(error.to_string()),
        };
        ask(cx.me(), &config, value, &old, &new, cx);
        Submit::Asked
    });
    cx.open(edit.check(move |form, _| check(form, compat)).notes(move |form| notes(form, compat)));
}

/// The question, and on top of it the difference.
fn ask(
    form: Owner,
    config: &Config,
    value: connect_rules_engine::value::Value,
    old: &str,
    new: &str,
    cx: &mut Cx<'_>,
) {
    let [limits, rest] = super::header::limits(config);
    let mut body = format!("{limits}\n{rest}\n\nThe function takes it over within 30 seconds.");
    for it in config.problems(true) {
        let _ = write!(body, "\n⚠ {}; {}", it.what, it.fix);
    }
    let then = Then::Change(form, Box::new(SetLimits { value }));
    let question = Confirm::new("Change the limits?", body, "Change", then).guarded(&cx.session.environment);
    cx.open(question);
    cx.open(Diff::new("What changes", old, new));
}
