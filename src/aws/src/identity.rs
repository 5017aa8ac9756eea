//! Whose credentials are used, and which instances of Amazon Connect they can see.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_connect::error::DisplayErrorContext;
use connect_rules_cloud::gateway::{Asked, Identity, Who};

use crate::call::Caller;

/// Whose credentials are used.
#[derive(Debug)]
pub struct AwsIdentity {
    caller: Arc<Caller>,
}

impl AwsIdentity {
    /// The credentials of a caller.
    pub fn new(caller: Arc<Caller>) -> Self {
        AwsIdentity { caller }
    }
}

#[async_trait]
impl Identity for AwsIdentity {
    async fn who(&self) -> Asked<Who> {
        self.caller.who().await
    }
}

/// Alias and identifier of every instance of Amazon Connect that these credentials see in their region
/// (`ListInstances`).
///
/// # Errors
/// What AWS says, such as a missing permission.
pub async fn instances(configuration: &SdkConfig) -> Result<Vec<(String, String)>, String> {
    const ACTION: &str = "connect:ListInstances";
    let client = aws_sdk_connect::Client::new(configuration);
    let mut pages = client.list_instances().into_paginator().items().send();
    let mut out = Vec::new();
    while let Some(found) = pages.next().await {
        let found = found.map_err(|error| format!("{ACTION}: {}", DisplayErrorContext(&error)))?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        out.push((text(found.instance_alias()), text(found.id())));
    }
    out.sort();
    Ok(out)
}
