//! Reads what stands between the parentheses of a directive. The only file of this room that sees pest.

use std::sync::Arc;

use pest::Parser;
use pest::iterators::Pair;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Arguments, CodeStart, Expression, RESERVED};
use crate::grammar::{Grammar, Rule};
use crate::source::Span;

use super::builtin::Builtin;
use super::tree::{Name, Parameter, ParameterKind};

/// The text between the parentheses of a tag, with its place.
#[derive(Clone, Copy)]
pub(super) struct Inside<'a> {
    pub(super) text: &'a str,
    pub(super) place: CodeStart,
    pub(super) builtin: Builtin,
}

/// The tag that a sigil begins.
pub(super) enum Tag<'a> {
    Value,
    Comment,
    /// `@name(`
    Call(&'a str),
    /// `@name`
    Bare(&'a str),
}

/// The tag at the start of `text`, which is a sigil; `None` if it is plain text.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    let pair = Grammar::parse(Rule::tag, text).ok()?.next()?.into_inner().next()?;
    let rule = pair.as_rule();
    let name = || pair.clone().into_inner().next().map(|name| name.as_str());
    match rule {
        Rule::value_tag => Some(Tag::Value),
        Rule::comment_tag => Some(Tag::Comment),
        Rule::call_tag => name().map(Tag::Call),
        _ => name().map(Tag::Bare),
    }
}

impl<'a> Inside<'a> {
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let at = |offset: usize| self.place.offset + u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(self.place.file, at(start), at(end))
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        let span = pair.as_span();
        Name { text: Arc::from(pair.as_str()), span: self.span(span.start(), span.end()) }
    }

    /// The error for arguments that do not fit the directive's form, at the first character that does not fit.
    fn misfit(&self, at: usize) -> Diagnostic {
        let rest = &self.text[at..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let end = at + if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        let label = match &rest[..word] {
            _ if self.text.trim().is_empty() => "it wants arguments".to_owned(),
            word if RESERVED.contains(&word) => format!("`{word}` is a word of the expression language, no name"),
            _ => "not expected here".to_owned(),
        };
        let message = format!("`@{}` cannot be read from here", self.builtin.name());
        Diagnostic::error(Code::TagSyntax, self.span(at, end), message)
            .label(label)
            .help(format!("it is written `{}`", self.builtin.form()))
    }

    /// The pairs of a head and the offset behind it.
    fn head(&self, rule: Rule) -> Result<(Vec<Pair<'a, Rule>>, usize), Diagnostic> {
        match Grammar::parse(rule, self.text) {
            Ok(mut pairs) => {
                let Some(head) = pairs.next() else { return Err(self.misfit(0)) };
                let end = head.as_span().end();
                let inner = head.into_inner().filter(|pair| pair.as_rule() != Rule::EOI).collect();
                Ok((inner, end))
            }
            Err(error) => Err(self.misfit(match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
            })),
        }
    }

    /// The expression that stands behind a head.
    fn rest(&self, from: usize) -> Result<Expression, Diagnostic> {
        let text = self.text[from..].trim_end();
        let text = text.strip_suffix(',').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(self.misfit(self.text.len()));
        }
        Expression::parse(text, self.at(from))
    }

    fn at(&self, offset: usize) -> CodeStart {
        CodeStart { file: self.place.file, offset: self.place.offset + u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// The arguments of a macro or of a builtin that takes nothing else.
    pub(super) fn arguments(&self) -> Result<Arguments, Diagnostic> {
        Arguments::parse(self.text, self.place)
    }

    /// One expression and no more: `@if(…)`.
    pub(super) fn only(&self) -> Result<Expression, Diagnostic> {
        let mut arguments = self.arguments()?;
        match (arguments.positional.pop(), arguments.positional.pop(), arguments.keywords.first()) {
            (Some(one), None, None) => Ok(one),
            (None, None, None) => Err(self.misfit(0)),
            (_, _, Some((_, span, _))) => Err(self.wrong_keyword(*span)),
            (Some(extra), ..) | (_, Some(extra), _) => Err(self.too_many(extra.span())),
        }
    }

    fn too_many(&self, extra: Span) -> Diagnostic {
        Diagnostic::error(Code::WrongArguments, extra, format!("`@{}` takes no further argument", self.builtin.name()))
            .label("one too many")
            .help(format!("it is written `{}`", self.builtin.form()))
    }

    fn wrong_keyword(&self, span: Span) -> Diagnostic {
        let message = format!("`@{}` has no argument of this name", self.builtin.name());
        Diagnostic::error(Code::WrongArguments, span, message).help(format!("it is written `{}`", self.builtin.form()))
    }

    /// Nothing but blanks: `@body()`.
    pub(super) fn nothing(&self) -> Result<(), Diagnostic> {
        let arguments = self.arguments()?;
        match (arguments.positional.first(), arguments.keywords.first()) {
            (None, None) => Ok(()),
            (Some(extra), _) => Err(self.too_many(extra.span())),
            (None, Some((_, span, _))) => Err(self.wrong_keyword(*span)),
        }
    }

    /// `expression, optional=…`: the one expression, and what stands behind `optional`; other keywords are given back.
    pub(super) fn optional(&self) -> Result<Named, Diagnostic> {
        let mut arguments = self.arguments()?;
        if let Some(extra) = arguments.positional.get(1) {
            return Err(self.too_many(extra.span()));
        }
        let Some(what) = arguments.positional.pop() else { return Err(self.misfit(0)) };
        let mut optional = None;
        let mut bindings = Vec::new();
        for (text, span, value) in arguments.keywords {
            if &*text == "optional" {
                optional = Some(value);
            } else {
                bindings.push((Name { text, span }, value));
            }
        }
        Ok(Named { what, optional, bindings })
    }

    /// As [`Inside::optional`] for builtins that take no other keyword.
    pub(super) fn only_optional(&self) -> Result<(Expression, Option<Expression>), Diagnostic> {
        let read = self.optional()?;
        match read.bindings.first() {
            None => Ok((read.what, read.optional)),
            Some((name, _)) => Err(self.wrong_keyword(name.span)),
        }
    }

    /// `name, parameter, other=default, rest...`
    pub(super) fn define(&self) -> Result<(Name, Vec<Parameter>), Diagnostic> {
        let (pairs, _) = self.head(Rule::define_head)?;
        let mut pairs = pairs.into_iter();
        let Some(name) = pairs.next() else { return Err(self.misfit(0)) };
        let mut parameters: Vec<Parameter> = Vec::new();
        for pair in pairs {
            let parameter = self.parameter(pair)?;
            let name = &parameter.name;
            if let Some(first) = parameters.iter().find(|other| other.name.text == name.text) {
                let message = format!("parameter `{}` is named twice", name.text);
                return Err(Diagnostic::error(Code::DuplicateDefinition, name.span, message)
                    .also(first.name.span, "first named here"));
            }
            match (parameters.last().map(|last| &last.kind), &parameter.kind) {
                (Some(ParameterKind::Rest), _) => {
                    let message =
                        format!("parameter `{}` stands behind `...`, which takes all that is left", name.text);
                    return Err(Diagnostic::error(Code::TagSyntax, name.span, message));
                }
                (Some(ParameterKind::Default(_)), ParameterKind::Required) => {
                    let message = format!("parameter `{}` has no default but follows one that has", name.text);
                    return Err(Diagnostic::error(Code::TagSyntax, name.span, message)
                        .help("put the parameters without a default first"));
                }
                _ => parameters.push(parameter),
            }
        }
        Ok((self.name(&name), parameters))
    }

    fn parameter(&self, pair: Pair<'_, Rule>) -> Result<Parameter, Diagnostic> {
        let start = pair.as_span().start();
        let Some(inner) = pair.into_inner().next() else { return Err(self.misfit(start)) };
        let rule = inner.as_rule();
        if rule == Rule::new_name {
            return Ok(Parameter { name: self.name(&inner), kind: ParameterKind::Required });
        }
        let mut parts = inner.into_inner();
        let Some(name) = parts.next() else { return Err(self.misfit(start)) };
        let kind = match parts.next() {
            Some(default) => {
                let place = self.at(default.as_span().start());
                ParameterKind::Default(Expression::parse(default.as_str().trim_end(), place)?)
            }
            None => ParameterKind::Rest,
        };
        Ok(Parameter { name: self.name(&name), kind })
    }

    /// `name, expression` or `function(a, b), expression`; the parameters are `None` for a plain value.
    pub(super) fn binding(&self) -> Result<(Name, Option<Vec<Name>>, Expression), Diagnostic> {
        let rule = if self.builtin == Builtin::Let { Rule::let_head } else { Rule::default_head };
        let (pairs, end) = self.head(rule)?;
        let Some(name) = pairs.first() else { return Err(self.misfit(0)) };
        let parameters =
            pairs.get(1).map(|list| list.clone().into_inner().map(|parameter| self.name(&parameter)).collect());
        Ok((self.name(name), parameters, self.rest(end)?))
    }

    /// `x, list` or `key, value, map`
    pub(super) fn foreach(&self) -> Result<(Vec<Name>, Expression), Diagnostic> {
        let (pairs, end) = self.head(Rule::foreach_head)?;
        Ok((pairs.iter().map(|name| self.name(name)).collect(), self.rest(end)?))
    }

    /// `words, "name", optional=…`
    pub(super) fn gather(&self) -> Result<(Name, Expression, Option<Expression>), Diagnostic> {
        let (pairs, end) = self.head(Rule::gather_head)?;
        let Some(words) = pairs.first() else { return Err(self.misfit(0)) };
        let rest = Inside { text: &self.text[end..], place: self.at(end), builtin: self.builtin };
        let (name, optional) = rest.only_optional()?;
        Ok((self.name(words), name, optional))
    }

    /// `macro, arguments`
    pub(super) fn call(&self) -> Result<(Name, Arguments), Diagnostic> {
        let (pairs, end) = self.head(Rule::call_head)?;
        let Some(name) = pairs.first() else { return Err(self.misfit(0)) };
        Ok((self.name(name), Arguments::parse(&self.text[end..], self.at(end))?))
    }
}

/// What [`Inside::optional`] reads.
pub(super) struct Named {
    pub(super) what: Expression,
    pub(super) optional: Option<Expression>,
    pub(super) bindings: Vec<(Name, Expression)>,
}
