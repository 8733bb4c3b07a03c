//! `@if` … `@elif` … `@else`: the first branch whose condition is true.

use crate::expression::Expression;
use crate::source::FrameKind;
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
                None => {
                    for (_, nodes) in branches {
                        self.pass_over(nodes);
                    }
                    return self.pass_over(otherwise);
                }
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

    /// Is it true?
    fn holds(&mut self, condition: &Expression) -> Option<bool> {
        let value = self.evaluate(condition)?;
        let holds = condition.holds(&value, &self.view());
        self.report_warnings();
        Some(holds)
    }

    /// Is an argument such as `optional` given, and true?
    pub(super) fn is_true(&mut self, expression: Option<&Expression>) -> bool {
        expression.is_some_and(|expression| self.holds(expression) == Some(true))
    }
}
