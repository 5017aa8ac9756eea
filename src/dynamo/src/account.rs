//! The guard of the account: nothing is read, written or made in an account that the environment does not name.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use connect_rules_store::{Error, RemoteFault};

use crate::faults::{remote, told};
use crate::settings::Settings;
use crate::tables::{Names, Table};

/// The question whose credentials these are.
const ACTION: &str = "sts:GetCallerIdentity";

/// What is known of the account that requests go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Its number.
    Known(String),
    /// A server at this address, which is not one of AWS, does not know whose credentials these are.
    Untold(String),
}

impl Settings {
    /// Asks whose credentials these are, and refuses those of another account.
    ///
    /// A server of one's own may not know the question. That is let pass where no account is asked for, or where
    /// the server is on this machine.
    ///
    /// # Errors
    /// [`Error::Remote`]: no or expired credentials, the wrong account, or one that cannot be told.
    pub async fn caller(&self, shared: &SdkConfig) -> Result<Account, Error> {
        let own = self.own_endpoint(shared);
        let mut config = aws_sdk_sts::config::Builder::from(shared)
            .retry_config(self.retry())
            .timeout_config(self.timeout());
        if let Some(endpoint) = &own {
            config = config.endpoint_url(endpoint);
        }
        let client = aws_sdk_sts::Client::from_conf(config.build());
        let place = own
            .as_ref()
            .map_or_else(|| "the credentials".to_owned(), |own| format!("the credentials at {own}"));
        let found = match client.get_caller_identity().send().await {
            Ok(caller) => caller.account,
            Err(error) => {
                // Failures of AWS are XML; a server that knows tables only fails in JSON, whatever the status.
                let answered = error.raw_response().is_some_and(|it| {
                    it.status().as_u16() < 500 || it.body().bytes().is_some_and(|body| body.starts_with(b"{"))
                });
                let told = told(&place, ACTION, &error);
                // What AWS itself refuses has a meaning; what else is answered is no answer to this question.
                if own.is_none() || !answered || !is_unknown(&told) {
                    return Err(told);
                }
                None
            }
        };
        match (found.filter(|found| !found.is_empty()), own) {
            (Some(found), _) => {
                self.expect(&found, &place, "the credentials belong")?;
                Ok(Account::Known(found))
            }
            (None, Some(own)) if self.account.is_none() || is_loopback(&own) => Ok(Account::Untold(own)),
            (None, _) => {
                let message = format!("there is no answer to {ACTION}");
                Err(remote(place, RemoteFault::UnknownAccount, message))
            }
        }
    }

    /// Refuses tables of another account, and where there are none credentials of another. Answers the address that
    /// did not say whose the account is.
    pub(crate) async fn check_account(
        &self,
        client: &Client,
        shared: &SdkConfig,
    ) -> Result<Option<String>, Error> {
        if self.account.is_none() {
            return Ok(None);
        }
        let name = Names::new(&self.stage, &self.service).of(Table::Config);
        let out = match client.describe_table().table_name(&name).send().await {
            Ok(out) => out,
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                return Ok(match self.caller(shared).await? {
                    Account::Known(_) => None,
                    Account::Untold(own) => Some(own),
                });
            }
            Err(error) => return Err(told(&name, "dynamodb:DescribeTable", &error)),
        };
        let arn = out.table.and_then(|table| table.table_arn).unwrap_or_default();
        self.expect(arn.split(':').nth(4).unwrap_or_default(), &name, "the table belongs")?;
        Ok(None)
    }

    fn expect(&self, found: &str, place: &str, what: &str) -> Result<(), Error> {
        match &self.account {
            Some(wanted) if wanted != found => {
                let message = format!("{what} to {found}, the environment to {wanted}");
                Err(remote(place, RemoteFault::WrongAccount, message))
            }
            _ => Ok(()),
        }
    }

    /// The address that requests go to where it is not one of AWS.
    fn own_endpoint(&self, shared: &SdkConfig) -> Option<String> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let given = || variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL_DYNAMODB"));
        self.endpoint.clone().or_else(given).or_else(|| shared.endpoint_url().map(str::to_owned))
    }
}

/// Whether it is none of the refusals of AWS.
fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Remote { fault: RemoteFault::Unreachable, .. })
}

/// Whether an address is one of this machine.
fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_known() {
        for url in
            ["http://localhost:8000", "http://127.0.0.1:8000/x", "https://[::1]:443", "http://a@127.1.2.3"]
        {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://127.0.0.1@example.com",
            "",
            "http://[::2]",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
