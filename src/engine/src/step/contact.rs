//! A contact between requests: its state, its clock and its chance.

use crate::catalogue::Bot;
use crate::chance::Draws;
use crate::dates;
use crate::functions::Uses;
use crate::lex::Recognition;
use crate::state::State;
use crate::template::Leak;
use crate::value::{Text, Value};

/// A contact: everything that a later request depends on.
///
/// Copying a contact is cheap and gives one that goes on independently, with the same clock and the
/// same chance: step back and branch are copies.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Contact id.
    pub id: Text,
    /// Customer state.
    pub state: State,
    /// The contact clock in milliseconds since the epoch. It moves only by integration waits and by
    /// whoever drives the contact (8.3).
    pub clock: i64,
    /// Chance: the draws of this contact.
    pub draws: Draws,
    /// How often each offline response of a function was used.
    pub uses: Uses,
    /// The customer hung up: everything further is refused.
    pub disconnected: bool,
    /// What `switch` leaves behind at the root of state for the rest of a request (Q11).
    pub(crate) leak: Leak,
    stamp: Option<(i64, Text)>,
    /// Bot answers of the request under way.
    answers: Vec<(Text, Value)>,
}

impl Contact {
    /// A contact that has not started yet.
    pub fn new(id: impl Into<Text>, clock: i64, draws: Draws) -> Self {
        Contact {
            id: id.into(),
            state: State::default(),
            clock,
            draws,
            uses: Uses::default(),
            disconnected: false,
            leak: Leak::default(),
            stamp: None,
            answers: Vec::new(),
        }
    }

    /// The clock as state keys hold it: `YYYY-MM-DDTHH:mm:ss.SSS+00:00`.
    pub(crate) fn timestamp(&mut self) -> Text {
        match &self.stamp {
            Some((at, text)) if *at == self.clock => Text::clone(text),
            _ => {
                let text = Text::from(dates::iso_utc_ms(self.clock));
                self.stamp = Some((self.clock, Text::clone(&text)));
                text
            }
        }
    }

    /// Keeps a bot's answer under `LexResponses.<bot>` as the bots' fulfilment hook does (9.5), for the
    /// end of the request.
    pub(crate) fn remember_answer(&mut self, bot: &Bot, recognition: &Recognition) {
        if self.id.starts_with("test-") || recognition.response.as_object().is_none() {
            return;
        }
        let name: String =
            bot.simple_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        self.answers.push((Text::from(format!("LexResponses.{name}")), recognition.stored()));
    }

    /// Ends a request: keeps what is to be saved, in stored form (4.3, 6.6).
    pub(crate) fn settle(&mut self, success: bool) {
        let answers = std::mem::take(&mut self.answers);
        if success {
            for (key, answer) in answers {
                self.state.update_text(&key, answer);
            }
            self.state.finish();
        } else {
            self.state.rollback();
        }
        self.leak = Leak::default();
    }
}
