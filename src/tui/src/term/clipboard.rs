//! The clipboard of the person's own terminal, also over SSH and inside tmux (OSC 52).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest text that terminals take, in bytes.
const LONGEST: usize = 74_000;

/// The sequence that puts a text on the clipboard; inside tmux it is passed through.
pub fn osc52(text: &str, in_tmux: bool) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(&text[..end]));
    if in_tmux { format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\") } else { plain }
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_travel_as_base64() {
        assert_eq!(super::osc52("hi", false), "\x1b]52;c;aGk=\x07");
        assert!(super::osc52(&"é".repeat(100_000), true).len() < 220_000);
    }
}
