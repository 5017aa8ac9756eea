//! The screen Rules.

pub mod form;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::session::Session;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Rules {}

impl Rules {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Rules {}
    }
}

impl Screen for Rules {
    fn place(&self) -> &'static str {
        "rules"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Rules)
    }

    fn draw(&self, _: &mut Frame<'_>, _: Rect, _: &View<'_>) {}
}
