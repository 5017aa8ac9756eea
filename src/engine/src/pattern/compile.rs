//! Pattern tree to program.

use super::PatternError;
use super::charset::{CharSet, fold};
use super::parse::{self, Node};

/// Programs longer than this are refused.
const MAX_PROGRAM: usize = 400_000;

/// One instruction. `back` reads the unit before the position instead of the one after it.
#[derive(Clone, Debug)]
pub(super) enum Insn {
    /// One unit, folded if the program ignores case.
    Unit {
        unit: u16,
        back: bool,
    },
    /// One unit of a set.
    Set {
        set: usize,
        back: bool,
    },
    Start,
    End,
    Boundary(bool),
    Jump(usize),
    /// Tries `first`, then `second`. `id` is its number among the splits.
    Split {
        first: usize,
        second: usize,
        id: usize,
    },
    /// Stores the position in a register.
    Save(usize),
    /// Stores zero in a register.
    Zero(usize),
    /// Forgets the registers of groups.
    Forget {
        from: usize,
        to: usize,
    },
    /// The text of a group.
    Reference {
        group: usize,
        back: bool,
    },
    /// Runs the instructions that follow as a lookaround; goes on at `next`.
    Look {
        negated: bool,
        next: usize,
    },
    /// Fails if nothing was read since the register was saved.
    Progress(usize),
    /// Counts up; decides between another round (`body`) and what follows the repetition (`next`).
    Count {
        counter: usize,
        min: u32,
        max: u32,
        greedy: bool,
        body: usize,
        next: usize,
    },
    /// End of a round of a counted repetition: back to `check`; an optional round must have read something.
    Round {
        counter: usize,
        min: u32,
        start: usize,
        check: usize,
    },
    /// The whole pattern, or the body of a lookaround, has matched.
    Done,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) insns: Vec<Insn>,
    pub(super) sets: Vec<CharSet>,
    /// Two per group (start, end), then those of repetitions.
    pub(super) registers: usize,
    /// Number of splits, if their dead ends can be remembered; else 0.
    pub(super) splits: usize,
    pub(super) ignore_case: bool,
    /// Can match at the start of the text only.
    pub(super) anchored: bool,
}

/// Compiles a pattern text.
pub(super) fn program(source: &str, ignore_case: bool) -> Result<Program, PatternError> {
    let tree = parse::parse(source)?;
    let mut compiler = Compiler {
        out: Program {
            insns: Vec::new(),
            sets: Vec::new(),
            registers: 2 * (tree.groups + 1),
            splits: 0,
            ignore_case,
            anchored: is_anchored(&tree.root),
        },
        captures: tree.has_references,
        counted: false,
        overflow: false,
    };
    compiler.node(&tree.root, false);
    compiler.push(Insn::Done);
    if compiler.overflow {
        return Err(PatternError::TooLarge { pattern: source.to_owned() });
    }
    if compiler.captures || compiler.counted {
        // What follows a split then depends on more than the position.
        compiler.out.splits = 0;
    }
    Ok(compiler.out)
}

fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Start => true,
        Node::Sequence(parts) => parts.first().is_some_and(is_anchored),
        Node::Group(_, body) => is_anchored(body),
        Node::Choice(options) => options.iter().all(is_anchored),
        _ => false,
    }
}

struct Compiler {
    out: Program,
    captures: bool,
    counted: bool,
    overflow: bool,
}

impl Compiler {
    fn push(&mut self, insn: Insn) -> usize {
        self.overflow |= self.out.insns.len() >= MAX_PROGRAM;
        if !self.overflow {
            self.out.insns.push(insn);
        }
        self.out.insns.len().saturating_sub(1)
    }

    fn here(&self) -> usize {
        self.out.insns.len()
    }

    fn register(&mut self) -> usize {
        self.out.registers += 1;
        self.out.registers - 1
    }

    fn split(&mut self) -> usize {
        self.out.splits += 1;
        self.push(Insn::Split { first: 0, second: 0, id: self.out.splits - 1 })
    }

    /// Completes a jump, split, look or count that was emitted before its targets were known.
    fn patch(&mut self, at: usize, one: usize, two: usize) {
        match self.out.insns.get_mut(at) {
            Some(Insn::Split { first, second, .. }) => (*first, *second) = (one, two),
            Some(Insn::Jump(to)) => *to = one,
            Some(Insn::Look { next, .. }) => *next = one,
            Some(Insn::Count { body, next, .. }) => (*body, *next) = (one, two),
            _ => {}
        }
    }

    fn node(&mut self, node: &Node, back: bool) {
        if self.overflow {
            return;
        }
        match node {
            Node::Empty => {}
            Node::Unit(unit) => {
                let unit = if self.out.ignore_case { fold(*unit) } else { *unit };
                self.push(Insn::Unit { unit, back });
            }
            Node::Set(set) => {
                self.out.sets.push(set.clone());
                self.push(Insn::Set { set: self.out.sets.len() - 1, back });
            }
            Node::Start => drop(self.push(Insn::Start)),
            Node::End => drop(self.push(Insn::End)),
            Node::Boundary(wanted) => drop(self.push(Insn::Boundary(*wanted))),
            Node::Sequence(parts) if back => parts.iter().rev().for_each(|part| self.node(part, back)),
            Node::Sequence(parts) => parts.iter().for_each(|part| self.node(part, back)),
            Node::Choice(options) => self.choice(options, back),
            Node::Group(number, body) => {
                let (first, last) = (2 * number + usize::from(back), 2 * number + usize::from(!back));
                if self.captures {
                    self.push(Insn::Save(first));
                }
                self.node(body, back);
                if self.captures {
                    self.push(Insn::Save(last));
                }
            }
            Node::Reference(group) => drop(self.push(Insn::Reference { group: *group, back })),
            Node::Look { behind, negated, body } => {
                let look = self.push(Insn::Look { negated: *negated, next: 0 });
                self.node(body, *behind);
                self.push(Insn::Done);
                self.patch(look, self.here(), 0);
            }
            Node::Repeat { .. } => self.repeat(node, back),
        }
    }

    fn choice(&mut self, options: &[Node], back: bool) {
        let mut exits = Vec::with_capacity(options.len());
        for (i, option) in options.iter().enumerate() {
            if i + 1 == options.len() {
                self.node(option, back);
                break;
            }
            let split = self.split();
            self.node(option, back);
            exits.push(self.push(Insn::Jump(0)));
            self.patch(split, split + 1, self.here());
        }
        for exit in exits {
            self.patch(exit, self.here(), 0);
        }
    }

    fn repeat(&mut self, node: &Node, back: bool) {
        let Node::Repeat { body, min, max, greedy, groups, size } = node else { return };
        let (min, max, greedy) = (*min, *max, *greedy);
        if parse::written_out(min, max, *size).is_none() {
            self.counted_repeat(node, back);
            return;
        }
        let forget = (self.captures && !groups.is_empty())
            .then_some(Insn::Forget { from: 2 * groups.start, to: 2 * groups.end });
        for _ in 0..min {
            self.round(body, back, forget.as_ref());
        }
        if max == u32::MAX {
            let split = self.split();
            let start = self.register();
            self.push(Insn::Save(start));
            self.round(body, back, forget.as_ref());
            self.push(Insn::Progress(start));
            self.push(Insn::Jump(split));
            self.finish_split(split, greedy);
        } else {
            let mut splits = Vec::new();
            for _ in min..max {
                splits.push(self.split());
                let start = self.register();
                self.push(Insn::Save(start));
                self.round(body, back, forget.as_ref());
                self.push(Insn::Progress(start));
            }
            for split in splits {
                self.finish_split(split, greedy);
            }
        }
    }

    fn round(&mut self, body: &Node, back: bool, forget: Option<&Insn>) {
        if let Some(forget) = forget {
            self.push(forget.clone());
        }
        self.node(body, back);
    }

    /// The body follows the split; what follows the repetition is here.
    fn finish_split(&mut self, split: usize, greedy: bool) {
        let (body, next) = (split + 1, self.here());
        if greedy { self.patch(split, body, next) } else { self.patch(split, next, body) }
    }

    fn counted_repeat(&mut self, node: &Node, back: bool) {
        let Node::Repeat { body, min, max, greedy, groups, .. } = node else { return };
        self.counted = true;
        let (counter, start) = (self.register(), self.register());
        self.push(Insn::Zero(counter));
        let check =
            self.push(Insn::Count { counter, min: *min, max: *max, greedy: *greedy, body: 0, next: 0 });
        self.push(Insn::Save(start));
        if self.captures && !groups.is_empty() {
            self.push(Insn::Forget { from: 2 * groups.start, to: 2 * groups.end });
        }
        self.node(body, back);
        self.push(Insn::Round { counter, min: *min, start, check });
        self.patch(check, check + 1, self.here());
    }
}
