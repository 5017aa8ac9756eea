//! Lines of standard input with a bounded length, and a look at what is already there.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line that is read; the rest of a longer one is skipped.
pub const LONGEST: usize = 16 << 20;

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its line feed.
    Bytes(&'a [u8]),
    /// A line of more than [`LONGEST`] bytes.
    TooLong,
    /// The end of the input.
    End,
}

/// Reads lines.
pub struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Lines of an input.
    pub fn new(input: R) -> Self {
        Lines { input: BufReader::with_capacity(1 << 16, input), line: Vec::new() }
    }

    /// Whether the next line is here as a whole, so that reading it waits for nobody.
    pub fn is_ready(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    /// The next line.
    ///
    /// # Errors
    /// Those of the input.
    pub fn next(&mut self) -> io::Result<Line<'_>> {
        // A single huge line must not stay in memory for ever.
        if self.line.capacity() > 1 << 20 {
            self.line = Vec::new();
        }
        self.line.clear();
        let mut too_long = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                let nothing = self.line.is_empty() && !too_long;
                return Ok(if nothing { Line::End } else { self.done(too_long) });
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            if self.line.len() + piece.len() > LONGEST {
                too_long = true;
                self.line = Vec::new();
            }
            if !too_long {
                self.line.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(self.done(too_long));
            }
        }
    }

    fn done(&self, too_long: bool) -> Line<'_> {
        if too_long { Line::TooLong } else { Line::Bytes(&self.line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_a_line_feed_or_the_input() {
        let mut lines = Lines::new(&b"a\n\nb"[..]);
        assert_eq!(lines.next().unwrap(), Line::Bytes(b"a"));
        assert!(lines.is_ready());
        assert_eq!(lines.next().unwrap(), Line::Bytes(b""));
        assert!(!lines.is_ready());
        assert_eq!(lines.next().unwrap(), Line::Bytes(b"b"));
        assert_eq!(lines.next().unwrap(), Line::End);
    }

    #[test]
    fn a_long_line_is_skipped_up_to_its_end() {
        let long = vec![b'x'; LONGEST + 1];
        let mut lines = Lines::new(long.chain(&b"\nnext\n"[..]));
        assert_eq!(lines.next().unwrap(), Line::TooLong);
        assert_eq!(lines.next().unwrap(), Line::Bytes(b"next"));
        let mut lines = Lines::new(&long[1..]);
        assert!(matches!(lines.next().unwrap(), Line::Bytes(line) if line.len() == LONGEST));
    }
}
