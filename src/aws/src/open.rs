//! Opens the cloud of an environment: credentials, region and the clients of every family.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
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

/// How AWS is reached from where the program runs: the environment's `profile`, `role_arn` and `endpoint_url`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Profile of the AWS configuration, one with single sign-on too; the usual credentials if there is none.
    pub profile: Option<String>,
    /// Role to assume on top of the credentials.
    pub role: Option<String>,
    /// Address of every service, for servers of one's own.
    pub endpoint: Option<String>,
}

impl Reach {
    /// Credentials and region.
    pub async fn configuration(&self, region: &str) -> SdkConfig {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if !region.is_empty() {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let shared = loader.load().await;
        let Some(role) = &self.role else { return shared };
        let builder = AssumeRoleProvider::builder(role).session_name("connect-rules").configure(&shared);
        let assumed = SharedCredentialsProvider::new(builder.build().await);
        shared.into_builder().credentials_provider(assumed).build()
    }
}

/// The cloud of a place. Nothing is asked yet; before the first call the account is checked, and if it is not the
/// place's, every call fails and says so.
pub async fn cloud(place: Place, reach: &Reach, budgets: Arc<Budgets>, tables: Arc<dyn Tables>) -> Cloud {
    let configuration = reach.configuration(&place.region).await;
    cloud_of(place, &configuration, PACE, budgets, tables)
}

/// The cloud of a place through a configuration; `pace` is the first wait after a call that is tried again.
pub fn cloud_of(
    place: Place,
    configuration: &SdkConfig,
    pace: Duration,
    budgets: Arc<Budgets>,
    tables: Arc<dyn Tables>,
) -> Cloud {
    let once = configuration.to_builder().retry_config(RetryConfig::disabled()).build();
    let caller = Arc::new(Caller::new(&once, place.clone(), Arc::clone(&budgets), pace));
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
