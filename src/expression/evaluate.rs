//! The value of a tree.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, ErrorKind, Value};

use crate::diagnostic::{Code, Diagnostic, list_or, plural};
use crate::source::Span;

use super::filter::Filtered;
use super::operator::{self, Spans};
use super::tree::{Given, Kind, Node, Word};
use super::uses::{Use, UseKind, unknown};
use super::write::kind;
use super::{Scope, names, size, test};

/// minijinja's filters and tests; what of them is used is in `names.rs`.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment
});

pub(super) fn evaluate(node: &Node, scope: &dyn Scope) -> Result<Value, Diagnostic> {
    let evaluator = Evaluator { scope };
    match &node.kind {
        // Most expressions are one name: they cost a look-up.
        Kind::Name(name) => evaluator.name(name, node.span),
        _ => {
            evaluator.spend(node.span)?;
            evaluator.value(node)
        }
    }
}

#[derive(Clone, Copy)]
struct Evaluator<'a> {
    scope: &'a dyn Scope,
}

impl Evaluator<'_> {
    fn spend(self, span: Span) -> Result<(), Diagnostic> {
        if self.scope.spend(1) {
            return Ok(());
        }
        let message = "this takes more steps than are allowed";
        Err(Diagnostic::error(Code::LimitExceeded, span, message)
            .help("if this is meant, raise `steps` in the manifest's `[limits]`, or with `--limit steps=…`"))
    }

    fn name(self, name: &str, span: Span) -> Result<Value, Diagnostic> {
        match self.scope.value(name) {
            Some(value) if !value.is_undefined() => Ok(value),
            _ => {
                let names = self.scope.names();
                Err(unknown(&Use { name, span, kind: UseKind::Name }, names.iter().map(String::as_str)))
            }
        }
    }

    /// The value of a node. It is never undefined.
    fn value(self, node: &Node) -> Result<Value, Diagnostic> {
        let span = node.span;
        Ok(match &node.kind {
            Kind::Constant(value) => value.clone(),
            Kind::Name(name) => self.name(name, span)?,
            Kind::List(items) => {
                Value::from(items.iter().map(|item| self.value(item)).collect::<Result<Vec<Value>, _>>()?)
            }
            Kind::Map(entries) => {
                let entry = |(key, value): &(Node, Node)| Ok((self.value(key)?, self.value(value)?));
                let entries = entries.iter().map(entry).collect::<Result<Vec<(Value, Value)>, Diagnostic>>()?;
                Value::from_pairs(entries)
            }
            Kind::Negate(of) => {
                let value = self.value(of)?;
                let spans = Spans { all: span, left: span, right: of.span };
                if !value.is_number() {
                    let message = format!("`-` does not go with {}", kind(&value));
                    return Err(Diagnostic::error(Code::WrongType, of.span, message));
                }
                operator::apply(super::tree::Operator::Subtract, &Value::from(0), &value, spans)?
            }
            Kind::Not(of) => Value::from(!self.value(of)?.is_true()),
            Kind::Binary(operator, left, right) => {
                let spans = Spans { all: span, left: left.span, right: right.span };
                operator::apply(*operator, &self.value(left)?, &self.value(right)?, spans)?
            }
            Kind::And(left, right) => {
                let value = self.value(left)?;
                if value.is_true() { self.value(right)? } else { value }
            }
            Kind::Or(left, right) => {
                let value = self.value(left)?;
                if value.is_true() { value } else { self.value(right)? }
            }
            Kind::If { condition, then, otherwise } => {
                let chosen = if self.value(condition)?.is_true() { then } else { otherwise };
                self.value(chosen)?
            }
            Kind::Attribute(..) | Kind::Index(..) => match self.perhaps(node)? {
                Ok(value) => value,
                Err(missing) => return Err(missing),
            },
            Kind::Slice { of, start, stop, step } => self.slice(of, [start, stop, step], span)?,
            Kind::Call(name, given) => self.call(name, given, span)?,
            Kind::Filter { of, name, given } => self.filter(of, name, given, span)?,
            Kind::Test { of, name, given, negated } => Value::from(self.test(of, name, given, span)? != *negated),
        })
    }

    /// What `default` and `is defined` ask: an attribute or an item may be missing, at any step; all else is an error.
    fn perhaps(self, node: &Node) -> Result<Result<Value, Diagnostic>, Diagnostic> {
        let (of, key, span) = match &node.kind {
            Kind::Attribute(of, word) => (of, Value::from(&*word.text), word.span),
            Kind::Index(of, index) => (of, self.value(index)?, index.span),
            _ => return self.value(node).map(Ok),
        };
        let of_value = match self.perhaps(of)? {
            Ok(value) => value,
            Err(missing) => return Ok(Err(missing)),
        };
        let is_index = matches!(node.kind, Kind::Index(..));
        if let (Some(text), true, true) = (of_value.as_str(), is_index, key.is_integer()) {
            let at = usize::try_from(key.as_i64().unwrap_or(-1)).ok();
            let found = at.and_then(|at| text.chars().nth(at));
            return Ok(found.map(|c| Value::from(c.to_string())).ok_or_else(|| {
                let message = format!("there is no character {key}: the text has {}", text.chars().count());
                Diagnostic::error(Code::UnknownKey, span, message).also(of.span, "this text")
            }));
        }
        if !matches!(of_value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Plain) {
            let is = kind(&of_value);
            let error = Diagnostic::error(Code::WrongType, of.span, format!("{is} has no keys"));
            return Err(error.label(format!("this is {is}")));
        }
        if of_value.kind() == ValueKind::Seq && !key.is_integer() {
            let message = match &node.kind {
                Kind::Attribute(_, word) => format!("a list has no key `{}`", word.text),
                _ => format!("a list is indexed by a whole number, not {}", kind(&key)),
            };
            return Err(Diagnostic::error(Code::WrongType, span, message));
        }
        match of_value.get_item(&key) {
            Ok(value) if !value.is_undefined() => Ok(Ok(value)),
            _ => {
                let computed = matches!(&node.kind, Kind::Index(_, index) if !matches!(index.kind, Kind::Constant(_)));
                Ok(Err(missing_key(&of_value, &key, span, of.span, computed)))
            }
        }
    }

    fn slice(self, of: &Node, bounds: [&Option<Box<Node>>; 3], span: Span) -> Result<Value, Diagnostic> {
        let value = self.value(of)?;
        let bound = |node: &Option<Box<Node>>| match node {
            None => Ok(None),
            Some(node) => {
                let value = self.value(node)?;
                let wrong = || Diagnostic::error(Code::WrongType, node.span, "the bound of a slice is a whole number");
                value.as_i64().filter(|_| value.is_integer()).map(Some).ok_or_else(wrong)
            }
        };
        let [start, stop, step] = [bound(bounds[0])?, bound(bounds[1])?, bound(bounds[2])?];
        let Some(step) = usize::try_from(step.unwrap_or(1)).ok().filter(|step| *step > 0) else {
            return Err(Diagnostic::error(Code::EvaluationFailed, span, "the step of a slice is 1 or more"));
        };
        let cut = |length: usize| {
            let place = |bound: i64| {
                let length = i64::try_from(length).unwrap_or(i64::MAX);
                let at = if bound < 0 { bound.saturating_add(length) } else { bound };
                usize::try_from(at.clamp(0, length)).unwrap_or(0)
            };
            let start = start.map_or(0, place);
            start..stop.map_or(length, place).max(start)
        };
        match value.kind() {
            ValueKind::String => {
                let chars: Vec<char> = value.as_str().unwrap_or_default().chars().collect();
                Ok(Value::from(chars[cut(chars.len())].iter().step_by(step).collect::<String>()))
            }
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter().into_iter().flatten().collect();
                Ok(Value::from(items[cut(items.len())].iter().step_by(step).cloned().collect::<Vec<Value>>()))
            }
            _ => {
                let message = format!("{} cannot be sliced", kind(&value));
                Err(Diagnostic::error(Code::WrongType, of.span, message))
            }
        }
    }

    fn given(self, given: &Given) -> Result<(Vec<Value>, Vec<(Arc<str>, Value)>), Diagnostic> {
        let positional = given.positional.iter().map(|node| self.value(node)).collect::<Result<_, _>>()?;
        let named = |(word, node): &(Word, Node)| Ok((Arc::clone(&word.text), self.value(node)?));
        Ok((positional, given.keywords.iter().map(named).collect::<Result<_, Diagnostic>>()?))
    }

    fn call(self, name: &Word, given: &Given, span: Span) -> Result<Value, Diagnostic> {
        self.spend(span)?;
        let (positional, keywords) = self.given(given)?;
        match &*name.text {
            "range" => range(&positional, &keywords, span),
            "dict" if positional.is_empty() => {
                let pairs = keywords.iter().map(|(key, value)| (Value::from(&**key), value.clone()));
                Ok(Value::from_pairs(pairs))
            }
            "dict" => Err(Diagnostic::error(Code::WrongArguments, span, "`dict` takes named arguments: `dict(a=1)`")),
            text => {
                let use_kind = UseKind::Function { positional: given.positional.len(), keywords: Vec::new() };
                let found = Use { name: text, span: name.span, kind: use_kind };
                let answer = self.scope.call(text, positional, keywords, span);
                answer.unwrap_or_else(|| Err(unknown(&found, std::iter::empty())))
            }
        }
    }

    fn filter(self, of: &Node, name: &Word, given: &Given, span: Span) -> Result<Value, Diagnostic> {
        self.spend(span)?;
        if matches!(&*name.text, "default" | "d") {
            return self.default(of, name, given);
        }
        let value = self.value(of)?;
        let (mut positional, keywords) = self.given(given)?;
        if !names::is_filter(&name.text) {
            positional.insert(0, value);
            let kind = UseKind::Filter { positional: positional.len(), keywords: Vec::new() };
            let found = Use { name: &name.text, span: name.span, kind };
            let answer = self.scope.call(&name.text, positional, keywords, span);
            return answer.unwrap_or_else(|| Err(unknown(&found, std::iter::empty())));
        }
        let mut filtered =
            Filtered { name: &name.text, name_span: name.span, value, value_span: of.span, positional, keywords, span };
        if let Some(own) = filtered.own() {
            return own;
        }
        filtered.guard()?;
        let arguments = arguments(vec![filtered.value], filtered.positional, filtered.keywords);
        let mut state = ENVIRONMENT.empty_state();
        let result = state.apply_filter(&name.text, &arguments);
        let result = result.map_err(|error| failed(&error, "filter", name, span))?;
        settled(result, name, span)
    }

    fn default(self, of: &Node, name: &Word, given: &Given) -> Result<Value, Diagnostic> {
        let (positional, keywords) = self.given(given)?;
        let boolean = keywords.iter().find(|(key, _)| &**key == "boolean").map(|(_, value)| value);
        if positional.len() > 2 || keywords.iter().any(|(key, _)| &**key != "boolean") {
            let message = "filter `default` takes a value, and `true` where an empty value counts as missing";
            return Err(Diagnostic::error(Code::WrongArguments, name.span, message));
        }
        let also_false = positional.get(1).or(boolean).is_some_and(Value::is_true);
        let default = || positional.first().cloned().unwrap_or_else(|| Value::from(""));
        Ok(match self.perhaps(of)? {
            Ok(value) if value.is_true() || !also_false => value,
            _ => default(),
        })
    }

    fn test(self, of: &Node, name: &Word, given: &Given, span: Span) -> Result<bool, Diagnostic> {
        if matches!(&*name.text, "defined" | "undefined") {
            return Ok(self.perhaps(of)?.is_ok() == (&*name.text == "defined"));
        }
        let value = self.value(of)?;
        let (positional, keywords) = self.given(given)?;
        if let ([one], [node]) = (positional.as_slice(), given.positional.as_slice()) {
            let spans = Spans { all: span, left: of.span, right: node.span };
            if &*name.text == "version" {
                return test::version(&value, one, spans);
            }
            if let Some(answer) = test::comparison(name, &value, one, spans) {
                return answer;
            }
        }
        if names::OWN_TESTS.contains(&&*name.text) {
            let message = format!("test `{}` takes 1 argument, not {}", name.text, positional.len());
            return Err(Diagnostic::error(Code::WrongArguments, name.span, message));
        }
        if !names::is_test(&name.text) {
            return Err(unknown(&Use { name: &name.text, span: name.span, kind: UseKind::Test }, std::iter::empty()));
        }
        let arguments = arguments(vec![value], positional, keywords);
        let mut state = ENVIRONMENT.empty_state();
        state.perform_test(&name.text, &arguments).map_err(|error| failed(&error, "test", name, span))
    }
}

fn arguments(mut first: Vec<Value>, positional: Vec<Value>, keywords: Vec<(Arc<str>, Value)>) -> Vec<Value> {
    first.extend(positional);
    if !keywords.is_empty() {
        first.push(keywords.into_iter().map(|(key, value)| (key.to_string(), value)).collect::<Kwargs>().into());
    }
    first
}

fn range(positional: &[Value], keywords: &[(Arc<str>, Value)], span: Span) -> Result<Value, Diagnostic> {
    let numbers: Option<Vec<i64>> =
        positional.iter().map(|value| value.as_i64().filter(|_| value.is_integer())).collect();
    let (start, stop, step) = match (numbers.as_deref(), keywords) {
        (Some([stop]), []) => (0, *stop, 1),
        (Some([start, stop]), []) => (*start, *stop, 1),
        (Some([start, stop, step]), []) if *step != 0 => (*start, *stop, *step),
        _ => {
            let message =
                "`range` takes whole numbers: `range(stop)`, `range(start, stop)` or `range(start, stop, step)`";
            return Err(Diagnostic::error(Code::WrongArguments, span, message));
        }
    };
    let count = (i128::from(stop) - i128::from(start)).max(0) / i128::from(step.max(1));
    let down = (i128::from(start) - i128::from(stop)).max(0) / i128::from(step.saturating_neg().max(1));
    size::items(usize::try_from(if step > 0 { count } else { down }).unwrap_or(usize::MAX), span)?;
    let next = |at: &i64| at.checked_add(step);
    let within = |at: &i64| if step > 0 { *at < stop } else { *at > stop };
    Ok(Value::from(
        std::iter::successors(Some(start), next).take_while(within).map(Value::from).collect::<Vec<Value>>(),
    ))
}

/// A filter's result as a settled value: a lazy list is made whole, and nothing in it is undefined.
fn settled(result: Value, name: &Word, span: Span) -> Result<Value, Diagnostic> {
    let nothing = || {
        let message = format!("filter `{}` gives nothing here", name.text);
        let error = Diagnostic::error(Code::EvaluationFailed, span, message);
        match &*name.text {
            "first" | "last" | "min" | "max" => error.help("the list is empty"),
            "map" | "attr" => error.help("not every item has this attribute"),
            _ => error,
        }
    };
    match result.kind() {
        ValueKind::Undefined => Err(nothing()),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::new();
            for item in result.try_iter().into_iter().flatten() {
                if item.is_undefined() {
                    return Err(nothing());
                }
                size::items(items.len(), span)?;
                items.push(item);
            }
            Ok(Value::from(items))
        }
        ValueKind::Invalid => Err(Diagnostic::error(Code::EvaluationFailed, span, result.to_string())),
        _ => Ok(result),
    }
}

fn failed(error: &minijinja::Error, what: &str, name: &Word, span: Span) -> Diagnostic {
    let detail = error.detail().unwrap_or_default();
    let (code, message) = match error.kind() {
        ErrorKind::MissingArgument => (Code::WrongArguments, "an argument is missing".to_owned()),
        ErrorKind::TooManyArguments => (Code::WrongArguments, "there are too many arguments".to_owned()),
        kind if detail.is_empty() => (Code::EvaluationFailed, kind.to_string()),
        _ => (Code::EvaluationFailed, detail.to_owned()),
    };
    Diagnostic::error(code, span, format!("{what} `{}`: {message}", name.text))
}

fn missing_key(of: &Value, key: &Value, span: Span, of_span: Span, computed: bool) -> Diagnostic {
    let shown = super::print(key).unwrap_or_default();
    if of.kind() == ValueKind::Seq {
        let length = of.len().unwrap_or(0);
        let message = format!("there is no item {shown}: the list has {}", plural(length, "item"));
        return Diagnostic::error(Code::UnknownKey, span, message).also(of_span, "this list");
    }
    let keys: BTreeSet<String> = of
        .try_iter()
        .into_iter()
        .flatten()
        .filter_map(|key| super::print(&key).ok().map(std::borrow::Cow::into_owned))
        .collect();
    let error = Diagnostic::error(Code::UnknownKey, span, format!("there is no key `{shown}`"));
    let near = crate::diagnostic::did_you_mean(&shown, keys.iter().map(String::as_str));
    let error = match near {
        // A key that is computed cannot be replaced by what it should be.
        Some(near) if computed => error.help(format!("`{near}` is near")),
        Some(near) if shown.len() as u32 == span.end - span.start => {
            error.replace(format!("did you mean `{near}`?"), span, near)
        }
        // The place is a string with its quotes.
        Some(near) => error.replace(format!("did you mean `{near}`?"), span, format!("\"{near}\"")),
        None => error,
    };
    let few: Vec<&String> = keys.iter().take(12).collect();
    if few.is_empty() { error } else { error.note(format!("the keys are {}", list_or(&few).replace(" or ", " and "))) }
}
