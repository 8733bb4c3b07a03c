//! Stages, and what FROM, `COPY --from` and `RUN --mount=…,from=` name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::Ordering;

use super::image_name::ImageName;
use super::keyword::Keyword;
use super::model::{Dockerfile, Instruction, flag_value};
use super::scope::Scope;

/// A stage: a FROM and what follows it.
#[derive(Debug, Clone)]
pub struct Stage<'d> {
    /// Its name in lower case: BuildKit finds it in any case.
    pub name: Option<String>,
    /// What FROM names, as it is written; empty where FROM has no argument.
    pub base: Cow<'d, str>,
    /// The value of `--platform`.
    pub platform: Option<String>,
    /// Its instructions in [`Dockerfile::instructions`], FROM first.
    pub instructions: Range<usize>,
    /// The line of FROM.
    pub start_line: u32,
    /// The last line of its last instruction.
    pub end_line: u32,
}

pub(crate) fn stages<'d>(dockerfile: &'d Dockerfile<'_>) -> Vec<Stage<'d>> {
    let mut stages: Vec<Stage<'d>> = Vec::new();
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        if instruction.keyword == Some(Keyword::From) {
            let mut args = instruction.args().into_iter();
            let base = args.next().unwrap_or_default();
            let name = args.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| args.next());
            stages.push(Stage {
                name: name.map(|name| name.to_lowercase()),
                base,
                platform: instruction.flag("platform"),
                instructions: index..index + 1,
                start_line: instruction.start_line,
                end_line: instruction.end_line,
            });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.end = index + 1;
            stage.end_line = instruction.end_line;
        }
    }
    stages
}

/// Which instruction a [`Reference`] is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// `FROM x`.
    From,
    /// `COPY --from=x`.
    Copy,
    /// `RUN --mount=type=bind,from=x`.
    Mount,
}

/// What a [`Reference`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The stage with this index. In `COPY --from` and mounts it may come later: BuildKit takes it all the same.
    Stage(usize),
    /// An image, defaults of `ARG`s put in.
    Image(String),
    /// `scratch`: no image.
    Scratch,
    /// It depends on these names, which have no default here.
    Unresolved(Vec<String>),
    /// Nothing that BuildKit could find: an index without a stage, or no valid reference.
    Invalid,
}

impl Target {
    /// The image, where it is one.
    pub fn image(&self) -> Option<&str> {
        if let Self::Image(image) = self { Some(image) } else { None }
    }
}

/// A place where a Dockerfile names a stage or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// In which kind of instruction.
    pub kind: ReferenceKind,
    /// The index of the stage that it is in.
    pub stage: usize,
    /// The index of the instruction.
    pub instruction: usize,
    /// The line, from 1, and the bytes in it.
    pub place: Place,
    /// As it is written.
    pub written: String,
    /// What it names.
    pub target: Target,
}

/// A line and bytes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The bytes, from 0; `None` for the line as a whole.
    pub columns: Option<Range<u32>>,
}

/// Every stage or image that a Dockerfile names in FROM, `COPY --from` and mounts, in order.
pub(super) fn references(dockerfile: &Dockerfile<'_>, stages: &[Stage<'_>], scope: &Scope) -> Vec<Reference> {
    let mut list = Vec::new();
    let names = last_names(stages);
    for (index, stage) in stages.iter().enumerate() {
        for position in stage.instructions.clone() {
            let instruction = &dockerfile.instructions[position];
            let mut add = |kind, written: &str, target| {
                let place = dockerfile.locate(instruction, written);
                list.push(Reference {
                    kind,
                    stage: index,
                    instruction: position,
                    place,
                    written: written.to_owned(),
                    target,
                });
            };
            match instruction.keyword {
                Some(Keyword::From) if !stage.base.is_empty() => {
                    add(ReferenceKind::From, &stage.base, base_target(&stages[..index], scope, &stage.base));
                }
                _ => {
                    for (kind, from) in sources(instruction) {
                        let target = match kind {
                            ReferenceKind::Copy => copy_target(stages, &names, &from),
                            _ => named_target(&names, &from),
                        };
                        add(kind, &from, target);
                    }
                }
            }
        }
    }
    list
}

/// Every image that an `ONBUILD` names in `COPY --from` and mounts, in order, with the stage that holds it.
pub(super) fn onbuild_references(dockerfile: &Dockerfile<'_>, stages: &[Stage<'_>]) -> Vec<Reference> {
    let mut list = Vec::new();
    if !dockerfile.instructions.iter().any(|instruction| instruction.keyword == Some(Keyword::Onbuild)) {
        return list;
    }
    for (stage, found) in stages.iter().enumerate() {
        for position in found.instructions.clone() {
            let instruction = &dockerfile.instructions[position];
            let Some(trigger) = instruction.trigger() else { continue };
            for (kind, written) in sources(&trigger) {
                let target = image_target(&written);
                let place = dockerfile.locate(instruction, &written);
                list.push(Reference { kind, stage, instruction: position, place, written, target });
            }
        }
    }
    list
}

/// What COPY and RUN take from: stages and images.
pub(super) fn sources(instruction: &Instruction<'_>) -> Vec<(ReferenceKind, String)> {
    let of_kind = |kind| move |from| (kind, from);
    match instruction.keyword {
        Some(Keyword::Copy) => {
            let from = instruction.flag("from").filter(|from| !from.is_empty());
            from.map(of_kind(ReferenceKind::Copy)).into_iter().collect()
        }
        Some(Keyword::Run) => mount_sources(instruction).into_iter().map(of_kind(ReferenceKind::Mount)).collect(),
        _ => Vec::new(),
    }
}

/// FROM sees the stages before it, by their names in lower case only.
fn base_target(before: &[Stage<'_>], scope: &Scope, written: &str) -> Target {
    let Ok(lexed) = scope.expand(written) else { return Target::Invalid };
    let unset: Vec<String> = lexed.unset.into_iter().filter(|name| scope.is_declared(name)).collect();
    if !unset.is_empty() {
        return Target::Unresolved(unset);
    }
    let stage = before.iter().rposition(|stage| stage.name.as_ref() == Some(&lexed.word));
    stage.map_or_else(|| image_target(&lexed.word), Target::Stage)
}

/// The stages by their names, the last of several.
type Names<'s> = HashMap<&'s str, usize>;

fn last_names<'s>(stages: &'s [Stage<'_>]) -> Names<'s> {
    let named = stages.iter().enumerate().filter_map(|(index, stage)| Some((stage.name.as_deref()?, index)));
    named.collect()
}

/// A number is an index; a name is that of any stage.
fn copy_target(stages: &[Stage<'_>], names: &Names<'_>, written: &str) -> Target {
    match written.parse::<i64>() {
        Ok(index) => match usize::try_from(index) {
            Ok(index) if index < stages.len() => Target::Stage(index),
            _ => Target::Invalid,
        },
        Err(_) => named_target(names, written),
    }
}

fn named_target(names: &Names<'_>, name: &str) -> Target {
    let stage = names.get(&*name.to_lowercase()).copied();
    stage.map_or_else(|| image_target(name), Target::Stage)
}

fn image_target(name: &str) -> Target {
    if name == "scratch" {
        Target::Scratch
    } else if ImageName::parse(name).is_ok() {
        Target::Image(name.to_owned())
    } else {
        Target::Invalid
    }
}

/// The values of `from=` in the mounts of a RUN.
fn mount_sources(instruction: &Instruction<'_>) -> Vec<String> {
    let flags = instruction.written_flags();
    let mounts = flags.iter().filter_map(|flag| flag_value(flag, "mount"));
    let fields = mounts.flat_map(|mount| mount.split(','));
    let sources = fields.filter_map(|field| field.split_once('=').filter(|(key, _)| key.eq_ignore_ascii_case("from")));
    sources.map(|(_, from)| from.to_owned()).filter(|from| !from.is_empty()).collect()
}

/// Bytes that each search for a word may pass. Those after them draw on [`MOST_SEARCHED`].
const FREE: usize = 4 << 10;

/// Bytes that are searched for the places of words in one Dockerfile: an instruction of very many words would be searched as
/// often.
pub(super) const MOST_SEARCHED: usize = 64 << 20;

impl Dockerfile<'_> {
    /// Where in an instruction a word stands: its first line, where the instruction has more words than are looked for.
    pub fn locate(&self, instruction: &Instruction<'_>, word: &str) -> Place {
        let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        let name = instruction.name().len();
        let mut free = FREE;
        // Not even the end of its first line is looked for again.
        if self.search.load(Ordering::Relaxed) == 0 && instruction.text().len() > FREE {
            return Place { line: instruction.start_line, columns: None };
        }
        for (line, text) in self.lines_of(instruction) {
            let drawn = (text.len() + 1).saturating_sub(free);
            free = free.saturating_sub(text.len() + 1);
            if drawn > 0 {
                let left = self.search.load(Ordering::Relaxed).checked_sub(drawn);
                self.search.store(left.unwrap_or(0), Ordering::Relaxed);
                if left.is_none() {
                    break;
                }
            }
            // The name of the instruction is no place for its arguments.
            let skip = if line == instruction.start_line {
                (text.len() - super::space::trim_start(text).len() + name).min(text.len())
            } else {
                0
            };
            let found = memchr::memmem::find_iter(&text[skip..], word.as_bytes())
                .map(|start| skip + start)
                .find(|start| is_whole(text, *start, word.len()));
            if let Some(start) = found.filter(|_| !word.is_empty()) {
                return Place { line, columns: Some(at(start)..at(start + word.len())) };
            }
        }
        Place { line: instruction.start_line, columns: None }
    }
}

impl Dockerfile<'_> {
    /// Where the text of a heredoc, whose first line this is, uses a variable.
    pub(super) fn locate_in_heredoc(&self, first: u32, text: &[u8], name: &str) -> Place {
        let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        let nowhere = Place { line: first, columns: None };
        let Some(left) = self.search.load(Ordering::Relaxed).checked_sub(text.len()) else { return nowhere };
        self.search.store(left, Ordering::Relaxed);
        for (line, text) in (first..).zip(text.split(|byte| *byte == b'\n')) {
            let is_used = |start: &usize| text[..*start].ends_with(b"$") || text[..*start].ends_with(b"${");
            let mut found = memchr::memmem::find_iter(text, name.as_bytes());
            if let Some(start) = found.find(|start| is_used(start) && is_whole(text, *start, name.len())) {
                return Place { line, columns: Some(at(start)..at(start + name.len())) };
            }
        }
        nowhere
    }
}

/// Does the word end where it is found? `a` is not found in `app`.
fn is_whole(text: &[u8], start: usize, length: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let before = start > 0 && is_word(text[start - 1]) && text.get(start).copied().is_some_and(is_word);
    let after = text.get(start + length).copied().is_some_and(is_word) && is_word(text[start + length - 1]);
    !before && !after
}
