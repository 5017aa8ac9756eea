//! Service Quotas. What they allow Amazon Connect is the budget of its calls from then on.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_servicequotas::Client;
use connect_rules_cloud::gateway::{Asked, Family, Quota, Quotas};

use crate::call::{Ask, Caller};

/// Quotas of the account.
#[derive(Debug)]
pub struct AwsQuotas {
    client: Client,
    caller: Arc<Caller>,
}

impl AwsQuotas {
    /// The quotas of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        AwsQuotas { client: Client::new(configuration), caller }
    }
}

#[async_trait]
impl Quotas for AwsQuotas {
    async fn list(&self, service: &str) -> Asked<Vec<Quota>> {
        let ask = Ask::of(Family::Quotas, "servicequotas:ListServiceQuotas", service);
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_service_quotas().service_code(service).set_next_token(next);
            let page = self.caller.call(ask, || request.clone().send()).await?;
            out.extend(page.quotas().iter().map(|quota| Quota {
                code: quota.quota_code().unwrap_or_default().to_owned(),
                name: quota.quota_name().unwrap_or_default().to_owned(),
                value: quota.value().unwrap_or_default(),
                adjustable: quota.adjustable(),
            }));
            next = page.next_token;
            if next.is_none() {
                self.caller.learn(service, &out);
                return Ok(out);
            }
        }
    }
}
