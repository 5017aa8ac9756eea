//! Call budgets: how many calls a family of operations may make, whoever in the process makes them.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

use super::{Asked, CallError, Cause, Quota};

/// A token bucket: `burst` calls at once, then `rate` a second.
#[derive(Debug)]
pub struct Budget {
    burst: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    rate: f64,
    tokens: f64,
    at: Instant,
    /// How many calls there were.
    calls: u64,
    /// How often somebody had to wait.
    waits: u64,
    /// How often the service said that it was too much.
    throttled: u64,
}

/// A try that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Why.
    pub error: CallError,
    /// Whether another try may help.
    pub again: bool,
}

/// Fewest calls a second.
const SLOWEST: f64 = 0.001;
/// Operations of Amazon Connect that are called often. All share one budget, so the least that Service Quotas allows for
/// one of them counts.
const OFTEN: [&str; 5] = [
    "DescribeContactFlow",
    "ListContactFlows",
    "CreateContactFlow",
    "UpdateContactFlowContent",
    "DescribeHoursOfOperation",
];
/// Waits between two tries are no longer than this many times the first one.
const LONGEST: u32 = 32;

/// How a budget stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Calls that could be made at once now; below 0 others wait.
    pub tokens: f64,
    /// Calls a second.
    pub rate: f64,
    /// Calls at once.
    pub burst: f64,
    /// Calls so far.
    pub calls: u64,
    /// Calls that had to wait.
    pub waits: u64,
    /// Calls that the service refused as too many.
    pub throttled: u64,
}

impl Budget {
    /// A full bucket. Rate and burst are above 0.
    pub fn new(rate: f64, burst: f64) -> Self {
        let bucket = Bucket {
            rate: rate.max(SLOWEST),
            tokens: burst,
            at: Instant::now(),
            calls: 0,
            waits: 0,
            throttled: 0,
        };
        Budget { burst: burst.max(1.0), bucket: Mutex::new(bucket) }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Bucket) -> R) -> R {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = bucket.at.elapsed().as_secs_f64() * bucket.rate;
        bucket.tokens = (bucket.tokens + gained).min(self.burst);
        bucket.at = Instant::now();
        work(&mut bucket)
    }

    /// Waits until a call may be made. Calls are let through in the order in which they asked.
    pub async fn take(&self) {
        let wait = self.with(|bucket| {
            bucket.tokens -= 1.0;
            bucket.calls += 1;
            if bucket.tokens >= 0.0 {
                return Duration::ZERO;
            }
            bucket.waits += 1;
            Duration::from_secs_f64(-bucket.tokens / bucket.rate)
        });
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// From now on so many calls a second.
    fn pace(&self, rate: f64) {
        self.with(|bucket| bucket.rate = rate.max(SLOWEST));
    }

    /// The service said that it was too much: the bucket is empty.
    pub fn throttled(&self) {
        self.with(|bucket| {
            bucket.throttled += 1;
            bucket.tokens = bucket.tokens.min(0.0);
        });
    }

    /// Makes a call, each try within the budget, at most `tries` times and only while another may help. Between two it
    /// waits a random time of at most `pace` · 2ⁿ and `pace` · 32 (`spec/contactflows.md` 11.6).
    ///
    /// # Errors
    /// Why the last try failed.
    pub async fn spend<T, F>(&self, tries: u32, pace: Duration, mut attempt: impl FnMut() -> F) -> Asked<T>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        let mut failures = 0;
        loop {
            self.take().await;
            let failed = match attempt().await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            if failed.error.cause == Cause::Throttled {
                self.throttled();
            }
            failures += 1;
            if !failed.again || failures >= tries {
                return Err(failed.error);
            }
            let most = pace * (1_u32 << (failures - 1).min(16)).min(LONGEST);
            let chance = uuid::Uuid::new_v4().as_u128() as u32;
            tokio::time::sleep(most.mul_f64(f64::from(chance) / f64::from(u32::MAX))).await;
        }
    }

    /// How the budget stands.
    pub fn standing(&self) -> Standing {
        self.with(|it| Standing {
            tokens: it.tokens,
            rate: it.rate,
            burst: self.burst,
            calls: it.calls,
            waits: it.waits,
            throttled: it.throttled,
        })
    }
}

/// A family of operations that share a budget, as AWS counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Amazon Connect.
    Connect,
    /// Lambda.
    Lambda,
    /// Lex.
    Lex,
    /// CloudWatch metrics and logs.
    CloudWatch,
    /// CloudFormation.
    CloudFormation,
    /// S3.
    S3,
    /// Service Quotas.
    Quotas,
    /// EventBridge and STS.
    Other,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 8] = [
        Family::Connect,
        Family::Lambda,
        Family::Lex,
        Family::CloudWatch,
        Family::CloudFormation,
        Family::S3,
        Family::Quotas,
        Family::Other,
    ];

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Connect => "Connect",
            Family::Lambda => "Lambda",
            Family::Lex => "Lex",
            Family::CloudWatch => "CloudWatch",
            Family::CloudFormation => "CloudFormation",
            Family::S3 => "S3",
            Family::Quotas => "Service Quotas",
            Family::Other => "other",
        }
    }
}

/// The budgets of a process, shared by everything that it does.
#[derive(Debug)]
pub struct Budgets {
    budgets: [Budget; 8],
    /// Calls a second to Amazon Connect that somebody asked for; without it what Service Quotas allows.
    asked: Option<f64>,
}

impl Budgets {
    /// Amazon Connect has the environment's `connect_rate` and `connect_burst`, the others what they stand.
    pub fn new(connect_rate: f64, connect_burst: f64) -> Self {
        Self::with((connect_rate, connect_burst), (0.0, 0.0))
    }

    /// As [`Budgets::new`], and no other family has less than that: for a cloud that stands more, as one in memory.
    pub fn at_least(rate: f64, burst: f64) -> Self {
        Self::with((rate, burst), (rate, burst))
    }

    fn with(connect: (f64, f64), least: (f64, f64)) -> Self {
        let other = |rate: f64, burst: f64| Budget::new(rate.max(least.0), burst.max(least.1));
        Budgets {
            budgets: Family::ALL.map(|family| match family {
                Family::Connect => Budget::new(connect.0, connect.1),
                Family::Lex | Family::CloudFormation | Family::Quotas => other(2.0, 5.0),
                _ => other(10.0, 20.0),
            }),
            asked: Some(connect.0),
        }
    }

    /// Nobody asked for that rate of Amazon Connect: it is a guess until Service Quotas tells it.
    #[must_use]
    pub fn guessed(self) -> Self {
        Budgets { asked: None, ..self }
    }

    /// Keeps to what Service Quotas allows Amazon Connect, and to what was asked for if that is less.
    pub fn learn(&self, quotas: &[Quota]) {
        let often = |name: &str| {
            let operation = name.strip_prefix("Rate of ").and_then(|it| it.strip_suffix(" API requests"));
            operation.is_some_and(|it| OFTEN.contains(&it))
        };
        let allowed = quotas.iter().filter(|it| often(&it.name)).map(|it| it.value);
        if let Some(allowed) = allowed.filter(|it| *it > 0.0).min_by(f64::total_cmp) {
            self.of(Family::Connect).pace(self.asked.map_or(allowed, |asked| asked.min(allowed)));
        }
    }

    /// The budget of a family.
    pub fn of(&self, family: Family) -> &Budget {
        &self.budgets[family as usize]
    }

    /// How all of them stand.
    pub fn standing(&self) -> Vec<(Family, Standing)> {
        Family::ALL.into_iter().map(|family| (family, self.of(family).standing())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(name: &str, value: f64) -> Quota {
        Quota { name: name.to_owned(), value, ..Quota::default() }
    }

    #[test]
    fn the_least_that_service_quotas_allows_counts_and_what_was_asked_for_if_it_is_less() {
        let rate = |budgets: &Budgets| budgets.of(Family::Connect).standing().rate;
        let told = [
            quota("Rate of DescribeContactFlow API requests", 6.0),
            quota("Rate of ListContactFlows API requests", 4.0),
            quota("Rate of SearchContacts API requests", 0.5),
            quota("Contact flows per instance", 1.0),
        ];
        let guessed = Budgets::new(2.0, 5.0).guessed();
        guessed.learn(&[]);
        assert!((rate(&guessed) - 2.0).abs() < f64::EPSILON);
        guessed.learn(&told);
        assert!((rate(&guessed) - 4.0).abs() < f64::EPSILON);
        for (asked, wanted) in [(2.0, 2.0), (10.0, 4.0)] {
            let budgets = Budgets::new(asked, 5.0);
            budgets.learn(&told);
            assert!((rate(&budgets) - wanted).abs() < f64::EPSILON, "{asked}");
        }
    }
}
