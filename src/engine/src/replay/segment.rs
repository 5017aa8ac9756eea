//! The message lines that wait for texts until the next input (`spec/testing.md` 3.3, 3.4).

use super::compare::pattern_text;
use super::result::LineResult;
use crate::pattern::{Pattern, PatternError};

/// Where a replay stands in its script: the next input line and the messages expected before it.
pub(super) struct Segment {
    version: u8,
    /// Whether infos are wanted.
    full: bool,
    /// Where the next segment starts.
    from: usize,
    /// The next `input` (or, in version 2, `hangup`) line.
    pub next: Option<usize>,
    stack: Vec<Waiting>,
    /// Everything before this place of the stack is settled.
    open: usize,
    /// The last place of the stack that matched.
    last_match: Option<usize>,
}

/// A message line of the segment, its patterns compiled when it is first compared.
struct Waiting {
    line: usize,
    settled: bool,
    exact: Option<Pattern>,
    folded: Option<Pattern>,
}

/// How a text compares with a message line.
enum Hit {
    Exact,
    IgnoringCase,
    None,
}

impl Segment {
    pub fn new(version: u8, full: bool) -> Segment {
        Segment { version, full, from: 0, next: None, stack: Vec::new(), open: 0, last_match: None }
    }

    /// Ends the segment and collects the next one.
    ///
    /// # Errors
    /// There is no line left (R1); version 2 minds only an empty script.
    pub fn advance(&mut self, lines: &mut [LineResult]) -> Result<(), &'static str> {
        self.next = None;
        for waiting in self.stack.drain(..) {
            let line = &mut lines[waiting.line];
            if line.success != Some(true) {
                line.fail("Failed to match message");
            }
        }
        self.open = 0;
        self.last_match = None;
        if lines.is_empty() {
            return Err("Script is empty");
        }
        if self.from >= lines.len() && self.version == 1 {
            return Err("Script ends with an input line");
        }
        for (at, line) in lines.iter_mut().enumerate().skip(self.from) {
            match &*line.kind {
                "message" => {
                    line.done = Some(false);
                    self.stack.push(Waiting { line: at, settled: false, exact: None, folded: None });
                }
                "hangup" if self.version == 1 => {}
                "input" | "hangup" => {
                    self.next = Some(at);
                    self.from = at + 1;
                    return Ok(());
                }
                _ => {}
            }
        }
        self.from = lines.len();
        Ok(())
    }

    /// Compares a text that was received with the lines that wait; the first that matches is ticked off.
    /// Answers whether one did.
    pub fn tick(&mut self, lines: &mut [LineResult], text: &str) -> bool {
        for place in self.open..self.stack.len() {
            let waiting = &mut self.stack[place];
            if waiting.settled {
                continue;
            }
            let line = &mut lines[waiting.line];
            match waiting.compare(line, text) {
                Ok(Hit::None) => continue,
                Ok(hit) => {
                    waiting.settled = true;
                    line.success = Some(true);
                    if self.full {
                        line.info.push(format!("Matched message: {text}"));
                    }
                    if matches!(hit, Hit::IgnoringCase) {
                        line.warnings.push("Case insensitive match found".to_owned());
                    }
                    if self.last_match.is_some_and(|last| last > place) {
                        line.warnings.push("Matched out of order".to_owned());
                    }
                    self.last_match = self.last_match.max(Some(place));
                }
                Err(error) => {
                    waiting.settled = true;
                    line.done = Some(true);
                    line.fail(match error {
                        PatternError::TooComplex { .. } => error.to_string(),
                        _ => "Invalid regular expression".to_owned(),
                    });
                    continue;
                }
            }
            while self.stack.get(self.open).is_some_and(|waiting| waiting.settled) {
                self.open += 1;
            }
            return true;
        }
        false
    }
}

impl Waiting {
    fn compare(&mut self, line: &LineResult, text: &str) -> Result<Hit, PatternError> {
        let exact = match &self.exact {
            Some(pattern) => pattern,
            None => self.exact.insert(Pattern::new(&pattern_text(&line.payload), false)?),
        };
        if exact.is_match(text)? {
            return Ok(Hit::Exact);
        }
        let folded = match &self.folded {
            Some(pattern) => pattern,
            None => self.folded.insert(Pattern::new(exact.source(), true)?),
        };
        Ok(if folded.is_match(text)? { Hit::IgnoringCase } else { Hit::None })
    }
}
