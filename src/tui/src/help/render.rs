//! Markdown of help pages as rows of a width: headings, paragraphs, lists, tables and examples.

use unicode_width::UnicodeWidthStr as _;

use crate::clean;
use crate::theme::Role;

/// A row of a page as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the page's text that it comes from.
    pub line: usize,
    /// Its parts with their looks.
    pub parts: Vec<(String, Role)>,
}

impl Row {
    /// The row as plain text.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// The rows of a page in that many columns.
pub fn rows(text: &str, width: usize) -> Vec<Row> {
    let width = width.max(8);
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let start = at;
        at += 1;
        if line.is_empty() {
            out.push(Row { line: start, parts: Vec::new() });
        } else if line.starts_with('#') {
            let role = if line.starts_with("# ") { Role::Title } else { Role::Header };
            let text = clean::fit(line.trim_start_matches(['#', ' ']), width).into_owned();
            out.push(Row { line: start, parts: vec![(text, role)] });
        } else if line.starts_with('|') {
            while lines.get(at).is_some_and(|line| line.starts_with('|')) {
                at += 1;
            }
            table(start, &lines[start..at], width, &mut out);
        } else if let Some(example) = line.strip_prefix("    ") {
            for part in clean::wrap(example, width - 4) {
                out.push(Row { line: start, parts: vec![(format!("    {part}"), Role::Key)] });
            }
        } else {
            let bullet = line.strip_prefix("- ");
            let mut whole = bullet.unwrap_or(line).to_owned();
            while let Some(next) = lines.get(at).filter(|next| goes_on(next)) {
                whole.push(' ');
                whole.push_str(next);
                at += 1;
            }
            let (first, rest) = if bullet.is_some() { ("• ", "  ") } else { ("", "") };
            wrapped(start, first, rest, &whole, width, &mut out);
        }
    }
    out
}

/// Whether a line belongs to the paragraph above it.
fn goes_on(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['#', '|']) && !line.starts_with("- ") && !line.starts_with("    ")
}

/// A paragraph with its first beginning and that of its other rows.
fn wrapped(line: usize, first: &str, rest: &str, text: &str, width: usize, out: &mut Vec<Row>) {
    let mut code = false;
    for (at, part) in clean::wrap(text, width.saturating_sub(first.width()).max(8)).iter().enumerate() {
        let mut parts = vec![((if at == 0 { first } else { rest }).to_owned(), Role::Text)];
        spans(part, &mut code, &mut parts);
        out.push(Row { line, parts });
    }
}

/// A text in parts: what stands between back quotes looks like a key.
fn spans(text: &str, code: &mut bool, parts: &mut Vec<(String, Role)>) {
    for (at, piece) in text.split('`').enumerate() {
        *code ^= at > 0;
        if !piece.is_empty() {
            parts.push((piece.to_owned(), if *code { Role::Key } else { Role::Text }));
        }
    }
}

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|');
    let line = line.strip_suffix('|').unwrap_or(line).replace("\\|", "\u{0}");
    line.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect()
}

fn bare(cell: &str) -> String {
    cell.replace('`', "")
}

/// A table: in columns where they fit, else its last column is wrapped, else a block for each row.
fn table(line: usize, lines: &[&str], width: usize, out: &mut Vec<Row>) {
    let head = cells(lines[0]);
    let body: Vec<(usize, Vec<String>)> =
        lines.iter().enumerate().skip(2).map(|(at, text)| (line + at, cells(text))).collect();
    let widest = |column: usize| {
        let cells = body.iter().filter_map(|(_, row)| row.get(column)).map(|cell| bare(cell).width());
        cells.max().unwrap_or(0).max(head.get(column).map_or(0, |cell| cell.width()))
    };
    let last = head.len().saturating_sub(1);
    let before: Vec<usize> = (0..last).map(widest).collect();
    let used: usize = before.iter().map(|wide| wide + 2).sum();
    let columns = if used + widest(last).min(30) <= width {
        before
    } else if last == 1 {
        vec![width * 2 / 5]
    } else {
        return blocks(&head, &body, width, out);
    };
    let mut titles = String::new();
    for (cell, wide) in head.iter().zip(&columns) {
        titles += &clean::pad(cell, wide + 2);
    }
    titles += head.last().map_or("", String::as_str);
    out.push(Row { line, parts: vec![(titles, Role::Dim)] });
    let used: usize = columns.iter().map(|wide| wide + 2).sum();
    for (line, row) in &body {
        let mut left: Vec<(String, Role)> = Vec::new();
        for (at, wide) in columns.iter().enumerate() {
            let cell = row.get(at).map(|cell| bare(cell)).unwrap_or_default();
            left.push((clean::pad(&cell, wide + 2), if at == 0 { Role::Key } else { Role::Text }));
        }
        let mut code = false;
        let rest = row.get(last).map_or("", String::as_str);
        for (at, part) in clean::wrap(rest, width.saturating_sub(used).max(8)).iter().enumerate() {
            let mut parts = if at == 0 { left.clone() } else { vec![(" ".repeat(used), Role::Text)] };
            spans(part, &mut code, &mut parts);
            out.push(Row { line: *line, parts });
        }
    }
}

/// A table that is too wide: the first cell, the last one below it, and the others with their titles.
fn blocks(head: &[String], body: &[(usize, Vec<String>)], width: usize, out: &mut Vec<Row>) {
    for (line, row) in body {
        let Some((first, rest)) = row.split_first() else { continue };
        out.push(Row { line: *line, parts: vec![(clean::fit(&bare(first), width).into_owned(), Role::Key)] });
        let (text, between) = rest.split_last().map_or(("", &[][..]), |(text, some)| (text.as_str(), some));
        wrapped(*line, "    ", "    ", text, width, out);
        let between: Vec<String> = head
            .iter()
            .skip(1)
            .zip(between)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(title, cell)| format!("{}: {}", title.to_lowercase(), bare(cell)))
            .collect();
        for part in clean::wrap(&between.join(" · "), width.saturating_sub(4).max(8)) {
            out.push(Row { line: *line, parts: vec![(format!("    {part}"), Role::Dim)] });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: usize) -> Vec<String> {
        rows(text, width).iter().map(|row| row.text().trim_end().to_owned()).collect()
    }

    #[test]
    fn paragraphs_lists_and_examples_are_wrapped() {
        let text = "# Title\n\nSome words that\ngo `on and` on.\n- one item of a list\n\n    {{#if}}\n";
        assert_eq!(
            shown(text, 16),
            ["Title", "", "Some words that", "go on and on.", "• one item of a", "  list", "", "    {{#if}}"]
        );
        let code = rows("a `b c` d", 40);
        assert_eq!(code[0].parts[2], ("b c".to_owned(), Role::Key));
    }

    #[test]
    fn tables_stand_in_columns_or_in_blocks() {
        let text = "| Name | Holds | Meaning |\n|---|---|---|\n| `a` | text | What it is for. |\n| `b\\|c` |  | Else. |\n";
        assert_eq!(
            shown(text, 60),
            ["Name  Holds  Meaning", "a     text   What it is for.", "b|c          Else."]
        );
        assert_eq!(shown(text, 20), ["a", "    What it is for.", "    holds: text", "b|c", "    Else.", ""]);
        assert!(rows(text, 20).iter().all(|row| row.text().width() <= 20));
        assert_eq!(rows(text, 60)[1].line, 2);
    }
}
