//! What the screen knows of the functions of an environment: read in a job, one call after the other within the budget
//! of the family. A part that cannot be read is told where it would stand; the rest is shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use connect_rules_cloud::deploy::Package;
use connect_rules_cloud::deploy::template::LIVE;
use connect_rules_cloud::gateway::{Alias, Function, FunctionMetrics, Version};

use crate::cloud::{Door, Trouble, ask};
use crate::message::JobContext;

/// Over which time the figures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Period {
    Hour,
    #[default]
    Day,
    Week,
}

impl Period {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Week => "week",
        }
    }

    /// In milliseconds.
    pub fn ms(self) -> i64 {
        3_600_000
            * match self {
                Period::Hour => 1,
                Period::Day => 24,
                Period::Week => 7 * 24,
            }
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Period::Hour => Period::Day,
            Period::Day => Period::Week,
            Period::Week => Period::Hour,
        }
    }
}

/// A function with what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Deployed {
    pub function: Function,
    /// Name without `<stage>-<service>-`.
    pub short: String,
    /// Published versions, the newest first.
    pub versions: Result<Vec<Version>, Trouble>,
    pub aliases: Result<Vec<Alias>, Trouble>,
    pub figures: Option<FunctionMetrics>,
}

impl Deployed {
    /// Aliases that point to a version.
    pub fn aliases_of(&self, version: &str) -> Vec<&str> {
        let all = self.aliases.as_deref().unwrap_or_default();
        all.iter().filter(|it| it.version == version).map(|it| it.name.as_str()).collect()
    }

    /// Published versions without `$LATEST`, the newest first.
    pub fn published(&self) -> impl Iterator<Item = &Version> {
        self.versions.as_deref().unwrap_or_default().iter().filter(|it| it.version != "$LATEST")
    }

    /// The version that is live.
    pub fn live(&self) -> Option<&str> {
        let all = self.aliases.as_deref().unwrap_or_default();
        all.iter().find(|it| it.name == LIVE).map(|it| it.version.as_str())
    }

    /// The version before the live one: the highest number below it.
    pub fn before(&self) -> Option<&Version> {
        let number = |version: &str| version.parse::<u64>().ok();
        let now = number(self.live()?)?;
        let below = self.published().filter(|it| number(&it.version).is_some_and(|it| it < now));
        below.max_by_key(|it| number(&it.version))
    }
}

/// A program of the local build: when it was written, and the hash of its package.
pub(super) type Built = BTreeMap<PathBuf, (SystemTime, String)>;

/// Hashes of the packages of the local build by short name. What is known of a program that was not written since
/// is not worked out again.
pub(super) fn local(folder: &Path, shorts: &[String], mut known: Built, job: &JobContext) -> Built {
    for (done, short) in shorts.iter().enumerate() {
        if job.is_cancelled() {
            break;
        }
        job.progress(done, shorts.len());
        let file = folder.join(short);
        let written = std::fs::metadata(&file).ok().filter(std::fs::Metadata::is_file);
        let Some(written) = written.and_then(|it| it.modified().ok()) else {
            known.remove(&file);
            continue;
        };
        if known.get(&file).is_some_and(|(at, _)| *at == written) {
            continue;
        }
        match Package::read(folder, short) {
            Ok(package) => known.insert(file, (written, package.sha256)),
            Err(_) => known.remove(&file),
        };
    }
    known
}

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Fleet {
    pub rows: Vec<Deployed>,
    /// Why there are no figures, if so.
    pub no_figures: Option<Trouble>,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// Payloads that functions were called with last, as they were kept.
    pub payloads: BTreeMap<String, String>,
}

/// Reads the functions of the place.
///
/// # Errors
/// There is no cloud, the functions cannot be listed, or the job was cancelled.
pub(super) fn read(
    door: &Door,
    period: Period,
    now: i64,
    payloads: Option<&Path>,
    job: &JobContext,
) -> Result<Fleet, Trouble> {
    let cloud = door.enter(job)?;
    let listed = ask(job, cloud.functions.list())?;
    let prefix = cloud.place.prefix();
    let names: Vec<String> = listed.iter().map(|it| it.name.clone()).collect();
    let count = listed.len() + 1;
    job.progress(1, count);
    let figures = if names.is_empty() {
        Ok(Vec::new())
    } else {
        ask(job, cloud.watch.metrics(&names, now - period.ms(), now))
    };
    let (figures, no_figures) = match figures {
        Ok(figures) => (figures, None),
        Err(trouble) => (Vec::new(), Some(trouble)),
    };
    let mut rows = Vec::with_capacity(listed.len());
    for function in listed {
        let versions = ask(job, cloud.functions.versions(&function.name));
        let aliases = ask(job, cloud.functions.aliases(&function.name));
        if job.is_cancelled() {
            return Err(Trouble::cancelled());
        }
        rows.push(Deployed {
            short: function.name.strip_prefix(&prefix).unwrap_or(&function.name).to_owned(),
            figures: figures.iter().find(|it| it.function == function.name).cloned(),
            versions,
            aliases,
            function,
        });
        job.progress(rows.len() + 1, count);
    }
    let payloads = payloads
        .and_then(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    Ok(Fleet { rows, no_figures, at: now, payloads })
}
