//! The screen Tests.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::session::Session;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Tests {}

impl Tests {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Tests {}
    }
}

impl Screen for Tests {
    fn place(&self) -> &'static str {
        "tests"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Tests)
    }

    fn draw(&self, _: &mut Frame<'_>, _: Rect, _: &View<'_>) {}
}
