//! `dockmill expand`: one template, no manifest.

use std::io::{Read, Write};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::{Scope, Value};
use crate::manifest::Define;
use crate::render;
use crate::source::{Disk, SourceMap, Span};
use crate::template::{Globals, Host, Loader, Roots, Task, Template};

use super::arguments::Expand;
use super::define;
use super::report::Report;
use super::{Status, path, write};

pub(crate) fn run(arguments: &Expand, report: &Report) -> Result<Status> {
    let sources = SourceMap::default();
    let mut found = Diagnostics::default();
    let mut defines: Vec<Define> = Vec::new();
    for text in &arguments.define {
        match define::read(text, &sources) {
            // As in m4 and cc, the last `-D` of a name holds.
            Ok(define) => {
                defines.retain(|known| known.name != define.name);
                defines.push(define);
            }
            Err(error) => found.push(error),
        }
    }
    let limits = match define::limits(&arguments.limit, &sources) {
        Ok(limits) => limits,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let input = Input::find(&arguments.file)?;
    let search = arguments.include.iter().map(|given| Ok((path::folder(given)?, given.clone())));
    let roots = Roots { project: input.root.clone(), include: Vec::new(), search: search.collect::<Result<_>>()? };
    let loader = Loader::new(&Disk, &sources, roots);
    let template = match input.load(&loader, &sources)? {
        Ok(template) => template,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    found.extend(template.errors().iter().cloned());
    let names: Vec<Arc<str>> = defines.iter().map(|define| Arc::from(define.name.as_str())).collect();
    found.extend(template.check(Globals { names: &names, all: &names, functions: WithoutManifest.functions() }));
    let mut text = crate::source::Traced::default();
    if found.errors() == 0 {
        let globals = Defines(&defines);
        let task = Task { globals: &globals, host: &WithoutManifest, limits, record: false };
        let expanded = template.expand(&loader, &task);
        found.extend(expanded.diagnostics);
        text = expanded.text;
        found.extend(unused(&defines, &loader, &template));
    }
    if found.errors() == 0 && !arguments.no_check {
        found.extend(render::diagnose(&text, &sources));
    }
    if report.show(found, &sources, arguments.deny_warnings) {
        return Ok(Status::Failed);
    }
    if let Some(depfile) = &arguments.depfile {
        write_depfile(depfile, arguments, &loader)?;
    }
    match &arguments.output {
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&text.bytes).and_then(|()| stdout.flush()).context("cannot write the result")?;
        }
        // make decides by time stamps: what it asked to be made must be newer than what it was made of.
        Some(file) if arguments.depfile.is_some() => write::whole(file, &text.bytes)?,
        Some(file) => write::if_changed(file, &text.bytes)?,
    }
    Ok(Status::Done)
}

/// The rule for make: the output depends on every file that was read.
fn write_depfile(depfile: &Utf8Path, arguments: &Expand, loader: &Loader<'_>) -> Result<()> {
    let Some(output) = &arguments.output else {
        bail!("`--depfile` wants `--output`: the rule names the output");
    };
    let here = path::current_dir()?;
    let shown = |file: Utf8PathBuf| file.strip_prefix(&here).map(Utf8Path::to_owned).unwrap_or(file);
    let files: Vec<Utf8PathBuf> = loader.read_files().into_iter().map(shown).collect();
    let rule = crate::output::depfile::depfile(output, files.iter().map(Utf8PathBuf::as_path))?;
    write::if_changed(depfile, rule.as_bytes())
}

/// A `-D` that no file mentions is a typo.
fn unused(defines: &[Define], loader: &Loader<'_>, template: &Template) -> Vec<Diagnostic> {
    let mentioned = loader.mentioned(template);
    let unused = defines.iter().filter(|define| !mentioned.contains(define.name.as_str()));
    let error = |define: &Define| {
        let message = format!("nothing uses `{}`", define.name);
        let mut known: Vec<&str> = mentioned.iter().map(|name| &**name).collect();
        known.sort_unstable();
        let length = u32::try_from(define.name.len()).unwrap_or(0);
        let name = Span { end: define.span.start + length, ..define.span };
        Diagnostic::error(Code::UnknownDefine, name, message).suggest(name, &define.name, known)
    };
    unused.map(error).collect()
}

/// Where the template is, and the wall around what it may read.
struct Input {
    /// `None`: standard input.
    file: Option<Utf8PathBuf>,
    given: Utf8PathBuf,
    root: Utf8PathBuf,
}

impl Input {
    /// The wall is the current folder where the template is in it, else the template's own folder.
    fn find(given: &Utf8Path) -> Result<Self> {
        let here = path::current_dir()?;
        if given == "-" {
            return Ok(Self { file: None, given: given.to_owned(), root: here });
        }
        let real = given.canonicalize_utf8().map_err(|error| path::plain(given, &error))?;
        if real.is_dir() {
            bail!("`{given}` is a folder, no template");
        }
        let root = match real.parent() {
            Some(folder) if !real.starts_with(&here) => folder.to_owned(),
            _ => here,
        };
        let file = real.strip_prefix(&root).unwrap_or(&real).to_owned();
        Ok(Self { file: Some(file), given: given.to_owned(), root })
    }

    fn load(&self, loader: &Loader<'_>, sources: &SourceMap) -> Result<Result<Template, Diagnostic>> {
        let Some(file) = &self.file else {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
            return Ok(Ok(loader.text("<stdin>", bytes, &self.root)));
        };
        let named = sources.add("<command line>", format!("dockmill expand {}", self.given).into_bytes());
        let length = u32::try_from(self.given.as_str().len()).unwrap_or(u32::MAX);
        Ok(loader.template(file, Span::new(named, 16, 16 + length)))
    }
}

/// The `-D`s as variables: text, as in m4.
struct Defines<'a>(&'a [Define]);

impl Scope for Defines<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|define| define.name == name).map(|define| Value::from(define.value.as_str()))
    }

    fn call(&self, _: &str, _: Vec<Value>, _: Vec<(Arc<str>, Value)>, _: Span) -> Option<Result<Value, Diagnostic>> {
        None
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|define| define.name.clone()).collect()
    }
}

/// `image()` is known, so that its use is no typo, but has no answer.
struct WithoutManifest;

impl Host for WithoutManifest {
    fn call(
        &self,
        name: &str,
        _: Vec<Value>,
        _: Vec<(Arc<str>, Value)>,
        span: Span,
    ) -> Option<Result<Value, Diagnostic>> {
        let message = "`image()` needs a manifest, and `expand` reads none";
        let error = || {
            Diagnostic::error(Code::UnknownFunction, span, message)
                .help("render the project with `dockmill render`, or give the tag as a variable with `-D`")
        };
        (name == "image").then(|| Err(error()))
    }

    fn functions(&self) -> &'static [&'static str] {
        &["image"]
    }
}
