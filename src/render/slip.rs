//! A variable of the project that is written as one of a Dockerfile, or as templates of another tool write it.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceMap;
use crate::template::foreign_value;

/// Bytes of a place that are searched. A longer one is a line of very many words, which may have as many findings.
const LONGEST: usize = 4 << 10;

/// Adds how the variable is written, where a mistake was found at `${name}`, `{{ name }}` or another such form.
pub(crate) fn hint(diagnostic: Diagnostic, sources: &SourceMap, is_known: &dyn Fn(&str) -> bool) -> Diagnostic {
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
    let file = label.span.file;
    foreign_value::hint(diagnostic, file, bytes, start - before..end, is_known)
}
