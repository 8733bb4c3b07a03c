//! Text to tree: the only room that sees pest's pairs.

mod bind;

use std::sync::Arc;

use minijinja::Value;
use pest::Parser;
use pest::iterators::Pair;

use super::fault::{Advise, Fault, fault};
use super::tree::{Call, Given, Node, NodeKind, Postfix, PostfixKind};
use super::{CodeStart, argument, literal, scan, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::grammar::{Grammar, Rule};
use crate::source::Span;
use crate::stack::deeper;
use bind::{TABLE, infix, postfix, prefix};

/// Reads one expression.
pub(super) fn expression(text: &str, place: CodeStart) -> Result<Node, Fault> {
    deeper(|| {
        let mut pairs = parse(Rule::whole_expression, text, place)?;
        match pairs.next() {
            Some(pair) => PairReader { place, depth: 0 }.expression(pair),
            None => Err(fault(Code::ExpressionSyntax, place.span(0, text.len()), "there is no expression here")),
        }
    })
}

/// Reads arguments.
pub(super) fn arguments(text: &str, place: CodeStart) -> Result<Given, Fault> {
    deeper(|| {
        let pairs = parse(Rule::whole_arguments, text, place)?;
        PairReader { place, depth: 0 }.given(pairs.filter(|pair| pair.as_rule() == Rule::argument))
    })
}

fn parse(rule: Rule, text: &str, place: CodeStart) -> Result<pest::iterators::Pairs<'_, Rule>, Fault> {
    scan::check(text, place)?;
    Grammar::parse(rule, text).map_err(|error| words::syntax_error(text, &error, place))
}

struct PairReader {
    place: CodeStart,
    /// Runs of `not` and `-` around the place that is read.
    depth: usize,
}

impl PairReader {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        // Behind an optional part that is not there, pest counts blanks in.
        let last = match pair.as_rule() {
            Rule::filter | Rule::test => pair.clone().into_inner().last(),
            _ => None,
        };
        let end = last.map_or(pair.as_span().end(), |last| self.span(&last).end as usize - self.place.offset as usize);
        self.place.span(pair.as_span().start(), end)
    }

    fn expression(&mut self, pair: Pair<'_, Rule>) -> Result<Node, Fault> {
        let mut pairs = pair.into_inner();
        let Some(first) = pairs.next() else { return Err(self.broken()) };
        let mut value = self.operation(first)?;
        let mut choices = Vec::new();
        let mut word: Option<Span> = None;
        while let Some(pair) = pairs.next() {
            if pair.as_rule() == Rule::else_word {
                let Some(next) = pairs.next() else { return Err(self.broken()) };
                value = self.operation(next)?;
                word = None;
                continue;
            }
            if let Some(word) = word {
                return Err(missing_else(word, value.span));
            }
            word = Some(self.span(&pair));
            let Some(next) = pairs.next() else { return Err(self.broken()) };
            let condition = self.operation(next)?;
            let span = condition.span;
            choices.push((
                std::mem::replace(&mut value, Node { span, kind: NodeKind::Constant(Value::from(())) }),
                condition,
            ));
        }
        if let (Some(word), Some((_, condition))) = (word, choices.last()) {
            return Err(missing_else(word, condition.span));
        }
        Ok(match choices.first() {
            None => value,
            Some((first, _)) => {
                let span = first.span.to(value.span);
                Node { span, kind: NodeKind::Choice(choices, Box::new(value)) }
            }
        })
    }

    /// A flat run of operands and operators.
    fn operation(&mut self, pair: Pair<'_, Rule>) -> Result<Node, Fault> {
        let pairs = pair.into_inner();
        let (mut run, mut longest) = (0_usize, 0_usize);
        for pair in pairs.clone() {
            match pair.as_rule() {
                Rule::not | Rule::negate => run += 1,
                _ => run = 0,
            }
            longest = longest.max(run);
            if self.depth + longest > scan::MAX_DEPTH {
                return Err(scan::too_deep(self.place, pair.as_span().start()));
            }
        }
        self.depth += longest;
        let reader = std::cell::RefCell::new(&mut *self);
        let node = TABLE
            .map_primary(|pair| reader.borrow_mut().primary(pair))
            .map_prefix(|sign, value| Ok(prefix(reader.borrow().span(&sign), sign.as_rule(), value?)))
            .map_infix(|left, sign, right| Ok(infix(left?, reader.borrow().span(&sign), sign.as_rule(), right?)))
            .map_postfix(|value, pair| {
                let value = value?;
                let step = reader.borrow_mut().step(pair)?;
                Ok(postfix(value, step))
            })
            .parse(pairs);
        self.depth -= longest;
        node
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Result<Node, Fault> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::string => NodeKind::Constant(self.string(pair)?),
            Rule::number => NodeKind::Constant(literal::number(pair.as_str(), span)?),
            Rule::constant => NodeKind::Constant(match pair.as_str() {
                "true" | "True" => Value::from(true),
                "false" | "False" => Value::from(false),
                _ => Value::from(()),
            }),
            Rule::variable => NodeKind::Name(Arc::from(pair.as_str().trim_end())),
            Rule::group => match pair.into_inner().find(|pair| pair.as_rule() == Rule::expression) {
                Some(inner) => NodeKind::Group(Box::new(self.expression(inner)?)),
                None => return Err(self.broken()),
            },
            Rule::call => NodeKind::Call(self.call(pair)?),
            Rule::list => {
                let inner = pair.into_inner().filter(|pair| pair.as_rule() == Rule::expression);
                let items = inner.map(|pair| self.expression(pair)).collect::<Result<Vec<_>, _>>()?;
                constant_list(&items).map_or(NodeKind::List(items), NodeKind::Constant)
            }
            Rule::map => {
                let inner = pair.into_inner().filter(|pair| pair.as_rule() == Rule::entry);
                let entries = inner.map(|pair| self.entry(pair)).collect::<Result<Vec<_>, _>>()?;
                constant_map(&entries).map_or(NodeKind::Map(entries), NodeKind::Constant)
            }
            _ => return Err(self.broken()),
        };
        Ok(Node { span, kind })
    }

    fn string(&self, pair: Pair<'_, Rule>) -> Result<Value, Fault> {
        let Some(inner) = pair.into_inner().next() else { return Err(self.broken()) };
        let start = inner.as_span().start();
        let text = literal::string(inner.as_str(), |from, to| self.place.span(start + from, start + to))?;
        Ok(Value::from(text))
    }

    fn entry(&mut self, pair: Pair<'_, Rule>) -> Result<(Node, Node), Fault> {
        let mut pairs = pair.into_inner().filter(|pair| pair.as_rule() == Rule::expression);
        let (Some(key), Some(value)) = (pairs.next(), pairs.next()) else { return Err(self.broken()) };
        Ok((self.expression(key)?, self.expression(value)?))
    }

    fn step(&mut self, pair: Pair<'_, Rule>) -> Result<Postfix, Fault> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::attribute => match pair.into_inner().next() {
                Some(key) if key.as_rule() == Rule::position => {
                    let span = self.span(&key);
                    PostfixKind::Key(literal::number(key.as_str(), span)?, span)
                }
                Some(key) => PostfixKind::Key(Value::from(key.as_str()), self.span(&key)),
                None => return Err(self.broken()),
            },
            Rule::subscript => self.subscript(pair)?,
            Rule::method => PostfixKind::Method(self.call(pair)?),
            Rule::filter => {
                let call = self.call(pair)?;
                let filter = argument::check_filter(&call)?;
                PostfixKind::Filter(call, filter)
            }
            Rule::test => {
                let negated = pair.clone().into_inner().any(|pair| pair.as_rule() == Rule::is_not);
                let call = self.call(pair)?;
                let test = argument::check_test(&call)?;
                PostfixKind::Test { negated, call, test }
            }
            _ => return Err(self.broken()),
        };
        Ok(Postfix { span, kind })
    }

    fn subscript(&mut self, pair: Pair<'_, Rule>) -> Result<PostfixKind, Fault> {
        let mut parts = [None, None, None];
        let mut is_slice = false;
        let mut read = |reader: &mut Self, pair: Pair<'_, Rule>, index: usize| -> Result<(), Fault> {
            if let Some(inner) = pair.into_inner().next() {
                parts[index] = Some(reader.expression(inner)?);
            }
            Ok(())
        };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::from => read(self, part, 0)?,
                Rule::slice_rest => {
                    is_slice = true;
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::to => read(self, part, 1)?,
                            Rule::step => read(self, part, 2)?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        match parts {
            parts if is_slice => Ok(PostfixKind::Slice(parts)),
            [Some(index), ..] => Ok(PostfixKind::Index(index)),
            _ => Err(self.broken()),
        }
    }

    /// A name with arguments: of a function, method, filter or test.
    fn call(&mut self, pair: Pair<'_, Rule>) -> Result<Call, Fault> {
        let is_function = pair.as_rule() == Rule::call;
        let mut name = None;
        let mut arguments = Given::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name | Rule::filter_name | Rule::test_name => {
                    name = Some((Arc::from(part.as_str()), self.span(&part)));
                }
                Rule::arguments => arguments = self.given(part.into_inner())?,
                Rule::operand_of_test => {
                    if let Some(operand) = part.into_inner().next() {
                        arguments.positional.push(self.primary(operand)?);
                    }
                }
                _ => {}
            }
        }
        let Some((name, name_span)) = name else { return Err(self.broken()) };
        let call = Call { name, name_span, arguments };
        if is_function {
            argument::check_function(&call)?;
        }
        Ok(call)
    }

    fn given<'a>(&mut self, arguments: impl Iterator<Item = Pair<'a, Rule>>) -> Result<Given, Fault> {
        let mut given = Given::default();
        for argument in arguments {
            let mut keyword = None;
            for part in argument.into_inner() {
                if part.as_rule() == Rule::keyword {
                    keyword = part.into_inner().next().map(|name| (Arc::from(name.as_str()), self.span(&name)));
                    continue;
                }
                let value = self.expression(part)?;
                match keyword.take() {
                    Some((name, span)) => {
                        let same = given.keywords.iter().find(|(other, ..)| *other == name);
                        if let Some((_, first, _)) = same {
                            let message = format!("argument `{name}` is given twice");
                            let error = Diagnostic::error(Code::WrongArguments, span, message);
                            return Err(Box::new(error.also(*first, "first given here")));
                        }
                        given.keywords.push((name, span, value));
                    }
                    None if given.keywords.is_empty() => given.positional.push(value),
                    None => {
                        let message = "an argument without a name stands behind one with a name";
                        let error = fault(Code::WrongArguments, value.span, message);
                        return Err(error.help("put it before those with a name, or name it: `name=value`"));
                    }
                }
            }
        }
        Ok(given)
    }

    /// For forms that the grammar cannot produce: an error rather than a panic.
    fn broken(&self) -> Fault {
        fault(Code::ExpressionSyntax, self.place.span(0, 1), "this is no expression")
    }
}

fn missing_else(word: Span, condition: Span) -> Fault {
    let error = Diagnostic::error(Code::MissingElse, word.to(condition), "this `if` has no `else`")
        .label("what is the value otherwise?");
    let end = Span::new(condition.file, condition.end, condition.end);
    Box::new(error.replace("for nothing write `else \"\"`", end, " else \"\""))
}

fn constant_list(items: &[Node]) -> Option<Value> {
    items.iter().map(constant).collect::<Option<Vec<_>>>().map(Value::from)
}

fn constant_map(entries: &[(Node, Node)]) -> Option<Value> {
    let pair = |(key, value): &(Node, Node)| Some((constant(key)?.as_str()?.to_owned(), constant(value)?));
    let pairs = entries.iter().map(pair).collect::<Option<Vec<_>>>()?;
    // A duplicate key is an error, which the evaluator reports.
    let twice = pairs.iter().enumerate().any(|(at, (key, _))| pairs[..at].iter().any(|(known, _)| known == key));
    if twice { None } else { Some(Value::from_pairs(pairs)) }
}

fn constant(node: &Node) -> Option<Value> {
    match &node.kind {
        NodeKind::Constant(value) => Some(value.clone()),
        _ => None,
    }
}
