//! Expressions: cases against minijinja as an oracle, errors as they are shown, laws, and the reference.

mod bounds;
mod cases;
mod docs;
mod errors;
mod laws;
mod sizes;

use std::cell::Cell;
use std::collections::BTreeMap;

use dockmill::diagnostic::Diagnostic;
use dockmill::expression::{CallValues, CodeStart, Expression, Scope, Value, Warnings};
use dockmill::source::{FileId, SourceMap, Span};

/// The names that the cases use.
pub(super) const NAMES: &str = r#"{
    "version": "3.12.8",
    "release": 18,
    "ratio": 0.5,
    "debug": true,
    "nothing": null,
    "empty": [],
    "v": {"a": "x", "list": ["b", "B", "a"], "deep": {"url": "https://example.org/?a=1&b=2"}, "nothing": null},
    "pkgs": ["curl", "ca-certificates", "git"],
    "rows": [{"name": "b", "size": 2}, {"name": "a", "size": 3}, {"name": "B", "size": 2}],
    "ports": {"http": 80, "https": 443}
}"#;

/// A scope of variables, with one function.
pub(super) struct Names {
    values: BTreeMap<String, Value>,
    /// Those that are left, where they are counted.
    steps: Option<Cell<u64>>,
    warnings: Warnings,
}

impl Names {
    /// Those of [`NAMES`].
    pub(super) fn new() -> Self {
        Self::of(NAMES)
    }

    pub(super) fn of(json: &str) -> Self {
        Self { values: serde_json::from_str(json).unwrap(), steps: None, warnings: Warnings::default() }
    }

    pub(super) fn with_steps(steps: u64) -> Self {
        Self { steps: Some(Cell::new(steps)), ..Self::new() }
    }

    pub(super) fn context(&self) -> Value {
        Value::from_pairs(self.values.iter().map(|(name, value)| (name.clone(), value.clone())))
    }
}

impl Scope for Names {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn call(&self, name: &str, given: CallValues, _: Span) -> Option<Result<Value, Diagnostic>> {
        let end = given.keywords.first().map(|(_, value)| value.to_string()).unwrap_or_default();
        (name == "shout")
            .then(|| Ok(Value::from(format!("{}!{end}", given.positional.first().cloned().unwrap_or_default()))))
    }

    fn names(&self) -> Vec<String> {
        self.values.keys().cloned().collect()
    }

    fn warnings(&self) -> Option<&Warnings> {
        Some(&self.warnings)
    }

    fn spend(&self, steps: u64) -> Option<bool> {
        let left = self.steps.as_ref()?;
        left.set(left.get().saturating_sub(steps));
        Some(left.get() > 0)
    }
}

pub(super) fn file(text: &str) -> FileId {
    SourceMap::default().add("template.dockmill", text.as_bytes().to_vec())
}

/// Reads and evaluates.
pub(super) fn run(text: &str, names: &Names) -> Result<Value, Diagnostic> {
    Expression::parse(text, CodeStart { file: file(text), offset: 0 })?.evaluate(names)
}

/// The names of the warnings of what is evaluated, which must be no error.
pub(super) fn warned(text: &str, names: &Names) -> Vec<&'static str> {
    names.warnings.take();
    run(text, names).unwrap_or_else(|error| panic!("{text}: {}", error.message));
    names.warnings.take().iter().map(|warning| warning.code.name()).collect()
}

/// The text that an error points to.
pub(super) fn pointed<'a>(text: &'a str, error: &Diagnostic) -> &'a str {
    let span = error.primary.as_ref().unwrap().span;
    text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

pub(super) fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}
