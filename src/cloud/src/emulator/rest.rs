//! The smaller families: buckets, quotas, schedules, tables and whose credentials are used.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Emulator, missing};
use crate::gateway::{
    Asked, Buckets, CallError, Cause, Family, Identity, Quota, Quotas, ScheduleState, Schedules, Table,
    Tables, Who,
};

#[async_trait]
impl Buckets for Emulator {
    async fn exists(&self, bucket: &str) -> Asked<bool> {
        self.call(Family::S3, "s3:HeadBucket", bucket, |state| Ok(state.buckets.contains_key(bucket))).await
    }

    async fn create(&self, bucket: &str) -> Asked<()> {
        const CALL: &str = "s3:CreateBucket";
        self.call(Family::S3, CALL, bucket, |state| {
            if state.buckets.contains_key(bucket) {
                return Err(CallError::new(CALL, bucket, Cause::Duplicate, ""));
            }
            state.buckets.insert(bucket.to_owned(), BTreeMap::new());
            Ok(())
        })
        .await
    }

    async fn has(&self, bucket: &str, key: &str) -> Asked<bool> {
        self.call(Family::S3, "s3:HeadObject", bucket, |state| {
            Ok(state.buckets.get(bucket).is_some_and(|it| it.contains_key(key)))
        })
        .await
    }

    async fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> Asked<()> {
        const CALL: &str = "s3:PutObject";
        self.call(Family::S3, CALL, bucket, |state| match state.buckets.get_mut(bucket) {
            Some(held) => {
                held.insert(key.to_owned(), bytes.len());
                Ok(())
            }
            None => missing(CALL, bucket),
        })
        .await
    }

    async fn empty(&self, bucket: &str) -> Asked<usize> {
        const CALL: &str = "s3:DeleteObjects";
        self.call(Family::S3, CALL, bucket, |state| match state.buckets.get_mut(bucket) {
            Some(held) => Ok(std::mem::take(held).len()),
            None => missing(CALL, bucket),
        })
        .await
    }

    async fn delete(&self, bucket: &str) -> Asked<()> {
        const CALL: &str = "s3:DeleteBucket";
        self.call(Family::S3, CALL, bucket, |state| match state.buckets.get(bucket) {
            None => missing(CALL, bucket),
            Some(held) if !held.is_empty() => {
                Err(CallError::new(CALL, bucket, Cause::Conflict, "the bucket is not empty"))
            }
            Some(_) => {
                state.buckets.remove(bucket);
                Ok(())
            }
        })
        .await
    }
}

#[async_trait]
impl Quotas for Emulator {
    async fn list(&self, service: &str) -> Asked<Vec<Quota>> {
        self.call(Family::Quotas, "servicequotas:ListServiceQuotas", service, |state| {
            Ok(state.quotas.get(service).cloned().unwrap_or_default())
        })
        .await
    }
}

#[async_trait]
impl Schedules for Emulator {
    async fn list(&self) -> Asked<Vec<ScheduleState>> {
        let prefix = self.shared.place.prefix();
        self.call(Family::Other, "events:ListRules", "", |state| {
            Ok(state.schedules.iter().filter(|it| it.name.starts_with(&prefix)).cloned().collect())
        })
        .await
    }
}

#[async_trait]
impl Tables for Emulator {
    async fn tables(&self) -> Asked<Vec<Table>> {
        self.call(Family::Other, "dynamodb:DescribeTable", "", |state| Ok(state.tables.clone())).await
    }

    async fn delete(&self, name: &str) -> Asked<()> {
        const CALL: &str = "dynamodb:DeleteTable";
        self.call(Family::Other, CALL, name, |state| {
            let before = state.tables.len();
            state.tables.retain(|it| it.name != name);
            if state.tables.len() == before { missing(CALL, name) } else { Ok(()) }
        })
        .await
    }
}

#[async_trait]
impl Identity for Emulator {
    async fn who(&self) -> Asked<Who> {
        let account = self.shared.place.account.clone();
        let arn = format!("arn:aws:iam::{account}:user/practice");
        self.call(Family::Other, "sts:GetCallerIdentity", "", |_| Ok(Who { account, arn })).await
    }
}
