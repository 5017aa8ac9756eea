//! Looking at everything that an environment consists of.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use connect_rules_flows::token::TokenKind;
use connect_rules_store::Snapshot;
use tokio::time::Instant;

use super::flows::Described;
use super::names::{self, Names, Target};
use super::rest::Room;
use super::{Check, Grade, Group, Observer, Report, Scope, flows, functions, outbound, rest};
use crate::gateway::{
    Asked, BotState, CallError, Cloud, FlowSummary, Function, NumberRoute, Quota, Standing,
};
use crate::instance::{Instance, Sort};

/// How far a scan is: things that were read, of those that are known to be read.
pub struct Tally<'a> {
    /// Who looks on.
    pub observer: &'a Observer,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Tally<'_> {
    /// So many more things are to be read.
    pub fn more(&self, count: usize) {
        self.total.fetch_add(count, Ordering::Relaxed);
    }

    /// One of them was.
    pub fn done(&self, what: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.observer.tell(done, self.total.load(Ordering::Relaxed).max(done), what);
    }

    /// One thing that is read, unless the scan was cancelled.
    pub async fn asked<T>(&self, what: &str, call: impl Future<Output = Asked<T>>) -> Asked<T> {
        if self.observer.is_cancelled() {
            return rest::not_asked(what);
        }
        self.more(1);
        let out = call.await;
        self.done(what);
        out
    }
}

/// What Amazon Connect said.
struct Seen {
    flows: Asked<Vec<FlowSummary>>,
    described: std::collections::BTreeMap<String, Described>,
    prompts: Asked<Vec<(String, String)>>,
    functions: Asked<Vec<String>>,
    bots: Asked<Vec<String>>,
    numbers: Asked<Vec<NumberRoute>>,
    outbound: Vec<Check>,
}

/// What Lambda said.
struct Called {
    all: Asked<Vec<Function>>,
    targets: Asked<Vec<Target>>,
    permissions: Vec<Check>,
}

/// Looks at everything that an environment consists of, without changing anything. A call that fails makes a check
/// that says so; it never ends the scan. `now` is what the store knows.
///
/// The flows come first, so that with a budget of 2 calls a second and 5 at once 22 of them are read in 9 seconds.
pub async fn scan(cloud: &Cloud, now: &Snapshot, scope: &Scope, observer: &Observer) -> Report {
    let (started, before) = (Instant::now(), cloud.budgets.standing());
    let tally = Tally { observer, done: AtomicUsize::new(0), total: AtomicUsize::new(0) };
    let has = |group| scope.groups.contains(&group);
    let (seen, called, bots, tables, schedules, quotas) = tokio::join!(
        connect(cloud, now, scope, &tally),
        lambda(cloud, scope, &tally),
        async {
            let wanted = has(Group::Bots) || has(Group::Flows) && names::need(&scope.flows, TokenKind::Bot);
            if wanted {
                tally.asked("bots", cloud.bots.list()).await
            } else {
                rest::not_asked("lex:ListBots")
            }
        },
        async {
            if has(Group::Tables) { Some(tally.asked("tables", cloud.tables.tables()).await) } else { None }
        },
        async {
            if has(Group::Schedules) {
                Some(tally.asked("schedules", cloud.schedules.list()).await)
            } else {
                None
            }
        },
        async {
            let mut out: Vec<(&str, Asked<Vec<Quota>>)> = Vec::new();
            for service in ["connect", "lambda"].into_iter().filter(|_| has(Group::Quotas)) {
                out.push((service, tally.asked("quotas", cloud.quotas.list(service)).await));
            }
            out
        },
    );
    let room = room(scope, &seen, &called);
    let mut checks = Vec::new();
    if has(Group::Flows) {
        checks.extend(flow_checks(cloud, now, scope, &seen, &called, &bots));
    }
    if has(Group::Functions) {
        checks.extend(functions::functions(scope, &cloud.place, &called.all));
    }
    if has(Group::Permissions) {
        checks.extend(called.permissions);
        match &called.targets {
            Ok(targets) => checks.extend(functions::associations(targets, &seen.functions)),
            Err(error) => checks.push(Check::unknown(Group::Permissions, "functions that flows call", error)),
        }
        checks.extend(rest::prompts(&prompts_of(scope), &seen.prompts));
    }
    if has(Group::Bots) {
        checks.extend(functions::bots(&cloud.place, &bots, &seen.bots));
    }
    checks.extend(tables.iter().flat_map(rest::tables));
    checks.extend(schedules.iter().flat_map(|it| rest::schedules(&cloud.place, it)));
    if has(Group::Numbers) {
        checks.extend(rest::numbers(scope, now, &seen.flows, &seen.numbers));
    }
    checks.extend(seen.outbound.iter().cloned());
    for (service, all) in &quotas {
        checks.extend(rest::quotas(scope, &cloud.place, service, all, room));
    }
    if !has(Group::Quotas) && room.is_needed() {
        // A repair has to know before it makes anything, whatever it was asked to look at.
        match tally.asked("quotas", cloud.quotas.list("connect")).await {
            Ok(all) => {
                checks.extend(rest::room(&all, room).into_iter().filter(|it| it.grade != Grade::Healthy));
            }
            Err(error) => checks.push(Check::unknown(Group::Quotas, "quotas of connect", &error)),
        }
    }
    if has(Group::Cache) {
        checks.extend(rest::cached(scope, now, seen.flows.as_deref().ok()));
    }
    if has(Group::Rules) {
        checks.extend(rest::rules(now, &live(&seen, &called.all, &bots)));
    }
    let after = cloud.budgets.standing();
    let sum = |of: fn(&Standing) -> u64| {
        let total = |all: &[(_, Standing)]| all.iter().map(|(_, it)| of(it)).sum::<u64>();
        total(&after).saturating_sub(total(&before))
    };
    Report {
        environment: cloud.place.environment.clone(),
        when: scope.at.to_string(),
        took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        calls: sum(|it| it.calls),
        waits: sum(|it| it.waits),
        throttled: sum(|it| it.throttled),
        cancelled: observer.is_cancelled(),
        checks,
    }
}

fn prompts_of(scope: &Scope) -> BTreeSet<String> {
    let of_prompts = |(kind, name): (TokenKind, String)| (kind == TokenKind::Prompt).then_some(name);
    names::tokens(&scope.flows).into_iter().filter_map(of_prompts).collect()
}

/// Asks Amazon Connect: the flows first.
async fn connect(cloud: &Cloud, now: &Snapshot, scope: &Scope, tally: &Tally<'_>) -> Seen {
    let has = |group| scope.groups.contains(&group);
    let mut seen = Seen {
        flows: rest::not_asked("connect:ListContactFlows"),
        described: std::collections::BTreeMap::new(),
        prompts: rest::not_asked("connect:ListPrompts"),
        functions: rest::not_asked("connect:ListLambdaFunctions"),
        bots: rest::not_asked("connect:ListBots"),
        numbers: rest::not_asked("connect:ListPhoneNumbersV2"),
        outbound: Vec::new(),
    };
    if [Group::Flows, Group::Numbers, Group::Outbound, Group::Quotas].into_iter().any(has) {
        seen.flows = tally.asked("list of contact flows", cloud.connect.flows()).await;
    }
    if let (Ok(flows), true) = (&seen.flows, has(Group::Flows)) {
        tally.more(
            scope
                .flows
                .iter()
                .filter(|flow| flows.iter().any(|it| it.name == scope.full(&flow.name)))
                .count(),
        );
        seen.described = flows::describe(cloud, scope, flows, tally.observer, &|name| tally.done(name)).await;
    }
    // What the store knows will do for the comparison; whether it is still so is a check of its own.
    let known = Instance::of(now);
    let of_store = |name: &String| {
        let it = known.get(Sort::Prompt, name)?;
        Some((name.clone(), it.get("Arn")?.text().to_string()))
    };
    let wanted = prompts_of(scope);
    let from_store: Vec<(String, String)> = wanted.iter().filter_map(of_store).collect();
    let live =
        has(Group::Permissions) || has(Group::Rules) || has(Group::Flows) && from_store.len() < wanted.len();
    seen.prompts = if live { tally.asked("prompts", names::prompts(cloud)).await } else { Ok(from_store) };
    if has(Group::Permissions) {
        seen.functions = tally.asked("associated functions", cloud.connect.associated_functions()).await;
    }
    if has(Group::Bots) {
        seen.bots = tally.asked("associated bots", cloud.connect.associated_bots()).await;
    }
    if has(Group::Numbers) {
        seen.numbers = tally.asked("phone numbers", cloud.connect.numbers()).await;
    }
    if has(Group::Outbound) {
        seen.outbound = outbound::outbound(cloud, scope, now, &seen.flows, tally).await;
    }
    seen
}

/// Asks Lambda.
async fn lambda(cloud: &Cloud, scope: &Scope, tally: &Tally<'_>) -> Called {
    let has = |group| scope.groups.contains(&group);
    let wanted = [Group::Flows, Group::Functions, Group::Permissions, Group::Rules].into_iter().any(has);
    if !wanted {
        return Called {
            all: rest::not_asked("lambda:ListFunctions"),
            targets: Ok(Vec::new()),
            permissions: Vec::new(),
        };
    }
    let all = tally.asked("functions", cloud.functions.list()).await;
    let found = all.as_deref().unwrap_or_default();
    let targets = match &all {
        Ok(found) => names::targets(cloud, scope, found).await,
        Err(error) => Err(error.clone()),
    };
    let permissions = match &targets {
        Ok(targets) if has(Group::Permissions) => functions::permissions(cloud, scope, targets, found).await,
        _ => Vec::new(),
    };
    Called { all, targets, permissions }
}

/// How much of what has a quota is there, and how much is missing, as far as it was looked at.
fn room(scope: &Scope, seen: &Seen, called: &Called) -> Room {
    let flows = |all: &Vec<FlowSummary>| {
        let has = |name: String| all.iter().any(|it| it.name == name);
        (all.len(), scope.flows.iter().filter(|it| !has(scope.full(&it.name))).count())
    };
    let functions = |known: &Vec<String>| {
        let targets = called.targets.as_deref().unwrap_or_default();
        (known.len(), targets.iter().filter(|it| !known.contains(&it.arn)).count())
    };
    Room {
        flows: seen.flows.as_ref().ok().map(flows),
        functions: seen.functions.as_ref().ok().map(functions),
    }
}

fn flow_checks(
    cloud: &Cloud,
    now: &Snapshot,
    scope: &Scope,
    seen: &Seen,
    called: &Called,
    bots: &Asked<Vec<BotState>>,
) -> Vec<Check> {
    let unknown = |error: &CallError| vec![Check::unknown(Group::Flows, "contact flows", error)];
    let all = match &seen.flows {
        Ok(all) => all,
        Err(error) => return unknown(error),
    };
    // Without these nothing can be said of any flow that names one.
    let needs = |kind| names::need(&scope.flows, kind);
    let failed = [
        called.targets.as_ref().err().filter(|_| needs(TokenKind::Lambda)),
        seen.prompts.as_ref().err().filter(|_| needs(TokenKind::Prompt)),
        bots.as_ref().err().filter(|_| needs(TokenKind::Bot)),
    ];
    if let Some(error) = failed.into_iter().flatten().next() {
        return unknown(error);
    }
    let known = Names {
        flows: all.clone(),
        targets: called.targets.clone().unwrap_or_default(),
        bots: bots.clone().unwrap_or_default(),
        prompts: seen.prompts.clone().unwrap_or_default(),
    };
    flows::judge(scope, &known.environment(cloud, scope, now, true), all, &seen.described)
}

/// What was read of the instance, for the rules that name it.
fn live(
    seen: &Seen,
    functions: &Asked<Vec<Function>>,
    bots: &Asked<Vec<BotState>>,
) -> Vec<(Sort, Vec<String>)> {
    let mut out = Vec::new();
    if let Ok(all) = &seen.prompts {
        out.push((Sort::Prompt, all.iter().map(|it| it.0.clone()).collect()));
    }
    if let Ok(all) = functions {
        out.push((Sort::Function, all.iter().map(|it| it.name.clone()).collect()));
    }
    if let Ok(all) = bots {
        out.push((Sort::Bot, all.iter().map(|it| it.name.clone()).collect()));
    }
    out
}
