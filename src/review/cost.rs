//! What a change of a Dockerfile costs a build: told once for all outputs that change in the same way.

use foldhash::{HashMap, HashMapExt};

use crate::dockerfile::{Keyword, cache_impact, parse};
use crate::memo::Memo;

/// The line (in the new text) of the first instruction that changes, and how many layers behind it lose their cache; none where
/// no build notices the change.
pub(super) type Cost = Option<(Option<u32>, usize)>;

/// The costs of changes, by their [shapes](shape). Threads share them.
#[derive(Debug, Default)]
pub(super) struct Costs(Memo<Cost>);

impl Costs {
    /// What the change costs.
    pub(super) fn of(&self, old: &[u8], new: &[u8]) -> Cost {
        if old == new {
            return None;
        }
        let Some(shape) = shape(old, new) else { return cost(old, new) };
        self.0.get(&shape).unwrap_or_else(|| {
            let cost = cost(old, new);
            self.0.insert(&shape, cost, size_of::<Cost>());
            cost
        })
    }
}

fn cost(old: &[u8], new: &[u8]) -> Cost {
    let impact = cache_impact(&parse(old), &parse(new))?;
    Some((impact.line, impact.lost.len()))
}

/// All that the cost of a change depends on: which lines are the same, which words of those that change are, and how lines make
/// instructions and stages. `None` where single lines do not tell that.
///
/// What a word says is no matter, as long as the same is said elsewhere: so a thousand outputs in which one word gives way to
/// another have one shape, though each has values of its own.
fn shape(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let has = |part: &[u8]| [old, new].iter().any(|text| memchr::memmem::find(text, part).is_some());
    let (has_heredoc, has_from) = (has(b"<<"), has(b"from="));
    let [old, new] = [old, new].map(|text| text.split_inclusive(|byte| *byte == b'\n').collect::<Vec<&[u8]>>());
    // What both begin and end with is told once.
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(old, new)| old == new).count();
    let changed = &new[start..new.len() - end];
    let mut all: HashMap<&[u8], Met> = HashMap::with_capacity(128);
    for (at, line) in old.iter().enumerate() {
        let number = u32::try_from(all.len()).ok()?;
        let is_common = at < start || at >= old.len() - end;
        all.entry(line).or_insert(Met { number, sides: 0, is_told: false }).sides |=
            if is_common { OLD | NEW } else { OLD };
    }
    for line in changed {
        let number = u32::try_from(all.len()).ok()?;
        all.entry(line).or_insert(Met { number, sides: 0, is_told: false }).sides |= NEW;
    }
    let (mut shape, mut words) = (Vec::with_capacity(1024), HashMap::new());
    for count in [start, end, changed.len()] {
        shape.extend_from_slice(&count.to_le_bytes());
    }
    for lines in [&old[..], changed] {
        for line in lines {
            let met = all.get_mut(line)?;
            shape.extend_from_slice(&met.number.to_le_bytes());
            if !std::mem::replace(&mut met.is_told, true) {
                structure(line, (has_heredoc, has_from), &mut shape)?;
                if met.sides != OLD | NEW {
                    number_words(line, &mut words, &mut shape)?;
                }
            }
        }
        shape.push(b'\n');
    }
    Some(shape)
}

const OLD: u8 = 1;
const NEW: u8 = 2;

/// A line of either text.
struct Met {
    /// Equal lines have one number, by which they are told.
    number: u32,
    /// Where it stands.
    sides: u8,
    is_told: bool,
}

/// Adds what a line is to the instruction that it is part of, and to other instructions.
/// `has_heredoc`, `has_from`: somewhere in the texts a heredoc may begin, or a flag may name a stage.
fn structure(line: &[u8], (has_heredoc, has_from): (bool, bool), shape: &mut Vec<u8>) -> Option<()> {
    let text = line.trim_ascii();
    let mut words = text.split(|byte| byte.is_ascii_whitespace() || *byte == b'\\' || *byte == b'`');
    let first = words.next().unwrap_or_default();
    let keyword = Keyword::of(first);
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    let names_stages = matches!(keyword, Some(Keyword::From | Keyword::Onbuild)) || has_from && has(b"from=");
    let has_variable = memchr::memchr(b'$', text).is_some();
    if names_stages && (has_variable || text.ends_with(b"\\") || text.ends_with(b"`")) {
        // Which stage that is depends on other lines.
        return None;
    }
    let is_directive = text.starts_with(b"#") && has(b"=");
    let ends = &text[text.len() - text.len().min(2)..];
    let escape = |byte: &u8| if matches!(byte, b'\\' | b'`') { *byte } else { b'-' };
    shape.extend(ends.iter().map(escape));
    shape.extend([b'0' + u8::from(has_variable), b'0' + u8::from(line.ends_with(b"\n")), b'|']);
    if names_stages || is_directive || has_heredoc && has(b"<<") {
        shape.extend_from_slice(line);
    } else if has_heredoc {
        // It may end one.
        shape.extend_from_slice(first);
        shape.extend([b' ', b'0' + u8::from(first.len() == line.trim_ascii_end().len())]);
    } else if keyword.is_some() || first.starts_with(b"#") {
        shape.extend_from_slice(if keyword.is_some() { first } else { b"#" });
    }
    shape.push(b'\n');
    Some(())
}

/// Adds the words of a line as numbers, the same one for the same word, and what stands between them.
fn number_words<'l>(line: &'l [u8], words: &mut HashMap<&'l [u8], u32>, shape: &mut Vec<u8>) -> Option<()> {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'`');
    for run in line.chunk_by(|a, b| is_between(a) == is_between(b)) {
        if run.first().is_some_and(is_between) {
            shape.extend_from_slice(run);
        } else {
            let next = u32::try_from(words.len()).ok()?;
            shape.extend_from_slice(&words.entry(run).or_insert(next).to_le_bytes());
        }
    }
    shape.push(b'\n');
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_no_part_of_a_shape() {
        let text = |release: &str, version: &str| {
            format!("FROM debian AS x\nENV R={release}\nLABEL v={version} r={release}\nRUN make {release}\n")
        };
        let of = |release: &str, versions: [&str; 2]| {
            let [old, new] = versions.map(|version| text(release, version));
            shape(old.as_bytes(), new.as_bytes())
        };
        assert!(of("a", ["1", "2"]).is_some());
        assert_eq!(of("a", ["1", "2"]), of("b", ["3", "4"]));
        assert_ne!(of("a", ["1", "2"]), of("b", ["3", "3"]));
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            2 => "FROM [abc]( AS [cd])?",
            1 => "FROM ?\\\\",
            3 => "(RUN|COPY|ENV|ARG|LABEL|USER|WORKDIR|run) [ab]=?[ab12]( +[ab12]|  ?[$][ab])?",
            2 => "RUN [ab] ?\\\\( |\\\\)?",
            2 => "  ?[ab12]|RUN [ab]",
            1 => "COPY --from=([cd]|[$]a|0) [ab] [ab]",
            1 => "RUN --mount=from=[cd],target=x [ab]",
            1 => "RUN <<E",
            1 => "E( |\\\\)?",
            1 => "# ?[ab]|#|# escape=`|",
            1 => "RUN [ab] `",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Few words give few shapes, so that most changes have one that was there before.
        #[test]
        fn what_was_found_for_a_shape_holds_for_all_of_it(
            lines in proptest::collection::vec(line(), 0..7),
            edits in proptest::collection::vec((0..7usize, line()), 1..4),
            values in proptest::collection::vec(("[ab12]", "[ab12]"), 1..3),
        ) {
            let costs = Costs::default();
            let mut edited = lines.clone();
            for (at, line) in edits {
                let at = at.min(edited.len());
                if at % 2 == 0 || at == edited.len() { edited.insert(at, line) } else { edited[at] = line }
            }
            let joined = |lines: &[String]| format!("FROM x\n{}\n", lines.join("\n"));
            let (old, new) = (joined(&lines), joined(&edited));
            // The same change with other values.
            let mut others = vec![(old.clone(), new.clone())];
            for (from, to) in values {
                let swap = |text: &str| {
                    let swapped = |one: char| match one.to_string() {
                        one if one == from => to.clone(),
                        one if one == to => from.clone(),
                        one => one,
                    };
                    text.chars().map(swapped).collect::<String>()
                };
                let one_way = |text: &str| text.replace(&from, &to);
                others.push((swap(&old), swap(&new)));
                others.push((one_way(&old), one_way(&new)));
                others.push((old.clone(), one_way(&new)));
            }
            for (old, new) in others {
                prop_assert_eq!(costs.of(old.as_bytes(), new.as_bytes()), cost(old.as_bytes(), new.as_bytes()), "{:?}", (old, new));
            }
        }
    }
}
