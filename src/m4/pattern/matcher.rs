//! Finding matches: the leftmost, and of those the longest.

use std::collections::HashSet;

use super::parse::is_word;
use super::{Anchor, Inst, Pattern, Set};

/// Bytes that the states of one search for a pattern with `\1` take.
const STATES: usize = 48 << 20;

/// What a state takes beside its slots: it is in a set, and in a row of those that are looked at.
const HELD: usize = 128;

/// The cost of a search, of a state of a search for a pattern with `\1`, of a state of a usual search, and of a cell of the table
/// for finding groups: about as many bytes could be read in the same time.
pub(crate) const SEARCH: u64 = 320;
const STATE: u64 = 512;
const THREAD: u64 = 10;
const CELL: u64 = 4;

/// The work that searches may still do; it is bounded as all work of an expansion is.
#[derive(Debug)]
pub(crate) struct Fuel(u64);

/// A search that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// No fuel is left.
    Work,
    /// There are too many ways to match.
    Ways,
}

impl Fuel {
    pub(crate) fn new(work: u64) -> Self {
        Self(work)
    }

    pub(crate) fn left(&self) -> u64 {
        self.0
    }

    pub(crate) fn burn(&mut self, work: u64) -> Result<(), Exceeded> {
        self.0 = self.0.checked_sub(work).ok_or(Exceeded::Work)?;
        Ok(())
    }
}

/// Where a pattern matched.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub(crate) whole: (usize, usize),
    /// The groups, if the search had to find them.
    groups: Option<Vec<Option<usize>>>,
}

/// Where each group matched, from the first.
pub(crate) type Groups = Vec<Option<(usize, usize)>>;

/// The bytes that a match can begin with.
pub(super) fn first(steps: &[Inst]) -> Option<Set> {
    let mut set = Box::new([false; 256]);
    let mut seen = vec![false; steps.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        match &steps[at] {
            Inst::Byte(byte) => set[usize::from(*byte)] = true,
            Inst::Set(members) => set.iter_mut().zip(members.iter()).for_each(|(all, one)| *all |= one),
            Inst::Split(a, b) => open.extend([*a, *b]),
            Inst::Jump(to) => open.push(*to),
            Inst::Save(_) => open.push(at + 1),
            Inst::Anchor(_) | Inst::Again(_) | Inst::Match => return None,
        }
    }
    Some(set)
}

fn holds(anchor: Anchor, text: &[u8], at: usize) -> bool {
    let before = at > 0 && is_word(text[at - 1]);
    let after = text.get(at).is_some_and(|byte| is_word(*byte));
    match anchor {
        Anchor::LineStart => at == 0 || text[at - 1] == b'\n',
        Anchor::LineEnd => text.get(at).is_none_or(|byte| *byte == b'\n'),
        Anchor::TextStart => at == 0,
        Anchor::TextEnd => at == text.len(),
        Anchor::WordStart => !before && after,
        Anchor::WordEnd => before && !after,
        Anchor::WordEdge => before != after,
        Anchor::NoWordEdge => before == after,
    }
}

/// The threads at one position.
#[derive(Default)]
struct Threads {
    list: Vec<usize>,
    /// The position, counted from 1, at which a step was last added.
    seen: Vec<usize>,
    open: Vec<usize>,
    /// Steps that were taken and not yet charged.
    added: u64,
}

impl Pattern {
    /// The first match that begins at `from` or later.
    pub(crate) fn search(&self, text: &[u8], from: usize, fuel: &mut Fuel) -> Result<Option<Match>, Exceeded> {
        fuel.burn(SEARCH + self.steps.len() as u64)?;
        let mut now = Threads { seen: vec![0; self.steps.len()], ..Threads::default() };
        let mut then = Threads { seen: vec![0; self.steps.len()], ..Threads::default() };
        for start in from..=text.len() {
            if let Some(first) = &self.first
                && !text.get(start).is_some_and(|byte| first[usize::from(*byte)])
            {
                continue;
            }
            if self.refers {
                if let Some(found) = self.search_references(text, start, fuel)? {
                    return Ok(Some(found));
                }
            } else if let Some(end) = self.longest(text, start, (&mut now, &mut then), fuel)? {
                return Ok(Some(Match { whole: (start, end), groups: None }));
            }
        }
        Ok(None)
    }

    /// The end of the longest match that begins at `start`.
    fn longest(
        &self,
        text: &[u8],
        start: usize,
        (now, then): (&mut Threads, &mut Threads),
        fuel: &mut Fuel,
    ) -> Result<Option<usize>, Exceeded> {
        let mut end = None;
        fuel.burn(THREAD + self.steps.len() as u64)?;
        now.list.clear();
        then.list.clear();
        now.seen.fill(0);
        then.seen.fill(0);
        self.follow(0, text, start, now);
        for at in start..=text.len() {
            fuel.burn(THREAD * now.added)?;
            now.added = 0;
            for index in 0..now.list.len() {
                let step = now.list[index];
                let goes = match &self.steps[step] {
                    Inst::Match => {
                        end = Some(at);
                        false
                    }
                    Inst::Byte(byte) => text.get(at) == Some(byte),
                    Inst::Set(set) => text.get(at).is_some_and(|byte| set[usize::from(*byte)]),
                    _ => false,
                };
                if goes {
                    self.follow(step + 1, text, at + 1, then);
                }
            }
            std::mem::swap(now, then);
            then.list.clear();
            if now.list.is_empty() {
                break;
            }
        }
        Ok(end)
    }

    /// Adds a step, or what follows it without a byte.
    fn follow(&self, step: usize, text: &[u8], at: usize, threads: &mut Threads) {
        threads.open.push(step);
        while let Some(step) = threads.open.pop() {
            threads.added += 1;
            if std::mem::replace(&mut threads.seen[step], at + 1) == at + 1 {
                continue;
            }
            match &self.steps[step] {
                Inst::Split(a, b) => threads.open.extend([*b, *a]),
                Inst::Jump(to) => threads.open.push(*to),
                Inst::Save(_) => threads.open.push(step + 1),
                Inst::Anchor(anchor) => {
                    if holds(*anchor, text, at) {
                        threads.open.push(step + 1);
                    }
                }
                Inst::Byte(_) | Inst::Set(_) | Inst::Again(_) | Inst::Match => threads.list.push(step),
            }
        }
    }

    /// The groups of a match, from 1: where each last matched.
    pub(crate) fn groups(&self, text: &[u8], found: &Match, fuel: &mut Fuel) -> Result<Groups, Exceeded> {
        let slots = if let Some(slots) = &found.groups {
            slots.clone()
        } else {
            let width = found.whole.1 - found.whole.0 + 1;
            fuel.burn(SEARCH + CELL * (self.steps.len() * width) as u64)?;
            self.walk(text, found.whole).unwrap_or_else(|| self.slots())
        };
        Ok((1..=self.groups).map(|group| slots[2 * group].zip(slots[2 * group + 1])).collect())
    }

    fn slots(&self) -> Vec<Option<usize>> {
        vec![None; 2 * self.groups + 2]
    }

    /// The first way through the program, as the pattern is written, that takes all of the match. A round of a loop that
    /// takes nothing counts, once, as it does in the C library of GNU.
    fn walk(&self, text: &[u8], (start, end): (usize, usize)) -> Option<Vec<Option<usize>>> {
        let width = end - start + 1;
        let leads = self.leads(text, start, end);
        let mut slots = self.slots();
        let mut visits = vec![0u8; self.steps.len()];
        let (mut step, mut at) = (0, start);
        loop {
            let good = |step: usize, at: usize| leads[step * width + at - start];
            match &self.steps[step] {
                Inst::Match => return Some(slots),
                Inst::Byte(_) | Inst::Set(_) => {
                    at += 1;
                    visits.fill(0);
                    step += 1;
                }
                Inst::Split(a, b) => {
                    visits[step] += 1;
                    step = match visits[step] {
                        1 if good(*a, at) => *a,
                        1 => *b,
                        2 if good(*b, at) => *b,
                        2 => *a,
                        _ => return None,
                    };
                }
                Inst::Jump(to) => step = *to,
                Inst::Save(slot) => {
                    slots[*slot] = Some(at);
                    step += 1;
                }
                Inst::Anchor(_) | Inst::Again(_) => step += 1,
            }
        }
    }

    /// For every step at every position whether the match's end can be reached from there.
    fn leads(&self, text: &[u8], start: usize, end: usize) -> Vec<bool> {
        let width = end - start + 1;
        let mut leads = vec![false; self.steps.len() * width];
        for at in (start..=end).rev() {
            let column = at - start;
            let mut changed = true;
            while changed {
                changed = false;
                for step in (0..self.steps.len()).rev() {
                    if leads[step * width + column] {
                        continue;
                    }
                    let here = |step: usize| leads[step * width + column];
                    let next = |step: usize| at < end && leads[step * width + column + 1];
                    let good = match &self.steps[step] {
                        Inst::Match => at == end,
                        Inst::Byte(byte) => next(step + 1) && text[at] == *byte,
                        Inst::Set(set) => next(step + 1) && set[usize::from(text[at])],
                        Inst::Split(a, b) => here(*a) || here(*b),
                        Inst::Jump(to) => here(*to),
                        Inst::Save(_) => here(step + 1),
                        Inst::Anchor(anchor) => here(step + 1) && holds(*anchor, text, at),
                        Inst::Again(_) => false,
                    };
                    leads[step * width + column] = good;
                    changed |= good;
                }
            }
        }
        leads
    }

    /// The longest match at `start` of a pattern with `\1`: every way is tried.
    fn search_references(&self, text: &[u8], start: usize, fuel: &mut Fuel) -> Result<Option<Match>, Exceeded> {
        let mut best: Option<Match> = None;
        let mut seen: HashSet<(usize, usize, Vec<Option<usize>>)> = HashSet::new();
        let mut open = vec![(0, start, self.slots())];
        let most = STATES / (HELD + size_of_val(&*self.slots()));
        while let Some((step, at, mut slots)) = open.pop() {
            fuel.burn(STATE)?;
            if !seen.insert((step, at, slots.clone())) {
                continue;
            }
            if seen.len() > most {
                return Err(Exceeded::Ways);
            }
            match &self.steps[step] {
                Inst::Match if best.as_ref().is_none_or(|best| best.whole.1 < at) => {
                    best = Some(Match { whole: (start, at), groups: Some(slots) });
                }
                Inst::Byte(byte) if text.get(at) == Some(byte) => open.push((step + 1, at + 1, slots)),
                Inst::Set(set) if text.get(at).is_some_and(|byte| set[usize::from(*byte)]) => {
                    open.push((step + 1, at + 1, slots));
                }
                Inst::Anchor(anchor) if holds(*anchor, text, at) => open.push((step + 1, at, slots)),
                Inst::Split(a, b) => {
                    open.push((*b, at, slots.clone()));
                    open.push((*a, at, slots));
                }
                Inst::Jump(to) => open.push((*to, at, slots)),
                Inst::Save(slot) => {
                    slots[*slot] = Some(at);
                    open.push((step + 1, at, slots));
                }
                Inst::Again(group) => {
                    if let Some((from, to)) = slots[2 * group].zip(slots[2 * group + 1])
                        && text[at..].starts_with(&text[from..to])
                    {
                        open.push((step + 1, at + to - from, slots));
                    }
                }
                _ => {}
            }
        }
        Ok(best)
    }
}
