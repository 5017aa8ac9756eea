//! One test from its first request to its verdict (`spec/testing.md` 3.3).

use super::compare::{self, Subject};
use super::result::{Asked, Interaction, LineResult, TestResult};
use super::segment::Segment;
use super::{Clock, Recording, Settings};
use crate::chance::{Draws, test_seed};
use crate::compat::Compat;
use crate::dates;
use crate::offline::{Observer, Offline, Stubs};
use crate::script::{Script, TestDocument};
use crate::step::{Contact, Opening, Request, step};
use crate::value::{Text, Value};
use crate::workspace::Workspace;

/// Replays a test. `script` is that of the test ([`TestDocument::script`]).
///
/// The test's `mocks` lie over `stubs`. The outcome depends on the arguments alone, except for time limits and
/// durations, which are by [`Settings::time`].
pub fn run<O: Observer>(
    workspace: &Workspace,
    stubs: &Stubs,
    test: &TestDocument,
    script: &Script,
    settings: &Settings<'_>,
    observer: O,
) -> TestResult {
    let now = settings.time.map(|time| time());
    let clock = match settings.clock {
        Clock::Fixed(ms) => ms,
        Clock::Interaction => dates::parse(&test.test_date_time).unwrap_or_default(),
        Clock::System => now.unwrap_or_default(),
    };
    let mut result = TestResult::new(test.clone(), settings.seed, clock, now.unwrap_or(clock));
    result.lines = script
        .lines
        .iter()
        .map(|line| LineResult {
            line: line.line,
            kind: Text::clone(&line.kind),
            payload: line.payload.clone(),
            success: None,
            done: None,
            warnings: Vec::new(),
            info: Vec::new(),
        })
        .collect();
    let overlaid = test.mocks.as_ref().map(|mocks| stubs.with_mocks(mocks, &workspace.catalogue().prefix()));
    match (&script.failure, &overlaid) {
        (Some(cause), _) => result.fail(format!("Failed to parse test script: {cause}")),
        (None, Some(Err(cause))) => result.fail(format!("Failed to start inferencing: mocks: {cause}")),
        (None, Some(Ok(stubs))) => play(workspace, stubs, settings, observer, &mut result),
        (None, None) => play(workspace, stubs, settings, observer, &mut result),
    }
    for line in &mut result.lines {
        if line.success.is_none() {
            line.fail("Test line not executed");
        }
    }
    result.success &= result.lines.iter().all(|line| line.success == Some(true));
    result.warning = !result.warnings.is_empty() || result.lines.iter().any(|l| !l.warnings.is_empty());
    if let Some(time) = settings.time {
        result.ended = time();
    }
    result
}

/// Sends the requests and makes the checks at the end.
fn play<O: Observer>(
    workspace: &Workspace,
    stubs: &Stubs,
    settings: &Settings<'_>,
    observer: O,
    result: &mut TestResult,
) {
    let mut draws = Draws::new(test_seed(settings.seed, &result.test.folder, &result.test.name));
    let id = draws.contact_id();
    let compat = workspace.options().compat;
    let mut host = Offline::new(stubs, compat, observer);
    host.strict = settings.strict_mocks;
    let version = result.test.script_version;
    let full = settings.recording == Recording::Full;
    let mut player = Player {
        workspace,
        settings,
        contact: Contact::new(id, result.virtual_start, draws),
        host,
        segment: Segment::new(version, full),
        ends: Ends::find(&result.lines),
        last: None,
        result,
        version,
        original: compat == Compat::Original,
        full,
    };
    if let Err(cause) = player.play() {
        player.result.fail(format!("Failed to inference: {cause}"));
    }
    let Player { last, contact, host, result, .. } = player;
    result.undeclared_bots = host.undeclared;
    if full && let Some(last) = last {
        result.interactions.push(last);
        result.last_state = contact.state.to_map();
    }
}

/// First lines of the kinds that say how a contact ends.
struct Ends {
    queue: Option<usize>,
    terminate: Option<usize>,
    external: Option<usize>,
}

impl Ends {
    fn find(lines: &[LineResult]) -> Ends {
        let first = |kind: &str| lines.iter().position(|line| &*line.kind == kind);
        Ends { queue: first("queue"), terminate: first("terminate"), external: first("externalNumber") }
    }
}

/// A test under way.
struct Player<'a, O> {
    workspace: &'a Workspace,
    settings: &'a Settings<'a>,
    contact: Contact,
    host: Offline<'a, O>,
    segment: Segment,
    ends: Ends,
    last: Option<Interaction>,
    result: &'a mut TestResult,
    version: u8,
    original: bool,
    full: bool,
}

impl<O: Observer> Player<'_, O> {
    /// The whole test. The error is what the original reports as an exception: nothing more is checked.
    fn play(&mut self) -> Result<(), String> {
        self.segment.advance(&mut self.result.lines)?;
        let test = &self.result.test;
        let opening = Request::NewInteraction(Opening {
            end_point: Value::String(Text::clone(&test.end_point)),
            customer_phone_number: Value::String(Text::clone(&test.customer_phone_number)),
            interaction_date_time: Value::String(Text::clone(&test.test_date_time)),
            contact_attributes: test.contact_attributes.clone().into(),
        });
        self.send(&opening, Asked::NewInteraction, "Failed to start inferencing");
        if self.last.is_none() {
            // The original goes on to look for the state that is not there (R12).
            return if self.original { Err("The contact did not start".to_owned()) } else { Ok(()) };
        }
        self.result.contact_id = Some(Text::clone(&self.contact.id));
        while self.result.success && !self.take_reply()? {}
        self.check_state()
    }

    /// Sends a request; a failure fails the context and leaves the state of the last answer.
    fn send(&mut self, request: &Request, asked: Asked, failed: &str) {
        if self.result.steps >= self.settings.max_steps {
            self.result.fail(format!("Maximum steps reached: {}", self.settings.max_steps));
            return;
        }
        let before = self.settings.time.map(|time| time());
        match step(self.workspace, &mut self.contact, request, &mut self.host) {
            Ok(reply) => {
                self.contact.state.forget_changes();
                self.host.observer.replied(&reply);
                self.result.steps += 1;
                let time_ms = self.took(before);
                let answered = Interaction { asked, reply, time_ms };
                if let Some(earlier) = self.last.replace(answered).filter(|_| self.full) {
                    self.result.interactions.push(earlier);
                }
            }
            Err(error) => {
                self.contact.state.revert();
                // The original knows only the status of the request (R12).
                if self.original {
                    self.result.fail(format!("{failed}: Request failed with status code 500"));
                    self.result.info.push(format!("{failed}: {error}"));
                } else {
                    self.result.fail(format!("{failed}: {error}"));
                }
            }
        }
    }

    /// Milliseconds since `before`; fails the context when a time limit is over.
    fn took(&mut self, before: Option<i64>) -> i64 {
        let (Some(time), Some(before)) = (self.settings.time, before) else { return 0 };
        let now = time();
        let (step, test) = (now - before, now - self.result.started);
        let limits = self.settings;
        if step > limits.step_timeout_ms {
            self.result.fail(format!("Step took longer than {} ms: {step} ms", limits.step_timeout_ms));
        } else if test > limits.test_timeout_ms {
            self.result.fail(format!("Test took longer than {} ms: {test} ms", limits.test_timeout_ms));
        }
        step
    }

    /// Looks at the last reply and answers it. True when the contact is over.
    fn take_reply(&mut self) -> Result<bool, String> {
        let Some(Interaction { reply, .. }) = &self.last else { return Ok(true) };
        if let Some(text) = reply.message_text()
            && !self.segment.tick(&mut self.result.lines, &text)
            && self.full
        {
            self.result.info.push(format!("Unexpected message: {text}"));
        }
        let Some(Interaction { reply, .. }) = &self.last else { return Ok(true) };
        if let Some(queue) = &reply.queue {
            let queue = Text::clone(queue);
            self.queue(&queue)?;
            return Ok(true);
        }
        if reply.terminate {
            match self.ends.terminate {
                Some(at) => self.result.lines[at].success = Some(true),
                None => self.result.warnings.push("Reached terminate with no terminate check".to_owned()),
            }
            return Ok(true);
        }
        if let Some(transfer) = reply.transfer.clone() {
            self.transfer(&transfer.number)?;
            if !transfer.resume {
                return Ok(true);
            }
        } else if reply.wants_input() {
            return self.answer_prompt();
        }
        self.send(&Request::NextRule, Asked::NextRule, "Failed to request next rule");
        Ok(false)
    }

    /// The contact waits for input: sends the next one of the script.
    fn answer_prompt(&mut self) -> Result<bool, String> {
        let Some(at) = self.segment.next else {
            self.result.fail("Encountered input with no more input lines".to_owned());
            return Ok(true);
        };
        let line = &mut self.result.lines[at];
        line.success = Some(true);
        if self.full
            && let Some(Interaction { reply, .. }) = &self.last
        {
            let prompt = reply.message.clone().unwrap_or_default();
            line.info.push(format!("Prompt message: {prompt}"));
        }
        if &*line.kind == "hangup" {
            self.send(&Request::HangUp, Asked::HangUp, "Failed to hang up");
            self.segment.advance(&mut self.result.lines)?;
            return Ok(true);
        }
        // Numbers are sent as text (R26).
        let input = match &line.payload {
            Value::Number(_) => Value::String(line.payload.text()),
            other => other.clone(),
        };
        self.send(&Request::Input(input.clone()), Asked::Input(input), "Failed to send input");
        self.segment.advance(&mut self.result.lines)?;
        Ok(false)
    }

    fn queue(&mut self, queue: &str) -> Result<(), String> {
        let Some(at) = self.ends.queue else {
            self.result.warnings.push(format!("Reached queue: {queue} with no queue check"));
            return Ok(());
        };
        let info = |pattern: &str| format!("Matched queue: {pattern}");
        let info: Option<&dyn Fn(&str) -> String> = if self.full { Some(&info) } else { None };
        let compared = compare::outcome(&mut self.result.lines[at], queue, info);
        self.outcome_compared(at, compared)
    }

    /// Version 1 compares the first line with every transfer (R2), version 2 each line in turn.
    fn transfer(&mut self, number: &str) -> Result<(), String> {
        let Some(at) = self.ends.external else {
            let warning = format!("Reached external number: {number} with no external number check");
            self.result.warnings.push(warning);
            return Ok(());
        };
        let info = |_: &str| format!("Matched external number: {number}");
        let info: Option<&dyn Fn(&str) -> String> = if self.full { Some(&info) } else { None };
        let compared = compare::outcome(&mut self.result.lines[at], number, info);
        if self.version >= 2 {
            let lines = &self.result.lines;
            self.ends.external = (at + 1..lines.len()).find(|later| &*lines[*later].kind == "externalNumber");
        }
        self.outcome_compared(at, compared)
    }

    /// An unusable pattern ends the test as in the original, or is reported on its line (R11).
    fn outcome_compared(
        &mut self,
        at: usize,
        compared: Result<(), crate::pattern::PatternError>,
    ) -> Result<(), String> {
        match compared {
            Err(error) if self.original => Err(error.to_string()),
            Err(error) => {
                self.result.lines[at].fail(error.to_string());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Attribute lines, then state lines, against the state of the last answer.
    fn check_state(&mut self) -> Result<(), String> {
        for (subject, kind) in [(Subject::Attribute, "attribute"), (Subject::State, "state")] {
            for line in self.result.lines.iter_mut().filter(|line| &*line.kind == kind) {
                if self.original && line.payload.is_nil() {
                    return Err(format!("Line {}: {kind} is null, it needs a key", line.line));
                }
                compare::check(subject, line, &self.contact.state, self.version, self.full);
            }
        }
        Ok(())
    }
}
