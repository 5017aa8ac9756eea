//! Flow files as text, in the form that the files of this product have: short values on one line.

use serde_json::Value;

/// Characters of a line.
const WIDTH: usize = 108;

/// As deep as values are laid out; what lies deeper stands on one line.
const DEPTH: usize = 64;

/// The file of a flow, from its document.
pub fn written(document: &Value) -> String {
    let mut out = String::new();
    write(&mut out, document, "", 0, DEPTH);
    out.push('\n');
    out
}

/// On one line.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let all: Vec<String> =
                members.iter().map(|(name, it)| format!("{}: {}", key(name), flat(it))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(flat).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn key(name: &str) -> String {
    Value::from(name).to_string()
}

/// Files, contents and actions are laid out whatever their size.
fn is_laid_out(value: &Value, depth: usize) -> bool {
    value.as_object().is_some_and(|it| depth < 2 || it.contains_key("Identifier"))
}

fn write(out: &mut String, value: &Value, indent: &str, before: usize, left: usize) {
    let line = flat(value);
    let fits = indent.len() + before + line.chars().count() < WIDTH;
    let is_empty = matches!(value, Value::Object(it) if it.is_empty())
        || matches!(value, Value::Array(it) if it.is_empty());
    let is_plain = !value.is_object() && !value.is_array();
    let Some(left) = left.checked_sub(1) else { return out.push_str(&line) };
    if is_plain || is_empty || fits && !is_laid_out(value, DEPTH - 1 - left) {
        return out.push_str(&line);
    }
    let inner = format!("{indent}  ");
    let (open, close) = if value.is_object() { ("{", "}") } else { ("[", "]") };
    out.push_str(open);
    let members = value.as_object().into_iter().flatten().map(|(name, it)| (key(name) + ": ", it));
    let items = value.as_array().into_iter().flatten().map(|it| (String::new(), it));
    for (at, (name, it)) in members.chain(items).enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.extend([&*inner, &*name]);
        write(out, it, &inner, name.chars().count(), left);
    }
    out.extend(["\n", indent, close]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FLOWS;

    #[test]
    fn every_file_of_the_product_is_written_as_it_is() {
        for (name, text) in FLOWS {
            let document: Value = serde_json::from_str(text).unwrap();
            assert_eq!(written(&document), text, "{name}");
        }
    }
}
