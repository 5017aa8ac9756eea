//! What stands above the panes: the limits that count, how fresh everything is, and the sums of the day.

use connect_rules_limits::{Config, FailMode};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::feed::Reading;
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::panel;

/// Words for what a limit lets through.
pub fn through(config: &Config, limit: u32) -> String {
    match config.lets_through(limit) {
        None => "no limit".to_owned(),
        Some(most) => format!("lets {most} through"),
    }
}

/// The limits in two lines.
pub fn limits(config: &Config) -> [String; 2] {
    let prefixes = match &config.prefixes[..] {
        [] => "all numbers".to_owned(),
        some => format!("numbers {}", some.iter().map(|it| &**it).collect::<Vec<_>>().join(" ")),
    };
    let errors = match config.fail_mode {
        FailMode::Open => "errors let calls go on (open)",
        FailMode::Closed => "errors end calls (closed)",
    };
    let exempt = match config.exempt_numbers.len() {
        0 => String::new(),
        count => format!(", {count} exempt"),
    };
    let (customer, system) = (config.customer_limit, config.system_limit);
    [
        format!(
            "customer {customer}, {} · caller ID {system}, {} · {} {} s",
            through(config, customer),
            through(config, system),
            config.mode.name(),
            config.window_seconds
        ),
        format!(
            "{} · {prefixes}{exempt} · {errors} · {}",
            if config.enabled { "ON" } else { "OFF: nothing is counted" },
            if config.notify_agent { "tasks" } else { "no tasks" }
        ),
    ]
}

/// The sums of a day, in two parts.
pub fn totals(reading: &Reading, is_today: bool) -> [String; 2] {
    let it = &reading.totals;
    let day = if is_today { "today".to_owned() } else { reading.day.to_string() };
    let part = if reading.next.is_some() {
        format!("newest {} of ", reading.decisions.len())
    } else {
        String::new()
    };
    [
        format!(
            "{part}{day}: {} attempts, {} allowed · blocked {} customer, {} caller ID",
            it.attempts, it.allowed, it.customer, it.system
        ),
        format!("{} could not be judged · {} blocked calls went on", it.errors, it.unstopped),
    ]
}

/// A line with its look.
pub type Told = (String, Role);

/// Draws the lines in a box.
pub fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, told: &[Told], view: &View<'_>) {
    let quiet = View { focused: false, ..*view };
    let inside = panel::panel(frame, area, title, &quiet);
    let wide = (inside.width as usize).saturating_sub(1);
    let line = |(text, role): &Told| Line::styled(format!(" {}", clean::fit(text, wide)), view.style(*role));
    panel::lines(frame, inside, told.iter().map(line));
}
