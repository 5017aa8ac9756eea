//! Looking at everything that an environment consists of.

use connect_rules_store::Snapshot;

use super::{Observer, Report, Scope};
use crate::gateway::Cloud;

/// Looks at everything that an environment consists of, without changing anything. A call that fails makes a check
/// that says so; it never ends the scan. `now` is what the store knows.
pub async fn scan(cloud: &Cloud, _now: &Snapshot, scope: &Scope, _observer: &Observer) -> Report {
    Report { environment: cloud.place.environment.clone(), when: scope.at.to_string(), ..Report::default() }
}
