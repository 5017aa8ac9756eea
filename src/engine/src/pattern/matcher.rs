//! Runs a program over UTF-16 units: backtracking with an explicit stack, a step limit and, where the
//! outcome depends on the position alone, a memory of dead ends that makes the search linear.

use super::charset::{fold, is_word};
use super::compile::{Insn, Program};

/// Instructions one search may run: some 10 to 20 milliseconds of work.
pub(super) const STEP_LIMIT: u32 = 2_000_000;
/// Largest memory of dead ends, in bits.
const MAX_MEMORY: usize = 8 << 20;
/// A register without a value.
const UNSET: usize = usize::MAX;

/// Whether the program matches anywhere; nothing if the step limit was reached first.
pub(super) fn search(program: &Program, text: &str) -> Option<bool> {
    let units = text.encode_utf16();
    let text: &[u16] =
        &if program.ignore_case { units.map(fold).collect::<Vec<_>>() } else { units.collect() };
    let bits = program.splits.saturating_mul(text.len() + 1);
    let memory = if bits > MAX_MEMORY { 0 } else { bits.div_ceil(64) };
    let mut run = Run {
        program,
        text,
        registers: vec![UNSET; program.registers],
        stack: Vec::new(),
        dead: vec![0; memory],
        looks: 0,
        marks: Vec::new(),
        steps: STEP_LIMIT,
    };
    let last = if program.anchored { 0 } else { text.len() };
    for start in 0..=last {
        if run.run(0, start)? {
            return Some(true);
        }
    }
    Some(false)
}

/// What to go back to.
enum Entry {
    /// Another way to go on.
    Branch { pc: usize, at: usize },
    /// The earlier value of a register.
    Undo { register: usize, value: usize },
}

struct Run<'a> {
    program: &'a Program,
    /// The text, folded if the program ignores case.
    text: &'a [u16],
    registers: Vec<usize>,
    stack: Vec<Entry>,
    /// One bit per split and position: tried before.
    dead: Vec<u64>,
    /// Lookarounds being run, one in the other.
    looks: usize,
    /// Bits of `dead` set inside of these.
    marks: Vec<usize>,
    steps: u32,
}

impl Run<'_> {
    /// Runs from `pc` at position `at` to `Done` (true) or until nothing is left to try (false). On success
    /// the stack may hold entries above where it was; on failure it is as before.
    fn run(&mut self, mut pc: usize, mut at: usize) -> Option<bool> {
        let program = self.program;
        let base = self.stack.len();
        loop {
            self.steps = self.steps.checked_sub(1)?;
            let next = match program.insns.get(pc)? {
                Insn::Done => return Some(true),
                Insn::Unit { unit, back } => {
                    self.read(at, *back).and_then(|(read, next)| (read == *unit).then_some((pc + 1, next)))
                }
                Insn::Set { set, back } => self.read(at, *back).and_then(|(read, next)| {
                    program.sets[*set].contains(read, program.ignore_case).then_some((pc + 1, next))
                }),
                Insn::Start => (at == 0).then_some((pc + 1, at)),
                Insn::End => (at == self.text.len()).then_some((pc + 1, at)),
                Insn::Boundary(wanted) => (self.at_boundary(at) == *wanted).then_some((pc + 1, at)),
                Insn::Jump(to) => Some((*to, at)),
                Insn::Split { first, second, id } => (!self.was_here(*id, at)).then(|| {
                    self.stack.push(Entry::Branch { pc: *second, at });
                    (*first, at)
                }),
                Insn::Save(register) => {
                    self.set(*register, at);
                    Some((pc + 1, at))
                }
                Insn::Zero(register) => {
                    self.set(*register, 0);
                    Some((pc + 1, at))
                }
                Insn::Forget { from, to } => {
                    self.steps = self.steps.saturating_sub((to - from) as u32);
                    (*from..*to).for_each(|register| self.set(register, UNSET));
                    Some((pc + 1, at))
                }
                Insn::Reference { group, back } => self.reference(*group, at, *back).map(|at| (pc + 1, at)),
                Insn::Look { negated, next } => {
                    let matched = self.look(pc + 1, at, *negated)?;
                    (matched != *negated).then_some((*next, at))
                }
                Insn::Progress(register) => (self.registers[*register] != at).then_some((pc + 1, at)),
                Insn::Count { counter, min, max, greedy, body, next } => {
                    let count = self.registers[*counter];
                    if count < *min as usize {
                        Some((*body, at))
                    } else if count >= *max as usize && *max != u32::MAX {
                        Some((*next, at))
                    } else {
                        let (first, second) = if *greedy { (*body, *next) } else { (*next, *body) };
                        self.stack.push(Entry::Branch { pc: second, at });
                        Some((first, at))
                    }
                }
                Insn::Round { counter, min, start, check } => {
                    let count = self.registers[*counter];
                    (count < *min as usize || self.registers[*start] != at).then(|| {
                        self.set(*counter, count + 1);
                        (*check, at)
                    })
                }
            };
            match next.or_else(|| self.go_back(base)) {
                Some((to, position)) => (pc, at) = (to, position),
                None => return Some(false),
            }
        }
    }

    /// The unit to read in a direction, and the position after it.
    fn read(&self, at: usize, back: bool) -> Option<(u16, usize)> {
        if back {
            let next = at.checked_sub(1)?;
            Some((*self.text.get(next)?, next))
        } else {
            Some((*self.text.get(at)?, at + 1))
        }
    }

    fn at_boundary(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|i| self.text.get(i)).is_some_and(|u| is_word(*u));
        let after = self.text.get(at).is_some_and(|u| is_word(*u));
        before != after
    }

    /// Whether this split was tried at this position before; remembers it.
    fn was_here(&mut self, id: usize, at: usize) -> bool {
        let bit = id * (self.text.len() + 1) + at;
        let Some(word) = self.dead.get_mut(bit / 64) else { return false };
        let mask = 1 << (bit % 64);
        let was = *word & mask != 0;
        *word |= mask;
        if self.looks > 0 && !was {
            self.marks.push(bit);
        }
        was
    }

    fn set(&mut self, register: usize, value: usize) {
        let old = std::mem::replace(&mut self.registers[register], value);
        self.stack.push(Entry::Undo { register, value: old });
    }

    fn go_back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.stack.len() > base {
            match self.stack.pop()? {
                Entry::Branch { pc, at } => return Some((pc, at)),
                Entry::Undo { register, value } => self.registers[register] = value,
            }
        }
        None
    }

    /// Runs a lookaround body. A positive one that matched keeps its groups but not its other ways.
    fn look(&mut self, pc: usize, at: usize, negated: bool) -> Option<bool> {
        let (base, marks) = (self.stack.len(), self.marks.len());
        self.looks += 1;
        let matched = self.run(pc, at)?;
        self.looks -= 1;
        if matched {
            // What led to success is no dead end.
            for bit in self.marks.drain(marks..) {
                self.dead[bit / 64] &= !(1 << (bit % 64));
            }
        }
        if self.looks == 0 {
            self.marks.clear();
        }
        if matched && negated {
            while self.stack.len() > base {
                self.go_back(base);
            }
        } else if matched {
            let mut kept = base;
            for i in base..self.stack.len() {
                if matches!(self.stack[i], Entry::Undo { .. }) {
                    self.stack.swap(kept, i);
                    kept += 1;
                }
            }
            self.stack.truncate(kept);
        }
        Some(matched)
    }

    /// The position after the text of a group, if that text is here.
    fn reference(&mut self, group: usize, at: usize, back: bool) -> Option<usize> {
        let (from, to) = (self.registers[2 * group], self.registers[2 * group + 1]);
        if from == UNSET || to == UNSET {
            return Some(at);
        }
        let wanted = self.text.get(from..to)?;
        self.steps = self.steps.saturating_sub(wanted.len() as u32);
        let start = if back { at.checked_sub(wanted.len())? } else { at };
        let found = self.text.get(start..start + wanted.len())?;
        (found == wanted).then_some(if back { start } else { start + wanted.len() })
    }
}
