//! Doing what a plan says.

use serde::Serialize;

use super::follow::Follow;
use super::plan::{Plan, description, settled};
use super::template::LIVE;
use super::{DeployError, Doing as _, guard};
use crate::functions;
use crate::gateway::{Cause, Cloud};
use crate::health::Observer;

/// A function whose live version has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Name without `<stage>-<service>-`.
    pub function: String,
    /// Version that was live; none if there was none.
    pub from: Option<String>,
    /// Version that is live.
    pub to: String,
}

/// What a deployment has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Things of the stack that were changed.
    pub changed: usize,
    /// Packages that were sent.
    pub sent: Vec<String>,
    /// Functions whose live version has changed.
    pub live: Vec<Moved>,
}

/// Does what a plan says: bucket, packages, stack, then a version of each function, to which its alias `live` points at
/// the end. What is done already is not done again, so that a plan made anew after a failure goes on.
///
/// # Errors
/// What failed, with the next step. Functions answer with their old code as long as `live` is not moved.
pub async fn apply(cloud: &Cloud, plan: &Plan, observer: &Observer) -> Result<Applied, DeployError> {
    guard(cloud).await?;
    let mut out = Applied::default();
    let total = plan.change_set.changes.len() + 2 * plan.code.len();
    if plan.makes_bucket
        && !cloud.buckets.exists(&plan.bucket).await.doing("looking for the deployment bucket")?
    {
        observer.tell(0, total, format!("making the bucket {}", plan.bucket));
        cloud.buckets.create(&plan.bucket).await.doing("making the deployment bucket")?;
    }
    for (done, code) in plan.code.iter().enumerate() {
        stop(observer, "nothing was changed yet")?;
        let Some(package) = plan.packages.iter().find(|it| it.function == code.function) else { continue };
        let doing = format!("sending {}", code.function);
        if !cloud.buckets.has(&plan.bucket, &code.key).await.doing(&doing)? {
            observer.tell(done, total, format!("{doing} ({} KB)", package.bytes.len() / 1024));
            cloud.buckets.put(&plan.bucket, &code.key, &package.bytes).await.doing(&doing)?;
            out.sent.push(code.function.clone());
        }
    }
    if !plan.change_set.changes.is_empty() {
        stop(observer, "the packages are there, nothing else was changed")?;
        change(cloud, plan, total, observer).await?;
        out.changed = plan.change_set.changes.len();
    }
    let so_far = plan.code.len() + plan.change_set.changes.len();
    for (done, code) in plan.code.iter().enumerate() {
        stop(observer, "some functions are live in their new version")?;
        let name = format!("{}{}", cloud.place.prefix(), code.function);
        observer.tell(so_far + done, total, format!("publishing {}", code.function));
        let doing = format!("publishing {}", code.function);
        let now = cloud.functions.get(&name).await.doing(&doing)?;
        if now.code_sha256 != code.sha256
            && let Some(package) = plan.packages.iter().find(|it| it.function == code.function)
        {
            // Other code was sent beside the stack, which therefore sees no difference.
            cloud.functions.update_code(&name, &package.bytes).await.doing(&doing)?;
        }
        let version =
            cloud.functions.publish(&name, &code.sha256, &description(&plan.version)).await.doing(&doing)?;
        let from = functions::live(cloud, &name).await.doing(&doing)?;
        if from.as_ref() != Some(&version.version) {
            cloud.functions.point(&name, LIVE, &version.version).await.doing(&doing)?;
            out.live.push(Moved { function: code.function.clone(), from, to: version.version });
        }
    }
    Ok(out)
}

fn stop(observer: &Observer, state: &str) -> Result<(), DeployError> {
    if observer.is_cancelled() { Err(DeployError::Cancelled(state.to_owned())) } else { Ok(()) }
}

/// Executes the change set and waits for its end.
async fn change(cloud: &Cloud, plan: &Plan, total: usize, observer: &Observer) -> Result<(), DeployError> {
    let stack = settled(cloud, observer).await?;
    if stack.is_none() != plan.is_new {
        return Err(DeployError::wrong(
            format!("the stack {} has changed since the plan was made", plan.stack),
            "deploy again: the plan is made anew",
        ));
    }
    let mut follow = Follow::new(cloud, &plan.stack).await;
    observer.tell(plan.code.len(), total, format!("changing the stack {}", plan.stack));
    match cloud.stacks.execute(&plan.change_set).await {
        Err(error) if matches!(error.cause, Cause::NotFound | Cause::Invalid(_)) => {
            return Err(DeployError::wrong(
                format!("the plan is out of date: {error}"),
                "deploy again: the plan is made anew",
            ));
        }
        done => done.doing("changing the stack")?,
    }
    let after = follow.wait(true, total, observer).await?;
    match after {
        Some(stack) if matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE") => Ok(()),
        Some(stack) => Err(follow.failure(&stack)),
        None => Err(DeployError::wrong(
            format!("the stack {} was deleted meanwhile", plan.stack),
            "deploy again if it is still wanted",
        )),
    }
}
