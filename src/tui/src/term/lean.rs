//! Frames in few bytes, for links that carry few: short moves, short styles, blanks erased at once, nothing
//! told twice. The terminal is never asked anything.

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// A gap of so many unchanged cells is printed again rather than jumped over.
const GAP: u16 = 4;
/// So many blanks in a row are erased rather than printed.
const BLANKS: usize = 12;

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

const PLAIN: Look =
    Look { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };

fn look(cell: &Cell) -> Look {
    Look { fg: cell.fg, bg: cell.bg, underline: cell.underline_color, modifier: cell.modifier }
}

/// A terminal behind a writer; a flush of the writer ends a frame.
pub struct Lean<W: Write> {
    to: CrosstermBackend<W>,
    /// What was sent last to each place; none where that is not certain.
    sent: Vec<Vec<Option<Cell>>>,
    cursor: Option<bool>,
    text: String,
}

impl<W: Write> Lean<W> {
    /// Frames for that writer.
    pub fn new(to: W) -> Self {
        Lean {
            to: CrosstermBackend::new(to),
            sent: Vec::new(),
            cursor: None,
            text: String::with_capacity(1 << 14),
        }
    }

    fn forget(&mut self) {
        self.sent.clear();
        self.cursor = None;
    }

    fn keep(&mut self, x: u16, y: u16, cell: Option<Cell>) {
        let (x, y) = (usize::from(x), usize::from(y));
        if y >= self.sent.len() {
            self.sent.resize(y + 1, Vec::new());
        }
        let row = &mut self.sent[y];
        if x >= row.len() {
            row.resize(x + 1, None);
        }
        row[x] = cell;
    }

    /// Prints what is unchanged between two places if that is shorter than a jump.
    fn bridge(&mut self, from: u16, to: u16, y: u16, now: Look) -> bool {
        if to < from || to - from > GAP {
            return false;
        }
        let before = self.text.len();
        for x in from..to {
            match self.sent.get(usize::from(y)).and_then(|row| row.get(usize::from(x))) {
                Some(Some(cell)) if cell.symbol().is_ascii() && look(cell) == now => {
                    self.text.push_str(cell.symbol());
                }
                _ => {
                    self.text.truncate(before);
                    return false;
                }
            }
        }
        true
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.cursor != Some(shown) {
            self.cursor = Some(shown);
            self.to.write_all(if shown { b"\x1b[?25h" } else { b"\x1b[?25l" })?;
        }
        Ok(())
    }
}

fn colour(out: &mut String, ground: u8, colour: Color) {
    let (index, plain) = match colour {
        Color::Reset => (0, true),
        Color::Black => (0, false),
        Color::Red => (1, false),
        Color::Green => (2, false),
        Color::Yellow => (3, false),
        Color::Blue => (4, false),
        Color::Magenta => (5, false),
        Color::Cyan => (6, false),
        Color::Gray => (7, false),
        Color::DarkGray => (8, false),
        Color::LightRed => (9, false),
        Color::LightGreen => (10, false),
        Color::LightYellow => (11, false),
        Color::LightBlue => (12, false),
        Color::LightMagenta => (13, false),
        Color::LightCyan => (14, false),
        Color::White => (15, false),
        Color::Indexed(index) => (index, false),
        Color::Rgb(r, g, b) => {
            let _ = write!(out, "{};2;{r};{g};{b}", ground + 8);
            return;
        }
    };
    let _ = match index {
        _ if plain => write!(out, "{}", ground + 9),
        // Bright colours have short names, for the underline there are none. The dark ones are not named
        // so: many terminals make them bright where the text is bold.
        8..=15 if ground < 50 => write!(out, "{}", ground + 52 + index),
        _ => write!(out, "{};5;{index}", ground + 8),
    };
}

/// From one look to another, in few bytes.
fn restyle(out: &mut String, from: Look, to: Look) {
    if from == to {
        return;
    }
    let mut from = from;
    if to == PLAIN || !to.modifier.contains(from.modifier) {
        out.push_str("\x1b[m");
        from = PLAIN;
    }
    let start = out.len();
    let part = |out: &mut String| out.push_str(if out.len() == start { "\x1b[" } else { ";" });
    for (modifier, code) in MODIFIERS {
        if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            part(out);
            let _ = write!(out, "{code}");
        }
    }
    for (ground, from, to) in [(30, from.fg, to.fg), (40, from.bg, to.bg), (50, from.underline, to.underline)]
    {
        if from != to {
            part(out);
            colour(out, ground, to);
        }
    }
    if out.len() > start {
        out.push('m');
    }
}

impl<W: Write> Backend for Lean<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells: Vec<_> = content.collect();
        self.text.clear();
        let mut now = PLAIN;
        // Where the terminal's cursor is, if that is certain.
        let mut at: Option<(u16, u16)> = None;
        let mut next = 0;
        while let Some(&(x, y, cell)) = cells.get(next) {
            let wanted = look(cell);
            match at {
                Some(here) if here == (x, y) => {}
                Some((from, row)) if row == y && self.bridge(from, x, y, now) => {}
                Some((_, row)) if row == y => {
                    let _ = write!(self.text, "\x1b[{}G", x + 1);
                }
                _ => {
                    let _ = write!(self.text, "\x1b[{};{}H", y + 1, x + 1);
                }
            }
            restyle(&mut self.text, now, wanted);
            now = wanted;
            let blanks = if cell.symbol() == " " && wanted.bg == Color::Reset && wanted.modifier.is_empty() {
                (0..)
                    .zip(&cells[next..])
                    .take_while(|(step, (nx, ny, it))| {
                        *ny == y && *nx == x + step && it.symbol() == " " && look(it) == wanted
                    })
                    .count()
            } else {
                0
            };
            if blanks >= BLANKS {
                let _ = write!(self.text, "\x1b[{blanks}X");
                for &(x, y, cell) in &cells[next..next + blanks] {
                    self.keep(x, y, Some(cell.clone()));
                }
                at = Some((x, y));
                next += blanks;
                continue;
            }
            self.text.push_str(cell.symbol());
            let wide = cell.symbol().width() != 1;
            self.keep(x, y, (!wide).then(|| cell.clone()));
            if wide {
                self.keep(x.saturating_add(1), y, None);
            }
            // Terminals disagree about the width of some texts.
            at = (!wide).then_some((x + 1, y));
            next += 1;
        }
        restyle(&mut self.text, now, PLAIN);
        self.to.write_all(self.text.as_bytes())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    /// The terminal is not asked: its answer would have to be waited for.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        write!(self.to, "\x1b[{};{}H", y + 1, x + 1)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.forget();
        self.to.write_all(match region {
            ClearType::All => b"\x1b[2J",
            ClearType::AfterCursor => b"\x1b[J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[K",
        })
    }

    fn size(&self) -> io::Result<Size> {
        self.to.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.to.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.to)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    const AREA: Rect = Rect { x: 0, y: 0, width: 40, height: 4 };

    #[derive(Clone, Default)]
    struct Sent(Rc<RefCell<Vec<u8>>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[ -~]{1,20}", " {1,40}", "[─│é]{1,12}"]
    }

    fn style() -> impl Strategy<Value = Style> {
        let colour = || {
            prop_oneof![
                Just(Color::Reset),
                Just(Color::Red),
                Just(Color::DarkGray),
                Just(Color::Indexed(200)),
                Just(Color::Rgb(1, 2, 3))
            ]
        };
        let modifier = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::REVERSED | Modifier::UNDERLINED)
        ];
        (colour(), colour(), modifier)
            .prop_map(|(fg, bg, with)| Style::new().fg(fg).bg(bg).add_modifier(with))
    }

    fn shown(colour: Color) -> vt100::Color {
        match colour {
            Color::Red => vt100::Color::Idx(1),
            Color::DarkGray => vt100::Color::Idx(8),
            Color::Indexed(index) => vt100::Color::Idx(index),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            _ => vt100::Color::Default,
        }
    }

    proptest! {
        /// Whatever changes, a terminal shows the frame that was drawn.
        #[test]
        fn a_terminal_shows_every_frame(
            frames in prop::collection::vec(
                prop::collection::vec((0..40_u16, 0..4_u16, text(), style()), 0..6), 1..6)
        ) {
            let size = |n: u16| std::num::NonZero::new(n).unwrap();
            let mut terminal = vt100::Parser::new(size(AREA.height), size(AREA.width), 0);
            let sent = Sent::default();
            let mut lean = Lean::new(sent.clone());
            let mut before = Buffer::empty(AREA);
            for changes in frames {
                let mut frame = before.clone();
                for (x, y, text, style) in changes {
                    frame.set_string(x, y, &text, style);
                }
                lean.draw(before.diff(&frame).into_iter()).unwrap();
                before = frame.clone();
                terminal.process(&sent.0.take());
                let screen = terminal.screen();
                for y in 0..AREA.height {
                    let mut skip = 0;
                    for x in 0..AREA.width {
                        if skip > 0 {
                            skip -= 1;
                            continue;
                        }
                        let (wanted, got) = (&frame[(x, y)], screen.cell(y, x).unwrap());
                        skip = wanted.symbol().width().saturating_sub(1);
                        let symbol = if got.has_contents() { got.contents() } else { " " };
                        prop_assert_eq!(symbol, wanted.symbol(), "{},{}", x, y);
                        prop_assert_eq!(got.bgcolor(), shown(wanted.bg));
                        prop_assert_eq!(got.inverse(), wanted.modifier.contains(Modifier::REVERSED));
                        if symbol != " " {
                            prop_assert_eq!(got.fgcolor(), shown(wanted.fg));
                            prop_assert_eq!(got.bold(), wanted.modifier.contains(Modifier::BOLD));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn after_a_wide_character_the_place_is_told_anew() {
        let sent = Sent::default();
        let mut lean = Lean::new(sent.clone());
        let frame = Buffer::with_lines(["a日b"]);
        lean.draw(Buffer::empty(frame.area).diff(&frame).into_iter()).unwrap();
        assert_eq!(sent.0.take(), "\x1b[1;1Ha日\x1b[1;4Hb".as_bytes());
    }

    #[test]
    fn a_frame_takes_few_bytes_and_the_cursor_is_told_once() {
        let mut bytes = Vec::new();
        let mut lean = Lean::new(&mut bytes);
        let before = Buffer::with_lines(["ab-cd-ef                              |"]);
        let mut after = Buffer::with_lines(["aB-cD-                                |"]);
        after.set_style(Rect { x: 4, width: 1, ..after.area }, Color::DarkGray);
        let blank = Buffer::empty(before.area);
        lean.draw(blank.diff(&before).into_iter()).unwrap();
        lean.hide_cursor().unwrap();
        lean.hide_cursor().unwrap();
        lean.draw(before.diff(&after).into_iter()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\x1b[1;1Hab-cd-ef\x1b[39G|\x1b[?25l\x1b[1;2HB-c\x1b[90mD\x1b[7G\x1b[m  ");
    }
}
