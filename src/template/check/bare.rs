//! Text that looks like a directive.

use std::collections::HashSet;

use super::super::builtin::Builtin;
use super::super::tree::BareForm;
use super::env::Home;
use super::{Checker, macro_names};
use crate::diagnostic::{Code, Diagnostic};

impl Checker<'_> {
    /// `@release` or `{{release}}` in text, where `release` is known.
    pub(super) fn bare(&mut self) {
        let macros: HashSet<&str> = macro_names(self.files.iter().map(|home| &*home.unit)).collect();
        for Home { unit, .. } in self.files.iter().filter(|home| !home.unit.tree.bare.is_empty()) {
            for bare in &unit.tree.bare {
                let name = &*bare.name;
                let is_value = unit.top().has(name) || self.names.contains(name);
                let is_macro = macros.contains(name) || Builtin::from_name(name).is_some();
                let error = match (bare.form, is_value, is_macro) {
                    (BareForm::Attached, _, true) => {
                        let message =
                            format!("`@{name}(` is plain text here: a letter, digit or underscore stands before it");
                        let error = Diagnostic::warning(Code::BareSigil, bare.span, message);
                        error.help(format!("for a call write a blank before it; for text write `@{{\"@\"}}{name}(`"))
                    }
                    (BareForm::Sigil, true, _) => {
                        let message = format!("`@{name}` is plain text");
                        let form = format!("@{{{name}}}");
                        Diagnostic::warning(Code::BareSigil, bare.span, message)
                            .replace("write this for its value", bare.span, form)
                            .help(format!("if text is meant, write `@{{\"@\"}}{name}`"))
                    }
                    (BareForm::Sigil, false, true) => {
                        let message = format!("`@{name}` is plain text");
                        Diagnostic::warning(Code::BareSigil, bare.span, message)
                            .help(format!("a call has parentheses, `@{name}(…)`; for text write `@{{\"@\"}}{name}`"))
                    }
                    (BareForm::Sigil, false, false) if bare.near.is_some() => {
                        let form = bare.near.map_or("", Builtin::form);
                        let message = format!("`@{name}` is plain text: did you mean `{form}`?");
                        Diagnostic::warning(Code::BareSigil, bare.span, message)
                            .help(format!("if text is meant, write `@{{\"@\"}}{name}`"))
                    }
                    (BareForm::Braces, true, _) => {
                        let message = format!("`{{{{{name}}}}}` is plain text");
                        Diagnostic::warning(Code::BareSigil, bare.span, message)
                            .replace("write this for its value", bare.span, format!("@{{{name}}}"))
                            .help(format!("if text is meant, write `@{{\"{{{{{name}}}}}\"}}`"))
                    }
                    _ => continue,
                };
                self.errors.push(error);
            }
        }
    }
}
