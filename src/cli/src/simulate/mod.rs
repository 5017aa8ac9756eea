//! `simulate`: JSON Lines in, one reply per request out, in order (`spec/testing.md` 5.3).
//!
//! Replies are written to a buffer that is flushed whenever no whole request is waiting, so a person sees
//! each answer at once and a pipe runs at full speed. Contacts are kept until the end of the input.

mod contacts;
mod lines;
mod reply;
mod request;
mod seen;

use std::io::{self, BufWriter, Read, Write};

use connect_rules_engine::chance::{Draws, contact_seed};
use connect_rules_engine::offline::Offline;
use connect_rules_engine::step::{Code, Contact, Request, StepError, step};
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Workspace;

use crate::args::{Global, Now, SimulateArgs, StateDetail};
use crate::clock::real_time;
use crate::exit::{self, Exit, Failure};
use crate::load;
use crate::say;
use contacts::Contacts;
use lines::{LONGEST, Line, Lines};
use reply::Extras;
use request::{Nudge, Wire, bad};
use seen::Recorder;

/// Runs the command on an input and an output.
///
/// # Errors
/// The workspace is not valid, or an end of the pipe fails.
pub fn run(
    args: &SimulateArgs,
    global: &Global,
    input: impl Read,
    output: impl Write,
) -> Result<Exit, Failure> {
    let mut loaded = load::load(&args.workspace, global)?;
    let workspace = loaded.workspace();
    if workspace.zone().is_none() {
        let text = "warning: the workspace has no timeZone, so no contact can start - add it to connect.json";
        say::notice(text, global);
    }
    let recorder = Recorder::new(&workspace, args.trace, args.branches);
    let mut host = Offline::new(&loaded.bundle.stubs, loaded.compat, recorder);
    host.strict = args.run.strict_mocks;
    let mut simulator = Simulator {
        args,
        global,
        workspace: &workspace,
        host,
        contacts: Contacts::default(),
        newest: None,
        named: 0,
        told: 0,
    };
    let mut lines = Lines::new(input);
    let mut out = BufWriter::with_capacity(1 << 16, output);
    let end = loop {
        if !lines.is_ready()
            && let Err(error) = out.flush()
        {
            break Err(error);
        }
        let line = match lines.next() {
            Ok(line) => line,
            Err(error) => return Err(Failure::reading("standard input".as_ref(), &error)),
        };
        let written = match line {
            Line::End => break out.flush(),
            Line::TooLong => {
                let error = bad(format!("the line is longer than {} MiB", LONGEST >> 20));
                reply::error(&mut out, &error, None, &Value::Undefined, &NOTHING)
            }
            Line::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if text.trim().is_empty() => Ok(()),
                Ok(text) => simulator.line(text, &mut out),
                Err(error) => {
                    let error = bad(format!("the line is not UTF-8 at byte {}", error.valid_up_to() + 1));
                    reply::error(&mut out, &error, None, &Value::Undefined, &NOTHING)
                }
            },
        };
        if let Err(error) = written {
            break Err(error);
        }
    };
    exit::written(end)?;
    Ok(Exit::Success)
}

const NOTHING: Extras<'static> =
    Extras { state: None, changes: None, request_id: None, trace: None, branches: None };

struct Simulator<'a> {
    args: &'a SimulateArgs,
    global: &'a Global,
    workspace: &'a Workspace,
    host: Offline<'a, Recorder<'a>>,
    contacts: Contacts,
    newest: Option<Text>,
    /// How many contact ids were given out.
    named: u64,
    /// How many undeclared bots were told about.
    told: usize,
}

impl Simulator<'_> {
    /// Answers one line.
    fn line(&mut self, text: &str, out: &mut impl Write) -> io::Result<()> {
        let wire = match Wire::parse(text) {
            Ok(wire) => wire,
            Err(error) => return reply::error(out, &error, None, &Value::Undefined, &NOTHING),
        };
        self.host.observer.clear();
        let result = match wire.request(self.workspace.options().compat) {
            Ok((request @ Request::NewInteraction(_), nudge)) => self.start(&wire, &request, nudge, out),
            Ok((request, nudge)) => self.step(&wire, &request, nudge, out),
            Err(error) => {
                let extras = Extras { request_id: wire.request_id, ..NOTHING };
                reply::error(out, &error, wire.contact_id.as_str(), &wire.event_type, &extras)
            }
        };
        for name in &self.host.undeclared[self.told..] {
            let text = format!("note: bot {name} is not declared in lex.json, it answers FallbackIntent");
            say::notice(&text, self.global);
        }
        self.told = self.host.undeclared.len();
        result
    }

    /// A new contact. It exists if its first rule was chosen, whether that rule answered or failed.
    fn start(
        &mut self,
        wire: &Wire<'_>,
        request: &Request,
        nudge: Nudge,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut draws = Draws::new(contact_seed(self.args.run.seed, self.named + 1));
        let id = draws.contact_id();
        let clock = match self.args.run.now {
            Now::Interaction => wire.interaction_time().or(nudge.now).unwrap_or_else(real_time),
            Now::System => real_time(),
            Now::At(at) => at,
        };
        let mut contact = Contact::new(Text::clone(&id), clock, draws);
        let result = self.drive(&mut contact, wire, request, nudge, true, out);
        if exists(&contact) {
            self.newest = Some(id);
            self.contacts.put(contact);
        }
        result
    }

    /// The next step of the contact that is named, else of the newest.
    fn step(
        &mut self,
        wire: &Wire<'_>,
        request: &Request,
        nudge: Nudge,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let id = wire.contact_id.as_str().map(Text::from).or_else(|| self.newest.clone());
        let known = id.as_ref().and_then(|id| self.contacts.take(id));
        let Some(mut contact) = known else {
            let name = id.clone().unwrap_or_else(|| Text::from("undefined"));
            let mut stranger = Contact::new(name, 0, Draws::new(0));
            let error = step(self.workspace, &mut stranger, request, &mut self.host)
                .err()
                .map_or_else(|| format!("Unknown contact: {}", stranger.id), |error| error.message);
            let error = StepError::new(Code::UnknownContact, error);
            let extras = Extras { request_id: wire.request_id, ..NOTHING };
            return reply::error(out, &error, id.as_deref(), &wire.event_type, &extras);
        };
        let result = self.drive(&mut contact, wire, request, nudge, false, out);
        self.contacts.put(contact);
        result
    }

    /// Takes a contact one request further and writes the answer.
    fn drive(
        &mut self,
        contact: &mut Contact,
        wire: &Wire<'_>,
        request: &Request,
        nudge: Nudge,
        is_new: bool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        if self.args.run.now == Now::System {
            contact.clock = contact.clock.max(real_time());
        }
        contact.clock = contact.clock.max(nudge.now.unwrap_or(i64::MIN));
        contact.draws.give(nudge.random);
        let result = step(self.workspace, contact, request, &mut self.host);
        let recorder = &self.host.observer;
        let mut extras = Extras {
            request_id: wire.request_id,
            trace: self.args.trace.then_some(recorder),
            branches: self.args.branches.then_some(recorder),
            ..NOTHING
        };
        match result {
            Ok(reply) => {
                self.named += u64::from(is_new);
                let changes = match self.args.state {
                    StateDetail::None => {
                        contact.state.forget_changes();
                        None
                    }
                    _ => Some(contact.state.take_changes()),
                };
                extras.changes = changes.as_ref();
                extras.state = (self.args.state == StateDetail::Full).then_some(&contact.state);
                reply::answer(out, &reply, &extras)
            }
            Err(error) => {
                // A contact that never came to be has an id only if the message tells it.
                let named = !is_new || exists(contact) || error.message.contains(&*contact.id);
                self.named += u64::from(named && is_new);
                let id = named.then_some(&*contact.id);
                reply::error(out, &error, id, &wire.event_type, &extras)
            }
        }
    }
}

/// Whether something of the contact was kept.
fn exists(contact: &Contact) -> bool {
    contact.state.iter().next().is_some()
}
