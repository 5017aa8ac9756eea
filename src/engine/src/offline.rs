//! The offline host: bots and functions from the workspace's own documents (`spec/testing.md` 5.6, 5.7).

use crate::compat::Compat;
use crate::document::DocumentError;
use crate::functions::{Controls, Functions, Outcome};
use crate::host::{Detail, Host, Invocation, Question, Seen};
use crate::lex::Bots;
use crate::step::Reply;
use crate::value::{Text, Value};

/// Declared bots and functions.
#[derive(Clone, Debug, Default)]
pub struct Stubs {
    /// Bots of `lex.json`.
    pub bots: Bots,
    /// Functions of `functions.json`.
    pub functions: Functions,
}

impl Stubs {
    /// Reads both documents; an undefined one declares nothing. `prefix` is `<stage>-<service>-`.
    ///
    /// # Errors
    /// The first place that is not as `spec/testing.md` 5.6 and 5.7 say.
    pub fn read(lex: &Value, functions: &Value, prefix: &str) -> Result<Self, DocumentError> {
        let bots = if lex.is_nil() { Bots::default() } else { Bots::from_value(lex, prefix)? };
        let functions =
            if functions.is_nil() { Functions::default() } else { Functions::from_value(functions)? };
        Ok(Stubs { bots, functions })
    }

    /// These stubs with a test's `mocks` (`{lex, functions}`) over them, per bot and per function (2.1).
    ///
    /// # Errors
    /// As [`Stubs::read`].
    pub fn with_mocks(&self, mocks: &Value, prefix: &str) -> Result<Self, DocumentError> {
        let over = Stubs::read(&mocks.member("lex"), &mocks.member("functions"), prefix)?;
        let mut stubs = self.clone();
        stubs.bots.overlay(over.bots);
        stubs.functions.overlay(over.functions);
        Ok(stubs)
    }
}

/// What an observer of an offline run implements; `()` observes nothing.
pub trait Observer {
    /// How much it wants to see.
    fn detail(&self) -> Detail;
    /// Told what happens.
    fn observe(&mut self, seen: &Seen<'_>);
    /// Told the answer of a request that succeeded, by whoever sends the requests.
    fn replied(&mut self, reply: &Reply) {
        let _ = reply;
    }
}

impl Observer for () {
    fn detail(&self) -> Detail {
        Detail::None
    }
    fn observe(&mut self, _: &Seen<'_>) {}
}

/// A host that answers from [`Stubs`].
#[derive(Debug)]
pub struct Offline<'a, O> {
    /// Declared bots and functions.
    pub stubs: &'a Stubs,
    /// Refuse what is not declared instead of answering with a fallback (`--strict-mocks`).
    pub strict: bool,
    /// Whether the echo function honours its controls by default (Q29).
    pub compat: Compat,
    /// Bots that were asked without being declared, for a notice.
    pub undeclared: Vec<Text>,
    /// Told what happens.
    pub observer: O,
}

impl<'a, O: Observer> Offline<'a, O> {
    /// A host for one run.
    pub fn new(stubs: &'a Stubs, compat: Compat, observer: O) -> Self {
        Offline { stubs, strict: false, compat, undeclared: Vec::new(), observer }
    }
}

impl<O: Observer> Host for Offline<'_, O> {
    fn ask_bot(&mut self, question: &Question<'_>) -> Result<Value, String> {
        let name = &question.bot.simple_name;
        if !self.stubs.bots.is_declared(name) && &**name != "yesno" {
            if self.strict {
                return Err(format!("No offline declaration for bot: {name}"));
            }
            if !self.undeclared.contains(name) {
                self.undeclared.push(Text::clone(name));
            }
        }
        Ok(self.stubs.bots.recognise(name, &Text::from(question.contact_id), question.text).response)
    }

    fn invoke(&mut self, call: &mut Invocation<'_>) -> Outcome {
        let controls = match self.compat {
            Compat::Original => Controls::Original,
            Compat::Corrected => Controls::Always,
        };
        self.stubs.functions.call(call.function, call.payload, call.state, call.uses, controls)
    }

    fn detail(&self) -> Detail {
        self.observer.detail()
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        self.observer.observe(seen);
    }
}
