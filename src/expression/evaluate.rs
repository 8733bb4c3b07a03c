//! Tree to value.

use std::cell::Cell;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::environment::{self, check_count, check_nesting};
use super::fault::{Advise, Fault, fault};
use super::filter::{self, Site, Written};
use super::lookup::{self, Looked, Missing};
use super::operator::{self, Operand};
use super::test::{self, Asked, Test, TestRun};
use super::tree::{Call, Given, Node, NodeKind, Operator, Postfix, PostfixKind};
use super::uses::{Use, UseKind, unknown};
use super::{CallValues, Scope, kind_of, size, truth, version_slip};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::stack::deeper;

/// The value of an expression.
pub(super) fn evaluate(root: &Node, scope: &dyn Scope) -> Result<Value, Fault> {
    let (made, used) = (Cell::new(0), Cell::new(0));
    let evaluator = Evaluator::new(scope, &made, &used);
    evaluator.spend(1, root.span)?;
    deeper(|| evaluator.value(root))
}

/// Bytes that one evaluation makes in all: each text and list has its bound, but there may be many of them.
const MAX_MADE: usize = 4 * operator::MAX_LENGTH;
/// Steps of one evaluation, where its scope has no bound of its own: as many as `[limits]` allows unless it is told.
const MAX_STEPS: u64 = 10_000_000;
/// Bytes of text that are made or looked through in one step.
const BYTES_A_STEP: usize = 8;
/// The same where each character is looked at by itself, which takes some twenty times as long.
const CHARACTERS_A_STEP: usize = 8;

/// Evaluates with the names of a scope.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) scope: &'a dyn Scope,
    /// Bytes made so far.
    made: &'a Cell<usize>,
    /// Steps used so far.
    used: &'a Cell<u64>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(scope: &'a dyn Scope, made: &'a Cell<usize>, used: &'a Cell<u64>) -> Self {
        Self { scope, made, used }
    }

    /// Uses up steps.
    pub(super) fn spend(&self, steps: u64, span: Span) -> Result<(), Fault> {
        self.used.set(self.used.get().saturating_add(steps));
        match self.scope.spend(steps) {
            Some(true) => Ok(()),
            Some(false) => {
                let error = fault(Code::LimitExceeded, span, "the steps of this expansion are used up");
                let help = "if this is meant, raise `steps` in the manifest's `[limits]`, or with `--limit steps=…`";
                Err(error.help(help))
            }
            None if self.used.get() <= MAX_STEPS => Ok(()),
            None => {
                let message = format!("this expression takes more than {MAX_STEPS} steps");
                Err(fault(Code::LimitExceeded, span, message))
            }
        }
    }

    /// Uses up steps for looking through all of a value, lists in lists and texts in them.
    pub(super) fn walk(&self, value: &Value, span: Span) -> Result<(), Fault> {
        let steps = if let Some(text) = value.as_str() {
            text.len() / BYTES_A_STEP
        } else if value.kind() == ValueKind::Seq {
            let items = value.len().unwrap_or_default();
            // Few elements are cheap, unless they are large themselves.
            for item in value.try_iter().into_iter().flatten() {
                if item.as_object().is_some() || item.as_str().is_some_and(|text| text.len() >= BYTES_A_STEP) {
                    self.walk(&item, span)?;
                }
            }
            items
        } else {
            value.as_object().and_then(|_| value.len()).unwrap_or_default()
        };
        if steps == 0 { Ok(()) } else { self.spend(steps as u64, span) }
    }

    /// Uses up further steps for a text of which each character is looked at by itself.
    pub(super) fn by_character(&self, value: &Value, span: Span) -> Result<(), Fault> {
        let steps = value.as_str().map_or(0, str::len) / CHARACTERS_A_STEP;
        if steps == 0 { Ok(()) } else { self.spend(steps as u64, span) }
    }

    /// Uses up memory.
    pub(super) fn make(&self, bytes: usize, span: Span) -> Result<(), Fault> {
        if bytes == 0 {
            return Ok(());
        }
        self.made.set(self.made.get().saturating_add(bytes));
        let error = |message: String| fault(Code::LimitExceeded, span, message).label("this would be more");
        match self.scope.make(bytes as u64) {
            Some(Ok(())) => Ok(()),
            Some(Err(most)) => {
                let help = "if this is meant, allow more when you run dockmill: `--limit memory=…` for one run, \
                            `DOCKMILL_LIMITS=memory=…` for all";
                Err(error(format!("the values of this expansion take more than {most} bytes of memory")).help(help))
            }
            None if self.made.get() <= MAX_MADE => Ok(()),
            None => Err(error(format!("an expression makes at most {} MiB in all", MAX_MADE / 1024 / 1024))),
        }
    }

    /// Uses up steps and memory for a large result.
    pub(super) fn spend_on(&self, value: &Value, span: Span) -> Result<(), Fault> {
        self.make(size::made(value), span)?;
        let steps = match value.as_str() {
            Some(text) => text.len() / BYTES_A_STEP,
            None => value.as_object().and_then(|_| value.len()).unwrap_or_default(),
        };
        if steps == 0 { Ok(()) } else { self.spend(steps as u64, span) }
    }

    /// The value of a part; never undefined.
    pub(super) fn value(&self, node: &Node) -> Result<Value, Fault> {
        match &node.kind {
            NodeKind::Constant(value) => Ok(value.clone()),
            NodeKind::Name(name) => self.name(name, node.span),
            NodeKind::Compare(first, rest) => self.compare(first, rest),
            NodeKind::Postfix(base, steps) => self.postfix(base, steps)?.found(),
            NodeKind::Group(inner) => self.value(inner),
            NodeKind::Not(inner) => Ok(Value::from(!self.holds(inner)?)),
            NodeKind::Negate(inner) => operator::negate(Operand { value: &self.value(inner)?, span: inner.span }),
            NodeKind::All(nodes) => self.any_or_all(nodes, false),
            NodeKind::Any(nodes) => self.any_or_all(nodes, true),
            NodeKind::Chain(first, rest) => self.chain(first, rest),
            NodeKind::Choice(choices, otherwise) => {
                for (value, condition) in choices {
                    if self.holds(condition)? {
                        return self.value(value);
                    }
                }
                self.value(otherwise)
            }
            NodeKind::List(nodes) => {
                let items = nodes.iter().map(|node| self.value(node)).collect::<Result<Vec<_>, _>>()?;
                let walked = check_nesting(&items, node.span)?;
                if walked > 0 {
                    self.spend(walked as u64, node.span)?;
                }
                let list = Value::from(items);
                self.spend_on(&list, node.span)?;
                Ok(list)
            }
            NodeKind::Map(entries) => self.map(entries, node.span),
            NodeKind::Call(call) => self.call(call, node.span),
        }
    }

    /// Does a part count as true?
    fn holds(&self, node: &Node) -> Result<bool, Fault> {
        Ok(truth::holds(&self.value(node)?, node.span, self.scope))
    }

    fn name(&self, name: &str, span: Span) -> Result<Value, Fault> {
        match self.scope.value(name) {
            Some(value) if !value.is_undefined() => Ok(value),
            _ => {
                if let Some(error) = self.scope.unset(name, span) {
                    return Err(Box::new(error));
                }
                let names = self.scope.names();
                let found = Use::new(name, span, UseKind::Name);
                Err(Box::new(unknown(&found, names.iter().map(String::as_str))))
            }
        }
    }

    /// As in Jinja, the result is the value that decided.
    fn any_or_all(&self, nodes: &[Node], decides: bool) -> Result<Value, Fault> {
        let mut last = Value::from(!decides);
        for (index, node) in nodes.iter().enumerate() {
            last = self.value(node)?;
            // Behind `or`, or at the end of `and`, a text may be what is wanted.
            let only_decides = !decides && index + 1 < nodes.len();
            let is_true = if only_decides { truth::holds(&last, node.span, self.scope) } else { last.is_true() };
            if is_true == decides {
                break;
            }
        }
        Ok(last)
    }

    fn chain(&self, first: &Node, rest: &[(Operator, Span, Node)]) -> Result<Value, Fault> {
        let mut value = self.value(first)?;
        let mut span = first.span;
        if matches!(rest.first(), Some((Operator::Concat, ..))) {
            let whole = rest.last().map_or(span, |(.., last)| span.to(last.span));
            let mut text = String::new();
            operator::append(&mut text, Operand { value: &value, span }, whole)?;
            for (.., node) in rest {
                operator::append(&mut text, Operand { value: &self.value(node)?, span: node.span }, whole)?;
            }
            let value = Value::from(text);
            self.spend_on(&value, whole)?;
            return Ok(value);
        }
        for (operator, sign, node) in rest {
            let right = self.value(node)?;
            let (left, right) = (Operand { value: &value, span }, Operand { value: &right, span: node.span });
            value = operator::apply(*operator, *sign, left, right)?;
            span = span.to(node.span);
            if value.kind() != ValueKind::Number {
                self.spend_on(&value, span)?;
            }
        }
        Ok(value)
    }

    /// `a < b < c` is `a < b and b < c`.
    fn compare(&self, first: &Node, rest: &[(super::tree::Comparison, Span, Node)]) -> Result<Value, Fault> {
        let mut left = (self.value(first)?, first.span);
        for (comparison, sign, node) in rest {
            let right = (self.value(node)?, node.span);
            let operands = (Operand { value: &left.0, span: left.1 }, Operand { value: &right.0, span: right.1 });
            self.walk(operands.0.value, operands.0.span)?;
            self.walk(operands.1.value, operands.1.span)?;
            version_slip::contained(self.scope, *comparison, operands.0, operands.1);
            if !operator::compare(*comparison, *sign, operands.0, operands.1)? {
                return Ok(Value::from(false));
            }
            left = right;
        }
        Ok(Value::from(true))
    }

    fn map(&self, entries: &[(Node, Node)], span: Span) -> Result<Value, Fault> {
        let mut pairs = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = self.value(key)?;
            let Some(name) = name.as_str() else {
                let message = format!("a key of a map is text, not {}", kind_of(&name));
                return Err(fault(Code::WrongType, key.span, message).help("write it in quotes"));
            };
            if let Some(first) = pairs.iter().position(|(known, _)| known == name) {
                return Err(key_twice(name, key.span, entries[first].0.span));
            }
            pairs.push((name.to_owned(), self.value(value)?));
        }
        let walked = check_nesting(pairs.iter().map(|(_, value)| value), span)?;
        if walked > 0 {
            self.spend(walked as u64, span)?;
        }
        self.make(size::map(pairs.len()), span)?;
        Ok(Value::from_pairs(pairs))
    }

    pub(super) fn given(&self, given: &Given) -> Result<CallValues, Fault> {
        let positional = given.positional.iter().map(|node| self.value(node)).collect::<Result<_, _>>()?;
        let keyword = |(name, _, node): &(Arc<str>, Span, Node)| Ok((Arc::clone(name), self.value(node)?));
        Ok(CallValues { positional, keywords: given.keywords.iter().map(keyword).collect::<Result<_, Fault>>()? })
    }

    fn call(&self, call: &Call, span: Span) -> Result<Value, Fault> {
        let given = self.given(&call.arguments)?;
        let value = match &*call.name {
            "range" => range(&given.positional, &call.arguments, span),
            "dict" => dict(given, &call.arguments, span),
            _ => self.function(call, given, span, false),
        }?;
        self.spend_on(&value, span)?;
        Ok(value)
    }

    /// Calls a function of the scope, by its name or as a filter.
    pub(super) fn function(&self, call: &Call, given: CallValues, span: Span, as_filter: bool) -> Result<Value, Fault> {
        let count = given.positional.len();
        match self.scope.call(&call.name, given, span) {
            Some(Ok(value)) => environment::finish(value, span).and_then(|value| defined(value, &call.name, span)),
            Some(Err(error)) => Err(Box::new(error)),
            None => {
                let keywords = call.arguments.keywords.iter().map(|(name, ..)| Arc::clone(name)).collect();
                let kind = if as_filter {
                    UseKind::Filter { positional: count, keywords }
                } else {
                    UseKind::Function { positional: count, keywords }
                };
                let found = Use::new(&call.name, call.name_span, kind);
                Err(Box::new(unknown(&found, std::iter::empty())))
            }
        }
    }

    pub(super) fn looked(&self, node: &Node) -> Result<Looked, Fault> {
        match &node.kind {
            NodeKind::Postfix(base, steps) => self.postfix(base, steps),
            NodeKind::Group(inner) => self.looked(inner),
            NodeKind::Name(name) if self.scope.value(name).is_none() => match self.scope.unset(name, node.span) {
                Some(error) => Ok(Looked::Missing(Missing::Variable(Box::new(error)))),
                None => self.name(name, node.span).map(Looked::Found),
            },
            _ => self.value(node).map(Looked::Found),
        }
    }

    fn postfix(&self, base: &Node, steps: &[Postfix]) -> Result<Looked, Fault> {
        let mut looked = self.looked(base)?;
        let mut span = base.span;
        for (index, step) in steps.iter().enumerate() {
            looked = self.advance(looked, step, span, steps.get(index + 1))?;
            span = span.to(step.span);
        }
        Ok(looked)
    }

    /// What a step makes of the value before it, which stands at `at`. `next`: the step behind it.
    pub(super) fn advance(
        &self,
        looked: Looked,
        step: &Postfix,
        at: Span,
        next: Option<&Postfix>,
    ) -> Result<Looked, Fault> {
        Ok(match (&step.kind, looked) {
            (PostfixKind::Test { negated, test: Some(Test { run: TestRun::Present(wanted), .. }), .. }, looked) => {
                let is_defined = matches!(looked, Looked::Found(_));
                Looked::Found(Value::from((is_defined == *wanted) != *negated))
            }
            (PostfixKind::Filter(call, Some(filter)), looked) if matches!(filter.run, filter::Run::Default) => {
                let written = Some(Written { given: &call.arguments, end: step.span.end, next });
                let site = Site { span: step.span, value: at, written };
                Looked::Found(filter::default(self, filter, looked, self.given(&call.arguments)?, site)?)
            }
            (_, Looked::Missing(missing)) => return Err(missing.fault()),
            (_, Looked::Found(value)) => self.step(step, value, at, next)?,
        })
    }

    fn step(&self, step: &Postfix, value: Value, at: Span, next: Option<&Postfix>) -> Result<Looked, Fault> {
        let span = step.span;
        match &step.kind {
            PostfixKind::Key(key, key_span) => lookup::get(value, key, *key_span),
            PostfixKind::Index(index) => lookup::get(value, &self.value(index)?, index.span),
            PostfixKind::Slice(parts) => {
                let mut bounds = [None; 3];
                for (bound, part) in bounds.iter_mut().zip(parts) {
                    if let Some(node) = part {
                        *bound = lookup::bound(&self.value(node)?, node.span)?;
                    }
                }
                let step_span = parts[2].as_ref().map_or(span, |node| node.span);
                self.walk(&value, at)?;
                self.by_character(&value, at)?;
                let slice = lookup::slice(&value, bounds, at, step_span)?;
                self.spend_on(&slice, span)?;
                Ok(Looked::Found(slice))
            }
            PostfixKind::Method(call) => {
                let given = self.given(&call.arguments)?.into_jinja();
                let value = environment::method(&value, &call.name, &given, call.name_span)?;
                let value = environment::finish(value, span)?;
                defined(value, &call.name, span).map(Looked::Found)
            }
            PostfixKind::Filter(call, Some(filter)) => {
                let written = Some(Written { given: &call.arguments, end: span.end, next });
                let site = Site { span: call.name_span, value: at, written };
                let looked = filter::apply(self, filter, value, self.given(&call.arguments)?, site)?;
                if let Looked::Found(value) = &looked {
                    self.spend_on(value, span)?;
                }
                Ok(looked)
            }
            PostfixKind::Filter(call, None) => {
                let mut given = self.given(&call.arguments)?;
                given.positional.insert(0, value);
                self.function(call, given, span, true).map(Looked::Found)
            }
            PostfixKind::Test { negated, call, test } => {
                let arguments =
                    call.arguments.positional.first().map(|node| Ok::<_, Fault>((self.value(node)?, node.span)));
                let argument = arguments.transpose()?;
                if let Some((value, span)) = &argument {
                    self.walk(value, *span)?;
                }
                if argument.is_some() || value.kind() == ValueKind::String {
                    self.walk(&value, at)?;
                }
                let Some(test) = test else { return Err(test::unknown(&call.name, call.name_span)) };
                if matches!(test.run, TestRun::Letters(_)) {
                    self.by_character(&value, at)?;
                }
                let argument = argument.as_ref().map(|(value, span)| Operand { value, span: *span });
                let asked = Asked { scope: self.scope, name: call.name_span, of_elements: false };
                let met = test::perform(test, asked, Operand { value: &value, span: at }, argument)?;
                Ok(Looked::Found(Value::from(met != *negated)))
            }
        }
    }
}

/// The error for a key that stands twice: one of the two values would be lost.
fn key_twice(name: &str, span: Span, first: Span) -> Fault {
    let mut error = fault(Code::WrongArguments, span, format!("the map has the key `{name}` twice"));
    *error = error.also(first, "first here");
    error
}

fn defined(value: Value, name: &str, span: Span) -> Result<Value, Fault> {
    if value.is_undefined() {
        return Err(fault(Code::EvaluationFailed, span, format!("`{name}` gives no value")));
    }
    Ok(value)
}

fn range(positional: &[Value], given: &Given, span: Span) -> Result<Value, Fault> {
    let whole = |index: usize| match positional.get(index) {
        None => Ok(None),
        Some(value) => value.as_i64().filter(|_| value.is_integer()).map(Some).ok_or_else(|| {
            let span = given.positional.get(index).map_or(span, |node| node.span);
            fault(Code::WrongType, span, format!("`range` counts whole numbers, not {}", kind_of(value)))
        }),
    };
    let (start, end) = match (whole(0)?, whole(1)?) {
        (Some(start), Some(end)) => (start, end),
        (end, _) => (0, end.unwrap_or_default()),
    };
    let step = whole(2)?.unwrap_or(1);
    if step == 0 {
        let span = given.positional.get(2).map_or(span, |node| node.span);
        return Err(fault(Code::EvaluationFailed, span, "`range` cannot go on by 0"));
    }
    let distance = if step > 0 { i128::from(end) - i128::from(start) } else { i128::from(start) - i128::from(end) };
    let count = distance.max(0).unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
    check_count(usize::try_from(count).unwrap_or(usize::MAX), span)?;
    // Wider than the numbers themselves: the last index times the step may be.
    let number = |index: i128| i64::try_from(i128::from(start) + index * i128::from(step)).map(Value::from);
    Ok((0..i128::try_from(count).unwrap_or_default()).filter_map(|index| number(index).ok()).collect())
}

fn dict(values: CallValues, given: &Given, span: Span) -> Result<Value, Fault> {
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    if let Some(base) = values.positional.first() {
        if base.kind() != ValueKind::Map {
            let span = given.positional.first().map_or(span, |node| node.span);
            return Err(fault(Code::WrongType, span, format!("`dict` adds to a map, not {}", kind_of(base))));
        }
        pairs = lookup::entries(base, span)?;
    }
    pairs.extend(values.keywords.into_iter().map(|(name, value)| (Value::from(name), value)));
    check_nesting(pairs.iter().map(|(_, value)| value), span)?;
    Ok(Value::from_pairs(pairs))
}
