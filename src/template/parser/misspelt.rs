//! Lines that are surely meant as a directive, although they are written as none.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, is_word};

use super::super::builtin::Builtin;
use super::super::foreign;
use super::super::lines::is_blank;
use super::super::tree::{Bare, BareForm};
use super::{LITERAL, Parser};

/// What a line is surely meant as.
pub(super) struct Meant {
    builtin: Builtin,
    /// The whole line as it is meant, where more is wrong than the word.
    line: Option<String>,
}

impl Parser<'_> {
    /// What a line is surely meant as that begins with a word which is no directive and ends at `end`.
    pub(super) fn meant(&self, word: &str, end: usize) -> Option<Meant> {
        let near = self.near(word);
        if let Some(builtin) = near.filter(|_| self.lines.tail(end).blank) {
            return Some(Meant { builtin, line: None });
        }
        // Taken for text, a misspelt `@else` or `@end` of a block would drop what stands between the two.
        if self.blocks.is_empty() { None } else { meant_with(near, word, self.rest(end)) }
    }

    /// What stands behind `end` on its line.
    fn rest(&self, end: usize) -> &[u8] {
        &self.bytes[end..self.lines.line_break(end).start]
    }

    /// The builtin that a word alone on its line is surely meant as.
    fn near(&self, word: &str) -> Option<Builtin> {
        let in_block = !self.blocks.is_empty();
        let other = || foreign::in_block(word).filter(|_| in_block);
        Builtin::near(word, in_block).or_else(other)
    }

    /// A line of a block whose `@` stands apart from the word: `@ else`, `@-elif(x)`. It would be a text of that block.
    pub(super) fn apart(&mut self, at: usize) -> usize {
        let start = at + 1 + foreign::apart(&self.bytes[at + 1..]);
        let end = start + self.bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        let Ok(word) = std::str::from_utf8(&self.bytes[start..end]) else { return end };
        let tail = self.lines.tail(end);
        let is_call = self.bytes.get(end) == Some(&b'(');
        let meant = foreign::directive(word, &self.bytes[end..]).or_else(|| {
            let named = if is_call { Builtin::from_name(word) } else { self.near(word) };
            named.filter(|builtin| builtin.is_bare() != is_call)
        });
        match meant.filter(|builtin| !builtin.is_bare() || tail.blank) {
            Some(builtin) => self.misspelt(Meant { builtin, line: None }, at..end, tail.line_break.end),
            None => end,
        }
    }

    /// The error of a line that is surely meant as a directive; it goes on as if it were that one.
    pub(super) fn misspelt(&mut self, meant: Meant, place: Range<usize>, next: usize) -> usize {
        let Meant { builtin: near, line } = meant;
        let Range { start: at, end } = place;
        let span = self.span(at, end);
        let name = String::from_utf8_lossy(&self.bytes[at..end]);
        let error = Diagnostic::error(Code::TagSyntax, span, format!("there is no directive `{name}`")).note(LITERAL);
        let whole = self.span(at, self.lines.line_break(end).start);
        let (whole, form) = line.map_or((span, near.form().to_owned()), |line| (whole, line));
        let help = format!("did you mean `{form}`?");
        let block = self.blocks.last().map(|open| open.builtin);
        self.errors.push(match near {
            // Where it would be a mistake, too, it is not what was meant.
            Builtin::End if block.is_none() => error,
            Builtin::Else | Builtin::Elif if block != Some(Builtin::If) => error,
            _ if near.is_bare() || whole != span => error.replace(help, whole, form),
            _ => error.help(help),
        });
        self.text_until(self.lines.start());
        if !near.is_bare() {
            self.guessed_openers += usize::from(self.open_unreadable(near, span));
        } else if block.is_some() {
            self.bare_directive(near, at, false);
        }
        self.resume(next)
    }

    /// `@name` that is text, and may be meant as a directive.
    pub(super) fn bare_near(&mut self, name: &str, at: usize) -> usize {
        let end = at + 1 + name.len();
        let span: Span = self.span(at, end);
        let near = Builtin::near(name, true).filter(|near| near.is_bare());
        let rest = self.rest(end);
        let is_apart = rest.first().is_none_or(|byte| is_blank(*byte));
        let near = if self.blocks.is_empty() {
            near.filter(|_| meant_with(near, name, rest).is_some())
        } else {
            near.filter(|_| is_apart)
        };
        self.tree.bare.push(Bare { name: name.into(), span, form: BareForm::Sigil, near });
        end
    }
}

/// As [`Parser::meant`], where more stands on the line.
fn meant_with(near: Option<Builtin>, word: &str, rest: &[u8]) -> Option<Meant> {
    let text = std::str::from_utf8(rest).ok()?.trim();
    let joined = || Builtin::from_name(&format!("{word}{text}")).filter(|builtin| builtin.is_bare());
    let near = near.filter(|near| near.is_bare() || *near == Builtin::Elif).or_else(joined)?;
    let form = near.form();
    let goes_on_with_if = || {
        let (start, behind) = text.split_at_checked(2)?;
        let is_if = start.eq_ignore_ascii_case("if") && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        is_if.then(|| foreign::mended(Builtin::Elif, rest))
    };
    let (builtin, line) = match text.as_bytes() {
        _ if joined().is_some() => (near, form.to_owned()),
        [b'@', b'#', ..] => (near, format!("{form} {text}")),
        [b'#', ..] => (near, format!("{form} @{text}")),
        [b':' | b';' | b'.' | b',' | b'!', ..] if text.bytes().all(|byte| b":;.,!".contains(&byte)) => {
            (near, form.to_owned())
        }
        [b'(', .., b')'] if near == Builtin::Elif => {
            return Some(Meant { builtin: near, line: foreign::mended(near, rest) });
        }
        _ if near == Builtin::Else => return Some(Meant { builtin: Builtin::Elif, line: goes_on_with_if()? }),
        _ => return None,
    };
    // What the form of `@elif` has no place for is its condition.
    Some(Meant { builtin, line: builtin.is_bare().then_some(line) })
}
