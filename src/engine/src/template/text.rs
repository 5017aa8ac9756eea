//! Text output: escaping and indenting.

/// Appends text with the seven characters escaped that have a meaning in HTML attributes.
pub fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) =
        rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'' | b'`' | b'='))
    {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#x27;",
            b'`' => "&#x60;",
            _ => "&#x3D;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Appends text with every line indented.
pub fn indent(out: &mut String, text: &str, indent: &str) {
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if last && line.is_empty() {
            break;
        }
        out.push_str(indent);
        out.push_str(line);
        if !last {
            out.push('\n');
        }
    }
}
