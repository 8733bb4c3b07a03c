//! Comparisons with a value that an axis does not have: they are never true.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, misspelt};
use crate::expression::{Use, UseKind, Value};
use crate::source::Span;

use super::compile::quoted;
use super::interpolation::place;
use super::manifest::Manifest;

impl Manifest {
    /// A warning for each such comparison in the strings and excludes of images, and for each key that no value has.
    pub(super) fn unlikely_uses(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for image in &self.images {
            let mut look = |found: Use<'_>, whole| {
                if found.kind == UseKind::Name {
                    // To know the values of an axis that depends on others, all points would have to be walked.
                    let warning = found.compared().filter(|_| self.is_fixed(found.name));
                    let warning = warning.and_then(|_| self.wrong_comparison(&found));
                    let warning = warning.or_else(|| image.unlikely_key(&found, &self.guesses));
                    wrong.extend(warning.map(|warning| place(warning, whole)));
                }
            };
            image.uses(&mut look);
            image.matrix.excludes.uses(&mut look);
        }
        wrong
    }

    /// A warning where an expression compares an axis with a text that is almost one of its values. Any other text may
    /// name a release that was dropped or is yet to come.
    pub(super) fn wrong_comparison(&self, found: &Use<'_>) -> Option<Diagnostic> {
        let compared = found.compared()?;
        let axis = found.name;
        let texts: Vec<Value> = match compared.literal?.as_str() {
            Some(_) => vec![compared.literal?.clone()],
            None => compared.literal?.try_iter().ok()?.collect(),
        };
        let known = self.own_values(axis)?;
        let mut wrong = texts.iter().filter_map(Value::as_str).filter(|text| !known.contains(*text));
        wrong.find_map(|text| {
            if !self.guesses.may_compare(known.len()) {
                return None;
            }
            Some(warning(axis, text, misspelt(text, known.iter().map(|known| &**known))?, compared.span, known))
        })
    }
}

fn warning(axis: &str, text: &str, near: &str, span: Span, known: &IndexSet<Arc<str>>) -> Diagnostic {
    let known: Vec<&str> = known.iter().map(|known| &**known).collect();
    Diagnostic::warning(Code::UnknownAxisValue, span, format!("axis `{axis}` has no value `{text}`"))
        .label("no target has this value")
        .help(format!("did you mean `{near}`?"))
        .note(format!("values: {}", quoted(&known)))
}
