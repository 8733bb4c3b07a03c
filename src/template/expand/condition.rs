//! `@if` … `@elif` … `@else`: the first branch whose condition is true.

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Expression;
use crate::source::{FrameKind, Span};
use crate::template::tree::Node;

use super::Expander;

impl Expander<'_> {
    pub(super) fn branches(&mut self, branches: &[(Expression, Vec<Node>)], otherwise: &[Node]) {
        for (index, (condition, nodes)) in branches.iter().enumerate() {
            if !self.step_on(|| condition.span()) {
                return;
            }
            match self.holds(condition) {
                Some(true) => return self.branch(&branches[..=index], true, nodes),
                Some(false) => {}
                None => return,
            }
        }
        self.branch(branches, false, otherwise);
    }

    /// The branch that is taken: what was asked, and whether the last of it is true.
    fn branch(&mut self, asked: &[(Expression, Vec<Node>)], holds: bool, nodes: &[Node]) {
        let Some((last, _)) = asked.last().filter(|_| self.task.record) else { return self.nodes(nodes) };
        let asked = asked.iter().map(|(condition, _)| condition.span()).collect();
        let back = self.enter(FrameKind::Branch { asked, holds }, last.span());
        self.nodes(nodes);
        self.step = back;
    }

    /// Is it true? Of a text that looks as if it were not, the user is warned.
    fn holds(&mut self, condition: &Expression) -> Option<bool> {
        let value = self.evaluate(condition)?;
        if let Some(text) = value.as_str().filter(|text| looks_false(text)) {
            self.report(true_all_the_same(text, condition.span()));
        }
        Some(value.is_true())
    }

    /// Is an argument such as `optional` given, and true?
    pub(super) fn is_true(&mut self, expression: Option<&Expression>) -> bool {
        expression.is_some_and(|expression| self.holds(expression) == Some(true))
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
