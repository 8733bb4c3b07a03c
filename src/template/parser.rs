//! Text to tree: finds the sigils, reads each tag, nests the blocks.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Expression, Place, is_builtin_filter, is_builtin_function};
use crate::source::{FileId, Span};

use super::builtin::Builtin;
use super::delimiter::{self, Unclosed};
use super::head::{self, Inside, Tag};
use super::lines::{Lines, is_blank};
use super::tree::{Bare, Call, Callee, Diverted, Foreach, Function, Gather, Macro, Name, Node, Placement, Tree};

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
        tree: Tree { file, nodes: Vec::new(), macros: Vec::new(), functions: Vec::new(), bare: Vec::new() },
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
            let inner = std::mem::replace(&mut self.nodes, open.outer);
            self.nodes.extend(inner);
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
        let (builtin, right) = match Builtin::from_name(name) {
            Some(builtin) => (builtin, builtin.is_bare()),
            None => match Builtin::misspelt(name) {
                Some(builtin) => (builtin, false),
                None => return self.bare(name, at, false),
            },
        };
        let tail = self.lines.tail(end);
        if right && tail.blank {
            self.text_until(self.lines.start());
            self.bare_directive(builtin, at);
        } else {
            let stop = if right { tail.line_break.start } else { end };
            let elif = builtin == Builtin::Else && self.bytes[end..].trim_ascii_start().starts_with(b"if");
            let builtin = if elif { Builtin::Elif } else { builtin };
            self.text_until(self.lines.start());
            self.wrong_form(builtin, self.span(at, stop));
            // It opened or closed a block in the author's mind: go on as if it had, or every later `@end` is an error too.
            match builtin {
                Builtin::End | Builtin::Else => self.bare_directive(builtin, at),
                _ => self.open_unreadable(builtin, self.span(at, end)),
            }
        }
        self.resume(tail.line_break.end)
    }

    fn wrong_form(&mut self, builtin: Builtin, span: Span) {
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
        let Some(tagged) = self.delimited(at, at + 1) else { return at + 2 };
        self.text_until(at);
        let line = self.lines.number();
        if let Some(text) = self.inside(tagged) {
            match Expression::parse(text, self.place(tagged.open + 1)) {
                Ok(expression) => self.nodes.push(Node::Value { expression, line }),
                Err(error) => self.errors.push(error),
            }
        }
        self.resume(tagged.close + 1)
    }

    fn place(&self, at: usize) -> Place {
        Place { file: self.tree.file, offset: offset(at) }
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

    /// Finds the closing bracket; an error where there is none.
    fn delimited(&mut self, at: usize, open: usize) -> Option<Tagged> {
        let error = match delimiter::close(self.bytes, open) {
            Ok(close) => return Some(Tagged { at, open, close }),
            Err(Unclosed::Bracket(bracket)) => {
                let shown = char::from(self.bytes[bracket]);
                Diagnostic::error(
                    Code::TagSyntax,
                    self.span(bracket, bracket + 1),
                    format!("`{shown}` is never closed"),
                )
                .also(self.span(at, open + 1), "the tag begins here")
            }
            Err(Unclosed::String(quote)) => {
                let span = self.span(quote, quote + 1);
                Diagnostic::error(Code::TagSyntax, span, "this string has no closing quote")
                    .also(self.span(at, open + 1), "the tag begins here")
            }
            Err(Unclosed::Mismatch { open: bracket, close }) => {
                let (opened, closed) = (char::from(self.bytes[bracket]), char::from(self.bytes[close]));
                let message = format!("`{closed}` does not close `{opened}`");
                Diagnostic::error(Code::TagSyntax, self.span(close, close + 1), message)
                    .also(self.span(bracket, bracket + 1), "opened here")
            }
            Err(Unclosed::TooLong) => {
                Diagnostic::error(Code::TagSyntax, self.span(at, open + 1), "this tag has no end within 64 KiB")
                    .label("begins here")
            }
        };
        self.errors.push(error.note(LITERAL));
        None
    }

    /// The text between the brackets, which is UTF-8.
    fn inside(&mut self, tagged: Tagged) -> Option<&'a str> {
        match std::str::from_utf8(&self.bytes[tagged.open + 1..tagged.close]) {
            Ok(text) => Some(text),
            Err(error) => {
                let at = tagged.open + 1 + error.valid_up_to();
                let message = "a byte that is no UTF-8 stands in a tag";
                self.errors.push(Diagnostic::error(Code::TagSyntax, self.span(at, at + 1), message));
                None
            }
        }
    }

    fn placement(&self, tagged: Tagged) -> (Placement, usize) {
        let next = tagged.close + 1;
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
        let span = self.span(tagged.at, tagged.close + 1);
        match what {
            Ok(what) => {
                let line = self.lines.number();
                self.nodes.push(Node::Call(Box::new(Call { what, span, line, placement })));
            }
            Err(error) => self.errors.push(error),
        }
        self.resume(next)
    }

    fn macro_call(&mut self, name: &str, at: usize, open: usize) -> usize {
        let name = Name { text: Arc::from(name), span: self.span(at + 1, open) };
        let Some(tagged) = self.delimited(at, open) else { return open + 1 };
        let Some(inside) = self.head(tagged, Builtin::Call) else { return self.resume(tagged.close + 1) };
        let what = inside.arguments().map(|arguments| Callee::Macro { name, arguments, block: None });
        self.call(tagged, what)
    }

    fn head(&mut self, tagged: Tagged, builtin: Builtin) -> Option<Inside<'a>> {
        let place = self.place(tagged.open + 1);
        let text = self.inside(tagged)?;
        Some(Inside { text, place, builtin })
    }

    /// `@builtin(`
    fn builtin(&mut self, builtin: Builtin, at: usize, open: usize) -> usize {
        if builtin.is_bare() {
            if !self.lines.is_first(at) {
                return open + 1;
            }
            let end = self.lines.line_break(at);
            self.text_until(self.lines.start());
            self.wrong_form(builtin, self.span(at, end.start));
            self.bare_directive(builtin, at);
            return self.resume(end.end);
        }
        let Some(tagged) = self.delimited(at, open) else {
            let span = self.span(at, open);
            self.text_until(self.lines.start().max(self.text_start));
            self.open_unreadable(builtin, span);
            let end = self.lines.line_break(open).end;
            return self.resume(end);
        };
        if builtin.gives_text() {
            let Some(inside) = self.head(tagged, builtin) else { return self.resume(tagged.close + 1) };
            let what = text_builtin(&inside);
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
                let span = self.span(tagged.at, tagged.close + 1);
                self.errors.push(
                    Diagnostic::error(Code::Misplaced, span, "`@body()` stands outside of a macro")
                        .help("a macro places the block of the `@call(macro)` … `@end` that calls it"),
                );
            }
        }
    }

    /// A directive that stands alone on its line.
    fn directive(&mut self, builtin: Builtin, tagged: Tagged) -> usize {
        let span = self.span(tagged.at, tagged.close + 1);
        let first = self.lines.is_first(tagged.at) && self.text_start <= self.lines.start();
        let indent = offset(self.lines.start())..offset(tagged.at);
        let line = self.lines.number();
        let tail = self.lines.tail(tagged.close + 1);
        if !first || !tail.blank {
            let name = builtin.name();
            let error = Diagnostic::error(Code::NotAlone, span, format!("`@{name}` must stand alone on its line"));
            let error = match builtin {
                Builtin::If => error.help("within a line write `@{a if condition else b}`"),
                Builtin::Foreach => error.help("within a line write `@{list|join(' ')}`"),
                _ => error,
            };
            self.errors.push(error.note(LITERAL));
            if !first {
                self.text_until(tagged.at);
                return self.resume(tagged.close + 1);
            }
        }
        self.text_until(self.lines.start());
        if builtin == Builtin::Verbatim {
            return self.verbatim(tagged, span, tail.line_break.end);
        }
        let read = self.head(tagged, builtin).map(|inside| read(&inside));
        self.lines.advance(tagged.close + 1);
        match read {
            None => self.open_unreadable(builtin, span),
            Some(Err(error)) => {
                self.errors.push(error);
                self.open_unreadable(builtin, span);
                let without_value = !self.bytes[tagged.open..tagged.close].contains(&b',');
                if builtin == Builtin::Divert && without_value {
                    self.open(builtin, span, 0..0, None);
                }
            }
            Some(Ok(Read::Node(node))) => self.nodes.push(node),
            Some(Ok(Read::Function(function))) => self.function(function),
            Some(Ok(Read::Elif(condition))) => self.branch(Builtin::Elif, Some(condition), span),
            Some(Ok(Read::Open(head))) => {
                self.open(builtin, span, indent, Some(head));
                if let Some(open) = self.blocks.last_mut() {
                    open.line = line;
                }
            }
        }
        self.resume(tail.line_break.end)
    }

    fn function(&mut self, function: Function) {
        if self.blocks.is_empty() {
            self.tree.functions.push(Arc::new(function));
        } else {
            let message = format!("function `{}` must be defined at the top level of its file", function.name.text);
            self.errors.push(Diagnostic::error(Code::Misplaced, function.name.span, message));
        }
    }

    fn open(&mut self, builtin: Builtin, span: Span, indent: Range<u32>, head: Option<Head>) {
        if self.blocks.len() >= MAX_NESTING {
            let message = format!("blocks are nested more than {MAX_NESTING} deep");
            self.errors.push(Diagnostic::error(Code::LimitExceeded, span, message));
        }
        if builtin == Builtin::Define && !self.blocks.is_empty() {
            self.errors.push(
                Diagnostic::error(Code::Misplaced, span, "a macro must be defined at the top level of its file")
                    .help("put the `@if` into the macro instead"),
            );
        }
        let outer = std::mem::take(&mut self.nodes);
        let line = self.lines.number();
        self.blocks.push(Open { builtin, span, line, indent, head, outer });
    }

    /// `@else` and `@end`.
    fn bare_directive(&mut self, builtin: Builtin, at: usize) {
        let span = self.span(at, at + 1 + builtin.name().len());
        if builtin == Builtin::Else {
            self.branch(Builtin::Else, None, span);
            return;
        }
        let Some(open) = self.blocks.pop() else {
            self.errors.push(
                Diagnostic::error(Code::UnexpectedDirective, span, "`@end` closes nothing")
                    .label("no block is open here")
                    .note(LITERAL),
            );
            return;
        };
        let line_break = self.lines.line_break(at);
        self.close(open, line_break);
    }

    /// `@elif` and `@else`: what came before becomes a branch.
    fn branch(&mut self, builtin: Builtin, next: Option<Expression>, span: Span) {
        let name = builtin.name();
        match self.blocks.last_mut() {
            Some(Open { builtin: Builtin::If, head, .. }) => {
                let Some(Head::If { branches, condition, else_span }) = head else {
                    self.nodes.clear();
                    return;
                };
                if let Some(first) = *else_span {
                    let message = format!("`@{name}` stands behind `@else`");
                    self.errors.push(
                        Diagnostic::error(Code::UnexpectedDirective, span, message).also(first, "`@else` is here"),
                    );
                    return;
                }
                if let Some(condition) = condition.take() {
                    branches.push((condition, std::mem::take(&mut self.nodes)));
                }
                *condition = next;
                if builtin == Builtin::Else {
                    *else_span = Some(span);
                }
            }
            Some(open) => {
                let message = format!("`@{name}` stands in `@{}`, not in `@if`", open.builtin.name());
                let opened = open.span;
                self.errors.push(
                    Diagnostic::error(Code::UnexpectedDirective, span, message).also(opened, "this block is open"),
                );
            }
            None => {
                let message = format!("`@{name}` has no `@if`");
                self.errors.push(Diagnostic::error(Code::UnexpectedDirective, span, message).note(LITERAL));
            }
        }
    }

    fn close(&mut self, open: Open, line_break: Range<usize>) {
        let nodes = std::mem::replace(&mut self.nodes, open.outer);
        let Some(head) = open.head else { return };
        let node = match head {
            Head::Define { name, parameters, places_body } => {
                self.tree.macros.push(Arc::new(Macro { name, parameters, nodes, places_body }));
                return;
            }
            Head::If { mut branches, condition, .. } => {
                let otherwise = match condition {
                    Some(condition) => {
                        branches.push((condition, nodes));
                        Vec::new()
                    }
                    None => nodes,
                };
                Node::If { branches, otherwise }
            }
            Head::Foreach { variables, items } => Node::Foreach(Box::new(Foreach { variables, items, nodes })),
            Head::Divert { name } => Node::Divert { name, content: Diverted::Block(nodes) },
            Head::Gather { words, name, optional } => {
                Node::Gather(Arc::new(Gather { words, name, optional, nodes, span: open.span }))
            }
            Head::Call { name, arguments } => Node::Call(Box::new(Call {
                what: Callee::Macro { name, arguments, block: Some(Arc::new(nodes)) },
                span: open.span,
                line: open.line,
                placement: Placement::Alone {
                    indent: open.indent,
                    line_break: offset(line_break.start)..offset(line_break.end),
                },
            })),
        };
        self.nodes.push(node);
    }

    /// `@verbatim()`: text up to the next line that is `@end`.
    fn verbatim(&mut self, tagged: Tagged, span: Span, from: usize) -> usize {
        if let Some(Err(error)) = self.head(tagged, Builtin::Verbatim).map(|inside| inside.nothing()) {
            self.errors.push(error);
        }
        self.resume(from);
        let mut at = from;
        while at < self.bytes.len() {
            let line_break = self.lines.line_break(at);
            if self.bytes[at..line_break.start].trim_ascii() == b"@end" {
                self.text_until(at);
                return self.resume(line_break.end);
            }
            at = line_break.end;
        }
        self.errors.push(
            Diagnostic::error(Code::UnclosedBlock, span, "`@verbatim()` has no `@end`")
                .label("opened here")
                .help("close it with `@end` alone on a line"),
        );
        self.text_until(at);
        self.resume(at)
    }
}

/// What a directive's head makes.
enum Read {
    Node(Node),
    Function(Function),
    Elif(Expression),
    Open(Head),
}

fn text_builtin(inside: &Inside<'_>) -> Result<Callee, Diagnostic> {
    Ok(match inside.builtin {
        Builtin::Include => {
            let read = inside.optional()?;
            Callee::Include { path: read.what, optional: read.optional, bindings: read.bindings }
        }
        Builtin::Insert => Callee::Insert { path: inside.only()? },
        Builtin::Undivert => {
            let (name, optional) = inside.only_optional()?;
            Callee::Undivert { name, optional }
        }
        _ => {
            inside.nothing()?;
            Callee::Body
        }
    })
}

fn read(inside: &Inside<'_>) -> Result<Read, Diagnostic> {
    Ok(match inside.builtin {
        Builtin::Define => {
            let (name, parameters) = inside.define()?;
            if Builtin::from_name(&name.text).is_some() {
                let message = format!("`{}` is a builtin: a macro needs another name", name.text);
                return Err(Diagnostic::error(Code::DuplicateDefinition, name.span, message));
            }
            Read::Open(Head::Define { name, parameters, places_body: false })
        }
        Builtin::Let => match inside.binding()? {
            (name, Some(parameters), body) => {
                let known = if is_builtin_function(&name.text) { Some("function") } else { None };
                let known = known.or(is_builtin_filter(&name.text).then_some("filter"));
                if let Some(kind) = known {
                    let message = format!("`{}` is a builtin {kind}: a function needs another name", name.text);
                    return Err(Diagnostic::error(Code::DuplicateDefinition, name.span, message));
                }
                Read::Function(Function { name, parameters, body })
            }
            (name, None, value) => Read::Node(Node::Let { name, value }),
        },
        Builtin::Default => {
            let (name, _, value) = inside.binding()?;
            Read::Node(Node::Default { name, value })
        }
        Builtin::Elif => Read::Elif(inside.only()?),
        Builtin::Foreach => {
            let (variables, items) = inside.foreach()?;
            Read::Open(Head::Foreach { variables, items })
        }
        Builtin::Import => Read::Node(import(inside)?),
        Builtin::Divert => divert(inside)?,
        Builtin::Gather => {
            let (words, name, optional) = inside.gather()?;
            Read::Open(Head::Gather { words, name, optional })
        }
        Builtin::Call => {
            let (name, arguments) = inside.call()?;
            Read::Open(Head::Call { name, arguments })
        }
        Builtin::Error => Read::Node(Node::Message { fatal: true, text: inside.only()? }),
        Builtin::Warn => Read::Node(Node::Message { fatal: false, text: inside.only()? }),
        // `@if`; the others do not come here: they give text or have no parentheses.
        _ => {
            let condition = Some(inside.only()?);
            Read::Open(Head::If { branches: Vec::new(), condition, else_span: None })
        }
    })
}

fn import(inside: &Inside<'_>) -> Result<Node, Diagnostic> {
    let path = inside.only()?;
    match path.as_literal_str() {
        Some(text) => Ok(Node::Import { path: Name { text: Arc::from(text), span: path.span() } }),
        None => Err(Diagnostic::error(Code::TagSyntax, path.span(), "the path of `@import` must be written out")
            .label("a string is expected here")
            .help("names must be known when the file is loaded; a path that is computed can be `@include`d")),
    }
}

fn divert(inside: &Inside<'_>) -> Result<Read, Diagnostic> {
    let arguments = inside.arguments()?;
    let mut values = arguments.positional.into_iter();
    match (values.next(), values.next(), values.next(), arguments.keywords.first()) {
        (Some(name), None, None, None) => Ok(Read::Open(Head::Divert { name })),
        (Some(name), Some(value), None, None) => Ok(Read::Node(Node::Divert { name, content: Diverted::Value(value) })),
        (_, _, extra, keyword) => {
            let span = extra.map(|extra| extra.span()).or(keyword.map(|(_, span, _)| *span)).unwrap_or(arguments.span);
            Err(Diagnostic::error(Code::WrongArguments, span, "`@divert` takes the name of a diversion and a value")
                .help("write `@divert(\"name\")` … `@end`, or `@divert(\"name\", value)`"))
        }
    }
}

/// What every syntax error says of text that only looks like a tag.
const LITERAL: &str =
    "if it is meant as text, write `@{\"@\"}` for the `@`, or put the lines into `@verbatim()` … `@end`";

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Offsets are 32 bits wide: files are bounded far below 4 GiB where they are read.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
