//! Functions as they are deployed, and working on them one by one: new code, another live version, the version before.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::deploy::template::{self, LIVE};
use crate::deploy::{DeployError, Doing as _, Moved, Package, guard};
use crate::gateway::{Asked, Cause, Cloud, Function, FunctionMetrics, Version};
use crate::health::Observer;

/// A function, and how it does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// As it is deployed.
    pub function: Function,
    /// Name without `<stage>-<service>-`.
    pub short: String,
    /// Whether it is one of this program; others were written by customers.
    pub ours: bool,
    /// Version that is live; none without the alias.
    pub live: Option<String>,
    /// Whether the deployed code is that of the local build; none without one.
    pub is_local: Option<bool>,
    /// Figures of the time that was asked for; none if they could not be had.
    pub metrics: Option<FunctionMetrics>,
    /// How many are kept warm; 0 for none.
    pub warm: usize,
}

/// What is known of functions before the cloud is asked.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Packages of the local build.
    pub local: Vec<Package>,
    /// How many are kept warm by short name, of the row `KeepWarm`.
    pub warm: BTreeMap<String, usize>,
    /// Figures are of this time on, in milliseconds since 1970.
    pub from_ms: i64,
    /// Until then.
    pub to_ms: i64,
}

/// The functions of the environment, those of this program first.
///
/// # Errors
/// The list or an alias could not be read. Figures that cannot be had are left out.
pub async fn rows(cloud: &Cloud, known: &Known, observer: &Observer) -> Asked<Vec<Row>> {
    let prefix = cloud.place.prefix();
    let functions = cloud.functions.list().await?;
    let names: Vec<String> = functions.iter().map(|it| it.name.clone()).collect();
    let total = names.len() + 1;
    observer.tell(0, total, "figures");
    let metrics = if names.is_empty() {
        Vec::new()
    } else {
        cloud.watch.metrics(&names, known.from_ms, known.to_ms).await.unwrap_or_default()
    };
    let mut out = Vec::new();
    for (done, function) in functions.into_iter().enumerate() {
        if observer.is_cancelled() {
            break;
        }
        let short = function.name.strip_prefix(&prefix).unwrap_or(&function.name).to_owned();
        observer.tell(done + 1, total, &short);
        let local = known.local.iter().find(|it| it.function == short);
        out.push(Row {
            ours: template::FUNCTIONS.iter().any(|it| it.short == short),
            live: live(cloud, &function.name).await?,
            is_local: local.map(|it| it.sha256 == function.code_sha256),
            metrics: metrics.iter().find(|it| it.function == function.name).cloned(),
            warm: known.warm.get(&short).copied().unwrap_or_default(),
            short,
            function,
        });
    }
    out.sort_by_key(|it| !it.ours);
    Ok(out)
}

/// The full name of a function that is named by its short or full name.
///
/// # Errors
/// There is no such function in the environment.
pub async fn find(cloud: &Cloud, name: &str) -> Result<Function, DeployError> {
    let prefix = cloud.place.prefix();
    let full = if name.starts_with(&prefix) { name.to_owned() } else { format!("{prefix}{name}") };
    let mut all = cloud.functions.list().await.doing("looking at the functions")?;
    if let Some(at) = all.iter().position(|it| it.name == full) {
        return Ok(all.swap_remove(at));
    }
    let names: Vec<&str> = all.iter().map(|it| it.name.strip_prefix(&prefix).unwrap_or(&it.name)).collect();
    let fix = if names.is_empty() {
        "deploy the environment first".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    Err(DeployError::wrong(format!("there is no function {full}"), fix))
}

/// The version that is live; none without the alias.
///
/// # Errors
/// The aliases could not be read.
pub async fn live(cloud: &Cloud, name: &str) -> Asked<Option<String>> {
    match cloud.functions.aliases(name).await {
        Ok(aliases) => Ok(aliases.into_iter().find(|it| it.name == LIVE).map(|it| it.version)),
        Err(error) if error.cause == Cause::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends new code of one function and publishes it; with `promote` it is live at the end. Code that is there already
/// is not sent again.
///
/// # Errors
/// What failed, with the next step.
pub async fn send(
    cloud: &Cloud,
    package: &Package,
    described: &str,
    promote: bool,
    observer: &Observer,
) -> Result<(Version, Option<Moved>), DeployError> {
    guard(cloud).await?;
    let function = find(cloud, &package.function).await?;
    if function.architecture != package.architecture && !function.architecture.is_empty() {
        return Err(DeployError::wrong(
            format!(
                "{} runs on {}, the package is for {}",
                function.name, function.architecture, package.architecture
            ),
            "build it for that processor, or deploy the whole environment",
        ));
    }
    if function.code_sha256 != package.sha256 {
        let doing = format!("sending {}", package.function);
        observer.tell(0, 3, &doing);
        cloud.functions.update_code(&function.name, &package.bytes).await.doing(doing)?;
    }
    let doing = format!("publishing {}", package.function);
    observer.tell(1, 3, &doing);
    let version = cloud.functions.publish(&function.name, &package.sha256, described).await.doing(doing)?;
    let moved = if promote {
        observer.tell(2, 3, format!("making version {} live", version.version));
        point(cloud, &function.name, &version.version).await?
    } else {
        None
    };
    Ok((version, moved))
}

/// Makes a version live: the one that is named, else the newest. Nothing moves if it is live already.
///
/// # Errors
/// There is no such version, or a call failed.
pub async fn promote(cloud: &Cloud, name: &str, version: Option<&str>) -> Result<Option<Moved>, DeployError> {
    guard(cloud).await?;
    let function = find(cloud, name).await?;
    let numbers = numbers(cloud, &function.name).await?;
    let wanted = match version {
        None => numbers.last().copied(),
        Some(text) => text.parse().ok().filter(|number| numbers.contains(number)),
    };
    match wanted {
        Some(number) => point(cloud, &function.name, &number.to_string()).await,
        None => Err(unknown(&function.name, version, &numbers)),
    }
}

/// Makes the version live that was published before the one that is.
///
/// # Errors
/// There is none before it, or a call failed.
pub async fn roll_back(cloud: &Cloud, name: &str) -> Result<Moved, DeployError> {
    guard(cloud).await?;
    let function = find(cloud, name).await?;
    let numbers = numbers(cloud, &function.name).await?;
    let now = live(cloud, &function.name).await.doing("reading the aliases")?;
    let number = now.as_deref().and_then(|it| it.parse::<u64>().ok());
    let before = number.and_then(|now| numbers.iter().rev().find(|it| **it < now).copied());
    let Some(before) = before else {
        let what = match &now {
            Some(now) => format!("no version of {} was published before {now}, which is live", function.name),
            None => format!("{} has no alias `{LIVE}`", function.name),
        };
        return Err(DeployError::wrong(what, "deploy the code that is wanted instead"));
    };
    let moved = point(cloud, &function.name, &before.to_string()).await?;
    Ok(moved.unwrap_or(Moved { function: name.to_owned(), from: now, to: before.to_string() }))
}

/// Published versions, the oldest first.
async fn numbers(cloud: &Cloud, name: &str) -> Result<Vec<u64>, DeployError> {
    let versions = cloud.functions.versions(name).await.doing("reading the versions")?;
    let mut out: Vec<u64> = versions.iter().filter_map(|it| it.version.parse().ok()).collect();
    out.sort_unstable();
    Ok(out)
}

fn unknown(name: &str, version: Option<&str>, numbers: &[u64]) -> DeployError {
    let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let fix = if all.is_empty() {
        "deploy its code first".to_owned()
    } else {
        format!("there are {}", all.join(", "))
    };
    match version {
        Some(version) => DeployError::wrong(format!("{name} has no version {version}"), fix),
        None => DeployError::wrong(format!("{name} has no published version"), fix),
    }
}

async fn point(cloud: &Cloud, name: &str, version: &str) -> Result<Option<Moved>, DeployError> {
    let from = live(cloud, name).await.doing("reading the aliases")?;
    if from.as_deref() == Some(version) {
        return Ok(None);
    }
    cloud.functions.point(name, LIVE, version).await.doing(format!("making version {version} live"))?;
    let function = name.strip_prefix(&cloud.place.prefix()).unwrap_or(name).to_owned();
    Ok(Some(Moved { function, from, to: version.to_owned() }))
}
