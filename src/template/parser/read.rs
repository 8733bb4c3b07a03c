//! Makes nodes of the arguments of builtins.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Expression, is_builtin_filter, is_builtin_function};
use crate::source::is_word;

use super::super::builtin::Builtin;
use super::super::head::Inside;
use super::super::tree::{Callee, Diverted, Function, Name, Node};
use super::Head;

/// What a directive's head makes.
pub(super) enum Read {
    Node(Node),
    Function(Function),
    Elif(Expression),
    Open(Head),
}

pub(super) fn text_builtin(inside: &Inside<'_>) -> Result<Callee, Diagnostic> {
    if let Some(error) = unquoted(inside).filter(|_| matches!(inside.builtin, Builtin::Include | Builtin::Insert)) {
        return Err(error);
    }
    Ok(match inside.builtin {
        Builtin::Include => {
            let read = inside.optional()?;
            Callee::Include { path: read.what, optional: read.optional, bindings: read.bindings }
        }
        Builtin::Insert => Callee::Insert { path: inside.only()? },
        Builtin::Undivert => {
            let (name, optional) = inside.only_optional()?;
            Callee::Undivert { name, optional }
        }
        _ => {
            inside.nothing()?;
            Callee::Body
        }
    })
}

pub(super) fn read(inside: &Inside<'_>) -> Result<Read, Diagnostic> {
    Ok(match inside.builtin {
        Builtin::Define => {
            let (name, parameters) = inside.define()?;
            if Builtin::from_name(&name.text).is_some() {
                let message = format!("`{}` is a builtin: a macro needs another name", name.text);
                return Err(Diagnostic::error(Code::DuplicateDefinition, name.span, message));
            }
            Read::Open(Head::Define { name, parameters, places_body: false })
        }
        Builtin::Let => match inside.binding()? {
            (name, Some(parameters), body) => {
                let known = if is_builtin_function(&name.text) { Some("function") } else { None };
                let known = known.or(is_builtin_filter(&name.text).then_some("filter"));
                if let Some(kind) = known {
                    let message = format!("`{}` is a builtin {kind}: a function needs another name", name.text);
                    return Err(Diagnostic::error(Code::DuplicateDefinition, name.span, message));
                }
                Read::Function(Function { name, parameters, body })
            }
            (name, None, value) => Read::Node(Node::Let { name, value }),
        },
        Builtin::Default => {
            let (name, _, value) = inside.binding()?;
            Read::Node(Node::Default { name, value })
        }
        Builtin::Elif => Read::Elif(inside.only()?),
        Builtin::Foreach => {
            let (variables, items) = inside.foreach()?;
            Read::Open(Head::Foreach { variables, items })
        }
        Builtin::Import => Read::Node(import(inside)?),
        Builtin::Divert => divert(inside)?,
        Builtin::Gather => {
            let (words, name, optional) = inside.gather()?;
            Read::Open(Head::Gather { words, name, optional })
        }
        Builtin::Call => {
            let (name, arguments) = inside.call()?;
            Read::Open(Head::Call { name, arguments })
        }
        Builtin::Error => Read::Node(Node::Message { fatal: true, text: inside.only()? }),
        Builtin::Warn => Read::Node(Node::Message { fatal: false, text: inside.only()? }),
        // `@if`; the others do not come here: they give text or have no parentheses.
        _ => {
            let condition = Some(inside.only()?);
            Read::Open(Head::If { branches: Vec::new(), condition, else_span: None })
        }
    })
}

/// The error of a path without quotes, which may well be read as a division.
fn unquoted(inside: &Inside<'_>) -> Option<Diagnostic> {
    let path = inside.text.split(',').next()?.trim();
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-');
    let is_path = path.contains('/') && path.contains('.') && path.split('/').all(is_part);
    let start = inside.text.find(path).filter(|_| is_path)?;
    let span = inside.span(start, start + path.len());
    let error = Diagnostic::error(Code::TagSyntax, span, "a path is a text, which stands in quotes");
    Some(error.replace("write it in quotes", span, format!("\"{path}\"")))
}

fn import(inside: &Inside<'_>) -> Result<Node, Diagnostic> {
    if let Some(error) = unquoted(inside) {
        return Err(error);
    }
    let path = inside.only()?;
    let literal = path.as_literal_str();
    if let Some(text) = literal.filter(|text| !text.contains("@{")) {
        return Ok(Node::Import { path: Name { text: Arc::from(text), span: path.span() } });
    }
    let label = if literal.is_some() { "`@{ }` is not filled in here" } else { "a string is expected here" };
    Err(Diagnostic::error(Code::TagSyntax, path.span(), "the path of `@import` must be written out")
        .label(label)
        .help("names must be known when the file is loaded; a path that is computed can be `@include`d"))
}

fn divert(inside: &Inside<'_>) -> Result<Read, Diagnostic> {
    let arguments = inside.arguments()?;
    let mut values = arguments.positional.into_iter();
    match (values.next(), values.next(), values.next(), arguments.keywords.first()) {
        (Some(name), None, None, None) => Ok(Read::Open(Head::Divert { name })),
        (Some(name), Some(value), None, None) => Ok(Read::Node(Node::Divert { name, content: Diverted::Value(value) })),
        (_, _, extra, keyword) => {
            let span = extra.map(|extra| extra.span()).or(keyword.map(|(_, span, _)| *span)).unwrap_or(arguments.span);
            Err(Diagnostic::error(Code::WrongArguments, span, "`@divert` takes the name of a diversion and a value")
                .help("write `@divert(\"name\")` … `@end`, or `@divert(\"name\", value)`"))
        }
    }
}
