//! How the editor looks.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::super::run::mark;
use super::super::script;
use super::{REMARKS, Remark, TestEditor, WIDE};
use crate::clean;
use crate::screen::View;
use crate::theme::Role;
use crate::widgets::list::mark_row;
use crate::widgets::panel;

impl TestEditor {
    pub(super) fn draw_all(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let changes = self.changes();
        let title =
            if changes > 0 { format!("{} ● {changes} changed", self.title) } else { self.title.clone() };
        let inside = panel::window(frame, area, (area.width, area.height), &title, view);
        if inside.height < 4 || inside.width < 12 {
            return;
        }
        let body = Rect { height: inside.height - 1, ..inside };
        let fields = self.form.height().saturating_add(1);
        let (form, script) = if inside.width >= WIDE {
            let wide = (inside.width / 3).max(56);
            (Rect { width: wide - 1, ..body }, Rect { x: body.x + wide, width: body.width - wide, ..body })
        } else {
            let height =
                if self.in_script && body.height < fields + 16 { 1 } else { fields.min(body.height * 3 / 5) };
            (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
        };
        let form_view = View { focused: view.focused && !self.in_script, ..*view };
        if form.height > 1 {
            self.form.draw(
                frame,
                Rect { x: form.x + 1, width: form.width.saturating_sub(2), ..form },
                &form_view,
            );
        } else {
            let value = |id: &str| self.form.value(id);
            let refused = self.refused.iter().filter(|(id, _)| id != "payload").count();
            let wrong = if refused > 0 { format!("✗ {refused} refused · ") } else { String::new() };
            let text = format!(
                " {wrong}{} · {} · {} from {} at {}",
                value("name"),
                value("folder"),
                value("endPoint"),
                value("customerPhoneNumber"),
                value("testDateTime")
            );
            let role = if refused > 0 { Role::Bad } else { Role::Dim };
            frame.render_widget(
                Line::styled(clean::fit(&text, form.width as usize).into_owned(), view.style(role)),
                form,
            );
        }
        self.draw_script(frame, script, view);
        let keys = if self.waiting {
            " saving…"
        } else if self.locked.is_some() {
            " tab fields and script  enter show in full  f5 try it  esc close"
        } else if inside.width >= 100 {
            " tab fields and script  ctrl-s save  f4 insert a line  f5 try it  f6 next remark  alt-z undo typing  esc leave"
        } else {
            " tab fields  ctrl-s save  f4 insert  f5 try  f6 next remark  esc leave"
        };
        frame.render_widget(
            Line::styled(keys, view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }

    fn draw_script(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.height < 2 {
            return;
        }
        let (row, column) = self.script.cursor();
        let lines = self.script.lines();
        let heading = match &self.tried {
            Some((headline, _)) => format!("── Script ── {headline} "),
            None => format!("── Script ── line {} of {} ", row + 1, lines.len()),
        };
        let rule = "─".repeat((area.width as usize).saturating_sub(heading.width()));
        let look = view.style(if self.in_script { Role::Title } else { Role::Border });
        frame.render_widget(
            Line::styled(clean::fit(&format!("{heading}{rule}"), area.width as usize).into_owned(), look),
            Rect { height: 1, ..area },
        );
        let mut remarks = self.said_here(row + 1);
        let why = self.locked.as_ref().map(|why| Remark { line: None, role: Role::Warn, text: why.clone() });
        if let Some(why) = &why {
            remarks.insert(0, why);
        }
        let below = (remarks.len() as u16).min(REMARKS).min(area.height / 3);
        let text = Rect { y: area.y + 1, height: area.height - 1 - below, ..area };
        self.height.set(text.height as usize);
        let mut top = self.top.get().min(lines.len().saturating_sub(1));
        if row < top {
            top = row;
        } else if row >= top + text.height as usize {
            top = row + 1 - text.height as usize;
        }
        self.top.set(top);
        let gutter = 7;
        let room = (text.width as usize).saturating_sub(gutter + 1).max(1);
        let before: String =
            lines.get(row).map(|line| line.chars().take(column).collect()).unwrap_or_default();
        let cursor = clean::line(&before).width();
        let left = (cursor + 1).saturating_sub(room);
        for (offset, line) in lines.iter().skip(top).take(text.height as usize).enumerate() {
            let number = top + offset + 1;
            let place = Rect { y: text.y + offset as u16, height: 1, ..text };
            self.draw_line(frame, place, number, line, left, view);
            if number == row + 1 && self.in_script && view.focused && self.locked.is_some() {
                mark_row(frame, place, view);
            } else if number == row + 1 && self.in_script && view.focused {
                let x = text.x + (gutter + cursor - left) as u16;
                if let Some(cell) = frame.buffer_mut().cell_mut((x.min(text.right() - 1), place.y)) {
                    cell.set_style(view.style(Role::Cursor).add_modifier(Modifier::REVERSED));
                }
            }
        }
        for (offset, remark) in remarks.iter().take(below as usize).enumerate() {
            let sign = match remark.role {
                Role::Bad => "✗",
                Role::Warn => "⚠",
                _ => "·",
            };
            let at = remark.line.map_or(String::new(), |line| format!("line {line}: "));
            let said = format!(" {sign} {at}{}", remark.text);
            frame.render_widget(
                Line::styled(clean::fit(&said, area.width as usize).into_owned(), view.style(remark.role)),
                Rect { y: text.bottom() + offset as u16, height: 1, ..area },
            );
        }
    }

    /// What is said, beginning with the line of the cursor.
    fn said_here(&self, line: usize) -> Vec<&Remark> {
        let mut said: Vec<&Remark> = self.said().collect();
        said.sort_by_key(|remark| (remark.line != Some(line), remark.line));
        said
    }

    fn draw_line(
        &self,
        frame: &mut Frame<'_>,
        place: Rect,
        number: usize,
        line: &str,
        left: usize,
        view: &View<'_>,
    ) {
        let remark = self.remarks.iter().find(|remark| remark.line == Some(number));
        let verdict = self.verdicts.iter().find(|(at, _)| *at == number).map(|(_, verdict)| *verdict);
        let (sign, sign_role) = match (remark, verdict) {
            (_, Some(verdict)) => (mark(verdict), super::super::verdict_role(verdict)),
            (Some(remark), None) => (if remark.role == Role::Bad { "✗" } else { "⚠" }, remark.role),
            (None, None) => (" ", Role::Dim),
        };
        let safe = clean::line(line);
        let shown: String = skip_columns(&safe, left);
        let kind = line.trim_start().split(':').next().unwrap_or_default();
        let role = if line.trim_start().starts_with('#') { Role::Dim } else { script::role(kind) };
        let room = (place.width as usize).saturating_sub(7);
        frame.render_widget(
            Line::from(vec![
                Span::styled(format!("{number:>4} "), view.style(Role::Dim)),
                Span::styled(format!("{sign} "), view.style(sign_role)),
                Span::styled(clean::fit(&shown, room).into_owned(), view.style(role)),
            ]),
            place,
        );
    }
}

/// The text from that column on.
fn skip_columns(text: &str, columns: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|c| {
            let skip = skipped < columns;
            skipped += c.to_string().width();
            skip
        })
        .collect()
}
