//! `{release}` in a path, where `@{release}` may be meant.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::template::delimiter::close;

use super::document::Text;
use super::layout::Layout;

/// The warnings of a path's text.
pub(super) fn warnings(file: FileId, text: Text<'_>, layout: &Layout) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut at = 0;
    while let Some(open) = text.value[at..].find('{').map(|found| at + found) {
        let inside = &text.value[open + 1..];
        at = open + 1;
        if text.value[..open].ends_with('@') {
            // An expression may hold braces of its own.
            at = close(text.value.as_bytes(), open).unwrap_or(text.value.len());
            continue;
        }
        let Some((name, _)) = inside.split_once('}') else { break };
        let value = match name {
            // The image's name is the target's.
            "image" if !layout.contains_key(name) => "target.image",
            _ if layout.contains_key(name.split('.').next().unwrap_or_default()) => name,
            _ => continue,
        };
        let place = |start: u32| {
            let offset = |at: usize| start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            Span::new(file, offset(open), offset(open + name.len() + 2))
        };
        let span = text.offset.map_or(text.span, place);
        let warning = Diagnostic::warning(Code::BareSigil, span, format!("`{{{name}}}` is plain text"));
        // What is written with escapes cannot be replaced by place.
        warnings.push(match text.offset {
            Some(_) => warning.replace("write this for its value", span, format!("@{{{value}}}")),
            None => warning.help(format!("its value is `@{{{value}}}`")),
        });
    }
    warnings
}
