//! Health of outbound calls: their limits, the queues that they leave by, the agents who make them, the tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use connect_rules_cloud::emulator::{Fault, FaultKind};
use connect_rules_cloud::health::{Came, Check, Grade, Group, Status};
use connect_rules_engine::compat::Compat;
use world::{FAST, World, listed};

/// What was found about a thing that outbound calls need.
async fn found(world: &World, name: &str) -> Check {
    let report = world.scan().await;
    report.find(Group::Outbound, name).cloned().unwrap_or_else(|| panic!("{name}: {:#?}", report.checks))
}

/// What Amazon Connect has for the outbound calls of a queue.
fn config_of(world: &World, queue: &str) -> serde_json::Value {
    let state = world.emulator.state().unwrap();
    let row = state.lists["queues"].iter().find(|it| it["Name"] == queue).unwrap();
    row["OutboundCallerConfig"].clone()
}

#[tokio::test(start_paused = true)]
async fn queues_that_calls_leave_by_run_the_whisper_flow_of_the_product() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    let name = "queue Customer Care";
    assert_eq!(found(&world, name).await.grade, Grade::Healthy);
    let before = config_of(&world, "Customer Care");
    // Those that run none, one that is gone or that of the limiter before are mended; number and name stay.
    for (practice, status, told) in [
        ("remove-whisper", Status::Missing, "no whisper flow"),
        ("old-whisper", Status::Changed, "Outbound Rate Limiting Whisper Flow"),
        ("gone", Status::Changed, "is gone"),
    ] {
        if practice == "gone" {
            world.emulator.practise("other-whisper", "Customer Care").unwrap();
            world.emulator.practise("delete-flow", "Our whisper").unwrap();
        } else {
            world.emulator.practise(practice, "Customer Care").unwrap();
        }
        assert_ne!(config_of(&world, "Customer Care"), before, "{practice}");
        let check = found(&world, name).await;
        assert_eq!((check.grade, check.status, check.steps.len()), (Grade::Warning, status, 1), "{practice}");
        assert!(check.detail.contains(told), "{practice}: {}", check.detail);
        // Nothing happens before somebody agrees.
        let plan = World::plan(&world.scan().await);
        assert_ne!(config_of(&world, "Customer Care"), before, "{practice}");
        let outcomes = world.apply(&plan).await.unwrap();
        assert!(outcomes.iter().all(|it| it.result == Came::Done), "{practice}: {outcomes:?}");
        assert_eq!(config_of(&world, "Customer Care"), before, "{practice}");
        assert_eq!(world.scan().await.overall(), "HEALTHY", "{practice}");
    }
    // One that somebody has chosen is told, with what to do, and stays.
    world.emulator.practise("other-whisper", "Customer Care").unwrap();
    let theirs = config_of(&world, "Customer Care");
    let report = world.scan().await;
    let check = report.find(Group::Outbound, name).unwrap();
    assert_eq!((check.grade, check.status), (Grade::Warning, Status::Changed));
    assert!(check.detail.contains("Our whisper") && check.fix.contains("RulesEngineOutboundWhisper"));
    let plan = World::plan(&report);
    assert!(plan.is_empty() && plan.left.iter().any(|it| it.name == name && it.fix == check.fix), "{plan:?}");
    assert_eq!(config_of(&world, "Customer Care"), theirs);
}

#[tokio::test(start_paused = true)]
async fn a_whisper_flow_that_was_chosen_since_the_scan_stays() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    for (before, after) in [
        ("remove-whisper", "other-whisper"),
        ("old-whisper", "other-whisper"),
        ("old-whisper", "remove-whisper"),
        ("remove-whisper", "old-whisper"),
    ] {
        world.emulator.practise(before, "Sales").unwrap();
        let plan = World::plan(&world.scan().await);
        assert_eq!(plan.steps.len(), 1, "{before}: {plan:?}");
        world.emulator.practise(after, "Sales").unwrap();
        let theirs = config_of(&world, "Sales");
        let outcomes = world.apply(&plan).await.unwrap();
        assert!(
            matches!(&outcomes[0].result, Came::Failed { what, .. } if what.contains("since the scan")),
            "{before}, {after}: {outcomes:?}"
        );
        assert_eq!(config_of(&world, "Sales"), theirs, "{before}, {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_calls_show_and_tasks_of_agents_are_looked_at() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    world.emulator.practise("hide-number", "Customer Care").unwrap();
    world.emulator.practise("refuse-tasks", "Care").unwrap();
    let (queue, profile) =
        (found(&world, "queue Customer Care").await, found(&world, "routing profile Care").await);
    assert_eq!((queue.grade, queue.status), (Grade::Warning, Status::Warning));
    assert!(queue.detail.contains("shows no number") && queue.fix.contains("caller number"), "{queue:?}");
    assert_eq!((profile.grade, profile.status), (Grade::Warning, Status::Warning));
    assert!(profile.detail.contains("no tasks") && profile.fix.contains("TASK"), "{profile:?}");
    let report = world.scan().await;
    assert_eq!(report.summary(Group::Outbound).split(", ").nth(1), Some("2 warnings: 2 WARNING"));
    assert_eq!(report.overall(), "DEGRADED");
    assert!(World::plan(&report).is_empty(), "nobody but a person can choose these");
    // Both at once: what repair does is told beside what a person has to do.
    world.emulator.practise("remove-whisper", "Customer Care").unwrap();
    let queue = found(&world, "queue Customer Care").await;
    assert!(queue.detail.contains("no whisper flow; agents call out of it"), "{}", queue.detail);
    world.repair().await;
    assert_eq!(found(&world, "queue Customer Care").await.status, Status::Warning);
    // A queue that no profile calls out of needs no number.
    world
        .emulator
        .edit(|state| {
            for it in state.lists.get_mut("routingProfiles").unwrap() {
                it.insert("OutboundQueueId".into(), it["Queues"][0]["QueueId"].clone());
                if it["Name"] == "Care" {
                    it.insert("OutboundQueueId".into(), "".into());
                    it.insert("Queues".into(), serde_json::json!([]));
                }
            }
        })
        .unwrap();
    let report = world.scan().await;
    let check = report.find(Group::Outbound, "queue Customer Care");
    assert!(check.is_none_or(|it| it.grade == Grade::Healthy), "{check:?}");
    let profile = report.find(Group::Outbound, "routing profile Care").unwrap();
    assert_eq!(profile.grade, Grade::Healthy, "its agents make no calls: {profile:?}");
    // Without tasks of the limits nobody has to take any.
    world.emulator.practise("refuse-tasks", "Sales").unwrap();
    assert_eq!(found(&world, "routing profile Sales").await.grade, Grade::Warning);
    world.limits(r#"{"notifyAgent":false}"#).await;
    assert_eq!(found(&world, "routing profile Sales").await.grade, Grade::Healthy);
}

#[tokio::test(start_paused = true)]
async fn profiles_are_those_of_the_instance_and_not_of_the_cache() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    world
        .emulator
        .edit(|state| {
            let all = state.lists.get_mut("routingProfiles").unwrap();
            let mut fresh = all[0].clone();
            fresh.insert("Name".into(), "Fresh".into());
            fresh.insert("Id".into(), "fresh".into());
            fresh.insert("Concurrency".into(), serde_json::json!({ "VOICE": 1 }));
            all.push(fresh);
            all.retain(|it| it["Name"] != "Care");
        })
        .unwrap();
    let report = world.scan().await;
    assert!(report.find(Group::Outbound, "routing profile Care").is_none(), "{}", listed(&report));
    assert_eq!(report.find(Group::Outbound, "routing profile Fresh").unwrap().grade, Grade::Warning);
    // One that cannot be read keeps none of the others back.
    let gone =
        Fault { call: Some("connect:DescribeRoutingProfile".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    world.emulator.plant(gone).unwrap();
    let report = world.scan().await;
    let unknown: Vec<&Check> = report.checks.iter().filter(|it| it.grade == Grade::Unknown).collect();
    assert_eq!(unknown.len(), 1, "{}", listed(&report));
    assert!(unknown[0].fix.contains("connect:DescribeRoutingProfile"), "{unknown:?}");
}

#[tokio::test(start_paused = true)]
async fn limits_that_can_hardly_be_meant_are_told() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    assert!(found(&world, "limits").await.detail.contains("as by default"));
    for (row, place, compat, told) in [
        ("no JSON", "RateLimit", Compat::Corrected, "limits by default count"),
        (r#"{"customerLimit":"abc"}"#, "RateLimit", Compat::Corrected, "limits by default count"),
        (r#"{"windowSeconds":0}"#, "RateLimit / windowSeconds", Compat::Corrected, "limits by default count"),
        (r#"{"customerLimit":1}"#, "RateLimit / customerLimit", Compat::Original, "lets one call through"),
        (r#"{"systemLimit":1}"#, "RateLimit / systemLimit", Compat::Original, "lets one call through"),
        (
            r#"{"customerLimit":0,"systemLimit":0}"#,
            "RateLimit / customerLimit",
            Compat::Corrected,
            "neither number has a limit",
        ),
        (
            r#"{"prefixes":[],"failMode":"closed"}"#,
            "RateLimit / failMode",
            Compat::Corrected,
            "stops calls to every number",
        ),
    ] {
        world.scope.compat = compat;
        world.limits(row).await;
        let check = found(&world, place).await;
        assert_eq!(check.grade, Grade::Warning, "{row}");
        assert!(check.detail.contains(told) && check.fix.contains("screen 6"), "{row}: {check:?}");
    }
    // Under corrected limits 1 is one like others, and what is switched off stops nobody.
    world.scope.compat = Compat::Corrected;
    for row in [
        r#"{"customerLimit":1}"#,
        r#"{"enabled":false,"customerLimit":0,"systemLimit":0}"#,
        r#"{"prefixes":[],"failMode":"open"}"#,
    ] {
        world.limits(row).await;
        assert_eq!(found(&world, "limits").await.grade, Grade::Healthy, "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn tables_of_the_limits_and_schedules_are_looked_at() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Tables, Group::Schedules].into();
    let prefix = world.cloud.place.prefix();
    for table in ["ratelimit", "ratelimit-decisions"] {
        let full = |table: &str| format!("{prefix}{table}-ddb");
        world.emulator.practise("keep-rows", table).unwrap();
        let report = world.scan().await;
        let check = report.find(Group::Tables, &full(table)).unwrap();
        assert_eq!((check.grade, check.status), (Grade::Warning, Status::Warning), "{check:?}");
        assert!(check.detail.contains("never expire") && !check.fix.is_empty(), "{check:?}");
        world.emulator.practise("remove-table", &full(table)).unwrap();
        let report = world.scan().await;
        let check = report.find(Group::Tables, &full(table)).unwrap();
        assert_eq!((check.grade, check.status), (Grade::Problem, Status::Missing), "{check:?}");
        assert!(check.fix.contains("connect-rules deploy"), "{check:?}");
    }
    world.emulator.practise("stop-schedule", "cache").unwrap();
    let report = world.scan().await;
    let check = report.find(Group::Schedules, &format!("{prefix}cache")).unwrap();
    assert_eq!((check.grade, check.status), (Grade::Warning, Status::Warning), "{check:?}");
}
