//! Functions that are kept warm: the configuration row `KeepWarm` (`spec/admin.md` 9) as a form, and calling them now.

use connect_rules_cloud::gateway::Cloud;
use connect_rules_cloud::warm::{self, MOST, Warm, Warmed};
use connect_rules_engine::value::Value;
use connect_rules_store::Snapshot;

use crate::cloud::{Trouble, ask};
use crate::message::JobContext;
use crate::overlay::{Edit, Submit};
use crate::screen::Cx;
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind};

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
    let mut entries = warm::listed(&data.snapshot);
    for name in names {
        if !entries.iter().any(|it| it.name == *name) {
            entries.push(Warm { name: name.clone(), count: 0, arn: None });
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
        cx.change(warm::set(&chosen));
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
pub(super) fn call(cloud: &Cloud, kept: &[Warm], job: &JobContext) -> Result<Vec<(Role, String)>, Trouble> {
    let mut out = Vec::new();
    for (done, it) in kept.iter().enumerate() {
        job.progress(done, kept.len());
        let warmed = ask(job, async { Ok(warm::run(cloud, std::slice::from_ref(it)).await) })?;
        out.extend(warmed.iter().flat_map(told));
    }
    Ok(out)
}

/// How a function answered: a line, and one for each reason why some did not.
fn told(it: &Warmed) -> Vec<(Role, String)> {
    let Warmed { name, called, cold, slowest_ms, errors } = it;
    let copies = if *called == 1 { "1 copy".to_owned() } else { format!("{called} copies") };
    let (sign, role) = if errors.is_empty() { ("✓", Role::Good) } else { ("✗", Role::Bad) };
    let mut out = vec![(role, format!("{sign} {name}: {copies}, {cold} cold, {slowest_ms} ms at most"))];
    out.extend(errors.iter().map(|error| (Role::Bad, format!("    {error}"))));
    out
}
