//! Outbound calls (`spec/rate-limiting.md` 8.4): the limits, the routing profiles of those who make calls, and the
//! queues that calls leave by. Each profile and each queue costs a call, so they are read after everything else.

use std::collections::BTreeSet;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::value::Value;
use connect_rules_limits::Config;
use connect_rules_limits::config::KEY;
use connect_rules_store::Snapshot;

use super::scan::Tally;
use super::{Check, Grade, Group, Scope, Status, Step};
use crate::gateway::{Asked, Cause, Cloud, FlowSummary, OutboundQueue, ProfileState};
use crate::instance::{Instance, Sort, name_of};

/// The flow that outbound calls run.
const WHISPER: &str = "OutboundWhisper";
/// The flow that they ran under the limiter that this product takes the place of.
pub const BEFORE: &str = "Outbound Rate Limiting Whisper Flow";
/// What the checks of the limits are called where nothing is the matter with a member.
const LIMITS: &str = "limits";

/// Whether outbound calls may be led away from that whisper flow without asking whose it is: it is gone, or it is that
/// of the limiter before. `flows` is everything that is there.
pub fn may_go(id: &str, flows: &[FlowSummary]) -> bool {
    flows.iter().find(|it| it.id == id).is_none_or(|it| it.name == BEFORE)
}

/// What is found about outbound calls.
pub async fn outbound(
    cloud: &Cloud,
    scope: &Scope,
    now: &Snapshot,
    flows: &Asked<Vec<FlowSummary>>,
    tally: &Tally<'_>,
) -> Vec<Check> {
    let (mut out, config) = limits(now, scope.compat);
    let flows = match flows {
        Ok(flows) => flows,
        Err(error) => {
            // Without them nothing can be said of what queues run.
            out.push(Check::unknown(Group::Outbound, "queues", error));
            return out;
        }
    };
    let mut leaving = BTreeSet::new();
    match tally.asked("routing profiles", cloud.connect.profiles()).await {
        Err(error) => out.push(Check::unknown(Group::Outbound, "routing profiles", &error)),
        Ok(all) => {
            tally.more(all.len());
            for (id, name) in all {
                if tally.observer.is_cancelled() {
                    return out;
                }
                let asked = cloud.connect.profile(&id).await;
                tally.done(&name);
                match asked {
                    Ok(it) => {
                        out.push(profile(&name, &it, &config));
                        leaving.extend(it.outbound_queue_id);
                    }
                    // It was deleted since it was listed.
                    Err(error) if error.cause == Cause::NotFound => {}
                    Err(error) => {
                        out.push(Check::unknown(Group::Outbound, format!("routing profile {name}"), &error));
                    }
                }
            }
        }
    }
    let instance = Instance::of(now);
    let wanted: BTreeSet<String> = leaving.iter().cloned().chain(calling_back(now, &instance)).collect();
    tally.more(wanted.len());
    let full = scope.full(WHISPER);
    for id in wanted {
        if tally.observer.is_cancelled() {
            return out;
        }
        let asked = cloud.connect.queue(&id).await;
        let known = || instance.get(Sort::Queue, &id).map(|it| name_of(Sort::Queue, it).to_string());
        let name = match &asked {
            Ok(it) => it.name.clone(),
            Err(_) => known().unwrap_or_else(|| id.clone()),
        };
        tally.done(&name);
        out.push(match asked {
            Ok(it) => queue(&it, leaving.contains(&id), &full, flows),
            Err(error) => Check::unknown(Group::Outbound, format!("queue {name}"), &error),
        });
    }
    out
}

/// What is found about the limits, and those that count.
fn limits(now: &Snapshot, compat: Compat) -> (Vec<Check>, Config) {
    let row = now.config.iter().find(|row| &*row.key == KEY);
    let text = row.map(|row| match &row.value {
        Value::String(text) => text.to_string(),
        other => json::print(other).unwrap_or_default(),
    });
    let ill = |name: &str, status, what: String, fix: &str| {
        let fix = format!("{fix} (screen 6, `e`)");
        Check::of(Group::Outbound, name, Grade::Warning, status, what, fix)
    };
    let (config, from) = match text.map(|text| Config::read(&text, compat)) {
        None => (Config::of(compat), ", as by default"),
        Some(Ok(config)) => (config, ""),
        Some(Err(problems)) => {
            let one = |it: &connect_rules_engine::problem::Problem| {
                let what = format!("{}, so the limits by default count", it.what);
                ill(&it.place, Status::Error, what, &it.fix)
            };
            return (problems.iter().map(one).collect(), Config::of(compat));
        }
    };
    let warnings = config.problems(false);
    if config.enabled && !warnings.is_empty() {
        let one = |it: &connect_rules_engine::problem::Problem| {
            ill(&it.place, Status::Warning, it.what.clone(), &it.fix)
        };
        return (warnings.iter().map(one).collect(), config);
    }
    let told = if config.enabled {
        let limit = |limit: u32| if limit == 0 { "no limit".to_owned() } else { limit.to_string() };
        let (customer, system) = (limit(config.customer_limit), limit(config.system_limit));
        format!("a customer {customer}, a caller ID {system} in {} s{from}", config.window_seconds)
    } else {
        "switched off: nothing is counted".to_owned()
    };
    (vec![Check::healthy(Group::Outbound, LIMITS, told)], config)
}

/// Whether the agents of a routing profile see why their calls were blocked.
fn profile(name: &str, it: &ProfileState, config: &Config) -> Check {
    let name = format!("routing profile {name}");
    if it.outbound_queue_id.is_none() {
        return Check::healthy(Group::Outbound, name, "its agents make no calls");
    }
    if !config.enabled || !config.notify_agent {
        return Check::healthy(Group::Outbound, name, "the limits send its agents no tasks");
    }
    if it.concurrency.get("TASK").is_some_and(|it| *it > 0) {
        return Check::healthy(Group::Outbound, name, "its agents take tasks");
    }
    let detail = "its agents take no tasks, so they do not see why a call was blocked";
    let fix = "let it take one TASK at once in the console, or switch the tasks of the limits off";
    Check::of(Group::Outbound, name, Grade::Warning, Status::Warning, detail, fix)
}

/// Queues of rules that promise callbacks, by identifier: those calls run the outbound whisper flow, too.
fn calling_back(now: &Snapshot, instance: &Instance) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for rule in now.rule_sets.iter().flat_map(|it| &it.rules) {
        let text = |name: &str| rule.params.get(name).map(|it| it.text().to_string()).unwrap_or_default();
        // Only rules that lead into a queue have it.
        if text("callbackEnabled") == "true" {
            let queue = instance.get(Sort::Queue, &text("queueName"));
            out.extend(queue.and_then(|it| it.get("Id").map(|it| it.text().to_string())));
        }
    }
    out
}

/// Whether the outbound calls of a queue run the outbound whisper flow, and show a number if agents make them
/// (`leaves`). `full` is the name of that flow.
fn queue(it: &OutboundQueue, leaves: bool, full: &str, flows: &[FlowSummary]) -> Check {
    let named = |id: &str| flows.iter().find(|flow| flow.id == id).map(|flow| flow.name.as_str());
    let seen = it.whisper_flow_id.as_deref();
    let is_mended = seen.is_none_or(|id| may_go(id, flows));
    let (mut status, mut told, mut fixes) = (Status::Healthy, Vec::new(), Vec::new());
    let whisper = match seen.map(named) {
        Some(Some(name)) if name == full => None,
        None => Some((Status::Missing, "its outbound calls run no whisper flow".to_owned())),
        Some(None) => Some((Status::Changed, "the whisper flow of its outbound calls is gone".to_owned())),
        Some(Some(other)) => Some((Status::Changed, format!("its outbound calls run {other}"))),
    };
    if let Some((of_whisper, what)) = whisper {
        status = of_whisper;
        told.push(what);
        fixes.push(if is_mended {
            format!("repair lets them run {full}")
        } else {
            format!("choose {full} as its outbound whisper flow in the console")
        });
    }
    if leaves && it.caller_number_id.is_none() {
        if status == Status::Healthy {
            status = Status::Warning;
        }
        told.push("agents call out of it, and it shows no number".to_owned());
        fixes.push("choose an outbound caller number for it in the console".to_owned());
    }
    let name = format!("queue {}", it.name);
    if status == Status::Healthy {
        return Check::healthy(Group::Outbound, name, format!("its outbound calls run {full}"));
    }
    let is_led = seen.and_then(named) == Some(full);
    let check = Check::of(Group::Outbound, name, Grade::Warning, status, told.join("; "), fixes.join("; "));
    if is_led || !is_mended {
        return check;
    }
    let (name, id) = (it.name.clone(), it.id.clone());
    check.with(Step::Whisper { name, id, flow: full.to_owned(), seen: it.whisper_flow_id.clone() })
}
