//! The model of a plain Dockerfile.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use super::image_name::ImageName;
use super::keyword::Keyword;
use super::words::{self, Malformed};
use super::{space, stage};

/// A plain Dockerfile as BuildKit reads it.
///
/// It borrows from the text. [`super::parse`] cuts instructions and heredocs; what an instruction holds (flags,
/// arguments, the JSON form) is read when it is asked for.
#[derive(Debug)]
pub struct Dockerfile<'a> {
    pub(crate) source: &'a [u8],
    /// The parser directives that count, in order.
    pub directives: Vec<Directive<'a>>,
    /// The escape character: a backslash or a backtick.
    pub escape: u8,
    /// The instructions, in order.
    pub instructions: Vec<Instruction<'a>>,
    /// What the parser met that an instruction does not tell: [`super::check`] reports it.
    pub problems: Vec<Problem>,
    /// Where each line begins; made when it is first asked for.
    pub(crate) lines: OnceLock<Vec<usize>>,
    /// Bytes that may still be searched for the places of words.
    pub(crate) search: AtomicUsize,
}

/// A parser directive, such as `# syntax=docker/dockerfile:1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Which one.
    pub kind: DirectiveKind,
    /// What stands after the `=`.
    pub value: Cow<'a, str>,
    /// Its line, from 1.
    pub line: u32,
}

/// The parser directives that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectiveKind {
    /// The frontend that reads the file.
    Syntax,
    /// The escape character.
    Escape,
    /// What BuildKit's own checks skip.
    Check,
}

impl DirectiveKind {
    /// The name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Escape => "escape",
            Self::Check => "check",
        }
    }
}

/// Something that the parser met beside the instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What it is.
    pub kind: ProblemKind,
}

/// The kinds of [`Problem`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A comment that would be this directive, had not something stood before it.
    Displaced(DirectiveKind),
    /// A comment that is this directive but for its spelling.
    Misspelt {
        /// The directive that may be meant.
        kind: DirectiveKind,
        /// The name as it is written.
        name: String,
    },
    /// A directive for the second time.
    Repeated(DirectiveKind),
    /// `# escape=` with something other than a backslash or a backtick.
    InvalidEscape,
    /// An empty line within the instruction that begins on line `of`.
    EmptyContinuation {
        /// The first line of the instruction.
        of: u32,
    },
    /// The file ends in the middle of the instruction that begins on line `of`.
    EndOfFile {
        /// The first line of the instruction.
        of: u32,
    },
    /// A heredoc without its end; the line is that of the instruction.
    UnterminatedHeredoc {
        /// The word that would end it.
        name: String,
        /// Tabs before the word are allowed.
        chomp: bool,
    },
    /// A heredoc whose word cannot be read; the line is that of the instruction.
    MalformedHeredoc {
        /// The word, as far as it is taken for one.
        word: String,
    },
    /// A line of 65,536 bytes or more, which BuildKit does not read.
    TooLong,
    /// More instructions or stages than are read, from this line on.
    TooMany {
        /// How many of each there may be.
        most: (usize, usize),
    },
}

/// One instruction.
#[derive(Debug, Clone)]
pub struct Instruction<'a> {
    /// Which one; `None` for one that BuildKit does not know.
    pub keyword: Option<Keyword>,
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line, heredocs included.
    pub end_line: u32,
    /// The texts that follow it, in order.
    pub heredocs: Vec<Heredoc<'a>>,
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) name: Range<u32>,
    /// What stands after the flags.
    pub(crate) rest: Range<u32>,
    pub(crate) escape: u8,
    /// Where the first line begins in the file.
    pub(crate) offset: usize,
    /// The last line before heredocs.
    pub(crate) text_end: u32,
    pub(crate) above: Above<'a>,
}

/// The comments above an instruction that say something of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Above<'a> {
    /// The value of a `# check=`, and its line. Only the first one counts.
    pub(crate) check: Option<(&'a [u8], u32)>,
    /// The text of the last one.
    pub(crate) comment: Option<&'a [u8]>,
}

/// A text that follows an instruction: `<<EOF` … `EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc<'a> {
    /// The word that ends it.
    pub name: String,
    /// The file descriptor: 3 in `3<<EOF`, otherwise 0.
    pub file_descriptor: u64,
    /// Variables in the text are expanded: no part of the word was quoted.
    pub expand: bool,
    /// `<<-`: tabs at the start of lines are cut when the text is used.
    pub chomp: bool,
    /// The text as it stands in the file, with its line breaks; tabs are not yet cut.
    pub content: Cow<'a, [u8]>,
}

impl Instruction<'_> {
    /// The name as it is written: `RUN`, `run`.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text[self.name.start as usize..self.name.end as usize])
    }

    /// The logical line: continuations joined, comments and empty lines within left out, heredocs not included.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn after_name(&self) -> &[u8] {
        // BuildKit cuts once at ASCII white space; what is left may begin with other white space.
        let after = &self.text[self.name.end as usize..self.rest.end as usize];
        let blanks = after.iter().take_while(|byte| space::is_separator(**byte)).count();
        &after[blanks..]
    }

    /// The flags, such as `--from=builder`, quotes removed.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        // Without flags the rest begins where they would.
        let after = self.after_name();
        if after.len() == (self.rest.end - self.rest.start) as usize { Vec::new() } else { words::split_flags(after).0 }
    }

    /// The flags as they are shown. BuildKit reads each of their bytes as a character, which garbles all beyond ASCII.
    pub(crate) fn written_flags(&self) -> Vec<String> {
        let written = |flag: String| {
            if flag.is_ascii() {
                return flag;
            }
            let bytes: Vec<u8> = flag.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        self.flags().into_iter().map(written).collect()
    }

    /// What stands after the name and the flags, without white space around it.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.text[self.rest.start as usize..self.rest.end as usize]
    }

    /// The heredocs, each with the first line of its text.
    pub(crate) fn heredocs_at(&self) -> impl Iterator<Item = (u32, &Heredoc<'_>)> {
        let mut next = self.text_end + 1;
        self.heredocs.iter().map(move |heredoc| {
            let first = next;
            let lines = heredoc.content.split_inclusive(|byte| *byte == b'\n').count();
            // The line that ends it is no part of the text.
            next = next.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX)).saturating_add(1);
            (first, heredoc)
        })
    }

    /// The arguments as BuildKit cuts them: words for `COPY`, names and values in turn for `ENV`, one text for `RUN`, the
    /// strings of the JSON form. For `ONBUILD`, those of its trigger.
    ///
    /// # Errors
    /// Where BuildKit cannot read them.
    pub fn arguments(&self) -> Result<Arguments<'_>, Malformed> {
        words::arguments(self.keyword, self.rest(), self.escape)
    }

    /// The arguments, empty where BuildKit cannot read them.
    #[must_use]
    pub fn args(&self) -> Vec<Cow<'_, str>> {
        self.arguments().map(|arguments| arguments.list).unwrap_or_default()
    }

    /// Are the arguments in the JSON form: `CMD ["a", "b"]`? For `ONBUILD`, those of its trigger.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.arguments().is_ok_and(|arguments| arguments.json)
    }

    /// What an `ONBUILD` holds. Its heredocs stay with the `ONBUILD`.
    #[must_use]
    pub fn trigger(&self) -> Option<Instruction<'_>> {
        if self.keyword != Some(Keyword::Onbuild) || self.rest().is_empty() {
            return None;
        }
        let mut trigger = Instruction::new(Cow::Borrowed(self.rest()), self.escape, self.start_line, self.end_line);
        trigger.offset = self.offset;
        trigger.text_end = self.text_end;
        Some(trigger)
    }

    pub(crate) fn new(text: Cow<'_, [u8]>, escape: u8, start_line: u32, end_line: u32) -> Instruction<'_> {
        let start = text.len() - space::trim_start(&text).len();
        let trimmed = space::trim(&text);
        let length = trimmed.iter().position(|byte| space::is_separator(*byte)).unwrap_or(trimmed.len());
        let keyword = Keyword::of(&trimmed[..length]);
        // Lines are bounded to 64 KiB, but there may be many in one instruction: the range saturates rather than wraps.
        let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        let end = start + trimmed.len();
        let blanks = trimmed[length..].iter().take_while(|byte| space::is_separator(**byte)).count();
        let rest = words::after_flags(&trimmed[length + blanks..]);
        // The rest is what is left at the end, but for blanks that `after_flags` cuts: none, for the text is trimmed.
        let rest_start = end - rest.len();
        Instruction {
            keyword,
            start_line,
            end_line,
            heredocs: Vec::new(),
            name: at(start)..at(start + length),
            rest: at(rest_start)..at(rest_start + rest.len()),
            text,
            escape,
            offset: 0,
            text_end: end_line,
            above: Above::default(),
        }
    }

    /// The value of a flag with a value, the last one where there are several.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<String> {
        self.written_flags().into_iter().rev().find_map(|flag| flag_value(&flag, name).map(str::to_owned))
    }
}

pub(crate) fn flag_value<'f>(flag: &'f str, name: &str) -> Option<&'f str> {
    flag.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('=')
}

/// The arguments of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments<'i> {
    /// The arguments in order.
    pub list: Vec<Cow<'i, str>>,
    /// They were in the JSON form.
    pub json: bool,
}

impl<'a> Dockerfile<'a> {
    /// The lines of an instruction without its heredocs, each with its number and without its line break.
    pub(crate) fn lines_of(&self, instruction: &Instruction<'_>) -> impl Iterator<Item = (u32, &'a [u8])> + use<'a> {
        let text = &self.source[instruction.offset..];
        let ends = memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len()));
        let mut start = 0;
        let lines = ends.map(move |end| {
            let line = &text[start.min(end)..end];
            start = end + 1;
            space::trim_newline(line)
        });
        (instruction.start_line..=instruction.text_end).zip(lines)
    }

    /// The line that begins at this byte, without its line break.
    pub(crate) fn line_at(&self, offset: usize) -> &'a [u8] {
        let rest = &self.source[offset..];
        space::trim_newline(&rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())])
    }

    /// A line (from 1) without its line break; empty where there is none.
    #[must_use]
    pub fn line(&self, line: u32) -> &'a [u8] {
        let Some(index) = (line as usize).checked_sub(1) else { return &[] };
        let lines = self.line_starts();
        let Some(start) = lines.get(index) else { return &[] };
        let end = lines.get(index + 1).map_or(self.source.len(), |next| next - 1);
        space::trim_newline(&self.source[*start..end])
    }

    /// The text from a line (from 1) on.
    pub(crate) fn lines_from(&self, line: u32) -> &'a [u8] {
        let start = (line as usize).checked_sub(1).and_then(|index| self.line_starts().get(index));
        start.map_or(&[], |start| &self.source[*start..])
    }

    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', self.source).map(|at| at + 1)).collect()
        })
    }

    /// The instruction that begins on a line.
    pub(crate) fn instruction_at(&self, line: u32) -> Option<&Instruction<'a>> {
        let at = self.instructions.partition_point(|found| found.start_line < line);
        self.instructions.get(at).filter(|found| found.start_line == line)
    }

    /// The stages, in order.
    #[must_use]
    pub fn stages(&self) -> Vec<stage::Stage<'_>> {
        stage::stages(self)
    }

    /// Is the file read by a frontend other than Docker's own, so that other rules may hold?
    #[must_use]
    pub fn has_foreign_syntax(&self) -> bool {
        self.frontend().is_some_and(|(_, image)| ImageName::parse(image).is_ok() && !is_docker_frontend(image))
    }

    /// Does the frontend know what only the `labs` channel has? Another one than Docker's may, as one whose tag says nothing.
    pub(crate) fn may_be_of_labs(&self) -> bool {
        self.frontend().is_some_and(|(_, image)| {
            let tag = image.split('@').next().and_then(|name| name.rsplit_once(':')).map_or("", |(_, tag)| tag);
            !is_docker_frontend(image) || tag.ends_with("labs") || tag == "master" || image.contains('@')
        })
    }

    /// The line of `# syntax=` and the image that it names: BuildKit takes what stands before the first blank.
    pub(crate) fn frontend(&self) -> Option<(u32, &str)> {
        let syntax = self.directives.iter().find(|directive| directive.kind == DirectiveKind::Syntax)?;
        Some((syntax.line, syntax.value.split(' ').next().unwrap_or_default()))
    }
}

/// `docker/dockerfile`, `docker.io/docker/dockerfile:1.7-labs@sha256:…`, `docker/dockerfile-upstream:master`.
fn is_docker_frontend(image: &str) -> bool {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    let name = image.split(['@', ':']).next().unwrap_or_default();
    matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")
}
