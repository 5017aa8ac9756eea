//! Ends contacts of an instance.

use aws_config::SdkConfig;
use aws_sdk_connect::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_connect::operation::stop_contact::StopContactError;
use connect_rules_engine::problem::causes;
use connect_rules_limits::stop::StopError;
use connect_rules_limits::{StopStatus, Stopper};

use crate::clients::{STOP, within};

/// Ends contacts of one instance.
#[derive(Clone, Debug)]
pub struct Contacts {
    client: aws_sdk_connect::Client,
    instance: String,
}

impl Contacts {
    /// Those of the instance in `INSTANCE_ID` or `INSTANCE_ARN`. Without either, nothing can be ended, which each call
    /// is told.
    pub fn new(configuration: &SdkConfig, variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let from_arn = || given("INSTANCE_ARN").and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
        let instance = given("INSTANCE_ID").or_else(from_arn).unwrap_or_default();
        // The limiter tries again itself.
        Contacts { client: aws_sdk_connect::Client::new(&within(configuration, STOP, 1)), instance }
    }
}

/// What a refusal means: the contact is over, or it is worth another try or not.
fn judged(error: &SdkError<StopContactError>) -> Result<StopStatus, StopError> {
    let message = causes(error);
    let code = error.code().unwrap_or_default();
    let over = ["ResourceNotFoundException", "ContactNotFoundException"].contains(&code)
        || message.to_lowercase().contains("not active");
    if over {
        return Ok(StopStatus::Gone);
    }
    let by_service = error.raw_response().is_some_and(|reply| reply.status().is_server_error());
    let again = by_service
        || error.as_service_error().is_none()
        || code.contains("Throttl")
        || ["TooManyRequestsException", "InternalServiceException", "LimitExceededException"].contains(&code);
    Err(StopError { message, again })
}

impl Stopper for Contacts {
    async fn stop(&self, contact: &str) -> Result<StopStatus, StopError> {
        if self.instance.is_empty() {
            let message = "neither INSTANCE_ID nor INSTANCE_ARN is set".to_owned();
            return Err(StopError { message, again: false });
        }
        let call = self.client.stop_contact().instance_id(&self.instance).contact_id(contact);
        match call.send().await {
            Ok(_) => Ok(StopStatus::Stopped),
            Err(error) => judged(&error),
        }
    }
}
