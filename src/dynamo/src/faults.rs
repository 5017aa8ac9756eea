//! What the service says, as errors for people.

use std::fmt::Display;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use connect_rules_engine::problem::causes;
use connect_rules_store::{Error, RemoteFault};

/// An error about a table, a row or the service.
pub(crate) fn remote(place: impl Into<String>, fault: RemoteFault, message: impl Display) -> Error {
    Error::Remote { place: place.into(), fault, message: message.to_string() }
}

/// What the service, or the way to it, said to a request that needs that permission.
pub(crate) fn told<E, R>(place: &str, action: &str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = match error {
        SdkError::ServiceError(it) if !code.is_empty() => it.err().message().unwrap_or(code).to_owned(),
        _ => causes(error).chars().take(READ).collect(),
    };
    let fault = match code {
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => RemoteFault::Expired,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "OptInRequired" => RemoteFault::NoCredentials,
        "AccessDeniedException" | "AccessDenied" => RemoteFault::Denied(permission(&message, action)),
        "ResourceNotFoundException" => RemoteFault::NoTable,
        "ItemCollectionSizeLimitExceededException" => RemoteFault::TooLarge,
        "ValidationException" if message.contains("size") && message.contains("exceeded") => {
            RemoteFault::TooLarge
        }
        "ThrottlingException"
        | "ThrottlingError"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "LimitExceededException" => RemoteFault::Throttled,
        "" if is_about_credentials(&message) => {
            if message.contains("expired") {
                RemoteFault::Expired
            } else {
                RemoteFault::NoCredentials
            }
        }
        "" | "InternalServerError" | "InternalFailure" | "ServiceUnavailable" => RemoteFault::Unreachable,
        _ => {
            return Error::Remote {
                place: place.to_owned(),
                fault: RemoteFault::Unreachable,
                message: format!("{code}: {message}"),
            };
        }
    };
    remote(place, fault, message)
}

/// Characters of a message that people read.
const READ: usize = 300;

/// The permission that a refusal names, such as `… is not authorized to perform: dynamodb:PutItem on …`.
fn permission(message: &str, action: &str) -> String {
    let named = message.split_whitespace().find(|word| word.starts_with("dynamodb:"));
    named.unwrap_or(action).trim_end_matches(['.', ',', ';']).to_owned()
}

/// Whether a request was never sent because there is nothing to sign it with.
fn is_about_credentials(message: &str) -> bool {
    let message = message.to_lowercase();
    ["credential", "identity", "sso", "token"].iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission() {
        let said = "User: arn:aws:iam::1:user/a is not authorized to perform: dynamodb:TransactWriteItems on resource: x";
        assert_eq!(permission(said, "dynamodb:PutItem"), "dynamodb:TransactWriteItems");
        assert_eq!(permission("no", "dynamodb:PutItem"), "dynamodb:PutItem");
    }
}
