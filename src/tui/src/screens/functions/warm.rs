//! Functions that are kept warm: the configuration row `KeepWarm` (`spec/admin.md` 9) as a form, and calling them now.

use std::sync::Arc;

use connect_rules_cloud::gateway::{Cloud, Functions, Invocation};
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::Snapshot;
use connect_rules_store::service::settings::SetConfig;

use crate::cloud::{Trouble, ask};
use crate::message::JobContext;
use crate::overlay::{Edit, Submit};
use crate::screen::Cx;
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind};

/// The row.
const ROW: &str = "KeepWarm";
/// So many copies of a function at most.
const MOST: usize = 100;

/// An entry of the row.
#[derive(Clone, Debug)]
pub(in crate::screens) struct Kept {
    pub name: String,
    pub count: usize,
    pub arn: Option<String>,
}

/// What is kept warm.
pub(in crate::screens) fn kept(now: &Snapshot) -> Vec<Kept> {
    let row = now.config.iter().find(|row| &*row.key == ROW).map(|row| &row.value);
    let all = row.and_then(Value::as_array).unwrap_or_default();
    let entry = |it: &Value| Kept {
        name: it.member("Name").text().to_string(),
        count: it.member("Count").num().clamp(0.0, MOST as f64) as usize,
        arn: it.member("Arn").as_str().map(str::to_owned),
    };
    all.iter().map(entry).collect()
}

/// The row for entries; those of no copies are left out.
fn row(entries: &[Kept]) -> Value {
    let entry = |it: &Kept| {
        let mut out = Map::new();
        out.insert("Name", it.name.as_str().into());
        out.insert("Count", (it.count as f64).into());
        if let Some(arn) = &it.arn {
            out.insert("Arn", arn.as_str().into());
        }
        Value::from(out)
    };
    Value::from(entries.iter().filter(|it| it.count > 0).map(entry).collect::<Vec<_>>())
}

/// Short names of the functions that the instance is known to have.
pub(in crate::screens) fn known(now: &Snapshot) -> Vec<String> {
    let config = |key: &str| now.config.iter().find(|row| &*row.key == key).map(|row| row.value.text());
    let prefix = match (config("stage"), config("service")) {
        (Some(stage), Some(service)) => format!("{stage}-{service}-"),
        _ => String::new(),
    };
    let listed = now.config.iter().find(|row| &*row.key == "LambdaFunctions").map(|row| &row.value);
    let listed = listed.and_then(Value::as_array).unwrap_or_default();
    let names = listed.iter().map(|it| it.member("Name").text());
    names.map(|name| name.strip_prefix(&prefix).unwrap_or(&name).to_owned()).collect()
}

/// Opens the form: a field for each function that is known or kept warm, the cursor on one of them.
pub(in crate::screens) fn edit(names: &[String], at: &str, cx: &mut Cx<'_>) {
    let Some(data) = cx.data else { return };
    let mut entries = kept(&data.snapshot);
    for name in names {
        if !entries.iter().any(|it| it.name == *name) {
            entries.push(Kept { name: name.clone(), count: 0, arn: None });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let fields = entries.iter().map(|it| {
        let field = Field::new(it.name.as_str(), it.name.as_str(), Kind::Line, &it.count.to_string());
        field.hint("copies that are called every 5 minutes; 0 for none. The schedule `warm` has to be on")
    });
    let mut form = Form::new(fields.collect());
    form.focus_on(at);
    let save = move |form: &Form, cx: &mut Cx<'_>| {
        let mut chosen = entries.clone();
        for entry in &mut chosen {
            entry.count = count(&form.value(&entry.name)).unwrap_or_default();
        }
        cx.change(SetConfig { key: Text::from(ROW), value: row(&chosen) });
        Submit::Sent
    };
    let check = |form: &Form, _: &Cx<'_>| {
        let wrong = form.fields().iter().filter(|field| count(&field.value()).is_none());
        wrong.map(|field| (field.id.clone(), format!("is no whole number from 0 to {MOST}"))).collect()
    };
    cx.open(Edit::new("Keep warm: copies of each function", form, save).check(check));
}

fn count(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|count| *count <= MOST)
}

/// Calls what is kept warm, the copies of a function at the same time; answers a line for each.
///
/// # Errors
/// The job was cancelled.
pub(super) fn call(cloud: &Cloud, kept: &[Kept], job: &JobContext) -> Result<Vec<(Role, String)>, Trouble> {
    let prefix = cloud.place.prefix();
    let mut out = Vec::new();
    for (done, it) in kept.iter().enumerate() {
        job.progress(done, kept.len());
        let full = if it.arn.is_some() { it.name.clone() } else { format!("{prefix}{}", it.name) };
        let arn = it.arn.clone().unwrap_or_else(|| cloud.place.function_arn(&it.name));
        let calls = copies(&cloud.functions, &full, &arn, it.count);
        out.push(told(it, &ask(job, async { Ok(calls.await) })?));
    }
    Ok(out)
}

async fn copies(
    functions: &Arc<dyn Functions>,
    name: &str,
    arn: &str,
    count: usize,
) -> Vec<Result<Invocation, Trouble>> {
    let mut request = Map::new();
    request.insert("name", name.into());
    request.insert("arn", arn.into());
    let mut whole = Map::new();
    whole.insert("keepWarm", Value::from(request));
    let payload = json::print(&Value::from(whole)).unwrap_or_default();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (functions, name, payload) = (Arc::clone(functions), name.to_owned(), payload.clone());
        calls.spawn(async move { functions.invoke(&name, "", &payload).await });
    }
    let mut out = Vec::new();
    while let Some(ended) = calls.join_next().await {
        out.push(match ended {
            Ok(answer) => answer.map_err(Trouble::from),
            Err(error) => Err(Trouble::new(error.to_string(), "try again")),
        });
    }
    out
}

fn told(it: &Kept, answers: &[Result<Invocation, Trouble>]) -> (Role, String) {
    let good: Vec<&Invocation> =
        answers.iter().filter_map(|it| it.as_ref().ok()).filter(|it| it.error.is_none()).collect();
    let cold = good.iter().filter(|it| is_cold(&it.payload)).count();
    let failed = answers.len() - good.len();
    let (least, most) = (good.iter().map(|it| it.took_ms).min(), good.iter().map(|it| it.took_ms).max());
    let took = match (least, most) {
        (Some(least), Some(most)) => format!(", {least} to {most} ms"),
        _ => String::new(),
    };
    let counts = format!("{} warm, {cold} cold, {failed} failed{took}", good.len() - cold);
    let why = answers.iter().find_map(|it| match it {
        Err(trouble) => Some(trouble.line()),
        Ok(answer) => answer.error.as_ref().map(|error| format!("{error}: {}", answer.payload)),
    });
    match why {
        None => (Role::Good, format!("✓ {}: {counts}", it.name)),
        Some(why) => (Role::Bad, format!("✗ {}: {counts} · {why}", it.name)),
    }
}

fn is_cold(payload: &str) -> bool {
    json::parse(payload).is_ok_and(|it| it.member("keepWarm").member("coldStart") == Value::Bool(true))
}
