//! Text fields of one or many lines, on top of `tui-textarea`.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_textarea::{CursorMove, TextArea};

use crate::clean;
use crate::screen::View;
use crate::theme::Role;

/// The longest text that a field takes; what is beyond is not taken and the field says so.
const LONGEST: usize = 1 << 20;

/// A text field.
#[derive(Clone, Debug)]
pub struct Editor {
    area: TextArea<'static>,
    single: bool,
}

impl Editor {
    /// A field of one line.
    pub fn line(text: &str) -> Self {
        Self::of(text, true)
    }

    /// A field of many lines.
    pub fn area(text: &str) -> Self {
        Self::of(text, false)
    }

    fn of(text: &str, single: bool) -> Self {
        let lines: Vec<String> = if single {
            vec![one_line(text)]
        } else {
            text.replace("\r\n", "\n").split('\n').map(str::to_owned).collect()
        };
        let mut area = TextArea::new(lines);
        area.set_cursor_line_style(Style::new());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Editor { area, single }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.area.lines().iter().all(String::is_empty)
    }

    /// Another text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        *self = Self::of(text, self.single);
    }

    /// Row and column (in characters) of the cursor.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Puts the cursor at a row and a column, or as near as there is one.
    pub fn jump(&mut self, row: usize, column: usize) {
        let narrow = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(narrow(row), narrow(column)));
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// A key. Takes what edits or moves inside the text and leaves everything else to the key table.
    pub fn key(&mut self, event: KeyEvent) -> bool {
        if event.kind == KeyEventKind::Release {
            return false;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        match event.code {
            KeyCode::Char(c) if !control && !alt => {
                if self.len() < LONGEST {
                    self.area.insert_char(c);
                }
                true
            }
            KeyCode::Char('w') if control => self.edits(TextArea::delete_word),
            KeyCode::Char('k') if control => self.edits(TextArea::delete_line_by_end),
            KeyCode::Char('u') if control => self.edits(TextArea::delete_line_by_head),
            KeyCode::Char('a') if control => self.moves(CursorMove::Head),
            KeyCode::Char('e') if control => self.moves(CursorMove::End),
            KeyCode::Char('_' | 'z') if alt => self.edits(TextArea::undo),
            KeyCode::Backspace if control || alt => self.edits(TextArea::delete_word),
            KeyCode::Backspace => self.edits(TextArea::delete_char),
            KeyCode::Delete => self.edits(TextArea::delete_next_char),
            KeyCode::Left if control || alt => self.moves(CursorMove::WordBack),
            KeyCode::Right if control || alt => self.moves(CursorMove::WordForward),
            KeyCode::Left => self.moves(CursorMove::Back),
            KeyCode::Right => self.moves(CursorMove::Forward),
            KeyCode::Home => self.moves(CursorMove::Head),
            KeyCode::End => self.moves(CursorMove::End),
            KeyCode::Up if !self.single && self.area.cursor().0 > 0 => self.moves(CursorMove::Up),
            KeyCode::Down if !self.single && self.area.cursor().0 + 1 < self.area.lines().len() => {
                self.moves(CursorMove::Down)
            }
            KeyCode::Enter if !self.single && !control => {
                self.area.insert_newline();
                true
            }
            _ => false,
        }
    }

    fn edits(&mut self, edit: impl FnOnce(&mut TextArea<'static>) -> bool) -> bool {
        edit(&mut self.area);
        true
    }

    fn moves(&mut self, to: CursorMove) -> bool {
        self.area.move_cursor(to);
        true
    }

    fn len(&self) -> usize {
        self.area.lines().iter().map(String::len).sum()
    }

    /// Pasted text; one-line fields take line ends as blanks.
    pub fn paste(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.len());
        let mut end = text.len().min(room);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text[..end].replace("\r\n", "\n").replace('\r', "\n");
        self.area.insert_str(if self.single { one_line(&text) } else { text });
    }

    /// Draws the text with the cursor if it has the focus; long lines scroll.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if area.is_empty() {
            return;
        }
        if !view.focused {
            let style = view.style(Role::Input);
            for (row, text) in self.area.lines().iter().take(area.height as usize).enumerate() {
                let place = Rect { y: area.y + row as u16, height: 1, ..area };
                frame.render_widget(
                    ratatui::text::Line::styled(clean::fit(text, area.width as usize).into_owned(), style),
                    place,
                );
            }
            return;
        }
        let mut shown = self.area.clone();
        if self.area.lines().iter().any(|line| matches!(clean::line(line), std::borrow::Cow::Owned(_))) {
            let lines: Vec<String> =
                self.area.lines().iter().map(|line| clean::line(line).into_owned()).collect();
            let cursor = self.area.cursor();
            shown = TextArea::new(lines);
            shown.set_cursor_line_style(Style::new());
            shown.move_cursor(CursorMove::Jump(cursor.0 as u16, cursor.1 as u16));
        }
        shown.set_style(view.style(Role::Input));
        shown.set_cursor_style(view.style(Role::Cursor).add_modifier(ratatui::style::Modifier::REVERSED));
        frame.render_widget(&shown, area);
    }
}

fn one_line(text: &str) -> String {
    text.trim_end_matches(['\r', '\n']).replace("\r\n", " ").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut Editor, code: KeyCode) -> bool {
        editor.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn one_line_stays_one_line() {
        let mut editor = Editor::line("a\nb\n");
        editor.paste("c\r\nd\n");
        assert_eq!(editor.text(), "a bc d");
        assert!(!press(&mut editor, KeyCode::Enter));
        assert!(!press(&mut editor, KeyCode::Up) && !press(&mut editor, KeyCode::Tab));
        press(&mut editor, KeyCode::Backspace);
        press(&mut editor, KeyCode::Char('é'));
        assert_eq!(editor.text(), "a bc é");
    }

    #[test]
    fn the_edges_of_an_area_are_left_to_the_form() {
        let mut editor = Editor::area("a\nb");
        assert!(!press(&mut editor, KeyCode::Down));
        assert!(press(&mut editor, KeyCode::Up));
        assert!(!press(&mut editor, KeyCode::Up));
        assert!(press(&mut editor, KeyCode::Enter));
        assert_eq!(editor.lines().len(), 3);
    }
}
