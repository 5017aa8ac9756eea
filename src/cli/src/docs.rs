//! `docs`: the pages of help as Markdown, those that the terminal program shows.

use connect_rules_engine::help::{Hit, Page, find, search};
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Value};

use crate::args::{DocsArgs, Global};
use crate::exit::{Exit, Failure};
use crate::model;

/// Runs `docs`: prints one page, the pages that a search finds, or a list of all.
///
/// # Errors
/// There is no such page, no page has the words, or the result cannot be written.
pub fn run(args: &DocsArgs, pages: &[Page], global: &Global) -> Result<Exit, Failure> {
    if let Some(name) = &args.page {
        let at = find(pages, name).ok_or_else(|| {
            let near = search(pages, name);
            let near: Vec<&str> = near.iter().take(3).map(|hit| pages[hit.page].id.as_str()).collect();
            let fix = if near.is_empty() {
                "see `docs` for all pages, or `docs --search TEXT`".to_owned()
            } else {
                format!("did you mean {}? `docs` lists all pages", near.join(", "))
            };
            Failure::usage(format!("there is no page `{name}`"), fix)
        })?;
        return model::print_exactly(&pages[at].text, None);
    }
    let query = args.search.as_deref().unwrap_or_default();
    let found = search(pages, query);
    if found.is_empty() {
        let what = format!("no page holds all of `{query}`");
        return Err(Failure::refused("docs", what, "search for fewer words, or see `docs` for all pages"));
    }
    let of = |hit: &Hit| {
        let line = if query.is_empty() || hit.line == 0 { "" } else { hit.text.as_str() };
        (&pages[hit.page], line.to_owned())
    };
    if global.json {
        let all = found.iter().map(of).map(|(page, line)| {
            let members: Map = [
                ("page", Value::from(page.id.as_str())),
                ("title", page.title.as_str().into()),
                ("sort", page.sort.into()),
                ("line", line.as_str().into()),
            ]
            .into_iter()
            .collect();
            Value::from(members)
        });
        return model::print_exactly(
            &(json::print(&all.collect::<Vec<_>>().into()).unwrap_or_default() + "\n"),
            None,
        );
    }
    let mut text = String::new();
    for (page, line) in found.iter().map(of) {
        text.extend([page.id.as_str(), "\t", &page.title]);
        if !line.is_empty() {
            text.extend(["\t", &line]);
        }
        text.push('\n');
    }
    model::print_exactly(&text, None)
}
