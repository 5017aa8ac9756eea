//! Calls that go wrong at any place and in any way: what was begun is ended by the next run, and nothing is left half done.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use connect_rules_cloud::cache;
use connect_rules_cloud::emulator::{Fault, FaultKind};
use connect_rules_cloud::gateway::Section;
use connect_rules_cloud::health::{Group, Observer, Status};
use connect_rules_cloud::instance::Instance;
use world::{FAST, World, actor, listed};

/// What counts in the end, whatever happened on the way: which flows there are, and what runs, with names in place of
/// identifiers.
fn end(world: &World) -> BTreeMap<String, String> {
    let state = world.emulator.state().unwrap();
    let named = |content: &str| {
        state.flows.iter().fold(content.to_owned(), |text, flow| text.replace(&flow.id, &flow.name))
    };
    world
        .flows()
        .into_iter()
        .map(|(name, content)| {
            let own = named(&content);
            let content: serde_json::Value = serde_json::from_str(&own).unwrap();
            // Prompts have identifiers of their own in each cloud.
            (name, connect_rules_flows::canonical::canonical(&content).to_string())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn calls_that_go_wrong_anywhere_leave_nothing_half_done() {
    let clean = World::new(FAST).await;
    let prompts = clean.emulator.state().unwrap().lists["prompts"].clone();
    let started = clean.emulator.calls();
    clean.repair().await;
    let (calls, wanted) = (clean.emulator.calls() - started, end(&clean));
    assert!(calls > 100, "{calls}");
    let kinds = [FaultKind::Throttle, FaultKind::Error, FaultKind::CutBefore, FaultKind::CutAfter];
    for at in 0..u32::try_from(calls).unwrap() {
        // Each call goes wrong in a way of its own, and every way meets every kind of call.
        let kind = kinds[at as usize % kinds.len()];
        broken(Fault::at(kind, at), &prompts, &wanted).await;
    }
}

type Prompts = Vec<serde_json::Map<String, serde_json::Value>>;

/// Scan and repair with a fault, then without: whether it was met at all.
async fn broken(fault: Fault, prompts: &Prompts, wanted: &BTreeMap<String, String>) -> bool {
    let mut world = World::new(FAST).await;
    world.emulator.edit(|state| state.lists.insert("prompts".to_owned(), prompts.clone())).unwrap();
    // So often that trying again is of no use.
    let times = if matches!(fault.kind, FaultKind::Throttle | FaultKind::Error) { 8 } else { 1 };
    let case = format!("{fault:?}");
    world.emulator.plant(Fault { times, ..fault }).unwrap();
    let report = world.scan().await;
    let met = world.emulator.state().unwrap().faults.is_empty();
    // A scan that met it says so and goes on.
    if met {
        let unknown = report.checks.iter().filter(|it| it.status == Status::Error).count();
        assert!(unknown >= 1, "{case}: {}", listed(&report));
    }
    let _ = world.apply(&World::plan(&report)).await;
    let met = world.emulator.state().unwrap().faults.is_empty();
    world.emulator.edit(|state| state.faults.clear()).unwrap();
    for state in world.emulator.state().unwrap().flows {
        let content: serde_json::Value = serde_json::from_str(state.published.as_deref().unwrap()).unwrap();
        assert!(content["Actions"].is_array(), "{case}: {} is half written", state.name);
    }
    // What the rules are like has nothing to do with it.
    world.scope.groups =
        [Group::Flows, Group::Permissions, Group::Numbers, Group::Outbound, Group::Cache].into();
    for _ in 0..2 {
        let plan = World::plan(&world.scan().await);
        if !plan.is_empty() {
            let _ = world.apply(&plan).await;
        }
    }
    let report = world.scan().await;
    assert_eq!(report.overall(), "HEALTHY", "{case}: {}", listed(&report));
    assert!(World::plan(&report).is_empty(), "{case}");
    assert_eq!(&end(&world), wanted, "{case}");
    met
}

#[tokio::test(start_paused = true)]
async fn every_call_that_writes_may_go_wrong_in_every_way() {
    let clean = World::new(FAST).await;
    let prompts = clean.emulator.state().unwrap().lists["prompts"].clone();
    clean.repair().await;
    let wanted = end(&clean);
    // The first, one amid the others, and the last of each.
    let writes = [
        ("connect:AssociateLambdaFunction", vec![0, 1]),
        ("connect:CreateContactFlow", vec![0, 21]),
        ("connect:UpdateContactFlowContent", vec![0, 11, 20]),
        ("connect:TagResource", vec![0, 21]),
        ("connect:UpdateQueueOutboundCallerConfig", vec![0, 4]),
    ];
    for (call, places) in writes {
        for after in places {
            for (_, kind) in FaultKind::ALL {
                let fault = Fault { call: Some(call.to_owned()), ..Fault::at(kind, after) };
                assert!(broken(fault, &prompts, &wanted).await, "{kind:?} at {call} {after} was not met");
            }
        }
    }
}

/// What the store knows of each section.
async fn known(world: &World) -> BTreeMap<&'static str, String> {
    let known = Instance::of(&world.service.snapshot().await.unwrap());
    Section::ALL.into_iter().map(|it| (it.key(), format!("{:?}", known.list(it.sort())))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_goes_wrong_at_any_call_in_any_way_leaves_each_section_old_or_new() {
    let refresh = async |world: &World| {
        let (service, sections) = (&world.service, Section::ALL);
        cache::refresh(&world.cloud, service, &actor(), &sections, &Observer::default()).await.unwrap()
    };
    // Everything on the instance is otherwise than the store knows it.
    let changed = async || {
        let world = World::new(FAST).await;
        world
            .emulator
            .edit(|state| {
                for all in state.lists.values_mut() {
                    for it in all.iter_mut().filter(|it| it.contains_key("Name")) {
                        let other = format!("{} 2", it["Name"].as_str().unwrap());
                        it.insert("Name".into(), other.into());
                    }
                    all.pop();
                }
            })
            .unwrap();
        world
    };
    let clean = changed().await;
    let (old, before) = (known(&clean).await, clean.emulator.calls());
    refresh(&clean).await;
    let (new, calls) = (known(&clean).await, clean.emulator.calls() - before);
    let other: BTreeSet<&str> = old.iter().filter(|it| new[it.0] != *it.1).map(|it| *it.0).collect();
    assert!(other.len() >= 5 && calls >= 30, "{other:?}, {calls} calls");
    for at in 0..u32::try_from(calls).unwrap() {
        for (_, kind) in FaultKind::ALL {
            let world = changed().await;
            let times = if matches!(kind, FaultKind::Throttle | FaultKind::Error) { 8 } else { 1 };
            world.emulator.plant(Fault { times, ..Fault::at(kind, at) }).unwrap();
            let done = refresh(&world).await;
            assert!(world.emulator.state().unwrap().faults.is_empty(), "{kind:?} at {at} was not met");
            let failed: Vec<&str> =
                done.sections.iter().filter(|it| it.read.is_err()).map(|it| it.section.key()).collect();
            assert_eq!(failed.len(), 1, "{kind:?} at {at}: one keeps none of the others back: {failed:?}");
            for (section, told) in known(&world).await {
                let wanted = if failed.contains(&section) { &old } else { &new };
                assert_eq!(told, wanted[section], "{kind:?} at {at}: {section}");
            }
            refresh(&world).await;
            assert_eq!(known(&world).await, new, "{kind:?} at {at}");
        }
    }
}
