//! Macros: how they are called, and what is in them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, did_you_mean, mistyped};
use crate::expression::Arguments;
use crate::source::Span;
use crate::stack::deeper;

use super::super::arity::arity;
use super::super::builtin::Builtin;
use super::super::tree::{Macro, Name, ParameterKind};
use super::env::{Env, find, macro_env};
use super::{Checker, macro_names, no_macro, unknown_macro};

/// How deep the checks of macros may nest; macros that are called further in are checked later.
pub(super) const MAX_NESTED: usize = 100;

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &Name, arguments: &Arguments, span: Span, with_block: bool, env: &Env) {
        let Some((definition, files)) = find(env, &name.text) else {
            let units = || env.files.iter().map(|home| &*home.unit);
            // What an import that could not be read would have brought may have any name, but for a slip in a known one.
            let is_slip = || {
                did_you_mean(&name.text, macro_names(units())).is_some()
                    || mistyped(&name.text, Builtin::names()).is_some()
            };
            if env.is_unread(&name.text) || env.is_lost() && !is_slip() {
                return;
            }
            let others = units().map(|unit| unit.macros.len()).sum();
            let error = self
                .look_into(no_macro(name), others, |guesses| unknown_macro(name, macro_names(units()).take(guesses)));
            if let Some(error) = error.and_then(|error| env.unless_lost(error)) {
                self.tell(error);
            }
            return;
        };
        let later = definition.name.span.file == name.span.file && definition.name.span.start > name.span.start;
        if later && !env.in_macro {
            let message = format!("macro `{}` is defined further down", name.text);
            let error = Diagnostic::error(Code::UnknownMacro, name.span, message);
            self.errors.push(error.also(definition.name.span, "defined here").help("define it above its first call"));
        }
        self.errors.extend(arity(&definition, arguments, span));
        self.block(&definition, name, with_block);
        let home = macro_env(files);
        let meant = self.may_mean().then(|| env.of_call(&definition, arguments, &home));
        self.definition(&definition, || home);
        if let Some(meant) = meant {
            self.meant(definition.name.span, meant, |checker, env| checker.body(&definition, env));
        }
    }

    fn block(&mut self, definition: &Macro, name: &Name, with_block: bool) {
        let text = &name.text;
        let message = match (definition.places_body, with_block) {
            (false, true) => format!("macro `{text}` places no block: what stands in this one would be lost"),
            (true, false) => format!("macro `{text}` places a block with `@body()`, but none is given"),
            _ => return,
        };
        let help =
            if with_block { format!("write `@{text}(…)`") } else { format!("write `@call({text}, …)` … `@end`") };
        let error = Diagnostic::error(Code::Misplaced, name.span, message).also(definition.name.span, "defined here");
        self.errors.push(error.help(help));
    }

    /// Checks a macro's body, once: at its call, so that errors come in the order of the calls.
    fn definition(&mut self, definition: &Arc<Macro>, home: impl FnOnce() -> Env) {
        if self.again || !self.called.insert(definition.name.span) {
            return;
        }
        if self.nested < MAX_NESTED {
            self.nested += 1;
            deeper(|| self.body(definition, &mut home()));
            self.nested -= 1;
        } else {
            self.waiting.push_back((Arc::clone(definition), home(), self.imports));
        }
    }

    /// Checks the macros that were too deep in others for the stack.
    pub(super) fn definitions(&mut self) {
        while let Some((definition, mut home, imports)) = self.waiting.pop_front() {
            self.imports = imports;
            self.body(&definition, &mut home);
        }
        self.imports = false;
    }

    fn body(&mut self, definition: &Macro, env: &mut Env) {
        for parameter in &definition.parameters {
            if let ParameterKind::Default(default) = &parameter.kind {
                self.expression(default, env);
            }
            env.parameter(&parameter.name.text);
        }
        self.nodes(&definition.nodes, env);
    }

    /// Also checks the macros that nothing calls.
    pub(super) fn uncalled(&mut self) {
        for home in self.files.clone() {
            let env = macro_env(Cow::Borrowed(std::slice::from_ref(&home)));
            for definition in &home.unit.tree.macros {
                self.definition(definition, || env.clone());
            }
        }
        self.definitions();
    }
}
