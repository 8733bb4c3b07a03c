//! Comparisons with a value that an axis does not have: they are never true.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::expression::{Use, UseKind, Value};
use crate::source::Span;

use super::compile::quoted;
use super::interpolation::place;
use super::manifest::Manifest;

impl Manifest {
    /// A warning for each such comparison in the strings of images.
    pub(super) fn wrong_comparisons(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for image in &self.images {
            image.uses(&mut |found, whole| {
                let warning = self.wrong_comparison(&found).filter(|_| found.kind == UseKind::Name);
                wrong.extend(warning.map(|warning| place(warning, whole)));
            });
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
        let known = self.listed_values(axis)?;
        let mut wrong = texts.iter().filter_map(Value::as_str).filter(|text| !known.contains(*text));
        wrong.find_map(|text| Some(warning(axis, text, near(text, known)?, compared.span, known)))
    }
}

/// The value that may be meant. A text that differs only in digits, or that a value continues, names another version or
/// variant.
fn near<'k>(text: &str, known: &'k IndexSet<Arc<str>>) -> Option<&'k str> {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let near = did_you_mean(text, known.iter().map(|known| &**known))?;
    let goes_on = near.starts_with(text) && near.len() > text.len() + 1;
    (letters(near) != letters(text) && !goes_on).then_some(near)
}

fn warning(axis: &str, text: &str, near: &str, span: Span, known: &IndexSet<Arc<str>>) -> Diagnostic {
    let known: Vec<&str> = known.iter().map(|known| &**known).collect();
    Diagnostic::warning(Code::UnknownAxisValue, span, format!("axis `{axis}` has no value `{text}`"))
        .label("no target has this value")
        .help(format!("did you mean `{near}`?"))
        .note(format!("values: {}", quoted(&known)))
}
