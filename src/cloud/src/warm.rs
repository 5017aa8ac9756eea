//! Keeping functions warm: which, how many at once, and doing it now (`spec/admin.md` 9).

use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::Snapshot;
use connect_rules_store::service::settings::SetConfig;
use serde::Serialize;

use crate::gateway::{CallError, Cloud};

/// The row that says it.
pub const ROW: &str = "KeepWarm";
/// Most that are called at once of one function.
pub const MOST: usize = 100;

/// A function that is kept warm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Warm {
    /// Name without `<stage>-<service>-`.
    pub name: String,
    /// How many are called at once.
    pub count: usize,
    /// ARN, which entries of an original environment may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// What is kept warm; nothing where it is switched off.
pub fn listed(now: &Snapshot) -> Vec<Warm> {
    let row = now.config.iter().find(|it| &*it.key == ROW).map(|it| it.value.clone()).unwrap_or_default();
    let one = |it: &Value| Warm {
        name: it.member("Name").text().to_string(),
        count: (it.member("Count").num().clamp(0.0, MOST as f64)) as usize,
        arn: it.member("Arn").as_str().map(str::to_owned),
    };
    row.as_array().unwrap_or_default().iter().map(one).filter(|it| !it.name.is_empty()).collect()
}

/// Writes down what is kept warm; functions of which none is called are left out.
pub fn set(list: &[Warm]) -> SetConfig {
    let one = |it: &Warm| {
        let mut out = Map::new();
        out.insert("Name", it.name.as_str().into());
        out.insert("Count", Value::Number(it.count as f64));
        if let Some(arn) = &it.arn {
            out.insert("Arn", arn.as_str().into());
        }
        Value::from(out)
    };
    SetConfig {
        key: Text::from(ROW),
        value: list.iter().filter(|it| it.count > 0).map(one).collect::<Vec<_>>().into(),
    }
}

/// How a function answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Warmed {
    /// Name without `<stage>-<service>-`.
    pub name: String,
    /// How many were called.
    pub called: usize,
    /// How many of them were cold.
    pub cold: usize,
    /// Longest time that one took, in milliseconds.
    pub slowest_ms: u64,
    /// Why some did not answer, each with what to do.
    pub errors: Vec<String>,
}

/// Calls functions now, so that they are warm.
pub async fn run(cloud: &Cloud, list: &[Warm]) -> Vec<Warmed> {
    let mut out = Vec::new();
    for it in list {
        let full = cloud.place.prefix() + &it.name;
        let event =
            serde_json::json!({ "keepWarm": { "name": full, "arn": cloud.place.function_arn(&it.name) } });
        let event = event.to_string();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..it.count {
            let (cloud, full, event) = (cloud.clone(), full.clone(), event.clone());
            calls.spawn(async move { cloud.functions.invoke(&full, "live", &event).await });
        }
        let mut warmed = Warmed { name: it.name.clone(), called: it.count, ..Warmed::default() };
        while let Some(done) = calls.join_next().await {
            let told = |error: &CallError| format!("{error}; {}", error.fix());
            match done {
                Err(error) => warmed.errors.push(error.to_string()),
                Ok(Err(error)) => warmed.errors.push(told(&error)),
                Ok(Ok(answer)) => {
                    warmed.slowest_ms = warmed.slowest_ms.max(answer.took_ms);
                    let reply: serde_json::Value = serde_json::from_str(&answer.payload).unwrap_or_default();
                    if answer.error.is_some() {
                        warmed.errors.push(format!("it fails: {}", answer.payload));
                    } else if reply.pointer("/keepWarm/coldStart") == Some(&serde_json::Value::Bool(true)) {
                        warmed.cold += 1;
                    }
                }
            }
        }
        warmed.errors.dedup();
        out.push(warmed);
    }
    out
}
