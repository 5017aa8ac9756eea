//! The script grammar (`spec/testing.md` 2.2, 2.3, 2.7).

use crate::json;
use crate::value::{Text, Value, trim, utf16_len};

/// The line types there are; `hangup` in version 2 only.
pub const KINDS: [&str; 8] =
    ["message", "input", "queue", "externalNumber", "terminate", "attribute", "state", "hangup"];

/// A parsed script. After a failure the lines before it are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The entries, in order.
    pub lines: Vec<ScriptLine>,
    /// Why parsing stopped, in the words of 2.2.
    pub failure: Option<String>,
    /// The 1-based line of the payload where it stopped.
    pub failure_line: Option<usize>,
}

/// One entry of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptLine {
    /// 1-based line of the payload.
    pub line: usize,
    /// The type, as written.
    pub kind: Text,
    /// The JSON value.
    pub payload: Value,
}

impl Script {
    /// Parses a payload as script version 1 or 2 (any other number reads as 2).
    pub fn parse(payload: &str, version: u8) -> Self {
        let mut script = Self::default();
        for (index, line) in payload.split('\n').enumerate() {
            let line = trim(line);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match parse_line(line, index + 1, version) {
                Ok(entry) => script.lines.push(entry),
                Err(cause) => {
                    script.failure = Some(cause);
                    script.failure_line = Some(index + 1);
                    break;
                }
            }
        }
        script
    }
}

/// One trimmed line that is neither empty nor a comment.
fn parse_line(text: &str, line: usize, version: u8) -> Result<ScriptLine, String> {
    let invalid = |cause: &str| format!("Found invalid test line: {text} cause: {cause}");
    if version >= 2 && matches!(trim(text.strip_suffix(':').unwrap_or(text)), "terminate" | "hangup") {
        let kind = trim(text.strip_suffix(':').unwrap_or(text));
        return Ok(ScriptLine { line, kind: Text::from(kind), payload: Value::from("") });
    }
    let Some((left, right)) = text.split_once(':').filter(|(left, _)| utf16_len(left) >= 5) else {
        return Err(invalid("no appropriate colon found"));
    };
    let kind = trim(left);
    let payload = json::parse(trim(right)).map_err(|e| invalid(&e.to_string()))?;
    if version >= 2 && !KINDS.contains(&kind) {
        return Err(invalid(&format!("unknown type {kind}, use one of {}", KINDS.join(", "))));
    }
    if kind == "message" && payload.as_str() == Some("") {
        return Err("Invalid empty message payload detected".to_owned());
    }
    Ok(ScriptLine { line, kind: Text::from(kind), payload })
}
