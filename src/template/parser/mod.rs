//! Text to tree: finds the sigils, reads each tag, nests the blocks.

mod block;
mod read;
mod unclosed;

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{CodeStart, Expression};
use crate::source::{FileId, Span, is_word};

use super::builtin::Builtin;
use super::foreign;
use super::head::{self, Inside, Tag};
use super::lines::{Lines, is_blank};
use super::tree::{Bare, Call, Callee, Doubtful, Name, Node, Placement, Tree};
use read::text_builtin;

/// Blocks in blocks; beyond it the tree would be too deep to walk.
const MAX_NESTING: usize = 100;
/// Errors of one file; behind so many the rest is noise.
const MAX_ERRORS: usize = 100;

/// Parses a file's bytes. The tree is whole as far as it could be read.
pub(crate) fn parse(file: FileId, bytes: &[u8]) -> (Tree, Vec<Diagnostic>) {
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut parser = Parser {
        bytes,
        lines: Lines::new(bytes, start),
        text_start: 0,
        text_line: 1,
        nodes: Vec::new(),
        blocks: Vec::new(),
        errors: Vec::new(),
        tree: Tree::of(file),
        foreign: None,
        near_block: None,
        phantoms: 0,
    };
    parser.run(start);
    let mut tree = parser.tree;
    tree.nodes = parser.nodes;
    (tree, parser.errors)
}

struct Parser<'a> {
    bytes: &'a [u8],
    lines: Lines<'a>,
    /// Text from here on is not yet in a node.
    text_start: usize,
    text_line: u32,
    /// The nodes of the innermost open block.
    nodes: Vec<Node>,
    blocks: Vec<Open>,
    errors: Vec<Diagnostic>,
    tree: Tree,
    /// The last line that another language would begin a block with, and what to write instead.
    foreign: Option<(Span, &'static str)>,
    /// The last call whose name is near that of a builtin that opens a block.
    near_block: Option<Arc<str>>,
    /// Blocks whose opening is told to be wrong and opened none: so many `@end`s belong to them.
    phantoms: usize,
}

/// A block whose `@end` has not come.
struct Open {
    builtin: Builtin,
    span: Span,
    line: u32,
    indent: Range<u32>,
    /// `None` where the head could not be read: the block is kept so that its `@end` is no second error.
    head: Option<Head>,
    /// The nodes of the block around it.
    outer: Vec<Node>,
}

enum Head {
    Define { name: Name, parameters: Vec<super::tree::Parameter>, places_body: bool },
    If { branches: Vec<(Expression, Vec<Node>)>, condition: Option<Expression>, else_span: Option<Span> },
    Foreach { variables: Vec<Name>, items: Expression },
    Divert { name: Expression },
    Gather { words: Name, name: Expression, optional: Option<Expression> },
    Call { name: Name, arguments: crate::expression::Arguments },
}

/// A tag with arguments: `@name( … )`.
#[derive(Clone, Copy)]
struct Tagged {
    at: usize,
    open: usize,
    close: usize,
    /// Where the text goes on: behind the closing bracket, if there is one.
    next: usize,
    /// The bracket is missing, which is told: it was taken to stand at the end of the line.
    is_mended: bool,
}

impl<'a> Parser<'a> {
    fn run(&mut self, mut from: usize) {
        while let Some(length) = memchr::memchr(b'@', &self.bytes[from..]) {
            let at = from + length;
            self.lines.advance(at);
            from = self.sigil(at);
            if self.errors.len() > MAX_ERRORS {
                break;
            }
        }
        let end = self.bytes.len();
        self.text_until(end);
        while let Some(open) = self.blocks.pop() {
            let message = format!("`@{}` has no `@end`", open.builtin.name());
            self.errors.push(
                Diagnostic::error(Code::UnclosedBlock, open.span, message)
                    .label("opened here")
                    .help("close it with `@end` alone on a line"),
            );
            // What stands in it knows its names.
            self.close(open, end..end);
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.tree.file, offset(start), offset(end))
    }

    fn word_before(&self, at: usize) -> bool {
        at > 0 && is_word(self.bytes[at - 1])
    }

    /// Puts the text up to `end` into a node.
    fn text_until(&mut self, end: usize) {
        if self.text_start < end {
            self.nodes.push(Node::Text { bytes: offset(self.text_start)..offset(end), line: self.text_line });
        }
    }

    /// Text goes on at `at`; gives `at`, where the search for sigils goes on too.
    fn resume(&mut self, at: usize) -> usize {
        self.lines.advance(at);
        self.text_start = at;
        self.text_line = self.lines.number();
        at
    }

    /// Reads what the `@` at `at` begins; gives where to go on.
    fn sigil(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at + 1..];
        let word = rest.iter().take_while(|byte| is_word(**byte)).count();
        let window = &self.bytes[at..(at + 2 + word).min(self.bytes.len())];
        let tag = std::str::from_utf8(window).ok().or_else(|| std::str::from_utf8(&window[..=word]).ok());
        match tag.and_then(head::tag) {
            Some(Tag::Value) => self.value(at),
            Some(Tag::Comment) if self.lines.is_first(at) || is_blank(self.bytes[at - 1]) => self.comment(at),
            Some(Tag::Call(name)) => match Builtin::from_name(name) {
                Some(builtin) if self.lines.is_first(at) || !self.word_before(at) => {
                    self.builtin(builtin, at, at + 1 + word)
                }
                None if !self.word_before(at) => self.macro_call(name, at, at + 1 + word),
                _ => self.bare(name, at, true),
            },
            Some(Tag::Bare(name)) => self.bare_tag(name, at),
            None if !self.blocks.is_empty() && self.lines.is_first(at) => self.apart(at),
            _ => at + 1,
        }
    }

    fn bare(&mut self, name: &str, at: usize, attached: bool) -> usize {
        let span = self.span(at, at + 1 + name.len());
        self.tree.bare.push(Bare { name: Arc::from(name), span, attached });
        at + 1 + name.len()
    }

    /// `@name` without a parenthesis: a directive if it is first on its line, text otherwise.
    fn bare_tag(&mut self, name: &str, at: usize) -> usize {
        let end = at + 1 + name.len();
        if !self.lines.is_first(at) {
            return if self.word_before(at) { end } else { self.bare(name, at, false) };
        }
        let written = || Builtin::from_name(name).map(|builtin| (builtin, builtin.is_bare()));
        let meant = foreign::directive(name, &self.bytes[end..]).map(|builtin| (builtin, false));
        let tail = self.lines.tail(end);
        let Some((builtin, right)) = meant.or_else(written) else {
            if let Some(near) = self.near(name).filter(|_| tail.blank) {
                return self.misspelt(near, at..end, tail.line_break.end);
            }
            self.note_foreign(name, at);
            return self.bare(name, at, false);
        };
        if right && tail.blank {
            self.text_until(self.lines.start());
            self.bare_directive(builtin, at);
        } else {
            let whole = right || name.eq_ignore_ascii_case(Builtin::Else.name());
            let stop = if whole { tail.line_break.start } else { end };
            self.text_until(self.lines.start());
            let line_end = self.lines.line_break(end).start;
            let mended = foreign::mended(builtin, &self.bytes[end..line_end]);
            self.wrong_form(builtin, self.span(at, stop), mended.map(|text| (self.span(at, line_end), text)));
            // It opened or closed a block in the author's mind: go on as if it had, or every later `@end` is an error too.
            match builtin {
                Builtin::End | Builtin::Else => self.bare_directive(builtin, at),
                _ => self.open_unreadable(builtin, self.span(at, end)),
            }
        }
        self.resume(tail.line_break.end)
    }

    /// The builtin that a word alone on its line is surely meant as.
    fn near(&self, word: &str) -> Option<Builtin> {
        let in_block = !self.blocks.is_empty();
        let other = || foreign::in_block(word).filter(|_| in_block);
        Builtin::near(word, in_block).or_else(other)
    }

    /// A line of a block whose `@` stands apart from the word: `@ else`, `@ elif(x)`. It would be a text of that block.
    fn apart(&mut self, at: usize) -> usize {
        let blanks = self.bytes[at + 1..].iter().take_while(|byte| is_blank(**byte)).count();
        let start = at + 1 + blanks;
        let end = start + self.bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        let Ok(word) = std::str::from_utf8(&self.bytes[start..end]) else { return end };
        let tail = self.lines.tail(end);
        let is_call = self.bytes.get(end) == Some(&b'(');
        let meant = foreign::directive(word, &self.bytes[end..]).or_else(|| {
            let named = if is_call { Builtin::from_name(word) } else { self.near(word) };
            named.filter(|builtin| builtin.is_bare() != is_call)
        });
        match meant.filter(|builtin| !builtin.is_bare() || tail.blank) {
            Some(builtin) => self.misspelt(builtin, at..end, tail.line_break.end),
            None => end,
        }
    }

    /// A line that is nothing but a word near a builtin's name: taken for text, a misspelt `@else` or `@end` would drop what
    /// stands between the two.
    fn misspelt(&mut self, near: Builtin, place: Range<usize>, next: usize) -> usize {
        let Range { start: at, end } = place;
        let span = self.span(at, end);
        let name = String::from_utf8_lossy(&self.bytes[at..end]);
        let error = Diagnostic::error(Code::TagSyntax, span, format!("there is no directive `{name}`")).note(LITERAL);
        let meant = format!("did you mean `{}`?", near.form());
        let block = self.blocks.last().map(|open| open.builtin);
        self.errors.push(match near {
            // Where it would be a mistake, too, it is not what was meant.
            Builtin::End if block.is_none() => error,
            Builtin::Else if block != Some(Builtin::If) => error,
            _ if near.is_bare() => error.replace(meant, span, near.form()),
            _ => error.help(meant),
        });
        self.text_until(self.lines.start());
        if !near.is_bare() {
            self.open_unreadable(near, span);
        } else if !self.blocks.is_empty() {
            self.bare_directive(near, at);
        }
        self.resume(next)
    }

    fn wrong_form(&mut self, builtin: Builtin, span: Span, mended: Option<(Span, String)>) {
        // Where nothing is open, that is the one error: the right form would be wrong as well.
        if builtin.is_bare() && self.blocks.is_empty() {
            return;
        }
        let form = builtin.form();
        let mut error = Diagnostic::error(Code::TagSyntax, span, format!("this line is no `{form}`"))
            .label(format!("write `{form}`"));
        if builtin.is_bare() {
            error = error.replace(format!("`@{}` stands alone on its line", builtin.name()), span, form);
        }
        if let Some((line, text)) = mended {
            error = error.replace(format!("write `{text}`"), line, text);
        }
        self.errors.push(error.note(LITERAL));
    }

    /// Keeps the nesting right where a block's head could not be read.
    fn open_unreadable(&mut self, builtin: Builtin, span: Span) {
        use Builtin::{Call, Define, Foreach, Gather, If};
        if matches!(builtin, If | Foreach | Define | Gather | Call) {
            self.open(builtin, span, 0..0, None);
        }
    }

    fn value(&mut self, at: usize) -> usize {
        let Some(mut tagged) = self.delimited(at, at + 1) else { return at + 2 };
        self.text_until(at);
        let line = self.lines.number();
        match self.read(&mut tagged, |parser, tagged| {
            let text = parser.inside(tagged)?;
            Expression::parse(text, parser.place(tagged.open + 1))
        }) {
            Ok(expression) => self.nodes.push(Node::Value { expression, line }),
            Err(error) => self.errors.push(error),
        }
        self.resume(tagged.next)
    }

    fn place(&self, at: usize) -> CodeStart {
        CodeStart { file: self.tree.file, offset: offset(at) }
    }

    /// `@# …`: with the blanks before it; a line that holds nothing else vanishes.
    fn comment(&mut self, at: usize) -> usize {
        let line_break = self.lines.line_break(at);
        if self.lines.is_first(at) && self.text_start <= self.lines.start() {
            self.text_until(self.lines.start());
            return self.resume(line_break.end);
        }
        let blanks = self.bytes[self.text_start..at].iter().rev().take_while(|byte| is_blank(**byte)).count();
        self.text_until(at - blanks);
        self.resume(line_break.start)
    }

    /// The text between the brackets, which is UTF-8.
    fn inside(&self, tagged: Tagged) -> Result<&'a str, Diagnostic> {
        std::str::from_utf8(&self.bytes[tagged.open + 1..tagged.close]).map_err(|error| {
            let at = tagged.open + 1 + error.valid_up_to();
            let message = "a byte that is no UTF-8 stands in a tag";
            Diagnostic::error(Code::TagSyntax, self.span(at, at + 1), message)
        })
    }

    fn placement(&self, tagged: Tagged) -> (Placement, usize) {
        let next = tagged.next;
        if !self.lines.is_first(tagged.at) || self.text_start > self.lines.start() {
            return (Placement::Inline, next);
        }
        let indent = offset(self.lines.start())..offset(tagged.at);
        let tail = self.lines.tail(next);
        if tail.blank {
            let line_break = offset(tail.line_break.start)..offset(tail.line_break.end);
            (Placement::Alone { indent, line_break }, tail.line_break.end)
        } else {
            (Placement::First { indent }, next)
        }
    }

    /// Adds a call that gives text; gives where to go on.
    fn call(&mut self, tagged: Tagged, what: Result<Callee, Diagnostic>) -> usize {
        let (placement, next) = self.placement(tagged);
        let text_end = if matches!(placement, Placement::Inline) { tagged.at } else { self.lines.start() };
        self.text_until(text_end);
        let span = self.tag_span(tagged);
        match what {
            Ok(what) => {
                let line = self.lines.number();
                self.nodes.push(Node::Call(Box::new(Call { what, span, line, placement })));
            }
            Err(error) => {
                self.tree.incomplete = true;
                self.errors.push(error);
            }
        }
        self.resume(next)
    }

    fn macro_call(&mut self, name: &str, at: usize, open: usize) -> usize {
        let name = Name { text: Arc::from(name), span: self.span(at + 1, open) };
        self.note_foreign(&name.text, at);
        let near = if self.lines.is_first(at) { Builtin::near_call(&name.text) } else { None };
        if near.is_some_and(Builtin::opens_block) {
            self.near_block = Some(Arc::clone(&name.text));
        }
        let Some(mut tagged) = self.delimited(at, open) else { return open + 1 };
        if let Some(near) = near {
            let words = self.names(tagged.open..tagged.close);
            self.tree.doubtful.push(Doubtful { name: Arc::clone(&name.text), near, words });
        }
        let arguments = self.read(&mut tagged, |parser, tagged| parser.head(tagged, Builtin::Call)?.arguments());
        self.call(tagged, arguments.map(|arguments| Callee::Macro { name, arguments, block: None }))
    }

    fn head(&self, tagged: Tagged, builtin: Builtin) -> Result<Inside<'a>, Diagnostic> {
        Ok(Inside { text: self.inside(tagged)?, place: self.place(tagged.open + 1), builtin })
    }

    /// `@builtin(`
    fn builtin(&mut self, builtin: Builtin, at: usize, open: usize) -> usize {
        if builtin.is_bare() {
            if !self.lines.is_first(at) {
                return open + 1;
            }
            let end = self.lines.line_break(at);
            self.text_until(self.lines.start());
            self.wrong_form(builtin, self.span(at, end.start), None);
            self.bare_directive(builtin, at);
            return self.resume(end.end);
        }
        let Some(mut tagged) = self.delimited(at, open) else {
            let span = self.span(at, open);
            self.text_until(self.lines.start().max(self.text_start));
            let line_break = self.lines.line_break(open);
            self.unreadable(builtin, open..line_break.start);
            self.open_unreadable(builtin, span);
            return self.resume(line_break.end);
        };
        if builtin.gives_text() {
            let what = self.read(&mut tagged, |parser, tagged| text_builtin(&parser.head(tagged, builtin)?));
            if matches!(what, Ok(Callee::Body)) {
                self.body_placed(tagged);
            }
            return self.call(tagged, what);
        }
        self.directive(builtin, tagged)
    }

    /// Marks the macro around `@body()`, which is an error without one.
    fn body_placed(&mut self, tagged: Tagged) {
        let define = self.blocks.iter_mut().find(|open| open.builtin == Builtin::Define);
        match define.map(|open| &mut open.head) {
            Some(Some(Head::Define { places_body, .. })) => *places_body = true,
            Some(_) => {}
            None => {
                let span = self.tag_span(tagged);
                self.errors.push(
                    Diagnostic::error(Code::Misplaced, span, "`@body()` stands outside of a macro")
                        .help("a macro places the block of the `@call(macro)` … `@end` that calls it"),
                );
            }
        }
    }
}

/// What every syntax error says of text that only looks like a tag.
const LITERAL: &str =
    "if it is meant as text, write `@{\"@\"}` for the `@`, or put the lines into `@verbatim()` … `@end`";

/// Offsets are 32 bits wide: files are bounded far below 4 GiB where they are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
