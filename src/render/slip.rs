//! A variable of the project that is written as one of a Dockerfile, or as templates of another tool write it.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceMap, Span, is_name};

/// Adds how the variable is written, where a mistake was found at `${name}`, `$name`, `{name}` or `{{ name }}`.
pub(super) fn hint(diagnostic: Diagnostic, sources: &SourceMap, is_known: &dyn Fn(&str) -> bool) -> Diagnostic {
    let may_be = matches!(
        diagnostic.code,
        Code::UndefinedArgInFrom | Code::UndefinedVar | Code::UnknownStage | Code::InvalidInstruction
    );
    let Some(label) = diagnostic.primary.as_ref().filter(|_| may_be) else { return diagnostic };
    let file = sources.get(label.span.file);
    let is_sign = |byte: &u8| b"${} ".contains(byte);
    let bytes = file.bytes();
    let before = bytes[..label.span.start as usize].iter().rev().take_while(|byte| is_sign(byte)).count();
    let start = label.span.start as usize - before;
    let start = start + bytes[start..].iter().take_while(|byte| **byte == b' ').count();
    let count = |from: usize, is: &dyn Fn(&u8) -> bool| bytes[from..].iter().take_while(|byte| is(byte)).count();
    let first = start + count(start, &is_sign);
    let last = first + count(first, &|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let end = last + count(last, &|byte| b" }".contains(byte));
    let end = end - bytes[last..end].iter().rev().take_while(|byte| **byte == b' ').count();
    let name = String::from_utf8_lossy(&bytes[first..last]);
    if first == start || !is_name(&name) || !is_known(&name) {
        return diagnostic;
    }
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let span = Span::new(label.span.file, at(start), at(end));
    diagnostic.replace(format!("the project's `{name}` is written `@{{{name}}}`"), span, format!("@{{{name}}}"))
}
