//! Where the program was started, and what has to be said again for a further command to mean the same.

use std::path::PathBuf;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Disk, FileSystem, clean_path, way};

static START: OnceLock<PathBuf> = OnceLock::new();
/// The folder of `-C`.
static FOLDER: OnceLock<String> = OnceLock::new();
/// Options that say which project is meant, with which values.
static OPTIONS: OnceLock<Vec<String>> = OnceLock::new();

/// Keeps the current folder as the one where dockmill was started, before `-C` leads to `folder`. The user still stands there,
/// and paths in git's variables are from there.
pub(crate) fn note_start(folder: Option<&Utf8Path>) {
    if let Ok(here) = std::env::current_dir() {
        let _ = START.set(here);
    }
    if let Some(folder) = folder {
        let _ = FOLDER.set(folder.to_string());
    }
}

/// Keeps the options that say which project is meant.
pub(crate) fn note_options(words: Vec<String>) {
    let _ = OPTIONS.set(words);
}

/// The folder where dockmill was started; for those who use the library, the current one.
pub(crate) fn start() -> PathBuf {
    START.get().cloned().unwrap_or_else(|| PathBuf::from("."))
}

/// A path that the user has given, or one from the current folder, as it is reached from where the user stands: `-C` may have led
/// elsewhere.
pub(crate) fn from_start(path: &Utf8Path) -> Utf8PathBuf {
    let real = |folder: &Utf8Path| Disk.canonicalize(folder).ok();
    let led = || {
        FOLDER.get()?;
        let start = real(&Utf8PathBuf::try_from(start()).ok()?)?;
        let here = real(Utf8Path::new("."))?;
        (start != here && path.is_relative()).then(|| way(&start, &clean_path(&here.join(path))))
    };
    led().unwrap_or_else(|| path.to_owned())
}

/// A command of dockmill for a message, such as `render --force app`, so that it works where the user stands: with the options of
/// this run that say which project is meant.
pub(crate) fn again(command: &str) -> String {
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    let mut said = in_folder("dockmill", name);
    said.push_str(&OPTIONS.get().map(|words| quoted(words)).unwrap_or_default());
    if !rest.is_empty() {
        said.push(' ');
        said.push_str(rest);
    }
    said
}

/// A command of a program that takes `-C`, such as git, for a message: what it names is from the current folder.
pub(crate) fn in_folder(program: &str, rest: &str) -> String {
    let folder = FOLDER.get().map(|folder| quoted(&["-C".to_owned(), folder.clone()])).unwrap_or_default();
    format!("{program}{folder} {rest}")
}

/// Files of the project at `root`, as arguments of a command that a message advises: from the current folder.
pub(crate) fn named(root: &Utf8Path, files: &[&Utf8Path]) -> String {
    // Who uses the library has its own way to run commands.
    let here = START.get().and_then(|_| Disk.canonicalize(Utf8Path::new(".")).ok());
    let folder = here.map(|here| way(&here, root)).unwrap_or_default();
    let words: Vec<String> = files.iter().map(|file| folder.join(file).into_string()).collect();
    quoted(&words)
}

/// Words as a shell reads them, each behind a blank.
fn quoted(words: &[String]) -> String {
    // What has a NUL is no argument.
    words.iter().flat_map(|word| [" ".into(), shlex::try_quote(word).unwrap_or_default()]).collect()
}
