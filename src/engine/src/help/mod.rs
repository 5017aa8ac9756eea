//! Help that needs no network: pages made from the declarations of rule types, weights, template helpers and
//! lint findings, and a search over pages. The programs add pages about themselves.

mod examples;
mod pages;
mod search;

pub use pages::pages;
pub use search::{Hit, find, search};

/// The rule sets of the demo, which worked examples are taken from.
pub const DEMO: &str = include_str!("../../../../data/demo/rulesets.json");

/// A page of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name: the sort and the thing, such as `rule/Queue`.
    pub id: String,
    /// Its title, such as `Queue`.
    pub title: String,
    /// What it is about, in a word or two, such as `rule type`.
    pub sort: &'static str,
    /// Markdown of headings, paragraphs, lists, tables and indented examples; the title is its first line.
    pub text: String,
}

impl Page {
    /// A page whose text begins with a title, a line `# …`.
    pub fn new(id: impl Into<String>, sort: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        let title = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']).to_owned();
        Page { id: id.into(), title, sort, text }
    }
}
