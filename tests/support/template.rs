//! Templates in projects in memory.

use std::sync::Arc;

use camino::Utf8Path;
use dockmill::diagnostic::Diagnostic;
use dockmill::expression::{Scope, Value};
use dockmill::source::{Memory, SourceMap, Span};
use dockmill::template::{Budget, Expanded, Globals, Limits, Loader, Roots, Task, Template};

use super::case::Case;

/// Variables of a test.
pub(crate) struct Variables(pub(crate) Vec<(String, Value)>);

impl Scope for Variables {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A template in a project in memory.
pub(crate) struct Project {
    pub(crate) files: Memory,
    pub(crate) variables: Variables,
    pub(crate) limits: Limits,
}

impl Project {
    pub(crate) fn of(text: impl Into<Vec<u8>>) -> Self {
        let files = Memory::default().with("/project/main.dockmill", text);
        Self { files, variables: Variables(Vec::new()), limits: Limits::default() }
    }

    /// The files of a case. A comment `@# -D name=value` gives a variable.
    pub(crate) fn case(case: &Case) -> Self {
        let mut files = Memory::default();
        let mut variables = Vec::new();
        for (name, body) in &case.files {
            files = files.with(format!("/project/{name}"), body.clone());
            let defines = body.lines().filter_map(|line| line.trim_end().strip_prefix("@# -D ")?.split_once('='));
            variables.extend(defines.map(|(key, value)| {
                let parsed: Result<Value, _> = serde_json::from_str(value);
                (key.to_owned(), parsed.unwrap_or_else(|_| Value::from(value)))
            }));
        }
        Self { files, variables: Variables(variables), limits: Limits::default() }
    }

    /// Loads, checks and expands, as the program does: the expansion is not tried where the check found errors.
    pub(crate) fn expand(&self, sources: &SourceMap) -> Expanded {
        let roots = Roots { include: vec!["/project/lib".into()], ..Roots::of("/project") };
        let loader = Loader::new(&self.files, sources, roots);
        let span = Span::new(sources.add("<test>", b"main.dockmill".to_vec()), 0, 9);
        let template: Template = match loader.template(Utf8Path::new("main.dockmill"), span) {
            Ok(template) => template,
            Err(error) => return Expanded { diagnostics: vec![error], ..Expanded::default() },
        };
        let names: Vec<Arc<str>> = self.variables.0.iter().map(|(name, _)| Arc::from(name.as_str())).collect();
        let mut diagnostics = template.errors().to_vec();
        diagnostics
            .extend(template.check(Globals { names: &names, all: &names, functions: &[], wrong: &|_| None }).errors);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Expanded { diagnostics, ..Expanded::default() };
        }
        let task = Task {
            globals: &self.variables,
            host: &(),
            limits: self.limits,
            budget: &Budget::default(),
            record: false,
            only: None,
        };
        let mut expanded = template.expand(&loader, &task);
        diagnostics.append(&mut expanded.diagnostics);
        Expanded { diagnostics, ..expanded }
    }
}
