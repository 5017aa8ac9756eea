//! The frame around every screen: header, tabs, footer; and the last guards before the terminal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::app::{App, job_text};
use crate::clean;
use crate::keys::{self, Binding};
use crate::message::Level;
use crate::screen::ScreenId;
use crate::theme::Role;
use crate::widgets::panel;

/// The smallest terminal that every screen is made for.
pub const SMALLEST: (u16, u16) = (80, 24);

/// Draws the whole program.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    app.begin_frame();
    let view = app.view(true);
    frame.buffer_mut().set_style(area, view.style(Role::Text));
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "The terminal has {}×{} characters; connect-rules needs {}×{}. Make it larger; nothing is lost.",
            area.width, area.height, SMALLEST.0, SMALLEST.1
        );
        panel::notice(frame, area, &text, &view);
    } else {
        header(app, frame, Rect { height: 1, ..area });
        tabs(app, frame, Rect { y: area.y + 1, height: 1, ..area });
        let middle = Rect { y: area.y + 2, height: area.height - 3, ..area };
        let screen_view = app.view(app.dialogs().next().is_none());
        app.front().draw(frame, middle, &screen_view);
        let count = app.dialogs().count();
        for (at, dialog) in app.dialogs().enumerate() {
            dialog.draw(frame, middle, &app.view(at + 1 == count));
        }
        footer(app, frame, Rect { y: area.bottom() - 1, height: 1, ..area });
    }
    clean::guard(frame.buffer_mut());
    if app.ascii {
        clean::ascii(frame.buffer_mut());
    }
}

fn header(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let view = app.view(true);
    let environment = &app.session.environment;
    let role = if environment.production { Role::Production } else { Role::Header };
    let mut left = format!(" connect-rules ─ {}", clean::line(&environment.name));
    if environment.production {
        left.push_str(" ─ PRODUCTION");
    }
    if !environment.place.is_empty() {
        left.push_str(" · ");
        left.push_str(&clean::line(&environment.place));
    }
    if environment.read_only.is_some() {
        left.push_str(" · READ-ONLY");
    }
    let actor = &app.session.actor;
    let right = format!("{} · {} ({}) ", app.session.store, clean::line(&actor.user), actor.role);
    let space = (area.width as usize).saturating_sub(right.width());
    let text = format!("{}{right}", clean::pad(&left, space));
    frame.render_widget(
        Line::styled(clean::fit(&text, area.width as usize).into_owned(), view.style(role)),
        area,
    );
}

fn tabs(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let view = app.view(true);
    // Exactly 80 columns: the brackets of the tab in front take the places of the blanks between tabs.
    let mut text = String::new();
    let mut spans = Vec::new();
    for (at, id) in ScreenId::ALL.iter().enumerate() {
        let here = *id == app.screen;
        let before = at.checked_sub(1).map(|at| ScreenId::ALL[at]);
        text.push_str(match before {
            _ if here => "[",
            Some(before) if before == app.screen => "]",
            Some(_) => " ",
            None => "",
        });
        spans.push(Span::styled(std::mem::take(&mut text), view.style(Role::Tab)));
        let look = if here { Role::TabHere } else { Role::Tab };
        spans.push(Span::styled(format!("{} {}", at + 1, id.name()), view.style(look)));
    }
    if app.screen == ScreenId::Admin {
        spans.push(Span::styled("]", view.style(Role::Tab)));
    }
    frame.render_widget(Line::from(spans), area);
}

fn footer(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let view = app.view(true);
    let mut right: Vec<(String, Role)> = Vec::new();
    if let Some(trouble) = &app.trouble {
        right.push((format!("⚠ store: {trouble}"), Role::Bad));
    }
    let mut told = app.jobs.iter().filter(|job| !job.title.is_empty());
    if let Some(job) = told.next_back() {
        let others = told.count();
        let more = if others > 0 { format!(" +{others}") } else { String::new() };
        right.push((format!("⠿ {}{more}", job_text(job)), Role::Warn));
    }
    if app.data.is_none() && app.is_loading() {
        right.push(("⠿ reading the store".to_owned(), Role::Warn));
    }
    if !app.pending().is_empty() {
        right.push(("g…".to_owned(), Role::Key));
    }
    if let Some(toast) = &app.toast {
        let (mark, role) = match toast.level {
            Level::Good => ("✓", Role::Good),
            Level::Note => ("·", Role::Text),
            Level::Bad => ("✗", Role::Bad),
        };
        right.push((format!("{mark} {}", toast.text), role));
    }
    let shown = keys_of_place(app, frame, area);
    if right.is_empty() {
        return;
    }
    // The keys stay: what does not fit beside them stands in the lower border of the screen.
    let wide = |right: &[(String, Role)]| right.iter().map(|(text, _)| text.width() + 2).sum::<usize>();
    let place = if wide(&right) <= area.right().saturating_sub(shown) as usize {
        area
    } else {
        Rect { x: area.x + 1, y: area.y - 1, width: area.width.saturating_sub(2), height: 1 }
    };
    let mut x = place.right();
    for (text, role) in right.into_iter().rev() {
        let room = x.saturating_sub(place.x) as usize;
        if room < 10 {
            break;
        }
        let text = format!(" {} ", clean::fit(&text, room - 2));
        x -= text.width() as u16;
        frame.buffer_mut().set_string(x, place.y, &text, view.style(role));
    }
}

/// Draws the keys that work here, as many as fit; answers the column after them.
fn keys_of_place(app: &App, frame: &mut Frame<'_>, area: Rect) -> u16 {
    let view = app.view(true);
    let in_dialog = app.dialogs().next().is_some();
    let mut x = area.x + 1;
    let is_told = |binding: &Binding, key: &str| {
        !(in_dialog && !binding.place.starts_with("dialog")
            || app.typing() && keys::Chord::parse(key).is_some_and(keys::Chord::is_text))
    };
    let key_of = |binding: &'static Binding| {
        binding.keys.first().copied().filter(|key| !binding.label.is_empty() && is_told(binding, key))
    };
    let width_of = |binding: &Binding, key: &str| (key.width() + binding.label.width() + 3) as u16;
    let mut told: Vec<(&Binding, &str)> =
        keys::at(app.place()).into_iter().filter_map(|it| Some((it, key_of(it)?))).collect();
    // Where not all fit, the one that lists them keeps its place.
    let all: u16 = told.iter().map(|(binding, key)| width_of(binding, key)).sum();
    if x + all > area.right()
        && let Some(at) = told.iter().position(|(binding, _)| binding.id == "app.help")
    {
        let help = told.remove(at);
        let mut room = area.width.saturating_sub(1 + width_of(help.0, help.1));
        let fit = told.iter().take_while(|(binding, key)| {
            let width = width_of(binding, key);
            let fits = width <= room;
            room = room.saturating_sub(width);
            fits
        });
        let fit = fit.count();
        told.insert(fit, help);
    }
    for (binding, key) in told {
        let refused = app.session.refuses(binding.needs, binding.writes.is_write()).is_some()
            || (!in_dialog && app.front().refuses(binding.id, &view).is_some());
        let width = width_of(binding, key);
        if x + width > area.right() {
            break;
        }
        let look = if refused { Role::Dim } else { Role::Text };
        frame.buffer_mut().set_string(
            x,
            area.y,
            key,
            view.style(if refused { Role::Dim } else { Role::Key }),
        );
        frame.buffer_mut().set_string(x + key.width() as u16 + 1, area.y, binding.label, view.style(look));
        x += width;
    }
    x
}
