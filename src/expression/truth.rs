//! Whether a value counts as true, where that decides something.

use minijinja::Value;

use super::Scope;
use crate::diagnostic::Code;
use crate::source::Span;

/// Is it true? Of a text that says no, the user is warned: only the empty text is false.
pub(super) fn holds(value: &Value, span: Span, scope: &dyn Scope) -> bool {
    if let Some(text) = value.as_str().filter(|text| says_no(text))
        && let Some(warnings) = scope.warnings()
    {
        let message = format!("the text `{text}` counts as true here");
        warnings.add(Code::WrongType, span, &message, |warning| {
            warning
                .label("only an empty text is false")
                .note(
                    "`-D name=false` gives text, unless `@default` or the manifest says that the name is true or false",
                )
                .help(format!("compare it: `== \"{text}\"`"))
        });
    }
    value.is_true()
}

/// Texts that look false.
fn says_no(text: &str) -> bool {
    ["false", "no", "off", "0", "none"].iter().any(|no| text.eq_ignore_ascii_case(no))
}
