//! Text to tree, by pest.

use std::sync::{Arc, LazyLock};

use minijinja::Value;
use pest::Parser;
use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::diagnostic::{Code, Diagnostic};
use crate::grammar::{Grammar, Rule};
use crate::source::Span;

use super::syntax;
use super::tree::{Given, Kind, Node, Operator, Word};
use super::{Arguments, Expression, Place};

/// A longer expression is a mistake, and what is read is walked by recursion.
const MAX_LENGTH: usize = 16 * 1024;
/// Operations in each other.
const MAX_DEPTH: usize = 200;
/// Brackets in each other.
const MAX_NESTING: usize = 100;

static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    let comparisons = left(Rule::eq)
        | left(Rule::ne)
        | left(Rule::lt)
        | left(Rule::le)
        | left(Rule::gt)
        | left(Rule::ge)
        | left(Rule::in_)
        | left(Rule::not_in);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(comparisons)
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::concat))
        .op(left(Rule::multiply) | left(Rule::divide) | left(Rule::floor_divide) | left(Rule::remainder))
        .op(left(Rule::power))
        .op(Op::postfix(Rule::filter) | Op::postfix(Rule::test))
});

pub(super) fn expression(text: &str, place: Place) -> Result<Expression, Diagnostic> {
    let mut pairs = read(Rule::whole_expression, text, place)?;
    let builder = Builder { place };
    let pair = pairs.next().ok_or_else(|| builder.internal(text))?;
    let node = builder.expression(pair)?;
    builder.bound(&node)?;
    Ok(Expression { node })
}

pub(super) fn arguments(text: &str, place: Place) -> Result<Arguments, Diagnostic> {
    let builder = Builder { place };
    let mut pairs = read(Rule::whole_arguments, text, place)?;
    let pair = pairs.next().ok_or_else(|| builder.internal(text))?;
    let given = builder.arguments(pair)?;
    let whole = |node: Node| builder.bound(&node).map(|()| Expression { node });
    let positional = given.positional.into_iter().map(whole).collect::<Result<_, _>>()?;
    let keywords = given.keywords.into_iter().map(|(word, node)| Ok((word.text, word.span, whole(node)?)));
    Ok(Arguments {
        positional,
        keywords: keywords.collect::<Result<_, Diagnostic>>()?,
        span: builder.span(0, text.len()),
    })
}

fn read(rule: Rule, text: &str, place: Place) -> Result<Pairs<'_, Rule>, Diagnostic> {
    let builder = Builder { place };
    if text.len() > MAX_LENGTH {
        let message = format!("an expression is at most {} KiB long", MAX_LENGTH / 1024);
        return Err(Diagnostic::error(Code::LimitExceeded, builder.span(0, text.len()), message));
    }
    if let Some(at) = too_deep(text) {
        let message = format!("brackets and conditions are nested more than {MAX_NESTING} deep");
        return Err(Diagnostic::error(Code::LimitExceeded, builder.span(at, at + 1), message));
    }
    Grammar::parse(rule, text).map_err(|error| syntax::diagnose(&error, text, place))
}

/// Where brackets, or `else`s, are nested too deep for pest, which reads them by recursion.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut elses = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'e') if text[at..].starts_with("else") => elses += 1,
            _ => {}
        }
        if depth > MAX_NESTING || elses > MAX_NESTING {
            return Some(at);
        }
    }
    None
}

#[derive(Clone, Copy)]
struct Builder {
    place: Place,
}

impl Builder {
    fn span(self, start: usize, end: usize) -> Span {
        self.place.span(start, end)
    }

    fn of(self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // pest's rules take blanks at their end along.
        self.span(span.start(), span.start() + pair.as_str().trim_end().len())
    }

    fn word(self, pair: &Pair<'_, Rule>) -> Word {
        Word { text: Arc::from(pair.as_str()), span: self.of(pair) }
    }

    /// The grammar and this builder disagree. It cannot happen, and if it does it must not be a panic.
    fn internal(self, text: &str) -> Diagnostic {
        Diagnostic::error(Code::ExpressionSyntax, self.span(0, text.len()), "this expression cannot be read")
    }

    /// A long chain of operators is a deep tree: it is walked by recursion.
    fn bound(self, root: &Node) -> Result<(), Diagnostic> {
        let mut level = vec![root];
        for _ in 0..MAX_DEPTH {
            let mut next = Vec::new();
            for node in level {
                node.children(&mut |child| next.push(child));
            }
            if next.is_empty() {
                return Ok(());
            }
            level = next;
        }
        let message = format!("this expression has more than {MAX_DEPTH} operations in each other");
        Err(Diagnostic::error(Code::LimitExceeded, root.span, message)
            .help("put parts of it into `@let`s, or join a list"))
    }

    fn expression(self, pair: Pair<'_, Rule>) -> Result<Node, Diagnostic> {
        let span = self.of(&pair);
        let words = [Rule::if_word, Rule::else_word];
        let mut parts = pair.into_inner().filter(|part| !words.contains(&part.as_rule()));
        let Some(first) = parts.next() else { return Err(self.internal("")) };
        let then = self.operation(first)?;
        match (parts.next(), parts.next()) {
            (None, _) => Ok(then),
            (Some(condition), Some(otherwise)) => {
                let condition = Box::new(self.operation(condition)?);
                let otherwise = Box::new(self.expression(otherwise)?);
                Ok(Node { kind: Kind::If { condition, then: Box::new(then), otherwise }, span })
            }
            (Some(_), None) => Err(Diagnostic::error(Code::MissingElse, span, "this `if` has no `else`")
                .label("without `else` it would be nothing where the condition is false")
                .help("say what it is then: `… if … else \"\"`")),
        }
    }

    fn operation(self, pair: Pair<'_, Rule>) -> Result<Node, Diagnostic> {
        PRATT
            .map_primary(|pair| self.operand(pair))
            .map_prefix(|operator, right| {
                let right = right?;
                let span = self.of(&operator).to(right.span);
                Ok(Node { kind: Kind::Not(Box::new(right)), span })
            })
            .map_postfix(|left, operator| self.postfix(left?, operator))
            .map_infix(|left, operator, right| {
                let (left, right) = (Box::new(left?), Box::new(right?));
                let span = left.span.to(right.span);
                Ok(Node { kind: infix(operator.as_rule(), left, right), span })
            })
            .parse(pair.into_inner())
    }

    fn postfix(self, left: Node, pair: Pair<'_, Rule>) -> Result<Node, Diagnostic> {
        let span = left.span.to(self.of(&pair));
        let is_filter = pair.as_rule() == Rule::filter;
        let mut negated = false;
        let mut name = None;
        let mut given = Given::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::not => negated = true,
                Rule::name if name.is_none() => name = Some(self.word(&part)),
                Rule::call => given = self.call(part)?,
                Rule::test_argument => given.positional.push(self.taken(part.into_inner())?),
                _ => {}
            }
        }
        let Some(name) = name else { return Err(self.internal("")) };
        let of = Box::new(left);
        let kind = if is_filter { Kind::Filter { of, name, given } } else { Kind::Test { of, name, given, negated } };
        Ok(Node { kind, span })
    }

    /// A value with a sign and what is taken of it.
    fn operand(self, pair: Pair<'_, Rule>) -> Result<Node, Diagnostic> {
        let span = self.of(&pair);
        let mut parts = pair.into_inner().peekable();
        let mut signs = 0;
        while parts.peek().is_some_and(|part| part.as_rule() == Rule::sign) {
            parts.next();
            signs += 1;
        }
        let mut node = self.taken(parts)?;
        for _ in 0..signs {
            node = match &node.kind {
                Kind::Constant(value) if value.is_integer() && value.as_i64().is_some_and(|n| n != i64::MIN) => {
                    Node { kind: Kind::Constant(Value::from(-value.as_i64().unwrap_or_default())), span }
                }
                _ => Node { kind: Kind::Negate(Box::new(node)), span },
            };
        }
        Ok(node)
    }

    /// A primary and its attributes, indices and calls.
    fn taken<'i>(self, parts: impl Iterator<Item = Pair<'i, Rule>>) -> Result<Node, Diagnostic> {
        let mut parts = parts;
        let Some(first) = parts.next() else { return Err(self.internal("")) };
        let mut node = self.primary(first)?;
        for part in parts {
            let span = node.span.to(self.of(&part));
            let kind = match part.as_rule() {
                Rule::call => match node.kind {
                    Kind::Name(text) => Kind::Call(Word { text, span: node.span }, self.call(part)?),
                    Kind::Attribute(_, word) => return Err(no_method(&word)),
                    _ => {
                        let message = "only a function can be called";
                        return Err(Diagnostic::error(Code::ExpressionSyntax, node.span, message));
                    }
                },
                Rule::attribute => {
                    let word = part.into_inner().next().map(|word| self.word(&word));
                    Kind::Attribute(Box::new(node), word.ok_or_else(|| self.internal(""))?)
                }
                Rule::index => {
                    let index = part.into_inner().next().ok_or_else(|| self.internal(""))?;
                    Kind::Index(Box::new(node), Box::new(self.expression(index)?))
                }
                _ => self.slice(node, part)?,
            };
            node = Node { kind, span };
        }
        Ok(node)
    }

    fn slice(self, of: Node, pair: Pair<'_, Rule>) -> Result<Kind, Diagnostic> {
        let mut bounds = pair.into_inner().map(|part| match part.into_inner().next() {
            Some(bound) => self.expression(bound).map(|node| Some(Box::new(node))),
            None => Ok(None),
        });
        let mut next = || bounds.next().unwrap_or(Ok(None));
        Ok(Kind::Slice { of: Box::new(of), start: next()?, stop: next()?, step: next()? })
    }

    fn primary(self, pair: Pair<'_, Rule>) -> Result<Node, Diagnostic> {
        let span = self.of(&pair);
        let kind = match pair.as_rule() {
            Rule::string => {
                let text = pair.into_inner().next().map_or("", |inner| inner.as_str());
                // Escapes are counted from behind the quote.
                Kind::Constant(Value::from(syntax::unescape(text, span)?))
            }
            Rule::number => Kind::Constant(syntax::number(pair.as_str().trim_end(), span)?),
            Rule::constant => Kind::Constant(match pair.as_str() {
                "true" | "True" => Value::from(true),
                "false" | "False" => Value::from(false),
                _ => Value::from(()),
            }),
            Rule::list => {
                let items: Vec<Node> = pair.into_inner().map(|item| self.expression(item)).collect::<Result<_, _>>()?;
                match items.iter().map(constant).collect::<Option<Vec<Value>>>() {
                    // Built once: it is what most arguments are.
                    Some(values) => Kind::Constant(Value::from(values)),
                    None => Kind::List(items),
                }
            }
            Rule::map => {
                let entry = |entry: Pair<'_, Rule>| {
                    let mut parts = entry.into_inner();
                    match (parts.next(), parts.next()) {
                        (Some(key), Some(value)) => Ok((self.expression(key)?, self.expression(value)?)),
                        _ => Err(self.internal("")),
                    }
                };
                Kind::Map(pair.into_inner().map(entry).collect::<Result<_, _>>()?)
            }
            Rule::group => {
                let inner = pair.into_inner().next().ok_or_else(|| self.internal(""))?;
                return Ok(Node { span, ..self.expression(inner)? });
            }
            _ => Kind::Name(Arc::from(pair.as_str().trim_end())),
        };
        Ok(Node { kind, span })
    }

    fn call(self, pair: Pair<'_, Rule>) -> Result<Given, Diagnostic> {
        pair.into_inner().next().map_or_else(|| Ok(Given::default()), |inner| self.arguments(inner))
    }

    fn arguments(self, pair: Pair<'_, Rule>) -> Result<Given, Diagnostic> {
        let mut given = Given::default();
        for argument in pair.into_inner().filter(|part| part.as_rule() == Rule::argument) {
            let Some(inner) = argument.into_inner().next() else { continue };
            if inner.as_rule() != Rule::keyword_argument {
                let node = self.expression(inner)?;
                if let Some((word, _)) = given.keywords.last() {
                    return Err(Diagnostic::error(
                        Code::WrongArguments,
                        node.span,
                        "a positional argument follows a named one",
                    )
                    .also(word.span, "named here")
                    .help("put the arguments without a name first"));
                }
                given.positional.push(node);
                continue;
            }
            let mut parts = inner.into_inner();
            let (Some(word), Some(value)) = (parts.next(), parts.next()) else { return Err(self.internal("")) };
            let word = self.word(&word);
            if let Some((first, _)) = given.keywords.iter().find(|(known, _)| known.text == word.text) {
                let message = format!("argument `{}` is given twice", word.text);
                return Err(
                    Diagnostic::error(Code::WrongArguments, word.span, message).also(first.span, "first given here")
                );
            }
            given.keywords.push((word, self.expression(value)?));
        }
        Ok(given)
    }
}

fn constant(node: &Node) -> Option<Value> {
    match &node.kind {
        Kind::Constant(value) => Some(value.clone()),
        _ => None,
    }
}

fn no_method(word: &Word) -> Diagnostic {
    let name = &word.text;
    let error = Diagnostic::error(Code::UnknownFunction, word.span, format!("values have no methods such as `{name}`"));
    let filter = match &**name {
        "format" => "format",
        "strip" => "trim",
        "startswith" => return error.help("use the test: `value is startingwith(\"…\")`"),
        "endswith" => return error.help("use the test: `value is endingwith(\"…\")`"),
        "keys" => "list",
        "get" => return error.help("use `map.key|default(…)`"),
        name if super::names::is_filter(name) => name,
        _ => return error.help("use a filter: `value|filter`"),
    };
    error.help(format!("use the filter: `value|{filter}`"))
}

fn infix(rule: Rule, left: Box<Node>, right: Box<Node>) -> Kind {
    let operator = match rule {
        Rule::or => return Kind::Or(left, right),
        Rule::and => return Kind::And(left, right),
        Rule::eq => Operator::Equal,
        Rule::ne => Operator::NotEqual,
        Rule::lt => Operator::Less,
        Rule::le => Operator::LessOrEqual,
        Rule::gt => Operator::Greater,
        Rule::ge => Operator::GreaterOrEqual,
        Rule::in_ => Operator::In,
        Rule::not_in => Operator::NotIn,
        Rule::subtract => Operator::Subtract,
        Rule::concat => Operator::Concat,
        Rule::multiply => Operator::Multiply,
        Rule::divide => Operator::Divide,
        Rule::floor_divide => Operator::FloorDivide,
        Rule::remainder => Operator::Remainder,
        Rule::power => Operator::Power,
        _ => Operator::Add,
    };
    Kind::Binary(operator, left, right)
}
