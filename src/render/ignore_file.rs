//! Which ignore file counts for a target, and what it says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dockerfile::{BadPattern, Finding, Ignore, LONGEST_IGNORE};
use crate::manifest::{CopiedFile, Target};
use crate::output::Companion;
use crate::run::Builder;
use crate::source::{FileId, FileKind, FileOrigin, Traced, reason};

use super::{Renderer, at_template};

/// The file's name, and the end of the name of one that belongs to a Dockerfile.
const NAME: &str = ".dockerignore";

fn own(target: &Target) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{}{NAME}", target.output))
}

/// What the ignore file beside the target's output says, where the project makes one.
pub(crate) fn made<'c>(target: &Target, companions: &'c [Companion]) -> Option<&'c [u8]> {
    let own = own(target);
    companions.iter().find(|companion| companion.path == own).map(|companion| companion.bytes.as_slice())
}

/// Where the file that counts may stand.
pub(crate) fn files(target: &Target) -> [Utf8PathBuf; 2] {
    [own(target), target.context.join(NAME)]
}

/// The ignore file that counts, whether it is there or not. One that belongs to the Dockerfile comes before that of the
/// context, as with BuildKit; one that is yet to be written, `made`, counts, too.
pub(crate) fn file(renderer: &Renderer<'_>, target: &Target, made: Option<&[u8]>) -> Utf8PathBuf {
    let own = own(target);
    if made.is_some() || renderer.file_system().is_file(&renderer.manifest().root.join(&own)) {
        own
    } else {
        target.context.join(NAME)
    }
}

/// The ignore file that counts for a target, read once for all that is asked of it.
pub(crate) struct Counted<'c> {
    /// Its text, where the project makes it.
    pub(crate) made: Option<&'c [u8]>,
    pub(crate) file: Utf8PathBuf,
    pub(crate) ignore: Arc<Ignore>,
}

impl<'c> Counted<'c> {
    pub(crate) fn of(renderer: &Renderer<'_>, target: &Target, companions: &'c [Companion]) -> Self {
        let made = made(target, companions);
        let file = file(renderer, target, made);
        let ignore = read(renderer, &file, made);
        Self { made, file, ignore }
    }

    /// The file of the project that it is a copy of.
    pub(super) fn copied<'t>(&self, target: &'t Target) -> Option<&'t CopiedFile> {
        target.files.iter().find(|copied| self.made.is_some() && copied.to == self.file)
    }
}

/// The ignore files of contexts, each read once: many targets have the same.
#[derive(Default)]
pub(super) struct IgnoreFiles {
    known: Mutex<HashMap<Utf8PathBuf, Arc<Ignore>>>,
    /// Those in which something is wrong, to show their lines.
    sources: Mutex<HashMap<Utf8PathBuf, FileId>>,
}

impl IgnoreFiles {
    fn source(&self, renderer: &Renderer<'_>, file: &Utf8Path) -> FileId {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        *sources.entry(file.to_owned()).or_insert_with(|| {
            let bytes = read_within(renderer, file).unwrap_or_default();
            renderer.sources.add(FileOrigin::Project(file.to_owned()), bytes)
        })
    }
}

/// What that file says.
pub(crate) fn read(renderer: &Renderer<'_>, file: &Utf8Path, made: Option<&[u8]>) -> Arc<Ignore> {
    if let Some(made) = made {
        return Arc::new(Ignore::parse(made));
    }
    let read = || {
        Arc::new(match read_within(renderer, file) {
            Ok(bytes) => Ignore::parse(&bytes),
            Err(Unread::TooLarge) => Ignore::too_large(),
            Err(Unread::For(_)) => Ignore::default(),
        })
    };
    // One that belongs to an output alone is not asked for again.
    if file.file_name() != Some(NAME) {
        return read();
    }
    let mut known = renderer.ignore_files.known.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(file.to_owned()).or_insert_with(read))
}

/// Does that file count for whoever builds the output? Where the manifest says nothing of the context, an output in a folder
/// may be built with that folder.
pub(crate) fn is_certain(renderer: &Renderer<'_>, target: &Target) -> bool {
    renderer.manifest().images[target.image].names_context() || target.output.parent() == Some(&target.context)
}

/// A warning where that file is there, but is not read.
pub(crate) fn unread(renderer: &Renderer<'_>, file: &Utf8Path, made: Option<&[u8]>) -> Option<Diagnostic> {
    let why = made.map_or_else(|| read_within(renderer, file).err(), |_| None)?;
    // That is an error of its own.
    let Unread::For(why) = why else { return None };
    let message = format!("`{file}` is not read: {why}");
    let warning = Diagnostic::bare(Severity::Warning, Code::FileUnreadable, message);
    Some(warning.note("what it leaves out counts as part of the build context"))
}

/// The error of a file with more patterns than are read: without a word it would leave nothing out. Where it is certain that it
/// counts, whoever renders the target tells it.
pub(crate) fn too_large(file: &Utf8Path, ignore: &Ignore) -> Option<Diagnostic> {
    ignore.is_too_large().then(|| {
        let message = format!("`{file}` has more patterns than dockmill reads");
        let error = Diagnostic::bare(Severity::Error, Code::LimitExceeded, message);
        error
            .note("2000 lines and 1 MiB are read at most, so it is not known what belongs to the build context")
            .help("name folders instead of single files")
    })
}

/// An error for each pattern in that file with which the builder refuses the whole build, a warning where a builder of the
/// user's own may read it in another way. `made`: its text with the origins of its lines, where the project makes the file.
pub(crate) fn refused(
    renderer: &Renderer<'_>,
    file: &Utf8Path,
    ignore: &Ignore,
    made: Option<&Traced>,
) -> Vec<Diagnostic> {
    if ignore.refused().is_empty() {
        return Vec::new();
    }
    let on_disk = || {
        let source = renderer.ignore_files.source(renderer, file);
        Traced::copy(source, renderer.sources.get(source).bytes().to_vec())
    };
    let on_disk = made.is_none().then(on_disk);
    let Some(text) = made.or(on_disk.as_ref()) else { return Vec::new() };
    let is_own = matches!(renderer.manifest().builder, Builder::Own(_));
    let severity = if is_own { Severity::Warning } else { Severity::Error };
    let finding = |(line, why): &(usize, BadPattern)| {
        let (what, help) = match why {
            BadPattern::Alone => ("a `!` alone is no pattern", "name what it takes back in, or remove it"),
            BadPattern::Syntax => {
                ("this pattern cannot be read", "close a `[`, and write a backslash before one that is meant as such")
            }
        };
        let line = u32::try_from(*line).unwrap_or(u32::MAX);
        let finding = Finding::at_line(severity, Code::InvalidInstruction, line, what);
        finding.note("BuildKit refuses every build with this file").help(help)
    };
    ignore.refused().iter().map(|found| at_template(text, renderer.sources, finding(found))).collect()
}

/// Why a file is not read.
enum Unread {
    TooLarge,
    For(String),
}

/// The bytes of a file of the project, none where it is not there; or why it is not read.
fn read_within(renderer: &Renderer<'_>, file: &Utf8Path) -> Result<Vec<u8>, Unread> {
    let unread = |error: std::io::Error| Unread::For(reason(&error));
    let (system, root) = (renderer.file_system(), &renderer.manifest().root);
    let real = match system.canonicalize(&root.join(file)) {
        Ok(real) => real,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(error)),
    };
    if !real.starts_with(root) {
        return Err(Unread::For("it leads out of the project".to_owned()));
    }
    let meta = system.metadata(&real).map_err(unread)?;
    match meta.kind {
        FileKind::File if meta.len <= LONGEST_IGNORE as u64 => system.read(&real).map_err(unread),
        FileKind::File => Err(Unread::TooLarge),
        FileKind::Directory => Err(Unread::For("it is a folder".to_owned())),
        FileKind::Other => Err(Unread::For("it is a device, a pipe or a socket".to_owned())),
    }
}
