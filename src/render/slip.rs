//! A variable of the project that is written as one of a Dockerfile, or as templates of another tool write it.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceMap, Span, is_name, is_word};
use crate::template::end_of_tag;

/// How other languages write the value of a name: what stands before it and behind it.
const FORMS: [(&[u8], &[u8]); 6] =
    [(b"${{", b"}}"), (b"{{", b"}}"), (b"${", b"}"), (b"$", b""), (b"{", b"}"), (b"@(", b")")];

/// Adds how the variable is written, where a mistake was found at `${name}`, `$name`, `{name}`, `{{ name }}` or `@(name)`.
pub(super) fn hint(diagnostic: Diagnostic, sources: &SourceMap, is_known: &dyn Fn(&str) -> bool) -> Diagnostic {
    let may_be = matches!(
        diagnostic.code,
        Code::UndefinedArgInFrom | Code::UndefinedVar | Code::UnknownStage | Code::InvalidInstruction
    );
    let Some(label) = diagnostic.primary.as_ref().filter(|_| may_be) else { return diagnostic };
    let file = sources.get(label.span.file);
    let bytes = file.bytes();
    let (start, end) = (label.span.start as usize, label.span.end as usize);
    if end - start > LONGEST {
        return diagnostic;
    }
    // The place may be that of the name only.
    let before = bytes[..start].iter().rev().take_while(|byte| b"@${ ".contains(byte)).count();
    let Some((start, name, end)) = find(bytes, start - before, end, is_known) else { return diagnostic };
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let span = Span::new(label.span.file, at(start), at(end));
    diagnostic.replace(format!("the project's `{name}` is written `@{{{name}}}`"), span, format!("@{{{name}}}"))
}

/// Bytes of a place that are searched. A longer one is a line of very many words, which may have as many findings.
const LONGEST: usize = 4 << 10;

/// The first known name that is written in one of the forms, with where the form begins and ends. What stands in `@{…}` is
/// written as it should be.
fn find<'b>(
    bytes: &'b [u8],
    start: usize,
    end: usize,
    is_known: &dyn Fn(&str) -> bool,
) -> Option<(usize, &'b str, usize)> {
    let mut at = start;
    while at < end {
        if bytes[at..].starts_with(b"@{") {
            at = end_of_tag(bytes, at + 1)? + 1;
            continue;
        }
        match FORMS.iter().find_map(|form| name_in(bytes, at, *form)) {
            Some((name, end)) if is_known(name) => return Some((at, name, end)),
            _ => at += 1,
        }
    }
    None
}

/// The name in a form that begins at a place, and where the form ends.
fn name_in<'b>(bytes: &'b [u8], at: usize, (open, close): (&[u8], &[u8])) -> Option<(&'b str, usize)> {
    let rest = bytes[at..].strip_prefix(open)?;
    let blanks = |text: &[u8]| if close.is_empty() { 0 } else { text.iter().take_while(|byte| **byte == b' ').count() };
    let rest = &rest[blanks(rest)..];
    let (name, behind) = rest.split_at(rest.iter().take_while(|byte| is_word(**byte)).count());
    let behind = behind[blanks(behind)..].strip_prefix(close)?;
    let name = std::str::from_utf8(name).ok().filter(|name| is_name(name))?;
    Some((name, bytes.len() - behind.len()))
}
