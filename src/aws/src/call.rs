//! One call to AWS: by the right account, within the budget of its family, within a time, and tried again where that
//! can help (`spec/contactflows.md` 11.6).
//!
//! The SDK's own repeats are off ([`crate::open`]), so that every request is counted by the budget.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use connect_rules_cloud::gateway::{Asked, Budgets, CallError, Cause, Failed, Family, Place, Quota, Who};
use tokio::sync::OnceCell;

use crate::fault;

/// First wait before something is asked for again; the later ones grow from it.
pub const PACE: Duration = Duration::from_millis(250);
/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked, for the budget and for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    family: Family,
    /// As policies write it.
    pub action: &'static str,
    /// What it is about.
    pub about: &'a str,
    patience: Duration,
    /// Whether a failure of the service may have done something that must not be done twice.
    once: bool,
}

impl<'a> Ask<'a> {
    pub fn of(family: Family, action: &'static str, about: &'a str) -> Self {
        Ask { family, action, about, patience: PATIENCE, once: false }
    }

    /// With another time for one answer.
    pub fn within(self, patience: Duration) -> Self {
        Ask { patience, ..self }
    }

    /// Not tried again after the service failed.
    pub fn once(self) -> Self {
        Ask { once: true, ..self }
    }

    /// How often it is tried.
    fn tries(self) -> u32 {
        if self.family == Family::Connect { 8 } else { 5 }
    }

    /// An error of this call that no service told.
    pub fn failed(&self, cause: Cause, message: impl Into<String>) -> CallError {
        CallError::new(self.action, self.about, cause, message)
    }
}

/// Makes the calls of an environment.
#[derive(Debug)]
pub struct Caller {
    /// Where the environment is.
    pub(crate) place: Place,
    budgets: Arc<Budgets>,
    sts: aws_sdk_sts::Client,
    guarded: bool,
    who: OnceCell<Who>,
    pace: Duration,
}

impl Caller {
    /// Refuses every call if the credentials are of another account than the place's.
    pub fn new(configuration: &SdkConfig, place: Place, budgets: Arc<Budgets>, wait: Duration) -> Self {
        let sts = aws_sdk_sts::Client::new(configuration);
        let guarded = !place.account.is_empty();
        Caller { place, budgets, sts, guarded, who: OnceCell::new(), pace: wait }
    }

    /// For a function in the account itself, whose role is of no other.
    pub fn trusted(configuration: &SdkConfig, place: Place, budgets: Arc<Budgets>) -> Self {
        Caller { guarded: false, ..Caller::new(configuration, place, budgets, PACE) }
    }

    /// A call; `attempt` sends it anew each time.
    pub(crate) async fn call<T, E, F>(&self, ask: Ask<'_>, attempt: impl Fn() -> F + Send + Sync) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.call_with(ask, |_| Vec::new(), attempt).await
    }

    /// A call whose error may list problems.
    pub(crate) async fn call_with<T, E, F>(
        &self,
        ask: Ask<'_>,
        problems: impl Fn(&E) -> Vec<String> + Send + Sync,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.guard(ask).await?;
        self.repeat(ask, problems, attempt).await
    }

    /// Whose credentials are used; asked anew each time, of whatever account they are.
    pub(crate) async fn who(&self) -> Asked<Who> {
        let ask = Ask::of(Family::Other, "sts:GetCallerIdentity", "");
        let sts = &self.sts;
        let reply = self.repeat(ask, |_| Vec::new(), || sts.get_caller_identity().send()).await?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(Who { account: text(reply.account()), arn: text(reply.arn()) })
    }

    async fn guard(&self, ask: Ask<'_>) -> Asked<()> {
        if !self.guarded {
            return Ok(());
        }
        let who = self.who.get_or_try_init(|| self.who()).await?;
        if who.account == self.place.account {
            return Ok(());
        }
        let (is, wanted) = (&who.account, &self.place.account);
        let message =
            format!("the credentials are of account {is}, the environment is in {wanted}: nothing was asked");
        Err(ask.failed(Cause::Credentials, message))
    }

    async fn repeat<T, E, F>(
        &self,
        ask: Ask<'_>,
        problems: impl Fn(&E) -> Vec<String> + Send + Sync,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let (attempt, problems) = (&attempt, &problems);
        let once = || async move {
            let answer = tokio::time::timeout(ask.patience, Box::pin(attempt())).await;
            let error = match answer {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => error,
                Err(_) => {
                    let message = format!("no answer within {} s", ask.patience.as_secs());
                    return Err(Failed { error: ask.failed(Cause::Unreachable, message), again: false });
                }
            };
            let failed = fault::told(ask, problems, &error);
            let again = failed.cause == Cause::Throttled || (fault::status(&error) >= 500 && !ask.once);
            Err(Failed { error: failed, again })
        };
        self.budgets.of(ask.family).spend(ask.tries(), self.pace, once).await
    }

    /// Quotas of a service were told.
    pub(crate) fn learn(&self, service: &str, quotas: &[Quota]) {
        if service == "connect" {
            self.budgets.learn(quotas);
        }
    }

    /// Waits before something that takes its time is looked at again.
    pub(crate) async fn rest(&self) {
        tokio::time::sleep(self.pace * 8).await;
    }
}
