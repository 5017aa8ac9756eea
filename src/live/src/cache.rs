//! The rules in memory, loaded again when the change mark has moved (`spec/lambdas.md` 5).

use crate::failure::Failure;
use crate::log::Log;
use crate::settings::Settings;
use crate::tables::Tables;
use connect_rules_engine::compat::Profile;
use connect_rules_engine::live::EndPoint;
use connect_rules_engine::value::Text;
use connect_rules_engine::workspace::{Options, Workspace};
use connect_rules_store::Snapshot;
use connect_rules_store::service::catalogue;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long configuration counts without a change of the mark: deployments write it without moving the mark.
const LIFETIME: Duration = Duration::from_mins(5);
/// Attempts at loading rules while somebody changes them.
const ATTEMPTS: u32 = 3;

/// The rules of one moment, ready for calls.
pub struct Model {
    mark: Option<Text>,
    loaded: Instant,
    /// For calls of contact flows.
    pub live: Workspace,
    /// For the headless inference API.
    pub api: Workspace,
    /// End points of the instance.
    pub end_points: Vec<EndPoint>,
}

/// Holds the rules between invocations.
#[derive(Default)]
pub struct Cache {
    current: Mutex<Option<Arc<Model>>>,
}

impl Cache {
    /// The rules as of `mark`, which the caller has just read.
    ///
    /// # Errors
    /// A table cannot be read.
    pub async fn at<T: Tables>(
        &self,
        mark: Option<Text>,
        tables: &T,
        settings: &Settings,
        log: &Log,
    ) -> Result<Arc<Model>, Failure> {
        // Whoever comes meanwhile waits for this load instead of starting another.
        let mut current = self.current.lock().await;
        if let Some(model) = &*current
            && model.mark == mark
            && mark.is_some()
            && model.loaded.elapsed() < LIFETIME
        {
            return Ok(Arc::clone(model));
        }
        if mark.is_none() {
            tables.start_change_mark().await?;
        }
        let model = Arc::new(load(mark, tables, settings, log).await?);
        *current = Some(Arc::clone(&model));
        Ok(model)
    }
}

async fn load<T: Tables>(
    mut mark: Option<Text>,
    tables: &T,
    settings: &Settings,
    log: &Log,
) -> Result<Model, Failure> {
    let mut attempt = 1;
    loop {
        let loaded = Instant::now();
        let (snapshot, warnings) = tables.model().await?;
        let after = tables.change_mark().await?;
        // Somebody changed the rules while they were read: they may not fit together.
        if (mark.is_none() || after == mark) || attempt == ATTEMPTS {
            for warning in warnings {
                log.warn("DANGLING_ROW", &warning);
            }
            return Ok(build(mark, loaded, &snapshot, settings));
        }
        mark = after;
        attempt += 1;
    }
}

fn build(mark: Option<Text>, loaded: Instant, snapshot: &Snapshot, settings: &Settings) -> Model {
    let mut catalogue = catalogue(snapshot);
    catalogue.stage = Text::clone(&settings.stage);
    catalogue.service = Text::clone(&settings.service);
    let rule_sets = || snapshot.rule_sets.iter().cloned();
    let options = |profile| Options { compat: settings.compat, profile, ..Options::default() };
    let end_points = snapshot
        .end_points
        .iter()
        .map(|it| EndPoint {
            name: Text::clone(&it.name),
            enabled: it.enabled,
            inbound_numbers: it.inbound_numbers.clone(),
        })
        .collect();
    Model {
        mark,
        loaded,
        api: Workspace::new(rule_sets(), catalogue.clone(), options(Profile::Api)),
        live: Workspace::new(rule_sets(), catalogue, options(Profile::Live)),
        end_points,
    }
}
