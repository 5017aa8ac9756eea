//! Which tables, and how they are reached.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::store::PACE;
use crate::tables::Table;

/// Times that the client itself asks again after a failure.
const ATTEMPTS: u32 = 6;

/// An environment whose tables are the store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Stage, such as `dev`.
    pub stage: String,
    /// Service, such as `rules-engine`.
    pub service: String,
    /// Region; the one of the AWS configuration if there is none.
    pub region: Option<String>,
    /// Address of the service, for servers of one's own.
    pub endpoint: Option<String>,
    /// Profile of the AWS configuration.
    pub profile: Option<String>,
    /// Role to assume on top of the credentials.
    pub role: Option<String>,
    /// Account that the tables must belong to, 12 digits.
    pub account: Option<String>,
    /// Whether rows of users hold keys in clear, which the original's login needs (ruling 6).
    pub clear_api_keys: bool,
    /// Tables that are not read: whoever evaluates rules has no business with users and tests.
    pub unread: &'static [Table],
    /// First wait before something is asked for again; later ones are longer, all are random.
    pub pace: Duration,
    /// How long one request may take.
    pub patience: Duration,
}

impl Settings {
    /// The tables of a stage and a service, shared with the original.
    pub fn new(stage: impl Into<String>, service: impl Into<String>) -> Self {
        Settings {
            stage: stage.into(),
            service: service.into(),
            region: None,
            endpoint: None,
            profile: None,
            role: None,
            account: None,
            clear_api_keys: true,
            unread: &[],
            pace: PACE,
            patience: Duration::from_secs(10),
        }
    }

    /// Credentials, region and address of these settings; TLS by ring.
    pub async fn shared(&self) -> SdkConfig {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let shared = loader.load().await;
        match &self.role {
            Some(role) => Settings::assumed(&shared, role).await,
            None => shared,
        }
    }

    /// A configuration whose credentials are those of a role, which the configuration's own may assume.
    pub async fn assumed(shared: &SdkConfig, role: &str) -> SdkConfig {
        let builder = AssumeRoleProvider::builder(role).session_name("connect-rules").configure(shared);
        let assumed = aws_sdk_dynamodb::config::SharedCredentialsProvider::new(builder.build().await);
        shared.to_builder().credentials_provider(assumed).build()
    }

    /// A client for these settings.
    pub async fn client(&self) -> Client {
        self.client_of(&self.shared().await, None)
    }

    /// How often requests are repeated, the waits between with jitter.
    pub(crate) fn retry(&self) -> RetryConfig {
        RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(self.pace)
    }

    /// How long requests may take.
    pub(crate) fn timeout(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.patience.min(Duration::from_secs(3)))
            .operation_attempt_timeout(self.patience)
            .build()
    }

    /// A client for these settings that takes credentials and region from a configuration, and goes another
    /// way than to the network if one is given.
    pub fn client_of(&self, shared: &SdkConfig, http: Option<SharedHttpClient>) -> Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(shared)
            .retry_config(self.retry())
            .timeout_config(self.timeout());
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint);
        }
        if let Some(http) = http {
            config = config.http_client(http);
        }
        Client::from_conf(config.build())
    }
}
