//! Cutting a file into logical lines and heredocs.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use super::directive;
use super::heredoc;
use super::keyword::Keyword;
use super::model::{Above, Directive, DirectiveKind, Dockerfile, Heredoc, Instruction, Problem, ProblemKind};
use super::{space, stage, words};

/// BuildKit's scanner gives up on a line that has no line break within so many bytes.
const MAX_LINE: usize = 64 * 1024;

/// Instructions and stages of one Dockerfile; what follows is not read. The checks compare stages with each other, and an
/// image has 127 layers at most.
pub(super) const MAX_INSTRUCTIONS: usize = 10_000;
pub(super) const MAX_STAGES: usize = 1_000;

/// Reads a Dockerfile. It never fails: what BuildKit would refuse is for [`super::check`] to tell.
///
/// The rules are those of BuildKit's `frontend/dockerfile/parser`.
#[must_use]
pub fn parse(bytes: &[u8]) -> Dockerfile<'_> {
    let mut parser = Parser {
        rest: bytes,
        line: 0,
        offset: 0,
        header: Header::Directives,
        shebang: false,
        above: Above::default(),
        stages: 0,
        out: Dockerfile {
            source: bytes,
            directives: Vec::new(),
            escape: b'\\',
            instructions: Vec::with_capacity(32),
            problems: Vec::new(),
            lines: OnceLock::new(),
            search: AtomicUsize::new(stage::MOST_SEARCHED),
        },
    };
    parser.run();
    parser.out
}

/// Whether directives still count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    Directives,
    Done,
}

struct Parser<'a> {
    rest: &'a [u8],
    /// The line that was read last, from 1, and where it begins.
    line: u32,
    offset: usize,
    header: Header,
    /// A first line `#!…`: after it the escape directive no longer counts, the others do.
    shebang: bool,
    /// The comments since the last instruction.
    above: Above<'a>,
    stages: usize,
    out: Dockerfile<'a>,
}

impl<'a> Parser<'a> {
    /// The next line with its line break.
    fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).map_or(self.rest.len(), |at| at + 1);
        self.offset = self.out.source.len() - self.rest.len();
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.line += 1;
        if line.len() > MAX_LINE || line.len() == MAX_LINE && line.last() != Some(&b'\n') {
            self.problem(self.line, ProblemKind::TooLong);
        }
        Some(line)
    }

    fn problem(&mut self, line: u32, kind: ProblemKind) {
        self.out.problems.push(Problem { line, kind });
    }

    fn run(&mut self) {
        while let Some(raw) = self.next_line() {
            let raw = if self.line == 1 { raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw) } else { raw };
            let line = space::trim_start(space::trim_newline(raw));
            if let [b'#', ..] = line {
                self.comment(line, raw.len() - space::trim_start(raw).len());
                continue;
            }
            self.header = Header::Done;
            if !line.is_empty() {
                if self.out.instructions.len() >= MAX_INSTRUCTIONS || self.stages > MAX_STAGES {
                    let most = (MAX_INSTRUCTIONS, MAX_STAGES);
                    return self.problem(self.line, ProblemKind::TooMany { most });
                }
                self.instruction(line);
            }
        }
        self.forget_comments();
    }

    /// The comments so far belong to no instruction: a `# check=` among them has no effect.
    fn forget_comments(&mut self) {
        if let Some((_, line)) = std::mem::take(&mut self.above).check {
            self.problem(line, ProblemKind::Displaced(DirectiveKind::Check));
        }
    }

    /// A comment outside of instructions may be a directive, or say something of the instruction below it.
    fn comment(&mut self, line: &'a [u8], indent: usize) {
        if self.line == 1 && line.starts_with(b"#!") {
            self.shebang = true;
            return;
        }
        // BuildKit cuts one byte, so an indented comment keeps its `#`.
        let said = if indent == 0 { space::trim(&line[1..]) } else { line };
        if said.is_empty() {
            self.header = Header::Done;
            self.forget_comments();
            return;
        }
        let Some((kind, value)) = directive::parse(line) else {
            let misspelt = directive::misspelt(line)
                .filter(|(kind, _)| self.header == Header::Directives || *kind == DirectiveKind::Check);
            if let Some((kind, name)) = misspelt {
                self.problem(self.line, ProblemKind::Misspelt { kind, name: name.to_owned() });
            }
            self.header = Header::Done;
            self.above.comment = Some(said);
            return;
        };
        if self.header == Header::Done || self.shebang && kind == DirectiveKind::Escape {
            self.above.comment = Some(said);
            if kind == DirectiveKind::Check && indent == 0 && self.above.check.is_none() {
                self.above.check = Some((value, self.line));
            } else if directive::is_plausible(kind, value) {
                self.problem(self.line, ProblemKind::Displaced(kind));
            }
            return;
        }
        if self.out.directives.iter().any(|directive| directive.kind == kind) {
            // After `#!` the parser that refuses a second one no longer looks.
            if !self.shebang {
                self.problem(self.line, ProblemKind::Repeated(kind));
            }
            return;
        }
        if kind == DirectiveKind::Escape {
            match value {
                [escape @ (b'\\' | b'`')] => self.out.escape = *escape,
                _ => self.problem(self.line, ProblemKind::InvalidEscape),
            }
        }
        self.out.directives.push(Directive { kind, value: String::from_utf8_lossy(value), line: self.line });
    }

    fn instruction(&mut self, first: &'a [u8]) {
        let (start, offset) = (self.line, self.offset);
        let text = match self.continued(first) {
            None => Cow::Borrowed(first),
            Some(piece) => Cow::Owned(self.join(piece, start)),
        };
        let escape = self.out.escape;
        let mut instruction = Instruction::new(text, escape, start, self.line);
        instruction.offset = offset;
        instruction.above = std::mem::take(&mut self.above);
        if let Some(words) = heredoc_words(&instruction) {
            let words = words.unwrap_or_else(|word| {
                self.problem(start, ProblemKind::MalformedHeredoc { word });
                Vec::new()
            });
            for word in words {
                let (heredoc, terminated) = self.heredoc(word, start);
                instruction.heredocs.push(heredoc);
                // One without an end takes all that is left: no line is there for another.
                if !terminated {
                    break;
                }
            }
            instruction.end_line = self.line;
        }
        self.stages += usize::from(instruction.keyword == Some(Keyword::From));
        self.out.instructions.push(instruction);
    }

    /// The line without its continuation character, where it has one: the escape character at the end, blanks after it
    /// allowed, and no escape character before it.
    fn continued<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        let mut end = line;
        while let [rest @ .., b' ' | b'\t'] = end {
            end = rest;
        }
        match end {
            [rest @ .., last] if *last == self.out.escape && rest.last() != Some(last) => Some(rest),
            _ => None,
        }
    }

    fn join(&mut self, first: &[u8], start: u32) -> Vec<u8> {
        // Most continued instructions are a few lines: room for them spares growing line by line.
        let mut text = Vec::with_capacity(first.len() + 256);
        text.extend_from_slice(first);
        let mut told = false;
        while let Some(raw) = self.next_line() {
            let line = space::trim_newline(raw);
            match space::trim_start(line) {
                [] => {
                    // Once an instruction is enough.
                    if !told {
                        self.problem(self.line, ProblemKind::EmptyContinuation { of: start });
                    }
                    told = true;
                }
                [b'#', ..] => {}
                _ => {
                    if let Some(piece) = self.continued(line) {
                        text.extend_from_slice(piece);
                    } else {
                        text.extend_from_slice(line);
                        return text;
                    }
                }
            }
        }
        self.problem(self.line, ProblemKind::EndOfFile { of: start });
        text
    }

    /// The text up to its end, and whether there is one.
    fn heredoc(&mut self, word: heredoc::Word, start: u32) -> (Heredoc<'a>, bool) {
        let body = self.rest;
        let mut length = 0;
        let mut terminated = false;
        while let Some(raw) = self.next_line() {
            let mut line = space::trim_newline(raw);
            if word.chomp {
                while let [b'\t', rest @ ..] = line {
                    line = rest;
                }
            }
            if line == word.name.as_bytes() {
                terminated = true;
                break;
            }
            length += raw.len();
        }
        if !terminated {
            let kind = ProblemKind::UnterminatedHeredoc { name: word.name.clone(), chomp: word.chomp };
            self.problem(start, kind);
        }
        let heredoc = Heredoc {
            name: word.name,
            file_descriptor: word.file_descriptor,
            expand: word.expand,
            chomp: word.chomp,
            content: Cow::Borrowed(&body[..length]),
        };
        (heredoc, terminated)
    }
}

/// The heredocs that an instruction announces, where it may have any.
fn heredoc_words(instruction: &Instruction<'_>) -> Option<Result<Vec<heredoc::Word>, String>> {
    let text = instruction.text();
    let holder = match instruction.keyword? {
        Keyword::Onbuild => instruction.trigger()?.keyword?,
        keyword => keyword,
    };
    if !holder.takes_heredoc() || memchr::memmem::find(text, b"<<").is_none() {
        return None;
    }
    // Arguments that cannot be read at all end BuildKit's reading; go on as if they were no JSON.
    let json =
        words::arguments(instruction.keyword, instruction.rest(), instruction.escape).is_ok_and(|found| found.json);
    (!json).then(|| heredoc::announced(text))
}
