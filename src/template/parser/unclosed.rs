//! Tags whose closing bracket or quote is missing: where it is surely missing, and how to go on.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, is_word};

use super::super::builtin::Builtin;
use super::super::delimiter::{self, LineEnd, Unclosed};
use super::{LITERAL, Parser, Tagged};

impl Parser<'_> {
    /// Finds the closing bracket; an error where there is none.
    pub(super) fn delimited(&mut self, at: usize, open: usize) -> Option<Tagged> {
        let unclosed = match delimiter::close(self.bytes, open) {
            Ok(close) => return Some(Tagged { at, open, close, next: close + 1, is_mended: false }),
            Err(unclosed) => unclosed,
        };
        let line_end = self.lines.line_break(open).start;
        let error = match delimiter::line_end(&self.bytes[..line_end], open) {
            LineEnd::Closable(close) => {
                let tagged = Tagged { at, open, close, next: line_end, is_mended: true };
                self.errors.push(self.no_bracket(tagged));
                return Some(tagged);
            }
            LineEnd::InString(quote) => self.no_quote(at, open, quote),
            LineEnd::Elsewhere => {
                let end = match unclosed {
                    Unclosed::String(_) => self.bytes.len(),
                    Unclosed::Mismatch { close, .. } => close,
                    Unclosed::Bracket(_) | Unclosed::TooLong => open + 1,
                };
                match delimiter::run_on(&self.bytes[..end], open) {
                    Some(quote) => self.no_quote(at, open, quote),
                    None => unclosed.error(self.bytes, at, open, |start, end| self.span(start, end)),
                }
            }
        };
        self.errors.push(error.note(LITERAL));
        None
    }

    /// Reads what stands between the brackets. Where it cannot be read because of what stands on a later line, the bracket
    /// or quote is missing on the first: then that is the error, and what the first line says is taken.
    pub(super) fn read<T>(
        &mut self,
        tagged: &mut Tagged,
        read: impl Fn(&Self, Tagged) -> Result<T, Diagnostic>,
    ) -> Result<T, Diagnostic> {
        let error = match read(self, *tagged) {
            Ok(read) => return Ok(read),
            // One bracket is one mistake, even if it is not enough to add it.
            Err(error) if tagged.is_mended => {
                return Err(self.errors.pop().map_or(error, |told| Diagnostic { help: Vec::new(), ..told }));
            }
            Err(error) => error,
        };
        let line_end = self.lines.line_break(tagged.open).start;
        let is_later = error.primary.as_ref().is_some_and(|label| label.span.start as usize > line_end);
        if !is_later {
            return Err(error);
        }
        match delimiter::line_end(&self.bytes[..line_end], tagged.open) {
            LineEnd::Closable(close) => {
                let shorter = Tagged { close, next: line_end, ..*tagged };
                let read = read(self, shorter).map_err(|_| error)?;
                self.errors.push(self.no_bracket(shorter));
                *tagged = shorter;
                Ok(read)
            }
            LineEnd::InString(quote) => Err(self.no_quote(tagged.at, tagged.open, quote).note(LITERAL)),
            LineEnd::Elsewhere => match delimiter::run_on(&self.bytes[..tagged.close], tagged.open) {
                Some(quote) => Err(self.no_quote(tagged.at, tagged.open, quote).note(LITERAL)),
                None => Err(error),
            },
        }
    }

    /// The place of a tag.
    pub(super) fn tag_span(&self, tagged: Tagged) -> Span {
        self.span(tagged.at, tagged.next)
    }

    /// Takes note of the names in a directive that could not be read.
    pub(super) fn unreadable(&mut self, builtin: Builtin, inside: Range<usize>) {
        let names = self.names(inside);
        self.tree.unreadable(builtin, names);
    }

    /// The words of a part of the file.
    pub(super) fn names(&self, inside: Range<usize>) -> Vec<Arc<str>> {
        let words = self.bytes[inside].split(|byte| !is_word(*byte));
        words.filter_map(|word| std::str::from_utf8(word).ok()).filter(|word| !word.is_empty()).map(Arc::from).collect()
    }

    fn no_bracket(&self, tagged: Tagged) -> Diagnostic {
        let Tagged { open, close: end, .. } = tagged;
        let (opened, missing) = if self.bytes[open] == b'{' { ('{', '}') } else { ('(', ')') };
        let error = Diagnostic::error(Code::TagSyntax, self.span(end, end), format!("`{opened}` is never closed"))
            .label(format!("expected `{missing}`"))
            .also(self.span(open, open + 1), "opened here");
        error.replace(format!("close it with `{missing}`"), self.span(end, end), missing.to_string())
    }

    fn no_quote(&self, at: usize, open: usize, quote: usize) -> Diagnostic {
        let span = self.span(quote, quote + 1);
        Diagnostic::error(Code::TagSyntax, span, "this string has no closing quote on its line")
            .also(self.span(at, open + 1), "the tag begins here")
    }
}
