//! Text that came from data, made safe and plain for a terminal: control and escape characters and those
//! that change the direction of text are shown, never sent.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Whether a character may change the terminal, its neighbours or the direction of text.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
            && c != '\u{200d}'
}

/// What is shown for it.
fn stand_in(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('·'),
        '\u{7f}' => '\u{2421}',
        _ => '·',
    }
}

/// A text as one line: harmful characters become visible ones.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_harmful) {
        Cow::Owned(text.chars().map(|c| if is_harmful(c) { stand_in(c) } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A text as lines, each made safe; line ends of any kind split it, tabs become four blanks.
pub fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\t', "    ").split('\n').map(|part| line(part).into_owned()).collect()
}

/// The beginning of a text that fits into `width` columns; an ellipsis tells that something is missing.
pub fn fit(text: &str, width: usize) -> Cow<'_, str> {
    let text = line(text);
    if text.width() <= width {
        return text;
    }
    if width == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += cluster.width();
        if used >= width {
            break;
        }
        out.push_str(cluster);
    }
    out.push('…');
    Cow::Owned(out)
}

/// As [`fit`], filled with blanks to exactly `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let mut out = fit(text, width).into_owned();
    let missing = width.saturating_sub(out.width());
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// A text broken at blanks (and between wide characters, which need none) into lines of at most `width`
/// columns; its own line ends are kept.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out = Vec::new();
    for part in lines(text) {
        let mut current = String::new();
        let mut used = 0;
        for word in words(&part) {
            let wide = word.width();
            if used + word.trim_end().width() > width && used > 0 {
                out.push(std::mem::take(&mut current).trim_end().to_owned());
                used = 0;
                if word.trim_end().is_empty() {
                    continue;
                }
            }
            if used + wide > width {
                for cluster in word.graphemes(true) {
                    if used + cluster.width() > width && used > 0 {
                        out.push(std::mem::take(&mut current).trim_end().to_owned());
                        used = 0;
                        if cluster.trim_end().is_empty() {
                            continue;
                        }
                    }
                    current.push_str(cluster);
                    used += cluster.width();
                }
            } else {
                current.push_str(word);
                used += wide;
            }
        }
        out.push(current);
    }
    out
}

/// Pieces that a line may be broken between: words with the blanks behind them, and wide characters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut blank = false;
        let end = rest.char_indices().skip(1).find_map(|(at, c)| {
            let before = rest[..at].chars().next_back()?;
            blank |= before == ' ';
            let wide = is_wide(c) || is_wide(before);
            ((blank && c != ' ') || (wide && c != ' ' && !c.is_ascii_punctuation())).then_some(at)
        });
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Whether a character is one of a script that is written without blanks.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// The last guard before the terminal: no cell of a frame holds a harmful character.
pub fn guard(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        let suspect = symbol.len() > 1 || symbol.as_bytes().first().is_some_and(u8::is_ascii_control);
        if suspect && let Cow::Owned(safe) = line(symbol) {
            cell.set_symbol(&safe);
        }
    }
}

/// The same frame in ASCII: borders, marks and bars get plain characters, letters stay.
pub fn ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "─" | "━" | "═" | "╴" | "╶" | "·" | "–" | "—" => "-",
            "│" | "┃" | "║" | "▏" | "▐" => "|",
            // Broken lines mean something else than whole ones.
            "╌" | "┄" | "▒" | "░" => ".",
            "╎" | "┆" => ":",
            "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" | "✓" => {
                "+"
            }
            "▾" | "▼" | "↓" => "v",
            // The mark of the cursor row must not look like the border beside it.
            "▌" | "▸" | "▶" | "→" | "⇒" | "»" | "›" | "≥" => ">",
            "◀" | "←" | "«" | "‹" | "≤" => "<",
            "▲" | "↑" => "^",
            "●" | "•" | "◆" | "⠿" | "⠋" | "⠙" | "⠹" | "⠸" | "⠼" | "⠴" | "⠦" | "⠧" | "⠇" | "⠏" => {
                "*"
            }
            "○" => "o",
            "✗" | "×" => "x",
            "⚠" | "≠" => "!",
            "ƒ" => "f",
            "☎" | "█" | "■" => "#",
            // Full and partly are two things.
            "▓" => "=",
            "↺" => "@",
            "…" => "~",
            "“" | "”" => "\"",
            "⇄" | "⏎" => "/",
            // Stand-ins of control characters.
            other if other.chars().all(|c| ('\u{2400}'..='\u{2421}').contains(&c)) => "?",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}c"), "a␛[31mb·c");
        assert!(matches!(line("plain 漢字 👩‍👩‍👧"), Cow::Borrowed(_)));
    }

    #[test]
    fn ascii_keeps_apart_what_is_told_apart() {
        let mut buffer = Buffer::with_lines(["▌│ █▓░ ✓✗⚠ ●· ≠“x” ␛é漢"]);
        ascii(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text.replace("漢 ", "漢"), ">| #=. +x! *- !\"x\" ?é漢");
    }

    #[test]
    fn lines_break_at_blanks_only_and_never_are_too_long() {
        assert_eq!(wrap("without power. Or \"not\".", 14), ["without power.", "Or \"not\"."]);
        assert_eq!(wrap("  in and out", 6), ["  in", "and", "out"]);
        assert_eq!(wrap("漢字漢字、漢", 5), ["漢字", "漢字", "、漢"]);
        assert_eq!(wrap("a\n\nb", 3), ["a", "", "b"]);
        assert_eq!(wrap("abcdefg hi", 3), ["abc", "def", "g", "hi"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn wide_characters_fit_their_columns() {
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(pad("漢字漢字", 4).width(), 4);
        assert_eq!(pad("漢字漢字", 6).width(), 6);
        assert_eq!(fit("abc", 0), "");
        for width in 1..12 {
            for row in wrap("漢字 and a_very_long_word 👩‍👩‍👧 x", width) {
                assert!(row.width() <= width.max(2), "{row:?} in {width}");
            }
        }
    }
}
