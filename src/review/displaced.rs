//! Why a line comes or goes whose own source did not change: a line that says the same has taken its place, or others went past it.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::align::{Compared, Step};
use super::sources::Side;

/// Two texts as they were aligned.
pub(super) struct Aligned<'a> {
    sides: [&'a [Compared]; 2],
    /// For each line the one that it is on the other side.
    unchanged: [Vec<Option<usize>>; 2],
    /// The lines of each side that are the same.
    equal: [HashMap<Compared, Vec<usize>>; 2],
}

impl<'a> Aligned<'a> {
    pub(super) fn new(sides: [&'a [Compared]; 2], steps: &[Step]) -> Self {
        let edited: [HashSet<usize>; 2] =
            [steps.iter().filter_map(|(old, _)| *old).collect(), steps.iter().filter_map(|(_, new)| *new).collect()];
        let kept =
            [0, 1].map(|side| (0..sides[side].len()).filter(|line| !edited[side].contains(line)).collect::<Vec<_>>());
        let mut unchanged = sides.map(|lines| vec![None; lines.len()]);
        for (old, new) in kept[0].iter().zip(&kept[1]) {
            unchanged[0][*old] = Some(*new);
            unchanged[1][*new] = Some(*old);
        }
        let equal = sides.map(|lines| {
            let mut equal: HashMap<Compared, Vec<usize>> = HashMap::new();
            for (at, line) in lines.iter().enumerate() {
                equal.entry(*line).or_default().push(at);
            }
            equal
        });
        Self { sides, unchanged, equal }
    }

    /// What `cause` tells of the line that has taken the place of this one; of the one that took the place of that, and so on. Where
    /// none has, the line stands elsewhere now: then of those between which it stood.
    pub(super) fn cause<T>(&self, side: Side, line: usize, mut cause: impl FnMut(usize) -> Option<T>) -> Option<T> {
        let (own, other) = (side as usize, 1 - side as usize);
        let mut open = vec![self.sides[own][line]];
        let mut seen: HashSet<Compared> = open.iter().copied().collect();
        while let Some(equal) = open.pop() {
            let same = self.equal[other].get(&equal).into_iter().flatten();
            for taker in same.filter_map(|line| self.unchanged[other][*line]) {
                if let Some(cause) = cause(taker) {
                    return Some(cause);
                }
                let taker = self.sides[own][taker];
                if seen.insert(taker) {
                    open.push(taker);
                }
            }
        }
        let elsewhere = self.equal[other].get(&self.sides[own][line])?;
        let elsewhere = *elsewhere.iter().find(|at| self.unchanged[other][**at].is_none())?;
        let pairs = self.unchanged[own].iter().enumerate().filter_map(|(at, pair)| Some((at, (*pair)?)));
        let went_past = |(at, pair): &(usize, usize)| (*at > line) != (*pair > elsewhere);
        pairs.filter(went_past).find_map(|(at, _)| cause(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Compared> {
        // `t1` says t and comes from 1.
        let line = |word: &str| Compared {
            text: word.as_bytes()[0].into(),
            origin: word.as_bytes().get(1).copied().map(u64::from),
        };
        text.split_whitespace().map(line).collect()
    }

    #[test]
    fn the_line_that_took_the_place_is_found() {
        // The line of 2 is new at the end; that of 5 stands where it stood, that of 9 where 5 stood.
        let (old, new) = (lines("r1 e2 e5"), lines("r4 e5 e9 e2"));
        let aligned = Aligned::new([&old, &new], &[(None, Some(3))]);
        let mut asked = Vec::new();
        let found = aligned.cause(Side::New, 3, |taker| {
            asked.push(taker);
            (taker == 2).then_some("9")
        });
        assert_eq!((found, asked), (Some("9"), vec![1, 2]));
        assert_eq!(aligned.cause(Side::New, 0, |_| Some(())), None);
    }

    #[test]
    fn the_line_that_went_past_is_found() {
        let (old, new) = (lines("a1 b2 c3 d4"), lines("a1 c3 b2 d4"));
        let aligned = Aligned::new([&old, &new], &[(Some(1), None), (None, Some(2))]);
        assert_eq!(aligned.cause(Side::Old, 1, Some), Some(2));
        assert_eq!(aligned.cause(Side::New, 2, Some), Some(1));
    }
}
