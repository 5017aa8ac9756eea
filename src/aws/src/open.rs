//! Opens the cloud of an environment: the clients of every family.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use connect_rules_cloud::gateway::{Budgets, Cloud, Place, Tables};

use crate::bots::AwsBots;
use crate::buckets::AwsBuckets;
use crate::call::{Caller, PACE};
use crate::connect::AwsConnect;
use crate::functions::AwsFunctions;
use crate::identity::AwsIdentity;
use crate::quotas::AwsQuotas;
use crate::schedules::AwsSchedules;
use crate::stacks::AwsStacks;
use crate::watch::AwsWatch;

/// The cloud of a place through a configuration. Nothing is asked yet; before the first call the account is checked,
/// and if it is not the place's, every call fails and says so.
pub fn cloud(
    place: Place,
    configuration: &SdkConfig,
    budgets: Arc<Budgets>,
    tables: Arc<dyn Tables>,
) -> Cloud {
    cloud_of(place, configuration, PACE, budgets, tables)
}

/// The cloud of a place through a configuration; `wait` is the first one after a call that is tried again.
pub fn cloud_of(
    place: Place,
    configuration: &SdkConfig,
    wait: Duration,
    budgets: Arc<Budgets>,
    tables: Arc<dyn Tables>,
) -> Cloud {
    let once = configuration.to_builder().retry_config(RetryConfig::disabled()).build();
    let caller = Arc::new(Caller::new(&once, place.clone(), Arc::clone(&budgets), wait));
    Cloud {
        place,
        connect: Arc::new(AwsConnect::new(&once, Arc::clone(&caller))),
        functions: Arc::new(AwsFunctions::new(&once, Arc::clone(&caller))),
        bots: Arc::new(AwsBots::new(&once, Arc::clone(&caller))),
        stacks: Arc::new(AwsStacks::new(&once, Arc::clone(&caller))),
        watch: Arc::new(AwsWatch::new(&once, Arc::clone(&caller))),
        buckets: Arc::new(AwsBuckets::new(&once, Arc::clone(&caller))),
        quotas: Arc::new(AwsQuotas::new(&once, Arc::clone(&caller))),
        schedules: Arc::new(AwsSchedules::new(&once, Arc::clone(&caller))),
        tables,
        identity: Arc::new(AwsIdentity::new(caller)),
        budgets,
    }
}
