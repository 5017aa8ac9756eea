//! Where frames go: collected and written at once between the marks of a synchronized update (DEC 2026), so
//! that no half frame is ever seen.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// How many bytes and frames were written.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    bytes: Arc<AtomicU64>,
    frames: Arc<AtomicU64>,
}

impl Counter {
    /// Bytes since the start.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Frames that held anything, since the start.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }
}

/// A writer that sends what was written between two flushes as one frame.
#[derive(Debug)]
pub struct Output<W> {
    to: W,
    frame: Vec<u8>,
    counter: Counter,
}

impl<W: Write> Output<W> {
    /// Frames for that writer.
    pub fn new(to: W, counter: Counter) -> Self {
        Output { to, frame: Vec::with_capacity(1 << 14), counter }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut whole = Vec::with_capacity(self.frame.len() + BEGIN.len() + END.len());
        whole.extend_from_slice(BEGIN);
        whole.append(&mut self.frame);
        whole.extend_from_slice(END);
        self.counter.bytes.fetch_add(whole.len() as u64, Ordering::Relaxed);
        self.counter.frames.fetch_add(1, Ordering::Relaxed);
        self.to.write_all(&whole)?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_sent_whole_and_nothing_is_sent_for_nothing() {
        let counter = Counter::default();
        let mut sent = Vec::new();
        let mut output = Output::new(&mut sent, counter.clone());
        output.flush().unwrap();
        output.write_all(b"ab").unwrap();
        output.write_all(b"c").unwrap();
        output.flush().unwrap();
        assert_eq!(sent, b"\x1b[?2026habc\x1b[?2026l");
        assert_eq!((counter.bytes(), counter.frames()), (19, 1));
    }
}
