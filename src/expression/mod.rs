//! STUB until the branch `expression` is merged.
#![allow(missing_docs, clippy::pedantic)]
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
pub use minijinja::Value;
use std::sync::{Arc, OnceLock};
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub file: FileId,
    pub offset: u32,
}
#[derive(Debug)]
pub struct Expression {
    inner: minijinja::Expression<'static, 'static>,
    names: Vec<String>,
    span: Span,
    text: String,
}
pub struct Use<'a> {
    pub name: &'a str,
    pub span: Span,
    pub kind: UseKind,
}
pub enum UseKind {
    Name,
    Function { positional: usize, keywords: Vec<Arc<str>> },
    Filter { positional: usize, keywords: Vec<Arc<str>> },
    Test,
}
#[derive(Debug)]
pub struct Arguments {
    pub positional: Vec<Expression>,
    pub keywords: Vec<(Arc<str>, Span, Expression)>,
    pub span: Span,
}
impl Arguments {
    pub fn parse(text: &str, place: Place) -> Result<Self, Diagnostic> {
        let mut a = Arguments {
            positional: vec![],
            keywords: vec![],
            span: Span::new(place.file, place.offset, place.offset + text.len() as u32),
        };
        let mut at = 0;
        let mut depth = 0;
        let mut cuts = vec![];
        for (i, c) in text.char_indices() {
            match c {
                '[' | '(' | '{' => depth += 1,
                ']' | ')' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    cuts.push((at, i));
                    at = i + 1;
                }
                _ => {}
            }
        }
        cuts.push((at, text.len()));
        for (s, e) in cuts {
            let t = &text[s..e];
            if t.trim().is_empty() {
                continue;
            }
            let lead = t.len() - t.trim_start().len();
            let off = place.offset + (s + lead) as u32;
            let t = t.trim();
            if let Some((k, v)) = t.split_once('=') {
                if k.trim().chars().all(|c| c.is_alphanumeric() || c == '_') {
                    a.keywords.push((
                        Arc::from(k.trim()),
                        Span::new(place.file, off, off + k.len() as u32),
                        Expression::parse(v, Place { file: place.file, offset: off + k.len() as u32 + 1 })?,
                    ));
                    continue;
                }
            }
            a.positional.push(Expression::parse(t, Place { file: place.file, offset: off })?);
        }
        Ok(a)
    }
}
pub trait Scope {
    fn value(&self, name: &str) -> Option<Value>;
    fn call(
        &self,
        name: &str,
        positional: Vec<Value>,
        keywords: Vec<(Arc<str>, Value)>,
        span: Span,
    ) -> Option<Result<Value, Diagnostic>>;
    fn names(&self) -> Vec<String>;
    fn spend(&self, _steps: u64) -> bool {
        true
    }
}
fn env() -> &'static minijinja::Environment<'static> {
    static ENV: OnceLock<minijinja::Environment<'static>> = OnceLock::new();
    ENV.get_or_init(|| {
        let mut e = minijinja::Environment::new();
        e.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        e
    })
}
impl Expression {
    pub fn parse(text: &str, place: Place) -> Result<Expression, Diagnostic> {
        let span = Span::new(place.file, place.offset, place.offset + text.len() as u32);
        let inner = env()
            .compile_expression_owned(text.to_owned())
            .map_err(|e| Diagnostic::error(Code::ExpressionSyntax, span, e.to_string()))?;
        let mut names: Vec<String> = inner.undeclared_variables(false).into_iter().collect();
        names.sort();
        Ok(Self { inner, names, span, text: text.to_owned() })
    }
    pub fn as_literal_str(&self) -> Option<&str> {
        let t = self.text.trim();
        (t.len() >= 2 && t.starts_with('"') && t.ends_with('"')).then(|| &t[1..t.len() - 1])
    }
    pub fn span(&self) -> Span {
        self.span
    }
    pub fn uses(&self, visit: &mut dyn FnMut(Use<'_>)) {
        for name in &self.names {
            let at = self.text.find(name.as_str()).unwrap_or(0) as u32 + self.span.start;
            visit(Use { name, span: Span::new(self.span.file, at, at + name.len() as u32), kind: UseKind::Name });
        }
    }
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Diagnostic> {
        let pairs: Vec<(String, Value)> =
            self.names.iter().filter_map(|n| Some((n.clone(), scope.value(n)?))).collect();
        let v = self
            .inner
            .eval(Value::from_pairs(pairs))
            .map_err(|e| Diagnostic::error(Code::EvaluationFailed, self.span, e.to_string()))?;
        if v.is_undefined() {
            return Err(Diagnostic::error(Code::UnknownName, self.span, "undefined"));
        }
        Ok(v)
    }
}
pub fn print(value: &Value) -> Result<std::borrow::Cow<'_, str>, &'static str> {
    match value.kind() {
        minijinja::value::ValueKind::String
        | minijinja::value::ValueKind::Number
        | minijinja::value::ValueKind::Bool => Ok(value.to_string().into()),
        minijinja::value::ValueKind::Seq => Err("a list"),
        minijinja::value::ValueKind::Map => Err("a map"),
        _ => Err("none"),
    }
}
pub fn unknown<'a>(use_: &Use<'_>, names: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(Code::UnknownName, use_.span, format!("unknown name `{}`", use_.name))
        .suggest(use_.span, use_.name, names)
}
