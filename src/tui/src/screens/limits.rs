//! The screen Limits: what it will need is said until the environment gives it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::widgets::panel;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Limits;

impl Screen for Limits {
    fn place(&self) -> &'static str {
        "limits"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Limits)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, "Limits", view);
        panel::notice(frame, inside, NEEDS, view);
    }
}

const NEEDS: &str = "Outbound rate limits are shown here: attempts, limits and time to reset of each customer and system number. \
    They need an environment with the rate limiter's tables; the embedded store has none.";
