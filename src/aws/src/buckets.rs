//! S3. Every request names the account that the bucket must belong to, so that nothing goes into a bucket of others.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier,
    PublicAccessBlockConfiguration,
};
use connect_rules_cloud::gateway::{Asked, Buckets, CallError, Cause, Family};
use std::time::Duration;

use crate::call::{Ask, Caller};

/// Time for sending an object.
const SENDING: Duration = Duration::from_secs(300);

/// Buckets of the account.
#[derive(Debug)]
pub struct AwsBuckets {
    client: Client,
    caller: Arc<Caller>,
}

impl AwsBuckets {
    /// The buckets of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        // Servers for tests know no bucket names in host names.
        let path = configuration.endpoint_url().is_some();
        let s3 = aws_sdk_s3::config::Builder::from(configuration).force_path_style(path).build();
        AwsBuckets { client: Client::from_conf(s3), caller }
    }

    fn owner(&self) -> Option<String> {
        Some(self.caller.place.account.clone()).filter(|account| !account.is_empty())
    }
}

fn ask<'a>(action: &'static str, about: &'a str) -> Ask<'a> {
    Ask::of(Family::S3, action, about)
}

fn missing<T>(answer: Asked<T>) -> Asked<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.cause == Cause::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn invalid(action: &'static str, about: &str, why: impl ToString) -> CallError {
    CallError::new(action, about, Cause::Invalid(Vec::new()), why.to_string())
}

#[async_trait]
impl Buckets for AwsBuckets {
    async fn exists(&self, bucket: &str) -> Asked<bool> {
        let request = self.client.head_bucket().bucket(bucket).set_expected_bucket_owner(self.owner());
        missing(self.caller.call(ask("s3:ListBucket", bucket), || request.clone().send()).await)
    }

    async fn create(&self, bucket: &str) -> Asked<()> {
        let region = &self.caller.place.region;
        let mut request = self.client.create_bucket().bucket(bucket);
        // The oldest region is the one that may not be named.
        if region != "us-east-1" {
            let there = BucketLocationConstraint::from(region.as_str());
            let config = CreateBucketConfiguration::builder().location_constraint(there).build();
            request = request.create_bucket_configuration(config);
        }
        self.caller.call(ask("s3:CreateBucket", bucket), || request.clone().send()).await?;
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request =
            self.client.put_public_access_block().bucket(bucket).public_access_block_configuration(block);
        let request = request.set_expected_bucket_owner(self.owner());
        let ask = ask("s3:PutBucketPublicAccessBlock", bucket);
        self.caller.call(ask, || request.clone().send()).await.map(|_| ())
    }

    async fn has(&self, bucket: &str, key: &str) -> Asked<bool> {
        let request = self.client.head_object().bucket(bucket).key(key);
        let request = request.set_expected_bucket_owner(self.owner());
        missing(self.caller.call(ask("s3:GetObject", key), || request.clone().send()).await)
    }

    async fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> Asked<()> {
        let request =
            || self.client.put_object().bucket(bucket).key(key).set_expected_bucket_owner(self.owner());
        let bytes = aws_sdk_s3::primitives::SdkBody::from(bytes.to_vec());
        let body = || bytes.try_clone().map(ByteStream::new).unwrap_or_default();
        let ask = ask("s3:PutObject", key).within(SENDING);
        self.caller.call(ask, || request().body(body()).send()).await.map(|_| ())
    }

    async fn empty(&self, bucket: &str) -> Asked<usize> {
        const DELETE: &str = "s3:DeleteObjectVersion";
        let mut deleted = 0;
        loop {
            // What is listed is deleted, so the first page is always the next one.
            let request = self.client.list_object_versions().bucket(bucket);
            let request = request.set_expected_bucket_owner(self.owner());
            let page =
                self.caller.call(ask("s3:ListBucketVersions", bucket), || request.clone().send()).await?;
            let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
            let marks = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
            let mut objects = Vec::new();
            for (key, version) in versions.chain(marks) {
                let object = ObjectIdentifier::builder().key(key.unwrap_or_default());
                let object = object.set_version_id(version.map(str::to_owned)).build();
                objects.push(object.map_err(|error| invalid(DELETE, bucket, error))?);
            }
            if objects.is_empty() {
                return Ok(deleted);
            }
            let several = objects.len();
            let all = Delete::builder().set_objects(Some(objects)).quiet(true).build();
            let all = all.map_err(|error| invalid(DELETE, bucket, error))?;
            let request = self.client.delete_objects().bucket(bucket).delete(all);
            let request = request.set_expected_bucket_owner(self.owner());
            let reply = self.caller.call(ask(DELETE, bucket), || request.clone().send()).await?;
            if let Some(error) = reply.errors().first() {
                let denied = error.code() == Some("AccessDenied");
                let cause = if denied { Cause::Denied } else { Cause::Other };
                let key = error.key().unwrap_or_default();
                return Err(CallError::new(DELETE, key, cause, error.message().unwrap_or_default()));
            }
            deleted += several;
        }
    }

    async fn delete(&self, bucket: &str) -> Asked<()> {
        let request = self.client.delete_bucket().bucket(bucket).set_expected_bucket_owner(self.owner());
        self.caller.call(ask("s3:DeleteBucket", bucket), || request.clone().send()).await.map(|_| ())
    }
}
