//! The CSV of all parameters, for people who review texts (`spec/model.md` section 15).

use std::borrow::Borrow;

use super::json::WeightFile;
use crate::compat::Compat;
use crate::json;
use crate::model::{Rule, RuleSet};
use crate::references::{in_name_order, in_rule_order};
use crate::value::{Value, trim};

/// What the CSV holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct CsvOptions {
    /// Byte-equal to the original, or with its mistakes mended: prompts only in messages, lists as JSON.
    pub compat: Compat,
    /// Adds the columns Priority, Activation, Enabled and Weights.
    pub wide: bool,
}

const COLUMNS: [&str; 9] =
    ["RuleSet", "Rule", "RuleType", "Folder", "IsMessage", "IsPrompt", "IsDynamic", "Name", "Value"];
const WIDE_COLUMNS: [&str; 4] = ["Priority", "Activation", "Enabled", "Weights"];

/// One row per rule description and parameter; every field quoted, CRLF between rows, none after the last.
///
/// No rule sets make an empty text.
pub fn csv<R: Borrow<RuleSet>>(rule_sets: &[R], options: CsvOptions) -> String {
    let mut out = String::new();
    if rule_sets.is_empty() {
        return out;
    }
    let mut columns = COLUMNS.to_vec();
    if options.wide {
        columns.extend(WIDE_COLUMNS);
    }
    row(&mut out, columns);
    for rule_set in in_name_order(rule_sets) {
        for rule in in_rule_order(rule_set, options.compat) {
            let more = if options.wide { wide(rule) } else { Vec::new() };
            let start = [&*rule_set.name, &*rule.name, rule.rule_type.name(), &*rule_set.folder];
            let mut add = |flags: [bool; 3], name: &str, value: &str| {
                let flags = flags.map(|flag| if flag { "true" } else { "false" });
                let fields = start.into_iter().chain(flags).chain([name, value]);
                row(&mut out, fields.chain(more.iter().map(String::as_str)));
            };
            add([false; 3], "ruleDescription", &rule.description);
            for (name, value) in rule.params.iter() {
                let text = match value {
                    Value::Array(_) | Value::Object(_) if !options.compat.is_original() => {
                        json::print(value).unwrap_or_default()
                    }
                    value => value.to_string(),
                };
                let message = name.to_lowercase().contains("message");
                let prompt = text.starts_with("prompt:") && (message || options.compat.is_original());
                let dynamic = text.contains("{{");
                add([message, prompt, dynamic], name, &one_line(&text));
            }
        }
    }
    out
}

fn wide(rule: &Rule) -> Vec<String> {
    let weights: Vec<WeightFile<'_>> = rule.weights.iter().map(WeightFile::from).collect();
    vec![
        rule.priority.to_string(),
        rule.activation.as_deref().unwrap_or_default().to_owned(),
        rule.enabled.to_string(),
        serde_json::to_string(&weights).unwrap_or_default(),
    ]
}

/// Trimmed, with one blank for every run of line breaks.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_break = false;
    for c in trim(text).chars() {
        let line_end = matches!(c, '\r' | '\n');
        if !line_end {
            out.push(c);
        } else if !in_break {
            out.push(' ');
        }
        in_break = line_end;
    }
    out
}

fn row<'a>(out: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    if !out.is_empty() {
        out.push_str("\r\n");
    }
    for (i, field) in fields.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    const ORIGINAL: CsvOptions = CsvOptions { compat: Compat::Original, wide: false };

    #[test]
    fn tables_are_those_of_the_original() {
        golden::each("csv", |record| {
            let sets = golden::rule_sets(&golden::text(record, "workspace"));
            golden::same(&csv(&sets, ORIGINAL).into(), &record.member("csvData"))
        });
    }

    #[test]
    fn the_sample_file_comes_out_byte_for_byte() {
        let (source, want) = (golden::example("ruleset-export.json"), golden::example("ruleset-export.csv"));
        assert!(csv(&golden::parse(&source), ORIGINAL) == want, "the table differs");
    }

    #[test]
    fn quotes_breaks_lists_and_odd_values() {
        let text = golden::example("csv-cases.json");
        let case = json::parse(&text).unwrap();
        let sets = golden::parse(&text);
        assert_eq!(csv(&sets, ORIGINAL), &*case.member("csv").text());
        let mended = csv(&sets, CsvOptions::default());
        assert!(mended.contains(r#""false","false","false","other","prompt:beep.wav""#));
        assert!(mended.contains(r#""updateStates","[{""key"":""a"",""value"":""b""}]""#));
    }

    #[test]
    fn wide_tables_carry_the_weights() {
        let sets = golden::parse(
            r#"[{"name":"A","rules":[{"name":"r","type":"Terminate","priority":"7","activation":"5",
                "weights":[{"field":"f","operation":"equals","value":"v","weight":"5"}]}]}]"#,
        );
        let text = csv(&sets, CsvOptions { wide: true, ..CsvOptions::default() });
        let last = text.lines().last().unwrap();
        assert!(last.ends_with(
            r#","7","5","false","[{""field"":""f"",""operation"":""equals"",""value"":""v"",""weight"":""5""}]""#
        ));
        assert_eq!(csv::<RuleSet>(&[], CsvOptions::default()), "");
    }
}
