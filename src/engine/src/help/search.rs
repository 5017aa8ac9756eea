//! Finding pages: by name, and by the words that stand on them.

use super::Page;

/// A page that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place among the pages.
    pub page: usize,
    /// The line of its text that matches best, from 0.
    pub line: usize,
    /// That line without marks of Markdown.
    pub text: String,
}

/// The page of that name: its id, its title, or the end of its id; small and capital letters are one.
pub fn find(pages: &[Page], name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    let last = |page: &Page| page.id.rsplit('/').next().unwrap_or_default().to_lowercase();
    pages
        .iter()
        .position(|page| page.id.to_lowercase() == name)
        .or_else(|| pages.iter().position(|page| page.title.to_lowercase() == name))
        .or_else(|| pages.iter().position(|page| last(page) == name))
}

/// The pages that hold all words of the query, the best first: in the title, then in headings, then often.
/// An empty query finds every page in order.
pub fn search(pages: &[Page], query: &str) -> Vec<Hit> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(usize, Hit)> = pages
        .iter()
        .enumerate()
        .filter_map(|(at, page)| {
            let (worth, line) = weigh(page, &words)?;
            let text = page.text.lines().nth(line).map(plain).unwrap_or_default();
            let text = cut(&text, &words);
            Some((worth, Hit { page: at, line, text }))
        })
        .collect();
    // Equal pages keep their order.
    found.sort_by_key(|(worth, _)| usize::MAX - worth);
    found.into_iter().map(|(_, hit)| hit).collect()
}

/// What a page is worth to the words and its best line; `None` if it lacks one.
fn weigh(page: &Page, words: &[String]) -> Option<(usize, usize)> {
    let title = page.title.to_lowercase();
    let around = format!("{} {}", page.id.to_lowercase(), page.sort);
    let mut worth = if !words.is_empty() && title == words.join(" ") { 1000 } else { 0 };
    let mut seen = vec![false; words.len()];
    for (word, seen) in words.iter().zip(&mut seen) {
        if title.contains(word.as_str()) {
            worth += 100;
            *seen = true;
        } else if around.contains(word.as_str()) {
            worth += 20;
            *seen = true;
        }
    }
    let mut best = (0, 0);
    for (at, line) in page.text.lines().enumerate().skip(1).filter(|(_, line)| !is_rule(line)) {
        let line = line.to_lowercase();
        let mut here = 0;
        for (word, seen) in words.iter().zip(&mut seen) {
            if line.contains(word.as_str()) {
                here += 1;
                *seen = true;
            }
        }
        // Long pages are not better because they are long.
        worth += if line.starts_with('#') { 10 * here } else { usize::from(here > 0 && worth < 90) };
        if here > best.0 {
            best = (here, at);
        }
    }
    // Words that stand together mean more than words that stand apart.
    if words.len() > 1 && best.0 == words.len() {
        let line = page.text.lines().nth(best.1).unwrap_or_default().to_lowercase();
        worth += if line.contains(&words.join(" ")) { 40 } else { 15 };
    }
    seen.into_iter().all(|seen| seen).then_some((worth, best.1))
}

/// A line that is cut at its beginning where the first of the words stands far behind it.
fn cut(text: &str, words: &[String]) -> String {
    let small = text.to_ascii_lowercase();
    let first = words.iter().filter_map(|word| small.find(word.as_str())).min().unwrap_or_default();
    let from = text[..first].rmatch_indices(' ').map(|(at, _)| at + 1).find(|at| first - at > 16);
    match from.filter(|_| first > 40) {
        Some(from) => format!("…{}", &text[from..]),
        None => text.to_owned(),
    }
}

/// Whether a line only rules a table.
fn is_rule(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// A line without marks of Markdown.
fn plain(line: &str) -> String {
    let line = line.trim().trim_start_matches(['#', '-']).trim();
    let cells: Vec<&str> = line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    cells.join(" · ").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Page> {
        vec![
            Page::new("a/one", "letter", "# One\n\nTwo is the next number.\n\n| `x` | y |\n|---|---|\n"),
            Page::new("a/two", "letter", "# Two\n\nAfter one.\n"),
            Page::new("b/three", "word", "# Three things\n\n## One of them\n\nText.\n"),
        ]
    }

    #[test]
    fn titles_come_before_headings_and_those_before_text() {
        let pages = some();
        let found: Vec<_> = search(&pages, "ONE").into_iter().map(|hit| (hit.page, hit.line)).collect();
        assert_eq!(found, [(0, 0), (2, 2), (1, 2)]);
        assert_eq!(search(&pages, "next two")[0].text, "Two is the next number.");
        assert_eq!(search(&pages, "x y")[0].text, "x · y");
        assert!(search(&pages, "one nowhere").is_empty());
        assert_eq!(search(&pages, " ").len(), 3);
    }

    #[test]
    fn words_that_stand_together_come_first_and_are_in_sight() {
        let far = "words ".repeat(12);
        let pages = [
            Page::new("a", "x", "# A\n\nTall.\n\nTrees.\nTall.\n"),
            Page::new("b", "x", format!("# B\n\n{far}as tall trees.\n")),
        ];
        let found = search(&pages, "tall trees");
        assert_eq!((found[0].page, found[1].page), (1, 0));
        assert_eq!(found[0].text, "…words words words as tall trees.");
    }

    #[test]
    fn names_find_pages_by_id_title_and_last_part() {
        let pages = some();
        for (name, at) in [("a/two", 1), ("THREE things", 2), ("three", 2), ("One", 0)] {
            assert_eq!(find(&pages, name), Some(at), "{name}");
        }
        assert_eq!(find(&pages, "four"), None);
    }
}
