//! Directives, which stand alone on their lines, and the blocks that they open and close.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{CodeStart, Expression};
use crate::source::Span;

use super::super::builtin::Builtin;
use super::super::foreign;
use super::super::tree::{Call, Callee, Diverted, Foreach, Function, Gather, Macro, Node, Placement};
use super::read::{Read, read};
use super::{Head, LITERAL, MAX_NESTING, Open, Parser, Tagged, offset};

impl Parser<'_> {
    /// A directive that stands alone on its line.
    pub(super) fn directive(&mut self, builtin: Builtin, mut tagged: Tagged) -> usize {
        let first = self.lines.is_first(tagged.at) && self.text_start <= self.lines.start();
        let head = (first && builtin != Builtin::Verbatim)
            .then(|| self.read(&mut tagged, |parser, tagged| read(&parser.head(tagged, builtin)?)));
        let span = self.tag_span(tagged);
        let indent = offset(self.lines.start())..offset(tagged.at);
        let line = self.lines.number();
        let tail = self.lines.tail(tagged.next);
        if !first || !tail.blank {
            let name = builtin.name();
            let behind = &self.bytes[tagged.next..tail.line_break.start];
            let extra = behind.iter().take_while(|byte| matches!(byte, b')' | b']' | b'}')).count();
            let is_closed_twice = first && extra > 0 && self.lines.tail(tagged.next + extra).blank;
            let error = Diagnostic::error(Code::NotAlone, span, format!("`@{name}` must stand alone on its line"));
            let error = match builtin {
                Builtin::If => error.help("within a line write `@{a if condition else b}`"),
                Builtin::Foreach => error.help("within a line write `@{list|join(' ')}`"),
                _ => error,
            };
            self.errors.push(if is_closed_twice {
                let place = self.span(tagged.next, tagged.next + extra);
                let brackets = String::from_utf8_lossy(&behind[..extra]);
                Diagnostic::error(Code::TagSyntax, place, format!("`{brackets}` closes nothing: one too many"))
                    .also(self.span(tagged.close, tagged.close + 1), format!("`@{name}(` is closed here"))
                    .replace("leave it out", place, "")
            } else {
                error.note(LITERAL)
            });
            if !first {
                self.unreadable(builtin, tagged.open..tagged.close);
                self.phantoms += usize::from(tail.blank && builtin.opens_block());
                self.text_until(tagged.at);
                return self.resume(tagged.next);
            }
        }
        self.text_until(self.lines.start());
        self.lines.advance(tagged.next);
        if builtin == Builtin::Define {
            self.begin_define(span);
        }
        match head {
            None => return self.verbatim(tagged, span, tail.line_break.end),
            Some(Err(error)) => {
                self.errors.push(error);
                self.unreadable(builtin, tagged.open..tagged.close);
                self.open_unreadable(builtin, span);
                let without_value = !self.bytes[tagged.open..tagged.close].contains(&b',');
                if builtin == Builtin::Divert && without_value {
                    self.open(builtin, span, 0..0, None);
                }
            }
            Some(Ok(Read::Node(node))) => self.nodes.push(node),
            Some(Ok(Read::Function(function))) => self.function(function),
            Some(Ok(Read::Elif(condition))) => self.branch(Builtin::Elif, Some(condition), None, span),
            Some(Ok(Read::Open(head))) => {
                self.open(builtin, span, indent, Some(head));
                if let Some(open) = self.blocks.last_mut() {
                    open.line = line;
                }
            }
        }
        self.resume(tail.line_break.end)
    }

    fn function(&mut self, mut function: Function) {
        if !self.blocks.is_empty() {
            let message = format!("function `{}` must be defined at the top level of its file", function.name.text);
            self.errors.push(
                Diagnostic::error(Code::Misplaced, function.name.span, message)
                    .help("define it above the blocks, and give it what differs as an argument"),
            );
            // Its name is defined all the same: otherwise each use of it would be an error, too, and so might be its body.
            let place = CodeStart { file: function.name.span.file, offset: function.name.span.start };
            if let Ok(nothing) = Expression::parse("\"\"", place) {
                function.body = nothing;
            }
        }
        self.tree.functions.push(Arc::new(function));
    }

    /// A `@define` stands here, where no block should be open.
    fn begin_define(&mut self, span: Span) {
        if self.closed_at.contains(&span.start) {
            self.close_all(span.start as usize, Some(span));
        }
        for open in &mut self.blocks {
            open.define_within.get_or_insert(span.start);
        }
        if let Some(around) = self.blocks.last() {
            let help = match around.builtin {
                Builtin::Define => "write it above the other one, and call it there".to_owned(),
                around => format!("put the `@{}` into the macro instead", around.name()),
            };
            let message = "a macro must be defined at the top level of its file";
            let error = Diagnostic::error(Code::Misplaced, span, message).help(help);
            self.errors.push(error.also(around.span, "this block is open"));
        }
    }

    pub(super) fn open(&mut self, builtin: Builtin, span: Span, indent: Range<u32>, head: Option<Head>) {
        if self.blocks.len() >= MAX_NESTING {
            let message = format!("blocks are nested more than {MAX_NESTING} deep");
            self.errors.push(Diagnostic::error(Code::LimitExceeded, span, message));
        }
        let outer = std::mem::take(&mut self.nodes);
        let line = self.lines.number();
        self.blocks.push(Open { builtin, span, line, indent, head, define_within: None, outer });
    }

    /// Ends all blocks that are open, which is an error; before a `@define`, if there is one.
    pub(super) fn close_all(&mut self, end: usize, define: Option<Span>) {
        while let Some(open) = self.blocks.pop() {
            if self.guessed_openers > 0 {
                self.guessed_openers -= 1;
            } else {
                let message = format!("`@{}` has no `@end`", open.builtin.name());
                let error = Diagnostic::error(Code::UnclosedBlock, open.span, message).label("opened here");
                let error = error.help("close it with `@end` alone on a line");
                self.errors.push(match define {
                    Some(define) => error.also(define, "a macro begins here, before it is closed"),
                    None => error,
                });
            }
            // What stands in it knows its names.
            self.close(open, end..end);
        }
    }

    /// Remembers a line that another language would begin a block with: its `@end` will be one too many.
    pub(super) fn note_foreign(&mut self, name: &str, at: usize) {
        if let Some(help) = foreign::word(name).filter(|_| self.lines.is_first(at)) {
            self.foreign = Some((self.span(at, at + 1 + name.len()), help));
        }
    }

    /// `@else` and `@end`, or what is taken for one: then the right one may follow.
    pub(super) fn bare_directive(&mut self, builtin: Builtin, at: usize, is_sure: bool) {
        let span = self.span(at, at + 1 + builtin.name().len());
        if builtin == Builtin::Else {
            self.branch(Builtin::Else, None, is_sure.then_some(span), span);
            return;
        }
        let Some(open) = self.blocks.pop() else {
            if self.phantoms > 0 {
                self.phantoms -= 1;
                return;
            }
            let error = Diagnostic::error(Code::UnexpectedDirective, span, "`@end` closes nothing");
            let error = self.after_foreign(error.label("no block is open here"));
            self.unopened(error);
            self.near_block = None;
            return;
        };
        self.phantoms += usize::from(!is_sure);
        let line_break = self.lines.line_break(at);
        self.close(open, line_break);
    }

    /// Says what another language would have begun here, whose names are not known then.
    fn after_foreign(&mut self, error: Diagnostic) -> Diagnostic {
        let Some((opened, help)) = self.foreign.take() else { return error.note(LITERAL) };
        let (start, end) = (opened.start as usize + 1, opened.end as usize);
        let word = std::str::from_utf8(&self.bytes[start..end]).unwrap_or_default();
        if let Some(builtin) = foreign::builtin(word) {
            self.unreadable(builtin, end..self.lines.line_break(end).start);
        }
        error.also(opened, "this opens no block").help(help)
    }

    /// `@elif` and `@else`: what came before becomes a branch. `last` is the place of an `@else`, behind which none may stand.
    fn branch(&mut self, builtin: Builtin, next: Option<Expression>, last: Option<Span>, span: Span) {
        let name = builtin.name();
        match self.blocks.last_mut() {
            Some(Open { builtin: Builtin::If, head, .. }) => {
                // Where the head could not be read, all branches are kept to be looked at.
                let Some(Head::If { branches, condition, else_span }) = head else { return };
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
                *else_span = last;
            }
            Some(open) => {
                let message = format!("`@{name}` stands in `@{}`, not in `@if`", open.builtin.name());
                let error = Diagnostic::error(Code::UnexpectedDirective, span, message);
                let error = error.also(open.span, "this block is open");
                self.unopened(error);
            }
            None if self.phantoms > 0 => {}
            None => {
                self.phantoms += 1;
                let message = format!("`@{name}` has no `@if`");
                let error = self.after_foreign(Diagnostic::error(Code::UnexpectedDirective, span, message));
                self.unopened(error);
            }
        }
    }

    /// An `@else` or `@end` without its block: where a call may have been meant to open it, that call decides.
    fn unopened(&mut self, error: Diagnostic) {
        match &self.near_block {
            Some(name) => self.tree.unopened.push((Arc::clone(name), error)),
            None => self.errors.push(error),
        }
    }

    pub(super) fn close(&mut self, open: Open, line_break: Range<usize>) {
        let nodes = std::mem::replace(&mut self.nodes, open.outer);
        let Some(head) = open.head else {
            // What is wrong within is told as well.
            self.nodes.extend(nodes);
            return;
        };
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
        if let Err(error) = self.head(tagged, Builtin::Verbatim).and_then(|inside| inside.nothing()) {
            self.errors.push(error);
        }
        self.resume(from);
        if let Some(next) = self.until_end(from) {
            return next;
        }
        self.errors.push(
            Diagnostic::error(Code::UnclosedBlock, span, "`@verbatim()` has no `@end`")
                .label("opened here")
                .help("close it with `@end` alone on a line"),
        );
        let end = self.bytes.len();
        self.verbatim_until(end);
        self.resume(end)
    }

    /// Takes what stands before the next line that is `@end` as text; gives where to go on, if there is one.
    pub(super) fn until_end(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        while at < self.bytes.len() {
            let line_break = self.lines.line_break(at);
            if self.bytes[at..line_break.start].trim_ascii() == b"@end" {
                self.verbatim_until(at);
                return Some(self.resume(line_break.end));
            }
            at = line_break.end;
        }
        None
    }
}
