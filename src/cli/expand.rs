//! `dockmill expand`: one template, no manifest.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::{CallValues, Scope, Value};
use crate::m4::{self, Definition, Front};
use crate::manifest::{Define, Dialect};
use crate::project::{define, path};
use crate::render::{self, blank_lines};
use crate::source::{Disk, FileId, FileOrigin, SourceMap, Span, Traced, again};
use crate::template::{Budget, Globals, Host, Limits, Loader, Roots, Task, Template};

use super::depfile::{ForMake, Stamp};
use super::report::Report;
use super::{Status, input, write};

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub(crate) struct Expand {
    /// The template; `-` is standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Utf8PathBuf,
    /// Set a variable
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub(crate) define: Vec<String>,
    /// Also look for included files in this folder
    #[arg(short = 'I', long = "include", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) include: Vec<Utf8PathBuf>,
    /// The language of the template; by default, m4 if its name ends in .m4
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub(crate) dialect: Option<Language>,
    /// Prefix the names of m4's builtins with `m4_`, as m4 -P does
    #[arg(short = 'P', long)]
    pub(crate) prefix: bool,
    /// Write the result to this file, but only if it differs
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub(crate) for_make: ForMake,
    /// With --depfile, too, leave an output as it is that does not change, as ninja's `restat` wants it
    #[arg(long, requires = "output")]
    pub(crate) if_changed: bool,
    /// What becomes of blank lines in a row: all are kept, or one of them. Without it all are, and a warning tells of them
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) blank_lines: Option<Blank>,
    /// Do not check the result: it is a fragment, not a whole Dockerfile
    #[arg(long)]
    pub(crate) no_check: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Change a bound of the expansion: depth, steps or output (bytes)
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,
}

/// What becomes of blank lines in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Blank {
    /// All are written.
    Keep,
    /// One of them is written.
    Squeeze,
}

/// What there is to do about blank lines in a row.
const ABOUT_BLANK_LINES: &str = "`--blank-lines squeeze` keeps one of them, `--blank-lines keep` keeps all";

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// dockmill's own dialect
    Dockmill,
    /// m4
    M4,
}

pub(crate) fn run(arguments: &Expand, report: &Report) -> Result<Status> {
    let stamp = arguments.for_make.begin()?;
    let input = Input::find(&arguments.file)?;
    let sources = SourceMap::seen_from(path::seen_from(&input.root));
    let mut found = Diagnostics::default();
    let defines = define::read_all(&arguments.define, &sources, &mut found);
    let limits = match define::ceiling(&arguments.limit, &sources).map(|ceiling| ceiling.limits()) {
        Ok(limits) => limits,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let search = arguments.include.iter().map(|given| Ok((path::folder(given)?, given.clone())));
    let roots = Roots { search: search.collect::<Result<_>>()?, ..Roots::of(input.root.clone()) };
    let work =
        Work { input: &input, sources: &sources, defines: &defines, limits: limits.expansion, budget: limits.budget() };
    let language = arguments.dialect.unwrap_or_else(|| Language::of(&arguments.file));
    let done = match language {
        Language::M4 => work.m4(roots, arguments.prefix, &mut found)?,
        Language::Dockmill if arguments.prefix => {
            bail!(
                "`--prefix` is for templates in m4: `{}` does not end in `.m4`, and no `--dialect m4` says so",
                arguments.file
            )
        }
        Language::Dockmill => work.dockmill(roots, &mut found)?,
    };
    let Done { text, read, used } = match done {
        Ok(done) => done,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let text = if arguments.blank_lines == Some(Blank::Squeeze) { blank_lines::squeezed(text) } else { text };
    if found.errors() == 0 && !arguments.no_check {
        let is_gathered = found.any(render::tells_of_gathered_comment);
        // In m4 a name stands for its value as it is.
        let is_known = |name: &str| language == Language::Dockmill && defines.iter().any(|define| define.name == name);
        let said = render::diagnose(&text, &sources).into_iter();
        let said = said.filter(|said| !is_gathered || !render::is_of_gathered_comment(said, &sources));
        found.extend(said.map(|said| render::hint(said, &sources, &is_known)));
        if language == Language::Dockmill && arguments.blank_lines.is_none() {
            let left = blank_lines::check(&text, ABOUT_BLANK_LINES);
            found.extend(left.map(|finding| render::at_template(&text, &sources, finding)));
        }
    }
    if report.show(found, &sources, arguments.deny_warnings) {
        return Ok(Status::Failed);
    }
    keep_inputs(arguments, &read)?;
    let output = arguments.output.as_deref().filter(|file| *file != "-");
    let here = path::current_dir()?;
    let used = used.into_iter().filter_map(|file| sources.get(file).on_disk(&input.root));
    let used: Vec<Utf8PathBuf> =
        used.map(|file| file.strip_prefix(&here).map(Utf8Path::to_owned).unwrap_or(file)).collect();
    arguments.for_make.write(output, used.iter().map(Utf8PathBuf::as_path))?;
    // make decides by time stamps: what it asked to be made must be newer than what it was made of.
    let is_dated = arguments.for_make.depfile.is_some() && stamp.is_none() && !arguments.if_changed;
    match output {
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&text.bytes).and_then(|()| stdout.flush()).context("cannot write the result")?;
        }
        Some(file) if is_dated => write::whole(file, &text.bytes)?,
        Some(file) => write::if_changed(file, &text.bytes)?,
    }
    stamp.map_or(Ok(()), Stamp::set)?;
    Ok(Status::Done)
}

/// What is to be expanded, with what.
struct Work<'a> {
    input: &'a Input,
    sources: &'a SourceMap,
    defines: &'a [Define],
    limits: Limits,
    budget: Budget,
}

/// What came of it.
struct Done {
    text: Traced,
    /// All files that were read: absolute, symbolic links resolved.
    read: Vec<Utf8PathBuf>,
    /// Those that the text was made of. A file that a branch names which is not taken is read, but not used.
    used: Vec<FileId>,
}

impl Work<'_> {
    fn dockmill(&self, roots: Roots, found: &mut Diagnostics) -> Result<Result<Done, Diagnostic>> {
        let loader = Loader::new(&Disk, self.sources, roots).within(self.limits.memory);
        let template = match self.input.read(self.sources)? {
            Source::Text(bytes) => loader.text(bytes, &self.input.root),
            Source::File(file, span) => match loader.template(file, span) {
                Ok(template) => template,
                Err(error) => return Ok(Err(error)),
            },
        };
        found.extend(template.errors().iter().cloned());
        let names: Vec<Arc<str>> = self.defines.iter().map(|define| Arc::from(define.name.as_str())).collect();
        let globals = Globals { names: &names, all: &names, functions: WithoutManifest.functions(), wrong: &|_| None };
        found.extend(template.check(globals).errors.into_iter().map(|error| self.ask(error)));
        let (mut text, mut used) = (Traced::default(), Vec::new());
        if found.errors() == 0 {
            let globals = Defines(self.defines);
            let task = Task {
                globals: &globals,
                host: &WithoutManifest,
                limits: self.limits,
                budget: &self.budget,
                record: false,
                only: None,
            };
            let expanded = template.expand(&loader, &task);
            found.extend(expanded.diagnostics);
            (text, used) = (expanded.text, expanded.files);
            found.extend(unused(self.defines, &loader, &template));
        }
        Ok(Ok(Done { text, read: loader.read_files(), used }))
    }

    /// Without a manifest it is the user who gives a name its value.
    fn ask(&self, error: Diagnostic) -> Diagnostic {
        let answered = error.help.iter().any(|help| help.replacement.is_some() || help.text.contains("`-D`"));
        let asks = error.code == Code::UnknownName && !answered;
        let Some(span) = error.primary.as_ref().map(|label| label.span).filter(|_| asks) else { return error };
        let source = self.sources.get(span.file);
        let name = String::from_utf8_lossy(&source.bytes()[span.start as usize..span.end as usize]);
        error.help(format!("give it a value with `-D {name}=…`, or in the template with `@default({name}, …)`"))
    }

    fn m4(&self, roots: Roots, prefix: bool, found: &mut Diagnostics) -> Result<Result<Done, Diagnostic>> {
        let front = Front::new(&Disk, self.sources, roots);
        let template = match self.input.read(self.sources)? {
            Source::Text(bytes) => front.text(bytes, &self.input.root),
            Source::File(file, span) => match front.template(file, span) {
                Ok(template) => template,
                Err(error) => return Ok(Err(error)),
            },
        };
        let definition = |define: &Define| (Arc::from(define.name.as_str()), define.value.clone().into_bytes());
        let definitions: Vec<Definition> = self.defines.iter().map(definition).collect();
        let (limits, budget) = (self.limits, &self.budget);
        let task = m4::Task { definitions: &definitions, prefix, limits, budget, record: false, dockerfile: true };
        let expanded = front.expand(&template, &task);
        found.extend(expanded.diagnostics);
        let warnings = expanded.findings.into_iter();
        found.extend(warnings.map(|left| render::at_place(&expanded.text, self.sources, left)));
        let unused = expanded.unused.iter().map(|index| &self.defines[*index]);
        found.extend(unused.map(|define| m4::unused_define(&define.name, define.span)));
        Ok(Ok(Done { text: expanded.text, read: front.read_files(), used: expanded.files }))
    }
}

/// What is written must not be what was read, nor one file twice: a slip of the hand would cost a template.
fn keep_inputs(arguments: &Expand, read: &[Utf8PathBuf]) -> Result<()> {
    let real = |file: &Utf8PathBuf| file.canonicalize_utf8().ok();
    let written = [("--output", &arguments.output), ("--depfile", &arguments.for_make.depfile)];
    for (flag, file) in written.into_iter().filter_map(|(flag, file)| Some((flag, file.as_ref()?))) {
        if real(file).is_some_and(|file| read.contains(&file)) {
            bail!("`{flag} {file}` would overwrite what was just read");
        }
    }
    let ForMake { depfile, stamp } = &arguments.for_make;
    for (flag, file) in [("--depfile", depfile), ("--stamp", stamp)] {
        if let (Some(output), Some(file)) = (&arguments.output, file)
            && (output == file || real(output).is_some_and(|output| real(file) == Some(output)))
        {
            bail!("`--output` and `{flag}` are one file, `{output}`");
        }
    }
    Ok(())
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

    fn read(&self, sources: &SourceMap) -> Result<Source<'_>> {
        let Some(file) = &self.file else {
            return Ok(Source::Text(input::read_stdin()?));
        };
        let named = sources.add(FileOrigin::Argument, format!("dockmill expand {}", self.given).into_bytes());
        let length = u32::try_from(self.given.as_str().len()).unwrap_or(u32::MAX);
        Ok(Source::File(file, Span::new(named, 16, 16 + length)))
    }
}

/// What there is to expand.
enum Source<'a> {
    /// Standard input.
    Text(Vec<u8>),
    /// A file of the root, and where it is named.
    File(&'a Utf8Path, Span),
}

impl Language {
    fn of(file: &Utf8Path) -> Self {
        match Dialect::of(file) {
            Dialect::M4 => Self::M4,
            Dialect::Dockmill => Self::Dockmill,
        }
    }
}

/// The `-D`s as variables: text, as in m4.
struct Defines<'a>(&'a [Define]);

impl Scope for Defines<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|define| define.name == name).map(|define| Value::from(define.value.as_str()))
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|define| define.name.clone()).collect()
    }
}

/// `image()` is known, so that its use is no typo, but has no answer.
struct WithoutManifest;

impl Host for WithoutManifest {
    fn call(&self, name: &str, _: CallValues, span: Span) -> Option<Result<Value, Diagnostic>> {
        let message = "`image()` needs a manifest, and `expand` reads none";
        let error = || {
            Diagnostic::error(Code::UnknownFunction, span, message)
                .help(format!("render the project with `{}`, or give the tag as a variable with `-D`", again("render")))
        };
        (name == "image").then(|| Err(error()))
    }

    fn functions(&self) -> &'static [&'static str] {
        &["image"]
    }
}
