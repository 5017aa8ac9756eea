//! The rule type reference for people, made from the declarations.

use std::fmt::Write as _;

use super::spec::{Condition, Flow, ParamKind, ParamName, ParamSpec, Required, RuleKind, Templating};
use super::{KINDS, RETIRED_KINDS};

/// The reference of all rule types as Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Rule types\n\nMade from the declarations in the program; change those, not this page.\n\n\
         Every rule has a name (2 to 64 letters, digits, blanks, `-`, `_`), a priority (0 to 100000, higher runs \
         first), an activation (0 to 1000) and weights. Parameters are texts and may hold templates, which are \
         rendered once when the rule is selected unless the table says otherwise.\n",
    );
    for kind in &KINDS {
        section(&mut out, "\n##", kind);
    }
    out.push_str("\n## Retired types\n\nOld data may hold these. They are kept, shown and exported; a contact that reaches one fails.\n");
    for kind in &RETIRED_KINDS {
        section(&mut out, "\n###", kind);
    }
    out
}

/// The part of the reference that is about one type, as a page of its own.
pub fn of(kind: &RuleKind) -> String {
    let mut out = String::new();
    section(&mut out, "#", kind);
    out
}

fn section(out: &mut String, level: &str, kind: &RuleKind) {
    let _ = write!(out, "{level} {}\n\n{}", kind.name, kind.summary);
    if !kind.retired {
        let flow = match kind.flow {
            Flow::Continues => "The next rule follows.",
            Flow::Leaves => "Another rule set follows.",
            Flow::MayLeave => "Another rule set or the next rule follows.",
            Flow::Ends => "No rule follows.",
        };
        let _ = write!(out, " {flow}");
        if !kind.writes.is_empty() {
            let _ = write!(out, " Writes {}.", kind.writes);
        }
    }
    out.push('\n');
    if kind.params.is_empty() {
        return;
    }
    out.push_str("\n| Parameter | Holds | Required | Default | Meaning |\n|---|---|---|---|---|\n");
    for spec in kind.params {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {}{} |",
            name(spec.name),
            holds(spec),
            required(spec.required),
            spec.default.map_or_else(String::new, |d| if d.is_empty() {
                "empty".into()
            } else {
                format!("`{d}`")
            }),
            spec.doc,
            match (spec.retired, spec.templated) {
                (true, _) => " Kept from old data.",
                (_, Templating::Deferred) => " Rendered when it is shown.",
                (_, Templating::Items) => " The values inside are rendered.",
                _ => "",
            }
        );
    }
}

fn name(name: ParamName) -> String {
    match name {
        ParamName::Exact(name) => format!("`{name}`"),
        ParamName::Numbered(prefix, from, to) => format!("`{prefix}{from}` … `{prefix}{to}`"),
        ParamName::Suffixed(prefix) => format!("`{prefix}…`"),
    }
}

fn holds(spec: &ParamSpec) -> String {
    let held = match spec.kind {
        ParamKind::Text(0, most) => format!("text up to {most}"),
        ParamKind::Text(least, most) => format!("text, {least} to {most}"),
        ParamKind::Message => "message up to 1024".to_owned(),
        ParamKind::Number(least, most, true) => format!("whole number {least} to {most}"),
        ParamKind::Number(least, most, false) => format!("number {least} to {most}"),
        ParamKind::Choice(choices) => choices.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "),
        ParamKind::Flag => "`true` or `false`".to_owned(),
        ParamKind::RuleSet => "rule set".to_owned(),
        ParamKind::Queue => "queue".to_owned(),
        ParamKind::Function => "function".to_owned(),
        ParamKind::Bot => "bot".to_owned(),
        ParamKind::ContactFlow => "contact flow".to_owned(),
        ParamKind::StateKey(least, most) => format!("state key to write, {least} to {most}"),
        ParamKind::StatePath => "state path to read".to_owned(),
        ParamKind::PhoneNumber => "telephone number".to_owned(),
        ParamKind::Payload => "text or JSON up to 99999".to_owned(),
        ParamKind::Attributes | ParamKind::States => "array of `{key, value}`".to_owned(),
        ParamKind::Behaviours => "array of behaviours".to_owned(),
    };
    match spec.edge {
        Some(edge) => format!("{held} ({})", edge.name()),
        None => held,
    }
}

fn required(when: Required) -> String {
    match when {
        Required::Always => "yes".to_owned(),
        Required::Never => "no".to_owned(),
        Required::Editor => "to save".to_owned(),
        Required::EditorWhen(condition) => format!("to save, {}", required(Required::When(condition))),
        Required::When(condition) => match condition {
            Condition::Is(param, text) => format!("if `{param}` is `{text}`"),
            Condition::IsNot(param, text) => format!("unless `{param}` is `{text}`"),
            Condition::AtLeast(param, least) => format!("if `{param}` is {least} or more"),
            Condition::NumberBelow(param) => format!("below `{param}`"),
            Condition::Beside(prefix) => format!("with `{prefix}…`"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/rule-types.md` and `docs/lint.md` say what the tables say; `UPDATE_DOCS=1` writes them.
    #[test]
    fn the_pages_are_up_to_date() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for (file, text) in [("rule-types.md", markdown()), ("lint.md", crate::lint::codes::markdown())] {
            let path = docs.join(file);
            if std::env::var_os("UPDATE_DOCS").is_some() {
                std::fs::create_dir_all(&docs).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let stored = std::fs::read_to_string(&path).unwrap();
            assert!(stored == text, "docs/{file} is out of date: run this test with UPDATE_DOCS=1");
        }
    }

    #[test]
    fn every_type_and_parameter_is_described() {
        let text = markdown();
        for kind in KINDS.iter().chain(&RETIRED_KINDS) {
            assert!(text.contains(&format!("## {}\n", kind.name)), "{}", kind.name);
            for spec in kind.params {
                assert!(text.contains(&name(spec.name)) && !spec.doc.is_empty());
            }
        }
        assert!(text.contains("| `errorMessage2` | message up to 1024 | if `inputCount` is 2 or more |"));
    }
}
