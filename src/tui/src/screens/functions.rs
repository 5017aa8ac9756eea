//! The screen Functions: what it will need is said until the environment gives it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::widgets::panel;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Functions;

impl Screen for Functions {
    fn place(&self) -> &'static str {
        "functions"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Functions)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, "Functions", view);
        panel::notice(frame, inside, NEEDS, view);
    }
}

const NEEDS: &str = "The deployed evaluator functions are shown here: versions, errors, durations, logs. \
    They need an environment with an AWS account; the embedded store has none.";
