//! What a change costs: which layers lose their cache.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::keyword::Keyword;
use super::model::{Dockerfile, Instruction};
use super::outline::Outline;
use super::scope::Scope;
use super::stage::{Reference, ReferenceKind, Stage, Target};

/// What changing one Dockerfile into another costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheImpact {
    /// The first instruction that differs, as an index into the new file's instructions; it is their number where only
    /// the end was cut off.
    pub first: usize,
    /// Its line in the new file; `None` where only the end was cut off.
    pub line: Option<u32>,
    /// The line in the old file of what stood there; `None` where only something was added at the end.
    pub old_line: Option<u32>,
    /// Further instructions that make a layer, stand in the new file as they stood in the old one, and are built anew all
    /// the same: their lines.
    pub lost: Vec<u32>,
}

/// Compares two Dockerfiles; `None` where no instruction differs (comments and blanks may).
///
/// An instruction keeps its cache as long as its own text, the layers below it, the variables that it sees and the stages
/// that it copies from are the same. `LABEL`, `CMD` and their like make no layer, and cost none after them.
///
/// ```
/// use dockmill::dockerfile::{cache_impact, parse};
/// let old = parse(b"FROM debian\nRUN apt-get update\nCOPY . /app\nRUN make\n");
/// let new = parse(b"FROM debian\nRUN apt-get update -q\nCOPY . /app\nRUN make\n");
/// let impact = cache_impact(&old, &new).unwrap();
/// assert_eq!((impact.line, impact.lost), (Some(2), vec![3, 4]));
/// ```
pub fn cache_impact(old: &Dockerfile<'_>, new: &Dockerfile<'_>) -> Option<CacheImpact> {
    let pairs = old.instructions.iter().zip(&new.instructions);
    let first = pairs.take_while(|(old, new)| own_key(old) == own_key(new)).count();
    if first == old.instructions.len() && first == new.instructions.len() {
        return None;
    }
    let known: HashSet<u64> = layer_keys(old).into_iter().flatten().collect();
    // What stood in the old file at all: a new instruction cannot lose a cache.
    let stood: HashSet<u64> = old.instructions.iter().map(own_key).collect();
    let keys = layer_keys(new);
    let later = new.instructions.iter().enumerate().skip(first + 1);
    let lost = later.filter(|(index, instruction)| {
        let rebuilt = keys[*index].is_some_and(|key| !known.contains(&key));
        rebuilt && stood.contains(&own_key(instruction)) && instruction.keyword.is_some_and(Keyword::makes_layer)
    });
    Some(CacheImpact {
        first,
        line: new.instructions.get(first).map(|found| found.start_line),
        old_line: old.instructions.get(first).map(|found| found.start_line),
        lost: lost.map(|(_, instruction)| instruction.start_line).collect(),
    })
}

fn key(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// The instruction by itself.
fn own_key(instruction: &Instruction<'_>) -> u64 {
    let heredocs: Vec<&[u8]> = instruction.heredocs.iter().map(|heredoc| &*heredoc.content).collect();
    key((instruction.keyword, instruction.flags(), instruction.rest(), heredocs))
}

/// For each instruction, what its layer depends on; `None` for those that make none.
fn layer_keys(dockerfile: &Dockerfile<'_>) -> Vec<Option<u64>> {
    let Outline { stages, references, scope, .. } = dockerfile.outline();
    let mut keys = vec![None; dockerfile.instructions.len()];
    // The layers and the variables that each stage ends with.
    let mut ends: Vec<(u64, u64)> = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        let named = |position: usize| references.iter().filter(move |found| found.instruction == position);
        let mut state = base(stage, named(stage.instructions.start).next(), &ends, &scope);
        for position in stage.instructions.clone().skip(1) {
            let instruction = &dockerfile.instructions[position];
            let sources: Vec<u64> = named(position).map(|found| source(found, index, &ends)).collect();
            if step(instruction, &mut state, &sources) {
                keys[position] = Some(state.0);
            }
        }
        ends.push(state);
    }
    keys
}

fn base(stage: &Stage<'_>, reference: Option<&Reference>, ends: &[(u64, u64)], scope: &Scope) -> (u64, u64) {
    if let Some(Reference { target: Target::Stage(earlier), kind: ReferenceKind::From, .. }) = reference
        && let Some(end) = ends.get(*earlier)
    {
        return *end;
    }
    let image = scope.expand(&stage.base).map(|lexed| lexed.word).unwrap_or_default();
    (key((image, &stage.platform)), 0)
}

fn source(reference: &Reference, stage: usize, ends: &[(u64, u64)]) -> u64 {
    match reference.target {
        Target::Stage(earlier) if earlier < stage => ends.get(earlier).map_or(0, |end| end.0),
        _ => key(&reference.written),
    }
}

/// Moves the state on; `true` where the instruction makes a layer. The state is the layers so far, and what else a RUN sees.
fn step(instruction: &Instruction<'_>, state: &mut (u64, u64), sources: &[u64]) -> bool {
    let own = own_key(instruction);
    match instruction.keyword {
        Some(Keyword::Run) => state.0 = key((state.0, state.1, own, sources)),
        Some(Keyword::Add | Keyword::Copy | Keyword::Workdir) => {
            // Variables matter only where they are used.
            let seen = memchr::memchr(b'$', instruction.text()).map(|_| state.1);
            state.0 = key((state.0, seen, own, sources));
            if instruction.keyword == Some(Keyword::Workdir) {
                state.1 = key((state.1, own));
            }
        }
        Some(Keyword::Arg | Keyword::Env | Keyword::Shell | Keyword::User) => {
            state.1 = key((state.1, own));
            return false;
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn impact(old: &str, new: &str) -> Option<(Option<u32>, Option<u32>, Vec<u32>)> {
        cache_impact(&parse(old.as_bytes()), &parse(new.as_bytes()))
            .map(|found| (found.line, found.old_line, found.lost))
    }

    const OLD: &str = "\
FROM debian AS build
COPY . /src
RUN make
FROM debian
LABEL a=b
RUN apt-get update
COPY --from=build /src/app /app
CMD [\"/app\"]
";

    #[test]
    fn comments_and_blanks_cost_nothing() {
        assert_eq!(impact(OLD, &format!("# a comment\n{}", OLD.replace("RUN make", "RUN \\\n# b\n make"))), None);
    }

    #[test]
    fn a_label_costs_no_layer() {
        assert_eq!(impact(OLD, &OLD.replace("a=b", "a=c")), Some((Some(5), Some(5), vec![])));
    }

    #[test]
    fn a_change_reaches_stages_that_copy_from_it() {
        assert_eq!(impact(OLD, &OLD.replace("RUN make", "RUN make -j")), Some((Some(3), Some(3), vec![7])));
        assert_eq!(impact(OLD, &OLD.replacen("debian", "ubuntu", 1)), Some((Some(1), Some(1), vec![2, 3, 7])));
    }

    #[test]
    fn variables_reach_run_but_not_copy() {
        let new = OLD.replace("LABEL a=b", "ENV a=b");
        assert_eq!(impact(OLD, &new), Some((Some(5), Some(5), vec![6, 7])));
        let new = OLD.replace("COPY . /src", "ARG X\nCOPY . /src");
        assert_eq!(impact(OLD, &new), Some((Some(2), Some(2), vec![4, 8])));
    }

    #[test]
    fn what_is_added_or_cut_at_the_end() {
        assert_eq!(impact(OLD, &format!("{OLD}RUN x\n")), Some((Some(9), None, vec![])));
        assert_eq!(impact(&format!("{OLD}RUN x\n"), OLD), Some((None, Some(9), vec![])));
    }
}
