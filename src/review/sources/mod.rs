//! The files that outputs are made of, before and after: where they differ, and which line was which.

mod lines;
mod moved;
mod renamed;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;
use indexmap::IndexSet;

use lines::{COMPARED, differences_of, effort};
pub(crate) use lines::{Op, differences, similar};

use super::Place;
use crate::diagnostic::plural;
use crate::source::has_word;
use crate::template::outline;

/// A file of one side: its path and its bytes.
pub(super) type File<'f> = (Arc<str>, &'f [u8]);

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Old,
    New,
}

/// A run of lines of the sources that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The files; none where the file is not there.
    files: [Option<Arc<str>>; 2],
    /// Its lines on both sides, from 0.
    lines: [Range<usize>; 2],
    /// What they say, without white space at both ends.
    text: [Vec<String>; 2],
}

/// What is known of a line of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineInfo {
    /// The same number on both sides is the same line.
    pub(super) id: u32,
    /// The hunk that it lies in.
    pub(super) hunk: Option<u32>,
    /// It says what it said at another place: only where it stands has changed.
    pub(super) moved: bool,
    /// The line (from 1) that opened the block in which it stands; 0 for none.
    pub(super) opener: u32,
}

/// A line that was edited is looked for among so many, from the one behind the last that was found on.
const AHEAD: usize = 100;
/// So many pairs of short lines are asked whether one is the other, edited; those beyond are other lines.
const TRIED: usize = 200_000;
/// So many lines of a hunk are shown, of each side; of the others it is told how many they are.
const SHOWN: usize = 10_000;

/// Gives the bytes of a file of one side.
pub(super) type Read<'r> = dyn Fn(Side, &str) -> Option<Vec<u8>> + Sync + 'r;

/// Both sides of all sources.
pub(super) struct Sources<'r> {
    compared: RwLock<Comparison>,
    /// Where files are read that nobody had read when the others were compared: a path may be computed.
    read: &'r Read<'r>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) hunks: Vec<Hunk>,
    /// How often lines were asked whether one is the other, edited.
    tried: usize,
    /// The squares of how many lines were compared, which is what it takes to compare lines that have little in common.
    compared: usize,
    /// Those that may give names values: `@let`, a call, a loop.
    binding: Vec<u32>,
    next: u32,
    files: [HashMap<Arc<str>, Arc<[LineInfo]>>; 2],
}

/// A file of one side with its lines.
struct Source<'f> {
    path: Arc<str>,
    lines: Vec<&'f [u8]>,
    info: Vec<LineInfo>,
    macros: Vec<(Arc<str>, Range<u32>)>,
}

impl<'f> Source<'f> {
    fn of((path, bytes): &File<'f>, next: &mut u32) -> Self {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
        let outline = outline(bytes);
        let opener = |index: usize| outline.openers.get(index + 1).copied().unwrap_or_default();
        let first = *next;
        *next = next.saturating_add(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        let ids = first..*next;
        let info = ids
            .enumerate()
            .map(|(index, id)| LineInfo { id, hunk: None, moved: false, opener: opener(index) })
            .collect();
        Self { path: Arc::clone(path), lines, info, macros: outline.macros }
    }
}

impl<'r> Sources<'r> {
    /// Compares the files of both sides. `known`: paths before and now of files that are known to be the same.
    pub(super) fn new(old: &[File<'_>], new: &[File<'_>], known: &[(String, String)], read: &'r Read<'r>) -> Self {
        let mut comparison = Comparison::default();
        comparison.add_files(old, new, known);
        Self { compared: RwLock::new(comparison), read }
    }

    /// What is known of the lines of a file.
    pub(super) fn file(&self, side: Side, path: &str) -> Option<Arc<[LineInfo]>> {
        let known =
            self.compared.read().unwrap_or_else(PoisonError::into_inner).files[side as usize].get(path).cloned();
        if known.is_some() {
            return known;
        }
        let bytes = [Side::Old, Side::New].map(|side| (self.read)(side, path));
        let mut comparison = self.compared.write().unwrap_or_else(PoisonError::into_inner);
        if !comparison.files[side as usize].contains_key(path) {
            let path: Arc<str> = path.into();
            let [old, new] = bytes
                .each_ref()
                .map(|bytes| bytes.iter().map(|bytes| (Arc::clone(&path), &**bytes)).collect::<Vec<_>>());
            comparison.add_files(&old, &new, &[]);
        }
        comparison.files[side as usize].get(path).cloned()
    }

    /// The bytes of a hunk, before and after.
    pub(super) fn hunk_size(&self, hunk: u32) -> usize {
        let comparison = self.compared.read().unwrap_or_else(PoisonError::into_inner);
        comparison.hunks.get(hunk as usize).map_or(0, |hunk| hunk.text.iter().flatten().map(String::len).sum())
    }

    /// Has a hunk one of these words, before or after?
    pub(super) fn hunk_mentions(&self, hunk: u32, words: &IndexSet<&str>) -> bool {
        let has = |text: &String| words.iter().any(|word| has_word(text.as_bytes(), word.as_bytes()));
        let comparison = self.compared.read().unwrap_or_else(PoisonError::into_inner);
        comparison.hunks.get(hunk as usize).is_some_and(|hunk| hunk.text.iter().flatten().any(has))
    }

    /// May a hunk give one of these names way to the other?
    pub(super) fn renames(&self, names: &[(String, String)]) -> bool {
        let says = |text: &[String], word: &str| text.iter().any(|line| has_word(line.as_bytes(), word.as_bytes()));
        let renames = |hunk: &Hunk| names.iter().any(|(old, new)| says(&hunk.text[0], old) && says(&hunk.text[1], new));
        self.compared.read().unwrap_or_else(PoisonError::into_inner).hunks.iter().any(renames)
    }

    /// Is there a hunk but this one that may give a name another value?
    pub(super) fn binds_beside(&self, hunk: u32) -> bool {
        let comparison = self.compared.read().unwrap_or_else(PoisonError::into_inner);
        comparison.binding.iter().any(|other| *other != hunk)
    }

    /// All that was found.
    pub(super) fn into_comparison(self) -> Comparison {
        self.compared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Comparison {
    fn add_files<'f>(&mut self, old: &[File<'f>], new: &[File<'f>], known: &[(String, String)]) {
        let next = &mut self.next;
        let mut sides = [old, new].map(|files| files.iter().map(|file| Source::of(file, next)).collect::<Vec<_>>());
        let pairs = renamed::pairs(old, new, known);
        let [old_lines, new_lines] = &mut sides;
        for (before, after) in &pairs {
            let pair = [before.map(|index| &mut old_lines[index]), after.map(|index| &mut new_lines[index])];
            self.compare(pair);
        }
        moved::macros(self, &mut sides, &pairs);
        moved::blocks(self, &mut sides);
        for (known, files) in self.files.iter_mut().zip(sides) {
            known.extend(files.into_iter().map(|file| (file.path, file.info.into())));
        }
    }

    /// The hunks that lines lie in, in order: what was found to have only moved is none.
    pub(super) fn used_hunks(&self) -> Vec<u32> {
        let lines = self.files.iter().flat_map(HashMap::values).flat_map(|lines| lines.iter());
        let mut hunks: Vec<u32> = lines.filter(|info| !info.moved).filter_map(|info| info.hunk).collect();
        hunks.sort_unstable();
        hunks.dedup();
        hunks
    }

    /// The lines of a pair of files: those that are alike get one number, the others a hunk.
    fn compare(&mut self, [old, new]: [Option<&mut Source<'_>>; 2]) {
        match (old, new) {
            (Some(old), Some(new)) => {
                let whole = [0..old.lines.len(), 0..new.lines.len()];
                self.compare_ranges(old, new, &whole);
            }
            (Some(old), None) => {
                let lines = [0..old.lines.len(), 0..0];
                self.add([Some(old), None], lines);
            }
            (None, Some(new)) => {
                let lines = [0..0, 0..new.lines.len()];
                self.add([None, Some(new)], lines);
            }
            (None, None) => {}
        }
    }

    /// As [`Self::compare`], for a part of both files.
    fn compare_ranges<'f>(&mut self, old: &mut Source<'f>, new: &mut Source<'f>, ranges: &[Range<usize>; 2]) {
        let (first_old, first_new) = (ranges[0].start, ranges[1].start);
        let ops = {
            let (old, new): (&[&[u8]], &[&[u8]]) = (&old.lines[ranges[0].clone()], &new.lines[ranges[1].clone()]);
            let most = (COMPARED * COMPARED).saturating_sub(self.compared).isqrt();
            let (ops, compared) = differences_of(old, new, most);
            self.compared += compared * compared;
            ops
        };
        for Op { old: before, new: after, equal } in ops {
            let before = first_old + before.start..first_old + before.end;
            let after = first_new + after.start..first_new + after.end;
            if equal {
                for (at, now) in before.zip(after) {
                    new.info[now].id = old.info[at].id;
                    (old.info[at].hunk, new.info[now].hunk) = (None, None);
                }
                continue;
            }
            self.add([Some(old), Some(new)], [before.clone(), after.clone()]);
            // A line that was edited is still the same line.
            let mut from = before.start;
            for now in after {
                let near = (from..before.end).take(AHEAD).find(|at| {
                    let (old, new) = (old.lines[*at], new.lines[now]);
                    if self.tried >= TRIED {
                        return false;
                    }
                    self.tried += effort(old, new);
                    similar(old, new)
                });
                if let Some(at) = near {
                    new.info[now].id = old.info[at].id;
                    from = at + 1;
                }
            }
        }
    }

    fn add(&mut self, files: [Option<&mut Source<'_>>; 2], lines: [Range<usize>; 2]) {
        if lines.iter().all(Range::is_empty) {
            return;
        }
        let number = u32::try_from(self.hunks.len()).ok();
        let mut hunk = Hunk { files: [None, None], lines: lines.clone(), text: [Vec::new(), Vec::new()] };
        for (side, (file, lines)) in files.into_iter().zip(lines).enumerate() {
            let Some(file) = file else { continue };
            hunk.files[side] = Some(Arc::clone(&file.path));
            let shown = file.lines[lines.clone()].iter().take(SHOWN).map(|line| text(line));
            let more = lines.len().saturating_sub(SHOWN);
            hunk.text[side] = shown.chain((more > 0).then(|| format!("… and {}", plural(more, "more line")))).collect();
            file.info[lines].iter_mut().for_each(|info| info.hunk = number);
        }
        // What is not shown may be anything.
        let is_cut = hunk.lines.iter().any(|lines| lines.len() > SHOWN);
        if is_cut || hunk.text.iter().flatten().any(|line| binds(line)) {
            self.binding.extend(number);
        }
        self.hunks.push(hunk);
    }
}

/// May a line of a template give a name a value? Conditions and imports do not.
fn binds(line: &str) -> bool {
    let mut tags = line.split('@').skip(1);
    tags.any(|tag| {
        let name =
            tag.split(|character: char| !character.is_alphanumeric() && character != '_').next().unwrap_or_default();
        tag[name.len()..].starts_with('(') && !["", "if", "elif", "import"].contains(&name)
    })
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.trim_ascii()).into_owned()
}

impl Hunk {
    /// Its file and line.
    pub(super) fn start(&self) -> (Arc<str>, u32) {
        let new = &self.text[1];
        // Where lines only go, the new file has nothing to look at.
        let side = usize::from(self.files[1].is_some() && !(new.is_empty() && self.files[0].is_some()));
        let file = self.files[side].clone().unwrap_or_default();
        (file, u32::try_from(self.lines[side].start + 1).unwrap_or(u32::MAX))
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> Place {
        let ((file, line), [old, new]) = (self.start(), self.text.clone());
        Place { file, line, key: None, old, new }
    }

    /// What it says on both sides.
    pub(super) fn text(&self) -> &[Vec<String>; 2] {
        &self.text
    }

    /// Hunks with the same key say the same. Source that only come or only go are compared up to rotation, as the place
    /// between lines like them is a matter of taste.
    pub(super) fn key(&self) -> [Vec<&str>; 2] {
        let mut key = self.text.each_ref().map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
        if key.iter().any(Vec::is_empty) {
            for lines in &mut key {
                rotate(lines);
            }
        }
        key
    }

    /// Is it a file that comes or goes as a whole?
    pub(super) fn is_whole_file(&self) -> bool {
        self.files.iter().any(Option::is_none)
    }

    /// Does it hold nothing but blank lines and comments of templates?
    pub(super) fn says_nothing(&self) -> bool {
        self.text.iter().flatten().all(|line| line.is_empty() || line.starts_with("@#"))
    }
}

/// The rotation that is the least of all. Long lists are left as they are.
fn rotate(lines: &mut [&str]) {
    const MOST: usize = 64;
    if lines.len() > MOST {
        return;
    }
    let rotation = |start: usize| lines[start..].iter().chain(&lines[..start]);
    let least = (0..lines.len()).min_by(|a, b| rotation(*a).cmp(rotation(*b)));
    lines.rotate_left(least.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &[(&str, &str)], new: &[(&str, &str)]) -> Comparison {
        fn files<'f>(side: &[(&str, &'f str)]) -> Vec<File<'f>> {
            side.iter().map(|(path, text)| (Arc::from(*path), text.as_bytes())).collect()
        }
        let mut comparison = Comparison::default();
        comparison.add_files(&files(old), &files(new), &[]);
        comparison
    }

    fn line(found: &Comparison, side: Side, path: &str, line: usize) -> LineInfo {
        found.files[side as usize][path][line - 1]
    }

    fn hunks(found: &Comparison) -> Vec<String> {
        let is_used = |number: usize| {
            let number = u32::try_from(number).ok();
            found.files.iter().flat_map(HashMap::values).flat_map(|lines| lines.iter()).any(|info| info.hunk == number)
        };
        let shown = found.hunks.iter().enumerate().filter(|(number, _)| is_used(*number));
        shown.map(|(_, hunk)| format!("{} -{:?} +{:?}", hunk.place().title(), hunk.text[0], hunk.text[1])).collect()
    }

    #[test]
    fn an_edited_line_is_the_same_line() {
        let found = compared(&[("a", "FROM x\nENV A=1 B=2\nRUN y\n")], &[("a", "FROM x\nENV A=1 B=3\nRUN z\nRUN y\n")]);
        assert_eq!(hunks(&found), [r#"a:2 -["ENV A=1 B=2"] +["ENV A=1 B=3", "RUN z"]"#]);
        let id = |side, number| line(&found, side, "a", number).id;
        assert_eq!(id(Side::Old, 2), id(Side::New, 2));
        assert_eq!(id(Side::Old, 3), id(Side::New, 4));
        assert_ne!(id(Side::New, 3), id(Side::Old, 3));
    }

    #[test]
    fn of_a_large_hunk_the_beginning_is_shown() {
        let found = compared(&[("a", &"x\n".repeat(60_000))], &[("a", "y\n")]);
        let [old, new] = found.hunks[0].text();
        assert_eq!((old.len(), old[SHOWN].as_str(), new.len()), (SHOWN + 1, "… and 50000 more lines", 1));
    }

    /// Lines among many that are nothing like them: after so many tries they are other lines.
    #[test]
    fn lines_are_not_looked_for_without_end() {
        let all = |line: fn(usize) -> String| (0..3000).map(line).collect::<Vec<_>>().concat();
        let old = all(|number| format!("RUN a{number}\n"));
        let new = all(|number| format!("@if(n > {number})\nRUN b{number}\n@end\n"));
        let found = compared(&[("a", &old)], &[("a", &new)]);
        assert_eq!(found.tried, TRIED);
        assert_eq!(line(&found, Side::Old, "a", 1).id, line(&found, Side::New, "a", 2).id);
        assert_eq!(hunks(&found).len(), 1);
    }

    #[test]
    fn what_moves_does_not_change() {
        let body = "@define(user, name)\nRUN useradd @{name}\nUSER @{name}\n@end\n";
        let old = [("lib", &*format!("@define(x)\nENV A=1\n@end\n{body}")), ("a", "FROM x\n@user(\"a\")\n")];
        let new = [
            ("lib", "@define(x)\nENV A=1\n@end\n"),
            ("user", &*body.replace("USER @{name}", "USER @{name}:root")),
            ("a", "FROM x\n@user(\"a\")\n"),
        ];
        let found = compared(&old, &new);
        let at = |number| line(&found, Side::New, "user", number);
        assert_eq!(at(2).hunk, None);
        assert_eq!(at(2).id, line(&found, Side::Old, "lib", 5).id);
        assert!(at(3).hunk.is_some());
        assert_eq!(at(3).id, line(&found, Side::Old, "lib", 6).id);
    }

    #[test]
    fn a_renamed_file_is_the_same_file() {
        let text = "FROM x\nRUN one\nRUN two\nRUN three\n";
        let found = compared(&[("a/D", text)], &[("b/D", &text.replace("two", "2"))]);
        assert_eq!(hunks(&found), [r#"b/D:3 -["RUN two"] +["RUN 2"]"#]);
    }

    #[test]
    fn the_same_lines_at_another_place_have_one_key() {
        let found = compared(&[("a", "x\ny\n"), ("b", "x\ny\n")], &[("a", "x\nM\nN\ny\n"), ("b", "x\ny\nN\nM\n")]);
        assert_eq!(found.hunks[0].key(), found.hunks[1].key());
    }
}
