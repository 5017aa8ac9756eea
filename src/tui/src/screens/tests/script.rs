//! The rows of the script pane: the script of a test and, once it was played, what became of each line.

use connect_rules_engine::replay::{Asked, Interaction, LineResult, Verdict};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, Value};
use similar::TextDiff;

use super::run::{Fired, Played, Run, mark};
use crate::clean;
use crate::theme::Role;

/// The longest text of which the likeness to others is worked out.
const COMPARED: usize = 400;
/// The most rows that one thing said about a line takes.
const WRAPPED: usize = 12;
/// The most failures that are listed for a folder.
const LISTED: usize = 500;

/// Where enter leads from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// Nowhere.
    Nowhere,
    /// To a rule, by identifiers of rule set and rule.
    Rule(Text, Text),
    /// To a test, by identifier.
    Test(Text),
}

/// A row of the pane.
#[derive(Clone, Debug)]
pub struct Row {
    /// Line of the script; none for what is said about one.
    pub number: Option<usize>,
    /// What stands before the text: the type of the line, or what the row tells.
    pub label: String,
    /// The text.
    pub text: String,
    /// Its look.
    pub role: Role,
    /// The verdict, for rows that have one.
    pub verdict: Option<Verdict>,
    /// Where enter leads.
    pub leads: Leads,
}

impl Row {
    fn new(label: &str, text: impl Into<String>, role: Role) -> Self {
        Row {
            number: None,
            label: label.to_owned(),
            text: text.into(),
            role,
            verdict: None,
            leads: Leads::Nowhere,
        }
    }

    fn leads(mut self, place: Option<&Interaction>) -> Self {
        if let Some(place) = place {
            let reply = &place.reply;
            self.leads = Leads::Rule(Text::clone(&reply.rule_set_id), Text::clone(&reply.rule_id));
        }
        self
    }
}

/// The rows of a test: its script alone, or with what became of it. `open` tells for which lines what was
/// matched is shown; what failed is always shown. What is said about a line is broken into rows of `room` columns.
pub fn rows(
    test: &TestDocument,
    played: Option<&Played>,
    room: usize,
    open: impl Fn(usize) -> bool,
) -> Vec<Row> {
    let mut out = Vec::new();
    let walk = played.map(|played| Walk::new(played, room));
    if let Some(walk) = &walk {
        walk.context(&mut out);
    }
    for (at, line) in test.payload.split('\n').enumerate() {
        let number = at + 1;
        let line = line.trim();
        let mut row = match line.split_once(':') {
            _ if line.is_empty() || line.starts_with('#') => Row::new("", line, Role::Dim),
            Some((kind, payload)) => Row::new(kind.trim(), payload.trim(), role(kind.trim())),
            None => Row::new(line, "", Role::Text),
        };
        row.number = Some(number);
        let Some(walk) = &walk else {
            out.push(row);
            continue;
        };
        let Some(index) = walk.played.result.lines.iter().position(|result| result.line == number) else {
            out.push(row);
            continue;
        };
        let result = &walk.played.result.lines[index];
        row.verdict = Some(result.verdict());
        let row = row.leads(walk.place(index));
        out.push(row);
        walk.told(index, open(number), &mut out);
    }
    out
}

/// The rows of a folder: the tests under it that failed, or passed with a warning.
pub fn folder_rows(run: &Run, ids: &[Text]) -> Vec<Row> {
    let mut out = Vec::new();
    for id in ids {
        let Some(outcome) = run.outcome(id).filter(|it| it.verdict != Verdict::Success) else { continue };
        if out.len() == LISTED {
            out.push(Row::new("", "… and more; t shows failures only", Role::Dim));
            break;
        }
        let test = run.test(outcome);
        let place = outcome.failed_line.map_or(String::new(), |line| format!("line {line}"));
        let mut row = Row::new(&place, format!("{} · {}", test.name, test.folder), Role::Text);
        row.verdict = Some(outcome.verdict);
        row.leads = Leads::Test(Text::clone(id));
        out.push(row);
    }
    out
}

/// The look of a line type.
pub fn role(kind: &str) -> Role {
    match kind {
        "message" => Role::Heard,
        "input" | "hangup" => Role::Spoken,
        "queue" | "externalNumber" | "terminate" => Role::Title,
        _ => Role::Text,
    }
}

/// What a pattern of the recorder says: without anchors and backslashes.
pub fn plain(pattern: &str) -> String {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// A played test with its answers sorted by the segments between inputs (`spec/testing.md` 3.4).
struct Walk<'a> {
    played: &'a Played,
    /// Columns of what is said about lines.
    room: usize,
    /// Segment of each line.
    segments: Vec<usize>,
    /// Positions of the answers of each segment.
    answers: Vec<Vec<usize>>,
}

impl<'a> Walk<'a> {
    fn new(played: &'a Played, room: usize) -> Self {
        let mut segments = Vec::new();
        let mut segment = 0;
        for line in &played.result.lines {
            segments.push(segment);
            segment += usize::from(matches!(&*line.kind, "input" | "hangup"));
        }
        let mut answers: Vec<Vec<usize>> = vec![Vec::new()];
        for (at, answer) in played.result.interactions.iter().enumerate() {
            if matches!(answer.asked, Asked::Input(_) | Asked::HangUp) {
                answers.push(Vec::new());
            }
            if let Some(last) = answers.last_mut() {
                last.push(at);
            }
        }
        Walk { played, room, segments, answers }
    }

    fn line(&self, index: usize) -> &'a LineResult {
        &self.played.result.lines[index]
    }

    fn answer(&self, at: usize) -> &'a Interaction {
        &self.played.result.interactions[at]
    }

    fn of_segment(&self, index: usize) -> &[usize] {
        self.answers.get(self.segments[index]).map_or(&[], Vec::as_slice)
    }

    fn last(&self) -> Option<usize> {
        self.played.result.interactions.len().checked_sub(1)
    }

    /// The answer that a line is about.
    fn about(&self, index: usize) -> Option<usize> {
        let line = self.line(index);
        match &*line.kind {
            "message" => match line.info.iter().find_map(|info| info.strip_prefix("Matched message: ")) {
                Some(text) => self.saying(self.of_segment(index), text),
                None => self.nearest(index),
            },
            "input" | "hangup" if line.success == Some(true) => self.of_segment(index).last().copied(),
            "externalNumber" => self
                .played
                .result
                .interactions
                .iter()
                .position(|answer| answer.reply.transfer.is_some())
                .or_else(|| self.last()),
            _ => self.last(),
        }
    }

    fn place(&self, index: usize) -> Option<&'a Interaction> {
        self.about(index).map(|at| self.answer(at))
    }

    fn saying(&self, answers: &[usize], text: &str) -> Option<usize> {
        answers.iter().copied().find(|at| self.answer(*at).reply.message_text().as_deref() == Some(text))
    }

    /// Among the messages of the segment that no line took, the one most like a failed message line.
    fn nearest(&self, index: usize) -> Option<usize> {
        let taken: Vec<usize> = (0..self.played.result.lines.len())
            .filter(|other| self.segments[*other] == self.segments[index])
            .filter_map(|other| {
                let info = &self.line(other).info;
                let text = info.iter().find_map(|info| info.strip_prefix("Matched message: "))?;
                self.saying(self.of_segment(index), text)
            })
            .collect();
        let wanted = plain(&self.line(index).payload.text());
        let free = self.of_segment(index).iter().copied().filter(|at| !taken.contains(at));
        free.filter_map(|at| Some((likeness(&wanted, &self.answer(at).reply.message_text()?), at)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, at)| at)
    }

    /// What went wrong beside the lines.
    fn context(&self, out: &mut Vec<Row>) {
        let result = &self.played.result;
        for warning in &result.warnings {
            let role = if result.success { Role::Warn } else { Role::Bad };
            let place = self.last().map(|at| self.answer(at));
            for (at, part) in clean::wrap(&self.without_id(warning), self.room).into_iter().enumerate() {
                let mut row = Row::new(if at == 0 { "call" } else { "" }, part, role);
                row.verdict = (at == 0).then(|| Verdict::of(result.success, true));
                out.push(row.leads(place));
            }
            if let Some(at) = self.last() {
                for (row, part) in clean::wrap(&self.by(at), self.room).into_iter().enumerate() {
                    let label = if row == 0 { "at" } else { "" };
                    out.push(Row::new(label, part, Role::Dim).leads(Some(self.answer(at))));
                }
            }
        }
    }

    /// What is said about a line.
    fn told(&self, index: usize, open: bool, out: &mut Vec<Row>) {
        let line = self.line(index);
        let failed = line.success != Some(true);
        let look = if failed { Role::Bad } else { Role::Warn };
        let about = self.about(index);
        let place = about.map(|at| self.answer(at));
        let mut push = |label: &str, text: &str, role| {
            for (at, part) in clean::wrap(text, self.room).into_iter().take(WRAPPED).enumerate() {
                out.push(Row::new(if at == 0 { label } else { "" }, part, role).leads(place));
            }
        };
        for warning in &line.warnings {
            match (
                warning.strip_prefix("Expected: ").and_then(|rest| rest.split_once("\nActual: ")),
                warning.as_str(),
            ) {
                (Some((expected, actual)), _) => {
                    push("expected", &plain(expected), Role::Text);
                    push("got", actual, look);
                }
                (None, "Failed to match message") => {
                    push("expected", &plain(&line.payload.text()), Role::Text);
                    let got = place.and_then(|it| it.reply.message_text());
                    push(
                        "got",
                        got.as_deref().unwrap_or("nothing more was said before the next input"),
                        look,
                    );
                }
                (None, "Test line not executed") => self.not_executed(index, &mut push),
                (None, warning) => push("", warning, look),
            }
        }
        if failed && let Some(at) = about {
            push("by", &self.by(at), Role::Dim);
            if let Some((rule, weights)) = self.fired(at).and_then(|fired| fired.missed.as_ref()) {
                push("", &format!("not {rule}: {}", unmet(weights)), Role::Dim);
            }
        }
        if open {
            for info in &line.info {
                push("", info, Role::Dim);
            }
            if !failed && let Some(at) = about {
                push("by", &self.by(at), Role::Dim);
            }
        }
    }

    fn not_executed(&self, index: usize, push: &mut impl FnMut(&str, &str, Role)) {
        let line = self.line(index);
        let ended = self.ended();
        match &*line.kind {
            "message" => {
                push("expected", &plain(&line.payload.text()), Role::Text);
                let got = self.nearest(index).and_then(|at| self.answer(at).reply.message_text());
                push("got", got.as_deref().unwrap_or("nothing like it: the line was not reached"), Role::Bad);
            }
            "queue" | "externalNumber" | "terminate" => {
                let wanted = plain(&line.payload.text());
                push("expected", format!("{} {wanted}", line.kind).trim_end(), Role::Text);
                push("got", ended.as_deref().unwrap_or("the call did not start"), Role::Bad);
            }
            _ => push(
                "",
                &format!("not executed: {}", ended.as_deref().unwrap_or("the call did not start")),
                Role::Bad,
            ),
        }
    }

    /// How the call ended, or why it did not go on.
    fn ended(&self) -> Option<String> {
        let result = &self.played.result;
        let end = self.last().and_then(|at| how_it_ended(self.answer(at)));
        end.or_else(|| {
            result.warnings.first().map(|warning| format!("nothing: {}", self.without_id(warning)))
        })
    }

    /// A cause without the number of the contact, which says nothing here.
    fn without_id(&self, text: &str) -> String {
        let id = self.played.result.contact_id.as_deref().unwrap_or_default();
        text.replace(&format!("Contact id: {id} "), "")
    }

    fn fired(&self, at: usize) -> Option<&'a Fired> {
        // A rule that goes on over several answers fired before the first of them.
        let reply = &self.answer(at).reply;
        (0..=at)
            .rev()
            .take_while(|at| {
                let other = &self.answer(*at).reply;
                other.rule == reply.rule && other.rule_set == reply.rule_set
            })
            .find_map(|at| self.played.fired.get(at)?.as_ref())
    }

    fn by(&self, at: usize) -> String {
        let reply = &self.answer(at).reply;
        let why = match self.fired(at) {
            Some(fired) if fired.weights.is_empty() => ", always fires".to_owned(),
            Some(fired) => format!(", fired by {}", fired.weights.join(" and ")),
            None => String::new(),
        };
        format!("{} / {}{why}", reply.rule_set, reply.rule)
    }
}

fn unmet(weights: &[String]) -> String {
    if weights.is_empty() {
        "its weights do not add up".to_owned()
    } else {
        format!("no {}", weights.join(", no "))
    }
}

fn how_it_ended(last: &Interaction) -> Option<String> {
    let reply = &last.reply;
    match (&reply.queue, &reply.transfer) {
        (Some(queue), _) => Some(format!("queue {queue}")),
        (None, _) if reply.terminate => Some("terminate".to_owned()),
        (None, Some(transfer)) if !transfer.resume => Some(format!("externalNumber {}", transfer.number)),
        _ => None,
    }
}

fn likeness(a: &str, b: &str) -> f32 {
    let cut = |text: &str| text.chars().take(COMPARED).collect::<String>();
    let (a, b) = (cut(a), cut(b));
    TextDiff::from_chars(a.as_str(), b.as_str()).ratio()
}

/// The first row that failed.
pub fn first_failure(rows: &[Row]) -> Option<usize> {
    rows.iter()
        .position(|row| row.number.is_some() && row.verdict == Some(Verdict::Error))
        .or_else(|| rows.iter().position(|row| row.verdict == Some(Verdict::Error)))
}

/// A result in words for the title.
pub fn headline(played: &Played) -> String {
    let result = &played.result;
    let verdict = result.verdict();
    let last = result.lines.last().map_or(0, |line| line.line);
    let failed = result.lines.iter().find(|line| line.success != Some(true));
    let words = match (verdict, failed) {
        (Verdict::Success, _) => "passed".to_owned(),
        (Verdict::Warning, _) => "passed with a warning".to_owned(),
        (Verdict::Error, Some(line)) => format!("failed at line {} of {last}", line.line),
        (Verdict::Error, None) => "failed".to_owned(),
    };
    format!("{} {words}, {} steps", mark(verdict), result.steps)
}

/// A sample line of a type, for the editor (`spec/testing.md` 2.3).
pub const SAMPLES: [(&str, &str, &str); 9] = [
    (
        "attribute",
        "attribute: { \"key\": \"name\", \"value\": \"^expected$\" }",
        "a contact attribute at the end",
    ),
    ("comment", "# ", "a line that is not executed"),
    ("input", "input: \"1\"", "what the customer enters; NOINPUT and NOMATCH too"),
    ("message", "message: \"^Hello\\\\.$\"", "a text that must be heard before the next input"),
    ("queue", "queue: \"^Queue name$\"", "the queue in which the contact ends"),
    (
        "state",
        "state: { \"key\": \"Path.to.value\", \"value\": \"^expected$\" }",
        "a value of the state at the end",
    ),
    ("externalNumber", "externalNumber: \"^\\\\+61200000000$\"", "the number that the contact is sent to"),
    ("terminate", "terminate: \"\"", "the contact must end"),
    ("hangup", "hangup: \"\"", "the customer hangs up; script version 2"),
];

/// A value as text for a field.
pub fn json_text(value: &Value) -> String {
    connect_rules_engine::json::print(value).unwrap_or_default()
}
