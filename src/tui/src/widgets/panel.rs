//! Boxes with titles, and small texts drawn the same way everywhere.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear};

use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// Draws a box with a title and answers what is inside. A focused box is told by its look and by `[ ]` around the title.
pub fn panel(frame: &mut Frame<'_>, area: Rect, title: &str, view: &View<'_>) -> Rect {
    let (border, text) = if view.focused {
        (Role::Focus, format!("[ {} ]", clean::line(title)))
    } else {
        (Role::Border, format!(" {} ", clean::line(title)))
    };
    let text = clean::fit(&text, (area.width as usize).saturating_sub(2)).into_owned();
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(view.style(border))
        .title(Span::styled(text, view.style(if view.focused { Role::Title } else { Role::Text })));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Clears a box in the middle of an area, of at most that size, draws its border and answers what is inside.
pub fn window(frame: &mut Frame<'_>, area: Rect, size: (u16, u16), title: &str, view: &View<'_>) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, view.style(Role::Text));
    panel(frame, place, title, view)
}

/// Draws lines from the top of an area as far as they fit.
pub fn lines<'a>(frame: &mut Frame<'_>, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    for (row, line) in lines.into_iter().take(area.height as usize).enumerate() {
        frame.render_widget(line, Rect { y: area.y + row as u16, height: 1, ..area });
    }
}

/// A text in the middle of an area, wrapped.
pub fn notice(frame: &mut Frame<'_>, area: Rect, text: &str, view: &View<'_>) {
    let rows = clean::wrap(text, (area.width as usize).saturating_sub(2).clamp(1, 72));
    let top = area.y + (area.height.saturating_sub(rows.len() as u16)) / 2;
    for (at, row) in rows.iter().enumerate() {
        let y = top + at as u16;
        if y >= area.bottom() {
            break;
        }
        let line = Line::styled(row.clone(), view.style(Role::Dim)).centered();
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

/// A bar of `width` columns that is full to that share, with the number beside it for those who see no colour.
pub fn bar(share: f64, width: usize) -> String {
    let filled = (share.clamp(0.0, 1.0) * width as f64).round() as usize;
    format!("{}{}", "█".repeat(filled), "░".repeat(width - filled))
}
