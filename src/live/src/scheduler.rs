//! The function `scheduler`: what runs by the clock (`spec/lambdas.md` 7.4, 7.7).

use crate::failure::{Code, Failure};
use crate::log::{Log, now_ms};
use crate::services::{Fleet, Shelf};
use crate::settings::Settings;
use crate::tables::Tables;
use connect_rules_engine::dates::Civil;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::service::catalogue;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Key of the object that remembers what the last backup held.
const LAST: &str = "backups/last-change";
/// Kept warm where the configuration says nothing: short name and how many at once.
const WARM: [(&str, usize); 2] = [("evaluator", 2), ("ratelimiter", 1)];
/// Most that are called at once of one function.
const MOST: usize = 100;

/// What a schedule asks for, by the name in `task`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Reads the Connect instance into the configuration rows.
    Cache,
    /// Saves rule sets and tests.
    Backup,
    /// Calls functions so that they stay warm.
    Warm,
}

impl Task {
    /// The task of an event.
    ///
    /// # Errors
    /// The event names none.
    pub fn of(event: &Value) -> Result<Task, Failure> {
        match &*event.member("task").text() {
            "cache" => Ok(Task::Cache),
            "backup" => Ok(Task::Backup),
            "warm" => Ok(Task::Warm),
            other => Err(Failure::new(
                Code::UnknownAction,
                format!("task is `{other}`: it has to be cache, backup or warm"),
            )),
        }
    }
}

fn success() -> Value {
    let mut out = Map::new();
    out.insert("success", Value::Bool(true));
    Value::from(out)
}

/// Saves rule sets and tests as two documents without identifiers, if anything has changed since the last
/// time.
///
/// # Errors
/// A table or the bucket cannot be reached.
pub async fn backup<T: Tables, B: Shelf>(
    tables: &T,
    shelf: &B,
    settings: &Settings,
    about: &About,
    log: &Log,
) -> Result<Value, Failure> {
    let service = |cause: String| Failure::new(Code::Service, format!("the backup was not kept: {cause}"));
    let mark = tables.change_mark().await?.unwrap_or_else(|| Text::from(""));
    if !mark.is_empty() && shelf.find(LAST).await.map_err(service)?.as_deref() == Some(&*mark) {
        return Ok(success());
    }
    let (now, warnings) = tables.model().await?;
    for warning in warnings {
        log.warn("DANGLING_ROW", &warning);
    }
    let stem = stem(now_ms());
    let all = Selection::All;
    let rule_sets = export::rule_sets_envelope(&now, &all, about, settings.compat);
    let tests = export::tests(&now, &all, about).map_err(|error| service(error.to_string()))?;
    shelf.keep(&format!("{stem}-ruleset-backup.json"), rule_sets).await.map_err(service)?;
    shelf.keep(&format!("{stem}-test-backup.json"), tests).await.map_err(service)?;
    // Last, so that a backup of which a part is missing is made again.
    shelf.keep(LAST, mark.to_string()).await.map_err(service)?;
    Ok(success())
}

/// `backups/2026/01/02/2026-01-02-03-04-05+00:00`.
fn stem(now: i64) -> String {
    let at = Civil::from_ms(now);
    format!(
        "backups/{y:04}/{m:02}/{d:02}/{y:04}-{m:02}-{d:02}-{:02}-{:02}-{:02}+00:00",
        at.hour,
        at.minute,
        at.second,
        y = at.year,
        m = at.month,
        d = at.day
    )
}

/// A function to keep warm.
struct Wanted {
    name: Text,
    count: usize,
    arn: Option<Text>,
}

/// Calls the functions of the configuration row `KeepWarm` and tells how warm they were.
///
/// # Errors
/// The tables cannot be read.
pub async fn warm<T: Tables, F: Fleet>(
    tables: &T,
    fleet: &Arc<F>,
    settings: &Settings,
) -> Result<Value, Failure> {
    let (now, _) = tables.model().await?;
    let catalogue = catalogue(&now);
    let prefix = format!("{}-{}-", settings.stage, settings.service);
    let configured = now.config.iter().find(|row| &*row.key == "KeepWarm").map(|row| row.value.clone());
    let listed = configured.as_ref().and_then(Value::as_array).unwrap_or_default();
    let mut wanted: Vec<Wanted> = listed
        .iter()
        .map(|item| Wanted {
            name: item.member("Name").text(),
            count: item.member("Count").num().clamp(0.0, MOST as f64) as usize,
            arn: item.member("Arn").as_str().map(Text::from),
        })
        .collect();
    if configured.is_none() {
        let usual =
            WARM.iter().map(|(name, count)| Wanted { name: Text::from(*name), count: *count, arn: None });
        wanted.extend(usual);
    }
    let mut out = Vec::new();
    for function in wanted {
        let full = if function.arn.is_some() {
            function.name.to_string()
        } else {
            format!("{prefix}{}", function.name)
        };
        let known = catalogue.lambda_functions.iter().find(|it| *it.name == *full);
        let arn = function.arn.or_else(|| known.and_then(|it| it.arn.clone()));
        out.push(match arn {
            Some(arn) => warm_one(fleet, &full, &arn, function.count).await,
            None => unknown(&full),
        });
    }
    let mut reply = Map::new();
    reply.insert("keepWarm", Value::from(out));
    Ok(Value::from(reply))
}

/// An entry for a function that the instance does not know.
fn unknown(name: &str) -> Value {
    let mut out = Map::new();
    out.insert("success", Value::Bool(false));
    out.insert("name", name.into());
    let what = format!("there is no function {name}: refresh the cache, or correct the row KeepWarm");
    out.insert("errors", Value::from(vec![Value::from(what)]));
    Value::from(out)
}

async fn warm_one<F: Fleet>(fleet: &Arc<F>, name: &str, arn: &str, count: usize) -> Value {
    let mut request = Map::new();
    request.insert("name", name.into());
    request.insert("arn", arn.into());
    let mut event = Map::new();
    event.insert("keepWarm", Value::from(request));
    let event = Value::from(event);
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (fleet, arn, event) = (Arc::clone(fleet), arn.to_owned(), event.clone());
        calls.spawn(async move {
            let started = Instant::now();
            fleet.call(&arn, &event).await.map(|reply| (reply.member("keepWarm"), started.elapsed()))
        });
    }
    let (mut cold, mut seconds, mut errors) = (0_usize, Vec::new(), Vec::new());
    let mut processes = FxHashSet::default();
    while let Some(done) = calls.join_next().await {
        match done.map_err(|error| error.to_string()).and_then(|answer| answer) {
            Ok((reply, took)) => {
                cold += usize::from(reply.member("coldStart") == Value::Bool(true));
                processes.insert(reply.member("id").text());
                let inside = reply.member("runningTime");
                seconds.push(if inside.is_number() { inside.num() } else { took.as_secs_f64() });
            }
            Err(cause) => errors.push(Value::from(cause)),
        }
    }
    let number = |n: usize| Value::Number(n as f64);
    let good = seconds.len();
    let mut out = Map::new();
    out.insert("success", Value::Bool(true));
    out.insert("name", name.into());
    out.insert("warmCount", number(good - cold));
    out.insert("coldCount", number(cold));
    out.insert("coldPercent", number((cold * 100).checked_div(good).unwrap_or(0)));
    out.insert("duplicates", number(good - processes.len().min(good)));
    out.insert("successCount", number(good));
    out.insert("failedCount", number(errors.len()));
    out.insert("totalCount", number(good + errors.len()));
    out.insert("minSeconds", Value::Number(seconds.iter().copied().reduce(f64::min).unwrap_or(0.0)));
    out.insert("maxSeconds", Value::Number(seconds.iter().copied().reduce(f64::max).unwrap_or(0.0)));
    if good > 0 {
        out.insert("meanSeconds", Value::Number(seconds.iter().sum::<f64>() / good as f64));
    }
    out.insert("arn", arn.into());
    out.insert("errors", Value::from(errors));
    Value::from(out)
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn backups_sort_by_their_names() {
        assert_eq!(stem(1_767_322_445_000), "backups/2026/01/02/2026-01-02-02-54-05+00:00");
    }
}
