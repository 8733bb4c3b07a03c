//! Comparisons with a value that an axis does not have: they are never true.

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::expression::{Use, UseKind, Value};
use crate::source::Span;

use super::axis::AxisValues;
use super::compile::quoted;
use super::interpolation::place;
use super::project::Project;

impl Project {
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

    /// A warning where an expression compares an axis with a text that none of its values is and that is near one of them.
    /// Others may be of a release that is gone, or to come.
    pub(super) fn wrong_comparison(&self, found: &Use<'_>) -> Option<Diagnostic> {
        let compared = found.compared()?;
        let axis = found.name;
        let texts: Vec<Value> = match compared.literal?.as_str() {
            Some(_) => vec![compared.literal?.clone()],
            None => compared.literal?.try_iter().ok()?.collect(),
        };
        let known = self.listed(axis)?;
        let mut wrong = texts.iter().filter_map(Value::as_str).filter(|text| !known.contains(*text));
        wrong.find_map(|text| Some(warning(axis, text, near(text, &known)?, compared.span, &known)))
    }

    /// The values of an axis, where they are all in the manifest and the name is that of nothing else.
    fn listed(&self, axis: &str) -> Option<IndexSet<String>> {
        let mut axes = self.images.iter().flat_map(|image| &image.matrix.axes).filter(|own| *own.axis.name == *axis);
        let mut listed = axes.by_ref().map(|own| matches!(own.axis.values, AxisValues::Listed(_))).peekable();
        listed.peek()?;
        if !listed.all(|listed| listed) || self.is_variable(axis) {
            return None;
        }
        let mut known = IndexSet::new();
        self.values_of(axis, &mut |text| {
            known.insert(text.to_owned());
            false
        });
        Some(known)
    }
}

/// The value that may be meant. What differs in digits, or goes on, is another version or variant.
fn near<'k>(text: &str, known: &'k IndexSet<String>) -> Option<&'k str> {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let near = did_you_mean(text, known.iter().map(String::as_str))?;
    let goes_on = near.starts_with(text) && near.len() > text.len() + 1;
    (letters(near) != letters(text) && !goes_on).then_some(near)
}

fn warning(axis: &str, text: &str, near: &str, span: Span, known: &IndexSet<String>) -> Diagnostic {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Diagnostic::warning(Code::UnknownAxisValue, span, format!("axis `{axis}` has no value `{text}`"))
        .label("no target has this value")
        .help(format!("did you mean `{near}`?"))
        .note(format!("values: {}", quoted(&known)))
}
