//! White space around tags: `~` and lines that hold nothing but a tag (`spec/evaluator.md` 3.2).

use super::ast::{Block, Content, Node, Program, Strip};
use crate::value::is_blank;

/// How a node asks for the white space around it to be treated.
#[allow(clippy::struct_excessive_bools, reason = "five independent wishes")]
struct Wish {
    open: bool,
    close: bool,
    open_standalone: bool,
    close_standalone: bool,
    inline_standalone: bool,
}

/// Settles the white space of one program. Nested programs must be settled, and so must the blocks of
/// else chains; the blocks directly in the body are settled here.
pub fn program(program: &mut Program, root: bool) {
    let body = &mut program.body;
    for i in 0..body.len() {
        let Some(wish) = wish(&mut body[i]) else { continue };
        let before = blank_before(body, Some(i), root);
        let after = blank_after(body, Some(i), root);
        if wish.close {
            omit_right(body, Some(i), true);
        }
        if wish.open {
            omit_left(body, Some(i), true);
        }
        if wish.inline_standalone && before && after {
            omit_right(body, Some(i), false);
            let indent = i.checked_sub(1).and_then(|p| body.get(p)).map_or_else(String::new, indent_of);
            if omit_left(body, Some(i), false)
                && let Node::Partial(partial) = &mut body[i]
            {
                partial.indent = indent;
            }
        }
        if wish.open_standalone && before {
            if let Some(first) = first_program(&mut body[i]) {
                omit_right(&mut first.body, None, false);
            }
            omit_left(body, Some(i), false);
        }
        if wish.close_standalone && after {
            omit_right(body, Some(i), false);
            if let Some(last) = last_program(&mut body[i]) {
                omit_left(&mut last.body, None, false);
            }
        }
    }
}

fn wish(node: &mut Node) -> Option<Wish> {
    let tag = |open, close, inline_standalone| Wish {
        open,
        close,
        open_standalone: false,
        close_standalone: false,
        inline_standalone,
    };
    match node {
        Node::Content(_) => None,
        Node::Mustache { strip, .. } => Some(tag(strip.open, strip.close, false)),
        Node::Comment(strip) => Some(tag(strip.open, strip.close, true)),
        Node::Block(inner) => {
            block(inner);
            let first = inner.program.as_ref().or(inner.inverse.as_ref());
            let last = match (&inner.program, &inner.inverse) {
                (Some(_), Some(inverse)) => Some(first_inverse(inverse)),
                _ => first,
            };
            Some(Wish {
                open: inner.open.open,
                close: inner.close.close,
                open_standalone: first.is_some_and(|p| blank_after(&p.body, None, false)),
                close_standalone: last.is_some_and(|p| blank_before(&p.body, None, false)),
                inline_standalone: false,
            })
        }
        Node::Partial(partial) => match &partial.fallback {
            None => Some(tag(partial.open.open, partial.close.close, true)),
            Some(program) => Some(around(program, partial.open, partial.close)),
        },
        Node::Inline { program, open, close, .. } => Some(around(program, *open, *close)),
    }
}

fn around(program: &Program, open: Strip, close: Strip) -> Wish {
    Wish {
        open: open.open,
        close: close.close,
        open_standalone: blank_after(&program.body, None, false),
        close_standalone: blank_before(&program.body, None, false),
        inline_standalone: false,
    }
}

/// The inner sides of a tag pair with only one body.
pub fn body(program: &mut Program, open: Strip, close: Strip) {
    if open.close {
        omit_right(&mut program.body, None, true);
    }
    if close.open {
        omit_left(&mut program.body, None, true);
    }
}

/// The first branch of an else chain, or the else branch itself.
fn first_inverse(inverse: &Program) -> &Program {
    match inverse.body.first() {
        Some(Node::Block(first)) if inverse.chained => first.program.as_ref().unwrap_or(inverse),
        _ => inverse,
    }
}

fn first_inverse_mut(inverse: &mut Program) -> Option<&mut Program> {
    if !inverse.chained {
        return Some(inverse);
    }
    match inverse.body.first_mut() {
        Some(Node::Block(first)) => first.program.as_mut(),
        _ => None,
    }
}

fn first_program(node: &mut Node) -> Option<&mut Program> {
    match node {
        Node::Block(block) => block.program.as_mut().or(block.inverse.as_mut()),
        Node::Partial(partial) => partial.fallback.as_mut(),
        Node::Inline { program, .. } => Some(program),
        _ => None,
    }
}

fn last_program(node: &mut Node) -> Option<&mut Program> {
    match node {
        Node::Block(block) => block.inverse.as_mut().or(block.program.as_mut()),
        other => first_program(other),
    }
}

/// The inner sides of a block's tags, its else tag included.
pub fn block(block: &mut Block) {
    let Block { program, inverse, open, middle, close, .. } = block;
    let (program, inverse) = match (program, inverse) {
        (Some(program), inverse) => (program, inverse.as_mut()),
        (None, Some(inverse)) => (inverse, None),
        (None, None) => return,
    };
    if open.close {
        omit_right(&mut program.body, None, true);
    }
    let Some(inverse) = inverse else {
        if close.open {
            omit_left(&mut program.body, None, true);
        }
        return;
    };
    if middle.open {
        omit_left(&mut program.body, None, true);
    }
    let Some(first) = first_inverse_mut(inverse) else { return };
    if middle.close {
        omit_right(&mut first.body, None, true);
    }
    if close.open {
        omit_left(&mut first.body, None, true);
    }
    if blank_before(&program.body, None, false) && blank_after(&first.body, None, false) {
        omit_left(&mut program.body, None, false);
        omit_right(&mut first.body, None, false);
    }
}

/// Whether what comes before node `i` (or the end of the body) ends its line; `None` is the end.
fn blank_before(body: &[Node], i: Option<usize>, root: bool) -> bool {
    let end = i.unwrap_or(body.len());
    let root = root && i.is_some();
    let Some(last) = end.checked_sub(1) else { return root };
    let Some(Node::Content(content)) = body.get(last) else { return false };
    let only = last == 0 && root;
    let tail = content.original.trim_end_matches(is_blank);
    let blanks = &content.original[tail.len()..];
    blanks.contains('\n') || (only && tail.is_empty())
}

/// Whether what comes after node `i` (or from the start of the body) ends the line.
fn blank_after(body: &[Node], i: Option<usize>, root: bool) -> bool {
    let next = i.map_or(0, |i| i + 1);
    let root = root && i.is_some();
    let Some(node) = body.get(next) else { return root };
    let Node::Content(content) = node else { return false };
    let only = body.get(next + 1).is_none() && root;
    let tail = content.original.trim_start_matches(is_blank);
    let blanks = &content.original[..content.original.len() - tail.len()];
    blanks.contains('\n') || (only && tail.is_empty())
}

fn indent_of(node: &Node) -> String {
    match node {
        Node::Content(Content { original, .. }) => {
            original[original.trim_end_matches([' ', '\t']).len()..].to_owned()
        }
        _ => String::new(),
    }
}

/// Takes white space off the text right of node `i` (or off the first text): all of it, or only blanks
/// and one line end.
fn omit_right(body: &mut [Node], i: Option<usize>, all: bool) {
    let Some(Node::Content(content)) = body.get_mut(i.map_or(0, |i| i + 1)) else { return };
    if !all && content.right_stripped {
        return;
    }
    let kept = if all {
        content.value.trim_start_matches(is_blank)
    } else {
        let rest = content.value.trim_start_matches([' ', '\t']);
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        rest.strip_prefix('\n').unwrap_or(rest)
    };
    let cut = content.value.len() - kept.len();
    content.value.drain(..cut);
    content.right_stripped = cut > 0;
}

/// Takes white space off the text left of node `i` (or off the last text): all of it, or only blanks.
fn omit_left(body: &mut [Node], i: Option<usize>, all: bool) -> bool {
    let end = i.unwrap_or(body.len());
    let Some(Node::Content(content)) = end.checked_sub(1).and_then(|p| body.get_mut(p)) else { return false };
    if !all && content.left_stripped {
        return false;
    }
    let kept = if all {
        content.value.trim_end_matches(is_blank)
    } else {
        content.value.trim_end_matches([' ', '\t'])
    };
    let length = kept.len();
    content.left_stripped = length < content.value.len();
    content.value.truncate(length);
    content.left_stripped
}
