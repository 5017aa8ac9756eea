//! The screen Graph.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::session::Session;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Graph {}

impl Graph {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Graph {}
    }
}

impl Screen for Graph {
    fn place(&self) -> &'static str {
        "graph"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Graph)
    }

    fn draw(&self, _: &mut Frame<'_>, _: Rect, _: &View<'_>) {}
}
