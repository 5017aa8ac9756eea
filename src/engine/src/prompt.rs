//! Messages as the customer hears them: speech markup, prompts, merging (`spec/evaluator.md` 0 and 5).

use crate::value::trim;

const OPEN: &str = "<speak>";
const CLOSE: &str = "</speak>";

/// What a message is, by its trimmed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Nothing to say.
    None,
    /// Speech markup.
    Ssml,
    /// A recorded prompt, with the name that is looked up; further lines are notes.
    Prompt(&'a str),
    /// Plain text.
    Text,
}

/// Whether a message is speech markup.
pub fn is_ssml(message: &str) -> bool {
    let message = trim(message);
    message == "<speak/>" || (message.starts_with(OPEN) && message.ends_with(CLOSE))
}

/// Speech markup without its outer tags, trimmed; other text as it is.
pub fn strip_ssml(message: &str) -> String {
    if is_ssml(message) {
        trim(&message.replacen(OPEN, "", 1).replacen(CLOSE, "", 1)).to_owned()
    } else {
        message.to_owned()
    }
}

/// Joins messages, one a line; the whole is speech markup if any part is. A missing part is empty.
pub fn merge_prompts(parts: &[Option<&str>]) -> String {
    let ssml = parts.iter().flatten().any(|part| is_ssml(part));
    let mut merged = String::from(if ssml { OPEN } else { "" });
    for part in parts {
        merged.push('\n');
        merged.push_str(&strip_ssml(part.unwrap_or_default()));
    }
    if ssml {
        merged.push('\n');
        merged.push_str(CLOSE);
    }
    trim(&merged).to_owned()
}

/// The kind of a message (`spec/evaluator.md` 5). Only the first line names a prompt.
pub fn kind(message: &str) -> Kind<'_> {
    let trimmed = trim(message);
    if trimmed.is_empty() {
        Kind::None
    } else if trimmed.starts_with(OPEN) && trimmed.ends_with(CLOSE) {
        Kind::Ssml
    } else if let Some(name) = trim(trimmed.split('\n').next().unwrap_or_default()).strip_prefix("prompt:") {
        // Blanks behind the colon are part of the name.
        Kind::Prompt(name)
    } else {
        Kind::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::value::Value;

    #[test]
    fn kinds_of_messages() {
        assert_eq!(kind(" <speak>hi</speak> "), Kind::Ssml);
        assert_eq!(kind("prompt: welcome.wav \nnote"), Kind::Prompt(" welcome.wav"));
        assert_eq!(kind(" "), Kind::None);
        assert_eq!(kind("hello"), Kind::Text);
    }

    #[test]
    fn missing_parts_are_empty() {
        assert_eq!(merge_prompts(&[None, Some(" b ")]), "b");
        assert_eq!(merge_prompts(&[Some("<speak>a</speak>"), None]), "<speak>\na\n\n</speak>");
        assert_eq!(merge_prompts(&[Some(" a "), Some(" b ")]), "a \n b");
    }

    #[test]
    fn golden_ssml() {
        golden::each("ssml", |record| {
            let prompt = golden::text(record, "prompt");
            golden::same(&is_ssml(&prompt).into(), &record.member("isSSML"))?;
            golden::same(&strip_ssml(&prompt).into(), &record.member("stripped"))
        });
    }

    #[test]
    fn golden_merge_prompts() {
        golden::each("merge-prompts", |record| {
            let prompts = record.member("prompts");
            let parts: Vec<Option<&str>> = prompts.as_array().unwrap().iter().map(Value::as_str).collect();
            let merged = merge_prompts(&parts);
            // A missing part is an error in the original; here it is empty.
            if parts.contains(&None) {
                Ok(())
            } else {
                golden::same(&merged.into(), &record.member("result"))
            }
        });
    }
}
