//! Who ends blocked calls.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use connect_rules_engine::value::Text;

use crate::decision::StopStatus;

/// Why a call could not be ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call cannot be ended: {message}")]
pub struct StopError {
    /// What was said.
    pub message: String,
    /// Whether it is worth trying again: throttled, out of time or an error of the service.
    pub again: bool,
}

/// Ends calls.
pub trait Stopper: Send + Sync {
    /// Tries once to end a contact; answers [`StopStatus::Stopped`] or [`StopStatus::Gone`].
    fn stop(&self, contact: &str) -> impl Future<Output = Result<StopStatus, StopError>> + Send;
}

/// Keeps what it was asked to end.
#[derive(Debug, Default)]
pub struct Recorder {
    asked: Mutex<Vec<Text>>,
    answers: Mutex<Vec<Result<StopStatus, StopError>>>,
}

impl Recorder {
    /// One that gives these answers first, in order, and then ends every call.
    pub fn answering(mut answers: Vec<Result<StopStatus, StopError>>) -> Self {
        answers.reverse();
        Recorder { answers: Mutex::new(answers), ..Recorder::default() }
    }

    /// What it was asked to end, in order.
    pub fn asked(&self) -> Vec<Text> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Stopper for Recorder {
    async fn stop(&self, contact: &str) -> Result<StopStatus, StopError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Text::from(contact));
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        answer.unwrap_or(Ok(StopStatus::Stopped))
    }
}

impl<T: Stopper + ?Sized> Stopper for std::sync::Arc<T> {
    async fn stop(&self, contact: &str) -> Result<StopStatus, StopError> {
        (**self).stop(contact).await
    }
}
