//! Clients of AWS services, with the time limits that a call in progress allows (`spec/lambdas.md` 9).

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use std::time::Duration;

/// Time for one attempt at DynamoDB.
pub const TABLE_ATTEMPT: Duration = Duration::from_secs(1);
/// Attempts at DynamoDB: reading and writing fit into the 7 seconds of a call even if nobody answers.
pub const TABLE_ATTEMPTS: u32 = 3;
/// Time for a bot's answer.
pub const BOT: Duration = Duration::from_secs(3);
/// Time for handing over an event to a function.
pub const INVOKE: Duration = Duration::from_secs(2);

/// Time for ending a call.
pub const STOP: Duration = Duration::from_millis(1_200);
/// Time for one attempt at a table of the limits.
pub const LIMIT_ATTEMPT: Duration = Duration::from_millis(400);

/// Credentials and region of the function's role; `AWS_ENDPOINT_URL` and its relatives count.
pub async fn configuration() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// The configuration with a limit for the whole of an operation, of which `attempts` are made.
pub fn within(configuration: &SdkConfig, limit: Duration, attempts: u32) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(limit)
        .operation_attempt_timeout(limit / attempts.max(1))
        .build();
    configuration
        .to_builder()
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .build()
}
