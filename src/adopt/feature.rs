//! The axes of an image, and what its targets' paths say beyond them.

use std::collections::{HashMap, HashSet};

use super::effort::Effort;
use super::group::Source;
use super::natural;
use super::part::{Kind, System, is_accelerator, is_numbers, is_release, is_system, series};
use super::targets::Targets;
use super::text::{escaped, symbol};

/// The work of counting where lines begin and end, for each value.
const COUNT: usize = 3;

/// How the values of a feature are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// They have an order.
    Version,
    Word,
    /// They are `true` and `false`.
    Flag,
}

/// Something that each target's path says: the value of an axis, or what follows from it.
#[derive(Debug)]
pub(super) struct Feature {
    /// The number of the axis that decides it.
    pub(super) axis: usize,
    pub(super) is_axis: bool,
    /// It is an axis of words that are neither versions nor systems.
    pub(super) is_words: bool,
    /// It is the operating system, which values that are yet to come will have in common with these.
    pub(super) is_system: bool,
    pub(super) comparison: Comparison,
    /// The variable; that of the axis where the text is an expression over it.
    pub(super) symbol: usize,
    /// How a template writes it.
    pub(super) text: String,
    /// All values, in order.
    pub(super) values: Vec<String>,
    /// The targets that have each value.
    pub(super) having: Vec<Targets>,
    /// How often lines begin or end to be there with each value, in the order of the values.
    pub(super) cuts: Vec<usize>,
    /// The number of each target's value.
    of: Vec<usize>,
}

impl Feature {
    /// The value at a target.
    pub(super) fn value(&self, target: usize) -> &str {
        &self.values[self.of[target]]
    }

    /// The number of the value at a target.
    pub(super) fn value_number(&self, target: usize) -> usize {
        self.of[target]
    }

    /// The feature with more targets, which have these values. `None`: the values would have no order.
    pub(super) fn with(&self, more: &[&str]) -> Option<Self> {
        let texts: Vec<&str> =
            self.of.iter().map(|value| self.values[*value].as_str()).chain(more.iter().copied()).collect();
        let values = natural::sorted(texts.iter().map(|text| (*text).to_owned()));
        if self.comparison == Comparison::Version && !is_ordered(&values) {
            return None;
        }
        let of: Vec<usize> =
            texts.iter().map(|text| values.iter().position(|value| value == text).unwrap_or_default()).collect();
        let mut having = vec![Targets::default(); values.len()];
        of.iter().enumerate().for_each(|(target, value)| having[*value] |= Targets::one(target));
        let old = |value: &String| self.values.iter().position(|known| known == value);
        let cuts = values.iter().map(|value| old(value).map_or(0, |at| self.cuts[at])).collect();
        let Self { axis, is_axis, is_words, is_system, comparison, symbol, ref text, .. } = *self;
        Some(Self {
            axis,
            is_axis,
            is_words,
            is_system,
            comparison,
            symbol,
            text: text.clone(),
            values,
            having,
            cuts,
            of,
        })
    }

    /// Does the feature have one value at these targets?
    pub(super) fn is_constant(&self, targets: &Targets) -> bool {
        self.having.iter().filter(|having| having.meets(targets)).count() < 2
    }
}

/// What is known of a family's paths.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// The axes come first among those that they decide.
    pub(super) all: Vec<Feature>,
    /// The names wished for symbols, each once.
    pub(super) names: Vec<String>,
    taken: HashSet<String>,
    /// The last number behind a name that was wished for more than once.
    numbered: HashMap<String, usize>,
    /// The symbol of each axis.
    pub(super) axes: Vec<usize>,
    /// The pattern of the outputs' paths.
    pub(super) output: String,
}

impl Features {
    /// A new symbol, with a name that no other has.
    pub(super) fn symbol(&mut self, wish: &str) -> usize {
        let wish = if wish.is_empty() { "value" } else { wish };
        let mut name = crate::import::variable(wish);
        if self.taken.contains(&name) {
            let count = self.numbered.entry(wish.to_owned()).or_insert(1);
            let line = if wish.ends_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
            while self.taken.contains(&name) {
                *count += 1;
                name = format!("{wish}{line}{count}");
            }
        }
        self.taken.insert(name.clone());
        self.names.push(name);
        self.names.len() - 1
    }

    /// The feature that is an axis.
    pub(super) fn axis(&self, number: usize) -> Option<&Feature> {
        self.all.iter().find(|feature| feature.is_axis && feature.axis == number)
    }

    fn add(&mut self, wish: &str, axis: usize, texts: &[String], how: How) {
        let values = natural::sorted(texts.iter().cloned());
        let of: Vec<usize> =
            texts.iter().map(|text| values.iter().position(|value| value == text).unwrap_or_default()).collect();
        // What only groups targets tells nothing beside a feature with the same groups.
        let groups_alike = |known: &Feature| {
            let pairs: std::collections::BTreeSet<_> = known.of.iter().zip(&of).collect();
            !known.is_axis && pairs.len() == values.len() && known.values.len() == values.len()
        };
        let same = |known: &Feature| {
            known.axis == axis
                && (known.values == values && known.of == of
                    || matches!(how, How::Flag | How::Flavour) && groups_alike(known))
        };
        if values.len() < 2 || !matches!(how, How::Axis | How::Words) && self.all.iter().any(same) {
            return;
        }
        let comparison = if how == How::Flag {
            Comparison::Flag
        } else if is_ordered(&values) {
            Comparison::Version
        } else {
            Comparison::Word
        };
        let (symbol_number, text) = if how == How::Release {
            (self.axes[axis], format!("{}|release", symbol(self.axes[axis])))
        } else {
            // Of two axes, each may have its release.
            let by = self.axes.get(axis).map(|axis| format!("{}_{wish}", self.names[*axis]));
            let is_taken = self.names.iter().any(|name| name == wish);
            let number = self.symbol(by.as_deref().filter(|_| is_taken).unwrap_or(wish));
            (number, symbol(number))
        };
        let mut having = vec![Targets::default(); values.len()];
        of.iter().enumerate().for_each(|(target, value)| having[*value] |= Targets::one(target));
        let (is_words, is_system) = (how == How::Words, how == How::System);
        let is_axis = is_words || how == How::Axis;
        let cuts = vec![0; values.len()];
        if is_axis {
            self.axes.push(symbol_number);
        }
        let symbol = symbol_number;
        self.all.push(Feature {
            axis,
            is_axis,
            is_words,
            is_system,
            comparison,
            symbol,
            text,
            values,
            having,
            cuts,
            of,
        });
    }

    /// Counts with which versions lines that these targets have begin or end to be there.
    pub(super) fn count(&mut self, targets: &Targets, effort: &Effort) {
        for feature in self.all.iter_mut().filter(|feature| feature.comparison == Comparison::Version) {
            if !effort.spend(COUNT * feature.having.len()) {
                return;
            }
            let has: Vec<bool> = feature.having.iter().map(|having| having.meets(targets)).collect();
            let whole = feature.having.iter().zip(&has).filter(|(_, has)| **has).map(|(having, _)| *having);
            if whole.collect::<Targets>() == *targets
                && let [cut] = (1..has.len()).filter(|at| has[*at] != has[at - 1]).collect::<Vec<_>>()[..]
            {
                feature.cuts[cut] += 1;
            }
        }
    }
}

/// What a feature is to its axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Axis,
    /// An axis of words.
    Words,
    Brought,
    System,
    /// The axis without what says that a version is not released.
    Release,
    Flag,
    /// The system with all flags.
    Flavour,
}

/// Do versions of these texts have one order?
fn is_ordered(values: &[String]) -> bool {
    let key = |value: &String| value.trim_end_matches(".0").to_owned();
    let mut keys: Vec<String> = values.iter().map(key).collect();
    keys.dedup();
    keys.len() == values.len() && values.iter().all(|value| is_numbers(value) && value.len() < 30)
}

/// A text as a name: letters, digits and `_`.
pub(super) fn name_of(text: &str) -> String {
    let name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let mut name = name.trim_matches('_').to_owned();
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("v{name}") } else { name }
}

fn common_prefix<'a>(texts: &[&'a str]) -> &'a str {
    let first = texts.first().copied().unwrap_or_default();
    let shared = |other: &&str| first.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b).count();
    let count = texts.iter().map(shared).min().unwrap_or(0);
    first.char_indices().nth(count).map_or(first, |(end, _)| &first[..end])
}

/// What all values of a position begin and end with, cut between words.
pub(super) fn constant_ends(values: &[&str]) -> (usize, usize) {
    let mut before = common_prefix(values);
    while let Some(last) = before.chars().last() {
        let digits_follow =
            || values.iter().all(|value| value[before.len()..].starts_with(|c: char| c.is_ascii_digit()));
        let is_word = matches!(last, '-' | '_')
            || last == '.' && before[..before.len() - 1].ends_with(|c: char| c.is_ascii_alphabetic());
        if is_word || last.is_ascii_alphabetic() && digits_follow() && !before.ends_with("ltsc") {
            break;
        }
        before = &before[..before.len() - last.len_utf8()];
    }
    let reversed: Vec<String> = values.iter().map(|value| value.chars().rev().collect()).collect();
    let reversed: Vec<&str> = reversed.iter().map(String::as_str).collect();
    let mut after = common_prefix(&reversed);
    while let Some(last) = after.chars().last().filter(|last| !matches!(last, '-' | '_')) {
        after = &after[..after.len() - last.len_utf8()];
    }
    if values.iter().any(|value| before.len() + after.len() >= value.len()) {
        (0, 0)
    } else {
        (before.len(), after.len())
    }
}

fn axis_name(kinds: &[&Kind], values: &[String]) -> &'static str {
    let versions = kinds.iter().filter(|kind| **kind == &Kind::Version).count();
    let any = |is: fn(&Kind) -> bool| kinds.iter().any(|kind| is(kind));
    if versions * 2 > kinds.len() {
        "version"
    } else if kinds.iter().all(|kind| **kind == Kind::Architecture) {
        "arch"
    } else if any(|kind| matches!(kind, Kind::System(_))) {
        if values.iter().all(|value| is_release(value)) {
            "release"
        } else if values.iter().all(|value| is_system(value)) {
            "distro"
        } else {
            "variant"
        }
    } else if kinds.iter().all(|kind| **kind == Kind::Name) {
        "file"
    } else if values.iter().all(|value| is_accelerator(value)) {
        ACCELERATOR
    } else {
        KIND
    }
}

/// The name of an axis of words of which nothing is known.
const KIND: &str = "kind";
/// The name of an axis of what computes.
const ACCELERATOR: &str = "accelerator";

/// Reads the paths of a family, whose files all have the same number of parts. `wish`: a name for an axis with these values.
pub(super) fn features(family: &[&Source], wish: impl Fn(&[String]) -> Option<String>) -> Features {
    let count = family.first().map_or(0, |first| first.parts.len());
    let column = |at: usize| family.iter().map(move |source| source.parts[at].text.as_str());
    let distinct = |at: usize| natural::sorted(column(at).map(str::to_owned));
    let sizes: Vec<usize> = (0..count).map(|at| distinct(at).len()).collect();
    let varying: Vec<usize> = (0..count).filter(|at| sizes[*at] > 1).collect();
    let decides = |one: usize, other: usize| {
        let mut known = std::collections::HashMap::new();
        column(one).zip(column(other)).all(|(from, to)| *known.entry(from).or_insert(to) == to)
    };
    // A good axis has many values; versions come first.
    let rank = |at: &usize| (sizes[*at], family[0].parts[*at].kind == Kind::Version, std::cmp::Reverse(*at));
    let mut decided: Vec<Option<usize>> = vec![None; count];
    let mut by_rank = varying.clone();
    by_rank.sort_by_key(rank);
    for at in by_rank {
        let others =
            varying.iter().copied().filter(|other| *other != at && decided[*other].is_none() && decides(*other, at));
        decided[at] = others.max_by_key(rank);
    }
    let mut features = Features::default();
    let mut output: Vec<String> = (0..count).map(|at| escaped(&family[0].parts[at].text)).collect();
    let mut axis_of: Vec<Option<usize>> = vec![None; count];
    for at in varying.iter().copied().filter(|at| decided[*at].is_none()) {
        axis_of[at] = Some(features.axes.len());
        output[at] = add_axis(&mut features, family, at, &wish);
    }
    for at in varying.iter().copied().filter(|at| decided[*at].is_some()) {
        let mut by = at;
        while let Some(next) = decided[by] {
            by = next;
        }
        let Some(axis) = axis_of[by] else { continue };
        let texts: Vec<String> = column(at).map(str::to_owned).collect();
        let kinds: Vec<&Kind> = family.iter().map(|source| &source.parts[at].kind).collect();
        features.add(axis_name(&kinds, &distinct(at)), axis, &texts, How::Brought);
        let has_texts = |feature: &&Feature| (0..texts.len()).all(|target| feature.value(target) == texts[target]);
        if let Some(feature) = features.all.iter().find(has_texts) {
            output[at] = format!("@{{{}}}", feature.text);
        }
    }
    for (part, text) in family.first().map_or(&[][..], |first| &first.parts).iter().zip(&output) {
        features.output.push_str(if part.is_below { "/" } else { "" });
        features.output.push_str(text);
    }
    features
}

/// The part before a position, if all paths have it, and it is a word.
fn word_before<'a>(family: &[&'a Source], at: usize) -> Option<&'a str> {
    let above = at.checked_sub(1)?;
    let part = &family.first()?.parts[above];
    let is_everywhere = family.iter().all(|source| source.parts[above] == *part);
    (is_everywhere && part.kind == Kind::Word).then_some(part.text.as_str())
}

/// Folders of which one cannot say what is in them.
const ANYTHING: [&str; 6] = ["docker", "dockerfile", "dockerfiles", "container", "containers", "src"];

/// What a word of a position is, by its path: what all words of the position end with, one of what the folder is named after, or
/// the folder's own name.
fn named_by_path(family: &[&Source], at: usize, suffix: &str) -> Option<String> {
    let last = suffix.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let folder = word_before(family, at).filter(|folder| !ANYTHING.contains(folder));
    let one = folder.map(|folder| {
        let one = folder.strip_suffix('s').filter(|one| one.len() > 2 && !one.ends_with('s'));
        one.unwrap_or(folder)
    });
    let is_name =
        |name: &&str| name.len() > 1 && !name.contains(|c: char| !(c.is_ascii_alphabetic() || "-_".contains(c)));
    let name = name_of([Some(last), one].into_iter().flatten().find(is_name)?);
    // What the language has taken is no name yet.
    Some(if crate::import::variable(&name) == name { name } else { format!("{name}_name") })
}

/// Adds the axis of a position, and what follows from its values; the position's text in the pattern of outputs.
fn add_axis(
    features: &mut Features,
    family: &[&Source],
    at: usize,
    wish: &impl Fn(&[String]) -> Option<String>,
) -> String {
    let texts: Vec<&str> = family.iter().map(|source| source.parts[at].text.as_str()).collect();
    let (before, after) = constant_ends(&texts);
    let values: Vec<String> = texts.iter().map(|text| text[before..text.len() - after].to_owned()).collect();
    let kinds: Vec<&Kind> = family.iter().map(|source| &source.parts[at].kind).collect();
    let (prefix, suffix) = (&texts[0][..before], &texts[0][texts[0].len() - after..]);
    let all = natural::sorted(values.iter().cloned());
    let version = Kind::Version;
    let own_kinds: Vec<&Kind> =
        kinds.iter().zip(&values).map(|(kind, value)| if is_numbers(value) { &version } else { *kind }).collect();
    let word = prefix.rsplit(|c: char| !c.is_ascii_alphabetic()).find(|word| word.len() > 1);
    let known = axis_name(&own_kinds, &all);
    let is_words = matches!(known, KIND | ACCELERATOR);
    let name = match (wish(&all), word) {
        (Some(name), _) => name,
        (None, Some(word)) if known != ACCELERATOR => name_of(word),
        _ if known == KIND => named_by_path(family, at, suffix).unwrap_or_else(|| known.to_owned()),
        _ => known.to_owned(),
    };
    let by_folder = || word_before(family, at).map(name_of).filter(|name| !name.is_empty());
    let name = if features.names.contains(&name) { by_folder().unwrap_or(name) } else { name };
    let axis = features.axes.len();
    features.add(&name, axis, &values, if is_words { How::Words } else { How::Axis });
    derived(features, axis, &values, &kinds);
    format!("{}@{{{}}}{}", escaped(prefix), symbol(features.axes[axis]), escaped(suffix))
}

/// What follows from the values of an axis: the release of a version, the parts of a system.
fn derived(features: &mut Features, axis: usize, values: &[String], kinds: &[&Kind]) {
    let released: Option<Vec<String>> = values.iter().map(|value| series(value).map(str::to_owned)).collect();
    if let Some(released) = released {
        features.add("", axis, &released, How::Release);
        return;
    }
    let none = System::default();
    let systems: Vec<&System> =
        kinds.iter().map(|kind| if let Kind::System(system) = kind { system } else { &none }).collect();
    if systems.iter().all(|system| **system == none) {
        return;
    }
    let of = |get: &dyn Fn(&System) -> String| systems.iter().map(|system| get(system)).collect::<Vec<_>>();
    features.add("os", axis, &of(&|system| system.os.clone()), How::System);
    let flavour = |system: &System| {
        let parts = std::iter::once(&system.os).chain(&system.flags);
        parts.filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("-")
    };
    features.add("release", axis, &of(&|system| system.release.clone()), How::Brought);
    let flags = natural::sorted(systems.iter().flat_map(|system| system.flags.iter().cloned()));
    for flag in flags {
        let name = if flag.starts_with(|c: char| c.is_ascii_digit()) { format!("is_{flag}") } else { flag.clone() };
        features.add(&name_of(&name), axis, &of(&|system| system.flags.contains(&flag).to_string()), How::Flag);
    }
    features.add("flavour", axis, &of(&flavour), How::Flavour);
}

#[cfg(test)]
mod tests {
    use super::super::part::parts;
    use super::*;

    fn shown(paths: &[&str]) -> (String, Vec<String>) {
        let source = |path: &&str| Source {
            path: (*path).to_owned(),
            parts: parts(path),
            lines: Vec::new(),
            is_open: false,
            header: 0,
        };
        let sources: Vec<Source> = paths.iter().map(source).collect();
        let features = features(&sources.iter().collect::<Vec<_>>(), |_| None);
        let name = |number: usize| features.names[number].clone();
        let shown = |feature: &Feature| {
            format!("{} {}", super::super::text::named(&feature.text, name), feature.values.join(" "))
        };
        (super::super::text::named(&features.output, name), features.all.iter().map(shown).collect())
    }

    /// Each name is looked for behind the last one: a search from the first on would take as many looks as there are names.
    #[test]
    fn names_are_numbered_on() {
        let mut features = Features::default();
        for wish in ["value", "value", "v1", "value", "v1", "value2"] {
            features.symbol(wish);
        }
        assert_eq!(features.names, ["value", "value2", "v1", "value3", "v1_2", "value2_2"]);
        assert_eq!(features.numbered["value"], 3);
    }

    #[test]
    fn paths_become_axes_and_what_follows_from_them() {
        let (output, features) =
            shown(&["1.9/bookworm/Dockerfile", "1.10/bookworm/Dockerfile", "1.10/alpine3.2/Dockerfile"]);
        assert_eq!(output, "@{version}/@{variant}/Dockerfile");
        assert_eq!(
            features,
            ["version 1.9 1.10", "variant alpine3.2 bookworm", "os alpine debian", "release 3.2 bookworm"]
        );
    }

    #[test]
    fn constant_ends_are_cut_off_and_decided_parts_are_brought() {
        let (output, features) = shown(&["x/alpine3.9/a1/Dockerfile", "x/alpine3.10/a2/Dockerfile"]);
        assert_eq!(output, "x/alpine@{alpine}/@{kind}/Dockerfile");
        assert_eq!(features, ["alpine 3.9 3.10", "kind a1 a2"]);
        let (output, features) =
            shown(&["web/test/a/Dockerfile", "web/test/b/Dockerfile", "db/test/a/Dockerfile", "db/test/b/Dockerfile"]);
        assert_eq!(output, "@{kind}/test/@{test}/Dockerfile");
        assert_eq!(features, ["kind db web", "test a b"]);
        for (paths, output) in [
            (["services/web/Dockerfile", "services/db/Dockerfile"], "services/@{service}/Dockerfile"),
            (["images/web/Dockerfile", "images/db/Dockerfile"], "images/@{image_name}/Dockerfile"),
            (
                ["images/r-notebook/Dockerfile", "images/py-notebook/Dockerfile"],
                "images/@{notebook}-notebook/Dockerfile",
            ),
            (["docker/build/web/Dockerfile", "docker/build/db/Dockerfile"], "docker/build/@{build}/Dockerfile"),
            (["docker/web/Dockerfile", "docker/db/Dockerfile"], "docker/@{kind}/Dockerfile"),
            (["x/Dockerfile.konflux.cpu", "x/Dockerfile.konflux.rocm"], "x/Dockerfile.konflux.@{accelerator}"),
        ] {
            assert_eq!(shown(&paths).0, output);
        }
    }

    #[test]
    fn a_candidate_belongs_to_its_release() {
        let (_, features) = shown(&["17/Dockerfile", "18-rc/Dockerfile", "18/Dockerfile"]);
        assert_eq!(features, ["version 17 18 18-rc", "version|release 17 18"]);
    }
}
