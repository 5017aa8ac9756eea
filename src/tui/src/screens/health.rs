//! The screen Health: what it will need is said until the environment gives it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::keys::Binding;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::widgets::panel;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[];

/// The screen.
pub struct Health;

impl Screen for Health {
    fn place(&self) -> &'static str {
        "health"
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Health)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, "Health", view);
        panel::notice(frame, inside, NEEDS, view);
    }
}

const NEEDS: &str = "Health scan, repair plan and repair are shown here. \
    They need an environment with an Amazon Connect instance; the embedded store has none. \
    Lint findings of the rules themselves are on Home.";
