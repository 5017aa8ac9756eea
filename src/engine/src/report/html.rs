//! The report as one HTML page that needs nothing else (`spec/testing.md` 3.11).

use std::fmt::{self, Display};
use std::io::{self, Write};

use crate::coverage::KINDS;
use crate::json;
use crate::replay::batch::Totals;
use crate::replay::{LineResult, TestResult, Verdict};
use crate::value::Value;

use super::Outcome;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;\
color:#1b1f24;background:#fff}h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem;border-bottom:1px solid #d8dee4}\
pre{margin:0;white-space:pre-wrap;word-break:break-word}details{border:1px solid #d8dee4;border-radius:6px;\
margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}.bar{display:flex;height:1rem;border-radius:6px;\
overflow:hidden}.SUCCESS{color:#116329}.WARNING{color:#7d4e00}.ERROR{color:#a40e26}.bar .SUCCESS{background:#2da44e}\
.bar .WARNING{background:#d4a72c}.bar .ERROR{background:#cf222e}\
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}.SUCCESS{color:#56d364}\
.WARNING{color:#e3b341}.ERROR{color:#ff7b72}td,th,details{border-color:#30363d}}";

/// Text inside an element or an attribute.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' | '\t' => write!(f, "{c}")?,
                c if c.is_control() => write!(f, "{}", c.escape_default())?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// Writes the page.
///
/// # Errors
/// Those of the output.
pub fn write(out: &mut dyn Write, outcome: &Outcome<'_>) -> io::Result<()> {
    let totals = Totals::of(outcome.results);
    let (success, warning, error) = totals.shares();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Tests: {}</title><style>{STYLE}</style></head>\
         <body>\n<h1>Tests: <span class=\"{0}\">{0}</span></h1>",
        totals.verdict()
    )?;
    writeln!(
        out,
        "<p>{} tests: {} success, {} warning, {} error, {} skipped</p>",
        totals.tests,
        totals.successes,
        totals.warnings,
        totals.errors,
        outcome.skipped.len()
    )?;
    writeln!(out, "<div class=\"bar\">")?;
    for (verdict, share) in [("SUCCESS", success), ("WARNING", warning), ("ERROR", error)] {
        if totals.tests > 0 && share > 0 {
            writeln!(
                out,
                "<div class=\"{verdict}\" style=\"width:{share}%\" title=\"{verdict} {share}%\"></div>"
            )?;
        }
    }
    writeln!(out, "</div>")?;
    for result in outcome.results {
        test(out, result, outcome)?;
    }
    coverage(out, outcome)?;
    if !outcome.skipped.is_empty() {
        writeln!(out, "<h2>Skipped</h2><table><tr><th>Folder<th>Name<th>Reason</tr>")?;
        for skipped in outcome.skipped {
            let (folder, name, reason) =
                (Escaped(&skipped.folder), Escaped(&skipped.name), Escaped(&skipped.reason));
            writeln!(out, "<tr><td>{folder}<td>{name}<td>{reason}</tr>")?;
        }
        writeln!(out, "</table>")?;
    }
    writeln!(out, "</body></html>")
}

fn test(out: &mut dyn Write, result: &TestResult, outcome: &Outcome<'_>) -> io::Result<()> {
    let verdict = result.verdict();
    let document = &result.test;
    let open = if verdict == Verdict::Error || outcome.results.len() == 1 { " open" } else { "" };
    write!(
        out,
        "<details{open}><summary><b class=\"{verdict}\">{verdict}</b> {} / {}",
        Escaped(&document.folder),
        Escaped(&document.name)
    )?;
    if !document.test_reference.is_empty() {
        write!(out, " ({})", Escaped(&document.test_reference))?;
    }
    writeln!(
        out,
        " <small>{} lines, {} steps, {} ms</small></summary>",
        result.lines.len(),
        result.steps,
        outcome.millis(result)
    )?;
    writeln!(
        out,
        "<p>End point {}, phone {}, {}, contact {}</p>",
        Escaped(&document.end_point),
        Escaped(&document.customer_phone_number),
        Escaped(&document.test_date_time),
        Escaped(result.contact_id.as_deref().unwrap_or("none"))
    )?;
    for warning in &result.warnings {
        writeln!(out, "<pre class=\"{}\">{}</pre>", verdict, Escaped(warning))?;
    }
    writeln!(out, "<table><tr><th>Line<th>Type<th>Payload<th>Verdict</tr>")?;
    for line in &result.lines {
        writeln!(
            out,
            "<tr><td>{}<td>{}<td><pre>{}</pre><td class=\"{verdict}\">{verdict}",
            line.line,
            Escaped(&line.kind),
            Escaped(&payload(line)),
            verdict = line.verdict()
        )?;
        for text in line.warnings.iter().chain(&line.info) {
            writeln!(out, "<pre>{}</pre>", Escaped(text))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table></details>")
}

/// `key = value` for checks of state, `Empty` for nothing.
fn payload(line: &LineResult) -> String {
    let word = |value: &Value| match value {
        value if value.is_empty_string() => "Empty".to_owned(),
        Value::Array(_) | Value::Object(_) => json::print(value).unwrap_or_default(),
        value => value.text().to_string(),
    };
    match &line.payload {
        Value::Object(map) if map.contains_key("key") => {
            format!("{} = {}", line.payload.member("key").text(), word(&line.payload.member("value")))
        }
        payload => word(payload),
    }
}

fn coverage(out: &mut dyn Write, outcome: &Outcome<'_>) -> io::Result<()> {
    writeln!(out, "<h2>Coverage</h2><table><tr><th>Kind<th>Covered<th>Total<th>Percent</tr>")?;
    for (kind, name) in KINDS {
        let measure = outcome.detail.summary.of(kind);
        let percent = measure.percent.map_or_else(|| "n/a".to_owned(), |percent| format!("{percent}%"));
        writeln!(out, "<tr><td>{name}<td>{}<td>{}<td>{percent}</tr>", measure.covered, measure.total)?;
    }
    writeln!(out, "</table><h2>Rules that answered: {}%</h2><table>", outcome.replies.covered)?;
    writeln!(out, "<tr><th>Rule set<th>Covered<th>Rules and their replies</tr>")?;
    for set in &outcome.replies.rule_sets {
        write!(out, "<tr><td>{}<td>{}%<td>", Escaped(&set.name), set.covered)?;
        for (i, rule) in set.rules.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let class = if rule.count > 0 { "SUCCESS" } else { "ERROR" };
            write!(out, "{comma}<span class=\"{class}\">{} {}</span>", Escaped(&rule.name), rule.count)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table>")
}
