//! A template of the dialect with the files beside it, expanded alone.
#![no_main]

use std::sync::Arc;

use camino::Utf8Path;
use dockmill::diagnostic::Diagnostic;
use dockmill::expression::{Scope, Value};
use dockmill::source::{Memory, SourceMap, Span};
use dockmill::template::{Budget, Expanded, Globals, Limits, Loader, Roots, Task};
use dockmill_fuzz::{Case, ROOT, diagnostics_hold, is_over, mutate, text_holds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const MAIN: &str = "main.dockmill";

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let mut case = Case::read(input);
    if case.file(MAIN).is_none() {
        let head = std::mem::take(&mut case.head);
        case.files.push((MAIN, head));
    }
    let text = case.file(MAIN).unwrap_or_default().to_vec();
    let project = Project { files: case.memory(), variables: Variables::of(&text) };

    let small = Limits { depth: 40, steps: 5_000, output: 1 << 16, memory: 1 << 20 };
    let few = project.expand(small);
    let more = project.expand(Limits { steps: 50_000, ..small });
    assert!(few.text.bytes.len() as u64 <= small.output || is_over(&few.diagnostics), "too much was written");
    if !is_over(&few.diagnostics) {
        assert_eq!(told(&few), told(&more), "a bound changes nothing but where it is passed");
    }
    // The identity law.
    if !text.contains(&b'@') {
        assert!(few.text.bytes == text || is_over(&few.diagnostics), "plain text is changed");
        assert!(few.diagnostics.is_empty() || is_over(&few.diagnostics));
    }
});

struct Project {
    files: Memory,
    variables: Variables,
}

impl Project {
    /// Expands it twice, as a whole and by its chunks, and compares.
    fn expand(&self, limits: Limits) -> Expanded {
        let sources = SourceMap::default();
        let roots = Roots { include: vec![Utf8Path::new(ROOT).join("lib")], ..Roots::of(ROOT) };
        let loader = Loader::new(&self.files, &sources, roots);
        let span = Span::new(sources.add("<fuzz>", MAIN.into()), 0, 13);
        let template = match loader.template(Utf8Path::new(MAIN), span) {
            Ok(template) => template,
            Err(error) => return Expanded { diagnostics: vec![error], ..Expanded::default() },
        };
        let names: Vec<Arc<str>> = self.variables.0.iter().map(|(name, _)| Arc::from(name.as_str())).collect();
        let mut found = template.errors().to_vec();
        found.extend(template.check(Globals { names: &names, all: &names, functions: &[], wrong: &|_| None }).errors);
        diagnostics_hold(&found, &sources);
        if found.iter().any(Diagnostic::is_error) {
            return Expanded { diagnostics: found, ..Expanded::default() };
        }
        let task =
            Task { globals: &self.variables, host: &(), limits, budget: &Budget::default(), record: false, only: None };
        let mut whole = template.expand(&loader, &task);
        let chunked = template.expand(&loader, &task);
        assert_eq!(told(&whole), told(&chunked), "by chunks it is something else");
        text_holds(&whole.text, &sources);
        text_holds(&chunked.text, &sources);
        diagnostics_hold(&whole.diagnostics, &sources);
        found.append(&mut whole.diagnostics);
        Expanded { diagnostics: found, ..whole }
    }
}

/// What is compared.
fn told(expanded: &Expanded) -> (String, Vec<String>, Vec<String>) {
    let stack = |frame| expanded.text.stack(frame).map(|step| format!("{step:?}")).collect::<Vec<_>>();
    let lines = &expanded.text.lines;
    (
        String::from_utf8_lossy(&expanded.text.bytes).into_owned(),
        lines.iter().map(|origin| format!("{:?}:{} {:?}", origin.file, origin.line, stack(origin.frame))).collect(),
        expanded
            .diagnostics
            .iter()
            .map(|found| format!("{:?} {:?} {}", found.code, found.primary, found.message))
            .collect(),
    )
}

struct Variables(Vec<(String, Value)>);

impl Variables {
    /// A comment `@# -D name=value` gives a variable, as in the tests' cases; some are always there.
    fn of(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let given = text.lines().filter_map(|line| line.trim_end().strip_prefix("@# -D ")?.split_once('='));
        let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        let always = [("a", "\"debian\""), ("b", "2"), ("c", "[1, \"two\"]"), ("d", "{\"x\": 1.5}")];
        let always = always.into_iter().filter(|(name, _)| !text.contains(&format!("@# -D {name}=")));
        Self(given.chain(always).map(|(name, text)| (name.to_owned(), value(text))).collect())
    }
}

impl Scope for Variables {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}
