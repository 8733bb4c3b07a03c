//! Where a value that an error is about was written: what is to be changed is often there, in data or in the manifest.

use super::births::{Birth, Births};
use super::follow::Follower;
use super::tree::{Call, Node, NodeKind, Postfix, PostfixKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Adds to an error where the value was written that it is about. `own`: the place of the expression that has the value; what
/// is written there is seen already.
pub(crate) fn come_from(error: Diagnostic, births: &Births, own: Span) -> Diagnostic {
    let Some(file) = error.primary.as_ref().map(|label| label.span.file) else { return error };
    if error.has_birth() {
        return error;
    }
    let mut places = births.places();
    places.retain(|birth| !birth.is_choice && birth.frame.is_none() && !within(birth.span, own));
    // Of a text in the manifest that holds a value of data, the data is last.
    let Some(last) = places.iter().rfind(|birth| birth.span.file != file).or(places.last()) else { return error };
    let beside = |birth: &&Birth| birth.span.file == last.span.file;
    let (first, count) = (places.iter().find(beside), places.iter().filter(beside).count());
    let said = if count > 1 { "a part of the value comes from here" } else { "the value comes from here" };
    match first {
        Some(birth) => error.born_at(birth.span, &birth.keys, said),
        None => error,
    }
}

fn within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Adds to an error of an expression where the value was written that it is about.
pub(super) fn trace(root: &Node, error: Diagnostic, follower: &Follower<'_>) -> Diagnostic {
    // What is too large is not looked through once more.
    let place = error.primary.as_ref().filter(|_| error.code != Code::LimitExceeded).map(|label| label.span);
    match place {
        Some(place) if within(place, root.span) => {
            let births = part(root, place, follower);
            come_from(error, &births, root.span)
        }
        _ => error,
    }
}

/// The births of the part of an expression that an error is about, which stands at `place`.
fn part(node: &Node, place: Span, follower: &Follower<'_>) -> Births {
    if let NodeKind::Postfix(base, steps) = &node.kind {
        return of_steps(base, steps, place, follower);
    }
    let inner = children(node).into_iter().find(|inner| within(place, inner.span));
    match inner {
        Some(inner) => part(inner, place, follower),
        None => follower.births(node),
    }
}

/// Of `value.key|filter(…)`: what stands in parentheses or brackets, or the value to which the step at the place is done.
fn of_steps(base: &Node, steps: &[Postfix], place: Span, follower: &Follower<'_>) -> Births {
    if within(place, base.span) {
        return part(base, place, follower);
    }
    let Some(at) = steps.iter().position(|step| within(place, step.span)) else {
        // The value as far as it is written there.
        let end = steps.iter().take_while(|step| step.span.end <= place.end).count();
        return follower.postfix(base, &steps[..end]);
    };
    let within_step = match &steps[at].kind {
        PostfixKind::Index(index) if index.span != place => vec![index],
        PostfixKind::Key(..) | PostfixKind::Index(_) => Vec::new(),
        PostfixKind::Slice(parts) => parts.iter().flatten().collect(),
        PostfixKind::Method(call) | PostfixKind::Filter(call, _) | PostfixKind::Test { call, .. } => given(call),
    };
    match within_step.into_iter().find(|inner| within(place, inner.span)) {
        Some(inner) => part(inner, place, follower),
        None => follower.postfix(base, &steps[..at]),
    }
}

fn given(call: &Call) -> Vec<&Node> {
    let arguments = &call.arguments;
    arguments.positional.iter().chain(arguments.keywords.iter().map(|(.., node)| node)).collect()
}

fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::Constant(_) | NodeKind::Name(_) | NodeKind::Postfix(..) => Vec::new(),
        NodeKind::List(nodes) | NodeKind::All(nodes) | NodeKind::Any(nodes) => nodes.iter().collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        NodeKind::Group(inner) | NodeKind::Not(inner) | NodeKind::Negate(inner) => vec![inner],
        NodeKind::Chain(first, rest) => std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)).collect(),
        NodeKind::Compare(first, rest) => std::iter::once(&**first).chain(rest.iter().map(|(.., node)| node)).collect(),
        NodeKind::Choice(choices, otherwise) => {
            let choices = choices.iter().flat_map(|(value, condition)| [value, condition]);
            choices.chain([&**otherwise]).collect()
        }
        NodeKind::Call(call) => given(call),
    }
}
