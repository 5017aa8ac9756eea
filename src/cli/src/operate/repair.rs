//! `repair`: makes an environment what it should be, as a plan that is shown first.

use connect_rules_cloud::health::{Came, Outcome, Plan, Report, apply, saved_in, scan};
use jiff::Timestamp;
use serde_json::json;

use super::health::{exit, told as told_report};
use super::{observed, open, problem, scope};
use crate::args::Global;
use crate::args::operate::RepairArgs;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{Purpose, agree};

/// Runs the command.
///
/// # Errors
/// Nothing may be written there, nobody agreed, or the store cannot be opened.
pub fn run(args: &RepairArgs, global: &Global) -> Result<Exit, Failure> {
    let mut opened = open(global, Purpose::Read)?;
    let scope = scope(&opened, &args.looked, global)?;
    let observer = observed(global, false);
    let report = opened.session.block_on(scan(&opened.cloud, &opened.now, &scope, &observer));
    drop(observer);
    let plan = Plan::of(&report, args.adopt, scope.budget);
    if args.write.plan {
        if global.json {
            return super::json(&json!({ "plan": plan }));
        }
        return output::text(&told(&plan));
    }
    if plan.is_empty() {
        if global.json {
            super::json(&json!({ "plan": plan, "outcomes": [], "report": report.json() }))?;
        } else {
            output::text(&told(&plan))?;
        }
        return Ok(exit(&report));
    }
    if !global.json {
        output::text(&told(&plan))?;
    }
    if !args.write.yes {
        let title = format!("repair {}", opened.cloud.place.environment);
        agree(&title, &format!("{} steps", plan.steps.len()))?;
    }
    let backups = args.backups.clone().unwrap_or_else(|| saved_in(&opened.session.site.file));
    let observer = observed(global, true);
    let (session, cloud) = (&opened.session, &opened.cloud);
    let done = apply(cloud, &session.service, &session.actor, &plan, &scope, &backups, &observer);
    let outcomes = session.block_on(done);
    let is_cancelled = observer.is_cancelled();
    drop(observer);
    let outcomes = outcomes.map_err(|it| problem(&it.what, &it.fix))?;
    opened.now = opened.session.now()?;
    let mut again = scope.clone();
    again.at = Timestamp::now();
    let observer = observed(global, false);
    let report = opened.session.block_on(scan(&opened.cloud, &opened.now, &again, &observer));
    drop(observer);
    if global.json {
        super::json(
            &json!({ "plan": plan, "outcomes": outcomes, "backups": backups, "report": report.json() }),
        )?;
    } else {
        let saved = if backups.exists() {
            format!("what was overwritten is in {}\n", backups.display())
        } else {
            String::new()
        };
        output::text(&format!("{}{saved}{}", came(&outcomes), told_report(&report, true)))?;
    }
    Ok(if is_cancelled { Exit::Cancelled } else { ended(&outcomes, &report) })
}

fn ended(outcomes: &[Outcome], report: &Report) -> Exit {
    if outcomes.iter().all(|it| it.result.is_right()) { exit(report) } else { Exit::Failed }
}

/// The plan as lines of text.
fn told(plan: &Plan) -> String {
    let mut out = String::new();
    let width = plan.steps.iter().map(|it| it.name().chars().count()).max().unwrap_or_default();
    for step in &plan.steps {
        let line = format!("{:11}  {:width$}  {}", step.kind(), step.name(), step.detail());
        out.extend([line.trim_end(), "\n"]);
    }
    for it in &plan.left {
        out.extend([format!("left as it is: {}: {}\n      fix: {}\n", it.name, it.why, it.fix)]);
    }
    let about = plan.seconds.ceil();
    if plan.is_empty() {
        out.push_str("there is nothing to repair\n");
    } else {
        out.extend([format!("{} steps, {} calls, about {about} s\n", plan.steps.len(), plan.calls)]);
    }
    out
}

/// What came of the steps, as lines of text.
fn came(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    for it in outcomes {
        let about = format!("{} {}", it.step.kind(), it.step.name());
        match &it.result {
            Came::Done | Came::Already => out.extend([format!("{:8} {about}\n", it.result.word())]),
            Came::Skipped { why } => out.extend([format!("skipped  {about}: {why}\n")]),
            Came::Failed { what, fix, problems } => {
                out.extend([format!("failed   {about}: {what}\n")]);
                out.extend(problems.iter().map(|it| format!("      {it}\n")));
                out.extend([format!("      fix: {fix}\n")]);
            }
        }
    }
    out
}
