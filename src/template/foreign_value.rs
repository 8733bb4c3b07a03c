//! The value of a name as other languages write it: `${name}`, `$name`, `{name}`, `{{ name }}`, `@(name)`, `@name`.

use std::ops::Range;

use super::end_of_tag;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, is_name, is_word};

/// What stands before a name and behind it.
const FORMS: [(&[u8], &[u8]); 7] =
    [(b"${{", b"}}"), (b"{{", b"}}"), (b"${", b"}"), (b"$", b""), (b"{", b"}"), (b"@(", b")"), (b"@", b"")];

/// A name in one of the forms.
pub(crate) struct ForeignValue<'b> {
    pub(crate) name: &'b str,
    /// All of the form.
    pub(crate) place: Range<usize>,
}

/// The first known name that is written in one of the forms. What stands in `@{…}` is written as it should be.
pub(crate) fn find<'b>(
    bytes: &'b [u8],
    within: Range<usize>,
    is_known: &dyn Fn(&str) -> bool,
) -> Option<ForeignValue<'b>> {
    let mut at = within.start;
    while at < within.end {
        if bytes[at..].starts_with(b"@{") {
            at = end_of_tag(bytes, at + 1)? + 1;
            continue;
        }
        match self::at(bytes, at) {
            Some(found) if is_known(found.name) => return Some(found),
            _ => at += 1,
        }
    }
    None
}

/// The name in the form that begins at a place.
pub(crate) fn at(bytes: &[u8], at: usize) -> Option<ForeignValue<'_>> {
    let is_attached = bytes.get(at) == Some(&b'@') && at > 0 && is_word(bytes[at - 1]);
    let (name, end) = FORMS.iter().find_map(|form| name_in(bytes, at, *form)).filter(|_| !is_attached)?;
    Some(ForeignValue { name, place: at..end })
}

/// The known names in double braces, in a text that has no tags.
pub(super) fn in_double_braces(bytes: &[u8], within: Range<usize>) -> impl Iterator<Item = ForeignValue<'_>> {
    let starts = memchr::memmem::find_iter(&bytes[within.clone()], b"{{").map(move |at| within.start + at);
    starts.filter_map(|at| {
        let (name, end) = name_in(bytes, at, (b"{{", b"}}"))?;
        // A workflow's `${{ name }}`.
        let start = at - usize::from(at > 0 && bytes[at - 1] == b'$');
        Some(ForeignValue { name, place: start..end })
    })
}

/// Adds how the first known name that is written so at a place is written here.
pub(crate) fn hint(
    diagnostic: Diagnostic,
    file: FileId,
    bytes: &[u8],
    within: Range<usize>,
    is_known: &dyn Fn(&str) -> bool,
) -> Diagnostic {
    let Some(ForeignValue { name, place }) = find(bytes, within, is_known) else { return diagnostic };
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let span = Span::new(file, at(place.start), at(place.end));
    diagnostic.replace(format!("the project's `{name}` is written `@{{{name}}}`"), span, format!("@{{{name}}}"))
}

/// The name in a form that begins at a place, and where the form ends.
fn name_in<'b>(bytes: &'b [u8], at: usize, (open, close): (&[u8], &[u8])) -> Option<(&'b str, usize)> {
    let rest = bytes[at..].strip_prefix(open)?;
    let blanks = |text: &[u8]| if close.is_empty() { 0 } else { text.iter().take_while(|byte| **byte == b' ').count() };
    let rest = &rest[blanks(rest)..];
    let (name, behind) = rest.split_at(rest.iter().take_while(|byte| is_word(**byte)).count());
    let behind = behind[blanks(behind)..].strip_prefix(close)?;
    // `@name(` calls a macro.
    let is_call = open == b"@" && behind.starts_with(b"(");
    let name = std::str::from_utf8(name).ok().filter(|name| is_name(name) && !is_call)?;
    Some((name, bytes.len() - behind.len()))
}
