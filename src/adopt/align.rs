//! Two profiles laid side by side: which columns of one are columns of the other.

use foldhash::HashMap;

use super::effort::Effort;
use super::line::{LineId, Lines};
use super::targets::Targets;

/// Variants of one line, each with the targets that have it.
pub(super) type Column = Vec<(LineId, Targets)>;
/// Files laid side by side: columns from top to bottom.
pub(super) type Profile = Vec<Column>;

/// A gap on one side begins.
const OPEN: f32 = 0.35;
/// A gap on one side follows one on the other: both files have lines of their own in one place.
const BOTH: f32 = 0.75;
const NONE: f32 = -1e9;
/// So many variants of a column are compared with those of another.
const VARIANTS: usize = 6;
/// So many columns of one kind are compared with one.
const NEAR: usize = 64;

/// The work of the table of an alignment.
pub(super) fn cells(rows: usize, columns: usize) -> usize {
    CELL * (rows + 1) * (columns + 1)
}

/// Takes the work of one table; `false`: there is not so much left.
pub(super) fn is_worth_it(rows: usize, columns: usize, effort: &Effort) -> bool {
    let cells = cells(rows, columns);
    effort.has(if cells > LARGEST { u64::MAX } else { cells as u64 }) && effort.spend(cells)
}

/// The work of a cell.
const CELL: usize = 1;
/// The largest table: bytes of memory, too.
const LARGEST: usize = 64 << 20;

/// The work of looking up how alike two lines are.
const LOOK: usize = 12;

/// How well columns fit, row by row.
struct Fits {
    /// The columns that hold a line.
    by_line: HashMap<LineId, Vec<usize>>,
    by_bucket: HashMap<u32, Vec<usize>>,
}

impl Fits {
    fn new(other: &Profile, lines: &Lines) -> Self {
        let mut fits = Self { by_line: HashMap::default(), by_bucket: HashMap::default() };
        for (at, column) in other.iter().enumerate() {
            for (line, _) in column {
                fits.by_line.entry(*line).or_default().push(at);
                if let Some(bucket) = lines.get(*line).bucket {
                    let columns = fits.by_bucket.entry(bucket).or_default();
                    if columns.last() != Some(&at) {
                        columns.push(at);
                    }
                }
            }
        }
        fits
    }

    /// How well a column fits to each of the others.
    fn row(&self, at: usize, column: &Column, other: &Profile, lines: &mut Lines, row: &mut [f32]) {
        row.fill(NONE);
        let mut buckets: Vec<u32> = Vec::new();
        for (line, _) in column {
            let known = lines.get(*line);
            for at in self.by_line.get(line).into_iter().flatten() {
                row[*at] = row[*at].max(known.weight);
            }
            if let Some(bucket) = known.bucket.filter(|bucket| !buckets.contains(bucket)) {
                buckets.push(bucket);
            }
        }
        let weight = column.first().map_or(0.0, |(line, _)| lines.get(*line).weight);
        for bucket in buckets {
            let all = self.by_bucket.get(&bucket).map_or(&[][..], Vec::as_slice);
            let first =
                all.partition_point(|other| *other < at).saturating_sub(NEAR / 2).min(all.len().saturating_sub(NEAR));
            for at in all[first..].iter().take(NEAR) {
                if row[*at] > 0.0 {
                    continue;
                }
                let mut best: f32 = 0.0;
                for (one, _) in column.iter().take(VARIANTS) {
                    let others = other[*at].iter().take(VARIANTS);
                    lines.effort.spend(LOOK * others.len());
                    for (other, _) in others {
                        best = best.max(lines.likeness(*one, *other));
                    }
                }
                if best > 0.0 {
                    row[*at] = 0.75 * best * best * weight + 0.02;
                }
            }
        }
    }
}

/// Where a cell's value came from, for the three states in which it may be.
mod step {
    /// Both columns are one: from the state in these bits.
    pub(super) const MATCH: u8 = 0b11;
    /// A column of the first profile alone follows another such.
    pub(super) const FIRST_GOES_ON: u8 = 0b100;
    /// A column of the second profile alone follows a match, one of the first, or another such.
    pub(super) const SECOND_FROM_MATCH: u8 = 0b01_000;
    pub(super) const SECOND_FROM_FIRST: u8 = 0b10_000;
    pub(super) const SECOND: u8 = 0b11_000;
}

/// The states in which an alignment is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Match = 0,
    First = 1,
    Second = 2,
}

impl State {
    fn of(bits: u8) -> Self {
        match bits {
            0 => Self::Match,
            1 => Self::First,
            _ => Self::Second,
        }
    }
}

/// The pairs of columns that are one, and the columns that stand alone, from top to bottom.
///
/// It is the best alignment where a gap costs once, whatever its length, and where two gaps in one place cost more than one. This
/// is what keeps two lists of packages apart: without it their lines interleave.
pub(super) fn pairs(one: &Profile, other: &Profile, lines: &mut Lines) -> Vec<(Option<usize>, Option<usize>)> {
    let (height, width) = (one.len(), other.len());
    let fits = Fits::new(other, lines);
    let mut row = vec![NONE; width];
    let mut steps = vec![0_u8; (height + 1) * (width + 1)];
    let mut above = [vec![NONE; width + 1], vec![NONE; width + 1], vec![NONE; width + 1]];
    above[0][0] = 0.0;
    for at in 1..=width {
        above[2][at] = -OPEN;
        steps[at] = if at == 1 { step::SECOND_FROM_MATCH } else { step::SECOND };
    }
    let mut here = above.clone();
    for y in 1..=height {
        // Where files have lines of one kind without end, those at about the same height are looked at.
        fits.row((y - 1) * width / height, &one[y - 1], other, lines, &mut row);
        let base = y * (width + 1);
        here[0][0] = NONE;
        here[2][0] = NONE;
        for x in 0..=width {
            let mut taken = 0;
            if x > 0 {
                let (mut best, mut from) = (above[0][x - 1], 0);
                for (state, values) in above.iter().enumerate().skip(1) {
                    if values[x - 1] > best {
                        (best, from) = (values[x - 1], u8::try_from(state).unwrap_or(0));
                    }
                }
                here[0][x] = best + row[x - 1];
                taken |= from;
            }
            let opened = above[0][x] - OPEN;
            if above[1][x] >= opened {
                here[1][x] = above[1][x];
                taken |= step::FIRST_GOES_ON;
            } else {
                here[1][x] = opened;
            }
            if x > 0 {
                let (mut best, mut from) = (here[2][x - 1], step::SECOND);
                for (value, kind) in
                    [(here[0][x - 1] - OPEN, step::SECOND_FROM_MATCH), (here[1][x - 1] - BOTH, step::SECOND_FROM_FIRST)]
                {
                    if value > best {
                        (best, from) = (value, kind);
                    }
                }
                here[2][x] = best;
                taken |= from;
            }
            steps[base + x] = taken;
        }
        std::mem::swap(&mut above, &mut here);
    }
    let mut pairs = Vec::with_capacity(height.max(width));
    let (mut y, mut x) = (height, width);
    let mut state = [State::Match, State::First, State::Second]
        .into_iter()
        .reduce(|best, state| if above[state as usize][x] > above[best as usize][x] { state } else { best })
        .unwrap_or(State::Match);
    while y > 0 || x > 0 {
        let taken = steps[y * (width + 1) + x];
        match state {
            State::Match if y > 0 && x > 0 => {
                (y, x) = (y - 1, x - 1);
                pairs.push((Some(y), Some(x)));
                state = State::of(taken & step::MATCH);
            }
            State::First if y > 0 => {
                y -= 1;
                pairs.push((Some(y), None));
                state = if taken & step::FIRST_GOES_ON == 0 { State::Match } else { State::First };
            }
            _ if x > 0 => {
                x -= 1;
                pairs.push((None, Some(x)));
                state = match taken & step::SECOND {
                    step::SECOND_FROM_MATCH => State::Match,
                    step::SECOND_FROM_FIRST => State::First,
                    _ => State::Second,
                };
            }
            _ => state = State::First,
        }
    }
    pairs.reverse();
    pairs
}

/// Both profiles as one. `None`: too little work is left for that.
pub(super) fn merged(one: Profile, other: Profile, lines: &mut Lines) -> Option<Profile> {
    if !is_worth_it(one.len(), other.len(), &lines.effort) {
        return None;
    }
    let pairs = pairs(&one, &other, lines);
    let mut other: Vec<Option<Column>> = other.into_iter().map(Some).collect();
    let mut one: Vec<Option<Column>> = one.into_iter().map(Some).collect();
    let mut all = Vec::with_capacity(pairs.len());
    for (first, second) in pairs {
        let mut column = first.and_then(|at| one[at].take()).unwrap_or_default();
        for (line, targets) in second.and_then(|at| other[at].take()).unwrap_or_default() {
            match column.iter_mut().find(|(known, _)| *known == line) {
                Some((_, known)) => *known |= targets,
                None => column.push((line, targets)),
            }
        }
        all.push(column);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(one: &[&str], other: &[&str]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut profile = |texts: &[&str], target| -> Profile {
            texts.iter().map(|text| vec![(lines.id(text), Targets::one(target))]).collect()
        };
        let (first, second) = (profile(one, 0), profile(other, 1));
        let pairs = pairs(&first, &second, &mut lines);
        let text = |at: Option<usize>, texts: &[&str]| at.map_or("-".to_owned(), |at| texts[at].to_owned());
        pairs.iter().map(|(a, b)| format!("{}|{}", text(*a, one), text(*b, other))).collect()
    }

    #[test]
    fn variants_and_gaps_are_found() {
        let shown = shown(&["FROM a", "ENV X 1", "RUN make"], &["FROM a", "RUN prepare it", "ENV X 2", "RUN make"]);
        assert_eq!(shown, ["FROM a|FROM a", "-|RUN prepare it", "ENV X 1|ENV X 2", "RUN make|RUN make"]);
    }

    #[test]
    fn empty_profiles_are_no_problem() {
        assert_eq!(shown(&[], &["a"]), ["-|a"]);
        assert_eq!(shown(&["a", "b"], &[]), ["a|-", "b|-"]);
        assert!(shown(&[], &[]).is_empty());
    }

    #[test]
    fn without_work_nothing_is_laid_side_by_side() {
        let merged = |work| {
            let mut lines = Lines::new(Effort::new(work));
            let id = lines.id("a");
            let profile = |target| vec![vec![(id, Targets::one(target))]];
            merged(profile(0), profile(1), &mut lines).map(|profile| profile.len())
        };
        assert_eq!((merged(0), merged(100)), (None, Some(1)));
    }
}
