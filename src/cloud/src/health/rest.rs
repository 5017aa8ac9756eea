//! The smaller checks: tables, schedules, numbers, quotas, the cache and the rules.

use std::collections::BTreeSet;

use connect_rules_engine::lint;
use connect_rules_engine::problem::Severity;
use connect_rules_store::{Snapshot, service};

use super::{Check, Grade, Group, Scope, Status, Step};
use crate::cache;
use crate::gateway::{
    Asked, CallError, FlowSummary, NumberRoute, Place, Quota, ScheduleState, Section, Table,
};
use crate::instance::{Instance, Sort, name_of};
use crate::local::users;

/// Quota of contact flows.
pub const FLOWS_QUOTA: &str = "Contact flows per instance";
/// Quota of functions that the instance knows.
pub const FUNCTIONS_QUOTA: &str = "AWS Lambda functions per instance";

/// Quotas that are recommended: service, name, at least so much.
const RECOMMENDED: [(&str, &str, f64); 2] =
    [("connect", "Concurrent active calls per instance", 10.0), ("lambda", "Concurrent executions", 1000.0)];

/// What was found about the tables.
pub fn tables(all: &Asked<Vec<Table>>) -> Vec<Check> {
    let all = match all {
        Ok(all) => all,
        Err(error) => return vec![Check::unknown(Group::Tables, "tables", error)],
    };
    let one = |it: &Table| {
        let ill = |grade, status, detail: String, fix: &str| {
            Check::of(Group::Tables, &it.name, grade, status, detail, fix)
        };
        match () {
            () if it.status == "MISSING" => ill(
                Grade::Problem,
                Status::Missing,
                "the table is not there".to_owned(),
                "deploy the stack: `connect-rules deploy`",
            ),
            () if it.status != "ACTIVE" => {
                ill(Grade::Problem, Status::Error, format!("it is {}", it.status), "wait until it is ACTIVE")
            }
            () if !it.missing_indexes.is_empty() => {
                let detail = format!("it lacks the indexes {}", it.missing_indexes.join(", "));
                ill(
                    Grade::Problem,
                    Status::Changed,
                    detail,
                    "deploy the stack, or run `connect-rules store migrate`",
                )
            }
            () if it.should_expire && it.expires_by.is_none() => {
                let detail = "its rows never expire: it grows for ever".to_owned();
                ill(
                    Grade::Warning,
                    Status::Warning,
                    detail,
                    "switch its time to live on; deploying the stack does so",
                )
            }
            () => Check::healthy(Group::Tables, &it.name, "active"),
        }
    };
    all.iter().map(one).collect()
}

/// What was found about the schedules.
pub fn schedules(place: &Place, all: &Asked<Vec<ScheduleState>>) -> Vec<Check> {
    let all = match all {
        Ok(all) => all,
        Err(error) => return vec![Check::unknown(Group::Schedules, "schedules", error)],
    };
    let wanted = [
        ("cache", "the cache is not refreshed by itself"),
        ("backup", "no backups are made"),
        ("contactevents", "attributes of ended contacts are not completed"),
    ];
    let one = |(short, what): (&str, &str)| {
        let name = place.prefix() + short;
        let ill = |status, detail: String, fix: &str| {
            Check::of(Group::Schedules, &name, Grade::Warning, status, detail, fix)
        };
        match all.iter().find(|it| it.name == name) {
            None => ill(
                Status::Missing,
                format!("it is not there: {what}"),
                "deploy the stack: `connect-rules deploy`",
            ),
            Some(it) if it.state != "ENABLED" => ill(
                Status::Warning,
                format!("it is switched off: {what}"),
                "switch it on in the EventBridge console",
            ),
            Some(it) => Check::healthy(Group::Schedules, &name, it.schedule.clone()),
        }
    };
    wanted.into_iter().map(one).collect()
}

/// Whether the numbers of end points lead into the first flow.
pub fn numbers(
    scope: &Scope,
    now: &Snapshot,
    flows: &Asked<Vec<FlowSummary>>,
    all: &Asked<Vec<NumberRoute>>,
) -> Vec<Check> {
    let (flows, all) = match (flows, all) {
        (Ok(flows), Ok(all)) => (flows, all),
        (Err(error), _) | (_, Err(error)) => {
            return vec![Check::unknown(Group::Numbers, "phone numbers", error)];
        }
    };
    let full = scope.full(ENTRY);
    let entry = flows.iter().find(|it| it.name == full).map(|it| &it.arn);
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for end in &now.end_points {
        for number in end.inbound_numbers.iter().filter(|it| it.starts_with('+')) {
            if !seen.insert(number) {
                continue;
            }
            let name = format!("{number} ({})", end.name);
            let ill = |grade, status, detail: String, fix: &str| {
                Check::of(Group::Numbers, &name, grade, status, detail, fix)
            };
            out.push(match all.iter().find(|it| *it.number == **number) {
                None => {
                    let fix = "claim it, or take it from the end point";
                    ill(Grade::Problem, Status::Missing, "the instance has no such number".to_owned(), fix)
                }
                Some(it) if it.flow_arn.is_none() => ill(
                    Grade::Problem,
                    Status::Missing,
                    "its calls enter no flow".to_owned(),
                    "repair leads it to the first flow",
                )
                .with(Step::Route {
                    name: it.number.clone(),
                    id: it.id.clone(),
                    flow: full.clone(),
                }),
                Some(it) if it.flow_arn.as_ref() == entry => {
                    Check::healthy(Group::Numbers, &name, format!("enters {full}"))
                }
                Some(it) => {
                    let arn = it.flow_arn.as_deref().unwrap_or_default();
                    let other = flows.iter().find(|it| it.arn == arn).map_or(arn, |it| &it.name);
                    let fix =
                        format!("if its calls are to follow rules, choose {full} for it in the console");
                    ill(Grade::Warning, Status::Changed, format!("its calls enter {other}"), &fix)
                }
            });
        }
    }
    out
}

/// The flow where calls enter.
pub const ENTRY: &str = "Bootstrap";

/// How much of what has a quota is there, and how much a repair adds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Contact flows that are there, and those that are missing.
    pub flows: Option<(usize, usize)>,
    /// Functions that the instance knows, and those that it should know as well.
    pub functions: Option<(usize, usize)>,
}

impl Room {
    /// Whether something is to be added at all.
    pub fn is_needed(&self) -> bool {
        [self.flows, self.functions].into_iter().flatten().any(|(_, missing)| missing > 0)
    }
}

/// How to get more of it.
fn ask(it: &Quota) -> String {
    if it.adjustable {
        format!("ask for more in the Service Quotas console ({})", it.code)
    } else {
        "this quota cannot be raised: remove what is not used".to_owned()
    }
}

/// Whether there is room for what a repair adds.
pub fn room(all: &[Quota], room: Room) -> Vec<Check> {
    let mut out = Vec::new();
    for it in all {
        let Some((there, missing)) = (match it.name.as_str() {
            FLOWS_QUOTA => room.flows,
            FUNCTIONS_QUOTA => room.functions,
            _ => None,
        }) else {
            continue;
        };
        let needed = there + missing;
        let detail = format!("{there} of {} are there, {needed} are needed", it.value);
        out.push(if missing > 0 && needed as f64 > it.value {
            Check::of(Group::Quotas, &it.name, Grade::Problem, Status::Missing, detail, ask(it))
        } else {
            Check::healthy(Group::Quotas, &it.name, detail)
        });
    }
    out
}

/// What was found about the quotas of a service.
pub fn quotas(
    scope: &Scope,
    place: &Place,
    service: &str,
    all: &Asked<Vec<Quota>>,
    there: Room,
) -> Vec<Check> {
    let all = match all {
        Ok(all) => all,
        Err(error) => return vec![Check::unknown(Group::Quotas, format!("quotas of {service}"), error)],
    };
    let mut out = if service == "connect" { room(all, there) } else { Vec::new() };
    for it in all {
        if let Some((.., least)) = RECOMMENDED.iter().find(|(of, name, _)| *of == service && *name == it.name)
        {
            let low = it.value < *least || place.production && service == "connect" && it.value <= *least;
            out.push(if low {
                let detail = format!("{} is little; more than {least} is recommended", it.value);
                Check::of(Group::Quotas, &it.name, Grade::Warning, Status::Warning, detail, ask(it))
            } else {
                Check::healthy(Group::Quotas, &it.name, it.value.to_string())
            });
        }
        if it.name == "Rate of DescribeContactFlow API requests" && it.value < scope.budget.0 {
            let detail = format!(
                "{} a second are allowed, and the environment allows itself {}",
                it.value, scope.budget.0
            );
            let fix = "lower connect_rate in the environment's file";
            out.push(Check::of(Group::Quotas, &it.name, Grade::Warning, Status::Warning, detail, fix));
        }
    }
    out
}

/// Whether the store knows the flows of the product as they are on the instance.
fn knows_flows(scope: &Scope, now: &Snapshot, flows: &[FlowSummary]) -> bool {
    let known = Instance::of(now);
    scope.flows.iter().all(|flow| {
        let full = scope.full(&flow.name);
        let stored =
            known.get(Sort::ContactFlow, &full).and_then(|it| it.get("Arn").map(|it| it.text().to_string()));
        flows.iter().find(|it| it.name == full).is_none_or(|it| stored.as_ref() == Some(&it.arn))
    })
}

/// How old the cache is, and whether it knows the flows.
pub fn cached(scope: &Scope, now: &Snapshot, flows: Option<&[FlowSummary]>) -> Vec<Check> {
    let (standing, at) = (cache::standing(now), scope.at);
    let stale: Vec<&cache::Standing> = standing.iter().filter(|it| it.is_stale(at)).collect();
    if let Some(flows) = flows.filter(|flows| stale.is_empty() && !knows_flows(scope, now, flows)) {
        let step = Step::Refresh {
            sections: vec![Section::ContactFlows.key().to_owned()],
            calls: flows.len().div_ceil(100).max(1),
        };
        let (detail, fix) = (
            "contacts are led to flows by ARNs that are not those of the instance",
            "repair reads them anew",
        );
        return vec![
            Check::of(Group::Cache, "cache", Grade::Problem, Status::Changed, detail, fix).with(step),
        ];
    }
    let ages = standing.iter().filter_map(|it| it.age(at)).max();
    if stale.is_empty() {
        let age = ages.map_or_else(String::new, |it| format!("{} old at most", cache::told(it)));
        return vec![Check::healthy(Group::Cache, "cache", age)];
    }
    let never: Vec<&str> =
        stale.iter().filter(|it| it.things.is_none()).map(|it| it.section.name()).collect();
    let detail = if never.is_empty() {
        format!("{} of its {} sections are older than {} h", stale.len(), standing.len(), cache::FRESH_HOURS)
    } else {
        format!("never read: {}", never.join(", "))
    };
    let count = |section: Section| {
        standing.iter().find(|it| it.section == section).and_then(|it| it.things).unwrap_or(0)
    };
    let calls = stale.iter().map(|it| match it.section {
        Section::OperatingHours | Section::Queues | Section::RoutingProfiles => 1 + count(it.section),
        Section::LambdaFunctions | Section::LexBots => 0,
        _ => 1,
    });
    let step = Step::Refresh {
        sections: stale.iter().map(|it| it.section.key().to_owned()).collect(),
        calls: calls.sum(),
    };
    let status = if never.is_empty() { Status::Changed } else { Status::Missing };
    let fix = "repair reads it anew, as `connect-rules cache refresh` does";
    vec![Check::of(Group::Cache, "cache", Grade::Warning, status, detail, fix).with(step)]
}

/// Rules that name what is gone from the instance, and what is odd about the rules themselves. `live` is what was read
/// of the instance, by sort: full names.
pub fn rules(now: &Snapshot, live: &[(Sort, Vec<String>)]) -> Vec<Check> {
    let mut out = Vec::new();
    let instance = Instance::of(now);
    for (sort, names) in live {
        for document in instance.list(*sort) {
            let name = name_of(*sort, document);
            if names.iter().any(|it| **it == *name) {
                continue;
            }
            let by: Vec<String> = users(now, &instance, *sort, document)
                .into_iter()
                .filter(|it| it.kind == connect_rules_store::Kind::Rule)
                .map(|it| it.name.to_string())
                .collect();
            if !by.is_empty() {
                let detail = format!("the {sort} is gone, and {} name it", by.join(", "));
                let fix = "make it again, or choose another in those rules";
                out.push(Check::of(
                    Group::Rules,
                    name.to_string(),
                    Grade::Problem,
                    Status::Missing,
                    detail,
                    fix,
                ));
            }
        }
    }
    let catalogue = service::catalogue(now);
    let found = lint::lint(&now.rule_sets, &catalogue);
    let (errors, others): (Vec<_>, Vec<_>) = found.iter().partition(|it| it.severity == Severity::Error);
    out.extend(errors.into_iter().map(|it| {
        Check::of(Group::Rules, it.place(), Grade::Problem, Status::Changed, it.what.clone(), it.fix.clone())
    }));
    let warnings = others.iter().filter(|it| it.severity == Severity::Warning).count();
    if warnings > 0 {
        let detail = format!("lint warns of {warnings} things in them");
        out.push(Check::of(
            Group::Rules,
            "rules",
            Grade::Warning,
            Status::Warning,
            detail,
            "`connect-rules lint` lists them",
        ));
    }
    if out.is_empty() {
        out.push(Check::healthy(Group::Rules, "rules", "all that they name is there"));
    }
    out
}

/// What could not be read of prompts, and those that flows play and are not there.
pub fn prompts(wanted: &BTreeSet<String>, all: &Asked<Vec<(String, String)>>) -> Vec<Check> {
    let one = |name: &String| match all {
        Err(error) => Check::unknown(Group::Permissions, format!("prompt {name}"), error),
        Ok(all) if all.iter().any(|it| it.0 == *name) => {
            Check::healthy(Group::Permissions, format!("prompt {name}"), "is there")
        }
        Ok(_) => {
            let (detail, fix) =
                ("a flow plays it, and it is not there", "upload a prompt of this name in the console");
            Check::of(
                Group::Permissions,
                format!("prompt {name}"),
                Grade::Problem,
                Status::Missing,
                detail,
                fix,
            )
        }
    };
    wanted.iter().map(one).collect()
}

/// The error of a call that was not made because the scan was cancelled.
pub fn not_asked<T>(call: &str) -> Asked<T> {
    Err(CallError::new(call, "", crate::gateway::Cause::Other, "cancelled"))
}
