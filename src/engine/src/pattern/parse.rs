//! Pattern text to a tree: the ECMAScript grammar without `u`, with the lenient forms of its Annex B.

use super::PatternError;
use super::charset::CharSet;

/// Groups deeper than this are refused.
const MAX_DEPTH: usize = 100;
/// Patterns longer than this many UTF-16 units are refused.
const MAX_LENGTH: usize = 100_000;

/// One part of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    /// Matches nothing at all, successfully.
    Empty,
    /// One unit.
    Unit(u16),
    /// One unit of a set.
    Set(CharSet),
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`, or `\B` if false.
    Boundary(bool),
    /// One after the other.
    Sequence(Vec<Node>),
    /// The first that works.
    Choice(Vec<Node>),
    /// A capturing group and its number.
    Group(usize, Box<Node>),
    /// `\1`, `\k<name>`
    Reference(usize),
    /// Lookaround.
    Look { behind: bool, negated: bool, body: Box<Node> },
    /// A repetition; `groups` are the numbers of the groups inside, `size` a weight of the body.
    Repeat { body: Box<Node>, min: u32, max: u32, greedy: bool, groups: std::ops::Range<usize>, size: usize },
}

/// A parsed pattern.
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) groups: usize,
    pub(super) has_references: bool,
}

type Failure = (&'static str, usize);

/// Parses a pattern.
pub(super) fn parse(source: &str) -> Result<Tree, PatternError> {
    let units: Vec<u16> = source.encode_utf16().collect();
    if units.len() > MAX_LENGTH {
        return Err(PatternError::TooLarge { pattern: source.to_owned() });
    }
    let (group_count, names) = scan_groups(&units);
    let mut parser =
        Parser { units: &units, at: 0, group: 0, group_count, names, depth: 0, references: false };
    let parsed =
        parser.names_are_unique().and_then(|()| parser.choice()).and_then(|root| match parser.peek() {
            None => Ok(root),
            Some(_) => Err(("Unmatched ')'", parser.at)),
        });
    match parsed {
        Ok(root) => Ok(Tree { root, groups: group_count, has_references: parser.references }),
        Err((TOO_DEEP, _)) => Err(PatternError::TooLarge { pattern: source.to_owned() }),
        Err((reason, at)) => Err(PatternError::Syntax { pattern: source.to_owned(), reason, at: at + 1 }),
    }
}

const TOO_DEEP: &str = "Nested too deeply";

/// A group name and the number of its group.
type Name = (Vec<u16>, usize);

/// Counts the capturing groups and collects their names, without checking anything.
fn scan_groups(units: &[u16]) -> (usize, Vec<Name>) {
    let (mut count, mut names) = (0, Vec::new());
    let (mut at, mut in_class) = (0, false);
    while at < units.len() {
        match ascii(units[at]) {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => {
                let rest = &units[at + 1..];
                if !starts(rest, "?") {
                    count += 1;
                } else if starts(rest, "?<") && !starts(rest, "?<=") && !starts(rest, "?<!") {
                    count += 1;
                    if let Some(end) = rest.iter().position(|u| *u == u16::from(b'>')) {
                        names.push((rest[2..end].to_vec(), count));
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    (count, names)
}

/// The unit as ASCII, 0 if it is beyond.
fn ascii(unit: u16) -> u8 {
    u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(0)
}

fn starts(units: &[u16], text: &str) -> bool {
    units.len() >= text.len() && text.bytes().zip(units).all(|(b, u)| u16::from(b) == *u)
}

struct Parser<'a> {
    units: &'a [u16],
    at: usize,
    group: usize,
    group_count: usize,
    names: Vec<Name>,
    depth: usize,
    references: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u16> {
        self.units.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = starts(&self.units[self.at..], text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn names_are_unique(&self) -> Result<(), Failure> {
        let mut seen = std::collections::HashSet::new();
        if self.names.iter().all(|(name, _)| seen.insert(name)) {
            Ok(())
        } else {
            Err(("Duplicate capture group name", 0))
        }
    }

    fn choice(&mut self) -> Result<Node, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err((TOO_DEEP, self.at));
        }
        self.depth += 1;
        let mut options = vec![self.sequence()?];
        while self.eat("|") {
            options.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if options.len() == 1 { options.pop().unwrap_or(Node::Empty) } else { Node::Choice(options) })
    }

    fn sequence(&mut self) -> Result<Node, Failure> {
        let mut parts = Vec::new();
        while let Some(unit) = self.peek() {
            if matches!(ascii(unit), b'|' | b')') {
                break;
            }
            let first_group = self.group + 1;
            let (atom, repeatable) = self.atom()?;
            let mark = self.at;
            let Some((min, max)) = self.quantifier()? else {
                parts.push(atom);
                continue;
            };
            if !repeatable {
                return Err(("Nothing to repeat", mark));
            }
            let greedy = !self.eat("?");
            let groups = first_group..self.group + 1;
            let size = size(&atom);
            parts.push(Node::Repeat { body: Box::new(atom), min, max, greedy, groups, size });
        }
        Ok(match parts.len() {
            0 => Node::Empty,
            1 => parts.pop().unwrap_or(Node::Empty),
            _ => Node::Sequence(parts),
        })
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`; anything else is not a quantifier.
    fn quantifier(&mut self) -> Result<Option<(u32, u32)>, Failure> {
        let start = self.at;
        if self.eat("*") {
            return Ok(Some((0, u32::MAX)));
        }
        if self.eat("+") {
            return Ok(Some((1, u32::MAX)));
        }
        if self.eat("?") {
            return Ok(Some((0, 1)));
        }
        if self.eat("{") {
            if let Some(min) = self.number() {
                let max = if self.eat(",") { self.number().unwrap_or(u32::MAX) } else { min };
                if self.eat("}") {
                    if min > max {
                        return Err(("Numbers out of order in {} quantifier", start));
                    }
                    return Ok(Some((min, max)));
                }
            }
            self.at = start;
        }
        Ok(None)
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        let mut value = 0_u32;
        while let Some(digit) = self.peek().map(ascii).filter(u8::is_ascii_digit) {
            value = value.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    /// One atom or assertion, and whether it may be repeated.
    fn atom(&mut self) -> Result<(Node, bool), Failure> {
        let start = self.at;
        let Some(unit) = self.peek() else { return Ok((Node::Empty, false)) };
        self.at += 1;
        match ascii(unit) {
            b'^' => Ok((Node::Start, false)),
            b'$' => Ok((Node::End, false)),
            b'.' => Ok((Node::Set(CharSet::dot()), true)),
            b'(' => self.group(),
            b'[' => Ok((Node::Set(self.class()?), true)),
            b'\\' => self.escape(),
            b'*' | b'+' | b'?' => Err(("Nothing to repeat", start)),
            b'{' => {
                self.at = start;
                if self.quantifier()?.is_some() {
                    return Err(("Nothing to repeat", start));
                }
                self.at += 1;
                Ok((Node::Unit(unit), true))
            }
            _ => Ok((Node::Unit(unit), true)),
        }
    }

    fn group(&mut self) -> Result<(Node, bool), Failure> {
        let start = self.at - 1;
        let mut number = None;
        let mut look = None;
        if self.eat("?:") {
        } else if self.eat("?=") {
            look = Some((false, false));
        } else if self.eat("?!") {
            look = Some((false, true));
        } else if self.eat("?<=") {
            look = Some((true, false));
        } else if self.eat("?<!") {
            look = Some((true, true));
        } else {
            if self.eat("?<") {
                self.name()?;
            } else if self.eat("?") {
                return Err(("Invalid group", start));
            }
            self.group += 1;
            number = Some(self.group);
        }
        let body = Box::new(self.choice()?);
        if !self.eat(")") {
            return Err(("Unterminated group", start));
        }
        Ok(match (number, look) {
            (Some(number), _) => (Node::Group(number, body), true),
            (None, Some((behind, negated))) => (Node::Look { behind, negated, body }, !behind),
            (None, None) => (*body, true),
        })
    }

    /// A group name up to and with its `>`.
    fn name(&mut self) -> Result<Vec<u16>, Failure> {
        let start = self.at;
        let end = self.units[start..].iter().position(|u| *u == u16::from(b'>'));
        let Some(length) = end else { return Err(("Invalid capture group name", start)) };
        let name = &self.units[start..start + length];
        self.at = start + length + 1;
        let mut first = true;
        let valid = length > 0
            && char::decode_utf16(name.iter().copied()).all(|c| {
                let leads = std::mem::take(&mut first);
                c.is_ok_and(|c| c.is_alphabetic() || matches!(c, '$' | '_') || (!leads && c.is_numeric()))
            });
        if valid { Ok(name.to_vec()) } else { Err(("Invalid capture group name", start)) }
    }

    /// What follows a backslash outside a class.
    fn escape(&mut self) -> Result<(Node, bool), Failure> {
        let start = self.at - 1;
        let Some(unit) = self.peek() else { return Err(("\\ at end of pattern", start)) };
        let letter = ascii(unit);
        if matches!(letter, b'b' | b'B') {
            self.at += 1;
            return Ok((Node::Boundary(letter == b'b'), false));
        }
        if letter == b'k' && !self.names.is_empty() {
            self.at += 1;
            if !self.eat("<") {
                return Err(("Invalid named reference", start));
            }
            let name = self.name().map_err(|_| ("Invalid named reference", start))?;
            let number = self.names.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
            self.references = true;
            return number
                .map(|number| (Node::Reference(number), true))
                .ok_or(("Invalid named capture referenced", start));
        }
        if matches!(letter, b'1'..=b'9') {
            let mark = self.at;
            if let Some(number) = self.number().map(|n| n as usize).filter(|n| *n <= self.group_count) {
                self.references = true;
                return Ok((Node::Reference(number), true));
            }
            self.at = mark;
        }
        if let Some(set) = CharSet::escape(unit) {
            self.at += 1;
            return Ok((Node::Set(set), true));
        }
        Ok((Node::Unit(self.character_escape(false)?), true))
    }

    /// The unit an escape stands for; the backslash is already read.
    fn character_escape(&mut self, in_class: bool) -> Result<u16, Failure> {
        let start = self.at - 1;
        let Some(unit) = self.peek() else { return Err(("\\ at end of pattern", start)) };
        self.at += 1;
        Ok(match ascii(unit) {
            b'f' => 0x0c,
            b'n' => 0x0a,
            b'r' => 0x0d,
            b't' => 0x09,
            b'v' => 0x0b,
            b'b' if in_class => 0x08,
            b'x' => self.hex(2).unwrap_or(unit),
            b'u' => self.hex(4).unwrap_or(unit),
            b'c' => {
                let control = self
                    .peek()
                    .map(ascii)
                    .filter(|b| b.is_ascii_alphabetic() || (in_class && (b.is_ascii_digit() || *b == b'_')));
                if let Some(control) = control {
                    self.at += 1;
                    u16::from(control % 32)
                } else {
                    // A lone backslash; the `c` is read again.
                    self.at -= 1;
                    u16::from(b'\\')
                }
            }
            b'0'..=b'7' => {
                self.at -= 1;
                self.octal()
            }
            b'k' if !self.names.is_empty() => return Err(("Invalid escape", start)),
            _ => unit,
        })
    }

    fn hex(&mut self, digits: usize) -> Option<u16> {
        let part = self.units.get(self.at..self.at + digits)?;
        let mut value = 0_u16;
        for unit in part {
            value = (value << 4) | char::from(ascii(*unit)).to_digit(16)? as u16;
        }
        self.at += digits;
        Some(value)
    }

    /// Up to three octal digits, at most `\377`.
    fn octal(&mut self) -> u16 {
        let mut value = 0_u16;
        for _ in 0..3 {
            match self.peek().map(ascii) {
                Some(digit @ b'0'..=b'7') if value * 8 + u16::from(digit - b'0') <= 0o377 => {
                    value = value * 8 + u16::from(digit - b'0');
                    self.at += 1;
                }
                _ => break,
            }
        }
        value
    }

    /// A class; its `[` is already read.
    fn class(&mut self) -> Result<CharSet, Failure> {
        let start = self.at - 1;
        let negated = self.eat("^");
        let mut set = CharSet::default();
        loop {
            if self.eat("]") {
                set.finish(negated);
                return Ok(set);
            }
            let mark = self.at;
            let from = self.class_atom(start)?;
            let is_range = starts(&self.units[self.at..], "-") && !starts(&self.units[self.at..], "-]");
            if !is_range {
                from.add_to(&mut set);
                continue;
            }
            self.at += 1;
            let to = self.class_atom(start)?;
            match (&from, &to) {
                (ClassAtom::Unit(from), ClassAtom::Unit(to)) if from <= to => set.add(*from, *to),
                (ClassAtom::Unit(_), ClassAtom::Unit(_)) => {
                    return Err(("Range out of order in character class", mark));
                }
                _ => {
                    from.add_to(&mut set);
                    ClassAtom::Unit(u16::from(b'-')).add_to(&mut set);
                    to.add_to(&mut set);
                }
            }
        }
    }

    fn class_atom(&mut self, start: usize) -> Result<ClassAtom, Failure> {
        let Some(unit) = self.peek() else { return Err(("Unterminated character class", start)) };
        self.at += 1;
        if unit != u16::from(b'\\') {
            return Ok(ClassAtom::Unit(unit));
        }
        if let Some(set) = self.peek().and_then(CharSet::escape) {
            self.at += 1;
            return Ok(ClassAtom::Set(set));
        }
        self.character_escape(true).map(ClassAtom::Unit)
    }
}

/// One member of a class.
enum ClassAtom {
    Unit(u16),
    Set(CharSet),
}

impl ClassAtom {
    fn add_to(&self, set: &mut CharSet) {
        match self {
            Self::Unit(unit) => set.add(*unit, *unit),
            Self::Set(other) => set.add_all(other),
        }
    }
}

/// Roughly how many instructions a part needs, with repetitions written out.
fn size(node: &Node) -> usize {
    match node {
        Node::Sequence(parts) | Node::Choice(parts) => parts.iter().map(|p| size(p) + 2).sum(),
        Node::Group(_, body) | Node::Look { body, .. } => size(body) + 2,
        Node::Repeat { min, max, size, .. } => written_out(*min, *max, *size).unwrap_or(size + 6),
        _ => 1,
    }
}

/// Repetitions whose written-out form is longer than this many instructions use a counter.
const MAX_WRITTEN_OUT: usize = 500;

/// How many instructions a repetition takes when its rounds are written out one by one; nothing if that
/// is too many and a counter has to be used.
pub(super) fn written_out(min: u32, max: u32, size: usize) -> Option<usize> {
    let copies = if max == u32::MAX { min.saturating_add(1) } else { max } as usize;
    let length = copies.saturating_mul(size + 4);
    (copies <= 1 || length <= MAX_WRITTEN_OUT).then_some(length)
}
