//! The functions as rows of a table, and what is said of the one under the cursor.

use connect_rules_engine::value::Text;
use jiff::tz::TimeZone;

use super::read::Deployed;
use crate::theme::Role;
use crate::times;
use crate::widgets::table::{Column, Row, Wide};

pub(super) const COLUMNS: &[Column] = &[
    ("Function", Wide::Share(1)),
    ("State", Wide::Is(11)),
    ("Alias", Wide::Is(10)),
    ("Calls", Wide::Is(7)),
    ("Errors", Wide::Is(6)),
    ("p50 ms", Wide::Is(7)),
    ("p99 ms", Wide::Is(7)),
    ("Warm", Wide::From(4, 100)),
    ("Code", Wide::From(16, 100)),
    ("MB", Wide::From(5, 112)),
    ("Limit", Wide::From(6, 112)),
    ("Runtime", Wide::From(16, 150)),
    ("Modified", Wide::From(16, 132)),
];

/// The state in a word, with its mark and look.
pub(super) fn state(it: &Deployed) -> (&'static str, Role) {
    match (it.function.state.as_str(), it.function.last_update.as_str()) {
        ("Failed", _) | (_, "Failed") => ("✗ failed", Role::Bad),
        ("Pending", _) | (_, "InProgress") => ("⠿ changing", Role::Warn),
        ("Inactive", _) => ("⚠ inactive", Role::Warn),
        _ => ("✓ active", Role::Text),
    }
}

/// The first characters of a hash.
pub(super) fn short_hash(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"))
}

/// What is known of a function beside what the cloud says.
pub(super) struct Beside<'a> {
    /// How many copies are kept warm.
    pub warm: usize,
    /// Hash of the package of the local build, if there is one.
    pub local: Option<&'a str>,
}

impl Beside<'_> {
    /// How the deployed code compares with the local build.
    fn compared(&self, hash: &str) -> &'static str {
        match self.local {
            None => "",
            Some(local) if local == hash => "= local",
            Some(_) => "≠ local",
        }
    }
}

/// The row of a function.
pub(super) fn row(at: usize, it: &Deployed, beside: &Beside<'_>, zone: Option<&TimeZone>) -> Row {
    let (state, role) = state(it);
    let errors = it.figures.as_ref().map(|it| it.errors);
    let alias = match &it.aliases {
        Ok(all) if all.is_empty() => "–".to_owned(),
        Ok(all) => all.iter().map(|it| format!("{} {}", it.name, it.version)).collect::<Vec<_>>().join(", "),
        Err(_) => "✗ unknown".to_owned(),
    };
    let failing = errors.is_some_and(|count| count > 0.0);
    Row {
        key: Text::from(it.function.name.as_str()),
        at,
        cells: vec![
            it.short.clone(),
            state.to_owned(),
            alias,
            figure(it.figures.as_ref().map(|it| it.invocations)),
            if failing { format!("✗ {}", figure(errors)) } else { figure(errors) },
            figure(it.figures.as_ref().and_then(|it| it.p50_ms)),
            figure(it.figures.as_ref().and_then(|it| it.p99_ms)),
            if beside.warm > 0 { beside.warm.to_string() } else { "–".to_owned() },
            format!("{} {}", short_hash(&it.function.code_sha256), beside.compared(&it.function.code_sha256)),
            it.function.memory.to_string(),
            format!("{} s", it.function.timeout),
            it.function.runtime.clone(),
            when(it.function.modified_ms, zone),
        ],
        role: if failing && role == Role::Text { Role::Warn } else { role },
    }
}

/// A time as it is shown; nothing for none.
pub(super) fn when(ms: i64, zone: Option<&TimeZone>) -> String {
    if ms == 0 { "–".to_owned() } else { times::seconds(ms, zone)[..16].to_owned() }
}

/// What is said of a function above its versions.
pub(super) fn facts(
    it: &Deployed,
    beside: &Beside<'_>,
    now: i64,
    zone: Option<&TimeZone>,
) -> Vec<(&'static str, String)> {
    let function = &it.function;
    let (state, _) = state(it);
    let mut told = state.to_owned();
    for more in [&function.state_reason, &function.last_update] {
        if !more.is_empty() && more != "Successful" {
            told = format!("{told} · {more}");
        }
    }
    if !function.deployed_version.is_empty() {
        told = format!("{told} · VERSION {}", function.deployed_version);
    }
    let size = function.code_size as f64 / 1_000_000.0;
    let mut out = vec![
        ("State", told),
        (
            "Runs as",
            format!(
                "{} · {} · {} MB · {} s",
                function.runtime, function.architecture, function.memory, function.timeout
            ),
        ),
        (
            "Code",
            format!(
                "{}… · {size:.1} MB · {}",
                function.code_sha256.get(..12).unwrap_or(&function.code_sha256),
                match beside.local {
                    None => "no local build",
                    Some(local) if local == function.code_sha256 => "= local build",
                    Some(_) => "≠ local build; d deploys it",
                }
            ),
        ),
    ];
    let changed = times::age(now - function.modified_ms);
    out.push(("Changed", format!("{} ({changed} ago)", when(function.modified_ms, zone))));
    if let Some(figures) = &it.figures
        && figures.throttles > 0.0
    {
        out.push((
            "Refused",
            format!("⚠ {} calls were refused as too many", figure(Some(figures.throttles))),
        ));
    }
    out.push((
        "Kept warm",
        match beside.warm {
            0 => "no; w changes it".to_owned(),
            1 => "1 copy; W calls it now".to_owned(),
            copies => format!("{copies} copies; W calls them now"),
        },
    ));
    out
}
