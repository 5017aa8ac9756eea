//! EventBridge rules.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::RuleState;
use connect_rules_cloud::gateway::{Asked, Family, ScheduleState, Schedules};

use crate::call::{Ask, Caller};

/// Rules of the account.
#[derive(Debug)]
pub struct AwsSchedules {
    client: Client,
    caller: Arc<Caller>,
}

impl AwsSchedules {
    /// The rules of a caller's place.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        AwsSchedules { client: Client::new(configuration), caller }
    }
}

#[async_trait]
impl Schedules for AwsSchedules {
    async fn list(&self) -> Asked<Vec<ScheduleState>> {
        let prefix = self.caller.place.prefix();
        let ask = Ask::of(Family::Other, "events:ListRules", "");
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_rules().name_prefix(&prefix).set_next_token(next);
            let page = self.caller.call(ask, || request.clone().send()).await?;
            out.extend(page.rules().iter().map(|rule| ScheduleState {
                name: rule.name().unwrap_or_default().to_owned(),
                state: rule.state().map(RuleState::as_str).unwrap_or_default().to_owned(),
                schedule: rule.schedule_expression().unwrap_or_default().to_owned(),
            }));
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }
}
