//! Taking an environment away.

use serde::Serialize;

use super::follow::Follow;
use super::plan::settled;
use super::template::{BACKUP_BUCKET, TABLES};
use super::{DeployError, Doing as _, guard};
use crate::gateway::{Cause, Cloud, StackResource};
use crate::health::Observer;

/// What would be taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Doomed {
    /// The stack; none if there is none.
    pub stack: Option<String>,
    /// Everything else that it made and that goes with it.
    pub gone: Vec<String>,
    /// Tables and the backup bucket, with what is in them.
    pub data: Vec<String>,
    /// Whether the data go too.
    pub with_data: bool,
    /// The deployment bucket; none if it is not there.
    pub bucket: Option<String>,
}

/// What was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destroyed {
    /// Names of what is gone.
    pub gone: Vec<String>,
    /// Names of what was kept.
    pub kept: Vec<String>,
}

fn is_data(it: &StackResource) -> bool {
    it.logical == BACKUP_BUCKET || TABLES.iter().any(|(logical, _)| *logical == it.logical)
}

/// What would be taken away. Tables that the stack did not make never are.
///
/// # Errors
/// A call failed, or the stack was made by something else.
pub async fn doomed(
    cloud: &Cloud,
    bucket: &str,
    with_data: bool,
    observer: &Observer,
) -> Result<Doomed, DeployError> {
    guard(cloud).await?;
    let stack = settled(cloud, observer).await?;
    let mut out = Doomed { with_data, ..Doomed::default() };
    if let Some(stack) = stack {
        if !stack.parameters.contains_key("CodeBucket") {
            return Err(DeployError::Foreign(stack.name));
        }
        let all = cloud.stacks.resources(&stack.name).await.doing("reading what the stack made")?;
        let there = all.into_iter().filter(|it| it.status != "DELETE_COMPLETE" && !it.physical.is_empty());
        let (data, gone): (Vec<_>, Vec<_>) = there.partition(is_data);
        out.data = data.into_iter().map(|it| it.physical).collect();
        out.gone = gone.into_iter().map(|it| it.physical).collect();
        out.stack = Some(stack.name);
    }
    if cloud.buckets.exists(bucket).await.doing("looking for the deployment bucket")? {
        out.bucket = Some(bucket.to_owned());
    }
    Ok(out)
}

/// Takes away what [`doomed`] named: the data if they are to go, the stack, the deployment bucket. What is gone already
/// is passed over, so that doing it again goes on.
///
/// # Errors
/// What failed, with the next step.
pub async fn destroy(cloud: &Cloud, what: &Doomed, observer: &Observer) -> Result<Destroyed, DeployError> {
    guard(cloud).await?;
    let mut out = Destroyed::default();
    let total = what.gone.len() + what.data.len() + 1;
    if what.with_data {
        // First, for the stack forgets what it made as soon as it is deleted.
        let prefix = cloud.place.prefix();
        for (done, name) in what.data.iter().enumerate() {
            let doing = format!("deleting {name}");
            observer.tell(done, total, &doing);
            if name.starts_with(&prefix) && name.ends_with("-ddb") {
                match cloud.tables.delete(name).await {
                    Err(error) if error.cause == Cause::NotFound => continue,
                    done => done.doing(&doing)?,
                }
            } else {
                take_bucket(cloud, name, &doing).await?;
            }
            out.gone.push(name.clone());
        }
    } else {
        out.kept.clone_from(&what.data);
    }
    if let Some(stack) = &what.stack {
        let mut follow = Follow::new(cloud, stack).await;
        observer.tell(what.data.len(), total, format!("deleting the stack {stack}"));
        cloud.stacks.delete(stack).await.doing("deleting the stack")?;
        match follow.wait(true, total, observer).await? {
            Some(after) if after.status != "DELETE_COMPLETE" => return Err(follow.failure(&after)),
            _ => out.gone.push(stack.clone()),
        }
    }
    if let Some(bucket) = &what.bucket {
        let doing = format!("deleting {bucket}");
        observer.tell(total - 1, total, &doing);
        take_bucket(cloud, bucket, &doing).await?;
        out.gone.push(bucket.clone());
    }
    Ok(out)
}

/// Empties a bucket and deletes it, if it is there.
async fn take_bucket(cloud: &Cloud, name: &str, doing: &str) -> Result<(), DeployError> {
    if cloud.buckets.exists(name).await.doing(doing)? {
        cloud.buckets.empty(name).await.doing(doing)?;
        cloud.buckets.delete(name).await.doing(doing)?;
    }
    Ok(())
}
