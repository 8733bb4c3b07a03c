//! The cause of one edit.

use foldhash::{HashSet, HashSetExt};
use indexmap::IndexSet;

use super::align::Step;
use super::renaming::Renaming;
use super::values::{Found, Values};
use super::view::View;

/// The cause of an edit, as it is known while outputs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Why {
    /// A hunk of the templates.
    Hunk(u32),
    /// A value of the manifest or of a data file.
    Leaf(u32),
    /// What happened to whole outputs: one of the [groups](super::pairing::Group).
    Group(u32),
    /// The line with which dockmill marks outputs.
    Header,
    /// The right to execute.
    Mode,
    /// Another path.
    Moved,
    /// None that is known; the number tells the text.
    Unknown(u64),
    /// A line of a text that its template does not explain: it follows from the list of targets.
    Follows,
    /// It was not looked for: more lines changed than the run may lead back.
    Cut,
}
/// What was computed on both sides, recorded when it is first asked for.
pub(super) struct BothValues<'s> {
    /// The edits that it is asked for.
    pub(super) steps: &'s [Step],
    /// The name of the output, where that is another one.
    pub(super) renaming: Option<&'s Renaming>,
    pub(super) recorded: Option<[Option<Values>; 2]>,
}

impl BothValues<'_> {
    fn get<'v>(&mut self, old: &mut View<'v>, new: &mut View<'v>) -> &[Option<Values>; 2] {
        let steps = self.steps;
        self.recorded.get_or_insert_with(|| {
            let mut ids: Option<HashSet<u32>> = Some(HashSet::new());
            for &(at, now) in steps {
                for (view, index) in [(&mut *old, at), (&mut *new, now)] {
                    let Some(index) = index.filter(|index| !view.version.is_header(*index)) else { continue };
                    let id = view.root(index).and_then(|(file, line)| view.info(file, line)).map(|info| info.id);
                    // Where it is not known which line led to one, all are recorded.
                    match (&mut ids, id) {
                        (Some(ids), Some(id)) => _ = ids.insert(id),
                        _ => ids = None,
                    }
                }
            }
            [old, new].map(|view| view.values(ids.as_ref()))
        })
    }
}

/// So many words of a line are looked for in the sources that changed.
const WORDS: usize = 100;
/// Looking for a word in so many bytes takes about as long as looking at a value.
const SEARCHED_IN_A_STEP: usize = 1_000;

/// The cause of an edit, and others that have a part in it. What it takes to find them is added to `steps`.
pub(super) fn why<'v>(
    old: &mut View<'v>,
    new: &mut View<'v>,
    values: &mut BothValues<'_>,
    (at, now): Step,
    steps: &mut usize,
) -> (Option<Why>, Vec<Why>) {
    let is_header = |view: &View<'_>, index: Option<usize>| index.is_some_and(|index| view.version.is_header(index));
    if is_header(old, at) || is_header(new, now) {
        return (Some(Why::Header), Vec::new());
    }
    let is_pair = at.is_some() && now.is_some();
    // Where nothing is known to have changed, no value tells more.
    let changed = old.judge.maps[0].is_some();
    let own = now.and_then(|now| new.own_hunk(now, is_pair)).or_else(|| at.and_then(|at| old.own_hunk(at, is_pair)));
    if let Some(hunk) = own
        && !(is_pair && (old.judge.leaves.any() || old.judge.sources.binds_beside(hunk)))
    {
        return (Some(Why::Hunk(hunk)), Vec::new());
    }
    if let (Some(at), Some(now), None, Some(renaming)) = (at, now, own, values.renaming)
        && renaming.explains(old.lines[at], new.lines[now])
    {
        return (Some(renaming.why), Vec::new());
    }
    let mut found = Found::default();
    let is_edited = own.is_some();
    let ask =
        |old: &mut View<'v>, new: &mut View<'v>, values: &mut BothValues<'_>, found: &mut Found, is_deep: bool| {
            if !changed {
                return;
            }
            let renaming = values.renaming;
            let [before, after] = values.get(old, new);
            let judge = new.judge;
            for (index, view, own, other) in [(now, &*new, after, before), (at, &*old, before, after)] {
                let (Some(index), Some(own)) = (index, own) else { continue };
                let line = view.version.inner(index);
                if is_deep {
                    own.of_steps(line, other.as_ref(), (judge, renaming), found);
                } else {
                    own.of_line(line, is_edited, other.as_ref(), (judge, renaming), found);
                }
            }
        };
    if is_pair {
        ask(old, new, values, &mut found, false);
        if let Some(hunk) = own {
            *steps += found.steps;
            let mut also = found.all();
            also.retain(|why| *why != Why::Hunk(hunk));
            return (Some(Why::Hunk(hunk)), also);
        }
    }
    if found.is_empty() {
        let hunk = now.and_then(|now| new.stack_hunk(now)).or_else(|| at.and_then(|at| old.stack_hunk(at)));
        if let Some(hunk) = hunk {
            return (Some(Why::Hunk(hunk)), Vec::new());
        }
        if !is_pair {
            ask(old, new, values, &mut found, false);
        }
        if found.is_empty() {
            ask(old, new, values, &mut found, true);
        }
    }
    *steps += found.steps;
    // Of a list that several changes have a part in, each line is of the one that has its words.
    let text = [(&*new, now), (&*old, at)]
        .into_iter()
        .filter_map(|(view, index)| Some(String::from_utf8_lossy(view.lines[index?])));
    let text: Vec<_> = text.collect();
    let is_part = |character: char| character.is_alphanumeric() || "._+-".contains(character);
    let words = text.iter().flat_map(|text| text.split(|character| !is_part(character)));
    let words: IndexSet<&str> = words.filter(|word| word.len() > 1).take(WORDS).collect();
    if found.births().len() > 1 {
        let searched: usize = found.births().iter().map(|why| new.judge.size(*why)).sum();
        *steps += searched * words.len() / SEARCHED_IN_A_STEP;
    }
    let mut found = found
        .sorted(|why| (matches!(why, Why::Group(_)), !new.judge.mentions(why, &words), !matches!(why, Why::Hunk(_))))
        .into_iter();
    let first = found.next().or_else(|| {
        // Nothing else has changed that the line is made of.
        let (at, now, renaming) = (at?, now?, values.renaming?);
        renaming.fits(old.lines[at], new.lines[now]).then_some(renaming.why)
    });
    (first, found.collect())
}
