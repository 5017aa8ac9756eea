//! The week of operating hours as a grid: a row for each day, blocks where it is open.

use std::fmt::Write as _;

use connect_rules_engine::hours::OperatingHours;
use jiff::Timestamp;
use ratatui::text::{Line, Span};

use crate::screen::View;
use crate::theme::Role;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY: usize = 24 * 60;

/// The lines of the grid in that many columns: an axis, seven days with their ranges where there is room, and
/// a legend.
pub(super) fn lines(
    hours: &OperatingHours,
    now: Timestamp,
    width: usize,
    view: &View<'_>,
) -> Vec<Line<'static>> {
    let week = connect_rules_cloud::hours::week(hours);
    let local = hours.zone().to_datetime(now);
    let today = usize::from(local.date().weekday().to_monday_zero_offset().unsigned_abs());
    let minute = usize::from(local.hour().unsigned_abs()) * 60 + usize::from(local.minute().unsigned_abs());
    // The finest division of the day that fits; ranges in words need 24 columns more.
    let step = [15, 30, 60].into_iter().find(|step| DAY / step + 6 <= width).unwrap_or(120);
    let cells = DAY / step;
    let words = width >= cells + 6 + 24;
    let mut axis = String::from("     ");
    for hour in (0..24).step_by(if cells < 24 { 6 } else { 3 }) {
        let column = 5 + hour * 60 / step;
        while axis.chars().count() < column {
            axis.push(' ');
        }
        // Writing to a String cannot fail.
        let _ = write!(axis, "{hour:02}");
    }
    let mut out = vec![Line::styled(axis, view.style(Role::Dim))];
    for (day, ranges) in week.iter().enumerate() {
        let here = day == today;
        let mark = if here { "▸" } else { " " };
        let mut spans = vec![Span::styled(
            format!("{mark}{} ", DAYS[day]),
            view.style(if here { Role::Title } else { Role::Dim }),
        )];
        for cell in 0..cells {
            let (from, to) = (cell * step, (cell + 1) * step);
            let open: usize = ranges
                .iter()
                .map(|(start, end)| usize::from(*end).min(to).saturating_sub(usize::from(*start).max(from)))
                .sum();
            let is_now = here && (from..to).contains(&minute);
            let (text, role) = match () {
                () if is_now => ("◆", Role::Title),
                () if open == step => ("█", Role::Good),
                () if open > 0 => ("▓", Role::Good),
                () => (".", Role::Dim),
            };
            spans.push(Span::styled(text, view.style(role)));
        }
        if words {
            let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            let texts: Vec<String> =
                ranges.iter().map(|(from, to)| format!("{}-{}", clock(*from), clock(*to))).collect();
            let text = if texts.is_empty() { "closed".to_owned() } else { texts.join(" ") };
            spans.push(Span::styled(format!("  {text}"), view.style(Role::Text)));
        }
        out.push(Line::from(spans));
    }
    let legend = format!("     █ open  ▓ partly  . closed  ◆ now, {}", local.strftime("%a %H:%M"));
    out.push(Line::styled(legend, view.style(Role::Dim)));
    out
}
