//! What a change of a Dockerfile costs a build: told once for all outputs that change in the same way.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::known::KnownLine;
use crate::dockerfile::{Keyword, cache_impact, parse};
use crate::memo::Memo;

/// The line (in the new text) of the first instruction that changes, and how many layers behind it lose their cache; none where
/// no build notices the change.
pub(super) type Cost = Option<(Option<u32>, usize)>;

/// The costs of changes, by their [shapes](shape). Threads share them.
#[derive(Debug, Default)]
pub(super) struct Costs(Memo<Cost>);

/// A Dockerfile with its lines.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) lines: &'t [&'t [u8]],
    pub(super) known: &'t [KnownLine],
}

impl Costs {
    /// What the change costs.
    pub(super) fn of(&self, old: Text<'_>, new: Text<'_>) -> Cost {
        if old.bytes == new.bytes {
            return None;
        }
        let Some(shape) = shape(old, new) else { return cost(old.bytes, new.bytes) };
        self.0.get(&shape).unwrap_or_else(|| {
            let cost = cost(old.bytes, new.bytes);
            self.0.insert(&shape, cost, size_of::<Cost>());
            cost
        })
    }
}

/// What a change costs, without the use of others like it.
pub(super) fn cost(old: &[u8], new: &[u8]) -> Cost {
    let impact = cache_impact(&parse(old), &parse(new))?;
    Some((impact.line, impact.lost.len()))
}

/// All that the cost of a change depends on: which lines are the same, which words of those that change are, and how lines make
/// instructions and stages. `None` where single lines do not tell that.
///
/// What a word says is no matter, as long as the same is said elsewhere: so a thousand outputs in which one word gives way to
/// another have one shape, though each has values of its own.
fn shape(old: Text<'_>, new: Text<'_>) -> Option<Vec<u8>> {
    // What both begin and end with is told once.
    let same = |(old, new): &(&KnownLine, &KnownLine)| old.compared.text == new.compared.text;
    let start = old.known.iter().zip(new.known).take_while(same).count();
    let (old_rest, new_rest) = (&old.known[start..], &new.known[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.known.len() - end, new.known.len() - end);
    let line = |text: Text<'_>, at: usize| {
        let known = &text.known[at];
        Line { at, text: known.compared.text, shape: known.shape.unwrap_or_else(|| LineShape::of(text.lines[at])) }
    };
    let before: Vec<Line> = (0..old.known.len()).map(|at| line(old, at)).collect();
    let changed: Vec<Line> = (start..new_end).map(|at| line(new, at)).collect();
    let has_heredoc = before.iter().chain(&changed).any(|line| line.shape.may_begin_heredoc);
    let mut all: HashMap<u64, Met> = HashMap::with_capacity(before.len() + changed.len());
    let sides = |line: &Line| if line.at < start || line.at >= old_end { OLD | NEW } else { OLD };
    let olds = before.iter().map(|line| (line, sides(line)));
    for (line, sides) in olds.chain(changed.iter().map(|line| (line, NEW))) {
        let number = u32::try_from(all.len()).ok()?;
        all.entry(line.text).or_insert(Met { number, sides: 0, is_told: false }).sides |= sides;
    }
    let (mut shape, mut words) = (Vec::with_capacity(1024), HashMap::new());
    for count in [start, end, changed.len()] {
        shape.extend_from_slice(&count.to_le_bytes());
    }
    for (text, lines) in [(old, &before), (new, &changed)] {
        for line in lines {
            let met = all.get_mut(&line.text)?;
            shape.extend_from_slice(&met.number.to_le_bytes());
            if !std::mem::replace(&mut met.is_told, true) {
                let structure = if has_heredoc { line.shape.among_heredocs } else { line.shape.alone };
                shape.extend_from_slice(&structure?.to_le_bytes());
                if met.sides != OLD | NEW {
                    number_words(text.lines[line.at], &mut words, &mut shape)?;
                }
            }
        }
        shape.push(b'\n');
    }
    Some(shape)
}

/// A line of a text.
struct Line {
    at: usize,
    /// Equal texts have one number.
    text: u64,
    shape: LineShape,
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

/// What a line is to the instruction that it is part of, and to other instructions: numbers that are the same where that is the
/// same, `None` where other lines decide it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineShape {
    /// In a text without heredocs.
    alone: Option<u64>,
    /// In one that has some: the line may end one.
    among_heredocs: Option<u64>,
    may_begin_heredoc: bool,
}

impl LineShape {
    pub(super) fn of(line: &[u8]) -> Self {
        let number = |has_heredoc| structure(line, has_heredoc).map(|told| FixedState::default().hash_one(told));
        let may_begin_heredoc = memchr::memmem::find(line, b"<<").is_some();
        Self { alone: number(false), among_heredocs: number(true), may_begin_heredoc }
    }
}

/// What a line is to the instruction that it is part of, and to other instructions.
/// `has_heredoc`: somewhere in the texts a heredoc may begin.
fn structure(line: &[u8], has_heredoc: bool) -> Option<Vec<u8>> {
    let mut shape = Vec::with_capacity(16);
    let text = line.trim_ascii();
    let mut words = text.split(|byte| byte.is_ascii_whitespace() || *byte == b'\\' || *byte == b'`');
    let first = words.next().unwrap_or_default();
    let keyword = Keyword::of(first);
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    let names_stages = matches!(keyword, Some(Keyword::From | Keyword::Onbuild)) || has(b"from=");
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
    Some(shape)
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

    use super::super::align::Compared;
    use super::super::version::lines;
    use super::*;

    /// Calls with both texts and what is known of their lines; of every other line the shape is known, too.
    fn with_texts<R>(old: &str, new: &str, work: impl FnOnce(Text<'_>, Text<'_>) -> R) -> R {
        let [old_lines, new_lines] = [old, new].map(|text| lines(text.as_bytes()));
        let known = |lines: &[&[u8]]| -> Vec<KnownLine> {
            let line = |(at, line): (usize, &&[u8])| KnownLine {
                compared: Compared { text: FixedState::default().hash_one(line), origin: None },
                shape: (at % 2 == 0).then(|| LineShape::of(line)),
            };
            lines.iter().enumerate().map(line).collect()
        };
        let (old_known, new_known) = (known(&old_lines), known(&new_lines));
        let old = Text { bytes: old.as_bytes(), lines: &old_lines, known: &old_known };
        work(old, Text { bytes: new.as_bytes(), lines: &new_lines, known: &new_known })
    }

    #[test]
    fn values_are_no_part_of_a_shape() {
        let text = |release: &str, version: &str| {
            format!("FROM debian AS x\nENV R={release}\nLABEL v={version} r={release}\nRUN make {release}\n")
        };
        let of = |release: &str, versions: [&str; 2]| {
            let [old, new] = versions.map(|version| text(release, version));
            with_texts(&old, &new, shape)
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
                let found = with_texts(&old, &new, |old, new| costs.of(old, new));
                prop_assert_eq!(found, cost(old.as_bytes(), new.as_bytes()), "{:?}", (old, new));
            }
        }
    }
}
