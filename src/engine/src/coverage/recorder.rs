//! Counting hits while tests run: one addition an event (`spec/testing.md` 4.2).

use std::collections::{BTreeMap, BTreeSet};

use super::population::Population;
use crate::host::{Detail, RuleAt, Seen};
use crate::offline::Observer;
use crate::prompt;
use crate::step::Reply;
use crate::value::Text;

/// Hits on a population. Each thread has its own; [`Recorder::absorb`] puts them together.
///
/// Pass `&mut recorder` as the observer of a run, between [`Recorder::begin`] and [`Recorder::end`].
#[derive(Debug)]
pub struct Recorder<'p, 'w> {
    pub(super) population: &'p Population<'w>,
    /// Hits by place.
    pub(super) hits: Vec<u64>,
    /// Places that were hit at all.
    distinct: usize,
    /// The test that hit a place last, counted from 1.
    last: Vec<u32>,
    /// Places the present test hit.
    touched: Vec<u32>,
    /// Folder and name of each test, with the places it hit.
    pub(super) tests: Vec<(Text, Text, Box<[u32]>)>,
    /// What templates of references gave, by place.
    pub(super) seen: BTreeMap<u32, BTreeSet<Text>>,
}

impl<'p, 'w> Recorder<'p, 'w> {
    /// A recorder without hits.
    pub fn new(population: &'p Population<'w>) -> Self {
        Recorder {
            population,
            hits: vec![0; population.size],
            distinct: 0,
            last: vec![0; population.size],
            touched: Vec::new(),
            tests: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Hits from now on are those of this test.
    pub fn begin(&mut self, folder: &Text, name: &Text) {
        self.end();
        self.tests.push((Text::clone(folder), Text::clone(name), Box::default()));
    }

    /// The present test is over.
    pub fn end(&mut self) {
        if let Some((_, _, places)) = self.tests.last_mut()
            && !self.touched.is_empty()
        {
            *places = self.touched.as_slice().into();
            self.touched.clear();
        }
    }

    /// Adds the hits of another recorder of the same population.
    pub fn absorb(&mut self, mut other: Recorder<'_, '_>) {
        self.end();
        other.end();
        for (mine, theirs) in self.hits.iter_mut().zip(&other.hits) {
            self.distinct += usize::from(*mine == 0 && *theirs > 0);
            *mine += theirs;
        }
        self.tests.append(&mut other.tests);
        for (place, targets) in other.seen {
            self.seen.entry(place).or_default().extend(targets);
        }
        // Numbers of tests have changed: whatever comes is new.
        self.last.fill(0);
    }

    /// How many places were hit, however often.
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// How many places this recorder hit that the other, of the same population, did not.
    pub fn adds_to(&self, other: &Recorder<'_, '_>) -> usize {
        self.hits.iter().zip(&other.hits).filter(|(mine, theirs)| **mine > 0 && **theirs == 0).count()
    }

    fn hit(&mut self, place: u32) {
        let at = place as usize;
        self.distinct += usize::from(self.hits[at] == 0);
        self.hits[at] += 1;
        let test = self.tests.len() as u32;
        if self.last[at] != test {
            self.last[at] = test;
            self.touched.push(place);
        }
    }

    fn used(&mut self, at: RuleAt, param: &str, target: &str) {
        let items = &self.population.sets[at.rule_set as usize].rules[at.rule as usize];
        let Some(index) = items.references.iter().position(|item| {
            &*item.param == param && item.kind != "prompt" && (item.dynamic || &*item.target == target)
        }) else {
            return;
        };
        let place = items.reference(index);
        if items.references[index].dynamic {
            self.saw(place, target);
        }
        self.hit(place);
    }

    fn saw(&mut self, place: u32, target: &str) {
        let seen = self.seen.entry(place).or_default();
        if !seen.contains(target) {
            seen.insert(Text::from(target));
        }
    }

    /// A prompt was returned: the parameter that names it, else one that is a template, was used.
    fn prompted(&mut self, at: RuleAt, name: &str) {
        let items = &self.population.sets[at.rule_set as usize].rules[at.rule as usize];
        let prompts = || items.references.iter().enumerate().filter(|(_, item)| item.kind == "prompt");
        let mut fixed = false;
        for (index, _) in prompts().filter(|(_, item)| &*item.target == name) {
            fixed = true;
            self.hit(items.reference(index));
        }
        if !fixed && let Some((index, _)) = prompts().find(|(_, item)| item.dynamic) {
            self.saw(items.reference(index), name);
            self.hit(items.reference(index));
        }
    }
}

impl Observer for &mut Recorder<'_, '_> {
    fn detail(&self) -> Detail {
        Detail::Coverage
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let population = self.population;
        let items = |at: RuleAt| &population.sets[at.rule_set as usize].rules[at.rule as usize];
        match seen {
            Seen::Started { end_point, rule_set } => {
                let set = &population.sets[*rule_set as usize];
                if let Some(index) = set.end_points.iter().position(|name| &**name == *end_point) {
                    self.hit(set.entered + 1 + index as u32);
                }
            }
            Seen::Entered { rule_set } => self.hit(population.sets[*rule_set as usize].entered),
            Seen::Returned { .. } => {}
            Seen::Tested { rule, activated, met, .. } => {
                let items = items(*rule);
                self.hit(items.tested(*activated));
                for (index, met) in met.iter().enumerate() {
                    self.hit(items.weight(index, *met));
                }
            }
            Seen::Executed { rule } => self.hit(items(*rule).executed()),
            Seen::Took { rule, branch } => {
                let items = items(*rule);
                if let Some(index) = items.branches.iter().position(|(known, _)| known == branch) {
                    self.hit(items.branch(index));
                }
            }
            Seen::Used { rule, param, target } => self.used(*rule, param, target),
        }
    }

    fn replied(&mut self, reply: &Reply) {
        let workspace = self.population.workspace;
        let Some(rule_set) = workspace.find(&reply.rule_set) else { return };
        let Some(rule) = workspace.active(rule_set).find(&reply.rule) else { return };
        let at = RuleAt { rule_set, rule };
        let place = self.population.sets[rule_set as usize].rules[rule as usize].replies();
        self.hit(place);
        if let Some(message) = reply.message.as_ref().and_then(crate::value::Value::as_str)
            && let prompt::Kind::Prompt(name) = prompt::kind(message)
        {
            self.prompted(at, name);
        }
    }
}
