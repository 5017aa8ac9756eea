//! STS.

use std::sync::Arc;

use async_trait::async_trait;
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
