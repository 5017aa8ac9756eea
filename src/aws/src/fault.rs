//! What a service says when a call fails, as the causes of [`CallError`].

use std::error::Error;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use connect_rules_cloud::gateway::{CallError, Cause};
use connect_rules_engine::problem::causes;

use crate::call::Ask;

/// Characters of a message that people read.
const READ: usize = 400;

/// Status of the answer; 0 if there was none.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> u16 {
    error.raw_response().map_or(0, |response| response.status().as_u16())
}

/// A failed call; `problems` are what the error lists.
pub(crate) fn told<E>(
    ask: Ask<'_>,
    problems: &impl Fn(&E) -> Vec<String>,
    error: &SdkError<E, HttpResponse>,
) -> CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let service = error.as_service_error();
    let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let said = service.and_then(|it| it.message().or(it.code())).filter(|it| !it.is_empty());
    // An answer that is not understood has neither.
    let message = said.map_or_else(|| causes(error), str::to_owned);
    let message: String =
        message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(READ).collect();
    let mut cause = match service {
        Some(_) => of_service(code, &message, status(error)),
        None => of_the_way(error, &message),
    };
    if let (Cause::Invalid(listed), Some(service)) = (&mut cause, service) {
        *listed = problems(service);
    }
    let mut failed = ask.failed(cause, message);
    if failed.cause == Cause::Denied
        && let Some(action) = permission(&failed.message)
    {
        failed.call = action;
    }
    failed
}

/// The cause that a service means.
fn of_service(code: &str, message: &str, status: u16) -> Cause {
    // Some codes come with the name of their namespace in front, or an address behind.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    let there_is = message.to_lowercase().contains("already exist");
    match code {
        "TooManyRequestsException"
        | "TooManyRequests"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown" => Cause::Throttled,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidToken"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestTimeTooSkewed" => Cause::Credentials,
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "UnauthorizedOperation" => {
            Cause::Denied
        }
        "ResourceNotFoundException"
        | "ResourceNotFound"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NotFound"
        | "ChangeSetNotFound"
        | "StackNotFoundException"
        | "NoSuchResourceException" => Cause::NotFound,
        "ValidationError" if message.contains("does not exist") => Cause::NotFound,
        "DuplicateResourceException"
        | "AlreadyExistsException"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou" => Cause::Duplicate,
        "ResourceConflictException" | "ConflictException" if there_is => Cause::Duplicate,
        "LimitExceededException"
        | "LimitExceeded"
        | "LimitExceededFault"
        | "ServiceQuotaExceededException"
        | "QuotaExceededException"
        | "CodeStorageExceededException"
        | "PolicyLengthExceededException"
        | "TooManyBuckets" => Cause::Limit,
        "ResourceConflictException"
        | "ConflictException"
        | "ResourceInUseException"
        | "ResourceInUse"
        | "ResourceNotReadyException"
        | "OperationAborted"
        | "OperationInProgressException"
        | "InvalidChangeSetStatus"
        | "PreconditionFailedException"
        | "PreconditionFailed"
        | "BucketNotEmpty"
        | "ConcurrentModificationException"
        | "IdempotencyException" => Cause::Conflict,
        "InvalidContactFlowException"
        | "InvalidParameterException"
        | "InvalidRequestException"
        | "InvalidParameterValueException"
        | "InvalidParameterValue"
        | "InvalidParameterCombination"
        | "MissingRequiredParameter"
        | "InvalidRequestContentException"
        | "ValidationException"
        | "ValidationError"
        | "InsufficientCapabilitiesException"
        | "InvalidZipFileException"
        | "RequestTooLargeException"
        | "MalformedXML"
        | "InvalidBucketName"
        | "IllegalArgumentException" => Cause::Invalid(Vec::new()),
        _ => match status {
            429 => Cause::Throttled,
            500.. => Cause::Unreachable,
            // Answers to `HEAD` have no body that could name a code.
            403 => Cause::Denied,
            404 => Cause::NotFound,
            _ => Cause::Other,
        },
    }
}

/// The cause of a request that no service answered, or whose answer is not understood.
fn of_the_way<E>(error: &SdkError<E, HttpResponse>, message: &str) -> Cause {
    let message = message.to_lowercase();
    let credentials = ["credential", "sso", "identity", "token"].iter().any(|word| message.contains(word));
    match error {
        SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) if credentials => Cause::Credentials,
        SdkError::ConstructionFailure(_) => Cause::Invalid(Vec::new()),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Cause::Unreachable,
        _ if status(error) == 429 => Cause::Throttled,
        _ if status(error) >= 500 => Cause::Unreachable,
        _ => Cause::Other,
    }
}

/// The permission that a refusal names: `… is not authorized to perform: connect:ListQueues on resource: …`.
fn permission(message: &str) -> Option<String> {
    let after = message.split("to perform:").nth(1)?;
    let named = after.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    named.contains(':').then(|| named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission() {
        let said = "User: arn:aws:iam::1:user/a is not authorized to perform: lex:ListBots on resource: x";
        assert_eq!(permission(said).as_deref(), Some("lex:ListBots"));
        assert_eq!(permission("Access denied"), None);
    }

    #[test]
    fn codes_have_causes() {
        let cause = |code: &str, message: &str, status| of_service(code, message, status);
        assert_eq!(cause("TooManyRequestsException", "", 429), Cause::Throttled);
        assert_eq!(cause("com.amazonaws.x#ThrottlingException:http://y", "", 400), Cause::Throttled);
        assert_eq!(cause("AccessDeniedException", "", 403), Cause::Denied);
        assert_eq!(cause("ExpiredTokenException", "", 403), Cause::Credentials);
        assert_eq!(cause("ValidationError", "Stack with id a does not exist", 400), Cause::NotFound);
        assert_eq!(cause("ValidationError", "1 validation error", 400), Cause::Invalid(Vec::new()));
        assert_eq!(cause("ResourceConflictException", "Alias already exists: a", 409), Cause::Duplicate);
        assert_eq!(cause("ResourceConflictException", "An update is in progress", 409), Cause::Conflict);
        assert_eq!(cause("ServiceQuotaExceededException", "", 402), Cause::Limit);
        assert_eq!(cause("InternalServiceException", "", 500), Cause::Unreachable);
        assert_eq!(cause("Sonderbar", "", 418), Cause::Other);
    }
}
