//! Whether speech markup is well formed. What a template puts in is taken as text.

/// How deep markup may nest.
const DEEPEST: usize = 64;

/// What is wrong with a message as speech markup; nothing for plain text and prompts.
pub fn problem(message: &str) -> Option<String> {
    let text = without_templates(message);
    let text = text.trim();
    if !text.contains("<speak") {
        return None;
    }
    if text != "<speak/>" && !text.starts_with("<speak>") {
        return Some("speech markup must start with <speak>; it is read out as text otherwise".to_owned());
    }
    if !text.ends_with("</speak>") && text != "<speak/>" {
        return Some("speech markup must end with </speak>; it is read out as text otherwise".to_owned());
    }
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        if let Some(wrong) = entities(&rest[..at]) {
            return Some(wrong);
        }
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let Some(end) = comment.find("-->") else { return Some("a comment has no end".to_owned()) };
            rest = &comment[end + 3..];
            continue;
        }
        let Some(end) = tag_end(rest) else { return Some(format!("the tag <{} has no >", head(rest))) };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == name.trim() => {}
                Some(last) => return Some(format!("</{}> closes <{last}>", name.trim())),
                None => return Some(format!("</{}> closes nothing", name.trim())),
            }
            if open.is_empty() && !rest.trim().is_empty() {
                return Some("there is text behind the end of the markup".to_owned());
            }
            continue;
        }
        let name = head(tag);
        if name.is_empty() {
            return Some("a < starts no tag; write &lt;".to_owned());
        }
        if let Some(wrong) = attributes(name, tag[name.len()..].trim_end_matches('/')) {
            return Some(wrong);
        }
        if !tag.ends_with('/') {
            open.push(name);
            if open.len() > DEEPEST {
                return Some(format!("tags nest deeper than {DEEPEST}"));
            }
        }
    }
    entities(rest).or_else(|| open.last().map(|name| format!("<{name}> is never closed")))
}

fn without_templates(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find("}}") else {
            rest = &rest[at..];
            break;
        };
        rest = rest[at + end + 2..].trim_start_matches('}');
    }
    out.push_str(rest);
    out
}

fn head(tag: &str) -> &str {
    let end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')));
    &tag[..end.unwrap_or(tag.len())]
}

/// Where a tag ends; a `>` inside quotes is no end.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn attributes(tag: &str, text: &str) -> Option<String> {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let name = head(rest);
        let wrong = || Some(format!("<{tag}> has an attribute that is not name=\"value\""));
        if name.is_empty() {
            return wrong();
        }
        let Some(value) = rest[name.len()..].trim_start().strip_prefix('=').map(str::trim_start) else {
            return wrong();
        };
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return wrong() };
        let Some(end) = value[1..].find(quote) else { return wrong() };
        if let Some(bad) = entities(&value[1..=end]) {
            return Some(bad);
        }
        rest = value[end + 2..].trim_start();
    }
    None
}

fn entities(text: &str) -> Option<String> {
    text.match_indices('&').find_map(|(at, _)| {
        let name = text[at + 1..].split(';').next().filter(|name| at + 1 + name.len() < text.len());
        let known = name.is_some_and(|name| {
            matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
                || name.strip_prefix('#').is_some_and(|digits| {
                    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'x')
                })
        });
        (!known).then(|| "a & stands for nothing; write &amp;".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn good_markup_and_plain_text_pass() {
        for good in [
            "hello & <b",
            "prompt:a.wav",
            "<speak/>",
            "<speak>hi <break time=\"1s\"/> &amp; bye</speak>",
            " <speak><prosody rate='{{rate}}'>{{name}}</prosody></speak> ",
            "<speak>{{#if a}}<p>x</p>{{/if}}<!-- <b> --></speak>",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (bad, why) in [
            ("<speak>hi", "end with"),
            ("hi <speak>x</speak>", "start with"),
            ("<speak><p>hi</speak>", "closes <p>"),
            ("<speak>a & b</speak>", "&amp;"),
            ("<speak><break time=1s/></speak>", "name=\"value\""),
            ("<speak><p</speak>", "attribute"),
            ("<speak>a < b</speak>", "starts no tag"),
            ("<speak></p></speak>", "closes <speak>"),
        ] {
            let found = problem(bad).unwrap_or_default();
            assert!(found.contains(why), "{bad}: {found}");
        }
    }
}
