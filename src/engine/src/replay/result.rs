//! The result of one test and its document (`spec/testing.md` 3.6, 3.8).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::dates;
use crate::script::TestDocument;
use crate::step::Reply;
use crate::value::{Map, Text, Value};

/// The outcome of a line, a test or a batch (3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything was as expected.
    Success,
    /// As expected, but something is worth a look.
    Warning,
    /// Something failed.
    Error,
}

impl Verdict {
    /// The verdict of success and warning flags.
    pub fn of(success: bool, warning: bool) -> Verdict {
        match (success, warning) {
            (false, _) => Verdict::Error,
            (true, true) => Verdict::Warning,
            (true, false) => Verdict::Success,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Success => "SUCCESS",
            Verdict::Warning => "WARNING",
            Verdict::Error => "ERROR",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of one line of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct LineResult {
    /// 1-based line of the script.
    pub line: usize,
    /// Type, as written.
    pub kind: Text,
    /// The JSON value of the line.
    pub payload: Value,
    /// Whether the line held; nothing while the run is under way.
    pub success: Option<bool>,
    /// Message lines that were looked at: whether the pattern turned out to be unusable.
    pub done: Option<bool>,
    /// What is wrong or odd.
    pub warnings: Vec<String>,
    /// What was found.
    pub info: Vec<String>,
}

impl LineResult {
    /// The line's verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.success == Some(true), !self.warnings.is_empty())
    }

    /// Fails the line.
    pub(super) fn fail(&mut self, warning: impl Into<String>) {
        self.success = Some(false);
        self.warnings.push(warning.into());
    }
}

/// What was asked of the engine.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the events of spec/testing.md 5.3")]
pub enum Asked {
    NewInteraction,
    NextRule,
    Input(Value),
    HangUp,
}

/// One answered request.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// What was asked.
    pub asked: Asked,
    /// The answer.
    pub reply: Reply,
    /// How long it took.
    pub time_ms: i64,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// The test as it was when it ran, without its script lines.
    pub test: TestDocument,
    /// The contact; nothing if the start failed.
    pub contact_id: Option<Text>,
    /// Whether the context and every line held.
    pub success: bool,
    /// Whether the context or a line has a warning.
    pub warning: bool,
    /// Warnings of the context, in order.
    pub warnings: Vec<String>,
    /// Remarks on the run as a whole: messages that no line waited for (R9).
    pub info: Vec<String>,
    /// The lines, in order.
    pub lines: Vec<LineResult>,
    /// How many requests were answered.
    pub steps: u32,
    /// Seed of the run.
    pub seed: u64,
    /// Start of the virtual clock, in milliseconds since the epoch.
    pub virtual_start: i64,
    /// The caller's time at the start, or the virtual start.
    pub started: i64,
    /// The caller's time at the end, or the virtual start.
    pub ended: i64,
    /// Requests and answers; empty unless recorded in full.
    pub interactions: Vec<Interaction>,
    /// State of the last answer; empty unless recorded in full.
    pub last_state: Map,
    /// Bots that were asked without being declared.
    pub undeclared_bots: Vec<Text>,
}

impl TestResult {
    /// The test's verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.success, self.warning)
    }

    /// The result for an id that no test has (R15).
    pub fn unknown(test_id: &Text, seed: u64) -> TestResult {
        let test = TestDocument {
            test_id: Some(Text::clone(test_id)),
            name: Text::clone(test_id),
            production_ready: false,
            folder: Text::from("/"),
            test_reference: Text::default(),
            description: Text::default(),
            end_point: Text::default(),
            test_date_time: Text::default(),
            customer_phone_number: Text::default(),
            contact_attributes: Map::new(),
            payload: Text::default(),
            script_version: 1,
            mocks: None,
        };
        let mut result = TestResult::new(test, seed, 0, 0);
        result.success = false;
        result.warning = true;
        result.warnings.push(format!("Failed to find test for id: {test_id}"));
        result
    }

    pub(super) fn new(test: TestDocument, seed: u64, virtual_start: i64, started: i64) -> TestResult {
        TestResult {
            test,
            contact_id: None,
            success: true,
            warning: false,
            warnings: Vec::new(),
            info: Vec::new(),
            lines: Vec::new(),
            steps: 0,
            seed,
            virtual_start,
            started,
            ended: started,
            interactions: Vec::new(),
            last_state: Map::new(),
            undeclared_bots: Vec::new(),
        }
    }

    /// The context fails: no more requests are sent.
    pub(super) fn fail(&mut self, warning: String) {
        self.success = false;
        self.warnings.push(warning);
    }

    /// The result document (3.8); `stable` leaves out real times.
    pub fn document(&self, stable: bool) -> Document<'_> {
        Document { result: self, stable }
    }
}

/// A result in the form of 3.8, to be serialised.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    result: &'a TestResult,
    stable: bool,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let r = self.result;
        let test = &r.test;
        let mut out = serializer.serialize_map(None)?;
        if let Some(id) = &test.test_id {
            out.serialize_entry("testId", id)?;
        }
        out.serialize_entry("testName", &test.name)?;
        out.serialize_entry("testReference", &test.test_reference)?;
        out.serialize_entry("folder", &test.folder)?;
        if let Some(id) = &r.contact_id {
            out.serialize_entry("contactId", id)?;
        }
        out.serialize_entry("customerPhoneNumber", &test.customer_phone_number)?;
        out.serialize_entry("endPoint", &test.end_point)?;
        out.serialize_entry("testDateTime", &test.test_date_time)?;
        out.serialize_entry("verdict", r.verdict().name())?;
        out.serialize_entry("success", &r.success)?;
        if r.warning {
            out.serialize_entry("warning", &true)?;
        }
        if !r.warnings.is_empty() {
            out.serialize_entry("warnings", &r.warnings)?;
        }
        if !r.info.is_empty() {
            out.serialize_entry("info", &r.info)?;
        }
        out.serialize_entry("steps", &r.steps)?;
        out.serialize_entry("seed", &r.seed)?;
        out.serialize_entry("scriptVersion", &test.script_version)?;
        out.serialize_entry("payload", &test.payload)?;
        out.serialize_entry("testLines", &r.lines)?;
        let (started, ended) =
            if self.stable { (r.virtual_start, r.virtual_start) } else { (r.started, r.ended) };
        out.serialize_entry("startTime", &dates::iso_utc_ms(started))?;
        out.serialize_entry("endTime", &dates::iso_utc_ms(ended))?;
        out.serialize_entry("interactions", &Interactions { result: r, stable: self.stable })?;
        out.serialize_entry("lastState", &r.last_state)?;
        out.end()
    }
}

impl Serialize for LineResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("line", &self.line)?;
        out.serialize_entry("type", &self.kind)?;
        out.serialize_entry("payload", &self.payload)?;
        if let Some(done) = self.done {
            out.serialize_entry("done", &done)?;
        }
        out.serialize_entry("success", &(self.success == Some(true)))?;
        if !self.warnings.is_empty() {
            out.serialize_entry("warning", &true)?;
            out.serialize_entry("warnings", &self.warnings)?;
        }
        if !self.info.is_empty() {
            out.serialize_entry("info", &self.info)?;
        }
        out.end()
    }
}

struct Interactions<'a> {
    result: &'a TestResult,
    stable: bool,
}

impl Serialize for Interactions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.result.interactions.iter().map(|one| OneInteraction {
            test: &self.result.test,
            one,
            stable: self.stable,
        }))
    }
}

struct OneInteraction<'a> {
    test: &'a TestDocument,
    one: &'a Interaction,
    stable: bool,
}

impl Serialize for OneInteraction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(3))?;
        out.serialize_entry("request", &RequestDocument { test: self.test, one: self.one })?;
        out.serialize_entry("response", &self.one.reply)?;
        out.serialize_entry("timeMillis", &if self.stable { 0 } else { self.one.time_ms })?;
        out.end()
    }
}

struct RequestDocument<'a> {
    test: &'a TestDocument,
    one: &'a Interaction,
}

impl Serialize for RequestDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        let event = match &self.one.asked {
            Asked::NewInteraction => "NEW_INTERACTION",
            Asked::NextRule => "NEXT_RULE",
            Asked::Input(_) => "INPUT",
            Asked::HangUp => "HANGUP",
        };
        out.serialize_entry("eventType", event)?;
        if self.one.asked == Asked::NewInteraction {
            out.serialize_entry("customerPhoneNumber", &self.test.customer_phone_number)?;
            out.serialize_entry("endPoint", &self.test.end_point)?;
            out.serialize_entry("interactionDateTime", &self.test.test_date_time)?;
            out.serialize_entry("contactAttributes", &self.test.contact_attributes)?;
        } else {
            out.serialize_entry("contactId", &self.one.reply.contact_id)?;
        }
        if let Asked::Input(input) = &self.one.asked {
            out.serialize_entry("input", input)?;
        }
        out.serialize_entry("generateVoice", &false)?;
        out.end()
    }
}
