//! How the form looks: fields left, preview, total and warnings right, or below where there is no room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::rows::{At, WEIGHTS};
use super::{RuleForm, preview};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::times;
use crate::widgets::panel;

/// From how many columns on the preview stands beside the fields.
const WIDE: u16 = 110;

pub(super) fn draw(form: &RuleForm, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let word = match (&form.locked, &form.base) {
        (Some(_), _) => "Rule",
        (None, Some(_)) => "Edit rule",
        (None, None) => "New rule",
    };
    let inside =
        panel::window(frame, area, (area.width, area.height), &format!("{word} ── {}", form.title()), view);
    status(form, frame, area, view);
    if inside.height < 4 || inside.width < 20 {
        return;
    }
    let (left, right) = if inside.width >= WIDE {
        let side = (inside.width / 3).min(90);
        let left = Rect { x: inside.x + 1, width: inside.width - side - 2, ..inside };
        let right = Rect { x: inside.right() - side, width: side, ..inside };
        for y in inside.y..inside.bottom() {
            frame.buffer_mut().set_string(right.x, y, "│", view.style(Role::Border));
        }
        (left, Rect { x: right.x + 2, width: right.width - 2, ..right })
    } else {
        let below = (inside.height / 3).clamp(3, 9);
        let left = Rect { x: inside.x + 1, width: inside.width - 2, height: inside.height - below, ..inside };
        (left, Rect { x: inside.x + 1, y: left.bottom(), width: inside.width - 2, height: below })
    };
    form.form.draw(frame, left, view);
    side(form, frame, right, view);
    if let Some(draft) = &form.offer {
        offer(draft, frame, area, view);
    }
}

/// What stands at the right end of the border: changes, mistakes, news.
fn status(form: &RuleForm, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let changes = form.work.changes();
    let mut parts: Vec<(String, Role)> = Vec::new();
    if let Some(news) = &form.elsewhere {
        parts.push((format!("⚠ {news}"), Role::Warn));
    }
    if form.waiting {
        parts.push(("saving…".to_owned(), Role::Warn));
    }
    if !form.problems.is_empty() && (form.attempted || form.base.is_some()) {
        parts.push((format!("✗ {} wrong", form.problems.len()), Role::Bad));
    }
    if form.locked.is_some() {
        parts.push(("cannot be changed".to_owned(), Role::Warn));
    } else {
        parts.push(match changes {
            0 => ("no changes".to_owned(), Role::Dim),
            1 => ("● 1 change".to_owned(), Role::Changed),
            many => (format!("● {many} changes"), Role::Changed),
        });
    }
    if changes > 0 && !form.waiting {
        parts.push(("ctrl-s save".to_owned(), Role::Key));
    }
    let width: usize = parts.iter().map(|(text, _)| text.width() + 3).sum();
    let mut x = area.right().saturating_sub(width as u16 + 1).max(area.x + 1);
    for (text, role) in parts {
        let room = area.right().saturating_sub(x + 1) as usize;
        let text = clean::fit(&format!(" {text} "), room).into_owned();
        frame.buffer_mut().set_string(x, area.y, &text, view.style(role));
        x += text.width() as u16 + 1;
    }
}

fn side(form: &RuleForm, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let wide = area.width as usize;
    let heading = |text: String| {
        let line = format!("── {text} ");
        let fill = "─".repeat(wide.saturating_sub(line.width()));
        Line::styled(clean::fit(&format!("{line}{fill}"), wide).into_owned(), view.style(Role::Title))
    };
    let (total, fires) = preview::total(&form.work.rule, &form.verdicts);
    let total = Line::from(vec![
        Span::styled(if fires { "✓ " } else { "✗ " }, view.style(if fires { Role::Good } else { Role::Bad })),
        Span::raw(clean::fit(&total, wide.saturating_sub(2)).into_owned()),
    ]);
    let mut warnings: Vec<Line<'_>> = Vec::new();
    for finding in &form.findings {
        let text = format!("⚠ {} (lint {})", finding.what, finding.code);
        let rows = clean::wrap(&text, wide.max(10)).into_iter().take(3);
        warnings.extend(rows.map(|row| Line::styled(row, view.style(Role::Warn))));
    }
    if let Some(words) = focused_weight(form) {
        warnings.extend(clean::wrap(&words, wide.max(10)).into_iter().take(3).map(Line::raw));
    }
    let (label, lines, note) = &form.shown;
    let mut said: Vec<Line<'_>> = Vec::new();
    if let Some(why) = &form.locked {
        let rows = clean::wrap(&format!("{why}. enter shows a value in full."), wide.max(10));
        said.extend(rows.into_iter().map(|row| Line::styled(row, view.style(Role::Warn))));
    }
    if label.is_empty() {
        said.push(heading(format!("State: {}", clean::line(&form.sample.label))));
    } else {
        said.push(heading(format!("{} ({})", clean::line(label), clean::line(&form.sample.label))));
        if !form.names_prompt() {
            let rows = lines.iter().flat_map(|line| clean::wrap(line, wide.max(10)));
            said.extend(rows.take(200).map(|row| Line::styled(row, view.style(Role::Spoken))));
        }
        let role =
            if note.starts_with("cannot") || note.starts_with("there is no") { Role::Bad } else { Role::Dim };
        said.push(Line::styled(clean::fit(note, wide).into_owned(), view.style(role)));
    }
    let rest = warnings.len().min(area.height as usize / 2) + 1;
    let room = (area.height as usize).saturating_sub(rest);
    if said.len() > room && room > 1 {
        // The note at the end says what the message is, so it stays.
        let note = said.pop();
        said.truncate(room - 1);
        said.extend(note);
    }
    said.truncate(room);
    said.push(total);
    said.extend(warnings);
    panel::lines(frame, area, said);
}

/// The weight under the cursor in full, as the row may be too short for it.
fn focused_weight(form: &RuleForm) -> Option<String> {
    let at = At::parse(&form.form.focused()?.id)?;
    if at.list != WEIGHTS {
        return None;
    }
    let (weight, verdict) = (form.work.rule.weights.get(at.row)?, form.verdicts.get(at.row)?);
    Some(format!(
        "{} {} {} adds {}: {}",
        weight.field.as_deref().unwrap_or_default(),
        weight.operation,
        weight.value_text(),
        weight.number_text(),
        verdict.text()
    ))
}

fn offer(draft: &super::Draft, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
    let inside = panel::window(frame, area, (area.width.min(72), 8), "Resume the draft?", view);
    let zone = view.data.and_then(|data| data.workspace.zone());
    let now = view.session.clock.now();
    let when = jiff::Timestamp::from_millisecond(draft.info.at)
        .map_or_else(|_| "earlier".to_owned(), |at| times::told(&at.to_string(), zone, now));
    let wide = (inside.width as usize).saturating_sub(2);
    let text = [
        format!("There is a draft of {}", draft.info.title),
        format!("from {when} that was never saved."),
        String::new(),
    ];
    let mut lines: Vec<Line<'_>> =
        text.iter().map(|row| Line::raw(format!(" {}", clean::fit(row, wide)))).collect();
    lines.push(Line::styled(" enter or r resume it", view.style(Role::Key)));
    lines.push(Line::styled(" d discard it and start from what is stored", view.style(Role::Key)));
    lines.push(Line::styled(" esc close; the draft stays", view.style(Role::Key)));
    panel::lines(frame, inside, lines);
}
