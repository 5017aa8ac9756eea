//! Scanning and repairing, in jobs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use connect_rules_cloud::gateway::{Cloud, Family};
use connect_rules_cloud::health::{self, Outcome, Plan, Report, Scope};
use connect_rules_engine::compat::Compat;
use connect_rules_store::Actor;
use jiff::Timestamp;

use crate::backend::Repair;
use crate::cloud::{Door, Trouble, observer};
use crate::message::JobContext;

/// A scan that is stopped may still end the call that it makes for so long.
const GRACE: Duration = Duration::from_secs(2);

/// What a scan gave.
pub(super) struct Scanned(pub Result<Found, Trouble>);

/// A report and the budget of Amazon Connect: calls a second, and at once.
pub(super) struct Found {
    pub report: Report,
    pub budget: (f64, f64),
}

/// What came of a repair.
pub(super) struct Repaired(pub Result<Vec<Outcome>, Trouble>);

/// The report of the last scan, kept from an earlier session.
pub(super) struct Kept(pub Option<Report>);

fn budget(cloud: &Cloud) -> (f64, f64) {
    let standing = cloud.budgets.of(Family::Connect).standing();
    (standing.rate, standing.burst)
}

fn scope(cloud: &Cloud, now: i64) -> Scope {
    let mut scope = Scope::of(&cloud.place, Timestamp::from_millisecond(now).unwrap_or_default());
    scope.budget = budget(cloud);
    scope
}

/// Looks at everything, at drafts too if asked to, with the limits of that setting; keeps the report in that file.
pub(super) fn scan(
    door: &Door,
    (drafts, compat): (bool, Compat),
    now: i64,
    keep: Option<&Path>,
    job: &JobContext,
) -> Scanned {
    let look = || {
        let cloud = door.enter(job)?;
        let stored = job.wait(job.backend.snapshot())?;
        let scope = Scope { drafts, compat, ..scope(&cloud, now) };
        let observer = observer(job);
        let report = job
            .wait_unless_cancelled(GRACE, health::scan(&cloud, &stored, &scope, &observer))
            .ok_or_else(Trouble::cancelled)?;
        if let Some(path) = keep
            && let Ok(text) = serde_json::to_string(&report)
        {
            // What is kept is a convenience; the report is on the screen.
            let _ = crate::effects::write_file(path, &text, false);
        }
        Ok(Found { report, budget: budget(&cloud) })
    };
    Scanned(look())
}

/// Carries out a plan. Once begun a step is ended, also when the job is cancelled.
pub(super) fn repair(
    door: &Door,
    plan: &Plan,
    actor: &Actor,
    now: i64,
    backups: &Path,
    job: &JobContext,
) -> Repaired {
    let work = || {
        let cloud = door.enter(job)?;
        let scope = scope(&cloud, now);
        let observer = observer(job);
        let repair = Repair { cloud: &cloud, actor, plan, scope: &scope, backups, observer: &observer };
        job.wait(job.backend.repair(repair)).map_err(|it| Trouble::new(it.what, it.fix))
    };
    Repaired(work())
}

/// The report that was kept.
pub(super) fn kept(path: &PathBuf) -> Kept {
    let text = std::fs::read_to_string(path).ok();
    Kept(text.and_then(|text| serde_json::from_str(&text).ok()))
}
