//! Templates of a project that are written in m4: expanded with origins, reading only files of the project.
//!
//! The manifest takes the place of GNU m4's command line: values are `-D`s, `include` folders are `-I`s. Nothing is run,
//! nothing is written, nothing outside of the project is read. The result is that of the native front end: a text with
//! an origin for every line, and diagnostics.

mod files;
mod message;
mod origin;
mod plain;

use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dockerfile::Finding;
use crate::expression::{Value, print};
use crate::source::{FileId, FileSystem, FrameId, SourceMap, Span, Traced};
use crate::template::{self, Roots, Share};

use super::engine::{Engine, Stop};
use super::host::{Gravity, Host, Loaded, Message, Unread, Used};
use super::options::{Limits, Options};
use super::text::{ByteOrigin, Text};
use super::warn::{self, MacroNames};
use files::{File, M4Files, Miss};
use message::Told;
use origin::Origins;
pub use plain::warnings;

/// A macro that is defined before the template is read, as by `-D`: its name and its text.
pub type Definition = (Arc<str>, Vec<u8>);

/// The definition for a value: text and numbers as they are, `true` as `1`, the elements of a list with commas between
/// them. `None` for `false`, none and maps: then the name is not defined, and `ifdef` can ask for that.
#[must_use]
pub(crate) fn definition(value: &Value) -> Option<Vec<u8>> {
    // Must come before lists: none can be walked as if it were an empty list.
    if value.is_undefined() || value.is_none() || matches!(bool::try_from(value.clone()), Ok(false)) {
        return None;
    }
    if let Ok(list) = value.try_iter()
        && value.as_str().is_none()
    {
        if value.kind() == minijinja::value::ValueKind::Map {
            return None;
        }
        let elements: Option<Vec<Vec<u8>>> = list.map(|element| definition(&element)).collect();
        return Some(elements?.join(&b','));
    }
    if matches!(bool::try_from(value.clone()), Ok(true)) {
        return Some(b"1".to_vec());
    }
    print(value).ok().map(|text| text.into_owned().into_bytes())
}

/// The warning for a `-D` that no template asked for.
#[must_use]
pub fn unused_define(name: &str, span: Span) -> Diagnostic {
    let length = u32::try_from(name.len()).unwrap_or(0);
    let span = Span { end: span.start + length, ..span };
    Diagnostic::warning(Code::UnknownDefine, span, format!("no template that was expanded asks for `{name}`"))
        .note("a name that is not defined is plain text to m4: a wrong `-D` is no error")
}

/// How one expansion is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// What is defined, in order.
    pub definitions: &'a [Definition],
    /// `-P`: builtins are named `m4_…`.
    pub prefix: bool,
    /// Bounds.
    pub limits: template::Limits,
    /// What this expansion and all others of the run may spend.
    pub budget: &'a template::Budget,
    /// Keep which definitions were asked for, and where.
    pub record: bool,
    /// The text is to be a Dockerfile. The form of any other text is not known, so only what cannot be anything but m4 is
    /// warned of.
    pub dockerfile: bool,
}

/// A finding in the output that points to a mistake in the template.
#[derive(Debug)]
pub struct Left {
    /// The finding, at its line of the output.
    pub finding: Finding,
    /// The word of the template that it came from; `None` if the finding is about a whole line.
    pub span: Option<Span>,
}

/// The result of an expansion.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The text, as far as there were no errors.
    pub text: Traced,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What in the text points to mistakes in the template.
    pub findings: Vec<Left>,
    /// The files that it was made of, each once, sorted.
    pub files: Vec<FileId>,
    /// The definitions that the template asked for: the trace, the place, and which of the task's it is.
    pub given: Vec<(FrameId, Span, usize)>,
    /// The definitions that nothing asked for, by their index in the task.
    pub unused: Vec<usize>,
}

/// Templates in m4; shared by all targets and threads of a run.
pub struct Front<'a> {
    files: M4Files<'a>,
}

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    file: Arc<File>,
    /// Where it stands: files are looked for there, too.
    folder: Utf8PathBuf,
}

impl<'a> Front<'a> {
    /// A front end that reads inside `roots` only.
    #[must_use]
    pub fn new(file_system: &'a dyn FileSystem, sources: &'a SourceMap, roots: Roots) -> Self {
        Self { files: M4Files::new(file_system, sources, roots) }
    }

    /// Reads a template. `path` is relative to the project, `span` is the place that names it.
    ///
    /// # Errors
    /// The file is missing, cannot be read or lies outside of the project.
    pub fn template(&self, path: &Utf8Path, span: Span) -> Result<Template, Diagnostic> {
        let file = self.files.template(path, span)?;
        let folder = file.path.as_deref().and_then(Utf8Path::parent).unwrap_or(Utf8Path::new("/")).to_owned();
        Ok(Template { file, folder })
    }

    /// Takes standard input as if it stood in `folder`.
    #[must_use]
    pub fn text(&self, bytes: Vec<u8>, folder: &Utf8Path) -> Template {
        Template { file: self.files.text(bytes), folder: folder.to_owned() }
    }

    /// The files on disk that have been read so far: absolute, symbolic links resolved, sorted.
    #[must_use]
    pub fn read_files(&self) -> Vec<Utf8PathBuf> {
        self.files.read_files()
    }

    /// Expands a template for one target.
    #[must_use]
    pub fn expand(&self, template: &Template, task: &Task<'_>) -> Expanded {
        if let Some(error) = task.budget.refuses(Span::new(template.file.id, 0, 0)) {
            return Expanded { diagnostics: vec![error], ..Expanded::default() };
        }
        let mut world = World {
            sources: &self.files,
            folder: &template.folder,
            files: vec![Arc::clone(&template.file)],
            miss: None,
            told: Vec::new(),
            share: task.budget.share(),
        };
        let mut engine = Engine::new(options(task), &mut world);
        for (name, value) in task.definitions {
            engine.define(name.as_bytes(), value);
        }
        let root = Loaded {
            name: template.file.name.as_str().into(),
            bytes: template.file.source.bytes().to_vec(),
            source: 0,
        };
        let end = engine.file(root).and_then(|()| engine.finish());
        let exit = engine.at;
        let steps = steps(engine.called, engine.work());
        let (mut text, trail) = engine.into_text();
        let used = |(name, _): &Definition| trail.symbols.has_used(name.as_bytes());
        let unused = (0..task.definitions.len()).filter(|index| !used(&task.definitions[*index])).collect();
        let World { files, told, share, .. } = world;
        let (bytes, lines) = (text.bytes.len() as u64, memchr::memchr_iter(b'\n', &text.bytes).count() as u64);
        share.close(steps, bytes, lines);
        let mut origins = Origins::new(&trail, &files);
        let mut diagnostics: Vec<Diagnostic> = told.iter().map(|told| told.diagnostic(&mut origins)).collect();
        let whole = || Span::new(template.file.id, 0, 0);
        if let Some(error) = template::too_large(bytes, lines, task.limits.output, whole) {
            diagnostics.push(error);
            text = Text::default();
        }
        if let Err(Stop::Exit(status @ 1..)) = end {
            ended(status, exit, &mut diagnostics, &mut origins);
        }
        let given = if task.record { origins.given(task.definitions) } else { Vec::new() };
        let lines = origins.lines(&text);
        let places = Text { bytes: Vec::new(), trail: text.trail };
        let text = Traced { bytes: text.bytes, lines, frames: origins.frames() };
        let library = || self.files.library();
        let names = MacroNames::new(&trail, task.prefix, &library);
        // After an error the output is incomplete, and findings in it would only repeat the error.
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        let findings =
            if failed { Vec::new() } else { warn::findings(&text, self.files.sources(), &names, task.dockerfile) };
        let span = |finding: &Finding| {
            let column = finding.columns.as_ref()?.start as usize;
            let before = finding.line as usize - 1;
            let start: usize = text.bytes.split_inclusive(|byte| *byte == b'\n').take(before).map(<[u8]>::len).sum();
            Some(origins.span(places.place(start + column)))
        };
        let findings = findings.into_iter().map(|finding| Left { span: span(&finding), finding }).collect();
        let mut files: Vec<FileId> = files.iter().map(|file| file.id).collect();
        files.sort_unstable();
        Expanded { text, diagnostics, findings, files, given, unused }
    }
}

/// `m4exit` with a status: the template's last message is taken for the reason.
fn ended(status: u8, place: ByteOrigin, diagnostics: &mut Vec<Diagnostic>, origins: &mut Origins<'_>) {
    let why = format!("`m4exit({status})` ends the expansion here");
    let span = origins.span(place);
    match diagnostics.last_mut() {
        Some(said) if said.code == Code::UserWarning => {
            *said = Diagnostic { severity: Severity::Error, code: Code::UserError, ..said.clone() }.also(span, why);
        }
        _ => {
            let message = format!("the template ends with status {status}");
            let stack = origins.stack(place);
            diagnostics.push(Diagnostic::error(Code::UserError, span, message).label("it ends here").traced(&stack));
        }
    }
}

fn options(task: &Task<'_>) -> Options {
    Options { prefix: task.prefix, traced: true, limits: bounds(task.limits), ..Options::default() }
}

/// The engine's bounds for an expansion that has these limits.
pub(crate) fn bounds(template::Limits { depth, steps, output, .. }: template::Limits) -> Limits {
    let bytes = usize::try_from(output).unwrap_or(usize::MAX);
    let limits = Limits { depth: depth as usize * RECURSION, bytes, memory: MEMORY, files: FILES, ..Limits::default() };
    Limits { calls: steps, work: steps.saturating_mul(WORK).saturating_add(LEAST_WORK), ..limits }
}

/// The steps of the run's budget that calls and work take.
pub(crate) fn steps(calls: u64, work: u64) -> u64 {
    (CALL * calls).max(work / WORK)
}

/// Loops in m4 are macros that call themselves: they may be so many times deeper than other templates.
const RECURSION: usize = 500;

/// Bytes that one expansion holds: of those that hold more than a few, one goes on at a time.
const MEMORY: usize = 64 << 20;

/// Work that a template may do whatever the steps: to read its files.
const LEAST_WORK: u64 = 1 << 20;

/// Steps of the run's budget for each call: where places are kept, one takes longer than a step of another template.
const CALL: u64 = 2;

/// Work for each step, in bytes that are read: a list of 2,000 names can be shortened one by one.
const WORK: u64 = 32;

/// Files that include each other.
const FILES: usize = 500;

/// How long one message gets that `errprint` writes piece by piece: only its beginning is shown.
const SAID: usize = 4096;

/// How many messages are kept: any further ones are noise.
const MOST: usize = 200;

/// How many errors are kept.
const MOST_ERRORS: usize = 2_000;

/// What a template can see: the files of the project.
struct World<'w, 'a> {
    sources: &'w M4Files<'a>,
    folder: &'w Utf8Path,
    /// By the number that the engine is given; the template is the first.
    files: Vec<Arc<File>>,
    /// Why the last file was not read: the message of that comes next.
    miss: Option<Arc<Miss>>,
    told: Vec<Told>,
    share: Share<'w>,
}

impl Host for World<'_, '_> {
    /// A traced run keeps its text until it is asked for.
    fn output(&mut self, _: &[u8]) -> bool {
        true
    }

    /// What `dumpdef` and traces show is for `dockmill m4`.
    fn error(&mut self, _: &[u8]) {}

    fn message(&mut self, message: &Message<'_>) {
        let miss = self.miss.take();
        let most = match message.gravity {
            Gravity::Fatal => usize::MAX,
            Gravity::Error => MOST_ERRORS,
            _ => MOST,
        };
        if self.told.len() >= most {
            return;
        }
        let opens = message.text.starts_with(b"cannot open `") || message.text.starts_with(b"cannot undivert `");
        let unread = miss.filter(|_| opens).map(|miss| miss.diagnostic().clone());
        let told = Told::new(message, unread);
        match self.told.last_mut() {
            Some(last) if last.goes_on(&told) => {
                if last.text.len() < SAID {
                    last.text.extend_from_slice(&told.text);
                }
            }
            Some(last) if *last == told => {}
            _ => self.told.push(told),
        }
    }

    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread> {
        let whole = Span::new(self.files[0].id, 0, 0);
        match self.sources.include(self.folder, name, whole) {
            Ok(file) => {
                let known = self.files.iter().position(|known| known.id == file.id);
                let index = known.unwrap_or_else(|| {
                    self.files.push(Arc::clone(&file));
                    self.files.len() - 1
                });
                let source = u32::try_from(index).unwrap_or(0);
                Ok(Loaded { name: file.name.as_str().into(), bytes: file.source.bytes().to_vec(), source })
            }
            Err(miss) => {
                let unread = match &*miss {
                    Miss::Missing(_) => Unread::Io(io::ErrorKind::NotFound.into()),
                    Miss::Refused(diagnostic) => Unread::Outside(diagnostic.message.clone()),
                };
                self.miss = Some(miss);
                Err(unread)
            }
        }
    }

    fn refuses(&mut self, used: Used) -> Option<String> {
        self.share.holds(used.memory as u64);
        self.share.refuses(steps(used.calls, used.work))
    }

    fn debug_file(&mut self, _: Option<&[u8]>) -> Result<(), String> {
        Err("templates write no files".to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use minijinja::Value;

    #[test]
    fn values_become_what_an_m4_user_would_write() {
        let list = Value::from(vec![Value::from("a"), Value::from(1), Value::from(true)]);
        let map = Value::from_pairs([("a", 1)]);
        let defined = [
            (Value::from("a b"), Some("a b")),
            (Value::from(""), Some("")),
            (Value::from(12), Some("12")),
            (Value::from(true), Some("1")),
            (Value::from(false), None),
            (Value::from(()), None),
            (Value::UNDEFINED, None),
            (list, Some("a,1,1")),
            (Value::from(Vec::<Value>::new()), Some("")),
            (Value::from(vec![map.clone()]), None),
            (map, None),
        ];
        for (value, text) in defined {
            assert_eq!(
                super::definition(&value).map(|bytes| String::from_utf8(bytes).unwrap()).as_deref(),
                text,
                "{value:?}"
            );
        }
    }
}
