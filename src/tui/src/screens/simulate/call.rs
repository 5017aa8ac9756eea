//! A simulated call: how it starts, its steps, its branches, and what is recorded of it.
//!
//! Every step keeps the contact after it, so that stepping back and branching are copies. Steps are shared
//! between branches.

use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::chance::{Draws, contact_seed, test_seed};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::offline::{Offline, Stubs};
use connect_rules_engine::replay::{MAX_STEPS, hear};
use connect_rules_engine::script::{RecordOptions, Recorder, Script, TestDocument};
use connect_rules_engine::step::{Contact, Opening, Reply, Request, step};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::Workspace;
use connect_rules_engine::{dates, hours};

use super::trace::{Round, Trace};

/// Rules that run one after the other without a question before the call pauses.
const RUN: usize = 200;

/// How a call starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// Name of the end point; empty for a call that starts in a rule set.
    pub end_point: Text,
    /// Name of the rule set to start in; empty to go where the end point leads.
    pub rule_set: Text,
    /// Number of the customer, or `anonymous`.
    pub caller: Text,
    /// Date and time in UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub when: Text,
    /// Contact attributes.
    pub attributes: Map,
    /// Seed of chance, as `--seed`.
    pub seed: u64,
    /// The test whose inputs are played.
    pub test: Option<TestDocument>,
}

impl Start {
    /// As that test starts.
    pub fn of_test(test: TestDocument) -> Self {
        Start {
            end_point: Text::clone(&test.end_point),
            rule_set: Text::default(),
            caller: Text::clone(&test.customer_phone_number),
            when: Text::clone(&test.test_date_time),
            attributes: test.contact_attributes.clone(),
            seed: 0,
            test: Some(test),
        }
    }

    /// Where it starts, in a few words.
    pub fn place(&self) -> &str {
        if self.rule_set.is_empty() { &self.end_point } else { &self.rule_set }
    }

    /// The inputs of its test.
    pub fn inputs(&self) -> Vec<Asked> {
        let Some(test) = &self.test else { return Vec::new() };
        let Script { lines, .. } = test.script();
        let asked = |line: connect_rules_engine::script::ScriptLine| match &*line.kind {
            "input" => Some(Asked::Say(match line.payload {
                Value::Number(_) => Value::String(line.payload.text()),
                other => other,
            })),
            "hangup" => Some(Asked::HangUp),
            _ => None,
        };
        lines.into_iter().filter_map(asked).collect()
    }
}

/// What a step was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The call starts.
    Start,
    /// The next rule.
    Next,
    /// What the customer keyed or said, `NOINPUT` and `NOMATCH` included.
    Say(Value),
    /// The customer hangs up.
    HangUp,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Code of `spec/testing.md` 5.3.
    pub code: &'static str,
    /// The cause.
    pub cause: String,
    /// Rule set and rule that failed; empty if none was chosen.
    pub rule_set: Text,
    /// See `rule_set`.
    pub rule: Text,
}

/// A step of a call.
#[derive(Debug)]
pub struct Step {
    /// What was asked for.
    pub asked: Asked,
    /// The contact after it.
    pub contact: Contact,
    /// What came of it.
    pub answer: Result<Reply, Failure>,
    /// Rules that were tested.
    pub rounds: Vec<Round>,
    /// Branches that were taken.
    pub took: Vec<String>,
    /// The script after it.
    pub script: String,
    /// Whether a person edited the script here.
    pub edited: bool,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// What the call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Something the customer keys or says.
    Input,
    /// The next rule.
    Next,
    /// Nothing: it is over.
    Ended,
    /// The last step failed.
    Failed,
}

impl Step {
    /// What the call waits for after it.
    pub fn phase(&self) -> Phase {
        match &self.answer {
            Err(_) if self.contact.state.is_empty() => Phase::Ended,
            Err(_) => Phase::Failed,
            Ok(reply) if reply.queue.is_some() || reply.terminate => Phase::Ended,
            Ok(Reply { transfer: Some(transfer), .. }) if !transfer.resume => Phase::Ended,
            Ok(reply) if reply.transfer.is_none() && reply.wants_input() => Phase::Input,
            Ok(_) => Phase::Next,
        }
    }

    /// Names of rule set and rule that answered or failed.
    pub fn rule(&self) -> (&Text, &Text) {
        match &self.answer {
            Ok(reply) => (&reply.rule_set, &reply.rule),
            Err(failure) => (&failure.rule_set, &failure.rule),
        }
    }

    /// What came of it in one line, to compare two runs.
    pub fn outcome(&self) -> String {
        match &self.answer {
            Err(failure) => format!("{}: {}", failure.code, failure.cause),
            Ok(reply) => {
                let mut text = format!("{} / {}", reply.rule_set, reply.rule);
                if let Some(message) = reply.message_text() {
                    let _ = write!(text, " « {message}");
                }
                if let Some(queue) = &reply.queue {
                    let _ = write!(text, " ⇒ {queue}");
                }
                if let Some(transfer) = &reply.transfer {
                    let _ = write!(text, " ☎ {}", transfer.number);
                }
                if reply.terminate {
                    text.push_str(" · ends");
                }
                text
            }
        }
    }
}

/// What steps run on.
#[derive(Clone, Debug)]
pub struct Env {
    /// The rules.
    pub workspace: Arc<Workspace>,
    /// What bots and functions answer.
    pub stubs: Arc<Stubs>,
    /// What is recorded.
    pub record: RecordOptions,
}

/// One way that the call went.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its steps.
    pub steps: Vec<Arc<Step>>,
    /// The step that is shown; later ones can be gone forward to.
    pub at: usize,
    /// What it is, in words.
    pub label: String,
    /// Step from which it differs from the branch that it repeats, and how.
    pub differs: Option<(usize, String)>,
}

/// A branch as it is kept: what was asked, of which all else follows.
#[derive(Clone, Debug)]
pub struct Way {
    /// What it is, in words.
    pub label: String,
    /// What was asked, step by step.
    pub asked: Vec<Asked>,
    /// The step that was shown.
    pub at: usize,
    /// Scripts that a person edited, by step.
    pub edits: Vec<(usize, String)>,
}

/// A call with its branches.
#[derive(Clone, Debug)]
pub struct Call {
    /// How it started.
    pub start: Start,
    /// Inputs of the test that it was opened from.
    pub inputs: Vec<Asked>,
    /// The ways that it went; never empty, and none is without steps.
    pub branches: Vec<Branch>,
    /// The one that is shown.
    pub here: usize,
    /// Whether everything in it is stored as a test.
    pub saved: bool,
}

/// What came of an automatic run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// The call waits for something or is over.
    Done,
    /// Many rules ran without a question; the call pauses.
    Paused,
    /// A branch may have no more steps.
    Full,
}

impl Call {
    /// A call after its first step.
    pub fn start(start: Start, env: &Env) -> Self {
        let first = Arc::new(take(&start, env, None, Asked::Start));
        let branch = Branch { steps: vec![first], at: 0, label: "first way".to_owned(), differs: None };
        let inputs = start.inputs();
        Call { inputs, start, branches: vec![branch], here: 0, saved: false }
    }

    /// A call that is built from what was asked, as after the program ended in between.
    pub fn rebuild(start: Start, branches: Vec<Way>, here: usize, env: &Env) -> Self {
        let mut call = Call::start(start, env);
        let mut built: Vec<Branch> = Vec::new();
        for Way { label, asked, at, edits } in branches {
            let (steps, _) = call.follow(&asked, &edits, env);
            built.push(Branch { at: at.min(steps.len() - 1), steps, label, differs: None });
        }
        if !built.is_empty() {
            call.here = here.min(built.len() - 1);
            call.branches = built;
        }
        call
    }

    /// The branch that is shown.
    pub fn branch(&self) -> &Branch {
        &self.branches[self.here]
    }

    fn branch_mut(&mut self) -> &mut Branch {
        &mut self.branches[self.here]
    }

    /// The steps up to the shown one.
    pub fn shown(&self) -> &[Arc<Step>] {
        let branch = self.branch();
        &branch.steps[..=branch.at]
    }

    /// The shown step.
    pub fn last(&self) -> &Arc<Step> {
        let branch = self.branch();
        &branch.steps[branch.at]
    }

    /// The script up to the shown step.
    pub fn script(&self) -> &str {
        &self.last().script
    }

    /// How often the customer did something up to the shown step.
    pub fn spoken(&self) -> usize {
        self.shown().iter().filter(|step| matches!(step.asked, Asked::Say(_) | Asked::HangUp)).count()
    }

    /// The input of the test that comes next.
    pub fn next_input(&self) -> Option<&Asked> {
        self.inputs.get(self.spoken())
    }

    /// Whether the customer did just what the test says so far: it is played step by step then.
    pub fn is_playing(&self) -> bool {
        let said = self.shown().iter().map(|step| &step.asked);
        let said = said.filter(|asked| matches!(asked, Asked::Say(_) | Asked::HangUp));
        let alike = said.zip(&self.inputs).filter(|(a, b)| a == b).count();
        self.start.test.is_some() && alike == self.spoken()
    }

    /// Whether something would be lost without it: the customer did something that no test holds.
    pub fn is_worth_keeping(&self) -> bool {
        let own = |branch: &Branch| {
            let said: Vec<&Asked> = branch
                .steps
                .iter()
                .map(|step| &step.asked)
                .filter(|asked| matches!(asked, Asked::Say(_) | Asked::HangUp))
                .collect();
            let played =
                said.len() <= self.inputs.len() && said.iter().zip(&self.inputs).all(|(a, b)| *a == b);
            (!said.is_empty() && !played) || branch.steps.iter().any(|step| step.edited)
        };
        !self.saved && self.branches.iter().any(own)
    }

    /// Whether something may be keyed or said now.
    pub fn may_speak(&self) -> bool {
        match self.last().phase() {
            Phase::Input => true,
            // A failed input changed nothing: it is still awaited.
            Phase::Failed => matches!(self.last().asked, Asked::Say(_)),
            Phase::Next | Phase::Ended => false,
        }
    }

    /// Takes a step. Where later steps are known, another one begins a branch of its own; the same one on the
    /// same rules goes forward. `false` if the branch is full.
    pub fn push(&mut self, asked: Asked, env: &Env, fresh: bool) -> bool {
        let branch = self.branch();
        let at = branch.at;
        if at + 1 < branch.steps.len() {
            if !fresh && branch.steps[at + 1].asked == asked {
                self.branch_mut().at += 1;
                return true;
            }
            self.split(at);
        }
        if self.branch().steps.len() >= MAX_STEPS as usize {
            return false;
        }
        let next = Arc::new(take(&self.start, env, Some(self.last()), asked));
        let branch = self.branch_mut();
        branch.steps.push(next);
        branch.at = branch.steps.len() - 1;
        self.saved = false;
        true
    }

    /// Begins a branch behind a step of the shown branch, which stays, to its last step.
    pub fn split(&mut self, at: usize) {
        let steps = self.branch().steps[..=at].to_vec();
        let old = self.branch_mut();
        old.at = old.steps.len() - 1;
        let number = self.branches.len() + 1;
        let label = format!("way {number}, from step {} on", at + 1);
        self.branches.push(Branch { at: steps.len() - 1, steps, label, differs: None });
        self.here = self.branches.len() - 1;
    }

    /// Where a branch from that step would go on: at the first question at or after it, else at the last one
    /// before it.
    pub fn question_near(&self, at: usize) -> Option<usize> {
        let steps = &self.branch().steps;
        let is_question = |at: &usize| steps[*at].phase() == Phase::Input;
        (at..steps.len()).find(is_question).or_else(|| (0..at).rev().find(is_question))
    }

    /// One step back. `false` at the first.
    pub fn back(&mut self) -> bool {
        let branch = self.branch_mut();
        let can = branch.at > 0;
        branch.at -= usize::from(can);
        can
    }

    /// One step forward. `false` at the last.
    pub fn forward(&mut self) -> bool {
        let branch = self.branch_mut();
        let can = branch.at + 1 < branch.steps.len();
        branch.at += usize::from(can);
        can
    }

    /// Rules until the next question or the end.
    pub fn run_on(&mut self, env: &Env, fresh: bool) -> Ran {
        for _ in 0..RUN {
            if self.last().phase() != Phase::Next {
                return Ran::Done;
            }
            if !self.push(Asked::Next, env, fresh) {
                return Ran::Full;
            }
        }
        if self.last().phase() == Phase::Next { Ran::Paused } else { Ran::Done }
    }

    /// The same inputs on other rules, as a branch of its own, up to the shown step. Answers how many inputs
    /// were left over.
    pub fn rerun(&mut self, env: &Env) -> usize {
        let old: Vec<Arc<Step>> = self.shown().to_vec();
        let asked: Vec<Asked> = old.iter().map(|step| step.asked.clone()).collect();
        let edits = edits(&old);
        let (steps, left) = self.follow(&asked, &edits, env);
        let differs = steps
            .iter()
            .zip(&old)
            .position(|(new, old)| new.asked != old.asked || new.outcome() != old.outcome())
            .or_else(|| (steps.len() != old.len()).then(|| steps.len().min(old.len())))
            .map(|at| {
                let told =
                    |step: Option<&Arc<Step>>| step.map_or("no step".to_owned(), |step| step.outcome());
                (at, format!("was: {}", told(old.get(at))))
            });
        let number = self.branches.len() + 1;
        let label = format!("way {number}, the same inputs on the changed rules");
        self.branches.push(Branch { at: steps.len() - 1, steps, label, differs });
        self.here = self.branches.len() - 1;
        self.saved = false;
        left
    }

    /// What was asked, asked again: rules in between run as they come, so that each input meets a question.
    fn follow(&self, asked: &[Asked], edits: &[(usize, String)], env: &Env) -> (Vec<Arc<Step>>, usize) {
        let mut steps: Vec<Arc<Step>> = Vec::new();
        let add = |steps: &mut Vec<Arc<Step>>, asked: Asked| {
            let mut next = take(&self.start, env, steps.last(), asked);
            if let Some((_, script)) = edits.iter().find(|(at, _)| *at == steps.len()) {
                next.script.clone_from(script);
                next.edited = true;
            }
            steps.push(Arc::new(next));
        };
        add(&mut steps, Asked::Start);
        let mut left = 0;
        for asked in asked.iter().filter(|asked| **asked != Asked::Start) {
            let phase = |steps: &Vec<Arc<Step>>| steps.last().map_or(Phase::Ended, |step| step.phase());
            if *asked != Asked::Next {
                let mut budget = RUN;
                while phase(&steps) == Phase::Next && budget > 0 && steps.len() < MAX_STEPS as usize {
                    add(&mut steps, Asked::Next);
                    budget -= 1;
                }
            }
            let fits = match phase(&steps) {
                Phase::Input => *asked != Asked::Next,
                Phase::Next => *asked == Asked::Next,
                Phase::Failed => true,
                Phase::Ended => false,
            };
            if fits && steps.len() < MAX_STEPS as usize {
                add(&mut steps, asked.clone());
            } else {
                left += usize::from(*asked != Asked::Next);
            }
        }
        (steps, left)
    }

    /// Replaces the script at the shown step by what a person typed.
    pub fn edit_script(&mut self, script: String) {
        let branch = self.branch_mut();
        let old = &branch.steps[branch.at];
        let step = Step {
            asked: old.asked.clone(),
            contact: old.contact.clone(),
            answer: old.answer.clone(),
            rounds: old.rounds.clone(),
            took: old.took.clone(),
            script,
            edited: true,
            notes: old.notes.clone(),
        };
        branch.steps[branch.at] = Arc::new(step);
        self.saved = false;
    }
}

/// The edits of the script, by step.
pub fn edits(steps: &[Arc<Step>]) -> Vec<(usize, String)> {
    let edited = steps.iter().enumerate().filter(|(_, step)| step.edited);
    edited.map(|(at, step)| (at, step.script.clone())).collect()
}

/// Takes a contact one step further.
fn take(start: &Start, env: &Env, before: Option<&Arc<Step>>, asked: Asked) -> Step {
    let mut contact = before.map_or_else(|| new_contact(start), |step| step.contact.clone());
    let compat = env.workspace.options().compat;
    let mut host = Offline::new(&env.stubs, compat, Trace::new(Arc::clone(&env.workspace)));
    let request = match &asked {
        Asked::Start if start.rule_set.is_empty() => Request::NewInteraction(Opening {
            end_point: Value::String(Text::clone(&start.end_point)),
            customer_phone_number: Value::String(Text::clone(&start.caller)),
            interaction_date_time: Value::String(Text::clone(&start.when)),
            contact_attributes: start.attributes.clone().into(),
        }),
        Asked::Start => {
            begin_in_rule_set(start, &env.workspace, &mut contact);
            Request::NextRule
        }
        Asked::Next => Request::NextRule,
        Asked::Say(said) => Request::Input(said.clone()),
        Asked::HangUp => Request::HangUp,
    };
    let result = step(&env.workspace, &mut contact, &request, &mut host);
    contact.state.forget_changes();
    let mut recorder = Recorder::new(env.record, before.map_or("", |step| step.script.as_str()));
    match &asked {
        Asked::Say(said) => recorder.input(&said.text()),
        Asked::HangUp => recorder.hang_up(),
        Asked::Start | Asked::Next => {}
    }
    let notes = host.undeclared.iter().map(|bot| {
        format!("bot {bot} has no offline answers: it answers FallbackIntent; declare it in lex.json")
    });
    let notes = notes.collect();
    let Trace { rounds, took, .. } = host.observer;
    let answer = match result {
        Ok(reply) => {
            hear(&mut recorder, &reply);
            Ok(reply)
        }
        Err(error) => {
            let fired = rounds.iter().flat_map(|round| &round.tested).rfind(|tested| tested.activated);
            let current = |key: &str| contact.state.get(key).map(Value::text).unwrap_or_default();
            let (rule_set, rule) = fired.map_or_else(
                || (current("CurrentRuleSet"), current("CurrentRule")),
                |tested| (Text::clone(&tested.rule_set), Text::clone(&tested.rule)),
            );
            Err(Failure { code: error.code.name(), cause: error.message, rule_set, rule })
        }
    };
    Step { asked, contact, answer, rounds, took, script: recorder.script().to_owned(), edited: false, notes }
}

/// A contact before its first step, with the chance that a headless run of the same start has.
fn new_contact(start: &Start) -> Contact {
    let seed = match &start.test {
        Some(test) => test_seed(start.seed, &test.folder, &test.name),
        None => contact_seed(start.seed, 1),
    };
    let mut draws = Draws::new(seed);
    let id = draws.contact_id();
    Contact::new(id, dates::parse(&start.when).unwrap_or_default(), draws)
}

/// The state of a contact that comes into a rule set without an end point.
fn begin_in_rule_set(start: &Start, workspace: &Workspace, contact: &mut Contact) {
    let at = dates::parse(&start.when);
    let id = Text::clone(&contact.id);
    let caller = Value::String(Text::clone(&start.caller));
    if let Some(zone) = workspace.zone() {
        let holidays = workspace.catalogue().holidays.iter().map(|holiday| &*holiday.when);
        let mut system = hours::system(&id, &Value::Undefined, at, zone, holidays);
        if workspace.tells_operating_hours()
            && let Some(at) = at
        {
            let corrected = workspace.options().compat == Compat::Corrected;
            let open = hours::all_hours(workspace.operating_hours(), at, corrected);
            system.insert("OperatingHours", open.into());
        }
        contact.state.set_raw(&Text::from("System"), system.into());
    }
    let attributes = Value::from(start.attributes.clone()).json_clone();
    for (key, value) in [
        ("ContactId", Value::String(id)),
        ("ContactAttributes", attributes),
        ("CustomerPhoneNumber", caller.clone()),
        ("OriginalCustomerNumber", caller),
        ("NextRuleSet", Value::String(Text::clone(&start.rule_set))),
    ] {
        contact.state.set_raw(&Text::from(key), value);
    }
}
