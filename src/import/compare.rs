//! Renders an m4 template and its translation, and compares the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expression::{Scope, Value};
use crate::m4::{self, Engine, Host, Loaded, Options, Unread, Used};
use crate::manifest::{Manifest, Request};
use crate::source::{FileOrigin, Memory, SourceMap, Span, Traced};
use crate::template::{Globals, Loader, Roots, Share, Task};

use super::include::{Files, why};
use super::{Bounds, Imported, Target, dialect_names};

/// Where the new files are while they are compared.
const PROJECT: &str = "/project";

/// Bytes that are kept of what m4 says.
const SAID: usize = 4096;

/// A target and the result of its comparison.
#[derive(Debug)]
pub struct Compared<'a> {
    /// The target.
    pub target: &'a Target,
    /// The result.
    pub outcome: Outcome,
    /// The definitions of the target that m4 asked for.
    pub asked: BTreeSet<&'a str>,
}

/// The result of rendering both templates.
#[derive(Debug)]
pub enum Outcome {
    /// The bytes are equal.
    Equal,
    /// The bytes differ.
    Differs {
        /// What m4 gives.
        old: Vec<u8>,
        /// What the new template gives.
        new: Vec<u8>,
    },
    /// m4 fails.
    OldFails(String),
    /// The new template fails.
    NewFails(Vec<Diagnostic>),
}

/// Compares for each target.
pub fn compare<'a>(
    targets: &'a [Target],
    imported: &Imported,
    prefix: bool,
    files: &dyn Files,
    sources: &SourceMap,
    bounds: &Bounds,
) -> Vec<Compared<'a>> {
    let memory = in_memory(imported);
    let roots = Roots::of(PROJECT);
    let loader = Loader::new(&memory, sources, roots);
    let one = |target| {
        let mut asked = BTreeSet::new();
        let outcome = match old(target, prefix, files, bounds, &mut asked) {
            Err(said) => Outcome::OldFails(said),
            Ok(old) => match new(target, imported, &loader, sources, bounds) {
                Err(found) => Outcome::NewFails(found),
                Ok(new) if old == new => Outcome::Equal,
                Ok(new) => Outcome::Differs { old, new },
            },
        };
        Compared { target, outcome, asked }
    };
    targets.iter().map(one).collect()
}

/// Errors of the new manifest: m4 takes any text as a value, an axis does not.
pub fn check_manifest(manifest: &str, imported: &Imported, sources: &SourceMap) -> Diagnostics {
    let path = Utf8Path::new(PROJECT).join("dockmill.toml");
    let memory = in_memory(imported).with(path.clone(), manifest);
    let mut found = Diagnostics::default();
    if let Some(manifest) = Manifest::load(sources, &memory, &path, &Request::default(), &mut found) {
        manifest.verify(&mut found, |_| ());
    }
    found
}

fn in_memory(imported: &Imported) -> Memory {
    let with = |memory: Memory, (path, bytes): (&Utf8PathBuf, &Vec<u8>)| {
        memory.with(Utf8Path::new(PROJECT).join(path), bytes.clone())
    };
    imported.files.iter().fold(Memory::default(), with)
}

/// What m4 gives.
fn old<'a>(
    target: &'a Target,
    prefix: bool,
    files: &dyn Files,
    Bounds { limits, budget }: &Bounds,
    asked: &mut BTreeSet<&'a str>,
) -> Result<Vec<u8>, String> {
    budget.begin_output();
    if let Some(refusal) = budget.refusal() {
        return Err(refusal);
    }
    let limits = m4::bounds(*limits);
    let mut world = World { files, output: Vec::new(), error: Vec::new(), most: limits.bytes, share: budget.share() };
    let cannot = |unread| format!("`{}` cannot be read: {}", target.file, why(&unread));
    let found = files.find(&target.file).map_err(cannot)?;
    let mut engine = Engine::new(Options { prefix, limits, ..Options::default() }, &mut world);
    for (name, value) in &target.values {
        engine.define(name.as_bytes(), value.as_bytes());
    }
    let status = engine.run(target.file.as_bytes(), found.bytes);
    asked.extend(target.values.keys().map(String::as_str).filter(|name| engine.has_used(name.as_bytes())));
    let steps = m4::steps(engine.called, engine.work());
    let World { output, error, share, .. } = world;
    share.close(steps, output.len() as u64, 0);
    if status == 0 { Ok(output) } else { Err(String::from_utf8_lossy(&error).trim_end().to_owned()) }
}

/// What the new template gives.
fn new(
    target: &Target,
    imported: &Imported,
    loader: &Loader<'_>,
    sources: &SourceMap,
    bounds: &Bounds,
) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let Some(path) = imported.templates.get(&target.file) else { return Ok(Vec::new()) };
    let asked = sources.add(FileOrigin::Argument, target.file.clone().into_bytes());
    let template = loader.template(path, Span::new(asked, 0, 0)).map_err(|error| vec![error])?;
    let mut values: BTreeMap<String, String> =
        target.values.iter().map(|(name, value)| (dialect_names::variable(name), value.clone())).collect();
    for table in &imported.tables {
        let text = target.values.get(&table.axis).and_then(|value| table.values.get(value));
        values.extend(text.map(|text| (table.name.clone(), text.clone())));
    }
    let values = VariableScope(values);
    let names: Vec<Arc<str>> = values.0.keys().map(|name| Arc::from(name.as_str())).collect();
    let mut found: Vec<Diagnostic> = template.errors().to_vec();
    found.extend(template.check(Globals { names: &names, all: &names, functions: &[], wrong: &|_| None }).errors);
    if found.iter().any(Diagnostic::is_error) {
        return Err(found);
    }
    let Bounds { limits, budget } = bounds;
    let task = Task { globals: &values, host: &(), limits: *limits, budget, record: false, only: None };
    let expanded = template.expand(loader, &task);
    let Traced { bytes, .. } = expanded.text;
    if expanded.diagnostics.iter().any(Diagnostic::is_error) { Err(expanded.diagnostics) } else { Ok(bytes) }
}

/// The variables of a target: text, as in m4.
struct VariableScope(BTreeMap<String, String>);

impl Scope for VariableScope {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).map(|value| Value::from(value.as_str()))
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// Files for m4.
struct World<'a> {
    files: &'a dyn Files,
    output: Vec<u8>,
    error: Vec<u8>,
    /// Bytes of output.
    most: usize,
    share: Share<'a>,
}

impl Host for World<'_> {
    fn output(&mut self, bytes: &[u8]) -> bool {
        self.output.extend_from_slice(bytes);
        if self.output.len() > self.most {
            self.error.extend_from_slice(format!("the output passes {} bytes", self.most).as_bytes());
            return false;
        }
        true
    }

    fn error(&mut self, bytes: &[u8]) {
        // Only the beginning is shown.
        let room = SAID.saturating_sub(self.error.len()).min(bytes.len());
        self.error.extend_from_slice(&bytes[..room]);
    }

    fn refuses(&mut self, used: Used) -> Option<String> {
        self.share.holds(used.memory as u64);
        self.share.refuses(m4::steps(used.calls, used.work))
    }

    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread> {
        let missing = |_| Unread::Io(io::Error::from_raw_os_error(2));
        let found = self.files.find(std::str::from_utf8(name).map_err(missing)?)?;
        Ok(Loaded { name: name.to_vec(), bytes: found.bytes, source: 0 })
    }
}
