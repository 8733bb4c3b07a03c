//! Text to tree: finds the sigils, reads each tag, nests the blocks.

mod block;
mod misspelt;
mod read;
mod unclosed;

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{CodeStart, Expression};
use crate::source::{FileId, Span, is_word};

use super::builtin::Builtin;
use super::expand::how_to_raise;
use super::foreign;
use super::foreign_value;
use super::head::{self, Inside, Tag};
use super::lines::{Lines, is_blank};
use super::room::Room;
use super::tree::{Bare, BareForm, Call, Callee, Doubtful, Name, Node, Placement, Tree};
use read::text_builtin;

/// Blocks in blocks; beyond it the tree would be too deep to walk.
const MAX_NESTING: usize = 100;
/// Errors of one file; behind so many the rest is noise.
const MAX_ERRORS: usize = 100;

/// So often a file is read anew because an `@end` above a `@define` is forgotten.
const MAX_FORGOTTEN: usize = 20;

/// Parses a file's bytes, within the `room` that there is. The tree is whole as far as it could be read. A call of a macro in
/// `verbatim` is an `@verbatim()` that is misspelt.
pub(crate) fn parse(file: FileId, bytes: &[u8], verbatim: &[Arc<str>], room: &mut Room) -> (Tree, Vec<Diagnostic>) {
    let mut closed_at = Vec::new();
    loop {
        let (tree, errors, forgotten) = read_tree(file, bytes, &closed_at, verbatim, room);
        match forgotten.filter(|_| closed_at.len() < MAX_FORGOTTEN) {
            Some(at) => closed_at.push(at),
            None => return (tree, errors),
        }
    }
}

/// Parses with all blocks closed before the `@define`s at `closed_at`. Also gives the first other one that stands in a block
/// which is never closed: what follows it is better understood if it is none of that block.
fn read_tree(
    file: FileId,
    bytes: &[u8],
    closed_at: &[u32],
    verbatim: &[Arc<str>],
    room: &mut Room,
) -> (Tree, Vec<Diagnostic>, Option<u32>) {
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut parser = Parser {
        bytes,
        closed_at,
        verbatim,
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
        guessed_openers: 0,
        room,
    };
    let is_whole = parser.room.text(bytes.len()) || parser.too_large(start);
    let forgotten = if is_whole { parser.run(start) } else { None };
    let mut tree = parser.tree;
    tree.nodes = parser.nodes;
    (tree, parser.errors, forgotten)
}

struct Parser<'a> {
    bytes: &'a [u8],
    /// Before the `@define`s at these places all blocks end.
    closed_at: &'a [u32],
    /// Names of no macro that are meant as `@verbatim()`.
    verbatim: &'a [Arc<str>],
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
    /// So many `@end`s without a block follow from what is told: a block's opening that is wrong and opened none, or another
    /// word that was taken for an `@end`.
    phantoms: usize,
    /// Blocks that were opened by what is no directive: so many of those that are open at the end follow from that.
    guessed_openers: usize,
    /// The memory that there is for the tree.
    room: &'a mut Room,
}

/// A block whose `@end` has not come.
struct Open {
    builtin: Builtin,
    span: Span,
    line: u32,
    indent: Range<u32>,
    /// `None` where the head could not be read: the block is kept so that its `@end` is no second error.
    head: Option<Head>,
    /// The first `@define` that stands in it.
    define_within: Option<u32>,
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
    /// Reads all; gives the first `@define` in a block that is not closed.
    fn run(&mut self, mut from: usize) -> Option<u32> {
        while let Some(length) = memchr::memchr(b'@', &self.bytes[from..]) {
            let at = from + length;
            self.lines.advance(at);
            from = self.sigil(at);
            let is_comment = self.bytes[at..].starts_with(b"@#");
            if !is_comment && !self.room.tag(from - at) {
                self.too_large(at);
                return None;
            }
            if self.errors.len() > MAX_ERRORS {
                break;
            }
        }
        let end = self.bytes.len();
        self.text_until(end);
        let forgotten = self.blocks.iter().filter_map(|open| open.define_within).min();
        self.close_all(end, None);
        forgotten
    }

    /// Gives up: the tree takes too much memory. It is `false` that it is whole.
    fn too_large(&mut self, at: usize) -> bool {
        let message = format!("the templates of this run take more than {} bytes of memory", self.room.most);
        let error = Diagnostic::error(Code::LimitExceeded, self.span(at, at + 1), message);
        self.errors.push(error.label("here it is more").help(how_to_raise("memory")));
        self.nodes = Vec::new();
        // What the rest would have brought is not known.
        self.tree = Tree { incomplete: true, lost_import: true, ..Tree::of(self.tree.file) };
        false
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
            for found in foreign_value::in_double_braces(self.bytes, self.text_start..end) {
                let (name, span) = (Arc::from(found.name), self.span(found.place.start, found.place.end));
                self.tree.bare.push(Bare { name, span, form: BareForm::Braces, near: None });
            }
        }
        self.verbatim_until(end);
    }

    /// As [`text_until`](Self::text_until), of text in which nothing is looked for.
    fn verbatim_until(&mut self, end: usize) {
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
                _ => self.bare(name, at, BareForm::Attached),
            },
            Some(Tag::Bare(name)) => self.bare_tag(name, at),
            None if !self.blocks.is_empty() && self.lines.is_first(at) => self.apart(at),
            _ => at + 1,
        }
    }

    fn bare(&mut self, name: &str, at: usize, form: BareForm) -> usize {
        let span = self.span(at, at + 1 + name.len());
        self.tree.bare.push(Bare { name: Arc::from(name), span, form, near: None });
        at + 1 + name.len()
    }

    /// `@name` without a parenthesis: a directive if it is first on its line, text otherwise.
    fn bare_tag(&mut self, name: &str, at: usize) -> usize {
        let end = at + 1 + name.len();
        if !self.lines.is_first(at) {
            return if self.word_before(at) { end } else { self.bare(name, at, BareForm::Sigil) };
        }
        let written = || Builtin::from_name(name).map(|builtin| (builtin, builtin.is_bare()));
        let meant = foreign::directive(name, &self.bytes[end..]).map(|builtin| (builtin, false));
        let tail = self.lines.tail(end);
        let Some((builtin, right)) = meant.or_else(written) else {
            if let Some(meant) = self.meant(name, end) {
                return self.misspelt(meant, at..end, tail.line_break.end);
            }
            self.note_foreign(name, at);
            return self.bare_near(name, at);
        };
        if right && tail.blank {
            self.text_until(self.lines.start());
            self.bare_directive(builtin, at, true);
        } else {
            let whole = right || name.eq_ignore_ascii_case(Builtin::Else.name());
            let stop = if whole { tail.line_break.start } else { end };
            self.text_until(self.lines.start());
            let line_end = self.lines.line_break(end).start;
            let mended = foreign::mended(builtin, &self.bytes[end..line_end]);
            self.wrong_form(builtin, self.span(at, stop), mended.map(|text| (self.span(at, line_end), text)));
            // It opened or closed a block in the author's mind: go on as if it had, or every later `@end` is an error too.
            if builtin.is_bare() {
                self.bare_directive(builtin, at, meant.is_none());
            } else {
                self.unreadable(builtin, end..line_end);
                self.open_unreadable(builtin, self.span(at, end));
            }
        }
        self.resume(tail.line_break.end)
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

    /// Keeps the nesting right where a block's head could not be read. Is it a block's?
    fn open_unreadable(&mut self, builtin: Builtin, span: Span) -> bool {
        use Builtin::{Call, Define, Foreach, Gather, If};
        let opens = matches!(builtin, If | Foreach | Define | Gather | Call);
        if opens {
            self.open(builtin, span, 0..0, None);
        }
        opens
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
        let near = || foreign::builtin(&name.text).or_else(|| Builtin::near_call(&name.text));
        let near = if self.lines.is_first(at) { near() } else { None };
        if near.is_some_and(Builtin::opens_block) {
            self.near_block = Some(Arc::clone(&name.text));
        }
        let Some(mut tagged) = self.delimited(at, open) else { return open + 1 };
        if let Some(near) = near {
            let words = self.names(tagged.open..tagged.close);
            self.tree.doubtful.push(Doubtful { name: Arc::clone(&name.text), near, words });
        }
        let arguments = self.read(&mut tagged, |parser, tagged| parser.head(tagged, Builtin::Call)?.arguments());
        let is_verbatim = near.is_some() && self.verbatim.contains(&name.text);
        let next = self.call(tagged, arguments.map(|arguments| Callee::Macro { name, arguments, block: None }));
        if is_verbatim { self.until_end(next).unwrap_or(next) } else { next }
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
            self.bare_directive(builtin, at, true);
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
