//! The demo in a store with a cloud of this machine, for the tests of health and repair.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::collections::BTreeMap;
use std::path::Path;

use connect_rules_cloud::emulator::Emulator;
use connect_rules_cloud::gateway::{Cloud, Place};
use connect_rules_cloud::health::{
    Check, Grade, Group, Observer, Outcome, Plan, Refused, Report, Scope, Status, apply, scan,
};
use connect_rules_cloud::instance::Instance;
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_flows::compare::About;
use connect_rules_store::exchange::Seed;
use connect_rules_store::service::limits::SetLimits;
use connect_rules_store::{Actor, Service, SqliteStore};
use jiff::Timestamp;

/// The demo in a store, and a cloud that has what it tells of.
pub struct World {
    pub service: Service<SqliteStore>,
    pub emulator: Emulator,
    pub cloud: Cloud,
    pub scope: Scope,
    pub backups: tempfile::TempDir,
}

/// As fast as it goes, where time does not matter.
pub const FAST: (f64, f64) = (1e6, 1e6);
/// What Amazon Connect allows.
pub const USUAL: (f64, f64) = (2.0, 5.0);

pub fn actor() -> Actor {
    Actor::local("olga")
}

impl World {
    pub async fn new(limit: (f64, f64)) -> Self {
        let parts = Parts {
            rule_sets: Some(("rulesets.json", include_str!("../../../../data/demo/rulesets.json"))),
            connect: Some(("connect.json", include_str!("../../../../data/demo/connect.json"))),
            lex: Some(("lex.json", include_str!("../../../../data/demo/lex.json"))),
            functions: Some(("functions.json", include_str!("../../../../data/demo/functions.json"))),
            tests: None,
        };
        let service = Service::new(SqliteStore::in_memory().unwrap());
        let bundle = Bundle::from_parts(&parts).unwrap();
        service.run(&actor(), &Seed::new(&bundle, "1970-01-01T00:00:00Z").unwrap()).await.unwrap();
        let stored = Instance::of(&service.snapshot().await.unwrap());
        let identity = stored.identity();
        let place = Place {
            environment: "practice".to_owned(),
            stage: identity.stage.to_string(),
            service: identity.service.to_string(),
            region: identity.region.to_string(),
            account: identity.account.to_string(),
            instance: identity.instance_id.to_string(),
            bot_alias: "PROD".to_owned(),
            bot_locale: "en_AU".to_owned(),
            ..Place::default()
        };
        let emulator = Emulator::in_memory(place.clone(), &stored, limit);
        let cloud = emulator.cloud();
        let scope = Scope::of(&place, Timestamp::now());
        World { service, emulator, cloud, scope, backups: tempfile::tempdir().unwrap() }
    }

    /// One where everything was repaired.
    pub async fn healthy(limit: (f64, f64)) -> Self {
        let out = World::new(FAST).await;
        out.repair().await;
        assert_eq!(out.scan().await.grade(), Grade::Healthy, "{}", listed(&out.scan().await));
        if limit == FAST {
            return out;
        }
        // The same cloud in the pace of Amazon Connect.
        let state = out.emulator.state().unwrap();
        let stored = Instance::of(&out.service.snapshot().await.unwrap());
        let emulator = Emulator::in_memory(out.cloud.place.clone(), &stored, limit);
        emulator.edit(|it| *it = state).unwrap();
        World { cloud: emulator.cloud(), emulator, ..out }
    }

    /// Writes the row of the limits as somebody who does not ask whether it may be so.
    pub async fn limits(&self, row: &str) {
        let value = connect_rules_engine::json::parse(row).unwrap_or_else(|_| row.into());
        self.service.run(&actor(), &SetLimits { value }).await.unwrap();
    }

    pub async fn scan(&self) -> Report {
        let now = self.service.snapshot().await.unwrap();
        scan(&self.cloud, &now, &self.scope, &Observer::default()).await
    }

    pub async fn apply(&self, plan: &Plan) -> Result<Vec<Outcome>, Refused> {
        let (backups, observer) = (self.backups.path(), Observer::default());
        apply(&self.cloud, &self.service, &actor(), plan, &self.scope, backups, &observer).await
    }

    pub fn plan(report: &Report) -> Plan {
        Plan::of(report, false, USUAL)
    }

    pub async fn repair(&self) -> Vec<Outcome> {
        self.apply(&World::plan(&self.scan().await)).await.unwrap()
    }

    pub async fn status(&self, flow: &str) -> (Status, Vec<(About, String, String)>) {
        let report = self.scan().await;
        let check =
            report.find(Group::Flows, &format!("RulesEngine{flow}")).unwrap_or_else(|| panic!("{flow}"));
        let told = |it: &connect_rules_flows::compare::Difference| {
            (it.about, it.action.clone().unwrap_or_default(), it.place.clone())
        };
        (check.status, check.differences.iter().map(told).collect())
    }

    pub fn flows(&self) -> BTreeMap<String, String> {
        let state = self.emulator.state().unwrap();
        let out: BTreeMap<String, String> = state
            .flows
            .iter()
            .map(|it| (it.name.clone(), it.published.clone().unwrap_or_default()))
            .collect();
        assert_eq!(out.len(), state.flows.len(), "no name is there twice");
        out
    }
}

pub fn listed(report: &Report) -> String {
    let ill = report.checks.iter().filter(|it| it.grade != Grade::Healthy || !it.steps.is_empty());
    let line = |it: &Check| {
        format!("{:?} {} {}: {} ({:?})", it.group, it.name, it.status.word(), it.detail, it.steps)
    };
    ill.map(line).collect::<Vec<_>>().join("\n")
}

pub fn files_in(folder: &Path) -> Vec<String> {
    let mut out: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    out.sort();
    out
}
