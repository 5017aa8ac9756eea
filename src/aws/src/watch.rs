//! CloudWatch metrics and logs.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use connect_rules_cloud::gateway::{Asked, Cause, Family, FunctionMetrics, LogLine, Watch};

use crate::call::{Ask, Caller};

/// Metric and statistic of each figure, in the order of their queries.
const FIGURES: [(&str, &str); 5] = [
    ("Invocations", "Sum"),
    ("Errors", "Sum"),
    ("Throttles", "Sum"),
    ("Duration", "p50"),
    ("Duration", "p99"),
];
/// Functions in one call, which may hold 500 queries.
const AT_ONCE: usize = 100;
/// Lines in one answer.
const LINES: usize = 10_000;
const MINUTE_MS: i64 = 60_000;
/// The longest period of a figure, in seconds.
const DAY: i64 = 86_400;

/// Figures and logs of the account.
#[derive(Debug)]
pub struct AwsWatch {
    metrics: aws_sdk_cloudwatch::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    caller: Arc<Caller>,
}

impl AwsWatch {
    /// The figures and logs of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        let logs = aws_sdk_cloudwatchlogs::Client::new(configuration);
        AwsWatch { metrics: aws_sdk_cloudwatch::Client::new(configuration), logs, caller }
    }
}

/// The query of a figure of a function, by their places in the lists.
fn query(function: &str, at: usize, figure: usize, period: i32) -> MetricDataQuery {
    let (name, statistic) = FIGURES[figure];
    let named = Dimension::builder().name("FunctionName").value(function).build();
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name(name).dimensions(named).build();
    let stat = MetricStat::builder().metric(metric).period(period).stat(statistic).build();
    MetricDataQuery::builder().id(format!("m{at}x{figure}")).metric_stat(stat).build()
}

/// Puts the values of a query where they belong; a percentile over several periods is that of the worst.
fn note(figures: &mut [FunctionMetrics], id: &str, values: &[f64]) {
    let Some((at, figure)) = id.strip_prefix('m').and_then(|id| id.split_once('x')) else { return };
    let Some(of) = at.parse::<usize>().ok().and_then(|at| figures.get_mut(at)) else { return };
    let sum: f64 = values.iter().sum();
    let worst = |before: Option<f64>| values.iter().copied().chain(before).reduce(f64::max);
    match figure {
        "0" => of.invocations += sum,
        "1" => of.errors += sum,
        "2" => of.throttles += sum,
        "3" => of.p50_ms = worst(of.p50_ms),
        "4" => of.p99_ms = worst(of.p99_ms),
        _ => {}
    }
}

#[async_trait]
impl Watch for AwsWatch {
    async fn metrics(&self, functions: &[String], from_ms: i64, to_ms: i64) -> Asked<Vec<FunctionMetrics>> {
        let from = from_ms.div_euclid(MINUTE_MS) * 60;
        let to = -(-to_ms).div_euclid(MINUTE_MS) * 60;
        let period = (to - from).clamp(60, DAY) as i32;
        let mut out = Vec::with_capacity(functions.len());
        for some in functions.chunks(AT_ONCE) {
            let blank =
                |name: &String| FunctionMetrics { function: name.clone(), ..FunctionMetrics::default() };
            let mut figures: Vec<_> = some.iter().map(blank).collect();
            let queries: Vec<_> = some
                .iter()
                .enumerate()
                .flat_map(|(at, name)| (0..FIGURES.len()).map(move |figure| query(name, at, figure, period)))
                .collect();
            let mut next = None;
            loop {
                let request = self
                    .metrics
                    .get_metric_data()
                    .set_metric_data_queries(Some(queries.clone()))
                    .start_time(DateTime::from_secs(from))
                    .end_time(DateTime::from_secs(to))
                    .set_next_token(next);
                let ask = Ask::of(Family::CloudWatch, "cloudwatch:GetMetricData", "");
                let page = self.caller.call(ask, || request.clone().send()).await?;
                for result in page.metric_data_results() {
                    note(&mut figures, result.id().unwrap_or_default(), result.values());
                }
                next = page.next_token;
                if next.is_none() {
                    break;
                }
            }
            out.append(&mut figures);
        }
        Ok(out)
    }

    async fn logs(&self, function: &str, from_ms: i64, most: usize) -> Asked<Vec<LogLine>> {
        let ask = Ask::of(Family::CloudWatch, "logs:FilterLogEvents", function);
        let (mut out, mut next) = (Vec::new(), None);
        while out.len() < most {
            let request = self
                .logs
                .filter_log_events()
                .log_group_name(format!("/aws/lambda/{function}"))
                .start_time(from_ms.max(0))
                .limit((most - out.len()).min(LINES) as i32)
                .set_next_token(next);
            let page = match self.caller.call(ask, || request.clone().send()).await {
                Ok(page) => page,
                // The group is made when the function runs for the first time.
                Err(error) if error.cause == Cause::NotFound => return Ok(out),
                Err(error) => return Err(error),
            };
            out.extend(page.events().iter().map(|event| LogLine {
                id: event.event_id().unwrap_or_default().to_owned(),
                at_ms: event.timestamp().unwrap_or_default(),
                message: event.message().unwrap_or_default().trim_end().to_owned(),
            }));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        out.truncate(most);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_added_up_and_percentiles_are_the_worst() {
        let mut figures = vec![FunctionMetrics::default(), FunctionMetrics::default()];
        note(&mut figures, "m1x0", &[2.0, 3.0]);
        note(&mut figures, "m1x0", &[4.0]);
        note(&mut figures, "m1x4", &[20.0, 90.0]);
        note(&mut figures, "m1x4", &[50.0]);
        note(&mut figures, "m7x0", &[1.0]);
        assert_eq!(figures[0], FunctionMetrics::default());
        assert_eq!((figures[1].invocations, figures[1].p99_ms, figures[1].p50_ms), (9.0, Some(90.0), None));
    }
}
