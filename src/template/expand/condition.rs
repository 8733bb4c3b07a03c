//! `@if` … `@elif` … `@else`: the first branch whose condition is true.

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Expression;
use crate::source::Span;
use crate::template::tree::Node;

use super::Expander;

impl Expander<'_> {
    pub(super) fn branches(&mut self, branches: &[(Expression, Vec<Node>)], otherwise: &[Node]) {
        for (condition, nodes) in branches {
            if !self.step_on(|| condition.span()) {
                return;
            }
            match self.evaluate(condition) {
                Some(value) if value.is_true() => {
                    if let Some(text) = value.as_str().filter(|text| looks_false(text)) {
                        self.report(true_all_the_same(text, condition.span()));
                    }
                    return self.nodes(nodes);
                }
                Some(_) => {}
                None => return,
            }
        }
        self.nodes(otherwise);
    }
}

/// Texts that say no, but are texts: only the empty one is false.
fn looks_false(text: &str) -> bool {
    ["false", "no", "off", "0", "none"].iter().any(|no| text.eq_ignore_ascii_case(no))
}

fn true_all_the_same(text: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::WrongType, span, format!("the text `{text}` counts as true here"))
        .label("only an empty text is false")
        .note("`-D name=false` gives text, unless `@default` or the manifest says that the name is true or false")
        .help(format!("compare it: `== \"{text}\"`"))
}
