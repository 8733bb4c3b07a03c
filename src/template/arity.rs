//! Errors in the number and names of arguments for the user's own macros and functions.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, plural};
use crate::expression::Arguments;
use crate::source::Span;

use super::tree::{Function, Macro, ParameterKind};

pub(super) fn function_arity(
    function: &Function,
    positional: usize,
    keywords: &[Arc<str>],
    span: Span,
) -> Option<Diagnostic> {
    let wanted = function.parameters.len();
    let unknown = keywords.iter().any(|keyword| function.parameters.iter().all(|known| known.text != *keyword));
    if positional + keywords.len() == wanted && !unknown {
        return None;
    }
    let takes = plural(wanted, "argument");
    let message = format!("`{}` takes {takes}, not {}", function.name.text, positional + keywords.len());
    Some(Diagnostic::error(Code::WrongArguments, span, message).also(function.name.span, "defined here"))
}

/// The message for arguments that a macro does not take, `None` where they fit.
pub(super) fn arity(definition: &Macro, given: &Arguments, span: Span) -> Option<Diagnostic> {
    let name = &definition.name.text;
    let parameters = &definition.parameters;
    let rest = parameters.iter().any(|parameter| matches!(parameter.kind, ParameterKind::Rest));
    let plain = parameters.iter().filter(|parameter| !matches!(parameter.kind, ParameterKind::Rest));
    let names: Vec<&str> = plain.map(|parameter| &*parameter.name.text).collect();
    let wrong = |at: Span, message: String| {
        let error = Diagnostic::error(Code::WrongArguments, at, message);
        Some(error.also(definition.name.span, "defined here"))
    };
    if let (Some(extra), false) = (given.positional.get(names.len()), rest) {
        let takes = plural(names.len(), "argument");
        return wrong(extra.span(), format!("`{name}` takes {takes}, not {}", given.positional.len()));
    }
    for (keyword, at, _) in &given.keywords {
        let Some(index) = names.iter().position(|known| *known == &**keyword) else {
            let error = wrong(*at, format!("`{name}` has no parameter `{keyword}`"));
            return error.map(|error| error.suggest(*at, keyword, names.iter().copied()));
        };
        if index < given.positional.len() {
            return wrong(*at, format!("`{keyword}` is given twice: by its place and by its name"));
        }
    }
    let missing = parameters.iter().enumerate().filter(|(index, parameter)| {
        matches!(parameter.kind, ParameterKind::Required)
            && *index >= given.positional.len()
            && given.keywords.iter().all(|(keyword, ..)| *keyword != parameter.name.text)
    });
    let missing: Vec<String> = missing.map(|(_, parameter)| format!("`{}`", parameter.name.text)).collect();
    if missing.is_empty() { None } else { wrong(span, format!("`{name}` wants {}", missing.join(" and "))) }
}
