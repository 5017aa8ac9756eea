//! `deploy`, `destroy`, `bootstrap` and `doctor`.

use connect_rules_cloud::deploy::{self, Admin, Bootstrap, Examined, Plan, Wanted};
use connect_rules_cloud::health::{Grade, Scope};
use connect_rules_store::Operation;
use jiff::Timestamp;

use super::reach::{Reach, build, build_there, failed, json};
use crate::args::Global;
use crate::args::cloud::{BootstrapArgs, DeployArgs, DestroyArgs, Programs};
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{self, Purpose};
use crate::say;

/// Runs `deploy`.
///
/// # Errors
/// What is in the way, with the next step.
pub fn deploy(args: &DeployArgs, global: &Global) -> Result<Exit, Failure> {
    let packages = build(&args.programs, args.only.as_deref())?;
    let reach = Reach::open(global, Operation::RefreshCache)?;
    let observer = reach.observer();
    let wanted = Wanted {
        settings: reach.parameters(),
        chosen: args.set.iter().cloned().collect(),
        packages,
        version: reach.version(),
        bucket: reach.bucket(),
    };
    let plan = reach.done(deploy::plan(&reach.cloud, wanted, &observer))?;
    let title = format!("deploy {}", reach.cloud.place.environment);
    if args.plan {
        reach.done(deploy::forget(&reach.cloud, &plan))?;
        return if global.json { json(&plan.json()) } else { output::text(&shown(&plan)) };
    }
    if !global.json {
        say::notices(&shown(&plan), global);
    }
    if !plan.is_empty() {
        let lost = plan.losses().count();
        let what = match lost {
            0 => format!("{} changes", plan.change_set.changes.len()),
            _ => format!("{} changes, {lost} of them lose something", plan.change_set.changes.len()),
        };
        if let Err(failure) = reach.agree(&title, &what, lost > 0, args.yes, &args.confirm) {
            reach.done(deploy::forget(&reach.cloud, &plan))?;
            return Err(failure);
        }
    }
    let done = reach.done(deploy::apply(&reach.cloud, &plan, &observer))?;
    if global.json {
        return json(&done);
    }
    let mut text = match (done.changed, done.live.is_empty()) {
        (0, true) => "nothing to change\n".to_owned(),
        (changed, _) => format!("done: {changed} things changed, {} packages sent\n", done.sent.len()),
    };
    for it in &done.live {
        let from = it.from.as_deref().unwrap_or("none");
        text.extend([&*it.function, ": version ", &it.to, " is live (before: ", from, ")\n"]);
    }
    if plan.is_new {
        text.push_str("next: connect-rules bootstrap, bots build, cache refresh, repair\n");
    }
    output::text(&text)
}

fn shown(plan: &Plan) -> String {
    let lines = plan.lines();
    let mut text = match (plan.is_new, plan.is_empty()) {
        (true, _) => format!("plan: make the stack {}\n", plan.stack),
        (false, true) => format!("plan: the stack {} is as it should be\n", plan.stack),
        (false, false) => format!("plan: change the stack {}\n", plan.stack),
    };
    for line in lines {
        text.extend(["  ", &line, "\n"]);
    }
    text
}

/// Runs `destroy`.
///
/// # Errors
/// Nobody agreed, or what failed, with the next step.
pub fn destroy(args: &DestroyArgs, global: &Global) -> Result<Exit, Failure> {
    let reach = Reach::open(global, Operation::RefreshCache)?;
    let observer = reach.observer();
    let bucket = reach.bucket();
    let doomed = reach.done(deploy::doomed(&reach.cloud, &bucket, args.with_data, &observer))?;
    if args.plan && global.json {
        return json(&doomed);
    }
    let mut text = String::new();
    for name in doomed.stack.iter().chain(&doomed.gone).chain(&doomed.bucket) {
        text.extend(["- ", name, "\n"]);
    }
    for name in &doomed.data {
        let mark = if args.with_data { "- " } else { "= " };
        text.extend([mark, name, if args.with_data { " with everything in it" } else { " is kept" }, "\n"]);
    }
    if text.is_empty() {
        text.push_str("there is nothing to take away\n");
    }
    if args.plan || doomed.stack.is_none() && doomed.bucket.is_none() {
        return output::text(&text);
    }
    if !global.json {
        say::notices(&text, global);
    }
    let title = format!("destroy {}", reach.cloud.place.environment);
    let what = if args.with_data { "everything goes, the data too" } else { "calls are no longer answered" };
    reach.agree(&title, what, true, false, &args.confirm)?;
    let done = reach.done(deploy::destroy(&reach.cloud, &doomed, &observer))?;
    if global.json {
        return json(&done);
    }
    output::text(&format!("done: {} taken away, {} kept\n", done.gone.len(), done.kept.len()))
}

/// Runs `bootstrap`.
///
/// # Errors
/// The store refuses a row.
pub fn bootstrap(args: &BootstrapArgs, global: &Global) -> Result<Exit, Failure> {
    let purpose = if args.write.plan { Purpose::Plan } else { Purpose::Fill };
    let session = session::open(global, purpose)?;
    if let Some(why) = session.site.barred().filter(|_| !args.write.plan) {
        return Err(session::failed(&why));
    }
    let usual = session.site.environment.as_ref().map(|(it, _)| it.get("call_centre_time_zone"));
    let usual = usual.unwrap_or_else(|| "Australia/Melbourne".to_owned());
    let time_zone = args.time_zone.clone().unwrap_or(usual);
    if connect_rules_engine::dates::zone(&time_zone).is_none() {
        return Err(Failure::usage(
            format!("there is no time zone {time_zone}"),
            "write one such as Australia/Melbourne",
        ));
    }
    let mut warm = Vec::new();
    for (name, count) in &args.warm {
        let count = count.parse().map_err(|_| {
            Failure::usage(
                format!("--warm {name}={count} is no number"),
                "write FUNCTION=COUNT, such as evaluator=2",
            )
        })?;
        warm.push((name.clone(), count));
    }
    if warm.is_empty() {
        warm = vec![("evaluator".to_owned(), 2), ("ratelimiter".to_owned(), 1)];
    }
    let admin = args.email.as_ref().map(|email| Admin {
        email: email.clone(),
        first: args.first.clone(),
        last: args.last.clone(),
    });
    let wanted = Bootstrap { admin, time_zone, warm, force: args.force };
    if args.force && !args.write.plan && !args.write.yes {
        session::agree("bootstrap --force", "rows are written anew, an administrator's key no longer works")?;
    }
    let rows = session.wait(deploy::bootstrap(&session.service, &session.actor, &wanted, args.write.plan))?;
    if global.json {
        return json(&rows);
    }
    let mut text = String::new();
    for row in &rows {
        let state = if args.write.plan && row.state != "kept" { "would be " } else { "" };
        text.extend([&*row.name, ": ", state, &row.state, ", ", &row.value, "\n"]);
        if let Some(key) = &row.key {
            text.extend(["key: ", key, "\n"]);
        }
    }
    output::text(&text)
}

/// Runs `doctor`.
///
/// # Errors
/// The place cannot be opened; what is found is no error but the status 1.
pub fn doctor(programs: &Programs, global: &Global) -> Result<Exit, Failure> {
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let observer = reach.observer();
    let (local, bucket) = (build_there(programs), reach.bucket());
    let endpoint = Some(reach.setting("endpoint_url")).filter(|it| !it.is_empty());
    let what = Examined { now: &reach.now, local: &local, bucket: &bucket, endpoint: endpoint.as_deref() };
    let scope = Scope::of(&reach.cloud.place, Timestamp::now());
    let found = reach.wait(deploy::doctor(&reach.cloud, &what, &scope, &observer));
    if observer.is_cancelled() {
        return Err(failed(&deploy::DeployError::Cancelled("nothing was changed".to_owned())));
    }
    let worst = found.iter().map(|it| it.grade).max().unwrap_or(Grade::Healthy);
    if global.json {
        json(&found)?;
    } else {
        let mut text = String::new();
        for it in &found {
            text.extend([&format!("{:<8} ", it.grade.name()), &*it.name, ": ", &it.detail, "\n"]);
            if !it.fix.is_empty() {
                text.extend(["         fix: ", &it.fix, "\n"]);
            }
        }
        output::text(&text)?;
    }
    Ok(if worst >= Grade::Unknown { Exit::Failed } else { Exit::Success })
}
