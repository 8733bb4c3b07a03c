//! The two front ends: templates in dockmill's own dialect, and templates in m4.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::Value;
use crate::m4::{self, Definition, definition};
use crate::manifest::{CopiedFile, Define, Image, Target};
use crate::source::{SourceMap, Span};
use crate::template::{Computed, Task};

use super::{Rendered, at_place};

/// The templates of a project that are in m4.
pub(super) struct M4<'a> {
    front: m4::Front<'a>,
    sources: &'a SourceMap,
    templates: HashMap<Utf8PathBuf, m4::Template>,
    /// `-D`s that the manifest does not declare.
    defines: &'a [Define],
    /// For each: some template asked for it.
    used: Vec<AtomicBool>,
    /// Something was expanded.
    ran: AtomicBool,
    /// The values of the manifest that templates asked for.
    asked: Mutex<HashSet<Arc<str>>>,
}

impl<'a> M4<'a> {
    pub(super) fn new(front: m4::Front<'a>, sources: &'a SourceMap, defines: &'a [Define]) -> Self {
        let used = defines.iter().map(|_| AtomicBool::new(false)).collect();
        let (templates, ran, asked) = (HashMap::new(), AtomicBool::new(false), Mutex::default());
        Self { front, sources, templates, defines, used, ran, asked }
    }

    pub(super) fn load(&mut self, path: &Utf8Path, span: Span, out: &mut Diagnostics) {
        if self.templates.contains_key(path) {
            return;
        }
        match self.front.template(path, span) {
            Ok(template) => _ = self.templates.insert(path.to_owned(), template),
            // That it is not there was told with the manifest.
            Err(error) if error.code == Code::FileNotFound => {}
            Err(error) => out.push(error),
        }
    }

    /// Has the project none of them?
    pub(super) fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// Something was expanded, in m4 or not: what nothing asked for by then is unused.
    pub(super) fn ran(&self) {
        self.ran.store(true, Ordering::Relaxed);
    }

    pub(super) fn read_files(&self) -> Vec<Utf8PathBuf> {
        self.front.read_files()
    }

    /// Expands a target's template.
    pub(super) fn expand(&self, image: &Image, target: &Target, task: &Task<'_>) -> Rendered {
        match self.templates.get(&target.template) {
            Some(template) => self.run(template, image, target, (task, true)),
            // It could not be loaded, which is reported.
            None => Rendered::default(),
        }
    }

    /// Expands a file that stands beside a target's output, with the definitions that its template has.
    pub(super) fn expand_beside(&self, file: &CopiedFile, image: &Image, target: &Target, task: &Task<'_>) -> Rendered {
        let how = (task, false);
        if let Some(template) = self.templates.get(&file.from) {
            return self.run(template, image, target, how);
        }
        // Its path depends on the target.
        match self.front.template(&file.from, file.span) {
            Ok(template) => self.run(&template, image, target, how),
            Err(error) => Rendered { diagnostics: vec![error.into()], ..Rendered::default() },
        }
    }

    fn run(
        &self,
        template: &m4::Template,
        image: &Image,
        target: &Target,
        (task, dockerfile): (&Task<'_>, bool),
    ) -> Rendered {
        let mut definitions: Vec<Definition> = Vec::new();
        for (name, value) in target.globals.to_vec() {
            // Every `target=` of a mount would be replaced by it.
            if &*name != "target" {
                definitions.extend(definition(&value).map(|text| (name, text)));
            }
        }
        let given = definitions.len();
        definitions
            .extend(self.defines.iter().map(|define| (Arc::from(&*define.name), define.value.clone().into_bytes())));
        let Task { globals, limits, budget, record, .. } = *task;
        let prefix = image.prefix.is_some();
        let task = m4::Task { definitions: &definitions, prefix, limits, budget, record, dockerfile };
        let expanded = self.front.expand(template, &task);
        self.ran();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, (name, _)) in definitions[..given].iter().enumerate() {
            if expanded.unused.binary_search(&index).is_err() && !asked.contains(name) {
                asked.insert(Arc::clone(name));
            }
        }
        drop(asked);
        for (index, used) in self.used.iter().enumerate() {
            if !expanded.unused.contains(&(given + index)) {
                used.store(true, Ordering::Relaxed);
            }
        }
        let warnings = expanded.findings.into_iter();
        let warnings: Vec<Diagnostic> = warnings.map(|left| at_place(&expanded.text, self.sources, left)).collect();
        let diagnostics = expanded.diagnostics.into_iter().chain(warnings).map(Arc::new).collect();
        let computed = expanded.given.into_iter().filter_map(|(frame, span, at)| {
            let (name, value) = definitions.get(at)?;
            let value = Value::from(String::from_utf8_lossy(value).into_owned());
            Some(Computed::new(frame, span, &value, globals.births(name)))
        });
        Rendered {
            text: expanded.text,
            diagnostics,
            computed: computed.collect(),
            files: expanded.files,
            ..Rendered::default()
        }
    }

    /// The values of the manifest that the templates that were expanded asked for.
    pub(super) fn asked(&self) -> HashSet<Arc<str>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A warning for each `-D` that none of the templates that were expanded asked for; `declared` are those that other
    /// templates declare.
    pub(super) fn unused(&self, declared: &[&str]) -> Vec<Diagnostic> {
        if !self.ran.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let unused = self.defines.iter().zip(&self.used).filter(|(_, used)| !used.load(Ordering::Relaxed));
        let unused = unused.filter(|(define, _)| !declared.contains(&define.name.as_str()));
        unused.map(|(define, _)| m4::unused_define(&define.name, define.span)).collect()
    }
}
