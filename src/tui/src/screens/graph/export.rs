//! Files that the graph is written to.

use connect_rules_engine::graph::{Network, dot, json, mermaid, text};

use super::scene::{Scene, Wanted};
use super::svg::svg;
use super::whole::Whole;
use crate::overlay::Candidate;

/// A format and how much of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// One of [`FORMATS`].
    pub format: &'static str,
    /// The whole graph, not only what is on screen.
    pub whole: bool,
}

/// Formats with the ends of their file names and what they are.
pub const FORMATS: [(&str, &str, &str); 5] = [
    ("text", "txt", "a listing by layers"),
    ("DOT", "dot", "for Graphviz"),
    ("Mermaid", "mmd", "for Markdown and wikis"),
    ("SVG", "svg", "the drawing as a picture"),
    ("JSON", "json", "nodes, links, cycles, unreachable rule sets"),
];

impl Export {
    /// Every choice.
    pub fn all() -> impl Iterator<Item = Export> {
        [false, true].into_iter().flat_map(|whole| FORMATS.map(|(format, ..)| Export { format, whole }))
    }

    /// As a choice to make.
    pub fn candidate(self) -> Candidate {
        let about = FORMATS.iter().find(|it| it.0 == self.format).map_or("", |it| it.2);
        let part = if self.whole { "whole graph" } else { "what is shown" };
        Candidate::plain(format!("{} · {part}", self.format)).detail(about)
    }

    /// The choice of that candidate.
    pub fn parse(value: &str) -> Option<Export> {
        Export::all().find(|export| &*export.candidate().value == value)
    }

    /// Name of the file that is proposed.
    pub fn file(self) -> String {
        let end = FORMATS.iter().find(|it| it.0 == self.format).map_or("txt", |it| it.1);
        format!("graph.{end}")
    }

    /// What the file holds.
    pub fn make(self, whole: &Whole, scene: &Scene) -> String {
        let network: &Network = if self.whole { &whole.network } else { &scene.part };
        match self.format {
            "DOT" => dot(network),
            "Mermaid" => mermaid(network),
            "JSON" => json(network),
            "SVG" if self.whole => {
                svg(&Scene::new(whole, &Wanted::default(), None), "The graph of all rule sets")
            }
            "SVG" => svg(scene, "A part of the graph of the rule sets"),
            _ => text(network),
        }
    }
}
