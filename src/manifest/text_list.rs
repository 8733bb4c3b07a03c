//! Lists of texts, such as tags: their elements, or all of the list, may come from expressions.

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Scope;
use crate::source::Span;

use super::interpolation::{Interpolation, printed};
use super::matrix::describe;

/// A list of texts.
#[derive(Default)]
pub(super) struct TextList {
    elements: Vec<Interpolation>,
    form: Form,
}

/// How a list of texts is written.
#[derive(Default, PartialEq, Eq)]
enum Form {
    /// As a list. An element that is one `@{ }` may give a list, whose elements stand in its place.
    #[default]
    List,
    /// As one `@{ }` that gives a list.
    Whole,
    /// As one text, which cannot give a list.
    One,
}

impl TextList {
    pub(super) fn list(elements: Vec<Interpolation>) -> Self {
        Self { elements, form: Form::List }
    }

    pub(super) fn whole(element: Interpolation) -> Self {
        Self { elements: vec![element], form: Form::Whole }
    }

    pub(super) fn one(element: Interpolation) -> Self {
        Self { elements: vec![element], form: Form::One }
    }

    /// The elements as they are written.
    pub(super) fn written(&self) -> &[Interpolation] {
        &self.elements
    }

    /// Calls `take` with each text and the place that gives it; those that come out empty are left out.
    pub(super) fn each(
        &self,
        scope: &dyn Scope,
        problems: &mut Vec<Diagnostic>,
        take: &mut dyn FnMut(String, Span) -> Result<(), Diagnostic>,
    ) {
        for element in &self.elements {
            if let Err(problem) = self.element(element, scope, problems, take) {
                problems.push(problem);
            }
        }
    }

    fn element(
        &self,
        element: &Interpolation,
        scope: &dyn Scope,
        problems: &mut Vec<Diagnostic>,
        take: &mut dyn FnMut(String, Span) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let span = element.span();
        if !element.is_lone() || self.form == Form::One {
            let text = element.text(scope)?;
            return if text.is_empty() { Ok(()) } else { take(text, span) };
        }
        let value = element.value(scope)?;
        if self.form == Form::Whole && !is_list(&value) {
            let message = format!("the expression gives {}, not a list", describe(&value));
            let error = Diagnostic::error(Code::WrongType, span, message);
            return Err(error.help("a list of one element is written `[\"@{ … }\"]`"));
        }
        splice(&value, &mut |value| {
            let taken = printed(value, span).map(std::borrow::Cow::into_owned);
            let taken = taken.and_then(|text| if text.is_empty() { Ok(()) } else { take(text, span) });
            problems.extend(taken.err());
        });
        Ok(())
    }

    /// The places of the texts that come out, of which there are so many.
    pub(super) fn places(&self, scope: &dyn Scope, count: usize) -> Vec<Span> {
        let mut places = Vec::with_capacity(count);
        if count == self.elements.len() && !self.elements.iter().any(Interpolation::is_lone) {
            places.extend(self.elements.iter().map(Interpolation::span));
        } else {
            self.each(scope, &mut Vec::new(), &mut |_, span| {
                places.push(span);
                Ok(())
            });
        }
        places
    }
}

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// Visits a value, or the elements of a list and of the lists in it. How deep lists stand in each other is bounded.
fn splice(value: &Value, visit: &mut dyn FnMut(&Value)) {
    if !is_list(value) {
        return visit(value);
    }
    value.try_iter().into_iter().flatten().for_each(|element| splice(&element, visit));
}
